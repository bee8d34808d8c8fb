# SPDX-License-Identifier: BSD-3-Clause
"""ueno's roles are taken with the key of an IAM user's, which is of no use without a code."""

import base64
import grp
import time

from . import machine
from .case import SystemTest

USER = f"arn:aws:iam::{machine.ACCOUNT}:user/mika"
SERIAL = f"arn:aws:iam::{machine.ACCOUNT}:mfa/mika"
KEY, SECRET = "AKIAMIKAMIKAMIKAMIKA", "m" * 40
CONFIGURATION = f"""\
[defaults]
region = {machine.REGION}
source = mika

[source mika]
profile = mika
mfa_serial = {SERIAL}

[role developer]
role_arn = {machine.DEVELOPER}

[role audit]
role_arn = {machine.AUDIT}
"""
PEOPLE = "[user ueno]\nroles = developer audit\n[user nemo]\nroles = developer\n"
STEP_SECONDS, SPARE_SECONDS = 30, 6     # of a code; what a login may take until it is used
ASKED = f"MFA code of {SERIAL}: "


class MfaTest(SystemTest):
    """A test with an MFA device that has a secret of the test's own: no code is good twice."""

    def setUp(self):
        super().setUp()
        self.write_configuration(CONFIGURATION)
        secret = base64.b32encode(self.id().rpartition(".")[2].ljust(20).encode()[:20]).decode()
        self.aws.update_user(USER, access_keys=[{"id": KEY, "secret": SECRET}],
                             mfa={"serial": SERIAL, "secret": secret})
        for role in (machine.DEVELOPER, machine.AUDIT):
            self.aws.update_role(role, trust=[USER], require_mfa=True)
            self.addCleanup(self.aws.update_role, role, trust=[machine.BASTION], require_mfa=False)

    @staticmethod
    def write_configuration(text, people=PEOPLE, profile=""):
        """aws-role.conf and the credentials file; `profile` are more lines of its profile."""
        machine.configure(people, text)
        machine.write("/etc/aws-role/credentials", f"[mika]\naws_access_key_id = {KEY}\n"
                      f"aws_secret_access_key = {SECRET}\n{profile}", 0o640,
                      (0, grp.getgrnam(machine.SERVICE_USER).gr_gid))

    def tokens(self):
        """How many calls of GetSessionToken there were."""
        return self.calls("GetSessionToken")

    def code(self):
        """One that AWS takes for some seconds more."""
        left = STEP_SECONDS - time.time() % STEP_SECONDS
        if left < SPARE_SECONDS:
            time.sleep(left)
        return self.aws.mfa_code(USER)
