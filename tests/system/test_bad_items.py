# SPDX-License-Identifier: BSD-3-Clause
"""PAM items, limits and handles as no application should have them."""

import os

from . import machine, processes
from .case import OURS_IN_LOG, PAM_SESSION_ERR, PAM_SUCCESS, SystemTest
from .test_application import may_raise_limits

OTHER = "/etc/pam.d/other"
LIMIT = 5.0
# What an item can hold, by what it is called here. None: no item at all.
ODD = {
    "NULL": None,
    "empty": "",
    "64 KiB": "x" * 65536,
    "257 bytes": "y" * 257,
    "a newline": "pts/0\nFAKE aws-role-broker[1]: role granted user=root",
    "control characters": "".join(map(chr, range(1, 32))) + "\x7f",
    "escape sequences": "\x1b[2J\x1b]0;title\a",
    "quotes and equals signs": "\" user=root reason=\"",
    "bytes that are not UTF-8": "\udcff\udcfe\udc80",
    "percent signs": "%s%n%{uid}",
}

# PAM itself fails with PAM_SYSTEM_ERR where it cannot write an audit record, as for 64 KiB: what our
# module returned is told by the conversation.
TELLING = ("session [success=1 ignore=2 session_err=3 default=ignore] MODULE",
           "session [default=done] pam_echo.so another",
           "session [default=done] pam_echo.so success",
           "session [default=done] pam_echo.so ignore",
           "session [default=done] pam_echo.so session_err")
SUCCESS, IGNORE, SESSION_ERR = "success", "ignore", "session_err"


def word(name, value):
    """pam_client's word for an item."""
    return name if value is None else f"{name}={value}"


class BadItems(SystemTest):
    """Sessions of pam_client, which sets what it is told before it opens them."""

    def setUp(self):
        super().setUp()
        # What PAM falls back on for a service that has no file.
        with open(OTHER, encoding="utf-8") as file:
            self.addCleanup(machine.write, OTHER, file.read())
        for service in ("other", "aws-role-telling"):
            machine.pam_service(service, *TELLING)
        # Values that are expanded are the ones that could do harm.
        machine.configure("[user ueno]\nroles = developer\n", machine.CONFIGURATION.replace(
            "[role developer]", "[role developer]\nrole_session_name = %{user}-%{service}"))

    def telling(self, *words):
        """A session whose `said` is what our module returned."""
        return self.open(service="aws-role-telling", words=words)

    def try_item(self, item, name, expected):
        """One login with an odd item; then an ordinary one."""
        with self.subTest(f"{item} {name}"):
            self.fresh()
            with self.telling(word(item, ODD[name])) as session:
                self.assert_within(session.took, LIMIT)
                self.assertEqual([expected], session.said)
                if expected == SUCCESS:
                    self.assert_holds_keys(session.environment)
                else:
                    self.assert_holds_nothing(session.environment)
                    self.assertEqual([], session.descriptors)
                session.close()
                self.assertEqual([], processes.wait_gone(processes.ours()))
            if session.result == PAM_SUCCESS:   # else nobody closed it, and the next login sweeps
                self.assert_no_sockets()
            self.wait_for_log(OURS_IN_LOG)
            self.assert_log_is_clean()
            with self.open() as session:
                self.assert_holds_keys(session.environment)
            self.assert_no_sockets()

    def test_user(self):
        """PAM_USER of any form: IGNORE or SESSION_ERR, one escaped line, nothing left"""
        too_long = ("NULL", "empty", "64 KiB", "257 bytes")
        for name in ODD:
            self.try_item("user", name, SESSION_ERR if name in too_long else IGNORE)

    def test_terminal_and_hosts(self):
        """PAM_TTY, PAM_RHOST and PAM_RUSER of any form: the login has its role"""
        for item in ("tty", "rhost", "ruser"):
            for name in ODD:
                self.try_item(item, name, SUCCESS)

    def test_service(self):
        """PAM_SERVICE of any form: the login has its role, under a name that AWS accepts"""
        for name, value in ODD.items():
            if value is None or "/" in value:   # PAM itself wants a name, and makes a file's of it
                continue
            self.try_item("service", name, SUCCESS)
            self.assertEqual([], [one for one in self.aws.requests("sts", "AssumeRole")
                                  if one["outcome"] != "ok"])

    def test_no_descriptors(self):
        """No room for one descriptor more: SESSION_ERR, nothing left, and the next login works"""
        with self.telling("nofile=3") as session:
            self.assert_within(session.took, LIMIT)
            self.assertEqual([SESSION_ERR], session.said)
            self.assert_holds_nothing(session.environment)
            self.assertEqual([], session.descriptors)
            session.close()
        self.assertEqual([], processes.ours())
        with self.open() as session:
            self.assert_holds_keys(session.environment)

    def test_few_descriptors(self):
        """At every limit of descriptors: SUCCESS or SESSION_ERR, and nothing left"""
        seen = set()
        for limit in range(4, 16):
            with self.subTest(limit), self.telling(f"nofile={limit}") as session:
                self.assert_within(session.took, LIMIT)
                self.assertEqual(1, len(session.said))
                self.assertIn(session.said[0], (SUCCESS, SESSION_ERR))
                seen.add(session.said[0])
                if session.said[0] == SESSION_ERR:
                    self.assert_holds_nothing(session.environment)
                session.close()
                self.assertEqual([], session.descriptors)
                self.assertEqual([], processes.wait_gone(processes.ours()))
        self.assertEqual({SUCCESS, SESSION_ERR}, seen)
        self.wait_for_log("pam_aws_role.* no AWS role: ")
        self.assert_log_is_clean()

    def test_few_processes(self):
        """The person's limit of processes, used up: the login goes on, with its role where we may"""
        with self.telling("nproc=3") as session:
            self.assert_within(session.took, LIMIT)
            self.assertEqual([SUCCESS], session.said)
            # The kernel counts all of the host's processes of a uid: how far it comes is open.
            if may_raise_limits() or "AWS_ACCESS_KEY_ID" in session.environment:
                self.assert_holds_keys(session.environment)
            else:
                self.assert_holds_no_keys(session.environment)
                self.wait_for_log("no AWS role yet, the login goes on user=.* reason=")
        self._nobody_left()
        with self.open() as session:
            self.assert_holds_keys(session.environment)

    def test_service_user_missing(self):
        """_aws-role is missing: SESSION_ERR, and the log has the line to type"""
        with open("/etc/passwd", encoding="utf-8", errors="surrogateescape") as file:
            before = file.read()
        self.addCleanup(machine.write, "/etc/passwd", before)
        machine.write("/etc/passwd", "".join(line for line in before.splitlines(True)
                                             if not line.startswith("_aws-role:")))
        with self.open() as session:
            self.assert_within(session.took, LIMIT)
            self.assertEqual(PAM_SESSION_ERR, session.result)
            self.assert_holds_nothing(session.environment)
            self.assertEqual([], processes.wait_gone(processes.ours()))
        for who in ("aws-role-broker", "pam_aws_role"):
            self.wait_for_log(f"{who}.* no AWS role .*the user _aws-role is missing: useradd "
                              "--system .* _aws-role\"$")
        self.assertFalse(os.path.exists(machine.RUN))
        machine.write("/etc/passwd", before)
        with self.open() as session:
            self.assert_holds_keys(session.environment)

    def test_two_sessions(self):
        """Two sessions on one handle: the second replaces the first, closing ends all"""
        with self.open() as session:
            first, socket = processes.ours(), session.environment["AWS_ROLE_SOCKET"]
            session.open_again()
            self.assertEqual(PAM_SUCCESS, session.result)
            self.assert_holds_keys(session.environment)
            self.assertEqual([], processes.wait_gone(first))
            self.assertFalse(os.path.exists(socket))
            self.assertNotEqual(socket, session.environment["AWS_ROLE_SOCKET"])
            self.assertEqual(1, len(session.descriptors), session.descriptors)
            second = processes.settled()
            self.assertEqual(2, len(second))
            session.close()
            self.assertEqual(PAM_SUCCESS, session.closed)
            self.assertEqual([], session.descriptors)
            self.assertEqual([], processes.wait_gone(second))
        self.assert_no_sockets()

    def test_second_session_fails(self):
        """A second session that fails on the same handle leaves nothing of the first"""
        with self.open() as session:
            first = processes.ours()
            os.rename(machine.PROGRAMS, machine.PROGRAMS + ".away")
            try:
                session.open_again()
            finally:
                os.rename(machine.PROGRAMS + ".away", machine.PROGRAMS)
            self.assertEqual(PAM_SESSION_ERR, session.result)
            self.assertEqual([], session.descriptors)
            self.assertEqual([], processes.wait_gone(first))
        self.wait_for_log("no AWS role: the broker cannot be started")
        self.assert_no_sockets()
