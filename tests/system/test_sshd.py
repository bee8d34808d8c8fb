# SPDX-License-Identifier: BSD-3-Clause
"""A real sshd with UsePAM: what sessions hold, and which processes live beside them."""

import hashlib
import os
import pwd
import subprocess

from . import machine, processes, sshd
from .case import KEY_VARIABLES, SystemTest
from .login import PATIENCE_SECONDS, SshSession, parse_environment, ssh

ALL_BYTES = bytes(range(256)) * 4096


class Sshd(SystemTest):
    """ueno has the role developer, nemo none."""

    def test_command(self):
        """A command sees its variables"""
        done = ssh("ueno", "env -0", check=True)
        self.assert_holds_keys(parse_environment(done.stdout.decode()))
        self.assertEqual(b"", done.stderr)

    def test_output(self):
        """A command's input, output and errors pass byte for byte, and its status"""
        done = ssh("ueno", "tee /dev/stderr; exit 7", standard_input=ALL_BYTES)
        self.assertEqual(7, done.returncode)
        self.assertEqual(hashlib.sha256(ALL_BYTES).digest(), hashlib.sha256(done.stdout).digest())
        self.assertEqual(hashlib.sha256(ALL_BYTES).digest(), hashlib.sha256(done.stderr).digest())

    def test_pty(self):
        """A session with a terminal sees its variables, too"""
        done = ssh("ueno", "tty && env -0", tty=True, check=True)
        terminal, _, environment = done.stdout.decode().partition("\r\n")
        self.assertRegex(terminal, r"^/dev/pts/\d+$")
        self.assert_holds_keys(parse_environment(environment))

    def test_login_shell(self):
        """A login shell on a terminal sees its variables"""
        done = ssh("ueno", tty=True, standard_input=b"echo [$AWS_ROLE_NAME:$AWS_REGION]\nexit\n")
        self.assertIn(f"[developer:{machine.REGION}]".encode(), done.stdout)
        self.assertEqual(0, done.returncode)

    def _copy(self, *words):
        """Runs a client of sftp's protocol; the file that it brought to ueno's home."""
        source = "/run/to-copy"
        machine.write(source, ALL_BYTES)
        target = os.path.join(self.ueno.home, "copied")
        if os.path.exists(target):
            os.unlink(target)
        done = subprocess.run([word.replace("SOURCE", source) for word in words], check=False,
                              input=f"put {source} copied\n".encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE_SECONDS)
        self.assertEqual((0, b""), (done.returncode, done.stderr))
        with open(target, "rb") as file:
            self.assertEqual(ALL_BYTES, file.read())

    def test_scp(self):
        """scp copies, by its new protocol and by its old one"""
        self._copy("scp", "-q", "SOURCE", "ueno@localhost:copied")
        self._copy("scp", "-q", "-O", "SOURCE", "ueno@localhost:copied")

    def test_sftp(self):
        """sftp copies"""
        self._copy("sftp", "-q", "-b", "-", "ueno@localhost")

    def test_unmapped(self):
        """An unmapped person's session holds nothing and has no process of ours"""
        with SshSession("nemo") as session:
            self.assert_holds_nothing(session.environment())
            self.assertEqual([], processes.wait_gone(processes.ours()))

    def test_processes(self):
        """Broker as _aws-role, stub as the person, no helper; none within a second of the end"""
        service = pwd.getpwnam(machine.SERVICE_USER)
        with SshSession("ueno") as session:
            running = processes.ours()
            self.assertEqual(["aws-role-broker", "aws-role-stub"],
                             sorted(one.name for one in running))
            broker, stub = sorted(running)[0], sorted(running)[1]
            if broker.name != "aws-role-broker":
                broker, stub = stub, broker
            self.assertEqual(({service.pw_uid}, {service.pw_gid}), (broker.uids, broker.gids))
            self.assertLessEqual(set(broker.groups), {service.pw_gid})
            self.assertEqual(({self.ueno.uid}, {self.ueno.uid}), (stub.uids, stub.gids))
            self.assertEqual([], stub.groups)
            session.close()
            self.assertEqual([], processes.wait_gone(running))
        self.assert_no_sockets()

    def test_agent(self):
        """A connection to the socket starts the agent as the person; it ends with the session"""
        with SshSession("ueno") as session:
            status, output = session.run("aws-role status --json")
            self.assertEqual(0, status, output)
            agents = processes.ours("aws-role-agent")
            self.assertEqual([{self.ueno.uid}], [one.uids for one in agents])
            running = processes.ours()
            session.close()
            self.assertEqual([], processes.wait_gone(running))
        self.assert_no_sockets()

    def test_background(self):
        """What a person leaves running does not keep the session's processes"""
        with SshSession("ueno") as session:
            session.run("setsid sleep 60 </dev/null >/dev/null 2>&1 &")
            running = processes.ours()
            session.close()
            self.assertEqual([], processes.wait_gone(running))
        for one in processes.ours("sleep"):
            os.kill(one.pid, 9)

    def test_terminal_is_not_theirs(self):
        """ctrl-C and a hang-up are the person's, not the broker's: it has a session of its own"""
        with SshSession("ueno"):
            for one in processes.ours():
                with open(f"/proc/{one.pid}/stat", encoding="utf-8") as file:
                    fields = file.read().rpartition(")")[2].split()
                self.assertEqual("0", fields[4], f"{one.name} has a terminal")
                self.assertNotEqual(fields[3], str(os.getsid(0)))

    def test_secrets_are_nowhere_else(self):
        """No process of ours holds a secret in its arguments or environment, and no log line does"""
        with SshSession("ueno") as session:
            session.run("aws-role status")
            environment = session.environment()
            secrets = [environment[name].encode() for name in KEY_VARIABLES[1:3]]
            for one in processes.ours():
                for name in ("cmdline", "environ"):
                    with open(f"/proc/{one.pid}/{name}", "rb") as file:
                        text = file.read()
                    self.assertFalse([secret for secret in secrets if secret in text], one)
        text = "\n".join(self.log()).encode()
        self.assertFalse([secret for secret in secrets if secret in text])

    def test_required(self):
        """With `required` a session without an answer is refused; with `optional` it goes on"""
        sshd.stack("session required MODULE timeout=1")
        self.addCleanup(sshd.stack, sshd.LINE)
        program = machine.PROGRAMS + "/aws-role-broker"
        os.rename(program, program + ".away")
        self.addCleanup(os.rename, program + ".away", program)
        self.assertNotEqual(0, ssh("ueno", "true").returncode)
        sshd.stack(sshd.LINE)
        done = ssh("ueno", "env -0")
        self.assertEqual(0, done.returncode)
        self.assert_holds_nothing(parse_environment(done.stdout.decode()))
