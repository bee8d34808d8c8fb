# SPDX-License-Identifier: BSD-3-Clause
"""`auth optional pam_aws_role.so`: the code that is asked for at login, and what becomes of it."""

import os
import re
import signal
import subprocess

from . import machine, processes, sshd
from .auth_ground import (AUTH, BEHIND_KEY, KEY_PORT, PASSWORD, PASSWORD_PORT, PLACE, SSH,
                          AuthLineTest)
from .login import parse_environment
from .mfa import ASKED, CONFIGURATION
from .stopwatch import Stopwatch

WRONG = "AWS did not take the MFA code"
NO_CODE = "an MFA code has six digits and no more"
TOO_MANY = "too many codes were wrong"


class AuthLine(AuthLineTest):
    """Through sshd, su and pamtester."""

    def test_key_and_code(self):
        """A key and one code: the session has its role, and the next one is not asked"""
        machine.pam_service("sshd", *BEHIND_KEY)
        code = self.code()
        asked, held = self.ssh(KEY_PORT, code)
        self.assertEqual([ASKED], [text[text.index("MFA"):] for text in asked])
        self.assert_holds_keys(held)
        self.assertEqual((1, 1), (self.tokens(), self.calls()))
        asked, again = self.ssh(KEY_PORT)
        self.assertEqual([], asked)
        self.assertEqual(held["AWS_ACCESS_KEY_ID"], again["AWS_ACCESS_KEY_ID"])
        self.assertEqual((1, 1), (self.tokens(), self.calls()))
        self.assert_nowhere(code)
        self.assertNotIn(code, " ".join([*held.values(), *again.values()]))
        self.assert_log_is_clean()

    def test_password_and_code(self):
        """A password and one code by keyboard-interactive, below pam_unix"""
        sshd.stack(AUTH, sshd.LINE)
        asked, held = self.ssh(PASSWORD_PORT, PASSWORD, self.code())
        self.assertEqual(2, len(asked), asked)
        self.assertIn(ASKED, asked[1])
        self.assert_holds_keys(held)
        self.assert_nowhere(PASSWORD)

    def test_wrong_password(self):
        """Whoever has the password wrong is not asked for a code, also where the stack goes on"""
        goes_on = ("auth required pam_unix.so", AUTH, *BEHIND_KEY[2:])
        for lines in (None, goes_on):
            with self.subTest(goes_on=lines is not None):
                if lines is None:
                    sshd.stack(AUTH, sshd.LINE)
                else:
                    machine.pam_service("sshd", *lines)
                asked, _ = self.ssh(PASSWORD_PORT, "wrong", self.code(), check=False)
                self.assertEqual(1, len(asked), asked)
                self.assertEqual(0, self.tokens())
        asked, held = self.ssh(PASSWORD_PORT, PASSWORD, self.code())
        self.assertEqual(2, len(asked), asked)
        self.assert_holds_keys(held)

    def test_made_up_password(self):
        """What sshd makes up as the password of who may not come in is none: they are not asked"""
        machine.pam_service("sshd", "auth optional pam_exec.so quiet expose_authtok /bin/true",
                            *BEHIND_KEY)
        asked, _ = self.ssh(PASSWORD_PORT, PASSWORD, self.code(), user="nemo", check=False)
        self.assertEqual(1, len(asked), asked)

    def test_password_method(self):
        """Where sshd cannot ask, as with its method password, the login goes on without a role"""
        sshd.stack(AUTH, sshd.LINE)
        asked, held = self.ssh(PASSWORD_PORT, PASSWORD, method="password")
        self.assertEqual(1, len(asked), asked)
        self.assert_holds_no_keys(held)
        self.wait_for_log("pam_aws_role.sshd:auth.: nobody could be asked .* user=ueno")
        self.assertEqual(0, self.tokens())

    def test_wrong_code(self):
        """A wrong code is told in words and asked for again"""
        machine.pam_service("sshd", *BEHIND_KEY)
        asked, held = self.ssh(KEY_PORT, "000000", self.code())
        self.assertEqual(2, len(asked), asked)
        self.assertIn(WRONG, asked[1])
        self.assertIn(ASKED, asked[1])
        self.assert_holds_keys(held)
        self.assertEqual(2, self.tokens())
        self.wait_for_log(r"no credentials user=ueno .* code=AccessDenied .*did not take")

    def test_used_code(self):
        """A code that was used is wrong; after three questions the login goes on without a role"""
        machine.pam_service("sshd", *BEHIND_KEY)
        used = self.code()
        self.ssh(KEY_PORT, used, command=("aws-role", "logout"))
        asked, held = self.ssh(KEY_PORT, used, used, used, self.code())
        self.assertEqual(3, len(asked), asked)
        self.assertIn(WRONG, asked[2])
        self.assert_holds_no_keys(held)
        self.assertEqual(4, self.tokens())

    def test_password_at_the_question(self):
        """A password typed at the question goes nowhere, is told to nobody, and ends the asking"""
        sshd.stack(AUTH, sshd.LINE)
        asked, held = self.ssh(PASSWORD_PORT, PASSWORD, PASSWORD, self.code())
        self.assertEqual(2, len(asked), asked)
        self.assert_holds_no_keys(held)
        self.assertEqual(0, self.tokens())
        self.assert_nowhere(PASSWORD)
        self.assert_log_is_clean()

    def test_numeric_password(self):
        """A password of six digits is no code either"""
        machine.run("usermod", "-p", machine.run("openssl", "passwd", "-6", "271828").strip(),
                    "ueno")
        sshd.stack(AUTH, sshd.LINE)
        asked, _ = self.ssh(PASSWORD_PORT, "271828", "271828", self.code())
        self.assertEqual((2, 0), (len(asked), self.tokens()), asked)
        self.assert_nowhere("271828")

    def test_no_codes(self):
        """What is no code is sent nowhere and asked for again, twice; an empty line ends it"""
        machine.pam_service("sshd", *BEHIND_KEY)
        typed = ("tell no one", "2468013", "98765 ")
        asked, held = self.ssh(KEY_PORT, *typed, self.code())
        self.assertEqual(3, len(asked), asked)
        self.assertIn(NO_CODE, asked[1])
        self.assert_holds_no_keys(held)
        for text in typed:
            self.assert_nowhere(text)
        asked, _ = self.ssh(KEY_PORT, "", self.code())
        self.assertEqual((1, 0), (len(asked), self.tokens()), asked)
        asked, held = self.ssh(KEY_PORT, typed[0], self.code())
        self.assertEqual(2, len(asked), asked)
        self.assert_holds_keys(held)

    def test_alone(self):
        """With a right code, too, the line alone lets nobody in"""
        for control in ("required", "sufficient", "optional"):
            with self.subTest(control):
                self.fresh()
                machine.pam_service("aws-role-alone", f"auth {control} MODULE")
                tester = self.pamtester("authenticate", service="aws-role-alone")
                status, said = tester.answer((ASKED, self.code())).end()
                self.assertNotEqual(0, status, said)
                self.assertEqual(1, self.tokens())
                self.assert_nothing_left()

    def test_pamtester(self):
        """authenticate and open_session: one code, and no broker in between"""
        tester = self.pamtester("authenticate")
        tester.wait(ASKED)
        code = self.code()
        tester.type(code)
        status, said = tester.end()
        self.assertEqual(0, status, said)
        self.assert_nothing_left()
        self.assertEqual((1, 1), (self.tokens(), self.calls()))
        status, said = self.pamtester("authenticate", "open_session", "close_session").end()
        self.assertEqual(0, status, said)
        self.assertNotIn("MFA", said)
        self.assert_holds_keys(self.seen())
        self.assertEqual((1, 1), (self.tokens(), self.calls()))
        self.assert_nowhere(code)

    def test_su(self):
        """su asks for the code of whom one becomes"""
        machine.pam_service("su", "auth required pam_permit.so", AUTH,
                            "account required pam_permit.so", "session required pam_permit.so",
                            "session optional MODULE")
        su = self.dialogue("su", "-", "ueno", "-c", f"cat /proc/self/environ >{PLACE}/of-su",
                           user=self.nemo)
        machine.write(PLACE + "/of-su", "", 0o666)
        status, said = su.answer((ASKED, self.code())).end()
        self.assertEqual(0, status, said)
        with open(PLACE + "/of-su", encoding="utf-8") as file:
            self.assert_holds_keys(parse_environment(file.read()))

    def test_who_came_in(self):
        """Who came in is, at authentication, whom pam_loginuid will tell: AWS is asked once"""
        self.write_configuration(CONFIGURATION + "source_identity = %{login}\n",
                                 "[user ueno]\nroles = audit\n")
        self.aws.update_role(machine.AUDIT, allow_source_identity=True)
        self.addCleanup(self.aws.update_role, machine.AUDIT, allow_source_identity=False)
        machine.pam_service("sshd", *BEHIND_KEY[:-1], "session required pam_loginuid.so",
                            sshd.LINE)
        asked, held = self.ssh(KEY_PORT, self.code())
        self.assertEqual(1, len(asked))
        self.assert_holds_keys(held, role="audit")
        self.assertEqual((1, 1), (self.tokens(), self.calls()))

    def test_attempts(self):
        """After five wrong codes AWS is not asked, whoever asks, and also after logout"""
        machine.pam_service("sshd", *BEHIND_KEY)
        right = self.code()
        self.ssh(KEY_PORT, "000000", "000001", "000002")
        asked, _ = self.ssh(KEY_PORT, "000003", "000004", right)
        self.assertEqual((3, 5), (len(asked), self.tokens()), asked)
        asked, held = self.ssh(KEY_PORT, right, command=(
            f"aws-role logout; aws-role login --code-from 'echo {right}' 2>&1; env -0",))
        self.assertEqual([], asked)
        self.assert_holds_no_keys({name: text for name, text in held.items() if "\n" not in name})
        self.assertIn(TOO_MANY, "".join(held))
        self.assertEqual(5, self.tokens())
        # Another person has had nothing wrong.
        self.pamtester("authenticate", user="nemo").wait(ASKED)
        # That it was the count, and not the code:
        os.unlink(f"{machine.RUN}/cache/codes-{self.ueno.uid}")
        asked, held = self.ssh(KEY_PORT, self.code())
        self.assertEqual(1, len(asked))
        self.assert_holds_keys(held)

    def test_nothing_to_ask(self):
        """Who has no role, root, and a plan without a person: nobody is asked, nor is AWS"""
        people = "[user ueno]\nroles = developer\n[user root]\nroles = developer\n"
        for user, text in (("nemo", CONFIGURATION), ("root", CONFIGURATION),
                           ("nobody", CONFIGURATION), ("nobody-of-this-name", CONFIGURATION),
                           ("ueno", machine.CONFIGURATION),
                           ("ueno", "[frobnicate]\n")):
            with self.subTest(user, text=text[:30]):
                self.write_configuration(text, people if "frob" not in text else "")
                status, said = self.pamtester("authenticate", user=user).end()
                self.assertEqual(0, status, said)
                self.assertNotIn("MFA", said)
                self.assertEqual({"sts": 0, "imds": 0}, {
                    name: self.aws.counts(name)["connections"] for name in ("sts", "imds")})
                self.assert_nothing_left()

    def test_kept(self):
        """While the MFA session lives nobody is asked, also when the role's credentials are over"""
        status, said = self.pamtester("authenticate").answer((ASKED, self.code())).end()
        self.assertEqual(0, status, said)
        for name in os.listdir(machine.RUN + "/cache"):
            with open(f"{machine.RUN}/cache/{name}", "rb") as file:
                if b"assumed-role" in file.read():
                    os.unlink(f"{machine.RUN}/cache/{name}")
        self.aws.fault("sts", "silent")
        with Stopwatch() as took:
            status, said = self.pamtester("authenticate").end()
        self.assertNotIn("MFA", said)
        self.assert_within(took, 2)
        self.assertEqual((1, 1), (self.tokens(), self.calls()))

    def test_not_shared(self):
        """A cache that could hand nothing on to the session: nobody is asked"""
        os.mkdir(machine.RUN, 0o755)
        machine.write(machine.RUN + "/cache", "")
        self.addCleanup(os.unlink, machine.RUN + "/cache")
        status, said = self.pamtester("authenticate").end()
        self.assertEqual(0, status, said)
        self.assertNotIn("MFA", said)

    def test_aws_silent(self):
        """An AWS that says nothing holds the login no longer than timeout="""
        machine.pam_service("aws-role-auth", "auth required pam_permit.so", AUTH + " timeout=2")
        self.aws.fault("sts", "silent")
        tester = self.pamtester("authenticate").answer((ASKED, self.code()))
        with Stopwatch() as took:
            status, said = tester.end()
        self.assertEqual(0, status, said)
        self.assert_within(took, 3)
        # The second is what the module says where the broker's reason is late.
        self.assertRegex(said, "no connection|could not be used")
        self.assertNotIn("MFA code of", said)
        self.assert_nothing_left()

    def test_killed(self):
        """The application dies while the question stands: nothing is left of it"""
        tester = self.pamtester("authenticate")
        tester.wait(ASKED)
        found = processes.settled()
        self.assertEqual(["aws-role-broker"], [process.name for process in found])
        self.assertNotIn(0, found[0].uids)
        tester.process.send_signal(signal.SIGKILL)
        self.assert_nothing_left()

    def test_client_gone(self):
        """Whoever breaks the connection off at the question leaves nothing behind"""
        machine.pam_service("sshd", *BEHIND_KEY)
        client = self.dialogue(*SSH, "-p", KEY_PORT, "-l", "ueno", "localhost", "true")
        client.wait("MFA code of")
        self.assertEqual(1, len(processes.settled("aws-role-broker")))
        client.process.kill()
        self.assert_nothing_left()

    def test_broker_killed(self):
        """A broker that is killed at the question spends nothing, and the login goes on"""
        tester = self.pamtester("authenticate")
        tester.wait(ASKED)
        os.kill(processes.settled("aws-role-broker")[0].pid, signal.SIGKILL)
        self.assert_nothing_left()
        tester.type(self.code())
        status, said = tester.end()
        self.assertEqual(0, status, said)
        self.assertEqual(0, self.tokens())
        self.assertIn("could not be used", said)

    def test_no_conversation(self):
        """A conversation that fails: the login goes on, and nothing is left"""
        done = subprocess.run(["pamtester", "aws-role-auth", "ueno", "authenticate"], check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertEqual(0, self.tokens())
        self.assert_nothing_left()

    def test_nobody_to_ask(self):
        """Without a broker the line is as if it was not there"""
        broker = machine.PROGRAMS + "/aws-role-broker"
        with machine.away(broker):
            status, said = self.pamtester("authenticate").end()
        self.assertEqual(0, status, said)
        self.assertIsNone(re.search("MFA", said))
