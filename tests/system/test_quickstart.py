# SPDX-License-Identifier: BSD-3-Clause
"""./quickstart: what it shows, and that nothing is left of it."""

import contextlib
import os
import pty
import re
import shutil
import signal
import subprocess
import unittest

from . import machine, processes, sandbox
from .login import read_until

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ARN = f"arn:aws:sts::{machine.ACCOUNT}:assumed-role/Developer/demo"
BUILD_SECONDS, RUN_SECONDS = 600, 60
PROMPT = f"demo@{sandbox.HOST_NAME}:"
# Where it is interrupted: in the build, and in each step of what it shows.
MOMENTS = ("Building in", "Making a machine", "make install", "AWS: STS", "sshd with UsePAM",
           "aws-role status", "aws sts get-caller-identity")


def listing():
    """Everything that a visitor could have changed: (path, size, time)."""
    for top in ("/etc", "/usr/local", "/run", "/home", "/root"):
        for where, _, names in os.walk(top):
            if (where + "/").startswith(SOURCE + "/"):
                continue            # where it builds
            for name in names:
                facts = os.lstat(os.path.join(where, name))
                yield os.path.join(where, name), facts.st_size, facts.st_mtime_ns


class OnTerminal:
    """quickstart on a terminal of its own, as a person has it."""

    def __init__(self, *words):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execv(SOURCE + "/quickstart", ["quickstart", *words])

    def fileno(self):
        """The terminal."""
        return self.descriptor

    def wait_for(self, text):
        """Waits until that is on the terminal."""
        return read_until(self, text.encode(), RUN_SECONDS).decode()

    def type(self, text):
        """What a person types."""
        os.write(self.descriptor, text.encode())

    def end(self):
        """(exit status, the rest of what it said)."""
        rest = b""
        while True:
            try:
                rest += os.read(self.descriptor, 65536)
            except OSError:         # EIO: nobody holds the terminal any more
                break
        os.close(self.descriptor)
        pid, self.pid = self.pid, None
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), rest.decode()

    def stop(self):
        """Ends it where a test has not come to its end."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            self.end()


def everybody():
    """All processes, but those that have ended and that nobody has asked for yet."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                text = file.read()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if text.rpartition(")")[2].split()[0] != "Z":
            found[pid] = text.partition("(")[2].rpartition(")")[0]
    return found


class Quickstart(unittest.TestCase):
    """In a sandbox: its /etc is the host's, as quickstart sees it."""

    @classmethod
    def setUpClass(cls):
        if not sandbox.inside():
            raise unittest.SkipTest("works in a sandbox only: ./run-tests -s")
        # Built once, so that the tests see the rest.
        done = subprocess.run([SOURCE + "/quickstart"], check=False, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=BUILD_SECONDS)
        subprocess.run(["chown", "-R", "--reference", SOURCE, SOURCE + "/build/quickstart"],
                       check=True)  # whoever has the source builds there, too
        if done.returncode != 0:
            raise AssertionError(done.stdout)

    def setUp(self):
        self.before = everybody()

    def new(self):
        """Processes that were not there at the beginning of the test."""
        return {pid: name for pid, name in everybody().items() if pid not in self.before}

    def on_terminal(self, *words):
        """quickstart, which ends with the test at the latest."""
        run = OnTerminal(*words)
        self.addCleanup(run.stop)
        return run

    def assert_nothing_left(self):
        """Not a process more than before."""
        self.assertEqual({}, self.new())

    def test_plain(self):
        """Without a terminal: plain lines, the role's ARN, short secrets, the host as it was"""
        host = sorted(listing())
        done = subprocess.run([SOURCE + "/quickstart"], check=False, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=RUN_SECONDS)
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertIn(f'"Arn": "{ARN}"', done.stdout)
        self.assertRegex(done.stdout, r"(?m)^ +AWS_SECRET_ACCESS_KEY=.{8}… \(40 characters\)$")
        self.assertRegex(done.stdout, r"(?m)^ +role: developer$")
        self.assertNotRegex(done.stdout, r"[\x1b\r]")
        self.assertEqual(host, sorted(listing()))
        self.assert_nothing_left()

    def test_stay_without_terminal(self):
        """-i without a terminal to type in is refused in a line, before anything is made"""
        done = subprocess.run([SOURCE + "/quickstart", "-i"], check=False, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=RUN_SECONDS)
        self.assertEqual((2, ""), (done.returncode, done.stdout))
        self.assertRegex(done.stderr, r"^quickstart: -i .* no terminal: .*\n$")

    def peer_imports(self):
        """Whether AWS is being started, and Python has come so far that it would tell of ctrl-C."""
        for pid in self.new():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
                    open(f"/proc/{pid}/cmdline", encoding="utf-8") as words, \
                    open(f"/proc/{pid}/status", encoding="utf-8") as status:
                if "peer" in words.read().split("\0"):
                    caught = re.search(r"^SigCgt:\s+(\w+)$", status.read(), re.M)[1]
                    return bool(int(caught, 16) & 1 << signal.SIGINT - 1)
        return False

    def test_interrupted(self):
        """ctrl-C at any moment ends it at once in a line, and nothing is left"""
        for moment in MOMENTS:
            with self.subTest(moment):
                run = self.on_terminal()
                run.wait_for(moment)
                if moment == "AWS: STS":
                    processes.wait_for(self.peer_imports)
                run.type("\x03")
                status, rest = run.end()
                self.assertEqual(130, status, rest)
                self.assertIn("interrupted", rest)
                self.assertNotIn("Traceback", rest)
                self.assert_nothing_left()

    def test_killed(self):
        """kill -9 leaves nothing either"""
        run = self.on_terminal()
        run.wait_for("aws-role status")
        os.kill(run.pid, signal.SIGKILL)
        run.end()
        processes.wait_for(lambda: not self.new(), 2)   # the kernel ends them, soon

    def test_stay(self):
        """-i leaves the person in the session's shell, with two roles, hooks, ctrl-C of its own"""
        run = self.on_terminal("-i")
        run.wait_for(PROMPT)
        run.type("sleep 100\r")
        # Not its echo: before the session has the terminal, ctrl-C would be quickstart's.
        processes.wait_for(lambda: "sleep" in self.new().values())
        run.type("\x03")
        run.wait_for(PROMPT)
        for shell, command in (("zsh", "zsh -ic 'whence -w aws-role'"),
                               ("fish", "fish -ic 'echo aws-role: (type -t aws-role)'")):
            if shutil.which(shell):
                with self.subTest(shell):
                    run.type(command + "\r")
                    run.wait_for("aws-role: function\r\n")
        if shutil.which("fish"):
            run.type("fish -ic 'complete -C \"aws-role swi\"'\r")
            run.wait_for("switch\t")
        run.type("aws-role roles; aws-role switch audit && echo now=$AWS_ROLE_NAME\r")
        run.wait_for("now=audit\r\n")
        run.type("aws-role switch developer\r")
        run.type("echo role=$AWS_ROLE_NAME; aws-role status; exit 3\r")
        status, rest = run.end()
        self.assertEqual(3, status, rest)
        self.assertIn("role=developer\r\n", rest)
        self.assertIn("instance metadata\r\n", rest)
        self.assert_nothing_left()

    def test_stay_and_interrupt_a_line(self):
        """-i: ctrl-C at the prompt and exit is the shell's status, and no interruption"""
        run = self.on_terminal("-i")
        run.wait_for(PROMPT)
        run.type("true\r")          # its next prompt is the proof that the terminal is the session's
        run.wait_for(PROMPT)
        run.type("\x03")
        run.wait_for("^C")
        run.type("\r")              # bash that was about to read may owe its prompt till then
        run.wait_for(PROMPT)
        run.type("exit\r")
        status, rest = run.end()
        self.assertEqual(130, status, rest)
        self.assertNotIn("interrupted", rest)
        self.assert_nothing_left()
