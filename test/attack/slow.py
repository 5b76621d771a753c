"""Thousands of slow clients of one kind at a time, and a good one among them."""
import argparse
import os
import select
import socket
import subprocess
import tempfile
import time

from common_attack import Connection, Server, finish, quantile, start_good_client, table

OPENINGS = {
    "head": b"GET /plaintext HTTP/1.1\r\nHost: test\r\nX: ",
    "body": b"POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n",
    "reader": b"GET /endless HTTP/1.1\r\nHost: test\r\n\r\n",
    "handshake": b"",
    "none": b"",
}
# What the server calls the limit that ends each kind.
LIMITS = {
    "head": "head_timeout",
    "body": "body_rate",
    "reader": "write_timeout",
    "handshake": "handshake_timeout",
}
OPENED_A_SECOND = 2500
SECONDS_BETWEEN_BYTES = 3.0


class Attack:
    """Keeps `size` connections open, of which each is as slow as it can be."""

    def __init__(self, port, kind, size):
        self.port, self.kind, self.size = port, kind, size
        self.open = {}
        self.poller = select.epoll()
        self.opened = self.closed = 0

    def connect(self):
        sock = socket.socket()
        # Many addresses, as one has not enough ports for those that come again.
        sock.bind((f"127.0.0.{2 + self.opened % 50}", 0))
        if self.kind == "reader":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", self.port))
        self.open[sock.fileno()] = [sock, time.monotonic(), False]
        # Who does not read learns of the end by other means than a readable socket.
        events = 0 if self.kind == "reader" else select.EPOLLIN
        self.poller.register(sock.fileno(), events | select.EPOLLOUT)
        self.opened += 1

    def drop(self, descriptor):
        self.poller.unregister(descriptor)
        self.open.pop(descriptor)[0].close()
        self.closed += 1

    def on_event(self, descriptor, events):
        sock, _, greeted = self.open[descriptor]
        if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            return self.drop(descriptor)  # an error page, or the end
        if not greeted:
            self.open[descriptor][2] = True
            sock.send(OPENINGS[self.kind])
            self.poller.modify(descriptor, 0 if self.kind == "reader" else select.EPOLLIN)

    def drip(self):
        """A byte from each connection whose time has come."""
        if self.kind not in ("head", "body"):
            return
        now = time.monotonic()
        for descriptor, state in list(self.open.items()):
            if state[2] and now - state[1] >= SECONDS_BETWEEN_BYTES:
                state[1] = now
                try:
                    state[0].send(b"x")
                except OSError:
                    self.drop(descriptor)

    def run(self, seconds, every_second):
        end = time.monotonic() + seconds
        step = 0.02
        tick = second = time.monotonic()
        while tick < end:
            for _ in range(min(self.size - len(self.open), int(OPENED_A_SECOND * step))):
                self.connect()
            for descriptor, events in self.poller.poll(step, 1000):
                if descriptor in self.open:
                    try:
                        self.on_event(descriptor, events)
                    except OSError:
                        self.drop(descriptor)
            self.drip()
            tick = time.monotonic()
            if tick >= second + 1:
                second = tick
                every_second()
            time.sleep(max(0, min(step, step - (time.monotonic() - tick))))
        for descriptor in list(self.open):
            self.drop(descriptor)


def certificate(folder):
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", key, "-out", cert], check=True, stderr=subprocess.DEVNULL)
    return ["--cert", cert, "--key", key]


def attack(kind, options, server):
    # Most of its requests come on one connection, the others each on a new one.
    kept = start_good_client(server, "kept", 0.9 * options.rate, options.seconds)
    fresh = start_good_client(server, "fresh", 0.1 * options.rate, options.seconds)
    watcher = Connection(server.port, server.secure)
    seen = {"connections": 0, "rss": 0.0}

    def look():
        seen["connections"] = max(seen["connections"], watcher.metrics()["gyre_http_connections"])
        seen["rss"] = max(seen["rss"], server.resident_mb())

    before = server.cpu_seconds()
    size = 0 if kind == "none" else options.connections
    attackers = Attack(server.port, kind, size)
    attackers.run(options.seconds, look)
    cpu = (server.cpu_seconds() - before) / options.seconds
    on_kept, on_fresh = ([float(line) for line in good.communicate(timeout=60)[0].split()]
                         for good in (kept, fresh))
    latencies = on_kept + on_fresh
    watcher.close()
    metrics = server.stop()
    ended = metrics.get(f'gyre_http_limits_total{{limit="{LIMITS.get(kind)}"}}', 0)
    served = [latency for latency in latencies if latency >= 0]
    share = 100 * len(served) / max(1, len(latencies))
    p99 = quantile(served, 0.99)
    broken = []
    if share < 100:
        broken.append(f"slow {kind}: {share:.2f} % of the good client's requests were served")
    if p99 > options.p99:
        broken.append(f"slow {kind}: p99 is {p99:.1f} ms")
    if seen["connections"] < 0.95 * size:
        broken.append(f"slow {kind}: only {seen['connections']:.0f} connections were open")
    row = [kind, f"{seen['connections']:.0f}", attackers.opened, f"{ended:.0f}", len(latencies),
           f"{share:.2f}", f"{quantile(served, 0.5):.2f}", f"{p99:.2f}",
           f"{quantile(on_kept, 0.99):.2f}", f"{quantile(on_fresh, 0.99):.2f}",
           f"{max(served, default=0):.2f}", f"{100 * cpu:.0f}", f"{seen['rss']:.0f}"]
    return row, broken


def main():
    parser = argparse.ArgumentParser(
        prog="test/attack/slow", description=__doc__,
        epilog="Passes if every request of the good client was served, 99 %% of them within the "
               "given time, while the slow ones were there.")
    parser.add_argument("kinds", nargs="*", choices=[*OPENINGS, []],
                        help="head, body, reader, handshake, or none (the good client alone, to "
                             "compare with); default: all")
    parser.add_argument("--server", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--rate", type=float, default=100, help="requests a second of the good one")
    parser.add_argument("--unsent", type=int, metavar="BYTES",
                        help="what the system takes of a response that it cannot send, in place "
                             "of the server's default")
    parser.add_argument("--p99", type=float, default=50, help="ms")
    options = parser.parse_args()
    rows = [["slow", "open", "opened", "timed out", "requests", "served %", "p50 ms", "p99 ms",
             "p99 kept", "p99 new", "max ms", "CPU %", "RSS MB"]]
    broken = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in options.kinds or OPENINGS:
            settings = certificate(folder) if kind == "handshake" else []
            if options.unsent:
                settings += ["--unsent", options.unsent]
            row, wrong = attack(kind, options, Server(options.server, *settings))
            rows.append(row)
            broken += wrong
    table(rows)
    finish(broken)


main()
