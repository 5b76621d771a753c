"""scraper: which links it follows, in which order it tells of them, and how many at a time."""
import socket
import unittest

from common_crowd import Crowd, reply
from common_programs import RawServer, main, read_head, run
from common_terminal import OnTerminal


def links_to(paths):
    return b"".join(b'<a href="%s">link</a>\n' % path.encode() for path in paths)


class Site:
    """Serves `index` at /, "page PATH" at every other path."""

    def __init__(self, index):
        self.asked = []

        def serve(connection):
            while head := read_head(connection):
                path = head.split(b" ")[1]
                self.asked.append(path.decode())
                if path == b"/moved":
                    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /deep/in/here\r\n"
                                       b"Content-Length: 0\r\n\r\n")
                elif path in (b"/", b"/deep/in/here"):
                    connection.sendall(reply(index))
                else:
                    connection.sendall(reply(b"page " + path))

        self.server = RawServer(serve)
        self.url = self.server.url

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.__exit__()


class Links(unittest.TestCase):
    def links(self, html, page=""):
        """The paths of what was told, or whole URLs if they lead elsewhere, in order."""
        with Site(html.encode()) as site:
            done = run("scraper", site.url + page)
            self.assertEqual(done.stderr, b"")
            urls = [line.split(": ")[0] for line in done.stdout.decode().splitlines()]
            return [url.removeprefix(site.url[:-1]) for url in urls]

    def test_are_resolved_against_the_page(self):
        html = "<a href=one><a href='../two'><a href=/three?q=1&amp;r><a href='?four'><a href=''>"
        self.assertEqual(self.links(html, "deep/in/here"),
                         ["/deep/in/one", "/deep/two", "/three?q=1&r", "/deep/in/here?four",
                          "/deep/in/here"])

    def test_are_resolved_against_the_page_that_redirects_led_to(self):
        self.assertEqual(self.links("<a href=one>", "moved"), ["/deep/in/one"])

    def test_are_followed_once_and_without_fragments(self):
        self.assertEqual(self.links("<a href=a#x><a href=/b><a href=a#y><a href=./a><a href='#z'>"),
                         ["/a", "/b", "/"])

    def test_are_resolved_against_the_base_that_the_page_says(self):
        self.assertEqual(self.links("<base target=_top><base href='/x/y'><base href=no><a href=z>"),
                         ["/x/z"])
        self.assertEqual(self.links("<base href='javascript:x()'><a href=z>"), ["/z"])

    def test_what_a_url_may_not_have_is_escaped(self):
        self.assertEqual(self.links("<a href='?a[]=1'><a href=/100%><a href=/50%25><a href=%4>"),
                         ["/?a%5B%5D=1", "/100%25", "/50%25", "/%254"])

    def test_a_host_alone_leads_to_its_root(self):
        self.assertEqual(self.links("<a href=http://[::1]:1><a href=http://127.0.0.1:1?q>"),
                         ["http://[::1]:1/", "http://127.0.0.1:1/?q"])

    def test_that_are_not_for_http_are_left_out(self):
        self.assertEqual(self.links("<a href=mailto:a@b><a href=javascript:x()><a href=ftp://h/>"
                                    "<a href=//><a href='http://'><a href=http://[x><a href=ok>"),
                         ["/ok"])

    def test_are_read_as_a_browser_does(self):
        for html, links in (
                ("<A HREF = \"a\" >x</A><a\nclass=b\thref\n=\n'b'/>", ["/a", "/b"]),
                ("<a title='>' href=a><a title=\"<a href=no>\" href=b>", ["/a", "/b"]),
                ("<!-- <a href=no> --><a href=a><!--><a href=b>", ["/a", "/b"]),
                ("<script>'<a href=no>'</script><style><a href=no></STYLE><a href=a>", ["/a"]),
                ("<abbr href=no><area href=no></a href=no><a data-href=no href=a>", ["/a"]),
                ("<a href=a href=no><a name=x><a href><a>< a href=no>", ["/a", "/"]),
                ("<a href='  a\nb '><a href='c d'><a href='\u00fc'>", ["/ab", "/c%20d", "/%C3%BC"]),
                ("1 < 2 <a href=a", ["/a"]), ("<a href='a", ["/a"]), ("<a href=", ["/"]),
                ("<a", []), ("<", []), ("", []), ("<!--", []), ("<script", []), ("<a =href=no>", [])):
            with self.subTest(html):
                self.assertEqual(self.links(html), links)


class Fetching(unittest.TestCase):
    def scrape(self, count, limit, *args):
        """How it ended, the server, and the links in their order."""
        paths = [f"/page/{i}" for i in range(count)]
        with Crowd(limit, count, lambda path: reply(path.encode()),
                   at_once={"/": reply(links_to(paths))}) as crowd:
            done = run("scraper", crowd.url, *args)
        return done, crowd, [crowd.url[:-1] + path for path in paths]

    def test_twenty_at_a_time_and_in_order(self):
        done, crowd, urls = self.scrape(70, 20)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        lines = done.stdout.decode().splitlines()
        self.assertEqual([line.split(": ")[0] for line in lines], urls)
        for line, url in zip(lines, urls):
            path = url.removeprefix(crowd.url[:-1])
            self.assertRegex(line, rf": 200, {len(path)} bytes, \d+\.\d+ s$")
        self.assertEqual((crowd.most, crowd.served), (20, 70))

    def test_the_limit_is_an_option(self):
        for limit in (1, 3, 50):
            at_once = min(limit, 12)
            done, crowd, _ = self.scrape(12, at_once, "--limit", limit)
            self.assertEqual((done.returncode, done.stdout.count(b": 200, ")), (0, 12))
            self.assertEqual((crowd.most, crowd.served), (at_once, 12))

    def test_failures_keep_their_places(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            refused = "http://127.0.0.1:%d/" % unused.getsockname()[1]
            links = [refused, "/a", "/lost", "/b"]
            with Crowd(1, 3, lambda path: reply(b"fine"),
                       at_once={"/": reply(links_to(links)),
                                "/lost": reply(b"gone", b"404 Not Found")}) as site:
                done = run("scraper", site.url, "--limit", 2)
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        lines = done.stdout.decode().splitlines()
        self.assertEqual(len(lines), 4)
        self.assertIn(f"{refused}: error: ", lines[0])
        self.assertIn(f"{site.url}a: 200, 4 bytes", lines[1])
        self.assertEqual(lines[2], f"{site.url}lost: error: HTTP 404: Not Found")
        self.assertIn(f"{site.url}b: 200, 4 bytes", lines[3])

    def test_an_index_page_that_fails(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = "http://127.0.0.1:%d/" % unused.getsockname()[1]
            done = run("scraper", url)
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        self.assertIn(url.encode() + b": error: ", done.stdout)

    def test_no_links_are_no_failure(self):
        with Site(b"<p>nothing here</p>") as site:
            done = run("scraper", site.url)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_the_bar_counts_pages(self):
        def serve(connection):
            while head := read_head(connection):
                if b"GET / " in head:
                    connection.sendall(reply(links_to(["/1", "/2"])))
                else:
                    connection.settimeout(0.5)
                    try:
                        connection.recv(1)
                    except TimeoutError:
                        connection.sendall(reply())

        with RawServer(serve) as server:
            done = OnTerminal("scraper", "--progress", server.url)
            self.assertEqual((done.returncode, done.stdout.count(b": 200, ")), (0, 2))
            self.assertIn("[--------------------] 0/2 done, 2 running", done.bars())
            self.assertEqual(done.screen(), [""])
            self.assertEqual(run("scraper", "--progress", server.url).stderr, b"")


class CommandLine(unittest.TestCase):
    def test_bad_values(self):
        for args in ([], ["http://x/", "http://y/"], ["http://x/", "--limit", "0"],
                     ["http://x/", "--limit", "many"], ["http://x/", "--limit"]):
            done = run("scraper", *args)
            self.assertEqual((done.returncode, done.stdout), (2, b""), done)
            self.assertEqual(done.stderr.count(b"\n"), 1, done)


if __name__ == "__main__":
    main()
