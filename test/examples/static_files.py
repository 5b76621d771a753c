"""static_files: a folder served to curl, wget and raw sockets, over HTTP and HTTPS."""
import email
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from common_programs import PATIENCE, Server, curl, main, read_to_end, run
from common_tls import Certificates

TEXT = b"".join(b"line %d of a text that is neither short nor long\n" % i for i in range(20000))


class Folder:
    """A folder to serve, and beside it what must not be served."""

    def __init__(self):
        self._temp = tempfile.TemporaryDirectory()
        self.root = os.path.join(self._temp.name, "www")
        os.makedirs(os.path.join(self.root, "sub"))
        self.write("../secret.txt", b"SECRET")
        self.write(".hidden", b"SECRET")
        self.write("index.html", b"<h1>index</h1>")
        self.write("sub/index.html", b"<h1>sub</h1>")
        self.write("text.txt", TEXT)
        self.write("style.css", b"body {}" * 100)
        self.write("style.css.gz", gzip.compress(b"body {}" * 100))
        os.symlink("../secret.txt", self.path("out"))
        time.sleep(0.1)  # until the tags of the files are strong ones

    def path(self, name):
        return os.path.join(self.root, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._temp.cleanup()


def head(url, *args):
    """The status and the fields of an answer, in lower case."""
    text = curl("-I", *args, url).stdout.decode()
    status, _, fields = text.partition("\r\n")
    return int(status.split()[1]), {k.lower(): v for k, v in email.message_from_string(fields).items()}


def status(url, *args):
    return int(curl("-o", "/dev/null", "-w", "%{http_code}", *args, url).stdout)


class StaticFiles(unittest.TestCase):
    def test_files_come_whole_with_their_type_and_validators(self):
        with Folder() as folder, Server("static_files", folder.root) as server:
            self.assertRegex(server.line, r"^listening on http://127\.0\.0\.1:\d+$")
            self.assertEqual(curl(server.url + "/text.txt").stdout, TEXT)
            code, fields = head(server.url + "/text.txt")
            self.assertEqual(code, 200)
            self.assertEqual(fields["content-length"], str(len(TEXT)))
            self.assertEqual(fields["content-type"], "text/plain; charset=utf-8")
            self.assertEqual(fields["accept-ranges"], "bytes")
            self.assertRegex(fields["etag"], r'^"[0-9a-f]{32}"$')
            self.assertIn("last-modified", fields)

    def test_folders_are_their_index(self):
        with Folder() as folder, Server("static_files", folder.root) as server:
            self.assertEqual(curl(server.url).stdout, b"<h1>index</h1>")
            self.assertEqual(curl("-L", server.url + "/sub").stdout, b"<h1>sub</h1>")
            code, fields = head(server.url + "/sub?q=1")
            self.assertEqual((code, fields["location"]), (301, "/sub/?q=1"))
            os.remove(folder.path("sub/index.html"))
            self.assertEqual(status(server.url + "/sub/"), 403)

    def test_a_listing_when_asked_for(self):
        with Folder() as folder, Server("static_files", folder.root, "--listing") as server:
            os.remove(folder.path("index.html"))
            page = curl(server.url).stdout
            self.assertEqual(re.findall(rb'href="([^"]*)"', page),
                             [b"out", b"style.css", b"style.css.gz", b"sub/", b"text.txt"])

    def test_conditions(self):
        with Folder() as folder, Server("static_files", folder.root) as server:
            url = server.url + "/text.txt"
            fields = head(url)[1]
            self.assertEqual(status(url, "-H", "If-None-Match: " + fields["etag"]), 304)
            self.assertEqual(status(url, "-H", "If-Modified-Since: " + fields["last-modified"]), 304)
            self.assertEqual(status(url, "-H", 'If-Match: "other"'), 412)
            self.assertEqual(status(url, "-z", folder.path("text.txt")), 304)
            folder.write("text.txt", b"new")
            self.assertEqual(status(url, "-H", "If-None-Match: " + fields["etag"]), 200)

    def test_ranges(self):
        with Folder() as folder, Server("static_files", folder.root) as server:
            url = server.url + "/text.txt"
            self.assertEqual(curl("-r", "5-9", url).stdout, TEXT[5:10])
            self.assertEqual(curl("-r", "-7", url).stdout, TEXT[-7:])
            self.assertEqual(curl("-r", "100000-", url).stdout, TEXT[100000:])
            self.assertEqual(status(url, "-r", "99999999-"), 416)
            tag = head(url)[1]["etag"]
            self.assertEqual(status(url, "-r", "0-1", "-H", "If-Range: " + tag), 206)
            self.assertEqual(status(url, "-r", "0-1", "-H", 'If-Range: "other"'), 200)

    def test_several_ranges_are_a_message_of_parts(self):
        with Folder() as folder, Server("static_files", folder.root) as server:
            reply = curl("-i", "-r", "0-9,50000-50009,-10", server.url + "/text.txt").stdout
            _, _, message = reply.partition(b"\r\n")
            parts = email.message_from_bytes(message).get_payload()
            self.assertEqual([part.get_payload(decode=True) for part in parts],
                             [TEXT[:10], TEXT[50000:50010], TEXT[-10:]])
            self.assertEqual(parts[1]["content-range"], f"bytes 50000-50009/{len(TEXT)}")

    def test_precompressed_files(self):
        with Folder() as folder, Server("static_files", folder.root) as server:
            url = server.url + "/style.css"
            self.assertEqual(curl("--compressed", url).stdout, b"body {}" * 100)
            code, fields = head(url, "-H", "Accept-Encoding: br, gzip")
            self.assertEqual((code, fields["content-encoding"], fields["vary"]),
                             (200, "gzip", "Accept-Encoding"))
            self.assertEqual(fields["content-type"], "text/css; charset=utf-8")
            self.assertNotIn("content-encoding", head(url, "-H", "Accept-Encoding: gzip;q=0")[1])

    def test_nothing_else_is_served(self):
        with Folder() as folder, Server("static_files", folder.root) as server:
            for path in ("../secret.txt", "sub/../../secret.txt", "%2e%2e/secret.txt",
                         "..%2fsecret.txt", "%252e%252e/secret.txt", "..%5csecret.txt",
                         "%c0%ae%c0%ae/secret.txt", "text.txt%00", "/etc/passwd",
                         "//etc/passwd", ".hidden", "%2ehidden", "out", "nothing", "text.txt/"):
                reply = curl("--path-as-is", "-i", server.url + "/" + path).stdout
                self.assertIn(b" 404 ", reply.partition(b"\r\n")[0], path)
                self.assertNotIn(b"SECRET", reply, path)
            self.assertEqual(status(server.url + "/text.txt", "-X", "DELETE"), 405)

    @unittest.skipUnless(shutil.which("wget"), "needs wget")
    def test_a_download_is_resumed(self):
        with Folder() as folder, Server("static_files", folder.root) as server, \
                tempfile.TemporaryDirectory() as downloads:
            target = os.path.join(downloads, "text.txt")
            with open(target, "wb") as file:
                file.write(TEXT[:300000])
            done = subprocess.run(["wget", "-c", "-O", target, server.url + "/text.txt"],
                                  capture_output=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(b"206", done.stderr)
            with open(target, "rb") as file:
                self.assertEqual(file.read(), TEXT)

    def test_https(self):
        with Folder() as folder, Certificates() as certs:
            cert, key = certs.issue("good", "DNS:localhost,IP:127.0.0.1")
            with Server("static_files", folder.root, "--cert", cert, "--key", key) as server:
                ca = ["--cacert", certs.ca]
                self.assertEqual(curl(*ca, server.url + "/text.txt").stdout, TEXT)
                self.assertEqual(curl(*ca, "-r", "-7", server.url + "/text.txt").stdout, TEXT[-7:])

    def assert_little_growth(self, server, before):
        if not server.keeps_freed_memory():
            self.assertLess(memory(server) - before, 8 << 20)

    def test_a_gigabyte_in_little_memory(self):
        with Folder() as folder, Certificates() as certs:
            size = 1 << 30
            with open(folder.path("large"), "wb") as file:
                file.truncate(size)
            cert, key = certs.issue("good", "DNS:localhost,IP:127.0.0.1")
            for options in [], ["--cert", cert, "--key", key]:
                with Server("static_files", folder.root, *options) as server:
                    curl("-k", server.url + "/large", "-r", "0-9999999", "-o", "/dev/null")
                    before = memory(server)
                    got = curl("-k", server.url + "/large", "-o", "/dev/null", "-w",
                               "%{size_download}", timeout=90).stdout
                    self.assertEqual(int(got), size)
                    self.assert_little_growth(server, before)

    def test_a_client_that_does_not_read_takes_no_memory(self):
        with Folder() as folder, Server("static_files", folder.root) as server:
            with open(folder.path("large"), "wb") as file:
                file.truncate(1 << 30)
            before = memory(server)
            with server.connect() as connection:
                connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
                connection.recv(1000)
                time.sleep(1)
                self.assert_little_growth(server, before)

    def test_a_file_that_gets_shorter_is_not_padded(self):
        with Folder() as folder, Server("static_files", folder.root) as server:
            with open(folder.path("large"), "wb") as file:
                file.truncate(1 << 28)
            with server.connect() as connection:
                connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
                connection.recv(1000)
                os.truncate(folder.path("large"), 1 << 20)
                self.assertLess(len(read_to_end(connection)), 1 << 28)
            server.wait_for_log("became shorter")

    def test_what_is_being_sent_is_finished_on_sigterm(self):
        with Folder() as folder, Server("static_files", folder.root) as server:
            content = os.urandom(20_000_000)
            folder.write("large", content)
            with server.connect() as connection:
                connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
                begin = connection.recv(1000)
                server.signal()
                body = (begin + read_to_end(connection)).partition(b"\r\n\r\n")[2]
                self.assertEqual(hashlib.sha256(body).digest(), hashlib.sha256(content).digest())
            self.assertEqual(server.wait(), 0)

    def test_bad_arguments(self):
        for args in [], ["/no/such/folder"], [__file__], ["/tmp", "--nonsense"], ["/tmp", "--port", "x"]:
            done = run("static_files", *args)
            self.assertEqual(done.returncode, 2, args)
            self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)


def memory(server):
    with open(f"/proc/{server.process.pid}/status") as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) * 1024


if __name__ == "__main__":
    main()
