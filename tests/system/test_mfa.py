# SPDX-License-Identifier: BSD-3-Clause
"""MFA: a code once a day, asked for by aws-role login, and nobody else's after that."""

import re

from . import machine
from .login import ssh
from .mfa import ASKED, CONFIGURATION, SERIAL, MfaTest
from .shells import CALLER, DEVELOPER, ShellTest


class Mfa(MfaTest, ShellTest):
    """In shells of ueno's, in terminals."""

    def pane(self, session=None):
        """A shell of ueno's in a terminal."""
        return self.terminals(session or self.log_in()).pane("bash", "-l")

    @staticmethod
    def begin(pane, command="aws-role login"):
        """Types that, and waits for the question."""
        asked = pane.screen().count(ASKED)
        pane.type(command)
        pane.wait(lambda screen: screen.count(ASKED) > asked)

    @staticmethod
    def answer(pane, text):
        """Types the answer: what is on the screen once there is a prompt again."""
        prompts = pane.prompts()
        pane.type(text)
        pane.wait(lambda screen: len(re.findall(r"^<<", screen, re.M)) > prompts)
        return pane.screen()

    def test_day(self):
        """A hint, one code, and then every session, role and refresh of that person without one"""
        pane = self.pane()
        self.assertIn("aws-role login", pane.screen())
        self.begin(pane)
        self.answer(pane, self.code())
        self.assertEqual(DEVELOPER, pane.say(CALLER))
        self.assertEqual((1, 1), (self.tokens(), self.calls()))
        second = ssh("ueno", "env", "-0").stdout.decode()
        self.assertIn("AWS_ACCESS_KEY_ID=ASIA", second)
        pane.run("aws-role switch audit")
        pane.run("aws-role refresh")
        self.assertEqual(1, self.tokens())

    def test_renewals(self):
        """A role is renewed twelve times, as in a day, in two sessions: one call of GetSessionToken"""
        first, second = self.log_in(), self.log_in()
        self.aws.lifetime(12, role_arn=machine.DEVELOPER)
        self.addCleanup(self.aws.lifetime, None, role_arn=machine.DEVELOPER)
        status, _ = first.run(f"aws-role login --code-from 'echo {self.code()}' 2>/dev/null")
        self.assertEqual(0, status)
        while self.calls() < 12:
            for session in (first, second):
                self.assertEqual(0, session.run("aws-role credential-process")[0])
        self.assertEqual(1, self.tokens())

    def test_wrong_codes(self):
        """What is no code is not sent, a wrong or used one is told in words, twice asked again"""
        pane, used = self.pane(), self.code()
        self.begin(pane)
        self.begin(pane, "correct horse battery staple")
        self.assertIn("an MFA code has six digits", pane.screen())
        self.assertEqual(0, self.tokens())
        self.begin(pane, "000000")
        self.assertIn("AWS did not take the MFA code", pane.screen())
        self.answer(pane, "000001")
        self.assertEqual((1, 2), (int(pane.say("echo $?")), self.tokens()))
        self.begin(pane)
        self.answer(pane, used)
        self.assertEqual(DEVELOPER, pane.say(CALLER))
        pane.run("aws-role logout")
        self.begin(pane)
        self.begin(pane, used)
        self.answer(pane, self.code())
        self.assertEqual(DEVELOPER, pane.say(CALLER))

    def test_nothing_answered(self):
        """An empty line, an end of file and an interrupt change nothing and send nothing"""
        pane = self.pane()
        for end in ("Enter", "C-d", "C-c"):
            with self.subTest(end):
                self.begin(pane)
                prompts = pane.prompts()
                pane.type("", end)
                pane.wait(lambda screen, before=prompts: len(
                    re.findall(r"^<<", screen, re.M)) > before)
                self.assertEqual(0, self.tokens())
                self.assertEqual("[]", pane.say('echo "[$AWS_ACCESS_KEY_ID]"'))

    def test_command(self):
        """--code-from answers by a command, once; one that fails is told"""
        session = self.log_in()
        status, _ = session.run(f"aws-role login --code-from 'echo {self.code()}' 2>/dev/null")
        self.assertEqual((0, 1), (status, self.tokens()))
        session.run("aws-role logout")
        for command in ("exit 1", "true", "echo 000000"):
            with self.subTest(command):
                status, said = session.run(f"aws-role login --code-from '{command}' 2>&1")
                self.assertEqual(1, status)
                self.assertIn(b"aws-role login: ", said)
        self.assertEqual(2, self.tokens())

    def test_uncertain_codes(self):
        """A code that AWS may have seen counts as wrong, whatever it says; any other does not"""
        session = self.log_in()

        def tries():
            command = "aws-role login --code-from 'echo 000000' 2>&1"
            return ["too many codes were wrong" in session.run(command)[1].decode()
                    for _ in range(6)]
        self.aws.fault("sts", "refuse")
        self.assertEqual([False] * 6, tries())
        self.aws.clear()
        self.aws.fault("sts", "lost", action="GetSessionToken", count=3)
        self.aws.fault("sts", "code", action="GetSessionToken", code="AccessDenied", message="",
                       status=403)
        self.assertEqual([False] * 5 + [True], tries())
        self.assertEqual(5, self.tokens())

    def test_two_people(self):
        """Two people whose source has the same text do not share what one of them has answered"""
        session = self.log_in()
        status, _ = session.run(f"aws-role login --code-from 'echo {self.code()}' 2>/dev/null")
        self.assertEqual(0, status)
        self.assertIn(b"AWS_ACCESS_KEY_ID=", ssh("ueno", "env").stdout)
        self.assertNotIn(b"AWS_ACCESS_KEY_ID=", ssh("nemo", "env").stdout)

    def test_device_of_the_profile(self):
        """The device that the credentials file's profile has is asked for, as a source's own is"""
        self.write_configuration(CONFIGURATION.replace(f"mfa_serial = {SERIAL}\n", ""),
                                 profile=f"mfa_serial = {SERIAL}\n")
        session = self.log_in()
        pane = self.pane(session)
        self.assertIn("aws-role login", pane.screen())
        self.begin(pane)
        self.answer(pane, self.code())
        self.assertEqual(DEVELOPER, pane.say(CALLER))
        self.assertEqual((1, 1), (self.tokens(), self.calls()))
        shown = machine.run("aws-role", "check", "--user", "ueno")
        self.assertIn(f"2. a code of MFA device {SERIAL}", shown)
        status, shown = session.run("aws-role check --user ueno 2>&1")     # who may not read it
        self.assertEqual(0, status)
        self.assertIn(b"an MFA device, which is not known: /etc/aws-role/credentials", shown)
        self.assertNotIn(SERIAL.encode(), shown)

    def test_long_duration(self):
        """Where AWS allows an hour only, as of what MFA gave, the role has that"""
        self.write_configuration(CONFIGURATION.replace(
            "source = mika\n", "source = mika\nduration_seconds = 7200\n", 1))
        self.aws.update_role(machine.DEVELOPER, max_session_duration=43200)
        self.addCleanup(self.aws.update_role, machine.DEVELOPER, max_session_duration=3600)
        session = self.log_in()
        status, said = session.run(f"aws-role login --code-from 'echo {self.code()}' 2>&1")
        self.assertEqual((0, 2), (status, self.calls()), said)
