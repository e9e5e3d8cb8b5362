# SPDX-License-Identifier: LGPL-3.0-or-later
"""What stands in the reports, taken from the simulator's own store.

Each function returns a list of rows: dicts by column, absent columns are blank.
"""

import hashlib
from datetime import datetime, timedelta, timezone

from .clock import parse_time
from .marketplaces import MARKETPLACES
from .orders_view import EMAIL_STATUSES

STATUSES = {
    "PENDING_AVAILABILITY": "Pending",
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "Shipping",
    "SHIPPED": "Shipped",
    "CANCELLED": "Cancelled",
    "UNFULFILLABLE": "Unshipped",
}
PRICES = {
    "ITEM": ("item-price", "item-tax"),
    "SHIPPING": ("shipping-price", "shipping-tax"),
    "GIFT_WRAP": ("gift-wrap-price", "gift-wrap-tax"),
}
DISCOUNTS = {"ITEM": "item-promotion-discount", "SHIPPING": "ship-promotion-discount"}
CONDITIONS = {"new_new": "11", "refurbished_refurbished": "10"}
BARCODES = {"ASIN": "1", "ISBN": "2", "UPC": "3", "EAN": "4", "GTIN": "5"}
# Form, zone and hours from UTC of a listing's date, by marketplace; the rest as US.
DATES = {
    "IN": ("%d/%m/%Y %H:%M:%S", "IST", 5.5),
    "UK": ("%d/%m/%Y %H:%M:%S", "GMT", 0),
    "DE": ("%d/%m/%Y %H:%M:%S", "MET", 1),
    "JP": ("%Y/%m/%d %H:%M:%S", "JST", 9),
}
US_DATE = ("%Y-%m-%d %H:%M:%S", "PST", -8)


def moment(text):
    """A time of an order as reports write it: with +00:00, without fractions."""
    return stamp(parse_time(text)) if text else ""


def stamp(seconds):
    shown = datetime.fromtimestamp(int(seconds), timezone.utc)
    return shown.isoformat()


def all_orders(seller, report, _simulator):
    """One row per item of the orders created or updated in the report's period."""
    by_creation = report.report_type.endswith("BY_ORDER_DATE_GENERAL")
    rows = []
    for version in seller.orders.all():
        at = version.created if by_creation else version.updated
        if version.marketplace_id in report.marketplace_ids and report.covers(at):
            head = _order_head(version)
            rows += [
                {**head, **_item(item), "item-status": _item_status(item, head)}
                for item in version.data["orderItems"]
            ]
    return rows


def _order_head(version):
    order = version.data
    address = order.get("recipient", {}).get("deliveryAddress", {})
    fulfillment = order.get("fulfillment", {})
    return {
        "amazon-order-id": order["orderId"],
        "merchant-order-id": order["orderId"],
        "purchase-date": moment(order["createdTime"]),
        "last-updated-date": moment(order["lastUpdatedTime"]),
        "order-status": STATUSES.get(version.status, version.status),
        "fulfillment-channel": (
            "Amazon" if version.fulfilled_by == "AMAZON" else "Merchant"
        ),
        "sales-channel": _sales_channel(version),
        "ship-service-level": fulfillment.get("fulfillmentServiceLevel", "").title(),
        "ship-city": address.get("city", ""),
        "ship-state": address.get("stateOrRegion", ""),
        "ship-postal-code": address.get("postalCode", ""),
        "ship-country": address.get("countryCode", ""),
        "is-business-order": str(
            "AMAZON_BUSINESS" in order.get("programs", ())
        ).lower(),
        "purchase-order-number": order.get("buyer", {}).get(
            "buyerPurchaseOrderNumber", ""
        ),
    }


def _sales_channel(version):
    if version.channel_name == "NON_AMAZON":
        return "Non-Amazon"
    marketplace = MARKETPLACES.get(version.marketplace_id)
    return marketplace.name if marketplace else ""


def _item(item):
    product = item.get("product", {})
    promotions = item.get("promotion", {}).get("breakdowns", ())
    return {
        "product-name": product.get("title", ""),
        "sku": product.get("sellerSku", ""),
        "asin": product.get("asin", ""),
        "quantity": str(item["quantityOrdered"]),
        "promotion-ids": ",".join(entry["promotionId"] for entry in promotions),
        "price-designation": product.get("price", {}).get("priceDesignation", ""),
        **_amounts(item.get("proceeds", {})),
    }


def _amounts(proceeds):
    """Prices, taxes and discounts of an item, as far as the order states them."""
    found = {}
    for entry in proceeds.get("breakdowns", ()):
        kind, details = entry["type"], entry.get("detailedBreakdowns", ())
        amount = entry["subtotal"]["amount"]
        found["currency"] = entry["subtotal"]["currencyCode"]
        if kind in PRICES:
            found[PRICES[kind][0]] = amount
        elif kind == "TAX":
            found.update({"item-tax": amount} if not details else {})
            for detail in details:
                if detail["subtype"] in PRICES:
                    found[PRICES[detail["subtype"]][1]] = detail["value"]["amount"]
        elif kind == "DISCOUNT":
            found.update({DISCOUNTS["ITEM"]: amount} if not details else {})
            for detail in details:
                if detail["subtype"] in DISCOUNTS:
                    found[DISCOUNTS[detail["subtype"]]] = detail["value"]["amount"]
    return found


def _item_status(item, head):
    if head["order-status"] in ("Pending", "Cancelled"):
        return head["order-status"]
    shipped = item.get("fulfillment", {}).get("quantityFulfilled", 0)
    return "Shipped" if shipped else "Unshipped"


def shipments(seller, report, _simulator):
    """One row per item of each parcel that Amazon shipped in the report's period."""
    return [
        row
        for version in seller.orders.all()
        if version.fulfilled_by == "AMAZON"
        and version.marketplace_id in report.marketplace_ids
        for shipped_at, row in _shipment_rows(version, seller)
        if report.covers(shipped_at)
    ]


def _shipment_rows(version, seller):
    """(time, row) of each parcel's items; what no parcel names left at the end."""
    order = version.data
    rest = {
        item["orderItemId"]: item.get("fulfillment", {}).get("quantityFulfilled", 0)
        for item in order["orderItems"]
    }
    items = {item["orderItemId"]: item for item in order["orderItems"]}
    parcels = list(order.get("packages", ()))
    for parcel in parcels:
        for entry in parcel.get("packageItems", ()):
            rest[entry["orderItemId"]] = (
                rest.get(entry["orderItemId"], 0) - entry["quantity"]
            )
    left = [
        {"orderItemId": item_id, "quantity": quantity}
        for item_id, quantity in rest.items()
        if quantity > 0
    ]
    if left:
        parcels.append({"packageItems": left})
    head = {**_order_head(version), **_personal(version, seller)}
    for number, parcel in enumerate(parcels, 1):
        shipped_at = parcel.get("shipTime", order["lastUpdatedTime"])
        for entry in parcel.get("packageItems", ()):
            if entry["orderItemId"] not in items:
                continue
            row = {**head, **_item(items[entry["orderItemId"]])}
            row.update(_shipment(order, entry, parcel, number, shipped_at))
            yield parse_time(shipped_at), row


def _shipment(order, entry, parcel, number, shipped_at):
    parcel_code = _code(order["orderId"], number)
    country = order.get("recipient", {}).get("deliveryAddress", {}).get("countryCode")
    return {
        "shipment-id": f"D{parcel_code}",
        "shipment-item-id": f"D{_code(parcel_code, entry['orderItemId'])}",
        "amazon-order-item-id": entry["orderItemId"],
        "payments-date": moment(shipped_at),
        "shipment-date": moment(shipped_at),
        "reporting-date": moment(shipped_at),
        "quantity-shipped": str(entry["quantity"]),
        "carrier": parcel.get("carrier", "AMZN"),
        "tracking-number": parcel.get("trackingNumber", f"SIM{parcel_code}"),
        "fulfillment-center-id": f"{country or 'SIM'}1",
        "fulfillment-channel": "AFN",
    }


def _code(*parts):
    text = "-".join(map(str, parts))
    return hashlib.sha256(text.encode()).hexdigest()[:8].upper()


def _personal(version, seller):
    """What only a seller with the shipping role sees."""
    if not seller.sees_addresses():
        return {}
    order = version.data
    address = order.get("recipient", {}).get("deliveryAddress", {})
    shown = {
        "recipient-name": address.get("name", ""),
        "ship-address-1": address.get("addressLine1", ""),
        "ship-address-2": address.get("addressLine2", ""),
        "ship-phone-number": address.get("phone", ""),
    }
    buyer = order.get("buyer", {})
    if seller.sees_buyers():
        shown["buyer-name"] = buyer.get("buyerName", "")
    if version.status in EMAIL_STATUSES:
        shown["buyer-email"] = buyer.get("buyerEmail", "")
    return shown


def listings(seller, report, _simulator):
    """One row per SKU of the report's marketplace."""
    (marketplace_id,) = report.marketplace_ids
    return [
        _listing(listing, MARKETPLACES[marketplace_id])
        for listing in seller.listings.values()
        if listing.marketplace_id == marketplace_id
    ]


def _listing(listing, marketplace):
    merchant = listing.fulfilled_by == "MERCHANT"
    barcode_type = listing.barcode_type or "ASIN"
    return {
        "item-name": listing.title,
        "item-description": listing.description or "",
        "listing-id": f"{_code(listing.seller_sku, marketplace.id)}SIM",
        "seller-sku": listing.seller_sku,
        "price": listing.price,
        "quantity": str(listing.quantity) if merchant else "",
        "open-date": _open_date(listing.created, marketplace.code),
        # Amazon leaves it empty for most.
        "image-url": "" if (listing.image or "/").startswith("/") else listing.image,
        "item-is-marketplace": "y",
        "product-id-type": BARCODES.get(barcode_type, "1"),
        "item-condition": CONDITIONS.get(listing.condition, "11"),
        "asin1": listing.asin,
        "product-id": listing.barcode or listing.asin,
        "pending-quantity": "0",
        "fulfillment-channel": listing.channel_code,
        "merchant-shipping-group": "Migrated Template",
        "status": "Active" if listing.active else "Inactive",
    }


def _open_date(seconds, code):
    form, zone, hours = DATES.get(code, US_DATE)
    local = datetime.fromtimestamp(int(seconds), timezone.utc) + timedelta(hours=hours)
    return f"{local.strftime(form)} {zone}"
