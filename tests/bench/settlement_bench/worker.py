# SPDX-License-Identifier: LGPL-3.0-or-later
"""The process that books settlements, see `bench_worker.serving`."""

from decimal import Decimal

from bench_worker.meter import measured
from bench_worker.serving import analyze, serve

from odoo import Command, fields

_PRICE = Decimal("118.00")
_BATCH = 250
_QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}
_FEES = ("Commission", "Fixed closing fee", "Technology Fee")


class Bench:
    """What can be asked for."""

    def __init__(self, env):
        # The addon can be imported once Odoo knows where it is.
        from odoo.addons.amazon_connector.sp_api.settlements import COLUMNS

        self._env = env
        self._columns = COLUMNS
        self._number = 0

    def prepare(self):
        """An account, a service that is sold, and its customer."""
        env = self._env
        india = env.ref("amazon_connector.marketplace_in")
        india.currency_id.active = True
        self._currency = india.currency_id
        self._account = env["amazon.account"].create(
            {"name": "Bench", "region": "eu", "seller_id": "ABENCH"}
        )
        self._channel = env["amazon.channel"].create(
            {
                "name": "IN",
                "account_id": self._account.id,
                "marketplace_id": india.id,
            }
        )
        self._pricelist = env["product.pricelist"].create(
            {"name": "Bench", "currency_id": self._currency.id}
        )
        self._product = env["product.product"].create(
            {
                "name": "Bench",
                "type": "service",
                "invoice_policy": "order",
                "list_price": float(_PRICE),
                "taxes_id": False,
            }
        )
        env.company._get_amazon_settlement_accounts()
        env.company._get_amazon_settlement_journal()
        env.cr.commit()
        return {}

    def sell(self, count):
        """So many invoiced orders; their numbers begin where the last ones ended."""
        numbers = [self._name(self._number + place) for place in range(count)]
        self._number += count
        for start in range(0, count, _BATCH):
            self._sell(numbers[start : start + _BATCH])
            self._env.cr.commit()
            self._env.invalidate_all()
        analyze(self._env)
        self._sold = numbers
        return {"orders": len(numbers)}

    def _sell(self, numbers):
        env = self._env(context={**self._env.context, **_QUIET})
        partners = env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in numbers]
        )
        bindings = env["amazon.order"].create(
            [
                {
                    "order_number": number,
                    "seller_id": "ABENCH",
                    "account_id": self._account.id,
                    "channel_id": self._channel.id,
                    "company_id": env.company.id,
                }
                for number in numbers
            ]
        )
        sales = env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "pricelist_id": self._pricelist.id,
                    "order_line": [Command.create({"product_id": self._product.id})],
                }
                for partner in partners
            ]
        )
        sales.action_confirm()
        sales._create_invoices(grouped=True)._post(soft=False)
        # How orders come in is another bench.
        for binding, sale in zip(bindings, sales, strict=True):
            binding.sale_order_id = sale
            sale.amazon_order_id = binding
        env.flush_all()

    def _name(self, place):
        return f"403-{place // 10_000_000:07d}-{place % 10_000_000:07d}"

    def connector(self, rows):
        """Read, book, post and match a settlement of what was sold last."""
        content = self._write(rows)
        figures = {}
        with measured(self._env.cr, figures):
            file = self._env["amazon.settlement.file"].create(
                {
                    "name": "bench.txt",
                    "account_id": self._account.id,
                    "created_time": fields.Datetime.now(),
                }
            )
            file._keep(content, "utf-8")
            settlement = file._read_kept()
            settlement._book()
            settlement._post_entries()
            self._env.cr.commit()
        states = set(settlement.order_ids.mapped("state"))
        if states != {"paid"} or settlement.row_count != rows:
            raise AssertionError(f"{states}, {settlement.row_count} rows")
        self._settlement = settlement
        return figures

    def undo(self):
        """The invoices that were paid are open again.

        :return: the orders' numbers and the journal items that there were
        """
        items = [
            (line.account_id.id, line.partner_id.id, line.balance, line.name)
            for line in self._settlement.entry_ids.move_id.line_ids
        ]
        self._settlement._undo()
        self._env.cr.commit()
        analyze(self._env)
        self._env.invalidate_all()
        return {"numbers": self._sold, "items": items}

    def odoo(self, numbers, items):
        """The same journal items by Odoo alone, matched with the same invoices."""
        env = self._env
        sales = env["sale.order"].search(
            [("amazon_order_id.order_number", "in", numbers)], order="id"
        )
        invoiced = {
            sale.partner_id.id: sale.invoice_ids.line_ids.filtered(
                lambda line: line.display_type == "payment_term"
            ).id
            for sale in sales
        }
        partners = iter(invoiced)
        lines = [
            {
                "account_id": account,
                "partner_id": next(partners) if partner else False,
                "balance": balance,
                "name": name,
            }
            for account, partner, balance, name in items
        ]
        env.invalidate_all()
        figures = {}
        with measured(env.cr, figures):
            move = env["account.move"].create(
                {
                    "move_type": "entry",
                    "journal_id": env.company.amazon_settlement_journal_id.id,
                    "line_ids": [Command.create(vals) for vals in lines],
                }
            )
            move._post(soft=False)
            Line = env["account.move.line"]
            Line._reconcile_plan(
                [
                    line | Line.browse(invoiced[line.partner_id.id])
                    for line in move.line_ids
                    if line.partner_id
                ]
            )
            env.cr.commit()
        env.invalidate_all()
        return figures

    def _write(self, rows):
        """The file: a price and fees for each order, in turns."""
        parts = []
        total, places = Decimal(0), len(self._sold)
        for place in range(rows):
            number = self._sold[place % places]
            if place < places:
                kind, label, amount = "ItemPrice", "Principal", _PRICE
            else:
                kind, label, amount = "ItemFees", _FEES[place % 3], Decimal("-1.25")
            total += amount
            parts.append(self._line(number, kind, label, amount))
        head = {
            "settlement-start-date": "2026-07-01 00:00:00 UTC",
            "settlement-end-date": "2026-07-15 00:00:00 UTC",
            "deposit-date": "2026-07-17 00:00:00 UTC",
            "total-amount": str(total),
            "currency": self._currency.name,
        }
        return "\n".join(["\t".join(self._columns), self._cells(head), *parts]).encode()

    def _line(self, number, kind, label, amount):
        return self._cells(
            {
                "transaction-type": "Order",
                "order-id": number,
                "marketplace-name": "Amazon.in",
                "amount-type": kind,
                "amount-description": label,
                "amount": str(amount),
                "posted-date": "2026-07-03",
                "posted-date-time": "2026-07-03 10:00:00 UTC",
                "sku": "BENCH",
            }
        )

    def _cells(self, cells):
        cells["settlement-id"] = str(self._number)
        return "\t".join(cells.get(name, "") for name in self._columns)


if __name__ == "__main__":
    serve(Bench)
