# SPDX-License-Identifier: LGPL-3.0-or-later
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ...sp_api import AccessDeniedError, BadRequestError
from ...sp_api.fba_inventory import MAX_SKUS
from ...sp_api.reading import make_storable
from ...tools.error_words import explain
from ..engine.base import NO_WINDOW, digest_token

COUNTS = (
    "fba_fulfillable",
    "fba_reserved",
    "fba_inbound",
    "fba_unfulfillable",
    "fba_researching",
)


class AmazonSyncFbaStock(models.AbstractModel):
    """Read the stock of a channel page by page, and store each page at once.

    Amazon's page tokens live for 30 seconds. Where others' turns take longer, the rest
    is asked for by SKU, so that a reading always comes to its end.
    """

    _inherit = "amazon.sync.fba_stock"

    @api.model
    def _read_page(self, task, cursor, inventory):
        """Read and store one page of a channel, or close it."""
        by_sku = bool(cursor.query)
        skus = self._get_unread_skus(cursor) if by_sku else ()
        if by_sku and not skus:
            self._transact_leased(task, partial(self._close, cursor))
            return
        marketplace = cursor.channel_id.marketplace_id.amazon_code
        token = cursor.page_token or None
        read = partial(inventory.read_page, marketplace, skus, token)
        try:
            page = self._call(task, read)
        except AccessDeniedError as error:
            reason = f"{cursor.channel_id.name}: {explain(self.env, error)}"
            store = partial(self._close, cursor, refused=reason)
        except BadRequestError:
            if not token:
                raise
            store = partial(self._go_on_by_sku, cursor)
        else:
            store = partial(self._store_page, cursor, page, skus)
        self._transact_leased(task, store)

    @api.model
    def _store_page(self, cursor, page, skus):
        """Store a page together with where to go on.

        :param skus: those that were asked for, if not all were
        """
        run, channel = cursor.run_id, cursor.channel_id
        self._store(run, channel, page.summaries)
        run.page_count += 1
        if skus:
            self._empty_unnamed(run, channel, skus)
        elif page.next_token is None:
            self._confirm_empty(run, channel)
            # A page may skip a SKU: what else was not named is asked about.
            if self._get_unread_skus(cursor):
                self._go_on_by_sku(cursor)
            else:
                self._close(cursor)
        else:
            self._turn_page(cursor, page.next_token)

    @api.model
    def _turn_page(self, cursor, next_token):
        """Remember where to go on; a token that comes again leads nowhere."""
        seen, digest = cursor.seen_tokens or [], digest_token(next_token)
        if digest in seen:
            self._go_on_by_sku(cursor)
            return
        cursor.write({"page_token": next_token, "seen_tokens": [*seen, digest]})

    @api.model
    def _go_on_by_sku(self, cursor):
        cursor.write({**NO_WINDOW, "query": {"by_sku": True}})

    @api.model
    def _close(self, cursor, refused=None):
        """This channel is read to its end, or refused for a reason."""
        query = {"refused": refused} if refused else False
        now = fields.Datetime.now()
        cursor.write({**NO_WINDOW, "query": query, "completed_at": now})

    @api.model
    def _get_unread_skus(self, cursor):
        """Some SKUs that may lie at Amazon and were not named in this reading."""
        listings = self.env["amazon.listing"].with_context(active_test=False)
        skus = listings.search_fetch(
            [
                ("channel_id", "=", cursor.channel_id.id),
                ("fba_reading", "!=", cursor.run_id.id),
                "|",
                ("fulfilled_by", "=", "amazon"),
                ("fba_read_at", "!=", False),
            ],
            ["seller_sku"],
            order="seller_sku",
            limit=MAX_SKUS,
        ).mapped("seller_sku")
        # A comma separates SKUs in a list, so such a SKU goes alone.
        return [sku for sku in skus if "," not in sku] or skus[:1]

    @api.model
    def _store(self, run, channel, summaries):
        """Write what Amazon holds into the channel's listings."""
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
        skus = list(told)
        columns = {name: [told[sku][name] for sku in skus] for name in COUNTS}
        source = SQL(
            """
            (SELECT * FROM unnest(%(skus)s::varchar[],
                %(fba_fulfillable)s::int[], %(fba_reserved)s::int[],
                %(fba_inbound)s::int[],
                %(fba_unfulfillable)s::int[], %(fba_researching)s::int[])
                AS told (seller_sku, fulfillable, reserved, inbound,
                         unfulfillable, researching))
            """,
            skus=skus,
            **columns,
        )
        written, changed = self._write_counts(run, channel, source)
        run.unchanged_count += written - changed
        self.env.cr.execute(
            SQL(
                "UPDATE amazon_listing SET fba_reading = %s"
                " WHERE channel_id = %s AND seller_sku = ANY(%s::varchar[])",
                run.id,
                channel.id,
                untold,
            )
        )
        run.seen_count += len(skus)

    @api.model
    def _empty_unnamed(self, run, channel, skus):
        """A listing that Amazon does not name when it is asked about has nothing there.

        :param skus: that were asked about
        """
        asked = SQL("seller_sku = ANY(%s::varchar[])", skus)
        self._write_empty(run, channel, asked)

    @api.model
    def _confirm_empty(self, run, channel):
        """Listings that had nothing at Amazon, and that a complete reading did not
        name, have nothing still; a count is not given up for that."""
        empty = SQL(
            """
            fba_read_at IS NOT NULL
            AND (COALESCE(fba_fulfillable, 0), COALESCE(fba_reserved, 0),
                 COALESCE(fba_inbound, 0), COALESCE(fba_unfulfillable, 0),
                 COALESCE(fba_researching, 0)) = (0, 0, 0, 0, 0)
            """
        )
        self._write_empty(run, channel, empty)

    @api.model
    def _write_empty(self, run, channel, condition):
        source = SQL(
            """
            (SELECT seller_sku, 0, 0, 0, 0, 0 FROM amazon_listing
              WHERE channel_id = %s AND fba_reading IS DISTINCT FROM %s AND %s)
            """,
            channel.id,
            run.id,
            condition,
        )
        self._write_counts(run, channel, source)

    @api.model
    def _write_counts(self, run, channel, source):
        """Write counts per SKU; tell of the listings whose counts changed.

        :param SQL source: rows (seller SKU, then as COUNTS)
        :return: how many listings were written, and how many changed
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE amazon_listing listing
                   SET fba_fulfillable = told.fulfillable,
                       fba_reserved = told.reserved,
                       fba_inbound = told.inbound,
                       fba_unfulfillable = told.unfulfillable,
                       fba_researching = told.researching,
                       fba_read_at = %(now)s,
                       fba_reading = %(run)s
                  FROM %(source)s AS told (seller_sku, fulfillable, reserved, inbound,
                                           unfulfillable, researching)
                  JOIN amazon_listing stored
                    ON stored.seller_sku = told.seller_sku
                   AND stored.channel_id = %(channel)s
                 WHERE stored.id = listing.id
             RETURNING listing.id, listing.seller_sku,
                       COALESCE(stored.fba_fulfillable, 0), told.fulfillable,
                       (COALESCE(stored.fba_fulfillable, 0),
                        COALESCE(stored.fba_reserved, 0),
                        COALESCE(stored.fba_inbound, 0),
                        COALESCE(stored.fba_unfulfillable, 0),
                        COALESCE(stored.fba_researching, 0))
                    != (told.fulfillable, told.reserved, told.inbound,
                        told.unfulfillable, told.researching)
                """,
                now=fields.Datetime.now(),
                run=run.id,
                channel=channel.id,
                source=source,
            )
        )
        self.env["amazon.listing"].invalidate_model(
            [*COUNTS, "fba_read_at", "fba_reading"]
        )
        changed = [row[:4] for row in rows if row[4]]
        run.changed_count += len(changed)
        run._add_records(
            [
                {
                    "listing_id": listing_id,
                    "name": seller_sku,
                    "outcome": "updated",
                    "reason": self._explain_change(before, after),
                }
                for listing_id, seller_sku, before, after in changed
            ]
        )
        return len(rows), len(changed)

    @api.model
    def _explain_change(self, before, after):
        if before == after:
            return self.env._(
                "Fulfillable at Amazon: still %s. Reserved, inbound or other units "
                "changed.",
                after,
            )
        return self.env._(
            "Fulfillable at Amazon: %(before)s before, %(after)s now.",
            before=before,
            after=after,
        )


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
