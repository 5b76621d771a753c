"""TLS with OpenSSL's own client and server: resumption, names, versions, reloading."""
import re
import shutil
import signal
import ssl
import subprocess
import unittest

from common_programs import PATIENCE, Server, curl, main, run, wait_until
from common_tls import Certificates, SServer


def s_client(port, *args, request=b"GET /plaintext HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):
    """The output of `openssl s_client` for one request, handshake and all."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-ign_eof", *map(str, args)]
    done = subprocess.run(command, input=request, capture_output=True, timeout=PATIENCE)
    return (done.stdout + done.stderr).decode(errors="replace")


class SecureServer(Server):
    def __init__(self, certificates, *args):
        self.cert, self.key = certificates.issue("first", "DNS:localhost,IP:127.0.0.1")
        self.trust = ["-CAfile", certificates.ca, "-verify_return_error"]
        super().__init__("plaintext", "--cert", self.cert, "--key", self.key, *args)

    def ask(self, *args):
        return s_client(self.port, *self.trust, *args)


class Resumption(unittest.TestCase):
    def test_s_client_resumes_its_session(self):
        with Certificates() as certificates, SecureServer(certificates) as server:
            for version in ("-tls1_3", "-tls1_2"):
                session = certificates.path("session" + version)
                first = server.ask(version, "-sess_out", session)
                self.assertIn("New, TLSv1", first)
                self.assertIn("Hello, World!", first)
                again = server.ask(version, "-sess_in", session, "-sess_out", session)
                self.assertIn("Reused, TLSv1", again)
                self.assertIn("Hello, World!", again)
                self.assertIn("Reused, TLSv1", server.ask(version, "-sess_in", session))

    def test_any_thread_resumes_what_another_began(self):
        with Certificates() as certificates, SecureServer(certificates, "--threads", 4) as server:
            session = certificates.path("session")
            server.ask("-tls1_2", "-sess_out", session)
            for _ in range(8):
                self.assertIn("Reused, ", server.ask("-tls1_2", "-sess_in", session))

    def test_a_session_is_for_one_name(self):
        with Certificates() as certificates, SecureServer(certificates) as server:
            for version in ("-tls1_3", "-tls1_2"):
                session = certificates.path("session" + version)
                server.ask(version, "-servername", "a.test", "-sess_out", session)
                self.assertIn("New, TLSv1", server.ask(version, "-servername", "b.test",
                                                       "-sess_in", session))

    def test_fetch_resumes_with_s_server(self):
        with Certificates() as certificates:
            cert, key = certificates.issue("peer", "DNS:localhost,IP:127.0.0.1")
            for version in ("-tls1_3", "-tls1_2"):
                with SServer("-cert", cert, "-key", key, "-www", version) as peer:
                    pages = certificates.path("pages")
                    done = run("fetch", "--cacert", certificates.ca, "--max-clients", 1,
                               "--repeat", 3, "-o", pages, f"https://localhost:{peer.port}/")
                    self.assertEqual(done.returncode, 0, done)
                    with open(pages, "rb") as text:
                        said = re.findall(rb"(New|Reused), TLSv1\.[23], Cipher", text.read())
                    self.assertEqual(said, [b"New", b"Reused", b"Reused"])


class Refusals(unittest.TestCase):
    def test_old_versions_and_renegotiation(self):
        with Certificates() as certificates, SecureServer(certificates) as server:
            for version in ("-tls1", "-tls1_1"):
                said = server.ask(version, "-cipher", "ALL:@SECLEVEL=0")
                self.assertNotIn("Hello, World!", said)
                self.assertRegex(said, "alert protocol version|no protocols available")
            said = s_client(server.port, *server.trust, "-tls1_2", "-no_ign_eof", request=b"R\n")
            self.assertRegex(said, "no renegotiation|handshake failure")
            self.assertIn("Compression: NONE", server.ask("-comp"))
            self.assertEqual(curl("--cacert", certificates.ca, server.url + "/plaintext").stdout,
                             b"Hello, World!")


class Reload(unittest.TestCase):
    def test_sighup_brings_the_new_certificate_and_breaks_nothing(self):
        with Certificates() as certificates, SecureServer(certificates, "--threads", 2) as server:
            new_cert, new_key = certificates.issue("second", "DNS:localhost,IP:127.0.0.1")
            open_one = OpenConnection(server, certificates.ca)
            self.assertIn(b"Hello, World!", open_one.ask())
            self.assertRegex(server.ask(), r"subject=CN ?= ?first")

            shutil.copy(new_cert, server.cert)  # half of a pair: refused
            server.signal(signal.SIGHUP)
            server.wait_for_log("does not match")
            self.assertRegex(server.ask(), r"subject=CN ?= ?first")

            shutil.copy(new_key, server.key)
            server.signal(signal.SIGHUP)
            wait_until(lambda: server.stderr().count("was loaded again") == 2, "both threads")
            for _ in range(6):
                self.assertRegex(server.ask(), r"subject=CN ?= ?second")
            self.assertIn(b"Hello, World!", open_one.ask())
            open_one.close()


class OpenConnection:
    """A TLS connection of Python's that stays open."""

    def __init__(self, server, ca):
        context = ssl.create_default_context(cafile=ca)
        self._socket = context.wrap_socket(server.connect(), server_hostname="localhost")

    def ask(self):
        self._socket.sendall(b"GET /plaintext HTTP/1.1\r\nHost: x\r\n\r\n")
        reply = b""
        while b"World!" not in reply:
            part = self._socket.recv(65536)
            if not part:
                break
            reply += part
        return reply

    def close(self):
        self._socket.close()


if __name__ == "__main__":
    main()
