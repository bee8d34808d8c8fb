# SPDX-License-Identifier: BSD-3-Clause
"""One round of the kill matrix: a session is brought into a stage, one blow, and what must hold."""

import contextlib
import fcntl
import glob
import json
import os
import signal
import subprocess
import time

from . import machine, processes
from .case import KEY_VARIABLES, PAM_SUCCESS
from .held import HeldSession
from .kill_stages import STAGES, cache_files
from .login import PamSession

# timeout= of the session that is hit, and of the one after it: less than the 30 s for which a lock
# may be held that nobody frees.
TIMEOUT, AFTER_TIMEOUT = 5, 10
HIT_SERVICE, AFTER_SERVICE = "aws-role-hit", "aws-role-after"
MARGIN, GONE_SECONDS = 1.0, 1.0
SUCCESSOR_SECONDS = 61      # broker/sweep.c takes older ones for left behind
AGAIN_SECONDS = 5           # broker/stub.c waits a second before it starts the next agent


class Broken(Exception):
    """What must hold after a blow and does not."""


def _need(condition, *what):
    if not condition:
        raise Broken(" ".join(map(str, what)))


def _parent(pid):
    return processes.one(pid).parent


class Bystander:
    """A second session of the person, which nothing may disturb."""

    def __init__(self, test, person):
        self.session = HeldSession(person.name, AFTER_SERVICE).ready()
        test.addCleanup(self.session.close_all)
        self.person = person
        self.look()     # starts its agent
        processes.wait_for(lambda: len(self.session.members()) == 3)
        self.seen = self.look()

    def look(self):
        """(its processes, what aws-role status says of its credentials)."""
        done = subprocess.run(**command(self.session, self.person), check=False, timeout=30)
        status = json.loads(done.stdout or "{}")
        told = {name: status.get(name) for name in ("user", "role", "expires_at", "last_error")}
        members = sorted((pid, one.name) for pid, one in self.session.members().items())
        return members, {"exit status": done.returncode, **told}


def as_person(person):
    """Words before a command.  subprocess's own user= makes it fork, which is slow among threads."""
    return ["setpriv", f"--reuid={person.uid}", f"--regid={person.uid}", "--clear-groups"]


def is_locked(path):
    """Whether somebody holds this lock of the cache."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def command(session, person):
    """aws-role status --json of the person in the session, for subprocess."""
    return {"args": [*as_person(person), "aws-role", "status", "--json"],
            "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL,
            "env": {**session.environment, "PATH": os.environ["PATH"]}}


class Round:
    """victim and stage name a row and a column of the matrix; number varies what is not told."""

    def __init__(self, aws, bystander, role_arn, victim, stage, number):
        self.aws, self.bystander, self.person = aws, bystander, bystander.person
        self.role_arn, self.victim, self.stage, self.number = role_arn, victim, stage, number
        self.hit = self.holder = self.client = None
        self._hold, self._open, self._sessions = None, False, []

    # What stages do.

    def session(self, call="-", wanted=None):
        """A new session of the person."""
        session = HeldSession(self.person.name, HIT_SERVICE, call, wanted)
        self._sessions.append(session)
        return session

    def hold(self):
        """From now on STS answers nobody who wants this person's role."""
        self._hold = self.aws.fault("sts", "hold", role_arn=self.role_arn)

    def is_held(self):
        """Whether a request waits."""
        return any(fault["id"] == self._hold and fault["used"] for fault in self.aws.faults())

    def opened(self):
        """The session that is hit is a good one."""
        self._open = True
        _need(self.hit.result == PAM_SUCCESS and self._has_keys(self.hit),
              "before the blow: no credentials:", self.hit.result, self.hit.environment)

    def command(self, session):
        """For subprocess."""
        return command(session, self.person)

    def status(self, session):
        """The exit status of aws-role status."""
        return subprocess.run(**self.command(session), check=False, timeout=30).returncode

    # The blow.

    def _find(self):
        held = self.hit.calls.pid if self.hit.calls is not None else None
        if self.victim == "application":
            return self.hit.process.pid
        if self.victim == "aws-role":
            return self.client.pid
        if self.victim == "intermediate":
            return held if self.number % 3 == 0 else _parent(held)     # see kill_stages.SPAWN
        if self.victim == "broker as root":
            return held
        return self.hit.wait_for(self.victim.removeprefix("question ")).pid

    def _release_calls(self):
        for session in self._sessions:
            if session.calls is not None:
                session.calls.release()

    def _release(self):
        self._release_calls()
        if self._hold is not None:
            self.aws.clear(id=self._hold)
            self._hold = None

    # What must hold.

    @staticmethod
    def _has_keys(session):
        return all(session.environment.get(name) for name in KEY_VARIABLES)

    def _login_completes(self):
        """Or the closing, of an application that lives."""
        if self.victim == "application":
            self.hit.end()
            return
        if not self._open:
            self.hit.ready(TIMEOUT + MARGIN)
            _need(not self.hit.children, "the application has a child after its login")
        if self.stage != "closing":
            self._session_goes_on()
        self.hit.close(TIMEOUT + MARGIN)
        _need(not self._open or self.hit.closed == PAM_SUCCESS, "closing gives", self.hit.closed)
        _need(not self.hit.children, "the application has a child at its end")

    def _session_goes_on(self):
        """What lost its agent gets another one; whoever asks is never left waiting."""
        if self.client is not None:
            self.client.communicate(timeout=AGAIN_SECONDS)
        if self._open and self.victim == "agent":
            self._release()
            processes.wait_for(lambda: self.status(self.hit) == 0, AGAIN_SECONDS)
        elif self._open:
            status = self.status(self.hit)
            _need(status in (0, 1, 3), "aws-role status ends with", status)

    def _nothing_stays(self):
        left = self.hit.left(GONE_SECONDS)
        _need(not left, "left behind:", left)

    def _holder_goes_on(self):
        if self.holder is not None:
            self.holder.ready(TIMEOUT + MARGIN)
            _need(self._has_keys(self.holder), "the lock's holder has no credentials")
            self.holder.close()

    def _bystander_is_undisturbed(self):
        seen = self.bystander.look()
        _need(seen == self.bystander.seen, "the second session was", self.bystander.seen, "is", seen)

    def _files(self):
        """Below the person's folder, without what the second session has there."""
        known = os.path.basename(self.bystander.session.environment["AWS_ROLE_SOCKET"])
        return [path for path in glob.glob(f"{machine.RUN}/{self.person.uid}/*")
                if not os.path.basename(path).startswith(known)]

    def _next_login_finds_everything(self):
        """At once, and nothing of the session that was hit is there any more."""
        self._age_successors()
        with PamSession(self.person.name, AFTER_SERVICE) as session:
            _need(session.result == PAM_SUCCESS and self._has_keys(session),
                  "the next login has no credentials:", session.result, session.environment)
            known = os.path.basename(session.environment["AWS_ROLE_SOCKET"])
            left = [path for path in self._files()
                    if not os.path.basename(path).startswith(known)]
            _need(not left, "left after the next login:", left)
            left = [path for path in cache_files(self.person, ".lock") if is_locked(path)]
            _need(not left, "locked:", left)
            left = cache_files(self.person, ".new")
            _need(not left, "half-written entries:", left)
            session.close()
        _need(not self._files(), "left after closing:", self._files())

    def _age_successors(self):
        """What was left half-written is a minute old for the next who stores."""
        then = time.time() - SUCCESSOR_SECONDS
        for path in cache_files(self.person, ".new"):
            os.utime(path, (then, then))

    def run(self):
        """Broken, or what else the round ended with; None when everything held."""
        try:
            STAGES[self.stage](self)
            os.kill(self._find(), signal.SIGKILL)
            if self.stage in ("starting", "as root", "closing"):
                self._release_calls()
            if self.victim == "stub":
                self._release()     # nothing else ends these logins before their time
            self._login_completes()
            self._nothing_stays()   # while STS still answers nobody
            self._release()
            self._holder_goes_on()
            self._next_login_finds_everything()
            self._bystander_is_undisturbed()
            return None
        except Exception as error:      # pylint: disable=broad-except
            return error
        finally:
            self._end()

    def _end(self):
        self._release()
        if self.client is not None:
            self.client.kill()
            self.client.communicate()
        for session in self._sessions:
            session.close_all()
