# SPDX-License-Identifier: BSD-3-Clause
"""A directory that says nothing: logins are there in time, and nothing waits for it in the end."""

from . import directory, machine, processes
from .case import IGNORED, PAM_SESSION_ERR, PAM_SUCCESS, SystemTest, stack
from .helper_broker import text
from .login import PamSession

TIMEOUT, LIMIT = 2, 3.0
STRANGER = "nobody-of-this-name"
GROUPS = "[group nobody-is-in-this]\nroles = audit\n[user *]\nroles = developer\n"


class HangingNames(SystemTest):
    """timeout=2 on the module's line, and a directory behind /etc."""

    def setUp(self):
        super().setUp()
        machine.pam_service("aws-role-2", *stack(f"timeout={TIMEOUT}"))
        machine.pam_service("aws-role-patient", *stack("timeout=60"))
        context = directory.used()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def nothing_waits(self, path):
        """Broker and child are gone within a second."""
        self.assertEqual([], processes.wait_gone(processes.ours()))
        self.assertEqual([], directory.asks(path))

    def test_login(self):
        """A person's name that is not answered: SESSION_ERR in time, then nothing is left"""
        with directory.hangs("passwd") as path:
            with self.open(STRANGER, "aws-role-2") as session:
                self.assert_within(session.took, LIMIT)
                self.assertEqual(PAM_SESSION_ERR, session.result)
                self.assert_holds_nothing(session.environment)
                self.nothing_waits(path)
            self.wait_for_log("pam_aws_role.*no AWS role: no reply from the broker")
            self.wait_for_log(f"aws-role-broker.*no AWS role user={STRANGER} reason=\".*NSS had "
                              "answered: see whether getent passwd does\"")
        with self.open(service="aws-role-2") as session:
            self.assert_holds_keys(session.environment)

    def test_application_goes_away(self):
        """An application that dies meanwhile takes broker and child along, who both are root's"""
        with directory.hangs("passwd") as path:
            session = PamSession(STRANGER, "aws-role-patient")
            asking = processes.wait_for(lambda: directory.asks(path))
            self.assertEqual([{0}], [one.uids for one in asking])
            self.assertEqual(2, len(processes.ours()))
            session.kill()
            self.nothing_waits(path)

    def test_broker_is_killed(self):
        """A broker that is killed meanwhile leaves no child"""
        with directory.hangs("passwd") as path:
            session = PamSession(STRANGER, "aws-role-patient")
            asking = processes.wait_for(lambda: directory.asks(path))[0]
            machine.run("kill", "-9", str(asking.parent))
            self.nothing_waits(path)
            self.assertEqual(PAM_SESSION_ERR, session.ready().result)
            session.close()

    def test_answer_comes(self):
        """An answer that comes in time is the answer"""
        with directory.hangs("passwd") as path:
            session = PamSession(STRANGER, "aws-role-patient")
            processes.wait_for(lambda: directory.asks(path))
        self.assertEqual(IGNORED, session.ready().result)
        session.close()

    def test_descriptors(self):
        """The child that asks holds nothing of the session's"""
        with directory.hangs("passwd") as path:
            session = PamSession(STRANGER, "aws-role-patient")
            asking = processes.wait_for(lambda: directory.asks(path))[0]
            held = [one for number, one in asking.descriptors.items() if number > 2]
            self.assertEqual(2, len(held), held)    # its socket, and what we let it hang on
            session.kill()

    def test_groups_at_login(self):
        """Groups that are not answered: the login goes on, and its end ends the question"""
        machine.configure(GROUPS)
        with directory.hangs("group") as path:
            with self.open(service="aws-role-2") as session:
                self.assert_within(session.took, LIMIT)
                self.assertEqual(PAM_SUCCESS, session.result)
                self.assert_holds_no_keys(session.environment)
                self.assertEqual(1, len(directory.asks(path)))
                session.close()
                self.nothing_waits(path)
        with self.open(service="aws-role-2") as session:
            self.assert_holds_keys(session.environment)

    def test_groups_at_refresh(self):
        """Groups that are not answered later: what the session has stays, the question is given up"""
        machine.configure(GROUPS)
        with self.open() as session:
            key = session.environment["AWS_ACCESS_KEY_ID"]
            self.ask(session.environment, self.ueno, "GET")
            with directory.hangs("group") as path:
                refresh = self.ask_only(session.environment, self.ueno, "REFRESH")
                self.addCleanup(refresh.close)
                processes.wait_for(lambda: directory.asks(path))
                kind, fields = self.ask(session.environment, self.ueno, "GET")
                self.assertEqual(("GRANT", key), (kind, text(fields["ACCESS_KEY_ID"])))
                self.wait_for_log("no credentials user=ueno .*given up after 30 seconds", 40)
                processes.wait_for(lambda: not directory.asks(path), 1)
            self.assertEqual("GRANT", self.ask(session.environment, self.ueno, "GET")[0])
