# SPDX-License-Identifier: BSD-3-Clause
"""STS that misbehaves: bounded time, and a reason in the log and in aws-role status."""

from . import machine
from .case import PAM_SUCCESS, SystemTest, stack
from .login import PamSession

# What is wrong, how the peer does that, and what the reason has to say.
FAULTS = [
    ("refused connections", "refuse", {}, r"sts\.ap-northeast-1\.amazonaws\.com"),
    ("a closed connection", "closed", {}, r"sts\.ap-northeast-1\.amazonaws\.com"),
    ("a connection closed after the request", "closed", {"at": "request"}, r"."),
    ("a reset", "reset", {}, r"."),
    ("500", "status", {"status": 500}, r"."),
    ("503", "status", {"status": 503}, r"."),
    ("403 without a body that is AWS's", "status", {"status": 403, "body": "no"}, r"."),
    ("throttling", "throttle", {}, r"try again later"),
    ("throttling, 429", "throttle", {"status": 429}, r"try again later"),
    ("AccessDenied", "code", {"code": "AccessDenied"}, r"trust policy|allow"),
    ("RegionDisabled", "code", {"code": "RegionDisabledException"}, r"[Rr]egion"),
    ("garbage", "garbage", {}, r"."),
    ("10 MB", "huge", {}, r"."),
    ("an answer without end", "huge", {"endless": True}, r"."),
    ("headers without end", "header_flood", {"endless": True}, r"."),
    ("a redirect", "redirect", {"location": "http://169.254.169.254/"}, r"redirect"),
    ("a web page", "wrong_type", {}, r"."),
    ("a truncated answer", "truncated", {}, r"."),
]
MOST_SECONDS, GIVE_UP_SECONDS = 15, 33


class BadSts(SystemTest):
    """The machine's metadata are fine."""

    def setUp(self):
        super().setUp()
        machine.pam_service("aws-role-patient", *stack("timeout=60"))

    def try_login(self, pattern):
        """A login that waits for the reason; the Stopwatch of it."""
        with self.open(service="aws-role-patient") as session:
            self.assertEqual(PAM_SUCCESS, session.result)
            self.assert_holds_no_keys(session.environment)
            line = self.wait_for_log("no credentials.*reason=")
            self.assertRegex(line, pattern)
            self.assertNotRegex(line, "reason=unknown|reason=\"?error")
            status = self.status(session, self.ueno)
            self.assertTrue(status["last_error"])
            self.assertRegex(status["last_error"], pattern)
            self.assertIsNone(status["seconds_left"])
            return session.took

    def test_answers(self):
        """5xx, garbage, 10 MB, truncated, redirecting and so on: soon, with a reason"""
        for name, kind, parameters, pattern in FAULTS:
            with self.subTest(name):
                self.fresh()
                self.aws.fault("sts", kind, **parameters)
                self.assert_within(self.try_login(pattern), MOST_SECONDS)

    def test_silence(self):
        """Silence and dribble: given up in time, with a reason"""
        other = machine.add_user("patient")
        machine.configure("[user ueno]\nroles = developer\n[user patient]\nroles = audit\n")
        self.aws.fault("sts", "silent", at="request", role_arn=machine.DEVELOPER)
        self.aws.fault("sts", "dribble", seconds=1, role_arn=machine.AUDIT)
        started = [(person, PamSession(person.name, "aws-role-patient"))
                   for person in (self.ueno, other)]
        for person, session in started:
            with session:
                self.assert_within(session.took, GIVE_UP_SECONDS)
                self.assert_holds_no_keys(session.environment)
                self.wait_for_log(f"no credentials user={person.name} .*reason=.*no answer")
                self.assertIn("no answer", self.status(session, person)["last_error"])

    def test_passing(self):
        """A fault that passes is tried again, and nobody notices"""
        for kind in ("reset", "closed", "throttle", "status", "truncated"):
            with self.subTest(kind):
                self.fresh()
                self.aws.fault("sts", kind, count=1)
                with self.open(service="aws-role-patient") as session:
                    self.assert_holds_keys(session.environment)

    def test_redirect_is_not_followed(self):
        """Nobody is asked at the place that a redirect names"""
        self.aws.fault("sts", "redirect", location="http://169.254.169.254/elsewhere")
        with self.open(service="aws-role-patient") as session:
            self.assert_holds_no_keys(session.environment)
        self.assertEqual(0, self.aws.counts("imds")["actions"].get("other", 0))

    def test_clock(self):
        """A server's clock that is two hours off is no obstacle, and expiry is told rightly"""
        self.aws.fault("sts", "skew", seconds=7200)
        with self.open(service="aws-role-patient") as session:
            self.assert_holds_keys(session.environment)
            left = self.status(session, self.ueno)["seconds_left"]
            self.assertTrue(3400 <= left <= 3600, left)

    def test_no_instance_role(self):
        """An instance without a profile: the reason says so"""
        self.aws.instance_role(None)
        self.addCleanup(self.aws.instance_role, machine.BASTION)
        self.try_login("instance profile|role")
