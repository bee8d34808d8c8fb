# SPDX-License-Identifier: BSD-3-Clause
"""A syslog sink: a datagram socket like /dev/log, one line a message in a file, flushed at once."""

import re
import socket
import threading
import time

from . import unix


def clean(message):
    """(priority, text) of a datagram; the text is one printable line."""
    message = message.rstrip(b"\0\n")
    match = re.match(rb"<(\d{1,3})>", message)
    priority = int(match.group(1)) if match else 13     # RFC 3164 4.3.3: user.notice
    text = message[match.end():] if match else message
    text = text.decode("utf-8", "backslashreplace")
    return priority, "".join(char if char.isprintable() else
                             "".join(f"\\x{byte:02x}" for byte in char.encode())
                             for char in text)


class Sink:
    """Reads until the process ends."""

    def __init__(self, path, log_path):
        self.path, self._lines = path, []
        self._changed = threading.Condition()
        self._log = open(log_path, "a", encoding="utf-8", buffering=1)
        self._socket = unix.bind(path, socket.SOCK_DGRAM, 0o666)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        threading.Thread(target=self._run, name="syslog", daemon=True).start()

    def _run(self):
        while True:
            priority, text = clean(self._socket.recv(65536))
            line = f"{priority} {text}"
            with self._changed:
                self._log.write(line + "\n")
                self._log.flush()
                self._lines.append(line)
                self._changed.notify_all()

    def lines(self, last=100):
        """The last lines."""
        with self._changed:
            return self._lines[-last:] if last else []

    def wait_for(self, pattern, count=1, timeout=10):
        """The lines that match, once there are count of them; TimeoutError else."""
        wanted, end = re.compile(pattern), time.monotonic() + timeout
        with self._changed:
            while True:
                found = [line for line in self._lines if wanted.search(line)]
                if len(found) >= count:
                    return found
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError("timeout")
                self._changed.wait(left)
