# SPDX-License-Identifier: LGPL-3.0-or-later
"""The process that imports in one way, see `bench_worker.serving`."""

import contextlib

from bench_worker.serving import analyze, serve

from . import copies, profiler, shop
from . import gst as india
from .ways import WAYS


class Bench:
    """What can be asked for; `way` is a key of `WAYS`."""

    def __init__(self, env, way):
        self._env = env
        self._way = way
        self._importer = None

    def prepare(self, products, credentials, gst=None):
        """Make shop and account.

        :param gst: whether the addon for India is at work; None where it is not there
        """
        if gst is not None:
            india.prepare(self._env, gst)
        made = shop.build(self._env, products)
        self._env.cr.commit()
        self._importer = WAYS[self._way](self._env, made, credentials)
        return {}

    def multiply(self, count):
        """Copy the orders that are there until they are so many."""
        copies.multiply(self._env, count)
        return {}

    def run(self, profile=None, **block):
        """Import a block.

        :param profile: file for a profile of it
        """
        env = self._env
        analyze(env)
        watch = profiler.Profile(profile) if profile else contextlib.nullcontext
        known = env["sale.order"].search([], order="id desc", limit=1).id or 0
        env.cr.commit()
        result = self._importer.run(block, watch)
        result["made"] = _describe(env, known)
        env.cr.commit()
        return result


def _describe(env, known):
    """What came out, to be equal for all ways."""
    sales = env["sale.order"].search([("id", ">", known)])
    return {
        "orders": len(sales),
        "confirmed": len(sales.filtered(lambda sale: sale.state == "sale")),
        "lines": len(sales.order_line),
        "total": f"{sum(sales.mapped('amount_total')):.2f}",
        "pickings": len(sales.picking_ids),
        "delivered": round(sum(sales.order_line.mapped("qty_delivered"))),
        "reserved": len(
            sales.picking_ids.move_ids.filtered(lambda move: move.state == "assigned")
        ),
    }


if __name__ == "__main__":
    serve(Bench)
