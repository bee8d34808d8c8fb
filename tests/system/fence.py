# SPDX-License-Identifier: BSD-3-Clause
"""What tests of aws-role-fence share: services at all its addresses, who asks, and a terminal."""

import contextlib
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import threading
import unittest

from . import machine, processes, sandbox
from .case import SystemTest
from .login import read_until

UNIT = machine.PREFIX + "/lib/systemd/system/aws-role-fence.service"
USERS = machine.CONFIG_FOLDER + "/metadata-users"
# The services that are closed; the first of each family is in every sandbox.
CLOSED = ("169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23")
# What else is at such addresses: names and the time.
OTHER = ("169.254.169.253", "169.254.169.123", "fd00:ec2::253", "fd00:ec2::123")
OPEN = [("tcp", "169.254.169.254", 53), ("udp", "169.254.169.254", 53),
        ("tcp", "169.254.169.253", 53), ("udp", "169.254.169.253", 53),
        ("udp", "169.254.169.123", 123), ("tcp", "fd00:ec2::254", 53),
        ("udp", "fd00:ec2::253", 53), ("udp", "fd00:ec2::123", 123)]
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


def uid_of(name):
    """A user's uid."""
    return int(subprocess.run(["id", "-u", name], check=True, stdout=subprocess.PIPE,
                          text=True).stdout)


class OnTerminal:
    """apply on a terminal of its own.

    wait: what it says before the test goes on; command: what a shell adds behind the words.
    """

    def __init__(self, *words, wait="type yes within", command=""):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            os.execvp("sh", ["sh", "-c", 'exec aws-role-fence apply "$@" ' + command, "sh", *words])
        self.status = None
        try:
            self.said = read_until(self, wait.encode()).decode()
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
        self.service_uid = uid_of(machine.SERVICE_USER)
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
