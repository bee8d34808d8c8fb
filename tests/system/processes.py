# SPDX-License-Identifier: BSD-3-Clause
"""Which of our processes run: the sandbox has a /proc of its own, so all there are are ours."""

import collections
import contextlib
import os
import select
import time

NAMES = ("aws-role-broker", "aws-role-helper", "aws-role-agent", "aws-role-stub")
Process = collections.namedtuple("Process", "pid name parent uids gids groups descriptors")


def _status(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def _descriptors(pid):
    """Number → what it is."""
    result = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            result[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
    return result


def one(pid, descriptors=True):
    """What is to be known of a process, with or without its descriptors."""
    status = _status(pid)
    return Process(int(pid), status["Name"], int(status["PPid"]),
                   {int(word) for word in status["Uid"].split()},
                   {int(word) for word in status["Gid"].split()},
                   [int(word) for word in status["Groups"].split()],
                   _descriptors(pid) if descriptors else {})


def is_zombie(pid):
    """Whether one of ours has ended and nobody has waited for it."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        status = _status(pid)
        return status["Name"] in NAMES and status["State"].startswith("Z")
    return False


def ours(*names):
    """The processes of those names (all of ours without one), without those that have ended."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            status = _status(pid)
            if status["Name"] in (names or NAMES) and not status["State"].startswith("Z"):
                found.append(one(pid))
    return found


def wait_gone(found, seconds=1.0):
    """Waits for the end of processes: those that are left when the time is over."""
    deadline, left = time.monotonic() + seconds, {}
    poll = select.poll()
    for process in found:
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(process.pid)
            left[descriptor] = process
            poll.register(descriptor, select.POLLIN)
    try:
        while left and deadline > time.monotonic():
            for descriptor, _ in poll.poll(max(deadline - time.monotonic(), 0) * 1000):
                poll.unregister(descriptor)
                os.close(descriptor)
                del left[descriptor]
        return list(left.values())
    finally:
        for descriptor in left:
            os.close(descriptor)


def wait_for(condition, seconds=10.0, pause=0.01):
    """Looks until condition() is true, for what has no event: what it returned, TimeoutError."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise TimeoutError(f"still {result!r} after {seconds} s")
        time.sleep(pause)
