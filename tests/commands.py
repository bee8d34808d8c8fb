# SPDX-License-Identifier: BSD-3-Clause
"""Commands of whoever runs the tests: bounded in time, and each ends as a whole."""

import contextlib
import os
import signal
import subprocess

_running = set()


def run(words, seconds, **more):
    """(status, output of both kinds); a status below 0 is a signal, 124 too long.

    One that starts others gets a session of its own (start_new_session), to be ended as a whole.
    """
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          errors="replace", stderr=subprocess.STDOUT, **more) as process:
        _running.add(process.pid)
        try:
            output = process.communicate(timeout=seconds)[0]
            return process.returncode, output
        except subprocess.TimeoutExpired:
            _end(process.pid)
            return 124, process.communicate()[0] + f"\nover {seconds} s"
        except BaseException:
            _end(process.pid)
            raise
        finally:
            _running.discard(process.pid)


def end_all():
    """Ends what other threads run."""
    for pid in list(_running):
        _end(pid)


def _end(pid):
    with contextlib.suppress(ProcessLookupError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
