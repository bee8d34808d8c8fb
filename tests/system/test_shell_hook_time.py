# SPDX-License-Identifier: BSD-3-Clause
"""Credentials of 40 seconds in terminals that stay: what each shows, past three expiries."""

import collections
import shutil
import time

from .shells import AUDIT, CALLER, DEVELOPER, SHELLS, ShellTest

LIFETIME = 40
EXPIRIES = 3
LONG = LIFETIME * (EXPIRIES + 1)    # what is not there by then does not come
HOLDS = "echo $AWS_ACCESS_KEY_ID $AWS_CREDENTIAL_EXPIRATION"
GIT = ("printf 'protocol=https\\nhost=git-codecommit.ap-northeast-1.amazonaws.com\\n"
       "path=v1/repos/x\\n\\n' | aws codecommit credential-helper get")
Seen = collections.namedtuple("Seen", "key status lines")


class Time(ShellTest):
    """One stretch of time for all tests: the first of them lets it pass."""

    seen = failed = None

    def setUp(self):
        super().setUp()
        if shutil.which("aws") is None:
            self.skipTest("there is no aws command here: install awscli")
        if Time.failed:
            self.skipTest("the terminals could not be watched: see the test before")
        if Time.seen is None:
            Time.failed, seen = True, collections.defaultdict(list)
            self._watch(seen)
            Time.failed, Time.seen = False, seen

    def _watch(self, seen):
        """Lets people work until three times credentials have ended."""
        self.aws.lifetime(LIFETIME)
        tmux = self.terminals(self.log_in())
        panes = {shell: tmux.pane(shell, "-l") for shell in SHELLS}
        panes["other"], idle = tmux.pane("bash", "-l"), tmux.pane("bash", "-l")
        panes["other"].run("aws-role switch audit")
        seen["idle"].append(self._look(idle, CALLER))
        ends, started = [], time.time()
        while time.time() < started + LONG and (
                len(ends) <= EXPIRIES or time.time() < ends[EXPIRIES - 1] or
                min(self._keys(seen[name]) for name in (*panes, "git")) <= EXPIRIES):
            for name, pane in panes.items():
                seen[name].append(self._look(pane, CALLER))
            end = self._end(panes["bash"])
            if end not in ends:
                ends.append(end)
                seen["git"].append(self._look(panes["bash"], GIT))
        idle.run("")
        seen["idle"].append(self._look(idle, CALLER))

    @staticmethod
    def _keys(looks):
        return len({look.key for look in looks})

    @staticmethod
    def _look(pane, command):
        key = pane.run(HOLDS)[1][0].split()[0]
        return Seen(key, *pane.run(command))

    @staticmethod
    def _end(pane):
        text = pane.say(HOLDS).split()[1]
        return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone

    def assert_worked(self, name, arn):
        """Each call was answered, with that role, and keys have changed as often as they ended."""
        self.assertEqual({(0, (arn,))},
                         {(look.status, tuple(look.lines)) for look in self.seen[name]})
        self.assertGreater(self._keys(self.seen[name]), EXPIRIES)

    def test_expiries(self):
        """A terminal's aws works past three expiries without a new login, in bash, zsh and fish"""
        for shell in SHELLS:
            with self.subTest(shell):
                self.assert_worked(shell, DEVELOPER)

    def test_two_roles(self):
        """Two terminals of one session hold two roles, across three refreshes of each"""
        self.assert_worked("bash", DEVELOPER)
        self.assert_worked("other", AUDIT)

    def test_idle(self):
        """A terminal that has slept through it works after its next prompt"""
        before, after = self.seen["idle"]
        self.assertEqual((0, [DEVELOPER]), after[1:])
        self.assertNotEqual(before.key, after.key)

    def test_git(self):
        """aws codecommit credential-helper, which asks nobody, has the key of the moment"""
        looks = self.seen["git"]
        self.assertGreater(self._keys(looks), EXPIRIES)
        for look in looks:
            self.assertEqual(0, look.status)
            self.assertRegex("\n".join(look.lines), rf"(?m)^username={look.key}%.+\npassword=\S+$")
