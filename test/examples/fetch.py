"""fetch: its output, its options, redirects, limits and the reuse of connections."""
import json
import os
import subprocess
import tempfile
import threading
import unittest

from common_programs import RawServer, Server, answer, main, program, read_head, run

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def fetch_json(*args, **kwargs):
    """(exit status, the objects on stdout)."""
    done = run("fetch", "--json", *args, **kwargs)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def fetch_one(*args, **kwargs):
    status, objects = fetch_json(*args, **kwargs)
    return status, *objects


class Output(unittest.TestCase):
    def test_a_line_for_each_url(self):
        with Server("plaintext") as server:
            urls = [server.url + "/plaintext", server.url + "/bytes/100", server.url + "/nowhere"]
            done = run("fetch", *urls)
            self.assertEqual(done.returncode, 1)
            lines = sorted(done.stdout.decode().splitlines())
            self.assertRegex(lines[0], f"^{urls[1]}: 200, 100 bytes, \\d+\\.\\d+ s$")
            self.assertEqual(lines[1], f"{urls[2]}: error: HTTP 404: Not Found")
            self.assertRegex(lines[2], f"^{urls[0]}: 200, 13 bytes, \\d+\\.\\d+ s$")

    def test_lines_come_in_the_order_of_completion(self):
        with Server("stream", "--gaps", "0.3,0.3") as server:
            done = run("fetch", server.url + "/stream", server.url + "/nowhere")
            lines = done.stdout.decode().splitlines()
            self.assertIn("/nowhere: error", lines[0])
            self.assertIn("/stream: 200, 14 bytes", lines[1])

    def test_json_has_every_member(self):
        with Server("plaintext") as server:
            url = server.url + "/plaintext"
            status, told = fetch_one(url)
            self.assertEqual(status, 0)
            self.assertEqual(list(told), ["url", "effective_url", "code", "reason", "headers",
                                          "body_bytes", "error", "redirects", "time_total_s",
                                          "http_version"])
            self.assertEqual((told["url"], told["effective_url"], told["code"], told["reason"]),
                             (url, url, 200, "OK"))
            self.assertEqual((told["body_bytes"], told["error"], told["redirects"],
                              told["http_version"]), (13, None, 0, "HTTP/1.1"))
            self.assertIn(["Content-Length", "13"], told["headers"])
            self.assertGreater(told["time_total_s"], 0)

    def test_a_status_other_than_2xx_is_an_error_with_its_body(self):
        with Server("plaintext") as server, tempfile.NamedTemporaryFile() as file:
            status, told = fetch_one("-o", file.name, server.url + "/nowhere")
            self.assertEqual((status, told["code"], told["reason"]), (1, 404, "Not Found"))
            error = told["error"]
            self.assertEqual(list(error), ["category", "code", "message", "phase", "trace"])
            self.assertEqual((error["category"], error["code"]), ("http", 404))
            self.assertRegex(error["trace"][0], r"fetch\.cpp:\d+$")
            body = file.read()
            self.assertIn(b"404", body)
            self.assertEqual(told["body_bytes"], len(body))

    def test_json_is_valid_whatever_the_bytes(self):
        reply = (b"HTTP/1.1 200 Tr\xe8s \"bien\"\r\nX-Latin: caf\xe9 \\ \"q\"\r\nX-UTF8: \xc3\xa9\xf0\x9f\x98\x80\r\n"
                 b"X-Bad: \xed\xa0\x80\xc0\xaf\xff\xc3\r\nX-Tab: a\tb\r\nContent-Length: 0\r\n\r\n")
        with RawServer(answer(reply)) as server:
            status, told = fetch_one(server.url)
            self.assertEqual(status, 0)
            headers = dict(told["headers"])
            self.assertEqual(headers["X-Latin"], "caf\ufffd \\ \"q\"")
            self.assertEqual(headers["X-UTF8"], "\u00e9\U0001f600")
            self.assertEqual(set(headers["X-Bad"]), {"\ufffd"})
            self.assertEqual(headers["X-Tab"], "a\tb")
            self.assertEqual(told["reason"], "Tr\ufffds \"bien\"")
        for url in (b"http://x/\x01\x1f\x7f", b"\xff\xfe", b"http://h\"\\/\n"):
            status, told = fetch_one(os.fsdecode(url))
            self.assertEqual((status, told["code"]), (1, 599))
        done = run("fetch", "http://x/\n\x1b[31m")
        self.assertEqual(done.stdout.count(b"\n"), 1)
        self.assertNotIn(b"\x1b", done.stdout)

    def test_quiet_tells_failures_only(self):
        with Server("plaintext") as server:
            done = run("fetch", "--quiet", server.url + "/plaintext")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
            done = run("fetch", "--quiet", server.url + "/nowhere")
            self.assertEqual((done.returncode, done.stdout), (1, b""))
            self.assertIn(b"404", done.stderr)


class Requests(unittest.TestCase):
    def setUp(self):
        self.requests = []

        def serve(connection):
            while head := read_head(connection):
                head, _, body = head.partition(b"\r\n\r\n")
                length = [int(line.split(b":")[1]) for line in head.split(b"\r\n")
                          if line.lower().startswith(b"content-length:")]
                while length and len(body) < length[0]:
                    body += connection.recv(65536)
                self.requests.append((head, body))
                connection.sendall(OK)

        self.server = RawServer(serve)
        self.addCleanup(self.server.__exit__)

    def request(self, *args, **kwargs):
        """What the server got for a fetch that succeeded."""
        done = run("fetch", *args, self.server.url, **kwargs)
        self.assertEqual(done.returncode, 0, done)
        return self.requests.pop()

    def test_get(self):
        head, body = self.request()
        lines = head.split(b"\r\n")
        self.assertEqual(lines[0], b"GET / HTTP/1.1")
        self.assertIn(b"Host: 127.0.0.1:%d" % self.server.port, lines)
        self.assertEqual(body, b"")

    def test_method_headers_and_data(self):
        head, body = self.request("-X", "PUT", "-H", "X-One: 1", "-H", "X-Two:two words ",
                                  "-H", "X-List: [a,b]", "-d", "some data")
        lines = head.split(b"\r\n")
        self.assertEqual(lines[0], b"PUT / HTTP/1.1")
        for line in (b"X-One: 1", b"X-Two: two words", b"X-List: [a,b]", b"Content-Length: 9"):
            self.assertIn(line, lines)
        self.assertEqual(body, b"some data")

    def test_data_makes_it_a_post(self):
        head, body = self.request("-d", "a=1")
        self.assertTrue(head.startswith(b"POST / "))
        self.assertIn(b"Content-Type: application/x-www-form-urlencoded", head)
        head, _ = self.request("-d", "{}", "-H", "content-type: application/json")
        self.assertNotIn(b"urlencoded", head)

    def test_data_from_a_file_and_from_stdin(self):
        data = bytes(range(256)) * 1000
        self.assertEqual(self.request("-d", "@-", stdin=data)[1], data)
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            self.assertEqual(self.request("-d", "@" + file.name)[1], data)

    def test_nonstandard_methods(self):
        self.assertTrue(self.request("-X", "PURGE")[0].startswith(b"PURGE / "))

    def test_bytes_that_would_end_a_line_are_not_sent(self):
        for args in (["-H", "X-A: b\r\nX-C: d"], ["-H", "X\nA: b"], ["-X", "GET / HTTP/1.1\r\nA:"]):
            status, told = fetch_one(*args, self.server.url)
            self.assertEqual((status, told["code"], told["error"]["phase"]), (1, 599, "queue"))
        self.assertEqual(self.requests, [])

    def test_repeat_keeps_connections(self):
        done = run("fetch", "--repeat", 200, "--max-clients", 4, self.server.url)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count(b": 200, 5 bytes"), 200)
        self.assertLessEqual(self.server.connections, 4)
        self.assertEqual(len(self.requests), 200)

    def test_max_clients_is_the_most_at_once(self):
        lock, running, most = threading.Lock(), [0], [0]

        def serve(connection):
            while read_head(connection):
                with lock:
                    running[0] += 1
                    most[0] = max(most[0], running[0])
                threading.Event().wait(0.05)
                with lock:
                    running[0] -= 1
                connection.sendall(OK)

        with RawServer(serve) as server:
            done = run("fetch", "--quiet", "--repeat", 15, "--max-clients", 3, server.url)
            self.assertEqual(done.returncode, 0)
            self.assertEqual(most[0], 3)

    def test_output_file_gets_the_body(self):
        with tempfile.NamedTemporaryFile() as file:
            self.request("-o", file.name)
            self.assertEqual(file.read(), b"hello")
            done = run("fetch", "-o", file.name, "--repeat", 3, self.server.url)
            self.assertEqual(done.stdout.count(b": 200, 5 bytes"), 3)
            file.seek(0)
            self.assertEqual(file.read(), b"hello" * 3)

    def test_output_file_gets_nothing_else_if_the_standard_ones_are_closed(self):
        with tempfile.NamedTemporaryFile() as file:
            command = [program("fetch"), "--quiet", "-o", file.name, self.server.url,
                       "http://127.0.0.1:1/"]
            done = subprocess.run(["sh", "-c", '"$@" <&- >&- 2>&-', "sh", *command])
            self.assertEqual((done.returncode, file.read()), (1, b"hello"))

    def test_a_full_disk_is_told(self):
        done = run("fetch", "-o", "/dev/full", self.server.url)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, b"fetch: cannot write all of /dev/full\n")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([program("fetch"), self.server.url], stdout=full)
        self.assertEqual(done.returncode, 1)

    def test_unix_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "http")
            with Server("plaintext", "--address", "unix:" + path, port=None) as server:
                self.assertEqual(server.line, "listening on unix:" + path)
                status, told = fetch_one("--unix-socket", path, "http://any.invalid/plaintext")
                self.assertEqual((status, told["code"], told["body_bytes"]), (0, 200, 13))


class Redirects(unittest.TestCase):
    def setUp(self):
        def serve(connection):
            while head := read_head(connection):
                left = int(head.split(b" ")[1].strip(b"/") or 0)
                connection.sendall(
                    OK if left == 0 else b"HTTP/1.1 302 Found\r\nLocation: /%d\r\n"
                    b"Content-Length: 0\r\n\r\n" % (left - 1))

        self.server = RawServer(serve)
        self.addCleanup(self.server.__exit__)

    def test_are_followed(self):
        status, told = fetch_one(self.server.url + "3")
        self.assertEqual((status, told["code"], told["redirects"]), (0, 200, 3))
        self.assertEqual(told["url"], self.server.url + "3")
        self.assertEqual(told["effective_url"], self.server.url + "0")
        self.assertEqual(self.server.connections, 1)

    def test_one_too_many(self):
        self.assertEqual(fetch_one(self.server.url + "5")[0], 0)
        for args in ([self.server.url + "6"], ["--max-redirects", 2, self.server.url + "3"],
                     ["--max-redirects", 0, self.server.url + "1"]):
            status, told = fetch_one(*args)
            self.assertEqual((status, told["code"]), (1, 599))
            self.assertEqual((told["error"]["category"], told["error"]["phase"]),
                             ("gyre", "redirect"))

    def test_no_follow(self):
        status, told = fetch_one("--no-follow", self.server.url + "3")
        self.assertEqual((status, told["code"], told["redirects"]), (1, 302, 0))
        self.assertEqual((told["error"]["category"], told["error"]["code"]), ("http", 302))


class CommandLine(unittest.TestCase):
    def test_http2_is_not_there_and_refused(self):
        done = run("fetch", "--http2", "http://127.0.0.1:1/")
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertEqual(done.stderr.count(b"\n"), 1)
        self.assertIn(b"--http2", done.stderr)

    def test_bad_values(self):
        for args in ([], ["-H", "no colon"], ["-d", "@/no/such/file"], ["--repeat", "0"],
                     ["--max-clients", "0"], ["--max-body", "-1"], ["--max-redirects", "x"],
                     ["--connect-timeout", "0"], ["--request-timeout", "inf"],
                     ["--cacert", "/no/such/file"], ["--key", "/dev/null"],
                     ["-o", "/no/such/folder/file"]):
            with self.subTest(args):
                done = run("fetch", *args, *(["http://127.0.0.1:1/"] if args else []))
                self.assertEqual((done.returncode, done.stdout), (2, b""), done)
                self.assertEqual(done.stderr.count(b"\n"), 1, done)

    def test_help_lists_categories_and_phases(self):
        text = run("fetch", "--help").stdout.decode()
        for word in ("queue", "resolve", "connect", "proxy", "tls", "send", "wait", "receive",
                     "redirect", "decode", "gyre", "system", "resolver", "http"):
            self.assertRegex(text, rf"\b{word}\b")


if __name__ == "__main__":
    main()
