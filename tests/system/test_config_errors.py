# SPDX-License-Identifier: BSD-3-Clause
"""Configurations that cannot be: nobody gets anything new, and the log names file and line."""

import os
import re
import subprocess

from . import machine
from .case import PAM_SUCCESS, SystemTest

GOOD = machine.CONFIGURATION + "\n[user ueno]\nroles = developer\n"
LINES = GOOD.count("\n")
DROP_IN = machine.CONFIG_FOLDER + "/aws-role.conf.d/50-more.conf"

# What is added at the end of GOOD, and which of these lines is wrong.
BROKEN = {
    "no section": ("[user nemo\n", 1),
    "no equals sign": ("[user nemo]\nroles developer\n", 2),
    "an unknown kind": ("[users nemo]\n", 1),
    "an unknown key": ("[user nemo]\nrolls = developer\n", 2),
    "a key twice": ("[user nemo]\nroles = audit\nroles = developer\n", 3),
    "a section twice": ("[user ueno]\nroles = audit\n", 1),
    "a NUL": ("[user nemo]\nroles = aud\0it\n", 2),
    "a line of 70 KiB": ("# " + "x" * 70 * 1024 + "\n", 1),
    "an indented line": ("[user nemo]\nroles = developer\n    audit\n", 3),
    "bytes that are not UTF-8": ("[user n\udcff]\n", 1),
    "a role that is none": ("[user nemo]\nroles = nothing\n", 2),
    "a source that is none": ("[role more]\nrole_arn = arn:aws:iam::123456789012:role/More\n"
                              "source = nothing\n", 3),
    "a duration that AWS refuses": ("[role more]\nduration_seconds = 60\n"
                                    "role_arn = arn:aws:iam::123456789012:role/More\n", 2),
    "an ARN that is none": ("[role more]\nrole_arn = Developer\n", 2),
}


class ConfigErrors(SystemTest):
    """Each is tried with a login and with aws-role check."""

    def login_without_keys(self):
        """The login goes on; the session has at most where to ask later."""
        with self.open() as session:
            self.assertEqual(PAM_SUCCESS, session.result)
            self.assert_holds_no_keys(session.environment)
            self.assert_within(session.took, 3)
        self.assertEqual(0, self.aws.counts("sts")["total"])
        self.assertEqual(0, self.aws.counts("imds")["total"])

    def check(self):
        """(status, output) of aws-role check."""
        done = subprocess.run(["aws-role", "check"], check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
        return done.returncode, done.stdout

    def test_content(self):
        """What does not parse or cannot be: file and line are named, twice"""
        for name, (text, line) in BROKEN.items():
            with self.subTest(name):
                self.fresh()
                machine.write(machine.CONFIG, GOOD + text)
                self.login_without_keys()
                self.wait_for_log(f"the configuration does not load.*file={machine.CONFIG} "
                                  f".*what=.*mend=.*line={LINES + line}$")
                status, output = self.check()
                self.assertEqual(1, status, output)
                self.assertRegex(output, rf"(?m)^{re.escape(machine.CONFIG)}:{LINES + line}: .*: ")

    def test_drop_in(self):
        """An error in a drop-in file names that file"""
        machine.write(DROP_IN, "# one\n[user nemo]\nroles = nothing\n")
        self.login_without_keys()
        self.wait_for_log(f"the configuration does not load.*file={DROP_IN} .*line=3$")
        self.assertRegex(self.check()[1], rf"(?m)^{re.escape(DROP_IN)}:3: ")

    def untrusted(self, spoil):
        """Spoils a file of a good configuration and tries it."""
        self.fresh()
        machine.configure(text=GOOD)
        machine.write(DROP_IN, "[user nemo]\nroles = audit\n")
        self.addCleanup(os.chmod, "/etc", 0o755)
        spoil()
        self.login_without_keys()
        line = self.wait_for_log("the configuration does not load.*file=/etc")
        self.assertEqual(1, self.check()[0])
        return line

    def test_untrusted(self):
        """Wrong owner, wrong mode, a link, a folder of others: named, and nothing is taken"""
        def link(path):
            os.rename(path, path + ".real")
            os.symlink(path + ".real", path)

        def special(path):
            os.unlink(path)
            os.mkfifo(path, 0o600)
        folder = os.path.dirname(DROP_IN)
        cases = {
            "owner": lambda: os.chown(machine.CONFIG, self.ueno.uid, 0),
            "mode for the group": lambda: os.chmod(machine.CONFIG, 0o664),
            "mode for all": lambda: os.chmod(machine.CONFIG, 0o666),
            "link": lambda: link(machine.CONFIG),
            "fifo": lambda: special(machine.CONFIG),
            "owner of a drop-in": lambda: os.chown(DROP_IN, self.ueno.uid, 0),
            "mode of a drop-in": lambda: os.chmod(DROP_IN, 0o646),
            "link as a drop-in": lambda: link(DROP_IN),
            "fifo as a drop-in": lambda: special(DROP_IN),
            "folder that all may write": lambda: os.chmod(machine.CONFIG_FOLDER, 0o777),
            "folder of somebody": lambda: os.chown(machine.CONFIG_FOLDER, self.ueno.uid, 0),
            "folder of drop-ins": lambda: os.chmod(folder, 0o777),
            "folder on the way": lambda: os.chmod("/etc", 0o777),
        }
        for name, spoil in cases.items():
            with self.subTest(name):
                try:
                    self.untrusted(spoil)
                finally:
                    os.chmod("/etc", 0o755)

    def test_mended(self):
        """Once the file is mended the same session gets its credentials"""
        machine.write(machine.CONFIG, GOOD + "[user nemo]\nrolls = developer\n")
        with self.open() as session:
            self.assert_holds_no_keys(session.environment)
            error = self.status(session, self.ueno)["last_error"]
            self.assertIn(f"{machine.CONFIG}:{LINES + 2}", error)
            machine.write(machine.CONFIG, GOOD)
            with self.open() as later:
                self.assert_holds_keys(later.environment)

    def test_good(self):
        """The configuration that the others spoil is good"""
        machine.write(machine.CONFIG, GOOD)
        machine.write(DROP_IN, "[user nemo]\nroles = audit\n")
        self.assertEqual(0, self.check()[0], self.check()[1])
        with self.open() as session, self.open("nemo") as other:
            self.assert_holds_keys(session.environment)
            self.assert_holds_keys(other.environment, role="audit")

    def test_none(self):
        """Without any configuration nobody has a role, and the log is quiet"""
        os.unlink(machine.CONFIG)
        with self.open() as session:
            self.assert_holds_nothing(session.environment)
        self.assertEqual([], [line for line in self.new_log() if "does not load" in line])

    def test_case(self):
        """[user Ueno] is not [user ueno]"""
        machine.configure("[user Ueno]\nroles = developer\n")
        with self.open() as session:
            self.assert_holds_nothing(session.environment)
