# SPDX-License-Identifier: LGPL-3.0-or-later
"""Feeds about orders in Amazon's XML: written message by message.

===================================  ===================================
``POST_ORDER_ACKNOWLEDGEMENT_DATA``  cancels whole orders, tells own numbers
``POST_PAYMENT_ADJUSTMENT_DATA``     cancels some units before they are shipped
``POST_ORDER_FULFILLMENT_DATA``      confirms shipments in bulk
===================================  ===================================

Each ``..._feed`` function takes pairs of a message number, chosen by the caller (a
positive number, once per feed), and what to say; it yields pieces of the document.
``feed_reports`` reads what Amazon made of it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from .carriers import OTHER
from .shipments import NO_TRACKING, Parcel, tidy_tracking

T = TypeVar("T")

ACKNOWLEDGEMENT_FEED = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
ADJUSTMENT_FEED = "POST_PAYMENT_ADJUSTMENT_DATA"
FULFILLMENT_FEED = "POST_ORDER_FULFILLMENT_DATA"
XML_CONTENT_TYPE = "text/xml; charset=UTF-8"

NO_INVENTORY = "NoInventory"
BUYER_CANCELED = "BuyerCanceled"
CANCEL_REASONS = (
    NO_INVENTORY,
    BUYER_CANCELED,
    "ShippingAddressUndeliverable",
    "CustomerExchange",
    "PricingError",
    "GeneralAdjustment",
    "CarrierCreditDecision",
    "RiskAssessmentInformationNotValid",
    "CarrierCoverageFailure",
    "CustomerReturn",
    "MerchandiseNotReceived",
)
"""Why a whole order may be cancelled."""
ADJUST_REASONS = (NO_INVENTORY, BUYER_CANCELED)
"""Why single units may be cancelled."""

# What XML 1.0 cannot hold, not even escaped.
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class OrderCancellation:
    """A whole order that will not be shipped.

    :param item_ids: every order item: an order without items is not cancelled
    :param reason: one of ``CANCEL_REASONS``
    """

    order_id: str
    item_ids: tuple[str, ...]
    reason: str
    merchant_order_id: str = ""

    def __post_init__(self) -> None:
        if not self.item_ids or not all(self.item_ids):
            raise ValueError("Amazon cancels nothing unless every item is listed")
        if self.reason not in CANCEL_REASONS:
            raise ValueError(f"Not a reason for Amazon: {self.reason!r}")


@dataclass(frozen=True)
class OrderAcknowledgement:
    """An order that was taken, and what the seller calls it."""

    order_id: str
    merchant_order_id: str


@dataclass(frozen=True)
class UnitsCancellation:
    """Units of an open order that will not be shipped; the rest is.

    :param quantities: pairs (order item id, units)
    :param reason: one of ``ADJUST_REASONS``
    """

    order_id: str
    quantities: tuple[tuple[str, int], ...]
    reason: str

    def __post_init__(self) -> None:
        if not self.quantities or any(
            type(units) is not int or units <= 0 for _item, units in self.quantities
        ):
            raise ValueError("Units to cancel are whole and positive")
        if self.reason not in ADJUST_REASONS:
            raise ValueError(f"Not a reason for Amazon: {self.reason!r}")


@dataclass(frozen=True)
class OrderShipment:
    """One parcel of one order; without a tracking number it goes untracked."""

    order_id: str
    parcel: Parcel


def acknowledgement_feed(
    seller_id: str,
    messages: Iterable[tuple[int, OrderCancellation | OrderAcknowledgement]],
) -> Iterator[bytes]:
    """Yield the feed that cancels orders or tells their own numbers.

    :param messages: pairs (message number, ``OrderCancellation`` or
        ``OrderAcknowledgement``)
    """
    yield from _envelope(seller_id, "OrderAcknowledgement", messages, _acknowledge)


def adjustment_feed(
    seller_id: str, messages: Iterable[tuple[int, UnitsCancellation]]
) -> Iterator[bytes]:
    """Yield the feed that cancels units.

    :param messages: pairs (message number, ``UnitsCancellation``)
    """
    yield from _envelope(seller_id, "OrderAdjustment", messages, _adjust)


def fulfillment_feed(
    seller_id: str, messages: Iterable[tuple[int, OrderShipment]], now: datetime
) -> Iterator[bytes]:
    """Yield the feed that confirms parcels.

    :param messages: pairs (message number, ``OrderShipment``)
    :param datetime now: Amazon's time, aware
    :raises ValueError: for a parcel that Amazon would refuse, or one with Transparency
        codes, which go by ``Shipments.confirm`` alone
    """

    def write(writer: _Writer, entry: OrderShipment) -> None:
        _fulfill(writer, entry, now)

    yield from _envelope(seller_id, "OrderFulfillment", messages, write)


def _acknowledge(
    writer: _Writer, entry: OrderCancellation | OrderAcknowledgement
) -> None:
    writer.text("AmazonOrderID", entry.order_id)
    if entry.merchant_order_id:
        writer.text("MerchantOrderID", entry.merchant_order_id)
    if isinstance(entry, OrderAcknowledgement):
        writer.text("StatusCode", "Success")
        return
    writer.text("StatusCode", "Failure")
    for item_id in entry.item_ids:
        with writer.element("Item"):
            writer.text("AmazonOrderItemCode", item_id)
            writer.text("CancelReason", entry.reason)


def _adjust(writer: _Writer, entry: UnitsCancellation) -> None:
    writer.text("AmazonOrderID", entry.order_id)
    for item_id, units in entry.quantities:
        with writer.element("AdjustedItem"):
            writer.text("AmazonOrderItemCode", item_id)
            writer.text("AdjustmentReason", entry.reason)
            writer.text("QuantityCancelled", units)


def _fulfill(writer: _Writer, entry: OrderShipment, now: datetime) -> None:
    parcel = entry.parcel
    parcel.check(now, allowed=(NO_TRACKING,))
    if any(item.transparency_codes for item in parcel.items):
        raise ValueError("Transparency codes do not travel by feed")
    writer.text("AmazonOrderID", entry.order_id)
    writer.text("MerchantFulfillmentID", parcel.reference)
    writer.text("FulfillmentDate", parcel.stated_date(now))
    with writer.element("FulfillmentData"):
        writer.text("CarrierCode", parcel.carrier_code)
        if parcel.carrier_code.strip() == OTHER:
            writer.text("CarrierName", parcel.carrier_name)
        if parcel.shipping_method:
            writer.text("ShippingMethod", parcel.shipping_method)
        tracking = tidy_tracking(parcel.tracking_number)
        if tracking:
            writer.text("ShipperTrackingNumber", tracking)
    for item in parcel.items:
        with writer.element("Item"):
            writer.text("AmazonOrderItemCode", item.order_item_id)
            writer.text("Quantity", item.quantity)


def _envelope(
    seller_id: str,
    message_type: str,
    messages: Iterable[tuple[int, T]],
    write: Callable[[_Writer, T], None],
) -> Iterator[bytes]:
    """Yield the document in pieces of bytes, one per message."""
    writer = _Writer()
    writer.begin("AmazonEnvelope")
    with writer.element("Header"):
        writer.text("DocumentVersion", "1.01")
        writer.text("MerchantIdentifier", seller_id)
    writer.text("MessageType", message_type)
    seen = set()
    for number, entry in messages:
        if type(number) is not int or number <= 0 or number in seen:
            raise ValueError("Message numbers are positive, each once")
        seen.add(number)
        with writer.element("Message"):
            writer.text("MessageID", number)
            with writer.element(message_type):
                write(writer, entry)
        yield writer.take()
    if not seen:
        raise ValueError("A feed needs a message at least")
    writer.end("AmazonEnvelope")
    yield writer.take()


class _Writer:
    """Elements without attributes into a buffer that is emptied by `take`."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._xml = XMLGenerator(self._buffer, "utf-8")
        self._xml.startDocument()

    def begin(self, name: str) -> None:
        self._xml.startElement(name, AttributesImpl({}))

    def end(self, name: str) -> None:
        self._xml.endElement(name)

    @contextmanager
    def element(self, name: str) -> Iterator[None]:
        """Put the element around what is written inside the ``with`` block."""
        self.begin(name)
        yield
        self.end(name)

    def text(self, name: str, value: object) -> None:
        self.begin(name)
        self._xml.characters(_UNSPEAKABLE.sub("", str(value)).strip())
        self.end(name)

    def take(self) -> bytes:
        piece = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return piece
