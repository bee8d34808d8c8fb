# SPDX-License-Identifier: BSD-3-Clause
"""The stages in which the blow falls: how a session gets there and stays there, by events alone.

A stage is a function of a Round: it leaves round.hit, the session, where it is to be hit.  ROOT and
the others name the exact calls at which a session of such a stage waits, one after the other from
round to round.
"""

import contextlib
import glob
import os
import subprocess

from . import machine, processes
from .helper_broker import boottime, decode, encode
from .login import PATIENCE_SECONDS


def _first(_, count):
    return count == 1


def _by_leader(pid, _):
    """The broker, not the stub that it forks: it has a session of its own."""
    with contextlib.suppress(ProcessLookupError):
        return os.getsid(pid) == pid
    return False


# (call, which of them).  Of execve the first is hold_calls' own, of clone the application's.
SPAWN = (("clone", lambda _, count: count == 2),    # the intermediate makes the program's process
         ("close_range", _first),                   # that one, in the application's memory
         ("execve", lambda _, count: count == 2))   # and becomes the broker
ROOT = (("setgroups", _first),                      # nothing reset yet
        ("setsid", _first),
        ("bind", _first),                           # the folder is there
        ("listen", _first),                         # so is the socket
        ("clone", lambda _, count: count == 3),     # the stub
        ("setgroups", _by_leader))                  # the drop
CLOSING = ("unlink", "shutdown")


def cache_files(person, suffix=""):
    """The person's files in the cache with this suffix: entries without one."""
    return [path for path in glob.glob(f"{machine.RUN}/cache/{person.uid}-*")
            if os.path.basename(path).partition(".")[2].endswith(suffix)
            and ("." in os.path.basename(path)) == bool(suffix)]


def forget(person):
    """Nothing cached for the person, who has to ask AWS: the machine's own stay."""
    for path in cache_files(person):
        os.unlink(path)


def make_due(person):
    """What is cached for the person is to be renewed, and is valid for a long time."""
    for path in cache_files(person):
        with open(path, "rb") as file:
            kind, fields = decode(file.read())
        fields["FRESH_UNTIL"] = boottime()
        times = os.stat(path)
        with open(path, "r+b") as file:
            file.write(encode(kind, **fields))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _wait_for_sts(round_):
    processes.wait_for(round_.is_held, PATIENCE_SECONDS, 0.03)


def _is_waiting(pid):
    """Whether the process waits in flock(2): see proc_locks(5)."""
    with open("/proc/locks", encoding="ascii") as file:
        return any(words[1] == "->" and int(words[5]) == pid for words in map(str.split, file))


def starting(round_):
    """Between the module's clone and the broker's first instruction."""
    round_.hit = round_.session(*SPAWN[round_.number % len(SPAWN)])
    round_.hit.calls.wait()


def root(round_):
    """The broker is root."""
    round_.hit = round_.session(*ROOT[round_.number % len(ROOT)])
    round_.hit.calls.wait()


def lock(round_):
    """Waiting for the lock that another session of the person holds while STS keeps it waiting."""
    forget(round_.person)
    round_.hold()
    round_.holder = round_.session()
    _wait_for_sts(round_)
    round_.hit = round_.session()
    child = round_.hit.wait_for("child")
    processes.wait_for(lambda: _is_waiting(child.pid), PATIENCE_SECONDS)


def work(round_):
    """The helper is at work: STS has its request and does not answer."""
    forget(round_.person)
    round_.hold()
    round_.hit = round_.session()
    _wait_for_sts(round_)


def storing(round_):
    """The child has written the new entry beside its place and is about to move it there."""
    forget(round_.person)
    round_.hit = round_.session("renameat", _first)
    round_.hit.calls.wait()


def due(round_):
    """The credentials are due, and the login waits for newer ones."""
    make_due(round_.person)
    round_.hold()
    round_.hit = round_.session()
    _wait_for_sts(round_)


def idle(round_):
    """The session is open, with its variables; nobody asks anything."""
    round_.hit = round_.session().ready()
    round_.opened()
    if round_.victim == "agent":
        round_.status(round_.hit)


def serving(round_):
    """aws-role waits for the agent, and that for STS."""
    round_.hit = round_.session().ready()
    round_.opened()
    forget(round_.person)
    round_.hold()
    round_.client = subprocess.Popen(**round_.command(round_.hit))
    _wait_for_sts(round_)


def renewing(round_):
    """The agent has credentials that are due, and newer ones are under way."""
    round_.hit = round_.session().ready()
    round_.opened()
    make_due(round_.person)
    round_.hold()
    round_.status(round_.hit)
    _wait_for_sts(round_)


def closing(round_):
    """The application is in pam_close_session: before it removes the socket, before the end."""
    call = CLOSING[round_.number % len(CLOSING)]
    application = []
    round_.hit = round_.session(call, lambda pid, _: pid in application)
    application.append(round_.hit.process.pid)
    round_.hit.ready()
    round_.opened()
    if round_.victim == "agent":
        round_.status(round_.hit)
    round_.hit.process.stdin.close()
    round_.hit.calls.wait()


STAGES = {"starting": starting, "as root": root, "waiting for a lock": lock,
          "helper at work": work, "storing": storing, "due at login": due, "idle": idle,
          "agent serving": serving, "agent renewing": renewing, "closing": closing}
