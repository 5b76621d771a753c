"""httpbin: every path that answers at once, with curl."""
import gzip
import re
import struct
import subprocess
import unittest
import uuid
import zlib
from xml.etree import ElementTree

from common_httpbin import HttpbinTest
from common_programs import main


class Methods(HttpbinTest):
    def test_get_tells_arguments_headers_origin_and_url(self):
        answer = self.ask_json("/get?b=3&a=1&a=2&blank=&none&p=%C3%BC+%26",
                               "-H", "x-twice: 1", "-H", "X-TWICE: 2", "-A", "tester")
        self.assertEqual(list(answer), ["args", "headers", "origin", "url"])
        self.assertEqual(answer["args"],
                         {"a": ["1", "2"], "b": "3", "blank": "", "none": "", "p": "ü &"})
        self.assertEqual(answer["headers"], {"Accept": "*/*", "Host": f"127.0.0.1:{self.server.port}",
                                             "User-Agent": "tester", "X-Twice": "1,2"})
        self.assertEqual(answer["origin"], "127.0.0.1")
        self.assertEqual(answer["url"],
                         self.url + "/get?b=3&a=1&a=2&blank=&none&p=%C3%BC+%26")

    def test_json_is_indented_and_sorted(self):
        body = self.ask("/ip").body
        self.assertEqual(body, b'{\n  "origin": "127.0.0.1"\n}\n')
        body = self.ask("/get?z=1&a=1&a=2", "-H", "Accept:", "-H", "User-Agent:", "-H", "Host: h").body
        self.assertEqual(body.decode(), """{
  "args": {
    "a": [
      "1",
      "2"
    ],
    "z": "1"
  },
  "headers": {
    "Host": "h"
  },
  "origin": "127.0.0.1",
  "url": "http://h/get?z=1&a=1&a=2"
}
""")

    def test_each_method_has_its_path(self):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = self.ask_json("/" + method.lower(), "-X", method, "-d", "plain",
                                   "-H", "Content-Type: text/plain")
            self.assertEqual(list(answer), ["args", "data", "files", "form", "headers", "json",
                                            "origin", "url"])
            self.assertEqual(answer["data"], "plain")

    def test_another_method_is_told_which_there_are(self):
        answer = self.ask("/post")
        self.assertEqual(answer.status, 405)
        self.assertIn("POST", answer.header("Allow"))
        self.assertEqual(self.status_of("/get", "-X", "DELETE"), 405)

    def test_anything_tells_the_method(self):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            for path in ("/anything", "/anything/", "/anything/a/b%2Fc"):
                answer = self.ask_json(path, "-X", method)
                self.assertEqual((answer["method"], answer["url"]), (method, self.url + path))

    def test_head_has_no_body(self):
        for path in ("/get", "/bytes/100", "/drip?delay=0&duration=0", "/range/20"):
            answer = self.ask(path, "--head")
            self.assertEqual((answer.status, answer.body), (200, b""))

    def test_unknown_paths_are_404(self):
        for path in ("/nowhere", "/get/more", "/cookies/set/one", "/basic-auth/user"):
            self.assertEqual(self.status_of(path), 404, path)


class Inspection(HttpbinTest):
    def test_headers_ip_and_user_agent(self):
        self.assertEqual(self.ask_json("/headers", "-H", "x-a-b: c")["headers"]["X-A-B"], "c")
        self.assertEqual(self.ask_json("/ip"), {"origin": "127.0.0.1"})
        self.assertEqual(self.ask_json("/user-agent", "-A", "me"), {"user-agent": "me"})
        self.assertEqual(self.ask_json("/user-agent", "-H", "User-Agent:"), {"user-agent": None})

    def test_response_headers_are_those_asked_for(self):
        for method in ("GET", "POST"):
            answer = self.ask("/response-headers?X-One=1&X-Two=a&X-Two=b", "-X", method)
            self.assertEqual(answer.headers["x-one"], ["1"])
            self.assertEqual(answer.headers["x-two"], ["a", "b"])
            self.assertEqual(answer.json(), {"Content-Length": str(len(answer.body)),
                                             "Content-Type": "application/json",
                                             "X-One": "1", "X-Two": ["a", "b"]})
        answer = self.ask("/response-headers?Content-Type=text/plain&Content-Length=3")
        self.assertEqual(answer.header("Content-Type"), "text/plain")
        self.assertEqual(answer.json()["Content-Length"], str(len(answer.body)))

    def test_response_headers_cannot_split_the_response(self):
        for query in ("a=b%0d%0aSet-Cookie:%20x=y", "a%0d%0ab=c", "a%3Ab=c", "=c",
                      "Transfer-Encoding=chunked"):
            answer = self.ask("/response-headers?" + query)
            self.assertEqual(answer.status, 400, query)
            self.assertNotIn("set-cookie", answer.headers)


class Status(HttpbinTest):
    def test_the_status_is_the_one_asked_for(self):
        for code in (200, 201, 204, 304, 400, 402, 404, 406, 418, 429, 500, 503, 599):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                self.assertEqual(self.status_of(f"/status/{code}", "-X", method), code)

    def test_some_have_the_field_that_they_need(self):
        for code in (301, 302, 303, 305, 307, 308):
            self.assertEqual(self.ask(f"/status/{code}").header("Location"), "/redirect/1")
        self.assertEqual(self.ask("/status/401").header("WWW-Authenticate"),
                         'Basic realm="Fake Realm"')
        self.assertEqual(self.ask("/status/407").header("Proxy-Authenticate"),
                         'Basic realm="Fake Realm"')

    def test_one_of_several_by_weight(self):
        seen = {self.status_of("/status/200,404") for _ in range(60)}
        self.assertEqual(seen, {200, 404})
        seen = {self.status_of("/status/200:0,404:0.5,500:0") for _ in range(10)}
        self.assertEqual(seen, {404})

    def test_bad_codes_are_refused(self):
        for codes in ("abc", "199", "600", "200,", "200:x", "200:-1", "200:nan", "", "20%30x"):
            self.assertIn(self.status_of("/status/" + codes), (400, 404), codes)


class Redirects(HttpbinTest):
    def follow(self, path):
        done = subprocess.run(["curl", "-sL", "-o", "/dev/null", "-w",
                               "%{http_code} %{num_redirects} %{url_effective}", self.url + path],
                              capture_output=True, timeout=30)
        return done.stdout.decode()

    def test_redirects_lead_to_get(self):
        for kind in ("redirect", "relative-redirect", "absolute-redirect"):
            self.assertEqual(self.follow(f"/{kind}/4"), f"200 4 {self.url}/get")
        self.assertEqual(self.follow("/redirect/3?absolute=true"), f"200 3 {self.url}/get")

    def test_each_kind_names_the_next(self):
        for path, place in (("/redirect/2", "/relative-redirect/1"), ("/redirect/1", "/get"),
                            ("/relative-redirect/2", "/relative-redirect/1"),
                            ("/absolute-redirect/2", self.url + "/absolute-redirect/1"),
                            ("/redirect/2?absolute=true", self.url + "/absolute-redirect/1")):
            answer = self.ask(path)
            self.assertEqual((answer.status, answer.header("Location")), (302, place))

    def test_redirect_to_any_place_with_any_redirect_status(self):
        for query, status, place in (
                ("url=http://other.example/x", 302, "http://other.example/x"),
                ("url=/get%3Fa%3Db&status_code=307", 307, "/get?a=b"),
                ("url=/get&status_code=200", 302, "/get")):
            for method in ("GET", "POST"):
                answer = self.ask("/redirect-to?" + query, "-X", method)
                self.assertEqual((answer.status, answer.header("Location")), (status, place))

    def test_bad_ones_are_refused(self):
        for path in ("/redirect/0", "/redirect/x", "/redirect/-1", "/redirect/1001", "/redirect-to",
                     "/redirect-to?url=/a%0d%0aSet-Cookie:a=b"):
            self.assertEqual(self.status_of(path), 400, path)


class Cookies(HttpbinTest):
    def test_a_jar_keeps_what_is_set_and_drops_what_is_deleted(self):
        jar = ["-L", "-c", f"{self.folder}/jar", "-b", f"{self.folder}/jar"]

        def visit(path):
            printed = subprocess.run(["curl", "-s", *jar, self.url + path], capture_output=True)
            return printed.stdout.decode()

        self.assertEqual(visit("/cookies"), '{\n  "cookies": {}\n}\n')
        self.assertIn('"a": "1",\n    "b": "2"', visit("/cookies/set?b=2&a=1"))
        self.assertIn('"c": "3"', visit("/cookies/set/c/3"))
        self.assertEqual(visit("/cookies/delete?a&b=whatever"),
                         '{\n  "cookies": {\n    "c": "3"\n  }\n}\n')

    def test_cookies_of_the_request_are_told(self):
        self.assertEqual(self.ask_json("/cookies", "-b", "x=1; y=a=b"),
                         {"cookies": {"x": "1", "y": "a=b"}})

    def test_a_cookie_cannot_carry_more_than_itself(self):
        for query in ("a=b%3B%20Domain=x", "a=b%0d%0aX:1", "a%3B=b", "a%20b=c", "=x"):
            answer = self.ask("/cookies/set?" + query)
            self.assertEqual(answer.status, 400, query)
            self.assertNotIn("set-cookie", answer.headers)


class Documents(HttpbinTest):
    def test_types(self):
        for path, kind in (("/html", "text/html; charset=utf-8"), ("/xml", "application/xml"),
                           ("/json", "application/json"), ("/robots.txt", "text/plain"),
                           ("/deny", "text/plain"), ("/encoding/utf8", "text/html; charset=utf-8"),
                           ("/forms/post", "text/html; charset=utf-8"), ("/image/png", "image/png"),
                           ("/", "text/html; charset=utf-8")):
            answer = self.ask(path)
            self.assertEqual((answer.status, answer.header("Content-Type")), (200, kind))

    def test_documents_are_well_formed(self):
        self.assertIn("lighthouse", self.ask_json("/json"))
        self.assertEqual(ElementTree.fromstring(self.ask("/xml").body).tag, "log")
        self.assertIn("你好", self.ask("/encoding/utf8").body.decode())
        self.assertIn(b"Disallow: /deny", self.ask("/robots.txt").body)

    def test_the_picture_is_whole(self):
        png = self.ask("/image/png").body
        self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
        chunks, rest = {}, png[8:]
        while rest:
            size, kind = struct.unpack(">I4s", rest[:8])
            crc, = struct.unpack(">I", rest[8 + size:12 + size])
            self.assertEqual(crc, zlib.crc32(rest[4:8 + size]))
            chunks[kind], rest = rest[8:8 + size], rest[12 + size:]
        self.assertEqual(list(chunks), [b"IHDR", b"IDAT", b"IEND"])
        self.assertEqual(len(zlib.decompress(chunks[b"IDAT"])), 100 * 301)

    def test_every_path_of_the_index_is_there(self):
        paths = re.findall(r'href="([^"]+)"', self.ask("/").body.decode().replace("&amp;", "&"))
        self.assertGreater(len(paths), 40)
        slow = ("/delay", "/drip", "/sse?", "/range")
        for path in paths:
            if not path.startswith(slow):
                self.assertNotEqual(self.status_of(path), 404, path) if "hidden" not in path else None

    def test_compressed_whatever_the_client_accepts(self):
        for args in ([], ["-H", "Accept-Encoding: identity"]):
            answer = self.ask("/gzip", *args)
            self.assertEqual(answer.header("Content-Encoding"), "gzip")
            self.assertIn(b'"gzipped": true', gzip.decompress(answer.body))
            answer = self.ask("/deflate", *args)
            self.assertEqual(answer.header("Content-Encoding"), "deflate")
            self.assertIn(b'"deflated": true', zlib.decompress(answer.body))
            self.assertEqual(self.ask("/brotli", *args).header("Content-Encoding"), "br")
        for path, member in (("/gzip", "gzipped"), ("/deflate", "deflated"), ("/brotli", "brotli")):
            answer = self.ask_json(path, "--compressed")
            self.assertEqual(list(answer), sorted([member, "headers", "method", "origin"]))

    def test_links_form_a_circle_of_pages(self):
        answer = self.ask("/links/3")
        self.assertEqual((answer.status, answer.header("Location")), (302, "/links/3/0"))
        page = self.ask("/links/3/1").body.decode()
        self.assertEqual(re.findall(r"href='([^']+)'", page), ["/links/3/0", "/links/3/2"])
        self.assertEqual(self.ask("/links/100000/0").body.count(b"<a "), 199)
        for path in ("/links/x", "/links/3/x", "/links/-1/0"):
            self.assertEqual(self.status_of(path), 400)


class Values(HttpbinTest):
    def test_uuids_are_random_ones(self):
        values = [uuid.UUID(self.ask_json("/uuid")["uuid"]) for _ in range(3)]
        self.assertEqual([value.version for value in values], [4] * 3)
        self.assertEqual(len(set(values)), 3)

    def test_base64_is_decoded(self):
        for text, bytes_ in (("R3lyZQ==", b"Gyre"), ("R3lyZQ", b"Gyre"), ("_-8=", b"\xff\xef")):
            answer = self.ask("/base64/" + text)
            self.assertEqual((answer.status, answer.body), (200, bytes_))
        script = self.ask("/base64/PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==")
        self.assertEqual(script.header("Content-Type"), "text/plain; charset=utf-8")
        for text in ("*", "A", "AAAAA", "R3=lyZQ"):
            self.assertEqual(self.status_of("/base64/" + text), 400)

    def test_bytes_of_a_seed_are_the_same(self):
        self.assertEqual(len(self.ask("/bytes/1000").body), 1000)
        self.assertEqual(len(self.ask("/bytes/1000000").body), 102400)
        self.assertEqual(self.ask("/bytes/64?seed=1").body, self.ask("/bytes/64?seed=1").body)
        self.assertNotEqual(self.ask("/bytes/64?seed=1").body, self.ask("/bytes/64?seed=2").body)
        self.assertNotEqual(self.ask("/bytes/64").body, self.ask("/bytes/64").body)
        self.assertEqual(self.ask("/stream-bytes/5000?seed=7&chunk_size=77").body,
                         self.ask("/bytes/5000?seed=7").body)
        for path in ("/bytes/x", "/bytes/-1", "/stream-bytes/x", "/stream-bytes/9?chunk_size=0"):
            self.assertEqual(self.status_of(path), 400)


class Caching(HttpbinTest):
    def test_whoever_has_a_copy_gets_304(self):
        answer = self.ask("/cache")
        self.assertEqual(list(answer.json()), ["args", "headers", "origin", "url"])
        for field, value in (("If-None-Match", answer.header("ETag")),
                             ("If-Modified-Since", answer.header("Last-Modified"))):
            self.assertEqual(self.status_of("/cache", "-H", f"{field}: {value}"), 304)

    def test_an_age_for_caches(self):
        self.assertEqual(self.ask("/cache/60").header("Cache-Control"), "public, max-age=60")
        self.assertEqual(self.status_of("/cache/x"), 400)

    def test_conditions_with_an_entity_tag(self):
        for condition, status in (("If-None-Match: \"a\"", 304), ("If-None-Match: *", 304),
                                  ("If-None-Match: \"b\", W/\"a\"", 304), ("If-None-Match: a", 304),
                                  ("If-None-Match: \"b\"", 200), ("If-Match: \"a\"", 200),
                                  ("If-Match: *", 200), ("If-Match: \"b\"", 412),
                                  ("If-Match: W/\"a\"", 412), ("If-Match: \"b\" , \"a\"", 200)):
            answer = self.ask("/etag/a", "-H", condition)
            self.assertEqual(answer.status, status, condition)
            self.assertEqual(answer.header("ETag"), '"a"')
        self.assertEqual(self.status_of("/etag/a%22b"), 400)
        self.assertEqual(self.status_of("/etag/a%0ab"), 400)


if __name__ == "__main__":
    main()
