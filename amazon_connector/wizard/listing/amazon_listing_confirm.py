# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...models.listing.amazon_listing_queue import NAMED
from ...tools.notifications import notify


class AmazonListingConfirm(models.TransientModel):
    """Asks once what many new products cost, and how many there are (S146, S147).

    Amazon knows neither; what is left empty is not known, and no stock is posted.
    """

    _name = "amazon.listing.confirm"
    _description = "Create Products"

    line_ids = fields.One2many("amazon.listing.confirm.line", "wizard_id", "Items")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")

    @api.depends("line_ids.currency_id")
    def _compute_currency_id(self):
        for wizard in self:
            wizard.currency_id = wizard.line_ids.currency_id[:1]

    @api.model
    def _prepare_lines(self, listings):
        """A line of each item; listings of one SKU become one product."""
        leaders = {(one.company_id, one.seller_sku): one for one in reversed(listings)}
        return [(0, 0, {"listing_id": one.id}) for one in reversed(leaders.values())]

    def action_apply(self):
        """Create the products with their costs, and post their opening stock.

        :return: a client action that says how many orders go on
        :raises ValidationError: before anything is made, naming the item
        """
        self.ensure_one()
        lines = self.line_ids
        lines._check_values()
        listings = lines.listing_id
        # The product of an item that is linked by now has its own cost and stock.
        todo = listings._claim()
        listings.action_confirm()
        created = lines.filtered(
            lambda line: line.listing_id in todo and line.listing_id.product_id
        )
        created._set_costs()
        created._post_stock()
        made = self.env._("Products created: %s.", len(created.listing_id.product_id))
        orders = self.env["amazon.order"]._tell_thawing(listings)
        message = f"{made} {orders}".rstrip()
        left = listings.filtered(lambda listing: not listing.product_id)
        linked = (listings - todo)[:NAMED]
        if not left | linked:
            return notify(message)
        why = [*(one._explain_linked() for one in linked), left._list_reasons()]
        return notify(f"{message} {' '.join(filter(None, why))}", "warning")


class AmazonListingConfirmLine(models.TransientModel):
    """One item that becomes a product."""

    _name = "amazon.listing.confirm.line"
    _description = "Product to Create"

    wizard_id = fields.Many2one(
        "amazon.listing.confirm", required=True, ondelete="cascade"
    )
    listing_id = fields.Many2one(
        "amazon.listing", "Item", required=True, ondelete="cascade"
    )
    title = fields.Char(related="listing_id.title", related_sudo=False)
    channel_id = fields.Many2one(related="listing_id.channel_id", related_sudo=False)
    currency_id = fields.Many2one(related="listing_id.company_id.currency_id")
    amazon_quantity = fields.Integer(
        related="listing_id.amazon_quantity", related_sudo=False
    )
    sold_quantity = fields.Integer(
        "Sold",
        compute="_compute_sold_quantity",
        help="Ordered but not shipped yet: still in the warehouse, but no longer "
        "offered on Amazon.",
    )
    cost = fields.Monetary(help="The cost of one unit. Empty: not known yet.")
    opening_quantity = fields.Float(
        "Opening Stock",
        digits="Product Unit",
        help="Units in the channel's warehouse now, including those that are sold but "
        "not shipped yet. Empty: no stock is posted.",
    )

    @api.depends("listing_id")
    def _compute_sold_quantity(self):
        # Orders are read as superuser: of items that the user may see.
        self.listing_id.check_access("read")
        sold = self.listing_id._count_sold()
        for line in self:
            line.sold_quantity = sold.get(line.listing_id.id, 0)

    def _check_values(self):
        for line in self:
            sku = line.listing_id.seller_sku
            if line.cost < 0 or line.opening_quantity < 0:
                raise ValidationError(
                    self.env._("%s: cost and opening stock cannot be negative.", sku)
                )
            if line.opening_quantity and not line.cost:
                raise ValidationError(
                    self.env._(
                        "%s: opening stock needs a value. Enter the cost of one unit, "
                        "or leave the opening stock empty.",
                        sku,
                    )
                )

    def _set_costs(self):
        # Deciding on listings includes the products that come of it.
        for line in self.filtered("cost"):
            listing = line.listing_id
            product = listing.product_id.with_company(listing.company_id).sudo()
            product.standard_price = line.cost

    def _post_stock(self):
        """As the user himself: who may not count stock posts none."""
        stocked = self.filtered("opening_quantity")
        for channel, lines in stocked.grouped("channel_id").items():
            channel._get_opening_warehouse()._post_opening_stock(
                {line.listing_id.product_id: line.opening_quantity for line in lines}
            )
