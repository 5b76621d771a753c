"""A server that knows how many requests it has at a time."""
import threading

from common_programs import PATIENCE, RawServer, read_head


class Crowd:
    """Answers requests only when `size` of them are waiting, or all `total` have come.

    most: how many were waiting at a time; served: how many came in all. `answer(path)` makes the
    bytes of a reply. What `at_once` has a reply for, by its path, is neither held back nor counted.
    """

    def __init__(self, size, total, answer, at_once=()):
        self.size = size
        self.total = total
        self.answer = answer
        self.at_once = dict(at_once)
        self.most = 0
        self.served = 0
        self._waiting = 0
        self._released = 0
        self._change = threading.Condition()
        self._server = RawServer(self._serve)
        self.url = self._server.url

    def _serve(self, connection):
        while head := read_head(connection):
            path = head.split(b" ")[1].decode()
            if path in self.at_once:
                connection.sendall(self.at_once[path])
            else:
                self._wait_for_the_others()
                connection.sendall(self.answer(path))

    def _wait_for_the_others(self):
        with self._change:
            self._waiting += 1
            self.served += 1
            mine = self.served
            self.most = max(self.most, self._waiting)
            if self._waiting == self.size or self.served == self.total:
                self._change.wait(0.03)  # one too many may show itself
                self._released = self.served
                self._change.notify_all()
            self._change.wait_for(lambda: self._released >= mine, PATIENCE)
            self._waiting -= 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.__exit__()


def reply(body=b"", status=b"200 OK"):
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)
