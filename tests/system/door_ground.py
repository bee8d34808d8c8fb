# SPDX-License-Identifier: BSD-3-Clause
"""What test_doors finds prepared: people, PAM stacks, a second sshd, spools, a mailbox."""

import contextlib
import glob
import os
import pwd
import re
import shutil
import subprocess

from . import machine, sshd
from .case import SOURCE, the_machine
from .door_probe import PLACE
from .login import build

PROBE = machine.PREFIX + "/bin/door_probe"
PORT = "2222"
PASSWORD = "correct horse"
LINE = f"session optional {machine.MODULE}\n"
MODELS, EXEC = "aws-role-models", "aws-role-exec"           # PAM services of our own
INCLUDED = ("common-session", "common-session-noninteractive", MODELS)
SFTP_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server",
                "/usr/lib/ssh/sftp-server", machine.PREFIX + "/lib/openssh/sftp-server")
ELSEWHERE = {"cron": "crond", "sudo-i": "sudo", "su-l": "su", "runuser-l": "runuser"}
SPOOL = "/var/spool/cron"
MAIL = PLACE + "/mail"
WITH_MAIL = PLACE + "/with_mail"

# COMMAND …, in a mount namespace of its own, where /usr/sbin/sendmail keeps the letter in MAIL.
WITH_MAIL_SCRIPT = f"""\
#!/bin/sh -e
mount --bind /usr/sbin {PLACE}/sbin
PATH={PLACE}/sbin:$PATH
mount -t tmpfs -o mode=755 tmpfs /usr/sbin
ln -s {PLACE}/sbin/* /usr/sbin/
ln -sf {PLACE}/sendmail /usr/sbin/sendmail
exec "$@"
"""


def find(*names):
    """A program by one of its names: installed, or unpacked for the tests; None."""
    folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    folders += [f"{build()}/daemons/{name}" for name in ("sbin", "bin")]
    found = (shutil.which(name, path=":".join(folders)) for name in names)
    return next((path for path in found if path), None)


def _read(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


class Ground:
    """Made once; it ends with the sandbox."""

    def __init__(self, ours):
        self.ueno, self.nemo = ours.ueno, ours.nemo
        self._stacks = {}
        for name in (PLACE, PLACE + "/sbin"):
            os.makedirs(name, exist_ok=True)
        machine.write(PROBE, _read(os.path.join(SOURCE, "tests/system/door_probe.py")), 0o755)
        machine.write(self.ueno.home + "/.hushlogin", "")
        machine.write("/etc/sudoers.d/doors", f"{self.nemo.name} ALL=(ALL) NOPASSWD: ALL\n", 0o440)
        machine.run("usermod", "-p", machine.run("openssl", "passwd", "-6", PASSWORD).strip(),
                    self.ueno.name)
        self._make_services()
        self._make_mail()
        self._make_spool()
        self.sshd = self._start_sshd(ours)

    def place(self, service, wanted):
        """Our line at the end of a service's stack, or in Debian's file that the service shares."""
        path = "/etc/pam.d/" + self._file_of(service)
        text = self._stacks.setdefault(path, _read(path))
        text = re.sub(".*pam_aws_role.*\n", "", text)
        machine.write(path, text + (LINE if wanted else ""))

    def take_back(self):
        """The stacks are as they were."""
        while self._stacks:
            machine.write(*self._stacks.popitem())

    def _file_of(self, service):
        if service == "sshd":
            return service              # where the documentation puts it
        if not os.path.exists("/etc/pam.d/" + service):
            service = ELSEWHERE[service]
        text = _read("/etc/pam.d/" + service)
        names = re.findall(r"^(?:@include|session\s+include)\s+(\S+)", text, re.M)
        found = [name for name in names if name in INCLUDED]
        found += [self._file_of(name) for name in names if name == service.partition("-")[0]]
        return found[0] if found and found[0] in INCLUDED else service

    def _make_services(self):
        machine.pam_service(MODELS, "session required pam_permit.so")
        uid = self.ueno.uid
        machine.pam_service(EXEC, f"@include {MODELS}",
                            f"session optional pam_exec.so type=open_session stdout "
                            f"{find('setpriv')} --clear-groups --regid={uid} --reuid={uid} {PROBE}")
        for path in glob.glob(build() + "/daemons/pam.d/*"):
            if not os.path.exists("/etc/pam.d/" + os.path.basename(path)):
                shutil.copy(path, "/etc/pam.d/")

    @staticmethod
    def _make_mail():
        machine.write(PLACE + "/sendmail", f"#!/bin/sh\ncat >{MAIL}\n", 0o755)
        machine.write(WITH_MAIL, WITH_MAIL_SCRIPT, 0o755)

    def _make_spool(self):
        """No job but ours."""
        for path in ("/etc/crontab", *glob.glob("/etc/cron.*/*")):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        os.makedirs(SPOOL + "/crontabs")
        daemon = pwd.getpwnam("daemon")
        for name in ("atjobs", "atspool"):
            os.mkdir(f"{SPOOL}/{name}")
            os.chown(f"{SPOOL}/{name}", daemon.pw_uid, daemon.pw_gid)
            os.chmod(f"{SPOOL}/{name}", 0o1770)
        machine.write("/etc/at.allow", self.ueno.name + "\n")

    @staticmethod
    def _start_sshd(ours):
        """It takes passwords, too, and the probe stands before the servers of scp and sftp."""
        server = next(path for path in SFTP_SERVERS if os.path.exists(path))
        config = sshd.CONFIG + f"SetEnv PATH={PLACE}/bin:/usr/bin:/bin\n"
        for pattern, replacement in (("^(ListenAddress .*):22$", rf"\1:{PORT}"),
                                     ("^Subsystem .*$", f"Subsystem sftp {PROBE} {server}"),
                                     ("^((Password|KbdInteractive)Auth.*) no$", r"\1 yes")):
            config = re.sub(pattern, replacement, config, flags=re.M)
        machine.write("/etc/ssh/sshd_config.doors", config)
        machine.write(PLACE + "/bin/scp", f'#!/bin/sh\nexec {PROBE} {find("scp")} "$@"\n', 0o755)
        machine.write(PLACE + "/askpass", f"#!/bin/sh\necho '{PASSWORD}'\n", 0o755)
        process = subprocess.Popen([sshd.program(), "-D", "-f", "/etc/ssh/sshd_config.doors"],
                                   stdin=subprocess.DEVNULL)
        ours.aws.wait_for_log(rf"Server listening on 127\.0\.0\.1 port {PORT}")
        return process


_ground = []


def the_ground():
    """The one that all tests share."""
    if not _ground:
        _ground.append(Ground(the_machine()))
    return _ground[0]


def logins():
    """The two programs called login, by what they belong to: path or None."""
    installed = find("login")
    built = build() + "/util-linux-login/login"
    found = {"util-linux": built if os.path.exists(built) else None, "shadow": None}
    if installed:
        said = subprocess.run([installed, "--version"], check=False, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
        found["util-linux" if b"util-linux" in said else "shadow"] = installed
    return found
