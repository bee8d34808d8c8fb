# SPDX-License-Identifier: BSD-3-Clause
"""aws-role-fence: who gets through to the metadata services, who does not, and the way back."""

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import unittest

from . import machine, processes, sandbox
from .case import PAM_SUCCESS, SystemTest
from .login import ssh, read_until

USERS = machine.CONFIG_FOLDER + "/metadata-users"
UNIT = machine.PREFIX + "/lib/systemd/system/aws-role-fence.service"
# The services that are closed; the first of each family is in every sandbox.
CLOSED = ("169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23")
# What else is at such addresses: names and the time.
OTHER = ("169.254.169.253", "169.254.169.123", "fd00:ec2::253", "fd00:ec2::123")
OPEN = [("tcp", "169.254.169.254", 53), ("udp", "169.254.169.254", 53),
        ("tcp", "169.254.169.253", 53), ("udp", "169.254.169.253", 53),
        ("udp", "169.254.169.123", 123), ("udp", "fd00:ec2::253", 53), ("udp", "fd00:ec2::123", 123),
        ("tcp", "fd00:ec2::254", 53)]
AT_ONCE = 1.0   # seconds within which an ordinary user knows
# Arguments KIND ADDRESS PORT …; prints for each what came, or the error, and the seconds.
ASK = """
import errno, json, socket, sys, time
result = []
for kind, address, port in zip(*[iter(sys.argv[1:])] * 3):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    started = time.monotonic()
    with socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM,
                       262 if kind == "mptcp" else 0) as sock:
        sock.settimeout(5)
        try:
            sock.connect((address, int(port)))
            sock.send(b"GET / HTTP/1.0\\r\\n\\r\\n")
            said = "answer" if sock.recv(100) else "nothing"
        except TimeoutError:
            said = "silence"
        except OSError as error:
            said = errno.errorcode[error.errno]
    result.append((said, time.monotonic() - started))
print(json.dumps(result))
"""
SERVE = """
import socket, sys, threading
sys.path.insert(0, sys.argv[1])
from system.test_fence import serve
for address, port in zip(*[iter(sys.argv[2:])] * 2):
    serve("tcp", address, int(port))
print("listening", flush=True)
sys.stdin.read()
"""
HAS_IPV6 = os.path.exists("/proc/net/if_inet6")


def known(address):
    """This kernel has the address's family."""
    return HAS_IPV6 or ":" not in address


def serve(kind, address, port):
    """Answers every connection or packet there, in a thread: the socket."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                         socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    if kind == "tcp":
        sock.listen(64)

    def answer(connection):
        with connection, contextlib.suppress(OSError):
            connection.recv(100)
            connection.sendall(b"answer")

    def listen():
        with contextlib.suppress(OSError):      # it has been closed
            while kind == "udp":
                sock.sendto(b"answer", sock.recvfrom(100)[1])
            while True:
                threading.Thread(target=answer, args=(sock.accept()[0],), daemon=True).start()
    threading.Thread(target=listen, daemon=True).start()
    return sock


def stop(sock):
    """shutdown wakes the thread, which close does not."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def ask(places, uid=0, before=()):
    """What a user gets at (kind, address, port): [(what, seconds)]."""
    words = [str(word) for place in places for word in place]
    done = subprocess.run([*before, sys.executable, "-c", ASK, *words], check=True, user=uid,
                          group=uid, extra_groups=(), stdout=subprocess.PIPE, cwd="/")
    return [tuple(item) for item in json.loads(done.stdout)]


def fence(*words, **more):
    """(status, what it said)."""
    done = subprocess.run(["aws-role-fence", *words], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, **more)
    return done.returncode, done.stdout


def passing():
    """The uids that the rules let pass; None when none are loaded."""
    done = subprocess.run(["nft", "-n", "-j", "list", "set", "inet", "aws_role_fence", "users"],
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if done.returncode != 0:
        return None
    return set(next(item["set"]["elem"] for item in json.loads(done.stdout)["nftables"]
                    if "set" in item))


class OnTerminal:
    """apply on a terminal of its own."""

    def __init__(self, *words):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            for number in (signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            os.execvp("aws-role-fence", ["aws-role-fence", "apply", *words])
        self.status = None
        try:
            self.said = read_until(self, b"type yes within").decode()
        except BaseException:
            self.leave()
            raise

    def fileno(self):
        """The terminal."""
        return self.descriptor

    def type(self, text):
        """What a person types."""
        os.write(self.descriptor, text.encode())

    def end(self):
        """Its exit status, with all that it said in said."""
        with contextlib.suppress(OSError):      # EIO: nobody has the terminal any more
            while True:
                self.said += os.read(self.descriptor, 65536).decode()
        return self._wait()

    def _wait(self):
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def kill(self):
        """The script alone dies."""
        os.kill(self.pid, signal.SIGKILL)
        self._wait()

    def hang_up(self):
        """The terminal goes."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def leave(self):
        """Whatever came before."""
        self.hang_up()
        self._wait()


class FenceTest(SystemTest):
    """A machine on which all those services answer, and without rules."""

    @classmethod
    def setUpClass(cls):
        if not sandbox.inside():
            raise unittest.SkipTest("works in a sandbox only: ./run-tests -s")
        if shutil.which("nft") is None:
            raise unittest.SkipTest("nft is not installed")
        super().setUpClass()
        # The address of every sandbox comes back when another test's peer needs it.
        for address in [*CLOSED, *OTHER]:
            if known(address) and address not in (CLOSED[0], CLOSED[3]):
                size = 128 if ":" in address else 32
                words = [f"{address}/{size}", "dev", "lo"]
                machine.run("ip", "address", "add", *words)
                cls.addClassCleanup(machine.run, "ip", "address", "del", *words)
        places = [("tcp", address, 80) for address in CLOSED[1:]] + OPEN
        for place in places:
            if known(place[1]):
                cls.addClassCleanup(stop, serve(*place))

    def setUp(self):
        super().setUp()
        self.closed = [("tcp", address, 80) for address in CLOSED if known(address)]
        self.service_uid = int(machine_uid(machine.SERVICE_USER))
        self.addCleanup(self._no_rules)

    def _no_rules(self):
        self.assertEqual([], processes.wait_gone(processes.ours("aws-role-fence"), 5))
        fence("remove")
        self.assertIsNone(passing())

    def load(self):
        """Loads the rules: what was said of it."""
        status, said = fence("load")
        self.assertEqual(0, status, said)
        return said

    def answers(self, places, person=None):
        """What each place says to a user."""
        return [said for said, _ in ask(places, person.uid if person else 0)]

    def assert_passes(self, uid):
        """That user gets an answer everywhere."""
        self.assertEqual(["answer"] * len(self.closed), [said for said, _ in ask(self.closed, uid)])

    def assert_stopped(self, uid):
        """That user gets an answer nowhere, and knows at once."""
        for place, (said, seconds) in zip(self.closed, ask(self.closed, uid)):
            self.assertEqual("ECONNREFUSED", said, place)
            self.assertLess(seconds, AT_ONCE, place)


def machine_uid(name):
    """A user's uid, in digits."""
    return subprocess.run(["id", "-u", name], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()


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
        family = socket.AF_INET
        code = ("import socket, sys\n"
                f"s = socket.create_connection(('{CLOSED[1]}', 80), 5)\n"
                "print('there', flush=True)\nsys.stdin.readline()\n"
                "s.send(b'x')\nprint(s.recv(10))\n")
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, cwd="/",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, user=self.ueno.uid,
                              group=self.ueno.uid, extra_groups=()) as process:
            self.assertEqual(b"there\n", process.stdout.readline(), family)
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


class Forwarded(FenceTest):
    """Containers: packets of other network namespaces, without a uid."""

    def setUp(self):
        super().setUp()
        # guest - this machine - cloud, where one of the services is.
        self.moved = [address for address in ("169.254.170.23", "fd00:ec2::23") if known(address)]
        for name, net in (("guest", 1), ("cloud", 2)):
            machine.run("ip", "netns", "add", name)
            self.addCleanup(machine.run, "ip", "netns", "del", name)
            machine.run("ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0",
                        "netns", name)
            for own, words in ((f"10.9.{net}.1/24", ("dev", f"to-{name}")),
                               (f"fd09:{net}::1/64", ("dev", f"to-{name}", "nodad"))):
                if known(own):
                    machine.run("ip", "address", "add", own, *words)
            machine.run("ip", "link", "set", f"to-{name}", "up")
            self.inside(name, "ip", "link", "set", "lo", "up")
            self.inside(name, "ip", "address", "add", f"10.9.{net}.2/24", "dev", "eth0")
            self.inside(name, "ip", "link", "set", "eth0", "up")
            self.inside(name, "ip", "route", "add", "default", "via", f"10.9.{net}.1")
            if HAS_IPV6:
                self.inside(name, "ip", "address", "add", f"fd09:{net}::2/64", "dev", "eth0", "nodad")
                self.inside(name, "ip", "-6", "route", "add", "default", "via", f"fd09:{net}::1")
        for switch in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            path = f"/proc/sys/net/{switch}"
            if os.path.exists(path):
                with open(path, "w", encoding="ascii") as file:
                    file.write("1")
        for address in self.moved:
            family, size, gateway = (("-6", 128, "fd09:2::2") if ":" in address else
                                     ("-4", 32, "10.9.2.2"))
            words = [f"{address}/{size}", "dev"]
            machine.run("ip", "address", "del", *words, "lo")
            self.addCleanup(machine.run, "ip", "address", "add", *words, "lo")
            self.inside("cloud", "ip", "address", "add", *words, "lo")
            machine.run("ip", family, "route", "add", f"{address}/{size}", "via", gateway)
            self.addCleanup(machine.run, "ip", family, "route", "del", f"{address}/{size}")
        places = [str(word) for address in self.moved for port in (80, 53)
                  for word in (address, port)]
        tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        cloud = subprocess.Popen(["ip", "netns", "exec", "cloud", sys.executable, "-c", SERVE,
                                  tests, *places], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(cloud.communicate)
        self.assertEqual(b"listening\n", cloud.stdout.readline())

    @staticmethod
    def inside(name, *words):
        """Runs a command in one of the namespaces."""
        machine.run("ip", "netns", "exec", name, *words)

    def test_forwarded(self):
        """What this machine forwards to the services is refused at once; its own is not touched"""
        guest = ("ip", "netns", "exec", "guest")
        places = [("tcp", address, 80) for address in self.moved]
        self.assertEqual(["answer"] * len(places), [said for said, _ in ask(places, before=guest)])
        self.load()
        for said, seconds in ask(places, before=guest):
            self.assertEqual("ECONNREFUSED", said)
            self.assertLess(seconds, AT_ONCE)
        # DNS there, and an agent on this machine that a container asks for its own role.
        others = [("tcp", address, 53) for address in self.moved] + [("tcp", "169.254.170.2", 80)]
        self.assertEqual(["answer"] * len(others), [said for said, _ in ask(others, before=guest)])
        self.assertEqual(["answer"] * len(places), [said for said, _ in ask(places)])


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
