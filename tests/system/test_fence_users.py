# SPDX-License-Identifier: BSD-3-Clause
"""aws-role-fence: who passes, whatever users are called and directories do."""

import os
import re
import shutil
import time

from . import directory, machine
from .fence import UNIT, USERS, FenceTest, OnTerminal, fence, passing


class WhoPasses(FenceTest):
    """root, _aws-role, ec2-instance-connect, and who is named."""

    def test_instance_connect(self):
        """ec2-instance-connect passes where it exists"""
        for path in ("/etc/passwd", "/etc/shadow", "/etc/group"):
            with open(path, "rb") as file:
                self.addCleanup(machine.write, path, file.read(),
                                os.stat(path).st_mode & 0o777)
        self.load()
        self.assertNotIn("ec2-instance-connect", fence("show")[1])
        person = machine.add_user("ec2-instance-connect")
        self.addCleanup(shutil.rmtree, person.home)
        self.assert_stopped(person.uid)
        self.load()
        self.assert_passes(person.uid)
        self.assert_stopped(self.ueno.uid)
        self.assertIn(" ec2-instance-connect", fence("show")[1])

    def test_named(self):
        """Who is named in metadata-users passes, by name or by uid, and nobody else"""
        for text in ("# services\n\n  ueno   # for a reason\n", "ueno#\n", f"{self.ueno.uid}\r\n",
                     "ueno"):
            with self.subTest(text):
                machine.write(USERS, text)
                self.assertEqual("aws-role-fence: loaded. These users pass: root _aws-role ueno\n",
                                 self.load())
                self.assert_passes(self.ueno.uid)
                self.assert_stopped(self.nemo.uid)
        self.assertRegex(fence("show")[1], r"(?m)^passes: root _aws-role ueno$")

    def test_bad_lines(self):
        """A line that names nobody is told with its number, and does nothing else"""
        lines = ("no-such-user", "0 }", "{0-4294967295}", "$(touch${IFS}/run/owned)",
                 "`touch${IFS}/run/owned`", ";touch", "nobody;flush", "ueno nemo", "-n", "+0",
                 "--help", "4294967295", "99999999999", "0x0", "00", "*", "ünï", "a\tb", "a:b",
                 "@users", "x" * 300, "\x1b[31m")
        machine.write(USERS, "\n".join(lines) + "\nueno\n")
        said = self.load()
        for number, line in enumerate(lines, 1):
            self.assertRegex(said, rf"(?m)^aws-role-fence: {USERS}:{number}: .*nobody passes by it",
                             line)
        self.assertEqual("aws-role-fence: loaded. These users pass: root _aws-role ueno",
                         said.splitlines()[-1])
        self.assertEqual(len(lines) + 1, said.count("\n"))
        self.assertTrue(said.isascii() and "\x1b" not in said)
        self.assertEqual({0, self.service_uid, self.ueno.uid}, passing())
        self.assertFalse(os.path.exists("/run/owned"))

    def test_untrusted(self):
        """A file that others than root could have written is not read, and that is told"""
        def writable():
            os.chmod(USERS, 0o666)

        def groups():
            os.chmod(USERS, 0o664)

        def owned():
            os.chown(USERS, self.ueno.uid, 0)

        def link():
            os.rename(USERS, USERS + ".real")
            os.symlink(USERS + ".real", USERS)

        def folder():
            os.chmod(machine.CONFIG_FOLDER, 0o777)

        def no_file():
            os.unlink(USERS)
            os.mkdir(USERS)
        for spoil in (writable, groups, owned, link, folder, no_file):
            with self.subTest(spoil.__name__):
                machine.configure("[user ueno]\nroles = developer\n")
                machine.write(USERS, "ueno\n")
                self.assertIn(" ueno\n", self.load())
                spoil()
                self.assertRegex(self.load(), rf"^aws-role-fence: {USERS} is not read, .*: "
                                 rf"{machine.CONFIG_FOLDER}\S* has to be root's.*\n"
                                 "aws-role-fence: loaded.*\n$")
                self.assertEqual({0, self.service_uid}, passing())


class NamesOfDigits(FenceTest):
    """Users whose names are numbers, of uids that are meant and of others."""

    def setUp(self):
        super().setUp()
        for path in ("/etc/passwd", "/etc/shadow", "/etc/group"):
            self.addCleanup(machine.restore, path, machine.keep(path))
        # Some of them are other numbers when they are read as octal.
        self.strangers = []
        for name in ("0", str(self.service_uid), "1750", "1000", "00", f"0{self.service_uid}",
                     f"{self.service_uid:012}"):
            self.strangers.append(machine.add_user(name))
            self.addCleanup(shutil.rmtree, self.strangers[-1].home)
        self.meant = {0, self.service_uid, 1750, 1000}
        machine.write(USERS, "1750\n1000\n")

    def test_load(self):
        """The uids that are meant pass, and not who has such a number for a name"""
        said = self.load()
        self.assertEqual(self.meant, passing())
        self.assertIn("pass: root _aws-role", said)
        for person in self.strangers:
            self.assert_stopped(person.uid)
        for uid in self.meant:
            self.assert_passes(uid)

    def test_owner(self):
        """A file of the user 0 is not root's"""
        os.chown(USERS, self.strangers[0].uid, 0)
        self.assertIn(f"{USERS} is not read", self.load())
        self.assertEqual({0, self.service_uid}, passing())

    def test_rules_of_before(self):
        """Rules that are loaded again are those of before"""
        self.load()
        machine.write(USERS, "")
        terminal = OnTerminal("--seconds", "1")
        self.addCleanup(terminal.leave)
        self.assertEqual({0, self.service_uid}, passing())
        self.assertEqual(1, terminal.end(), terminal.said)
        self.assertIn("the rules are those of before", terminal.said)
        self.assertEqual(self.meant, passing())

    def test_taken_for_a_name(self):
        """When nft takes a number for a name after all, what was before comes back, loudly"""
        self.load()
        machine.write(USERS, "1000\n2999\n")
        longest = machine.add_user("0" * 30 + "2999")
        self.addCleanup(shutil.rmtree, longest.home)
        status, said = fence("load")
        self.assertEqual(1, status)
        self.assertRegex(said, "^aws-role-fence: nft let other users pass .* before is back: .*\n$")
        self.assertEqual(self.meant, passing())
        fence("remove")
        self.assertEqual(1, fence("load")[0])
        self.assertIsNone(passing())


class HangingNames(FenceTest):
    """A directory of users that says nothing."""

    def setUp(self):
        super().setUp()
        context = directory.used()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def assert_loaded_in_time(self, expected, *complaints):
        """load ends below the unit's limit; who passes, and what is told."""
        with open(UNIT, encoding="utf-8") as file:
            limit = int(re.search(r"^TimeoutStartSec=(\d+)$", file.read(), flags=re.M).group(1))
        with directory.hangs("passwd"):
            started = time.monotonic()
            status, said = fence("load", timeout=limit)
            seconds = time.monotonic() - started
        self.assertEqual((0, expected), (status, passing()), said)
        self.assertLess(seconds, limit)
        for complaint in complaints:
            self.assertIn(complaint, said)
        self.assertIn("These users pass: root _aws-role", said)
        self.assert_passes(0)
        self.assert_passes(self.service_uid)

    def test_names(self):
        """Names that nobody knows share one time, and whom this host knows passes"""
        strangers = [f"stranger{i}" for i in range(10)]
        machine.write(USERS, "\n".join(["stranger", "ueno", *strangers]))
        self.assert_loaded_in_time(
            {0, self.service_uid, self.ueno.uid},
            *[f"{USERS}:{i + 3}: the user {name} could not be looked up in time"
              for i, name in enumerate(strangers)])
        self.assert_stopped(self.nemo.uid)

    def test_numbers(self):
        """Numbers, which nft asks for, are left out when it hangs, and that is told"""
        machine.write(USERS, "12345\n12346\n")
        self.assert_loaded_in_time({0, self.service_uid}, f"nobody passes by {USERS}")
        self.load()
        self.assertEqual({0, self.service_uid, 12345, 12346}, passing())
