# SPDX-License-Identifier: BSD-3-Clause
"""Accounts that change while their session goes on: nothing new, and what was there is wiped."""

import re

from . import directory, machine
from .case import PAM_SUCCESS, SystemTest
from .helper_broker import text

PASSWD = "/etc/passwd"
TWO_ROLES = "[user ueno]\nroles = developer audit\n"


class Accounts(SystemTest):
    """Sessions of ueno, whose line in /etc/passwd changes."""

    def setUp(self):
        super().setUp()
        with open(PASSWD, encoding="utf-8", errors="surrogateescape") as file:
            self.passwd = file.read()
        self.addCleanup(machine.write, PASSWD, self.passwd)
        self.line = re.search(r"^ueno:.*\n", self.passwd, flags=re.M).group()

    def replace(self, line):
        """Puts a line in the place of ueno's."""
        machine.write(PASSWD, self.passwd.replace(self.line, line))

    def with_field(self, number, value):
        """ueno's line with another field, passwd(5)."""
        fields = self.line.split(":")
        fields[number] = str(value)
        return ":".join(fields)

    def ends(self, line, why):
        """ueno's line becomes another one: the session has nothing from then on."""
        self.fresh()
        machine.configure(TWO_ROLES)
        with self.open() as session:
            self.assert_holds_keys(session.environment)
            self.assertEqual("GRANT", self.ask(session.environment, self.ueno, "GET",
                                               ROLE="audit")[0])
            asked = self.calls()
            self.replace(line)
            for kind, role in (("REFRESH", "developer"), ("GET", "developer"), ("GET", "audit")):
                answer, fields = self.ask(session.environment, self.ueno, kind, ROLE=role)
                self.assertEqual("NONE", answer)
                self.assertNotIn("SECRET_ACCESS_KEY", fields)
                self.assertEqual(f"the account ueno {why} since this session began: log in again",
                                 text(fields["WHY"]))
            self.assertEqual(asked, self.calls())
            self.wait_for_log(f"no credentials user=ueno service=aws-role reason=.*{why}")
            session.close()
            self.assertEqual(PAM_SUCCESS, session.closed)
        machine.write(PASSWD, self.passwd)
        with self.open() as session:
            self.assert_holds_keys(session.environment)

    def test_gone(self):
        """A session whose account is deleted gets nothing more, and what it had is wiped"""
        self.ends("", "is gone")

    def test_renamed(self):
        """A session whose account is renamed gets nothing more under the old name"""
        self.ends(self.with_field(0, "ueno2"), "is gone")

    def test_another_uid(self):
        """A session whose name has another uid gets nothing more"""
        self.ends(self.with_field(2, 2999), "has another uid")

    def test_primary_group(self):
        """Groups of a refresh are those of the primary group of now"""
        machine.add_group("first", 3100)
        machine.add_group("second", 3101)
        self.replace(self.with_field(3, 3100))
        machine.configure("[group first]\nroles = developer\n")
        with self.open() as session:
            self.assert_holds_keys(session.environment)
            self.replace(self.with_field(3, 3101))
            self.assertEqual("NONE", self.ask(session.environment, self.ueno, "REFRESH")[0])

    def test_nobody_knows(self):
        """A directory that fails takes nothing away: the session keeps what it has"""
        with directory.used(), self.open() as session:
            key = session.environment["AWS_ACCESS_KEY_ID"]
            self.ask(session.environment, self.ueno, "GET")
            self.replace("")
            with directory.fails("passwd"):
                kind, fields = self.ask(session.environment, self.ueno, "REFRESH")
                self.assertEqual("PENDING", kind)
                self.assertIn("cannot be looked up", text(fields["WHY"]))
                kind, fields = self.ask(session.environment, self.ueno, "GET")
                self.assertEqual(("GRANT", key), (kind, text(fields["ACCESS_KEY_ID"])))
                self.wait_for_log("no credentials user=ueno .*reason=\"the account ueno cannot be "
                                  "looked up: Input/output error\"")
                self.assertRegex(self.status(session, self.ueno)["last_error"], "looked up")

    def test_login_of_nobody(self):
        """A user whom NSS does not know: IGNORE, and the log says so"""
        with self.open("nobody-of-this-name") as session:
            self.assert_holds_nothing(session.environment)
        self.wait_for_log("no AWS role user=nobody-of-this-name reason=\"no such user\"")
