# SPDX-License-Identifier: BSD-3-Clause
"""STS that is down while a session's credentials are due, but good: nobody notices."""

import os
import subprocess
import time

from . import machine, processes
from .case import SystemTest
from .login import PATIENCE_SECONDS

# Seconds: due when two thirds are over, used until five sixths are. On a busy machine aws takes
# longer than what is between them: then once more, with more. It is never much longer than with
# credentials that are not due, whatever the machine: who waits for STS would have time with more.
LIFETIMES = (60, 120, 240)
WAIT_SECONDS = 3        # beside twice what it takes otherwise
CLIENTS = (("exec", "--"), ("exec", "--endpoint", "--"))
WHO_AM_I = ("aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text")


class Outage(SystemTest):
    """The real awscli, with keys and with an endpoint, in one session."""

    def ask_aws(self, session, client):
        """Starts awscli in the session."""
        return subprocess.Popen(["aws-role", *client, *WHO_AM_I], user=self.ueno.uid,
                                group=self.ueno.uid, extra_groups=(), stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True,
                                env={"AWS_ROLE_SOCKET": session.environment["AWS_ROLE_SOCKET"],
                                     "HOME": self.ueno.home, "PATH": os.environ["PATH"],
                                     "AWS_REGION": machine.REGION})

    def run_clients(self, session):
        """(exit status, what it said) of each kind of client."""
        clients = [self.ask_aws(session, words) for words in CLIENTS]
        said = [client.communicate(timeout=PATIENCE_SECONDS)[0] for client in clients]
        return list(zip((client.returncode for client in clients), said))

    def assert_succeeded(self, ended):
        """Each has the role."""
        arn = f"arn:aws:sts::{machine.ACCOUNT}:assumed-role/Developer/ueno\n"
        self.assertEqual([(0, arn)] * len(CLIENTS), ended)

    def test_due(self):
        """Due credentials and no STS: no client sees an error, and fresh ones come without a login"""
        self.assertTrue(any(self.outage(lifetime) for lifetime in LIFETIMES),
                        "too slow to show anything")

    def outage(self, lifetime):
        """False when it was too slow to show anything."""
        self.fresh()
        self.aws.lifetime(lifetime)
        with self.open() as session:
            began, calls = time.monotonic(), self.calls()
            self.assert_succeeded(self.run_clients(session))
            usual = time.monotonic() - began
            self.assertEqual(calls, self.calls())
            self.aws.fault("sts", "closed", at="request", action="AssumeRole")
            processes.wait_for(lambda: time.monotonic() > began + lifetime * 2 / 3, lifetime)
            tried, due = self.aws.counts("sts")["total"], time.monotonic()
            ended = self.run_clients(session)
            now = time.monotonic()
            if now >= began + lifetime * 5 / 6 or now - due > 2 * usual + WAIT_SECONDS:
                return False
            self.assert_succeeded(ended)
            processes.wait_for(lambda: self.aws.counts("sts")["total"] > tried, 10)
            processes.wait_for(lambda: self.status(session, self.ueno)["last_error"] is not None, 10)
            self.aws.clear()
            self.aws.lifetime(None)
            processes.wait_for(
                lambda: (self.status(session, self.ueno)["seconds_left"] or 0) > lifetime, 30)
            self.assertIsNone(self.status(session, self.ueno)["last_error"])
            self.assert_succeeded(self.run_clients(session))
        return True
