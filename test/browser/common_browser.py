"""A Chromium without a window that a test opens pages in, by its DevTools protocol."""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time

import tornado.httpclient
import tornado.ioloop
import tornado.websocket

from common_programs import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def require_chromium():
    """Ends the test as skipped where there is none."""
    if not CHROMIUM:
        print("SKIPPED: no browser was tried, as there is no chromium (Debian: apt-get install chromium)",
              flush=True)
        sys.exit(77)


class Browser:
    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--no-proxy-server", "--remote-debugging-port=0", "--user-data-dir=" + self._folder.name],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self._loop = tornado.ioloop.IOLoop(make_current=False)
        self._last_id = 0
        self._page = self._connect(self._debugging_port())

    def _debugging_port(self):
        for line in self._process.stderr:
            if match := re.search(r"DevTools listening on ws://127\.0\.0\.1:(\d+)/", line):
                return match[1]
        raise AssertionError("chromium does not start")

    def _connect(self, port):
        async def first_page():
            url = f"http://127.0.0.1:{port}/json/list"
            while True:
                reply = await tornado.httpclient.AsyncHTTPClient().fetch(url)
                for target in json.loads(reply.body):
                    if target["type"] == "page":
                        return await tornado.websocket.websocket_connect(
                            target["webSocketDebuggerUrl"])
                time.sleep(0.05)

        return self._loop.run_sync(first_page, timeout=PATIENCE)

    def _call(self, method, **parameters):
        self._last_id += 1
        call_id = self._last_id

        async def call():
            await self._page.write_message(
                json.dumps({"id": call_id, "method": method, "params": parameters}))
            while True:
                message = json.loads(await self._page.read_message())
                if message.get("id") == call_id:
                    return message["result"]

        return self._loop.run_sync(call, timeout=PATIENCE)

    def open(self, url):
        self._call("Page.navigate", url=url)

    def evaluate(self, script):
        """The value of a JavaScript expression in the page; it has to be one that JSON knows."""
        return self._call("Runtime.evaluate", expression=script,
                          returnByValue=True)["result"].get("value")

    def wait_for(self, script):
        """Waits until the expression is true."""
        end = time.monotonic() + 2 * PATIENCE
        while self.evaluate(script) is not True:
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {script}: " +
                                     str(self.evaluate("document.documentElement.outerHTML")))
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._process.stderr.close()
        self._folder.cleanup()
