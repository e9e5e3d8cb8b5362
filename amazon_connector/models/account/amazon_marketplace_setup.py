# SPDX-License-Identifier: LGPL-3.0-or-later
"""Beginning the set-up from a marketplace."""

from odoo import fields, models


class AmazonMarketplace(models.Model):
    _inherit = "amazon.marketplace"

    channel_ids = fields.Many2many(
        "amazon.channel",
        string="Channels",
        compute="_compute_channel_ids",
        help="Your channels in this marketplace that are in use.",
    )

    def _compute_channel_ids(self):
        groups = self.env["amazon.channel"]._read_group(
            [("marketplace_id", "in", self.ids)],
            ["marketplace_id"],
            ["id:recordset"],
        )
        channels = dict(groups)
        for marketplace in self:
            marketplace.channel_ids = channels.get(marketplace, False)

    def action_set_up(self):
        """Begin a set-up for this marketplace, or go on where it is switched off; S56.

        :return: the window of the set-up
        """
        self.ensure_one()
        switched_off = self.env["amazon.channel"].search(
            [
                ("marketplace_id", "=", self.id),
                ("active", "=", False),
                ("account_id.state", "=", "connected"),
            ],
            limit=1,
        )
        if switched_off:
            return switched_off.account_id.action_continue_setup()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_onboarding_action"
        )
        return {
            **action,
            "context": {
                "default_region": self.region,
                "default_marketplace_ids": self.ids,
            },
        }

    def action_open_channels(self):
        """Open the channels in this marketplace."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_channel_action"
        )
        return {**action, "domain": [("marketplace_id", "in", self.ids)]}
