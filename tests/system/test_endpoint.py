# SPDX-License-Identifier: BSD-3-Clause
"""The container-credentials endpoint of a session: its variables, what it gives, and when."""

import contextlib
import ctypes
import datetime
import glob
import os
import shutil
import socket
import threading
import time

from . import machine, processes
from .case import KEY_VARIABLES, REGION_VARIABLES, ROLE_VARIABLES, SystemTest
from .endpoint import (CONFIGURATION, ENDPOINT_VARIABLES, LATE_SECONDS, TOKEN, URI, Endpoint, told,
                       the_agent, waits_for_ever)
from .login import SshSession, parse_environment
from .stopwatch import Stopwatch

TWO_ROLES = "[user ueno]\nroles = developer audit\n"
KEYS, ENDPOINT = 1, 2                       # enum export, common/protocol.h
SYS_PIDFD_GETFD = 438
PORT_FD = 5                                 # the stub's, see broker/stub.c
SHORT, LONG = 31, 40                        # seconds; see test_life
MANY = 60


class EndpointTest(SystemTest):
    """ueno has two roles, exported by an endpoint."""

    def setUp(self):
        super().setUp()
        machine.configure(TWO_ROLES, CONFIGURATION)

    def endpoint(self, session):
        """The endpoint of an ssh session."""
        return Endpoint(session.environment(), self.ueno.uid)

    def assert_has_endpoint(self, environment):
        """All variables of a session with an endpoint, and none of keys."""
        held = {name for name in environment if name.startswith("AWS_")}
        self.assertEqual({*ENDPOINT_VARIABLES, *REGION_VARIABLES, *ROLE_VARIABLES}, held)
        self.assert_address(environment)

    def assert_address(self, environment):
        """Address and token have the form that they have to have."""
        self.assertRegex(environment[URI], r"^http://127\.0\.0\.1:(49[1-9]|[56]\d\d)\d\d/$")
        self.assertRegex(environment[TOKEN], r"^[0-9a-f]{64}$")

    def assert_refused(self, reply, status, code):
        """A refusal as it is documented."""
        self.assertEqual((status, code), (reply.status, reply.body["code"]))
        self.assertEqual("application/json", reply.headers["Content-Type"])
        self.assertEqual([reply.body["code"], reply.body["message"]],
                         [reply.body["Code"], reply.body["Message"]])
        self.assertTrue(reply.body["message"])
        self.assertNotIn("Location", reply.headers)


class Given(EndpointTest):
    """What a session has and gets."""

    def test_variables(self):
        """A session has address, token, region and role, and no key; STS was asked once"""
        with SshSession("ueno") as session:
            environment = session.environment()
            self.assert_has_endpoint(environment)
            self.assertEqual("developer", environment["AWS_ROLE_NAME"])
            given = self.endpoint(session).get()
            self.assertEqual(200, given.status)
            self.assertEqual({"AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AccountId",
                              "RoleArn"}, set(given.body))
            self.assertEqual((machine.DEVELOPER, machine.ACCOUNT),
                             (given.body["RoleArn"], given.body["AccountId"]))
            end = datetime.datetime.strptime(given.body["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
            self.assertAlmostEqual(3600, (end - datetime.datetime.utcnow()).total_seconds(),
                                   delta=30)
            self.assertEqual(1, self.calls())

    def test_secrecy(self):
        """The token is in no log, no argument, no file and no environment of ours"""
        with SshSession("ueno") as session:
            environment = session.environment()
            self.endpoint(session).get()
            found = [self.log(), *(self._of(process.pid) for process in processes.ours())]
            for path in (*glob.glob(machine.RUN + "/*/*"), "/run/peer/syslog.log"):
                with contextlib.suppress(OSError), open(path, "rb") as file:
                    found.append(file.read().decode("latin-1"))
            self.assertTrue(any("aws-role-agent" in str(text) for text in found))
            for text in found:
                self.assertNotIn(environment[TOKEN], str(text))
            for path in glob.glob("/proc/[0-9]*/cmdline"):
                with contextlib.suppress(OSError), open(path, "rb") as file:
                    self.assertNotIn(environment[TOKEN].encode(), file.read())

    @staticmethod
    def _of(pid):
        """Arguments and environment of a process, as they are."""
        texts = []
        for name in ("cmdline", "environ"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
                    open(f"/proc/{pid}/{name}", encoding="latin-1") as file:
                texts.append(file.read())
        return texts

    def test_roles(self):
        """/role/NAME is another role of the person's; one that is not theirs is not found"""
        with SshSession("ueno") as session:
            endpoint = self.endpoint(session)
            given = {target: endpoint.get(target)
                     for target in ("/", "/role/developer", "/role/audit")}
            self.assertEqual({"/": machine.DEVELOPER, "/role/developer": machine.DEVELOPER,
                              "/role/audit": machine.AUDIT},
                             {target: reply.body["RoleArn"] for target, reply in given.items()})
            self.assertEqual(given["/"].body, given["/role/developer"].body)
            self.assert_refused(endpoint.get("/role/nobody"), 404, "NoSuchRole")
            self.assert_refused(endpoint.get("/role/"), 404, "NotFound")
            self.assert_refused(endpoint.get("/latest/meta-data/"), 404, "NotFound")
            self.assertEqual(2, self.calls())
            # One that the configuration takes away is gone for who asks when it is due.
            machine.configure("[user ueno]\nroles = developer\n", CONFIGURATION)
            self.ask(session.environment(), self.ueno, "REFRESH", ROLE="audit")
            self.assert_refused(endpoint.get("/role/audit"), 404, "NoSuchRole")
            self.assertEqual(200, endpoint.get().status)

    def test_pending(self):
        """AWS is away at login: address and token are there, credentials come without a new one"""
        self.aws.fault("sts", "refuse")
        with SshSession("ueno") as session:
            environment = session.environment()
            self.assertEqual({*ENDPOINT_VARIABLES, "AWS_ROLE_SOCKET", "AWS_ROLE_REFRESH_AT"},
                             {name for name in environment if name.startswith("AWS_")})
            self.assert_address(environment)
            self.assertEqual("0", environment["AWS_ROLE_REFRESH_AT"])
            endpoint = self.endpoint(session)
            self.assert_refused(endpoint.get(), 503, "CredentialsNotAvailable")
            self.assertIn("sts", endpoint.get().body["message"])
            self.aws.clear()
            given = processes.wait_for(lambda: endpoint.get().status == 200 and endpoint.get(), 15)
            self.assertEqual(machine.DEVELOPER, given.body["RoleArn"])

    def test_one_call(self):
        """Sixty clients at once that need a role which nobody has yet are one call of STS"""
        with SshSession("ueno") as session:
            endpoint = self.endpoint(session)
            before = self.calls()
            sockets = [endpoint.connect() for _ in range(MANY)]
            replies, text = [], endpoint.request("/role/audit").encode()

            def ask(sock):
                with sock:
                    sock.sendall(text)
                    replies.append(sock.makefile("rb").readline())
            threads = [threading.Thread(target=ask, args=(sock,)) for sock in sockets]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual([b"HTTP/1.1 200 OK\r\n"] * MANY, replies)
            self.assertEqual(before + 1, self.calls())

    def test_life(self):
        """Due: the newest within a second; AWS away: old ones while they are valid, then why"""
        # Fresh for two thirds, valid until ten seconds before the end.
        self.aws.lifetime(LONG)
        self.aws.lifetime(SHORT, role_arn=machine.AUDIT)
        with SshSession("ueno") as session:
            endpoint, started = self.endpoint(session), time.monotonic()
            first, other = endpoint.key(), endpoint.key("/role/audit")
            self.aws.fault("sts", "reset", role_arn=machine.DEVELOPER)
            seen, late, took, asked = [], [], [], self.calls()
            while (left := started + LONG - 8 - time.monotonic()) > 0:
                self._pause(min(left, 0.5))
                begun = time.monotonic()
                with Stopwatch() as watch:
                    reply = endpoint.get()
                took.append(watch)
                seen.append((begun - started, reply.status, reply.body.get("AccessKeyId")))
                begun = time.monotonic()
                with Stopwatch() as watch:
                    late.append((begun - started, endpoint.key("/role/audit")))
                took.append(watch)
            for watch in took:
                self.assert_within(watch, LATE_SECONDS)
            self.assertEqual({(200, first)}, {reply[1:] for reply in seen
                                              if reply[0] < LONG - 11})
            self.assertEqual(503, seen[-1][1])
            # The other role's: the old ones while they are fresh, and from then on no old one.
            due = SHORT * 2 / 3
            self.assertEqual({other}, {key for when, key in late if when < due - 1.5})
            self.assertNotIn(other, {key for when, key in late if when > due + 1.5})
            self.assertEqual(2, len({key for _, key in late}))
            self.assertGreater(self.calls(), asked)
            self.aws.clear()
            processes.wait_for(lambda: endpoint.get().status == 200, 70)

    @staticmethod
    def _pause(seconds):
        """Clients that come again."""
        threading.Event().wait(seconds)


class Port(EndpointTest):
    """Who holds the port, who serves it, and who cannot take it."""

    @staticmethod
    def reserved(pid):
        """The stub's own socket of the port, in this process."""
        number = ctypes.CDLL(None).syscall(SYS_PIDFD_GETFD, os.pidfd_open(pid), PORT_FD, 0)
        return socket.socket(fileno=number)

    def taken(self, endpoint, *uids):
        """What those users are told who try to bind the port."""
        said = set()
        for uid in uids:
            with endpoint.probe("take", uid=uid) as probe:
                said.add(told(probe)["errno"])
        return said

    def test_keys(self):
        """A session with keys has a port that is bound and does not listen until asked for"""
        machine.configure("[user ueno]\nroles = developer\n")
        with SshSession("ueno") as session:
            environment = session.environment()
            self.assert_holds_keys(environment)
            self.assertFalse(set(ENDPOINT_VARIABLES) & set(environment))
            stub, = processes.ours("aws-role-stub")
            with self.reserved(stub.pid) as port:
                address = port.getsockname()
                self.assertEqual("127.0.0.1", address[0])
                self.assertEqual(0, port.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
                with self.assertRaises(ConnectionRefusedError):
                    socket.create_connection(address)
                endpoint = Endpoint({URI: f"http://127.0.0.1:{address[1]}/", TOKEN: "-"},
                                    self.ueno.uid)
                self.assertEqual({"EADDRINUSE"}, self.taken(endpoint, self.ueno.uid, self.nemo.uid))
                kind, fields = self.ask(environment, self.ueno, "GET", EXPORT=ENDPOINT)
                self.assertEqual("GRANT", kind)
                self.assertNotIn("ACCESS_KEY_ID", fields)
                self.assertEqual(endpoint.uri, fields["ENDPOINT_URI"].rstrip(b"\0").decode())
                endpoint.token = fields["ENDPOINT_TOKEN"].decode()
                self.assertEqual(environment["AWS_ACCESS_KEY_ID"], endpoint.key())
                # Whoever serves next finds it listening.
                os.kill(the_agent(), 9)
                self.assertEqual(environment["AWS_ACCESS_KEY_ID"], endpoint.key())

    def test_agent_killed(self):
        """A killed agent is started again by the next request, and asks STS for nothing"""
        with SshSession("ueno") as session:
            endpoint = self.endpoint(session)
            key = endpoint.key()
            for _ in range(2):
                os.kill(the_agent(), 9)
                self.assertEqual(key, endpoint.key())
            self.assertEqual(1, self.calls())

    def test_stub_killed(self):
        """Without stub and agent it is refused, nobody can take the port, and all ends as ever"""
        with SshSession("ueno") as session:
            endpoint = self.endpoint(session)
            endpoint.key()
            stub, = processes.ours("aws-role-stub")
            gone = processes.ours("aws-role-stub", "aws-role-agent")
            os.kill(stub.pid, 9)
            self.assertEqual([], processes.wait_gone(gone))
            processes.wait_for(lambda: self._refuses(endpoint))
            self.assertEqual({"EADDRINUSE"}, self.taken(endpoint, self.ueno.uid, self.nemo.uid, 0))
            self.assertEqual(["aws-role-broker"], [one.name for one in processes.settled()])
        self.assertEqual([], processes.wait_gone(processes.ours(), 5))
        self.assertEqual({""}, self.taken(endpoint, self.nemo.uid))

    @staticmethod
    def _refuses(endpoint):
        try:
            endpoint.connect().close()
        except ConnectionRefusedError:
            return True
        return False

    def test_no_port(self):
        """Where no port can be had the login goes on and says so, and the agent gives keys"""
        self.open().__enter__().close()     # what it has got is in the cache
        with self._no_loopback(), self.open() as session:
            self.assertEqual({"AWS_ROLE_SOCKET", "AWS_ROLE_REFRESH_AT"},
                             {name for name in session.environment if name.startswith("AWS_")})
            self.wait_for_log("no port for the session's endpoint user=ueno")
            kind, fields = self.ask(session.environment, self.ueno, "GET", EXPORT=KEYS)
            self.assertEqual(("GRANT", True), (kind, "ACCESS_KEY_ID" in fields))
            kind, fields = self.ask(session.environment, self.ueno, "GET", EXPORT=ENDPOINT)
            self.assertEqual("PENDING", kind)
            self.assertIn(b"no port", fields["WHY"])

    @staticmethod
    @contextlib.contextmanager
    def _no_loopback():
        """Nothing can be bound to 127.0.0.1."""
        machine.run("ip", "address", "del", "127.0.0.1/8", "dev", "lo")
        try:
            yield
        finally:
            machine.run("ip", "address", "add", "127.0.0.1/8", "dev", "lo")

    def test_no_timer(self):
        """A session that only logged in has no timer: broker and stub wait for ever"""
        with SshSession("ueno") as session:
            self.assert_has_endpoint(session.environment())
            found = {one.name: one.pid for one in processes.settled()}
            self.assertEqual({"aws-role-broker", "aws-role-stub"}, set(found))
            for name, pid in found.items():
                processes.wait_for(lambda pid=pid: waits_for_ever(pid), 5)
                with open(f"/proc/{pid}/timers", encoding="ascii") as file:
                    self.assertEqual("", file.read(), name)
            self.assertEqual(1, self.calls())


class Becoming(EndpointTest):
    """From a session with keys into one with an endpoint."""

    PEOPLE = """
[role remote]
role_arn = {audit}
export = endpoint

[user ueno]
roles = developer

[user nemo]
roles = remote
"""
    STACK = ("auth sufficient pam_permit.so", "account required pam_permit.so",
             "session required pam_permit.so", "session optional MODULE timeout=2")
    CALLER = ("/usr/bin/python3 -c 'import botocore.session; print(botocore.session.Session()"
              ".create_client(\"sts\").get_caller_identity()[\"Arn\"])'")

    def setUp(self):
        super().setUp()
        machine.configure(self.PEOPLE.format(audit=machine.AUDIT), machine.CONFIGURATION.replace(
            "[defaults]\n", "[defaults]\nlinger_seconds = 0\n"))
        for path in ("/etc/sudoers", "/etc/pam.d/su", "/etc/pam.d/sudo"):
            self.addCleanup(machine.restore, path, machine.keep(path))
        for service in ("su", "sudo"):
            machine.pam_service(service, *self.STACK)
        machine.write("/etc/sudoers", "root ALL=(ALL:ALL) ALL\nueno ALL=(ALL) NOPASSWD: ALL\n",
                      0o440)

    def test_become(self):
        """su and sudo into an endpoint: the caller's keys are not seen there, by nobody's SDK"""
        with SshSession("ueno") as session:
            callers = session.environment()
            self.assert_holds_keys(callers)
            for how in ("su nemo -c '{}'", "sudo -u nemo sh -c '{}'"):
                with self.subTest(how):
                    status, text = session.run(how.format("env -0"))
                    self.assertEqual(0, status)
                    held = parse_environment(text.decode())
                    self.assert_address(held)
                    self.assertEqual([], [name for name in KEY_VARIABLES if held.get(name)])
                    self.assertEqual("remote", held["AWS_ROLE_NAME"])
                    script = self.CALLER.replace("'", "'\\''")
                    status, text = session.run(how.format(script))
                    self.assertIn(b":assumed-role/Audit/nemo", text)

    def test_back(self):
        """From an endpoint into a session with keys: the caller's token is not handed on"""
        machine.write("/etc/sudoers", "root ALL=(ALL:ALL) ALL\nnemo ALL=(ALL) NOPASSWD: ALL\n",
                      0o440)
        with SshSession("nemo") as session:
            callers = session.environment()
            self.assert_address(callers)
            for late in (False, True):
                for how in ("su ueno -c 'env -0'", "sudo -u ueno env -0"):
                    with self.subTest(how, late=late):
                        status, text = session.run(how)
                        self.assertEqual(0, status)
                        self.assertNotIn(callers[TOKEN].encode(), text)
                        held = parse_environment(text.decode())
                        self.assertEqual(late, not held.get("AWS_ACCESS_KEY_ID"))
                self.aws.fault("sts", "refuse")
                shutil.rmtree(machine.RUN + "/cache")

    def test_become_late(self):
        """The same while AWS is away: nothing of the caller's is there to be used"""
        with SshSession("ueno") as session:
            session.environment()
            self.aws.fault("sts", "refuse")
            for how in ("su nemo -c 'env -0'", "sudo -u nemo env -0"):
                with self.subTest(how):
                    status, text = session.run(how)
                    self.assertEqual(0, status)
                    held = parse_environment(text.decode())
                    self.assert_address(held)
                    self.assertEqual([], [name for name in (*KEY_VARIABLES, "AWS_ROLE_NAME")
                                          if held.get(name)])
