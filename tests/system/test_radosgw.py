# SPDX-License-Identifier: BSD-3-Clause
"""An STS that is not ours: Ceph's, which knows nothing of this project and checks signatures."""

import grp
import json
import unittest

import botocore.exceptions
import botocore.session

from . import machine, radosgw, sandbox
from .case import KEY_VARIABLES, PAM_SUCCESS, VARIABLES, SystemTest
from .login import SshSession

KEY_ID, SECRET = "0555b35654ad1656d804", "h7GhxuBLTrlhVUyxSPUKUV8r/2EI4ngqJxD7iBdB+Rk="
CONFIGURATION = f"""\
[defaults]
region = {machine.REGION}
sts_endpoint = %s
ca_bundle = /etc/aws-role/ca.pem
source = ceph

[source ceph]
profile = ceph

[role lab]
role_arn = arn:aws:iam:::role/lab

[role look]
role_arn = arn:aws:iam:::role/lab
duration_seconds = 900
policy = {{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", \
"Action": "s3:ListAllMyBuckets", "Resource": "*"}}]}}

[role closed]
role_arn = arn:aws:iam:::role/closed

[role nowhere]
role_arn = arn:aws:iam:::role/nowhere

[user ueno]
roles = %s
"""


def policy(**statement):
    """A policy of one statement, JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def trust(user):
    """Who may assume a role."""
    return policy(Principal={"AWS": [f"arn:aws:iam:::user/{user}"]}, Action=["sts:AssumeRole"])


@unittest.skipIf(radosgw.missing(), f"not installed: apt-get install {radosgw.PACKAGES}")
class Radosgw(SystemTest):
    """Only the configuration tells it from AWS."""

    @classmethod
    def setUpClass(cls):
        if not sandbox.inside():
            return
        cls.cluster = radosgw.Cluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.start()
        cls.cluster.add_user("bastion", KEY_ID, SECRET)
        everything = policy(Action=["s3:*"], Resource="arn:aws:s3:::*")
        cls.cluster.add_role("lab", trust("bastion"), everything)
        cls.cluster.add_role("closed", trust("somebody-else"), everything)

    def setUp(self):
        super().setUp()
        self.configure()

    def configure(self, role="lab", endpoint=radosgw.HTTPS, key_id=KEY_ID, secret=SECRET):
        """What an administrator writes for a cluster like this."""
        machine.configure(text=CONFIGURATION % (endpoint, role))
        with open(self.cluster.ca_bundle, encoding="ascii") as file:
            machine.write("/etc/aws-role/ca.pem", file.read())
        machine.write("/etc/aws-role/credentials",
                      f"[ceph]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n",
                      0o640, (0, grp.getgrnam(machine.SERVICE_USER).gr_gid))

    def s3(self, environment):
        """The gateway's S3 as those who hold these variables see it."""
        return botocore.session.get_session().create_client(
            "s3", environment["AWS_REGION"], endpoint_url=radosgw.HTTPS,
            verify=self.cluster.ca_bundle, aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=environment["AWS_SESSION_TOKEN"])

    def assert_refused(self, code, call, **arguments):
        """The gateway says no, with this code."""
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        self.assertEqual(code, caught.exception.response["Error"]["Code"])

    def status(self, session):
        """(exit status, what aws-role status --json says)."""
        code, output = session.run("aws-role status --json")
        return code, json.loads(output)

    def test_login(self):
        """A session's credentials work in the cluster, and status tells where they are from"""
        with SshSession("ueno") as session:
            environment = session.environment()
            self.assertEqual([], [name for name in VARIABLES if name not in environment])
            code, status = self.status(session)
        self.assertEqual((0, "ueno", "lab", "arn:aws:iam:::role/lab", None),
                         (code, *(status[name] for name in ("user", "role", "role_arn",
                                                            "last_error"))))
        self.assertGreater(status["seconds_left"], 3500)
        s3 = self.s3(environment)
        s3.create_bucket(Bucket="made-by-ueno")
        self.assertIn("made-by-ueno", [one["Name"] for one in s3.list_buckets()["Buckets"]])
        wrong = {**environment, "AWS_SECRET_ACCESS_KEY": environment["AWS_SECRET_ACCESS_KEY"][1:]}
        self.assert_refused("SignatureDoesNotMatch", self.s3(wrong).list_buckets)

    def test_http(self):
        """Plain http on loopback gives the same"""
        self.configure(endpoint=radosgw.HTTP)
        with self.open() as session:
            self.assertEqual(PAM_SUCCESS, session.result)
            self.s3(session.environment).list_buckets()

    def test_policy(self):
        """A session policy arrives whole, its characters too, and takes away what it leaves out"""
        self.configure("look")
        with self.open() as session:
            s3 = self.s3(session.environment)
        s3.list_buckets()
        self.assert_refused("AccessDenied", s3.create_bucket, Bucket="not-made")

    def test_refusals(self):
        """What the gateway refuses is told in words, in the log and by status"""
        lab = "was refused for arn:aws:iam:::role/lab without a reason"
        cases = [({"secret": SECRET[::-1]}, f"access key {KEY_ID} of .* {lab}"),
                 ({"key_id": KEY_ID[::-1]}, f"access key {KEY_ID[::-1]} of .* {lab}"),
                 ({"role": "closed"}, "was refused for arn:aws:iam:::role/closed without a reason"),
                 ({"role": "nowhere"}, "there is no role arn:aws:iam:::role/nowhere")]
        for changes, words in cases:
            with self.subTest(words):
                self.fresh()
                self.configure(**changes)
                with SshSession("ueno") as session:
                    self.assertNotIn("AWS_ACCESS_KEY_ID", session.environment())
                    self.wait_for_log(words)
                    code, status = self.status(session)
                    self.assertEqual(1, code)
                    self.assertRegex(status["last_error"], words)
                self.assertNotIn(changes.get("secret", SECRET), "\n".join(self.new_log()))

    def test_another_ca(self):
        """Without ca_bundle the gateway's certificate is not trusted"""
        text = CONFIGURATION % (radosgw.HTTPS, "lab")
        machine.write(machine.CONFIG, text.replace("ca_bundle = /etc/aws-role/ca.pem\n", ""))
        with self.open() as session:
            self.assertEqual([], [name for name in KEY_VARIABLES if name in session.environment])
            self.wait_for_log("certificate")
