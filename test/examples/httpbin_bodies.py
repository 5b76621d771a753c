"""httpbin: bodies of every kind, with curl: forms, files, chunks, 100-continue, /upload."""
import base64
import hashlib
import os
import subprocess
import unittest

from common_httpbin import HttpbinTest
from common_programs import main, read_head, read_to_end


class Bodies(HttpbinTest):
    def test_json_is_parsed_whatever_its_type(self):
        for kind in ("application/json", "text/plain"):
            answer = self.ask_json("/post", "-H", f"Content-Type: {kind}",
                                   "-d", '{"b": [1, 2.5, null, true], "a": "ü"}')
            self.assertEqual(answer["json"], {"a": "ü", "b": [1, 2.5, None, True]})
            self.assertEqual(answer["data"], '{"b": [1, 2.5, null, true], "a": "ü"}')
        answer = self.ask("/post", "-H", "Content-Type: application/json", "-d", "[1e400, -1e400]")
        self.assertNotIn(b"inf", answer.body)
        self.assertEqual(answer.json()["json"], [None, None])
        for data in ("", "{", "[1", "[" * 1000, "nan"):
            self.assertIsNone(self.ask_json("/post", "-H", "Content-Type: application/json",
                                            "-d", data)["json"])

    def test_bytes_that_are_no_text_come_back_as_a_url(self):
        data = bytes(range(256))
        answer = self.ask_json("/put", "-T", self.file("bytes", data))
        self.assertEqual(answer["data"], "data:application/octet-stream;base64," +
                         base64.b64encode(data).decode())

    def test_a_form(self):
        answer = self.ask_json("/post", "-d", "a=1&b=x+y&a=%C3%BC", "--data-urlencode", "c=&=")
        self.assertEqual(answer["form"], {"a": ["1", "ü"], "b": "x y", "c": "&="})
        self.assertEqual((answer["data"], answer["files"], answer["json"]), ("", {}, None))

    def test_a_form_with_files(self):
        text = self.file("note.txt", "Grüße\n".encode())
        picture = self.file("x.png", b"\x89PNG\x00\xff")
        answer = self.ask_json("/post", "-F", "a=1", "-F", "a=2", "-F", "name=über", "-F",
                               f"text=@{text}", "-F", f"picture=@{picture};type=image/png")
        self.assertEqual(answer["form"], {"a": ["1", "2"], "name": "über"})
        self.assertEqual(answer["files"],
                         {"text": "Grüße\n", "picture": "data:image/png;base64," +
                          base64.b64encode(b"\x89PNG\x00\xff").decode()})
        self.assertEqual((answer["data"], answer["json"]), ("", None))

    def test_malformed_forms_are_refused(self):
        for kind, body in (("multipart/form-data", "x"), ("multipart/form-data; boundary=b", "x"),
                           ("multipart/form-data; boundary=b", "--b\r\n\r\nx")):
            self.assertEqual(self.status_of("/post", "-H", f"Content-Type: {kind}", "-d", body), 400)

    def test_a_chunked_body(self):
        answer = self.ask_json("/anything", "-X", "POST", "-H", "Transfer-Encoding: chunked",
                               "-H", "Content-Type: text/plain", "-T", self.file("c", b"chunks"))
        self.assertEqual(answer["data"], "chunks")
        self.assertEqual(answer["headers"]["Transfer-Encoding"], "chunked")

    def test_a_body_that_is_too_large_is_refused(self):
        self.assertEqual(self.status_of("/post", "-T", self.file("big", bytes(1024 * 1024 + 1)),
                                        "-X", "POST"), 413)


class Upload(HttpbinTest):
    def expect(self, data, *args):
        self.assertEqual(self.ask_json("/upload", *args),
                         {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})

    def test_count_and_hash(self):
        for size in (0, 1, 65536, 3_000_000):
            data = os.urandom(size)
            path = self.file("data", data)
            self.expect(data, "-T", path)
            self.expect(data, "--data-binary", "@" + path)

    def test_chunked_from_a_pipe(self):
        data = os.urandom(2_000_000)
        done = subprocess.run(["curl", "-sS", "-H", "Transfer-Encoding: chunked", "-T", "-",
                               self.url + "/upload"], input=data, capture_output=True, timeout=30)
        self.assertIn(hashlib.sha256(data).hexdigest().encode(), done.stdout)

    def test_the_client_is_told_to_continue(self):
        with self.server.connect() as connection:
            connection.sendall(b"PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
                               b"Expect: 100-continue\r\nConnection: close\r\n\r\n")
            self.assertTrue(read_head(connection).startswith(b"HTTP/1.1 100 "))
            connection.sendall(b"abc")
            self.assertIn(hashlib.sha256(b"abc").hexdigest().encode(), read_to_end(connection))
        data = os.urandom(100_000)
        self.expect(data, "-H", "Expect: 100-continue", "-T", self.file("data", data))

    def test_a_malformed_body_is_the_clients_fault(self):
        for body in (b"zz\r\n", b"1\r\nab\r\n", b"1\r\na\r\n+1\r\nb\r\n"):
            with self.server.connect() as connection:
                connection.sendall(b"PUT /upload HTTP/1.1\r\nHost: x\r\n"
                                   b"Transfer-Encoding: chunked\r\n\r\n" + body)
                self.assertTrue(read_to_end(connection).startswith(b"HTTP/1.1 400 "), body)

    def test_a_body_that_breaks_off_does_no_harm(self):
        for _ in range(3):
            with self.server.connect() as connection:
                connection.sendall(b"PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        self.expect(b"x", "-d", "x")

    def test_get_is_no_upload(self):
        self.assertEqual(self.status_of("/upload"), 405)


if __name__ == "__main__":
    main()
