# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...tools.context import drop_caller_context

SHOWN = 500


class AmazonStockGolive(models.TransientModel):
    """Ends the rehearsal of a channel: shows what Amazon would be told, then has it.

    Products that never had stock in Odoo can take Amazon's quantity as their opening
    stock. What a unit costs is asked for and never guessed.
    """

    _name = "amazon.stock.golive"
    _description = "Go Live with Stock"

    channel_id = fields.Many2one("amazon.channel", required=True, readonly=True)
    company_id = fields.Many2one(related="channel_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    level_ids = fields.Many2many("amazon.stock.level", compute="_compute_levels")
    level_count = fields.Integer("Listings", compute="_compute_levels")
    differing_count = fields.Integer("Different", compute="_compute_levels")
    zero_count = fields.Integer("Would Become 0", compute="_compute_levels")
    line_ids = fields.One2many(
        "amazon.stock.golive.line",
        "wizard_id",
        "Opening Stock",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        "Opening Stock In",
        compute="_compute_warehouse_id",
        compute_sudo=True,
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Compute the quantities that the dialog shows."""
        for vals in vals_list:
            channel = self.env["amazon.channel"].browse(vals["channel_id"])
            channel._check_stock_manager()
            channel._compute_stock()
        return super().create(vals_list)

    @api.depends("channel_id")
    def _compute_levels(self):
        for wizard in self:
            Level = self.env["amazon.stock.level"]
            domain = [
                ("channel_id", "=", wizard.channel_id.id),
                ("state", "!=", "excluded"),
            ]
            differing = [*domain, ("difference", "!=", 0)]
            wizard.level_count = Level.search_count(domain)
            wizard.differing_count = Level.search_count(differing)
            wizard.zero_count = Level.search_count([*differing, ("quantity", "=", 0)])
            # What would become 0 comes first.
            wizard.level_ids = Level.search(
                differing, order="quantity, id", limit=SHOWN
            )

    @api.depends("channel_id")
    def _compute_warehouse_id(self):
        for wizard in self:
            wizard.warehouse_id = wizard.channel_id._get_opening_warehouse()

    @api.depends("channel_id")
    def _compute_line_ids(self):
        self.channel_id.check_access("read")
        for wizard in self:
            wizard.line_ids = [Command.clear()] + [
                Command.create(vals) for vals in wizard._prepare_lines()
            ]

    def _prepare_lines(self):
        """One line per product without any history of stock that Amazon has some of."""
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT listing.product_id,
                       max(listing.amazon_quantity
                           * COALESCE(listing.stock_pack_size, 1)) AS amazon_quantity
                  FROM amazon_listing listing
                  JOIN product_product product ON product.id = listing.product_id
                  JOIN product_template template
                    ON template.id = product.product_tmpl_id
                 WHERE listing.channel_id = %s AND listing.state = 'linked'
                   AND listing.active
                   AND listing.fulfilled_by = 'merchant'
                   AND listing.amazon_quantity > 0
                   AND product.active AND template.is_storable
              GROUP BY listing.product_id
              ORDER BY listing.product_id
                """,
                self.channel_id.id,
            )
        )
        never = self.env["product.product"]._find_never_stocked(
            self.company_id, [row["product_id"] for row in rows]
        )
        # Serial numbers cannot be guessed.
        usable = set(never.filtered(lambda product: product.tracking == "none").ids)
        return [row for row in rows if row["product_id"] in usable]

    def action_take_quantities(self):
        """Fill in Amazon's quantities; costs are still to be given.

        What buyers have ordered already is in the warehouse, too, though Amazon does
        not offer it any more.
        """
        self.ensure_one()
        self.channel_id._check_stock_manager()
        promised = self.line_ids._count_promised()
        for line in self.line_ids:
            line.quantity = line.amazon_quantity + promised[line.product_id.id]
        return self._reopen("amazon_stock_golive_view_form_opening")

    def action_compare(self):
        """Compare again, e.g. after stock was counted in Odoo."""
        self.ensure_one()
        self.channel_id._check_stock_manager()
        self.channel_id._compute_stock()
        return self._reopen("amazon_stock_golive_view_form")

    def action_go_live(self):
        """Post the opening stock that was given, then send quantities from now on."""
        self.ensure_one()
        self.channel_id._check_stock_manager()
        lines = self.line_ids.filtered("quantity")
        lines._check_values()
        lines._check_still_new()
        lines._post_opening_stock()
        self.channel_id._go_live()
        return {"type": "ir.actions.act_window_close"}

    def _reopen(self, view):
        """The dialog once more, on the page that the view opens with."""
        view_id = self.env["ir.model.data"]._xmlid_to_res_id(f"amazon_connector.{view}")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Go Live with Stock: %s", self.channel_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view_id, "form")],
            "target": "new",
        }


class AmazonStockGoliveLine(models.TransientModel):
    """Opening stock of one product that never had any in Odoo."""

    _name = "amazon.stock.golive.line"
    _description = "Opening Stock"

    wizard_id = fields.Many2one(
        "amazon.stock.golive", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    product_id = fields.Many2one("product.product", required=True, readonly=True)
    amazon_quantity = fields.Integer("On Amazon", readonly=True)
    quantity = fields.Float(
        "Opening Stock",
        digits="Product Unit",
        help="Units in the warehouse now, including those that are sold but not "
        "shipped yet. Empty: no stock is posted.",
    )
    cost = fields.Monetary(
        "Cost of One",
        compute="_compute_cost",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="The cost of one unit.",
    )

    @api.depends("product_id")
    def _compute_cost(self):
        self.wizard_id._origin.check_access("read")
        for line in self:
            company = line.wizard_id.company_id
            line.cost = line.product_id.with_company(company).standard_price

    def _check_values(self):
        """:raises ValidationError: with what to do about it, before anything is made"""
        wrong = self.filtered(lambda line: line.quantity < 0 or line.cost < 0)
        if wrong:
            raise ValidationError(
                self.env._(
                    "Quantity and cost cannot be negative: %s.",
                    ", ".join(wrong.product_id.mapped("display_name")),
                )
            )
        without = self.filtered(lambda line: not line.cost)
        if without:
            raise ValidationError(
                self.env._(
                    "Opening stock needs a value: enter the cost of one unit of "
                    "%(products)s, or leave the opening stock empty.",
                    products=", ".join(without.product_id.mapped("display_name")),
                )
            )

    def _count_promised(self):
        """``{product id: units}`` that are to leave for orders in Odoo."""
        if not self:
            return {}
        wizard = self.wizard_id
        channel = wizard.channel_id.sudo()
        source = channel._get_stock_sources()[channel.id]
        waiting = (
            self.env["amazon.order"].sudo()._read_waiting_units(channel.company_id)
        )
        products = drop_caller_context(self.product_id.sudo())
        products = products.with_company(channel.company_id)
        return {
            product.id: product.outgoing_qty + float(waiting.get(product.id, 0))
            for product in products.with_context(
                warehouse_id=list(source.warehouse_ids)
            )
        }

    def _check_still_new(self):
        """:raises UserError: a product got stock since the dialog was opened"""
        known = self.product_id - self.product_id._find_never_stocked(
            self.wizard_id.company_id, self.product_id.ids
        )
        if known:
            raise UserError(
                self.env._(
                    "%(products)s now has stock in Odoo. Leave its opening stock "
                    "empty, so that it is not counted twice.",
                    products=", ".join(known.mapped("display_name")),
                )
            )

    def _post_opening_stock(self):
        """Write the costs, then count the units in the channel's warehouse."""
        if not self:
            return
        wizard = self.wizard_id
        for line in self:
            product = line.product_id.with_company(wizard.company_id)
            if product.standard_price != line.cost:
                product.standard_price = line.cost
        wizard.warehouse_id._post_opening_stock(
            {line.product_id: line.quantity for line in self}
        )
