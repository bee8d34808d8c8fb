# SPDX-License-Identifier: BSD-3-Clause
"""sudo and su from somebody's session: whose role it is, who came in, and nothing mixed."""

import contextlib
import os

from . import machine, processes, sshd
from .case import KEY_VARIABLES, ROLE_VARIABLES, SystemTest
from .login import SshSession, parse_environment

PEOPLE = """
[role traced]
role_arn = {audit}
source_identity = %{{login}}

[user ueno]
roles = developer

[user nemo]
roles = traced
"""
# Nobody is asked for a password: how one becomes another is not what is tested.
STACK = ("auth sufficient pam_permit.so", "account required pam_permit.so",
         "session required pam_permit.so", "session optional MODULE timeout=2")
SERVICES = ("su", "su-l", "sudo", "sudo-i")
SUDO = "sudo -u nemo"
SU = "su nemo -c"


class SuSudo(SystemTest):
    """ueno comes by ssh and becomes nemo, who has another role."""

    def setUp(self):
        super().setUp()
        machine.configure(PEOPLE.format(audit=machine.AUDIT))
        sshd.stack("session optional pam_loginuid.so", sshd.LINE)
        self.addCleanup(sshd.stack, sshd.LINE)
        self.aws.update_role(machine.AUDIT, allow_source_identity=True)
        self.addCleanup(self.aws.update_role, machine.AUDIT, allow_source_identity=False)
        for path in ("/etc/sudoers", *(f"/etc/pam.d/{service}" for service in SERVICES)):
            self.addCleanup(machine.restore, path, machine.keep(path))
        for service in SERVICES:
            machine.pam_service(service, *STACK)
        machine.write("/etc/sudoers", "root ALL=(ALL:ALL) ALL\nueno ALL=(ALL) NOPASSWD: ALL\n",
                      0o440)

    def become(self, session, how):
        """What nemo's session holds when ueno's session becomes nemo."""
        command = f"{how} env -0" if how.startswith("sudo") else f"{how} 'env -0'"
        status, text = session.run(command)
        self.assertEqual(0, status, text)
        return parse_environment(text.decode())

    def test_own_mapping(self):
        """The role is the target's, and who came in is behind it, at AWS and in the log"""
        with SshSession("ueno") as session:
            for how in (SUDO, SU, "sudo -i -u nemo", "su -l nemo -c"):
                with self.subTest(how):
                    self.fresh_cache()
                    held = self.become(session, how)
                    self.assert_holds_keys(held, role="traced")
                    request = self.aws.requests("sts", "AssumeRole")[-1]["params"]
                    self.assertEqual(("nemo", "ueno"), (request["RoleSessionName"],
                                                        request["SourceIdentity"]))
                    self.wait_for_log(r"role granted user=nemo uid=\d+ login=ueno role=traced .*"
                                      rf" service={how.split()[0]}(-[il])?\b")

    @staticmethod
    def fresh_cache():
        """The next login asks STS."""
        for name in os.listdir(machine.RUN + "/cache"):
            os.unlink(f"{machine.RUN}/cache/{name}")

    def assert_nothing_mixed(self, callers, held):
        """Nothing that speaks for ueno is in nemo's session."""
        for name in (*KEY_VARIABLES[:3], *ROLE_VARIABLES[1:2]):
            self.assertNotEqual(callers[name], held.get(name), name)

    def test_not_mixed(self):
        """Every variable of the caller's is the target's own in the target's session"""
        with SshSession("ueno") as session:
            callers = session.environment()
            self.assert_holds_keys(callers)
            for how in (SUDO, SU):
                with self.subTest(how):
                    held = self.become(session, how)
                    self.assert_holds_keys(held, role="traced")
                    self.assert_nothing_mixed(callers, held)

    def test_not_mixed_late(self):
        """A target that has to wait has nothing of the caller's meanwhile"""
        with SshSession("ueno") as session:
            callers = session.environment()
            self.aws.fault("sts", "refuse")
            self.fresh_cache()
            for how in (SUDO, SU):
                with self.subTest(how):
                    held = self.become(session, how)
                    self.assert_nothing_mixed(callers, held)
                    self.assertEqual("0", held["AWS_ROLE_REFRESH_AT"])
                    self.assertEqual([], [name for name in (*KEY_VARIABLES, "AWS_ROLE_NAME")
                                          if held.get(name)])

    def _survives(self, session):
        for how in (SUDO, SU):
            command = f"{how} 'printf kept'" if how == SU else f"{how} printf kept"
            status, text = session.run(command)
            self.assertEqual((0, b"kept"), (status, text), how)

    def test_survives(self):
        """sudo and su run their command whatever fails in us, and print nothing of ours"""
        failures = {
            "no broker": lambda: machine.away(machine.PROGRAMS + "/aws-role-broker"),
            "no helper": lambda: machine.away(machine.PROGRAMS + "/aws-role-helper"),
            "no agent": lambda: machine.away(machine.PROGRAMS + "/aws-role-agent"),
            "no configuration": lambda: machine.away(machine.CONFIG),
            "no module": lambda: machine.away(machine.MODULE),
            "no service user": self.no_service_user,
            "no run time folder": self.file_in_place,
            "a broken configuration": self.broken_configuration,
            "a broker that is no program": self.broken_broker,
            "a broker that is silent": self.silent_broker,
        }
        with SshSession("ueno") as session:
            for name, failure in failures.items():
                with self.subTest(name), failure():
                    self._survives(session)
            self._survives(session)

    @staticmethod
    @contextlib.contextmanager
    def no_service_user():
        """_aws-role is not there."""
        with open("/etc/passwd", encoding="utf-8") as file:
            text = file.read()
        machine.write("/etc/passwd", "".join(
            line for line in text.splitlines(True) if not line.startswith("_aws-role:")))
        yield
        machine.write("/etc/passwd", text)

    @staticmethod
    @contextlib.contextmanager
    def file_in_place():
        """A file lies where the run time folder has to be."""
        with machine.away(machine.RUN):
            machine.write(machine.RUN, "")
            yield

    @staticmethod
    @contextlib.contextmanager
    def broken_configuration():
        """What lies there does not parse."""
        with machine.away(machine.CONFIG):
            machine.write(machine.CONFIG, "[user nemo\n")
            yield

    @staticmethod
    @contextlib.contextmanager
    def _other_broker(text):
        path = machine.PROGRAMS + "/aws-role-broker"
        with machine.away(path):
            machine.write(path, text, 0o755)
            yield

    def broken_broker(self):
        """The kernel does not run it."""
        return self._other_broker("\x7fELF")

    def silent_broker(self):
        """It runs, and does not answer."""
        return self._other_broker("#!/bin/sh\nexec sleep 60 <&3\n")

    def test_gone(self):
        """After sudo and su the target's processes are gone, and the caller's are as they were"""
        with SshSession("ueno") as session:
            before = {one.pid for one in processes.settled()}
            for how in (SUDO, SU):
                self.become(session, how)
                new = [one for one in processes.ours() if one.pid not in before]
                self.assertEqual([], processes.wait_gone(new))
            self.assertLessEqual(before, {one.pid for one in processes.ours()})
