"""What large bodies cost the server: its memory may grow by 8 MB, however much goes through it.

64 MiB go each way; GYRE_BODY_MIB says how many others. test/memory/run does it with 1 GiB."""
import hashlib
import json
import os
import re
import subprocess
import tempfile
import time
import unittest

from common_programs import Server, main
from common_tls import Certificates

MIB = 1024 * 1024
SIZE = int(os.environ.get("GYRE_BODY_MIB", "64")) * MIB
MOST_GROWTH = 8 * MIB


class Memory:
    """The peak of a server's resident memory since this object was made."""

    def __init__(self, server):
        self._server = server
        self._folder = f"/proc/{server.process.pid}/"
        with open(self._folder + "clear_refs", "w") as reset:
            reset.write("5")
        self._before = self._read("VmRSS")
        self._begin = time.monotonic()

    def _read(self, name):
        with open(self._folder + "status") as status:
            return int(re.search(name + r":\s+(\d+) kB", status.read())[1]) * 1024

    def check(self, test, what):
        seconds = time.monotonic() - self._begin
        growth = self._read("VmHWM") - self._before
        print(f"{what}: {SIZE // MIB} MiB in {seconds:.1f} s; resident memory {self._before // 1024} KB,"
              f" at most {growth // 1024} KB more", flush=True)
        if not self._server.keeps_freed_memory():
            test.assertLessEqual(growth, MOST_GROWTH)


class LargeBodies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.certs = Certificates()
        cls.addClassCleanup(cls.certs.__exit__)
        cert, key = cls.certs.issue("server", "DNS:localhost,IP:127.0.0.1")
        cls.tls = ["--cert", cert, "--key", key]
        file = tempfile.NamedTemporaryFile()
        cls.addClassCleanup(file.close)
        file.truncate(SIZE)  # zeros that take no room
        cls.file = file.name
        cls.sha256 = hashlib.sha256()
        for _ in range(SIZE // MIB):
            cls.sha256.update(bytes(MIB))

    def curl(self, server, *args, **options):
        done = subprocess.run(["curl", "-sS", "--cacert", self.certs.ca, *args], timeout=600,
                              stdout=subprocess.PIPE, **options)
        self.assertEqual(done.returncode, 0)
        return done.stdout

    def upload(self, what, options, *curl_args):
        with Server("httpbin", *options) as server, open(self.file, "rb") as data:
            self.curl(server, "-d", "warm", server.url + "/upload")
            memory = Memory(server)
            answer = json.loads(self.curl(server, *curl_args, server.url + "/upload", stdin=data))
            memory.check(self, what)
            self.assertEqual(answer, {"bytes": SIZE, "sha256": self.sha256.hexdigest()})

    def download(self, what, options, rate="10G"):
        with Server("plaintext", *options) as server:
            self.curl(server, server.url + "/bytes/100000", "-o", "/dev/null")
            memory = Memory(server)
            size = self.curl(server, server.url + f"/bytes/{SIZE}", "-o", "/dev/null",
                             "-w", "%{size_download}", "--limit-rate", rate)
            memory.check(self, what)
            self.assertEqual(int(size), SIZE)

    def test_upload(self):
        self.upload("upload, length known", [], "-T", self.file)

    def test_upload_in_chunks(self):
        self.upload("upload, chunked", [], "-H", "Transfer-Encoding: chunked", "-T", "-")

    def test_upload_over_tls(self):
        self.upload("upload, TLS", self.tls, "-T", self.file)

    def test_download(self):
        self.download("download", [])

    def test_download_over_tls(self):
        self.download("download, TLS", self.tls)

    def test_download_by_a_slow_reader(self):
        self.download("download, slow reader", [], rate=str(SIZE // 5))


if __name__ == "__main__":
    main()
