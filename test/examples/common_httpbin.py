"""A running httpbin for the tests of a class, and what its answers look like to curl."""
import json
import tempfile
import unittest

from common_programs import Server, curl


class Answer:
    """What `curl -i` printed: status, header fields by lower-case name (a list each), body."""

    def __init__(self, printed):
        head, _, self.body = printed.partition(b"\r\n\r\n")
        while head.startswith(b"HTTP/1.1 100"):  # an interim response came first
            head, _, self.body = self.body.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            self.headers.setdefault(name.lower(), []).append(value)

    def header(self, name):
        return ", ".join(self.headers.get(name.lower(), []))

    def json(self):
        return json.loads(self.body)


class HttpbinTest(unittest.TestCase):
    """One server serves all tests of a class, and has to end well after them."""

    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server("httpbin", *cls.OPTIONS)
        cls.addClassCleanup(cls.end)
        cls.url = cls.server.url
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name

    @classmethod
    def end(cls):
        if cls.server.stop() != 0:
            raise AssertionError(cls.server.stderr())

    def ask(self, path, *args):
        done = curl("-i", *args, self.url + path)
        self.assertTrue(done.stdout.startswith(b"HTTP/1.1 "), (path, args, done))
        return Answer(done.stdout)

    def ask_json(self, path, *args):
        answer = self.ask(path, *args)
        self.assertEqual(answer.status, 200, (path, answer.body))
        self.assertEqual(answer.header("Content-Type"), "application/json")
        return answer.json()

    def status_of(self, path, *args):
        return self.ask(path, *args).status

    def file(self, name, content):
        path = f"{self.folder}/{name}"
        with open(path, "wb") as out:
            out.write(content)
        return path
