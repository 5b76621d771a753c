"""fetch judges servers' certificates, each shown by an s_server of its own, as curl does."""
import base64
import collections
import concurrent.futures
import json
import re
import unittest

from common_programs import curl, main, run
from common_tls import Certificates, SServer

# Every name under localhost is this host's (RFC 6761, 6.3).
SITE = "example.localhost"
HOST = "a." + SITE
WRONG_HOST = "the certificate is not for "
NO_TLS = "TLS handshake: "
OLD = ("20200101000000Z", "20200201000000Z")
LATER = ("20490101000000Z", "20491231000000Z")
IS_CA = ("basicConstraints=critical,CA:TRUE",)
# As far as curl goes, what is too old or too weak is up to how it was built.
CURL_OPTIONS = ("--tlsv1.2", "--ciphers", "DEFAULT@SECLEVEL=2")
ANYTHING = ("-cipher", "ALL:@SECLEVEL=0")
# Reading the system's store takes most of the time that s_server needs to start.
NO_STORE = ("-no-CAfile", "-no-CApath", "-no-CAstore")


def rejected(why):
    return "the certificate of .* was rejected: .*" + why


UNKNOWN_ISSUER = rejected("unable to get local issuer certificate")

# `error` is what fetch's message has to match, None if it takes the certificate; the options are
# those that fetch and curl share. `curl_differs` tells why curl decides otherwise.
Case = collections.namedtuple("Case", "name url_host server error options phase curl_differs")


def join(name, *parts):
    """The DER of a subjectAltName with one DNS name of those bytes, as openssl takes it."""
    bytes_ = b"".join(parts)
    entry = b"\x82" + bytes([len(bytes_)]) + bytes_
    return name + "=DER:" + (b"\x30" + bytes([len(entry)]) + entry).hex(":")


class Cases:
    """Makes certificates, and the list of what is to become of them."""

    def __init__(self, certs):
        self._certs = certs
        self._trust = ("--cacert", certs.ca)
        _, self._key = certs.issue("key", None)
        self._makers = []

    def make(self):
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            return [made.result() for made in [threads.submit(maker) for maker in self._makers]]

    def add(self, name, error=None, alt_names="DNS:" + HOST, *, host=HOST, chain=(), server=(),
            options=None, cert=None, phase="tls", curl_differs=None, **how):
        def make():
            leaf, key = cert or self.issue(name, alt_names, **how)
            args = [*NO_STORE, "-www", "-cert", leaf, "-key", key, *server]
            if chain:
                args += ["-cert_chain", self.bundle(name + " chain", *chain)]
            return Case(name, host, args, error, options or self._trust, phase,
                        curl_differs)

        self._makers.append(make)

    def issue(self, name, alt_names, begin_end=(None, None), **how):
        how.setdefault("key", None if "key_type" in how else self._key)
        return self._certs.issue(name, alt_names, *begin_end, **how)

    def authority(self, name, extensions=IS_CA, begin_end=(None, None), **how):
        """(certificate, key) of an authority under ours, or under another one."""
        return self._certs.issue(name, None, *begin_end, extensions=extensions, **how)

    def bundle(self, name, *files):
        path = self._certs.path(name + ".pem")
        with open(path, "w") as out:
            for file in files:
                with open(file) as part:
                    out.write(part.read())
        return path

    def with_a_changed_signature(self, alt_names):
        cert, key = self.issue("changed", alt_names)
        with open(cert) as file:
            der = bytearray(base64.b64decode("".join(file.read().split("\n")[1:-2])))
        der[-1] ^= 1
        text = base64.encodebytes(bytes(der)).decode()
        with open(cert, "w") as file:
            file.write("-----BEGIN CERTIFICATE-----\n" + text + "-----END CERTIFICATE-----\n")
        return cert, key


# RFC 6125, 6.4 and RFC 9525, 6: which names a certificate is for.
def add_names(cases):
    add = cases.add
    add("its name")
    add("the last one of many names", None,
        ",".join(["DNS:%d.example.test" % i for i in range(100)] + ["DNS:" + HOST]))
    add("another name", WRONG_HOST + HOST, "DNS:b.example.localhost")
    add("the name's end", WRONG_HOST, "DNS:" + SITE)
    add("a dot before the name's end", WRONG_HOST, "DNS:." + SITE)
    add("a wildcard", None, "DNS:*." + SITE)
    add("a wildcard is not two labels", WRONG_HOST, "DNS:*." + SITE, host="b.a." + SITE)
    add("a wildcard is not no label", WRONG_HOST, "DNS:*." + SITE, host=SITE)
    add("part of a label", WRONG_HOST, "DNS:f*." + SITE, host="foo." + SITE)
    add("part of a label at its end", WRONG_HOST, "DNS:*o." + SITE, host="foo." + SITE)
    add("a wildcard in the middle", WRONG_HOST, "DNS:a.*.localhost")
    add("two wildcards", WRONG_HOST, "DNS:*.*.localhost")
    add("a wildcard alone", WRONG_HOST, "DNS:*")
    add("a wildcard alone for one label", WRONG_HOST, "DNS:*", host="localhost")
    add("a wildcard for a whole top level", WRONG_HOST, "DNS:*.localhost", host="a.localhost")
    add("a wildcard is not part of an A-label", WRONG_HOST, "DNS:xn--*." + SITE,
        host="xn--bcher-kva." + SITE)
    add("a wildcard for an A-label", None, "DNS:*." + SITE, host="xn--bcher-kva." + SITE)
    add("an A-label", None, "DNS:xn--bcher-kva." + SITE, host="xn--bcher-kva." + SITE)
    add("a U-label", WRONG_HOST, None, host="xn--bcher-kva." + SITE,
        extensions=[join("subjectAltName", "bücher.".encode(), SITE.encode())])
    add("the case of the certificate", None, "DNS:A.Example.LOCALHOST")
    add("the case of the URL", None, host=HOST.upper())
    add("a final dot in the URL", None, host=HOST + ".")
    add("a wildcard and a final dot", None, "DNS:*." + SITE, host=HOST + ".")
    add("a final dot in the certificate", WRONG_HOST, "DNS:" + HOST + ".",
        curl_differs="it ignores the dot, which no name in a certificate has (RFC 5280, 4.2.1.6)")
    add("an underscore is no wildcard's", WRONG_HOST, "DNS:*." + SITE, host="a_b." + SITE,
        curl_differs="OpenSSL lets wildcards stand for letters, digits and hyphens only")
    add("an underscore", None, "DNS:a_b." + SITE, host="a_b." + SITE)
    add("a NUL in the name", WRONG_HOST, None,
        extensions=[join("subjectAltName", HOST.encode(), b"\0.example.test")])
    add("a NUL after the name", WRONG_HOST, None,
        extensions=[join("subjectAltName", HOST.encode(), b"\0")])
    add("a URI and an e-mail address", WRONG_HOST, f"URI:https://{HOST}/,email:{HOST}")
    add("no name at all", WRONG_HOST, None)
    add("the subject only", WRONG_HOST, None, subject="/CN=" + HOST,
        curl_differs="it reads the subject if there are no names (against RFC 9525, 2)")
    add("the subject with other names", WRONG_HOST, "DNS:b." + SITE, subject="/CN=" + HOST)
    add("an IP address", None, "IP:127.0.0.1", host="127.0.0.1")
    add("another IP address", WRONG_HOST + "127.0.0.1", "IP:127.0.0.2", host="127.0.0.1")
    add("an IP address as a name", WRONG_HOST, "DNS:127.0.0.1", host="127.0.0.1")
    add("an IP address in a wildcard", WRONG_HOST, "DNS:*.0.0.1", host="127.0.0.1")
    add("an IPv4 address in IPv6", WRONG_HOST, "IP:::ffff:127.0.0.1", host="127.0.0.1")
    add("an IP address as the subject", WRONG_HOST, None, subject="/CN=127.0.0.1",
        host="127.0.0.1", curl_differs="as with a name")
    add("a name for an IP address", WRONG_HOST, "DNS:localhost", host="127.0.0.1")


# RFC 5280, 6: whether there is a path to whom we trust.
def add_paths(cases, certs):
    add = cases.add
    middle = cases.authority("middle")
    add("an intermediate", chain=[middle[0]], authority=middle)
    add("a missing intermediate", UNKNOWN_ISSUER, authority=middle)
    low = cases.authority("low", authority=middle)
    other = certs.self_signed("other", "CA:TRUE")
    add("a chain out of order", chain=[certs.ca, other[0], middle[0], low[0], low[0]],
        authority=low)
    old_middle = cases.authority("old-middle", begin_end=OLD)
    add("an expired intermediate", rejected("expired"), chain=[old_middle[0]],
        authority=old_middle)
    twin = cases.authority("twin")
    old_twin = cases.authority("old-twin", begin_end=OLD, key=twin[1], subject="/CN=twin",
                               authority=other)
    add("an expired way to the authority beside a good one", chain=[old_twin[0]],
        authority=twin, options=("--cacert", cases.bundle("twins", certs.ca, twin[0])))
    add("an expired certificate", rejected("expired"), begin_end=OLD)
    add("a certificate of the future", rejected("not yet valid"), begin_end=LATER)
    old_root = cases.authority("old-root", begin_end=OLD)
    add("an expired authority", rejected("expired"), authority=old_root,
        options=("--cacert", cases.bundle("old roots", old_root[0])))
    lonely = certs.self_signed("lonely")
    add("self-signed", rejected("self-signed certificate"), cert=lonely, host="localhost")
    add("self-signed and trusted", cert=lonely, host="localhost", options=("--cacert", lonely[0]))
    add("self-signed, trusted, for another host", WRONG_HOST, cert=lonely,
        options=("--cacert", lonely[0]))
    add("an unknown authority", UNKNOWN_ISSUER, authority=other)
    add("an unknown authority that comes along", rejected("self-signed certificate in"),
        authority=other, chain=[other[0]])
    impostor = cases.authority("impostor", subject="/CN=ca", authority=other)
    add("an authority of the same name", rejected(".*(signature failure|local issuer)"),
        authority=impostor)
    add("a changed signature", rejected("signature failure"),
        cert=cases.with_a_changed_signature("DNS:" + HOST))
    add("trust in the intermediate only", chain=[middle[0]], authority=middle,
        options=("--cacert", middle[0]))
    pinned = cases.issue("pinned", "DNS:" + HOST)
    add("trust in the certificate only", cert=pinned, options=("--cacert", pinned[0]))
    add("trust in another certificate", UNKNOWN_ISSUER, options=("--cacert", pinned[0]))
    add("trust in a certificate for another host", WRONG_HOST, host=SITE, cert=pinned,
        options=("--cacert", pinned[0]))
    old = cases.issue("pinned-old", "DNS:" + HOST, begin_end=OLD)
    add("trust in an expired certificate", rejected("expired"), cert=old,
        options=("--cacert", old[0]))


def add_uses(cases):
    add = cases.add
    for name, line in (("no authority", "basicConstraints=critical,CA:FALSE"),
                       ("no word of being an authority", "subjectKeyIdentifier=none")):
        issuer = cases.authority("is-" + name.replace(" ", "-"), [line])
        add(name, rejected("invalid CA certificate"), chain=[issuer[0]], authority=issuer)
    no_signer = cases.authority("no-signer", [*IS_CA, "keyUsage=critical,cRLSign"])
    add("an authority that may not sign", rejected(""), chain=[no_signer[0]], authority=no_signer)
    short = cases.authority("short", ["basicConstraints=critical,CA:TRUE,pathlen:0"])
    below = cases.authority("below-short", authority=short)
    add("a path of the greatest length", chain=[short[0]], authority=short)
    add("a path that is too long", rejected("path length"), chain=[below[0], short[0]],
        authority=below)
    for_clients = cases.authority("for-clients", [*IS_CA, "extendedKeyUsage=clientAuth"])
    add("an authority for clients", rejected("purpose|invalid CA"), chain=[for_clients[0]],
        authority=for_clients)
    for use, error in (("serverAuth", None), ("clientAuth", rejected("purpose")),
                       ("emailProtection", rejected("purpose")),
                       ("clientAuth,serverAuth", None)):
        add("for " + use, error, extensions=["extendedKeyUsage=" + use])
    add("a key for signing certificates only", rejected("purpose"),
        extensions=["keyUsage=critical,keyCertSign"])
    add("an unknown critical extension", rejected("unhandled critical extension"),
        extensions=["1.2.3.4=critical,DER:05:00"])
    add("an unknown extension", extensions=["1.2.3.4=DER:05:00"])
    for name, constraint, error in (
            ("a permitted name", "permitted;DNS:" + SITE, None),
            ("a name that is not permitted", "permitted;DNS:example.test",
             rejected("permitted subtree violation")),
            ("an excluded name", "excluded;DNS:" + SITE, rejected("excluded subtree violation"))):
        issuer = cases.authority("constrained-" + name.replace(" ", "-"),
                                 [*IS_CA, "nameConstraints=critical," + constraint])
        add(name, error, chain=[issuer[0]], authority=issuer)
    issuer = cases.authority("constrained-to-net", [
        *IS_CA, "nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0"])
    add("an address that is not permitted", rejected("permitted subtree violation"),
        "IP:127.0.0.1", host="127.0.0.1", chain=[issuer[0]], authority=issuer)


def add_strengths(cases):
    add = cases.add
    add("RSA of 2048 bits", key_type=("rsa:2048",))
    add("Ed25519", key_type=("ed25519",))
    add("RSA of 1024 bits", rejected("too weak"), key_type=("rsa:1024",), server=ANYTHING)
    add("a signature over SHA-1", rejected("too weak"), digest="sha1", server=ANYTHING)
    rsa = cases.authority("rsa", key_type=("rsa:2048",))  # there is no ECDSA over MD5
    add("a signature of RSA", chain=[rsa[0]], authority=rsa)
    add("a signature over MD5", rejected("too weak"), digest="md5", server=ANYTHING,
        chain=[rsa[0]], authority=rsa)
    weak = cases.authority("weak", key_type=("rsa:1024",))
    add("an authority with RSA of 1024 bits", rejected("too weak"), chain=[weak[0]],
        authority=weak, server=ANYTHING)
    add("TLS 1.0", NO_TLS, server=("-tls1", *ANYTHING))
    add("TLS 1.1", NO_TLS, server=("-tls1_1", *ANYTHING))
    add("TLS 1.2", server=("-tls1_2",))
    add("TLS 1.3", server=("-tls1_3",))
    add("no encryption", NO_TLS, server=("-tls1_2", "-cipher", "NULL-SHA256:@SECLEVEL=0"))
    add("no certificate", NO_TLS, server=("-tls1_2", "-nocert", "-cipher", "aNULL:@SECLEVEL=0"))


def add_clients(cases, certs):
    other = certs.self_signed("other-clients", "CA:TRUE")
    ours = certs.issue("our-client", None, extensions=["extendedKeyUsage=clientAuth"])
    theirs = certs.issue("their-client", None, authority=other)
    for version in ("-tls1_2", "-tls1_3"):
        asking = (version, "-Verify", "1", "-verify_return_error", "-CAfile", certs.ca)
        # In TLS 1.3 the client is through before the server has judged, and has sent its request.
        phase = "wait" if version == "-tls1_3" else "tls"
        for name, shown, error in (("no client", None, "alert (handshake|certificate required)"),
                                   ("a good client", ours, None),
                                   ("another authority's client", theirs, "alert unknown ca")):
            options = ("--cacert", certs.ca)
            if shown:
                options += ("--cert", shown[0], "--key", shown[1])
            cases.add(name + " with" + version, error, server=asking, options=options, phase=phase)


class FetchCertificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        certs = Certificates()
        cls.addClassCleanup(certs.__exit__)
        cases = Cases(certs)
        add_names(cases)
        add_paths(cases, certs)
        add_uses(cases)
        add_strengths(cases)
        add_clients(cases, certs)
        cls.cases = cases.make()
        servers = []
        for case in cls.cases:
            servers.append(SServer(*case.server))
            cls.addClassCleanup(servers[-1].stop)
        cls.urls = {f"https://{case.url_host}:{server.port}/": case
                    for case, server in zip(cls.cases, servers)}
        groups = collections.defaultdict(list)
        for url, case in cls.urls.items():
            groups[case.options].append(url)
        cls.fetched, cls.curled = {}, {}
        for options, urls in groups.items():
            cls.fetched.update(fetch(options, urls))
            cls.curled.update(curl_exits(options, urls))

    def test_verdicts(self):
        self.assertEqual(set(self.fetched), set(self.urls))
        for url, case in self.urls.items():
            with self.subTest(case.name):
                told = self.fetched[url]
                if case.error is None:
                    self.assertEqual((told["code"], told["error"]), (200, None))
                    continue
                self.assertEqual((told["code"], told["headers"], told["body_bytes"]), (599, [], 0))
                self.assertRegex(told["error"]["message"], case.error)
                self.assertEqual(told["error"]["category"], "tls")
                self.assertEqual(told["error"]["phase"], case.phase)

    def test_curl_agrees(self):
        for url, case in self.urls.items():
            with self.subTest(case.name):
                agreed = (self.curled[url] == 0) == (self.fetched[url]["error"] is None)
                self.assertEqual(agreed, case.curl_differs is None, self.curled[url])


def fetch(options, urls):
    done = run("fetch", "--json", *options, *urls)
    return {told["url"]: told for told in map(json.loads, done.stdout.splitlines())}


def curl_exits(options, urls):
    """Its exit status for each URL."""
    resolve = []
    for url in urls:
        host, port = re.fullmatch("https://(.*):(.*)/", url).groups()
        resolve += ["--resolve", f"{host}:{port}:127.0.0.1", "-o", "/dev/null", url]
    done = curl("-w", "%{exitcode}\\n", *CURL_OPTIONS, *options, *resolve)
    return dict(zip(urls, map(int, done.stdout.split()), strict=True))


if __name__ == "__main__":
    main()
