# SPDX-License-Identifier: BSD-3-Clause
"""Roles that come with a group, as NSS tells the groups."""

from . import machine
from .case import SystemTest

PEOPLE = """\
[group developers]
roles = developer
[group domain users]
roles = audit
[user exception]
roles = audit
[user nobody-s]
roles =
"""


class Groups(SystemTest):
    """Three groups, and people in some of them."""

    made = []

    def setUp(self):
        super().setUp()
        if not self.made:
            machine.add_group("developers", 3000, ("second", "both", "exception", "nobody-s"))
            machine.add_group("domain users", 3001, ("both", "blank"))
            machine.add_user("first", gid=3000)
            for name in ("second", "both", "blank", "exception", "nobody-s", "neither"):
                machine.add_user(name)
            self.made.append(True)
        machine.configure(PEOPLE)

    def role_of(self, name):
        """The role that a login of that name has."""
        with self.open(name) as session:
            return session.environment.get("AWS_ROLE_NAME")

    def test_primary(self):
        """A primary group counts"""
        self.assertEqual("developer", self.role_of("first"))

    def test_supplementary(self):
        """A supplementary group counts"""
        self.assertEqual("developer", self.role_of("second"))

    def test_blank(self):
        """A group's name may hold a blank"""
        self.assertEqual("audit", self.role_of("blank"))

    def test_order(self):
        """With two groups the file's order decides"""
        self.assertEqual("developer", self.role_of("both"))
        first, second = PEOPLE.split("[group domain users]\nroles = audit\n")
        machine.configure("[group domain users]\nroles = audit\n" + first + second)
        self.assertEqual("audit", self.role_of("both"))

    def test_user_first(self):
        """[user NAME] decides alone, also when it says none"""
        self.assertEqual("audit", self.role_of("exception"))
        self.assertIsNone(self.role_of("nobody-s"))

    def test_neither(self):
        """In no such group: nothing, or what [user *] says"""
        self.assertIsNone(self.role_of("neither"))
        machine.configure(PEOPLE + "[user *]\nroles = developer\n")
        self.assertEqual("developer", self.role_of("neither"))
