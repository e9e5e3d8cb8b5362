# SPDX-License-Identifier: LGPL-3.0-or-later
"""A complete report on its way into the listings: staged by COPY, merged at once.

Rows go through a temporary table of this database session, so that memory stays flat
whatever the size of the report, and a few statements do for all of them.
"""

import io
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b

from odoo import api, fields, models
from odoo.tools import SQL

from ...sp_api.report_rows import BrokenRow
from ...tools.database import prepare_defaults
from ...tools.lossy import UNREADABLE, is_damaged

BATCH = 20_000
# Amazon allows 40 characters; an index of the database holds no more than this.
MAX_SKU = 255
MAX_QUANTITY = 2**30
# Amazon's numbers, as its Listings API names them.
CONDITIONS = {
    "1": "used_like_new",
    "2": "used_very_good",
    "3": "used_good",
    "4": "used_acceptable",
    "5": "collectible_like_new",
    "6": "collectible_very_good",
    "7": "collectible_good",
    "8": "collectible_acceptable",
    "10": "refurbished_refurbished",
    "11": "new_new",
}
BARCODE_TYPES = ("2", "3", "4", "5")
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

_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\r": "\\r", "\0": None})
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
class LeftOut:
    """Rows of a report that were not merged.

    :param broken: BrokenRows that cannot be read, as many as are remembered
    :param broken_count: how many there are
    :param doubtful: ListingRows whose SKU is damaged and may be several, or none
    """

    broken: list
    broken_count: int
    doubtful: list

    @property
    def count(self):
        return self.broken_count + len(self.doubtful)

    @property
    def digests(self):
        """Fingerprints of the broken rows; None when some are not remembered."""
        if len(self.broken) < self.broken_count:
            return None
        return sorted({row.digest for row in self.broken})


@dataclass
class Merged:
    """How many listings a merge created and changed; ids of those that came back."""

    created: int
    changed: int
    back_ids: list


class AmazonSyncItems(models.AbstractModel):
    _inherit = "amazon.sync.items"

    @contextmanager
    def _staging(self):
        """The temporary tables, for as long as the block lasts."""
        self._transact(self._make_tables)
        try:
            yield
        except BaseException:
            self.env.cr.rollback()
            raise
        finally:
            self._transact(lambda: self.env.cr.execute(_UNSTAGE))

    @api.model
    def _make_tables(self):
        self.env.cr.execute(_UNSTAGE)
        self.env.cr.execute(_STAGE)

    @api.model
    def _stage_rows(self, task, channel, rows):
        """Copy the report's rows into the temporary table, in batches.

        :param rows: :class:`~..sp_api.report_rows.ListingRows`
        :return: what was left out, a :class:`LeftOut`
        """
        damaged, unusable = [], []

        def take():
            for row in rows:
                if not _is_sku(row.seller_sku):
                    digest = _digest(row.seller_sku)
                    unusable.append(BrokenRow(rows.count, None, row.title, digest))
                elif is_damaged(row.seller_sku):
                    damaged.append(row)
                else:
                    yield rows.count, row

        self._stage(task, take())
        resolve = partial(self._resolve_damaged, channel, damaged)
        found, doubtful = self._transact_leased(task, resolve)
        self._stage(task, enumerate(found, rows.count + 1))
        return LeftOut(
            sorted([*rows.broken, *unusable]),
            rows.uneven + rows.skipped + len(unusable),
            doubtful,
        )

    @api.model
    def _stage(self, task, numbered):
        """:param numbered: pairs of a line's number and a ListingRow"""
        buffer, size = io.StringIO(), 0
        for number, row in numbered:
            buffer.write(_copy_line(number, row))
            size += 1
            if size == BATCH:
                self._transact_leased(task, partial(self._copy, buffer))
                buffer, size = io.StringIO(), 0
        self._transact_leased(task, partial(self._copy, buffer))

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
        self._record_turned_rows(channel)
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
                SELECT (SELECT count(*) FROM noted), (SELECT count(*) FROM merged)
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
            )
        )
        created, touched = rows[0]
        return Merged(created, touched - created, back_ids)

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


def _is_sku(text):
    return len(text) <= MAX_SKU and "\0" not in text


def _copy_line(line, row):
    """A ListingRow as a line of PostgreSQL's COPY.

    The digest has two halves: the listing itself, and its offer (price and quantity),
    which changes with every sale.
    """
    quantity = row.quantity
    if quantity is not None:
        quantity = str(min(quantity, MAX_QUANTITY))
    is_barcode = row.product_id_type in BARCODE_TYPES
    # A title that could not be read is not known: what was read in detail stays.
    title = None if UNREADABLE in (row.title or "") else row.title
    core = (
        _text(title),
        _text(row.asin),
        _NULL if row.open_date is None else row.open_date.isoformat(" ")[:19],
        _text(row.fulfillment_channel),
        _text(row.status),
        _text(CONDITIONS.get(row.condition, row.condition)),
        _text(row.product_id) if is_barcode else _NULL,
    )
    title, asin, listed_at, fulfilled, status, condition, barcode = core
    price = _NULL if row.price is None else str(row.price)
    quantity = _NULL if quantity is None else quantity
    return (
        f"{line}\t{_text(row.seller_sku)}\t{_text(row.listing_id)}\t{title}\t{asin}\t"
        f"{price}\t{quantity}\t{listed_at}\t{fulfilled}\t{status}\t{condition}\t"
        f"{barcode}\t{_digest(*core)}\t{_digest(price, quantity)}\n"
    )


def _text(value):
    if value is None:
        return _NULL
    if value.isprintable() and "\\" not in value:
        return value
    return value.translate(_ESCAPES)


def _digest(*texts):
    return blake2b("\t".join(texts).encode(), digest_size=8).hexdigest()
