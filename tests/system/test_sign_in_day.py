# SPDX-License-Identifier: BSD-3-Clause
"""A day of a console sign-in, 450 times as fast: its credentials live a quarter of an hour, a role's
an hour, beside the ten seconds before their end in which none are given out."""

import datetime
import json
import os
import random
import signal
import time

from . import processes
from .login import SshSession
from .sign_in_case import SignInTest

DAY_SECONDS = 96
BASE_SECONDS, ROLE_SECONDS = 10 + 2, 10 + 8
BROKERS_KILLED = 12
SEED = 20251126


class Day(SignInTest):
    """One sign-in, three sessions."""

    def assert_fresh(self, session):
        """The session gives credentials that can be used."""
        status, said = session.run("aws-role credential-process 2>&1")
        self.assertEqual(0, status, said)
        end = datetime.datetime.fromisoformat(json.loads(said)["Expiration"].replace("Z", "+00:00"))
        self.assertGreater(end.timestamp(), time.time() + 5)

    def kill_one(self, sessions, chance):
        """One broker is killed at that moment, and its person logs in again."""
        place = chance.randrange(len(sessions))
        socket = sessions[place].environment()["AWS_ROLE_SOCKET"]
        broker = int(os.path.basename(socket).split(".")[0])
        # At any moment of what it, or another one, may be asking AWS.
        chance.choice(sessions).run("aws-role refresh >/dev/null 2>&1 &")
        time.sleep(chance.uniform(0, 0.2))
        os.kill(broker, signal.SIGKILL)
        sessions[place].close()
        sessions[place] = SshSession("ueno")

    def test_day(self):
        """Twelve hours, three sessions, brokers killed at random: fresh throughout, by one sign-in"""
        self.aws.sign_in_settings(session_seconds=DAY_SECONDS)
        self.addCleanup(self.aws.sign_in_settings, session_seconds=12 * 3600)
        self.aws.lifetime(ROLE_SECONDS)
        self.aws.lifetime(BASE_SECONDS, service="signin")
        self.addCleanup(self.aws.lifetime, None, service="signin")
        chance = random.Random(SEED)
        with self.shell() as pane:
            self.log_in_at_aws(pane)
            begun = time.monotonic()
            sessions = [SshSession("ueno") for _ in range(3)]
            killed = 0
            while (passed := time.monotonic() - begun) < DAY_SECONDS - BASE_SECONDS:
                for session in sessions:
                    self.assert_fresh(session)
                if passed > (killed + 1) * (DAY_SECONDS - BASE_SECONDS) / (BROKERS_KILLED + 1):
                    self.kill_one(sessions, chance)
                    killed += 1
            self.assertEqual((1, BROKERS_KILLED), (self.asked("redeem"), killed))
            self.assertGreater(self.asked("refresh"), 6)
            self.assertEqual(["ok"], list(self.aws.counts("signin")["by_action"]["refresh"]))
            said = processes.wait_for(lambda: pane.run("export AWS_ROLE_REFRESH_AT=0")[1], 40)
            self.assertRegex(said[0], "the sign-in of .* is over; .*: run aws-role login")
            for session in sessions:
                session.close()
