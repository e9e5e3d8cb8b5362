# SPDX-License-Identifier: LGPL-3.0-or-later
"""The process that compares and sends, see `bench_worker.serving`."""

import contextlib

from bench_worker import hooks
from bench_worker.meter import measured
from bench_worker.serving import analyze, serve

from . import shop

BATCH = 10_000
_HOOKS = {
    "stock.move": ("create", "write", "unlink"),
    "stock.quant": ("create", "write", "unlink"),
}


class Bench:
    """What can be asked for."""

    def __init__(self, env):
        self._env = env
        self._channel = None
        self._task = None

    def prepare(self, listings):
        self._channel = shop.build(self._env, listings)
        self._task = self._channel.account_id._get_task("stock")
        self._task.write({"worker": self._task._worker_name()})
        self._sync = self._env["amazon.sync.stock"]
        shop.confirm(self._env)
        self._env.cr.commit()
        self._analyze()
        return {}

    def change(self, products):
        """Amazon shows what Odoo had; then some products change."""
        shop.confirm(self._env)
        shop.change(self._env, products)
        self._env.cr.commit()
        self._analyze()
        return {}

    def floor(self):
        """Odoo's own reading of what is free in these warehouses, in batches."""
        products = self._env["product.product"].search(
            [("default_code", "=like", "BENCH-%")]
        )
        warehouses = self._env["stock.warehouse"].search(
            [("company_id", "=", self._channel.company_id.id)]
        )
        self._env.invalidate_all()
        figures = {}
        with measured(self._env.cr, figures):
            total = 0
            for start in range(0, len(products), BATCH):
                batch = products[start : start + BATCH].with_context(
                    warehouse_id=warehouses.ids
                )
                total += sum(batch.mapped("free_qty"))
                self._env.invalidate_all()
        return {**figures, "total": total}

    def compare(self):
        """The full comparison of the channel, as at midnight."""
        self._env.invalidate_all()
        task = self._task
        cursors = self._sync._get_due_cursors(task)
        cursor = task.cursor_ids.filtered(lambda one: one.channel_id == self._channel)
        cursor.write({"completed_at": False, "query": False})
        self._env.cr.commit()
        figures = {}
        with measured(self._env.cr, figures):
            for one in cursors or cursor:
                while self._sync._transact_leased(
                    task, lambda one=one: self._sync._compare_some(one)
                ):
                    self._env.invalidate_all()
        return {**figures, "to_send": self._count("to_send")}

    def feed(self):
        """One feed of what is to be sent, to an Amazon that takes it at once."""
        amazon, figures = Amazon(), {}
        self._env.invalidate_all()
        with measured(self._env.cr, figures):
            self._sync._send_feed(self._task, self._channel, amazon)
        return {**figures, "sent": self._count("sent"), "bytes": amazon.size}

    def deliver(self, moves, rounds):
        """Validate deliveries of so many moves, in turns with and without the noting
        of changes; each way's rounds in CPU seconds, the first pair not counted.
        """
        products = self._env["product.product"].search(
            [("default_code", "=like", "BENCH-%")], limit=moves, order="id"
        )
        shop.stock_up(self._env, 2 * rounds + 2)
        ways = {"with": [], "without": []}
        order = ("with", "without", "without", "with")
        for number in range(2 * rounds + 2):
            way = order[number % len(order)]
            picking = shop.deliver(self._env, products)
            self._env.cr.commit()
            self._env.invalidate_all()
            figures = {}
            with self._noting(way == "with"), measured(self._env.cr, figures):
                picking.with_context(
                    skip_sms=True, skip_backorder=True
                ).button_validate()
                self._env.cr.commit()
            if picking.state != "done":
                raise AssertionError(picking.state)
            if number > 1:
                ways[way].append(figures)
            self._env["amazon.stock.change"]._consume()
            self._env.cr.commit()
        return ways

    def _noting(self, is_on):
        """The addon's hooks on stock, or Odoo's own methods alone."""
        if is_on:
            return contextlib.nullcontext()
        return hooks.without(self._env, "stock.stock_quant_changes", _HOOKS)

    def _count(self, state):
        return self._env["amazon.stock.level"].search_count([("state", "=", state)])

    def _analyze(self):
        analyze(
            self._env,
            "amazon_listing",
            "amazon_stock_level",
            "stock_quant",
            "product_product",
            "product_template",
        )


class Amazon:
    """Takes feeds, and counts their bytes."""

    def __init__(self):
        self.size = 0

    def submit(self, _feed_type, _marketplaces, chunks, _content_type):
        self.size += sum(map(len, chunks))
        return "1"


if __name__ == "__main__":
    serve(Bench)
