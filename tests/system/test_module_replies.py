# SPDX-License-Identifier: BSD-3-Clause
"""Replies to the module that break a rule: dropped whole, and the login goes on."""

import json
import os
import shutil

from . import machine
from .case import IGNORED, PAM_SESSION_ERR, PAM_SUCCESS, SystemTest, stack
from .helper_broker import FIELDS, STEPS, encode
from .login import PamSession
from .pam_handle import ECHO_ON, ERROR_MSG, SILENT, PamHandle
from .stopwatch import Stopwatch

BROKER = machine.PROGRAMS + "/aws-role-broker"
FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_broker.py")
GRANT = {
    "ROLE": "developer", "REFRESH_AT": 1900000000, "REGION": machine.REGION,
    "ACCESS_KEY_ID": "ASIAEXAMPLEEXAMPLE00", "SECRET_ACCESS_KEY": b"secret/secret+secret",
    "SESSION_TOKEN": b"token/token+token==", "EXPIRES_AT": 1900000000,
}
TEXTS = ("ROLE", "REGION", "ACCESS_KEY_ID")
SECRETS = ("SECRET_ACCESS_KEY", "SESSION_TOKEN")
BAD_VALUES = ("x\nLD_PRELOAD=/tmp/x.so", "x\r", "x\t", "a b", "\x1b[31m", "é", "\x7f", "x" * 65000)


def raw(tag, value):
    """A field by number, its length as it is."""
    return bytes((tag,)) + len(value).to_bytes(2, "big") + value


class ModuleReplies(SystemTest):
    """A broker of ours in the place of the real one."""

    def setUp(self):
        super().setUp()
        machine.pam_service("aws-role-1", *stack("timeout=1"))
        machine.pam_service("aws-role-20", *stack("timeout=20"))    # where a reply has to come
        os.rename(BROKER, BROKER + ".real")
        self.addCleanup(os.replace, BROKER + ".real", BROKER)
        shutil.copy(FAKE, "/run/fake_broker.py")
        machine.write(BROKER, "#!/bin/sh\nexec /usr/bin/python3 -I /run/fake_broker.py\n", 0o755)
        self.socket = f"{machine.RUN}/{self.ueno.uid}/1.2.abc"

    def reply(self, *packets, then="wait", descriptor=False):
        """What the next broker says."""
        machine.write("/run/reply.json", json.dumps(
            {"replies": [packet.hex() for packet in packets], "then": then,
             "descriptor": descriptor}))

    def grant(self, **changes):
        """GRANT, with changed fields; None leaves one out."""
        fields = {**GRANT, "SOCKET": self.socket, **changes}
        return encode("GRANT", **{name: value for name, value in fields.items()
                                  if value is not None})

    def dropped(self, *packets, **more):
        """The module has to drop this."""
        self.reply(*packets, **more)
        with self.open(service="aws-role-1") as session:
            self.assertEqual(PAM_SESSION_ERR, session.result)
            self.assertEqual({}, session.environment)
            self.assertEqual([], session.descriptors)
        self.wait_for_log("no AWS role: ")

    def authenticated(self, *packets, answers=("123456",) * 5, flags=0, then="wait", timeout=20):
        """What somebody is shown at the auth line, which changes nothing else, whatever is said."""
        machine.pam_service("aws-role-auth", "auth required pam_permit.so",
                            f"auth optional MODULE timeout={timeout}")
        self.reply(*packets, then=then)
        with PamHandle("aws-role-auth", "ueno", answers=answers) as handle:
            before = sorted(os.listdir("/proc/self/fd"))
            self.assertEqual((PAM_SUCCESS, {}), (handle.authenticate(flags), handle.environment))
            self.assertEqual(before, sorted(os.listdir("/proc/self/fd")))
            return handle.said

    def test_auth_line(self):
        """At the auth line: only an MFA code is asked for, in printable ASCII, and three times"""
        ask = {"PROMPT": "code: ", "STEP": STEPS["SESSION_TOKEN"]}
        refused = encode("PENDING", WHY="not taken", CLASS=67)
        question, told = (ECHO_ON, "code: "), (ERROR_MSG, "not taken")
        self.assertEqual([question], self.authenticated(encode("ASK", **ask), encode("NONE")))
        self.assertEqual([question, told] * 3,
                         self.authenticated(encode("ASK", **ask), *[refused] * 5))
        self.assertEqual([question] * 3,
                         self.authenticated(encode("ASK", **ask), *[refused] * 5, flags=SILENT))
        self.assertEqual([question, (ERROR_MSG, "away")], self.authenticated(
            encode("ASK", **ask), encode("PENDING", WHY="away", CLASS=64), refused))
        self.assertEqual([question, (ERROR_MSG, "an MFA code has six digits and no more: nothing "
                                     "was sent"), question], self.authenticated(
            encode("ASK", **ask), encode("NONE"), answers=("no", "123456")))
        for name, packet in {
                "console": encode("ASK", **{**ask, "STEP": STEPS["CONSOLE_SIGN_IN"]}),
                "no step": encode("ASK", PROMPT="code: "),
                "cursor": encode("ASK", **{**ask, "PROMPT": "\x1b[2Jcode: "}),
                "long": encode("ASK", **{**ask, "PROMPT": "x" * 512}),
                "refused": refused, "nothing": encode("NONE"), "GRANT": self.grant(),
                "broken": b"x" * 100}.items():
            with self.subTest(name):
                self.assertEqual([], self.authenticated(packet, encode("NONE")))

    def test_auth_line_late(self):
        """A broker that is late or gone at the auth line is waited for no longer than timeout="""
        ask = encode("ASK", PROMPT="code: ", STEP=STEPS["SESSION_TOKEN"])
        for packets, then, said in (((), "wait", 0), ((), "die", 0), ((ask,), "wait", 2),
                                    ((ask,), "die", 2)):
            with self.subTest(packets=len(packets), then=then):
                with Stopwatch() as took:
                    self.assertEqual(said, len(self.authenticated(*packets, then=then, timeout=3)))
                self.assert_within(took, 2 * 3 + 1)
                self.wait_for_log("no MFA session: no reply from the broker user=ueno")

    def test_good(self):
        """A good reply passes, with the module's own names for the variables"""
        self.reply(self.grant(ROLE="LD_PRELOAD"))
        with self.open(service="aws-role-20") as session:
            self.assertEqual(PAM_SUCCESS, session.result)
            self.assertEqual({
                "AWS_ACCESS_KEY_ID": "ASIAEXAMPLEEXAMPLE00",
                "AWS_SECRET_ACCESS_KEY": "secret/secret+secret",
                "AWS_SESSION_TOKEN": "token/token+token==",
                "AWS_CREDENTIAL_EXPIRATION": "2030-03-17T17:46:40Z",
                "AWS_REGION": machine.REGION, "AWS_DEFAULT_REGION": machine.REGION,
                "AWS_ROLE_NAME": "LD_PRELOAD", "AWS_ROLE_SOCKET": self.socket,
                "AWS_ROLE_REFRESH_AT": "1900000000"}, session.environment)

    def test_values(self):
        """A newline, a blank, a control character, 64 KiB: in any value"""
        for name in TEXTS + SECRETS:
            for value in BAD_VALUES:
                with self.subTest(f"{name} {value[:20]!r}"):
                    self.fresh()
                    self.dropped(self.grant(**{
                        name: value.encode() if name in SECRETS else value}))

    def test_fields(self):
        """A field that is unknown, repeated, of another kind, or not text to its end"""
        good = self.grant()
        unknown = max(FIELDS.values()) + 1
        for name, packet in {
                "unknown": good + raw(unknown, b"LD_PRELOAD=/tmp/x.so\0"),
                "unknown 255": good + raw(255, b"x"),
                "zero": good + raw(0, b"x"),
                "repeated": good + raw(FIELDS["REGION"], b"eu-west-1\0"),
                "another kind's": good + raw(FIELDS["PROMPT"], b"code?\0"),
                "NUL within": self.grant(REGION=None) + raw(FIELDS["REGION"], b"a\0b\0"),
                "no NUL": self.grant(REGION=None) + raw(FIELDS["REGION"], b"eu-west-1"),
                "empty": self.grant(REGION=None) + raw(FIELDS["REGION"], b""),
                "short number": self.grant(EXPIRES_AT=None) + raw(FIELDS["EXPIRES_AT"], b"\1"),
                "length too long": good + bytes((FIELDS["ARN"], 1, 0)) + b"x",
                "half a field": good + bytes((FIELDS["ARN"],)),
        }.items():
            with self.subTest(name):
                self.fresh()
                self.dropped(packet)

    def test_records(self):
        """A record of another version, kind, size; one with a descriptor"""
        good = self.grant()
        for name, packet in {
                "version 0": b"\0" + good[1:], "version 2": b"\2" + good[1:],
                "kind 0": good[:1] + b"\0" + good[2:], "kind 255": good[:1] + b"\xff" + good[2:],
                "WHO": encode("WHO", USER="ueno"), "STATE": encode("STATE", USER="ueno"),
                "one byte": b"\1", "64 KiB and more": good + b"\0" * 65536,
                "64 KiB": good + b"\0" * (65536 - len(good)),
        }.items():
            with self.subTest(name):
                self.fresh()
                self.dropped(packet)
        self.fresh()
        self.dropped(good, descriptor=True)

    def test_incomplete(self):
        """Keys without one of their parts, keys and endpoint mixed, no credentials at all"""
        keys = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "EXPIRES_AT")
        cases = [{name: None} for name in keys]
        cases += [dict.fromkeys(keys), {"ENDPOINT_URI": "http://127.0.0.1:1/"},
                  {"ENDPOINT_URI": "http://127.0.0.1:1/", "ENDPOINT_TOKEN": b"token"},
                  {"EXPIRES_AT": 2**63}, {"REFRESH_AT": 2**64 - 1}, {"ROLE": None}]
        for changes in cases:
            with self.subTest(str(changes)):
                self.fresh()
                self.dropped(self.grant(**changes))

    def test_socket(self):
        """A socket's path that leads elsewhere is not exported, and nothing there is removed"""
        machine.write("/run/precious", "still here\n")
        for path in ("/run/precious", f"{machine.RUN}/../precious", f"{machine.RUN}/0/../../precious",
                     f"{machine.RUN}/precious", f"{machine.RUN}/0/.", f"{machine.RUN}/0/a/b",
                     f"{machine.RUN}x/0/a", "precious"):
            with self.subTest(path):
                self.fresh()
                self.dropped(self.grant(SOCKET=path))
                self.assertTrue(os.path.exists("/run/precious"))

    def test_none(self):
        """NONE is IGNORE, without a variable"""
        self.reply(encode("NONE"))
        with self.open(service="aws-role-20") as session:
            self.assertEqual(IGNORED, session.result)
            self.assertEqual({}, session.environment)

    def test_death(self):
        """A broker that dies is not waited for; one that dies after its reply is heard"""
        self.dropped(then="die")
        self.reply(self.grant(), then="die")
        with self.open(service="aws-role-20") as session:
            self.assertEqual(PAM_SUCCESS, session.result)

    def test_silence(self):
        """A silent broker is waited for no longer than timeout="""
        with Stopwatch() as took:
            self.dropped()
        self.assert_within(took, 2)

    def test_no_broker(self):
        """A broker that is not there, or cannot run, is told and refuses"""
        for content in (None, b"not a program"):
            with self.subTest(content):
                os.unlink(BROKER)
                if content:
                    machine.write(BROKER, content, 0o755)
                self.dropped()
                machine.write(BROKER, b"")

    def test_second_reply(self):
        """What follows the reply is not read"""
        self.reply(self.grant(), encode("NONE"), self.grant(REGION="eu-west-1"))
        session = PamSession("ueno", "aws-role-20")
        with session:
            self.assertEqual(machine.REGION, session.environment["AWS_REGION"])
