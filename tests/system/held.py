# SPDX-License-Identifier: BSD-3-Clause
"""Sessions of which a test knows every process, and which it stops at an exact system call."""

import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import threading
import time

from . import processes
from .login import PATIENCE_SECONDS, PamSession, build

# <linux/seccomp.h>: struct seccomp_notif and struct seccomp_notif_resp, and what takes them.
NOTIFICATION_SIZE, REPLY = 80, struct.Struct("=QqiI")
RECEIVE, SEND = 0xc0502100, 0xc0182101      # of every architecture with asm-generic/ioctl.h
GO_ON = 1                                   # SECCOMP_USER_NOTIF_FLAG_CONTINUE


class HeldCalls(threading.Thread):
    """Answers for hold_calls: lets all calls go on but the first one that is wanted.

    wanted(pid, count): whether this call, the count-th, is the one.  held is set when it waits, and
    pid is then the caller's.
    """

    def __init__(self, listener, wanted):
        super().__init__(daemon=True)
        self.held, self.pid = threading.Event(), None
        self._listener, self._wanted = listener, wanted
        self._number, self._count = None, 0
        self._lock = threading.Lock()
        self.start()

    def run(self):
        """Until nobody is left who could call."""
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        while not poll.poll()[0][1] & (select.POLLHUP | select.POLLERR):
            self._take()
        with self._lock:
            self._number = None
            os.close(self._listener)

    def _take(self):
        notification = bytearray(NOTIFICATION_SIZE)
        try:
            fcntl.ioctl(self._listener, RECEIVE, notification)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):
                return                      # the caller was killed meanwhile
            raise
        number, pid = struct.unpack_from("=QI", notification)
        self._count += 1
        if not self.held.is_set() and self._wanted(pid, self._count):
            with self._lock:
                self.pid, self._number = pid, number
            self.held.set()
        else:
            self._go_on(number)

    def _go_on(self, number):
        try:
            fcntl.ioctl(self._listener, SEND, bytearray(REPLY.pack(number, 0, 0, GO_ON)))
        except OSError as error:
            if error.errno != errno.ENOENT:     # killed
                raise

    def wait(self, seconds=PATIENCE_SECONDS):
        """The pid of who waits, once there is one."""
        if not self.held.wait(seconds):
            raise TimeoutError(f"no such call within {seconds} s, {self._count} others")
        return self.pid

    def release(self):
        """The call that is held goes on, and all that come."""
        self._wanted = lambda pid, count: False
        with self._lock:
            if self._number is not None:
                self._go_on(self._number)
            self._number = None


class HeldSession(PamSession):
    """A PamSession whose processes are known, however they are related by now.

    call, wanted: where it stops, see HeldCalls; calls is then one.
    """

    def __init__(self, user, service, call="-", wanted=None):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            super().__init__(user, service, descriptors=(theirs.fileno(),), command=(
                build() + "/tests/system/hold_calls", str(theirs.fileno()), call))
            theirs.close()
            byte, listeners, _, _ = socket.recv_fds(ours, 1, 1)
        if not byte:
            self.kill()
            raise RuntimeError("hold_calls does not work here: it has said why")
        self.calls = HeldCalls(listeners[0], wanted) if listeners else None
        # Kept open, so that no other namespace gets its number.
        place = f"/proc/{self.process.pid}/ns/ipc"
        self._namespace, self._mark = os.open(place, os.O_RDONLY | os.O_CLOEXEC), os.readlink(place)
        self._seen = set()

    def members(self):
        """The processes of the session but the application: pid → processes.Process."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if (os.readlink(f"/proc/{pid}/ns/ipc") == self._mark
                        and int(pid) != self.process.pid):
                    found[int(pid)] = processes.one(pid, descriptors=False)
        self._seen |= set(found)
        return found

    def find(self, name, members=None):
        """The process that has the name among members; None.  The child is the broker's."""
        members = self.members() if members is None else members
        brokers = [one for one in members.values() if one.name == "aws-role-broker"]
        for one in brokers if name in ("broker", "child") else members.values():
            parent = members.get(one.parent)
            is_child = parent in brokers and one.uids == parent.uids
            if name in ("broker", "child"):
                if is_child == (name == "child"):
                    return one
            elif one.name == f"aws-role-{name}":
                return one
        return None

    def wait_for(self, name):
        """The process of that name, once it is there."""
        return processes.wait_for(lambda: self.find(name), PATIENCE_SECONDS)

    def left(self, seconds):
        """Which processes are left of the session after so many seconds at the most, in words."""
        until = time.monotonic() + seconds
        processes.wait_gone(self.members().values(), seconds)
        with contextlib.suppress(TimeoutError):
            processes.wait_for(lambda: not self._left(), until - time.monotonic())
        return self._left()

    def _left(self):
        """A zombie is in no namespace."""
        members = self.members()
        return ([f"{member.name} {pid}" for pid, member in members.items()] +
                [f"zombie {pid}" for pid in self._seen - set(members) if processes.is_zombie(pid)])

    def close_all(self):
        """Ends what a round is about, however it went."""
        if self.calls is not None:
            self.calls.release()
        if self.process.returncode is None:
            self.kill()
        for pid in self.members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        os.close(self._namespace)
