"""What every program's command line and every server's life have in common."""
import os
import signal
import subprocess
import time
import unittest

from common_programs import EXAMPLES, Server, curl, main, program, run

SERVERS = ("plaintext", "httpbin", "stream", "worker", "tcp_echo")
PROGRAMS = SERVERS + ("fetch", "main_job", "scraper", "batch_update")


class CommandLine(unittest.TestCase):
    def expect_refusal(self, status, name, *args):
        """One line on stderr, nothing on stdout, that exit status."""
        with self.subTest(name=name, args=args):
            done = run(name, *args)
            self.assertEqual(done.returncode, status, done)
            self.assertEqual(done.stdout, b"")
            self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
            self.assertTrue(done.stderr.startswith(name.encode() + b": "), done.stderr)

    def test_help_names_the_options(self):
        for name in PROGRAMS:
            done = run(name, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertIn(b"--help", done.stdout)
            if name in SERVERS:
                self.assertIn(b"--port", done.stdout)
                self.assertIn(b"--address", done.stdout)

    def test_unknown_options_are_refused(self):
        for name in PROGRAMS:
            self.expect_refusal(2, name, "--no-such-option")

    def test_bad_ports_and_addresses_are_refused(self):
        for name in SERVERS:
            for port in ("70000", "-1", "http", "", "0x50", "80 ", "1e3"):
                self.expect_refusal(2, name, "--port", port)
            self.expect_refusal(2, name, "--port")
            self.expect_refusal(2, name, "--address", "no address", "--port", "0")

    def test_bad_values_of_other_options_are_refused(self):
        for args in (["--threads", "0"], ["--cert", "/no/such/file"], ["--key", "/dev/null"],
                     ["--cert", "/dev/null", "--port", "0"]):
            self.expect_refusal(2, "plaintext", *args)
        for gaps in ("", "1", "1,", "1,x", "-1,2", "1,2,3", "nan,1"):
            self.expect_refusal(2, "stream", "--gaps", gaps)
        self.expect_refusal(2, "tcp_echo", "--unix", "/" + "x" * 200)

    def test_a_port_in_use_is_told(self):
        with Server("plaintext") as server:
            for name in SERVERS:
                self.expect_refusal(1, name, "--port", server.port)
            self.expect_refusal(1, "plaintext", "--threads", "2", "--port", server.port)
        with Server("plaintext", "--threads", 2) as server:
            self.expect_refusal(1, "plaintext", "--threads", "2", "--port", server.port)

    def test_either_signal_ends_an_idle_server(self):
        for name in SERVERS:
            for number in (signal.SIGTERM, signal.SIGINT):
                with self.subTest(name=name, number=number):
                    server = Server(name)
                    self.addCleanup(server.kill)
                    server.signal(number)
                    self.assertEqual(server.wait(), 0)

    def test_signals_drain_all_threads(self):
        request = b"GET /plaintext HTTP/1.1\r\nHost: x\r\n\r\n"
        for name in ("plaintext", "tcp_echo"):
            with self.subTest(name), Server(name, "--threads", 3) as server:
                idle = [server.connect() for _ in range(9)]
                for connection in idle:
                    connection.sendall(request)
                    self.assertTrue(connection.recv(4096))
                server.signal()
                for connection in idle:
                    self.assertEqual(connection.recv(1), b"")
                    connection.close()
                self.assertEqual(server.wait(), 0)

    def test_a_second_signal_ends_at_once(self):
        server = Server("stream", "--gaps", "60,60")
        self.addCleanup(server.kill)
        client = subprocess.Popen(["curl", "-sN", server.url + "/stream"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(client.wait)
        with client.stdout:
            self.assertEqual(client.stdout.read(5), b"START")
            server.signal()
            time.sleep(0.5)
            self.assertIsNone(server.process.poll())
            begin = time.monotonic()
            server.signal()
            self.assertNotEqual(server.wait(), 0)
            self.assertLess(time.monotonic() - begin, 5)

    def test_a_draining_server_accepts_no_more(self):
        with Server("stream", "--gaps", "1,1") as server:
            client = subprocess.Popen(["curl", "-sN", server.url + "/stream"],
                                      stdout=subprocess.PIPE)
            with client.stdout:
                self.assertEqual(client.stdout.read(5), b"START")
                server.signal()
                time.sleep(0.3)
                self.assertNotEqual(curl(server.url + "/stream").returncode, 0)
                self.assertEqual(client.stdout.read(), b"MIDDLEEND")
            self.assertEqual(client.wait(), 0)
            self.assertEqual(server.wait(), 0)

    def test_every_program_here_is_tested(self):
        for name in PROGRAMS:
            self.assertTrue(os.access(program(name), os.X_OK), EXAMPLES)


if __name__ == "__main__":
    main()
