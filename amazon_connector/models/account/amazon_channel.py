# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models

from ...tools.notifications import notify

PREFERENCES = (
    "warehouse_id",
    "order_preference",
    "tax_source",
    "order_start_date",
    "new_product_policy",
    "order_name_policy",
    "order_name_prefix",
)
"""What the set-up asks, and one press gives to the account's other channels."""


class AmazonChannel(models.Model):
    """One account in one marketplace: what a user calls "our Amazon IN shop"."""

    _name = "amazon.channel"
    _description = "Amazon Channel"
    _inherit = "amazon.binding"
    _order = "name, id"
    _check_company_auto = True
    _binding = ("account_id", "marketplace_id")

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    account_id = fields.Many2one(
        "amazon.account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, index=True
    )
    account_status = fields.Selection(related="account_id.status")
    marketplace_id = fields.Many2one(
        "amazon.marketplace", required=True, ondelete="restrict"
    )
    country_id = fields.Many2one(related="marketplace_id.country_id")
    currency_id = fields.Many2one(related="marketplace_id.currency_id")
    error_message = fields.Text(
        readonly=True, help="Why Amazon refuses this marketplace."
    )

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        help="Ships the orders. Its stock is offered on Amazon unless other warehouses "
        "are mapped. Empty: the company's first warehouse ships the orders, and "
        "the stock of all its warehouses is offered.",
    )
    team_id = fields.Many2one("crm.team", "Sales Team", check_company=True)
    user_id = fields.Many2one("res.users", "Salesperson", check_company=True)
    order_name_policy = fields.Selection(
        [
            ("odoo", "Odoo's number"),
            ("amazon", "Amazon's number"),
            ("prefix", "Prefix and Amazon's number"),
        ],
        "Order Name",
        required=True,
        default="odoo",
    )
    order_name_prefix = fields.Char(default="AMZ-")
    order_start_date = fields.Datetime(
        "Orders From",
        required=True,
        default=lambda self: fields.Datetime.now() - timedelta(days=30),
        help="Orders placed before this date are left out.",
    )
    go_live_date = fields.Datetime(
        "Live Since",
        required=True,
        default=fields.Datetime.now,
        help="Orders placed before this time are history: they never move stock.",
    )
    order_preference = fields.Selection(
        [
            ("confirmed", "Confirmed"),
            ("fulfilled", "Confirmed and fulfilled"),
        ],
        required=True,
        default="confirmed",
        help="Whether orders that were shipped before the channel went live come in. "
        "Orders placed later always come in.",
    )
    fba_orders = fields.Boolean(
        "Orders Shipped by Amazon",
        default=True,
        help="Off: orders that Amazon ships (FBA) are left out. Orders that are "
        "already in Odoo are still updated, and a single order can still be "
        "recovered by its number.",
    )
    tax_source = fields.Selection(
        [
            ("auto", "Automatic"),
            ("amazon", "Amazon's amounts"),
            ("odoo", "Own taxes, price included"),
            ("none", "None"),
        ],
        "Tax From",
        required=True,
        default="auto",
        help="Automatic: Amazon's amounts if Amazon states tax, otherwise the taxes of "
        "the product.",
    )
    prices_on_amazon = fields.Selection(
        [("with_tax", "Include tax"), ("without_tax", "Exclude tax")],
        "Prices on Amazon",
        help="Whether the prices that buyers see include tax. Used when Amazon's "
        "amounts can be read both ways. Empty: as usual in the marketplace.",
    )
    states_tax = fields.Boolean(
        readonly=True,
        help="Amazon has stated tax on this channel before, so a later zero is a real "
        "zero.",
    )
    resale_partner_id = fields.Many2one(
        "res.partner",
        "Amazon Business Customer",
        check_company=True,
        help="The Amazon company that buys and resells the goods of orders in the "
        "program INVOICE_BY_AMAZON. Their invoices go to this contact instead of "
        "the buyer.",
    )
    order_count = fields.Integer(compute="_compute_order_count")

    _account_marketplace_unique = models.Constraint(
        "unique(account_id, marketplace_id)",
        "This account already has a channel for this marketplace.",
    )

    def _compute_order_count(self):
        groups = self.env["amazon.order"]._read_group(
            [("channel_id", "in", self.ids)], ["channel_id"], ["__count"]
        )
        counts = {channel.id: count for channel, count in groups}
        for channel in self:
            channel.order_count = counts.get(channel.id, 0)

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create([self._map_chosen(vals) for vals in vals_list])
        channels._get_pricelists()
        channels._add_usual_service_levels()
        channels._start_invoicing()
        return channels

    def write(self, vals):
        """Map warehouses that are chosen; let invoices and quantities follow."""
        vals = self._map_chosen(vals)
        result = super().write(vals)
        if "auto_invoice" in vals:
            self._start_invoicing()
        self._follow_stock_settings(vals)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        orders = self.env["amazon.order"].sudo()
        for channel in self:
            if orders.search_count([("channel_id", "=", channel.id)], limit=1):
                channel.account_id._refuse_deletion(channel.display_name)

    def _get_warehouse(self):
        """The warehouse that ships this channel's orders.

        Without a mapping, or where the mapped one is archived, the company's first.
        """
        self.ensure_one()
        if self.use_warehouses and self.warehouse_id.active:
            return self.warehouse_id
        return self.env["stock.warehouse"].search(
            [("company_id", "=", self.company_id.id)], limit=1
        )

    def _get_pricelists(self):
        """``{channel: pricelist}``: the channel's own, else one in its currency."""
        chosen = {
            channel: channel.pricelist_id
            for channel in self
            if channel.pricelist_id.active
            # An order's currency is its pricelist's.
            and channel.pricelist_id.currency_id == channel.currency_id
        }
        others = self.filtered(lambda channel: channel not in chosen)
        return {**others._find_or_create_pricelists(), **chosen}

    def _find_or_create_pricelists(self):
        """``{channel: pricelist}`` in the channel's currency, made where missing.

        An order's currency is its pricelist's. Pricelists of the connector hold no
        rule: Amazon sets the prices.
        """
        Pricelist = self.env["product.pricelist"].sudo()
        found = {
            (pricelist.company_id, pricelist.currency_id): pricelist
            for pricelist in Pricelist.search(
                [
                    ("is_amazon", "=", True),
                    ("company_id", "in", self.company_id.ids),
                    ("currency_id", "in", self.currency_id.ids),
                ]
            )
        }
        result = {}
        for channel in self:
            key = (channel.company_id, channel.currency_id)
            if key not in found:
                found[key] = Pricelist.create(
                    {
                        "name": self.env._(
                            "Amazon %(currency)s", currency=channel.currency_id.name
                        ),
                        "company_id": channel.company_id.id,
                        "currency_id": channel.currency_id.id,
                        "is_amazon": True,
                        "sequence": 1000,
                    }
                )
            result[channel] = found[key]
        return result

    def _get_tax_source(self, tax_stated):
        """Where the taxes of an order come from: ``amazon``, ``odoo`` or ``none``.

        :param tax_stated: whether Amazon states tax above zero in this order
        """
        self.ensure_one()
        if self.tax_source != "auto":
            return self.tax_source
        stated = tax_stated or self.states_tax
        return "amazon" if stated or not self._prices_include_tax() else "odoo"

    def _prices_include_tax(self):
        self.ensure_one()
        if self.prices_on_amazon:
            return self.prices_on_amazon == "with_tax"
        return self.marketplace_id.prices_include_tax

    def action_open_orders(self):
        """Open the Amazon orders of this channel."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_order_action"
        )
        return {**action, "domain": [("channel_id", "in", self.ids)]}

    def action_sync_manually(self):
        """Open the dialog to sync by hand, from this channel."""
        self.ensure_one()
        return self.env["amazon.sync.manual"]._open_dialog(self.account_id, self)

    def action_apply_order_preference(self):
        """Give all channels of the company this channel's order preference (S68)."""
        self.ensure_one()
        self.check_access("write")
        channels = self.with_context(active_test=False).search(
            [("company_id", "=", self.company_id.id)]
        )
        channels.order_preference = self.order_preference
        labels = dict(self._fields["order_preference"]._description_selection(self.env))
        return notify(
            self.env._(
                "The order preference of %(names)s is now %(preference)s.",
                preference=labels[self.order_preference],
                names=", ".join(channels.mapped("name")),
            )
        )

    def action_share_preferences(self):
        """Give the account's other channels this one's preferences.

        :return: True
        """
        self.ensure_one()
        self.check_access("write")
        others = self.account_id.channel_ids - self
        others.write({name: self[name] for name in PREFERENCES})
        return True
