# SPDX-License-Identifier: BSD-3-Clause
"""A configuration that stops loading while sessions run: it takes nothing away, and gives nothing."""

import glob
import os

from . import machine, processes
from .case import SystemTest
from .helper_broker import text

ROLES = "[user ueno]\nroles = developer audit\n"
BROKEN = machine.CONFIGURATION + "\n[user ueno\n"
LINE = "the configuration does not load file="


class KeptPlan(SystemTest):
    """Sessions of ueno, who has two roles and has asked for the first."""

    def setUp(self):
        super().setUp()
        machine.configure(ROLES)

    def refresh(self, session, role="developer"):
        """The key of newer credentials of that role, asked for by hand; None without."""
        for name in glob.glob(machine.RUN + "/cache/*"):
            os.unlink(name)
        asked = self.calls()
        kind, fields = self.ask(session.environment, self.ueno, "REFRESH", ROLE=role)
        self.assertEqual(asked + (kind == "GRANT"), self.calls())
        return text(fields["ACCESS_KEY_ID"]) if kind == "GRANT" else None

    def break_configuration(self):
        """What an editor's half-saved file is."""
        machine.write(machine.CONFIG, BROKEN)

    def wait_refused(self, session, role):
        """Waits until the broker has been asked again, and refuses for the error's sake."""
        def refused():
            kind, fields = self.ask(session.environment, self.ueno, "REFRESH", ROLE=role)
            self.assertNotEqual("GRANT", kind)
            return kind == "PENDING" and "does not load" in text(fields["WHY"])
        processes.wait_for(refused, 10)

    def told(self):
        """How often the log has it that the configuration does not load."""
        return sum(LINE in line for line in self.new_log())

    def test_kept(self):
        """A configuration with an error: sessions go on by their last plan, and it is told once"""
        with self.open() as session:
            key = session.environment["AWS_ACCESS_KEY_ID"]
            self.break_configuration()
            newer = self.refresh(session)
            self.assertIsNotNone(newer)
            self.assertNotEqual(key, newer)
            self.wait_for_log(LINE)
            for _ in range(5):
                self.assertEqual("GRANT", self.ask(session.environment, self.ueno, "GET")[0])
            self.ask(session.environment, self.ueno, "GET", ROLE="audit")
            self.assertEqual(1, self.told())

    def test_mode(self):
        """A configuration that others may write, or that cannot be read: the same"""
        for mode in (0o666, 0o600):
            self.fresh()
            machine.configure(ROLES)
            with self.open() as session:
                os.chmod(machine.CONFIG, mode)
                self.assertIsNotNone(self.refresh(session))
                self.wait_for_log(LINE)

    def test_nothing_new(self):
        """A role that the session has not asked for while it loaded is not to be had"""
        with self.open() as session:
            self.break_configuration()
            kind, fields = self.ask(session.environment, self.ueno, "GET", ROLE="audit")
            self.assertEqual("PENDING", kind)
            self.assertIn("the configuration does not load", text(fields["WHY"]))
            kind, fields = self.ask(session.environment, self.ueno, "GET")
            self.assertEqual("GRANT", kind)

    def test_mended(self):
        """Once it loads again, it alone decides, and a later error is told anew"""
        other = machine.CONFIGURATION.replace(machine.DEVELOPER, machine.AUDIT)
        with self.open() as session:
            self.break_configuration()
            self.assertEqual("GRANT", self.ask(session.environment, self.ueno, "REFRESH")[0])
            self.wait_for_log(LINE)
            machine.configure("[user ueno]\nroles = audit\n")
            kind, fields = self.ask(session.environment, self.ueno, "GET", ROLE="audit")
            self.assertEqual(("GRANT", machine.AUDIT), (kind, text(fields["ROLE_ARN"])))
            machine.write(machine.CONFIG, other + "\n[user ueno\n")
            self.ask(session.environment, self.ueno, "REFRESH", ROLE="audit")
            processes.wait_for(lambda: self.told() == 2, 10)

    def test_taken_away(self):
        """A role that a valid configuration took away does not come back with an error"""
        with self.open() as session:
            self.assertEqual("GRANT", self.ask(session.environment, self.ueno, "GET",
                                               ROLE="audit")[0])
            machine.configure("[user ueno]\nroles = developer\n")
            self.assertEqual("NONE", self.ask(session.environment, self.ueno, "REFRESH",
                                              ROLE="audit")[0])
            self.break_configuration()
            self.wait_refused(session, "audit")

    def test_everything_taken_away(self):
        """A person whom a valid configuration gives nothing has nothing after an error either"""
        with self.open() as session:
            machine.configure("[user ueno]\nroles =\n")
            self.assertEqual("NONE", self.ask(session.environment, self.ueno, "REFRESH")[0])
            self.break_configuration()
            self.wait_refused(session, "developer")
            self.wait_for_log("role withdrawn user=ueno")

    def test_taken_away_unseen(self):
        """Nor does one that the session learnt of by asking for another role, or that has changed"""
        text = machine.CONFIGURATION.replace(machine.AUDIT, machine.DEVELOPER)
        for role, people, definitions in (("developer", "developer", machine.CONFIGURATION),
                                          ("developer", "developer audit", text),
                                          ("nothing", "developer", machine.CONFIGURATION)):
            with self.subTest(f"{role} {people}"):
                self.fresh()
                machine.configure(ROLES)
                with self.open() as session:
                    self.assertEqual("GRANT", self.ask(session.environment, self.ueno, "GET",
                                                       ROLE="audit")[0])
                    machine.configure(f"[user ueno]\nroles = {people}\n", definitions)
                    self.ask(session.environment, self.ueno, "REFRESH", ROLE=role)
                    self.break_configuration()
                    kind, fields = self.ask(session.environment, self.ueno, "REFRESH",
                                            ROLE="audit")
                    if definitions == text:
                        self.assertEqual(machine.DEVELOPER,
                                         fields["ROLE_ARN"].rstrip(b"\0").decode())
                    else:
                        self.assertNotEqual("GRANT", kind)
