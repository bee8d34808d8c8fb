# SPDX-License-Identifier: BSD-3-Clause
"""A session through a program: started, ready, let go, ended, or killed.

In it runs door_probe, which reports what it finds and waits until it is let go. Two pipes join it to
the test, whatever program stands between them.
"""

import contextlib
import fcntl
import glob
import json
import os
import pty
import pwd
import re
import select
import signal
import subprocess
import termios
import time

from . import machine, processes
from .door_ground import MAIL, PLACE, WITH_MAIL
from .login import PATIENCE_SECONDS, parse_environment, read_until

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
               "TERM": "dumb"}
TO_COPY = PLACE + "/to_copy"


def start_agents():
    """What door_probe does where the session has the variables: as the person, from outside."""
    for socket in glob.glob(machine.RUN + "/[0-9]*/*"):
        uid = os.stat(socket).st_uid
        subprocess.run([machine.PREFIX + "/bin/aws-role", "status"], check=False, user=uid,
                       group=uid, extra_groups=(), stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env={"AWS_ROLE_SOCKET": socket})


class Session:
    """A program that has a session.

    report: what the probe said; environment: of the session, None where nothing runs in it.
    """

    report = environment = None

    def __init__(self, words, daemon=None, standard_input=b"", **more):
        """daemon: the process that starts such sessions and outlives them."""
        self.daemon, self._input = daemon, standard_input
        self._pipes = [self._pipe("report", os.O_RDONLY | os.O_NONBLOCK),
                       self._pipe("go", os.O_RDWR)]
        self.process = self.begin(words, {"cwd": "/", "env": ENVIRONMENT, **more})

    @staticmethod
    def _pipe(name, flags):
        path = f"{PLACE}/{name}"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        os.mkfifo(path)
        os.chmod(path, 0o666)
        return os.open(path, flags | os.O_CLOEXEC)

    def begin(self, words, more):
        """Starts the program."""
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **more)

    def ready(self):
        """Waits until the probe has reported."""
        text, deadline = b"", time.monotonic() + PATIENCE_SECONDS
        while select.select([self._pipes[0]], [], [], max(deadline - time.monotonic(), 0))[0]:
            piece = os.read(self._pipes[0], 65536)
            text += piece
            if not piece:
                self.report = json.loads(text)
                self.environment = self.report["environment"]
                break
        if self.report is None:
            raise TimeoutError(f"no session: {self._said_so_far()}")
        if "AWS_ROLE_SOCKET" not in self.environment:
            start_agents()

    def _said_so_far(self):
        self.process.kill()
        try:
            return self.process.communicate(timeout=1)
        except subprocess.TimeoutExpired as error:      # somebody else holds its pipes
            return error.output

    def let_go(self):
        """The probe goes on."""
        os.write(self._pipes[1], b"g")

    def end(self):
        """Lets the session end: (status, what came out)."""
        self.let_go()
        output = self.process.communicate(self._input, PATIENCE_SECONDS)
        return self.process.returncode, output

    def application(self):
        """All processes between the test or the daemon and the probe, and their children."""
        if self.report is None:
            return []
        line = processes.above(self.report["pid"], os.getpid(), self.daemon)
        return line + [pid for pid in processes.below(*line) if pid not in line]

    def _kill_application(self):
        for pid in self.application():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill(self):
        """kill -9 of all of them, those first that would notice the end of others."""
        self._kill_application()
        self.process.communicate(timeout=PATIENCE_SECONDS)

    def stop(self):
        """Nothing stays, and after a test that failed neither."""
        self._kill_application()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        for pipe in self._pipes:
            os.close(pipe)


class Terminal(Session):
    """On a terminal of its own, as the leader of a session (setsid(2)); typed: at a prompt."""

    def __init__(self, words, typed=b"", **more):
        self._typed, self._said = typed, b""
        super().__init__(words, **more)

    def begin(self, words, more):
        ours, theirs = pty.openpty()
        self._screen = open(ours, "r+b", buffering=0)
        try:
            return subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs,
                                    start_new_session=True, **more,
                                    preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        finally:
            os.close(theirs)

    def _see(self):
        """More of what is printed. EIO: nobody has the terminal now, as in login's vhangup(2)."""
        with contextlib.suppress(OSError):
            self._said += self._screen.read(65536)
            return True
        time.sleep(0.01)
        return self.process.poll() is None

    def ready(self):
        while self._typed and b"$ " not in self._said:
            if not self._see():
                raise EOFError(f"no prompt: {self._said}")
        self._screen.write(self._typed)
        super().ready()

    def end(self):
        self.let_go()
        while self._see():
            pass
        return self.process.wait(), self._said

    def stop(self):
        super().stop()
        self._screen.close()


class Quiet(Session):
    """ssh -N: a connection in which nothing runs, with a forward, since its client tells of that."""

    def ready(self):
        read_until(self.process.stderr, b"localhost:1\r\n")      # Allocated port …
        start_agents()

    def end(self):
        self.process.terminate()
        output = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, output

    def application(self):
        return processes.below(self.daemon)


class Channel(Session):
    """The second channel of a connection that another ssh holds, and that outlives this channel."""

    def begin(self, words, more):
        self._master = subprocess.Popen(
            [*words[:-1], "-M", "env -0; echo; read line"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        self._first = parse_environment(read_until(self._master.stdout, b"\0\n").decode())
        return super().begin(words, more)

    def ready(self):
        super().ready()
        for name in set(self._first) | set(self.environment):
            if name.startswith("AWS_") and self._first.get(name) != self.environment.get(name):
                raise AssertionError(f"{name} differs between two channels")

    def end(self):
        channel = super().end()
        if "AWS_ROLE_SOCKET" in self._first and not processes.ours("aws-role-broker"):
            raise AssertionError("the session's broker ended with its second channel")
        output = self._master.communicate(b"\n", PATIENCE_SECONDS)
        return channel, self._master.returncode, output

    def kill(self):
        super().kill()
        self._master.communicate(timeout=PATIENCE_SECONDS)

    def stop(self):
        self._master.kill()
        self._master.communicate()
        super().stop()


class Copy(Session):
    """A copy from here to the person's home, which waits on the other side until it is let go."""

    def begin(self, words, more):
        self._target = os.path.join(pwd.getpwnam("ueno").pw_dir, "copied")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._target)
        machine.write(TO_COPY, bytes(range(256)) * 4096)
        return super().begin(words, more)

    def end(self):
        status, output = super().end()
        with open(self._target, "rb") as file:
            return status, (*output, file.read())


class Job(Session):
    """A daemon's job. What it printed is in a letter, and its status in the last line of that."""

    def begin(self, words, more):
        machine.write(MAIL, "", 0o666)
        process = super().begin(["unshare", "--mount", WITH_MAIL, *words], more)
        self.daemon = process.pid
        return process

    def end(self):
        child = os.pidfd_open(self.application()[0])
        self.let_go()
        ended = select.select([child], [], [], PATIENCE_SECONDS)[0]
        os.close(child)
        with open(MAIL, "rb") as file:
            letter = file.read()
        status = re.search(rb"status (\d+)\n$", letter)
        if not ended or not status:
            raise AssertionError(f"the job's process is there still, or says nothing: {letter}")
        return int(status[1]), letter

    def kill(self):
        """The daemon stays."""
        self._kill_application()
