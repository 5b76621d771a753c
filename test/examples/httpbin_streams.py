"""httpbin: responses that come in pieces, late, in part, or as events."""
import json
import socket
import subprocess
import time
import unittest

from common_httpbin import HttpbinTest
from common_programs import curl, main, read_pieces, read_to_end

LETTERS = b"abcdefghijklmnopqrstuvwxyz"


class Streams(HttpbinTest):
    def test_lines_of_json(self):
        answer = self.ask("/stream/3?a=b")
        self.assertEqual(answer.header("Transfer-Encoding"), "chunked")
        lines = [json.loads(line) for line in curl(self.url + "/stream/3?a=b").stdout.splitlines()]
        self.assertEqual([line["id"] for line in lines], [0, 1, 2])
        self.assertEqual(sorted(lines[0]), ["args", "headers", "id", "origin", "url"])
        self.assertEqual(len(curl(self.url + "/stream/1000").stdout.splitlines()), 100)
        self.assertEqual(curl(self.url + "/stream/0").stdout, b"")
        self.assertEqual(self.status_of("/stream/x"), 400)

    def test_an_answer_that_is_late(self):
        begin = time.monotonic()
        answer = self.ask_json("/delay/0.5", "-d", "a=b")
        self.assertGreaterEqual(time.monotonic() - begin, 0.5)
        self.assertEqual(list(answer),
                         ["args", "data", "files", "form", "headers", "origin", "url"])
        self.assertEqual(answer["form"], {"a": "b"})
        for delay in ("x", "-1", "nan", "inf"):
            self.assertEqual(self.status_of("/delay/" + delay), 400)

    def test_a_client_that_does_not_wait_for_a_late_answer(self):
        self.assertNotEqual(curl("--max-time", "0.3", self.url + "/delay/2").returncode, 0)
        self.ask_json("/delay/0")

    def test_a_client_that_has_nothing_more_to_say_gets_its_late_answer(self):
        with self.server.connect() as connection:
            connection.sendall(b"GET /delay/0.3 HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            self.assertTrue(read_to_end(connection).startswith(b"HTTP/1.1 200 "))

    def test_bytes_that_drip(self):
        process = subprocess.Popen(
            ["curl", "-sN", self.url + "/drip?numbytes=5&duration=1&delay=0.2"],
            stdout=subprocess.PIPE)
        with process.stdout:
            pieces = read_pieces(process.stdout)
        self.assertEqual(process.wait(), 0)
        self.assertEqual(b"".join(piece for _, piece in pieces), b"*****")
        self.assertGreater(len(pieces), 1)
        answer = self.ask("/drip?numbytes=100000&duration=0.1&delay=0&code=500")
        self.assertEqual((answer.status, answer.header("Content-Length")), (500, "100000"))
        self.assertEqual(answer.body, b"*" * 100000)
        self.assertEqual(self.status_of("/drip?delay=0&duration=0&code=204"), 204)

    def test_drips_that_cannot_be_are_refused(self):
        for query in ("numbytes=0", "numbytes=-1", "numbytes=10485761", "code=99", "code=x",
                      "duration=-1", "duration=61", "delay=nan", "delay=100"):
            self.assertEqual(self.status_of("/drip?" + query), 400, query)


class Ranges(HttpbinTest):
    def part(self, field, size=26):
        answer = self.ask(f"/range/{size}", "-H", "Range: " + field)
        return answer.status, answer.header("Content-Range"), answer.body

    def test_the_whole(self):
        answer = self.ask("/range/100000")
        self.assertEqual(answer.body, (LETTERS * 4000)[:100000])
        self.assertEqual(answer.header("ETag"), '"range100000"')
        self.assertEqual(answer.header("Accept-Ranges"), "bytes")
        self.assertEqual(answer.header("Content-Length"), "100000")
        for size in ("0", "102401", "x", "-1"):
            self.assertEqual(self.status_of("/range/" + size), 404)

    def test_parts(self):
        for field, begin, end in (("bytes=0-0", 0, 0), ("bytes=2-5", 2, 5), ("bytes=20-", 20, 25),
                                  ("bytes=20-99", 20, 25), ("bytes=-3", 23, 25),
                                  ("bytes=-99", 0, 25), ("bytes=25-25", 25, 25)):
            self.assertEqual(self.part(field), (206, f"bytes {begin}-{end}/26", LETTERS[begin:end + 1]))

    def test_parts_that_are_not_there(self):
        for field in ("bytes=26-", "bytes=26-30", "bytes=-0"):
            self.assertEqual(self.part(field)[:2], (416, "bytes */26"))

    def test_fields_that_are_no_single_range_are_ignored(self):
        for field in ("bytes=5-2", "bytes=", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4",
                      "bytes=1-99999999999999999999", "bytes 0-1"):
            self.assertEqual(self.part(field), (200, "", LETTERS))

    def test_only_get_has_parts(self):
        answer = self.ask("/range/26", "--head", "-H", "Range: bytes=0-1")
        self.assertEqual((answer.status, answer.header("Content-Length")), (200, "26"))

    def test_if_range(self):
        for tag, status in (('"range26"', 206), ('"range27"', 200), ('W/"range26"', 200)):
            answer = self.ask("/range/26", "-H", "Range: bytes=1-2", "-H", "If-Range: " + tag)
            self.assertEqual(answer.status, status)

    def test_a_download_is_resumed(self):
        path = self.file("part", (LETTERS * 4000)[:33333])
        done = curl("-C", "-", "-o", path, self.url + "/range/100000")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(path, "rb") as whole:
            self.assertEqual(whole.read(), (LETTERS * 4000)[:100000])
        path = self.file("wget-part", LETTERS[:7])
        done = subprocess.run(["wget", "-q", "-c", "-O", path, self.url + "/range/26"], timeout=30)
        self.assertEqual(done.returncode, 0)
        with open(path, "rb") as whole:
            self.assertEqual(whole.read(), LETTERS)

    def test_a_slow_one(self):
        begin = time.monotonic()
        answer = self.ask("/range/26?duration=0.5&chunk_size=10")
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)
        self.assertEqual(answer.body, LETTERS)
        for query in ("chunk_size=0", "duration=x"):
            self.assertEqual(self.status_of("/range/26?" + query), 400)


class Events(HttpbinTest):
    @staticmethod
    def events(text):
        """The events that have an id; the first block only says when to come back."""
        events = []
        for block in text.decode().split("\n\n"):
            fields = (line.partition(":") for line in block.split("\n") if line)
            event = {name: value.removeprefix(" ") for name, _, value in fields}
            if "id" in event:
                events.append(event)
        return events

    def test_events_come_one_by_one(self):
        process = subprocess.Popen(["curl", "-sN", self.url + "/sse?count=3&delay=0.3"],
                                   stdout=subprocess.PIPE)
        with process.stdout:
            pieces = read_pieces(process.stdout)
        self.assertEqual(process.wait(), 0)
        self.assertGreater(len(pieces), 1)
        self.assertGreaterEqual(pieces[-1][0], 0.3)
        events = self.events(b"".join(piece for _, piece in pieces))
        self.assertEqual([event["event"] for event in events], ["ping"] * 3 + ["end"])
        self.assertEqual([event["id"] for event in events], ["0", "1", "2", "3"])
        self.assertEqual(json.loads(events[1]["data"])["id"], 1)

    def test_the_head_says_what_it_is(self):
        answer = self.ask("/sse?count=1&delay=0")
        self.assertEqual(answer.header("Content-Type"), "text/event-stream")
        self.assertEqual(answer.header("Cache-Control"), "no-store")
        self.assertTrue(answer.body.startswith(b"retry: 500\n\n"), answer.body)

    def test_a_client_that_comes_back_gets_the_rest(self):
        answer = self.ask("/sse?count=3&delay=0", "-H", "Last-Event-ID: 1")
        self.assertEqual([event["id"] for event in self.events(answer.body)], ["2", "3"])
        # 204 tells a browser not to come again.
        self.assertEqual(self.status_of("/sse?count=3&delay=0", "-H", "Last-Event-ID: 3"), 204)

    def test_what_cannot_be_is_refused(self):
        for query in ("count=0", "count=x", "delay=-1", "delay=61"):
            self.assertEqual(self.status_of("/sse?" + query), 400)

    def test_websocket_is_not_there_yet(self):
        answer = self.ask("/websocket/echo", "-H", "Connection: Upgrade", "-H", "Upgrade: websocket")
        self.assertEqual(answer.status, 501)
        self.assertIn(b"WebSocket", answer.body)


if __name__ == "__main__":
    main()
