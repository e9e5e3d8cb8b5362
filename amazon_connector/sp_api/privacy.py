# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cut a buyer's data out of an order before anything is stored or logged.

Allow-lists, not block-lists: a field that Amazon adds tomorrow is in neither part
until somebody has read what it holds and listed it here. Fields are those of
Amazon's Orders API 2026-01-01.
"""

import re

KEEP = object()
"""Keep a plain value (text, number, truth value)."""
KEEP_PHRASE = object()
"""Keep a text only if it is a short phrase without numbers, addresses or links:
Amazon's own reasons look like that, free text of a buyer may not."""

_PHRASE = re.compile(r"[^\d@:/\\<>]{1,80}")

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
        "cancellationRequest": {"requester": KEEP, "cancelReason": KEEP_PHRASE},
        "cancellationExecution": {"cancelledBy": KEEP, "cancelReason": KEEP_PHRASE},
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
    "buyer": {"buyerPurchaseOrderNumber": KEEP},
    # Taxes and fiscal positions need these two; alone they name nobody.
    "recipient": {
        "deliveryAddress": {
            "countryCode": KEEP,
            "stateOrRegion": KEEP,
            "addressType": KEEP,
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

_ADDRESS = {
    "name": KEEP,
    "companyName": KEEP,
    "addressLine1": KEEP,
    "addressLine2": KEEP,
    "addressLine3": KEEP,
    "city": KEEP,
    "districtOrCounty": KEEP,
    "stateOrRegion": KEEP,
    "municipality": KEEP,
    "postalCode": KEEP,
    "countryCode": KEEP,
    "phone": KEEP,
    "extendedFields": {
        "streetName": KEEP,
        "streetNumber": KEEP,
        "complement": KEEP,
        "neighborhood": KEEP,
    },
    "addressType": KEEP,
}
_CLOCK_TIMES = [
    {
        "startTime": {"hour": KEEP, "minute": KEEP},
        "endTime": {"hour": KEEP, "minute": KEEP},
    }
]
_DELIVERY_PREFERENCE = {
    "dropOffLocation": KEEP,
    "addressInstruction": KEEP,
    "deliveryTime": {
        "businessHours": [{"dayOfWeek": KEEP, "timeWindows": _CLOCK_TIMES}],
        "exceptionDates": [
            {
                "exceptionDate": KEEP,
                "exceptionDateType": KEEP,
                "timeWindows": _CLOCK_TIMES,
            }
        ],
    },
    "deliveryCapabilities": [KEEP],
}
_REGISTRATION = {
    "entityType": KEEP,
    "legalName": KEEP,
    "taxRegistrationType": KEEP,
    "taxRegistrationNumber": KEEP,
    "taxRegistrationAddress": _ADDRESS,
    "taxRegistrationAttributes": [{"key": KEEP, "value": KEEP}],
}
_PERSONAL_BLOCKS = {
    "buyer": {"buyerName": KEEP, "buyerEmail": KEEP, "buyerCompanyName": KEEP},
    "recipient": {
        "deliveryAddress": _ADDRESS,
        "deliveryPreference": _DELIVERY_PREFERENCE,
    },
    "tax": {"taxRegistrations": [_REGISTRATION]},
}
_PERSONAL_ITEM = {
    "orderItemId": KEEP,
    "product": {"customization": {"customizedUrl": KEEP}},
    "fulfillment": {"packing": {"giftOption": {"giftMessage": KEEP}}},
}
_NOTHING = object()


def split_order(raw):
    """Split Amazon's order into what may be seen and what must be encrypted.

    :param dict raw: one order as Amazon sends it
    :return: ``(public, personal)``, sharing no mutable value with `raw`.
        `public` has Amazon's own structure, reduced to the allowed fields.
        `personal` has the keys "buyer" {name, email, company}, "recipient" (the
        address as Amazon spells it, plus "deliveryPreference"), "tax" (list of
        registrations), "items" {order item id: {giftMessage, customizedUrl}};
        empty parts are left out, so an order without personal data gives {}.
    """
    public = pick(raw, PUBLIC_ORDER)
    return (public if isinstance(public, dict) else {}), _personal(raw)


def pick(value, spec):
    """Return the part of `value` that `spec` allows, or ``None`` in its place.

    :param spec: KEEP, KEEP_PHRASE, a dict of specs by key, a list of one spec
    """
    picked = _pick(value, spec)
    return None if picked is _NOTHING else picked


def _pick(value, spec):
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
    if spec is KEEP_PHRASE:
        kept = isinstance(value, str) and _PHRASE.fullmatch(value)
        return value if kept else _NOTHING
    # A block where Amazon's model has a plain value may hold anything.
    return _NOTHING if isinstance(value, (dict, list)) else value


def _personal(raw):
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


def _personal_items(raw):
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


def _without_empty(value):
    if isinstance(value, dict):
        kept = {key: _without_empty(part) for key, part in value.items()}
        return {key: part for key, part in kept.items() if part is not None} or None
    if isinstance(value, list):
        kept = [_without_empty(part) for part in value]
        return [part for part in kept if part is not None] or None
    if isinstance(value, str):
        return value if value.strip() else None
    return value
