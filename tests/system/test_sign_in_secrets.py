# SPDX-License-Identifier: BSD-3-Clause
"""A console sign-in in a real browser; where its code, verifier and refresh token are, and are not."""

import base64
import contextlib
import glob
import os
import re
import threading
import unittest
from urllib.parse import parse_qs, urlsplit

from peer import browser

from . import machine, processes
from .helper_broker import decode
from .login import ssh
from .shells import CALLER, DEVELOPER
from .sign_in_case import PASSWORD, SignInTest


def memory(pid):
    """What a process has written to its memory."""
    pieces = []
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            start, end = (int(one, 16) for one in line.split()[0].split("-"))
            if " rw" not in line or "[v" in line:
                continue
            with contextlib.suppress(OSError):
                mem.seek(start)
                pieces.append(mem.read(end - start))
    return b"\0".join(pieces)


class Watch:
    """Looks at every process's arguments and environment for as long as the block."""

    def __init__(self):
        self._over, self.seen = threading.Event(), set()
        self._thread = threading.Thread(target=self._look)

    def _look(self):
        while not self._over.is_set():
            for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
                with contextlib.suppress(OSError):
                    with open(path, "rb") as file:
                        self.seen.add(file.read())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


class Secrets(SignInTest):
    """ueno signs in."""

    def verifier(self, url):
        """What the session's broker holds beside the state that is in the URL."""
        state = parse_qs(urlsplit(url).query)["state"][0].encode()
        for process in processes.ours("aws-role-broker"):
            found = re.search(re.escape(state) + rb"\0([A-Za-z0-9_-]{64})\0", memory(process.pid))
            if found:
                return found.group(1)
        self.fail("no broker has what it began")
        return None

    def kept(self):
        """(key, refresh token) of ueno's entry."""
        for path in glob.glob(f"{machine.RUN}/cache/{self.ueno.uid}-*[0-9a-f]"):
            with open(path, "rb") as file:
                fields = decode(file.read())[1]
            if "KEPT" in fields:
                size = int.from_bytes(fields["KEPT"][2:4], "little")
                return fields["KEPT"][16:16 + size], fields["KEPT"][16 + size:]
        self.fail("nothing is kept")
        return None

    def assert_nowhere(self, secrets, watch):
        """None of them was in arguments or environment, or is in the memory of a process of ours."""
        for name, secret in secrets.items():
            self.assertGreater(len(secret), 30, name)
            self.assertFalse([one for one in watch.seen if secret in one], name)
            for process in processes.ours():
                self.assertNotIn(secret, memory(process.pid), (name, process.name))

    @unittest.skipIf(browser.missing(), browser.missing() or "")
    def test_browser(self):
        """Over ssh by public key: a hint, a page for Chromium, its code pasted; no second question"""
        pane = self.pane()
        self.assertIn("run aws-role login", pane.screen())
        url = self.begin(pane)
        hosts = {f"{urlsplit(url).netloc}:443": f"{machine.SIGN_IN}:443"}
        with browser.Browser(hosts) as window:
            code = window.sign_in(url, "ueno", PASSWORD)
        self.answer(pane, code)
        self.assertEqual(DEVELOPER, pane.say(CALLER))
        said = ssh("ueno", "aws-role", "login")
        self.assertEqual((0, b""), (said.returncode, said.stdout), said)
        self.assertIn(b"there are credentials for", said.stderr)
        self.assertFalse(os.path.exists("/etc/aws-role/credentials"))
        self.assertNotIn("AKIA", pane.run("env; cat ~/.aws/* 2>/dev/null")[1])

    def test_nowhere(self):
        """Code, verifier, key and refresh token are in no argument, environment or memory of ours"""
        with Watch() as watch:
            pane = self.pane()
            url = self.begin(pane)
            verifier = self.verifier(url)
            shown = self.sign_in(url)
            self.answer(pane, shown)
            self.assertEqual(DEVELOPER, pane.say(CALLER))
        key, token = self.kept()
        query = base64.b64decode(shown)
        self.assert_nowhere({"verification code": shown.encode(), "query": query,
                             "code": parse_qs(query.decode())["code"][0].encode(),
                             "verifier": verifier, "key": key, "refresh token": token}, watch)
