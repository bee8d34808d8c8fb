# SPDX-License-Identifier: BSD-3-Clause
"""Clients of a session's endpoint: as anybody, saying anything, alone or all at once."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import urllib.parse

from . import machine, processes
from .login import PATIENCE_SECONDS

URI, TOKEN = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"
ENDPOINT_VARIABLES = (URI, TOKEN)
PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "endpoint_probe.py")
# The configuration that tests begin with, with an endpoint that lingers, and that does not.
LINGERING = machine.CONFIGURATION.replace("source = instance\n",
                                          "source = instance\nexport = endpoint\n", 1)
CONFIGURATION = LINGERING.replace("[defaults]\n", "[defaults]\nlinger_seconds = 0\n")
LATE_SECONDS = 1.0      # nobody's SDK is answered later
POLL, PPOLL = {"x86_64": 7}, {"x86_64": 271, "aarch64": 73}     # syscall(2)


@contextlib.contextmanager
def being(uid):
    """What this process opens meanwhile belongs to that user."""
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


class Reply:
    """status 0: not a byte came; headers; body: what the JSON says, or bytes."""

    def __init__(self, sock):
        answer = http.client.HTTPResponse(sock)
        try:
            answer.begin()
            self.status, self.headers, self.body = answer.status, answer.headers, answer.read()
        except (ConnectionError, http.client.BadStatusLine):
            self.status, self.headers, self.body = 0, {}, b""
        with contextlib.suppress(ValueError):
            self.body = json.loads(self.body)


class Endpoint:
    """One session's, as its variables tell it; uid: whose clients these are."""

    def __init__(self, environment, uid):
        self.uri, self.token, self.uid = environment[URI], environment[TOKEN], uid
        self.port = urllib.parse.urlsplit(self.uri).port

    def connect(self, uid=None):
        """A connection."""
        with being(self.uid if uid is None else uid):
            return socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)

    def say(self, text, uid=None):
        """What comes for these bytes, or this text."""
        with self.connect(uid) as sock:
            with contextlib.suppress(ConnectionError):
                sock.sendall(text if isinstance(text, bytes) else text.encode("latin-1"))
            return Reply(sock)

    def request(self, target="/", method="GET", token=None, host=None, headers=()):
        """The text of a request; host and token are the right ones, "" is none."""
        token = self.token if token is None else token
        host = f"127.0.0.1:{self.port}" if host is None else host
        lines = [f"{method} {target} HTTP/1.1", *([f"Host: {host}"] if host else []),
                 *([f"Authorization: {token}"] if token else []), *headers]
        return "\r\n".join(lines) + "\r\n\r\n"

    def get(self, target="/", uid=None, **more):
        """The reply to a GET."""
        return self.say(self.request(target, **more), uid)

    def key(self, target="/"):
        """The access key that it gives."""
        return self.get(target).body["AccessKeyId"]

    @contextlib.contextmanager
    def probe(self, verb, *words, uid=None):
        """endpoint_probe.py as that user, once it is ready; ask() ends it and has what it says."""
        uid = self.uid if uid is None else uid
        with subprocess.Popen([sys.executable, "-S", PROBE, str(self.port), verb, *words],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, user=uid,
                              group=uid, extra_groups=()) as process:
            process.stdin.write(self.token + "\n")
            process.stdin.flush()
            if process.stdout.readline() != "ready\n":
                raise RuntimeError(f"{verb} is not ready")
            yield process


def told(process):
    """What a probe that is to end has seen."""
    process.stdin.close()
    return json.loads(process.stdout.read())


def cpu_seconds(pid):
    """How long a process has computed so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid):
    """How much memory a process holds."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def descriptors(pid):
    """How many a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def waits_for_ever(pid):
    """Whether a process sits in poll(2) without a time limit: proc(5), syscall."""
    machine_name = os.uname().machine
    with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
        words = file.read().split()
    if words[0] == str(POLL.get(machine_name)):
        return int(words[3], 16) & 0xffffffff == 0xffffffff     # an int, -1
    return words[0] == str(PPOLL.get(machine_name)) and int(words[3], 16) == 0


def the_agent():
    """The only agent that runs."""
    found, = processes.wait_for(lambda: processes.ours("aws-role-agent"))
    return found.pid
