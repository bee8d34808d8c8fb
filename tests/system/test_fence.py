# SPDX-License-Identifier: BSD-3-Clause
"""aws-role-fence: who gets through to the metadata services, who does not, and the way back."""

import os
import re
import shutil
import signal
import subprocess
import sys

from . import machine, processes
from .case import PAM_SUCCESS
from .fence import CLOSED, OPEN, USERS, FenceTest, OnTerminal, fence, known, passing, serve, stop
from .login import ssh

UNIT = machine.PREFIX + "/lib/systemd/system/aws-role-fence.service"


class Fence(FenceTest):
    """The rules."""

    def test_closed(self):
        """Ordinary users lose the services of EC2, ECS and EKS, root and _aws-role keep them"""
        self.assert_passes(self.ueno.uid)
        self.load()
        self.assert_stopped(self.ueno.uid)
        self.assert_passes(0)
        self.assert_passes(self.service_uid)
        self.assertEqual({0, self.service_uid}, passing())

    def test_login(self):
        """A login gets its role through instance metadata, with nothing cached"""
        self.load()
        with self.open() as session:
            self.assertEqual(PAM_SUCCESS, session.result)
            self.assert_holds_keys(session.environment)
        self.assertEqual(1, self.calls())
        self.assertGreater(self.aws.counts("imds")["total"], 0)

    def test_ssh_forwarding(self):
        """A forwarded port of ssh is the person's own connection"""
        words = ["ssh", "-l", self.ueno.name, "-W", f"{CLOSED[1]}:80", "localhost"]
        self.assertEqual(0, ssh(self.ueno.name, "true").returncode)
        before = subprocess.run(words, check=False, input=b"x", stdout=subprocess.PIPE)
        self.assertEqual(b"answer", before.stdout)
        self.load()
        after = subprocess.run(words, check=False, input=b"x", stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        self.assertEqual((b"", 255), (after.stdout, after.returncode), after.stderr)

    def test_mptcp(self):
        """Multipath TCP is no way around"""
        place = [("mptcp", CLOSED[1], 80)]
        if self.answers(place) != ["answer"]:
            self.skipTest("this kernel has no MPTCP")
        self.load()
        self.assertEqual(["answer"], self.answers(place))
        self.assertEqual(["ECONNREFUSED"], self.answers(place, self.ueno))

    def test_connections_from_before(self):
        """A connection that is there already ends with the loading"""
        code = ("import socket, sys\n"
                f"s = socket.create_connection(('{CLOSED[1]}', 80), 5)\n"
                "print('there', flush=True)\nsys.stdin.readline()\n"
                "s.send(b'x')\nprint(s.recv(10))\n")
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, cwd="/",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, user=self.ueno.uid,
                              group=self.ueno.uid, extra_groups=()) as process:
            self.assertEqual(b"there\n", process.stdout.readline())
            self.load()
            said, errors = process.communicate(b"\n", timeout=10)
        self.assertEqual(b"", said)
        self.assertIn(b"ConnectionResetError", errors)

    def test_names_and_time(self):
        """DNS and time still answer everybody"""
        self.load()
        places = [place for place in OPEN if known(place[1])]
        self.assertEqual(["answer"] * len(places), self.answers(places, self.ueno))

    def test_translated(self):
        """Where ECS's agent has its address translated, the rules come first"""
        sock = serve("tcp", "127.0.0.1", 51679)
        self.addCleanup(stop, sock)
        rules = ("table ip test_nat { chain output { type nat hook output priority -100;"
                 " ip daddr 169.254.170.2 tcp dport 80 dnat to 127.0.0.1:51679; }; }")
        machine.run("nft", rules)
        self.addCleanup(machine.run, "nft", "delete table ip test_nat")
        place = [("tcp", "169.254.170.2", 80)]
        self.assertEqual(["answer"], self.answers(place, self.ueno))
        self.load()
        self.assertEqual(["ECONNREFUSED"], self.answers(place, self.ueno))
        self.assertEqual(["answer"], self.answers(place))

    def test_once(self):
        """Loaded twice it is one table; removed, none; show and its exit status say which"""
        self.assertEqual((1, True), (fence("show")[0], "not loaded" in fence("show")[1]))
        self.load()
        first = fence("show")
        self.load()
        self.assertEqual(first, fence("show"))
        self.assertEqual(0, first[0])
        self.assertIn("passes: root _aws-role\n", first[1])
        tables = subprocess.run(["nft", "list", "tables"], check=True, stdout=subprocess.PIPE,
                                text=True).stdout.split("\n")
        self.assertEqual(1, tables.count("table inet aws_role_fence"), tables)
        self.assertEqual((0, ""), fence("remove"))
        self.assertEqual((0, ""), fence("remove"))
        self.assertEqual(1, fence("show")[0])
        self.assert_passes(self.ueno.uid)

    def test_usage(self):
        """Words that are wrong, somebody who is not root, and a machine without nft"""
        for words in ((), ("nonsense",), ("load", "x"), ("apply", "--seconds"),
                      ("apply", "--seconds", "0"), ("apply", "--seconds=x"), ("apply", "x")):
            with self.subTest(words):
                status, said = fence(*words)
                self.assertEqual(2, status)
                self.assertRegex(said, r"^aws-role-fence: .*\nusage: ")
        status, said = fence("--help", user=self.ueno.uid)
        self.assertEqual((0, True), (status, said.startswith("usage: ")))
        status, said = fence("load", user=self.ueno.uid)
        self.assertEqual((1, "aws-role-fence: only root may do that: sudo aws-role-fence load\n"),
                         (status, said))
        machine.run("mount", "--bind", "/dev/null", os.path.realpath(shutil.which("nft")))
        try:
            self.assertEqual((1, "aws-role-fence: nft is missing: install the package nftables\n"),
                             fence("load"))
        finally:
            machine.run("umount", os.path.realpath("/usr/sbin/nft"))

    def test_unit(self):
        """systemd's unit starts what is installed, and that needs no more than the unit allows"""
        with open(UNIT, encoding="utf-8") as file:
            text = file.read()
        start = re.search(r"^ExecStart=(.*)$", text, flags=re.M).group(1).split()
        self.assertEqual([machine.PREFIX + "/sbin/aws-role-fence", "load"], start)
        allowed = re.search(r"^CapabilityBoundingSet=CAP_(\w+)$", text, flags=re.M).group(1).lower()
        machine.run("setpriv", "--no-new-privs", "--bounding-set", f"-all,+{allowed}", *start)
        self.assert_stopped(self.ueno.uid)
        if shutil.which("systemd-analyze"):
            done = subprocess.run(["systemd-analyze", "--man=no", "verify", UNIT], check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.assertEqual("", "".join(line for line in done.stdout.splitlines(True)
                                         if "aws-role-fence" in line))


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
                self.assertEqual("", self.load())
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
        self.assertEqual(len(lines), said.count("\n"))
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
                self.assertEqual("", self.load())
                spoil()
                self.assertRegex(self.load(), rf"^aws-role-fence: {USERS} is not read, .*: "
                                 rf"{machine.CONFIG_FOLDER}\S* has to be root's.*\n$")
                self.assertEqual({0, self.service_uid}, passing())


class Apply(FenceTest):
    """On a terminal, with the way back."""

    def apply(self, *words):
        """Starts it; the rules are loaded."""
        terminal = OnTerminal(*words)
        self.addCleanup(terminal.leave)
        self.assertIsNotNone(passing())
        return terminal

    def assert_back(self, expected=None, seconds=10):
        """The rules of before are there again."""
        processes.wait_for(lambda: passing() == expected, seconds)

    def test_confirmed(self):
        """yes keeps the rules, and how to have them at boot is told"""
        terminal = self.apply()
        self.assert_stopped(self.ueno.uid)
        self.assertIn("These users pass: root _aws-role", terminal.said)
        terminal.type("yes\n")
        self.assertEqual(0, terminal.end(), terminal.said)
        self.assertIn("systemctl enable --now aws-role-fence", terminal.said)
        self.assertEqual([], processes.wait_gone(processes.ours("aws-role-fence"), 5))
        self.assert_stopped(self.ueno.uid)

    def test_unconfirmed(self):
        """Without an answer the rules go when the time is over"""
        terminal = self.apply("--seconds", "1")
        self.assertEqual(1, terminal.end(), terminal.said)
        self.assertIn("taken back", terminal.said)
        self.assertIsNone(passing())
        self.assert_passes(self.ueno.uid)

    def test_declined(self):
        """Another answer, ctrl-D and ctrl-C take the rules back at once"""
        for text in ("no\n", "\n", "y\n", "\x04", "\x03"):
            with self.subTest(text):
                terminal = self.apply()
                terminal.type(text)
                self.assertEqual(1, terminal.end(), terminal.said)
                self.assertIn("taken back", terminal.said)
                self.assertIsNone(passing())

    def test_hang_up(self):
        """The end of the terminal takes the rules back"""
        terminal = self.apply()
        terminal.hang_up()
        self.assert_back()

    def test_killed(self):
        """kill -9 of the script takes the rules back"""
        terminal = self.apply()
        terminal.kill()
        self.assert_back()

    def test_everything_else_killed(self):
        """kill -9 of all that has the terminal takes the rules back"""
        terminal = self.apply()
        os.killpg(terminal.pid, signal.SIGKILL)
        self.assert_back()

    def test_rules_of_before(self):
        """What was loaded before comes back, not nothing"""
        machine.write(USERS, "ueno\n")
        self.load()
        before, shown = passing(), fence("show")
        self.assertIn(self.ueno.uid, before)
        machine.write(USERS, "nemo\n")
        terminal = self.apply("--seconds=1")
        self.assertNotEqual(before, passing())
        self.assertEqual(1, terminal.end(), terminal.said)
        self.assertEqual(before, passing())
        self.assertEqual(shown, fence("show"))
        self.assert_passes(self.ueno.uid)
        self.assert_stopped(self.nemo.uid)

    def test_somebody_else(self):
        """Rules that somebody else has loaded meanwhile stay"""
        terminal = self.apply()
        self.load()
        terminal.type("no\n")
        self.assertEqual(1, terminal.end(), terminal.said)
        self.assertIn("somebody else", terminal.said)
        self.assertIsNotNone(passing())

    def test_no_terminal(self):
        """Without a terminal nothing is loaded, and load is named"""
        status, said = fence("apply")
        self.assertEqual(1, status)
        self.assertIn("aws-role-fence load", said)
        self.assertIsNone(passing())


class Live(FenceTest):
    """aws-role check --live."""

    @staticmethod
    def check(person=None, *words):
        """(status, problems and notes) of aws-role check."""
        uid = person.uid if person else 0
        done = subprocess.run(["aws-role", "check", *words], check=False, user=uid, group=uid,
                              extra_groups=(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
        return done.returncode, done.stdout

    def test_live(self):
        """check --live names each service that an ordinary user reaches; root asks as nobody"""
        for person in (None, self.ueno):
            with self.subTest(person):
                status, said = self.check(person, "--live")
                self.assertEqual(1, status, said)
                for _, address, _ in self.closed:
                    self.assertRegex(said, rf"(?m)^{address}: an ordinary user gets through to .*: "
                                     "as root, type aws-role-fence apply$")
                self.load()
                status, said = self.check(person, "--live")
                self.assertEqual(0, status, said)
                self.assertNotIn("169.254", said)
                fence("remove")

    def test_named(self):
        """Somebody who is named in metadata-users is told so"""
        machine.write(USERS, "ueno\n")
        self.load()
        status, said = self.check(self.ueno, "--live")
        self.assertEqual(0, status, said)
        self.assertIn(f"note: {CLOSED[0]} answers you, whom {USERS} lets pass", said)
        self.assertEqual(0, self.check(self.nemo, "--live")[0])

    def test_hint(self):
        """check without --live asks nobody, and tells root of --live"""
        before = self.aws.counts("imds")["total"]
        self.assertIn("aws-role check --live", self.check()[1])
        self.assertNotIn("--live", self.check(self.ueno)[1])
        self.assertEqual(before, self.aws.counts("imds")["total"])

    def test_probe(self):
        """The broker's --probe: exit 3 for an answer, 0 for none, 2 for no address"""
        broker = machine.PROGRAMS + "/aws-role-broker"

        def probe(*words):
            return subprocess.run([broker, *words], check=False).returncode
        self.assertEqual(3, probe("--probe", CLOSED[0]))
        self.assertEqual(0, probe("--probe", "127.0.0.9"))
        for words in (("--probe", "localhost"), ("--probe", ""), ("--nonsense", "x")):
            self.assertEqual(2, probe(*words), words)
        self.load()
        self.assertEqual(0, probe("--probe", CLOSED[0]))
