"""tcp_echo: megabytes, half-closing clients, clients that do not read, Unix sockets, threads."""
import os
import random
import re
import socket
import tempfile
import threading
import time
import unittest

from common_programs import PATIENCE, Server, main, read_to_end

MEGABYTE = 1024 * 1024


def echo(connection, data):
    """Sends all of it while reading, then half-closes; what came back."""

    def send():
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    received = read_to_end(connection)
    sender.join()
    return received


class TCPEcho(unittest.TestCase):
    def test_a_line_comes_back(self):
        with Server("tcp_echo") as server, server.connect() as connection:
            self.assertRegex(server.line, r"^listening on tcp://127\.0\.0\.1:\d+$")
            connection.sendall(b"hello\n")
            self.assertEqual(connection.recv(100), b"hello\n")

    def test_megabytes_and_then_half_a_close(self):
        data = random.randbytes(8 * MEGABYTE)
        with Server("tcp_echo") as server, server.connect() as connection:
            self.assertTrue(echo(connection, data) == data)

    def test_a_client_that_reads_only_after_it_has_sent(self):
        data = random.randbytes(MEGABYTE)
        with Server("tcp_echo") as server, server.connect() as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            time.sleep(0.3)
            self.assertTrue(read_to_end(connection) == data)

    def test_a_client_that_does_not_read_is_not_read_from(self):
        with Server("tcp_echo") as server, server.connect() as connection:
            connection.settimeout(1)
            sent = 0
            with self.assertRaises(TimeoutError):
                while sent < 500 * MEGABYTE:
                    sent += connection.send(b"x" * 65536)
            with open(f"/proc/{server.process.pid}/status") as status:
                self.assertLess(int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]), 200_000)
            # It goes on where it stopped.
            connection.settimeout(PATIENCE)
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(len(read_to_end(connection)), sent)

    def test_threads_share_the_port(self):
        data = random.randbytes(MEGABYTE)
        with Server("tcp_echo", "--threads", 2) as server:
            results = []

            def use():
                with server.connect() as connection:
                    results.append(echo(connection, data) == data)

            threads = [threading.Thread(target=use) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(results, [True] * 8)

    def test_a_unix_socket(self):
        data = random.randbytes(MEGABYTE)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "echo")
            with Server("tcp_echo", "--unix", path, port=None) as server:
                self.assertEqual(server.line, "listening on unix:" + path)
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.settimeout(PATIENCE)
                    connection.connect(path)
                    self.assertTrue(echo(connection, data) == data)

    def test_sigterm_closes_open_connections_in_an_orderly_way(self):
        with Server("tcp_echo") as server, server.connect() as connection:
            connection.sendall(b"hello\n")
            self.assertEqual(connection.recv(100), b"hello\n")
            server.signal()
            self.assertEqual(connection.recv(100), b"")
            self.assertEqual(server.wait(), 0)


if __name__ == "__main__":
    main()
