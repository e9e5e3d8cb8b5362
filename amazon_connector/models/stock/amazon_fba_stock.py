# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon holds of the seller's goods, beside what Odoo has in the FBA location."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.context import drop_caller_context


class AmazonFbaStock(models.Model):
    """One product at Amazon: Amazon's count, Odoo's count and the difference.

    Compared are Odoo's on hand in the account's FBA location and Amazon's fulfillable
    and reserved units: reserved ones are on their way to a buyer and leave with the
    order. Counts of one quantity pool are the same goods and never summed.
    """

    _name = "amazon.fba.stock"
    _description = "Amazon FBA Stock"
    _inherit = "amazon.binding"
    _closed = True
    _order = "account_id, product_id"
    _rec_name = "product_id"

    account_id = fields.Many2one(
        "amazon.account", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    product_id = fields.Many2one(
        "product.product", required=True, ondelete="cascade", readonly=True, index=True
    )
    amazon_quantity = fields.Float(
        "On Amazon",
        digits="Product Unit",
        readonly=True,
        help="Fulfillable and reserved units at Amazon, in the product's unit of "
        "measure.",
    )
    odoo_quantity = fields.Float(
        "In Odoo",
        digits="Product Unit",
        readonly=True,
        help="On hand in the FBA location when Amazon's stock was read.",
    )
    difference = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="Amazon's units minus Odoo's when Amazon's stock was read.",
    )
    state = fields.Selection(
        [
            ("equal", "Equal"),
            ("differs", "Differs"),
            ("cost", "Cost Missing"),
            ("by_hand", "By Hand"),
        ],
        "Status",
        required=True,
        default="equal",
        readonly=True,
        index=True,
    )
    reason = fields.Text(compute="_compute_reason")
    read_at = fields.Datetime("Last Read", readonly=True)
    differs_since = fields.Datetime(
        readonly=True, help="When this difference was first found."
    )
    corrected_at = fields.Datetime("Corrected", readonly=True)
    unfulfillable = fields.Float(digits="Product Unit", readonly=True)
    inbound = fields.Float("On the Way In", digits="Product Unit", readonly=True)

    _account_product_unique = models.Constraint(
        "unique(account_id, product_id)", "The product already has a row."
    )

    @api.depends("state", "product_id.is_storable")
    def _compute_reason(self):
        texts = {
            "cost": self.env._(
                "The product has no cost, so the new units would have no value. Enter "
                "its cost, then correct."
            ),
            "by_hand": self.env._(
                "The product is tracked by lots or serial numbers: enter those that "
                "are at Amazon in an inventory adjustment of the FBA location."
            ),
        }
        uncounted = self.env._(
            "Odoo does not count this product: switch on Track Inventory on it."
        )
        for row in self:
            row.reason = texts.get(row.state, False)
            if row.state == "by_hand" and not row.product_id.is_storable:
                row.reason = uncounted

    # ------------------------------------------------------------------
    # Correcting
    # ------------------------------------------------------------------

    def action_correct(self):
        """Adjust Odoo's stock in the FBA location to Amazon's count.

        A real inventory adjustment, dated now. What is tracked by lots is left to a
        user; what has no cost is asked for first.

        :return: True
        :raises UserError: none of these rows can be corrected, with the reason
        """
        return self._correct_by_hand(without_cost=False)

    def action_correct_without_cost(self):
        """The same for products that are worth nothing; their units get no value."""
        return self._correct_by_hand(without_cost=True)

    def _correct_by_hand(self, without_cost):
        if not self.env.user.has_group("amazon_connector.group_manager"):
            raise AccessError(
                self.env._("Only an Amazon manager can correct stock at Amazon.")
            )
        self.check_access("read")
        rows = drop_caller_context(self.sudo())
        rows._compare()
        wanted = rows.filtered(
            lambda row: row.state == "differs" or (without_cost and row.state == "cost")
        )
        stuck = rows.filtered(lambda row: row.state in ("cost", "by_hand")) - wanted
        if stuck and not wanted:
            raise UserError(
                "\n".join(
                    f"{row.product_id.display_name}: {row.reason}" for row in stuck
                )
            )
        wanted._correct()
        return True

    def _correct(self):
        """Adjust Odoo's stock to Amazon's count, in one batch per account."""
        Quant = self.env["stock.quant"].sudo()
        for account, rows in self.grouped("account_id").items():
            location = account._get_fba_location()
            own = Quant.with_company(account.company_id).with_context(
                inventory_mode=True, inventory_name=self._get_move_name(account)
            )
            found = rows._find_plain_quants(location)
            quants = own.browse()
            for row in rows:
                quant = own.browse(found.get(row.product_id.id))
                target = (quant.quantity if quant else 0.0) + row.difference
                if not quant:
                    quant = own.create(
                        {
                            "product_id": row.product_id.id,
                            "location_id": location.id,
                            "inventory_quantity": target,
                        }
                    )
                else:
                    quant.inventory_quantity = target
                quants |= quant
            quants.action_apply_inventory()
        self.write({"corrected_at": fields.Datetime.now()})
        self.env.flush_all()
        self._compare()

    def _try(self):
        """Correct all of these at once; else each of them, as far as Odoo lets it.

        :return: why the others are not corrected, in a list
        """
        try:
            with self.env.cr.savepoint():
                self._correct()
        except UserError as error:
            if len(self) == 1:
                return [f"{self.product_id.display_name}: {error}"]
            return [reason for row in self for reason in row._try()]
        return []

    def _get_move_name(self, account):
        return self.env._("Amazon's count, %(account)s", account=account.name)

    def _find_plain_quants(self, location):
        """``{product id: quant id}`` without lot, package or owner."""
        quants = (
            self.env["stock.quant"]
            .sudo()
            .search_fetch(
                [
                    ("product_id", "in", self.product_id.ids),
                    ("location_id", "=", location.id),
                    ("lot_id", "=", False),
                    ("package_id", "=", False),
                    ("owner_id", "=", False),
                ],
                ["product_id"],
                order="id desc",
            )
        )
        return {quant.product_id.id: quant.id for quant in quants}

    # ------------------------------------------------------------------
    # Comparing
    # ------------------------------------------------------------------

    def _compare(self, read_at=None):
        """Hold Amazon's count against what Odoo has now.

        :param read_at: when Amazon was read, for what was just read (naive UTC)
        """
        now = fields.Datetime.now()
        for account, rows in self.grouped("account_id").items():
            counts = rows._count_in_odoo(account)
            for row in rows:
                product = row.product_id
                held = counts.get(product.id, 0.0)
                difference = product.uom_id.round(row.amazon_quantity - held)
                vals = {
                    "odoo_quantity": held,
                    "difference": difference,
                    "state": row._judge(difference),
                }
                if difference != row.difference or not row.differs_since:
                    vals["differs_since"] = now if difference else False
                row._write_changes(vals)
        if read_at:
            self.write({"read_at": read_at})

    def _write_changes(self, vals):
        """Write what is different: most products have not changed since."""
        changed = {name: value for name, value in vals.items() if self[name] != value}
        if changed:
            self.write(changed)

    def _judge(self, difference):
        product = self.product_id.with_company(self.company_id)
        if not difference:
            return "equal"
        if product.tracking != "none" or not product.is_storable:
            return "by_hand"
        if difference > 0 and not product.standard_price:
            return "cost"
        return "differs"

    def _count_in_odoo(self, account):
        """``{product id: units}`` on hand in the account's FBA location."""
        location = account.fba_location_id
        if not location:
            return {}
        groups = (
            self.env["stock.quant"]
            .sudo()
            ._read_group(
                [
                    ("product_id", "in", self.product_id.ids),
                    ("location_id", "child_of", location.id),
                ],
                ["product_id"],
                ["quantity:sum"],
            )
        )
        return {product.id: quantity for product, quantity in groups}

    def action_open_listings(self):
        """Open the listings that Amazon's count comes from, those of kits too."""
        products = self.env["product.product"]._add_amazon_kits(self.product_id.ids)
        return self.env["amazon.listing"]._open(
            [
                ("account_id", "in", self.account_id.ids),
                ("product_id", "in", list(products)),
                ("fba_read_at", "!=", False),
            ]
        )
