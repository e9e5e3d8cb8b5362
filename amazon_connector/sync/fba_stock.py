# SPDX-License-Identifier: LGPL-3.0-or-later
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ..sp_api import GET_SUMMARIES, AccessDeniedError, FbaInventory
from ..sp_api.reading import make_storable

COUNTS = (
    "fba_fulfillable",
    "fba_reserved",
    "fba_inbound",
    "fba_unfulfillable",
    "fba_researching",
)
# More products than these that are gone all at once are not believed unseen.
BRAKE_UNITS = 10
BRAKE_SHARE = 0.2


class AmazonSyncFbaStock(models.AbstractModel):
    """FBA stock: what Amazon holds, per listing, and Odoo's FBA location beside it.

    All pages of a marketplace are read in one go, because Amazon's page tokens live for
    30 seconds; a reading that breaks off starts again and has done no harm. Source:
    Amazon's ``getInventorySummaries``.
    """

    _name = "amazon.sync.fba_stock"
    _inherit = "amazon.sync.base"
    _description = "Amazon Sync: FBA Stock"

    _kind = "fba_stock"
    _slowest_operation = GET_SUMMARIES

    @api.model
    def _fetch(self, task, deadline):
        account = task.account_id
        channels = account.channel_ids.filtered("active")
        run = self._transact_leased(task, partial(self._begin, task, channels))
        refused = []
        with account._get_client("backfill") as client:
            inventory = FbaInventory(client)
            for channel in channels:
                marketplace = channel.marketplace_id.marketplace_id
                try:
                    summaries = self._call(
                        task, partial(_read_all, inventory, marketplace)
                    )
                except AccessDeniedError as error:
                    refused.append(f"{channel.name}: {error.explanation}")
                    continue
                self._transact_leased(
                    task, partial(self._store, run, channel, summaries)
                )
        if refused and len(refused) == len(channels):
            raise AccessDeniedError("; ".join(refused))
        self._transact_leased(task, partial(self._compare_all, task, run, refused))
        return True

    @api.model
    def _begin(self, task, channels):
        """The run of a reading; one that broke off goes on with its run, from zero."""
        run = self._find_open_runs(task)[:1]
        if not run:
            return self._start_run(task, channels)
        run.write({"page_count": 0, "seen_count": 0, "changed_count": 0})
        return run

    # ------------------------------------------------------------------
    # Storing
    # ------------------------------------------------------------------

    @api.model
    def _store(self, run, channel, summaries):
        """Write what Amazon holds into the channel's listings.

        A listing that Amazon no longer names has nothing there.
        """
        told = make_storable(
            {
                one.seller_sku: _count(one)
                for one in summaries
                if one.fulfillable is not None
            }
        )
        # Named without a count: what is known of it stays.
        untold = make_storable(
            [one.seller_sku for one in summaries if one.fulfillable is None]
        )
        self.env.flush_all()
        skus = list(told)
        columns = {name: [told[sku][name] for sku in skus] for name in COUNTS}
        changed = self.env.execute_query(
            SQL(
                """
                WITH told AS (
                    SELECT * FROM unnest(%(skus)s::varchar[],
                        %(fba_fulfillable)s::int[], %(fba_reserved)s::int[],
                        %(fba_inbound)s::int[],
                        %(fba_unfulfillable)s::int[], %(fba_researching)s::int[])
                        AS told (seller_sku, fulfillable, reserved, inbound,
                                 unfulfillable, researching))
                UPDATE amazon_listing listing
                   SET fba_fulfillable = COALESCE(told.fulfillable, 0),
                       fba_reserved = COALESCE(told.reserved, 0),
                       fba_inbound = COALESCE(told.inbound, 0),
                       fba_unfulfillable = COALESCE(told.unfulfillable, 0),
                       fba_researching = COALESCE(told.researching, 0),
                       fba_read_at = %(now)s
                  FROM amazon_listing stored
             LEFT JOIN told ON told.seller_sku = stored.seller_sku
                 WHERE stored.id = listing.id AND stored.channel_id = %(channel)s
                   AND (told.seller_sku IS NOT NULL OR stored.fba_read_at IS NOT NULL)
                   AND stored.seller_sku != ALL(%(untold)s::varchar[])
             RETURNING listing.id
                """,
                skus=skus,
                untold=untold,
                channel=channel.id,
                now=fields.Datetime.now(),
                **columns,
            )
        )
        self.env["amazon.listing"].invalidate_model([*COUNTS, "fba_read_at"])
        run.write(
            {
                "page_count": run.page_count + 1,
                "seen_count": run.seen_count + len(skus),
                "changed_count": run.changed_count + len(changed),
            }
        )

    # ------------------------------------------------------------------
    # Comparing
    # ------------------------------------------------------------------

    @api.model
    def _compare_all(self, task, run, refused):
        """Bring the comparison up to date; correct what the account wants corrected."""
        account = task.account_id
        wanted = self._sum_by_product(account)
        rows = self._find_or_create_rows(account, wanted)
        now = fields.Datetime.now()
        known = {row.id: (row.difference, row.differs_since) for row in rows}
        for row in rows:
            counts = wanted.get(row.product_id.id) or (0.0, 0.0, 0.0)
            names = ("amazon_quantity", "unfulfillable", "inbound")
            row._write_changes(dict(zip(names, counts, strict=True)))
        rows._compare(read_at=now)
        if account.fba_correction == "automatic":
            self._find_correctable(account, rows, known)._correct()
        account._tell_fba_differences()
        run._finish("done", "\n".join(refused) or False)

    @api.model
    def _find_correctable(self, account, rows, known):
        """What is corrected by itself: the opening, and what two readings found.

        Between Amazon's shipment and its arrival in Odoo the counts differ rightly. If
        a large part would be gone all at once, a human looks first.
        """
        differing = rows.filtered(lambda row: row.state == "differs")
        emptied = differing.filtered(lambda row: not row.amazon_quantity)
        held = rows.filtered("odoo_quantity")
        if len(emptied) > max(BRAKE_UNITS, BRAKE_SHARE * len(held)):
            differing -= emptied
        moved = self._find_moved_products(account, differing.product_id)
        return differing.filtered(
            lambda row: (
                row.product_id.id not in moved
                or (known[row.id][1] and known[row.id][0] == row.difference)
            )
        )

    @api.model
    def _find_moved_products(self, account, products):
        """Ids of the products that ever were in the FBA location."""
        location = account._get_fba_location()
        groups = self.env["stock.move.line"]._read_group(
            [
                ("product_id", "in", products.ids),
                ("state", "=", "done"),
                "|",
                ("location_id", "child_of", location.id),
                ("location_dest_id", "child_of", location.id),
            ],
            ["product_id"],
        )
        return {product.id for (product,) in groups}

    @api.model
    def _sum_by_product(self, account):
        """``{product id: (at Amazon, unfulfillable, inbound)}``, in the product's unit.

        In a quantity pool several marketplaces tell of the same goods: the channel
        that is read first speaks for the pool, not one that is archived and whose
        counts are old.
        """
        listings = (
            self.env["amazon.listing"]
            .with_context(active_test=False)
            .search(
                [
                    ("account_id", "=", account.id),
                    ("fba_read_at", "!=", False),
                    ("product_id", "!=", False),
                ],
                order="channel_id, id",
            )
        )
        seen, totals = set(), {}
        for listing in listings.sorted(
            lambda one: (not one.channel_id.active, one.channel_id.id)
        ):
            marketplace = listing.channel_id.marketplace_id
            pool = marketplace.quantity_pool or marketplace.marketplace_id
            if (pool, listing.seller_sku) in seen:
                continue
            seen.add((pool, listing.seller_sku))
            size = listing.stock_pack_size or 1
            total = totals.setdefault(listing.product_id.id, [0.0, 0.0, 0.0])
            total[0] += size * (listing.fba_fulfillable + listing.fba_reserved)
            total[1] += size * listing.fba_unfulfillable
            total[2] += size * listing.fba_inbound
        return totals

    @api.model
    def _find_or_create_rows(self, account, wanted):
        Stock = self.env["amazon.fba.stock"]
        rows = Stock.search([("account_id", "=", account.id)])
        missing = set(wanted) - set(rows.product_id.ids)
        return rows | Stock.create(
            [
                {"account_id": account.id, "product_id": product_id}
                for product_id in sorted(missing)
            ]
        )


def _read_all(inventory, marketplace_id):
    """All summaries of a marketplace; touches no record."""
    return list(inventory.iter_summaries(marketplace_id))


def _count(summary):
    inbound = (
        summary.inbound_working,
        summary.inbound_shipped,
        summary.inbound_receiving,
    )
    return {
        "fba_fulfillable": summary.fulfillable,
        "fba_reserved": summary.reserved or 0,
        "fba_inbound": sum(units or 0 for units in inbound),
        "fba_unfulfillable": summary.unfulfillable or 0,
        "fba_researching": summary.researching or 0,
    }
