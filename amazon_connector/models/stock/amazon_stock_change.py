# SPDX-License-Identifier: LGPL-3.0-or-later
"""What may have changed a quantity on Amazon: a queue that users only append to."""

from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ...tools.cron import wake
from ...tools.database import vacuum_often

COALESCE_SECONDS = 120
# A run that another transaction asked for counts if it is at least so far away: nearer
# ones may not wait for this transaction's commit.
LATE_SECONDS = 30
EDIT_SECONDS = 3600
CRON = "ir_cron_stock_fetch"
_KEY = "amazon_stock_changes"


class AmazonStockChange(models.Model):
    """One change that a quantity may depend on; deleted when it is looked at.

    Users' transactions insert and touch no row that others share, not even by a
    foreign key: they neither wait for the connector nor fail because of it. What a
    transaction changed is collected and inserted once, right before the commit.

    A row names a product, a listing, a SKU of a channel, or a whole channel.
    """

    _name = "amazon.stock.change"
    _description = "Amazon Stock Change"
    _inherit = "amazon.binding"
    _closed = True
    _log_access = False
    _order = "id"

    # Ids of records, but no Many2one: the check of its foreign key would lock the row
    # that it names, and others write that row.
    product_id = fields.Integer("Product ID", readonly=True)
    listing_id = fields.Integer("Listing ID", readonly=True)
    channel_id = fields.Integer("Channel ID", readonly=True)
    seller_sku = fields.Char("Seller SKU", readonly=True)
    kind = fields.Selection(
        [
            ("stock", "Stock"),
            ("inbox", "Waiting Orders"),
            ("order", "Order on Amazon"),
            ("link", "Link"),
            ("setting", "Setting"),
            ("push", "Push"),
        ],
        required=True,
        readonly=True,
    )

    def init(self):
        """Override: the queue is filled and emptied all day."""
        vacuum_often(self)

    # ------------------------------------------------------------------
    # Recording
    # ------------------------------------------------------------------

    @api.model
    def _record_products(self, product_ids, kind="stock"):
        """Note that the stock of products changed. Forgotten without linked listings.

        For users of any rights; inserts at the end of the transaction.

        :param product_ids: ids of ``product.product``, of any products
        """
        if product_ids:
            self._collect((id_, None, None, None, kind) for id_ in product_ids)

    @api.model
    def _record_listings(self, listings, kind):
        """Note that listings were linked, unlinked, set up or are to be pushed."""
        self._collect((None, id_, None, None, kind) for id_ in listings._ids)

    @api.model
    def _record_orders(self, rows, kind="order"):
        """Note that Amazon told of orders.

        :param rows: ``(channel id, seller SKU)`` of their items
        :param kind: ``order``: Amazon changed its own count meanwhile; ``inbox``: only
            what waits in Odoo changed
        """
        self._collect((None, None, channel, sku, kind) for channel, sku in rows)

    @api.model
    def _record_channels(self, channels):
        """Note that the settings of channels changed: all their quantities may have."""
        self._collect((None, None, id_, None, "setting") for id_ in channels._ids)

    @api.model
    def _record_companies(self, companies):
        """Note that the warehouses of companies changed."""
        if companies and self._is_used():
            self._record_channels(
                self.env["amazon.channel"]
                .sudo()
                .search([("company_id", "in", companies.ids)])
            )

    @api.model
    def _is_used(self):
        """Whether any listing is linked; without one, stock needs no watching."""
        try:
            return self._remember_used()
        except LookupError:
            return False

    @api.model
    @tools.ormcache()
    def _remember_used(self):
        """:raises LookupError: no listing is linked. Only what is true is remembered:
        another process may link the first listing at any time.
        """
        linked = self.env["amazon.listing"].sudo().with_context(active_test=False)
        if not linked.search_count([("product_id", "!=", False)], limit=1):
            raise LookupError
        return True

    @api.model
    def _collect(self, rows):
        # A savepoint runs the hooks that wait for the commit, and its rollback
        # empties their data: what is collected lives and dies with its cause.
        precommit = self.env.cr.precommit
        if _KEY not in precommit.data:
            precommit.data[_KEY] = {}
            precommit.add(self.sudo()._insert_collected)
        precommit.data[_KEY].update(dict.fromkeys(rows))

    def _insert_collected(self):
        rows = list(self.env.cr.precommit.data.pop(_KEY, ()))
        if rows and not self._is_used():
            rows = [row for row in rows if not row[0]]
        if not rows:
            return
        products, listings, channels, skus, kinds = zip(*rows, strict=True)
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(f"amazon_connector.{CRON}")
        is_urgent = not {"link", "push"}.isdisjoint(kinds)
        moment = self._get_end_of_window()
        is_late = fields.Datetime.now() > moment - timedelta(seconds=LATE_SECONDS)
        # In one statement: users' transactions wait for nothing more than this.
        self.env.cr.execute(
            SQL(
                """
                WITH woken AS (
                     INSERT INTO ir_cron_trigger (cron_id, call_at)
                     SELECT id, %(moment)s FROM ir_cron
                      WHERE id = %(cron)s
                        AND (%(late)s OR NOT EXISTS (
                            SELECT FROM ir_cron_trigger
                             WHERE cron_id = %(cron)s AND call_at = %(moment)s)))
                INSERT INTO amazon_stock_change (
                       product_id, listing_id, channel_id, seller_sku, kind)
                SELECT * FROM unnest(%(products)s::integer[], %(listings)s::integer[],
                                     %(channels)s::integer[], %(skus)s::varchar[],
                                     %(kinds)s::varchar[])
                """,
                moment=moment,
                late=is_late,
                cron=None if is_urgent else cron_id or None,
                products=list(products),
                listings=list(listings),
                channels=list(channels),
                skus=list(skus),
                kinds=list(kinds),
            )
        )
        if is_urgent:
            # Not with all changes of the window, but at once.
            wake(self.env, CRON)
            self.env["ir.cron.trigger"].flush_model()

    @api.model
    def _get_end_of_window(self):
        """When quantities are sent next: all transactions of two minutes name the same
        moment."""
        now = fields.Datetime.now()
        passed = int(now.timestamp()) % COALESCE_SECONDS
        return now + timedelta(seconds=COALESCE_SECONDS - passed)

    # ------------------------------------------------------------------
    # Consuming
    # ------------------------------------------------------------------

    @api.model
    def _consume(self, limit=10_000):
        """Take changes off the queue and mark the levels they concern.

        To be called first thing after a commit: what is read later in the transaction
        must be as new as what is deleted here. Marks levels of all accounts
        ``to_compute``, and makes those that are missing; where an order moved, what
        Amazon offers is not known any more.

        :return: how many changes were taken; fewer than ``limit``: there is no more
        """
        # As an array: PostgreSQL may run a subquery, and its limit, once per row.
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM amazon_stock_change
                      WHERE id = ANY(ARRAY(SELECT id FROM amazon_stock_change
                                            ORDER BY id LIMIT %s
                                              FOR UPDATE SKIP LOCKED))
                  RETURNING product_id, listing_id, channel_id, seller_sku, kind
                """,
                limit,
            )
        )
        rows_or_kits = {*rows, *self._find_changed_kits()}
        if rows_or_kits:
            self._mark(rows_or_kits)
        return len(rows)

    @api.model
    def _mark(self, rows):
        """Mark the levels that some changes concern.

        :param rows: ``(product, listing, channel, seller SKU, kind)``
        """
        Level = self.env["amazon.stock.level"]
        told = _get_skus(rows, "order")
        ordered = self._find_listings(told)
        waiting = self._find_listings(_get_skus(rows, "inbox"))
        touched = self.env["amazon.listing"].browse({row[1] for row in rows if row[1]})
        touched = touched.exists()
        Level._find_of_skus(told)._forget_confirmed()
        pushed = touched.browse({row[1] for row in rows if row[4] == "push"}) & touched
        pushed.stock_level_id._forget_confirmed()
        pushed.stock_level_id.filtered(lambda one: one.state == "rejected").write(
            {"state": "to_send"}
        )
        # An order of one listing leaves less for all others of its product. A level
        # names the product that its listing had before, which is freed by a new link.
        products = {row[0] for row in rows if row[0]}
        products.update((ordered | waiting | touched).product_id.ids)
        products.update(touched.stock_level_id.product_id.ids)
        Level._ensure(touched | ordered)
        self._mark_levels(
            levels=touched.stock_level_id.ids,
            products=self.env["product.product"]._add_amazon_kits(products),
            channels={row[2] for row in rows if row[2] and not row[3]},
        )

    @api.model
    def _find_listings(self, skus):
        """:param skus: ``[(channel id, seller SKU)]``"""
        if not skus:
            return self.env["amazon.listing"]
        channels, names = zip(*skus, strict=True)
        found = self.env.execute_query(
            SQL(
                """
                SELECT listing.id
                  FROM unnest(%s::integer[], %s::varchar[]) AS told(channel_id, sku)
                  JOIN amazon_listing listing
                    ON listing.channel_id = told.channel_id
                   AND listing.seller_sku = told.sku
                """,
                list(channels),
                list(names),
            )
        )
        return self.env["amazon.listing"].browse({row[0] for row in found})

    @api.model
    def _mark_levels(self, levels, products, channels):
        """Have levels computed anew: these, and those of products and of channels.

        Those that are marked already are written, too: who computes them meanwhile may
        not know of this change, and must not clear the mark unnoticed.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_stock_level
                   SET to_compute = TRUE
                 WHERE id IN (SELECT unnest(%(levels)s::integer[])
                               UNION
                              SELECT id FROM amazon_stock_level
                               WHERE product_id = ANY(%(products)s)
                               UNION
                              SELECT stock_level_id FROM amazon_listing
                               WHERE product_id = ANY(%(products)s)
                               UNION
                              SELECT stock_level_id FROM amazon_listing
                               WHERE channel_id = ANY(%(channels)s))
                """,
                levels=list(levels),
                products=list(products),
                channels=list(channels),
            )
        )
        self.env["amazon.stock.level"].invalidate_model(["to_compute"], flush=False)

    @api.model
    def _find_changed_kits(self):
        """Changes of kits whose bill of materials was edited lately.

        The nightly comparison meets an edit that took longer to be committed.
        """
        since = fields.Datetime.now() - timedelta(seconds=EDIT_SECONDS)
        kits = self.env["product.product"]._find_edited_amazon_kits(since)
        return [(id_, None, None, None, "setting") for id_ in kits]

    @api.autovacuum
    def _consume_left(self):
        """Keep the queue short where no account is connected that would read it."""
        while self._consume() >= 10_000:
            pass


def _get_skus(rows, kind):
    return [(row[2], row[3]) for row in rows if row[4] == kind and row[3]]
