# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders as immutable values (Amazon's Orders API 2026-01-01).

Built from the public part of an order (``privacy.split_order``) or from Amazon's
raw JSON; personal data is never read. Unknown enum values survive as text and are
noted, wrong types become None and are noted, absent blocks are None or empty.
Times are aware UTC, money is Decimal, ids are text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from .enums import (
    IMPORT_SCHEMES,
    ITEM_BREAKDOWNS,
    ITEM_SUBTYPES,
    MARKETPLACE_FACILITATOR,
    ORDER_BREAKDOWNS,
    PROGRAMS,
    REPLACEMENT,
)
from .reading import Money, Reader, Window, as_text, visible_text

if TYPE_CHECKING:
    from typing_extensions import Self

OrderT = TypeVar("OrderT", bound="Order")

FULFILLMENT_STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)
# Of countries where Amazon asks for the seller's invoice before the parcel goes; it is
# in no list of the model.
INVOICE_PENDING = "INVOICE_PENDING"
PACKAGE_STATUSES = (
    "PENDING",
    "IN_TRANSIT",
    "SHIPPED",
    "DELIVERED",
    "CANCELLED",
    "UNDELIVERABLE",
)
FULFILLED_BY = ("MERCHANT", "AMAZON")
CHANNEL_NAMES = ("AMAZON", "NON_AMAZON")

CASH_METHODS = frozenset(("COD", "CASHONDELIVERY", "CASH_ON_DELIVERY"))


@dataclass(frozen=True)
class BreakdownDetail:
    """A part of a TAX or DISCOUNT breakdown."""

    subtype: str | None
    value: Money | None


@dataclass(frozen=True)
class Breakdown:
    """One category of money; `status` (PENDING, FINALIZED) only for late charges."""

    type: str | None
    subtotal: Money | None
    details: tuple[BreakdownDetail, ...] = ()
    status: str | None = None


@dataclass(frozen=True)
class Proceeds:
    """What the seller receives for the order."""

    grand_total: Money | None
    breakdowns: tuple[Breakdown, ...] = ()


@dataclass(frozen=True)
class ItemProceeds:
    """What the seller receives for one item."""

    total: Money | None
    breakdowns: tuple[Breakdown, ...] = ()


@dataclass(frozen=True)
class AssociatedOrder:
    """The order that this one replaces or exchanges."""

    order_id: str | None
    association_type: str | None


@dataclass(frozen=True)
class Payment:
    """One payment, e.g. method ``CashOnDelivery``."""

    method: str | None
    amount: Money | None


@dataclass(frozen=True)
class TaxInvoicing:
    """What Amazon says about the buyer's invoice."""

    buyer_invoice_preference: str | None
    invoice_status: str | None


@dataclass(frozen=True)
class PackageItem:
    order_item_id: str | None
    quantity: int | None


@dataclass(frozen=True)
class Package:
    """One parcel that Amazon knows of; merchant-fulfilled orders only."""

    reference_id: str | None
    created_time: datetime | None
    status: str | None
    detailed_status: str | None
    carrier: str | None
    shipping_service: str | None
    tracking_number: str | None
    ship_time: datetime | None
    items: tuple[PackageItem, ...] = ()

    @property
    def is_cancelled(self) -> bool:
        """Whether its label was cancelled; Amazon spells that in several ways."""
        return (self.status or "").casefold().startswith(("cancelled", "canceled"))

    @property
    def is_status_known(self) -> bool:
        return self.is_cancelled or self.status in (None, *PACKAGE_STATUSES)


@dataclass(frozen=True)
class OrderItem:
    """One line of an order. Quantities are units; money is for the whole line,
    except `unit_price`."""

    order_item_id: str
    quantity_ordered: int | None
    asin: str | None
    title: str | None
    seller_sku: str | None
    condition: str | None
    condition_subtype: str | None
    unit_price: Money | None
    price_designation: str | None
    serial_numbers: tuple[str, ...]
    proceeds: ItemProceeds | None
    programs: tuple[str, ...]
    quantity_fulfilled: int | None
    quantity_unfulfilled: int | None
    cancellation_requester: str | None
    cancel_reason: str | None
    cancelled_by: str | None
    gift_wrap_level: str | None
    shipping_constraints: tuple[str, ...]
    scheduled_delivery: Window | None
    ioss_number: str | None
    reporting_scheme: str | None
    tax_collection_model: str | None
    responsible_party: str | None
    promotion_ids: tuple[str, ...]

    @property
    def is_collected(self) -> bool:
        """Whether Amazon collects the tax and remits it itself."""
        return (
            self.tax_collection_model == MARKETPLACE_FACILITATOR
            or self.reporting_scheme in IMPORT_SCHEMES
            or (self.responsible_party or "").casefold().startswith("amazon")
        )

    @property
    def is_quantity_known(self) -> bool:
        """Whether Amazon states any number of units."""
        return not (
            self.quantity_ordered is None
            and self.quantity_fulfilled is None
            and self.quantity_unfulfilled is None
        )

    @property
    def quantity_to_deliver(self) -> int:
        """Units that were or will be delivered: ordered less cancelled ones.

        Never more than were ordered: nobody pays for them.
        """
        ordered = self.quantity_ordered
        if self.quantity_fulfilled is None and self.quantity_unfulfilled is None:
            return max(ordered or 0, 0)
        told = (self.quantity_fulfilled or 0, self.quantity_unfulfilled or 0)
        units = sum(max(units, 0) for units in told)
        return units if ordered is None else max(min(units, ordered), 0)

    @property
    def has_money(self) -> bool:
        """Whether Amazon states any amount but 0 for it."""
        proceeds = self.proceeds or ItemProceeds(None)
        moneys = [proceeds.total, *(block.subtotal for block in proceeds.breakdowns)]
        return any(money.amount for money in moneys if money)

    @property
    def quantity_shipped(self) -> int | None:
        """Units that were shipped, as far as they were ordered; None if not told."""
        if self.quantity_fulfilled is None:
            return None
        return max(min(self.quantity_fulfilled, self.quantity_to_deliver), 0)


@dataclass(frozen=True)
class Order:
    """One order. `notes` lists what Amazon sent that was not as expected, `faults`
    the places of what could not be read, `unknown_words` the words that are in no list
    of Amazon's: ``(place, word)``."""

    order_id: str
    aliases: tuple[str, ...]
    created_time: datetime | None
    last_updated_time: datetime | None
    programs: tuple[str, ...]
    associated_orders: tuple[AssociatedOrder, ...]
    channel_name: str | None
    marketplace_id: str | None
    buyer_purchase_order_number: str | None
    country_code: str | None
    state_or_region: str | None
    address_type: str | None
    proceeds: Proceeds | None
    payments: tuple[Payment, ...]
    tax_invoicing: TaxInvoicing | None
    fulfillment_status: str | None
    fulfilled_by: str | None
    service_level: str | None
    ship_by: Window | None
    deliver_by: Window | None
    packages: tuple[Package, ...]
    items: tuple[OrderItem, ...]
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    unknown_words: tuple[tuple[str, str], ...] = ()

    @property
    def is_replacement(self) -> bool:
        """Whether it replaces another order, for nothing."""
        return any(
            other.association_type == REPLACEMENT for other in self.associated_orders
        )

    @property
    def is_paid_on_delivery(self) -> bool:
        """Whether the buyer pays in cash at the door."""
        methods = {(payment.method or "").upper() for payment in self.payments}
        return bool(methods & CASH_METHODS) or any(
            "cashOnDelivery" in item.shipping_constraints for item in self.items
        )

    @property
    def is_void(self) -> bool:
        """Whether nothing of it is left to be sold: no unit, and nothing to pay.

        What Amazon still states for cancelled units of an order of which nothing was
        shipped is not due.
        """
        is_unshipped = self.fulfillment_status == "UNSHIPPED"
        return bool(self.items) and all(
            item.is_quantity_known
            and not item.quantity_to_deliver
            and (
                is_unshipped and (item.quantity_ordered or 0) > 0 or not item.has_money
            )
            for item in self.items
        )

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Read one order of ``searchOrders`` or ``getOrder``.

        :param dict data: the order, raw or public
        :raises ValueError: without an order id; nothing else is ever refused
        """
        order_id = as_text(data.get("orderId")) if isinstance(data, dict) else None
        if not order_id:
            raise ValueError("An order without orderId cannot be read")
        return _read_order(cls, order_id, Reader(data))


def _read_order(cls: type[OrderT], order_id: str, root: Reader) -> OrderT:
    channel = root.child("salesChannel")
    address = root.child("recipient").child("deliveryAddress")
    fulfillment = root.child("fulfillment")
    return cls(
        order_id=order_id,
        aliases=tuple(
            alias.text("aliasId") or "" for alias in root.children("orderAliases")
        ),
        created_time=root.time("createdTime"),
        last_updated_time=root.time("lastUpdatedTime"),
        programs=root.texts("programs", PROGRAMS),
        associated_orders=tuple(
            AssociatedOrder(other.text("orderId"), other.text("associationType"))
            for other in root.children("associatedOrders")
        ),
        channel_name=channel.text("channelName", CHANNEL_NAMES),
        marketplace_id=channel.text("marketplaceId"),
        buyer_purchase_order_number=visible_text(
            root.child("buyer").text("buyerPurchaseOrderNumber")
        ),
        country_code=address.text("countryCode"),
        state_or_region=address.text("stateOrRegion"),
        address_type=address.text("addressType"),
        proceeds=_read_proceeds(root.child("proceeds")),
        payments=tuple(
            Payment(payment.text("paymentMethod"), payment.money("paymentAmount"))
            for payment in root.child("payment").children("paymentExecutions")
        ),
        tax_invoicing=_read_tax_invoicing(root.child("tax").child("taxInvoicing")),
        fulfillment_status=fulfillment.text(
            "fulfillmentStatus", (*FULFILLMENT_STATUSES, INVOICE_PENDING)
        ),
        fulfilled_by=fulfillment.text("fulfilledBy", FULFILLED_BY),
        service_level=fulfillment.text("fulfillmentServiceLevel"),
        ship_by=fulfillment.window("shipByWindow"),
        deliver_by=fulfillment.window("deliverByWindow"),
        packages=tuple(_read_package(entry) for entry in root.children("packages")),
        items=tuple(_read_item(entry) for entry in root.children("orderItems")),
        # Last: by now every field has been read.
        notes=tuple(root.notes),
        faults=tuple(root.faults),
        unknown_words=tuple(root.words),
    )


def _read_proceeds(block: Reader) -> Proceeds | None:
    if not block.data:
        return None
    return Proceeds(
        grand_total=block.money("grandTotal"),
        breakdowns=tuple(
            Breakdown(
                type=entry.text("type", ORDER_BREAKDOWNS),
                subtotal=entry.money("subtotal"),
                status=entry.text("status", ("PENDING", "FINALIZED")),
            )
            for entry in block.children("breakdowns")
        ),
    )


def _read_item_proceeds(block: Reader) -> ItemProceeds | None:
    if not block.data:
        return None
    return ItemProceeds(
        total=block.money("proceedsTotal"),
        breakdowns=tuple(
            Breakdown(
                type=entry.text("type", ITEM_BREAKDOWNS),
                subtotal=entry.money("subtotal"),
                details=tuple(
                    BreakdownDetail(
                        detail.text("subtype", ITEM_SUBTYPES), detail.money("value")
                    )
                    for detail in entry.children("detailedBreakdowns")
                ),
            )
            for entry in block.children("breakdowns")
        ),
    )


def _read_tax_invoicing(block: Reader) -> TaxInvoicing | None:
    if not block.data:
        return None
    return TaxInvoicing(
        block.text("buyerInvoicePreference"), block.text("invoiceStatus")
    )


def _read_package(entry: Reader) -> Package:
    status = entry.child("packageStatus")
    return Package(
        reference_id=entry.text("packageReferenceId"),
        created_time=entry.time("createdTime"),
        status=status.text("status", PACKAGE_STATUSES),
        detailed_status=status.text("detailedStatus"),
        carrier=entry.text("carrier"),
        shipping_service=entry.text("shippingService"),
        tracking_number=entry.text("trackingNumber"),
        ship_time=entry.time("shipTime"),
        items=tuple(
            PackageItem(item.text("orderItemId"), item.integer("quantity"))
            for item in entry.children("packageItems")
        ),
    )


def _read_item(entry: Reader) -> OrderItem:
    product = entry.child("product")
    condition = product.child("condition")
    price = product.child("price")
    request = entry.child("cancellation").child("cancellationRequest")
    execution = entry.child("cancellation").child("cancellationExecution")
    fulfillment = entry.child("fulfillment")
    shipping = fulfillment.child("shipping")
    tax = entry.child("tax")
    collections = tax.children("taxCollections")
    schemes = tax.children("taxCalculationBreakdowns")
    order_item_id = entry.text("orderItemId")
    if not order_item_id:
        entry.note("orderItemId", "missing")
    return OrderItem(
        order_item_id=order_item_id or "",
        quantity_ordered=entry.integer("quantityOrdered"),
        asin=product.text("asin"),
        title=product.text("title"),
        seller_sku=product.text("sellerSku"),
        condition=condition.text("conditionType"),
        condition_subtype=condition.text("conditionSubtype"),
        unit_price=price.money("unitPrice"),
        price_designation=price.text("priceDesignation"),
        serial_numbers=product.texts("serialNumbers"),
        proceeds=_read_item_proceeds(entry.child("proceeds")),
        programs=entry.texts("programs"),
        quantity_fulfilled=fulfillment.integer("quantityFulfilled"),
        quantity_unfulfilled=fulfillment.integer("quantityUnfulfilled"),
        cancellation_requester=request.text("requester"),
        cancel_reason=execution.text("cancelReason") or request.text("cancelReason"),
        cancelled_by=execution.text("cancelledBy"),
        gift_wrap_level=fulfillment.child("packing")
        .child("giftOption")
        .text("giftWrapLevel"),
        shipping_constraints=_read_constraints(shipping.child("shippingConstraints")),
        scheduled_delivery=shipping.window("scheduledDeliveryWindow"),
        ioss_number=shipping.child("internationalShipping").text("iossNumber"),
        reporting_scheme=_first_text(
            schemes, "reportingScheme", preferred=IMPORT_SCHEMES
        ),
        tax_collection_model=_first_text(
            collections, "model", preferred=(MARKETPLACE_FACILITATOR,)
        ),
        responsible_party=_first_text(collections, "responsibleParty"),
        promotion_ids=tuple(
            promotion.text("promotionId") or ""
            for promotion in entry.child("promotion").children("breakdowns")
        ),
    )


def _read_constraints(block: Reader) -> tuple[str, ...]:
    """Return the names of the constraints that apply, e.g. ``cashOnDelivery``."""
    return tuple(sorted(name for name in block.data if block.text(name)))


def _first_text(
    readers: Iterable[Reader], key: str, preferred: Collection[str] = ()
) -> str | None:
    """The text that says most: the first of those preferred, else the first."""
    texts = [text for text in (entry.text(key) for entry in readers) if text]
    return next((text for text in texts if text in preferred), next(iter(texts), None))
