# SPDX-License-Identifier: BSD-3-Clause
"""Console sign-in: a page and its code once a day, and no access key on the host."""

from . import machine
from .login import ssh
from .shells import AUDIT, CALLER, DEVELOPER
from .sign_in_case import SignInTest


class ConsoleSignIn(SignInTest):
    """ueno, with a shell in a session."""

    def test_day(self):
        """A hint, one sign-in, and then every session, role and refresh of that person without one"""
        pane = self.pane()
        self.assertIn("run aws-role login", pane.screen())
        self.assertEqual(0, self.asked("redeem"))
        self.log_in_at_aws(pane)
        self.assertEqual(DEVELOPER, pane.say(CALLER))
        second = ssh("ueno", "env", "-0").stdout.decode()
        self.assertIn("AWS_ACCESS_KEY_ID=ASIA", second)
        pane.run("aws-role switch audit")
        self.assertEqual(AUDIT, pane.say(CALLER))
        self.assertEqual((1, 0), (self.asked("redeem"), self.asked("refresh")))
