"""Certificates of an authority of our own, made by openssl in a temporary folder."""
import os
import re
import subprocess
import tempfile

EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


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

    def issue(self, name, alt_names, begin=None, end=None, *, subject=None, extensions=(),
              authority=None, digest="sha256", key_type=EC, key=None):
        """(certificate, key) for `alt_names`, signed by `authority` or else our own one. Times are
        YYYYMMDDHHMMSSZ. `extensions` are lines as in a configuration file of openssl. `key` is one
        that an earlier call made."""
        folder = tempfile.mkdtemp(dir=self._folder.name)
        cert = self.path(name + ".pem")
        if not key:
            key = self.path(name + ".key")
            openssl("req", "-newkey", *key_type, "-nodes", "-keyout", key,
                    "-out", key + ".request", "-subj", "/CN=any")
        config = os.path.join(folder, "ca.conf")
        lines = [*extensions, *(["subjectAltName=" + alt_names] if alt_names else [])]
        with open(os.path.join(folder, "index"), "w"), open(config, "w") as out:
            out.write("[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nnew_certs_dir=%s\nserial=%s/serial\n"
                      "default_md=%s\ndefault_days=2\npolicy=p\nx509_extensions=x\nrand_serial=yes\n"
                      "[p]\ncommonName=optional\n[x]\n%s\n"
                      % (folder, folder, folder, digest, "\n".join(lines)))
        times = ["-startdate", begin, "-enddate", end] if end else []
        issuer, issuer_key = authority or (self.ca, self._ca_key)
        openssl("ca", "-batch", "-notext", "-config", config, "-cert", issuer,
                "-keyfile", issuer_key, "-in", key + ".request", "-out", cert, *times,
                "-subj", subject or "/CN=" + name)
        return cert, key


def new_key(path):
    return ["-newkey", *EC, "-nodes", "-keyout", path]


def openssl(*args):
    done = subprocess.run(["openssl", *args], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)


class SServer:
    """`openssl s_server` on a free port."""

    def __init__(self, *args, address="127.0.0.1"):
        self.process = subprocess.Popen(["openssl", "s_server", "-accept", address + ":0", *args],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._port = None

    @property
    def port(self):
        if self._port is None:
            said = []
            for line in self.process.stdout:
                if match := re.match(rb"ACCEPT .*:(\d+)", line):
                    self._port = int(match[1])
                    return self._port
                said.append(line)
            raise AssertionError(f"s_server does not listen: {said}")
        return self._port

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
