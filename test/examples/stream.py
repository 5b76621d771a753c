"""stream: its pieces are seen as they are sent, and its timers end with the client."""
import signal
import subprocess
import threading
import unittest

from common_programs import Server, main, read_pieces

GAP = 0.5


class Stream(unittest.TestCase):
    def setUp(self):
        self.server = Server("stream", "--gaps", f"{GAP},{GAP}")
        self.addCleanup(self.server.kill)

    def read_with(self, *command):
        client = subprocess.Popen([*command, self.server.url + "/stream"], stdout=subprocess.PIPE)
        with client.stdout:
            pieces = read_pieces(client.stdout)
        self.assertEqual(client.wait(), 0)
        return pieces

    def expect_pieces_in_time(self, pieces):
        self.assertEqual([piece for _, piece in pieces], [b"START", b"MIDDLE", b"END"])
        # Seen one after the other, not all at the end; a piece may be late, but not too early.
        self.assertGreater(pieces[1][0] - pieces[0][0], GAP / 2)
        self.assertGreater(pieces[2][0] - pieces[1][0], GAP / 2)
        self.assertLess(pieces[2][0], 2 * GAP + 10)

    def test_curl_sees_each_piece_as_it_is_sent(self):
        self.expect_pieces_in_time(self.read_with("curl", "-sN"))
        self.assertEqual(self.server.stop(), 0)

    def test_wget_sees_each_piece_as_it_is_sent(self):
        self.expect_pieces_in_time(self.read_with("wget", "-qO-"))

    def test_streams_run_side_by_side(self):
        results = []
        read = lambda: results.append(self.read_with("curl", "-sN"))
        threads = [threading.Thread(target=read) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 5)
        for pieces in results:
            self.expect_pieces_in_time(pieces)

    def test_the_timers_are_cancelled_when_the_client_goes_away(self):
        with self.server.connect() as connection:
            connection.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b"200", connection.recv(4096))
        self.server.wait_for_log("timers are cancelled")
        self.assertEqual(self.server.stop(), 0)

    def test_sigterm_lets_a_slow_response_complete(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), Server("stream", "--gaps", f"{GAP},{GAP}") as server:
                client = subprocess.Popen(["curl", "-sN", server.url + "/stream"],
                                          stdout=subprocess.PIPE)
                with client.stdout:
                    self.assertEqual(client.stdout.read(5), b"START")
                    server.signal(number)
                    self.assertEqual(client.stdout.read(), b"MIDDLEEND")
                self.assertEqual(client.wait(), 0)
                self.assertEqual(server.wait(), 0)


if __name__ == "__main__":
    main()
