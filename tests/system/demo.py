# SPDX-License-Identifier: BSD-3-Clause
"""What quickstart shows, in a sandbox: a login over ssh that gets its role."""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys

from . import machine, sandbox, sshd

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
USER = "demo"
SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
MAPPING = f"[user {USER}]\nroles = developer audit\n"
LOADER = "/etc/profile.d/aws-role.sh"
SHELL_FILES = ("/etc/bash.bashrc", "/etc/zsh/zshrc", "/etc/zshrc")  # those that the host has
# What fish reads below /usr alone, and where it finds that here.
FISH_FILES = {"vendor_conf.d": "conf.d", "vendor_completions.d": "completions"}
CALLER = "aws sts get-caller-identity"
CALLER_ELSEWHERE = """/usr/bin/python3 -c '
import botocore.session, json
answer = botocore.session.Session().create_client("sts").get_caller_identity()
answer.pop("ResponseMetadata")
print(json.dumps(answer, indent=4))'"""


def say(*lines):
    """Lines for whoever watches."""
    print(*lines, sep="\n", flush=True)


def shorten(text):
    """Secrets as their beginning and their length."""
    def short(match):
        name, value = match.groups()
        return f"{name}={value[:8]}… ({len(value)} characters)"
    return re.sub(rf"^({'|'.join(SECRETS)})=(.*)$", short, text, flags=re.M)


def indented(text):
    """A file or an output, set off."""
    return "".join(f"    {line}\n" for line in text.rstrip().splitlines())


def remote(command, shown=None):
    """Runs a command over ssh and shows it with its output; the output."""
    say(f"  $ ssh {USER}@localhost {shown or command}")
    done = subprocess.run(["ssh", f"{USER}@localhost", command], check=False, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    say(indented(shorten(done.stdout)))
    if done.returncode != 0:
        raise sandbox.SandboxError(f"that command ended with {done.returncode}; the log says:\n"
                                   + indented(log()))
    return done.stdout


def log():
    """What went to /dev/log."""
    with open(machine.STATE + "/syslog.log", encoding="utf-8") as file:
        return file.read()


def load_hooks(person):
    """What README has an administrator do once, so that every shell here has the hook."""
    for path in filter(os.path.isfile, SHELL_FILES):
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"\n[ ! -r {LOADER} ] || . {LOADER}\n")
    if shutil.which("fish"):
        for vendor, folder in FISH_FILES.items():
            os.makedirs(f"/etc/fish/{folder}", exist_ok=True)
            with contextlib.suppress(FileExistsError):  # this machine's own administrator has, too
                os.symlink(f"{machine.PREFIX}/share/fish/{vendor}/aws-role.fish",
                           f"/etc/fish/{folder}/aws-role.fish")
    # Without a file of its own, zsh asks a new user what should be in one.
    machine.write(person.home + "/.zshrc", "# yours\n", owner=(person.uid, person.uid))


def prepare(build):
    """The machine, told in its four steps."""
    say("Making a machine within this one: its own /etc, processes and network",
        f"  make install, into a {machine.PREFIX} of its own")
    machine.install(build)
    machine.add_service_user()
    say("  AWS: STS that checks every signature, and instance metadata, both on loopback")
    aws = machine.start_aws()
    person = machine.add_user(USER, home=f"/home/{USER}")
    for name in (".bashrc", ".profile"):
        if os.path.exists(f"/etc/skel/{name}"):
            shutil.copy(f"/etc/skel/{name}", person.home)
    load_hooks(person)
    machine.configure(MAPPING)
    say(f"  sshd with UsePAM, and one line more in /etc/pam.d/sshd; the user {USER}")
    sshd.start(aws)
    sshd.let_in(person)


def show():
    """The session, from within."""
    say("", f"{USER} is given a role, in {machine.CONFIG}:", indented(MAPPING))
    say(f"{USER} logs in, and the session holds that role's credentials, for an hour:")
    remote("env | grep ^AWS_ | sort", "'env | grep ^AWS_ | sort'")
    say("Where they came from:")
    remote("aws-role status")
    say("AWS agrees; the session's name is the person's, so an audit shows who it was:")
    answer = remote(CALLER if shutil.which("aws") else CALLER_ELSEWHERE, CALLER)
    arn = json.loads(answer)["Arn"]
    wanted = machine.DEVELOPER.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    if arn != f"{wanted}/{USER}":
        raise sandbox.SandboxError(f"that is {arn}, not the role {machine.DEVELOPER} of {USER}")
    say(f"{USER}'s home holds no key, and no daemon runs: with the session all of it is gone.",
        "Look around in such a session: ./quickstart -i", "Install it for real: README.md")


def stay():
    """The session's shell, for the person who started us."""
    others = " and ".join(filter(shutil.which, ("zsh", "fish")))
    say("", f"You are {USER} now. Try: env | grep ^AWS_, aws-role status, {CALLER};",
        "aws-role roles, aws-role switch audit, and status again.",
        *([f"The same works in {others}: type the name."] if others else []),
        "exit ends the session and this machine.", "")
    return subprocess.run(["ssh", f"{USER}@localhost"], check=False).returncode


def main():
    """Exit status 0 when all of it worked; with -i that of the session's shell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the folder of the build")
    parser.add_argument("-i", action="store_true", dest="stay", help="stay in the session")
    options = parser.parse_args()

    def demo():
        try:
            prepare(options.build)
            if options.stay:
                return stay()
            show()
        except (sandbox.SandboxError, subprocess.CalledProcessError, TimeoutError) as error:
            print(f"quickstart: {error}", file=sys.stderr)
            return 1
        return 0
    try:
        return sandbox.run(demo, [SOURCE, options.build])
    except sandbox.Interrupted as error:
        say("quickstart: interrupted, and nothing is left of it")
        return error.status
    except sandbox.SandboxError as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
