# SPDX-License-Identifier: BSD-3-Clause
"""aws-role login --browser: a sign-in in a browser of the host, and no code to type."""

import contextlib
import glob
import os
import re
import socket
import subprocess
import time
from urllib.parse import urlsplit

from peer.browser import Browser, missing

from . import machine
from .login import PATIENCE_SECONDS
from .shells import CALLER, DEVELOPER
from .sign_in_case import OTHER, PASSWORD, PERSON, SignInTest

LOCAL = re.compile(r"http://127\.0\.0\.1:\d+/[0-9a-f]{32}")
WAITING = "waiting for the sign-in in a browser"
DONE, FOREIGN = "You may close this window; see the terminal.", "Nothing was taken of it."
# What is started as a browser: tells how, and fetches the page as the other one would.
RECORDER = """#!/bin/sh
printf '%s\\0' "$@" >>"$0.words"
curl -s -o /dev/null -w '%{redirect_url}\\n' "$1" >>"$0.pages"
echo $? >>"$0.ended"
exec sleep 60
"""


class SignInBrowser(SignInTest):
    """ueno has a shell in a session, and $BROWSER, which says what it was started with."""

    browser = None

    def setUp(self):
        super().setUp()
        self.script = f"{self.ueno.home}/recorder"
        machine.write(self.script, RECORDER, 0o755, (self.ueno.uid, self.ueno.uid))
        self.addCleanup(self.forget)
        self.begun = self.prompts = 0
        self.shell = self.pane()
        self.shell.run(f"export BROWSER={self.script}")

    def forget(self):
        """What was told, and whoever still sleeps."""
        for path in glob.glob(self.script + "*"):
            os.unlink(path)
        subprocess.run(["pkill", "-u", str(self.ueno.uid), "-x", "sleep"], check=False)

    def told(self, what):
        """The lines or words that the browsers have told so far."""
        with contextlib.suppress(FileNotFoundError), \
                open(f"{self.script}.{what}", encoding="ascii") as file:
            return re.split(r"[\0\n]", file.read())[:-1]
        return []

    def opened(self):
        """(the URL that the next browser was started with, the page that it was led to)."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        self.begun += 1
        while len(self.told("ended")) < self.begun:
            if time.monotonic() > deadline:
                self.fail("no browser was started:\n" + self.shell.screen())
            time.sleep(0.02)
        url, = self.told("words")[self.begun - 1:self.begun]
        self.assertRegex(url, rf"^{LOCAL.pattern}$")
        return url, self.told("pages")[self.begun - 1]

    def start(self, command="aws-role login --browser"):
        """Types that: what opened() gives, once the shell waits."""
        waited, self.prompts = self.shell.screen().count(WAITING), self.shell.prompts()
        self.shell.type(command)
        self.shell.wait(lambda screen: screen.count(WAITING) > waited)
        return self.opened()

    def fetch(self, url, *words, uid=None):
        """(curl's status, HTTP's, what was said) as ueno, or another uid."""
        uid = uid or self.ueno.uid
        done = subprocess.run(
            ["curl", "-s", "--max-time", "10", "-w", "\n%{http_code}", *words, url], check=False,
            user=uid, group=uid, extra_groups=[], stdout=subprocess.PIPE, text=True)
        body, _, status = done.stdout.rpartition("\n")
        return done.returncode, int(status), body

    def arrives(self, page, who="ueno"):
        """Where a browser is led once somebody has signed in at the page."""
        return self.aws.sign_in(page, who, PASSWORD)["location"]

    def ends(self):
        """What is on the screen once the command of start() has ended."""
        self.shell.wait(lambda screen: len(re.findall(r"^<<", screen, re.M)) > self.prompts)
        return self.shell.screen()

    def finish(self, page):
        """ueno signs in there, and the shell has the role."""
        self.assertEqual((0, 200), self.fetch(self.arrives(page))[:2])
        self.ends()
        self.assertEqual(DEVELOPER, self.shell.say(CALLER))

    def assert_closed(self, url):
        """Nobody listens there any more, or is about to."""
        port, deadline = urlsplit(url).port, time.monotonic() + PATIENCE_SECONDS
        while True:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) != 0:
                    return
            self.assertLess(time.monotonic(), deadline, "somebody still listens")
            time.sleep(0.05)

    def test_chromium(self):
        """Chromium signs in at the page that it was led to, and the shell has the role"""
        if missing():
            self.skipTest(missing())
        url, _ = self.start()
        with Browser(uid=self.ueno.uid) as browser:
            self.assertEqual(DONE, browser.sign_in(url, "ueno", PASSWORD, shows="said"))
        self.ends()
        self.assertEqual(DEVELOPER, self.shell.say(CALLER))
        self.assert_closed(url)
        self.assertEqual(1, self.asked("redeem"))

    def test_stranger(self):
        """Another uid, root among them, gets nothing at the port, and the wait goes on"""
        url, page = self.start()
        for uid in (self.nemo.uid, 65534):
            for target in (url, self.arrives(page)):
                self.assertEqual((52, 0), self.fetch(target, uid=uid)[:2])
        with socket.create_connection(("127.0.0.1", urlsplit(url).port)) as root:
            root.settimeout(PATIENCE_SECONDS)
            root.sendall(b"GET / HTTP/1.1\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                self.assertEqual(b"", root.recv(1))
        self.assertEqual(0, self.asked("redeem"))
        self.finish(page)

    def test_other_state(self):
        """A callback of another sign-in is told so, and nothing is taken of it"""
        _, page = self.start()
        good = self.arrives(page)
        state = re.search(r"state=([^&]+)", good)[1]
        for bad in (good.replace(state, "0" * len(state)), good.replace("state=", "estate="),
                    good.partition("?")[0] + "?state=&" + good.partition("?")[2],
                    good + "&" + "x" * 5000 + "="):
            status, http, said = self.fetch(bad)
            self.assertEqual((0, 400), (status, http), bad)
            self.assertIn(FOREIGN, said)
        self.assertEqual(0, self.asked("redeem"))
        self.finish(page)

    def test_page_only(self):
        """Other paths, methods, hosts and origins are refused; nothing is kept or told onwards"""
        url, page = self.start()
        _, _, head = self.fetch(url, "-D", "-")
        for line in ("HTTP/1.1 302", "Cache-Control: no-store", "Referrer-Policy: no-referrer",
                     f"Location: {page}"):
            self.assertIn(line, head)
        root = url.rpartition("/")[0]
        for target in (root + "/", root + "/oauth/callback", url + "0", url + "?x=y", url[:-1],
                       root + "/favicon.ico"):
            self.assertEqual((0, 404), self.fetch(target)[:2], target)
        for words in (("-X", "POST"), ("-I",)):
            self.assertEqual(404, self.fetch(url, *words)[1], words)
        for header in ("Host: evil.example", "Origin: http://evil.example", "Origin: null",
                       "X-Forwarded-For: 127.0.0.1"):
            self.assertEqual(403, self.fetch(url, "-H", header)[1], header)
        self.finish(page)

    def test_command_line(self):
        """While the browser runs, its page is on no command line and in nobody's environment"""
        _, page = self.start()
        state = re.search(r"state=([^&]+)", page)[1].encode()
        self.assertEqual(1, len(subprocess.run(
            ["pgrep", "-u", str(self.ueno.uid), "-x", "sleep"], check=True,
            stdout=subprocess.PIPE).stdout.split()))
        for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
            with contextlib.suppress(OSError), open(path, "rb") as file:
                text = file.read()
                self.assertNotIn(b"/v1/authorize", text, path)
                self.assertNotIn(state, text, path)
        self.finish(page)

    def test_somebody_else(self):
        """Somebody else's sign-in is told in the terminal, and the next page takes the right one"""
        first, page = self.start()
        self.assertIn(DONE, self.fetch(self.arrives(page, "nemo"))[2])
        second, page = self.opened()
        self.assertIn(f"that is the sign-in of {OTHER}, and this role is taken as {PERSON}",
                      self.shell.screen())
        self.assertNotEqual(first, second)
        self.assert_closed(first)
        self.finish(page)

    def test_refused(self):
        """A sign-in that is refused at the page is told, and a page opened again"""
        _, page = self.start()
        arrives, _, query = self.arrives(page).partition("?")
        state = re.search(r"state=[^&]+", query)[0]
        self.fetch(f"{arrives}?error=access_denied&{state}")
        _, page = self.opened()
        self.assertIn("the browser has brought no code", self.shell.screen())
        self.finish(page)

    def test_three_times(self):
        """After a third one of somebody else's the command ends"""
        _, page = self.start()
        for _ in range(2):
            self.fetch(self.arrives(page, "nemo"))
            _, page = self.opened()
        self.fetch(self.arrives(page, "nemo"))
        self.ends()
        self.assertEqual("1", self.shell.say("echo $?"))
        self.assertEqual(3, len(self.told("words")))

    def test_interrupt(self):
        """ctrl-C leaves, and who has signed in meanwhile need not do it again"""
        url, page = self.start()
        self.shell.type("", "C-c")
        self.ends()
        self.assertEqual(1, len(self.told("ended")))
        self.assertEqual((url, page), self.start())
        self.finish(page)

    def test_logout(self):
        """A logout closes the port, and whoever waits is told"""
        url, _ = self.start()
        other, own = self.pane(), self.shell_socket()
        self.assertEqual(0, other.run(f"AWS_ROLE_SOCKET={own} aws-role logout")[0])
        self.assertIn("not waited for any more", self.ends())
        self.assert_closed(url)

    def shell_socket(self):
        """The one of the shell's session."""
        sockets = glob.glob(f"{machine.RUN}/{self.ueno.uid}/*")
        return min((path for path in sockets if not path.endswith(".held")), key=os.path.getmtime)

    def test_no_browser(self):
        """Where no browser can be started, or each fails, the page for any device is shown"""
        self.shell.run("export BROWSER=/no/such:'also none %s':false")
        self.shell.run("export DISPLAY=")
        page = self.begin(self.shell, "aws-role login --browser")
        self.assertIn("no browser can be started here", self.shell.screen())
        self.assertIn("cross-device", page)
        self.answer(self.shell, self.sign_in(page))
        self.assertEqual(DEVELOPER, self.shell.say(CALLER))
