# SPDX-License-Identifier: BSD-3-Clause
"""A real sshd with UsePAM on the sandbox's loopback, and keys so that `ssh NAME@localhost` works.

Where openssh-server is not installed, SSHD_FOLDER names the folder into which its package was
unpacked: see tests/packages.sh.
"""

import os
import shutil
import subprocess

from . import machine

LINE = "session optional MODULE"
STACK = ("auth required pam_permit.so", "account required pam_permit.so",
         "session required pam_permit.so")
KEY = "/root/.ssh/id_ed25519"
CONFIG = """\
ListenAddress 127.0.0.1:22
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile none
UsePAM yes
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PrintLastLog no
X11Forwarding no
UseDNS no
MaxStartups 100
Subsystem sftp internal-sftp
"""


def program():
    """sshd itself; one that was only unpacked moves in first."""
    if os.path.exists("/usr/sbin/sshd"):
        return "/usr/sbin/sshd"
    moved = machine.PREFIX + "/sbin/sshd"
    if not os.path.exists(moved):
        shutil.copytree(os.environ["SSHD_FOLDER"], machine.PREFIX, symlinks=True,
                        dirs_exist_ok=True)
        machine.run("ldconfig")
    return moved


def _stack(extra):
    """The distribution's stack with our line at the end, as an administrator adds it."""
    path = "/etc/pam.d/sshd"
    if not os.path.exists(path):
        path = os.environ.get("SSHD_FOLDER", "") + "/pam.d/sshd"
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        lines = list(STACK)
    machine.pam_service("sshd", *(line for line in lines if "pam_aws_role" not in line), *extra)


def start(peer, *lines):
    """Starts sshd; lines: the session lines to add. Returns when it listens."""
    os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    os.makedirs("/root/.ssh", mode=0o700, exist_ok=True)
    with open("/etc/passwd", encoding="utf-8") as file:
        if "\nsshd:" not in file.read():
            machine.run("useradd", "--system", "--no-create-home", "--home-dir", "/run/sshd",
                        "--shell", "/usr/sbin/nologin", "sshd")
    for path in ("/etc/ssh/ssh_host_ed25519_key", KEY):
        for name in (path, path + ".pub"):
            if os.path.exists(name):
                os.unlink(name)
        machine.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path)
    with open("/etc/ssh/ssh_host_ed25519_key.pub", encoding="ascii") as file:
        machine.write("/etc/ssh/ssh_known_hosts", "localhost " + file.read())
    machine.write("/etc/ssh/ssh_config", "Host *\n    BatchMode yes\n    LogLevel ERROR\n")
    machine.write("/etc/ssh/sshd_config", CONFIG)
    stack(*(lines or (LINE,)))
    process = subprocess.Popen([program(), "-D", "-f", "/etc/ssh/sshd_config"],
                               stdin=subprocess.DEVNULL)
    peer.wait_for_log(r"Server listening on 127\.0\.0\.1 port 22")
    return process


def stack(*lines):
    """Puts these lines in place of ours; sshd reads them at each login."""
    _stack(lines)


def let_in(person):
    """The person may come with our key."""
    with open(KEY + ".pub", encoding="ascii") as file:
        key = file.read()
    folder = person.home + "/.ssh"
    os.makedirs(folder, exist_ok=True)
    os.chown(folder, person.uid, -1)
    machine.write(folder + "/authorized_keys", key, owner=(person.uid, -1))
