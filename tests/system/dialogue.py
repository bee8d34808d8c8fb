# SPDX-License-Identifier: BSD-3-Clause
"""A program that asks in a terminal, and somebody who answers."""

import contextlib
import os
import pty
import select
import subprocess

from .login import PATIENCE_SECONDS, read_until

END_SECONDS = 10


class Dialogue:
    """A program in a terminal of its own, asked and answered line by line."""

    def __init__(self, *words, user=None):
        self.master, other = pty.openpty()
        more = {} if user is None else {"user": user.uid, "group": user.uid, "extra_groups": ()}
        # A session of its own, whose controlling terminal it is: who turns the echo off asks that.
        self.process = subprocess.Popen(["setsid", "-c", *words], stdin=other, stdout=other,
                                        stderr=other, env={"PATH": os.environ["PATH"]}, **more)
        os.close(other)
        self.stream = os.fdopen(self.master, "rb", buffering=0)

    def wait(self, text):
        """What is printed until then."""
        return read_until(self.stream, text.encode()).decode()

    def type(self, line):
        """A line."""
        os.write(self.master, line.encode() + b"\n")

    def answer(self, *pairs):
        """Waits for each question and answers it."""
        for question, text in pairs:
            self.wait(question)
            self.type(text)
        return self

    def end(self):
        """(status, what was printed last); AssertionError when it goes on to wait for somebody."""
        said = b""
        with contextlib.suppress(OSError):      # EIO: the terminal has no other side any more
            while select.select([self.master], [], [], END_SECONDS)[0]:
                said += os.read(self.master, 65536)
            raise AssertionError(f"no end after {said!r}")
        return self.process.wait(PATIENCE_SECONDS), said.decode()

    def close(self):
        """Whatever is left."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.stream.close()
