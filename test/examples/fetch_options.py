"""fetch: credentials, cookies, proxies, compressed bodies and the progress bar."""
import base64
import gzip
import json
import os
import socket
import struct
import threading
import time
import unittest
import unittest.mock

from common_httpbin import HttpbinTest
from common_programs import PATIENCE, RawServer, curl, main, read_head, run
from common_terminal import OnTerminal

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class FetchTest(HttpbinTest):
    """Fetches from httpbin, and looks at the bodies."""

    def fetch(self, path, *args):
        """(status or failure, body)"""
        out = os.path.join(self.folder, "body")
        done = run("fetch", "--json", "-o", out, *args, self.url + path)
        self.assertIn(done.returncode, (0, 1), done)
        self.assertEqual(done.stderr, b"")
        told = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if 200 <= told["code"] < 300 else 1)
        with open(out, "rb") as file:
            body = file.read()
        self.assertEqual(told["body_bytes"], len(body))
        return told["code"], body

    def fetch_json(self, path, *args):
        code, body = self.fetch(path, *args)
        self.assertEqual(code, 200, body)
        return json.loads(body)


class Credentials(FetchTest):
    def test_basic(self):
        self.assertEqual(self.fetch_json("/basic-auth/u/p", "--user", "u:p")["user"], "u")
        self.assertEqual(self.fetch_json("/hidden-basic-auth/u/p:q", "--user", "u:p:q")["user"], "u")
        self.assertEqual(self.fetch("/basic-auth/u/p", "--user", "u:x")[0], 401)
        self.assertEqual(self.fetch("/basic-auth/u/p")[0], 401)

    def test_a_password_without_a_name(self):
        headers = self.fetch_json("/headers", "--user", ":p")["headers"]
        self.assertEqual(headers["Authorization"], "Basic OnA=")

    def test_digest(self):
        for algorithm in ("MD5", "MD5-sess", "SHA-256", "SHA-256-sess"):
            path = f"/digest-auth/auth/us%20er/pass/{algorithm}"
            self.fetch_json(path, "--digest", "--user", "us er:pass")
            self.assertEqual(self.fetch(path, "--user", "us er:wrong", "--digest")[0], 401)
        self.fetch_json("/digest-auth/none/u/p", "--digest", "--user", "u:p")

    def test_bearer(self):
        self.assertEqual(self.fetch_json("/bearer", "--bearer", "abc.d")["token"], "abc.d")
        self.assertEqual(self.fetch("/bearer")[0], 401)

    def test_the_body_of_any_status_is_written(self):
        for status in (200, 302, 404, 418, 500):
            code, body = self.fetch(f"/status/{status}", "--no-follow")
            self.assertEqual(code, status)
            self.assertEqual(body, curl(f"{self.url}/status/{status}").stdout)


class Cookies(FetchTest):
    def setUp(self):
        self.jar = os.path.join(self.folder, self.id())

    def cookies(self, path, *args):
        return self.fetch_json(path, "--cookie-jar", self.jar, *args)["cookies"]

    def test_are_kept_from_fetch_to_fetch_and_from_run_to_run(self):
        self.assertEqual(self.cookies("/cookies/set?a=1&b=2"), {"a": "1", "b": "2"})
        self.assertEqual(self.cookies("/cookies"), {"a": "1", "b": "2"})
        self.assertEqual(self.cookies("/cookies/delete?a"), {"b": "2"})
        self.assertEqual(self.cookies("/cookies"), {"b": "2"})
        self.assertEqual(self.fetch_json("/cookies")["cookies"], {})

    def test_all_urls_share_the_jar(self):
        out = os.path.join(self.folder, "both")
        done = run("fetch", "--cookie-jar", self.jar, "-o", out, self.url + "/cookies/set/x/y",
                   self.url + "/cookies")
        self.assertEqual(done.returncode, 0, done)
        with open(out) as file:
            self.assertEqual(file.read().count('"y"'), 2)

    def test_curl_reads_the_file(self):
        self.cookies("/cookies/set/a/1")
        answer = json.loads(curl("-b", self.jar, self.url + "/cookies").stdout)
        self.assertEqual(answer["cookies"], {"a": "1"})

    def test_the_file_may_be_curls(self):
        curl("-c", self.jar, self.url + "/cookies/set/from/curl")
        self.assertEqual(self.cookies("/cookies"), {"from": "curl"})
        self.assertEqual(self.cookies("/cookies/set/and/fetch"), {"from": "curl", "and": "fetch"})

    def test_a_file_that_cannot_be_used_is_told(self):
        with open(self.jar, "w") as file:
            file.write("this is no cookie\n")
        for path in (self.jar, self.folder):
            done = run("fetch", "--cookie-jar", path, self.url + "/cookies")
            self.assertEqual((done.returncode, done.stdout), (2, b""), done)
            self.assertEqual(done.stderr.count(b"\n"), 1, done)
        done = run("fetch", "--cookie-jar", "/no/such/folder/jar", self.url + "/cookies")
        self.assertEqual((done.returncode, done.stdout.count(b": 200, ")), (1, 1), done)
        self.assertEqual(done.stderr.count(b"\n"), 1, done)


class Compressed(FetchTest):
    def test_is_asked_for_and_decoded(self):
        for path, member in (("/gzip", "gzipped"), ("/deflate", "deflated"), ("/brotli", "brotli")):
            self.assertTrue(self.fetch_json(path, "--compressed")[member])
        headers = self.fetch_json("/headers", "--compressed")["headers"]
        self.assertIn("gzip", headers["Accept-Encoding"])

    def test_is_left_as_it_is_without_the_option(self):
        self.assertNotIn("Accept-Encoding", self.fetch_json("/headers")["headers"])
        code, body = self.fetch("/gzip")
        self.assertEqual(code, 200)
        self.assertTrue(json.loads(gzip.decompress(body))["gzipped"])


class Proxies(unittest.TestCase):
    URL = "http://some.host.invalid:81/path?q"

    def fetch(self, proxy, *args):
        done = run("fetch", "--proxy", proxy, *args, self.URL)
        self.assertEqual(done.returncode, 0, done)

    def test_http(self):
        heads = []

        def serve(connection):
            heads.append(read_head(connection))
            connection.sendall(OK)

        with RawServer(serve) as proxy:
            place = f"127.0.0.1:{proxy.port}"
            self.fetch(f"http://{place}")
            self.assertTrue(heads[0].startswith(f"GET {self.URL} HTTP/1.1\r\n".encode()), heads)
            self.assertIn(b"\r\nHost: some.host.invalid:81\r\n", heads[0])
            self.assertNotIn(b"Proxy-Authorization", heads[0])
            self.fetch(f"HTTP://na%40me:pass%3Aw%C3%BC@{place}/")
            expected = base64.b64encode("na@me:pass:wü".encode())
            self.assertIn(b"\r\nProxy-Authorization: Basic " + expected + b"\r\n", heads[1])

    def test_socks5(self):
        asked = []

        def serve(connection):
            methods = connection.recv(100)
            self.assertEqual(methods[0], 5)
            if 2 in methods[2:]:
                connection.sendall(b"\5\2")
                asked.append(connection.recv(100))
                connection.sendall(b"\1\0")
            else:
                connection.sendall(b"\5\0")
            asked.append(connection.recv(100))
            connection.sendall(b"\5\0\0\1\x7f\0\0\1\0\x50")
            asked.append(read_head(connection))
            connection.sendall(OK)

        with RawServer(serve) as proxy:
            host = b"some.host.invalid"
            connect = b"\5\1\0\3" + bytes([len(host)]) + host + struct.pack("!H", 81)
            self.fetch(f"socks5h://127.0.0.1:{proxy.port}")
            self.assertEqual(asked[0], connect)
            self.assertTrue(asked[1].startswith(b"GET /path?q HTTP/1.1\r\n"), asked)
            asked.clear()
            self.fetch(f"socks5://name:word@127.0.0.1:{proxy.port}")
            self.assertEqual(asked[:2], [b"\1\4name\4word", connect])

    def test_none_is_taken_from_the_environment(self):
        with RawServer(lambda connection: read_head(connection) and connection.sendall(OK)) as server:
            with unittest.mock.patch.dict(os.environ, {"http_proxy": "http://127.0.0.1:1",
                                                       "all_proxy": "http://127.0.0.1:1"}):
                self.assertEqual(run("fetch", server.url).returncode, 0)

    def test_a_proxy_that_is_not_there(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            done = run("fetch", "--json", "--proxy",
                       "http://127.0.0.1:%d" % unused.getsockname()[1], self.URL)
        self.assertEqual(done.returncode, 1)
        error = json.loads(done.stdout)["error"]
        self.assertEqual(error["category"], "system")
        self.assertIn(error["phase"], ("connect", "proxy"))


class ProgressBar(unittest.TestCase):
    def half_first(self, head, seen):
        """A server that sends half a body, and the other when the bar has been seen."""

        def serve(connection):
            read_head(connection)
            connection.sendall(head + b"x" * 2000)
            if not seen.wait(PATIENCE):
                return
            connection.sendall(b"x" * 2000)

        return RawServer(serve)

    def fetch_seeing(self, text, head):
        """One fetch of 4000 bytes; the last half is sent when `text` is on the terminal."""
        seen = threading.Event()
        with self.half_first(head, seen) as server:
            done = OnTerminal("fetch", "--progress", server.url, seen=(text, seen))
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, rb"^http://[^ ]+: 200, 4000 bytes, \d+\.\d+ s\n$")
        self.assertEqual(done.screen(), [""])
        return done

    def test_one_transfer_of_known_length(self):
        half = "[##########----------] 50 %  2.0 kB of 4.0 kB, "
        done = self.fetch_seeing(half, b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
        bar = [bar for bar in done.bars() if bar.startswith(half)][0]
        self.assertRegex(bar.removeprefix(half), r"^\d[\d.]* k?B/s, \d+ s left$")

    def test_one_transfer_of_unknown_length(self):
        done = self.fetch_seeing("2.0 kB, ", b"HTTP/1.0 200 OK\r\n\r\n")
        bar = [bar for bar in done.bars() if bar.startswith("2.0 kB, ")][0]
        self.assertRegex(bar, r"^2\.0 kB, \d[\d.]* k?B/s$")

    @staticmethod
    def slowly():
        """A server that takes longer than it takes to draw a bar."""

        def serve(connection):
            while read_head(connection):
                time.sleep(0.15)
                connection.sendall(OK)

        return RawServer(serve)

    def test_many_transfers(self):
        with self.slowly() as server:
            begin = time.monotonic()
            done = OnTerminal("fetch", "--progress", "--repeat", 8, "--max-clients", 2, server.url)
            elapsed = time.monotonic() - begin
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count(b": 200, 5 bytes"), 8)
        bars = done.bars()
        self.assertTrue(bars)
        for bar in bars:
            self.assertRegex(bar, r"^\[[#-]{20}\] \d/8 done, [012] running$")
        self.assertLessEqual(len(bars), elapsed * 10 + 1)

    def test_lines_on_the_same_terminal_stay_whole_and_the_bar_goes(self):
        with self.slowly() as server:
            done = OnTerminal("fetch", "--progress", "--repeat", 4, "--max-clients", 1, server.url,
                              stdout_too=True)
        self.assertTrue(done.bars())
        screen = done.screen()
        self.assertEqual(screen.pop(), "")
        self.assertEqual(len(screen), 4, screen)
        for line in screen:
            self.assertRegex(line, r"^http://[^ ]+: 200, 5 bytes, \d+\.\d+ s$")

    def test_a_narrow_terminal_is_not_overrun(self):
        with self.slowly() as server:
            done = OnTerminal("fetch", "--progress", "--repeat", 2, "--max-clients", 1, server.url,
                              columns=20)
        self.assertTrue(done.bars())
        self.assertEqual({len(bar) for bar in done.bars()}, {19})

    def test_nothing_is_drawn_on_a_pipe_or_unasked(self):
        with self.slowly() as server:
            self.assertEqual(run("fetch", "--progress", server.url).stderr, b"")
            self.assertEqual(OnTerminal("fetch", server.url).drawn, "")


class CommandLine(unittest.TestCase):
    def test_bad_values(self):
        for args in (["--user", "name"], ["--user", ":"], ["--user"], ["--digest"],
                     ["--bearer", ""], ["--bearer", "t", "--user", "u:p"],
                     ["--bearer", "t", "--digest"], ["--cookie-jar", ""], ["--cookie-jar"],
                     ["--proxy", ""], ["--proxy", "ftp://h:1"],
                     ["--proxy", "https://h:1"], ["--proxy", "http://:1"],
                     ["--proxy", "http://h:0"], ["--proxy", "http://h:65536"],
                     ["--proxy", "http://h:1/path"], ["--proxy", "http://h:1?q"],
                     ["--proxy", "http://a b:1"], ["--proxy", "http://::1:80"],
                     ["--proxy", "http://u:%zz@h:1"],
                     ["--proxy", "http://:p@h:1"], ["--progress=x"], ["--compressed=x"],
                     ["-d", "@/"], ["-d", "@/no/such/file"],
                     ["-o", ""], ["--unix-socket", ""]):
            with self.subTest(args):
                done = run("fetch", "http://127.0.0.1:1/", *args)
                self.assertEqual((done.returncode, done.stdout), (2, b""), done)
                self.assertEqual(done.stderr.count(b"\n"), 1, done)

    def test_passwords_are_not_repeated(self):
        for args in (["--proxy", "http://u:secret@h:x"], ["--user", "secret"],
                     ["--bearer", "secret", "--user", "u:secret"]):
            self.assertNotIn(b"secret", run("fetch", "http://127.0.0.1:1/", *args).stderr)

    def test_proxies_that_are_understood(self):
        for proxy in ("http://h.invalid:1", "h.invalid", "127.0.0.1:1", "http://u@h.invalid:1/", "socks5://[::1]:9",
                      "SOCKS5H://u:p%20@127.0.0.1:1"):
            done = run("fetch", "--proxy", proxy, "not a url")
            self.assertEqual((done.returncode, done.stderr), (1, b""), done)


if __name__ == "__main__":
    main()
