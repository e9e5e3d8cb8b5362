# SPDX-License-Identifier: LGPL-3.0-or-later
"""Merging a staged report into the listings: a few statements for all of its rows."""

from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL

from ...models.sync.amazon_sync_run import MAX_RECORDS
from ...tools.database import prepare_defaults

# What a row gives to a new listing; the other fields have their defaults.
TOLD = {
    "account_id",
    "amazon_quantity",
    "asin",
    "barcode",
    "channel_id",
    "company_id",
    "condition",
    "fulfilled_by",
    "fulfillment_channel",
    "listed_at",
    "listing_number",
    "price",
    "quantity_known",
    "report_digest",
    "seller_sku",
    "status",
    "title",
}


_STAGE = SQL(
    """
    CREATE TEMPORARY TABLE amazon_items_row (
        line integer, seller_sku varchar, listing_number varchar,
        title varchar, asin varchar, price numeric, quantity integer,
        listed_at timestamp, fulfillment_channel varchar, status varchar,
        condition varchar, barcode varchar, core varchar, offer varchar);
    CREATE TEMPORARY TABLE amazon_items_new (id integer)
    """
)
_UNSTAGE = SQL("DROP TABLE IF EXISTS amazon_items_row, amazon_items_new")
_COLUMNS = (
    "line, seller_sku, listing_number, title, asin, price, quantity, listed_at, "
    "fulfillment_channel, status, condition, barcode, core, offer"
)


@dataclass
class Duplicates:
    """SKUs that stood in more than one row, and how many rows were left out."""

    count: int
    skus: list


@dataclass
class Merged:
    """How many listings a merge created and changed; ids of some that changed, and of
    those that came back."""

    created: int
    changed: int
    changed_ids: list
    back_ids: list


class AmazonItemsMerger(models.AbstractModel):
    """Works on the temporary tables that :mod:`.staging` has filled."""

    _name = "amazon.items.merger"
    _description = "Amazon Items: Merger of Reports"

    @api.model
    def _make_tables(self):
        self._drop_tables()
        self.env.cr.execute(_STAGE)

    @api.model
    def _drop_tables(self):
        self.env.cr.execute(_UNSTAGE)

    @api.model
    def _copy(self, buffer):
        buffer.seek(0)
        self.env.cr.copy_expert(
            f"COPY amazon_items_row ({_COLUMNS}) FROM STDIN", buffer
        )

    @api.model
    def _drop_duplicates(self):
        """Keep the last row of each SKU."""
        self.env.cr.execute("ANALYZE amazon_items_row")
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM amazon_items_row earlier USING amazon_items_row later
                 WHERE earlier.seller_sku = later.seller_sku
                   AND earlier.line < later.line
             RETURNING earlier.line, earlier.seller_sku
                """
            )
        )
        return Duplicates(
            len({line for line, _sku in rows}), sorted({r[1] for r in rows})
        )

    @api.model
    def _merge_staged(self, channel):
        """Create and change the channel's listings; equal ones are not touched.

        A title that was read in detail stays unless the report's changed: Amazon
        writes question marks into reports for what their charset lacks.
        """
        self.env["amazon.items.writer"]._record_turned_rows(channel)
        back_ids = self._find_back(channel)
        default_names, defaults = prepare_defaults(self.env["amazon.listing"], TOLD)
        rows = self.env.execute_query(
            SQL(
                """
                WITH merged AS (
                    INSERT INTO amazon_listing AS stored (
                           channel_id, account_id, company_id,
                           seller_sku, listing_number, title, asin, price,
                           amazon_quantity,
                           quantity_known, listed_at, fulfillment_channel,
                           fulfilled_by, status, condition, barcode, report_digest,
                           create_uid, create_date, write_uid, write_date
                           %(default_names)s)
                    SELECT %(channel)s, %(account)s, %(company)s,
                           told.seller_sku, told.listing_number,
                           told.title, told.asin,
                           ROUND(told.price, %(digits)s), COALESCE(told.quantity, 0),
                           told.quantity IS NOT NULL, told.listed_at,
                           told.fulfillment_channel,
                           CASE WHEN told.fulfillment_channel LIKE 'AMAZON%%'
                                THEN 'amazon'
                                WHEN told.fulfillment_channel = 'DEFAULT'
                                THEN 'merchant' END,
                           told.status, told.condition, told.barcode,
                           told.core || told.offer,
                           %(uid)s, %(now)s, %(uid)s, %(now)s %(defaults)s
                      FROM amazon_items_row told
                     WHERE NOT EXISTS (
                           SELECT FROM amazon_listing same
                            WHERE same.channel_id = %(channel)s
                              AND same.seller_sku = told.seller_sku
                              AND same.report_digest = told.core || told.offer
                              AND same.active)
               ON CONFLICT (channel_id, seller_sku) DO UPDATE
                       SET active = TRUE, gone_at = NULL, in_doubt = NULL,
                           listing_number = COALESCE(
                               EXCLUDED.listing_number, stored.listing_number),
                           title = CASE WHEN %(same_core)s
                               THEN COALESCE(stored.title, EXCLUDED.title)
                               ELSE COALESCE(EXCLUDED.title, stored.title) END,
                           asin = COALESCE(EXCLUDED.asin, stored.asin),
                           price = COALESCE(EXCLUDED.price, stored.price),
                           amazon_quantity = EXCLUDED.amazon_quantity,
                           quantity_known = EXCLUDED.quantity_known,
                           listed_at = COALESCE(EXCLUDED.listed_at, stored.listed_at),
                           fulfillment_channel = COALESCE(
                               EXCLUDED.fulfillment_channel,
                               stored.fulfillment_channel),
                           fulfilled_by = CASE
                               WHEN EXCLUDED.fulfillment_channel IS NULL
                               THEN stored.fulfilled_by
                               ELSE EXCLUDED.fulfilled_by END,
                           status = COALESCE(EXCLUDED.status, stored.status),
                           condition = COALESCE(EXCLUDED.condition, stored.condition),
                           barcode = COALESCE(stored.barcode, EXCLUDED.barcode),
                           read_at = CASE WHEN %(same_core)s AND stored.active
                               THEN stored.read_at END,
                           report_digest = EXCLUDED.report_digest,
                           write_uid = EXCLUDED.write_uid,
                           write_date = EXCLUDED.write_date
                 RETURNING id, xmax = 0 AS created),
                noted AS (
                    INSERT INTO amazon_items_new
                    SELECT id FROM merged WHERE created RETURNING id)
                SELECT (SELECT count(*) FROM noted),
                       (SELECT count(*) FROM merged WHERE NOT created),
                       ARRAY(SELECT id FROM merged
                              WHERE NOT created AND NOT id = ANY(%(back)s)
                              LIMIT %(most)s)
                """,
                channel=channel.id,
                account=channel.account_id.id,
                company=channel.company_id.id,
                digits=channel.currency_id.decimal_places,
                default_names=default_names,
                defaults=defaults,
                same_core=SQL(
                    "left(stored.report_digest, 16) = left(EXCLUDED.report_digest, 16)"
                ),
                uid=self.env.uid,
                now=fields.Datetime.now(),
                back=back_ids,
                most=MAX_RECORDS,
            )
        )
        return Merged(*rows[0], back_ids)

    @api.model
    def _find_back(self, channel):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT listing.id
                  FROM amazon_listing listing
                  JOIN amazon_items_row told ON told.seller_sku = listing.seller_sku
                 WHERE listing.channel_id = %s AND listing.active IS NOT TRUE
                """,
                channel.id,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _take_created(self, limit):
        """Ids of some created listings, each given once."""
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM amazon_items_new
                 WHERE id = ANY(ARRAY(SELECT id FROM amazon_items_new LIMIT %s))
             RETURNING id
                """,
                limit,
            )
        )
        return sorted(row[0] for row in rows)

    @api.model
    def _find_missing(self, channel, before):
        """Ids of active listings that the report does not hold.

        :param before: naive UTC; what was made or found later may be newer than the
            report
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT listing.id
                  FROM amazon_listing listing
                 WHERE listing.channel_id = %(channel)s AND listing.active
                   AND listing.create_date < %(before)s
                   AND (listing.read_at IS NULL OR listing.read_at < %(before)s)
                   AND NOT EXISTS (
                       SELECT FROM amazon_items_row told
                        WHERE told.seller_sku = listing.seller_sku)
              ORDER BY listing.id
                """,
                channel=channel.id,
                before=before,
            )
        )
        return [row[0] for row in rows]
