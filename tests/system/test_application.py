# SPDX-License-Identifier: BSD-3-Clause
"""What the module leaves in the application that opens the session: nothing but variables."""

import os
import resource
import signal

from . import machine, processes
from .case import IGNORED, PAM_SUCCESS, SystemTest


CAP_SYS_RESOURCE = 24    # <linux/capability.h>


def may_raise_limits():
    """Root of some machines and containers may not; then only the soft limits are tried."""
    with open("/proc/self/status", encoding="utf-8") as file:
        held = int(next(line for line in file if line.startswith("CapEff:")).split()[1], 16)
    return bool(held >> CAP_SYS_RESOURCE & 1)


class Application(SystemTest):
    """pam_client, which reports on itself."""

    def test_leaves_nothing_behind(self):
        """No child, no SIGCHLD, nothing said; one descriptor, closed on exec and at the end"""
        with self.open() as session:
            self.assertEqual(PAM_SUCCESS, session.result)
            self.assertFalse(session.children)
            self.assertEqual(0, session.signals)
            self.assertEqual([], session.said)
            self.assertEqual(1, len(session.descriptors), session.descriptors)
            self.assertTrue(session.descriptors[0].endswith(" 1"), "not closed on exec")
            session.close()
            self.assertEqual(PAM_SUCCESS, session.closed)
            self.assertFalse(session.children)
            self.assertEqual(0, session.signals)
            self.assertEqual([], session.said)
            self.assertEqual([], session.descriptors)

    def test_unmapped_leaves_nothing_behind(self):
        """An unmapped user's session has no process, no descriptor and no variable"""
        with self.open(self.nemo.name) as session:
            self.assertEqual(IGNORED, session.result)
            self.assertEqual([], session.descriptors)
            self.assertFalse(session.children)
            self.assert_holds_nothing(session.environment)
            self.assertEqual([], processes.wait_gone(processes.ours()))
        self.assert_no_sockets()

    def test_close(self):
        """After close_session nothing runs within a second, and the socket is gone"""
        with self.open() as session:
            running = processes.ours()
            self.assertEqual({"aws-role-broker", "aws-role-stub"}, {one.name for one in running})
            session.close()
            self.assertEqual([], processes.wait_gone(running))
        self.assert_no_sockets()

    def test_killed(self):
        """kill -9 of the application ends the session; the next login removes its socket"""
        with self.open() as session:
            running = processes.ours()
            self.assertTrue(running)
            dead = session.environment["AWS_ROLE_SOCKET"]
            session.kill()
            self.assertEqual([], processes.wait_gone(running))
        with self.open() as session:
            self.assertFalse(os.path.exists(dead))
            session.close()
        self.assert_no_sockets()

    def test_broker_killed(self):
        """kill -9 of the broker takes stub and helper along; closing still succeeds"""
        with self.open() as session:
            running = processes.ours()
            for one in running:
                if one.name == "aws-role-broker":
                    os.kill(one.pid, signal.SIGKILL)
            self.assertEqual([], processes.wait_gone(running))
            session.close()
            self.assertEqual(PAM_SUCCESS, session.closed)

    def test_limits(self):
        """The person's limits are not the broker's"""
        hard = may_raise_limits()

        def limit():
            for kind, value in ((resource.RLIMIT_NPROC, 3), (resource.RLIMIT_NOFILE, 20),
                                (resource.RLIMIT_FSIZE, 0)):
                most = resource.getrlimit(kind)[1]
                resource.setrlimit(kind, (value, value if hard else most))
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.umask(0)
        with self.open(before=limit) as session:
            self.assertEqual(PAM_SUCCESS, session.result)
            self.assert_holds_keys(session.environment)
            socket = os.stat(session.environment["AWS_ROLE_SOCKET"])
            self.assertEqual(0o600, socket.st_mode & 0o7777)

    def test_run_folder(self):
        """The run time folder and what is in it belong to whom they should"""
        with self.open() as session:
            socket = session.environment["AWS_ROLE_SOCKET"]
            service = os.stat(machine.RUN + "/cache")
            facts = {path: (os.stat(path).st_uid, os.stat(path).st_mode & 0o7777)
                     for path in (machine.RUN, os.path.dirname(socket), socket)}
            self.assertEqual({machine.RUN: (0, 0o755), os.path.dirname(socket): (0, 0o711),
                              socket: (self.ueno.uid, 0o600)}, facts)
            self.assertNotIn(service.st_uid, (0, self.ueno.uid))
            self.assertEqual(0o700, service.st_mode & 0o7777)
