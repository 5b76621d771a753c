"""fetch through real proxies: tinyproxy (HTTP), microsocks (SOCKS 5).

With GYRE_PROXY_CLIENT=curl the same is asked of curl, which shows that the proxies are set up right.
"""
import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

from common_programs import PATIENCE, RawServer, curl, main, read_head, run, wait_until
from common_tls import Certificates

WITH_CURL = os.environ.get("GYRE_PROXY_CLIENT") == "curl"
PATH = os.environ["PATH"] + ":/usr/sbin"
TINYPROXY, MICROSOCKS = (shutil.which(name, path=PATH) or sys.exit(f"{name} is not installed")
                         for name in ("tinyproxy", "microsocks"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Proxy:
    """A proxy in a temporary folder, as one process that belongs to us."""

    def __init__(self, name, command):
        """`command(folder, port)` writes what the program needs and returns its arguments."""
        self._folder = tempfile.TemporaryDirectory()
        self._log = self._folder.name + "/output"
        # Another program may take a port before the proxy does.
        for _ in range(5):
            self.port = free_port()
            with open(self._log, "w") as log:
                self.process = subprocess.Popen(command(self._folder.name, self.port),
                                                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            wait_until(lambda: self.process.poll() is not None or self.is_up(), name)
            if self.process.poll() is None:
                return
        raise AssertionError(f"{name} does not start: {self.log()}")

    def is_up(self):
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE).close()
            return True
        return False

    def log(self):
        with open(self._log, errors="replace") as log:
            return log.read()

    def wait_for_log(self, text):
        wait_until(lambda: text in self.log(), f"{text!r} in the log: {self.log()}")

    def url(self, scheme, credentials=""):
        return f"{scheme}://{credentials}127.0.0.1:{self.port}"

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)
        self._folder.cleanup()


def tinyproxy(*more):
    def command(folder, port):
        with open(folder + "/conf", "w") as conf:
            conf.write("\n".join([f"Port {port}", "Listen 127.0.0.1", "Allow 127.0.0.1",
                                  "LogLevel Connect", "MaxClients 20", "Timeout 30", *more, ""]))
        return [TINYPROXY, "-d", "-c", folder + "/conf"]

    return Proxy("tinyproxy", command)


def microsocks(*more):
    return Proxy("microsocks",
                 lambda _, port: [MICROSOCKS, "-i", "127.0.0.1", "-p", str(port), *more])


class Origin(RawServer):
    """A server that remembers the heads it got. Its answers tell their own paths."""

    def __init__(self, certificate=None, redirect_to=None):
        self.heads = []
        self._redirect_to = redirect_to
        self._tls = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*certificate)
        super().__init__(self._answer)
        self.url = f"http{'s' if certificate else ''}://localhost:{self.port}/"

    def _answer(self, connection):
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True)
        with connection:
            while head := read_head(connection):
                self.heads.append(head)
                path = head.split(b" ")[1]
                status = b"200 OK"
                if path == b"/away" and self._redirect_to:
                    status = b"302 Found\r\nLocation: " + self._redirect_to.encode()
                connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s"
                                   % (status, len(path), path))


class Result:
    """What a fetch came to: `status` of a response, if it is one; else what failed."""

    def __init__(self, ok, status, body, error, text):
        self.ok, self.status, self.body, self.error, self.text = ok, status, body, error, text

    def __repr__(self):
        return self.text


def fetch(url, *args):
    with tempfile.NamedTemporaryFile() as body:
        if WITH_CURL:
            done = curl("-L", "-o", body.name, "-w", "%{http_code} %{http_connect}", *args, url)
            code, connect = map(int, done.stdout.split())
            ok = done.returncode == 0 and code == 200
            status = connect if code == 0 else code
            error = None if ok else {"phase": "proxy" if code == 0 else "receive", "code": status,
                                     "message": done.stderr.decode(), "category": "http"}
            return Result(ok, status, body.read(), error, str(done))
        done = run("fetch", "--json", "-o", body.name, *args, url)
        told = json.loads(done.stdout)
        error = told["error"]
        status = error["code"] if error and error["category"] == "http" else told["code"]
        return Result(done.returncode == 0, status, body.read(), error, str(done))


class ProxyCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.certs = Certificates()
        cls.addClassCleanup(cls.certs.__exit__)
        cls.secure = Origin(cls.certs.issue("origin", "DNS:localhost"))
        cls.plain = Origin(redirect_to=cls.secure.url + "arrived")
        for origin in (cls.secure, cls.plain):
            cls.addClassCleanup(origin.__exit__)

    @classmethod
    def start(cls, make, *args):
        proxy = make(*args)
        cls.addClassCleanup(proxy.stop)
        return proxy

    def get(self, url, proxy_url, *args):
        return fetch(url, "--proxy", proxy_url, "--cacert", self.certs.ca, *args)

    def expect_both(self, proxy_url, *args):
        """A plain and a secure request succeed; the heads that the servers got."""
        heads = []
        for origin in (self.plain, self.secure):
            result = self.get(origin.url + "page", proxy_url, *args)
            self.assertTrue(result.ok, result)
            self.assertEqual((result.status, result.body), (200, b"/page"), result)
            heads.append(origin.heads[-1])
            self.assertTrue(heads[-1].startswith(b"GET /page HTTP/1."), heads[-1])
            self.assertNotIn(b"proxy-authorization", heads[-1].lower())
        return heads

    def expect_refusal(self, origin, proxy_url, status, *args):
        before = len(origin.heads)
        result = self.get(origin.url, proxy_url, *args)
        self.assertFalse(result.ok, result)
        self.assertEqual((result.error["category"], result.status), ("http", status), result)
        if origin is self.secure:
            self.assertEqual(result.error["phase"], "proxy", result)
        self.assertEqual(len(origin.heads), before, "the server was asked")


class Tinyproxy(ProxyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open = cls.start(tinyproxy)
        cls.closed = cls.start(tinyproxy, "BasicAuth me key")

    def test_plain_and_tunnel(self):
        plain, secure = self.expect_both(self.open.url("http"))
        self.assertIn(b"via:", plain.lower())
        self.assertNotIn(b"via:", secure.lower())
        self.open.wait_for_log(f"CONNECT localhost:{self.secure.port} HTTP/1.1")

    def test_credentials(self):
        self.expect_both(self.closed.url("http", "me:k%65y@"))

    def test_without_credentials_or_with_wrong_ones(self):
        for credentials in ("", "me:wrong@"):
            status = 401 if credentials else 407  # tinyproxy's way
            for origin in (self.plain, self.secure):
                self.expect_refusal(origin, self.closed.url("http", credentials), status)

    def test_a_redirect_from_plain_to_secure(self):
        result = self.get(self.plain.url + "away", self.closed.url("http", "me:k%65y@"))
        self.assertEqual((result.ok, result.body), (True, b"/arrived"), result)

    def test_a_port_that_is_not_allowed(self):
        strict = self.start(tinyproxy, "ConnectPort 443")
        self.expect_refusal(self.secure, strict.url("http"), 403)

    def test_a_server_that_is_not_there(self):
        result = self.get(f"https://localhost:{free_port()}/", self.open.url("http"))
        self.assertFalse(result.ok)
        self.assertEqual((result.error["category"], result.error["phase"]), ("http", "proxy"))
        self.assertGreaterEqual(result.status, 500)


class Microsocks(ProxyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open = cls.start(microsocks)
        cls.closed = cls.start(microsocks, "-u", "me", "-P", "key")

    def test_without_login(self):
        self.expect_both(self.open.url("socks5h"))
        if WITH_CURL:
            return  # for which socks5 means to look the name up itself
        self.expect_both(self.open.url("socks5"))
        self.open.wait_for_log(f"connected to localhost:{self.plain.port}")

    def test_with_login(self):
        self.expect_both(self.closed.url("socks5h", "me:key@"))
        self.expect_both(self.open.url("socks5h", "me:key@"))

    def test_login_that_is_missing_or_wrong(self):
        for credentials in ("", "me:wrong@"):
            result = self.get(self.plain.url, self.closed.url("socks5h", credentials))
            self.assertFalse(result.ok, result)
            self.assertEqual(result.error["phase"], "proxy", result)

    def test_a_server_that_is_not_there(self):
        for scheme in ("http", "https"):
            result = self.get(f"{scheme}://localhost:{free_port()}/", self.open.url("socks5h"))
            self.assertFalse(result.ok, result)
            self.assertEqual(result.error["phase"], "proxy", result)
            if not WITH_CURL:
                self.assertIn("refused", result.error["message"])


class NoProxy(unittest.TestCase):
    def test_nothing_listens_there(self):
        result = fetch("http://localhost:1/", "--proxy", f"http://127.0.0.1:{free_port()}")
        self.assertFalse(result.ok)
        if not WITH_CURL:
            self.assertEqual(result.error["phase"], "connect", result)

    @unittest.skipIf(WITH_CURL, "curl knows more kinds of proxies")
    def test_what_is_not_supported_is_refused(self):
        for url in ("https://127.0.0.1:1", "socks4://127.0.0.1:1", "", "http://127.0.0.1:1/path"):
            with self.subTest(url):
                done = run("fetch", "--proxy", url, "http://127.0.0.1:1/")
                self.assertEqual((done.returncode, done.stdout), (2, b""), done)
                self.assertEqual(done.stderr.count(b"\n"), 1, done)


if __name__ == "__main__":
    main()
