# SPDX-License-Identifier: BSD-3-Clause
"""aws-role-helper by itself: the test plays the broker, the peer is AWS."""

import contextlib
import grp
import os
import socket
import unittest

from . import helper_broker as broker
from . import machine
from .case import SystemTest
from .helper_broker import STEPS, Obtain, encode, number, text

HELPER = machine.PROGRAMS + "/aws-role-helper"
CREDENTIALS = "/etc/aws-role/credentials"
DEPLOY_USER = f"arn:aws:iam::{machine.ACCOUNT}:user/deploy"
DEPLOY = f"arn:aws:iam::{machine.ACCOUNT}:role/Deploy"
KEY, SECRET = "AKIAEXAMPLEDEPLOY001", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
# common/error.h
UNTRUSTED, CONFIG, DENIED, UNREACHABLE = 5, 41, 62, 64

INSTANCE = encode("STEP", STEP=STEPS["INSTANCE_METADATA"])


def role(arn=machine.DEVELOPER, **fields):
    """A STEP that assumes a role."""
    return encode("STEP", STEP=STEPS["ASSUME_ROLE"], ROLE_ARN=arn, ROLE_SESSION_NAME="ueno",
                  **fields)


def keys(path=CREDENTIALS):
    """A STEP that reads static keys."""
    return encode("STEP", STEP=STEPS["STATIC_KEYS"], PROFILE="deploy", CREDENTIALS_FILE=path)


class HelperTest(SystemTest):
    """Each test is one run of the helper, as _aws-role."""

    def start(self):
        """One that is ended with the test."""
        obtain = Obtain(HELPER, machine.SERVICE_USER)
        self.addCleanup(obtain.close)
        return obtain

    def run_steps(self, *steps, **more):
        """Its reports but END, which has to be the last."""
        self.obtain = self.start()
        self.obtain.ask(steps, **more)
        reports = self.obtain.reports()
        self.assertEqual("END", reports[-1][0] if reports else None)
        self.assertEqual(0, self.obtain.process.returncode)
        self.offset = number(reports[-1][1]["CLOCK_OFFSET"])
        return reports[:-1]

    def assert_fails(self, reports, index, failure_class, pattern):
        """The last report is a FAIL like that."""
        kind, fields = reports[-1]
        self.assertEqual("FAIL", kind)
        self.assertRegex(text(fields["TEXT"]), pattern)
        self.assertEqual((index, failure_class), (number(fields["INDEX"]),
                                                  number(fields["CLASS"])))

    def hosts(self):
        """The hosts that roles were asked of."""
        return [request["host"] for request in self.aws.requests("sts", "AssumeRole")]

    def instance(self):
        """FROM with the credentials of the instance's role."""
        return broker.from_issued(self.aws.issue(machine.BASTION), STEPS["INSTANCE_METADATA"])


class Steps(HelperTest):
    """What the steps give."""

    def test_a_role_by_the_instance_s_own(self):
        """Two steps, two reports; STS of the instance's region, verified by the system's store."""
        reports = self.run_steps(INSTANCE, role())
        self.assertEqual(["DONE", "DONE"], [kind for kind, _ in reports])
        self.assertEqual([0, 1], [number(fields["INDEX"]) for _, fields in reports])
        self.assertEqual("arn:aws:sts::123456789012:assumed-role/Developer/ueno",
                         text(reports[1][1]["ARN"]))
        for _, fields in reports:
            self.assertRegex(text(fields["ACCESS_KEY_ID"]), "^ASIA")
            self.assertGreater(number(fields["VALID_UNTIL"]), broker.boottime(3000))
        self.assertEqual(["sts.ap-northeast-1.amazonaws.com"], self.hosts())
        self.assertEqual(0, self.aws.counts("imds")["v1"])

    def test_only_the_steps_that_are_left(self):
        """FROM takes the place of steps whose result is cached, and the region is the instance's."""
        reports = self.run_steps(role(), before=self.instance())
        self.assertEqual(["DONE"], [kind for kind, _ in reports])
        self.assertEqual(["sts.ap-northeast-1.amazonaws.com"], self.hosts())
        self.assertNotIn("credentials", self.aws.counts("imds")["actions"])

    def test_no_region_and_no_instance(self):
        """The global endpoint, without a question to the metadata service."""
        before = broker.from_issued(self.aws.issue(machine.BASTION), STEPS["STATIC_KEYS"])
        self.run_steps(role(), before=before)
        self.assertEqual(["sts.amazonaws.com"], self.hosts())
        self.assertEqual({}, self.aws.counts("imds")["actions"])

    def test_a_configured_region(self):
        """A configured region decides where to ask."""
        self.run_steps(INSTANCE, role(REGION="ap-northeast-1"))
        self.assertEqual(["sts.ap-northeast-1.amazonaws.com"], self.hosts())
        self.assertNotIn("region", self.aws.counts("imds")["actions"])

    def test_clock(self):
        """What is learned about AWS's clock is reported, and used when it is given."""
        self.aws.fault("sts", "skew", seconds=7200)
        self.run_steps(role(), before=self.instance())
        self.assertAlmostEqual(7200, self.offset, delta=5)
        self.aws.reset()
        self.run_steps(role(), before=self.instance(), offset=self.offset)
        self.assertEqual(1, self.calls())


class StaticKeys(HelperTest):
    """The credentials file."""

    def setUp(self):
        super().setUp()
        self.aws.update_user(DEPLOY_USER, access_keys=[{"id": KEY, "secret": SECRET}])
        self.aws.update_role(DEPLOY, trust=[DEPLOY_USER])

    @staticmethod
    def write(mode=0o640, content=f"[deploy]\naws_access_key_id = {KEY}\n"
                                  f"aws_secret_access_key = {SECRET}\n"):
        """The file as an administrator has it."""
        group = grp.getgrnam(machine.SERVICE_USER).gr_gid
        machine.write(CREDENTIALS, content, mode, (0, group))

    def test_keys_never_leave(self):
        """Static keys are used, and not reported."""
        self.write()
        reports = self.run_steps(keys(), role(DEPLOY))
        self.assertEqual(["DONE", "DONE"], [kind for kind, _ in reports])
        self.assertEqual({"INDEX"}, set(reports[0][1]))
        self.assertRegex(text(reports[1][1]["ACCESS_KEY_ID"]), "^ASIA")

    def test_a_file_that_others_may_read(self):
        """A credentials file that others may read is refused."""
        self.write(0o644)
        self.assert_fails(self.run_steps(keys(), role(DEPLOY)), 0, UNTRUSTED, CREDENTIALS)
        self.assertEqual(0, self.calls())

    def test_a_file_that_does_not_parse(self):
        """A credentials file that does not parse: file and line are told, and no value."""
        self.write(content="[deploy]\n" + SECRET + "\n")
        reports = self.run_steps(keys(), role(DEPLOY))
        self.assert_fails(reports, 0, CONFIG, f"^{CREDENTIALS}:2: ")
        self.assertNotIn(SECRET, text(reports[0][1]["TEXT"]))


class Failures(HelperTest):
    """One FAIL ends the obtain, and END follows."""

    def test_denied(self):
        """Denied: what is done is reported before; code and request id are there."""
        self.aws.update_role(machine.DEVELOPER, trust=[machine.AUDIT])
        self.addCleanup(self.aws.update_role, machine.DEVELOPER, trust=[machine.BASTION])
        reports = self.run_steps(INSTANCE, role(), role(machine.AUDIT))
        self.assertEqual(["DONE", "FAIL"], [kind for kind, _ in reports])
        self.assert_fails(reports, 1, DENIED, "^the trust policy of .*Developer does not allow "
                                              "arn:aws:sts::123456789012:assumed-role/Bastion/")
        self.assertEqual("AccessDenied", text(reports[1][1]["CODE"]))
        self.assertIn(text(reports[1][1]["REQUEST_ID"]), text(reports[1][1]["TEXT"]))

    def test_deadline(self):
        """The give-up time bounds everything, and the reason arrives within it."""
        self.aws.fault("sts", "silent", at="request")
        reports = self.run_steps(role(), before=self.instance(), give_up=1)
        self.assert_fails(reports, 0, UNREACHABLE, "no answer from " + machine.STS_NAMES[1])
        self.assert_within(self.obtain.took, 1.5)

    def test_refused_connection(self):
        """A refused connection is told after three attempts, soon."""
        self.aws.fault("sts", "refuse")
        reports = self.run_steps(role(), before=self.instance())
        self.assert_fails(reports, 0, UNREACHABLE, "connection refused by " + machine.STS_NAMES[1])

    def test_a_step_that_is_none(self):
        """A step that is none: nothing is done."""
        self.assertEqual("FAIL", self.run_steps(encode("STEP", STEP=99))[0][0])

    def test_a_role_without_anybody_to_assume_it(self):
        """A role without anybody to assume it: nothing is asked."""
        self.assertEqual("FAIL", self.run_steps(role())[0][0])
        self.assertEqual(0, self.calls())

    def test_records_that_break_the_protocol(self):
        """Records that break the protocol: it ends and says nothing."""
        obtain_one = encode("OBTAIN", GIVE_UP=broker.boottime(30), CLOCK_OFFSET=0, STEPS=1)
        for records in ([INSTANCE], [b"\0\0"], [obtain_one, obtain_one],
                        [encode("OBTAIN", GIVE_UP=1, CLOCK_OFFSET=0, STEPS=0)],
                        [encode("OBTAIN", GIVE_UP=1, CLOCK_OFFSET=0, STEPS=2**40)],
                        [obtain_one, encode("KEPT", KEPT=b"x")],
                        [obtain_one, self.instance(), self.instance()]):
            obtain = self.start()
            with contextlib.suppress(BrokenPipeError):
                obtain.send(*records)
            self.assertEqual([], obtain.reports())
            self.assertEqual(1, obtain.process.returncode)


class Confinement(HelperTest):
    """What the process is while it waits for the network."""

    def setUp(self):
        super().setUp()
        self.aws.fault("sts", "hold")
        self.waiting = self.start()
        self.waiting.ask([role()], before=self.instance())
        self.aws.wait_for("sts", "AssumeRole", state="held")

    def test_it_has_given_up_what_it_does_not_need(self):
        """No new privileges, a filter, no core, nobody of its own user may look into it."""
        place = f"/proc/{self.waiting.process.pid}"
        with open(place + "/status", encoding="ascii") as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
        self.assertEqual(("1", "2"), (status["NoNewPrivs"], status["Seccomp"]))
        self.assertEqual("0000000000000000", status["CapEff"])
        self.assertEqual(0, os.stat(place + "/environ").st_uid)     # not dumpable: proc(5)
        with open(place + "/limits", encoding="ascii") as file:
            self.assertRegex(file.read(), r"Max core file size\s+0\s+0")
        with open(place + "/environ", "rb") as file:
            self.assertEqual(b"", file.read())

    def test_it_ends_with_the_broker(self):
        """It ends with the broker, as nobody waits for the answer any more."""
        self.waiting.socket.shutdown(socket.SHUT_RDWR)
        self.waiting.socket.close()
        self.waiting.process.wait(3)


if __name__ == "__main__":
    unittest.main()
