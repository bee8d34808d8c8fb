# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of console sign-in share: a person of AWS's, and a shell in which it is asked."""

import contextlib
import re

from . import machine
from .login import SshSession
from .shells import ShellTest

PERSON = f"arn:aws:iam::{machine.ACCOUNT}:user/ueno"
OTHER = f"arn:aws:iam::{machine.ACCOUNT}:user/nemo"
PASSWORD = "correct horse battery staple"
CONFIGURATION = f"""\
[defaults]
region = {machine.REGION}
source = console

[source console]
login_session = arn:aws:iam::{machine.ACCOUNT}:user/%{{user}}

[role developer]
role_arn = {machine.DEVELOPER}

[role audit]
role_arn = {machine.AUDIT}
"""
PEOPLE = "[user ueno]\nroles = developer audit\n[user nemo]\nroles = developer\n"
ASKED = f"Code from the page, signed in as {PERSON}: "
URL = re.compile(r"https://\S+/v1/authorize\?\S+")


class SignInTest(ShellTest):
    """ueno's roles are taken by whoever has signed in to the console as the IAM user ueno."""

    def setUp(self):
        super().setUp()
        machine.configure(PEOPLE, CONFIGURATION)
        for who in (PERSON, OTHER):
            self.aws.update_user(who, password=PASSWORD, allow_sign_in=True, access_keys=[])
        for role in (machine.DEVELOPER, machine.AUDIT):
            self.aws.update_role(role, trust=[PERSON, OTHER])
            self.addCleanup(self.aws.update_role, role, trust=[machine.BASTION])
        self.addCleanup(self.aws.end_sign_ins)

    def asked(self, action):
        """How often AWS Sign-In was asked for that."""
        return self.aws.counts("signin")["actions"].get(action, 0)

    def pane(self, session=None):
        """A shell of ueno's in a terminal."""
        return self.terminals(session or self.log_in()).pane("bash", "-l")

    @contextlib.contextmanager
    def shell(self):
        """The same, in a session that ends with the block."""
        with SshSession("ueno") as session:
            tmux = self.terminals(session)
            yield tmux.pane("bash", "-l")
            tmux.close()

    @staticmethod
    def begin(pane, command="aws-role login"):
        """Types that, and waits for the question: the page that is to be opened."""
        asked = pane.screen().count(ASKED)
        pane.type(command)
        pane.wait(lambda screen: screen.count(ASKED) > asked)
        return URL.findall(pane.screen())[-1]

    @staticmethod
    def answer(pane, text):
        """Pastes the answer: what is on the screen once there is a prompt again."""
        prompts = pane.prompts()
        pane.paste(text)
        pane.wait(lambda screen: len(re.findall(r"^<<", screen, re.M)) > prompts)
        return pane.screen()

    def sign_in(self, url, who="ueno"):
        """What a person does at the page: the verification code."""
        return self.aws.sign_in(url, who, PASSWORD)["verification_code"]

    def log_in_at_aws(self, pane):
        """All of it: the shell has credentials then."""
        return self.answer(pane, self.sign_in(self.begin(pane)))
