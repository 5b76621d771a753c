"""fetch: every way to fail is told clearly, as text and as category, phase and code."""
import errno
import json
import re
import socket
import time
import unittest

from common_programs import RawServer, Server, answer, main, read_head, run
from common_tls import Certificates


class FailureCase(unittest.TestCase):
    def expect(self, category, phase, message, *args, code=None, within=15):
        """One fetch that fails like that, with --json and without."""
        begin = time.monotonic()
        done = run("fetch", "--json", *args)
        self.assertLess(time.monotonic() - begin, within)
        self.assertEqual(done.returncode, 1, done)
        told = json.loads(done.stdout)
        error = told["error"]
        self.assertEqual((told["code"], told["headers"], told["body_bytes"]), (599, [], 0), told)
        self.assertEqual((error["category"], error["phase"]), (category, phase), error)
        self.assertRegex(error["message"], message)
        self.assertNotEqual(error["code"], 0)
        if code is not None:
            self.assertEqual(error["code"], code)
        self.assertEqual(done.stderr, b"")
        done = run("fetch", *args)
        self.assertEqual((done.returncode, done.stderr), (1, b""), done)
        self.assertRegex(done.stdout.decode(),
                         rf"^{re.escape(told['url'])}: error: .*(?:{message}).*\n$")


class Failures(FailureCase):
    def test_a_refused_port(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = "http://127.0.0.1:%d/" % unused.getsockname()[1]
            self.expect("system", "connect", "[Rr]efused", url, code=errno.ECONNREFUSED)

    def test_an_unknown_host(self):
        self.expect("resolver", "resolve", r"no\.such\.host\.invalid",
                    "http://no.such.host.invalid/")

    def test_a_url_that_is_none(self):
        for url in ("notaurl", "ftp://127.0.0.1/", "http://", "http://a b/", "http://x:99999/"):
            with self.subTest(url):
                self.expect("gyre", "queue", "URL", url)

    def test_a_server_that_never_answers(self):
        with RawServer(lambda connection: connection.recv(1000) and connection.recv(1)) as server:
            self.expect("gyre", "wait", "longer than request_timeout", "--request-timeout", "0.5",
                        server.url)

    def test_a_handshake_that_is_never_answered(self):
        with RawServer(lambda connection: connection.recv(10000) and read_head(connection)) as server:
            self.expect("gyre", "tls", "longer than connect_timeout", "--connect-timeout", "0.5",
                        server.url.replace("http:", "https:"))

    def test_a_connection_that_is_never_made(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            # When its queue is full, Linux drops what asks for a connection.
            full = [socket.socket() for _ in range(4)]
            for connection in full:
                self.addCleanup(connection.close)
                connection.setblocking(False)
                connection.connect_ex(listener.getsockname())
            time.sleep(0.1)
            self.expect("gyre", "connect", "timed out|connect_timeout", "--connect-timeout", "0.5",
                        "http://127.0.0.1:%d/" % listener.getsockname()[1])

    def test_a_close_without_an_answer(self):
        with RawServer(answer(b"")) as server:
            self.expect("gyre", "wait", "before the server answered", server.url)

    def test_a_truncated_body(self):
        for head in (b"Content-Length: 100", b"Transfer-Encoding: chunked"):
            with RawServer(answer(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n5\r\nab")) as server:
                self.expect("gyre", "receive", "closed the connection after", server.url)

    def test_an_endless_header(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while True:
                connection.sendall(b"x" * 1000)

        with RawServer(serve) as server:
            self.expect("gyre", "receive", "header", server.url)

    def test_endless_headers(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                connection.sendall(b"X: y\r\n" * 100)

        with RawServer(serve) as server:
            self.expect("gyre", "receive", "header", server.url)

    def test_an_endless_body(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x" * 10000)

        with RawServer(serve) as server:
            self.expect("gyre", "receive", "max_body_size", "--max-body", "100000", server.url)

    def test_a_body_over_the_limit(self):
        with Server("plaintext") as server:
            url = server.url + "/bytes/1001"
            self.expect("gyre", "receive", r"max_body_size \(1000\)", "--max-body", "1000", url)
            self.assertEqual(run("fetch", "--max-body", "1001", url).returncode, 0)

    def test_something_else_than_http(self):
        for bytes_ in (b"220 smtp.example.com ESMTP\r\n", b"\x00\x01\x02" * 100,
                       b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"):
            with self.subTest(bytes_), RawServer(answer(bytes_ + b"\r\n\r\n")) as server:
                self.expect("gyre", "receive", "not valid HTTP", server.url)


class TLSFailures(FailureCase):
    @classmethod
    def setUpClass(cls):
        cls.certs = Certificates()
        cls.addClassCleanup(cls.certs.__exit__)

    def with_server(self, cert_and_key, *args):
        """The URL of a server with that certificate; `localhost` and 127.0.0.1 lead to it."""
        cert, key = cert_and_key
        server = Server("plaintext", "--cert", cert, "--key", key, *args)
        self.addCleanup(server.kill)
        return server.url + "/plaintext"

    def test_a_good_certificate(self):
        url = self.with_server(self.certs.issue("good", "DNS:localhost,IP:127.0.0.1"))
        for good in (url, url.replace("127.0.0.1", "localhost")):
            done = run("fetch", "--cacert", self.certs.ca, good)
            self.assertEqual(done.returncode, 0, done)

    def test_an_unknown_authority(self):
        url = self.with_server(self.certs.issue("good", "DNS:localhost,IP:127.0.0.1"))
        self.expect("tls", "tls", "certificate", url)
        self.assertEqual(run("fetch", "--insecure", url).returncode, 0)

    def test_a_certificate_for_another_host(self):
        url = self.with_server(self.certs.issue("other", "DNS:other.example,IP:127.0.0.9"))
        self.expect("tls", "tls", "127.0.0.1", "--cacert", self.certs.ca, url)
        url = url.replace("127.0.0.1", "localhost")
        self.expect("tls", "tls", "localhost", "--cacert", self.certs.ca, url)
        self.assertEqual(run("fetch", "--insecure", url).returncode, 0)

    def test_a_self_signed_certificate(self):
        url = self.with_server(self.certs.self_signed("lonely"))
        self.expect("tls", "tls", "self-signed", url)

    def test_an_expired_certificate(self):
        url = self.with_server(self.certs.issue("old", "DNS:localhost,IP:127.0.0.1",
                                                "20200101000000Z", "20200201000000Z"))
        self.expect("tls", "tls", "expired", "--cacert", self.certs.ca, url)

    def test_https_to_a_plain_port(self):
        with Server("plaintext") as server:
            url = server.url.replace("http:", "https:")
            self.expect("tls", "tls", "TLS", url)

    def test_http_to_a_tls_port(self):
        url = self.with_server(self.certs.issue("good", "DNS:localhost,IP:127.0.0.1"))
        done = run("fetch", url.replace("https:", "http:"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b": error: ", done.stdout)


if __name__ == "__main__":
    main()
