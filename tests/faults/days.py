# SPDX-License-Identifier: LGPL-3.0-or-later
"""A random day of a shop: what Amazon, its buyers, Odoo's users and bad luck do.

All of it follows from the seed and is told in `Days.told`. Odoo and Amazon share a
clock that is ahead of the real one (`Days.ahead`).
"""

import random

from faults.days_books import Books
from faults.days_events import KINDS, Events
from faults.workers import Killed

PATIENCE = 3
# Minutes; what is due at all is due within a day, the longest pause is of 8 hours.
CALM = (3, 3, 3, 10, 16, 16, 16, 31, 61, 61, 121, 250, 485, 485, 10, 16, 16)


class Days(Events):
    """One shop and its random days.

    :param shop: a connected `Shop`
    :param int seed: decides all that happens
    """

    kinds = KINDS

    def __init__(self, shop, seed):
        self.shop, self.sim = shop, shop.sim
        self.seed = seed
        self.rng = random.Random(f"days-{seed}")
        self.told = []
        self.ahead = 0
        self.orders = []
        self.is_on_hold = False
        self.calls_at_hold = 0
        self.standing = None
        self._number = 0
        self.skus = [f"DAYS-{seed}-{letter}" for letter in "ABCDEF"]
        self.fba_sku = f"DAYS-{seed}-FBA"
        self.places = [place.id for place in shop.seller.real_marketplaces()]
        self.books = Books(self)

    # --- the shop opens -------------------------------------------------------

    def open(self):
        """Listings, products, stock; live, with nothing sent yet."""
        shop, sim, rng = self.shop, self.sim, self.rng
        for listing in sim.listings(shop.key):
            sim.delete_listing(shop.key, listing.seller_sku, listing.marketplace_id)
        for sku in self.skus:
            for place in self.places:
                sim.put_listing(shop.key, sku, place, quantity=rng.randrange(3, 12))
        sim.put_listing(
            shop.key, self.fba_sku, self.places[0], quantity=0, fulfilled_by="AMAZON"
        )
        sim.set_reports(delay_seconds=0)
        shop.workers.run("open_days")
        shop.workers.run("create_products", skus=[*self.skus, self.fba_sku])
        stock = {sku: rng.randrange(5, 40) for sku in self.skus}
        shop.workers.run("put_stock", account_id=shop.account_id, quantities=stock)
        shop.switch_on("items")
        self.work(["items"])
        self.pass_time(4)
        self.work(["items", "orders"])
        self.pass_time(4)
        self.work(["items", "orders"])
        for kind in ("shipments", "cancellations", "stock", "fba_stock"):
            shop.switch_on(kind)
        shop.workers.run("go_live", account_id=shop.account_id)
        sim.calls.clear()
        return self

    def tell(self, *words):
        self.told.append(" ".join(map(str, words)))

    # --- time, and workers ----------------------------------------------------

    def pass_time(self, minutes):
        self.sim.clock.advance(minutes * 60)
        self.ahead += minutes * 60

    def run(self, name, patches=None, **options):
        """A job to its end; a worker that stands in its way goes on first."""
        job = self.start(name, patches, **options)
        if self.standing and not job.answers_within(PATIENCE):
            self.tell("   it waits for the worker that stands still")
            self.release(kill=False)
        return job.result()

    def start(self, name, patches=None, **options):
        patches = {**(patches or {}), "ahead": self.ahead}
        return self.shop.workers.start(name, patches, **options)

    def work(self, kinds, **patches):
        """One round of modules, in one worker."""
        self.run("work", patches, kinds=list(kinds))

    def release(self, kill):
        """The worker that stands still dies, or goes on."""
        if self.standing is None:
            return
        (job, name), self.standing = self.standing, None
        self.tell("   killed" if kill else "   goes on", name)
        if kill:
            job.kill()
            return
        job.go_on()
        self._end(job)

    def _end(self, job):
        """Wait for a worker that others stood in the way of."""
        try:
            job.result()
        except AssertionError as failed:
            # Its transaction met others five times; Odoo's cron would come again.
            if "could not serialize access" not in str(failed):
                raise

    def work_in_pairs(self, kinds):
        """Two workers at once, which find the same work."""
        jobs = [self.start("work", {"batch_size": 2}, kinds=kinds) for _n in range(2)]
        for job in jobs:
            self._end(job)

    # --- the evening ----------------------------------------------------------

    def calm_down(self):
        """No more bad luck; everything due is done."""
        self.tell("calm down")
        self.release(kill=False)
        self.sim.faults.clear()
        self.sim.release_feeds()
        if self.is_on_hold:
            self.set_hold(False)
        for minutes in CALM:
            self.pass_time(minutes)
            self.sim.release_feeds()
            self.work(self.kinds)
            self.books.close_page()

    def close(self):
        """Leave no process behind."""
        if self.standing:
            job, _name = self.standing
            self.standing = None
            try:
                job.kill()
            except (Killed, ProcessLookupError):
                self.tell("it was gone")
