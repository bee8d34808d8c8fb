# SPDX-License-Identifier: BSD-3-Clause
"""aws-role login --qr: the sign-in's page as a QR code, read by a decoder that is not of here."""

import ctypes.util
import os
import re
import shutil
import subprocess
import tempfile

from .login import PATIENCE_SECONDS
from .shells import CALLER, DEVELOPER
from .sign_in_case import SignInTest

BLACK, WHITE = 16, 231      # of xterm's 256 colours
DARK, LIGHT = (WHITE, BLACK), (BLACK, WHITE)        # terminals: what is drawn, and on what
SCALE = 6                   # pixels of a column; a line has twice as many
# (columns, lines) of which a character's ink fills the upper and the lower half.
INK = {" ": (0, 0), "\u2580": (1, 0), "\u2584": (0, 1), "\u2588": (1, 1)}


def pixels(screen, terminal):
    """Rows of colours: for each line the upper halves of its characters and the lower ones."""
    ink, paper = terminal
    rows = [[], []]
    for codes, character in re.findall(r"\033\[([\d;]*)m|([^\033])", screen):
        if character == "\n":
            rows += [], []
        elif character:
            upper, lower = INK.get(character, (1, 1))
            rows[-2].append(ink if upper else paper)
            rows[-1].append(ink if lower else paper)
        elif codes.startswith("38;5;"):
            ink = int(codes[5:])
        elif codes.startswith("48;5;"):
            paper = int(codes[5:])
        elif codes in ("", "0"):
            ink, paper = terminal
        elif codes in ("39", "49"):
            ink, paper = (terminal[0], paper) if codes == "39" else (ink, terminal[1])
    return rows


def read_code(screen, terminal):
    """What zbar reads of a terminal with these colours: one code's text, or None."""
    rows = pixels(screen, terminal)
    width = max(map(len, rows))
    image = "".join(
        (" ".join("1" if colour == BLACK else "0"
                  for colour in row + [terminal[1]] * (width - len(row)) for _ in range(SCALE)) +
         "\n") * SCALE for row in rows)
    with tempfile.NamedTemporaryFile("w", suffix=".pbm") as file:
        file.write(f"P1\n{width * SCALE} {len(rows) * SCALE}\n{image}")
        file.flush()
        done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", file.name],
                              check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, timeout=PATIENCE_SECONDS)
    return done.stdout.strip() or None


class SignInQr(SignInTest):
    """ueno's shell in a terminal that has room for a code."""

    def setUp(self):
        super().setUp()
        if shutil.which("zbarimg") is None:
            self.skipTest("zbar-tools is not installed")
        if ctypes.util.find_library("qrencode") is None:
            self.skipTest("libqrencode4 is not installed")
        self.shell = self.pane()
        self.shell.resize(400, 120)

    def shown(self, before=""):
        """(the page, the screen with its colours) of a login that was begun with `before`."""
        return (self.begin(self.shell, f"{before} aws-role login --qr"),
                self.shell.screen(colours=True))

    def cancel(self):
        """Leaves the question, and clears the screen."""
        prompts = self.shell.prompts()
        self.shell.type("", "C-c")
        self.shell.wait(lambda screen: len(re.findall(r"^<<", screen, re.M)) > prompts)

    def test_colours(self):
        """Where there are colours the code is read on dark and on light terminals"""
        for locale in ("C.UTF-8", "C"):
            page, screen = self.shown(f"LC_ALL={locale}")
            for terminal in (DARK, LIGHT):
                self.assertEqual(page, read_code(screen, terminal), (locale, terminal))
            self.assertEqual(locale == "C.UTF-8", "\u2580" in screen)
            self.cancel()
            self.shell.close()
            self.shell = self.pane()
            self.shell.resize(400, 120)

    def test_no_colours(self):
        """Where there are none it is read on a dark terminal"""
        for before in ("NO_COLOR=1 LC_ALL=C.UTF-8", "TERM=dumb LC_ALL=C.UTF-8",
                       "NO_COLOR=1 LC_ALL=C"):
            page, screen = self.shown(before)
            self.assertNotIn("\033[38", screen)
            self.assertEqual(page, read_code(screen, DARK), before)
            self.cancel()
            self.shell.close()
            self.shell = self.pane()
            self.shell.resize(400, 120)

    def test_answer(self):
        """The code that the page shows is asked for below it"""
        page, _ = self.shown()
        self.answer(self.shell, self.sign_in(page))
        self.assertEqual(DEVELOPER, self.shell.say(CALLER))

    def test_small(self):
        """A terminal that is too small for it is told what it would need"""
        for size in ((60, 120), (400, 30)):
            self.shell.resize(*size)
            page, screen = self.shown("LC_ALL=C.UTF-8")
            text = " ".join(self.shell.screen().split())
            self.assertRegex(text, rf"needs \d+ columns and \d+ lines, and this terminal has "
                             rf"{size[0]} and {size[1]}\.")
            self.assertIn("/v1/authorize", page)
            self.assertIsNone(read_code(screen, DARK))
            self.cancel()

    def test_narrow(self):
        """Eighty columns are enough for a page of this region"""
        self.shell.resize(80, 60)
        page, screen = self.shown("LC_ALL=C.UTF-8")
        self.assertEqual(page, read_code(screen, DARK))

    def test_without_library(self):
        """Without libqrencode a line names its package, and the page is there as ever"""
        for name in os.listdir("/usr/lib"):
            folder = f"/usr/lib/{name}"
            for found in os.listdir(folder) if os.path.isdir(folder) else ():
                path = f"{folder}/{found}"
                if found.startswith("libqrencode.so.") and not os.path.islink(path):
                    subprocess.run(["mount", "--bind", "/dev/null", path], check=True)
                    self.addCleanup(subprocess.run, ["umount", path], check=True)
        page, _ = self.shown()
        self.assertIn("install libqrencode4 on Debian", self.shell.screen())
        self.answer(self.shell, self.sign_in(page))
        self.assertEqual(DEVELOPER, self.shell.say(CALLER))

    def test_one_way(self):
        """The ways to answer exclude each other"""
        status, lines = self.shell.run("aws-role login --qr --browser")
        self.assertEqual((2, True), (status, "exclude each other" in lines[0]))
