# SPDX-License-Identifier: BSD-3-Clause
"""aws-role's verbs for a person, in an ssh session: what a shell, a command or an SDK gets."""

import json
import os
import shlex
import shutil
import time

from . import machine
from .case import KEY_VARIABLES, REGION_VARIABLES, VARIABLES, SystemTest
from .login import SshSession, parse_environment
from .stopwatch import Stopwatch

DEVELOPER = f"arn:aws:sts::{machine.ACCOUNT}:assumed-role/Developer/ueno"
AUDIT = "arn:aws:sts::210987654321:assumed-role/Audit/ueno"
# The last role of the machine's is audit.
CONFIGURATION = machine.CONFIGURATION + f"region = {machine.OTHER_REGION}\n"
PEOPLE = "[user ueno]\nroles = developer audit\n"
CALLER = "aws sts get-caller-identity"
# What is there of a session where nothing of it came along.
BARE = "env -i HOME=\"$HOME\" PATH=\"$PATH\" LANG=C.UTF-8"


class PersonCommand(SystemTest):
    """ueno, who has two roles in two regions."""

    def setUp(self):
        super().setUp()
        machine.configure(PEOPLE, CONFIGURATION)
        self.session = SshSession("ueno")
        self.addCleanup(self.session.close)

    def run_ok(self, command):
        """What a command of the session's shell prints; it has to succeed, and say nothing else."""
        status, output = self.session.run(command + " 2>&1")
        self.assertEqual(0, status, output)
        return output.decode()

    def run_status(self, command):
        """(status, standard output, standard error)."""
        status, output = self.session.run(f"{{ {command}; }} 2>/tmp/said.$$")
        said = self.session.run("cat /tmp/said.$$; rm -f /tmp/said.$$")[1]
        return status, output.decode(), said.decode()

    def need(self, *programs):
        """Skips where one is missing."""
        for program in programs:
            if shutil.which(program) is None:
                self.skipTest(f"there is no {program} here")

    def assert_same(self, expected, environment):
        """All variables of a session are those of another; the time to ask again may be rounded."""
        both = [{name: one.get(name) for name in VARIABLES} for one in (expected, environment)]
        times = [int(one.pop("AWS_ROLE_REFRESH_AT")) for one in both]
        self.assertEqual(*both)
        self.assertLessEqual(abs(times[0] - times[1]), 2)

    def caller(self, command):
        """Who AWS takes the caller of `command` for."""
        self.need("aws")
        return json.loads(self.run_ok(command))["Arn"]


class Env(PersonCommand):
    """aws-role env."""

    def test_shells(self):
        """aws-role env gives each shell what the login exported, with or without its socket"""
        expected = self.session.environment()
        self.assert_holds_keys(expected)
        shells = [("dash", "eval \"$(aws-role env)\""), ("bash", "eval \"$(aws-role env)\""),
                  ("zsh", "eval \"$(aws-role env --shell sh)\""),
                  ("fish", "aws-role env --shell fish | source"),
                  ("fish", "eval (aws-role env --shell fish)"),
                  ("tcsh", "eval \"`aws-role env --shell csh`\"")]
        for shell, command in shells:
            if shutil.which(shell) is None:
                continue
            for socket in ("", "AWS_ROLE_SOCKET=\"$AWS_ROLE_SOCKET\""):
                with self.subTest(shell, socket=socket):
                    text = self.run_ok(f"{BARE} {socket} {shell} -c "
                                       + shlex.quote(command + "; env -0"))
                    self.assert_same(expected, parse_environment(text))

    def test_programs(self):
        """JSON and dotenv have what the login exported"""
        expected = self.session.environment()
        self.assert_same(expected, json.loads(self.run_ok("aws-role env --shell json")))
        lines = self.run_ok("aws-role env --shell dotenv").splitlines()
        self.assert_same(expected, dict(line.split("=", 1) for line in lines))

    def test_other_role(self):
        """Another role's keys and its region, in this shell alone; the session keeps its own"""
        self.run_ok("eval \"$(aws-role env --role audit)\"")
        environment = self.session.environment()
        self.assert_holds_keys(environment, machine.OTHER_REGION, "audit")
        self.assertEqual(AUDIT, self.caller(CALLER))
        with SshSession("ueno") as other:
            self.assertEqual("developer", other.environment()["AWS_ROLE_NAME"])

    def test_endpoint(self):
        """A session of an endpoint: its address and token, and none of the keys that are there"""
        machine.configure(PEOPLE, CONFIGURATION.replace(
            "[defaults]", "[defaults]\nexport = endpoint\nlinger_seconds = 0"))
        with SshSession("ueno") as session:
            expected = session.environment()
            self.assertIn("AWS_CONTAINER_CREDENTIALS_FULL_URI", expected)
            status, output = session.run(
                "unset AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_AUTHORIZATION_TOKEN; "
                "AWS_ACCESS_KEY_ID=old AWS_SECURITY_TOKEN=old; export AWS_ACCESS_KEY_ID "
                "AWS_SECURITY_TOKEN; eval \"$(aws-role env)\"; env -0")
            self.assertEqual(0, status, output)
            environment = parse_environment(output.decode())
            for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                         "AWS_ROLE_NAME", *REGION_VARIABLES):
                self.assertEqual(expected[name], environment[name], name)
            self.assertEqual([], [name for name in (*KEY_VARIABLES, "AWS_SECURITY_TOKEN")
                                  if name in environment])

    def test_hook(self):
        """For a prompt it takes less than a second, also while AWS does not answer"""
        self.aws.fault("sts", "hold")
        for words in ("--role audit", ""):
            with Stopwatch() as took:
                status, output, said = self.run_status(f"aws-role env --hook {words}")
            self.assert_within(took, 1.3)
            self.assertEqual((1 if words else 0, ""), (status, said))
            self.assertIn("_aws_role_why=", output)
        self.aws.clear()


class Shell(PersonCommand):
    """The verbs that change a shell: here by eval, as the shell's function does."""

    def shell(self, words):
        """Runs a verb for this shell: what it says to the person."""
        status, _, said = self.run_status(f"code=$(aws-role {words} --shell sh)")
        self.assertEqual(0, status, said)
        self.session.run("eval \"$code\"; unset code")
        return said

    def test_switch(self):
        """switch and back again: role, region and who AWS takes one for"""
        before = self.session.environment()
        self.assertIn("the role audit, good for 59 min", self.shell("switch audit"))
        self.assert_holds_keys(self.session.environment(), machine.OTHER_REGION, "audit")
        self.assertEqual(AUDIT, self.caller(CALLER))
        self.shell("switch developer")
        self.assert_same(before, self.session.environment())

    def test_switch_refused(self):
        """A role that is not ueno's: the reason, and the shell stays as it is"""
        status, output, said = self.run_status("aws-role switch ops --shell sh")
        self.assertEqual((1, ""), (status, output))
        self.assertRegex(said, r"^aws-role switch: .*ops.*\n$")

    def test_refresh(self):
        """refresh has newer credentials at once, and only this shell's role is asked for"""
        before = self.session.environment()["AWS_ACCESS_KEY_ID"]
        calls = self.calls()
        self.assertIn("newest credentials for the role developer", self.shell("refresh"))
        self.assertEqual(calls + 1, self.calls())
        after = self.session.environment()["AWS_ACCESS_KEY_ID"]
        self.assertNotEqual(before, after)
        self.assertEqual(DEVELOPER, self.caller(CALLER))

    def test_refresh_slow(self):
        """refresh waits for an answer that takes longer than the agent does"""
        self.aws.fault("sts", "slow", seconds=4, count=1)
        before = self.session.environment()["AWS_ACCESS_KEY_ID"]
        self.shell("refresh")
        self.assertNotEqual(before, self.session.environment()["AWS_ACCESS_KEY_ID"])

    def test_off(self):
        """off leaves nothing of the session, not even its region; login brings it back"""
        before = self.session.environment()
        self.shell("off")
        left = {name: value for name, value in self.session.environment().items()
                if name.startswith("AWS_")}
        self.assertEqual({"AWS_ROLE_REFRESH_AT": "9999999999"}, left)
        self.shell("login")
        self.assert_same(before, self.session.environment())

    def test_logout(self):
        """logout has the session forget: the next credentials are others"""
        before = self.session.environment()["AWS_ACCESS_KEY_ID"]
        self.shell("logout")
        self.assertNotIn("AWS_ACCESS_KEY_ID", self.session.environment())
        self.shell("login")
        environment = self.session.environment()
        self.assert_holds_keys(environment)
        self.assertTrue(before)

    def test_alone(self):
        """Without a shell to evaluate it: refresh works, switch and off say what to type"""
        self.assertIn("eval \"$(aws-role env)\"", self.run_ok("aws-role refresh"))
        for words, mend in (("switch audit", "eval \"$(aws-role env --role audit)\""),
                            ("off", "eval \"$(aws-role off --shell sh)\"")):
            status, output, said = self.run_status(f"aws-role {words}")
            self.assertEqual((2, ""), (status, output))
            self.assertIn(mend, said)


class Exec(PersonCommand):
    """aws-role exec."""

    def test_roles(self):
        """exec: the command has the role, also where the session's variables are not there"""
        self.assertEqual(AUDIT, self.caller(f"aws-role exec --role audit -- {CALLER}"))
        self.assertEqual(DEVELOPER, self.caller(f"{BARE} aws-role exec {CALLER}"))

    def test_endpoint(self):
        """exec --endpoint: an SDK gets keys by the endpoint, and newer ones later"""
        self.assertEqual(AUDIT, self.caller(f"aws-role exec --endpoint --role audit -- {CALLER}"))
        text = self.run_ok("aws-role exec --endpoint -- env -0")
        environment = parse_environment(text)
        self.assertNotIn("AWS_ACCESS_KEY_ID", environment)
        self.assertIn("AWS_CONTAINER_AUTHORIZATION_TOKEN", environment)

    def test_waits(self):
        """exec waits for credentials that are under way; status and codes are the command's"""
        self.aws.fault("sts", "slow", seconds=3, count=1)
        start = time.monotonic()
        status, output = self.session.run("aws-role exec --role audit -- sh -c "
                                          "'echo $AWS_ROLE_NAME; exit 42'")
        self.assertEqual((42, b"audit\n"), (status, output))
        self.assertGreater(time.monotonic() - start, 2)
        self.assertEqual(127, self.session.run("aws-role exec no-such-command 2>/dev/null")[0])
        self.assertEqual(126, self.session.run("aws-role exec /etc/passwd 2>/dev/null")[0])

    def test_denied(self):
        """What AWS denies is told at once, and no command is run"""
        self.aws.fault("sts", "code", code="AccessDenied", status=403)
        start = time.monotonic()
        status, output, said = self.run_status("aws-role exec --role audit -- echo run")
        self.assertEqual((1, ""), (status, output))
        self.assertRegex(said, rf"^aws-role exec: .* was refused for {machine.AUDIT} .*\n$")
        self.assertLess(time.monotonic() - start, 10)


class Sdk(PersonCommand):
    """credential-process and profiles, by AWS's own command."""

    def setUp(self):
        super().setUp()
        self.need("aws")

    def config(self):
        """ueno's ~/.aws/config."""
        with open(f"{self.ueno.home}/.aws/config", encoding="utf-8") as file:
            return file.read()

    def tearDown(self):
        shutil.rmtree(f"{self.ueno.home}/.aws", ignore_errors=True)

    def test_profiles(self):
        """profiles --write: aws finds the roles in an environment without any variable of ours"""
        self.run_ok("aws-role profiles --write")
        self.assertEqual(DEVELOPER, self.caller(f"{BARE} {CALLER}"))
        self.assertEqual(AUDIT, self.caller(f"{BARE} aws --profile audit sts get-caller-identity"))
        self.assertEqual(DEVELOPER, self.caller(f"{BARE} AWS_PROFILE=developer {CALLER}"))
        self.assertEqual(["audit", "default", "developer"],
                         sorted(self.run_ok(f"{BARE} aws configure list-profiles").split()))
        for name, region in (("audit", machine.OTHER_REGION), ("default", machine.REGION)):
            self.assertEqual(region, self.run_ok(f"{BARE} aws configure get region "
                                                 f"--profile {name}").strip())
        status = os.stat(f"{self.ueno.home}/.aws/config")
        self.assertEqual((0o600, self.ueno.uid), (status.st_mode & 0o7777, status.st_uid))
        self.assertIn(f"{machine.PREFIX}/bin/aws-role credential-process --role audit\n",
                      self.config())

    def test_withdrawn(self):
        """A role that ueno has no longer leaves ~/.aws/config at the next profiles --write"""
        self.run_ok("printf '[profile mine]\\nregion = x' >/tmp/mine; mkdir -m 0700 -p ~/.aws; "
                    "mv /tmp/mine ~/.aws/config; aws-role profiles --write")
        self.assertIn("[profile audit]", self.config())
        machine.configure("[user ueno]\nroles = developer\n", CONFIGURATION)
        with SshSession("ueno") as session:
            self.assertEqual(0, session.run("aws-role profiles --write")[0])
        self.assertNotIn("audit", self.config())
        self.assertTrue(self.config().startswith("[profile mine]\nregion = x\n"))

    def test_own_keys(self):
        """A person's own profile wins, and is left alone"""
        self.run_ok("mkdir -m 0700 -p ~/.aws; printf '[default]\\naws_access_key_id = AKIAMINE\\n"
                    "aws_secret_access_key = x\\n' >~/.aws/credentials")
        status, _, said = self.run_status("aws-role profiles --write")
        self.assertEqual(0, status)
        self.assertIn(".aws/credentials has a profile default of your own", said)
        self.assertEqual("AKIAMINE", self.run_ok(f"{BARE} aws configure get aws_access_key_id")
                         .strip())
        self.assertEqual(AUDIT, self.caller(f"{BARE} aws --profile audit sts get-caller-identity"))

    def test_codecommit(self):
        """git's credential helper for CodeCommit signs with a profile's credentials, offline"""
        self.run_ok("aws-role profiles --write")
        for words, key in (("", "developer"), ("--profile audit ", "audit")):
            text = self.run_ok("printf 'protocol=https\\n"
                               "host=git-codecommit.us-east-1.amazonaws.com"
                               f"\\npath=/v1/repos/x\\n\\n' | {BARE} aws {words}codecommit "
                               "credential-helper get")
            environment = json.loads(self.run_ok(f"aws-role env --role {key} --shell json"))
            self.assertIn(f"username={environment['AWS_ACCESS_KEY_ID']}%"
                          f"{environment['AWS_SESSION_TOKEN']}\n", text)
            self.assertRegex(text, r"(?m)^password=\d{8}T\d{6}Z[0-9a-f]{64}$")

    def test_credential_process(self):
        """What credential-process prints is what the login exported"""
        expected = self.session.environment()
        said = json.loads(self.run_ok("aws-role credential-process"))
        self.assertEqual(1, said.pop("Version"))
        self.assertEqual(dict(zip(("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"),
                                  (expected[name] for name in KEY_VARIABLES))), said)


class Roles(PersonCommand):
    """aws-role roles, status --prompt, and the exit codes."""

    def test_roles(self):
        """roles: names for programs; JSON tells region, the default and this shell's"""
        self.assertEqual("developer\naudit\n", self.run_ok("aws-role roles"))
        roles = json.loads(self.run_ok("AWS_ROLE_NAME=audit aws-role roles --json"))
        self.assertEqual([{"name": "developer", "region": machine.REGION, "default": True,
                           "current": False},
                          {"name": "audit", "region": machine.OTHER_REGION, "default": False,
                           "current": True}], roles)

    def test_prompt(self):
        """status --prompt: the role and how long, or nothing"""
        self.assertRegex(self.run_ok("aws-role status --prompt"), r"^developer 59m\n$")
        self.run_ok("aws-role exec --role audit true")
        self.assertRegex(self.run_ok("AWS_ROLE_NAME=audit aws-role status --prompt"),
                         r"^audit 59m\n$")
        with SshSession("nemo") as session:
            self.assertEqual((1, b""), session.run("aws-role status --prompt 2>&1"))

    def test_codes(self):
        """Without a session every verb says so and exits 3; wrong usage is 2"""
        with SshSession("nemo") as session:
            for words in ("env", "exec true", "credential-process", "refresh", "login", "logout",
                          "roles", "profiles --write", "switch audit --shell sh", "status"):
                status, output = session.run(f"aws-role {words} 2>&1")
                self.assertEqual(3, status, words)
                self.assertIn(b"no session of yours on this host holds a role", output)
                self.assertEqual(1, output.count(b"\n"), output)
            for words in ("env more", "exec", "switch", "roles --nonsense", "env --shell tclsh"):
                self.assertEqual(2, session.run(f"aws-role {words} >/dev/null 2>&1")[0], words)

    def test_bad_name(self):
        """An AWS_ROLE_NAME that no role can have is ignored"""
        self.assertIn("AWS_ROLE_NAME=developer\n",
                      self.run_ok("AWS_ROLE_NAME='a b' aws-role env --shell dotenv"))
