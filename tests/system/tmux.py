# SPDX-License-Identifier: BSD-3-Clause
"""Shells in real terminals: the panes of a tmux server, typed into and read as people do.

A shell's prompt is <<STATUS>>, the status of the command before it: see PROMPTS.
"""

import os
import re
import select
import shlex
import subprocess
import tempfile
import time

from .login import PATIENCE_SECONDS
from .processes import wait_for

# What makes <<STATUS>> the prompt, for the person's own file of each shell.
PROMPTS = {"bash": "PS1='<<$?>> '\n", "zsh": "PROMPT='<<%?>> '\n",
           "fish": 'set -g fish_greeting\nfunction fish_prompt\n    echo -n "<<$status>> "\nend\n'}
PROMPT = re.compile(r"^<<(\d+)>> ?", re.M)


class Tmux:
    """A server of its own, started by run(COMMAND); its shells have that command's environment."""

    def __init__(self, run):
        self._folder = tempfile.TemporaryDirectory()
        os.chmod(self._folder.name, 0o1777)
        self._socket, self._panes = self._folder.name + "/tmux", []
        # The first window stays, and the server with it.
        run(shlex.join(self._words("set", "-g", "history-limit", "50000", ";", "new-session", "-d",
                                   "-x", "400", "-y", "50", "cat")))

    def _words(self, *words):
        return ["tmux", "-f", "/dev/null", "-S", self._socket, *words]

    def control(self, *words, given=None):
        """What tmux prints for one of its commands."""
        done = subprocess.run(self._words(*words), check=False, input=given or "",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise AssertionError(f"tmux {words}: {done.stderr}")
        return done.stdout

    def pane(self, *words):
        """A new pane in which a shell runs that has shown its first prompt."""
        pipe = f"{self._folder.name}/{len(self._panes)}"
        os.mkfifo(pipe)
        os.chmod(pipe, 0o666)
        # The shell begins when its terminal is watched.
        start = f"read -r go <{pipe}.go; exec \"$@\""
        os.mkfifo(pipe + ".go")
        os.chmod(pipe + ".go", 0o666)
        words = ["sh", "-c", start, "sh", *words]
        name, pid = self.control("new-window", "-dP", "-F", "#{pane_id} #{pane_pid}",
                                 *words).split()
        pane = Pane(self, name, int(pid), os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
        self._panes.append(pane)
        self.control("pipe-pane", "-t", name, f"cat >{pipe}")
        with open(pipe + ".go", "w", encoding="ascii") as go:
            go.write("\n")
        pane.wait(PROMPT.search)
        return pane

    def close(self):
        """Ends the server and what runs in it."""
        subprocess.run(self._words("kill-server"), check=False, stderr=subprocess.DEVNULL)
        for pane in self._panes:
            pane.forget()
        self._folder.cleanup()


class Pane:
    """One terminal.

    pid: its shell's; took: the seconds from the last command to the prompt after it.
    """

    def __init__(self, server, name, pid, written):
        self._server, self._name, self.pid, self._written = server, name, pid, written
        self.took, self._before = 0.0, None

    def faults_of_children(self):
        """Pages that the shell's children touched, which it has waited for: each of them some.

        proc(5), cminflt: unlike the numbers of processes it knows nothing of threads.
        """
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            return int(file.read().rpartition(")")[2].split()[8])

    def close(self):
        """Ends what runs in it."""
        self._server.control("kill-pane", "-t", self._name)
        self.forget()

    def forget(self):
        """It is not looked at any more."""
        if self._written is not None:
            os.close(self._written)
            self._written = None

    def screen(self, colours=False):
        """What has been shown, from the first line on; with the escapes that colour it, if asked."""
        return self._server.control("capture-pane", "-p", "-J", *(["-e"] if colours else []),
                                    "-S", "-", "-t", self._name)

    def resize(self, columns, lines):
        """Gives the terminal another size, which tmux tells it a little later."""
        self._server.control("resize-window", "-t", self._name, "-x", str(columns), "-y",
                             str(lines))
        wait_for(lambda: self._size() == (columns, lines), PATIENCE_SECONDS)

    def _size(self):
        terminal = os.open(f"/proc/{self.pid}/fd/0", os.O_RDONLY | os.O_NOCTTY)
        try:
            return tuple(os.get_terminal_size(terminal))
        finally:
            os.close(terminal)

    def prompts(self):
        """How many there have been."""
        return len(PROMPT.findall(self.screen()))

    def wait(self, ready, seconds=PATIENCE_SECONDS):
        """ready(screen) once it is true; looks whenever something is written."""
        deadline = time.monotonic() + seconds
        while True:
            screen = self.screen()
            found = ready(screen)
            if found:
                return found
            if not select.select([self._written], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"not within {seconds} s, on the screen:\n{screen.rstrip()}")
            os.read(self._written, 65536)

    def type(self, text, end="Enter"):
        """Keys; a ; at the end would be tmux's own."""
        words = ["send-keys", "-t", self._name, "-l", re.sub(";$", "\\;", text), ";"] if text else []
        self._server.control(*words, "send-keys", "-t", self._name, end)
        self._before = None

    def paste(self, text):
        """A line, as from a clipboard: in no program's arguments."""
        self._server.control("load-buffer", "-", given=text)
        self._server.control("paste-buffer", "-d", "-t", self._name, ";", "send-keys", "-t",
                             self._name, "Enter")
        self._before = None

    def run(self, command, seconds=PATIENCE_SECONDS):
        """(status, the lines between the command and the next prompt)."""
        before = self.prompts() if self._before is None else self._before
        started = time.monotonic()
        self.type(command)
        pieces = PROMPT.split(self.wait(
            lambda screen: len(PROMPT.findall(screen)) > before and screen, seconds))
        self.took, self._before = time.monotonic() - started, len(pieces) // 2
        return int(pieces[-2]), [line.rstrip() for line in pieces[-3].splitlines()[1:]]

    def say(self, command):
        """Its only line; it succeeds and no hook says anything."""
        status, lines = self.run(command)
        if status != 0 or len(lines) != 1:
            raise AssertionError(f"{command}: status {status}, {lines}")
        return lines[0]
