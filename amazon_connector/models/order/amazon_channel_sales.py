# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a channel sets on its orders, and how far they go by themselves."""

from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.cron import wake
from .amazon_service_level import SERVICE_LEVELS


@dataclass(frozen=True, eq=False)
class OrderSettings:
    """What one channel sets on its orders; records that are archived are left out.

    ``carriers`` is ``{Amazon's service level: carrier}``, ``carrier`` serves all
    others. ``analytic`` is an analytic distribution or None.
    """

    team: models.BaseModel
    user: models.BaseModel
    payment_term: models.BaseModel
    fiscal_position: models.BaseModel
    route: models.BaseModel
    carrier: models.BaseModel
    carriers: dict
    analytic: dict | None

    def get_carrier(self, level):
        """The carrier for orders of Amazon's service level ``level``."""
        return self.carriers.get(level) or self.carrier


class AmazonChannel(models.Model):
    _name = "amazon.channel"
    _inherit = ["amazon.channel", "analytic.mixin"]

    route_id = fields.Many2one(
        "stock.route",
        domain=[("sale_selectable", "=", True)],
        check_company=True,
        help="Set on the order lines, e.g. for dropshipping. Empty: the routes of each "
        "product, its category and the warehouse.",
    )
    carrier_id = fields.Many2one(
        "delivery.carrier",
        "Default Carrier",
        check_company=True,
        help="Ships orders whose service level has no carrier of its own. It never "
        "adds a line to the order, because the buyer has already paid what Amazon "
        "states.",
    )
    service_level_ids = fields.One2many(
        "amazon.service.level", "channel_id", "Carriers by Service Level"
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        check_company=True,
        help="Set on the orders for your reports. Its rules have no effect: Amazon "
        "sets the prices. Empty: a pricelist of the connector.",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        "Payment Terms",
        check_company=True,
        help="Empty: invoices are due at once.",
    )
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        check_company=True,
        help="Used for every order. Empty: chosen by the delivery address, as usual.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Sales Journal",
        domain=[("type", "=", "sale")],
        check_company=True,
        help="Journal for the invoices of this channel's orders. Empty: the first "
        "sales journal, as usual. An order with its own journal keeps it.",
    )
    auto_confirm = fields.Boolean(
        "Confirm Orders",
        default=True,
        help="Orders whose total agrees with Amazon's are confirmed. Off: they stay "
        "quotations until you confirm them, and nothing is reserved for them.",
    )
    auto_invoice = fields.Selection(
        [
            ("none", "By hand"),
            ("shipped", "Create a draft when shipped"),
            ("posted", "Create and post when shipped"),
        ],
        "Invoices",
        required=True,
        default="none",
        help="Nothing is invoiced before it is shipped. Orders placed before the "
        "channel went live are not invoiced automatically.",
    )
    archived_settings = fields.Char(
        compute="_compute_archived_settings",
        help="Settings that are not used for new orders, because they are archived.",
    )
    archived_settings_told = fields.Char(
        copy=False,
        readonly=True,
        help="What the responsible user was already told about.",
    )

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    @api.constrains("pricelist_id", "marketplace_id")
    def _check_pricelist(self):
        for channel in self:
            pricelist = channel.pricelist_id
            if pricelist and pricelist.currency_id != channel.currency_id:
                raise ValidationError(
                    self.env._(
                        "%(channel)s sells in %(expected)s, but the pricelist "
                        "%(pricelist)s is in %(currency)s. Choose one in %(expected)s.",
                        channel=channel.display_name,
                        expected=channel.currency_id.name,
                        pricelist=pricelist.display_name,
                        currency=pricelist.currency_id.name,
                    )
                )

    @api.constrains("journal_id")
    def _check_journal(self):
        for channel in self:
            if channel.journal_id and channel.journal_id.type != "sale":
                raise ValidationError(
                    self.env._(
                        "%(journal)s is not a sales journal: %(channel)s needs one "
                        "for its invoices.",
                        journal=channel.journal_id.display_name,
                        channel=channel.display_name,
                    )
                )

    @api.depends(
        "team_id.active",
        "user_id.active",
        "pricelist_id.active",
        "payment_term_id.active",
        "fiscal_position_id.active",
        "route_id.active",
        "carrier_id.active",
        "journal_id.active",
        "service_level_ids.carrier_id.active",
        "analytic_distribution",
        "use_warehouses",
        "warehouse_id.active",
        "stock_warehouse_ids.active",
    )
    def _compute_archived_settings(self):
        for channel in self:
            channel.archived_settings = ", ".join(channel._get_archived_settings())

    def _get_archived_settings(self):
        """Names of settings that are archived, e.g. ``Salesperson: Asha``."""
        self.ensure_one()
        names = []
        for fname in (
            "team_id",
            "user_id",
            "pricelist_id",
            "payment_term_id",
            "fiscal_position_id",
            "route_id",
            "carrier_id",
            "journal_id",
        ):
            record = self[fname].sudo()
            if record and not record.active:
                label = self._fields[fname]._description_string(self.env)
                names.append(f"{label}: {record.display_name}")
        for level in self.service_level_ids:
            carrier = level.carrier_id.sudo()
            if carrier and not carrier.active:
                names.append(f"{level.name}: {carrier.display_name}")
        if self.analytic_distribution and not self._get_analytic():
            names.append(self.env._("Analytic Distribution"))
        return names + self._get_archived_warehouses()

    # ------------------------------------------------------------------
    # Life cycle
    # ------------------------------------------------------------------

    def _add_usual_service_levels(self):
        self._add_service_levels({channel: SERVICE_LEVELS for channel in self})

    @api.private
    def _add_service_levels(self, levels):
        """Add rows for service levels that channels do not have yet.

        :param levels: ``{channel: Amazon's service levels}``
        """
        self.env["amazon.service.level"].sudo().create(
            [
                {"channel_id": channel.id, "level": level}
                for channel, names in levels.items()
                for level in names
                if level not in channel.service_level_ids.mapped("level")
            ]
        )

    def _start_invoicing(self):
        """Switch the cron on if these channels need it, and run it soon."""
        if any(channel.auto_invoice != "none" for channel in self):
            cron = self.env.ref("amazon_connector.ir_cron_orders_invoice").sudo()
            if not cron.active:
                cron.active = True
            self._wake_invoicing()

    @api.private
    def _wake_invoicing(self):
        """Have shipped orders of these channels invoiced soon, if they are to be.

        Called by users' stock transactions: it inserts a row and updates none.
        """
        if any(channel.auto_invoice != "none" for channel in self):
            wake(self.env, "ir_cron_orders_invoice")

    # ------------------------------------------------------------------
    # For the sync
    # ------------------------------------------------------------------

    @api.private
    def _get_order_settings(self):
        """``{channel: OrderSettings}``, without what is archived."""
        return {
            channel: OrderSettings(
                team=channel.team_id.filtered("active"),
                user=channel.user_id.filtered("active"),
                payment_term=channel.payment_term_id.filtered("active"),
                fiscal_position=channel.fiscal_position_id.filtered("active"),
                route=channel.route_id.filtered("active"),
                carrier=channel.carrier_id.filtered("active"),
                carriers={
                    level.level: level.carrier_id.filtered("active")
                    for level in channel.service_level_ids
                },
                analytic=channel._get_analytic(),
            )
            for channel in self
        }

    @api.private
    def _get_analytic(self):
        """The analytic distribution, or None without one or with a missing account."""
        self.ensure_one()
        distribution = self.analytic_distribution or {}
        numbers = {number for key in distribution for number in key.split(",")}
        if not numbers or not all(map(str.isdecimal, numbers)):
            return None
        ids = set(map(int, numbers))
        accounts = (
            self.env["account.analytic.account"]
            .sudo()
            .search_fetch([("id", "in", list(ids))], ["id"])
        )
        return distribution if set(accounts.ids) == ids else None

    @api.private
    def _tell_archived_settings(self):
        """Tell the responsible user once that settings are archived, or all right."""
        for channel in self:
            archived = channel.archived_settings or False
            if archived == channel.archived_settings_told:
                continue
            channel.sudo().archived_settings_told = archived
            key = f"archived settings {channel.id}"
            if not archived:
                channel.account_id._clear_alert(key)
                continue
            channel.account_id._raise_alert(
                self.env._("Archived settings: %s", channel.name),
                self.env._(
                    "These settings of %(channel)s are archived, so orders come in "
                    "without them: %(settings)s. Choose others on the channel.",
                    channel=channel.name,
                    settings=archived,
                ),
                key=key,
            )
