# SPDX-License-Identifier: BSD-3-Clause
"""Many logins at the same time, with nothing cached."""

from . import machine, processes
from .case import PAM_SUCCESS, SystemTest, stack
from .login import PamSession

MANY = 50


class Concurrency(SystemTest):
    """Logins through pam_client."""

    def setUp(self):
        super().setUp()
        machine.pam_service("aws-role-patient", *stack("timeout=60"))
        self.sessions = []

    def start(self, count, user="ueno"):
        """Starts logins, which are not waited for."""
        started = [PamSession(user, "aws-role-patient") for _ in range(count)]
        for session in started:
            self.addCleanup(session.__exit__)
        self.sessions += started

    @staticmethod
    def brokers():
        """How many brokers ask: each with a child that does."""
        return len(processes.ours("aws-role-broker")) // 2

    def test_one_user(self):
        """50 logins of one user: one AssumeRole, 50 sessions with credentials"""
        self.aws.fault("sts", "hold")
        self.start(MANY)
        self.aws.wait_for("sts", "AssumeRole", state="held")
        processes.wait_for(lambda: self.brokers() == MANY, 60)
        self.assertEqual(1, len(processes.ours("aws-role-helper")))
        self.aws.clear()
        for session in self.sessions:
            session.ready()
            self.assertEqual(PAM_SUCCESS, session.result)
            self.assert_holds_keys(session.environment)
        self.assertEqual(1, self.calls("AssumeRole"))
        self.assertEqual(1, len({session.environment["AWS_ACCESS_KEY_ID"]
                                 for session in self.sessions}))
        self.assertEqual(MANY, len({session.environment["AWS_ROLE_SOCKET"]
                                    for session in self.sessions}))
        running = processes.settled()
        self.assertEqual(2 * MANY, len(running))
        for session in self.sessions:
            session.close()
        self.assertEqual([], processes.wait_gone(running))
        self.assert_no_sockets()

    def test_two_users(self):
        """Two users share the machine's base and nothing else"""
        other = machine.add_user("other")
        machine.configure("[user ueno]\nroles = developer\n[user other]\nroles = developer\n")
        with self.open() as first, self.open(other.name) as second:
            self.assertNotEqual(first.environment["AWS_ACCESS_KEY_ID"],
                                second.environment["AWS_ACCESS_KEY_ID"])
        names = [request["params"]["RoleSessionName"]
                 for request in self.aws.requests("sts", "AssumeRole")]
        self.assertEqual(["ueno", "other"], names)
        self.assertEqual(1, self.aws.counts("imds")["actions"]["credentials"])

    def test_cached(self):
        """A second login asks nobody"""
        with self.open() as first:
            pass
        with self.open() as second:
            self.assertEqual(first.environment["AWS_ACCESS_KEY_ID"],
                             second.environment["AWS_ACCESS_KEY_ID"])
        self.assertEqual(1, self.aws.counts("sts")["total"])

    def test_holder_killed(self):
        """When the login that asks is killed, one of those that wait takes its place"""
        self.aws.fault("sts", "hold")
        self.start(1)
        self.aws.wait_for("sts", "AssumeRole", state="held")
        self.start(5)
        processes.wait_for(lambda: self.brokers() == 6, 30)
        self.sessions.pop(0).kill()
        self.aws.wait_for("sts", "AssumeRole", count=2, state="arrived")
        self.aws.clear()
        for session in self.sessions:
            self.assert_holds_keys(session.ready().environment)
        self.assertEqual(2, self.calls("AssumeRole"))

    def test_refusal(self):
        """A definite no is remembered: 10 logins, one call"""
        self.aws.update_role(machine.DEVELOPER, trust=[])
        self.addCleanup(self.aws.update_role, machine.DEVELOPER, trust=[machine.BASTION])
        self.aws.fault("sts", "hold")
        self.start(10)
        self.aws.wait_for("sts", "AssumeRole", state="held")
        processes.wait_for(lambda: self.brokers() == 10, 30)
        self.aws.clear()
        for session in self.sessions:
            self.assert_holds_no_keys(session.ready().environment)
        self.assertEqual(1, self.calls("AssumeRole"))
        self.wait_for_log("no credentials.*AccessDenied")
