# SPDX-License-Identifier: LGPL-3.0-or-later
"""An order with every field of Amazon's model, and ways through it. Whatever says
"pii" must not be seen."""

MONEY = {"amount": "100.00", "currencyCode": "INR"}
CLOCK_TIMES = [
    {"startTime": {"hour": 9, "minute": 0}, "endTime": {"hour": 17, "minute": 30}}
]


def address(tag):
    return {
        "name": f"pii-name-{tag}",
        "companyName": f"pii-company-{tag}",
        "addressLine1": f"pii-line1-{tag}",
        "addressLine2": f"pii-line2-{tag}",
        "addressLine3": f"pii-line3-{tag}",
        "city": f"pii-city-{tag}",
        "districtOrCounty": f"pii-district-{tag}",
        "stateOrRegion": "KARNATAKA",
        "municipality": f"pii-municipality-{tag}",
        "postalCode": f"pii-560001-{tag}",
        "countryCode": "IN",
        "phone": f"pii-phone-{tag}",
        "extendedFields": {
            "streetName": f"pii-street-{tag}",
            "streetNumber": f"pii-number-{tag}",
            "complement": f"pii-complement-{tag}",
            "neighborhood": f"pii-neighborhood-{tag}",
        },
        "addressType": "RESIDENTIAL",
    }


RICH = {
    "orderId": "404-1234567-7654321",
    "orderAliases": [{"aliasId": "SO-1", "aliasType": "SELLER_ORDER_ID"}],
    "createdTime": "2026-11-20T08:00:00.000Z",
    "lastUpdatedTime": "2026-11-20T09:00:00.000Z",
    "programs": ["PRIME"],
    "associatedOrders": [
        {"orderId": "404-0-0", "associationType": "REPLACEMENT_ORIGINAL_ID"}
    ],
    "salesChannel": {
        "channelName": "AMAZON",
        "marketplaceId": "A21TJRUUN4KGV",
        "marketplaceName": "Amazon.in",
    },
    "buyer": {
        "buyerName": "pii-buyer",
        "buyerEmail": "pii-mail@marketplace.amazon.in",
        "buyerCompanyName": "pii-buyer-company",
        "buyerPurchaseOrderNumber": "PO-77",
        "aNewField": "pii-new-buyer",
    },
    "recipient": {
        "deliveryAddress": address("to"),
        "deliveryPreference": {
            "dropOffLocation": "pii-drop-off",
            "addressInstruction": "pii-instruction",
            "deliveryTime": {
                "businessHours": [{"dayOfWeek": "MON", "timeWindows": CLOCK_TIMES}],
                "exceptionDates": [
                    {
                        "exceptionDate": "2026-12-25",
                        "exceptionDateType": "CLOSED",
                        "timeWindows": CLOCK_TIMES,
                    }
                ],
            },
            "deliveryCapabilities": ["HAS_ACCESS_POINT"],
        },
    },
    "proceeds": {
        "grandTotal": MONEY,
        "breakdowns": [
            {"type": "DELIVERY_TIP", "status": "PENDING", "subtotal": MONEY}
        ],
    },
    "payment": {
        "paymentExecutions": [
            {
                "paymentMethod": "CashOnDelivery",
                "paymentAmount": MONEY,
                "authorizationCode": "pii-authorization",
                "cardBrand": "pii-card",
            }
        ]
    },
    "tax": {
        "taxRegistrations": [
            {
                "entityType": "BUYER",
                "legalName": "pii-legal",
                "taxRegistrationType": "BUSINESS",
                "taxRegistrationNumber": "pii-gstin",
                "taxRegistrationAddress": address("tax"),
                "taxRegistrationAttributes": [
                    {"key": "TAX_OFFICE", "value": "pii-office"}
                ],
            }
        ],
        "taxInvoicing": {"buyerInvoicePreference": "BUSINESS"},
    },
    "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
    "orderItems": [
        {
            "orderItemId": "11111111111111",
            "quantityOrdered": 2,
            "product": {
                "asin": "B000000001",
                "title": "Brass lamp",
                "sellerSku": "LAMP/1",
                "condition": {"conditionType": "NEW", "conditionNote": "pii-note"},
                "customization": {"customizedUrl": "https://pii-url"},
            },
            "proceeds": {
                "proceedsTotal": MONEY,
                "breakdowns": [
                    {
                        "type": "TAX",
                        "subtotal": MONEY,
                        "detailedBreakdowns": [{"subtype": "ITEM", "value": MONEY}],
                    }
                ],
            },
            "cancellation": {
                "cancellationRequest": {
                    "requester": "BUYER",
                    "cancelReason": "pii: call me at 98765 43210",
                },
                "cancellationExecution": {
                    "cancelledBy": "MERCHANT",
                    "cancelReason": "Buyer requested cancellation",
                },
            },
            "fulfillment": {
                "quantityFulfilled": 0,
                "quantityUnfulfilled": 2,
                "packing": {
                    "giftOption": {
                        "giftMessage": "pii-gift",
                        "giftWrapLevel": "CLASSIC",
                    }
                },
            },
        },
        {"orderItemId": "22222222222222", "quantityOrdered": 1, "product": {}},
    ],
    "packages": [
        {
            "packageReferenceId": "1",
            "trackingNumber": "TRACK-9",
            "carrier": "Blue Dart",
            "shipFromAddress": address("from"),
            "packageItems": [{"orderItemId": "11111111111111", "quantity": 2}],
        }
    ],
    "aNewBlock": {"who": "pii-new-block"},
}


def objects(value, path=()):
    """Paths of all objects inside `value`."""
    if isinstance(value, dict):
        yield path
    for key, part in _parts(value):
        yield from objects(part, (*path, key))


def leaves(value, path=()):
    """Paths of all plain values inside `value`."""
    if not isinstance(value, (dict, list)):
        yield path
    for key, part in _parts(value):
        yield from leaves(part, (*path, key))


def _parts(value):
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()
