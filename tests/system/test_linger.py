# SPDX-License-Identifier: BSD-3-Clause
"""What goes on after a session's end, for how long, and what ends it."""

import glob
import json
import os
import subprocess
import time

from . import machine, processes
from .case import KEY_VARIABLES, PAM_SUCCESS, SystemTest
from .endpoint import CONFIGURATION, LINGERING, Endpoint, the_agent
from .login import SshSession
from .pam_handle import DELETE, SILENT, PamHandle

UENO = "[user ueno]\nroles = developer audit\n"
LIFELINE = 3            # the broker's descriptor for as long as the session lives
LIFE = 20               # seconds; valid for ten
LINGER_MAX = 16         # broker/linger.h
SOON = 2.0              # when what ends at once has ended


def lingering(seconds, text=machine.CONFIGURATION):
    """The configuration with linger_seconds."""
    return text.replace("[defaults]\n", f"[defaults]\nlinger_seconds = {seconds}\n")


class Linger(SystemTest):
    """Sessions of ueno that have ended."""

    def leave(self, text, people=UENO, asks=True):
        """An ssh session that was opened with this configuration, asked or not: its variables."""
        machine.configure(people, text)
        with SshSession("ueno") as session:
            environment = session.environment()
            self.assertIn("AWS_ROLE_SOCKET", environment)
            if asks:
                self.ask(environment, self.ueno, "GET")
        processes.wait_for(lambda: not any(LIFELINE in one.descriptors
                                           for one in processes.ours("aws-role-broker")))
        return environment

    def assert_ends(self, seconds):
        """All of ours has ended after so many seconds at the most."""
        left = processes.wait_gone(processes.ours(), seconds)
        self.assertEqual([], [one.name for one in left])

    @staticmethod
    def refuses(endpoint):
        """Nobody listens any more."""
        try:
            endpoint.connect().close()
        except ConnectionRefusedError:
            return True
        return False

    @staticmethod
    def held():
        """What status --all tells."""
        return json.loads(machine.run("aws-role", "status", "--all", "--json"))

    def test_endpoint(self):
        """By default an endpoint answers from what is there until that ends, and asks no STS"""
        self.aws.lifetime(LIFE)
        started = time.monotonic()
        environment = self.leave(LINGERING)
        endpoint, asked = Endpoint(environment, self.ueno.uid), self.calls()
        row, = self.held()
        self.assertTrue(row["lingers"])
        key = endpoint.key()
        self.assertEqual(("ueno", "developer", key),
                         (row["user"], row["role"], row["access_key_id"]))
        # Neither an agent that has ended meanwhile nor a wish for newer ones changes that.
        os.kill(the_agent(), 9)
        self.assertEqual(key, endpoint.key())
        self.ask(environment, self.ueno, "REFRESH")
        self.assertEqual(key, endpoint.key())
        reply = endpoint.get("/role/audit")
        self.assertEqual((503, "CredentialsNotAvailable"), (reply.status, reply.body["code"]))
        self.assertIn("the session is over", reply.body["message"])
        seen = []
        while not self.refuses(endpoint) and time.monotonic() < started + LIFE + 5:
            reply = endpoint.get()
            seen.append((time.monotonic() - started, reply.status))
            time.sleep(0.25)            # as a client that asks again
        self.assertEqual({200}, {status for when, status in seen if when < LIFE - 11})
        self.assertNotIn(200, {status for when, status in seen if when > LIFE - 8})
        self.assertAlmostEqual(LIFE, time.monotonic() - started, delta=3)
        self.assert_ends(SOON)
        self.assertEqual([], self.held())
        self.assertEqual(asked, self.calls())
        self.assert_swept(environment["AWS_ROLE_SOCKET"])

    def assert_swept(self, path):
        """A socket that nobody serves any more goes with the next login."""
        self.assertTrue(os.path.exists(path))
        machine.configure(UENO)
        with SshSession("ueno"):
            self.assertEqual([], glob.glob(path + "*"))
        self.assert_ends(SOON)
        processes.wait_for(lambda: not glob.glob(machine.RUN + "/[0-9]*/*"))

    def test_never_asked(self):
        """By default nothing is left of a session that has asked for nothing, as `ssh host true`"""
        self.leave(LINGERING, asks=False)
        self.assert_ends(SOON)
        self.wait_for_log("role ended user=ueno")

    def test_refused_login(self):
        """A login that another module refuses leaves nothing, nor does an application that dies"""
        machine.configure(UENO, LINGERING)
        machine.pam_service("aws-role-refused", "session optional MODULE",
                            "session required pam_deny.so")
        with PamHandle("aws-role-refused", "ueno") as handle:
            self.assertNotEqual(PAM_SUCCESS, handle.open())
        self.assert_ends(SOON)
        session = self.open()
        with session:
            self.ask(session.environment, self.ueno, "GET")
            session.kill()
        self.assert_ends(SOON)

    def test_not_at_all(self):
        """linger_seconds = 0 ends an endpoint with its session, socket and all"""
        environment = self.leave(CONFIGURATION)
        self.assert_ends(SOON)
        self.assertTrue(self.refuses(Endpoint(environment, self.ueno.uid)))
        self.assert_no_sockets()

    def test_nothing_held(self):
        """An endpoint whose session never had credentials ends with it"""
        self.aws.fault("sts", "refuse")
        environment = self.leave(LINGERING)
        self.assert_ends(SOON)
        self.assertTrue(self.refuses(Endpoint(environment, self.ueno.uid)))

    def test_keys(self):
        """linger_seconds = N with keys: the socket answers and renews so long, then all ends"""
        seconds = 10
        self.aws.lifetime(13)           # valid for three of them
        environment = self.leave(lingering(seconds))
        ended = time.monotonic()
        asked = self.calls()
        keys = {environment["AWS_ACCESS_KEY_ID"]}

        def newer():
            kind, fields = self.ask(environment, self.ueno, "GET")
            if kind == "GRANT":
                keys.add(fields["ACCESS_KEY_ID"].rstrip(b"\0").decode())
            return len(keys) > 2
        processes.wait_for(newer, seconds - 1, pause=0.2)
        self.assertGreater(self.calls(), asked)
        self.assertEqual([True], [row["lingers"] for row in self.held()])
        self.assertRegex(machine.run("aws-role", "status", "--all"), "(?m)^ueno .* lingers ")
        self.assert_ends(seconds)
        self.assertAlmostEqual(seconds, time.monotonic() - ended, delta=2)
        self.assertEqual([], self.held())

    def test_deleted(self):
        """PAM_DELETE_CRED ends a session at once that would linger, socket and all"""
        machine.configure(UENO, lingering(600, LINGERING))
        machine.pam_service("aws-role-cred", "auth [success=ok default=die] MODULE",
                            "session required MODULE")
        with PamHandle("aws-role-cred", "ueno") as handle:
            self.assertEqual(PAM_SUCCESS, handle.open())
            endpoint = Endpoint(handle.environment, self.ueno.uid)
            self.assertEqual(200, endpoint.get().status)
            running = processes.ours()
            self.assertEqual(PAM_SUCCESS, handle.setcred(DELETE | SILENT))
            self.assertEqual({}, handle.environment)
            self.assertEqual([], processes.wait_gone(running, SOON))
            self.assertTrue(self.refuses(endpoint))
            self.assert_no_sockets()
            self.assertEqual(PAM_SUCCESS, handle.close())

    def test_revoked(self):
        """aws-role revoke ends a session that lingers, and leaves nothing of it"""
        environment = self.leave(lingering(600, LINGERING))
        endpoint = Endpoint(environment, self.ueno.uid)
        self.assertEqual(200, endpoint.get().status)
        self.assertEqual(["ueno"], [row["user"] for row in self.held()])
        done = subprocess.run(["aws-role", "revoke", "ueno"], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(0, done.returncode, done.stdout)
        self.assert_ends(SOON)
        self.assertTrue(self.refuses(endpoint))
        self.assertEqual([], self.held())
        self.assert_no_sockets()

    def test_bounded(self):
        """Of one person's sessions sixteen linger at a time, whatever ends one makes room"""
        machine.configure(UENO, lingering(600))
        machine.pam_service("aws-role-many", "session required MODULE")

        def come_and_go(times):
            for _ in range(times):
                with PamHandle("aws-role-many", "ueno") as handle:
                    self.assertEqual(PAM_SUCCESS, handle.open())
                    self.assertEqual(PAM_SUCCESS, handle.close())
            processes.wait_for(lambda: not any(LIFELINE in one.descriptors
                                               for one in processes.ours("aws-role-broker")))
            return processes.settled("aws-role-broker")
        self.assertEqual(LINGER_MAX, len(come_and_go(LINGER_MAX)))
        self.assertFalse([line for line in self.new_log() if "without lingering" in line])
        self.assertEqual(LINGER_MAX, len(come_and_go(1)))
        self.wait_for_log("the session ends without lingering user=ueno")
        killed = processes.settled("aws-role-broker")[3]
        os.kill(killed.pid, 9)
        self.assertEqual([], processes.wait_gone([killed], SOON))
        self.assertEqual(LINGER_MAX, len(come_and_go(1)))
        machine.run("aws-role", "revoke", "ueno", stderr=subprocess.DEVNULL)
        self.assert_ends(SOON)

    def test_killed(self):
        """What a broker leaves that is killed while it lingers is swept by the next login"""
        environment = self.leave(lingering(600))
        broker, = processes.settled("aws-role-broker")
        os.kill(broker.pid, 9)
        self.assert_ends(SOON)
        processes.wait_for(lambda: not self.held())     # the kernel lets go of its lock, soon
        self.assert_swept(environment["AWS_ROLE_SOCKET"])

    def test_beside(self):
        """A session that lingers is no part of the next one: each has its own port and end"""
        first = self.leave(lingering(600, LINGERING))
        machine.configure(UENO, CONFIGURATION)
        with SshSession("ueno") as session:
            second = session.environment()
            endpoints = [Endpoint(environment, self.ueno.uid) for environment in (first, second)]
            self.assertNotEqual(endpoints[0].port, endpoints[1].port)
            self.assertEqual(403, endpoints[0].get(token=endpoints[1].token).status)
            self.assertEqual(1, len({endpoint.key() for endpoint in endpoints}))
            self.assertEqual([False, True], sorted(row["lingers"] for row in self.held()))
        processes.wait_for(lambda: len(processes.ours("aws-role-broker")) == 1)
        self.assertEqual(200, endpoints[0].get().status)
        processes.wait_for(lambda: self.refuses(endpoints[1]), 2)
        machine.run("aws-role", "revoke", "ueno", stderr=subprocess.DEVNULL)
        self.assert_ends(SOON)
        self.assertTrue(set(KEY_VARIABLES).isdisjoint(first))
