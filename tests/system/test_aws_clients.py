# SPDX-License-Identifier: BSD-3-Clause
"""AWS's own command in a session: the credentials are used, and others are not."""

import json
import shutil

from . import machine
from .case import SystemTest
from .login import SshSession

CALLER = "aws sts get-caller-identity --endpoint-url https://localhost"
ASSUMED = f"arn:aws:sts::{machine.ACCOUNT}:assumed-role/Developer/ueno"


class AwsClients(SystemTest):
    """In an ssh session of ueno."""

    def setUp(self):
        super().setUp()
        if shutil.which("aws") is None:
            self.skipTest("there is no aws command here: install awscli")
        self.session = SshSession("ueno")
        self.addCleanup(self.session.close)

    def test_caller(self):
        """aws sts get-caller-identity answers with the assumed role"""
        for command in (CALLER, "aws sts get-caller-identity"):
            status, output = self.session.run(command)
            self.assertEqual(0, status, output)
            self.assertEqual((ASSUMED, machine.ACCOUNT),
                             tuple(json.loads(output)[name] for name in ("Arn", "Account")))

    def test_botocore(self):
        """botocore by itself finds the credentials, too"""
        status, output = self.session.run(
            "/usr/bin/python3 -c 'import botocore.session; print(botocore.session.Session()"
            ".create_client(\"sts\").get_caller_identity()[\"Arn\"])'")
        self.assertEqual((0, ASSUMED), (status, output.decode().strip()))

    def refused(self, command, code):
        """AWS says no, with that code."""
        status, output = self.session.run(command + " 2>&1")
        self.assertNotEqual(0, status)
        self.assertIn(code, output.decode())

    def test_other_credentials(self):
        """With another secret, token or key it fails"""
        self.refused(f"AWS_SECRET_ACCESS_KEY=wrong {CALLER}", "SignatureDoesNotMatch")
        self.refused(f"AWS_SESSION_TOKEN=wrong {CALLER}", "InvalidClientTokenId")
        self.refused(f"AWS_ACCESS_KEY_ID=ASIAEXAMPLEEXAMPLE00 {CALLER}", "InvalidClientTokenId")

    def test_expired(self):
        """Credentials that have ended are of no use"""
        self.aws.expire(self.session.environment()["AWS_ACCESS_KEY_ID"])
        self.refused(CALLER, "ExpiredToken")
