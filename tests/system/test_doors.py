# SPDX-License-Identifier: BSD-3-Clause
"""Sessions through the real programs: what they give, and that they leave nothing and change nothing.

Each program runs without the module and with it, and once more to be killed. What was found becomes
the table of docs/applications.md when every program has run.
"""

import dataclasses
import glob
import os

from . import machine, processes
from .case import VARIABLES, SystemTest
from .document import Table
from .door_ground import the_ground
from .doors import DOORS, FILE, GONE
from .stopwatch import Stopwatch

ALLOWED_SECONDS = 1.0       # how much longer a command may take with the module
TRIES = 3
CHECKS = ("variables", "exit status", "output", "time", GONE, "no zombie", "no stray descriptor",
          FILE, "swept")
SSH_VARIABLES = ("SSH_CLIENT", "SSH_CONNECTION")
NAMES = {"aws-role-broker", "aws-role-stub", "aws-role-agent"}

_table = Table("applications", *CHECKS)
_visited = []


@dataclasses.dataclass
class Visit:
    """What was seen of one session. left: processes of ours a second after its end."""
    report: object = None
    environment: object = None
    running: list = None
    zombies: list = None
    ended: tuple = ()
    seconds: float = 0      # without what the machine was late
    left: list = None
    descriptors: dict = None
    files: list = None


def files():
    """Everything below the folders of persons."""
    return glob.glob(machine.RUN + "/[0-9]*/*")


def unnumbered(environment):
    """The variables; those of ssh without the port of the client's end."""
    return environment and {name: value if name not in SSH_VARIABLES else value.split()[0]
                            for name, value in environment.items()}


def lasting_zombies():
    """Those that nobody waits for, within a second in which a parent may be on its way."""
    try:
        processes.wait_for(lambda: not processes.zombies(), ALLOWED_SECONDS)
        return []
    except TimeoutError:
        return processes.zombies()


def same_words(report):
    """Number → kind, of the probe's descriptors."""
    return {number: processes.kind_of(target)
            for number, target in (report or {"descriptors": {}})["descriptors"].items()}


class Doors(SystemTest):
    """One test a program; they are made below."""

    def setUp(self):
        super().setUp()
        self.ground = the_ground()
        self.addCleanup(self.ground.take_back)

    def visit(self, door, wanted):
        """One session, with the module or without it."""
        self.fresh()
        self.ground.place(door.service, wanted)
        seen, took = Visit(), Stopwatch()
        session = door.start(self.ground)
        try:
            session.ready()
            seen.seconds = took.stop().seconds - took.late
            seen.report, seen.environment = session.report, unnumbered(session.environment)
            seen.running = processes.ours()
            if door.loses:
                seen.running = processes.wait_gone(seen.running)
            seen.zombies = lasting_zombies()
            with Stopwatch() as took:
                seen.ended = session.end()
            seen.seconds += took.seconds - took.late
            seen.left = processes.wait_gone(seen.running)
            seen.zombies += lasting_zombies()
            seen.descriptors = {"session": same_words(session.report),
                                "daemon": session.daemon and processes.kept_open(session.daemon)}
            seen.files = files()
        finally:
            took.stop()
            session.stop()
        return seen

    def check(self, door):
        """Fills the program's row, in which each check is a subtest."""
        bare, ours = self.visit(door, False), self.visit(door, True)
        self.assertEqual([], bare.running, "without the module")
        checks = {"variables": self._variables, "exit status": self._status,
                  "output": self._output, "time": self._time, GONE: self._gone,
                  "no zombie": self._zombies, "no stray descriptor": self._descriptors,
                  FILE: self._files, "swept": self._swept}
        for name, function in checks.items():
            with self.subTest(name):
                function(door, bare, ours)
                _table.put(door.name, name, door.words.get(name, "yes"))

    def _variables(self, door, bare, ours):
        self.assert_holds_nothing(bare.environment or {})
        if "variables" in door.words:
            self.assert_holds_nothing(ours.environment or {})
            return
        self.assert_holds_keys(ours.environment)
        # Beside what the module sets, the prompt hook of a login shell marks whose key that is.
        ours_alone = {*VARIABLES, "_AWS_ROLE_KEY", "_AWS_ROLE_KEY_OF"}
        self.assertEqual(bare.environment, {name: value for name, value in ours.environment.items()
                                            if name not in ours_alone})

    def _status(self, door, bare, ours):
        self.assertEqual(bare.ended[0], ours.ended[0])
        if door.status is not None:
            self.assertEqual(door.status, ours.ended[0])

    def _output(self, _, bare, ours):
        self.assertEqual(bare.ended[1:], ours.ended[1:])

    def _time(self, door, bare, ours):
        """On a busy machine the two may differ by more than the module does: then once more."""
        without, with_it = [bare.seconds], [ours.seconds]
        while min(with_it) - min(without) >= ALLOWED_SECONDS and len(with_it) < TRIES:
            without.append(self.visit(door, False).seconds)
            with_it.append(self.visit(door, True).seconds)
        self.assertLess(min(with_it) - min(without), ALLOWED_SECONDS)

    def _gone(self, door, _, ours):
        self.assertEqual(set() if door.loses else NAMES, {one.name for one in ours.running})
        self.assertEqual([], ours.left)
        self.assertEqual([], processes.ours())

    def _zombies(self, _, bare, ours):
        self.assertEqual(bare.zombies, ours.zombies)
        self.assertLessEqual({one.parent for one in ours.running},
                             {1, *(one.pid for one in ours.running)}, "the application's child")

    def _descriptors(self, _, bare, ours):
        self.assertEqual(bare.descriptors, ours.descriptors)

    def _files(self, door, _, ours):
        if FILE in door.words:
            self.assertTrue(ours.files, "better than the table says")
            self._next_login_sweeps(ours.files)
        else:
            self.assertEqual([], ours.files)

    def _next_login_sweeps(self, left):
        with self.open() as session:
            self.assertEqual([], [path for path in left if os.path.exists(path)])
            session.close()
        self.assertEqual([], files())

    def _swept(self, door, *_):
        """kill -9 of the whole application."""
        self.fresh()
        self.ground.place(door.service, True)
        session = door.start(self.ground)
        try:
            session.ready()
            running, left = processes.ours(), files()
            session.kill()
            self.assertEqual([], processes.wait_gone(running))
        finally:
            session.stop()
        self.assertTrue(left)
        self.assertEqual(left, files(), "who has removed it?")
        self._next_login_sweeps(left)

    def test_zz_table(self):
        """The table of programs and checks has no empty cell, and stands in docs/applications.md"""
        if len(_visited) < len(DOORS):
            self.skipTest("not every program has run")
        self.assertEqual([], _table.empty())
        self.assertEqual([door.name for door in DOORS], list(_table.rows))
        _table.publish("applications.md", "program")


def _make_test(number, door):
    def test(self):
        self.check(door)
        _visited.append(door.name)
    test.__doc__ = door.name
    setattr(Doors, f"test_{number:02}", test)


for _number, _door in enumerate(DOORS):
    _make_test(_number, _door)
