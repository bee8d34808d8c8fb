# SPDX-License-Identifier: BSD-3-Clause
"""aws-role-fence apply: the way back, on a real terminal."""

import os
import signal

from . import machine, processes
from .fence import USERS, FenceTest, OnTerminal, fence, passing


class Apply(FenceTest):
    """On a terminal, with the way back."""

    def apply(self, *words):
        """Starts it; the rules are loaded."""
        terminal = OnTerminal(*words)
        self.addCleanup(terminal.leave)
        self.assertIsNotNone(passing())
        return terminal

    def assert_back(self, expected=None, seconds=10):
        """The rules of before are there again."""
        processes.wait_for(lambda: passing() == expected, seconds)

    def test_confirmed(self):
        """yes keeps the rules, and how to have them at boot is told"""
        terminal = self.apply()
        self.assert_stopped(self.ueno.uid)
        self.assertIn("These users pass: root _aws-role", terminal.said)
        terminal.type("yes\n")
        self.assertEqual(0, terminal.end(), terminal.said)
        self.assertIn("systemctl enable --now aws-role-fence", terminal.said)
        self.assertEqual([], processes.wait_gone(processes.ours("aws-role-fence"), 5))
        self.assert_stopped(self.ueno.uid)

    def test_unconfirmed(self):
        """Without an answer the rules go when the time is over"""
        terminal = self.apply("--seconds", "1")
        self.assertEqual(1, terminal.end(), terminal.said)
        self.assertIn("taken back", terminal.said)
        self.assertNotIn("Killed", terminal.said)   # a shell's word for what we end
        self.assertIsNone(passing())
        self.assert_passes(self.ueno.uid)

    def test_declined(self):
        """Another answer, ctrl-D and ctrl-C take the rules back at once"""
        for text in ("no\n", "\n", "y\n", "\x04", "\x03"):
            with self.subTest(text):
                terminal = self.apply()
                terminal.type(text)
                self.assertEqual(1, terminal.end(), terminal.said)
                self.assertIn("taken back", terminal.said)
                self.assertIsNone(passing())

    def test_stopped_terminal(self):
        """A terminal that takes no output (ctrl-S) neither keeps the rules nor holds up the end"""
        terminal = OnTerminal("--seconds", "3", wait="")
        self.addCleanup(terminal.leave)
        terminal.type("\x13")
        processes.wait_for(lambda: passing() is not None)
        self.assert_back(seconds=15)
        self.assertEqual(1, terminal.end(), terminal.said)

    def test_broken_pipe(self):
        """Nor does a standard error that nobody reads"""
        machine.write(USERS, "no-such-user\nueno\n")
        terminal = OnTerminal("--seconds", "3", wait="", command="2>&1 | true")
        self.addCleanup(terminal.leave)
        processes.wait_for(lambda: passing() is not None)
        self.assertEqual({0, self.service_uid, self.ueno.uid}, passing())
        self.assert_back(seconds=15)
        terminal.end()

    def test_hang_up(self):
        """The end of the terminal takes the rules back"""
        terminal = self.apply()
        terminal.hang_up()
        self.assert_back()

    def test_killed(self):
        """kill -9 of the script takes the rules back"""
        terminal = self.apply()
        terminal.kill()
        self.assert_back()

    def test_everything_else_killed(self):
        """kill -9 of all that has the terminal takes the rules back"""
        terminal = self.apply()
        os.killpg(terminal.pid, signal.SIGKILL)
        self.assert_back()

    def test_rules_of_before(self):
        """What was loaded before comes back, not nothing"""
        machine.write(USERS, "ueno\n")
        self.load()
        before, shown = passing(), fence("show")
        self.assertIn(self.ueno.uid, before)
        machine.write(USERS, "nemo\n")
        terminal = self.apply("--seconds=1")
        self.assertNotEqual(before, passing())
        self.assertEqual(1, terminal.end(), terminal.said)
        self.assertEqual(before, passing())
        self.assertEqual(shown, fence("show"))
        self.assert_passes(self.ueno.uid)
        self.assert_stopped(self.nemo.uid)

    def test_somebody_else(self):
        """Rules that somebody else has loaded meanwhile stay"""
        terminal = self.apply()
        self.load()
        terminal.type("no\n")
        self.assertEqual(1, terminal.end(), terminal.said)
        self.assertIn("somebody else", terminal.said)
        self.assertIsNotNone(passing())

    def test_no_terminal(self):
        """Without a terminal nothing is loaded, and load is named"""
        status, said = fence("apply")
        self.assertEqual(1, status)
        self.assertIn("aws-role-fence load", said)
        self.assertIsNone(passing())
