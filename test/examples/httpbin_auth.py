"""httpbin: Basic, Bearer and Digest authentication, with curl and by hand."""
import base64
import hashlib
import re
import unittest

from common_httpbin import HttpbinTest
from common_programs import curl, main

HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512": "sha512", "SHA-512-256": "sha512_256"}


class BasicAndBearer(HttpbinTest):
    def test_basic(self):
        self.assertEqual(self.ask_json("/basic-auth/u/p", "--basic", "-u", "u:p"),
                         {"authenticated": True, "user": "u"})
        self.assertEqual(self.ask_json("/basic-auth/a%20b/%C3%BC:x", "-u", "a b:ü:x")["user"], "a b")
        for args in ([], ["-u", "u:wrong"], ["-u", "wrong:p"], ["-H", "Authorization: Basic *"],
                     ["-H", "Authorization: Basic"], ["-H", "Authorization: Basically dTpw"]):
            answer = self.ask("/basic-auth/u/p", *args)
            self.assertEqual(answer.status, 401)
            self.assertEqual(answer.header("WWW-Authenticate"), 'Basic realm="Fake Realm"')

    def test_the_scheme_is_in_any_case(self):
        credentials = base64.b64encode(b"u:p").decode()
        for scheme in ("Basic", "basic", "BASIC"):
            self.ask_json("/basic-auth/u/p", "-H", f"Authorization: {scheme} {credentials}")

    def test_hidden_basic_says_that_there_is_nothing(self):
        self.assertEqual(self.ask_json("/hidden-basic-auth/u/p", "-u", "u:p")["user"], "u")
        answer = self.ask("/hidden-basic-auth/u/p", "-u", "u:x")
        self.assertEqual((answer.status, answer.header("WWW-Authenticate")), (404, ""))

    def test_bearer(self):
        self.assertEqual(self.ask_json("/bearer", "-H", "Authorization: Bearer abc.d"),
                         {"authenticated": True, "token": "abc.d"})
        for args in ([], ["-u", "u:p"], ["-H", "Authorization: Bearer"]):
            answer = self.ask("/bearer", *args)
            self.assertEqual((answer.status, answer.header("WWW-Authenticate")), (401, "Bearer"))


class Digest(HttpbinTest):
    PATH = "/digest-auth/auth/u/p"

    def test_curl_gets_in_with_each_algorithm_that_it_knows(self):
        for algorithm in ("MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "md5"):
            # Not SHA-512-256: this curl takes it for SHA-256.
            path = f"/digest-auth/auth/us%20er/pass/{algorithm}"
            self.assertEqual(self.last_of(path, "--digest", "-u", "us er:pass"), 200, algorithm)
            self.assertEqual(self.last_of(path, "--digest", "-u", "us er:wrong"), 401)

    def test_curl_gets_in_without_a_quality_and_with_a_query(self):
        self.assertEqual(self.last_of("/digest-auth/none/u/p", "--digest", "-u", "u:p"), 200)
        self.assertEqual(self.last_of(self.PATH + "?a=b&c", "--digest", "-u", "u:p"), 200)

    def last_of(self, path, *args):
        done = curl("-o", "/dev/null", "-w", "%{http_code}", *args, self.url + path)
        return int(done.stdout)

    def challenge(self, path, *args):
        answer = self.ask(path, *args)
        self.assertEqual(answer.status, 401, answer.body)
        field = answer.header("WWW-Authenticate")
        self.assertTrue(field.startswith("Digest "))
        return dict((name, quoted or bare) for name, quoted, bare in
                    re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,"]+))', field))

    def credentials(self, challenge, path, method="GET", body=b"", user="u", password="p", count=1,
                    uri=None, **changes):
        """The Authorization field of RFC 7616, section 3.4, computed apart from the server's."""
        name = challenge["algorithm"].removesuffix("-sess")
        qop = challenge.get("qop", "")

        def digest(text):
            return hashlib.new(HASHES[name], text).hexdigest().encode()

        nonce, cnonce, nc = challenge["nonce"].encode(), b"c n\"o", b"%08x" % count
        a1 = f"{user}:{challenge['realm']}:{password}".encode()
        if name != challenge["algorithm"]:
            a1 = digest(a1) + b":" + nonce + b":" + cnonce
        a2 = method.encode() + b":" + (uri or path).encode()
        if qop == "auth-int":
            a2 += b":" + digest(body)
        middle = b":".join([nonce, nc, cnonce, qop.encode()]) if qop else nonce
        fields = {"username": user, "realm": challenge["realm"], "nonce": challenge["nonce"],
                  "uri": uri or path, "algorithm": challenge["algorithm"],
                  "opaque": challenge["opaque"], "qop": qop, "nc": nc.decode(),
                  "cnonce": cnonce.decode(),
                  "response": digest(digest(a1) + b":" + middle + b":" + digest(a2)).decode()}
        if not qop:
            fields = {name: value for name, value in fields.items()
                      if name not in ("qop", "nc", "cnonce")}
        fields.update(changes)
        quote = lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return "Authorization: Digest " + ", ".join(
            f"{name}={value if name in ('nc', 'algorithm') else quote(value)}"
            for name, value in fields.items() if value is not None)

    def test_each_algorithm_and_quality(self):
        for algorithm in [name + more for name in HASHES for more in ("", "-sess")]:
            for qop in ("auth", "auth-int", "none"):
                if algorithm.endswith("-sess") and qop == "none":
                    continue
                path = f"/digest-auth/{qop}/u/p/{algorithm}"
                with self.subTest(path):
                    challenge = self.challenge(path)
                    self.assertEqual(challenge["algorithm"], algorithm)
                    self.assertEqual(challenge.get("qop", "none"), qop)
                    self.assertEqual(challenge["stale"], "FALSE")
                    answer = self.ask_json(path, "-H", self.credentials(challenge, path))
                    self.assertEqual(answer, {"authenticated": True, "user": "u"})

    def test_auth_int_covers_the_body(self):
        path = "/digest-auth/auth-int/u/p/SHA-256"
        challenge = self.challenge(path)
        right = self.credentials(challenge, path, "POST", b"text")
        self.ask_json(path, "-d", "text", "-H", right)
        self.challenge(path, "-d", "Text", "-H", right)

    def test_wrong_credentials_are_asked_for_again(self):
        challenge = self.challenge(self.PATH)
        for changes in ({"password": "wrong"}, {"user": "other"}, {"response": "0" * 32},
                        {"realm": "other"}, {"opaque": "0" * 64}, {"opaque": None}, {"qop": None},
                        {"algorithm": "SHA-256"}, {"nc": "00000002"}, {"cnonce": "other"}):
            with self.subTest(changes):
                again = self.challenge(self.PATH, "-H",
                                       self.credentials(challenge, self.PATH, **changes))
                self.assertEqual(again["stale"], "FALSE")

    def test_a_nonce_that_is_not_the_servers_is_refused(self):
        challenge = self.challenge(self.PATH)
        time, _, signature = challenge["nonce"].partition(".")
        for nonce in ("", "x", str(int(time) + 1) + "." + signature, time + "." + "0" * 64):
            forged = dict(challenge, nonce=nonce)
            again = self.challenge(self.PATH, "-H", self.credentials(forged, self.PATH))
            self.assertEqual(again["stale"], "FALSE")

    def test_a_nonce_that_was_used_too_often_is_stale(self):
        path = self.PATH + "/MD5/2"
        challenge = self.challenge(path)
        for count in (1, 2):
            self.ask_json(path, "-H", self.credentials(challenge, path, count=count))
        again = self.challenge(path, "-H", self.credentials(challenge, path, count=3))
        self.assertEqual(again["stale"], "TRUE")
        self.ask_json(path, "-H", self.credentials(again, path))
        self.ask_json(self.PATH + "/MD5/never", "-H",
                      self.credentials(challenge, self.PATH + "/MD5/never", count=99))

    def test_a_wrong_password_with_an_old_nonce_is_not_told_that_it_is_old(self):
        path = self.PATH + "/MD5/1"
        challenge = self.challenge(path)
        again = self.challenge(path, "-H",
                               self.credentials(challenge, path, count=2, password="wrong"))
        self.assertEqual(again["stale"], "FALSE")

    def test_credentials_for_another_request_are_refused(self):
        challenge = self.challenge(self.PATH)
        field = self.credentials(challenge, self.PATH, uri="/get")
        self.assertEqual(self.status_of(self.PATH, "-H", field), 400)

    def test_malformed_fields_are_asked_for_again(self):
        for field in ("Digest", "Digest ", "Digest x", "Digest a=b,", "Digest =", "Digest a=\"b",
                      "Digest a=\"b\"c", "Digest a=1, a=2", "Digest ,,,", "Digest " + "a" * 3000):
            self.challenge(self.PATH, "-H", "Authorization: " + field)

    def test_what_there_is_not_is_refused(self):
        for more in ("/SHA-1", "/MD5-", "/MD5/0", "/MD5/x", "/MD5/-1"):
            self.assertEqual(self.status_of(self.PATH + more), 400)
        self.assertEqual(self.status_of("/digest-auth/none/u/p/MD5-sess"), 400)


if __name__ == "__main__":
    main()
