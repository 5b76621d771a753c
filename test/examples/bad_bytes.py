"""Bytes that are no HTTP: an error or an end of that connection, and the server lives on."""
import random
import socket
import struct
import unittest

from common_programs import Server, curl, main, read_to_end

# An error, or nothing but the end of the connection.
REFUSAL = rb"^(HTTP/1\.1 [45]\d\d |$)"
# The beginning of a TLS 1.2 ClientHello.
TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(range(200))


class BadBytes(unittest.TestCase):
    def setUp(self):
        self.server = Server("plaintext")
        self.addCleanup(self.server.kill)

    def tearDown(self):
        self.assertEqual(curl(self.server.url + "/plaintext").stdout, b"Hello, World!")
        self.assertEqual(self.server.stop(), 0)

    def expect_refusal(self, data):
        with self.server.connect() as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before all of it was sent
            reply = read_to_end(connection)
            self.assertRegex(reply, REFUSAL)

    def test_random_bytes(self):
        random.seed(1)
        for size in (1, 10, 100, 1000, 100_000):
            for _ in range(10):
                self.expect_refusal(random.randbytes(size))

    def test_a_tls_hello_on_the_plain_port(self):
        self.expect_refusal(TLS_HELLO)

    def test_requests_that_contradict_themselves(self):
        for head in (b"GET / HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                     b"GET / HTTP/3.0\r\nHost: x\r\n\r\n",
                     b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n"):
            with self.subTest(head[:60]):
                self.expect_refusal(head)

    def test_half_a_request_and_then_silence_keeps_nobody_waiting(self):
        halves = [self.server.connect() for _ in range(50)]
        for half in halves:
            half.sendall(b"GET /plaintext HT")
        self.assertEqual(curl(self.server.url + "/plaintext").stdout, b"Hello, World!")
        for half in halves:
            half.shutdown(socket.SHUT_WR)
            self.assertRegex(read_to_end(half), REFUSAL)
            half.close()

    def test_half_a_request_does_not_hold_up_the_end(self):
        with self.server.connect() as half:
            half.sendall(b"GET /plaintext HT")
            self.assertEqual(curl(self.server.url + "/plaintext").stdout, b"Hello, World!")

    def test_clients_that_reset_the_connection(self):
        for request in (b"", b"GET /pl", b"GET /bytes/10000000 HTTP/1.1\r\nHost: x\r\n\r\n"):
            for _ in range(20):
                connection = self.server.connect()
                connection.sendall(request)
                # A linger time of zero makes close send a reset.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()


if __name__ == "__main__":
    main()
