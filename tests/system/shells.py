# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the shell hook share: shells in the terminals of ueno's session."""

import os
import shutil
import subprocess
import time

from . import machine
from .case import SystemTest
from .login import SshSession
from .tmux import PROMPTS, Tmux

LOADER = "/etc/profile.d/aws-role.sh"
FISH_HOOK = machine.PREFIX + "/share/fish/vendor_conf.d/aws-role.fish"
DEVELOPER, AUDIT = (role.replace("iam", "sts").replace(":role", ":assumed-role") + "/ueno"
                    for role in (machine.DEVELOPER, machine.AUDIT))
CALLER = "aws sts get-caller-identity --query Arn --output text"
OWN_FILES = {"bash": (".bash_profile", ".bashrc"), "zsh": (".zshrc",),
             "fish": (".config/fish/config.fish",)}
SHELLS = [shell for shell in ("bash", "zsh", "fish") if shutil.which(shell)]


def put(shell, name, value):
    """The command that exports a variable."""
    return f"set -gx {name} {value}" if shell == "fish" else f"export {name}={value}"


def drop(shell, name):
    """The command that unsets one."""
    return f"set -e {name}" if shell == "fish" else f"unset {name}"


class ShellTest(SystemTest):
    """ueno has two roles, and the shells' files have the lines that aws-role-shell(7) gives."""

    def setUp(self):
        super().setUp()
        if shutil.which("tmux") is None:
            self.skipTest("tmux is not installed")
        machine.configure("[user ueno]\nroles = developer audit\n")
        self._load_everywhere()
        self._tmux = None

    def _load_everywhere(self):
        loads = dict.fromkeys(OWN_FILES, "")
        for shell, path in (("bash", "/etc/bash.bashrc"), ("zsh", "/etc/zsh/zshrc")):
            kept = machine.keep(path)
            if kept is None:        # elsewhere than on Debian and its kin: in the person's own
                loads[shell] = f". {LOADER}\n"
                continue
            self.addCleanup(machine.restore, path, kept)
            machine.write(path, kept[0] + f"\n. {LOADER}\n".encode(), kept[1])
        os.makedirs("/etc/fish/conf.d", exist_ok=True)
        if not os.path.lexists("/etc/fish/conf.d/aws-role.fish"):
            os.symlink(FISH_HOOK, "/etc/fish/conf.d/aws-role.fish")
        for shell, names in OWN_FILES.items():
            for name in names:
                self.own_file(name, loads[shell] + PROMPTS[shell])

    def own_file(self, name, text):
        """Writes a file in ueno's home, for as long as the test."""
        path = f"{self.ueno.home}/{name}"
        self.addCleanup(machine.restore, path, machine.keep(path))
        owner = (self.ueno.uid, self.ueno.uid)
        machine.write(path, text, owner=owner)
        folder = os.path.dirname(path)
        while folder != self.ueno.home:
            os.chown(folder, *owner)
            folder = os.path.dirname(folder)

    def log_in(self):
        """A session of ueno's that stays."""
        session = SshSession("ueno")
        self.addCleanup(session.close)
        return session

    def terminals(self, session=None):
        """A tmux server in that session; without one, as root and with an empty environment."""
        def start(command):
            if session is None:
                subprocess.run(["sh", "-c", command], check=True,
                               env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
            else:
                self.assertEqual((0, b""), session.run(command))
        tmux = Tmux(start)
        self.addCleanup(tmux.close)
        return tmux

    def outside(self, **environment):
        """Words before a shell's that make it ueno's, with no variables but these."""
        return ("setpriv", f"--reuid={self.ueno.uid}", f"--regid={self.ueno.uid}", "--clear-groups",
                "env", "-i", f"HOME={self.ueno.home}", "TERM=screen", "USER=ueno",
                f"PATH={os.environ['PATH']}", "LC_ALL=C.UTF-8",
                *(f"{name}={value}" for name, value in environment.items()))

    def variables(self, session):
        """What the login gave that session, for outside()."""
        return {name: value for name, value in session.environment().items()
                if name.startswith("AWS_")}

    def assert_ahead(self, pane, seconds=30):
        """The next try of that shell is so many seconds ahead."""
        left = int(pane.say("echo $AWS_ROLE_REFRESH_AT")) - time.time()
        self.assertTrue(seconds - 5 < left <= seconds + 2, left)
