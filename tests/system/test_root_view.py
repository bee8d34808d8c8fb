# SPDX-License-Identifier: BSD-3-Clause
"""What root sees and ends: the audit lines, aws-role status --all, aws-role revoke."""

import datetime
import json
import os
import re
import signal
import stat
import struct
import subprocess

from . import machine, processes
from .case import SystemTest
from .helper_broker import boottime, encode
from .login import PATIENCE_SECONDS, SshSession, build, ssh
from .pam_handle import SERVICE, PamHandle

ELSEWHERE = ("unshare", "--pid", "--fork", "--mount-proc")
LIFETIME = 12       # seconds; new credentials are fetched after eight of them
BOTH = "[user ueno]\nroles = developer audit\n\n[user nemo]\nroles = audit\n"


def aws_role(*words, user=0):
    """(status, standard output, standard error)."""
    done = subprocess.run(["aws-role", *words], check=False, user=user, group=user,
                          extra_groups=(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=PATIENCE_SECONDS)
    return done.returncode, done.stdout, done.stderr


def pairs(line):
    """key → value of a line of the log."""
    return {key: quoted or plain for key, quoted, plain
            in re.findall(r' (\w+)=(?:"([^"]*)"|(\S+))', line)}


class Audit(SystemTest):
    """Lines of the log."""

    def test_life(self):
        """Grant, refresh and end: each says who, whence, what, until when and whose key"""
        self.aws.lifetime(LIFETIME)
        with SshSession("ueno") as session:
            held = session.environment()
            first = pairs(self.wait_for_log("role granted"))
            processes.wait_for(lambda: session.run("aws-role status") and any(
                "role refreshed" in line for line in self.new_log()), 30)
            session.close()
        last = pairs(self.wait_for_log("role refreshed"))
        end = pairs(self.wait_for_log("role ended"))
        self.assertEqual({
            "user": "ueno", "uid": str(self.ueno.uid), "service": "sshd", "tty": "ssh",
            "rhost": "127.0.0.1", "role": "developer", "session": "ueno",
            "arn": f"arn:aws:sts::{machine.ACCOUNT}:assumed-role/Developer/ueno",
            "key": held["AWS_ACCESS_KEY_ID"], "expires": held["AWS_CREDENTIAL_EXPIRATION"],
            "source": "instance metadata"},
            {name: value for name, value in first.items() if name != "login"})
        self.assertNotEqual(first["key"], last["key"])
        self.assertEqual({**last, "reason": "the session is over"}, end)

    def test_once(self):
        """The same credentials are told once a session, however often they are asked for"""
        with SshSession("ueno") as session:
            for _ in range(3):
                session.run("aws-role status")
        self.wait_for_log("role ended")
        self.assertEqual(1, sum("role granted" in line or "role refreshed" in line
                                for line in self.new_log()))

    def test_refusal(self):
        """A refusal has AWS's code and request id, as CloudTrail has them"""
        self.aws.update_role(machine.DEVELOPER, trust=[])
        self.addCleanup(self.aws.update_role, machine.DEVELOPER, trust=[machine.BASTION])
        with SshSession("ueno"):
            line = pairs(self.wait_for_log("no credentials"))
        self.assertEqual(("ueno", "developer", "AccessDenied"),
                         (line["user"], line["role"], line["code"]))
        self.assertEqual(self.aws.requests("sts", "AssumeRole")[-1]["request_id"], line["request"])

    def test_withdrawn(self):
        """A role that the configuration takes away is told when the session asks again"""
        with SshSession("ueno") as session:
            self.aws.lifetime(None)
            machine.configure("[user ueno]\nroles =\n")
            session.run("aws-role status")
            line = pairs(self.wait_for_log("no credentials"))
            self.assertEqual("developer", line["role"])
            self.assertIn("no role", line["reason"])
            self.wait_for_log("role withdrawn user=ueno")

    def test_escaped(self):
        """What an application calls itself cannot forge a line or a key"""
        machine.pam_service("aws-role-audit", "session optional MODULE",
                            "session required pam_permit.so")
        with PamHandle("aws-role-audit", "ueno") as handle:
            handle.set_item(SERVICE, "aws-role-audit")
            handle.set_item(4, "evil\nrole granted user=root uid=0 \" x=\x1b[2J")     # PAM_RHOST
            handle.open()
            line = self.wait_for_log(r"role granted user=ueno")
            handle.close()
        self.assertTrue(line.isascii() and line.isprintable(), line)
        self.assertIn(r'rhost="evil\x0Arole granted user=root uid=0 \x22 x=\x1B[2J"', line)


class StatusAll(SystemTest):
    """aws-role status --all."""

    def setUp(self):
        super().setUp()
        machine.configure(BOTH)

    def rows(self):
        """The array of status --all --json."""
        status, text, errors = aws_role("status", "--all", "--json")
        self.assertEqual((0, ""), (status, errors))
        return json.loads(text)

    def test_json(self):
        """Root sees each role of each session, with what the session itself has"""
        self.assertEqual([], self.rows())
        with SshSession("ueno") as one, SshSession("nemo"):
            one.run("AWS_ROLE_NAME=audit aws-role status")
            held = one.environment()
            found = {(row["user"], row["role"]): row for row in self.rows()}
            self.assertEqual({("ueno", "developer"), ("ueno", "audit"), ("nemo", "audit")},
                             set(found))
            row = found["ueno", "developer"]
            self.assertEqual(
                (self.ueno.uid, "sshd", "127.0.0.1", machine.DEVELOPER,
                 held["AWS_ACCESS_KEY_ID"], held["AWS_CREDENTIAL_EXPIRATION"]),
                (row["uid"], row["service"], row["rhost"], row["role_arn"],
                 row["access_key_id"], row["expires_at"]))
            self.assertIn(row["broker_pid"], [one.pid for one in processes.ours()])
        processes.wait_for(lambda: self.rows() == [])

    def test_asks_nobody(self):
        """Looking starts no agent and makes no request"""
        with SshSession("ueno"):
            before = self.calls()
            self.assertEqual(1, len(self.rows()))
            self.assertEqual([], processes.ours("aws-role-agent"))
            self.assertEqual(before, self.calls())

    def test_waiting(self):
        """A session that waits for its credentials is there without a role"""
        self.aws.fault("sts", "refuse")
        with SshSession("ueno"):
            row, = self.rows()
            self.assertEqual(("ueno", "developer", None, None), (
                row["user"], row["role"], row["access_key_id"], row["expires_at"]))
            self.assertIn("sts", row["last_error"])
            self.assertRegex(aws_role("status", "--all")[1],
                             r"(?m)^ueno +developer +- +none yet +- +sshd")

    def test_lines(self):
        """For people: titles, and a line a role"""
        with SshSession("ueno"):
            status, text, _ = aws_role("status", "--all")
        self.assertEqual(0, status)
        self.assertRegex(text, r"^USER +ROLE +ACCOUNT +TIME LEFT +KEY +SERVICE +FROM +LOGIN "
                               r"+SESSION +BROKER\n"
                               rf"ueno +developer +{machine.ACCOUNT} +\d+ min +ASIA\w+ +sshd +127.0.0.1 ")

    def test_root_alone(self):
        """A person is told that it is for root, and cannot read what is there"""
        with SshSession("nemo") as session:
            status, text, errors = aws_role("status", "--all", user=self.nemo.uid)
            self.assertEqual((1, ""), (status, text))
            self.assertIn("for root", errors)
            ledger = session.environment()["AWS_ROLE_SOCKET"] + ".held"
            found = os.lstat(ledger)
            self.assertEqual((0, 0o600), (found.st_uid, stat.S_IMODE(found.st_mode)))
            self.assertNotEqual(0, session.run(f"cat {ledger}")[0])

    def test_no_secret(self):
        """The ledger holds no secret"""
        with SshSession("ueno") as session:
            held = session.environment()
            with open(held["AWS_ROLE_SOCKET"] + ".held", "rb") as file:
                text = file.read()
        self.assertIn(held["AWS_ACCESS_KEY_ID"].encode(), text)
        for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            self.assertNotIn(held[name].encode(), text)


class Revoke(SystemTest):
    """aws-role revoke."""

    def setUp(self):
        super().setUp()
        machine.configure(BOTH)

    def of_person(self, person):
        """The entries of the cache that are the person's; a lock holds nothing."""
        return [name for name in os.listdir(machine.RUN + "/cache")
                if name.startswith(f"{person.uid}-") and not name.endswith(".lock")]

    def test_revoke(self):
        """Ends all that the person has here, and nothing of anybody else's"""
        with SshSession("ueno") as one, SshSession("ueno") as two, SshSession("nemo") as other:
            one.run("aws-role status")
            self.assertTrue(self.of_person(self.ueno))
            theirs = [row["broker_pid"] for row in json.loads(
                aws_role("status", "--all", "--json")[1]) if row["user"] == "nemo"]
            status, text, errors = aws_role("revoke", "ueno")
            self.assertEqual(0, status, errors)
            json.loads(text)
            self.assertEqual([], [one for one in processes.ours()
                                  if self.ueno.uid in one.uids])
            left = [one.pid for one in processes.settled("aws-role-broker")]
            self.assertEqual(theirs, left)
            self.assertEqual([], os.listdir(f"{machine.RUN}/{self.ueno.uid}"))
            self.assertEqual([], self.of_person(self.ueno))
            self.assertTrue(self.of_person(self.nemo))
            self.assertIn("2 sessions ended with 2 roles", errors)
            # Their logins go on, and nothing answers them any more.
            for session in (one, two):
                self.assertEqual(3, session.run("aws-role status")[0])
            self.assertEqual(0, other.run("aws-role status")[0])
            line = pairs(self.wait_for_log("role revoked"))
            self.assertEqual(("ueno", "developer", one.environment()["AWS_ACCESS_KEY_ID"]),
                             (line["user"], line["role"], line["key"]))

    def check_policy(self, text, errors, *names, role="Developer", account=machine.ACCOUNT):
        """The policy denies what was issued by now, to these sessions and no others."""
        statement, = json.loads(text)["Statement"]
        self.assertEqual(("Deny", "*", "*"), (statement["Effect"], statement["Action"],
                                              statement["Resource"]))
        self.assertEqual({"aws:userid": [f"*:{name}" for name in names]},
                         statement["Condition"]["StringLike"])
        before = datetime.datetime.fromisoformat(
            statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"])
        self.assertGreater(before, datetime.datetime.now(datetime.timezone.utc))
        accepted = {request["params"]["RoleSessionName"]
                    for request in self.aws.requests("sts", "AssumeRole")}
        self.assertLessEqual(set(names), accepted)
        self.assertRegex(errors, rf"aws iam put-role-policy --role-name {role} .*{account}")

    def test_policy(self):
        """Prints a policy that denies what was issued to the person's sessions by now"""
        with SshSession("ueno"):
            status, text, errors = aws_role("revoke", "ueno")
        self.assertEqual(0, status)
        self.check_policy(text, errors, "ueno")

    def test_policy_after(self):
        """The session over, the account and its mapping gone, another session name: the same"""
        machine.configure("[user ueno]\nroles = developer\n", machine.CONFIGURATION.replace(
            "duration_seconds = 3600", "duration_seconds = 3600\nrole_session_name = dev-%{user}"))
        for gone in (False, True):
            with self.subTest(gone=gone):
                ssh("ueno", "true", check=True)
                kept = machine.keep("/etc/passwd")
                if gone:
                    machine.configure("")
                    machine.write("/etc/passwd", b"".join(
                        line for line in kept[0].splitlines(True)
                        if not line.startswith(b"ueno:")))
                    self.addCleanup(machine.restore, "/etc/passwd", kept)
                status, text, errors = aws_role("revoke", str(self.ueno.uid))
                self.assertEqual(0, status, errors)
                self.check_policy(text, errors, "dev-ueno")

    def test_hidden(self):
        """What a person has had forgotten is out all the same, and root sees and ends it"""
        with SshSession("ueno") as session:
            self.ask(session.environment(), self.ueno, "LOGOUT")
            self.wait_for_log("role ended")
            rows = json.loads(aws_role("status", "--all", "--json")[1])
            self.assertEqual([("ueno", "developer", session.environment()["AWS_ACCESS_KEY_ID"])],
                             [(row["user"], row["role"], row["access_key_id"]) for row in rows])
            status, text, errors = aws_role("revoke", "ueno")
        self.assertEqual(0, status)
        self.check_policy(text, errors, "ueno")

    def test_behind(self):
        """Sessions of others that the person came to, as by sudo, are named, and stay"""
        def come_as_ueno():
            with open("/proc/self/loginuid", "w", encoding="ascii") as file:
                file.write(str(self.ueno.uid))
        with self.open("nemo", before=come_as_ueno):
            before = [one.pid for one in processes.settled("aws-role-broker")]
            _, _, errors = aws_role("revoke", "ueno")
            self.assertIn("ueno also came in as nemo, role audit: aws-role revoke nemo", errors)
            self.assertEqual(before, [one.pid for one in processes.settled("aws-role-broker")])

    def test_numbers(self):
        """A number that is no uid ends nobody, and not everybody either"""
        with SshSession("ueno"):
            before = {one.pid for one in processes.settled("aws-role-broker")}
            for number in ("4294967295", str(2**32 + self.ueno.uid), "-1", "0x7d0"):
                status, text, errors = aws_role("revoke", "--", number)
                self.assertEqual((1, ""), (status, text), errors)
                self.assertIn("there is no user", errors)
            self.assertEqual(before, {one.pid for one in processes.settled("aws-role-broker")})

    def test_other_proc(self):
        """A login that does not see our processes leaves the sockets of those that live"""
        with SshSession("ueno") as session:
            held = session.environment()["AWS_ROLE_SOCKET"]
            subprocess.run([*ELSEWHERE, build() + "/tests/system/pam_client", "aws-role", "ueno"],
                           check=True, timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL)
            self.wait_for_log(r"role granted.* service=aws-role\b")
            self.assertTrue(os.path.exists(held) and os.path.exists(held + ".held"))
            rows = json.loads(subprocess.run(
                [*ELSEWHERE, "aws-role", "status", "--all", "--json"], check=True,
                stdout=subprocess.PIPE).stdout)
            self.assertIn("developer", [row["role"] for row in rows])
            done = subprocess.run([*ELSEWHERE, "aws-role", "revoke", "ueno"], check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual(1, done.returncode)
            self.assertIn("is not seen from here", done.stderr)
            self.assertTrue(os.path.exists(held))
            self.assertEqual(0, aws_role("revoke", "ueno")[0])
            self.assertEqual([], processes.settled("aws-role-broker"))

    def test_forged(self):
        """A ledger that speaks of somebody else, or of everybody, is not believed"""
        with SshSession("ueno") as session:
            ledger = session.environment()["AWS_ROLE_SOCKET"] + ".held"
            for uid, arn in ((0, "arn:aws:sts::1:assumed-role/Admin/root"),
                             (self.ueno.uid, "arn:aws:sts::1:assumed-role/Admin/*")):
                record = encode("HELD", USER="root", UID=uid, ROLE="admin", ARN=arn,
                                ACCESS_KEY_ID="ASIAFORGED", VALID_UNTIL=boottime(3600))
                with open(ledger, "r+b") as file:
                    file.seek(8192)
                    file.write(struct.pack("=I", len(record)) + record)
                rows = json.loads(aws_role("status", "--all", "--json")[1])
                self.assertEqual(uid != 0, "admin" in [row["role"] for row in rows])
            _, text, _ = aws_role("revoke", "ueno")
            self.assertNotIn("*:*", text)
            self.assertNotIn("Admin", text)

    def test_stopped(self):
        """A stub and an agent that their person has stopped end, too"""
        with SshSession("ueno") as session:
            session.run("aws-role status")
            stopped = [one for one in processes.ours() if self.ueno.uid in one.uids]
            self.assertEqual({"aws-role-stub", "aws-role-agent"}, {one.name for one in stopped})
            for one in stopped:
                os.kill(one.pid, signal.SIGSTOP)
            self.assertEqual(0, aws_role("revoke", "ueno")[0])
            self.assertEqual([], processes.wait_gone(stopped))

    def test_nobody_there(self):
        """Without a session the cache goes; with nothing known, no policy is made up"""
        ssh("ueno", "true", check=True)
        self.assertTrue(self.of_person(self.ueno))
        status, _, errors = aws_role("revoke", str(self.ueno.uid))
        self.assertEqual(0, status)
        self.assertIn("0 sessions ended", errors)
        self.assertEqual([], self.of_person(self.ueno))
        status, text, errors = aws_role("revoke", "ueno")
        self.assertEqual((1, ""), (status, text))
        self.assertIn("nothing is known here", errors)

    def test_refused(self):
        """Not root, nobody of that name, the service user, no name: a sentence each"""
        for words, user, expected, sentence in (
                (["ueno"], self.nemo.uid, 1, "is for root"),
                (["nobody-of-this-name"], 0, 1, "there is no user"),
                (["2000x"], 0, 1, "there is no user"),
                ([machine.SERVICE_USER], 0, 1, "name a person"),
                ([], 0, 2, "whose roles"),
                (["ueno", "nemo"], 0, 2, "takes one person")):
            with self.subTest(words):
                status, text, errors = aws_role("revoke", *words, user=user)
                self.assertEqual((expected, ""), (status, text))
                self.assertIn(sentence, errors)
