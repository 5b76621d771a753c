"""plaintext: its three URLs, with curl, over HTTP, HTTPS and several threads."""
import re
import threading
import time
import unittest

from common_programs import Server, curl, main
from common_tls import Certificates


class Plaintext(unittest.TestCase):
    def test_plaintext_is_hello_world(self):
        with Server("plaintext") as server:
            self.assertRegex(server.line, r"^listening on http://127\.0\.0\.1:\d+$")
            reply = curl("-i", server.url + "/plaintext").stdout
            self.assertTrue(reply.startswith(b"HTTP/1.1 200 OK\r\n"), reply)
            self.assertRegex(reply, rb"(?i)\r\ncontent-type: text/plain")
            self.assertTrue(reply.endswith(b"\r\n\r\nHello, World!"), reply)

    def test_echo_answers_the_body(self):
        with Server("plaintext") as server:
            for body in ("", "x", "gyre " * 20000):
                self.assertEqual(curl("-d", body, server.url + "/echo").stdout, body.encode())

    def test_other_paths_and_methods_are_refused(self):
        with Server("plaintext") as server:
            status = ["-o", "/dev/null", "-w", "%{http_code}"]
            self.assertEqual(curl(*status, server.url + "/nowhere").stdout, b"404")
            self.assertEqual(curl(*status, "-X", "DELETE", server.url + "/plaintext").stdout, b"405")

    def test_bytes_are_as_many_as_asked_for(self):
        with Server("plaintext") as server:
            for size in (0, 1, 65535, 65536, 65537, 1048575, 1048576, 1048577, 10_000_000):
                self.assertEqual(len(curl(server.url + f"/bytes/{size}").stdout), size)

    def test_bytes_of_a_bad_number_is_400(self):
        with Server("plaintext") as server:
            for size in ("abc", "-1", "1.5", "0x10", "1073741825", "9" * 30):
                status = curl("-o", "/dev/null", "-w", "%{http_code}", server.url + "/bytes/" + size)
                self.assertEqual(status.stdout, b"400", size)

    def test_a_gigabyte_for_a_client_that_does_not_read_is_not_buffered(self):
        with Server("plaintext") as server, server.connect() as connection:
            connection.sendall(b"GET /bytes/1073741824 HTTP/1.1\r\nHost: x\r\n\r\n")
            before = peak_memory(server)
            time.sleep(1)
            self.assertLess(peak_memory(server) - before, 30 * 1024 * 1024)
            connection.recv(65536)

    def test_many_threads_share_the_port(self):
        with Server("plaintext", "--threads", 3) as server:
            replies = []
            ask = lambda: replies.append(curl(server.url + "/plaintext").stdout)
            threads = [threading.Thread(target=ask) for _ in range(12)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(replies, [b"Hello, World!"] * 12)

    def test_https_with_a_certificate_of_our_own_authority(self):
        with Certificates() as certs:
            cert, key = certs.issue("good", "DNS:localhost,IP:127.0.0.1")
            with Server("plaintext", "--cert", cert, "--key", key) as server:
                self.assertTrue(server.url.startswith("https://"), server.url)
                reply = curl("--cacert", certs.ca, server.url + "/plaintext")
                self.assertEqual(reply.stdout, b"Hello, World!", reply.stderr)


def peak_memory(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) * 1024


if __name__ == "__main__":
    main()
