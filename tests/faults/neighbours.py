# SPDX-License-Identifier: LGPL-3.0-or-later
"""Two accounts of one company whose listings share the products."""

import random

from faults.days import Days
from faults.days_books import Books


class SharedBooks(Books):
    """Of one of two shops: what waits in the other's inbox is promised, too."""

    def count_demand(self, waiting):
        demand = super().count_demand(waiting)
        for one in self.days.neighbours:
            demand += Books.count_demand(one.books, one.books.read_inbox())
        return demand

    def close_page(self):
        """What happens in one shop changes what both may offer."""
        for one in (self.days, *self.days.neighbours):
            Books.close_page(one.books)


def _shared(name):
    """What is that of the first shop's."""

    def write(self, value):
        setattr(self._first, name, value)

    return property(lambda self: getattr(self._first, name), write)


class Neighbour(Days):
    """The days of the second shop: both have one clock, and one worker that stands
    still is in the way of both.

    :param Days first: the other one, with the same seed
    """

    ahead = _shared("ahead")
    standing = _shared("standing")
    told = _shared("told")

    def __init__(self, shop, first):
        self._first = first
        super().__init__(shop, first.seed)
        self.rng = random.Random(f"days-{first.seed}-{shop.key}")


def make_neighbours(shop, other, seed):
    """The days of two shops, which are yet to open."""
    first = Days(shop, seed)
    both = first, Neighbour(other, first)
    for one, neighbour in (both, both[::-1]):
        one.neighbours = [neighbour]
        one.books = SharedBooks(one)
    return both
