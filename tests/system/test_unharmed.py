# SPDX-License-Identifier: BSD-3-Clause
"""What scripts do through sshd and sudo: byte for byte as without the module."""

import os
import shutil
import subprocess

from . import machine
from .case import SystemTest
from .door_ground import PLACE, the_ground
from .login import PATIENCE_SECONDS, ssh

WORK = PLACE + "/work"
CONTENT = bytes(range(256)) * 4096
GIT = {"HOME": "/root", "PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1",
       **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
          for what, value in (("NAME", "ueno"), ("EMAIL", "ueno@localhost"),
                              ("DATE", "2026-01-01T00:00:00Z"))}}


def run(*words, **more):
    """(status, standard output, standard error)."""
    done = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL, **more)
    return done.returncode, done.stdout, done.stderr


class Unharmed(SystemTest):
    """Each is done without the module and with it, in an empty folder WORK."""

    def setUp(self):
        super().setUp()
        self.ground = the_ground()
        self.addCleanup(self.ground.take_back)

    def both(self, service, function):
        """What function() returns; the same with the module, which has then given a role."""
        seen = []
        for wanted in (False, True):
            self.fresh()
            self.ground.place(service, wanted)
            shutil.rmtree(WORK, ignore_errors=True)
            os.makedirs(WORK)
            seen.append(function())
            self.assertEqual(wanted, self.calls() > 0)
        self.assertEqual(*seen)
        return seen[0]

    def test_ssh(self):
        """`ssh host 'echo hi'` prints hi, and nothing else"""
        def echo():
            done = ssh("ueno", "echo hi")
            return done.returncode, done.stdout, done.stderr
        self.assertEqual((0, b"hi\n", b""), self.both("sshd", echo))

    def test_sudo(self):
        """`x=$(sudo -u ueno echo hi)` is hi, for root and for somebody who may"""
        for uid in (0, self.nemo.uid):
            with self.subTest(uid):
                said = self.both("sudo", lambda uid=uid: run(
                    "sh", "-c", "x=$(sudo -u ueno echo hi); status=$?; printf '%s' \"[$x]\"; "
                    "exit $status", user=uid, group=uid, extra_groups=(), cwd="/"))
                self.assertEqual((0, b"[hi]", b""), said)

    def _copy(self, *options):
        there = self.ueno.home + "/there"
        machine.write(WORK + "/here", CONTENT)
        said = [run("scp", *options, WORK + "/here", "ueno@localhost:there"),
                run("scp", *options, "ueno@localhost:there", WORK + "/back")]
        for path in (there, WORK + "/back"):
            with open(path, "rb") as file:
                self.assertEqual(CONTENT, file.read())
            os.unlink(path)
        return said

    def test_scp(self):
        """`scp` there and back, by both of its protocols, says what it says"""
        for options in ((), ("-O",)):
            with self.subTest(options):
                said = self.both("sshd", lambda options=options: self._copy(*options))
                self.assertEqual([(0, b"", b"")] * 2, said)

    def _git(self, *words):
        return run("git", "-c", "core.sshCommand=ssh", *words, cwd=WORK, env=GIT)

    def _push_and_clone(self):
        bare = self.ueno.home + "/bare"
        url = f"ssh://ueno@localhost{bare}"
        shutil.rmtree(bare, ignore_errors=True)
        uid = self.ueno.uid
        machine.run("git", "init", "-q", "--bare", "-b", "main", bare, user=uid, group=uid,
                    cwd="/", env=GIT)
        machine.write(WORK + "/first/file", CONTENT)
        said = [self._git("init", "-b", "main", "first"), self._git("-C", "first", "add", "file"),
                self._git("-C", "first", "commit", "-m", "all bytes"),
                self._git("-C", "first", "push", url, "main"), self._git("clone", url, "second"),
                self._git("ls-remote", url), self._git("-C", "second", "rev-parse", "HEAD")]
        with open(WORK + "/second/file", "rb") as file:
            self.assertEqual(CONTENT, file.read())
        return said

    def test_git(self):
        """`git push` and `git clone` over ssh say the same, and the refs are the same"""
        said = self.both("sshd", self._push_and_clone)
        self.assertEqual([0] * len(said), [one[0] for one in said], said)
