# SPDX-License-Identifier: BSD-3-Clause
"""pamtester, an application that is not ours: what PAM returns and what the session holds."""

import os
import subprocess

from . import machine
from .case import SystemTest
from .login import parse_environment

SEEN = "/run/seen"


def pamtester(service, user, *operations):
    """(status, output)."""
    done = subprocess.run(["pamtester", service, user, *operations], check=False, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


class Pamtester(SystemTest):
    """Stacks that show what our module returned."""

    def setUp(self):
        super().setUp()
        machine.write("/run/spy", f"#!/bin/sh\nenv -0 >{SEEN}\n", 0o755)
        machine.write("/run/mark", "#!/bin/sh\necho marked\n", 0o755)
        if os.path.exists(SEEN):
            os.unlink(SEEN)

    def seen(self):
        """The session's environment, as the line after ours finds it."""
        with open(SEEN, encoding="utf-8") as file:
            return parse_environment(file.read())

    def test_mapped(self):
        """A mapped user's session holds the key and region variables"""
        machine.pam_service("aws-role-spy", "session required MODULE",
                            "session optional pam_exec.so /run/spy")
        status, output = pamtester("aws-role-spy", "ueno", "open_session", "close_session")
        self.assertEqual(0, status, output)
        self.assertIn("successfully opened a session", output)
        self.assert_holds_keys(self.seen())
        self.assert_no_sockets()

    def test_unmapped(self):
        """PAM gets IGNORE for an unmapped user, and the session holds nothing"""
        # IGNORE alone skips the next line; whatever else came back ends the stack at once.
        machine.pam_service("aws-role-spy", "session [ignore=1 default=die] MODULE",
                            "session requisite pam_deny.so",
                            "session required pam_exec.so stdout /run/mark",
                            "session optional pam_exec.so /run/spy")
        status, output = pamtester("aws-role-spy", "nemo", "open_session")
        self.assertEqual(0, status, output)
        self.assertIn("marked", output)
        self.assert_holds_nothing(self.seen())

    def test_mapped_is_success(self):
        """The same stack tells SUCCESS from IGNORE"""
        machine.pam_service("aws-role-spy", "session [success=1 default=die] MODULE",
                            "session requisite pam_deny.so",
                            "session required pam_exec.so stdout /run/mark")
        status, output = pamtester("aws-role-spy", "ueno", "open_session", "close_session")
        self.assertEqual(0, status, output)
        self.assertIn("marked", output)

    def test_authenticate_alone(self):
        """A stack of our module alone authenticates nobody"""
        for control in ("required", "sufficient", "optional", "requisite"):
            with self.subTest(control):
                machine.pam_service("aws-role-auth", f"auth {control} MODULE")
                for user in ("ueno", "nemo", "root"):
                    status, output = pamtester("aws-role-auth", user, "authenticate")
                    self.assertNotEqual(0, status, output)

    def test_authenticate_is_ignore(self):
        """authenticate returns IGNORE, which counts for nothing beside another module"""
        machine.pam_service("aws-role-auth", "auth [ignore=1 default=die] MODULE",
                            "auth requisite pam_deny.so", "auth required pam_permit.so")
        status, output = pamtester("aws-role-auth", "ueno", "authenticate")
        self.assertEqual(0, status, output)

    def test_setcred(self):
        """setcred returns SUCCESS"""
        machine.pam_service("aws-role-auth", "auth [success=ok default=die] MODULE")
        status, output = pamtester("aws-role-auth", "ueno", "setcred")
        self.assertEqual(0, status, output)

    def test_unknown_user(self):
        """A user that nobody knows is refused nothing and given nothing"""
        machine.pam_service("aws-role-spy", "session [ignore=1 default=die] MODULE",
                            "session requisite pam_deny.so", "session required pam_permit.so")
        status, output = pamtester("aws-role-spy", "nobody-of-this-name", "open_session")
        self.assertEqual(0, status, output)

    def test_unknown_option(self):
        """An unknown option is logged and ignored"""
        machine.pam_service("aws-role-spy", "session required MODULE frobnicate timeout=soon",
                            "session optional pam_exec.so /run/spy")
        status, output = pamtester("aws-role-spy", "ueno", "open_session", "close_session")
        self.assertEqual(0, status, output)
        self.assert_holds_keys(self.seen())
        self.wait_for_log("unknown option.*frobnicate")
        self.wait_for_log("option ignored.*timeout=soon")
