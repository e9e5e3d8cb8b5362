# SPDX-License-Identifier: LGPL-3.0-or-later
"""One seller's listings: the truth, and the lagging index that search sees."""

import random
import zlib
from dataclasses import dataclass, replace
from decimal import Decimal
from math import isfinite

from .clock import DAY
from .marketplaces import MARKETPLACES

BUYABLE = "BUYABLE"
DISCOVERABLE = "DISCOVERABLE"
# What Amazon does about an issue, and the status that the listing loses by it.
ENFORCEMENTS = {"LISTING_SUPPRESSED": BUYABLE, "SEARCH_SUPPRESSED": DISCOVERABLE}
# Amazon does not count these as an update of the listing.
SILENT = frozenset({"handling_days", "submitted", "tax_percent", "hsn", "in_odoo"})
AGE = 90 * DAY
BARCODE_TYPES = ("EAN", "UPC", "GTIN", "ISBN", "ASIN")


@dataclass(frozen=True)
class Issue:
    """What Amazon finds wrong with a listing; `enforcement` as in ENFORCEMENTS."""

    code: str
    message: str
    severity: str = "ERROR"
    attribute_names: tuple = ()
    categories: tuple = ()
    enforcement: str = None


@dataclass(frozen=True)
class Listing:
    """One seller SKU in one marketplace.

    `quantity` is what the merchant offers (Amazon shows none for FBA); `submitted` are
    the rows of fulfillment_availability that he sent last, where the offer may have
    gone another way since; `closed` says
    that the seller has taken the offer down; `barcode_type` is EAN, UPC, GTIN, ISBN or
    ASIN (no barcode: `asin` identifies it). A family's members name the same `theme`,
    e.g. SIZE/COLOR; each child its `parent_sku` and its `variation`, pairs of an
    attribute's name and the value. Times are epoch seconds. `attributes` are further
    ones in Amazon's JSON. `tax_percent` and `in_odoo` are hints for whoever creates
    matching products; Amazon does not know them. `hsn` is India's code of such goods.
    """

    seller_sku: str
    marketplace_id: str
    title: str
    asin: str
    price: str
    currency: str
    quantity: int
    fulfilled_by: str = "MERCHANT"
    tax_percent: str = "0"
    hsn: str = None
    in_odoo: bool = True
    created: float = None
    updated: float = None
    product_type: str = "PRODUCT"
    condition: str = "new_new"
    closed: bool = False
    handling_days: int = None
    brand: str = None
    description: str = None
    image: str = None
    fnsku: str = None
    barcode_type: str = None
    barcode: str = None
    issues: tuple = ()
    is_parent: bool = False
    parent_sku: str = None
    theme: str = None
    variation: tuple = ()
    b2b_price: str = None
    attributes: dict = None
    submitted: tuple = None

    @property
    def key(self):
        return (self.seller_sku, self.marketplace_id)

    @property
    def channel_code(self):
        """DEFAULT for the merchant, else Amazon's fulfilment network."""
        if self.fulfilled_by == "MERCHANT":
            return "DEFAULT"
        marketplace = MARKETPLACES[self.marketplace_id]
        if marketplace.region == "na" or (
            marketplace.region == "eu" and marketplace.code != "IN"
        ):
            return f"AMAZON_{marketplace.region.upper()}"
        return f"AMAZON_{marketplace.code}"

    @property
    def statuses(self):
        """Amazon's statuses: what shoppers can buy, and what they can find."""
        if self.closed:
            return ()
        lost = {ENFORCEMENTS.get(issue.enforcement) for issue in self.issues}
        sold_out = self.fulfilled_by == "MERCHANT" and not self.quantity
        if self.is_parent or sold_out:
            lost.add(BUYABLE)
        return tuple(status for status in (BUYABLE, DISCOVERABLE) if status not in lost)

    @property
    def active(self):
        return BUYABLE in self.statuses


def _is_whole(value):
    return type(value) is int and value >= 0


def _is_moment(value):
    return type(value) in (int, float) and isfinite(value)


def _is_amount(value):
    try:
        return isinstance(value, str) and 0 <= Decimal(value) < 10**12
    except ArithmeticError:
        return False


def _is_text(value):
    return isinstance(value, str) and bool(value)


def _is_pairs(value):
    return isinstance(value, list | tuple) and all(
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and all(_is_text(part) for part in pair)
        for pair in value
    )


def _is_objects(value):
    return isinstance(value, list | tuple) and all(
        isinstance(part, dict) and all(map(_is_text, part)) for part in value
    )


def _is_issues(value):
    return isinstance(value, list | tuple) and all(
        isinstance(part, Issue)
        or (isinstance(part, dict) and _is_text(part.get("code")))
        for part in value
    )


# What each field of a listing may hold beside None where its default is None.
CHECKS = {
    **dict.fromkeys(("seller_sku", "marketplace_id", "title", "asin"), _is_text),
    **dict.fromkeys(("currency", "product_type", "condition"), _is_text),
    **dict.fromkeys(("brand", "description", "image", "fnsku"), _is_text),
    **dict.fromkeys(("barcode", "parent_sku", "theme"), _is_text),
    **dict.fromkeys(("price", "b2b_price", "tax_percent"), _is_amount),
    **dict.fromkeys(("quantity", "handling_days"), _is_whole),
    **dict.fromkeys(("created", "updated"), _is_moment),
    **dict.fromkeys(
        ("in_odoo", "closed", "is_parent"), lambda value: isinstance(value, bool)
    ),
    "fulfilled_by": lambda value: value in ("MERCHANT", "AMAZON"),
    "barcode_type": lambda value: value in BARCODE_TYPES,
    "issues": _is_issues,
    "submitted": _is_objects,
    "variation": _is_pairs,
    "attributes": lambda value: isinstance(value, dict),
}


def listing_fields(fields):
    """Fields of a Listing from JSON's lists and objects.

    ValueError names the one that there is not, or that makes no sense.
    """
    known = Listing.__dataclass_fields__
    foreign = set(fields) - set(known)
    if foreign:
        raise ValueError(f"A listing has no {sorted(foreign)[0]!r}")
    for name, value in fields.items():
        if value is None and known[name].default is None:
            continue
        if not CHECKS[name](value):
            raise ValueError(f"No {name} of a listing: {value!r}")
    fields = dict(fields)
    if "issues" in fields:
        fields["issues"] = tuple(
            issue if isinstance(issue, Issue) else Issue(**issue)
            for issue in fields["issues"]
        )
    if fields.get("submitted") is not None:
        rows = fields["submitted"]
        fields["submitted"] = tuple(tuple(dict(row).items()) for row in rows)
    if "variation" in fields:
        fields["variation"] = tuple(tuple(pair) for pair in fields["variation"])
    return fields


def draft_listing(seller, seller_sku, marketplace_id, now, fields):
    """A Listing with `fields`, and likely values for those that are not given."""
    if marketplace_id is None:
        marketplace_id = seller.real_marketplaces()[0].id
    if not _is_text(seller_sku):
        raise ValueError(f"No seller_sku of a listing: {seller_sku!r}")
    if not seller.sells_in(marketplace_id):
        raise ValueError("The seller does not sell in this marketplace")
    likely = {
        "title": seller_sku,
        "asin": f"B0SIM{zlib.crc32(seller_sku.encode()) % 100_000:05d}",
        "price": "100.00",
        "currency": MARKETPLACES[marketplace_id].currency,
        "quantity": 10,
        "created": now,
        "in_odoo": False,
    }
    return Listing(seller_sku, marketplace_id, **{**likely, **listing_fields(fields)})


class ListingStore:
    """Listings by (seller SKU, marketplace id).

    Listings are never changed in place. `lag` is (shortest, longest) seconds until
    search sees a change or a deletion; reading a single listing sees it at once.
    """

    def __init__(self, lag, seed):
        self.lag = lag
        self._random = random.Random(seed)
        self._truth = {}
        # key: [(visible from, listing or None), ...] while search lags behind.
        self._lagging = {}

    def __len__(self):
        return len(self._truth)

    def __getitem__(self, key):
        return self._truth[key]

    def get(self, key):
        """The current listing, or None; not subject to the lag."""
        return self._truth.get(key)

    def values(self):
        return self._truth.values()

    def children(self, parent):
        """The listings whose parent is `parent`, oldest first."""
        return [
            listing
            for listing in self._truth.values()
            if listing.parent_sku == parent.seller_sku
            and listing.marketplace_id == parent.marketplace_id
        ]

    def put(self, listing, now):
        """Store a listing; missing times become long ago, and `created`."""
        created = now - AGE if listing.created is None else listing.created
        updated = created if listing.updated is None else listing.updated
        listing = replace(listing, created=created, updated=updated)
        self._remember(listing.key, listing, updated, now)
        self._truth[listing.key] = listing
        return listing

    def change(self, key, now, **changes):
        """Change fields; KeyError if there is no such listing."""
        listing = replace(self._truth[key], **changes)
        if listing.key != key:
            raise ValueError("A listing keeps its SKU and its marketplace")
        if set(changes) - SILENT and "updated" not in changes:
            listing = replace(listing, updated=now)
        self._remember(key, listing, now, now)
        self._truth[key] = listing
        return listing

    def remove(self, key, now):
        """Delete a listing; KeyError if there is none."""
        listing = self._truth[key]
        self._remember(key, None, now, now)
        del self._truth[key]
        return listing

    def searchable(self, now, marketplace_ids, skus=None):
        """What search shows at `now` in some marketplaces; `skus`: those alone."""
        for key in list(self._lagging):
            self._settle(key, now)
        if skus is None:
            every = {**self._truth, **self._lagging}
            keys = [key for key in every if key[1] in marketplace_ids]
        else:
            keys = [(sku, place) for sku in skus for place in marketplace_ids]
        shown = (self._shown(key) for key in keys)
        return [listing for listing in shown if listing is not None]

    def _shown(self, key):
        if key in self._lagging:
            return self._lagging[key][0][1]
        return self._truth.get(key)

    def _remember(self, key, listing, since, now):
        visible_at = since + self._random.uniform(*self.lag)
        if visible_at <= now:
            self._lagging.pop(key, None)
            return
        before = (float("-inf"), self._truth.get(key))
        self._lagging.setdefault(key, [before]).append((visible_at, listing))

    def _settle(self, key, now):
        """Let search see what is due; the first entry left is what it shows."""
        versions = self._lagging[key]
        due = [entry for entry in versions if entry[0] <= now]
        if len(due) == len(versions):
            del self._lagging[key]
        else:
            later = [entry for entry in versions if entry[0] > now]
            self._lagging[key] = [due[-1], *later]
