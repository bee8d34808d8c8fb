# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the auth line find prepared: an sshd that asks, answers, and terminals."""

import contextlib
import json
import os
import subprocess

from . import machine, processes, sshd
from .dialogue import Dialogue
from .login import PATIENCE_SECONDS, parse_environment
from .mfa import MfaTest

PASSWORD = "correct horse"
AUTH = "auth optional MODULE"
BEHIND_KEY = (AUTH, "auth required pam_permit.so", "account required pam_permit.so",
              "session required pam_permit.so", sshd.LINE)
PLACE = "/run/auth-line"
KEY_PORT, PASSWORD_PORT = "2223", "2224"    # a key and then PAM; PAM alone
SSH = ("ssh", "-o", "HostKeyAlias=localhost", "-o", "BatchMode=no")
SHADOW = "/etc/shadow"

# Tells what it was asked, and gives the answer that is next.
ANSWERING = f"""\
#!/bin/sh
printf '%s\\0' "$1" >>{PLACE}/asked
head -n 1 {PLACE}/answers
sed -i 1d {PLACE}/answers
"""
_daemons = []


def _start_sshd(aws):
    config = sshd.CONFIG.replace("KbdInteractiveAuthentication no",
                                 "KbdInteractiveAuthentication yes")
    config = config.replace("PasswordAuthentication no", "PasswordAuthentication yes")
    config = config.replace("127.0.0.1:22\n", f"127.0.0.1:{KEY_PORT}\n"
                            f"ListenAddress 127.0.0.1:{PASSWORD_PORT}\n")
    config += (f"DenyUsers nemo\nMatch LocalPort {KEY_PORT}\n"
               "    AuthenticationMethods publickey,keyboard-interactive\n")
    machine.write("/etc/ssh/sshd_config.auth", config)
    _daemons.append(subprocess.Popen([sshd.program(), "-D", "-f", "/etc/ssh/sshd_config.auth"],
                                     stdin=subprocess.DEVNULL))
    aws.wait_for_log(rf"Server listening on 127\.0\.0\.1 port {PASSWORD_PORT}")


class AuthLineTest(MfaTest):
    """The line stands below primary authentication, and ueno has a password."""

    def setUp(self):
        super().setUp()
        for path in (SHADOW, "/etc/pam.d/sshd", "/etc/pam.d/su"):
            self.addCleanup(machine.restore, path, machine.keep(path))
        machine.run("usermod", "-p", machine.run("openssl", "passwd", "-6", PASSWORD).strip(),
                    "ueno")
        machine.write(PLACE + "/askpass", ANSWERING, 0o755)
        machine.write(PLACE + "/spy", f"#!/bin/sh\nenv -0 >{PLACE}/seen\n", 0o755)
        machine.pam_service("aws-role-auth", "auth required pam_permit.so", AUTH,
                            "session required MODULE",
                            f"session optional pam_exec.so {PLACE}/spy")
        if not _daemons:
            _start_sshd(self.aws)

    def ssh(self, port, *answers, user="ueno", method="keyboard-interactive",
            command=("env", "-0"), check=True):
        """(what was asked, the session's variables): answers are given as they are asked for."""
        machine.write(PLACE + "/answers", "".join(answer + "\n" for answer in answers))
        machine.write(PLACE + "/asked", "")
        methods = f"PreferredAuthentications=publickey,{method}" if port == KEY_PORT \
            else f"PreferredAuthentications={method}"
        done = subprocess.run([*SSH, "-p", port, "-o", methods, "-o", "NumberOfPasswordPrompts=1",
                               "-l", user, "localhost", *command], check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE,
                              timeout=PATIENCE_SECONDS,
                              env={"PATH": os.environ["PATH"], "HOME": "/root",
                                   "SSH_ASKPASS": PLACE + "/askpass",
                                   "SSH_ASKPASS_REQUIRE": "force"})
        if check:
            self.assertEqual(0, done.returncode, done.stderr)
        else:
            self.assertNotEqual(0, done.returncode)
        with open(PLACE + "/asked", encoding="utf-8") as file:
            asked = file.read().split("\0")[:-1]
        return asked, parse_environment(done.stdout.decode())

    def dialogue(self, *words, user=None):
        """A Dialogue that ends with the test."""
        one = Dialogue(*words, user=user)
        self.addCleanup(one.close)
        return one

    def pamtester(self, *operations, service="aws-role-auth", user="ueno"):
        """pamtester in a terminal."""
        return self.dialogue("pamtester", service, user, *operations)

    @staticmethod
    def seen():
        """The environment of the last session that pamtester opened."""
        with open(PLACE + "/seen", encoding="utf-8") as file:
            return parse_environment(file.read())

    def assert_nothing_left(self):
        """No process of ours, no socket."""
        self.assertEqual([], processes.wait_gone(processes.ours(), 3))
        self.assert_no_sockets()

    def assert_nowhere(self, text):
        """It is in no line of the log, no request to AWS, no cache and no variable of anybody's."""
        self.assertNotIn(text, "\n".join(self.log()))
        self.assertNotIn(text, json.dumps(self.aws.requests(last=1000)))
        for name in os.listdir(machine.RUN + "/cache"):
            with open(f"{machine.RUN}/cache/{name}", "rb") as file:
                self.assertNotIn(text.encode(), file.read())
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
                self.assertNotIn(text.encode(), file.read())
