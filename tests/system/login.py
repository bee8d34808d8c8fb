# SPDX-License-Identifier: BSD-3-Clause
"""Logins: through a PAM application of our own, and through ssh."""

import os
import select
import subprocess
import time

from .stopwatch import Stopwatch

PATIENCE_SECONDS = 40


def build():
    """The folder with what was built."""
    return os.environ["BUILD"]


def read_until(stream, end, seconds=PATIENCE_SECONDS):
    """All that comes before the bytes end; EOFError, TimeoutError."""
    text, deadline = b"", time.monotonic() + seconds
    while end not in text:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            raise TimeoutError(f"no {end!r} within {seconds} s after {text!r}")
        piece = os.read(stream.fileno(), 65536)
        if not piece:
            raise EOFError(f"the end after {text!r}")
        text += piece
    return text


def parse_environment(text):
    """NAME → value, from what env -0 prints."""
    return dict(item.split("=", 1) for item in text.split("\0") if "=" in item)


class PamSession:
    """A session of pam_client: open as long as the block, or until close().

    result: what pam_open_session returned; environment: PAM's; children, signals, said,
    descriptors: see pam_client.c; after close() the same, and closed, of the end.
    """

    def __init__(self, user, service="aws-role", before=None, words=(), command=(),
                 descriptors=()):
        """Starts it. ready() waits for the session; a block does that, too.

        words: pam_client's; command: what runs it, with these descriptors kept open.
        """
        self.process = subprocess.Popen(
            [*command, build() + "/tests/system/pam_client", service, user, *words], env={},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=before,
            pass_fds=descriptors)
        self.took = Stopwatch()
        self.result = self.closed = None

    def ready(self, seconds=PATIENCE_SECONDS):
        """Waits until the session is there; took: a Stopwatch of it."""
        self._report(seconds)
        self.took.stop()
        return self

    def open_again(self, seconds=PATIENCE_SECONDS):
        """Another session on the same handle."""
        self.process.stdin.write(b".")
        self.process.stdin.flush()
        return self.ready(seconds)

    def _report(self, seconds):
        text = read_until(self.process.stdout, b"\0\0", seconds).decode("utf-8", "surrogateescape")
        items = [item.partition(" ") for item in text.split("\0") if item]
        every = {name: [value for word, _, value in items if word == name]
                 for name in ("open", "close", "variable", "said", "children", "signals",
                              "descriptor")}
        if every["open"]:
            self.result = int(every["open"][0])
            self.environment = parse_environment("\0".join(every["variable"]))
        else:
            self.closed = int(every["close"][0])
        self.said, self.descriptors = every["said"], every["descriptor"]
        self.children, self.signals = every["children"][0] == "yes", int(every["signals"][0])

    def close(self, seconds=PATIENCE_SECONDS):
        """Closes the session as an application does."""
        if self.closed is None:
            self.process.stdin.close()
            self._report(seconds)
        self.end()

    def kill(self):
        """The application dies."""
        self.process.kill()
        self.end()

    def end(self):
        """Collects the process."""
        self.took.stop()
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()
        self.process.wait(PATIENCE_SECONDS)

    def __enter__(self):
        try:
            return self.ready()
        except BaseException:
            self.kill()
            raise

    def __exit__(self, *_):
        if self.process.returncode is None:
            self.process.stdin.close()
            self.end()


def ssh(user, *words, tty=False, standard_input=b"", check=False):
    """Runs words in a session of its own: CompletedProcess with bytes."""
    return subprocess.run(["ssh", *(["-tt"] if tty else []), "-l", user, "localhost", *words],
                          input=standard_input, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=PATIENCE_SECONDS, check=check)


class SshSession:
    """A session that stays, with a shell that runs command after command; took: its start."""

    def __init__(self, user):
        self.process = subprocess.Popen(["ssh", "-l", user, "localhost", "/bin/sh"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.took, self._count = Stopwatch(), 0
        try:
            self.run("true")
        except BaseException:
            self.close()
            raise
        self.took.stop()

    def run(self, command):
        """(status, what it printed): bytes."""
        self._count += 1
        mark = f"--{self._count}-"
        self.process.stdin.write(f"{command}\nprintf '%s%s--\\n' '{mark}' $?\n".encode())
        self.process.stdin.flush()
        text, _, status = read_until(self.process.stdout, b"--\n").rpartition(mark.encode())
        return int(status.split(b"-")[0]), text

    def environment(self):
        """The session's variables."""
        return parse_environment(self.run("env -0")[1].decode())

    def close(self):
        """Ends it as a person does, with the end of the input."""
        self.took.stop()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(PATIENCE_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.returncode is None:
            self.close()
