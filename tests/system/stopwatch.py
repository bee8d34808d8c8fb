# SPDX-License-Identifier: BSD-3-Clause
"""How long something takes, and how late the machine is meanwhile for everybody."""

import threading
import time

NAP_SECONDS = 0.02


class Stopwatch:
    """Runs from its making until stop(), or as long as a block.

    seconds: what it took; late: by how much, in all, the machine was late for somebody who did
    nothing but wait NAP_SECONDS again and again. A limit is one for seconds - late.
    """

    def __init__(self):
        self.seconds = self.late = None
        self._over, self._naps = threading.Event(), 0
        self._started = time.monotonic()
        self._thread = threading.Thread(target=self._nap, daemon=True)
        self._thread.start()

    def _nap(self):
        while not self._over.wait(NAP_SECONDS):
            self._naps += 1
        self._ended = time.monotonic()

    def stop(self):
        """Itself, with what it shows; the first call counts."""
        if self.seconds is None:
            self.seconds = time.monotonic() - self._started
            self._over.set()
            self._thread.join()
            self.late = max(self._ended - self._started - (self._naps + 1) * NAP_SECONDS, 0.0)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
