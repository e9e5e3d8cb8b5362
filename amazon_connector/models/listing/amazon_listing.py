# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from ...tools.evidence import is_new


class AmazonListing(models.Model):
    """One seller SKU on one channel: the product binding."""

    _name = "amazon.listing"
    _description = "Amazon Listing"
    _inherit = "amazon.binding"
    _rec_name = "seller_sku"
    _rec_names_search = ["seller_sku", "title", "asin"]
    _order = "state desc, seller_sku, id"
    _binding = ("channel_id", "seller_sku")

    # The unique constraint below is its index, too.
    channel_id = fields.Many2one("amazon.channel", required=True, ondelete="cascade")
    account_id = fields.Many2one(related="channel_id.account_id", store=True)
    company_id = fields.Many2one(related="channel_id.company_id", store=True)
    seller_sku = fields.Char("Seller SKU", required=True)
    asin = fields.Char("ASIN", readonly=True)
    title = fields.Char(readonly=True)
    product_id = fields.Many2one(
        "product.product", ondelete="restrict", index="btree_not_null"
    )
    state = fields.Selection(
        [
            ("unconfirmed", "Unconfirmed"),
            ("linked", "Linked"),
            ("unlinked", "Unlinked"),
            ("ignored", "Ignored"),
        ],
        "Status",
        required=True,
        default="unconfirmed",
    )
    reason = fields.Text(readonly=True, help="Why it was not linked automatically.")
    product_archived = fields.Boolean(
        compute="_compute_product_archived",
        search="_search_product_archived",
        compute_sudo=True,
        help="Orders still come in with the linked product, although it is archived.",
    )
    issue_text = fields.Text("Issues on Amazon", compute="_compute_texts")
    variation_text = fields.Char("Attributes", compute="_compute_texts")
    order_line_ids = fields.One2many("amazon.order.line", "listing_id", "Order Lines")

    _channel_sku_unique = models.Constraint(
        "unique(channel_id, seller_sku)", "This SKU already exists on this channel."
    )
    _linked_has_product = models.Constraint(
        "CHECK((state = 'linked') = (product_id IS NOT NULL))",
        "A linked listing has a product, and any other listing has none.",
    )
    # As lists open: without it each opening sorts all listings.
    _list_idx = models.Index("(state DESC, seller_sku, id)")

    @api.depends("product_id.active")
    def _compute_product_archived(self):
        for listing in self:
            product = listing.product_id
            listing.product_archived = bool(product) and not product.active

    def _search_product_archived(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("product_id.active", "=", False), ("product_id", "!=", False)]

    @api.depends("issues", "variation_values")
    def _compute_texts(self):
        for listing in self:
            listing.variation_text = ", ".join(
                f"{name}: {value}" for name, value in listing.variation_values or []
            )
            listing.issue_text = "\n".join(
                " ".join(
                    str(issue.get(part))
                    for part in ("severity", "code", "message")
                    if issue.get(part)
                )
                for issue in listing.issues or []
            )

    @api.constrains("product_id")
    def _check_product(self):
        for listing in self:
            product = listing.product_id.sudo()
            if product.amazon_charge:
                raise ValidationError(
                    self.env._(
                        "%s stands for a charge of Amazon orders. Choose the product "
                        "that you sell.",
                        product.display_name,
                    )
                )
            owner = product.company_id
            if owner and owner not in listing.company_id.sudo().parent_ids:
                raise ValidationError(
                    self.env._(
                        "%(sku)s is sold by %(company)s, but %(product)s belongs to "
                        "another company.",
                        sku=listing.seller_sku,
                        company=listing.company_id.sudo().name,
                        product=product.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """A listing that is given a product is linked."""
        listings = super().create(
            [
                {"state": "linked", **vals} if vals.get("product_id") else vals
                for vals in vals_list
            ]
        )
        linked = listings.filtered("product_id")
        self.env["amazon.stock.change"]._record_listings(linked, "link")
        return listings

    def write(self, vals):
        """Keep state and product together; let orders and quantities follow (S145)."""
        offered = self._find_offered(vals)
        if "product_id" not in vals or "state" in vals:
            result = super().write(vals)
            if "state" in vals:
                self._wake_frozen(self)
        elif not vals["product_id"]:
            self.filtered("product_id")._unlink_from_product()
            others = {key: val for key, val in vals.items() if key != "product_id"}
            result = super().write(others) if others else True
        else:
            result = super().write({**vals, "state": "linked"})
            self.sudo().write(
                {
                    "reason": False,
                    "unlinked_product_ids": [Command.unlink(vals["product_id"])],
                }
            )
            self._wake_frozen(self)
        self._record_offered(vals, offered)
        return result

    # ------------------------------------------------------------------
    # Unlinking
    # ------------------------------------------------------------------

    @api.private
    def _unlink_from_product(self):
        """Take listings off their products, and remember each pair.

        Sales orders that are there keep their products; later orders are frozen.
        """
        self.check_access("write")
        for listing in self.sudo():
            product = listing.product_id
            listing.write(
                {
                    "product_id": False,
                    "picture_wanted": False,
                    "state": "unlinked",
                    "reason": self.env._(
                        "%(user)s unlinked it from %(product)s.",
                        user=self.env.user.name,
                        product=product.display_name,
                    ),
                    "unlinked_product_ids": [Command.link(product.id)],
                }
            )

    @api.model
    def _offer_again(self, listings):
        """Offer unlinked listings anew as unconfirmed; the reason stays on them.

        Called by the items sync for what it has read since (S156).
        """
        listings.filtered(lambda one: one.state == "unlinked").write(
            {"state": "unconfirmed"}
        )

    # ------------------------------------------------------------------
    # For the sync of orders
    # ------------------------------------------------------------------

    @api.model
    def _find_or_create(self, wanted):
        """The listings of ``wanted``; what is new or undecided is matched to products.

        :param wanted: ``{(channel, seller_sku): {"asin": ..., "title": ...,
            "condition": ...}}``
        :return: ``{(channel, seller_sku): listing}``
        """
        found = self._find(wanted)
        missing = [key for key in wanted if key not in found]
        if missing:
            self.create(
                [
                    {
                        "channel_id": channel.id,
                        "seller_sku": sku,
                        **wanted[channel, sku],
                    }
                    for channel, sku in missing
                ]
            )
            found = self._find(wanted)
        undecided = (
            self.browse()
            .union(*found.values())
            .filtered(lambda listing: listing.state == "unconfirmed")
        )
        for (channel, sku), facts in wanted.items():
            # Amazon's word on an order counts where nothing is known, or against it.
            listing, told = found[channel, sku], facts.get("condition")
            if listing in undecided and told and told != listing.condition:
                if not listing.condition or not is_new(told):
                    listing.condition = told
        if undecided:
            self.env["amazon.listing.matcher"]._match_new(undecided)
        return found

    @api.model
    def _find(self, keys):
        channels = self.env["amazon.channel"].union(*(channel for channel, _ in keys))
        # What Amazon's last report left out may still have orders.
        listings = self.with_context(active_test=False).search(
            [
                ("channel_id", "in", channels.ids),
                ("seller_sku", "in", list({sku for _, sku in keys})),
            ]
        )
        return {(one.channel_id, one.seller_sku): one for one in listings}

    @api.model
    def _wake_frozen(self, listings):
        """Have frozen orders with an item of these listings applied again.

        They go on, or say what they wait for now.
        """
        waiting = self.env["amazon.order"].sudo()
        if listings:
            waiting = waiting.search(
                [
                    ("state", "=", "frozen"),
                    ("to_apply", "=", False),
                    ("line_ids.listing_id", "in", listings.ids),
                ]
            )
        if waiting:
            waiting._apply_again()

    @api.autovacuum
    def _wake_stranded(self):
        """Have frozen orders applied again that wait for nothing any more.

        An order that was being frozen while a user linked its item is seen by neither.
        """
        frozen = (
            self.env["amazon.order"]
            .sudo()
            .search(
                [
                    ("state", "=", "frozen"),
                    ("to_apply", "=", False),
                    ("sale_order_id.amazon_frozen", "=", True),
                    ("sale_order_id.state", "in", ("draft", "sent")),
                ]
            )
        )
        stranded = frozen.filtered(lambda order: not order._get_undecided_lines())
        if stranded:
            stranded._apply_again()

    # ------------------------------------------------------------------
    # For screens
    # ------------------------------------------------------------------

    @api.depends("seller_sku", "channel_id.name")
    @api.depends_context("show_channel")
    def _compute_display_name(self):
        """Override: name the channel where listings of several are shown together."""
        result = super()._compute_display_name()
        if self.env.context.get("show_channel"):
            for one in self:
                one.display_name = f"{one.channel_id.name}: {one.seller_sku}"
        return result

    @api.model
    def _count_by_state(self, field_name, records):
        """``{record: {state: number of listings}}``, grouped by a many2one field."""
        result = {}
        for record, state, count in self._read_group(
            [(field_name, "in", records.ids)], [field_name, "state"], ["__count"]
        ):
            result.setdefault(record, {})[state] = count
        return result

    @api.model
    def _open(self, domain):
        """The action that shows listings; the context may name a filter."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_listing_action"
        )
        context = self.env.context.get("listing_filter") or {}
        return {**action, "domain": domain, "context": context}
