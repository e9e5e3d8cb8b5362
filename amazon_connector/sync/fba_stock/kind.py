# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ...models.account.credentials import open_client
from ...sp_api import GET_SUMMARIES, AccessDeniedError, FbaInventory
from ..engine.base import NO_WINDOW

# A reading that stood still for longer begins anew.
PATIENCE = timedelta(minutes=30)
# More products than these that are gone all at once are not believed unseen.
BRAKE_UNITS = 10
BRAKE_SHARE = 0.2


class AmazonSyncFbaStock(models.AbstractModel):
    """FBA stock: what Amazon holds, per listing, and Odoo's FBA location beside it.

    A reading is one run; the cursor of each channel holds the next page, and a reading
    that broke off goes on with it. Source: Amazon's ``getInventorySummaries``.
    """

    _name = "amazon.sync.fba_stock"
    _inherit = "amazon.sync.base"
    _description = "Amazon Sync: FBA Stock"

    _kind = "fba_stock"
    _slowest_operation = GET_SUMMARIES

    @api.model
    def _fetch(self, task, deadline):
        run = self._transact_leased(task, partial(self._begin, task))
        with open_client(task.account_id, "backfill") as client:
            inventory = FbaInventory(client)
            while cursor := self._find_unread(task, run):
                self._read_page(task, cursor, inventory)
                if time.monotonic() > deadline:
                    return False
        cursors = self._get_cursors(task, run)
        refusals = [(cursor.query or {}).get("refused") for cursor in cursors]
        refused = list(filter(None, refusals))
        if refused and all(refusals):
            raise AccessDeniedError("; ".join(refused))
        self._transact_leased(task, partial(self._compare_all, task, run, refused))
        return True

    @api.model
    def _begin(self, task):
        """The run of a reading; one that broke off lately goes on with its run."""
        run = self._find_open_runs(task)[:1]
        if run and self._is_fresh(task, run):
            return run
        run._finish(
            "failed",
            self.env._(
                "It was interrupted for too long, for example while on hold, so the "
                "data it had read is too old."
            ),
        )
        self._create_missing_cursors(task)
        cursors = task.cursor_ids.filtered("channel_id.active")
        run = self._start_run(task, cursors.channel_id)
        cursors.write({**NO_WINDOW, "run_id": run.id, "completed_at": False})
        return run

    @api.model
    def _is_fresh(self, task, run):
        """Whether a reading moved on lately; counts of long ago are compared with
        nothing."""
        moved = max(
            self._get_cursors(task, run).mapped("write_date"), default=run.started_at
        )
        return moved > fields.Datetime.now() - PATIENCE

    @api.model
    def _get_cursors(self, task, run):
        """The cursors of a reading; channels switched off meanwhile are left out."""
        return task.cursor_ids.filtered(
            lambda cursor: cursor.run_id == run and cursor.channel_id.active
        )

    @api.model
    def _find_unread(self, task, run):
        """The cursor of the first channel that is not read to its end."""
        cursors = self._get_cursors(task, run)
        return cursors.filtered(lambda cursor: not cursor.completed_at)[:1]

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
            refused = [*refused, *self._find_correctable(account, rows, known)._try()]
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
            pool = marketplace.quantity_pool or marketplace.amazon_code
            if (pool, listing.seller_sku) in seen:
                continue
            seen.add((pool, listing.seller_sku))
            size = listing.stock_pack_size or 1
            total = totals.setdefault(listing.product_id.id, [0.0, 0.0, 0.0])
            total[0] += size * (listing.fba_fulfillable + listing.fba_reserved)
            total[1] += size * listing.fba_unfulfillable
            total[2] += size * listing.fba_inbound
        return self._take_kits_apart(account, totals)

    @api.model
    def _take_kits_apart(self, account, totals):
        """Odoo has the parts of kits in stock, and never counts a kit itself.

        :param totals: as :meth:`_sum_by_product`
        :return: the same with the parts that are counted in place of kits
        """
        company = account.company_id
        Product = self.env["product.product"].with_context(
            company_id=company.id, allowed_company_ids=company.ids
        )
        kits = Product._explode_amazon_kits(totals)
        storable = Product._find_storable(
            {part for kit in kits.values() for part in kit}
        )
        for kit_id, parts in kits.items():
            counts = totals.pop(kit_id)
            for part in storable.intersection(parts):
                total = totals.setdefault(part, [0.0, 0.0, 0.0])
                for place, units in enumerate(counts):
                    total[place] += units * parts[part]
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
