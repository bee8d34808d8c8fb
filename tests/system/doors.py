# SPDX-License-Identifier: BSD-3-Clause
"""The programs through which people come in, and how a session of each is started."""

import dataclasses
import glob
import os
import pwd
import subprocess
from typing import Callable
import unittest

from . import machine
from .door_ground import EXEC, MODELS, PLACE, PORT, PROBE, SPOOL, find, logins
from .door_session import ENVIRONMENT, TO_COPY, Channel, Copy, Job, Quiet, Session, Terminal
from .login import build

SSH = ("-F", "/etc/ssh/ssh_config", "-o", "HostKeyAlias=localhost")
ASKPASS = {**ENVIRONMENT, "SSH_ASKPASS": PLACE + "/askpass", "SSH_ASKPASS_REQUIRE": "force"}
CONTROL = PLACE + "/control"
GONE, FILE = "broker and agent gone", "no socket file"


@dataclasses.dataclass
class Door:
    """A program. words: cells that say something other than yes; status: of `exit 7` in it.

    loses: the session ends when the application has closed its descriptors.
    """

    name: str
    service: str
    start: Callable
    status: object = 7
    words: dict = dataclasses.field(default_factory=dict)
    loses: bool = False


def _need(*names):
    path = find(*names)
    if path is None:
        raise unittest.SkipTest(f"{names[0]} is not installed")
    return path


def _ssh(*words, kind=Session, **more):
    def start(ground):
        return kind(["ssh", *SSH, "-p", PORT, "-l", "ueno", *words], daemon=ground.sshd.pid, **more)
    return start


def _ssh_with(method):
    return _ssh("-o", "BatchMode=no", "-o", f"PreferredAuthentications={method}",
                "-o", "NumberOfPasswordPrompts=1", "localhost", PROBE, env=ASKPASS)


def _copy(program, *words, **more):
    def start(ground):
        return Copy([program, *SSH, "-q", "-P", PORT, *words], daemon=ground.sshd.pid, **more)
    return start


def _command(*words, kind=Session, **more):
    def start(_):
        return kind([_need(words[0]), *words[1:]], **more)
    return start


def _sudo(*words):
    """By somebody who may, without a password."""
    def start(ground):
        nemo = ground.nemo
        return Session([_need("sudo"), *words], user=nemo.uid, group=nemo.uid, extra_groups=())
    return start


def _login(origin):
    def start(_):
        program = logins()[origin]
        if program is None:
            raise unittest.SkipTest(f"there is no login of {origin} here")
        return Terminal([program, "-f", "ueno"], typed=f"exec {PROBE}\r".encode())
    return start


def _cron(_):
    machine.write("/etc/cron.d/doors", f"@reboot ueno {PROBE}; echo status $?\n")
    for path in glob.glob("/run/cron*.reboot"):
        os.unlink(path)
    program = _need("cron", "crond")
    return Job([program, "-f" if program.endswith("cron") else "-n"])


def _at(ground):
    """at is setuid daemon, which it is not where it was only unpacked."""
    daemon, ueno = pwd.getpwnam("daemon"), ground.ueno

    def become():
        os.setgroups([])
        os.setresgid(ueno.uid, daemon.pw_gid, daemon.pw_gid)
        os.setresuid(ueno.uid, daemon.pw_uid, daemon.pw_uid)
    for path in glob.glob(SPOOL + "/at*/*"):
        os.unlink(path)
    machine.write(SPOOL + "/atjobs/.SEQ", "", 0o600, (daemon.pw_uid, daemon.pw_gid))
    subprocess.run([_need("at"), "now"], check=True, preexec_fn=become, cwd="/", env=ENVIRONMENT,
                   input=f"{PROBE}; echo status $?\n".encode(), stderr=subprocess.DEVNULL)
    return Job([_need("atd"), "-f"])


def _model(name):
    def start(_):
        return Session([build() + "/tests/system/pam_models", name, MODELS, "ueno", PROBE])
    return start


DOORS = (
    Door("`ssh host command`", "sshd", _ssh("localhost", PROBE)),
    Door("`ssh -tt`, a pty", "sshd", _ssh("-tt", "localhost", PROBE)),
    Door("`ssh -N`", "sshd", _ssh("-N", "-o", "LogLevel=INFO", "-R", "0:localhost:1",
                                  "localhost", kind=Quiet),
         status=None, words={"variables": "nothing runs"}),
    Door("ssh, a later channel of ControlMaster", "sshd",
         _ssh("-S", CONTROL, "localhost", PROBE, kind=Channel), status=None),
    Door("ssh, password", "sshd", _ssh_with("password")),
    Door("ssh, keyboard-interactive", "sshd", _ssh_with("keyboard-interactive")),
    Door("`scp`", "sshd", _copy("scp", TO_COPY, "ueno@localhost:copied"), status=0),
    Door("`scp -O`", "sshd", _copy("scp", "-O", TO_COPY, "ueno@localhost:copied"), status=0),
    Door("`sftp`", "sshd", _copy("sftp", "-b", "-", "ueno@localhost",
                                 standard_input=f"put {TO_COPY} copied\n".encode()), status=0),
    Door("`su`", "su", _command("su", "ueno", "-c", PROBE)),
    Door("`su -l`", "su-l", _command("su", "-l", "ueno", "-c", PROBE)),
    Door("`su -P`", "su", _command("su", "-P", "ueno", "-c", PROBE, kind=Terminal)),
    Door("`runuser`", "runuser", _command("runuser", "ueno", "-c", PROBE)),
    Door("`runuser -l`", "runuser-l", _command("runuser", "-l", "ueno", "-c", PROBE)),
    Door("`sudo`", "sudo", _sudo("-u", "ueno", PROBE)),
    Door("`sudo -i`", "sudo-i", _sudo("-i", "-u", "ueno", PROBE)),
    Door("`sudo -b`", "sudo", _sudo("-b", "-u", "ueno", PROBE), status=0),
    Door("`login -f` of util-linux", "login", _login("util-linux"), status=None),
    Door("`login -f` of shadow", "login", _login("shadow"), status=None),
    Door("cron", "cron", _cron),
    Door("at", "atd", _at, words={"variables": "atd drops them"}),
    Door("pamtester", EXEC, _command("pamtester", EXEC, "ueno", "open_session", "close_session"),
         status=0),
    Door("model of systemd's `(sd-pam)`", MODELS, _model("sd-pam"),
         words={FILE: "at the next login"}),
    Door("model of a display manager, 500 MiB", MODELS, _model("display-manager")),
    Door("model that reaps every child", MODELS, _model("reaps-all")),
    Door("model that ignores SIGCHLD", MODELS, _model("ignores-sigchld"), status=0),
    Door("model with SA_NOCLDWAIT", MODELS, _model("sa-nocldwait"), status=0),
    Door("model with its own handler of SIGCHLD", MODELS, _model("own-handler")),
    Door("model that closes all descriptors", MODELS, _model("closes-all"),
         words={GONE: "at the closing"}, loses=True),
    Door("model that leaves a fork of itself", MODELS, _model("leaves-copy")),
    Door("model that opens twice", MODELS, _model("opens-twice")),
    Door("model that never closes", MODELS, _model("never-closes"),
         words={FILE: "at the next login"}),
)
