"""Tornado's client against our servers: the model that the callback style is taken from."""
import time
import unittest

import tornado.httpclient
import tornado.ioloop
import tornado.iostream
import tornado.tcpclient

from common_programs import PATIENCE, Server, main


def wait_for(function):
    return tornado.ioloop.IOLoop.current().run_sync(function, timeout=PATIENCE)


class TornadoClient(unittest.TestCase):
    def test_plaintext(self):
        with Server("plaintext") as server:
            response = wait_for(
                lambda: tornado.httpclient.AsyncHTTPClient().fetch(server.url + "/plaintext"))
            self.assertEqual((response.code, response.body), (200, b"Hello, World!"))

    def test_many_fetches_at_once(self):
        async def fetch_all(url):
            client = tornado.httpclient.AsyncHTTPClient()
            fetches = [client.fetch(url) for _ in range(100)]
            return [(await fetch).body for fetch in fetches]

        with Server("plaintext") as server:
            bodies = wait_for(lambda: fetch_all(server.url + "/plaintext"))
            self.assertEqual(bodies, [b"Hello, World!"] * 100)

    def test_keep_alive_on_one_iostream(self):
        async def ask_many_times(port):
            stream = await tornado.tcpclient.TCPClient().connect("127.0.0.1", port)
            for _ in range(50):
                await stream.write(b"GET /plaintext HTTP/1.1\r\nHost: x\r\n\r\n")
                head = await stream.read_until(b"\r\n\r\n")
                self.assertTrue(head.startswith(b"HTTP/1.1 200 "), head)
                self.assertEqual(await stream.read_bytes(13), b"Hello, World!")
            stream.close()

        with Server("plaintext") as server:
            wait_for(lambda: ask_many_times(server.port))

    def test_stream_piece_by_piece(self):
        pieces = []
        note = lambda piece: pieces.append((time.monotonic(), piece))
        with Server("stream", "--gaps", "0.5,0.5") as server:
            wait_for(lambda: tornado.httpclient.AsyncHTTPClient().fetch(
                server.url + "/stream", streaming_callback=note))
        self.assertEqual([piece for _, piece in pieces], [b"START", b"MIDDLE", b"END"])
        self.assertGreater(pieces[1][0] - pieces[0][0], 0.25)
        self.assertGreater(pieces[2][0] - pieces[1][0], 0.25)


if __name__ == "__main__":
    main()
