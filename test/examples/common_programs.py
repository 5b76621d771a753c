"""Starting the example programs, and ending those that were started."""
import os
import queue
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

EXAMPLES = os.environ["GYRE_EXAMPLES"]
# How long anything may take that should be quick: sanitizers and a busy machine are slow.
PATIENCE = 30


def program(name):
    return os.path.join(EXAMPLES, name)


def run(name, *args, stdin=b"", timeout=PATIENCE):
    """Runs an example to its end; its output is bytes."""
    return subprocess.run([program(name), *map(str, args)], input=stdin, capture_output=True,
                          timeout=timeout)


def curl(*args, timeout=PATIENCE):
    return subprocess.run(["curl", "-sS", *map(str, args)], capture_output=True, timeout=timeout)


class Lines:
    """The lines of a pipe, read by a thread, each with the time of its arrival."""

    def __init__(self, pipe):
        self._queue = queue.Queue()
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe):
        for line in pipe:
            self._queue.put(line)
        self._queue.put(b"")

    def next(self, timeout=PATIENCE):
        """The next line; empty at the end."""
        return self._queue.get(timeout=timeout)


class Server:
    """A server among the examples, on a free port. Used in `with`, it has to end well."""

    def __init__(self, name, *args, port=0, launcher=(), pass_fds=()):
        self._stderr_file = tempfile.TemporaryFile()
        self._stderr = b""
        place = [] if port is None else ["--port", str(port)]
        self.process = subprocess.Popen([*launcher, program(name), *place, *map(str, args)],
                                        stdout=subprocess.PIPE, stderr=self._stderr_file,
                                        pass_fds=pass_fds)
        self.line = Lines(self.process.stdout).next().decode().rstrip("\n")
        match = re.fullmatch(r"listening on (.+)", self.line)
        if not match:
            self.kill()
            raise AssertionError(f"{name} does not listen: {self.line!r} {self.stderr()!r}")
        self.url = match[1]
        self.port = int(self.url.rpartition(":")[2]) if port is not None else None

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def keeps_freed_memory(self):
        """Whether it runs on a sanitizer's allocator, so that its size tells nothing."""
        with open(f"/proc/{self.process.pid}/maps") as maps:
            return re.search(r"/lib[at]san\.", maps.read()) is not None

    def stderr(self):
        if not self._stderr_file.closed:
            self._stderr_file.seek(0)
            self._stderr = self._stderr_file.read()
        return self._stderr.decode(errors="replace")

    def wait_for_log(self, text):
        wait_until(lambda: text in self.stderr(), f"{text!r} in the log")

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, timeout=PATIENCE):
        status = self.process.wait(timeout)
        self.process.stdout.close()
        self.stderr()
        self._stderr_file.close()
        return status

    def stop(self):
        """Ends it with SIGTERM; returns its exit status."""
        if self.process.poll() is None:
            self.signal()
        return self.wait()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        if failed:
            self.kill()
            print(self.stderr())
            return
        try:
            status = self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        if status != 0:
            raise AssertionError(f"exit status {status}: {self.stderr()}")


def wait_until(condition, what, timeout=PATIENCE):
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.02)


def read_to_end(connection):
    """Everything until the peer closes; a reset is an end as well."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def read_pieces(pipe):
    """(seconds since the first piece, bytes) of each piece that comes out of a pipe."""
    pieces = []
    while piece := os.read(pipe.fileno(), 65536):
        pieces.append((time.monotonic(), piece))
    return [(when - pieces[0][0], piece) for when, piece in pieces]


class RawServer:
    """A server in Python on a free port: `serve(connection)` gets each connection in a thread."""

    def __init__(self, serve):
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection):
        connection.settimeout(PATIENCE)
        with connection:
            try:
                self._serve(connection)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A thread that sits in accept is woken by this, but not by close alone.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def read_head(connection):
    """A message's bytes up to its empty line; empty if the peer ends before."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(65536)
        if not part:
            return b""
        head += part
    return head


def answer(reply, linger=False):
    """For RawServer: answers each request with these bytes, then closes, or lingers."""

    def serve(connection):
        while read_head(connection):
            connection.sendall(reply)
            if not linger:
                return

    return serve


def main():
    unittest.main(verbosity=2)
