# SPDX-License-Identifier: BSD-3-Clause
"""A directory behind NSS that a test makes hang or fail: see nss_hang.c."""

import contextlib
import os
import shutil

from . import machine, processes
from .login import build

FOLDER = "/run/nss_hang"
NSSWITCH = "/etc/nsswitch.conf"
LIBRARY = "libnss_hang.so.2"


def asks(path):
    """The processes of ours that wait for the directory to say something."""
    return [one for one in processes.ours() if path in one.descriptors.values()]


@contextlib.contextmanager
def used():
    """While the block runs, whom /etc does not know is asked for in the directory."""
    with open(NSSWITCH, encoding="utf-8") as file:
        before = file.read()
    shutil.copy(f"{build()}/tests/system/.libs/{LIBRARY}", f"{machine.PREFIX}/lib")
    machine.write("/etc/ld.so.conf.d/nss_hang.conf", machine.PREFIX + "/lib\n")
    machine.run("ldconfig")
    os.mkdir(FOLDER)
    machine.write(NSSWITCH, before.replace("passwd: files", "passwd: files hang")
                  .replace("group: files", "group: files hang"))
    try:
        yield
    finally:
        machine.write(NSSWITCH, before)
        shutil.rmtree(FOLDER)


@contextlib.contextmanager
def hangs(database):
    """"passwd" or "group" says nothing while the block runs. Yields what to give to asks()."""
    path = f"{FOLDER}/{database}"
    os.mkfifo(path)
    os.chmod(path, 0o644)
    writer = os.open(path, os.O_RDWR)
    try:
        yield path
    finally:
        os.unlink(path)
        os.close(writer)


@contextlib.contextmanager
def fails(database):
    """The same for a directory that cannot be reached, and says so."""
    path = f"{FOLDER}/{database}"
    machine.write(path, "")
    try:
        yield
    finally:
        os.unlink(path)
