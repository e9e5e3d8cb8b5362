# SPDX-License-Identifier: LGPL-3.0-or-later
"""One clock for Amazon and Odoo, which the bench moves."""

import mmap
import struct
import time


class MovingClock:
    """The real clock, and by how many seconds Amazon and Odoo are ahead of it.

    :param path: file that the addon `moving_clock` reads
    :param sim: the simulator, whose clock is moved along
    """

    def __init__(self, path, sim):
        self.path = path
        path.write_bytes(struct.pack("d", 0.0))
        self._file = path.open("r+b")
        self._shared = mmap.mmap(self._file.fileno(), 8)
        self._sim = sim
        self._begun = time.time()
        self.ahead = 0.0

    def now(self):
        """Epoch seconds, as Odoo's."""
        return time.time() + self.ahead

    def format_now(self):
        """The same as Odoo stores it and takes it over RPC."""
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.now()))

    def passed(self):
        """Seconds since the clock was made."""
        return self.now() - self._begun

    def advance(self, seconds):
        self._sim.clock.advance(seconds)
        self.ahead += seconds
        self._shared[:8] = struct.pack("d", self.ahead)

    def close(self):
        self._shared.close()
        self._file.close()
