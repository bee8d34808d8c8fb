# SPDX-License-Identifier: BSD-3-Clause
"""STS that does not answer: the login is there in time, and the credentials come later."""

import contextlib
import json
import os
import socket
import time

from . import machine, processes, sshd
from .case import SystemTest, stack
from .login import PamSession, SshSession

TIMEOUT, LIMIT = 2, 3.0


class Deadlines(SystemTest):
    """timeout=2 on the module's line."""

    def setUp(self):
        super().setUp()
        machine.pam_service("aws-role-2", *stack(f"timeout={TIMEOUT}"))
        sshd.stack(f"{sshd.LINE} timeout={TIMEOUT}")
        self.addCleanup(sshd.stack, sshd.LINE)

    def test_pam(self):
        """Whatever STS or metadata do instead of answering, the login is there within 3 s"""
        faults = [("sts", "refuse", {}), ("sts", "silent", {}),
                  ("sts", "silent", {"at": "request"}), ("sts", "hold", {}), ("sts", "closed", {}),
                  ("sts", "slow", {"seconds": 60}), ("sts", "dribble", {"seconds": 1}),
                  ("imds", "refuse", {}), ("imds", "silent", {}), ("imds", "hold", {})]
        for service, kind, more in faults:
            with self.subTest(f"{service} {kind} {more}"):
                self.fresh()
                self.aws.fault(service, kind, **more)
                with self.open(service="aws-role-2") as session:
                    self.assert_within(session.took, LIMIT)
                    self.assertEqual(["AWS_ROLE_REFRESH_AT", "AWS_ROLE_SOCKET"],
                                     sorted(session.environment))
                    self.assertEqual("0", session.environment["AWS_ROLE_REFRESH_AT"])
                    self.wait_for_log("no AWS role yet, the login goes on.*reason=")

    @contextlib.contextmanager
    def _full_log(self):
        """A log that nobody reads, and that has no room left: syslog(3) would wait for ever."""
        os.rename("/dev/log", "/dev/log.read")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as writer:
            log.bind("/dev/log")
            os.chmod("/dev/log", 0o666)
            writer.setblocking(False)
            writer.connect("/dev/log")
            with contextlib.suppress(BlockingIOError):
                while True:
                    writer.send(b"x" * 1024)
            try:
                yield
            finally:
                os.rename("/dev/log.read", "/dev/log")

    def test_log(self):
        """A log that nobody reads holds up no login, granted or not, and nothing stays behind"""
        with self._full_log(), self.open(service="aws-role-2") as session:
            self.assert_within(session.took, LIMIT)
            self.assert_holds_keys(session.environment)
        self._nobody_left()
        self.fresh()
        self.aws.fault("sts", "refuse")
        with self._full_log(), self.open(service="aws-role-2") as session:
            self.assert_within(session.took, LIMIT)
            self.assertIn("AWS_ROLE_SOCKET", session.environment)

    def _comes_later(self, kind, **more):
        with SshSession("nemo") as session:
            usual = session.took.seconds     # what ssh takes, on a busy machine too
        self.aws.fault("sts", kind, **more)
        with SshSession("ueno") as session:
            self.assert_within(session.took, LIMIT + usual)
            environment = session.environment()
            self.assertIn("AWS_ROLE_SOCKET", environment)
            self.assertNotIn("AWS_ACCESS_KEY_ID", environment)
            self.wait_for_log("no AWS role yet, the login goes on.*reason=")
            self.aws.clear()
            status = self._wait_for_credentials(session)
            self.assertEqual(("ueno", "developer", machine.DEVELOPER, machine.ACCOUNT),
                             tuple(status[name] for name in ("user", "role", "role_arn",
                                                             "account")))
            self.assertGreater(status["seconds_left"], 3000)
            self.assertIsNone(status["last_error"])

    def _wait_for_credentials(self, session):
        """status --json, asked as a person would, again and again, until there are credentials."""
        end = time.monotonic() + 20
        while True:
            code, output = session.run("aws-role status --json")
            status = json.loads(output)
            if code == 0:
                return status
            self.assertLess(time.monotonic(), end, status)
            time.sleep(0.1)

    def test_unreachable(self):
        """STS refuses connections at login: when it is back the same session has credentials"""
        self._comes_later("refuse")

    def test_silent(self):
        """STS is silent at login: when it is back the same session has credentials"""
        self._comes_later("silent")

    def test_hold(self):
        """STS answers after the login: the same session has credentials"""
        self._comes_later("hold")

    def test_default(self):
        """Without timeout= the login is there after 5 s"""
        self.aws.fault("sts", "hold")
        with self.open() as session:
            self.assertGreater(session.took.seconds, 4)
            self.assert_within(session.took, 6)

    def test_application_goes_away(self):
        """An application that dies while it waits leaves nothing"""
        self.aws.fault("sts", "hold")
        session = PamSession("ueno")
        self.aws.wait_for("sts", "AssumeRole", state="held")
        running = processes.ours()
        self.assertIn("aws-role-helper", {one.name for one in running})
        session.kill()
        self.assertEqual([], processes.wait_gone(running))
