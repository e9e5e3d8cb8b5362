# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which quantity a channel offers on Amazon, and of which warehouses."""

from dataclasses import dataclass

from odoo import api, fields, models

from ...tools.optional_integer import OptionalInteger
from .handling_time import read_days, write_days

_WATCHED = {
    "active",
    "use_warehouses",
    "warehouse_id",
    "stock_warehouse_ids",
    "stock_basis",
    "stock_buffer",
    "stock_maximum",
    "handling_days",
    "stock_live",
}


@dataclass(frozen=True)
class StockSource:
    """Where a quantity comes from: warehouses (ids), and ``free`` or ``forecast``."""

    warehouse_ids: tuple
    basis: str


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    stock_live = fields.Boolean(
        "Live with Stock",
        readonly=True,
        copy=False,
        help="Off: rehearsal. Quantities are computed and shown, but not sent.",
    )
    stock_live_at = fields.Datetime("Live with Stock Since", readonly=True, copy=False)
    use_warehouses = fields.Boolean(
        "Warehouse Mapping",
        help="Off: orders go to the company's first warehouse, and the quantity on "
        "Amazon is the stock of all its warehouses.",
    )
    stock_warehouse_ids = fields.Many2many(
        "stock.warehouse",
        "amazon_channel_stock_warehouse_rel",
        "channel_id",
        "warehouse_id",
        "Warehouses for the Quantity",
        check_company=True,
        context={"active_test": False},
        help="The quantities of these warehouses are added up. Empty: the warehouse "
        "that ships the orders.",
    )
    stock_basis = fields.Selection(
        [
            ("free", "Free to use"),
            ("forecast", "Forecast"),
        ],
        "Quantity Sent",
        required=True,
        default="free",
        help="Free to use: on hand minus reserved and promised units. Forecast: "
        "including incoming units.",
    )
    stock_buffer = fields.Integer(
        help="Units of each product that are not offered on Amazon."
    )
    stock_maximum = fields.Integer(
        "Maximum Shown", help="Amazon never shows more than this. 0: no limit."
    )
    ships_unsold = fields.Boolean(
        compute="_compute_ships_unsold",
        help="Orders ship from a warehouse whose stock is not offered on Amazon.",
    )
    handling_days = OptionalInteger(
        "Handling Time (Days)",
        help="For listings without a handling time of their own. 0: shipped on the "
        "same day. Empty: nothing is sent and Amazon decides.",
    )
    handling_time = fields.Char(
        compute="_compute_handling_time",
        inverse="_inverse_handling_time",
        help="In days, for listings without a handling time of their own. 0: shipped "
        "on the same day. Empty: Amazon decides, and a handling time that was sent "
        "before is taken back.",
    )

    _stock_numbers = models.Constraint(
        "CHECK(COALESCE(stock_buffer, 0) >= 0 AND COALESCE(stock_maximum, 0) >= 0"
        " AND COALESCE(handling_days, 0) BETWEEN 0 AND 30)",
        '"Stock Buffer" and "Maximum Shown" must be 0 or more, and the handling time '
        "0 to 30 days.",
    )

    @api.depends("use_warehouses", "warehouse_id", "stock_warehouse_ids")
    def _compute_ships_unsold(self):
        for channel in self:
            chosen = channel.use_warehouses and channel.stock_warehouse_ids
            channel.ships_unsold = chosen and channel._get_warehouse() not in chosen

    @api.depends("handling_days")
    def _compute_handling_time(self):
        for channel in self:
            channel.handling_time = write_days(channel.handling_days)

    def _inverse_handling_time(self):
        for channel in self:
            channel.handling_days = read_days(self.env, channel.handling_time)

    @api.model
    def _map_chosen(self, vals):
        """Values where choosing or clearing the warehouse switches the mapping."""
        if "warehouse_id" not in vals or "use_warehouses" in vals:
            return vals
        return {**vals, "use_warehouses": bool(vals["warehouse_id"])}

    def _follow_stock_settings(self, vals):
        """Note that quantities may change with these settings."""
        if not _WATCHED.isdisjoint(vals):
            self.env["amazon.stock.change"]._record_channels(self)

    def _get_archived_warehouses(self):
        """Names of the warehouses that are mapped and archived."""
        names = []
        for fname in ("warehouse_id", "stock_warehouse_ids"):
            mapped = self[fname].sudo() if self.use_warehouses else ()
            label = self._fields[fname]._description_string(self.env)
            names += [f"{label}: {one.name}" for one in mapped if not one.active]
        return names

    # ------------------------------------------------------------------
    # For the sync
    # ------------------------------------------------------------------

    @api.private
    def _get_opening_warehouse(self):
        """Where the units lie that Amazon offers already: the warehouse that ships,
        unless another one's stock is offered."""
        self.ensure_one()
        ships = self._get_warehouse()
        offered = self.stock_warehouse_ids.filtered("active")
        if not self.use_warehouses or not offered or ships in offered:
            return ships
        return offered[0]

    @api.private
    def _get_stock_sources(self):
        """``{channel id: StockSource}``, without warehouses that are archived."""
        every = self.env["stock.warehouse"].search(
            [("company_id", "in", self.company_id.ids)]
        )
        by_company = every.grouped("company_id")
        sources = {}
        for channel in self:
            if channel.use_warehouses:
                chosen = channel.stock_warehouse_ids or channel._get_warehouse()
                warehouses = chosen.filtered("active")
            else:
                warehouses = by_company.get(channel.company_id, every.browse())
            sources[channel.id] = StockSource(
                tuple(sorted(warehouses.ids)), channel.stock_basis
            )
        return sources
