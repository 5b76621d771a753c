"""plaintext: keep-alive, pipelining and requests in small pieces, on raw sockets."""
import unittest

from common_programs import Server, main


def request(i, last=False):
    body = b"body %02d" % i
    close = b"Connection: close\r\n" if last else b""
    return (b"POST /echo HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s"
            % (close, len(body), body))


class Pipelining(unittest.TestCase):
    def setUp(self):
        self.server = Server("plaintext")
        self.addCleanup(self.server.kill)

    def expect_replies_in_order(self, pieces, count):
        with self.server.connect() as connection, connection.makefile("rb") as replies:
            for piece in pieces:
                connection.sendall(piece)
            for i in range(count):
                self.assertEqual(read_reply(replies), (200, b"body %02d" % i))
            self.assertEqual(replies.read(), b"")

    def test_sixteen_requests_in_one_send(self):
        everything = b"".join(request(i, i == 15) for i in range(16))
        self.expect_replies_in_order([everything], 16)

    def test_more_requests_than_may_be_in_flight(self):
        everything = b"".join(request(i, i == 99) for i in range(100))
        self.expect_replies_in_order([everything], 100)

    def test_byte_by_byte(self):
        everything = b"".join(request(i, i == 2) for i in range(3))
        self.expect_replies_in_order([bytes([byte]) for byte in everything], 3)

    def test_one_after_the_other_on_one_connection(self):
        with self.server.connect() as connection, connection.makefile("rb") as replies:
            for i in range(50):
                connection.sendall(request(i % 10))
                self.assertEqual(read_reply(replies), (200, b"body %02d" % (i % 10)))


def read_reply(stream):
    """(status, body) of a reply with a Content-Length."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, stream.read(length)


if __name__ == "__main__":
    main()
