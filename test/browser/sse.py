"""A browser's EventSource and httpbin: its page /sse.html shows the events of /sse."""
import json
import unittest

from common_browser import Browser, require_chromium
from common_programs import Server, main

ITEMS = "Array.from(document.querySelectorAll('#events li'), item => item.textContent)"


class ServerSentEvents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.__exit__)

    def ids(self):
        return [int(item.partition(":")[0]) for item in self.browser.evaluate(ITEMS)]

    def test_all_events_arrive_and_the_page_knows_the_end(self):
        with Server("httpbin") as server:
            self.browser.open(server.url + "/sse.html?count=3&delay=0.1")
            self.browser.wait_for("document.title == 'done'")
            items = self.browser.evaluate(ITEMS)
            self.assertEqual([json.loads(item.partition(": ")[2])["id"] for item in items], [0, 1, 2])

    def test_events_are_shown_while_the_stream_goes_on(self):
        with Server("httpbin") as server:
            self.browser.open(server.url + "/sse.html?count=10000&delay=0.1")
            self.browser.wait_for("document.querySelectorAll('#events li').length >= 3")
            self.assertEqual(self.browser.evaluate("document.title"), "waiting")
            self.browser.evaluate("source.close()")  # lets the server end

    def test_a_browser_that_lost_the_connection_goes_on_where_it_was(self):
        query = "/sse.html?count=10000&delay=0.1"
        server = Server("httpbin")
        self.addCleanup(server.kill)
        self.browser.open(server.url + query)
        self.browser.wait_for("document.querySelectorAll('#events li').length >= 3")
        server.kill()
        seen = len(self.ids())
        with Server("httpbin", port=server.port):
            self.browser.wait_for(f"document.querySelectorAll('#events li').length >= {seen + 3}")
            ids = self.ids()
            self.assertEqual(ids, list(range(len(ids))))
            self.browser.evaluate("source.close()")


if __name__ == "__main__":
    require_chromium()
    main()
