# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is done with many deliveries of the shipping desk at once."""

from odoo import api, models
from odoo.exceptions import UserError

from ...tools.notifications import notify

BATCH_ACTION = "stock_picking_batch.stock_picking_to_batch_action_stock_picking"


class StockPicking(models.Model):
    _inherit = "stock.picking"

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Override: batches are offered where Odoo's module of them is installed."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if "stock.picking.batch" not in self.env:
            for button in arch.xpath("//button[@name='action_amazon_batch']"):
                button.getparent().remove(button)
        return arch, view

    def action_amazon_print_slips(self):
        """One document with the slips of these deliveries, in their order."""
        return self._print_amazon("stock.action_report_delivery")

    def action_amazon_print_picklist(self):
        """Units per location and product of all these deliveries."""
        return self._print_amazon("amazon_connector.action_report_picklist")

    def _print_amazon(self, report):
        self.check_access("read")
        return self.env.ref(report).report_action(self, config=False)

    def action_amazon_batch(self):
        """Odoo's dialog that puts these deliveries into a batch."""
        self.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id(BATCH_ACTION)
        return {**action, "context": {"active_ids": self.ids}}

    def action_amazon_validate(self):
        """Validate those of these deliveries whose goods are there.

        :return: what Odoo or the connector asks first, else what was done, in words
        :raises UserError: when none of them is ready
        """
        ready = self.filtered(lambda picking: picking._is_amazon_complete())
        if not ready:
            raise UserError(
                self.env._(
                    "None of these deliveries is ready: their goods are missing."
                )
            )
        result = ready.button_validate()
        if isinstance(result, dict):
            return result
        return ready._tell_amazon_validated(self - ready)

    def _tell_amazon_validated(self, others):
        """What a user is told after many deliveries were validated at once.

        :param others: those that were not ready
        """
        done = self.filtered(lambda picking: picking.state == "done")
        text = self.env._("Deliveries validated: %s.", len(done))
        if others:
            names = ", ".join(others.mapped("name"))
            text += "\n" + self.env._("Goods are missing for: %s.", names)
        return notify(text, "warning" if others else "success")
