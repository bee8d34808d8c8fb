# SPDX-License-Identifier: BSD-3-Clause
"""Unix sockets at paths of any length: sun_path holds 108 bytes (unix(7)), a folder's descriptor
in /proc/self/fd makes a short name of a long one.
"""

import contextlib
import os
import socket
import stat


@contextlib.contextmanager
def address(path):
    """A short name for path while the block runs."""
    folder = os.open(os.path.dirname(os.path.abspath(path)),
                     os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{os.path.basename(path)}"
    finally:
        os.close(folder)


def remove(path):
    """Removes path if it is a socket; anything else there stays, and binding will say so."""
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            os.unlink(path)


def bind(path, kind, mode):
    """A socket of that kind, bound at path in place of an old one."""
    remove(path)
    sock = socket.socket(socket.AF_UNIX, kind)
    with address(path) as name:
        try:
            sock.bind(name)
        except OSError as error:
            sock.close()
            raise OSError(error.errno, f"{path}: {error.strerror}") from None
    os.chmod(path, mode)
    return sock
