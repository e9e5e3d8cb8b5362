# SPDX-License-Identifier: LGPL-3.0-or-later
"""What will happen by itself as simulated time passes."""

import heapq
import itertools


class Agenda:
    """Actions that are due at a moment, done in the order of their moments."""

    def __init__(self):
        self._waiting = []
        self._sequence = itertools.count()

    def at(self, moment, action):
        """Do `action(moment)` as soon as `moment` (epoch seconds) has come."""
        heapq.heappush(self._waiting, (moment, next(self._sequence), action))

    def run_until(self, now):
        """Do all that is due; an action may put further ones on the agenda."""
        while self._waiting and self._waiting[0][0] <= now:
            moment, _number, action = heapq.heappop(self._waiting)
            action(moment)
