# SPDX-License-Identifier: BSD-3-Clause
"""aws-role-fence: what is closed, to whom, and what check --live says of it."""

import os
import re
import shutil
import socket
import subprocess
import sys

from . import machine
from .case import PAM_SUCCESS
from .fence import (AT_ONCE, CLOSED, OPEN, UNIT, USERS, FenceTest, ask, fence, known, passing,
                    serve, stop)
from .login import ssh


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
