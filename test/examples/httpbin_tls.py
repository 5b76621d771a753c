"""httpbin: HTTPS, client certificates, threads, the access log."""
import json
import re
import subprocess
import unittest

from common_programs import Server, curl, main, run
from common_tls import Certificates


class HTTPS(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.certs = Certificates()
        cls.addClassCleanup(cls.certs.__exit__)
        cls.server_cert = cls.certs.issue("server", "DNS:localhost,IP:127.0.0.1")
        cls.client_cert = cls.certs.issue("client", "DNS:client")
        cls.tls = ["--cert", cls.server_cert[0], "--key", cls.server_cert[1]]

    def ask(self, server, path, *args):
        done = curl("--cacert", self.certs.ca, *args, server.url + path)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_urls_and_redirects_say_https(self):
        with Server("httpbin", *self.tls) as server:
            self.assertRegex(server.line, r"^listening on https://127\.0\.0\.1:\d+$")
            answer = json.loads(self.ask(server, "/get"))
            self.assertEqual(answer["url"], server.url + "/get")
            place = self.ask(server, "/absolute-redirect/1", "-o", "/dev/null", "-w", "%header{location}")
            self.assertEqual(place.decode(), server.url + "/get")
            self.assertIn(b"Secure", self.ask(server, "/cookies/set?a=b", "-i"))

    def test_an_upload_and_a_download(self):
        data = bytes(3_000_000)
        with Server("httpbin", *self.tls, "--threads", 2) as server:
            done = subprocess.run(["curl", "-sS", "--cacert", self.certs.ca, "-T", "-",
                                   server.url + "/upload"], input=data, capture_output=True)
            self.assertEqual(json.loads(done.stdout)["bytes"], len(data))
            self.assertEqual(len(self.ask(server, "/bytes/100000")), 100000)

    def test_only_clients_with_a_certificate_of_the_authority_are_served(self):
        with Server("httpbin", *self.tls, "--client-ca", self.certs.ca) as server:
            cert, key = self.client_cert
            self.assertIn(b"origin", self.ask(server, "/ip", "--cert", cert, "--key", key))
            self.assertNotEqual(curl("--cacert", self.certs.ca, server.url + "/ip").returncode, 0)
            other_cert, other_key = self.certs.self_signed("stranger")
            done = curl("--cacert", self.certs.ca, "--cert", other_cert, "--key", other_key,
                        server.url + "/ip")
            self.assertNotEqual(done.returncode, 0)

    def test_options_that_cannot_be(self):
        for args in (["--client-ca", self.certs.ca], ["--cert", "/no/such"], ["--threads", "0"],
                     [*self.tls, "--client-ca", "/no/such"]):
            self.assertEqual(run("httpbin", *args).returncode, 2)


class Threads(unittest.TestCase):
    def test_credentials_that_one_thread_asked_for_let_in_at_another(self):
        with Server("httpbin", "--threads", 4) as server:
            for _ in range(8):  # a connection each, wherever the system puts it
                url = server.url + "/digest-auth/auth/u/p"
                challenge = curl("-i", url).stdout
                self.assertIn(b" 401 ", challenge)
                done = curl("-o", "/dev/null", "-w", "%{http_code}", "--digest", "-u", "u:p", url,
                            "-H", "Connection: close")
                self.assertEqual(done.stdout, b"200")


class AccessLog(unittest.TestCase):
    def test_a_line_for_each_request_in_the_combined_format(self):
        with Server("httpbin", "--access-log") as server:
            curl("-A", "tester", "-e", "http://from/", "-u", "me:p", server.url + "/bytes/123?x=1")
            curl(server.url + "/status/404")
            server.wait_for_log("/status/404")
            first, second = server.stderr().splitlines()
            self.assertTrue(re.match(r'127\.0\.0\.1 - me \[.+\] "GET /bytes/123\?x=1 HTTP/1\.1" 200 123 '
                                     r'"http://from/" "tester"', first), first)
            self.assertIn('"GET /status/404 HTTP/1.1" 404 ', second)

    def test_none_unless_asked_for(self):
        with Server("httpbin") as server:
            curl(server.url + "/get")
        self.assertEqual(server.stderr(), "")


if __name__ == "__main__":
    main()
