# SPDX-License-Identifier: LGPL-3.0-or-later
"""The process that builds the shop and opens its screens, see `serving`."""

from bench_worker.meter import measured
from bench_worker.serving import analyze, serve
from plain_bench.worker import Bench as PlainBench

from . import copies, crons, screens, shop, week


class Bench:
    """What can be asked for."""

    def __init__(self, env):
        self._env = env

    def begin(self, companies, accounts):
        """Make companies and accounts; gives their ids and what is to be copied."""
        made = shop.build(self._env, companies, accounts)
        marks = copies.mark(self._env.cr)
        shop.fill(self._env, made)
        return {"accounts": made.ids, "marks": marks}

    def sell(self, account, orders):
        """Take orders in, as Amazon's JSON."""
        own = self._env["amazon.account"].browse(account)
        shop.sell(self._env, own, orders)
        return {}

    def close(self, invoiced):
        """Ship all, and invoice a share."""
        shop.ship(self._env)
        shop.invoice(self._env, invoiced)
        return {}

    def trade(self, orders):
        """Products, and orders that are none of Amazon's, delivered."""
        marks = copies.mark(self._env.cr)
        plain = PlainBench(self._env)
        plain.prepare()
        plain.take(orders)
        plain.work(orders)
        return {"marks": marks}

    def multiply(self, marks, times, days):
        """Copy what came since the marks; gives the tables that were left out."""
        left_out = copies.multiply(self._env.cr, marks, times, days)
        self._env.invalidate_all()
        self._env.registry.clear_all_caches()
        if "amazon.order" in self._env:
            shop.forget(self._env)
        # As autovacuum does after so many new rows: indexes alone can answer then.
        week.alone(self._env, "VACUUM ANALYZE")
        return left_out

    def count(self):
        """How many records there are."""
        analyze(self._env)
        models = (
            *("amazon.order", "sale.order", "stock.picking", "account.move"),
            *("amazon.listing", "product.product", "amazon.sync.run"),
        )
        known = [name for name in models if name in self._env]
        counts = {name: self._env[name].search_count([]) for name in known}
        self._env.cr.commit()
        return counts

    def open(self, only):
        """Open every screen as two users; rows of `screens.Result`."""
        return screens.open_all(self._env, only)

    def tick(self):
        """What each cron costs that has nothing to do."""
        return crons.tick_all(self._env)

    def live(self, days):
        """Days of changes of stock, and how the tables are then."""
        figures = {}
        with measured(self._env.cr, figures):
            week.simulate(self._env, days)
        return {**figures, "tables": week.weigh(self._env)}


if __name__ == "__main__":
    serve(Bench)
