# SPDX-License-Identifier: BSD-3-Clause
"""Names of people: every one gives a session name that AWS accepts, and no two the same."""

import contextlib

from . import machine
from .case import SystemTest

NAMES = ("x", "ab", "a" * 32, "b" * 100, "ad\\ueno", "ueno@example.com", "machine$", "u=no",
         "u=3Dno", "a b", "a=20b", "a+b", "a,b", "A.B-C_d", "x*", "ünï", "日本語", "new%{uid}",
         "%", "'quoted'", '"', "a#b", "[user]", "trailing ")


class Identity(SystemTest):
    """Users that only a directory would have, in /etc/passwd."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {}

    def setUp(self):
        super().setUp()
        if not self.people:
            self.people.update({name: machine.add_user(name) for name in NAMES})
        machine.configure("[user *]\nroles = developer\n")

    def test_session_names(self):
        """STS accepts the name of each, and all differ"""
        for name in NAMES:
            with self.subTest(name), self.open(name) as session:
                self.assert_holds_keys(session.environment)
        accepted = [request["params"]["RoleSessionName"]
                    for request in self.aws.requests("sts", "AssumeRole", last=500)
                    if request["outcome"] == "ok"]
        self.assertEqual(len(NAMES), len(set(accepted)), accepted)
        session_of = dict(zip(NAMES, accepted))
        for name in ("ab", "a" * 32, "ueno@example.com", "a+b", "a,b", "A.B-C_d"):
            self.assertEqual(name, session_of[name])
        self.assertEqual(("a=20b", "a=3D20b"), (session_of["a b"], session_of["a=20b"]))
        for name in ("x", "b" * 100):   # too short and too long for AWS
            self.assertTrue(session_of[name].endswith(f"={self.people[name].uid}"),
                            session_of[name])

    def test_log(self):
        """No name forges a line or a key of the log"""
        with contextlib.ExitStack() as sessions:
            for name in ("a b", '"', "'quoted'", "日本語"):
                sessions.enter_context(self.open(name))
                uid = self.people[name].uid
                self.wait_for_log(r"role granted user=")
                self.assertTrue(uid)
        granted = [line for line in self.new_log() if "role granted" in line]
        self.assertEqual(4, len(granted))
        for line in granted:
            self.assertRegex(line, r' user=("([^"\\ ]|\\x[0-9a-f]{2}| )+"|[!-~]+) uid=\d+ ')
            self.assertTrue(line.isascii(), line)

    def test_section(self):
        """A section names a person by exactly these bytes"""
        for name in ("ad\\ueno", "a b", "日本語", "u=no"):
            with self.subTest(name):
                self.fresh()
                machine.configure(f"[user {name}]\nroles = audit\n")
                with self.open(name) as session, self.open("ab") as other:
                    self.assert_holds_keys(session.environment, role="audit")
                    self.assert_holds_nothing(other.environment)

    def test_root(self):
        """[user *] is not for root; [user root] is"""
        with self.open("root") as session:
            self.assert_holds_nothing(session.environment)
        machine.configure("[user root]\nroles = developer\n")
        with self.open("root") as session:
            self.assert_holds_keys(session.environment)

    def test_system_users(self):
        """[user *] is for uids from 1000 to what is nobody's"""
        with self.open("daemon") as session, self.open("nobody") as other:
            self.assert_holds_nothing(session.environment)
            self.assert_holds_nothing(other.environment)
