# SPDX-License-Identifier: BSD-3-Clause
"""What an administrator does to the machine: installs, adds users, writes configurations.

Everything here changes /etc and /usr/local, and works in a sandbox only.
"""

import contextlib
import dataclasses
import os
import shutil
import subprocess

from peer.control import Peer

from . import sandbox

PREFIX = "/usr/local"
CONFIGURE = [f"--prefix={PREFIX}", "--sysconfdir=/etc"]     # how run-tests and quickstart configure
MODULE = PREFIX + "/lib/security/pam_aws_role.so"           # PAM looks elsewhere: the whole path
PROGRAMS = PREFIX + "/libexec/aws-role"
RUN = "/run/aws-role"
CONFIG_FOLDER = "/etc/aws-role"
CONFIG = CONFIG_FOLDER + "/aws-role.conf"
STATE = "/run/peer"
SERVICE_USER = "_aws-role"
FIRST_UID = 2000

ACCOUNT = "123456789012"
REGION, OTHER_REGION = "ap-northeast-1", "eu-central-1"
BASTION = f"arn:aws:iam::{ACCOUNT}:role/Bastion"
DEVELOPER = f"arn:aws:iam::{ACCOUNT}:role/Developer"
AUDIT = "arn:aws:iam::210987654321:role/Audit"
STS_NAMES = ("sts.amazonaws.com", f"sts.{REGION}.amazonaws.com",
             f"sts.{OTHER_REGION}.amazonaws.com")
SIGN_IN = "127.0.0.2"
SIGN_IN_NAMES = tuple(f"{region}.signin.aws.amazon.com" for region in (REGION, OTHER_REGION))

# An EC2 instance and its account, as the machine sees them.
AWS = {
    "sts": {"listen": [{"address": "127.0.0.1", "port": 443}], "names": list(STS_NAMES)},
    "imds": {"listen": [{"address": "169.254.169.254", "port": 80}], "role": BASTION,
             "region": REGION},
    "signin": {"listen": [{"address": SIGN_IN, "port": 443}]},
    "syslog": {"path": "/dev/log"},
    "roles": [{"arn": BASTION, "trust": ["ec2.amazonaws.com"]},
              {"arn": DEVELOPER, "trust": [BASTION]},
              {"arn": AUDIT, "trust": [BASTION]}],
}

# What DESIGN calls the machine's base, and two roles; tests add who gets them.
CONFIGURATION = f"""\
[defaults]
region = {REGION}
duration_seconds = 3600
source = instance

[source instance]
credential_source = Ec2InstanceMetadata

[role developer]
role_arn = {DEVELOPER}

[role audit]
role_arn = {AUDIT}
"""


@dataclasses.dataclass
class Person:
    """A user of the machine."""
    name: str
    uid: int
    home: str


def _need_sandbox():
    if not sandbox.inside():
        raise sandbox.SandboxError("this changes /etc and works in a sandbox only: see run-tests")


def run(*words, **more):
    """Runs a command that has to succeed; its standard output as text."""
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def write(path, content, mode=0o644, owner=(0, 0)):
    """Writes a file, whoever had it before."""
    _need_sandbox()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogateescape")
    if os.path.lexists(path):
        os.unlink(path)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        os.fchown(file.fileno(), *owner)
        os.fchmod(file.fileno(), mode)


def keep(path):
    """What a file is, for restore(); None when it is not there."""
    try:
        with open(path, "rb") as file:
            return file.read(), os.stat(path).st_mode & 0o7777
    except FileNotFoundError:
        return None


def restore(path, kept):
    """Makes a file what it was."""
    _need_sandbox()
    if kept is not None:
        write(path, *kept)
    elif os.path.lexists(path):
        os.unlink(path)


@contextlib.contextmanager
def away(path):
    """The file is not there for as long as the block."""
    os.rename(path, path + ".away")
    try:
        yield
    finally:
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.unlink(path)
        os.rename(path + ".away", path)


def _append(path, line):
    _need_sandbox()
    with open(path, "a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(line + "\n")


def install(build):
    """make install, plainly."""
    _need_sandbox()
    done = subprocess.run(["make", "-C", build, "--no-print-directory", "install"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise sandbox.SandboxError("make install failed:\n" + done.stdout)


def add_service_user():
    """The line that the documentation gives."""
    _need_sandbox()
    run("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
        "--shell", "/usr/sbin/nologin", SERVICE_USER)


def add_group(name, gid, members=()):
    """A group with supplementary members."""
    _append("/etc/group", f"{name}:x:{gid}:{','.join(members)}")


_next_uid = [FIRST_UID]


def add_user(name, gid=None, home=None):
    """A user of any name (useradd refuses some that directories have) and of a group of its own."""
    uid = _next_uid[0]
    _next_uid[0] += 1
    home = home or f"/home/{uid}"
    if gid is None:
        gid = uid
        add_group(f"group{uid}", gid)
    _append("/etc/passwd", f"{name}:x:{uid}:{gid}::{home}:/bin/bash")
    # No password, and not locked: sshd lets nobody locked in.
    _append("/etc/shadow", f"{name}:*:19000:0:99999:7:::")
    os.mkdir(home, 0o700)
    os.chown(home, uid, gid)
    return Person(name, uid, home)


def configure(people="", text=CONFIGURATION):
    """Writes aws-role.conf, the only configuration there is."""
    shutil.rmtree(CONFIG_FOLDER, ignore_errors=True)
    write(CONFIG, text + "\n" + people)


def pam_service(name, *lines):
    """A PAM service; "MODULE" in a line stands for ours."""
    write(f"/etc/pam.d/{name}",
          "".join(line.replace("MODULE", MODULE) + "\n" for line in lines))


def start_aws(config=None):
    """Starts the peer as this machine's AWS and makes the machine trust it."""
    _need_sandbox()
    peer = Peer.start(AWS if config is None else config, STATE)
    with open("/etc/hosts", "a", encoding="utf-8") as file:
        file.write(f"127.0.0.1 {' '.join(STS_NAMES)}\n")
        file.write(f"{SIGN_IN} {' '.join(SIGN_IN_NAMES)}\n")
    for name in os.listdir(peer.ports["ca_directory"]):
        shutil.copy(os.path.join(peer.ports["ca_directory"], name), "/etc/ssl/certs")
    with open(peer.ports["ca_bundle"], encoding="ascii") as certificate, \
            open("/etc/ssl/certs/ca-certificates.crt", "a", encoding="ascii") as bundle:
        bundle.write(certificate.read())
    return peer
