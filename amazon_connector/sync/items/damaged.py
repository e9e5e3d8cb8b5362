# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rows of the complete report whose SKU a charset may have damaged.

Such a SKU names nothing and removes nothing. What it may have been is told by the
listing's number, the ASIN and the characters that are left, else by Amazon itself,
asked by ASIN and by the SKU as it stands there.
"""

import re
from functools import partial

from odoo import api, models
from odoo.tools import SQL

from ...sp_api import BadRequestError, NotFoundError
from ...sp_api.listings import MAX_IDENTIFIERS
from ...tools.lossy import can_hold, fold, is_damaged, may_be

# So many damaged rows of one report are asked about; a later one brings the others.
MAX_ASKED = 1000
_ASIN = re.compile(r"[A-Z0-9]{10}")


class AmazonSyncItems(models.AbstractModel):
    _inherit = "amazon.sync.items"

    # ------------------------------------------------------------------
    # What the report may mean
    # ------------------------------------------------------------------

    @api.model
    def _resolve_damaged(self, channel, rows):
        """Find the listings that damaged rows mean.

        :param rows: ListingRows with a SKU that :func:`is_damaged`
        :return: ``(rows with their true SKU, rows that stay in doubt)``
        """
        if not rows:
            return [], []
        exact, alike = self._load_known(channel, {row.seller_sku for row in rows})
        found, doubtful, taken = [], [], {}
        for row in rows:
            known = exact.get(row.seller_sku)
            # An ASIN may change, the number of a SKU's listing does not.
            if known and row.listing_id in (None, known[1] or row.listing_id):
                found.append(row)
                continue
            fitting = [
                known
                for known in alike.get(fold(row.seller_sku), ())
                if _is_same(row, *known)
            ]
            sure = [
                one for one in fitting if row.listing_id and one[1] == row.listing_id
            ]
            fitting = sure or fitting
            if len(fitting) == 1:
                taken.setdefault(fitting[0][0], []).append(row)
            else:
                doubtful.append(row)
        for sku, same in taken.items():
            if len(same) == 1:
                title = same[0].title
                lossy = title and is_damaged(title)
                found.append(
                    same[0]._replace(seller_sku=sku, title=None if lossy else title)
                )
            else:
                doubtful.extend(same)
        return found, doubtful

    @api.model
    def _load_known(self, channel, skus):
        """Listings that are known for sure, apart from what a report said.

        :return: ``{SKU: (SKU, listing number, ASIN)}`` of those among ``skus``;
            ``{folded SKU: [the same]}`` of all that have characters which may get lost
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT seller_sku, listing_number, asin
                  FROM amazon_listing listing
                 WHERE channel_id = %s
                   AND (seller_sku = ANY(%s)
                        OR octet_length(seller_sku) <> char_length(seller_sku)
                        OR position('?' IN seller_sku) > 0)
                   AND (translate(seller_sku, '?\ufffd', '') = seller_sku
                        OR changed_at IS NOT NULL
                        OR product_id IS NOT NULL
                        OR EXISTS (SELECT FROM amazon_order_line item
                                    WHERE item.listing_id = listing.id))
                """,
                channel.id,
                list(skus),
            )
        )
        alike = {}
        for row in rows:
            alike.setdefault(fold(row[0]), []).append(row)
        return {row[0]: row for row in rows if row[0] in skus}, alike

    @api.model
    def _find_doubtful(self, missing, rows, charset):
        """The missing listings that the report could not have named.

        :param rows: ListingRows that are in doubt
        :param charset: what the report is written in
        """
        patterns = {}
        for row in rows:
            patterns.setdefault(fold(row.seller_sku), []).append(row.seller_sku)
        return missing.filtered(
            lambda one: (
                not can_hold(charset, one.seller_sku)
                or any(
                    may_be(sku, one.seller_sku)
                    for sku in patterns.get(fold(one.seller_sku), ())
                )
            )
        )

    # ------------------------------------------------------------------
    # Asking Amazon
    # ------------------------------------------------------------------

    @api.model
    def _want_damaged(self, report, rows):
        """Note what Amazon is to be asked about, and say so in the history."""
        cursor = report.task_id.cursor_ids.filtered(
            lambda one: one.channel_id == report.channel_ids
        )
        asked = [[row.seller_sku, row.asin] for row in rows[:MAX_ASKED]]
        query = {**(cursor.query or {}), "damaged": asked}
        if not asked:
            query.pop("damaged")
        cursor.query = query or False
        self._add_records(
            report.run_id,
            [
                {
                    "name": row.seller_sku,
                    "outcome": "skipped",
                    "reason": self.env._(
                        "The report's charset may have damaged this SKU (title: "
                        "%(title)s, ASIN: %(asin)s). Amazon is asked for the listing "
                        "itself.",
                        title=row.title or "-",
                        asin=row.asin or "-",
                    ),
                }
                for row in rows
            ],
        )
        return bool(asked)

    @api.model
    def _ask_damaged(self, task, cursor, listings):
        """Ask Amazon about some damaged rows.

        :return: whether there were any
        """
        asked = (cursor.query or {}).get("damaged")
        if not asked:
            return False
        now, later = asked[:MAX_IDENTIFIERS], asked[MAX_IDENTIFIERS:]
        marketplace = cursor.channel_id.marketplace_id.marketplace_id
        asins = sorted({asin for _sku, asin in now if _ASIN.fullmatch(asin or "")})
        skus = [sku for sku, _asin in now]
        found = self._call(task, lambda: list(listings.look_up(skus, marketplace)))
        told, refused = [one.listing for one in found if one.listing], None
        try:
            pages = self._call(
                task, lambda: list(listings.find_by_asin(asins, marketplace))
            )
            told += [one for page in pages for one in page.listings]
        except BadRequestError as error:
            # Asked for ever it would stop the channel.
            refused = {
                "name": ", ".join(asins),
                "outcome": "failed",
                "reason": error.explanation,
            }
        self._transact_leased(
            task, partial(self._store_damaged, cursor, told, later, refused)
        )
        return True

    @api.model
    def _store_damaged(self, cursor, told, later, refused):
        query = {**cursor.query, "damaged": later}
        if not later:
            query.pop("damaged")
        cursor.query = query or False
        self._add_records(cursor.run_id, [refused] if refused else [])
        self._store_told(cursor, told)

    @api.model
    def _ask_doubtful(self, task, cursor, listings):
        """Ask Amazon whether some listings that a report could not name are gone.

        :return: whether there were any
        """
        channel = cursor.channel_id
        doubtful = self._transact_leased(
            task, partial(self._find_in_doubt, channel, MAX_IDENTIFIERS)
        )
        if not doubtful:
            return False
        marketplace = channel.marketplace_id.marketplace_id
        skus = doubtful.mapped("seller_sku")
        found = self._call(task, lambda: list(listings.look_up(skus, marketplace)))
        self._transact_leased(
            task, partial(self._settle_doubt, cursor, doubtful, found)
        )
        return True

    @api.model
    def _find_in_doubt(self, channel, limit):
        return self.env["amazon.listing"].search(
            [("channel_id", "=", channel.id), ("in_doubt", "=", True)], limit=limit
        )

    @api.model
    def _settle_doubt(self, cursor, doubtful, found):
        """Keep what Amazon knows by its SKU; what it does not know is gone."""
        self._store_told(cursor, [one.listing for one in found if one.listing])
        doubtful.in_doubt = False
        failed = {one.seller_sku: one.error for one in found if not one.listing}
        gone = doubtful.filtered(
            lambda one: isinstance(failed.get(one.seller_sku), NotFoundError)
        )
        self._deactivate(cursor.run_id, gone)
        for sku in gone.mapped("seller_sku"):
            del failed[sku]
        if failed:
            self._note_failed(cursor.run_id, cursor.channel_id, failed)

    @api.model
    def _store_told(self, cursor, told):
        """Store what Amazon told of some listings, new ones too."""
        run = cursor.run_id
        stored = self._store_listings(cursor.channel_id, told)
        run.page_count += 1
        run.changed_count += stored.changed
        back = self.env._("On Amazon again.")
        self._record_listings(run, stored.back_ids, "updated", back)
        created = self.env["amazon.listing"].browse(stored.created_ids)
        self._match_created(run, created)


def _is_same(row, sku, number, asin):
    """Whether a known listing may be what a damaged row means."""
    if row.listing_id and number and row.listing_id != number:
        return False
    if row.asin and asin and row.asin != asin:
        return False
    return may_be(row.seller_sku, sku)
