"""fetch gets from the servers of Node, Tornado, Twisted and Python what curl gets from them."""
import asyncio
import collections
import http.server
import os
import select
import shutil
import ssl
import subprocess
import tempfile
import threading
import unittest

from twisted.internet import asyncioreactor

LOOP = asyncio.new_event_loop()
asyncioreactor.install(LOOP)

import tornado.httpserver
import tornado.netutil
import tornado.web
from twisted.internet import reactor
from twisted.web import resource, server as twisted_server

from common_fetch import ask_fetch, digest, expect_same
from common_programs import PATIENCE, RawServer, main, read_head, run
from common_tls import Certificates

HERE = os.path.dirname(os.path.abspath(__file__))
LARGE = (bytes(range(251)) * 12000)[:3000003]
PIECES = [LARGE[:size] for size in (1, 10, 1000, 65536, 100000)]
NODE = shutil.which("node")


class TornadoPage(tornado.web.RequestHandler):
    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")

    def compute_etag(self):
        return None

    async def any(self):
        page = self.request.path[1:].replace("-", "_")
        done = getattr(self, "page_" + page)()
        if done is not None:
            await done

    get = head = post = put = delete = patch = options = any

    def page_plain(self):
        self.write("Hello, World!")

    async def page_chunked(self, gap=0):
        for piece in PIECES:
            await asyncio.sleep(gap)
            self.write(piece)
            await self.flush()

    def page_slow(self):
        return self.page_chunked(0.02)

    def page_large(self):
        self.write(LARGE)

    async def page_large_chunked(self):
        self.write(LARGE)
        await self.flush()

    def page_none(self):
        self.set_status(204)

    def page_empty(self):
        pass

    def page_cached(self):
        self.set_header("ETag", '"v1"')
        if self.check_etag_header():
            self.set_status(304)
        else:
            self.write("page")

    def page_echo(self):
        body = self.request.body
        self.write(b"%s %d " % (self.request.method.encode(), len(body)) + body)

    def page_go(self):
        self.redirect("/plain")

    def page_fields(self):
        for cookie in ("a=1", "b=2", "c=3"):
            self.add_header("Set-Cookie", cookie)
        self.set_header("X-Empty", "")
        self.set_header("X-Long", "x" * 4000)
        self.write("fields")

    def page_gone(self):
        self.set_status(410)
        self.write("gone")

    def page_bye(self):
        self.set_header("Connection", "close")
        self.write("bye")


class TornadoServer(tornado.httpserver.HTTPServer):
    connections = 0

    def handle_stream(self, stream, address):
        self.connections += 1
        super().handle_stream(stream, address)


class TwistedPage(resource.Resource):
    isLeaf = True

    def render(self, request):
        return getattr(self, "page_" + request.path[1:].decode().replace("-", "_"))(request)

    def page_plain(self, _):
        return b"Hello, World!"

    def page_chunked(self, request, gap=0, first=0):
        if first == len(PIECES):
            request.finish()
        else:
            request.write(PIECES[first])
            reactor.callLater(gap, self.page_chunked, request, gap, first + 1)
        return twisted_server.NOT_DONE_YET

    def page_slow(self, request):
        return self.page_chunked(request, 0.02)

    def page_large(self, _):
        return LARGE

    def page_large_chunked(self, request):
        request.write(LARGE)
        request.finish()
        return twisted_server.NOT_DONE_YET

    def page_none(self, request):
        request.setResponseCode(204)
        return b""

    def page_empty(self, _):
        return b""

    def page_cached(self, request):
        return b"" if request.setETag(b'"v1"') else b"page"

    def page_echo(self, request):
        body = request.content.read()
        return b"%s %d " % (request.method, len(body)) + body

    def page_go(self, request):
        request.redirect(b"/plain")
        return b"moved"

    def page_fields(self, request):
        for name, value in ((b"a", b"1"), (b"b", b"2"), (b"c", b"3")):
            request.addCookie(name, value)
        request.setHeader(b"X-Empty", b"")
        request.setHeader(b"X-Long", b"x" * 4000)
        return b"fields"

    def page_gone(self, request):
        request.setResponseCode(410)
        return b"gone"

    def page_bye(self, request):
        request.setHeader(b"Connection", b"close")
        return b"bye"


class TwistedSite(twisted_server.Site):
    connections = 0

    def buildProtocol(self, address):
        self.connections += 1
        return super().buildProtocol(address)


class PythonServers:
    """Tornado, with and without TLS, and Twisted, in a thread of their own."""

    def __init__(self, certificate):
        self._certificate = certificate
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        if not self._up.wait(PATIENCE):
            raise AssertionError("Twisted's reactor does not run")

    def _serve(self):
        asyncio.set_event_loop(LOOP)
        reactor.callWhenRunning(self._start)
        reactor.run(installSignalHandlers=False)

    def _start(self):
        pages = tornado.web.Application([(r"/.*", TornadoPage)], log_function=lambda _: None)
        self.tornado = TornadoServer(pages)
        self.tornado_url = "http://127.0.0.1:%d" % self._listen(self.tornado)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._certificate)
        self.secure_tornado = TornadoServer(pages, ssl_options=context)
        self.secure_tornado_url = "https://localhost:%d" % self._listen(self.secure_tornado)
        self.twisted = TwistedSite(TwistedPage())
        port = reactor.listenTCP(0, self.twisted, interface="127.0.0.1").getHost().port
        self.twisted_url = "http://127.0.0.1:%d" % port
        self._up.set()

    @staticmethod
    def _listen(server):
        sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        return sockets[0].getsockname()[1]

    def stop(self):
        reactor.callFromThread(reactor.stop)
        self._thread.join(PATIENCE)


class NodeServer:
    def __init__(self, *certificate):
        self.process = subprocess.Popen(
            [NODE, os.path.join(HERE, "common_node_server.cjs"), *certificate],
            stdout=subprocess.PIPE)
        self.url = "http://127.0.0.1:%d" % int(self.process.stdout.readline())
        self.hasty_url = "http://127.0.0.1:%d" % int(self.process.stdout.readline())
        if certificate:
            self.url = self.url.replace("http://127.0.0.1", "https://localhost")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def setUpModule():
    global CERTS, PYTHON
    CERTS = Certificates()
    unittest.addModuleCleanup(CERTS.__exit__)
    certificate = CERTS.issue("server", "DNS:localhost")
    PYTHON = PythonServers(certificate)
    unittest.addModuleCleanup(PYTHON.stop)


PAGES = {"/plain": (200, b"Hello, World!"), "/chunked": (200, b"".join(PIECES)),
         "/none": (204, b""), "/slow": (200, b"".join(PIECES)), "/empty": (200, b""),
         "/large": (200, LARGE), "/cached": (200, b"page"), "/large-chunked": (200, LARGE),
         "/go": (302, None), "/gone": (410, b"gone"), "/bye": (200, None),
         "/fields": (200, b"fields")}


class Pages:
    """What every server has to offer; `url` and `count_connections` are the subclass's."""
    options = ()

    def same(self, paths, *args):
        return expect_same(self, [self.url + path for path in paths], *self.options, *args)[0]

    def test_pages_one_after_the_other(self):
        before = self.count_connections()
        answers, _ = ask_fetch([self.url + path for path in PAGES], *self.options)
        # /bye is followed by one more.
        self.assertEqual(self.count_connections() - before, 2)
        self.assertEqual(self.same(PAGES), answers)
        for answer, (path, (code, body)) in zip(answers, PAGES.items()):
            with self.subTest(path):
                self.assertEqual(answer.code, code)
                if body is not None:
                    self.assertEqual(answer.digest, digest(body))

    def test_head(self):
        for answer in self.same(["/plain", "/large", "/none", "/empty", "/gone", "/plain"],
                                "-X", "HEAD"):
            self.assertEqual(answer.size, 0)

    def test_a_redirect_is_followed(self):
        done = run("fetch", *self.options, self.url + "/go")
        self.assertIn(b"/go: 200, 13 bytes", done.stdout)

    def test_fields(self):
        [answer] = self.same(["/fields"])
        self.assertEqual([value[0] for name, value in answer.fields if name == "set-cookie"],
                         ["a", "b", "c"])
        self.assertIn(("x-empty", ""), answer.fields)

    def test_not_modified(self):
        cached, plain = self.same(["/cached", "/plain"], "-H", 'If-None-Match: "v1"')
        self.assertEqual((cached.code, cached.size), (304, 0))
        self.assertEqual(plain.code, 200)

    def test_bodies(self):
        for method, size in (("POST", 0), ("PUT", 100000), ("DELETE", 5), ("POST", 3000000)):
            with self.subTest(method, size=size), tempfile.NamedTemporaryFile() as file:
                file.write(b"x" * size)
                file.flush()
                for answer in self.same(["/echo", "/echo"], "-X", method, "-d", "@" + file.name):
                    self.assertEqual(answer.size, len(f"{method} {size} ") + size)

    def test_an_expectation(self):
        [answer] = self.same(["/echo"], "-H", "Expect: 100-continue", "-d", "x" * 1000)
        self.assertEqual(answer.size, 1000 + len("POST 1000 "))

    def test_connections_are_used_again(self):
        urls = [self.url + path for path in ("/plain", "/chunked", "/none", "/cached", "/gone")]
        before = self.count_connections()
        done = run("fetch", *self.options, "--repeat", 20, "--max-clients", 2, *urls)
        self.assertEqual(len(done.stdout.splitlines()), 20 * len(urls))
        self.assertNotIn(b"599", done.stdout)
        self.assertEqual(self.count_connections() - before, 2)


class Tornado(Pages, unittest.TestCase):
    def setUp(self):
        self.url = PYTHON.tornado_url

    def count_connections(self):
        return PYTHON.tornado.connections


class SecureTornado(Pages, unittest.TestCase):
    def setUp(self):
        self.url = PYTHON.secure_tornado_url
        self.options = ("--cacert", CERTS.ca)

    def count_connections(self):
        return PYTHON.secure_tornado.connections


class Twisted(Pages, unittest.TestCase):
    def setUp(self):
        self.url = PYTHON.twisted_url

    def count_connections(self):
        return PYTHON.twisted.connections


@unittest.skipUnless(NODE, "no Node.js")
class Node(Pages, unittest.TestCase):
    certificate = ()

    @classmethod
    def setUpClass(cls):
        cls.server = NodeServer(*cls.certificate)
        cls.addClassCleanup(cls.server.stop)
        cls.url = cls.server.url

    def count_connections(self):
        with tempfile.NamedTemporaryFile() as file:
            done = run("fetch", *self.options, "-o", file.name, self.url + "/connections")
            self.assertEqual(done.returncode, 0, done)
            return int(file.read())

    def test_interim_answers_are_passed_over(self):
        [answer] = self.same(["/early"])
        self.assertEqual((answer.code, answer.size), (200, len("after hints")))
        self.assertNotIn("link", dict(answer.fields))

    def test_trailers(self):
        [answer] = self.same(["/trailers"])
        self.assertEqual((answer.code, answer.size), (200, len("with trailers")))
        self.assertNotIn("x-sum", dict(answer.fields))


class SecureNode(Node):
    @classmethod
    def setUpClass(cls):
        cls.certificate = CERTS.issue("node", "DNS:localhost")
        cls.options = ("--cacert", CERTS.ca)
        super().setUpClass()


@unittest.skipUnless(NODE, "no Node.js")
class HastyNode(unittest.TestCase):
    def test_connections_that_are_closed_just_when_they_are_used(self):
        server = NodeServer()
        self.addCleanup(server.stop)
        for clients in (1, 20):
            done = run("fetch", "--quiet", "--repeat", 500, "--max-clients", clients,
                       server.hasty_url + "/")
            self.assertEqual((done.returncode, done.stderr), (0, b""))


class PythonServer(unittest.TestCase):
    """http.server speaks HTTP/1.0, and HTTP/1.1 if it is told to."""

    def with_server(self, version):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, content in (("index.html", b"index"), ("large", LARGE), ("empty", b"")):
            with open(os.path.join(folder.name, name), "wb") as file:
                file.write(content)
        os.mkdir(os.path.join(folder.name, "folder"))

        class Handler(http.server.SimpleHTTPRequestHandler):
            protocol_version = version

            def __init__(self, *args):
                super().__init__(*args, directory=folder.name)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        self.addCleanup(lambda: (server.shutdown(), thread.join(), server.server_close()))
        return "http://127.0.0.1:%d" % server.server_port

    def test_files(self):
        files = {"/": 200, "/large": 200, "/empty": 200, "/folder": 301, "/folder/": 200,
                 "/nothing": 404}
        for version in ("HTTP/1.0", "HTTP/1.1"):
            url = self.with_server(version)
            urls = [url + path for path in files]
            for method in ("GET", "HEAD"):
                answers, told = expect_same(self, urls, "-X", method)
                self.assertEqual([answer.code for answer in answers], list(files.values()))
                self.assertEqual({one["http_version"] for one in told}, {version})
            [answer], _ = expect_same(self, [url + "/"], "-H",
                                      "If-Modified-Since: Fri, 01 Jan 2038 00:00:00 GMT")
            self.assertEqual(answer.code, 304)
            self.assertEqual(expect_same(self, [url + "/"], "-d", "x")[0][0].code, 501)
            done = run("fetch", "--quiet", "--repeat", 20, url + "/")
            self.assertEqual((done.returncode, done.stderr), (0, b""))


class RawPeers(unittest.TestCase):
    def test_there_is_one_request_at_a_time_on_a_connection(self):
        seen = collections.Counter()

        def serve(connection):
            while head := read_head(connection):
                seen["requests"] += head.count(b"GET ")
                more, _, _ = select.select([connection], [], [], 0.02)
                seen["pipelined"] += bool(more)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        with RawServer(serve) as server:
            done = run("fetch", "--quiet", "--repeat", 20, "--max-clients", 2, server.url)
            self.assertEqual((done.returncode, seen["pipelined"]), (0, 0))
            self.assertEqual((seen["requests"], server.connections), (20, 2))

    def test_a_server_that_closes_without_a_word(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        with RawServer(serve) as server:
            done = run("fetch", "--quiet", "--repeat", 100, "--max-clients", 3, server.url)
            self.assertEqual((done.returncode, done.stderr), (0, b""))


if __name__ == "__main__":
    if not NODE:
        print("Node.js is not installed: its tests are left out")
    main()
