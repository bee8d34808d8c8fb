# SPDX-License-Identifier: BSD-3-Clause
"""/run/aws-role missing, full, read-only or somebody else's: the login goes on, the log says why."""

import contextlib
import os
import shutil
import socket

from . import machine, processes
from .case import PAM_SESSION_ERR, PAM_SUCCESS, SystemTest

CACHE = machine.RUN + "/cache"
LIMIT = 5.0


@contextlib.contextmanager
def mounted(path, options):
    """A tmpfs there, while the block runs."""
    os.makedirs(path, exist_ok=True)
    machine.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path)
    try:
        yield
    finally:
        machine.run("umount", "-l", path)


def make_folder(path, owner):
    """A folder of somebody's."""
    os.mkdir(path, 0o755)
    os.chown(path, owner, owner)


def make_socket(path, owner):
    """A socket of somebody's."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.bind(path)
    os.lchown(path, owner, owner)


def make_file(path, owner):
    """A file of somebody's."""
    machine.write(path, "", owner=(owner, owner))


def make_link(path, owner):
    """A symbolic link of somebody's to a folder of root's, which is where nothing may appear."""
    shutil.rmtree("/run/elsewhere", ignore_errors=True)
    os.mkdir("/run/elsewhere", 0o755)
    os.symlink("/run/elsewhere", path)
    os.lchown(path, owner, owner)


SQUATTERS = {"a folder": make_folder, "a socket": make_socket, "a file": make_file,
             "a link": make_link}


def remove(path):
    """Whatever it is."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


class RunFolder(SystemTest):
    """Each case ends with the login after the mend."""

    def setUp(self):
        super().setUp()
        self.addCleanup(remove, machine.RUN)
        self.addCleanup(remove, "/run/elsewhere")

    def works(self):
        """The login after the mend has keys."""
        with self.open() as session:
            self.assert_holds_keys(session.environment)

    def fails(self, reason):
        """A login that gets nothing and says why; nothing of it is left."""
        with self.open() as session:
            self.assert_within(session.took, LIMIT)
            self.assertEqual(PAM_SESSION_ERR, session.result)
            self.assert_holds_nothing(session.environment)
            self.assertEqual([], session.descriptors)
            self.assertEqual([], processes.wait_gone(processes.ours()))
        self.wait_for_log(f"aws-role-broker.* no AWS role user=ueno reason=\"{reason}\"$")
        self.wait_for_log(f"pam_aws_role.* no AWS role user=ueno reason=\"{reason}\"$")
        self.assert_log_is_clean()
        self.assertEqual(0, self.calls())

    def works_without_cache(self, log):
        """A login that has keys although nothing can be kept, and a log that says so."""
        with self.open() as session:
            self.assert_within(session.took, LIMIT)
            self.assertEqual(PAM_SUCCESS, session.result)
            self.assert_holds_keys(session.environment)
            self.wait_for_log(log)
            session.close()
            self.assertEqual([], processes.wait_gone(processes.ours()))
        self.assert_log_is_clean()

    def test_missing(self):
        """Missing: the login makes it"""
        remove(machine.RUN)
        self.works()
        self.assertEqual({"cache", str(self.ueno.uid)}, set(os.listdir(machine.RUN)))

    def test_read_only(self):
        """Read-only, empty or not: SESSION_ERR, and the log names what cannot be made"""
        for made in (False, True):
            with self.subTest(made=made):
                self.fresh()
                with mounted(machine.RUN, "mode=755"):
                    if made:
                        self.works()
                    self.fresh_counts()
                    machine.run("mount", "-o", "remount,ro", machine.RUN)
                    what = (f"cannot bind {machine.RUN}/{self.ueno.uid}/.*" if made
                            else f"cannot make {CACHE}")
                    self.fails(f"{what}: Read-only file system")
                self.works()

    def fresh_counts(self):
        """Nobody is logged in, and STS has not been asked yet."""
        self._nobody_left()
        self.aws.reset()

    def test_full(self):
        """No room for a folder or a socket: SESSION_ERR, and the log names which"""
        own = f"{machine.RUN}/{self.ueno.uid}"
        for inodes, what in ((1, f"cannot make {CACHE}"), (2, f"cannot make {own}"),
                             (3, f"cannot bind {own}/.*")):
            with self.subTest(inodes=inodes):
                self.fresh()
                with mounted(machine.RUN, f"mode=755,nr_inodes={inodes}"):
                    self.fails(f"{what}: No space left on device")
                self.works()

    def test_squatted(self):
        """Somebody else's thing in the place of a folder of root's: SESSION_ERR, left as it is"""
        own = f"{machine.RUN}/{self.ueno.uid}"
        for path in (machine.RUN, own):
            for name, make in SQUATTERS.items():
                with self.subTest(path=path, squatter=name):
                    self.fresh()
                    if path == own:
                        os.mkdir(machine.RUN, 0o755)
                    make(path, self.nemo.uid)
                    before = os.lstat(path)
                    self.fails(f"not root's own folder, remove it and log in again: {path}")
                    after = os.lstat(path)
                    self.assertEqual((before.st_mode, before.st_uid, before.st_gid),
                                     (after.st_mode, after.st_uid, after.st_gid))
                    if os.path.isdir(path):
                        self.assertEqual([], os.listdir(path))
                    remove(path)
                    self.works()

    def test_writable(self):
        """A folder of root's that others may write: SESSION_ERR"""
        os.mkdir(machine.RUN)
        os.chmod(machine.RUN, 0o777)
        self.fails(f"not root's own folder, remove it and log in again: {machine.RUN}")
        remove(machine.RUN)
        self.works()

    def test_cache_squatted(self):
        """Somebody else's thing in the cache's place: keys, kept in memory, and the log says why"""
        for name, make in SQUATTERS.items():
            with self.subTest(name):
                self.fresh()
                os.mkdir(machine.RUN, 0o755)
                make(CACHE, self.nemo.uid)
                self.works_without_cache("credentials are kept in this session's memory, not for "
                                         f"others user=ueno reason=\"{CACHE} ")
                if os.path.isdir(CACHE):
                    self.assertEqual([], os.listdir(CACHE))
                remove(CACHE)
                self.works()

    def test_cache_full(self):
        """No room in the cache, for a file or its content: keys all the same, and a log line"""
        for options in ("nr_inodes=1", "nr_inodes=4", "size=4k"):
            with self.subTest(options):
                self.fresh()
                owner = machine.run("id", "-u", machine.SERVICE_USER).strip()
                with mounted(CACHE, f"mode=700,uid={owner},gid={owner},{options}"):
                    if options.startswith("size"):
                        machine.write(CACHE + "/filler", "x" * 4096)
                    self.works_without_cache("credentials were obtained and cannot be kept owner=.* "
                                             "reason=\"No space left on device\"")
                self.works()

    def test_cache_read_only(self):
        """A cache that is read-only: keys all the same, and a log line"""
        owner = machine.run("id", "-u", machine.SERVICE_USER).strip()
        with mounted(CACHE, f"mode=700,uid={owner},gid={owner},ro"):
            self.works_without_cache("credentials were obtained and cannot be kept owner=.* "
                                     "reason=\"Read-only file system\"")
        self.works()
