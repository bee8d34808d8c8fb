# SPDX-License-Identifier: BSD-3-Clause
"""Console sign-in: a page and its code once a day, and no access key on the host."""

import base64
import datetime
import glob
import time

from . import directory, machine, processes
from .login import ssh
from .shells import AUDIT, CALLER, DEVELOPER
from .sign_in_case import ASKED, CONFIGURATION, OTHER, PASSWORD, PERSON, URL, SignInTest
from .tmux import PATIENCE_SECONDS


class ConsoleSignIn(SignInTest):
    """ueno, with a shell in a session."""

    def kept(self):
        """The files of what ueno's steps gave and keep."""
        return [path for path in glob.glob(f"{machine.RUN}/cache/{self.ueno.uid}-*")
                if not path.endswith(".lock")]

    def again(self, pane, text):
        """An answer that is not taken: what is on the screen when it is asked for again."""
        self.begin(pane, text)
        return pane.screen()

    @staticmethod
    def interrupt(pane):
        """ctrl-C at the question."""
        prompts = pane.prompts()
        pane.type("", "C-c")
        pane.wait(lambda _: pane.prompts() > prompts)

    def short_lives(self, seconds):
        """What AWS gives lives for so long, of which ten seconds are not used any more."""
        self.aws.lifetime(seconds)
        self.aws.lifetime(seconds, service="signin")
        self.addCleanup(self.aws.lifetime, None, service="signin")

    def renew(self, pane, requests=1):
        """Has the sign-in's credentials renewed, with so many requests at least."""
        processes.wait_for(lambda: pane.run("aws-role refresh")[0] == 0 and
                           self.asked("refresh") >= requests, PATIENCE_SECONDS)

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

    def test_page(self):
        """The page is shown plainly and as a link; asked for again, it is the same one"""
        pane = self.pane()
        first = self.begin(pane)
        self.assertRegex(first, rf"^https://{machine.REGION}\.signin\.aws\.amazon\.com/v1/authorize"
                                r"\?response_type=code&client_id=arn%3Aaws%3Asignin%3A%3A%3Adevtools"
                                r"%2Fcross-device&state=[0-9a-f-]{36}&scope=openid&")
        self.interrupt(pane)
        self.assertEqual(first, self.begin(pane))
        self.answer(pane, self.sign_in(first))
        self.assertEqual(DEVELOPER, pane.say(CALLER))

    def test_codes(self):
        """What is no code, or of another page, is told in words, is not sent, and asked for again"""
        pane, elsewhere = self.pane(), self.terminals(self.log_in()).pane("bash", "-l")
        other = self.sign_in(self.begin(elsewhere))
        good = self.sign_in(self.begin(pane))
        self.assertIn("no code of the sign-in page: copy all of it",
                      self.again(pane, good[:40]))
        self.assertIn("the code is of another sign-in", self.again(pane, other))
        self.answer(pane, good + good)
        self.assertEqual(("1", 0), (pane.say("echo $?"), self.asked("redeem")))

    @staticmethod
    def cut(code):
        """A code whose end was not copied, as whole base64 that ends in no part of a %XX."""
        text = base64.b64decode(code + "==")
        size = len(text) - 150
        while size % 3 or b"%" in text[size - 2:size]:
            size -= 1
        return base64.b64encode(text[:size]).decode()

    def test_other_texts(self):
        """A code that is cut is AWS's to refuse; a password and junk go nowhere; blanks are left out"""
        pane = self.pane()
        good = self.sign_in(self.begin(pane))
        self.assertIn("it was used before, or is not whole", self.again(pane, self.cut(good)))
        self.interrupt(pane)
        for wrong in (PASSWORD, good.swapcase(), "A" * 5000):
            self.begin(pane)
            self.again(pane, wrong)
            self.interrupt(pane)
        self.assertEqual((1, []), (self.asked("redeem"), self.kept()))
        self.begin(pane)
        self.answer(pane, f" {good[:40]} {good[40:]} ")
        self.assertEqual((2, DEVELOPER), (self.asked("redeem"), pane.say(CALLER)))

    def test_huge_answer(self):
        """A mebibyte in place of a code is no answer, and --code-from none for a sign-in"""
        pane = self.pane()
        self.begin(pane)
        asked = pane.screen().count(ASKED)
        pane.paste("A" * (1 << 20))
        pane.wait(lambda screen: screen.count(ASKED) > asked)
        self.assertIn("no code of the sign-in page", pane.screen())
        self.interrupt(pane)
        status, said = pane.run("aws-role login --code-from 'echo 123456'")
        self.assertEqual(1, status)
        self.assertIn("--code-from is for MFA codes", said[0])
        self.assertEqual(0, self.asked("redeem"))

    def test_used_code(self):
        """A code that was used, or is too old, is AWS's to refuse: told, and nothing is kept"""
        pane = self.pane()
        self.log_in_at_aws(pane)
        pane.run("aws-role logout")
        self.aws.sign_in_settings(code_seconds=0)
        self.addCleanup(self.aws.sign_in_settings, code_seconds=600)
        code = self.sign_in(self.begin(pane))
        self.assertIn("the code is too old: open the page again", self.again(pane, code))
        self.aws.sign_in_settings(code_seconds=600)
        self.aws.end_sign_ins()
        self.assertIn("AWS does not know the code", self.again(pane, code))
        self.assertEqual([], self.kept())

    def test_somebody_else(self):
        """Somebody else's sign-in is told, and nothing of it is kept; the right one goes on"""
        pane = self.pane()
        url = self.begin(pane)
        said = self.again(pane, self.sign_in(url, "nemo"))
        self.assertIn(f"that is the sign-in of {OTHER}, and this role is taken as {PERSON}", said)
        self.assertEqual((0, []), (self.calls(), self.kept()))
        self.answer(pane, self.sign_in(url))
        self.assertEqual(DEVELOPER, pane.say(CALLER))

    def test_two_people(self):
        """Two people whose source has the same text never share what one of them signed in to"""
        machine.configure("[user *]\nroles = developer\n", CONFIGURATION.replace(
            "user/%{user}", "user/ueno"))
        self.log_in_at_aws(self.pane())
        self.assertIn(b"AWS_ACCESS_KEY_ID=", ssh("ueno", "env").stdout)
        self.assertNotIn(b"AWS_ACCESS_KEY_ID=", ssh("nemo", "env").stdout)

    def test_clock(self):
        """A clock that is hours off is allowed for: at renewal at once, at a code when it is given
        again"""
        for seconds in (3 * 3600, -3 * 3600, -40):
            with self.subTest(seconds):
                self.fresh()
                self.short_lives(13)
                self.aws.fault("signin", "skew", seconds=seconds)
                with self.shell() as pane:
                    code = self.sign_in(self.begin(pane))
                    self.assertIn("give the code again", self.again(pane, code))
                    said = self.answer(pane, code)
                    self.assertEqual("0", pane.say("echo $?"), said)
                    self.renew(pane)

    def test_refused(self):
        """Who may sign in but not by programs is told which policy is missing"""
        pane = self.pane()
        code = self.sign_in(self.begin(pane))
        self.aws.update_user(PERSON, allow_sign_in=False)
        self.assertIn("SignInLocalDevelopmentAccess", self.answer(pane, code))

    def test_lost_answers(self):
        """An answer that is lost: a renewal is asked for again, a code never"""
        pane = self.pane()
        url = self.begin(pane)
        self.aws.fault("signin", "lost", action="redeem", count=1)
        self.answer(pane, self.sign_in(url))
        self.assertEqual(("1", 1, []), (pane.say("echo $?"), self.asked("redeem"), self.kept()))
        self.short_lives(13)
        self.log_in_at_aws(pane)
        self.aws.fault("signin", "lost", action="refresh", count=1)
        self.renew(pane, 2)
        self.assertEqual(DEVELOPER, pane.say(CALLER))

    def test_logout(self):
        """logout forgets the sign-in on this host at once, for all sessions to come"""
        pane = self.pane()
        self.log_in_at_aws(pane)
        pane.run("aws-role logout")
        self.assertEqual([], self.kept())
        self.assertNotIn(b"AWS_ACCESS_KEY_ID=", ssh("ueno", "env").stdout)
        self.begin(pane)

    def test_logout_meanwhile(self):
        """What others were asking AWS for, or waiting for, at a logout is not kept either"""
        self.short_lives(13)
        pane, others = self.pane(), [self.log_in(), self.log_in()]
        self.log_in_at_aws(pane)
        self.aws.fault("signin", "hold", action="refresh")
        self.start_renewals(pane, others)
        pane.run("aws-role logout")
        self.assertEqual([], self.kept())
        self.aws.clear()
        self.assertEqual([], processes.wait_gone(processes.ours("aws-role-helper"), 10))
        self.assertNotIn(b"AWS_ACCESS_KEY_ID=", ssh("ueno", "env").stdout)
        self.assertEqual([], self.kept())

    def test_sign_in_meanwhile(self):
        """Nor does what was asked for before a logout take away what a sign-in after it has given"""
        other, pane = self.log_in(), self.pane()     # the newest is the one that is asked
        self.log_in_at_aws(pane)
        self.aws.fault("sts", "hold", action="AssumeRole", count=1)
        other.run("aws-role refresh >/dev/null 2>&1 &")
        self.aws.wait_for("sts", "AssumeRole", state="held")
        pane.run("aws-role logout")
        code, prompts = self.sign_in(self.begin(pane)), pane.prompts()
        pane.paste(code)
        kept = processes.wait_for(self.kept, PATIENCE_SECONDS)
        self.aws.clear()
        pane.wait(lambda _: pane.prompts() > prompts)
        self.assertEqual(DEVELOPER, pane.say(CALLER))
        self.assertEqual((2, set()), (len(self.kept()), set(kept) - set(self.kept())))

    def test_answer_before_logout(self):
        """An answer that was given before a logout gives nothing after it, wherever it waited"""
        machine.run("groupadd", "signers")
        self.addCleanup(machine.run, "groupdel", "signers")
        machine.run("usermod", "-aG", "signers", "ueno")
        machine.configure("[group signers]\nroles = developer\n", CONFIGURATION)
        with directory.used():
            pane, other = self.pane(), self.log_in()
            socket = pane.say("echo $AWS_ROLE_SOCKET")
            code = self.sign_in(self.begin(pane))
            with directory.hangs("group") as path:
                pane.paste(code)
                processes.wait_for(lambda: directory.asks(path), PATIENCE_SECONDS)
                self.assertEqual(0, other.run(
                    f"AWS_ROLE_SOCKET={socket} aws-role logout >/dev/null 2>&1")[0])
            processes.settled()
            self.assertEqual(1, self.asked("redeem"))
            self.assertEqual([], self.kept())
            self.assertNotIn(b"AWS_ACCESS_KEY_ID=", ssh("ueno", "env").stdout)

    def test_page_behind_a_question(self):
        """A login that comes while another question is under way shows the page all the same"""
        self.short_lives(13)
        pane, other = self.pane(), self.log_in()
        self.log_in_at_aws(pane)
        other.run("AWS_ROLE_SOCKET=" + pane.say("echo $AWS_ROLE_SOCKET"))
        self.aws.fault("signin", "hold", action="refresh")
        self.start_renewals(pane, [other])
        self.aws.end_sign_ins()
        pane.type("clear; aws-role login")
        pane.wait(lambda screen: "waiting for the answer of AWS" in screen)
        self.aws.clear()
        pane.wait(lambda screen: ASKED in screen)
        self.answer(pane, self.sign_in(URL.search(pane.screen()).group()))
        self.assertEqual(DEVELOPER, pane.say(CALLER))

    def start_renewals(self, pane, sessions):
        """Each of them asks for credentials, once none are left: the first is held at AWS."""
        end = datetime.datetime.fromisoformat(
            pane.say("echo $AWS_CREDENTIAL_EXPIRATION").replace("Z", "+00:00")).timestamp()
        processes.wait_for(lambda: time.time() > end - 9, PATIENCE_SECONDS)
        for session in sessions:
            session.run("aws-role refresh >/dev/null 2>&1 &")
        self.aws.wait_for("signin", "refresh", state="held")

    def test_ended(self):
        """A sign-in that AWS has ended says in one line why and what to do, in every session"""
        reasons = {
            "the password of .* was changed": lambda: self.aws.update_user(PERSON, password="x"),
            "the sign-in of .* is over": lambda: self.aws.end_sign_ins(expired=True),
            "AWS has ended the sign-in of": self.aws.end_sign_ins,
        }
        for words, end in reasons.items():
            with self.subTest(words):
                self.fresh()
                self.aws.update_user(PERSON, password=PASSWORD)
                self.short_lives(13)
                with self.shell() as pane:
                    self.log_in_at_aws(pane)
                    end()
                    self.assert_told(pane, words)

    def assert_told(self, pane, words):
        """Once nothing can be renewed, the hook says in one line why, and AWS is not asked again."""
        processes.wait_for(lambda: pane.run("aws-role refresh")[0] != 0, PATIENCE_SECONDS)
        said = processes.wait_for(lambda: pane.run("export AWS_ROLE_REFRESH_AT=0")[1],
                                  PATIENCE_SECONDS)
        self.assertEqual(1, len(said), said)
        self.assertRegex(said[0], f"aws-role: {words}.*: run aws-role login")
        tries = self.asked("refresh")
        pane.run("aws-role refresh")
        self.assertEqual(tries, self.asked("refresh"), "what is of no use is tried again")
