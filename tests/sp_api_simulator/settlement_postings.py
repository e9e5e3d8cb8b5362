# SPDX-License-Identifier: LGPL-3.0-or-later
"""Postings of orders: what was shipped, refunded, charged back."""

from decimal import Decimal

from .changes import Refused
from .clock import DAY, parse_time
from .marketplaces import MARKETPLACES
from .money import rounded
from .settlement_fees import fee_parts, india_parts, refund_commission, within_state
from .settlement_ledger import REFUND, SHIPMENT
from .settlement_rows import (
    FEES,
    NOTHING,
    PRICE,
    TDS,
    WITHHELD_TAX,
    Row,
    item_money,
    labels_of,
    receivable_parts,
)

COMMISSION = "Commission"
PRINCIPAL = "Principal"


class OrderMoney:
    """One version of an order, and the parts of its items in a settlement."""

    def __init__(self, seller, version, settings):
        self.seller = seller
        self.version = version
        self.order = version.data
        self.items = version.data["orderItems"]
        self.marketplace = MARKETPLACES[version.marketplace_id]
        self.currency = self.marketplace.currency
        self.labels = labels_of(self.marketplace)
        self._settings = settings

    def item(self, item_id):
        for item in self.items:
            if item["orderItemId"] == item_id:
                return item
        raise Refused("The order has no such item")

    def key(self, item):
        """What the ledger counts the item's units by."""
        return self.version.order_id, item["orderItemId"]

    def parts(self, item):
        """[(amount type, description, Decimal)] of all the item's units."""
        found = self.money(item)
        units = item["quantityOrdered"]
        by_amazon = self.version.fulfilled_by == "AMAZON"
        parts = [
            *receivable_parts(found, self.labels),
            *fee_parts(found, units, by_amazon, self.marketplace, self._settings),
        ]
        if self.marketplace.code == "IN":
            same_state = within_state(self.seller, self.order)
            parts += india_parts(found, same_state)
        return parts

    def money(self, item):
        sku = item.get("product", {}).get("sellerSku", "")
        listing = self.seller.listings.get((sku, self.marketplace.id))
        percent = Decimal(listing.tax_percent) if listing else NOTHING
        return item_money(item, percent, self.currency, self.labels.splits_tax)

    def share(self, amount, item, before, after):
        """What of an item's amount falls on its units from `before` to `after`."""
        ordered = item["quantityOrdered"] or 1

        def until(units):
            return rounded(amount * units / ordered, self.currency)

        return until(after) - until(before)

    def row(self, kind, part, amount, moment, item=None, **more):
        amount_type, description = part
        product = (item or {}).get("product", {})
        order_id = self.version.order_id
        return Row(
            kind,
            amount_type,
            description,
            amount,
            moment,
            order_id=order_id,
            merchant_order_id=order_id,
            marketplace_id=self.marketplace.id,
            fulfillment_id="AFN" if self.version.fulfilled_by == "AMAZON" else "MFN",
            order_item_code=item["orderItemId"] if item else "",
            sku=product.get("sellerSku", ""),
            **more,
        )

    def shipped_at(self, latest):
        """When its last parcel left, epoch seconds, never after `latest`."""
        times = [
            parse_time(parcel["shipTime"])
            for parcel in self.order.get("packages", ())
            if "shipTime" in parcel
        ]
        return min([latest, max(times, default=self.version.updated)])


def accrue(ledger, seller, settings, now):
    """Post what was shipped since the last time.

    :param settings: `settlements.SettlementSettings`
    :param now: epoch seconds up to which it is done
    """
    for version in seller.orders.all():
        if ledger.seen.get(version.order_id) is version:
            continue
        if version.marketplace_id not in ledger.marketplace_ids:
            continue
        ledger.seen[version.order_id] = version
        if version.channel_name != "NON_AMAZON":
            _post_shipment(ledger, OrderMoney(seller, version, settings), settings, now)


def _post_shipment(ledger, order, settings, now):
    moment = max(order.shipped_at(now), ledger.opened)
    rows = []
    for item in order.items:
        key = order.key(item)
        before = ledger.units.get(key, 0)
        after = item.get("fulfillment", {}).get("quantityFulfilled", 0)
        steps = range(before, after) if settings.unit_rows else (before,)
        for step in steps if after > before else ():
            end = step + 1 if settings.unit_rows else after
            rows += _item_rows(order, item, step, end, moment)
        ledger.units[key] = max(before, after)
    order_id = order.version.order_id
    if any(ledger.units[order.key(item)] for item in order.items):
        rows += _tip_rows(ledger, order, moment)
    released = moment + settings.deferred_days * DAY
    ledger.post(SHIPMENT, rows, moment, released, order.marketplace.id, order_id)


def _item_rows(order, item, before, after, moment):
    parcel = {"shipment_id": f"S{item['orderItemId'][-8:]}{after}"}
    rows = []
    for amount_type, description, total in order.parts(item):
        amount = order.share(total, item, before, after)
        first = (amount_type, description) == (PRICE, PRINCIPAL)
        if amount or first:
            more = {**parcel, "quantity": after - before if first else None}
            part = (amount_type, description)
            rows.append(order.row("Order", part, amount, moment, item, **more))
    return rows


def _tip_rows(ledger, order, moment):
    """The delivery tip, once it is final."""
    for entry in order.order.get("proceeds", {}).get("breakdowns", ()):
        if entry["type"] == "DELIVERY_TIP" and entry.get("status") == "FINALIZED":
            if order.version.order_id not in ledger.tipped:
                ledger.tipped.add(order.version.order_id)
                amount = Decimal(entry["subtotal"]["amount"])
                return [order.row("Order", (PRICE, "DeliveryTip"), amount, moment)]
    return []


def refund(ledger, order, items, amount, now):
    """Post a refund; Refused for units that were not shipped, or were refunded.

    :param items: {order item id: units}, None: all that is left
    :param Decimal amount: of the first item, instead of whole units
    """
    if not any(ledger.units.get(order.key(item), 0) for item in order.items):
        raise Refused("Nothing of the order was shipped")
    number = len(ledger.postings) + 1
    more = {"adjustment_id": f"AMZN:{order.version.order_id}:{number}"}
    if amount is not None:
        rows = _amount_rows(order, amount, now, more)
    else:
        rows = []
        for item, units in _refundable(ledger, order, items):
            rows += _refund_rows(ledger, order, item, units, now, more)
    if not rows:
        raise Refused("Nothing of the order is left to refund")
    place, order_id = order.marketplace.id, order.version.order_id
    return ledger.post(REFUND, rows, now, None, place, order_id)


def _refundable(ledger, order, items):
    order_id = order.version.order_id
    left = {
        key[1]: units - ledger.refunded.get(key, 0)
        for key, units in ledger.units.items()
        if key[0] == order_id
    }
    for item_id, units in (left if items is None else items).items():
        if type(units) is not int or not 0 <= units <= left.get(item_id, 0):
            raise Refused("More than was shipped and not refunded yet")
        if units:
            yield order.item(item_id), units


def _refund_rows(ledger, order, item, units, moment, more):
    key = order.key(item)
    before = ledger.refunded.get(key, 0)
    ledger.refunded[key] = before + units
    rows = []
    for amount_type, description, total in order.parts(item):
        amount = -order.share(total, item, before, before + units)
        kept = amount_type == TDS or amount_type == FEES and description != COMMISSION
        if amount and not kept:
            part = (amount_type, description)
            rows.append(order.row(REFUND, part, amount, moment, item, **more))
        if description == COMMISSION and amount:
            rows.append(_kept_row(order, amount, moment, item, more))
    return rows


def _kept_row(order, commission, moment, item, more):
    amount = refund_commission(commission, order.currency)
    return order.row(REFUND, (FEES, "RefundCommission"), amount, moment, item, **more)


def _amount_rows(order, amount, moment, more):
    amount = rounded(amount, order.currency)
    item = order.items[0]
    if amount <= 0:
        raise Refused("A refund is a positive amount")
    return [order.row(REFUND, (PRICE, "Goodwill"), -amount, moment, item, **more)]


def retrocharge(ledger, order, amount, refunded, now):
    """Post a correction of the tax that Amazon withholds: charged and withheld again.

    :param bool refunded: the correction is taken back
    """
    sign = -1 if refunded else 1
    amount = rounded(amount, order.currency) * sign
    kind = "Refund_Retrocharge" if refunded else "Order_Retrocharge"
    tax = order.labels.charges["ITEM"][1]
    item = order.items[0]
    withheld = f"{order.labels.withheld}-Principal"
    rows = [
        order.row(kind, (PRICE, tax), amount, now, item),
        order.row(kind, (WITHHELD_TAX, withheld), -amount, now, item),
    ]
    place, order_id = order.marketplace.id, order.version.order_id
    return ledger.post("Retrocharge", rows, now, None, place, order_id)
