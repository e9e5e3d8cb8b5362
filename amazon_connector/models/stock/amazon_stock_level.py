# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon is to offer of one seller SKU, and what it is known to offer."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.database import prepare_defaults, vacuum_often
from ...tools.optional_integer import OptionalInteger

# Marketplaces of one pool share a quantity; any other stands alone.
POOL = SQL("COALESCE(NULLIF(marketplace.quantity_pool, ''), marketplace.amazon_code)")

MANY = 1_000
# Held back by the brake, and nobody has answered yet.
UNDECIDED_DOMAIN = [("state", "=", "held"), ("brake_decision", "=", False)]


class AmazonStockLevel(models.Model):
    """One seller SKU in one quantity pool of an account.

    ``quantity`` is what Odoo wants (:mod:`.amazon_stock_level_quantity`),
    ``sent_quantity`` what left last, ``confirmed_quantity`` what was read back. All are
    units of the listing: a pack of six counts one.
    """

    _name = "amazon.stock.level"
    _description = "Amazon Stock Level"
    _inherit = "amazon.binding"
    _closed = True
    _rec_name = "seller_sku"
    _order = "seller_sku, id"

    account_id = fields.Many2one(
        "amazon.account", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    quantity_pool = fields.Char(
        required=True,
        readonly=True,
        help="Marketplaces that share this quantity, or Amazon's ID of the only one.",
    )
    seller_sku = fields.Char("Seller SKU", required=True, readonly=True)
    listing_ids = fields.One2many("amazon.listing", "stock_level_id", "Listings")
    product_id = fields.Many2one(
        "product.product",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Product of the listing that decides the quantity.",
    )
    channel_id = fields.Many2one(
        "amazon.channel",
        "Leading Channel",
        readonly=True,
        ondelete="set null",
        help="The first live channel of those that share the quantity decides.",
    )
    quantity = fields.Integer(
        "Quantity in Odoo", readonly=True, help="The quantity that Amazon should offer."
    )
    handling_days = OptionalInteger(
        "Handling Time (Days)",
        readonly=True,
        help="0: shipped on the same day. Empty: Amazon decides.",
    )
    computed_at = fields.Datetime(
        "Computed", readonly=True, help="When this quantity was computed."
    )
    to_compute = fields.Boolean(
        readonly=True, default=True, help="Something changed since it was computed."
    )
    sent_quantity = fields.Integer("Last Sent", readonly=True)
    sent_handling_days = OptionalInteger(
        "Handling Time Sent",
        readonly=True,
        help="The last handling time that was sent, possibly with an earlier quantity.",
    )
    sent_at = fields.Datetime("Sent", readonly=True)
    sent_by = fields.Selection(
        [("patch", "One by one"), ("feed", "In bulk")], readonly=True
    )
    feed_id = fields.Many2one(
        "amazon.feed", readonly=True, ondelete="set null", index="btree_not_null"
    )
    confirmed = fields.Boolean(
        readonly=True,
        help="Amazon's quantity was read back, so it is known and not only assumed.",
    )
    doubted_at = fields.Datetime(
        readonly=True, help="The quantity read on Amazon may be out of date."
    )
    confirmed_quantity = fields.Integer("On Amazon", readonly=True)
    confirmed_at = fields.Datetime("Read Back", readonly=True)
    retry_at = fields.Datetime("Next Try", readonly=True)
    attempts = fields.Integer(readonly=True)
    state = fields.Selection(
        [
            ("to_send", "To Send"),
            ("sent", "Sent"),
            ("confirmed", "Confirmed"),
            ("rejected", "Rejected"),
            ("held", "Held Back"),
            ("excluded", "Not Sent"),
            ("rehearsal", "Rehearsal"),
        ],
        "Status",
        required=True,
        default="rehearsal",
        readonly=True,
    )
    reason = fields.Text(readonly=True)

    _account_pool_sku_unique = models.Constraint(
        "unique(account_id, quantity_pool, seller_sku)",
        "This SKU already has a stock level in this pool.",
    )
    _to_compute_idx = models.Index("(account_id) WHERE to_compute IS TRUE")
    _to_send_idx = models.Index("(account_id, retry_at) WHERE state = 'to_send'")

    def init(self):
        """Override: each quantity that is sent changes its row three times."""
        vacuum_often(self)

    # ------------------------------------------------------------------
    # Levels of listings
    # ------------------------------------------------------------------

    @api.model
    def _ensure(self, listings):
        """Give linked listings that the merchant ships their levels.

        Listings of one SKU in one pool share theirs. Two statements, however many
        listings are given; those that have their level are left alone.

        :return: the levels of all listings given
        """
        self.env.flush_all()
        ids = list(listings._ids)
        default_names, defaults = prepare_defaults(
            self, {"account_id", "company_id", "quantity_pool", "seller_sku"}
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO amazon_stock_level (
                       account_id, company_id, quantity_pool, seller_sku,
                       confirmed, attempts,
                       create_uid, create_date, write_uid, write_date
                       %(default_names)s)
                SELECT DISTINCT channel.account_id, channel.company_id, %(pool)s,
                       listing.seller_sku, FALSE, 0,
                       %(uid)s, %(now)s, %(uid)s, %(now)s %(defaults)s
                  FROM amazon_listing listing
                  JOIN amazon_channel channel ON channel.id = listing.channel_id
                  JOIN amazon_marketplace marketplace
                    ON marketplace.id = channel.marketplace_id
                 WHERE listing.id = ANY(%(ids)s)
                   AND listing.state = 'linked'
                   AND listing.fulfilled_by = 'merchant'
                   AND listing.stock_level_id IS NULL
           ON CONFLICT (account_id, quantity_pool, seller_sku) DO NOTHING
                """,
                pool=POOL,
                ids=ids,
                default_names=default_names,
                defaults=defaults,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        if self.env.cr.rowcount >= MANY:
            # The planner would take the table for empty, and compare all with all.
            self.env.cr.execute("ANALYZE amazon_stock_level")
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_listing listing
                   SET stock_level_id = level.id
                  FROM amazon_channel channel, amazon_marketplace marketplace,
                       amazon_stock_level level
                 WHERE listing.id = ANY(%(ids)s)
                   AND listing.state = 'linked'
                   AND listing.fulfilled_by = 'merchant'
                   AND listing.stock_level_id IS NULL
                   AND channel.id = listing.channel_id
                   AND marketplace.id = channel.marketplace_id
                   AND level.account_id = channel.account_id
                   AND level.quantity_pool = %(pool)s
                   AND level.seller_sku = listing.seller_sku
                """,
                pool=POOL,
                ids=ids,
            )
        )
        self.env["amazon.listing"].invalidate_model(["stock_level_id"], flush=False)
        self.invalidate_model(["listing_ids"], flush=False)
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT stock_level_id FROM amazon_listing"
                " WHERE id = ANY(%s) AND stock_level_id IS NOT NULL",
                ids,
            )
        )
        return self.browse([row[0] for row in rows])

    @api.model
    def _find_of_skus(self, skus):
        """The levels of SKUs on channels, also of listings that are not linked there.

        :param skus: ``[(channel id, seller SKU)]``
        """
        if not skus:
            return self.browse()
        channels, names = zip(*skus, strict=True)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT level.id
                  FROM unnest(%s::integer[], %s::varchar[]) AS told (channel_id, sku)
                  JOIN amazon_channel channel ON channel.id = told.channel_id
                  JOIN amazon_marketplace marketplace
                    ON marketplace.id = channel.marketplace_id
                  JOIN amazon_stock_level level
                    ON level.account_id = channel.account_id
                   AND level.quantity_pool = %s AND level.seller_sku = told.sku
                """,
                list(channels),
                list(names),
                POOL,
            )
        )
        return self.browse([row[0] for row in rows])

    @api.model
    def _leave_pools(self, marketplaces):
        """Have the listings of these marketplaces get new levels: their pool changed.

        Nothing is known of what the new pool shows, so it is read before it is sent.
        """
        self.env.flush_all()
        channels = (
            self.env["amazon.channel"]
            .with_context(active_test=False)
            .search([("marketplace_id", "in", marketplaces.ids)])
        )
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE amazon_listing listing
                   SET stock_level_id = NULL
                  FROM amazon_listing before
                 WHERE before.id = listing.id
                   AND listing.channel_id = ANY(%s)
                   AND listing.stock_level_id IS NOT NULL
             RETURNING listing.id, before.stock_level_id
                """,
                channels.ids,
            )
        )
        self.env["amazon.listing"].invalidate_model(["stock_level_id"], flush=False)
        self.invalidate_model(["listing_ids"], flush=False)
        listings = self.env["amazon.listing"].browse([row[0] for row in rows])
        left = self.browse({row[1] for row in rows})
        left.filtered(lambda level: not level.listing_ids).unlink()
        left.exists().write({"to_compute": True})
        self.env["amazon.stock.change"]._record_listings(listings, "link")

    def _forget_confirmed(self):
        """What Amazon offers is not known any more: it is sent again.

        To be called whenever Amazon may have changed its own count.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_stock_level
                   SET confirmed = FALSE, to_compute = TRUE, doubted_at = %s,
                       state = CASE WHEN state IN ('sent', 'confirmed')
                           THEN 'to_send' ELSE state END
                 WHERE id = ANY(%s)
                """,
                fields.Datetime.now(),
                list(self._ids),
            )
        )
        self.invalidate_model(
            ["confirmed", "to_compute", "doubted_at", "state"], flush=False
        )

    @api.model
    def _find_ruled(self, account, condition, order=None, limit=None):
        """The levels of an account whose ruling listing fulfils a condition.

        :param condition: SQL about ``level``, its ``listing`` and their ``channel``
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT level.id
                  FROM amazon_stock_level level
                  JOIN amazon_listing listing
                    ON listing.stock_level_id = level.id
                   AND listing.channel_id = level.channel_id
                  JOIN amazon_channel channel ON channel.id = level.channel_id
                 WHERE level.account_id = %s AND (%s)
              ORDER BY %s
                 LIMIT %s
                """,
                account.id,
                condition,
                order or SQL("level.id"),
                limit,
            )
        )
        return self.browse([row[0] for row in rows])
