# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import Decimal

from odoo import Command, api, models


class AmazonSyncOrders(models.AbstractModel):
    """Tips: what buyers give for the delivery, often settled after it is invoiced.

    Amazon's total holds a tip once it is final (``DELIVERY_TIP``, FINALIZED). It never
    concerns goods: it is followed whatever has been shipped or invoiced.
    """

    _inherit = "amazon.sync.orders"

    @api.model
    def _follow_tips(self, company, works):
        """Bring the tip of these sales orders to what Amazon states now."""
        works = [
            work
            for work in works
            if work.binding.sale_order_id.state in ("draft", "sent", "sale")
            and self._get_missing_tip(work)
        ]
        if not works:
            return
        data = self._prepare_batch_data(company, works)
        for work in works:
            self._write_tip(work, data)

    @api.model
    def _get_missing_tip(self, work):
        """Amazon's tip less the one that the sales order repeats, as Decimal."""
        binding = work.binding
        applied = Decimal(str(binding.currency_id.round(binding.applied_tip)))
        return work.reading.tip - applied

    @api.model
    def _write_tip(self, work, data):
        """Change the tip's line while nothing of it is invoiced, else add another."""
        binding, sale = work.binding, work.binding.sale_order_id
        missing = self._get_missing_tip(work)
        lines = sale.order_line.filtered(lambda line: line.amazon_charge == "tip")
        open_lines = lines.filtered(lambda line: not line.qty_invoiced)
        commands = []
        if open_lines:
            line = open_lines[:1]
            amount = Decimal(str(sale.currency_id.round(line.price_total))) + missing
            vals = self._prepare_tip_line(work, data, amount)
            commands.append(Command.update(line.id, vals))
        else:
            vals = self._prepare_tip_line(work, data, missing)
            commands.append(Command.create(vals))
        self._write_lines(sale, commands)
        binding.applied_tip = float(work.reading.tip)
        self._compare_totals(work, sale)
        sale._message_log(
            body=self.env._(
                "The buyer's tip on Amazon is %s now.",
                sale.currency_id.format(float(work.reading.tip)),
            )
        )
