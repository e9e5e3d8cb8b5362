# SPDX-License-Identifier: LGPL-3.0-or-later
"""The shipping desk: what a delivery shows of its Amazon order, and how it is found.

The warehouse need not have any rights on Amazon's side: all is read as superuser, of
deliveries that the user may read. Nothing is stored on deliveries, so that confirming
many orders costs nothing more; the desk is found from the orders that Amazon waits for.
"""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...const import UNTOLD_STATES

OPEN_STATES = ("confirmed", "waiting", "assigned")
# Of moves whose goods are not all there.
SHORT_STATES = ("confirmed", "waiting", "partially_available")
# What a user has to do something about.
HALTED_STATES = ("held", "failed")
# Of a delivery's parcels the first of these tells where it stands.
PARCEL_ORDER = (
    ("failed", "untold"),
    ("held", "untold"),
    ("waiting", "telling"),
    ("sent", "told"),
    ("confirmed", "confirmed"),
    ("amazon", "amazon"),
)
SHOWN_ITEMS = 3


class StockPicking(models.Model):
    _inherit = "stock.picking"

    amazon_channel_id = fields.Many2one(related="sale_id.amazon_channel_id")
    amazon_channel_name = fields.Char(
        "Amazon Channel Name", related="sale_id.amazon_channel_id.name"
    )
    amazon_marketplace_name = fields.Char(
        "Marketplace Name", related="sale_id.amazon_channel_id.marketplace_id.name"
    )
    amazon_marketplace_id = fields.Many2one(
        related="sale_id.amazon_channel_id.marketplace_id"
    )
    amazon_ship_by = fields.Datetime(
        "Ship By", related="sale_id.amazon_order_id.ship_by"
    )
    amazon_due = fields.Selection(related="sale_id.amazon_order_id.due", string="Due")
    amazon_speed = fields.Char("Speed", related="sale_id.amazon_order_id.speed_text")
    amazon_programs = fields.Char(
        "Programs", related="sale_id.amazon_order_id.program_text"
    )
    amazon_buyer_number = fields.Char(
        "Customer Number", related="sale_id.partner_id.ref"
    )
    amazon_warehouse_id = fields.Many2one(
        related="picking_type_id.warehouse_id", string="Warehouse"
    )
    amazon_product_id = fields.Many2one(
        "product.product",
        "Only Product",
        compute="_compute_amazon_contents",
        compute_sudo=True,
        search="_search_amazon_product_id",
        help="Set for deliveries with only one product.",
    )
    amazon_first_product_id = fields.Many2one(
        "product.product",
        "Picture",
        compute="_compute_amazon_contents",
        compute_sudo=True,
        help="The first product, whose picture the desk shows.",
    )
    amazon_units = fields.Float(
        "Units", compute="_compute_amazon_contents", compute_sudo=True
    )
    amazon_items = fields.Char(
        "Contents",
        compute="_compute_amazon_contents",
        search="_search_amazon_items",
        compute_sudo=True,
    )
    amazon_parcel = fields.Selection(
        [
            ("stopped", "Do Not Ship"),
            ("asked", "Cancel Requested"),
            ("stock", "Waiting for Stock"),
            ("picking", "To Be Picked"),
            ("lacking", "Details Missing"),
            ("ready", "Ready"),
            ("untold", "Not Reported"),
            ("telling", "Being Reported"),
            ("told", "Reported"),
            ("confirmed", "Confirmed"),
            ("amazon", "Amazon Confirms"),
            ("none", "Nothing to Report"),
        ],
        "Parcel",
        compute="_compute_amazon_parcel",
        compute_sudo=True,
    )
    amazon_to_ship = fields.Boolean(
        compute="_compute_amazon_to_ship",
        search="_search_amazon_to_ship",
        help="Amazon is waiting for it: it has not been shipped, or not reported.",
    )
    amazon_untold = fields.Boolean(
        compute="_compute_amazon_to_ship",
        search="_search_amazon_untold",
        help="It was shipped, but is not reported to Amazon until a user does "
        "something.",
    )

    @api.model
    def get_empty_list_help(self, help_message):
        """Override of `stock`: an empty desk says so, and offers no new transfer."""
        if self.env.context.get("amazon_desk"):
            return help_message
        return super().get_empty_list_help(help_message)

    # ------------------------------------------------------------------
    # Contents
    # ------------------------------------------------------------------

    def _compute_amazon_contents(self):
        # For all rows at once.
        self.move_ids.product_id.mapped("name")
        for picking in self:
            moves = picking.move_ids.filtered(lambda move: move.state != "cancel")
            products = moves.product_id
            picking.amazon_product_id = products if len(products) == 1 else False
            picking.amazon_first_product_id = products[:1]
            picking.amazon_units = sum(moves.mapped("product_uom_qty"))
            picking.amazon_items = self._describe_amazon_contents(moves)

    @api.model
    def _describe_amazon_contents(self, moves):
        parts = [
            f"{move.product_uom_qty:g} × {move.product_id.name}"
            for move in moves[:SHOWN_ITEMS]
        ]
        if more := len(moves) - SHOWN_ITEMS:
            parts += [self.env._("%s more", more)] if more > 0 else []
        return ", ".join(parts)

    @api.model
    def _search_amazon_items(self, operator, value):
        """By product, as products are searched: once, and not for each move."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        products = self.env["product.product"].with_context(active_test=False)
        products = products._search([("display_name", operator, value)])
        return Domain("move_ids", "any", _is_one_of("product_id", products))

    @api.model
    def _search_amazon_product_id(self, operator, value):
        # Groups are opened by it; all others are passed to the moves as they are.
        if operator == "in" and False in value:
            several = Domain("id", "not in", self._find_single_products())
            return several | Domain("amazon_product_id", "in", set(value) - {False})
        own = Domain("move_ids", "any!", [("product_id", operator, value)])
        return own & Domain("id", "in", self._find_single_products())

    @api.model
    def _find_single_products(self):
        """The deliveries that hold one product, as a subquery."""
        return SQL(
            "(SELECT picking_id FROM stock_move"
            " WHERE state != 'cancel' AND picking_id IS NOT NULL"
            " GROUP BY picking_id HAVING count(DISTINCT product_id) = 1)"
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override: the desk is grouped by a product that is not stored."""
        if field_expr == "amazon_product_id":
            return SQL(
                "(SELECT min(product_id) FROM stock_move WHERE picking_id = %s"
                " AND state != 'cancel' HAVING count(DISTINCT product_id) = 1)",
                SQL.identifier(alias, "id"),
            )
        return super()._field_to_sql(alias, field_expr, query)

    # ------------------------------------------------------------------
    # Where it stands
    # ------------------------------------------------------------------

    @api.depends(
        "state",
        "carrier_id",
        "amazon_carrier_code_id",
        "amazon_carrier_name",
        "carrier_tracking_ref",
        "move_ids.state",
    )
    def _compute_amazon_parcel(self):
        self._prefetch_amazon()
        stops = self._find_amazon_stops()
        states = self._get_amazon_parcel_states()
        Shipment = self.env["amazon.shipment"]
        for picking in self:
            if picking.state == "done":
                found = states.get(picking.id, ())
                picking.amazon_parcel = next(
                    (told for state, told in PARCEL_ORDER if state in found), "none"
                )
            elif picking.id in stops:
                picking.amazon_parcel = "stopped"
            elif picking._asks_amazon_to_cancel():
                picking.amazon_parcel = "asked"
            elif not picking._is_amazon_complete():
                picking.amazon_parcel = "stock"
            elif picking.picking_type_code != "outgoing":
                picking.amazon_parcel = "picking"
            else:
                lacks = Shipment._find_lacks(picking)
                picking.amazon_parcel = "lacking" if lacks else "ready"

    def _is_amazon_complete(self):
        """Whether all goods are reserved, or what is there was picked."""
        self.ensure_one()
        return self.state == "assigned" and not any(
            move.state in SHORT_STATES and not move.picked for move in self.move_ids
        )

    def _prefetch_amazon(self):
        """Read for all rows at once what is then asked of each."""
        lines = self.move_ids.sale_line_id
        sales = self.sale_id | lines.order_id
        sales.amazon_order_id.mapped("sale_order_id.state")
        lines.amazon_order_line_id.mapped("former_sku")
        sales.amazon_channel_id.mapped("marketplace_id")

    def _get_amazon_parcel_states(self):
        """``{id of the delivery: states of what Amazon is told of it}``."""
        groups = (
            self.env["amazon.shipment"]
            .sudo()
            ._read_group(
                [("picking_id", "in", self.ids)],
                ["picking_id"],
                ["state:array_agg_distinct"],
            )
        )
        return {picking.id: states for picking, states in groups}

    # ------------------------------------------------------------------
    # What is on the desk
    # ------------------------------------------------------------------

    def _compute_amazon_to_ship(self):
        own = Domain("id", "in", self.ids)
        to_ship = self.search(own & Domain("amazon_to_ship", "=", True))
        untold = self.search(own & Domain("amazon_untold", "=", True))
        for picking in self:
            picking.amazon_to_ship = picking in to_ship
            picking.amazon_untold = picking in untold

    @api.model
    def _search_amazon_to_ship(self, operator, value):
        """Open deliveries of what Amazon waits for, and those that have left without
        Amazon's knowledge; what is being told is not worth a row until it is late."""
        if operator != "in":
            return NotImplemented
        Order = self.env["amazon.order"]
        waited_for = self._get_amazon_domain(Order._get_to_ship_domain())
        late = Domain("order_id.ship_by", "<", fields.Datetime.now())
        is_open = Domain("state", "in", OPEN_STATES)
        untold = Domain("amazon_untold", "=", True)
        return (
            self._get_amazon_step_domain()
            & waited_for
            & (is_open | untold | self._get_told_domain(UNTOLD_STATES, late))
        )

    @api.model
    def _get_amazon_step_domain(self):
        """Deliveries, and picking or packing where Odoo makes the delivery after it."""
        before = SQL(
            "(SELECT pick_type_id FROM stock_warehouse"
            " UNION SELECT pack_type_id FROM stock_warehouse)"
        )
        is_last = Domain("move_ids.move_dest_ids", "=", False)
        is_step = Domain("picking_type_id", "in", before) & is_last
        return Domain("picking_type_code", "=", "outgoing") | is_step

    @api.model
    def _search_amazon_untold(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._get_told_domain(HALTED_STATES)

    @api.model
    def _get_told_domain(self, states, domain=Domain.TRUE):
        """Done deliveries of which some parcel is in one of the states."""
        parcels = (
            self.env["amazon.shipment"]
            .sudo()
            ._search(Domain("state", "in", states) & domain)
        )
        told = parcels.subselect(SQL.identifier(parcels.table, "picking_id"))
        return Domain("state", "=", "done") & Domain("id", "in", told)

    @api.model
    def _get_amazon_domain(self, domain):
        """Deliveries whose Amazon order fulfils a domain, whoever asks."""
        orders = self.env["amazon.order"].sudo()._search(domain)
        sales = (
            self.env["sale.order"].sudo()._search([("amazon_order_id", "in", orders)])
        )
        return _is_one_of("sale_id", sales)


def _is_one_of(name, query):
    """A domain: a field leads to one of the records of a query, which is run once.

    As a subquery it would be one more table among so many that PostgreSQL takes them in
    the order of the text, and reads all deliveries.
    """
    return Domain.custom(
        to_sql=lambda model, alias, own: SQL(
            "%s = ANY(ARRAY%s)",
            model._field_to_sql(alias, name, own),
            query.subselect(),
        )
    )
