# SPDX-License-Identifier: BSD-3-Clause
"""Who is answered at a session's endpoint, and what all others cost its owner: nothing."""

import contextlib
import ctypes
import os
import signal
import struct
import time

from . import machine, processes
from .case import SystemTest
from .endpoint import (CONFIGURATION, LATE_SECONDS, Endpoint, cpu_seconds, descriptors,
                       resident_kib, the_agent, told)
from .login import SshSession
from .stopwatch import Stopwatch

MIB = 1 << 20
CROWD = 1000
QUIET_SECONDS = 1.0
GROWTH_KIB = 4096
# <linux/seccomp.h>, <linux/filter.h>, <linux/prctl.h>, <sys/socket.h>
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
ALLOW, DENY = 0x7fff0000, 0x00050000 | 97       # 97: EAFNOSUPPORT
AF_NETLINK = 16
SYS_SOCKET = {"x86_64": 41, "aarch64": 198}


def without_netlink():
    """No program from here on has a socket of netlink(7): a filter, which children inherit."""
    number = SYS_SOCKET[os.uname().machine]
    program = b"".join(struct.pack("=HBBI", *line) for line in (
        (0x20, 0, 0, 0),                        # the system call's number
        (0x15, 0, 3, number),
        (0x20, 0, 0, 16),                       # its first argument
        (0x15, 0, 1, AF_NETLINK),
        (0x06, 0, 0, DENY),
        (0x06, 0, 0, ALLOW)))
    code = ctypes.create_string_buffer(program)
    head = struct.pack("=HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    if ctypes.CDLL(None).prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0) != 0:
        raise OSError("no seccomp(2)")


class Admission(SystemTest):
    """ueno has an endpoint; nemo is anybody else."""

    def setUp(self):
        super().setUp()
        machine.configure("[user ueno]\nroles = developer\n", CONFIGURATION)

    def assert_owner_alone(self, endpoint):
        """The owner is answered; with the token neither another user nor root gets a byte."""
        self.assertEqual(200, endpoint.get().status)
        for uid in (self.nemo.uid, 0):
            reply = endpoint.get(uid=uid)
            self.assertEqual((0, b""), (reply.status, reply.body), uid)
            self.assertEqual(0, endpoint.get(uid=uid, token="").status)
        self.assertEqual(200, endpoint.get().status)

    def test_users(self):
        """The owner alone is answered: no other user, and not root, even with the token"""
        with SshSession("ueno") as session:
            self.assert_owner_alone(Endpoint(session.environment(), self.ueno.uid))

    def test_proc(self):
        """The same where socket diagnostics do not answer, by /proc/net/tcp"""
        with self.open(before=without_netlink) as session:
            self.assert_owner_alone(Endpoint(session.environment, self.ueno.uid))

    def test_nobody_can_say(self):
        """Where neither answers nobody is let in, and the socket of the session still serves"""
        with self.open(before=without_netlink, command=(
                "unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc && exec \"$@\"",
                "sh")) as session:
            endpoint = Endpoint(session.environment, self.ueno.uid)
            self.assertEqual(0, endpoint.get().status)
            self.assertEqual("GRANT", self.ask(session.environment, self.ueno, "GET")[0])

    def test_matrix(self):
        """Token, Host, Origin, Referer, X-Forwarded-For: what is wrong is refused, in one form"""
        with SshSession("ueno") as session:
            endpoint = Endpoint(session.environment(), self.ueno.uid)
            wrong = {
                "no token": {"token": ""},
                "another token": {"token": "0" * 64},
                "a part of the token": {"token": endpoint.token[:-1]},
                "more than the token": {"token": endpoint.token + "0"},
                "a bearer's token": {"token": "Bearer " + endpoint.token},
                "no host": {"host": ""},
                "a name of somebody's": {"host": f"evil.example:{endpoint.port}"},
                "another port": {"host": "127.0.0.1:80"},
                "no port": {"host": "127.0.0.1"},
                "an origin": {"headers": ["Origin: http://localhost"]},
                "a referer": {"headers": ["Referer: http://localhost/"]},
                "a proxy": {"headers": ["X-Forwarded-For: 127.0.0.1"]},
            }
            for name, more in wrong.items():
                with self.subTest(name):
                    reply = endpoint.get(**more)
                    self.assertEqual((403, "AccessDenied", "AccessDenied"),
                                     (reply.status, reply.body["code"], reply.body["Code"]))
                    self.assertNotIn("Location", reply.headers)
            self.assertEqual(200, endpoint.get(host=f"localhost:{endpoint.port}").status)
            for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
                self.assertEqual(405, endpoint.get(method=method).status, method)

    @contextlib.contextmanager
    def unchanged(self):
        """One agent throughout, which holds no more afterwards and has nothing to do."""
        with SshSession("ueno") as session:
            endpoint = Endpoint(session.environment(), self.ueno.uid)
            endpoint.key()
            agent = the_agent()
            open_before, before = descriptors(agent), resident_kib(agent)
            yield endpoint
            self.assertEqual(agent, the_agent())
            processes.wait_for(lambda: descriptors(agent) <= open_before)
            self.assertLess(resident_kib(agent), before + GROWTH_KIB)
            computed = cpu_seconds(agent)
            time.sleep(QUIET_SECONDS)       # nothing is to happen
            self.assertLess(cpu_seconds(agent) - computed, QUIET_SECONDS / 20)
            self.assertEqual([], [line for line in self.new_log()
                                  if "the agent ended with an error" in line])

    @contextlib.contextmanager
    def unharmed(self):
        """The owner is served in under a second throughout, and the agent is unchanged."""
        with self.unchanged() as endpoint:
            with endpoint.probe("steady") as owner:
                yield endpoint
                seen = told(owner)
            self.assertEqual([], seen["failed"])
            self.assertGreater(seen["count"], 0)
            self.assertLess(seen["worst"], LATE_SECONDS + seen["overslept"])

    def test_crowds(self):
        """A thousand idle connections of another user, of root, of the owner: no place is lost"""
        with self.unharmed() as endpoint:
            for uid in (self.nemo.uid, 0, self.ueno.uid):
                with endpoint.probe("crowd", str(CROWD), uid=uid) as crowd:
                    self.assertEqual(200, endpoint.get().status)
                    self.assertEqual({"bytes": 0}, told(crowd))

    def test_burst(self):
        """Behind a thousand connections that come all at once the owner is served within a second"""
        with self.unchanged() as endpoint:
            agent, took = the_agent(), []
            for uid in (self.nemo.uid, self.ueno.uid, self.ueno.uid):
                crowd = [endpoint.connect(uid) for _ in range(CROWD)]
                before = cpu_seconds(agent)
                with Stopwatch() as watch:
                    self.assertEqual(200, endpoint.get().status)
                took.append((watch, cpu_seconds(agent) - before))
                for sock in crowd:
                    sock.close()
            for watch, busy in took:
                self.assert_within(watch, LATE_SECONDS)
                # What is asked of the kernel for each newcomer does not grow with who is there.
                self.assertLess(busy, 0.3)

    def test_much_from_strangers(self):
        """What another user sends before being refused is not kept, nor is the connection"""
        with self.unharmed() as endpoint:
            before = descriptors(the_agent())
            for _ in range(3):
                os.kill(the_agent(), signal.SIGSTOP)    # all of it is there before anybody looks
                crowd = [endpoint.connect(self.nemo.uid) for _ in range(100)]
                for sock in crowd:
                    sock.setblocking(False)
                    with contextlib.suppress(OSError):
                        sock.send(b"A" * (1 << 18))
                os.kill(the_agent(), signal.SIGCONT)
                self.assertEqual(200, endpoint.get().status)
                processes.wait_for(lambda: descriptors(the_agent()) <= before + 2, 10)
                for sock in crowd:
                    sock.close()

    def test_halves(self):
        """A thousand halves of a request, of another user and of the owner"""
        half = "GET / HTTP/1.1\\r\\nAuthorization: "
        with self.unharmed() as endpoint:
            for uid in (self.nemo.uid, self.ueno.uid):
                with endpoint.probe("crowd", str(CROWD), half, uid=uid) as crowd:
                    self.assertEqual(200, endpoint.get().status)
                    self.assertEqual({"bytes": 0}, told(crowd))

    def test_goes_at_once(self):
        """Clients that ask and close, or break off, before and after they are heard"""
        with self.unharmed() as endpoint:
            text = endpoint.request().encode()
            for number in range(1500):
                sock = endpoint.connect(self.nemo.uid if number % 3 == 2 else None)
                with contextlib.suppress(ConnectionError):
                    sock.sendall(text * (1 + number % 2))
                if number % 5 == 0:     # SO_LINGER: a reset in place of an end
                    sock.setsockopt(1, 13, struct.pack("ii", 1, 0))
                sock.close()

    def test_big(self):
        """A line of a mebibyte, many headers, a big body and a big chunk: refused or dropped"""
        with self.unharmed() as endpoint:
            head = endpoint.request().encode()[:-2]
            post = head.replace(b"GET", b"POST")
            bad = {
                "a target": b"GET /" + b"a" * MIB + b" HTTP/1.1\r\n\r\n",
                "a line without end": b"A" * MIB,
                "a header": head + b"X: " + b"a" * MIB + b"\r\n\r\n",
                "headers": head + b"X: a\r\n" * 20000 + b"\r\n",
                "a body": post + b"Content-Length: %d\r\n\r\n" % MIB + b"b" * MIB,
                "a length": post + b"Content-Length: 9223372036854775807\r\n\r\n",
                "a chunk": post + b"Transfer-Encoding: chunked\r\n\r\n100000\r\n" + b"c" * MIB,
                "lines": b"\r\n" * (MIB // 2),
                "zeros": bytes(MIB),
            }
            for name, text in bad.items():
                for _ in range(3):
                    reply = endpoint.say(text)
                    self.assertIn(reply.status, (0, 400, 403, 413), name)
                    self.assertNotIn(b"AccessKeyId", str(reply.body).encode(), name)

    def test_odd(self):
        """Targets of proxies, old HTTP, pipelines, bodies and what is no HTTP"""
        with self.unharmed() as endpoint:
            port, token = endpoint.port, f"Authorization: {endpoint.token}\r\n"
            host = f"Host: 127.0.0.1:{port}\r\n"
            for target, status in ((f"http://127.0.0.1:{port}/", 404), ("http://evil/", 404),
                                   ("//evil/", 404), ("*", 404), ("/?a", 404), ("/%2e/", 404)):
                self.assertEqual(status, endpoint.get(target).status, target)
            self.assertEqual(200, endpoint.say(f"GET / HTTP/1.0\r\n{host}{token}\r\n").status)
            for text in ("GET /\r\n", "GET / HTTP/2.0\r\n\r\n",
                         "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
                         "BREW / HTTP/1.1\r\n\r\n",
                         f"GET / HTTP/1.1\r\n{host}{token}Content-Length: -1\r\n\r\n"):
                self.assertNotEqual(200, endpoint.say(text).status, text)
            with endpoint.connect() as sock:
                sock.sendall(2 * endpoint.request().encode() + endpoint.request(
                    headers=["Connection: close"]).encode())
                text = b""
                while piece := sock.recv(65536):
                    text += piece
                self.assertEqual(3, text.count(b"HTTP/1.1 200 OK\r\n"))
            body = endpoint.request(headers=["Content-Length: 4"]) + "body"
            self.assertEqual(200, endpoint.say(body).status)
            self.assertEqual(405, endpoint.say(body.replace("GET", "POST")).status)
