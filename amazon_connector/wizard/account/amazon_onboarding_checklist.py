# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is left after the first sync: a list with ticks, each line leads on."""

from odoo import fields, models

from ...tools.vault import has_configured_key


class AmazonOnboarding(models.TransientModel):
    _inherit = "amazon.onboarding"

    has_decided_items = fields.Boolean(compute="_compute_checklist")
    has_carrier = fields.Boolean(compute="_compute_checklist")
    has_gone_live = fields.Boolean(compute="_compute_checklist")
    has_invoices = fields.Boolean(compute="_compute_checklist")
    has_own_key = fields.Boolean(compute="_compute_checklist")

    def _compute_checklist(self):
        for setup in self:
            account = setup.account_id
            channels = account.channel_ids
            setup.has_decided_items = bool(
                account.listing_count and not account.unconfirmed_count
            )
            setup.has_carrier = bool(
                self.env["amazon.carrier"].search_count(
                    [("company_id", "in", (False, account.company_id.id))], limit=1
                )
            )
            setup.has_gone_live = bool(channels) and all(channels.mapped("stock_live"))
            setup.has_invoices = bool(channels) and "none" not in channels.mapped(
                "auto_invoice"
            )
            setup.has_own_key = has_configured_key()

    def action_open_unconfirmed(self):
        """Open the items that wait for a decision."""
        self.ensure_one()
        filters = {"listing_filter": {"search_default_unconfirmed": 1}}
        return self.account_id.with_context(**filters).action_open_listings()

    def action_open_carriers(self):
        """Open which carrier Amazon is told."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_carrier_action"
        )

    def action_open_channels(self):
        """Open the channels: there stock goes live, and invoices are chosen."""
        self.ensure_one()
        channels = self.account_id.channel_ids
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_channel_action"
        )
        action["domain"] = [("id", "in", channels.ids)]
        if len(channels) == 1:
            action.update(res_id=channels.id, views=[(False, "form")])
        return action
