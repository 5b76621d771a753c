"""fetch against a real nginx, over HTTP, HTTPS and a Unix socket."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

from common_fetch import expect_same
from common_programs import PATIENCE, main, run, wait_until
from common_tls import Certificates

NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
CONFIG = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    log_format connection $connection;
    access_log {folder}/access.log connection;
    gzip on; gzip_types *; gzip_min_length 1;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{
        listen 127.0.0.1:{port}; listen unix:{folder}/socket;
        listen 127.0.0.1:{tls_port} ssl;
        ssl_certificate {cert}; ssl_certificate_key {key};
        root {folder}/www;
        location /go {{ return 302 /index.html; }}
        location /away {{ return 301 https://localhost:{tls_port}/index.html; }}
        location /back {{ return 301 http://127.0.0.1:{port}/index.html; }}
        location /loop {{ return 307 /loop; }}
        location /agent {{ return 200 "$http_user_agent $http_x_test"; }}
        location /none {{ return 204; }}
        location /gone {{ return 410 "gone"; }}
        location /length {{ return 200 "$request_method $content_length"; }}
        location /proxied {{ proxy_pass http://unix:{folder}/socket:/index.html; }}
        location /proxied-1.1 {{
            proxy_pass http://unix:{folder}/socket:/index.html; proxy_http_version 1.1;
            proxy_set_header Accept-Encoding gzip; gunzip on;
        }}
        location /once {{ keepalive_timeout 0; return 200 "once"; }}
    }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """nginx in a temporary folder, as one process that belongs to us."""

    def __init__(self, certs):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = self._folder.name
        os.mkdir(self.folder + "/www")
        self.page = "<p>page</p>\n" * 5000
        with open(self.folder + "/www/index.html", "w") as page:
            page.write(self.page)
        with open(self.folder + "/www/large", "wb") as large:
            large.write(bytes(range(251)) * 12000)
        open(self.folder + "/www/empty", "w").close()
        os.mkdir(self.folder + "/www/folder")
        cert, key = certs.issue("nginx", "DNS:localhost,IP:127.0.0.1")
        # Another program may take a port before nginx does.
        for _ in range(5):
            self.port, self.tls_port = free_port(), free_port()
            with open(self.folder + "/conf", "w") as conf:
                conf.write(CONFIG.format(folder=self.folder, port=self.port,
                                         tls_port=self.tls_port, cert=cert, key=key))
            if os.path.exists(self.folder + "/socket"):
                os.unlink(self.folder + "/socket")
            self.process = subprocess.Popen(
                [NGINX, "-p", self.folder, "-c", self.folder + "/conf"], stderr=subprocess.DEVNULL)
            wait_until(lambda: self.process.poll() is not None or self.is_up(), "nginx")
            if self.process.poll() is None:
                return
        raise AssertionError("nginx does not start: " + self.log("error.log"))

    def is_up(self):
        try:
            socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
            return True
        except OSError:
            return False

    def log(self, name):
        with open(self.folder + "/" + name) as log:
            return log.read()

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self._folder.cleanup()


class FetchFromNginx(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.certs = Certificates()
        cls.addClassCleanup(cls.certs.__exit__)
        cls.nginx = Nginx(cls.certs)
        cls.addClassCleanup(cls.nginx.stop)
        cls.http = "http://127.0.0.1:%d" % cls.nginx.port
        cls.https = "https://localhost:%d" % cls.nginx.tls_port

    def fetch(self, *args):
        done = run("fetch", "--json", "--cacert", self.certs.ca, *args)
        return done.returncode, json.loads(done.stdout)

    def test_a_page_over_http_and_https(self):
        for site in (self.http, self.https):
            with tempfile.NamedTemporaryFile() as file:
                status, told = self.fetch("-o", file.name, site + "/")
                self.assertEqual((status, told["code"]), (0, 200), told)
                self.assertEqual(told["body_bytes"], len(self.nginx.page))
                self.assertEqual(file.read().decode(), self.nginx.page)
                self.assertIn("text/html", dict(told["headers"])["Content-Type"])

    def same(self, paths, *args):
        """What both fetch and curl get, over HTTP and over HTTPS."""
        for site in (self.https, self.http):
            answers, _ = expect_same(self, [site + path for path in paths], "--cacert",
                                     self.certs.ca, *args)
        return answers

    def test_many_kinds_of_answers(self):
        kinds = {"/index.html": 200, "/none": 204, "/large": 200, "/gone": 410, "/proxied": 200,
                 "/proxied-1.1": 200, "/empty": 200, "/nothing": 404, "/once": 200, "/folder": 301}
        for args in ((), ("-X", "HEAD"), ("-H", "Accept-Encoding: gzip")):
            with self.subTest(args):
                codes = [answer.code for answer in self.same(list(kinds), *args)]
                self.assertEqual(codes, list(kinds.values()))

    def test_ranges(self):
        for sizes, code in (("0-0", 206), ("100-", 206), ("-5", 206), ("99999999-", 416)):
            answers = self.same(["/large", "/none"], "-H", "Range: bytes=" + sizes)
            self.assertEqual([answer.code for answer in answers], [code, 204])

    def test_bodies(self):
        for method, size, code in (("POST", 0, 200), ("PUT", 100000, 200), ("DELETE", 5, 200),
                                   ("POST", 10000000, 413)):
            with self.subTest(method, size=size), tempfile.NamedTemporaryFile() as file:
                file.write(b"x" * size)
                file.flush()
                answers = self.same(["/length", "/length"], "-X", method, "-d", "@" + file.name)
                self.assertEqual([answer.code for answer in answers], [code, code])

    def test_head(self):
        status, told = self.fetch("-X", "HEAD", self.http + "/index.html")
        self.assertEqual((status, told["body_bytes"]), (0, 0))
        self.assertEqual(dict(told["headers"])["Content-Length"], str(len(self.nginx.page)))

    def test_headers_arrive(self):
        with tempfile.NamedTemporaryFile() as file:
            self.fetch("-H", "X-Test: yes", "-H", "User-Agent: mine/1", "-o", file.name,
                       self.http + "/agent")
            self.assertEqual(file.read(), b"mine/1 yes")

    def test_the_program_names_itself(self):
        with tempfile.NamedTemporaryFile() as file:
            self.fetch("-o", file.name, self.http + "/agent")
            self.assertRegex(file.read(), rb"^gyre/\d+\.\d+\.\d+ $")

    def test_redirects(self):
        status, told = self.fetch(self.http + "/go")
        self.assertEqual((status, told["redirects"]), (0, 1))
        self.assertEqual(told["effective_url"], self.http + "/index.html")
        status, told = self.fetch(self.http + "/away")
        self.assertEqual((status, told["effective_url"]), (0, self.https + "/index.html"))

    def test_a_redirect_from_https_to_http_is_refused(self):
        status, told = self.fetch(self.https + "/back")
        self.assertEqual((status, told["code"], told["error"]["phase"]), (1, 599, "redirect"))

    def test_a_redirect_to_itself_ends(self):
        status, told = self.fetch(self.http + "/loop")
        self.assertEqual((status, told["error"]["phase"], told["redirects"]), (1, "redirect", 5))

    def test_not_modified_is_an_error_as_in_tornado(self):
        _, told = self.fetch(self.http + "/index.html")
        etag = dict(told["headers"])["ETag"]
        status, told = self.fetch("-H", "If-None-Match: " + etag, self.http + "/index.html")
        self.assertEqual((status, told["code"], told["error"]["category"]), (1, 304, "http"))

    def test_a_hundred_times_over_few_connections(self):
        for site in (self.http, self.https):
            done = run("fetch", "--quiet", "--cacert", self.certs.ca, "--repeat", 100,
                       "--max-clients", 5, site + "/")
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            lines = self.nginx.log("access.log").split()
            self.assertEqual(len(set(lines[-100:])), 5)

    def test_a_server_that_closes_after_each_reply(self):
        done = run("fetch", "--quiet", "--repeat", 50, self.http + "/once")
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_a_unix_socket(self):
        status, told = self.fetch("--unix-socket", self.nginx.folder + "/socket",
                                  "http://localhost/index.html")
        self.assertEqual((status, told["body_bytes"]), (0, len(self.nginx.page)))

    def test_a_bad_certificate_is_refused(self):
        done = run("fetch", self.https + "/")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"certificate", done.stdout)


if __name__ == "__main__":
    if NGINX is None:
        print("nginx is not installed")
        sys.exit(77)
    main()
