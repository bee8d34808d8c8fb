# SPDX-License-Identifier: BSD-3-Clause
"""The kill matrix: SIGKILL of every process at every stage; docs/kill-matrix.md is its table."""

import glob
import os
import queue
import subprocess
from concurrent import futures

from . import machine, processes
from .case import SystemTest, stack
from .document import Table
from .held import HeldSession
from .kill_round import (AFTER_SERVICE, AFTER_TIMEOUT, HIT_SERVICE, TIMEOUT, Bystander, Round,
                         as_person, is_locked)
from .kill_stages import STAGES

ROUNDS = 6      # of each cell: every call of kill_stages.ROOT once
PEOPLE = 6      # who are hit at the same time, each in a role of their own
ASKING = ("waiting for a lock", "helper at work", "storing", "due at login")
OPEN = ("idle", "agent serving", "agent renewing", "closing")
# Who is hit, and when there is such a process.
MATRIX = {
    "application": tuple(STAGES),
    "intermediate": ("starting",),
    "broker as root": ("starting", "as root"),
    "broker": (*ASKING, *OPEN),
    "question child": (*ASKING, "agent serving", "agent renewing"),
    # It has ended when its last step is stored.
    "helper": ("helper at work", "due at login", "agent serving", "agent renewing"),
    "stub": (*ASKING, *OPEN),
    "agent": OPEN,
    "aws-role": ("agent serving",),
}


class Kill(SystemTest):
    """Rows of the matrix."""

    table = Table("kill matrix", *STAGES)
    people = []

    def setUp(self):
        super().setUp()
        machine.pam_service(HIT_SERVICE, *stack(f"timeout={TIMEOUT}"))
        machine.pam_service(AFTER_SERVICE, *stack(f"timeout={AFTER_TIMEOUT}"))
        if not self.people:
            self.people += [machine.add_user(f"hit{i}") for i in range(PEOPLE)]
        for person in self.people:
            self.aws.update_role(self._arn(person), trust=[machine.BASTION])
            self.addCleanup(self.aws.remove_role, self._arn(person))
        machine.configure("".join(
            f"[role {person.name}]\nrole_arn = {self._arn(person)}\n"
            f"[user {person.name}]\nroles = {person.name}\n" for person in self.people)
            + "[user ueno]\nroles = developer\n")

    @classmethod
    def tearDownClass(cls):
        if list(cls.table.rows) == list(MATRIX) and cls.rounds() == ROUNDS:
            cls.table.publish("kill-matrix.md", "killed")
        super().tearDownClass()

    @staticmethod
    def rounds():
        """Of each cell; KILL_ROUNDS in the environment is for whoever wants more."""
        return int(os.environ.get("KILL_ROUNDS", ROUNDS))

    @staticmethod
    def _arn(person):
        return f"arn:aws:iam::{machine.ACCOUNT}:role/{person.name}"

    def _run(self, free, victim, stage, number):
        bystander = free.get()
        try:
            return Round(self.aws, bystander, self._arn(bystander.person), victim, stage,
                         number).run()
        finally:
            free.put(bystander)

    def _hit(self, victim):
        """All rounds of a row; the second sessions are those of the whole row."""
        free, others = queue.Queue(), [Bystander(self, person) for person in self.people]
        for bystander in others:
            free.put(bystander)
        rounds = self.rounds()
        with futures.ThreadPoolExecutor(PEOPLE) as pool:
            cells = {stage: [pool.submit(self._run, free, victim, stage, number)
                             for number in range(rounds)] for stage in MATRIX[victim]}
        failures = [f"{stage}, round {number}: {type(one.result()).__name__}: {one.result()}"
                    for stage, cell in cells.items() for number, one in enumerate(cell)
                    if one.result() is not None]
        self.assertEqual([], failures, f"SIGKILL of {victim}")
        self._only_these_are_left(others)
        for stage in STAGES:
            self.table.put(victim, stage, f"{rounds}/{rounds}" if stage in cells else "–")

    def _only_these_are_left(self, others):
        """Whatever a round could not see of its own, in the end nobody else is there."""
        known = {pid for other in others for pid, _ in other.seen[0]}
        self.assertEqual([], [one for one in processes.ours() if one.pid not in known])
        self.assertEqual([], [path for path in glob.glob(f"{machine.RUN}/cache/*.lock")
                              if is_locked(path)])

    def test_1_application(self):
        """kill -9 of the application, at every stage: nothing stays, others go on"""
        self._hit("application")

    def test_2_intermediate(self):
        """kill -9 of the process that starts the broker: the login completes"""
        self._hit("intermediate")

    def test_3_root(self):
        """kill -9 of the broker before its drop: the login completes, its socket is swept"""
        self._hit("broker as root")

    def test_4_broker(self):
        """kill -9 of the broker, at every stage: the login completes, all of it ends"""
        self._hit("broker")

    def test_5_child(self):
        """kill -9 of the broker's child, at every stage: the login completes, its lock is freed"""
        self._hit("question child")

    def test_6_helper(self):
        """kill -9 of the helper, at every stage: the login completes, the next one asks again"""
        self._hit("helper")

    def test_7_stub(self):
        """kill -9 of the stub, at every stage: the login completes, with its variables"""
        self._hit("stub")

    def test_8_agent(self):
        """kill -9 of the agent, at every stage: the session gets another"""
        self._hit("agent")

    def test_9_client(self):
        """kill -9 of aws-role while it waits: nobody else notices"""
        self._hit("aws-role")

    def test_a_signals(self):
        """A person can kill their own stub, and neither the broker nor its child nor the helper"""
        person = self.people[0]
        self.aws.fault("sts", "hold")
        session = HeldSession(person.name, AFTER_SERVICE)
        self.addCleanup(session.close_all)
        self.aws.wait_for("sts", "AssumeRole", state="held")
        session.wait_for("stub")    # the others are there before STS is asked
        for name, status in (("broker", 1), ("child", 1), ("helper", 1), ("stub", 0)):
            pid = session.find(name).pid
            done = subprocess.run([*as_person(person), "/bin/sh", "-c", f"kill -9 {pid}"],
                                  check=False, stderr=subprocess.PIPE, text=True)
            self.assertEqual(status, done.returncode, (name, done.stderr))
        self.aws.clear()
        self.assert_holds_keys(session.ready().environment, role=person.name)
