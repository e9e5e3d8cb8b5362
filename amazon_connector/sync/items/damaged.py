# SPDX-License-Identifier: LGPL-3.0-or-later
"""Asking Amazon what rows mean whose SKU a charset may have damaged.

What :mod:`.resolver` leaves in doubt is asked by ASIN and by the SKU as it stands.
"""

import re
from functools import partial

from odoo import api, models

from ...sp_api import BadRequestError, NotFoundError
from ...sp_api.listings import MAX_IDENTIFIERS
from ...tools.error_words import explain

# So many damaged rows of one report are asked about; a later one brings the others.
MAX_ASKED = 1000
_ASIN = re.compile(r"[A-Z0-9]{10}")


class AmazonSyncItems(models.AbstractModel):
    _inherit = "amazon.sync.items"

    # ------------------------------------------------------------------
    # What the report may mean
    # ------------------------------------------------------------------

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
        report.run_id._add_records(
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
        marketplace = cursor.channel_id.marketplace_id.amazon_code
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
                "reason": explain(self.env, error),
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
        if refused:
            cursor.run_id._add_records([refused])
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
        marketplace = channel.marketplace_id.amazon_code
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
        self.env["amazon.items.verdict"]._deactivate(cursor.run_id, gone)
        for sku in gone.mapped("seller_sku"):
            del failed[sku]
        if failed:
            self._note_failed(cursor.run_id, cursor.channel_id, failed)

    @api.model
    def _store_told(self, cursor, told):
        """Store what Amazon told of some listings, new ones too."""
        run = cursor.run_id
        stored = self.env["amazon.items.writer"]._store_listings(
            cursor.channel_id, told
        )
        run.page_count += 1
        run.changed_count += stored.changed
        self.env["amazon.items.matcher"]._settle_stored(run, stored)
