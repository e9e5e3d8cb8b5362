# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.tools import ormcache

REGIONS = [("na", "North America"), ("eu", "Europe"), ("fe", "Far East")]


class AmazonMarketplace(models.Model):
    """Amazon's reference data of one marketplace, such as Amazon.in.

    It serves all companies, so system administrators alone change it; what one company
    sees otherwise is a setting of its channel.
    """

    _name = "amazon.marketplace"
    _description = "Amazon Marketplace"
    _inherit = ["amazon.binding", "amazon.reference"]
    _order = "name"
    _binding = (
        "amazon_code",
        "region",
        "country_id",
        "currency_id",
        "time_zone",
        "seller_central_url",
    )

    name = fields.Char(required=True)
    code = fields.Char(required=True, help="Short name, e.g. IN for Amazon IN.")
    amazon_code = fields.Char(
        "Marketplace ID", required=True, help="Amazon's ID of the marketplace."
    )
    country_id = fields.Many2one("res.country", required=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, context={"active_test": False}
    )
    region = fields.Selection(REGIONS, required=True)
    time_zone = fields.Char(required=True)
    domain = fields.Char()
    seller_central_url = fields.Char("Seller Central")
    quantity_pool = fields.Char(
        help="Marketplaces in the same pool share a listing's quantity. Empty: the "
        "marketplace has its own quantity."
    )
    prices_include_tax = fields.Boolean(
        default=True, help="Buyers see prices with tax in this marketplace."
    )

    _amazon_code_unique = models.Constraint(
        "unique(amazon_code)", "This marketplace already exists."
    )

    @api.model
    @ormcache()
    def _get_ids_by_zone(self):
        """``{time zone: ids of its marketplaces}``: all lists of orders to ship ask."""
        known = self.sudo().search_fetch([], ["time_zone"])
        return {zone: own.ids for zone, own in known.grouped("time_zone").items()}

    @api.model_create_multi
    def create(self, vals_list):
        """Override: time zones are read from a cache."""
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def unlink(self):
        """Override: time zones are read from a cache."""
        self.env.registry.clear_cache()
        return super().unlink()

    def write(self, vals):
        """Override: another pool is another quantity of every listing."""
        if "time_zone" in vals:
            self.env.registry.clear_cache()
        turned = self.filtered(
            lambda one: (
                "quantity_pool" in vals
                and (one.quantity_pool or "") != (vals["quantity_pool"] or "")
            )
        )
        result = super().write(vals)
        if turned:
            self.env["amazon.stock.level"].sudo()._leave_pools(turned)
        return result

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
        connected = self.env["amazon.account"].search(
            [
                ("region", "=", self.region),
                ("state", "=", "connected"),
                ("on_hold", "=", False),
            ]
        )
        # One seller of the region: the marketplace was joined after connecting.
        if len(connected) == 1:
            told = connected.action_look_for_marketplaces()
            if self in connected.channel_ids.marketplace_id:
                return told
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
