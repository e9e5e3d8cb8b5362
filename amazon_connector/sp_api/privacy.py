# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cut a buyer's data out of an order before anything is stored or logged.

Allow-lists, not block-lists: a field that Amazon adds tomorrow is in neither part
until somebody has read what it holds and listed it here. Fields are those of
Amazon's Orders API 2026-01-01.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .aliases import JsonObject
from .order_feeds import CANCEL_REASONS
from .places import country_code, is_place_name

Spec = Any
"""What `pick` takes: KEEP, a function, a dict or a list of these."""
KEEP = object()
"""Keep a plain value (text, number, truth value)."""
OTHER_REASON = "Other"
"""What stands for a reason that somebody wrote in words of his own."""

_CODE = re.compile(r"[A-Z][A-Z_]{0,39}", re.ASCII)
# Of Amazon's order feeds, of its examples, and what it lets buyers choose from.
_REASONS = (
    *CANCEL_REASONS,
    OTHER_REASON,
    "Buyer cancelled",
    "Buyer requested cancellation",
    "Changed mind about purchase",
    "Found cheaper somewhere else",
    "Item price too high",
    "Item would not arrive on time",
    "Items would not arrive on time",
    "Need to change billing address",
    "Need to change payment method",
    "Need to change shipping address",
    "Need to change shipping speed",
    "No longer needed",
    "Order created by mistake",
    "Ordered by mistake",
    "Shipping cost too high",
)


def _reason_key(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


_KNOWN_REASONS = frozenset(map(_reason_key, _REASONS))


def keep_text(value: object) -> str | None:
    """Return a text, or a number as text; None of what is neither."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value)


def keep_code(value: object) -> str | None:
    """Return one of Amazon's codes in capitals, e.g. RESIDENTIAL."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def keep_reason(value: object) -> str | None:
    """Return a reason of a known list; of any other only that there is one."""
    if not isinstance(value, str) or not value.strip():
        return None
    return value if _reason_key(value) in _KNOWN_REASONS else OTHER_REASON


_MONEY = {"amount": KEEP, "currencyCode": KEEP}
_WINDOW = {"earliestDateTime": KEEP, "latestDateTime": KEEP}
_MEASUREMENT = {"unit": KEEP, "value": KEEP}
_DETAIL = {"subtype": KEEP, "value": _MONEY}

_PUBLIC_ITEM = {
    "orderItemId": KEEP,
    "quantityOrdered": KEEP,
    "measurement": _MEASUREMENT,
    "associatedOrderItems": [
        {"orderId": KEEP, "orderItemId": KEEP, "associationType": KEEP}
    ],
    "programs": [KEEP],
    "product": {
        "asin": KEEP,
        "title": KEEP,
        "sellerSku": KEEP,
        "condition": {"conditionType": KEEP, "conditionSubtype": KEEP},
        "price": {"unitPrice": _MONEY, "priceDesignation": KEEP},
        "serialNumbers": [KEEP],
    },
    "proceeds": {
        "proceedsTotal": _MONEY,
        "breakdowns": [
            {"type": KEEP, "subtotal": _MONEY, "detailedBreakdowns": [_DETAIL]}
        ],
    },
    "expense": {
        "pointsCost": {
            "pointsGranted": {"pointsNumber": KEEP, "pointsMonetaryValue": _MONEY}
        }
    },
    "promotion": {"breakdowns": [{"promotionId": KEEP}]},
    "cancellation": {
        "cancellationRequest": {"requester": keep_code, "cancelReason": keep_reason},
        "cancellationExecution": {
            "cancelledBy": keep_code,
            "cancelReason": keep_reason,
        },
    },
    "fulfillment": {
        "quantityFulfilled": KEEP,
        "quantityUnfulfilled": KEEP,
        "packing": {
            "giftOption": {"giftWrapLevel": KEEP},
            "serialNumberRequirement": {"requirementType": KEEP},
        },
        "shipping": {
            "scheduledDeliveryWindow": _WINDOW,
            "shippingConstraints": {
                "palletDelivery": KEEP,
                "cashOnDelivery": KEEP,
                "signatureConfirmation": KEEP,
                "recipientIdentityVerification": KEEP,
                "recipientAgeVerification": KEEP,
            },
            "internationalShipping": {"iossNumber": KEEP},
        },
    },
    "tax": {
        "taxCalculationBreakdowns": [{"reportingScheme": KEEP}],
        "taxCollections": [{"model": KEEP, "responsibleParty": KEEP}],
    },
}

_PUBLIC_PACKAGE = {
    "packageReferenceId": KEEP,
    "createdTime": KEEP,
    "packageStatus": {"status": KEEP, "detailedStatus": KEEP},
    "carrier": KEEP,
    "shipTime": KEEP,
    "shippingService": KEEP,
    "trackingNumber": KEEP,
    "packageItems": [{"orderItemId": KEEP, "quantity": KEEP}],
}

PUBLIC_ORDER = {
    "orderId": KEEP,
    "orderAliases": [{"aliasId": KEEP, "aliasType": KEEP}],
    "createdTime": KEEP,
    "lastUpdatedTime": KEEP,
    "programs": [KEEP],
    "associatedOrders": [{"orderId": KEEP, "associationType": KEEP}],
    "salesChannel": {"channelName": KEEP, "marketplaceId": KEEP},
    # Typed by the buyer: business buyers need it on their invoice.
    "buyer": {"buyerPurchaseOrderNumber": keep_text},
    # Taxes and fiscal positions need country and state; `split_order` looks whether
    # the state is one.
    "recipient": {
        "deliveryAddress": {
            "countryCode": country_code,
            "stateOrRegion": keep_text,
            "addressType": keep_code,
        }
    },
    "proceeds": {
        "grandTotal": _MONEY,
        "breakdowns": [{"type": KEEP, "status": KEEP, "subtotal": _MONEY}],
    },
    "payment": {
        "paymentExecutions": [{"paymentMethod": KEEP, "paymentAmount": _MONEY}]
    },
    "tax": {"taxInvoicing": {"buyerInvoicePreference": KEEP, "invoiceStatus": KEEP}},
    "fulfillment": {
        "fulfillmentStatus": KEEP,
        "fulfilledBy": KEEP,
        "fulfillmentServiceLevel": KEEP,
        "shipByWindow": _WINDOW,
        "deliverByWindow": _WINDOW,
        "labelPrintingWindow": _WINDOW,
    },
    "orderItems": [_PUBLIC_ITEM],
    "packages": [_PUBLIC_PACKAGE],
    "fulfillmentOrders": [{"fulfillmentOrderId": KEEP}],
}
"""What of an order may be stored in clear and shown."""

_PLACE = {"recipient": PUBLIC_ORDER["recipient"]}
_ADDRESS = {
    "name": keep_text,
    "companyName": keep_text,
    "addressLine1": keep_text,
    "addressLine2": keep_text,
    "addressLine3": keep_text,
    "city": keep_text,
    "districtOrCounty": keep_text,
    "stateOrRegion": keep_text,
    "municipality": keep_text,
    "postalCode": keep_text,
    "countryCode": keep_text,
    "phone": keep_text,
    "extendedFields": {
        "streetName": keep_text,
        "streetNumber": keep_text,
        "complement": keep_text,
        "neighborhood": keep_text,
    },
    "addressType": keep_text,
}
_CLOCK_TIMES = [
    {
        "startTime": {"hour": KEEP, "minute": KEEP},
        "endTime": {"hour": KEEP, "minute": KEEP},
    }
]
_DELIVERY_PREFERENCE = {
    "dropOffLocation": keep_text,
    "addressInstruction": keep_text,
    "deliveryTime": {
        "businessHours": [{"dayOfWeek": keep_text, "timeWindows": _CLOCK_TIMES}],
        "exceptionDates": [
            {
                "exceptionDate": keep_text,
                "exceptionDateType": keep_text,
                "timeWindows": _CLOCK_TIMES,
            }
        ],
    },
    "deliveryCapabilities": [keep_text],
}
_REGISTRATION = {
    "entityType": keep_text,
    "legalName": keep_text,
    "taxRegistrationType": keep_text,
    "taxRegistrationNumber": keep_text,
    "taxRegistrationAddress": _ADDRESS,
    "taxRegistrationAttributes": [{"key": keep_text, "value": keep_text}],
}
_PERSONAL_BLOCKS = {
    "buyer": {
        "buyerName": keep_text,
        "buyerEmail": keep_text,
        "buyerCompanyName": keep_text,
    },
    "recipient": {
        "deliveryAddress": _ADDRESS,
        "deliveryPreference": _DELIVERY_PREFERENCE,
    },
    "tax": {"taxRegistrations": [_REGISTRATION]},
}
_PERSONAL_ITEM = {
    "orderItemId": keep_text,
    "product": {"customization": {"customizedUrl": keep_text}},
    "fulfillment": {"packing": {"giftOption": {"giftMessage": keep_text}}},
}
PERSONAL_ORDER = {**_PERSONAL_BLOCKS, "orderItems": [_PERSONAL_ITEM]}
"""What of an order is kept encrypted."""
_NOTHING = object()


def split_order(
    raw: object, is_state: Callable[[str | None, str], bool] | None = None
) -> tuple[JsonObject, JsonObject]:
    """Split Amazon's order into what may be seen and what must be encrypted.

    :param dict raw: one order as Amazon sends it
    :param is_state: ``is_state(country code, text)``, whether a text is known as a
        state; without it only what :func:`~.places.is_place_name` accepts is one
    :return: ``(public, personal)``, sharing no mutable value with `raw`.
        `public` has Amazon's own structure, reduced to the allowed fields.
        `personal` has the keys "buyer" {name, email, company}, "recipient" (the
        address as Amazon spells it, plus "deliveryPreference"), "tax" (list of
        registrations), "items" {order item id: {giftMessage, customizedUrl}};
        empty parts are left out, so an order without personal data gives {}.
    """
    public = pick(raw, PUBLIC_ORDER)
    if not isinstance(public, dict):
        public = {}
    address = public.get("recipient", {}).get("deliveryAddress", {})
    country, state = read_place(raw)
    if state and not (
        is_place_name(state) or (is_state is not None and is_state(country, state))
    ):
        del address["stateOrRegion"]
    return public, _personal(raw)


def forget_typed(public: JsonObject) -> JsonObject:
    """Return the public part of an order without what its buyer typed.

    That is the purchase order number, and why an item was cancelled. The amounts and
    quantities are the same.

    :param dict public: as :func:`split_order` gives it; stays as it is
    """
    kept = {key: block for key, block in public.items() if key != "buyer"}
    if "orderItems" in public:
        kept["orderItems"] = [_forget_reasons(item) for item in public["orderItems"]]
    return kept


def _forget_reasons(item: JsonObject) -> JsonObject:
    if not isinstance(item.get("cancellation"), dict):
        return item
    blocks = {
        name: {key: value for key, value in block.items() if key != "cancelReason"}
        for name, block in item["cancellation"].items()
    }
    return {**item, "cancellation": blocks}


def read_place(raw: object) -> tuple[str | None, str | None]:
    """Return ``(country code, state)`` of an order's delivery, None where untold.

    The state is what the buyer typed: not to be stored or shown as it is.
    """
    address = (pick(raw, _PLACE) or {}).get("recipient", {}).get("deliveryAddress", {})
    return address.get("countryCode"), address.get("stateOrRegion")


def pick(value: object, spec: Spec) -> Any:
    """Return the part of `value` that `spec` allows, or ``None`` in its place.

    :param spec: KEEP, a function that returns what to keep or None, a dict of specs
        by key, a list of one spec
    """
    picked = _pick(value, spec)
    return None if picked is _NOTHING else picked


def _pick(value: object, spec: Spec) -> Any:
    if isinstance(spec, dict):
        if not isinstance(value, dict):
            return _NOTHING
        picked = ((key, _pick(value[key], spec[key])) for key in spec if key in value)
        return {key: part for key, part in picked if part is not _NOTHING}
    if isinstance(spec, list):
        if not isinstance(value, list):
            return _NOTHING
        picked = (_pick(entry, spec[0]) for entry in value)
        return [part for part in picked if part is not _NOTHING]
    if callable(spec):
        kept = spec(value)
        return _NOTHING if kept is None else kept
    # A block where Amazon's model has a plain value may hold anything.
    return _NOTHING if isinstance(value, (dict, list)) else value


def _personal(raw: object) -> JsonObject:
    blocks = pick(raw, _PERSONAL_BLOCKS) or {}
    buyer = blocks.get("buyer", {})
    recipient = blocks.get("recipient", {})
    parts = {
        "buyer": {
            "name": buyer.get("buyerName"),
            "email": buyer.get("buyerEmail"),
            "company": buyer.get("buyerCompanyName"),
        },
        "recipient": {
            **recipient.get("deliveryAddress", {}),
            "deliveryPreference": recipient.get("deliveryPreference"),
        },
        "tax": blocks.get("tax", {}).get("taxRegistrations"),
        "items": _personal_items(raw),
    }
    return _without_empty(parts) or {}


def _personal_items(raw: object) -> JsonObject:
    items = raw.get("orderItems") if isinstance(raw, dict) else None
    found = {}
    for item in items if isinstance(items, list) else ():
        item = pick(item, _PERSONAL_ITEM) or {}
        product = item.get("product", {})
        packing = item.get("fulfillment", {}).get("packing", {})
        found[str(item.get("orderItemId") or "")] = {
            "giftMessage": packing.get("giftOption", {}).get("giftMessage"),
            "customizedUrl": product.get("customization", {}).get("customizedUrl"),
        }
    return found


def _without_empty(value: object) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_empty(part) for key, part in value.items()}
        return {key: part for key, part in kept.items() if part is not None} or None
    if isinstance(value, list):
        parts = [_without_empty(part) for part in value]
        return [part for part in parts if part is not None] or None
    if isinstance(value, str):
        return value if value.strip() else None
    return value
