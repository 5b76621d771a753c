"""httpbin, used with wget."""
import json
import subprocess
import unittest

from common_httpbin import HttpbinTest
from common_programs import main


class Wget(HttpbinTest):
    def wget(self, path, *args):
        return subprocess.run(["wget", "-q", "--no-proxy", "-O", "-", *args, self.url + path],
                              capture_output=True, timeout=60)

    def test_get_and_post(self):
        self.assertEqual(json.loads(self.wget("/get?a=1").stdout)["args"], {"a": "1"})
        answer = json.loads(self.wget("/post", "--post-data", "a=1&b=2").stdout)
        self.assertEqual(answer["form"], {"a": "1", "b": "2"})
        answer = json.loads(self.wget("/put", "--method=PUT", "--body-data=text",
                                      "--header=Content-Type: text/plain").stdout)
        self.assertEqual(answer["data"], "text")

    def test_redirects_and_cookies(self):
        self.assertIn("/get", json.loads(self.wget("/absolute-redirect/3").stdout)["url"])
        self.assertEqual(json.loads(self.wget("/cookies/set?a=1").stdout), {"cookies": {"a": "1"}})

    def test_authentication(self):
        login = ("--user=u", "--password=p")
        for path in ("/basic-auth/u/p", "/digest-auth/auth/u/p"):
            self.assertEqual(json.loads(self.wget(path, *login).stdout)["user"], "u")
            self.assertNotEqual(self.wget(path, "--user=u", "--password=x").returncode, 0)

    def test_failures(self):
        self.assertEqual(self.wget("/status/404").returncode, 8)
        self.assertEqual(self.wget("/status/500", "--tries=1").returncode, 8)

    def test_a_page_with_its_links(self):
        done = subprocess.run(["wget", "-q", "--no-proxy", "-r", "-l", "1", "-nd", "-e", "robots=off",
                               "-P", self.folder + "/pages", self.url + "/links/5/0"], timeout=60)
        self.assertEqual(done.returncode, 0)
        listed = subprocess.run(["ls", self.folder + "/pages"], capture_output=True, text=True)
        self.assertEqual(listed.stdout.split(), ["0", "1", "2", "3", "4"])


if __name__ == "__main__":
    main()
