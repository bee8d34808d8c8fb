# SPDX-License-Identifier: BSD-3-Clause
"""What a login costs, measured in a sandbox with the peer as AWS: `make bench`, as root.

Each figure is the time of pam_open_session alone, in milliseconds; then what one idle session keeps
in memory.  Logins take turns, so that a machine whose speed drifts does so for all of them.
"""

import argparse
import ctypes
import os
import shutil
import statistics
import sys
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTS)

# pylint: disable=wrong-import-position
from system import machine, processes, sandbox

PAM_SUCCESS = 0


class _Conversation(ctypes.Structure):
    _fields_ = [("function", ctypes.c_void_p), ("data", ctypes.c_void_p)]


_pam = ctypes.CDLL("libpam.so.0")
_pam.pam_getenv.restype = ctypes.c_char_p


class Login:
    """One PAM session, in this very process."""

    def __init__(self, service, user, gets_role):
        self.handle = ctypes.c_void_p()
        conversation = _Conversation()
        _pam.pam_start(service.encode(), user.encode(), ctypes.byref(conversation),
                       ctypes.byref(self.handle))
        started = time.perf_counter()
        result = _pam.pam_open_session(self.handle, 0)
        self.milliseconds = (time.perf_counter() - started) * 1000
        has_role = _pam.pam_getenv(self.handle, b"AWS_ACCESS_KEY_ID") is not None
        if result != PAM_SUCCESS or has_role != gets_role:
            raise RuntimeError(f"{service} {user}: result {result}, a role: {has_role}")

    def end(self):
        """Closes the session."""
        _pam.pam_close_session(self.handle, 0)
        _pam.pam_end(self.handle, 0)


def _forget():
    shutil.rmtree(machine.RUN + "/cache", ignore_errors=True)


def _nothing():
    pass


CASES = (
    # what, service, user, whether it gets a role, before
    ("pam_permit.so: the floor", "bench-permit", "ueno", False, _nothing),
    ("pam_exec.so /bin/true", "bench-exec", "ueno", False, _nothing),
    ("a user without a role", "bench", "nemo", False, _nothing),
    ("a role from the cache", "bench", "ueno", True, _nothing),
    ("a role from AWS (metadata, STS over TLS)", "bench", "ueno", True, _forget),
)


def _kib(pid, word):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith(word))


def measure(rounds):
    """Runs the logins in turns and prints the figures."""
    times = {case[0]: [] for case in CASES}
    for turn in range(rounds + 1):
        for what, service, user, gets_role, before in CASES:
            before()
            login = Login(service, user, gets_role)
            if turn > 0:        # the first round warms up
                times[what].append(login.milliseconds)
            login.end()
    print(f"{'pam_open_session, ms':44}{'min':>8}{'median':>8}{'max':>8}   ({rounds} logins each)")
    for what, figures in times.items():
        print(f"{what:44}{min(figures):8.2f}{statistics.median(figures):8.2f}{max(figures):8.2f}")
    login = Login("bench", "ueno", True)
    processes.wait_for(lambda: len(processes.ours()) == 2, 5)   # the child that answered has ended
    print("\nan idle session, KiB" + " " * 24 + f"{'private':>8}{'PSS':>8}")
    for process in processes.ours():
        print(f"  {process.name:42}{_kib(process.pid, 'Private_Dirty'):8}{_kib(process.pid, 'Pss:'):8}")
    login.end()


def main():
    """Exit status 0 when all was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the folder of the build")
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    build = os.path.abspath(options.build)

    def inside():
        machine.install(build)
        machine.add_service_user()
        machine.start_aws()
        machine.add_user("ueno")
        machine.add_user("nemo")
        machine.configure("[user ueno]\nroles = developer\n")
        machine.pam_service("bench", "session optional MODULE", "session required pam_permit.so")
        machine.pam_service("bench-permit", "session required pam_permit.so")
        machine.pam_service("bench-exec", "session required pam_exec.so /bin/true")
        measure(options.rounds)
        return 0
    try:
        return sandbox.run(inside, [os.path.dirname(TESTS), build])
    except sandbox.Interrupted as error:
        return error.status
    except sandbox.SandboxError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
