"""Certificates of an authority of our own, made by openssl in a temporary folder."""
import os
import subprocess
import tempfile


class Certificates:
    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.ca, self._ca_key = self.self_signed("ca", "CA:TRUE")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def path(self, name):
        return os.path.join(self._folder.name, name)

    def self_signed(self, name, constraint="CA:FALSE"):
        """(certificate, key) that vouch for themselves, for localhost."""
        cert, key = self.path(name + ".pem"), self.path(name + ".key")
        openssl("req", "-x509", *new_key(key), "-out", cert, "-days", "2", "-subj", "/CN=" + name,
                "-addext", "basicConstraints=critical," + constraint,
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        return cert, key

    def issue(self, name, alt_names, begin=None, end=None):
        """(certificate, key) for `alt_names`, signed by our authority. Times are YYYYMMDDHHMMSSZ."""
        cert, key, request = self.path(name + ".pem"), self.path(name + ".key"), self.path("csr")
        openssl("req", *new_key(key), "-out", request, "-subj", "/CN=" + name)
        folder = tempfile.mkdtemp(dir=self._folder.name)
        config = os.path.join(folder, "ca.conf")
        with open(os.path.join(folder, "index"), "w"), open(config, "w") as out:
            out.write("[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nnew_certs_dir=%s\nserial=%s/serial\n"
                      "default_md=sha256\ndefault_days=2\npolicy=p\nx509_extensions=x\nrand_serial=yes\n"
                      "[p]\ncommonName=supplied\n[x]\nsubjectAltName=%s\n"
                      % (folder, folder, folder, alt_names))
        times = ["-startdate", begin, "-enddate", end] if end else []
        openssl("ca", "-batch", "-notext", "-config", config, "-cert", self.ca,
                "-keyfile", self._ca_key, "-in", request, "-out", cert, *times)
        return cert, key


def new_key(path):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path]


def openssl(*args):
    done = subprocess.run(["openssl", *args], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
