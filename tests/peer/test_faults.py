# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the peer's faults and its control."""

import concurrent.futures
import email.utils
import http.client
import json
import os
import socket
import subprocess
import sys
import time

from botocore.exceptions import (ConnectionClosedError, ConnectTimeoutError,
                                 EndpointConnectionError, ReadTimeoutError, SSLError)

from .case import CALLER, DEPLOY, EXTERNAL, HERE, WithPeer
from .control import PeerError


class TestFaults(WithPeer):
    """Faults, holding, waiting."""

    def test_skew(self):
        for seconds, text in ((3600, r"Signature expired: \d+T\d+Z is now earlier than \d+T\d+Z "
                                     r"\(\d+T\d+Z - 15 min\.\)"),
                              (-3600, "Signature not yet current: .* is still later than")):
            self.peer.fault("sts", "skew", seconds=seconds)
            self.assertRegex(self.refused("SignatureDoesNotMatch",
                                          self.client().get_caller_identity), text)
            date = self.raw(CALLER)[0].getheader("Date")
            told = email.utils.parsedate_to_datetime(date).timestamp()
            self.assertAlmostEqual(told, time.time() + seconds, delta=5)
            self.peer.clear()

    def test_answers(self):
        for kind, parameters, status, content in (
                ("status", {"status": 500, "body": "oops"}, 500, b"^oops$"),
                ("throttle", {}, 400, b"<Code>Throttling</Code>"),
                ("throttle", {"status": 429}, 429, b"TooManyRequestsException"),
                ("code", {"code": "RegionDisabledException", "message": "No."}, 403, b"e>No"),
                ("garbage", {}, 200, b"neither"),
                ("huge", {}, 200, b'^{"Assume'),
                ("redirect", {"location": "http://example.invalid/"}, 302, b"^$"),
                ("wrong_type", {}, 500, b"<title>500 Internal Server Error")):
            self.peer.fault("sts", kind, count=1, **parameters)
            response, text = self.raw(CALLER)
            with self.subTest(kind):
                self.assertEqual(response.status, status)
                self.assertRegex(text, content)
                self.assertEqual(self.peer.requests()[-1]["outcome"], f"fault:{kind}")
                self.assertEqual(self.raw(CALLER)[0].status, 200)
            if kind == "huge":
                self.assertEqual(len(text), 10485760)
                json.loads(text)
        self.assertEqual(self.peer.faults(), [])

    def test_spoilt_answers(self):
        self.peer.fault("sts", "truncated", count=1)
        with self.assertRaises(http.client.IncompleteRead):
            self.raw(CALLER)
        self.peer.fault("sts", "bad_date", count=1)
        self.assertEqual(self.raw(CALLER)[0].getheader("Date"), "yesterday")
        self.peer.fault("sts", "bad_date", value=None, count=1)
        self.assertIsNone(self.raw(CALLER)[0].getheader("Date"))
        self.peer.fault("sts", "header_flood", count=1)
        with self.assertRaisesRegex(http.client.HTTPException, "got more than 100 headers"):
            self.raw(CALLER)
        self.peer.fault("sts", "dribble", seconds=0.001, count=1)
        self.assertEqual(self.raw(CALLER)[0].status, 200)

    def test_endless(self):
        for kind in ("huge", "header_flood"):
            self.peer.fault("sts", kind, count=1, endless=True)
            with socket.create_connection(("127.0.0.1", self.ports["sts"][1]["port"])) as sock:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                got = 0
                while got < 3000000:
                    got += len(sock.recv(1 << 20)) or self.fail("it ended")

    def test_silence(self):
        for parameters in ({}, {"at": "request"}):
            self.peer.fault("sts", "silent", **parameters)
            with self.assertRaises((ReadTimeoutError, EndpointConnectionError,
                                    ConnectTimeoutError)):
                self.client(read_timeout=0.3, connect_timeout=0.3).get_caller_identity()
            self.peer.clear()
        for kind, parameters in (("closed", {}), ("closed", {"at": "request"}), ("reset", {})):
            self.peer.fault("sts", kind, count=1, **parameters)
            with self.subTest(kind), self.assertRaises((ConnectionClosedError, SSLError,
                                                        EndpointConnectionError)):
                self.client().get_caller_identity()
        self.client().get_caller_identity()

    def test_clear_ends_what_hangs(self):
        self.peer.fault("sts", "silent", count=1)
        with socket.create_connection(("127.0.0.1", self.ports["sts"][0]["port"])) as sock:
            self.peer.wait_for(state="connected")
            self.peer.clear()
            sock.settimeout(5)
            self.assertEqual(sock.recv(1), b"")

    def test_refuse(self):
        client = self.client()
        client.get_caller_identity()
        self.peer.fault("sts", "refuse")
        for _ in range(2):      # the first may meet the old connection's end
            with self.assertRaises((EndpointConnectionError, ConnectionClosedError)):
                client.get_caller_identity()
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.ports["sts"][1]["port"]))
        self.peer.clear()
        client.get_caller_identity()

    def test_slow_and_gone(self):
        self.peer.fault("sts", "slow", seconds=30, count=1)
        with self.assertRaises(ReadTimeoutError):
            self.client(read_timeout=0.2).get_caller_identity()
        self.peer.wait_for(outcome="gone")
        self.peer.fault("sts", "slow", seconds=0.3, count=1)
        start = time.monotonic()
        self.client().get_caller_identity()
        self.assertGreaterEqual(time.monotonic() - start, 0.3)

    def test_hold_sixty(self):
        self.peer.fault("sts", "hold", action="AssumeRole")
        client = self.client(max_pool_connections=60, read_timeout=20)
        with concurrent.futures.ThreadPoolExecutor(60) as pool:
            calls = [pool.submit(self.assume, client, **EXTERNAL) for _ in range(60)]
            self.peer.wait_for(action="AssumeRole", count=60, state="held", timeout=15)
            self.client().get_caller_identity()     # another action is not held
            self.peer.release(count=1)
            self.peer.wait_for(action="AssumeRole", count=1)
            self.assertEqual(self.peer.counts("sts")["in_flight"], 59)
            self.peer.release()
            self.assertEqual(len({call.result()["AccessKeyId"] for call in calls}), 60)

    def test_count_and_role(self):
        self.peer.fault("sts", "code", count=2, role_arn=DEPLOY, code="AccessDenied")
        client = self.client()
        client.get_caller_identity()
        for _ in range(2):
            self.refused("AccessDenied", self.assume, client, **EXTERNAL)
        self.assume(client, **EXTERNAL)
        self.assertEqual(self.peer.counts("sts")["by_action"]["AssumeRole"],
                         {"fault:code": 2, "ok": 1})

    def test_wait_times_out(self):
        with self.assertRaises(TimeoutError):
            self.peer.wait_for(action="AssumeRole", timeout=0.1)

    def test_control_refuses(self):
        for verb, keywords in (("fault", {"service": "sts", "kind": "nothing"}),
                               ("fault", {"service": "s3", "kind": "slow"}),
                               ("fault", {"service": "sts", "kind": "slow", "second": 1}),
                               ("fault", {"service": "sts", "kind": "skew"}),
                               ("_backend", {"service": "sts"}), ("revoke", {"access_key_id": "x"}),
                               ("update_role", {"arn": DEPLOY, "max_session_duration": 1})):
            with self.assertRaises(PeerError):
                self.peer.call(verb, **keywords)

    def test_shell_client(self):
        command = [sys.executable, "-m", "peer.control", self.peer.state_dir]
        environment = {**os.environ, "PYTHONPATH": os.path.dirname(HERE)}

        def run(*words):
            return subprocess.run([*command, *words], env=environment, capture_output=True,
                                  text=True)
        self.assertEqual(json.loads(run("fault", "service=sts", "kind=slow", "seconds=0.1").stdout),
                         self.peer.faults()[0]["id"])
        self.assertEqual(run("wait_for", "count=1", "timeout=0.1").returncode, 1)
        self.assertEqual(run("fault", "slow").returncode, 2)
