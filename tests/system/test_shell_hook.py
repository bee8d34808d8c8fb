# SPDX-License-Identifier: BSD-3-Clause
"""The prompt hook of bash, zsh and fish: what it sets, says and leaves alone, in real terminals."""

import os
import re
import time
import unittest

from . import machine, processes
from .shells import SHELLS, ShellTest, drop, put

STATE = 'echo "[$AWS_ACCESS_KEY_ID] $AWS_ROLE_NAME $AWS_ROLE_SOCKET"'
GONE = f"aws-role: {machine.PREFIX}/bin/aws-role has failed with status 127"
NO_SESSION = "aws-role: no session of yours on this host holds a role"


class Hook(ShellTest):
    """Shells of ueno's."""

    @unittest.skipUnless(len(SHELLS) == 3, "of bash, zsh and fish one is not installed")
    def test_processes(self):
        """A prompt of bash, zsh and fish starts no process while the credentials are fresh"""
        tmux = self.terminals(self.log_in())
        for shell in SHELLS:
            with self.subTest(shell):
                pane = tmux.pane(shell, "-l")
                before = pane.faults_of_children()
                for _ in range(10):
                    self.assertEqual((0, []), pane.run(""))
                self.assertEqual(before, pane.faults_of_children())
                pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0"))
                self.assertGreater(pane.faults_of_children(), before)

    def test_attach(self):
        """A shell without any variable, as of an editor, has the role at its first prompt"""
        session = self.log_in()
        given = session.environment()
        tmux = self.terminals()
        for shell in SHELLS:
            with self.subTest(shell):
                pane = tmux.pane(*self.outside(), shell)
                self.assertEqual(f"[{given['AWS_ACCESS_KEY_ID']}] developer "
                                 f"{given['AWS_ROLE_SOCKET']}", pane.say(STATE))
                self.assertEqual(given["AWS_REGION"], pane.say("echo $AWS_REGION"))

    def test_next_session(self):
        """When its session has ended, a terminal that stays goes on with the newest"""
        first = self.log_in()
        tmux = self.terminals(first)
        panes = {shell: tmux.pane(shell, "-l") for shell in SHELLS}
        socket = first.environment()["AWS_ROLE_SOCKET"]
        first.close()
        processes.wait_for(lambda: not os.path.exists(socket))
        for shell, pane in panes.items():
            with self.subTest(shell):
                status, lines = pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0"))
                self.assertEqual((0, 1), (status, len(lines)), lines)
                self.assertTrue(lines[0].startswith(NO_SESSION), lines)
                self.assert_ahead(pane)
        second = self.log_in().environment()
        for shell, pane in panes.items():
            with self.subTest(shell):
                self.assertEqual((0, []), pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0")))
                self.assertIn(second["AWS_ROLE_SOCKET"], pane.say(STATE))

    def test_nobody(self):
        """Without a session nothing is said; without a folder nobody is asked, else in 30 s again"""
        tmux = self.terminals()
        panes = {shell: tmux.pane(*self.outside(), shell) for shell in SHELLS}
        for pane in panes.values():
            self.assertEqual("[] []", pane.say(
                'echo "[$AWS_ACCESS_KEY_ID] [$AWS_ROLE_REFRESH_AT]"'))
        with self.open():
            pass
        for pane in panes.values():
            self.assertEqual((0, []), pane.run(""))
            self.assert_ahead(pane)

    def test_own_key(self):
        """A key of the person's own stays, long-lived or not, and so does an endpoint of theirs"""
        session = self.log_in()
        tmux, outside = self.terminals(session), self.terminals()
        early = {**self.variables(session), "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                 "AWS_ROLE_REFRESH_AT": "0"}
        for shell in SHELLS:
            pane = outside.pane(*self.outside(**early), shell)
            self.assertIn("[AKIAIOSFODNN7EXAMPLE]", pane.say(STATE))
            pane = tmux.pane(shell, "-l")
            for key in ("AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"):
                with self.subTest(shell=shell, key=key):
                    pane.run(put(shell, "AWS_ACCESS_KEY_ID", key))
                    self.assertEqual((0, []), pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0")))
                    self.assertIn(f"[{key}]", pane.say(STATE))
                    self.assertEqual("0", pane.say("echo $AWS_ROLE_REFRESH_AT"))
            pane = outside.pane(*self.outside(AWS_ACCESS_KEY_ID=key), shell)
            self.assertEqual(f"[{key}]", pane.say(STATE))
            pane = outside.pane(*self.outside(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://x/"),
                                shell)
            self.assertEqual("[]", pane.say(STATE))

    def test_inner_login(self):
        """Keys of a login within another, as by su, are that login's and no person's"""
        variables = self.variables(self.log_in())
        tmux = self.terminals()
        outer = {"_AWS_ROLE_KEY": "ASIAIOSFODNN7EXAMPLE",
                 "_AWS_ROLE_KEY_OF": machine.RUN + "/1/2.3.4 developer"}
        for shell in SHELLS:
            with self.subTest(shell):
                pane = tmux.pane(*self.outside(**variables, **outer), shell)
                pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0"))
                self.assert_ahead(pane, int(variables["AWS_ROLE_REFRESH_AT"]) - time.time())

    def test_env(self):
        """What a person evaluates of aws-role env, also after a renewal, is no key of their own"""
        tmux = self.terminals(self.log_in())
        for shell in SHELLS:
            with self.subTest(shell):
                pane = tmux.pane(shell, "-l")
                pane.run('eval "$(aws-role env --role audit)"' if shell != "fish" else
                         "aws-role env --role audit --shell fish | source")
                pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0"))
                self.assertNotEqual("0", pane.say("echo $AWS_ROLE_REFRESH_AT"))
                before = pane.say(STATE)
                # The broker lets five seconds pass between two of these.
                processes.wait_for(lambda pane=pane, shell=shell, before=before: pane.run(
                    "command aws-role refresh; " + (
                        'eval "$(aws-role env)"' if shell != "fish" else
                        "aws-role env --shell fish | source")) and pane.say(STATE) != before, 20)
                pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0"))
                self.assertNotEqual("0", pane.say("echo $AWS_ROLE_REFRESH_AT"))

    def test_profile(self):
        """AWS_PROFILE is told of once a value and at switch, as long as the role is there"""
        tmux = self.terminals(self.log_in())
        for shell in SHELLS:
            with self.subTest(shell):
                pane = tmux.pane(shell, "-l")
                for name, value in (("AWS_DEFAULT_PROFILE", "work"), ("AWS_PROFILE", "work"),
                                    ("AWS_PROFILE", "play")):
                    status, lines = pane.run(put(shell, name, value))
                    self.assertEqual((0, 1), (status, len(lines)), lines)
                    self.assertRegex(lines[0], rf"^aws-role: {name} \({value}\) is set: ")
                    self.assertTrue(lines[0].endswith(" " + drop(shell, name)), lines)
                    self.assertEqual((0, []), pane.run(""))
                status, lines = pane.run("aws-role switch audit")
                self.assertEqual((0, 1), (status, sum(drop(shell, name) in line for line in lines)),
                                 lines)
                self.assertEqual((0, []), pane.run(""))
                status, lines = pane.run(put(shell, "AWS_PROFILE", r"'\e[31mred'"))
                self.assertRegex(lines[0], "^aws-role: AWS_PROFILE is set: ")
        pane = self.terminals().pane(*self.outside(
            AWS_PROFILE="work", AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE"), "bash")
        self.assertNotIn("AWS_PROFILE", pane.screen())

    def test_failure(self):
        """Why there are no credentials is said once; the next try is 30 s ahead, and can succeed"""
        panes = self.soon_useless()
        self.aws.fault("sts", "code", code="AccessDenied")
        for shell, pane in panes.items():
            with self.subTest(shell):
                again = put(shell, "AWS_ROLE_REFRESH_AT", "0")
                processes.wait_for(lambda pane=pane, again=again: pane.run(again)[1])
                # Not beyond the end of what the shell has, when there may be others.
                end = pane.say("date -d $AWS_CREDENTIAL_EXPIRATION +%s")
                self.assertIn(pane.say("echo $AWS_ROLE_REFRESH_AT"),
                              (end, *(str(int(time.time()) + more) for more in range(25, 32))))
                pane.run(put(shell, "AWS_CREDENTIAL_EXPIRATION", "2001-01-01T00:00:00Z"))
                self.assertEqual((0, []), pane.run(again))
                self.assert_ahead(pane)
                self.assertEqual((0, []), pane.run(""))
                self.assertEqual(1, len(re.findall("(?m)^aws-role: ", pane.screen())))
        self.aws.clear()
        self.aws.lifetime(None)
        machine.configure("[user ueno]\nroles = developer\n")     # no refusal is remembered for it
        for shell, pane in panes.items():
            with self.subTest(shell):
                again = put(shell, "AWS_ROLE_REFRESH_AT", "0")
                processes.wait_for(lambda pane=pane, again=again: pane.run(again) == (0, []) and
                                   float(pane.say("echo $AWS_ROLE_REFRESH_AT")) > time.time() + 60,
                                   20)

    def soon_useless(self):
        """A terminal of each shell in a session whose credentials are of no use in two seconds."""
        self.aws.lifetime(12)
        tmux = self.terminals(self.log_in())
        return {shell: tmux.pane(shell, "-l") for shell in SHELLS}

    def test_program_gone(self):
        """Without the program, as after it was removed, a terminal that stays says so once"""
        tmux = self.terminals(self.log_in())
        panes = {shell: tmux.pane(shell, "-l") for shell in SHELLS}
        with machine.away(machine.PREFIX + "/bin/aws-role"):
            for shell, pane in panes.items():
                with self.subTest(shell):
                    again = put(shell, "AWS_ROLE_REFRESH_AT", "0")
                    self.assertEqual((0, [GONE]), pane.run(again))
                    self.assert_ahead(pane)
                    self.assertEqual((0, []), pane.run(again))

    def test_second(self):
        """No prompt takes longer than a second when nobody answers, and it says so"""
        panes = self.soon_useless()
        # On this machine, now, with an answer. Later it would be said then, and not again.
        usual = {shell: max(self.took(pane, put(shell, "AWS_ROLE_REFRESH_AT", "0"))
                            for _ in range(3)) for shell, pane in panes.items()}
        self.aws.fault("sts", "hold")
        for shell, pane in panes.items():
            with self.subTest(shell):
                processes.wait_for(lambda pane=pane, shell=shell: pane.run(
                    put(shell, "AWS_ROLE_REFRESH_AT", "0"))[1], 20)
                # The quickest of some: that the machine was busy is not the prompt's doing.
                took = min(pane.took, *(self.took(pane, put(shell, "AWS_ROLE_REFRESH_AT", "0"))
                                        for _ in range(3)))
                self.assertTrue(0.8 < took < 1 + usual[shell], (took, usual))

    @staticmethod
    def took(pane, command):
        """The seconds until the next prompt."""
        pane.run(command)
        return pane.took

    def test_endpoint(self):
        """With the endpoint the same: silent, told of AWS_PROFILE, own keys left alone, off, on"""
        defaults = "source = instance\n"
        machine.configure(people="[user ueno]\nroles = developer audit\n",
                          text=machine.CONFIGURATION.replace(
                              defaults, defaults + "export = endpoint\nlinger_seconds = 0\n", 1))
        uri = 'echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI [$AWS_ACCESS_KEY_ID]"'
        session = self.log_in()
        given = session.environment()["AWS_CONTAINER_CREDENTIALS_FULL_URI"] + " []"
        tmux = self.terminals(session)
        for shell in SHELLS:
            with self.subTest(shell):
                pane = tmux.pane(shell, "-l")
                self.assertEqual((0, []), pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0")))
                self.assertEqual(given, pane.say(uri))
                self.assertNotEqual("0", pane.say("echo $AWS_ROLE_REFRESH_AT"))
                self.assertRegex(pane.run(put(shell, "AWS_PROFILE", "work"))[1][0], "AWS_PROFILE")
                pane.run(put(shell, "AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"))
                self.assertEqual((0, []), pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0")))
                self.assertEqual("0", pane.say("echo $AWS_ROLE_REFRESH_AT"))
                pane.run(drop(shell, "AWS_ACCESS_KEY_ID"))
                self.assertEqual(0, pane.run("aws-role off")[0])
                self.assertEqual(" []", pane.say(uri))
                self.assertEqual(0, pane.run("aws-role switch audit")[0])
                self.assertRegex(pane.say(uri), r"^http://127\.0\.0\.1:\d+/\S+ \[\]$")

    def test_given_endpoint(self):
        """A shell that has an endpoint in a session of keys stays with it, at prompts and switch"""
        machine.configure(people="[user ueno]\nroles = developer audit\n")
        uri = 'echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI [$AWS_ACCESS_KEY_ID]"'
        tmux = self.terminals(self.log_in())
        for shell in SHELLS:
            with self.subTest(shell):
                pane = tmux.pane("aws-role", "exec", "--endpoint", "--", shell)
                given = pane.say(uri)
                self.assertRegex(given, r"^http://127\.0\.0\.1:\d+/\S* \[\]$")
                self.assertEqual((0, []), pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0")))
                self.assertEqual(given, pane.say(uri))
                self.assertNotEqual("0", pane.say("echo $AWS_ROLE_REFRESH_AT"))
                self.assertEqual(0, pane.run("aws-role switch audit")[0])
                self.assertRegex(pane.say(uri), r"^http://127\.0\.0\.1:\d+/role/audit \[\]$")

    def test_clock(self):
        """A clock that went back since the last prompt asks anew, fresh or not"""
        variables = self.variables(self.log_in())
        tmux = self.terminals()
        ahead = str(int(variables["AWS_ROLE_REFRESH_AT"]) + 7200)
        wrong = {**variables, "AWS_ROLE_REFRESH_AT": ahead}
        for shell in SHELLS:
            with self.subTest(shell):
                pane = tmux.pane(*self.outside(**wrong), shell)
                self.assertEqual(ahead, pane.say("echo $AWS_ROLE_REFRESH_AT"))
                back = ("set -g _aws_role_seen 9999999998" if shell == "fish" else
                        "_aws_role_seen=9999999998")
                pane.run(back)
                self.assert_ahead(pane, int(variables["AWS_ROLE_REFRESH_AT"]) - time.time())
                pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "9999999999"))
                pane.run(back)
                self.assertEqual("9999999999", pane.say("echo $AWS_ROLE_REFRESH_AT"))
