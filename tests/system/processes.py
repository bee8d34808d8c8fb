# SPDX-License-Identifier: BSD-3-Clause
"""Which of our processes run: the sandbox has a /proc of its own, so all there are are ours."""

import collections
import contextlib
import os
import re
import select
import time

from .stopwatch import NAP_SECONDS

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


def settled(*names):
    """ours(), once no broker has a child for a question: one may outlive its answer a little."""
    def without_children():
        found = ours()
        brokers = {process.pid for process in found if process.name == NAMES[0]}
        busy = any(process.pid in brokers and process.parent in brokers for process in found)
        return None if busy else (found,)
    return [process for process in wait_for(without_children)[0]
            if process.name in (names or NAMES)]


def _everybody():
    """pid → (parent, name, state), of all there are."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            status = _status(pid)
            found[int(pid)] = int(status["PPid"]), status["Name"], status["State"][0]
    return found


def zombies():
    """Names of those that have ended and that nobody has waited for, the caller's own aside."""
    return sorted(name for parent, name, state in _everybody().values()
                  if state == "Z" and parent != os.getpid())


def above(pid, *others):
    """The process and those it descends from, eldest first, without PID 1 and the others."""
    everybody, line = _everybody(), []
    while pid in everybody and pid != 1 and pid not in others:
        line.insert(0, pid)
        pid = everybody[pid][0]
    return line


def below(*pids):
    """All that descends from these, parents before children, without them."""
    everybody, found = _everybody(), list(pids)
    for pid in found:
        found += sorted(child for child, (parent, _, _) in everybody.items() if parent == pid)
    return found[len(pids):]


def _datagram_sockets():
    """Descriptors' targets, of all sockets of the kind by which syslog(3) writes to /dev/log."""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
        words = [line.split() for line in file][1:]
    return {f"socket:[{line[6]}]" for line in words if line[4] == "0002"}


def kept_open(pid):
    """What a process holds open, without syslog's socket: number → kind_of."""
    datagrams = _datagram_sockets()
    return {str(number): kind_of(target) for number, target in _descriptors(pid).items()
            if target not in datagrams}


def kind_of(target):
    """A descriptor's target up to the number that differs from one process to the next."""
    return re.split(r"\W*\d", target)[0]


def wait_gone(found, seconds=1.0):
    """Waits for the end of processes: those that are left when the time is over.

    What the machine is late for the one who waits here is no part of that time.
    """
    passed, left = 0.0, {}
    poll = select.poll()
    for process in found:
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(process.pid)
            left[descriptor] = process
            poll.register(descriptor, select.POLLIN)
    try:
        while left and passed < seconds:
            began = time.monotonic()
            ended = poll.poll(NAP_SECONDS * 1000)
            passed += min(time.monotonic() - began, NAP_SECONDS)
            for descriptor, _ in ended:
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
