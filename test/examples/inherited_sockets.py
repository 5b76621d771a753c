"""Socket activation: servers on a socket that listened before they were started."""
import socket
import sys
import unittest

from common_programs import PATIENCE, Server, main

# As sd_listen_fds(3) says: descriptor 3, and the process it is for.
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="web")
os.execv(sys.argv[2], sys.argv[2:])
"""


def listener():
    return socket.create_server(("127.0.0.1", 0))


def activate(name, listening, *args):
    launcher = (sys.executable, "-c", ACTIVATE, str(listening.fileno()))
    return Server(name, *args, launcher=launcher, pass_fds=(listening.fileno(),))


def connect(listening):
    return socket.create_connection(listening.getsockname(), timeout=PATIENCE)


class InheritedSockets(unittest.TestCase):
    def test_a_client_that_came_before_the_server_is_served(self):
        with listener() as listening, connect(listening) as client:
            client.sendall(b"early")
            with activate("tcp_echo", listening) as server:
                self.assertEqual(server.port, listening.getsockname()[1])
                self.assertEqual(client.recv(100), b"early")

    def test_a_request_that_came_before_the_http_server_is_answered(self):
        for threads in (1, 2):
            with listener() as listening, connect(listening) as client:
                client.sendall(b"GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                with activate("plaintext", listening, "--threads", threads):
                    self.assertIn(b"Hello, World!", client.makefile("rb").read())

    def test_clients_between_two_servers_wait_for_the_next(self):
        with listener() as listening:
            with activate("tcp_echo", listening), connect(listening) as client:
                client.sendall(b"first")
                self.assertEqual(client.recv(100), b"first")
            with connect(listening) as client:
                client.sendall(b"second")
                with activate("tcp_echo", listening):
                    self.assertEqual(client.recv(100), b"second")

    def test_old_and_new_together_refuse_nobody(self):
        with listener() as listening, activate("plaintext", listening) as old:
            request = b"GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            with activate("plaintext", listening):
                for i in range(200):
                    if i == 50:
                        old.signal()
                    with connect(listening) as client:
                        client.sendall(request)
                        self.assertIn(b"Hello, World!", client.makefile("rb").read())

    def test_what_does_not_listen_is_refused(self):
        with socket.socket() as unbound:
            with self.assertRaises(AssertionError) as refused:
                activate("tcp_echo", unbound)
            self.assertIn("is not a stream socket that listens", str(refused.exception))


if __name__ == "__main__":
    main()
