"""What the runs of this folder share: the server under attack, a good client, the table."""
import functools
import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time

REQUEST = b"GET /plaintext HTTP/1.1\r\nHost: test\r\n\r\n"


class Server:
    """attack_server on a free port; `descriptors` is its `ulimit -n`."""

    def __init__(self, program, *args, descriptors=None):
        def limit():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        self.process = subprocess.Popen([program, *map(str, args)], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, preexec_fn=limit)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on "):
            sys.exit(f"the server did not start: {line!r}")
        self.port = int(line.split()[-1])
        self.secure = "--cert" in args

    def cpu_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self):
        pages = int(open(f"/proc/{self.process.pid}/statm").read().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self):
        """Ends it; returns the metrics that it printed."""
        self.process.send_signal(signal.SIGTERM)
        text, _ = self.process.communicate(timeout=30)
        return parse_metrics(text.decode())


def parse_metrics(text):
    """Prometheus's text as a dictionary: the name with its labels, the value."""
    return {name: float(value) for name, value in
            re.findall(r"^(gyre_\S+?(?:\{.*?\})?) (\S+)$", text, re.MULTILINE)}


@functools.cache
def trusting():
    """Made once, as it costs more than many handshakes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Connection:
    """A blocking client, over TLS if the server wants it."""

    def __init__(self, port, secure=False, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secure:
            self.socket = trusting().wrap_socket(self.socket)

    def get(self, request=REQUEST):
        """The body of the response, or None."""
        self.socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.socket.recv(65536)
            if not piece:
                return None
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(re.search(rb"Content-Length: (\d+)", head)[1])
        while len(body) < length:
            piece = self.socket.recv(65536)
            if not piece:
                return None
            body += piece
        return body if b" 200 " in head[:13] else None

    def metrics(self):
        return parse_metrics(self.get(REQUEST.replace(b"/plaintext", b"/metrics")).decode())

    def close(self):
        self.socket.close()


def good_client(port, secure, kind, rate, seconds):
    """Prints, for each request of a steady stream, its latency in ms, or -1 if it was not served.

    A latency counts from when the request was due. "kept": all on one connection; "fresh": each on
    a new one.
    """
    connection = None
    start = time.monotonic()
    for number in range(int(rate * seconds)):
        due = start + number / rate
        time.sleep(max(0, due - time.monotonic()))
        try:
            if connection is None or kind == "fresh":
                if connection:
                    connection.close()
                connection = Connection(port, secure)
            served = connection.get() == b"Hello, World!"
        except OSError:
            served = False
        if not served:
            connection = None
        print(f"{(time.monotonic() - due) * 1000:.3f}" if served else "-1")


def start_good_client(server, kind, rate, seconds):
    """In a process of its own, so that what the attack costs its sender does not count."""
    return subprocess.Popen([sys.executable, "-B", __file__, str(server.port),
                             str(int(server.secure)), kind, str(rate), str(seconds)],
                            stdout=subprocess.PIPE)


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(len(values) * q))] if values else 0.0


def table(rows):
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(str(cell).rjust(width) for cell, width in zip(row, widths)))


def finish(broken):
    """Ends the program: with 1 if a promise was broken."""
    for promise in broken:
        print("BROKEN:", promise)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    good_client(int(sys.argv[1]), sys.argv[2] == "1", sys.argv[3], float(sys.argv[4]),
                float(sys.argv[5]))
