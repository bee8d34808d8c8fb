# SPDX-License-Identifier: BSD-3-Clause
"""aws-role-broker --user NAME: a person's role where no login comes through PAM, as on WSL."""

import contextlib
import glob
import json
import os
import re
import shutil
import signal
import subprocess

from . import machine, processes
from .case import SystemTest
from .endpoint import LINGERING, Endpoint
from .login import PATIENCE_SECONDS

BROKER = machine.PROGRAMS + "/aws-role-broker"


class WithoutLogin(SystemTest):
    """Brokers that root starts by hand."""

    def sockets(self):
        """Those of ueno."""
        return {path for path in glob.glob(f"{machine.RUN}/{self.ueno.uid}/*")
                if not path.endswith(".held")}

    @contextlib.contextmanager
    def broker(self, name="ueno"):
        """A broker that serves, for as long as the block."""
        before = self.sockets()
        with subprocess.Popen([BROKER, "--user", name], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            try:
                processes.wait_for(lambda: self.sockets() - before, PATIENCE_SECONDS)
                yield process
            finally:
                process.terminate()
                process.wait(PATIENCE_SECONDS)

    def aws_role(self, *words, person=None):
        """(status, standard output) of aws-role in a shell that has nothing of ours."""
        person = person or self.ueno
        done = subprocess.run(["aws-role", *words], check=False, user=person.uid,
                              group=person.uid, extra_groups=(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS,
                              env={"PATH": os.environ["PATH"], "HOME": person.home})
        return done.returncode, done.stdout

    def test_serves(self):
        """A shell without any variable of ours is served, and nobody asks AWS before it does"""
        with self.broker():
            self.assertEqual(0, self.calls())
            status, text = self.aws_role("status", "--json")
            self.assertEqual(0, status)
            self.assertEqual(("ueno", "developer"),
                             (json.loads(text)["user"], json.loads(text)["role"]))
            self.assertEqual(1, self.calls())
            self.assertEqual(3, self.aws_role("status", person=self.nemo)[0])

    def test_endpoint(self):
        """export = endpoint: the endpoint and no keys, as for a login"""
        machine.configure("[user ueno]\nroles = developer\n", LINGERING)
        with self.broker():
            status, text = self.aws_role("env", "--shell", "json")
            self.assertEqual(0, status)
            variables = json.loads(text)
            self.assertNotIn("AWS_SECRET_ACCESS_KEY", variables)
            reply = Endpoint(variables, self.ueno.uid).get()
            self.assertEqual(200, reply.status)
            self.assertRegex(reply.body["AccessKeyId"], "^ASIA")

    def test_endpoint_late(self):
        """So it is for a login that the configuration did not load for"""
        machine.configure("[user ueno]\nroles = developer\n[user\n")
        with self.open() as session:
            self.assert_holds_no_keys(session.environment)
            machine.configure("[user ueno]\nroles = developer\n", LINGERING)
            processes.wait_for(lambda: self.ask(session.environment, self.ueno, "GET")[0] ==
                               "GRANT", PATIENCE_SECONDS)
            fields = self.ask(session.environment, self.ueno, "GET")[1]
            self.assertNotIn("SECRET_ACCESS_KEY", fields)
            self.assertIn("ENDPOINT_TOKEN", fields)

    def test_end(self):
        """SIGTERM ends it and all that belongs to it, and the log says so"""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(number), self.broker() as process:
                self.assertEqual(0, self.aws_role("status")[0])
                process.send_signal(number)
                self.assertEqual(0, process.wait(PATIENCE_SECONDS))
                self.assertEqual([], processes.wait_gone(processes.ours(), 5))
                self.assertEqual(3, self.aws_role("status")[0])
            self.wait_for_log("role ended user=ueno .*reason=\"the session is over\"")
            self.fresh()

    def test_swept(self):
        """Its socket goes with the next session's beginning, a login's or another broker's"""
        with self.broker():
            left = self.sockets()
        self.assertEqual(left, self.sockets())
        with self.open():
            self.assertEqual(set(), left & self.sockets())

    def test_beside_a_login(self):
        """A login has its own session, and each ends alone"""
        with self.broker(), self.open() as session:
            self.assert_holds_keys(session.environment)
            session.close()
            self.assertEqual(0, self.aws_role("status")[0])

    def test_privilege(self):
        """It keeps nothing of root, and holds no port that anybody can connect to"""
        listening = ("ss", "-Htln")
        before = machine.run(*listening)
        with self.broker() as process:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
            self.assertEqual("0000000000000000", status["CapEff"])
            self.assertNotIn("0", status["Uid"].split())
            self.assertEqual("1", status["NoNewPrivs"])
            self.assertEqual(before, machine.run(*listening))

    def test_refused(self):
        """Nobody of that name, no name, or not root: a sentence and an exit status"""
        for words, user, status, sentence in (
                (("--user", "nobody-of-this-name"), 0, 1, "no such user"),
                (("--user", ""), 0, 1, "no such user"),
                (("--user", "x" * 5000), 0, 1, "no such user"),
                (("--user",), 0, 2, "with --user NAME"),
                (("--user", "ueno"), self.ueno.uid, 1, "is for root")):
            done = subprocess.run([BROKER, *words], check=False, user=user, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=PATIENCE_SECONDS)
            self.assertEqual((status, True), (done.returncode, sentence in done.stdout),
                             done.stdout)
        self.assertEqual([], processes.ours())

    def test_no_role(self):
        """Somebody without a role: a sentence, a line of the log and an exit status, and no request"""
        machine.configure("[user ueno]\nroles =\n")
        done = subprocess.run([BROKER, "--user", "ueno"], check=False, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=PATIENCE_SECONDS)
        sentence = "the configuration gives ueno no role: aws-role check --user tells why"
        self.assertEqual((1, f"aws-role-broker: ueno: {sentence}\n"), (done.returncode, done.stdout))
        self.wait_for_log(f'no AWS role user=ueno reason="{sentence}"')
        self.assertEqual([], processes.wait_gone(processes.ours(), 5))
        self.assertEqual(0, self.calls())

    def test_no_configuration(self):
        """A configuration that does not load is no reason to end: it may load later"""
        machine.configure("[user ueno]\nroles = developer\n[user\n")
        with self.broker():
            self.assertEqual(1, self.aws_role("status")[0])
            machine.configure("[user ueno]\nroles = developer\n")
            processes.wait_for(lambda: self.aws_role("status")[0] == 0, PATIENCE_SECONDS)

    def test_unit(self):
        """systemd's unit, an instance a person, starts what is installed"""
        unit = machine.PREFIX + "/lib/systemd/system/aws-role@.service"
        with open(unit, encoding="utf-8") as file:
            started = re.search(r"^ExecStart=(.*)$", file.read(), flags=re.M).group(1)
        self.assertEqual(f"{BROKER} --user %i", started)
        if shutil.which("systemd-analyze"):
            done = subprocess.run(["systemd-analyze", "--man=no", "verify",
                                   unit.replace("@", "@ueno")], check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.assertNotIn("aws-role@", done.stdout)
