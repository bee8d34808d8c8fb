# SPDX-License-Identifier: BSD-3-Clause
"""Programs that outlive their credentials again and again: each SDK renews at the endpoint."""

import collections
import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request

from . import machine, processes
from .case import KEY_VARIABLES, SystemTest
from .endpoint import CONFIGURATION, Endpoint, waits_for_ever
from .login import SshSession, build

LIFE = 20                   # seconds; renewed when half of them are over
EXPIRIES = 3
RUN_SECONDS = EXPIRIES * LIFE + 2
LONGEST_SECONDS = 3 * RUN_SECONDS   # on a busy machine, until each program has made its calls
CALLS = {"boto3": 80, "javascript": 80, "rclone": 80, "awscli": 10}
IDLE_SECONDS = 60           # how long an agent stays without a client
PAUSE_SECONDS = 0.5
PLACE = machine.PREFIX + "/lib/endpoint-clients"
SDK = "javascript/node_modules"
CONTROL = 5572              # rclone's own port

BOTO3 = """
import boto3, time
client = boto3.client("sts")
while True:
    try:
        print("ok", client.get_caller_identity()["Arn"], flush=True)
    except Exception as error:
        print("failed", repr(error), flush=True)
    time.sleep({pause})
"""
JAVASCRIPT = """
const {{ STSClient, GetCallerIdentityCommand }} = require("@aws-sdk/client-sts");
const client = new STSClient({{}});
async function ask() {{
    try {{
        console.log("ok", (await client.send(new GetCallerIdentityCommand({{}}))).Arn);
    }} catch (error) {{
        console.log("failed", String(error));
    }}
    setTimeout(ask, {pause} * 1000);
}}
ask();
"""
AWSCLI = """
while :; do
    if arn=$(aws sts get-caller-identity --query Arn --output text 2>&1); then
        echo "ok $arn"
    else
        echo "failed $arn"
    fi
done
"""


def has_boto3():
    """Whether the Python that runs this has it."""
    return subprocess.run([sys.executable, "-c", "import boto3"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def missing(name):
    """Why a client cannot run here, or None."""
    if name == "boto3" and not has_boto3():
        return "not installed: python3-boto3"
    if name == "javascript" and shutil.which("node") is None:
        return "not installed: nodejs"
    if name == "javascript" and not os.path.isdir(f"{build()}/{SDK}/@aws-sdk/client-sts"):
        return "the JavaScript SDK could not be fetched from npm's registry"
    if name == "rclone" and shutil.which("rclone") is None:
        return "not installed: rclone"
    if name == "awscli" and shutil.which("aws") is None:
        return "not installed: awscli"
    return None


class Rclone:
    """One rclone that stays, and is told again and again to list what there is."""

    def __init__(self, start):
        self.lines, self._over = [], threading.Event()
        self.process = start(["rclone", "rcd", "--rc-no-auth", "--rc-addr", f"127.0.0.1:{CONTROL}"])
        self._thread = threading.Thread(target=self._ask_on)
        self._thread.start()

    def _ask_on(self):
        while not self._over.wait(PAUSE_SECONDS):
            try:
                self.lines.append(f"ok {len(self._list())}")
            except OSError as error:
                text = error.read().decode() if hasattr(error, "read") else ""
                if self.lines or "refused" not in str(error):       # it has not begun to listen yet
                    self.lines.append(f"failed {error} {text}")

    @staticmethod
    def _list():
        asked = json.dumps({"remote": "", "fs": ":s3,provider=Other,env_auth=true,"
                            f"endpoint='https://localhost',region={machine.REGION}:"})
        request = urllib.request.Request(f"http://127.0.0.1:{CONTROL}/operations/list",
                                         asked.encode(), {"Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as reply:
            return json.load(reply)["list"]

    def end(self):
        """All that it has said."""
        self._over.set()
        self._thread.join()
        self.process.kill()
        self.process.communicate()
        return self.lines


class Run:
    """All clients side by side in one session, and another session that nobody asks."""

    def __init__(self, test):
        self.said, self.keys, self.idle = {}, {}, None
        self.made = collections.Counter()     # calls, as AWS sees them
        test.aws.lifetime(LIFE)
        with contextlib.ExitStack() as stack:
            session, quiet = (stack.enter_context(SshSession(name)) for name in ("ueno", "nemo"))
            self.environment = session.environment()
            self._ask_once(test, quiet)
            clients = self._start(test)
            try:
                self._watch(test, {name: CALLS[name] for name in clients})
            finally:
                self.said = {name: end() for name, end in clients.items()}
            self._look_at(test)
        self.asked = test.calls()

    def _ask_once(self, test, quiet):
        self.quiet = Endpoint(quiet.environment(), test.nemo.uid)
        self.quiet.key()
        self.asked_at = time.monotonic()
        self.quiet_agent, = processes.ours("aws-role-agent")

    def _start(self, test):
        """name → what ends the client and has all that it said."""
        os.makedirs(PLACE, exist_ok=True)
        environment = {**self.environment, "PATH": os.environ["PATH"], "HOME": test.ueno.home,
                       "NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt"}

        def start(words):
            return subprocess.Popen(words, env=environment, user=test.ueno.uid,
                                    group=test.ueno.uid, extra_groups=(), cwd=PLACE, text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        words = {"boto3": [sys.executable, "-c", BOTO3.format(pause=PAUSE_SECONDS)],
                 "javascript": ["node", "-e", JAVASCRIPT.format(pause=PAUSE_SECONDS)],
                 "awscli": ["sh", "-c", AWSCLI]}
        if missing("javascript") is None:
            shutil.copytree(os.path.join(build(), SDK), PLACE + "/node_modules", dirs_exist_ok=True)
        clients = {name: self._teller(start(command)) for name, command in words.items()
                   if missing(name) is None}
        if missing("rclone") is None:
            clients["rclone"] = Rclone(start).end
        return clients

    @staticmethod
    def _teller(process):
        def end():
            process.kill()
            return process.communicate()[0].splitlines()
        return end

    def _watch(self, test, wanted):
        """Which keys each program signs with, as AWS sees it; and when the quiet agent ends."""
        started, seen = time.monotonic(), 0
        while (passed := time.monotonic() - started) < RUN_SECONDS or passed < LONGEST_SECONDS and \
                any(self.made[name] < calls for name, calls in wanted.items()):
            for request in test.aws.requests("sts", last=200):
                if request["number"] > seen and request["action"] != "AssumeRole":
                    seen = request["number"]
                    name = self._program(request)
                    self.keys.setdefault(name, set()).add(request["access_key_id"])
                    self.made[name] += 1
            self._pause(PAUSE_SECONDS)      # the clients go on meanwhile
        self.seconds = time.monotonic() - started

    def _pause(self, seconds):
        """Waits, and looks when the quiet session's agent ends; those that are left."""
        if self.idle is not None:
            time.sleep(seconds)
            return []
        left = processes.wait_gone([self.quiet_agent], seconds)
        if not left:
            self.idle = time.monotonic() - self.asked_at
        return left

    @staticmethod
    def _program(request):
        agent = request["headers"].get("user-agent", "").lower()
        return next((name for mark, name in (("aws-cli", "awscli"), ("boto3", "boto3"),
                                             ("aws-sdk-js", "javascript"), ("rclone", "rclone"))
                     if mark in agent), agent)

    def _look_at(self, test):
        """The session that was asked once: its agent has ended by itself, and comes back."""
        self.left = self._pause(5)
        stub, = (one for one in processes.ours("aws-role-stub") if test.nemo.uid in one.uids)
        self.stub_waits = waits_for_ever(stub.pid)
        self.quiet_again = self.quiet.get().status
        self.quiet_agents = [one.pid for one in processes.ours("aws-role-agent")
                             if test.nemo.uid in one.uids]


class EndpointClients(SystemTest):
    """Lives of twenty seconds; each program makes a call every half second."""

    run_once = None

    def setUp(self):
        super().setUp()
        if EndpointClients.run_once is None:
            machine.configure("[user ueno]\nroles = developer\n\n[user nemo]\nroles = audit\n",
                              CONFIGURATION)
            EndpointClients.run_once = Run(self)
        self.seen = EndpointClients.run_once

    def assert_renewed(self, name):
        """The calls of that program are many, none failed, and across all the expiries."""
        if missing(name) is not None:
            self.skipTest(missing(name))
        self.assertFalse(set(KEY_VARIABLES) & set(self.seen.environment))
        said = self.seen.said[name]
        self.assertEqual([], [line for line in said if not line.startswith("ok ")][:3])
        self.assertGreaterEqual(self.seen.made[name], CALLS[name])
        # One may be under way at the end; none was made twice, as after a refusal.
        self.assertGreaterEqual(len(said), self.seen.made[name] - 1)
        self.assertGreater(len(self.seen.keys[name]), EXPIRIES)
        self.assertTrue(all(key.startswith("ASIA") for key in self.seen.keys[name]))
        return {line.split()[1] for line in said}

    def test_boto3(self):
        """boto3 renews inside a process that outlives its credentials three times"""
        arns = self.assert_renewed("boto3")
        self.assertEqual({f"arn:aws:sts::{machine.ACCOUNT}:assumed-role/Developer/ueno"}, arns)

    def test_javascript(self):
        """The JavaScript SDK renews inside a process that outlives them three times"""
        arns = self.assert_renewed("javascript")
        self.assertEqual({f"arn:aws:sts::{machine.ACCOUNT}:assumed-role/Developer/ueno"}, arns)

    def test_rclone(self):
        """rclone, of the Go SDK, renews inside a process that outlives them three times"""
        self.assertEqual({"0"}, self.assert_renewed("rclone"))

    def test_awscli(self):
        """aws has credentials whenever it is called, while they end three times"""
        arns = self.assert_renewed("awscli")
        self.assertEqual({f"arn:aws:sts::{machine.ACCOUNT}:assumed-role/Developer/ueno"}, arns)

    def test_calls(self):
        """All of them together are one call of STS for each renewal"""
        renewals = self.seen.seconds / (LIFE / 2)
        self.assertLessEqual(self.seen.asked, 2 + renewals + 2)     # two logins, and the last look

    def test_idle(self):
        """A session that nobody asks for a minute is without an agent, and is served again"""
        self.assertEqual([], self.seen.left)
        self.assertAlmostEqual(IDLE_SECONDS, self.seen.idle, delta=7)
        self.assertTrue(self.seen.stub_waits)
        self.assertEqual(200, self.seen.quiet_again)
        self.assertEqual(1, len(self.seen.quiet_agents))
