# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tell Amazon that parcels have left (Orders API v0, shipment confirmation).

Version 0 of the Orders API goes away one day: whoever ships knows this module alone.
Neither call is repeated within a run once its result is unknown. The caller reads the
order's packages (``Orders.get`` with PACKAGES) and decides.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from .aliases import JsonObject
from .carriers import OTHER
from .errors import AmazonError, BadRequestError
from .operations import Operation
from .shipment_errors import ShipmentRefusedError, UnknownResultError
from .times import format_time

if TYPE_CHECKING:
    from .client import Client

CONFIRM_SHIPMENT = Operation(
    name="confirmShipment",
    method="POST",
    path="/orders/v0/orders/{orderId}/shipmentConfirmation",
    rate=2.0,
    burst=10,
    idempotent=False,
    tells_details=True,
)
UPDATE_SHIPMENT_STATUS = Operation(
    name="updateShipmentStatus",
    method="POST",
    path="/orders/v0/orders/{orderId}/shipment",
    rate=5.0,
    burst=15,
    idempotent=False,
    tells_details=True,
)

READY_FOR_PICKUP = "ReadyForPickup"
PICKED_UP = "PickedUp"
REFUSED_PICKUP = "RefusedPickup"
PICKUP_STATUSES = (READY_FOR_PICKUP, PICKED_UP, REFUSED_PICKUP)
DIRECT_PAYMENT = "DirectPayment"
"""How cash on delivery is collected; Japan alone asks for it."""

# What is wrong with a parcel, see `Parcel.problems`.
NO_REFERENCE = "no_reference"
NO_CARRIER = "no_carrier"
NO_CARRIER_NAME = "no_carrier_name"
NO_TRACKING = "no_tracking"
MANY_TRACKING = "many_tracking"
NO_SHIP_DATE = "no_ship_date"
FUTURE_SHIP_DATE = "future_ship_date"
EARLY_SHIP_DATE = "early_ship_date"
NO_ITEMS = "no_items"
BAD_QUANTITY = "bad_quantity"
ITEM_TWICE = "item_twice"
TRANSPARENCY_COUNT = "transparency_count"

# Clocks differ: a date so little ahead of Amazon's is sent as Amazon's own time.
_AHEAD = timedelta(minutes=5)


# Never part of a number; also as Japanese and Chinese keyboards write them.
_SEPARATORS = re.compile("[,;|+&\\r\\n\\t、，；｜]+")
# Between numbers, or within one: 1Z 999 AA1 01 2345 6784.
_LOOSE = re.compile(r"[\s/／]+")
# The post's numbers, RM 111 111 111 IN.
_POSTAL = re.compile(r"(?<![^\W_])[A-Za-z]{2}\s*(?:\d\s*){9}[A-Za-z]{2}(?![^\W_])")
# (UPS), (1/2), (2 parcels); (00) may belong to a number.
_REMARK = re.compile(r"\((?:[^()\d]*|\d+\s*/\s*\d+|\d+\s+[^()\d]+)\)")
_SHORTEST = 8
"""Pieces of a number in groups are shorter, numbers are not."""


def tidy_tracking(text: str | None) -> str:
    """Return a tracking number without the blanks that people and labels put in."""
    return "".join((text or "").split())


def split_tracking(text: str | None) -> list[str]:
    """Return the tracking numbers in what somebody typed: each once, without blanks.

    Commas and line breaks part numbers always; blanks and slashes do where what stands
    between them looks like numbers, not like the groups of one.
    """
    numbers: dict[str, str] = {}
    for part in _SEPARATORS.split(_REMARK.sub(" ", text or "")):
        for number in _split_loosely(part):
            numbers.setdefault(number.casefold(), number)
    return list(numbers.values())


def _split_loosely(part: str) -> list[str]:
    postal = _POSTAL.findall(part)
    if len(postal) > 1 and not any(map(str.isdigit, _POSTAL.sub("", part))):
        return [tidy_tracking(number) for number in postal]
    pieces = [piece for piece in _LOOSE.split(part) if any(map(str.isdigit, piece))]
    shapes = {re.sub(r"[^\W\d]", "A", re.sub(r"\d", "9", piece)) for piece in pieces}
    alike = len(shapes) == 1 and len(pieces) > 1 and {"A", "9"} <= set(*shapes)
    if alike and len(pieces[0]) > 3:
        return pieces
    whole = [len(piece) >= _SHORTEST for piece in pieces]
    if sum(whole) < 2:
        tidy = tidy_tracking(part).strip("/／#")
        return [tidy] if tidy else []
    numbers, group = [], ""
    for piece, is_whole in zip(pieces, whole, strict=True):
        group += piece
        if is_whole:
            numbers.append(group)
            group = ""
    # The rest of a number that was written in groups.
    numbers[-1] += group
    return numbers


@dataclass(frozen=True)
class ParcelItem:
    """So many units of one order item.

    :param transparency_codes: one per unit, of items in Amazon's program TRANSPARENCY
    """

    order_item_id: str
    quantity: int
    transparency_codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parcel:
    """One parcel as Amazon is to hear of it.

    :param int reference: positive, unique within the order; the same one again edits
        the parcel
    :param carrier_code: see ``carriers``; ``Other`` needs `carrier_name`
    :param datetime ship_date: aware
    :param items: ``ParcelItem``, each order item once
    """

    reference: int
    carrier_code: str
    tracking_number: str
    ship_date: datetime
    items: tuple[ParcelItem, ...]
    carrier_name: str = ""
    shipping_method: str = ""
    supply_source_id: str = ""

    def problems(
        self, now: datetime, ordered_at: datetime | None = None
    ) -> tuple[str, ...]:
        """Return what Amazon would refuse, as a tuple of this module's constants.

        :param datetime now: Amazon's time, aware
        :param datetime ordered_at: when the buyer ordered, if known
        """
        found = []
        if type(self.reference) is not int or self.reference <= 0:
            found.append(NO_REFERENCE)
        carrier = _text(self.carrier_code)
        if not carrier:
            found.append(NO_CARRIER)
        elif carrier == OTHER and not _text(self.carrier_name):
            found.append(NO_CARRIER_NAME)
        if not tidy_tracking(self.tracking_number):
            found.append(NO_TRACKING)
        elif len(split_tracking(self.tracking_number)) > 1:
            found.append(MANY_TRACKING)
        found += self._date_problems(now, ordered_at)
        found += self._item_problems()
        return tuple(found)

    def _date_problems(self, now: datetime, ordered_at: datetime | None) -> list[str]:
        if not self.ship_date:
            return [NO_SHIP_DATE]
        if self.ship_date > now + _AHEAD:
            return [FUTURE_SHIP_DATE]
        if ordered_at is not None and self.ship_date < ordered_at:
            return [EARLY_SHIP_DATE]
        return []

    def _item_problems(self) -> list[str]:
        if not self.items:
            return [NO_ITEMS]
        found = []
        if not all(
            type(item.quantity) is int and item.quantity > 0 for item in self.items
        ):
            found.append(BAD_QUANTITY)
        if len({item.order_item_id for item in self.items}) < len(self.items):
            found.append(ITEM_TWICE)
        if any(not _codes_fit(item) for item in self.items):
            found.append(TRANSPARENCY_COUNT)
        return found

    def check(self, now: datetime, allowed: Collection[str] = ()) -> None:
        """Make sure that Amazon would not refuse it.

        :param datetime now: Amazon's time, aware
        :param allowed: `problems` that are none where it is sent to
        :raises ValueError: with the other `problems`
        """
        problems = [name for name in self.problems(now) if name not in allowed]
        if problems:
            raise ValueError(f"Not a parcel for Amazon: {', '.join(problems)}")

    def stated_date(self, now: datetime) -> str:
        """Return the ship date as text, never one that is ahead of Amazon's time.

        :raises ValueError: for a naive one
        """
        return format_time(min(self.ship_date, now))

    def to_json(self, now: datetime) -> JsonObject:
        """Return Amazon's ``packageDetail``.

        :param datetime now: Amazon's time, aware
        :raises ValueError: with the `problems`, or for a naive ship date
        """
        self.check(now)
        detail = {
            "packageReferenceId": str(self.reference),
            "carrierCode": _text(self.carrier_code),
            "carrierName": _text(self.carrier_name),
            "shippingMethod": _text(self.shipping_method),
            "trackingNumber": tidy_tracking(self.tracking_number),
            "shipDate": self.stated_date(now),
            "shipFromSupplySourceId": self.supply_source_id,
            "orderItems": [_item_json(item) for item in self.items],
        }
        return {name: value for name, value in detail.items() if value}


def _text(value: str | None) -> str:
    return (value or "").strip()


def _codes_fit(item: ParcelItem) -> bool:
    codes = item.transparency_codes
    return not codes or len(set(codes)) == len(codes) == item.quantity


def _item_json(item: ParcelItem) -> JsonObject:
    entry = {"orderItemId": item.order_item_id, "quantity": item.quantity}
    if item.transparency_codes:
        entry["transparencyCodes"] = list(item.transparency_codes)
    return entry


class Shipments:
    """Confirms parcels and pick-ups through a ``Client``."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def confirm(
        self,
        order_id: str,
        marketplace_id: str,
        parcel: Parcel,
        cod_collection_method: str | None = None,
    ) -> None:
        """Tell Amazon of one parcel, or correct it (``confirmShipment``).

        :param Parcel parcel: see there
        :param cod_collection_method: ``DIRECT_PAYMENT`` or None
        :raises ValueError: for a parcel that Amazon would refuse; nothing was sent
        :raises ShipmentRefusedError: Amazon refuses it, see its `reason`
        :raises UnknownResultError: Amazon may have taken it: read the packages first
        :raises NotFoundError: Amazon does not know the order
        """
        body = {
            "marketplaceId": marketplace_id,
            "packageDetail": parcel.to_json(self._now()),
        }
        if cod_collection_method:
            body["codCollectionMethod"] = cod_collection_method
        self._call(CONFIRM_SHIPMENT, order_id, body)

    def update_status(
        self,
        order_id: str,
        marketplace_id: str,
        status: str,
        items: Iterable[ParcelItem] = (),
    ) -> None:
        """Tell how far an in-store pick-up is (``updateShipmentStatus``).

        :param status: one of ``PICKUP_STATUSES``
        :param items: ``ParcelItem`` for a part of the order, else all of it
        :raises: as `confirm`
        """
        if status not in PICKUP_STATUSES:
            raise ValueError(f"Not a status of a pick-up: {status!r}")
        body: JsonObject = {"marketplaceId": marketplace_id, "shipmentStatus": status}
        if items:
            body["orderItems"] = [
                {"orderItemId": item.order_item_id, "quantity": item.quantity}
                for item in items
            ]
        self._call(UPDATE_SHIPMENT_STATUS, order_id, body)

    def _now(self) -> datetime:
        """Return Amazon's time as far as we know it."""
        seconds = self.client.now() + (self.client.clock_skew or 0.0)
        return datetime.fromtimestamp(seconds, timezone.utc)

    def _call(self, operation: Operation, order_id: str, body: JsonObject) -> None:
        path = {"orderId": order_id}
        try:
            self.client.call(operation, path_params=path, body=body)
        except AmazonError as error:
            failure = _typed(error)
        else:
            return
        raise failure


def _typed(error: AmazonError) -> AmazonError:
    """Return the error that says what to do about a failed confirmation."""
    if error.outcome_unknown:
        return UnknownResultError.of(error)
    # Without a status it was never sent.
    if isinstance(error, BadRequestError) and error.status is not None:
        return ShipmentRefusedError.of(error)
    return error
