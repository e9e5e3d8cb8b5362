# SPDX-License-Identifier: LGPL-3.0-or-later
"""A complete report on its way into the listings: staged by COPY, to be merged at once.

Rows go through a temporary table of this database session, so that memory stays flat
whatever the size of the report, and a few statements do for all of them.
"""

import io
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b

from odoo import api, models

from ...sp_api.report_rows import BrokenRow
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
_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\r": "\\r", "\0": None})


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


class AmazonSyncItems(models.AbstractModel):
    _inherit = "amazon.sync.items"

    @contextmanager
    def _staging(self):
        """The temporary tables, for as long as the block lasts."""
        merger = self.env["amazon.items.merger"]
        self._transact(merger._make_tables)
        try:
            yield
        except BaseException:
            self.env.cr.rollback()
            raise
        finally:
            self._transact(merger._drop_tables)

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
        resolve = partial(
            self.env["amazon.items.resolver"]._resolve_damaged, channel, damaged
        )
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
        copy = self.env["amazon.items.merger"]._copy
        buffer, size = io.StringIO(), 0
        for number, row in numbered:
            buffer.write(_copy_line(number, row))
            size += 1
            if size == BATCH:
                self._transact_leased(task, partial(copy, buffer))
                buffer, size = io.StringIO(), 0
        self._transact_leased(task, partial(copy, buffer))


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
