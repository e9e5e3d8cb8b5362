# SPDX-License-Identifier: LGPL-3.0-or-later
"""The process that confirms and delivers orders, see `bench_worker.serving`."""

import re
from collections import Counter
from unittest.mock import patch

from bench_worker.meter import measured
from bench_worker.serving import analyze, serve

from odoo import Command, sql_db

_PRODUCTS, _LINES = 20, 2
_MEASURES = ("seconds", "cpu", "queries")
_STEPS = ("confirm", "deliver")


class Bench:
    """What can be asked for."""

    def __init__(self, env):
        self._env = env
        self._orders = []

    def prepare(self):
        """Products with plenty of stock; with the addon one of them is on Amazon."""
        env = self._env
        products = env["product.product"].create(
            [
                {"name": f"Plain {number}", "is_storable": True, "list_price": 10}
                for number in range(_PRODUCTS)
            ]
        )
        warehouse = env["stock.warehouse"].search([], limit=1)
        for product in products:
            env["stock.quant"]._update_available_quantity(
                product, warehouse.lot_stock_id, 1_000_000
            )
        if "amazon.listing" in env:
            self._list(products[0])
        self._products = products.ids
        self._partner_id = env["res.partner"].create({"name": "Customer"}).id
        env.cr.commit()
        return {}

    def _list(self, product):
        """Without a linked listing the addon would not watch stock."""
        env = self._env
        account = env["amazon.account"].create({"name": "Bench", "region": "eu"})
        india = env.ref("amazon_connector.marketplace_in")
        india.currency_id.active = True
        channel = env["amazon.channel"].create(
            {"name": "IN", "account_id": account.id, "marketplace_id": india.id}
        )
        env["amazon.listing"].create(
            {
                "channel_id": channel.id,
                "seller_sku": "PLAIN",
                "state": "linked",
                "product_id": product.id,
            }
        )

    def take(self, count):
        """Enter so many quotations."""
        env = self._env
        orders = env["sale.order"].create(
            [
                {
                    "partner_id": self._partner_id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self._products[
                                    (_LINES * number + line) % _PRODUCTS
                                ],
                                "product_uom_qty": 1 + line,
                            }
                        )
                        for line in range(_LINES)
                    ],
                }
                for number in range(count)
            ]
        )
        self._orders = orders.ids
        env.cr.commit()
        analyze(env)
        return {}

    def work(self, count):
        """Confirm and deliver so many of the quotations; figures of each step."""
        total = {step: dict.fromkeys(_MEASURES, 0) for step in _STEPS}
        for _number in range(count):
            order = self._next_order()
            for step in _STEPS:
                figures = {}
                with measured(self._env.cr, figures):
                    self._do(step, order)
                for name in _MEASURES:
                    total[step][name] += figures[name]
        return total

    def statements(self):
        """``{step: {statement: times}}`` of one order."""
        order, counts = self._next_order(), {}
        execute = sql_db.Cursor.execute
        for step in _STEPS:
            found = counts[step] = Counter()

            def note(cr, query, params=None, log_exceptions=True, found=found):
                found[_shorten(getattr(query, "code", query))] += 1
                return execute(cr, query, params, log_exceptions)

            with patch.object(sql_db.Cursor, "execute", note):
                self._do(step, order)
        return counts

    def _next_order(self):
        return self._env["sale.order"].browse(self._orders.pop(0))

    def _do(self, step, order):
        """One user's request."""
        if step == "confirm":
            order.action_confirm()
        else:
            order.picking_ids.with_context(skip_sms=True).button_validate()
        self._env.cr.commit()
        states = set(order.picking_ids.mapped("state"))
        if states != {"assigned" if step == "confirm" else "done"}:
            raise AssertionError(f"{order.name}: {states}")
        self._env.invalidate_all()


def _shorten(statement):
    """A statement without its columns and numbers, to be compared."""
    text = " ".join(str(statement).split())
    text = re.sub(r"^SELECT .*? FROM", "SELECT ... FROM", text)
    text = re.sub(r"\d+", "0", text)
    return re.sub(r"\((%s(, )?)+\)", "(...)", text)[:200]


if __name__ == "__main__":
    serve(Bench)
