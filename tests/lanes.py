# SPDX-License-Identifier: BSD-3-Clause
"""Lanes: processes side by side that run tests, and whose results make one list.

Most system tests wait, for a clock or for one another, so that some sandboxes get them done sooner
than one. The modules stand in a queue, and a lane that is done with one takes the next.
"""

import os
import socket
import subprocess
import threading

# What takes longest comes first, so that no lane is left with it at the end; the others in order.
# quickstart, which builds, is not among those with which the others begin: they keep time.
LONG = ("shell_hook_time", "endpoint_clients", "outage", "fence_users", "quickstart", "endpoint",
        "shell_hook_input", "shell_hook_verbs", "shell_hook", "kill", "bad_sts",
        "person_command", "linger", "hanging_names", "setcred", "deadlines", "doors")
NAME_BYTES = 256


class Queue:
    """Names of modules; those who have its descriptor take them, each name once."""

    def __init__(self, names):
        first = [f"test_{word}" for word in LONG]
        place, self._end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with place:
            for name in sorted(names, key=lambda name: (*first, name).index(name)):
                place.send(name.encode())

    def fileno(self):
        """For a lane's standard input."""
        return self._end.fileno()

    def close(self):
        """The lanes have it."""
        self._end.close()


def take_names():
    """The lane's side: the names that it gets, until there are no more.

    Standard input is nobody else's: a test finds /dev/null there.
    """
    with socket.socket(fileno=os.dup(0)) as queue:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        while name := queue.recv(NAME_BYTES).decode():
            yield name


class Lanes:
    """Started one by one; the end of the block waits for all of them, or ends them with it."""

    def __init__(self, results):
        self._results, self._lanes, self._ended = results, [], False

    def start(self, name, words, queue=subprocess.DEVNULL):
        """A process that tells its results on standard output, see results.Told."""
        process = subprocess.Popen(words, stdin=queue, stdout=subprocess.PIPE, text=True,
                                   errors="replace")
        thread = threading.Thread(target=self._listen, args=(name, process))
        thread.start()
        self._lanes.append((process, thread))

    def _listen(self, name, process):
        failed = False
        for line in process.stdout:
            try:
                failed = self._results.relay(line) == "FAIL" or failed
            except ValueError:
                self._results.add("FAIL", f"{name}: this is no result", line)
                failed = True
        if process.wait() != 0 and not failed and not self._ended:
            self._results.add("FAIL", f"{name}: the tests end with {process.returncode}")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                for _, thread in self._lanes:
                    thread.join()
        finally:
            self._ended = True
            for process, _ in self._lanes:
                if process.poll() is None:
                    process.terminate()
            for process, thread in self._lanes:
                thread.join()
                process.stdout.close()
