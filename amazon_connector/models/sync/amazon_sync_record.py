# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class AmazonSyncRecord(models.Model):
    """What one run did with one order or one listing, and why."""

    _name = "amazon.sync.record"
    _description = "Amazon Sync Record"
    _inherit = "amazon.binding"
    _closed = True
    _order = "id desc"

    run_id = fields.Many2one(
        "amazon.sync.run", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    amazon_order_id = fields.Many2one(
        "amazon.order", ondelete="cascade", index="btree_not_null"
    )
    listing_id = fields.Many2one(
        "amazon.listing", ondelete="cascade", index="btree_not_null"
    )
    sale_order_id = fields.Many2one(related="amazon_order_id.sale_order_id")
    name = fields.Char("Record", required=True, help="Amazon's number of the record.")
    outcome = fields.Selection(
        [
            ("created", "Created"),
            ("updated", "Updated"),
            ("cancelled", "Cancelled"),
            ("unconfirmed", "Unconfirmed"),
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
        """Open the order or the listing behind the record, if there is one."""
        self.ensure_one()
        source = self.listing_id or self.amazon_order_id
        return source and {
            "type": "ir.actions.act_window",
            "res_model": source._name,
            "res_id": source.id,
            "views": [(False, "form")],
        }
