# SPDX-License-Identifier: LGPL-3.0-or-later
"""Listings as immutable values (Amazon's Listings Items API 2021-08-01).

An item of Amazon is one seller SKU in one or more marketplaces; a ``Listing`` is
that SKU in one of them. Unknown enum values survive as text and are noted, wrong
types become None and are noted, absent data are None or empty. Times are aware
UTC, money is Decimal, ids are text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from .aliases import JsonObject
from .reading import Money, Reader, as_text

if TYPE_CHECKING:
    from typing_extensions import Self

ListingT = TypeVar("ListingT", bound="Listing")

STATUSES = ("BUYABLE", "DISCOVERABLE")
SEVERITIES = ("ERROR", "WARNING", "INFO")
RELATIONSHIP_TYPES = ("VARIATION", "PACKAGE_HIERARCHY")
MERCHANT_CHANNEL = "DEFAULT"
AMAZON_CHANNELS = "AMAZON_"
# Amazon names a theme's attributes in older words than the item's own.
_OLD_SUFFIX = "_name"


@dataclass(frozen=True)
class ListingIssue:
    """What Amazon finds wrong; `actions` is what it does, e.g. SEARCH_SUPPRESSED."""

    code: str | None
    message: str | None
    severity: str | None
    attribute_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Availability:
    """Units for sale through one fulfilment channel; None for what Amazon keeps.

    `handling_days` is the handling time that the seller set.
    """

    channel_code: str
    quantity: int | None
    handling_days: int | None = None


@dataclass(frozen=True)
class Relationship:
    """A family of SKUs. `attribute_names` tell its members apart."""

    type: str | None
    parent_skus: tuple[str, ...] = ()
    child_skus: tuple[str, ...] = ()
    theme: str | None = None
    attribute_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExternalId:
    """A barcode; `type` is EAN, UPC, GTIN, ISBN ... in capitals."""

    type: str | None
    value: str


@dataclass(frozen=True)
class Listing:
    """One seller SKU in one marketplace.

    `blocks` names the data sets that Amazon sent: only of those does an empty value
    mean that there is nothing. `statuses` is None without a summary, empty for an
    inactive listing. `fulfilled_by` is AMAZON, MERCHANT, or None when no fulfilment
    channel says so. `price` is the consumers' offer. `variation` pairs each
    attribute of the family's theme with this listing's value. `notes` lists what
    Amazon sent that was not as expected.
    """

    seller_sku: str
    marketplace_id: str
    blocks: frozenset[str]
    asin: str | None
    title: str | None
    product_type: str | None
    condition: str | None
    statuses: frozenset[str] | None
    fn_sku: str | None
    image_url: str | None
    created_time: datetime | None
    last_updated_time: datetime | None
    price: Money | None
    brand: str | None
    availability: tuple[Availability, ...]
    fulfilled_by: str | None
    issues: tuple[ListingIssue, ...]
    relationships: tuple[Relationship, ...]
    variation: tuple[tuple[str, str], ...]
    external_ids: tuple[ExternalId, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_buyable(self) -> bool:
        return self.statuses is not None and "BUYABLE" in self.statuses

    @property
    def quantity(self) -> int | None:
        """Units that the merchant offers; None when Amazon does not say."""
        return self._merchants("quantity")

    @property
    def handling_days(self) -> int | None:
        """The longest handling time in days; None when the seller set none."""
        return self._merchants("handling_days")

    @property
    def parent_skus(self) -> tuple[str, ...]:
        return self._family("parent_skus")

    @property
    def child_skus(self) -> tuple[str, ...]:
        return self._family("child_skus")

    @property
    def is_parent(self) -> bool:
        """Whether this is no article but the head of a family."""
        return bool(self.child_skus)

    @property
    def variation_theme(self) -> str | None:
        """Amazon's name of the family's theme, e.g. SIZE/COLOR; None without one."""
        themes = (each.theme for each in self._variations())
        return next((theme for theme in themes if theme), None)

    @classmethod
    def from_json(cls, data: object, marketplace_id: str) -> Self:
        """Read one item of ``searchListingsItems`` or ``getListingsItem``.

        :param dict data: the item
        :param marketplace_id: whose part of it is wanted
        :raises ValueError: without a SKU; nothing else is ever refused
        """
        sku = as_text(data.get("sku")) if isinstance(data, dict) else None
        if not sku:
            raise ValueError("A listing without sku cannot be read")
        return _read_listing(cls, sku, marketplace_id, Reader(data))

    def _merchants(self, name: str) -> int | None:
        values = (
            getattr(entry, name)
            for entry in self.availability
            if entry.channel_code == MERCHANT_CHANNEL
        )
        return next((value for value in values if value is not None), None)

    def _variations(self) -> list[Relationship]:
        return [each for each in self.relationships if each.type == "VARIATION"]

    def _family(self, name: str) -> tuple[str, ...]:
        values = (value for each in self._variations() for value in getattr(each, name))
        return tuple(dict.fromkeys(values))


def marketplaces_of(data: object) -> tuple[str, ...]:
    """Return the ids of the marketplaces that an item speaks of, in their order."""
    root = Reader(data)
    entries = [
        entry
        for block in ("summaries", "offers", "relationships", "productTypes")
        for entry in root.children(block)
    ]
    ids = (entry.text("marketplaceId") for entry in entries)
    return tuple(dict.fromkeys(name for name in ids if name))


def _read_listing(
    cls: type[ListingT], sku: str, marketplace_id: str, root: Reader
) -> ListingT:
    summary = _first(_here(root.children("summaries"), marketplace_id))
    attributes = _Attributes(root.child("attributes"), marketplace_id)
    relationships = _read_relationships(root, marketplace_id)
    availability = _read_availability(root, attributes)
    return cls(
        seller_sku=sku,
        marketplace_id=marketplace_id,
        blocks=frozenset(
            name
            for name, value in root.data.items()
            if name != "sku" and value is not None
        ),
        asin=summary.text("asin"),
        title=summary.text("itemName") or attributes.text("item_name"),
        product_type=summary.text("productType"),
        condition=summary.text("conditionType") or attributes.text("condition_type"),
        statuses=_read_statuses(summary),
        fn_sku=summary.text("fnSku"),
        image_url=summary.child("mainImage").text("link"),
        created_time=summary.time("createdDate"),
        last_updated_time=summary.time("lastUpdatedDate"),
        price=_read_price(root, marketplace_id),
        brand=attributes.text("brand"),
        availability=availability,
        fulfilled_by=_fulfilled_by(availability),
        issues=_read_issues(root, marketplace_id),
        relationships=relationships,
        variation=_read_variation(relationships, attributes),
        external_ids=_read_external_ids(attributes),
        # Last: by now every field has been read.
        notes=tuple(root.notes),
    )


def _read_statuses(summary: Reader) -> frozenset[str] | None:
    """Return None unless there is a list: an empty one means inactive."""
    statuses = summary.texts("status", STATUSES)
    return frozenset(statuses) if isinstance(summary.data.get("status"), list) else None


def _here(readers: Iterable[Reader], marketplace_id: str) -> list[Reader]:
    """Keep the entries of one marketplace, and those that name none."""
    return [
        entry
        for entry in readers
        if entry.data.get("marketplaceId") in (None, marketplace_id)
    ]


def _first(readers: list[Reader]) -> Reader:
    return readers[0] if readers else Reader(None)


def _read_price(root: Reader, marketplace_id: str) -> Money | None:
    """Return the price for consumers; an offer to everybody comes first."""
    offers = [
        offer
        for offer in _here(root.children("offers"), marketplace_id)
        if offer.text("offerType", ("B2C", "B2B")) == "B2C"
    ]
    offers.sort(key=lambda offer: offer.child("audience").text("value") != "ALL")
    prices = (offer.money("price") for offer in offers)
    return next((price for price in prices if price), None)


def _read_issues(root: Reader, marketplace_id: str) -> tuple[ListingIssue, ...]:
    return tuple(
        read_issue(issue)
        for issue in root.children("issues")
        if marketplace_id in (issue.texts("marketplaceIds") or (marketplace_id,))
    )


def read_issue(issue: Reader) -> ListingIssue:
    """Return the ListingIssue of a Reader, of a listing or of a submission."""
    return ListingIssue(
        code=issue.text("code"),
        message=issue.text("message"),
        severity=issue.text("severity", SEVERITIES),
        attribute_names=issue.texts("attributeNames"),
        categories=issue.texts("categories"),
        actions=tuple(
            action.text("action") or ""
            for action in issue.child("enforcements").children("actions")
        ),
    )


def _read_relationships(root: Reader, marketplace_id: str) -> tuple[Relationship, ...]:
    found = []
    for place in _here(root.children("relationships"), marketplace_id):
        for entry in place.children("relationships"):
            theme = entry.child("variationTheme")
            found.append(
                Relationship(
                    type=entry.text("type", RELATIONSHIP_TYPES),
                    parent_skus=entry.texts("parentSkus"),
                    child_skus=entry.texts("childSkus"),
                    theme=theme.text("theme"),
                    attribute_names=theme.texts("attributes"),
                )
            )
    return tuple(found)


def _read_availability(
    root: Reader, attributes: _Attributes
) -> tuple[Availability, ...]:
    """Return what is for sale now, each with the handling time that was submitted.

    Attributes are what the seller last sent: their quantities are not for sale, and
    their channels count only where Amazon does not say what is.
    """
    handling = {
        entry.text("fulfillment_channel_code"): entry.integer(
            "lead_time_to_ship_max_days"
        )
        for entry in attributes.entries("fulfillment_availability")
    }
    quantities = {
        entry.text("fulfillmentChannelCode"): entry.integer("quantity")
        for entry in root.children("fulfillmentAvailability")
    }
    return tuple(
        Availability(code, quantities.get(code), handling.get(code))
        for code in (quantities or handling)
        if code
    )


def _fulfilled_by(availability: Iterable[Availability]) -> str | None:
    """Return AMAZON as soon as one channel is Amazon's: to such an offer a quantity
    must never be sent. An unknown channel says nothing."""
    codes = [entry.channel_code for entry in availability]
    if any(code.startswith(AMAZON_CHANNELS) for code in codes):
        return "AMAZON"
    return "MERCHANT" if MERCHANT_CHANNEL in codes else None


def _read_variation(
    relationships: Iterable[Relationship], attributes: _Attributes
) -> tuple[tuple[str, str], ...]:
    names = dict.fromkeys(
        name
        for each in relationships
        if each.type == "VARIATION" and not each.child_skus
        for name in each.attribute_names
    )
    values = ((name, attributes.variation(name)) for name in names)
    return tuple((name, value) for name, value in values if value is not None)


def _read_external_ids(attributes: _Attributes) -> tuple[ExternalId, ...]:
    found = []
    for entry in attributes.entries("externally_assigned_product_identifier"):
        value, kind = _word(entry.data.get("value")), entry.text("type")
        if value:
            found.append(ExternalId(kind.upper() if kind else None, value))
        elif entry.data.get("value") is not None:
            entry.note("value", "expected a text")
    return tuple(dict.fromkeys(found))


class _Attributes:
    """The attributes of one marketplace: lists of entries, by name."""

    def __init__(self, block: Reader, marketplace_id: str) -> None:
        self._block = block
        self._marketplace_id = marketplace_id

    def entries(self, name: str) -> list[Reader]:
        return [
            entry
            for entry in self._block.children(name)
            if entry.data.get("marketplace_id") in (None, self._marketplace_id)
        ]

    def text(self, name: str) -> str | None:
        """Return the first value that is a text, a number, or true or false."""
        words = (_word(entry.data.get("value")) for entry in self.entries(name))
        return next((word for word in words if word), None)

    def variation(self, name: str) -> str | None:
        """Return the value of a theme's attribute, None when there is none.

        Amazon writes one as a plain value, or nests it under its own name, or calls
        it differently than the theme does.
        """
        bare = name.removesuffix(_OLD_SUFFIX)
        for key in dict.fromkeys((name, bare, bare + _OLD_SUFFIX)):
            if key not in self._block.data:
                continue
            for entry in self.entries(key):
                word = _inner_word(entry.data, (key, bare))
                if word:
                    return word
        return None


def _inner_word(data: JsonObject, names: Iterable[str]) -> str | None:
    """Return the text of an entry: its value, or what it nests under `names`."""
    for key in ("value", *names):
        value = data.get(key)
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, dict):
            value = value.get("value")
        word = _word(value)
        if word:
            unit = _word(data.get("unit"))
            return f"{word} {unit}" if unit else word
    return None


def _word(value: object) -> str | None:
    """Return a plain JSON value as text; None for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value}"
    return value if isinstance(value, str) and value else None
