"""httpbin, used with Python's requests, if that is there."""
import io
import json
import os
import sys
import unittest

from common_httpbin import HttpbinTest
from common_programs import main

try:
    import requests
    from requests.auth import HTTPBasicAuth, HTTPDigestAuth
except ImportError:
    print("skipped: no Python module requests (Debian: python3-requests)")
    sys.exit(77)


class Requests(HttpbinTest):
    def setUp(self):
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy, no .netrc
        self.addCleanup(self.session.close)

    def call(self, method, path, **options):
        return self.session.request(method, self.url + path, timeout=30, **options)

    def test_methods_and_parameters(self):
        answer = self.call("GET", "/get", params={"a": ["1", "2"], "b": "ü"}).json()
        self.assertEqual(answer["args"], {"a": ["1", "2"], "b": "ü"})
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = self.call(method, "/" + method.lower(), json={"x": [1, None]})
            self.assertEqual(answer.json()["json"], {"x": [1, None]})
        answer = self.call("OPTIONS", "/get")
        self.assertIn("GET", answer.headers.get("Allow", ""))

    def test_forms_and_files(self):
        answer = self.call("POST", "/post", data=[("a", "1"), ("a", "2"), ("b", "ü")]).json()
        self.assertEqual(answer["form"], {"a": ["1", "2"], "b": "ü"})
        answer = self.call("POST", "/post", data={"name": "value"},
                           files={"text": ("t.txt", "some text"),
                                  "bytes": ("b.bin", b"\xff\x00", "image/x")}).json()
        self.assertEqual(answer["form"], {"name": "value"})
        self.assertEqual(answer["files"], {"text": "some text", "bytes": "data:image/x;base64,/wA="})

    def test_bodies_from_generators_are_chunked(self):
        answer = self.call("POST", "/post", data=(part for part in (b"a", b"bc"))).json()
        self.assertEqual((answer["data"], answer["headers"]["Transfer-Encoding"]), ("abc", "chunked"))

    def test_uploads(self):
        data = os.urandom(2_000_000)
        for body in (data, io.BytesIO(data), iter([data[:7], data[7:]])):
            self.assertEqual(self.call("PUT", "/upload", data=body).json()["bytes"], len(data))

    def test_redirects(self):
        answer = self.call("GET", "/redirect/3")
        self.assertEqual((len(answer.history), answer.url), (3, self.url + "/get"))
        answer = self.call("POST", "/redirect-to?url=/anything&status_code=307", data="kept")
        self.assertEqual((answer.json()["method"], answer.json()["data"]), ("POST", "kept"))
        answer = self.call("POST", "/redirect-to?url=/anything&status_code=303", data="lost")
        self.assertEqual((answer.json()["method"], answer.json()["data"]), ("GET", ""))

    def test_cookies(self):
        self.assertEqual(self.call("GET", "/cookies/set?a=1&b=2").json(),
                         {"cookies": {"a": "1", "b": "2"}})
        self.assertEqual(self.call("GET", "/cookies/delete?a").json(), {"cookies": {"b": "2"}})
        self.assertEqual(dict(self.session.cookies), {"b": "2"})

    def test_authentication(self):
        def status(path, auth):
            return self.call("GET", path, auth=auth).status_code

        self.assertEqual(status("/basic-auth/u/p", HTTPBasicAuth("u", "p")), 200)
        self.assertEqual(status("/basic-auth/u/p", HTTPBasicAuth("u", "x")), 401)
        for algorithm in ("MD5", "MD5-sess", "SHA-256", "SHA-512"):
            path = f"/digest-auth/auth/u/p/{algorithm}"
            self.assertEqual(status(path, HTTPDigestAuth("u", "p")), 200, algorithm)
            self.assertEqual(status(path, HTTPDigestAuth("u", "x")), 401, algorithm)

    def test_a_stale_nonce_is_replaced(self):
        auth = HTTPDigestAuth("u", "p")
        for _ in range(5):
            answer = self.call("GET", "/digest-auth/auth/u/p/SHA-256/2", auth=auth)
            self.assertEqual(answer.status_code, 200)

    def test_encodings(self):
        for path, member in (("/gzip", "gzipped"), ("/deflate", "deflated")):
            self.assertTrue(self.call("GET", path).json()[member])
        self.assertEqual(self.call("GET", "/encoding/utf8").encoding, "utf-8")

    def test_streams(self):
        answer = self.call("GET", "/stream/5", stream=True)
        self.assertEqual([json.loads(line)["id"] for line in answer.iter_lines()], [0, 1, 2, 3, 4])
        answer = self.call("GET", "/sse?count=2&delay=0.01", stream=True)
        self.assertIn("event: end", list(answer.iter_lines(decode_unicode=True)))
        answer = self.call("GET", "/range/1000", headers={"Range": "bytes=990-"})
        self.assertEqual((answer.status_code, len(answer.content)), (206, 10))

    def test_an_answer_that_is_too_late(self):
        with self.assertRaises(requests.exceptions.ReadTimeout):
            self.session.get(self.url + "/delay/2", timeout=0.3)
        self.assertTrue(self.call("GET", "/status/200").ok)


if __name__ == "__main__":
    main()
