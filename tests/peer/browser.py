# SPDX-License-Identifier: BSD-3-Clause
"""Chromium without a window, driven over WebDriver (W3C) with nothing but urllib.

    with Browser(hosts={"eu-west-1.signin.aws.amazon.com:443": "127.0.0.2:443"}) as browser:
        code = browser.sign_in(url, "ueno", "correct horse")    # the verification code, or
        browser.sign_in(url, …, shows=None)                     # where a callback is waited for
        browser.url(), browser.text("error"), browser.page()

It takes every certificate: who checks those of the peer's is somebody else. Where a port of this
host looks whose process asks, Browser(uid=UID) is somebody's.
"""

import contextlib
import http.server
import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

START_SECONDS, WAIT_SECONDS = 60, 20
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"     # W3C WebDriver 12.1
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--proxy-server=direct://")


def missing():
    """Why there is no browser here, or None."""
    lacks = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"not installed: {', '.join(lacks)}" if lacks else None


class BrowserError(Exception):
    """What WebDriver says."""


class Browser:
    """One window. hosts: HOST:PORT → ADDRESS:PORT, where the page is in place of the DNS's.

    uid: whose it is, with that as its group, too; root's own without.
    """

    def __init__(self, hosts=None, uid=None):
        self._folder = tempfile.mkdtemp(prefix="browser-")
        whose = {}
        if uid is not None:
            os.chown(self._folder, uid, uid)
            whose = {"user": uid, "group": uid, "extra_groups": [], "cwd": self._folder}
        # As root, neither the home nor anything of the person's is looked at.
        environment = {**os.environ, "HOME": self._folder, "TMPDIR": self._folder}
        self._driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=environment, start_new_session=True, **whose)
        self._session = None
        try:
            self._base = f"http://127.0.0.1:{self._port()}"
            rules = ",".join(f"MAP {name} {address}" for name, address in (hosts or {}).items())
            options = {"binary": shutil.which("chromium"),
                       "args": [*ARGUMENTS, f"--user-data-dir={self._folder}/profile",
                                *([f"--host-resolver-rules={rules}"] if rules else [])]}
            made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
                "acceptInsecureCerts": True, "goog:chromeOptions": options,
                "timeouts": {"implicit": 1000 * WAIT_SECONDS, "pageLoad": 1000 * WAIT_SECONDS}}}})
            self._session = f"/session/{made['sessionId']}"
        except BaseException:
            self.close()
            raise

    def _port(self):
        """The port that chromedriver has picked."""
        end, text = time.monotonic() + START_SECONDS, b""
        while True:
            readable, _, _ = select.select([self._driver.stdout], [], [],
                                           max(end - time.monotonic(), 0))
            piece = os.read(self._driver.stdout.fileno(), 4096) if readable else b""
            if not piece:
                raise BrowserError("chromedriver does not start: " + text.decode(errors="replace"))
            text += piece
            found = re.search(rb"started successfully on port (\d+)", text)
            if found:
                return int(found.group(1))

    def _call(self, method, path, body=None):
        request = urllib.request.Request(
            self._base + (self._session or "") + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=START_SECONDS + WAIT_SECONDS) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            with error:
                value = json.load(error)["value"]
            raise BrowserError(f"{value['error']}: {value['message']}") from None

    def _element(self, name):
        found = self._call("POST", "/element", {"using": "css selector", "value": f"#{name}"})
        return f"/element/{found[ELEMENT]}"

    def open(self, url):
        """Goes there."""
        self._call("POST", "/url", {"url": url})

    def fill(self, name, text):
        """Types into the element with that id."""
        self._call("POST", self._element(name) + "/value", {"text": text})

    def click(self, name):
        """Clicks it, and waits for the page that follows."""
        self._call("POST", self._element(name) + "/click", {})

    def text(self, name):
        """What the element with that id shows; it is waited for."""
        return self._call("GET", self._element(name) + "/text")

    def url(self):
        """Where the window is."""
        return self._call("GET", "/url")

    def page(self):
        """The document, as it is now."""
        return self._call("GET", "/source")

    def sign_in(self, url, username, password, mfa_code="", shows="verification-code"):
        """Signs in at AWS Sign-In; what the element with the id shows then is told."""
        self.open(url)
        for name, text in (("username", username), ("password", password), ("mfacode", mfa_code)):
            self.fill(name, text)
        self.click("signin_button")
        return shows and self.text(shows)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends Chromium and its driver."""
        if self._session is not None:
            with contextlib.suppress(OSError, BrowserError):
                self._call("DELETE", "")
            self._session = None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._driver.pid, signal.SIGKILL)
        self._driver.wait()
        self._driver.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class Callback:
    """Waits at http://127.0.0.1:PORT/oauth/callback for what a same-device sign-in brings."""

    def __init__(self):
        self.got, self.given = threading.Event(), None
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Takes one request's query."""

            def do_GET(self):       # pylint: disable=invalid-name
                """http.server's name for it."""
                path, _, query = self.path.partition("?")
                if path == "/oauth/callback":
                    owner.given = dict(urllib.parse.parse_qsl(query))
                    owner.got.set()
                self.send_response(200 if path == "/oauth/callback" else 404)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b'<p id="done">You may close this window.</p>')

            def log_message(self, format, *args):
                """Nothing."""

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self._server.server_port}/oauth/callback"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait(self):
        """The query's pairs, or TimeoutError."""
        if not self.got.wait(WAIT_SECONDS):
            raise TimeoutError("nobody came to the callback")
        return self.given

    def close(self):
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
