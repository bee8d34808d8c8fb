# SPDX-License-Identifier: BSD-3-Clause
"""What system tests share: one machine a run, made when the first test needs it."""

import glob
import json
import os
import re
import shutil
import socket
import subprocess
import unittest

from . import machine, processes, sandbox, sshd
from .helper_broker import decode, encode
from .login import PATIENCE_SECONDS, PamSession, build

# <security/_pam_types.h>. PAM itself never returns IGNORE: stack() turns it into AUTH_ERR.
PAM_SUCCESS, PAM_SESSION_ERR, IGNORED = 0, 14, 7
OURS_IN_LOG = r"pam_aws_role\(|aws-role-\w+\["
KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                 "AWS_CREDENTIAL_EXPIRATION")
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
ROLE_VARIABLES = ("AWS_ROLE_NAME", "AWS_ROLE_SOCKET", "AWS_ROLE_REFRESH_AT")
VARIABLES = (*KEY_VARIABLES, *REGION_VARIABLES, *ROLE_VARIABLES)



SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def stack(options=""):
    """PAM lines by which an application sees what our module returned."""
    return (f"session [success=1 ignore=ignore default=die] MODULE {options}",
            "session [default=die] pam_succeed_if.so quiet user = :",
            "session required pam_permit.so")


class Machine:
    """The sandbox, ready for logins: installed, AWS there, ueno and nemo known, sshd listening.

    ueno gets the role developer, nemo none.
    """

    def __init__(self):
        machine.install(build())
        machine.add_service_user()
        self.aws = machine.start_aws()
        self.ueno, self.nemo = machine.add_user("ueno"), machine.add_user("nemo")
        machine.pam_service("aws-role", *stack())
        self.sshd = sshd.start(self.aws)
        for person in (self.ueno, self.nemo):
            sshd.let_in(person)


_machine = []


def the_machine():
    """The one that all tests share."""
    if not _machine:
        _machine.append(Machine())
    return _machine[0]


class SystemTest(unittest.TestCase):
    """A test with a machine on which nobody is logged in, nothing cached and AWS works."""

    maxDiff = None

    def setUp(self):
        if not sandbox.inside():
            self.skipTest("works in a sandbox only: ./run-tests -s")
        self.machine = the_machine()
        self.aws, self.ueno, self.nemo = (self.machine.aws, self.machine.ueno, self.machine.nemo)
        machine.configure("[user ueno]\nroles = developer\n")
        self.addCleanup(self._nobody_left)
        self.fresh()

    def fresh(self):
        """Nothing cached, no fault, nothing counted, nothing in the log: for the next case of many."""
        self._nobody_left()
        shutil.rmtree(machine.RUN, ignore_errors=True)
        self.aws.clear()
        self.aws.reply_format()
        self.aws.lifetime(None)
        self.aws.reset()
        self._log_seen = len(self.log())

    def _nobody_left(self):
        """The sessions of a test have ended with it; what stays would disturb the next."""
        self.aws.clear()
        left = processes.wait_gone(processes.ours(), 2)
        for process in left:
            os.kill(process.pid, 9)
        self.assertEqual([], left, "processes of ours that outlive their session")

    @staticmethod
    def log():
        """The whole log, lines."""
        with open(machine.STATE + "/syslog.log", encoding="utf-8") as file:
            return file.read().splitlines()

    def new_log(self):
        """What was logged since the test began."""
        return self.log()[self._log_seen:]

    def wait_for_log(self, pattern, seconds=10):
        """The first matching line since the test began, once it is there."""
        before = sum(1 for line in self.log()[:self._log_seen] if re.search(pattern, line))
        try:
            return self.aws.wait_for_log(pattern, count=before + 1, timeout=seconds)[before]
        except TimeoutError:
            pass
        self.fail(f"not in the log: {pattern}\n" + "\n".join(self.new_log()))

    def open(self, user=None, service="aws-role", **more):
        """A session of ueno, or of somebody else, for a with block."""
        return PamSession(user or self.ueno.name, service, **more)

    @staticmethod
    def status(session, person):
        """What aws-role status --json tells the person in that session."""
        done = subprocess.run(["aws-role", "status", "--json"], check=False, user=person.uid,
                              group=person.uid, extra_groups=(), stdout=subprocess.PIPE,
                              env={**session.environment, "PATH": os.environ["PATH"]})
        return json.loads(done.stdout)

    @staticmethod
    def ask_only(environment, person, kind, **fields):
        """Asks the person's agent in that session, see helper_broker: the socket of the answer."""
        agent = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        agent.settimeout(PATIENCE_SECONDS)
        os.seteuid(person.uid)      # SO_PEERCRED tells who connects
        try:
            agent.connect(environment["AWS_ROLE_SOCKET"])
            agent.send(encode(kind, **fields))
        finally:
            os.seteuid(0)
        return agent

    def ask(self, environment, person, kind, **fields):
        """What the person's agent answers: (kind, fields)."""
        with self.ask_only(environment, person, kind, **fields) as agent:
            return decode(agent.recv(65536))

    def assert_within(self, took, limit):
        """A Stopwatch shows less than so many seconds, but for what the machine was late."""
        self.assertLess(took.seconds, limit + took.late)

    def assert_log_is_clean(self):
        """Each line of ours since the test began is one, with nothing in it that is not printable."""
        for line in self.new_log():
            if re.search(OURS_IN_LOG, line):
                # The sink writes such a byte in small letters, log_line in capitals.
                self.assertNotRegex(line, r"\\x([0-9][a-f]|[a-f][0-9a-f])")
                self.assertTrue(line.isascii(), line)

    def calls(self, action="AssumeRole"):
        """How often STS was asked."""
        return self.aws.counts("sts")["actions"].get(action, 0)

    def assert_holds_keys(self, environment, region=machine.REGION, role="developer"):
        """All variables of a session with keys are there, as they have to be."""
        self.assertEqual([], [name for name in VARIABLES if name not in environment])
        self.assertRegex(environment["AWS_ACCESS_KEY_ID"], r"^ASIA[A-Z2-7]{16}$")
        self.assertRegex(environment["AWS_CREDENTIAL_EXPIRATION"],
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual({region}, {environment[name] for name in REGION_VARIABLES})
        self.assertEqual(role, environment["AWS_ROLE_NAME"])
        self.assertRegex(environment["AWS_ROLE_REFRESH_AT"], r"^\d{10}$")
        self.assertRegex(environment["AWS_ROLE_SOCKET"], rf"^{machine.RUN}/\d+/")

    def assert_holds_nothing(self, environment):
        """No variable of ours or of AWS."""
        self.assertEqual({}, {name: value for name, value in environment.items()
                              if name.startswith("AWS_")})

    def assert_holds_no_keys(self, environment):
        """At most what a session has that waits for its credentials."""
        self.assertLessEqual({name for name in environment if name.startswith("AWS_")},
                             {"AWS_ROLE_SOCKET", "AWS_ROLE_REFRESH_AT"})

    def assert_no_sockets(self):
        """No session has left a socket."""
        self.assertEqual([], glob.glob(machine.RUN + "/[0-9]*/*"))
