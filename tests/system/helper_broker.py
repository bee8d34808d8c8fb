# SPDX-License-Identifier: BSD-3-Clause
"""Plays the broker for aws-role-helper: its records in Python, from common/protocol.h."""

import os
import re
import signal
import socket
import struct
import subprocess
import time

from .stopwatch import Stopwatch

HERE = os.path.dirname(os.path.abspath(__file__))
HEADER = os.path.join(HERE, "..", "..", "common", "protocol.h")
SECRETS = {"ANSWER", "KEPT", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "ENDPOINT_TOKEN"}
FOREVER = 2**64 - 1
IMPATIENT_SECONDS = 40


def _enum(name, prefix):
    """The numbers of an enum of the header, by name: they are written down in one place only."""
    with open(HEADER, encoding="utf-8") as file:
        body = re.search(r"enum " + name + r" \{(.*?)\n\};", file.read(), re.S).group(1)
    words = re.findall(r"^\s+" + prefix + r"(\w+)", body, re.M)
    return {word: number for number, word in enumerate(words, 1)}


KINDS = _enum("record_kind", "RECORD_")
FIELDS = _enum("record_field", "FIELD_")
STEPS = _enum("step_kind", "STEP_")
KIND_NAMES = {number: name for name, number in KINDS.items()}
FIELD_NAMES = {number: name for name, number in FIELDS.items()}


def _value(value):
    if isinstance(value, int):
        return struct.pack(">Q", value % 2**64)
    if isinstance(value, str):
        return value.encode() + b"\0"
    if isinstance(value, (list, tuple)):
        return b"".join(item.encode() + b"\0" for item in value)
    return value


def encode(kind, **fields):
    """A record. str: text, int: number, bytes: secret or bytes, list: strings with their NULs."""
    packet = bytes((1, KINDS[kind]))
    for name, value in fields.items():
        value = _value(value)
        packet += struct.pack(">BH", FIELDS[name], len(value)) + value
    return packet


def decode(packet):
    """(kind, {field: bytes}) of a record."""
    fields, at = {}, 2
    while at < len(packet):
        tag, size = struct.unpack_from(">BH", packet, at)
        fields[FIELD_NAMES[tag]] = packet[at + 3:at + 3 + size]
        at += 3 + size
    return KIND_NAMES[packet[1]], fields


def number(value):
    """A number field, signed."""
    return struct.unpack(">q", value)[0]


def text(value):
    """A text field."""
    return value.rstrip(b"\0").decode()


def boottime(seconds=0):
    """A deadline, so many seconds from now."""
    return int((time.clock_gettime(time.CLOCK_BOOTTIME) + seconds) * 1000)


def from_issued(issued, base):
    """FROM of what the peer's issue() gives, for a plan that begins with a step of that kind."""
    return encode("FROM", STEP=base, ACCESS_KEY_ID=issued["AccessKeyId"],
                  SECRET_ACCESS_KEY=issued["SecretAccessKey"].encode(),
                  SESSION_TOKEN=issued["SessionToken"].encode(), ARN=issued["Arn"],
                  VALID_UNTIL=FOREVER, FRESH_UNTIL=FOREVER)


class Obtain:
    """One run of the helper, started as the broker starts it."""

    def __init__(self, helper, user=None, command=()):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket = ours
        ours.settimeout(IMPATIENT_SECONDS)

        def place():
            os.dup2(theirs.fileno(), 3)     # where SPAWN_FIRST_FD is
        credentials = {} if user is None else {"user": user, "group": user, "extra_groups": ()}
        self.process = subprocess.Popen([*command, helper], env={}, preexec_fn=place,
                                        pass_fds=(3,), stdin=subprocess.DEVNULL, **credentials)
        theirs.close()
        self.took = Stopwatch()

    def send(self, *records):
        """Sends records."""
        for record in records:
            self.socket.send(record)

    def ask(self, steps, before=None, give_up=30, offset=0):
        """Sends OBTAIN and all that follows."""
        self.send(encode("OBTAIN", GIVE_UP=boottime(give_up), CLOCK_OFFSET=offset,
                         STEPS=len(steps)))
        if before is not None:
            self.send(before)
        for step in steps:
            self.send(step)

    def reports(self):
        """[(kind, fields)] until the helper ends, which `took` timed."""
        result = []
        while True:
            try:
                packet = self.socket.recv(65536)
            except ConnectionResetError:
                continue
            if not packet:
                break
            result.append(decode(packet))
        self.took.stop()
        self.close()
        return result

    def close(self):
        """Ends it, if it has not ended."""
        self.took.stop()
        self.socket.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            raise
