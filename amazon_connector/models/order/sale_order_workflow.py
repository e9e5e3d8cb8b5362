# SPDX-License-Identifier: LGPL-3.0-or-later
"""How far Amazon orders go by themselves: confirmed or left to a user, invoiced."""

from odoo import fields, models

from ...tools.context import BATCH, drop_caller_context


class SaleOrder(models.Model):
    _inherit = "sale.order"

    amazon_invoice_problem = fields.Text(
        copy=False, readonly=True, help="Why the connector could not invoice the order."
    )
    amazon_invoice_retry_at = fields.Datetime(copy=False, readonly=True)

    _amazon_to_invoice_idx = models.Index(
        "(amazon_channel_id, id) "
        "WHERE amazon_channel_id IS NOT NULL AND invoice_status = 'to invoice'"
    )

    def _action_confirm(self):
        """Override of `sale`: what Amazon shipped already is not delivered again."""
        if not BATCH.get(self.env):
            for company, sales in (
                self.filtered("amazon_order_id").grouped("company_id").items()
            ):
                bindings = drop_caller_context(sales._get_amazon_bindings())
                bindings = bindings.with_company(company)
                bindings.env["amazon.order.deliverer"]._catch_up(bindings)
        return super()._action_confirm()

    def _get_update_prices_lines(self):
        """Override of `sale`: no pricelist changes what Amazon states."""
        return (
            super()
            ._get_update_prices_lines()
            .filtered(lambda line: not line.amazon_charge)
        )

    def _prepare_invoice(self):
        """Override of `sale`: the channel's journal, unless the order names one."""
        values = super()._prepare_invoice()
        journal = self.sudo().amazon_channel_id.journal_id
        if (
            journal.active
            and not self.journal_id
            and journal.company_id == self.company_id
        ):
            values["journal_id"] = journal.id
        return values

    def _is_amazon_invoice_due(self):
        """Whether all that can be invoiced now has been shipped.

        Products invoiced by ordered quantities wait until they are shipped completely.
        Down payments are a user's business.
        """
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: not line.display_type)
        if any(lines.mapped("is_downpayment")):
            return False
        goods = lines.filtered(lambda line: line.product_id.type == "consu")
        shipped = all(
            line.product_uom_id.compare(
                line.qty_to_invoice + line.qty_invoiced, line.qty_delivered
            )
            <= 0
            for line in goods
        )
        if not goods.filtered("qty_delivered"):
            told = self.amazon_order_id.fulfillment_status
            shipped = shipped and not goods and told == "SHIPPED"
        return shipped and any(line.qty_to_invoice > 0 for line in lines)

    def _get_amazon_invoice_summary(self):
        return self.env._("Invoice of an Amazon order")

    def _get_amazon_invoice_alert(self):
        """Open activities about an invoice that could not be made."""
        summary = self._get_amazon_invoice_summary()
        return self.activity_ids.filtered(lambda a: a.summary == summary)
