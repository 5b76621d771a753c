"""A load of HTTP requests, at a steady rate, that accounts for each of them."""
import collections
import errno
import select
import socket
import time

REQUEST = b"GET /plaintext HTTP/1.1\r\nHost: load\r\n"
BODY = b"Hello, World!"
# How long a reply may take before it counts as failed.
PATIENCE = 20


class Connection:
    """One connection of the load; at most one request is under way on it."""

    def __init__(self, load, fresh):
        self.load = load
        self.fresh = fresh      # for one request only
        self.served = 0         # requests that were answered on it
        self.received = b""
        self.busy = False
        self.retried = False
        self.connecting = True
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        load.connections[self.socket.fileno()] = self
        error = self.socket.connect_ex(load.address)
        if error not in (0, errno.EINPROGRESS):
            return self.fail_to_connect(error)
        load.poll.register(self.socket, select.EPOLLOUT)

    def request(self, retried=False):
        self.busy = True
        self.retried = retried
        self.since = time.monotonic()
        if not self.connecting:
            self.send()

    def send(self):
        close = b"Connection: close\r\n\r\n" if self.fresh else b"\r\n"
        try:
            self.socket.send(REQUEST + close)
        except OSError as error:
            self.end(error)

    def on_event(self, events):
        if self.connecting:
            error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                return self.fail_to_connect(error)
            self.connecting = False
            self.load.poll.modify(self.socket, select.EPOLLIN)
            if self.busy:
                self.send()
            return
        try:
            part = self.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError as error:
            return self.end(error)
        if not part:
            return self.end(None)
        self.received += part
        if self.busy and self.received.endswith(BODY):
            self.answered()

    def answered(self):
        good = self.received.startswith(b"HTTP/1.1 200 ")
        closes = b"Connection: close" in self.received
        self.load.count["answered" if good else "failed"] += 1
        self.load.latest = max(self.load.latest, time.monotonic() - self.since)
        self.received = b""
        self.served += 1
        self.busy = False
        if closes or self.fresh:
            self.close()
        else:
            self.load.idle.append(self)

    def fail_to_connect(self, error):
        """Nobody listens, or the connection was reset before anybody accepted it."""
        self.load.note("refused", f"connect: {errno.errorcode.get(error, error)}")
        self.load.refused = True
        self.close()

    def end(self, error):
        """The server has ended the connection."""
        self.close()
        if not self.busy:
            return
        what = f"{error or 'end'} after {self.served} requests"
        if self.received:
            self.load.note("failed", f"in the middle of a reply: {what}")
        elif self.served and not self.retried:
            # RFC 9112, 9.3.1: it may have been closed before the request came, so once more.
            self.load.count["raced"] += 1
            if not self.load.stopped:
                Connection(self.load, True).request(retried=True)
        elif self.served == 0 and isinstance(error, ConnectionResetError):
            self.load.note("unaccepted", what)
        else:
            self.load.note("failed", f"without a reply: {what}")

    def close(self):
        if self.socket.fileno() < 0:
            return
        self.load.connections.pop(self.socket.fileno(), None)
        self.socket.close()
        if self in self.load.idle:
            self.load.idle.remove(self)


class Load:
    """`kept` requests a second on connections that are kept, and `fresh` on new ones.

    count: answered; failed (no reply, or a part of one); raced (a kept connection was closed before
    any byte of the reply, and the request repeated); refused (nobody listens); unaccepted (a fresh
    connection was reset without a byte).
    """

    def __init__(self, port, kept, fresh, connections=50):
        self.address = ("127.0.0.1", port)
        self.rates = {False: kept, True: fresh}
        self.most = connections
        self.poll = select.epoll()
        self.connections = {}
        self.idle = collections.deque()
        self.count = collections.Counter()
        self.notes = collections.Counter()
        self.latest = 0.0
        self.refused = False
        self.stopped = False
        self.owed = {False: 0.0, True: 0.0}
        self.last = time.monotonic()

    def note(self, kind, text):
        self.count[kind] += 1
        self.notes[f"{kind}: {text}"] += 1

    def run(self, seconds, until=lambda: False):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            self.start_due()
            self.turn(0.002)

    def turn(self, wait):
        for descriptor, events in self.poll.poll(wait):
            connection = self.connections.get(descriptor)
            if connection:
                connection.on_event(events)

    def start_due(self):
        now = time.monotonic()
        # After a hold-up of this process, what is owed is not made up for all at once.
        passed, self.last = min(now - self.last, 0.05), now
        for fresh, rate in self.rates.items():
            self.owed[fresh] += passed * rate
            while self.owed[fresh] >= 1:
                self.owed[fresh] -= 1
                self.start(fresh)

    def start(self, fresh):
        if fresh:
            return Connection(self, True).request()
        if self.idle:
            return self.idle.popleft().request()
        if sum(not c.fresh for c in self.connections.values()) < self.most:
            Connection(self, False).request()

    def finish(self):
        """Waits for what is under way; what does not come has failed."""
        end = time.monotonic() + PATIENCE
        while any(c.busy for c in self.connections.values()) and time.monotonic() < end:
            self.turn(0.01)
        self.stopped = True
        for connection in list(self.connections.values()):
            if connection.busy:
                self.note("failed", "no reply in time")
            connection.close()
        self.poll.close()
