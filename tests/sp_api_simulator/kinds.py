# SPDX-License-Identifier: LGPL-3.0-or-later
"""One order of every kind that a seller may meet, beside the many ordinary ones."""

from dataclasses import replace
from decimal import Decimal

from .changes import merged
from .clock import DAY, HOUR
from .factory import Draft, Line, build_order
from .marketplaces import BY_CODE
from .money import ADDED, DETAILS, INCLUDED, WITHHELD, TaxStyle
from .people import make_buyer

STYLES = {
    "IN": TaxStyle(INCLUDED, DETAILS),
    "US": TaxStyle(WITHHELD, DETAILS),
    "CA": TaxStyle(ADDED, DETAILS),
}
STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)
PROGRAMS = ("PRIME", "AMAZON_BUSINESS", "AMAZON_EASY_SHIP", "FBM_SHIP_PLUS")
LONG_ORDER = 40


def kinds(rng, code, listings, now):
    """``[(name, order as Amazon's JSON), ...]`` of one marketplace.

    :param listings: at least five that buyers may order
    """
    marketplace = BY_CODE[code]
    buyer = make_buyer(11, code, marketplace.name[7:])
    simple = Draft(
        marketplace, [Line(listings[0], 2)], now - DAY, buyer, style=STYLES[code]
    )

    def build(**changes):
        created = now - rng.uniform(3 * HOUR, 3 * DAY)
        return build_order(rng, replace(simple, created=created, **changes))

    found = []
    for by in ("MERCHANT", "AMAZON"):
        for status in STATUSES:
            order = build(status=status, fulfilled_by=by)
            if status == "PARTIALLY_SHIPPED":
                order = _fulfilled(order, 1)
            found.append((f"{status} by {by}", order))
    found += [(program, build(programs=(program,))) for program in PROGRAMS]
    found += _odd_lines(build, listings)
    found += _odd_blocks(rng, build)
    return found


def _odd_lines(build, listings):
    many = [Line(listings[n % len(listings)]) for n in range(LONG_ORDER)]
    rich = Line(
        listings[1],
        3,
        shipping=Decimal("40.00"),
        gift_wrap=Decimal("15.00"),
        cod_fee=Decimal("25.00"),
        discount=Decimal("7.77"),
    )
    wish = {"requester": "BUYER", "cancelReason": "Ordered by mistake"}
    wished = {"cancellation": {"cancellationRequest": wish}}
    subscribed = {"programs": ["SUBSCRIBE_AND_SAVE"]}
    return [
        ("40 lines", build(lines=many)),
        ("the same SKU twice", build(lines=[Line(listings[2]), Line(listings[2], 2)])),
        (
            "a line of no quantity",
            build(lines=[Line(listings[0]), Line(listings[3], 0)]),
        ),
        ("every charge", build(lines=[rich], payment_method="CashOnDelivery")),
        ("shipping for nothing", build(lines=[replace(rich, cod_fee=Decimal(0))])),
        ("the buyer asks to cancel", _with_first_item(build(), wished)),
        ("a subscription", _with_first_item(build(), subscribed)),
    ]


def _odd_blocks(rng, build):
    original = build()
    tip = Decimal("3.00")
    nobody = build(fulfilled_by="AMAZON")
    address = nobody["recipient"]["deliveryAddress"]
    place = {key: address[key] for key in ("stateOrRegion", "countryCode")}
    company = build(programs=("AMAZON_BUSINESS",))
    registration = {
        "entityType": "BUYER",
        "legalName": "Sundar Offices LLP",
        "taxRegistrationType": "BUSINESS",
        "taxRegistrationNumber": "27AAPFU0939F1ZV",
    }
    replacement = merged(
        _worth_nothing(build()),
        {
            "associatedOrders": [
                {
                    "orderId": original["orderId"],
                    "associationType": "REPLACEMENT_ORIGINAL_ID",
                }
            ]
        },
    )
    unknown = merged(build(), {"fulfillment": {"fulfillmentStatus": "INVOICE_PENDING"}})
    return [
        ("replaced later", original),
        ("a replacement", replacement),
        ("tip pending", build(tip=tip)),
        ("tip final", build(tip=tip, tip_status="FINALIZED")),
        ("an unknown status", unknown),
        (
            "a buyer without a name",
            {
                **{key: block for key, block in nobody.items() if key != "buyer"},
                "recipient": {"deliveryAddress": place},
            },
        ),
        ("no e-mail", merged(build(), {"buyer": {"buyerEmail": None}})),
        (
            "a company",
            merged(
                company,
                {
                    "buyer": {
                        "buyerCompanyName": "Sundar Offices LLP",
                        "buyerPurchaseOrderNumber": f"PO-{rng.randrange(10**4):04d}",
                    },
                    "tax": {"taxRegistrations": [registration]},
                },
            ),
        ),
        (
            "invoiced by Amazon",
            build(programs=("AMAZON_BUSINESS", "INVOICE_BY_AMAZON")),
        ),
    ]


def _fulfilled(order, quantity):
    rest = order["orderItems"][0]["quantityOrdered"] - quantity
    fulfillment = {"quantityFulfilled": quantity, "quantityUnfulfilled": rest}
    return _with_first_item(order, {"fulfillment": fulfillment})


def _with_first_item(order, patch):
    first = order["orderItems"][0]["orderItemId"]
    return merged(order, {"orderItems": {first: patch}})


def _worth_nothing(order):
    """The same order with all its money at zero."""

    def zero(value):
        if isinstance(value, dict):
            return {
                key: "0.00" if key == "amount" else zero(part)
                for key, part in value.items()
            }
        return [zero(part) for part in value] if isinstance(value, list) else value

    return zero(order)
