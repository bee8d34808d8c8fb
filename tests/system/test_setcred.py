# SPDX-License-Identifier: BSD-3-Clause
"""pam_setcred(3): what it renews and deletes, and what it leaves alone."""

import contextlib
import os
import time

from . import machine, processes
from .case import KEY_VARIABLES, PAM_SUCCESS, SystemTest, stack
from .pam_handle import (DELETE, ESTABLISH, REFRESH, REINITIALIZE, SERVICE, SILENT, USER,
                         PamHandle)
from .stopwatch import Stopwatch

AUTH = "auth [success=ok default=die] MODULE"
LIFETIME = 12           # seconds: due after eight of them, past use after two
PATIENCE = 30


class Setcred(SystemTest):
    """Handles of our own, in this process."""

    def setUp(self):
        super().setUp()
        for service in ("aws-role-cred", "aws-role-other"):
            machine.pam_service(service, AUTH, *stack("timeout=2"))

    @contextlib.contextmanager
    def handle(self, service="aws-role-cred", user="ueno", opened=True):
        """A handle, with a session on it."""
        with PamHandle(service, user) as handle:
            if opened:
                self.assertEqual(PAM_SUCCESS, handle.open())
            yield handle

    def wait_due(self, handle):
        """Waits for the time at which the handle's variables are due."""
        due = int(handle.environment["AWS_ROLE_REFRESH_AT"])
        processes.wait_for(lambda: time.time() > due, PATIENCE)

    def test_fresh(self):
        """Fresh variables stay as they are, whatever is set; no agent is started for it"""
        with self.handle() as handle:
            before = handle.environment
            self.assert_holds_keys(before)
            for flags in (ESTABLISH, REINITIALIZE, REFRESH, REFRESH | SILENT, 0):
                self.assertEqual(PAM_SUCCESS, handle.setcred(flags))
                self.assertEqual(before, handle.environment)
            self.assertEqual([], processes.ours("aws-role-agent"))

    def test_without_session(self):
        """Before the session, as in sudo, and on a new handle, as in a locker: nothing is done"""
        with self.handle():
            with self.handle(opened=False) as other:
                other.put("AWS_ROLE_REFRESH_AT=0")
                for flags in (REINITIALIZE, REFRESH, ESTABLISH, DELETE):
                    self.assertEqual(PAM_SUCCESS, other.setcred(flags))
                    self.assertEqual({"AWS_ROLE_REFRESH_AT": "0"}, other.environment)
            self.assertEqual([], processes.ours("aws-role-agent"))

    def test_order(self):
        """setcred before open_session or after it: the session holds the same"""
        with self.handle(opened=False) as first, self.handle() as second:
            self.assertEqual(PAM_SUCCESS, first.setcred(ESTABLISH))
            self.assertEqual(PAM_SUCCESS, first.open())
            self.assertEqual(PAM_SUCCESS, second.setcred(ESTABLISH))
            same = [{name: value for name, value in handle.environment.items()
                     if name != "AWS_ROLE_SOCKET"} for handle in (first, second)]
            due = [int(one.pop("AWS_ROLE_REFRESH_AT")) for one in same]
            self.assertEqual(same[0], same[1])
            self.assertAlmostEqual(due[0], due[1], delta=1)     # of another clock, in whole seconds

    def test_renewal(self):
        """Due ones: REINITIALIZE and REFRESH fetch newer ones of this session, and of no other"""
        self.aws.lifetime(LIFETIME)
        with contextlib.ExitStack() as handles:
            reinitialized, refreshed, other_user, other_service, region = (
                handles.enter_context(self.handle()) for _ in range(5))
            before = reinitialized.environment
            other_user.set_item(USER, "nemo")
            other_service.set_item(SERVICE, "aws-role-other")
            region.put("AWS_REGION=xx-own-1")
            self.aws.lifetime(None)
            self.wait_due(reinitialized)
            # A handle lets ten seconds pass after its session was opened.
            processes.wait_for(lambda: reinitialized.setcred(REINITIALIZE) == PAM_SUCCESS and
                               reinitialized.environment != before, PATIENCE)
            new = reinitialized.environment
            for handle, flags in ((refreshed, REFRESH), (region, REFRESH | SILENT)):
                processes.wait_for(lambda handle=handle, flags=flags: handle.setcred(flags) == 0 and
                                   handle.environment["AWS_ACCESS_KEY_ID"] ==
                                   new["AWS_ACCESS_KEY_ID"], PATIENCE)
            for handle, flags in ((other_user, REFRESH), (other_service, REINITIALIZE)):
                self.assertEqual(PAM_SUCCESS, handle.setcred(flags))
            self.assert_holds_keys(new)
            self.assertNotEqual(before["AWS_ACCESS_KEY_ID"], new["AWS_ACCESS_KEY_ID"])
            self.assertEqual(before["AWS_ROLE_SOCKET"], new["AWS_ROLE_SOCKET"])
            for name in KEY_VARIABLES:
                self.assertEqual(new[name], refreshed.environment[name])
                self.assertEqual(before[name], other_user.environment[name])
                self.assertEqual(before[name], other_service.environment[name])
            self.assertEqual("xx-own-1", region.environment["AWS_REGION"])

    def test_late(self):
        """A session that had nothing at login has its credentials after REINITIALIZE"""
        self.aws.fault("sts", "refuse")
        with self.handle() as handle:
            self.assert_holds_no_keys(handle.environment)
            with Stopwatch() as took:
                self.assertEqual(PAM_SUCCESS, handle.setcred(REINITIALIZE))     # as sshd does at once
            self.assert_within(took, 0.5)
            self.aws.clear()
            processes.wait_for(lambda: handle.setcred(REINITIALIZE) == PAM_SUCCESS and
                               "AWS_ACCESS_KEY_ID" in handle.environment, PATIENCE)
            self.assert_holds_keys(handle.environment)

    def test_delete(self):
        """DELETE removes the variables and ends the session's processes; closing still succeeds"""
        with self.handle() as handle:
            handle.put("KEPT=1")
            running = processes.ours()
            self.assertTrue(running)
            self.assertEqual(PAM_SUCCESS, handle.setcred(DELETE | SILENT))
            self.assertEqual({"KEPT": "1"}, handle.environment)
            self.assertEqual([], processes.wait_gone(running))
            self.assert_no_sockets()
            for flags in (REINITIALIZE, REFRESH, DELETE):
                self.assertEqual(PAM_SUCCESS, handle.setcred(flags))
                self.assertEqual({"KEPT": "1"}, handle.environment)
            self.assertEqual(PAM_SUCCESS, handle.close())

    def test_agent_gone(self):
        """An agent that cannot be asked leaves the variables as they are, and the log says so"""
        self.aws.lifetime(LIFETIME)
        with self.handle() as handle:
            before = handle.environment
            for one in processes.ours("aws-role-broker"):
                with contextlib.suppress(ProcessLookupError):       # a child ends with its broker
                    os.kill(one.pid, 9)
            self.wait_due(handle)
            processes.wait_for(lambda: handle.setcred(REINITIALIZE) == PAM_SUCCESS and any(
                "variables stay as they are" in line for line in self.new_log()), PATIENCE)
            self.assertEqual(before, handle.environment)

    def test_others_stay(self):
        """What pam_env and others have set stays where we give nothing, and where we take away"""
        settings = {"AWS_REGION": "of-pam-env", "AWS_ACCESS_KEY_ID": "of-pam-env"}
        broker = machine.PROGRAMS + "/aws-role-broker"
        machine.configure("[user ueno]\nroles = developer\n", machine.CONFIGURATION.replace(
            f"region = {machine.REGION}\n", ""))
        for user, gone in (("nemo", False), ("nobody-of-this-name", False), ("ueno", True),
                           ("ueno", False)):
            with self.subTest(user, gone=gone), self.handle(user=user, opened=False) as handle:
                for name, value in settings.items():
                    handle.put(f"{name}={value}")
                with machine.away(broker) if gone else contextlib.nullcontext():
                    handle.open()
                if user == "ueno" and not gone:
                    self.assertEqual("of-pam-env", handle.environment["AWS_REGION"])
                    handle.setcred(DELETE)
                    self.assertEqual({"AWS_REGION": "of-pam-env"}, handle.environment)
                else:
                    self.assertEqual(settings, handle.environment)

    def test_second_open(self):
        """A second session on the handle takes the first one's place, its variables too"""
        with self.handle() as handle:
            first = processes.ours()
            self.assertEqual(PAM_SUCCESS, handle.set_item(USER, "nemo"))
            handle.open()
            self.assert_holds_nothing(handle.environment)
            self.assertEqual([], processes.wait_gone(first))
