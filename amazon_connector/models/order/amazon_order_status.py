# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's codes of an order in a user's words."""

from odoo import api, fields, models


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    status_text = fields.Char("Status on Amazon", compute="_compute_words")
    shipper_text = fields.Char("Shipped By", compute="_compute_words")

    @api.depends("fulfillment_status", "fulfilled_by")
    @api.depends_context("lang")
    def _compute_words(self):
        """Say the codes in words; a code that is unknown is shown as it is."""
        statuses = {
            "PENDING": self.env._("Payment pending"),
            "PENDING_AVAILABILITY": self.env._("Not released yet"),
            "INVOICE_PENDING": self.env._("Invoice pending"),
            "UNSHIPPED": self.env._("To ship"),
            "PARTIALLY_SHIPPED": self.env._("Partly shipped"),
            "SHIPPED": self.env._("Shipped"),
            "CANCELLED": self.env._("Cancelled"),
            "UNFULFILLABLE": self.env._("Cannot be fulfilled"),
        }
        shippers = {
            "AMAZON": self.env._("Amazon (FBA)"),
            "MERCHANT": self.env._("You"),
        }
        for order in self:
            status, shipper = order.fulfillment_status, order.fulfilled_by
            order.status_text = statuses.get(status, status)
            order.shipper_text = shippers.get(shipper, shipper)
