# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class AmazonSyncRecord(models.Model):
    """What one run did with one order, and why."""

    _name = "amazon.sync.record"
    _description = "Amazon Sync Record"
    _order = "id desc"

    run_id = fields.Many2one(
        "amazon.sync.run", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    amazon_order_id = fields.Many2one(
        "amazon.order", ondelete="cascade", index="btree_not_null"
    )
    sale_order_id = fields.Many2one(related="amazon_order_id.sale_order_id")
    name = fields.Char("Record", required=True, help="Amazon's number of it.")
    outcome = fields.Selection(
        [
            ("created", "Created"),
            ("updated", "Updated"),
            ("cancelled", "Cancelled"),
            ("frozen", "Frozen"),
            ("pending", "Pending on Amazon"),
            ("skipped", "Skipped"),
            ("held", "Held"),
            ("failed", "Failed"),
        ],
        required=True,
    )
    reason = fields.Text()

    @api.depends("name")
    def _compute_display_name(self):
        for record in self:
            record.display_name = record.name

    def action_open_source(self):
        """Open the order behind the record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "amazon.order",
            "res_id": self.amazon_order_id.id,
            "views": [(False, "form")],
        }
