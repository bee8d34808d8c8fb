# SPDX-License-Identifier: BSD-3-Clause
"""aws-role-fence: who gets through to the metadata services, who does not, and the way back."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

from . import directory, machine, processes
from .case import PAM_SUCCESS
from .fence import (AT_ONCE, CLOSED, OPEN, USERS, FenceTest, OnTerminal, ask, fence, known, passing,
                    serve, stop)
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

    def test_agent_of_ecs(self):
        """Nor does an ordinary user reach ECS's agent where it listens"""
        addresses = [address for address in ("127.0.0.1", "127.0.0.2", "::1") if known(address)]
        for address in addresses:
            self.addCleanup(stop, serve("tcp", address, 51679))
        places = [("tcp", address, 51679) for address in addresses]
        self.assertEqual(["answer"] * len(places), self.answers(places, self.ueno))
        self.load()
        for said, seconds in ask(places, self.ueno.uid):
            self.assertEqual("ECONNREFUSED", said)
            self.assertLess(seconds, AT_ONCE)
        self.assertEqual(["answer"] * len(places), self.answers(places))
        self.assertEqual(["answer"] * len(places),
                         [said for said, _ in ask(places, self.service_uid)])

    def test_port_of_ecs(self):
        """Whoever's own end of a connection has that port still gets an ordinary user's answer"""
        code = ("import socket\nsocket.setdefaulttimeout(10)\n"
                "s = socket.create_server(('127.0.0.1', 5555))\nprint('there', flush=True)\n"
                "c, _ = s.accept()\nc.sendall(c.recv(10))\n")
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd="/",
                              user=self.ueno.uid, group=self.ueno.uid, extra_groups=()) as server:
            self.assertEqual(b"there\n", server.stdout.readline())
            self.load()
            with socket.socket() as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                client.settimeout(5)
                client.bind(("127.0.0.1", 51679))
                client.connect(("127.0.0.1", 5555))
                client.sendall(b"x")
                self.assertEqual(b"x", client.recv(10))

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
        removed = (0, "aws-role-fence: removed. Every user reaches the metadata service\n")
        self.assertEqual(removed, fence("remove"))
        self.assertEqual(removed, fence("remove"))
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
        machine.run("setpriv", "--no-new-privs", "--bounding-set", f"-all,+{allowed}", *start,
                    stderr=subprocess.DEVNULL)
        self.assert_stopped(self.ueno.uid)
        self.assertRegex(text, r"(?m)^WantedBy=.*\bnftables\.service\b")  # its start flushes them
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
        self.assertNotIn("Killed", terminal.said)   # a shell's word for what we end
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

    def test_stopped_terminal(self):
        """A terminal that takes no output (ctrl-S) neither keeps the rules nor holds up the end"""
        terminal = OnTerminal("--seconds", "3", wait="")
        self.addCleanup(terminal.leave)
        terminal.type("\x13")
        processes.wait_for(lambda: passing() is not None)
        self.assert_back(seconds=15)
        self.assertEqual(1, terminal.end(), terminal.said)

    def test_broken_pipe(self):
        """Nor does a standard error that nobody reads"""
        machine.write(USERS, "no-such-user\nueno\n")
        terminal = OnTerminal("--seconds", "3", wait="", command="2>&1 | true")
        self.addCleanup(terminal.leave)
        processes.wait_for(lambda: passing() is not None)
        self.assertEqual({0, self.service_uid, self.ueno.uid}, passing())
        self.assert_back(seconds=15)
        terminal.end()

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
                expected = "does not answer you; .*" if person else "closed to ordinary users"
                for _, address, _ in self.closed:
                    self.assertRegex(said, rf"(?m)^{address}: {expected}$")
                fence("remove")

    def test_nothing_there(self):
        """What does not answer root either is told apart from what is closed"""
        words = ["169.254.170.2/32", "dev", "lo"]
        machine.run("ip", "address", "del", *words)
        self.addCleanup(machine.run, "ip", "address", "add", *words)
        self.load()
        said = self.check(None, "--live")[1]
        self.assertIn("\n169.254.170.2: nothing answers there, not even root\n", said)
        self.assertIn("169.254.169.254: closed to ordinary users\n", said)

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
        self.assertEqual(3, probe("--reach", CLOSED[0]))
