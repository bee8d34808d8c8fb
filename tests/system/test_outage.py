# SPDX-License-Identifier: BSD-3-Clause
"""STS that is down while a session's credentials are due, but good: nobody notices."""

import os
import subprocess
import time

from . import machine, processes
from .case import SystemTest
from .login import PATIENCE_SECONDS

LIFETIME = 60       # seconds: due after 40 of them, used until 50 are over
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

    def clients_succeed(self, session):
        """Each kind of client has the role."""
        for client in [self.ask_aws(session, words) for words in CLIENTS]:
            said = client.communicate(timeout=PATIENCE_SECONDS)[0]
            self.assertEqual((0, f"arn:aws:sts::{machine.ACCOUNT}:assumed-role/Developer/ueno\n"),
                             (client.returncode, said))

    def test_due(self):
        """Due credentials and no STS: no client sees an error, and fresh ones come without a login"""
        self.aws.lifetime(LIFETIME)
        with self.open() as session:
            began, calls = time.monotonic(), self.calls()
            self.clients_succeed(session)
            self.assertEqual(calls, self.calls())
            self.aws.fault("sts", "closed", at="request", action="AssumeRole")
            processes.wait_for(lambda: time.monotonic() > began + LIFETIME * 2 / 3, LIFETIME)
            tried = self.aws.counts("sts")["total"]
            self.clients_succeed(session)
            self.assertLess(time.monotonic(), began + LIFETIME - 10, "too slow to show anything")
            processes.wait_for(lambda: self.aws.counts("sts")["total"] > tried, 10)
            processes.wait_for(lambda: self.status(session, self.ueno)["last_error"] is not None, 10)
            self.aws.clear()
            self.aws.lifetime(None)
            processes.wait_for(
                lambda: (self.status(session, self.ueno)["seconds_left"] or 0) > LIFETIME, 30)
            self.assertIsNone(self.status(session, self.ueno)["last_error"])
            self.clients_succeed(session)
