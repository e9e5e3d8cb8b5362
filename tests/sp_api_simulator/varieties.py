# SPDX-License-Identifier: LGPL-3.0-or-later
"""The scenario "money": one order for every form in which Amazon states money."""

import random
from dataclasses import replace
from decimal import Decimal

from .clock import DAY, HOUR
from .factory import Draft, Line, build_order
from .marketplaces import BY_CODE
from .money import (
    ABSENT,
    ADDED,
    APART,
    DETAIL,
    DETAILS,
    INCLUDED,
    LEFT_OUT,
    NETTED,
    SUBTOTAL,
    WITHHELD,
    ZERO,
    TaxStyle,
)
from .people import make_buyer
from .scenario import listings_of, plain_sellers

BASES = {"IN": (INCLUDED,), "US": (WITHHELD, ADDED), "CA": (ADDED,)}
TIP = Decimal("3.00")


def _styles(code):
    """(name, TaxStyle): every way to state the tax of a discounted item."""
    for basis in BASES[code]:
        for stated in (ABSENT, ZERO):
            yield f"{basis}, tax {stated}", TaxStyle(basis, stated)
        for discount_tax in (NETTED, LEFT_OUT):
            name = f"{basis}, tax subtotal, discount {discount_tax}"
            yield name, TaxStyle(basis, SUBTOTAL, discount_tax)
        for discount_tax in (DETAIL, NETTED, APART, LEFT_OUT):
            name = f"{basis}, tax details, discount {discount_tax}"
            yield name, TaxStyle(basis, DETAILS, discount_tax)


def drafts(seller, code, created):
    """(name, Draft) of each variety in one marketplace."""
    marketplace = BY_CODE[code]
    listings = listings_of(seller, marketplace.id)
    style = TaxStyle(BASES[code][0], DETAILS)
    buyer = make_buyer(7, code, marketplace.name[7:])
    simple = Draft(marketplace, [Line(listings[0])], created, buyer, style=style)
    rich = Line(
        listings[1],
        3,
        shipping=Decimal("40.00"),
        gift_wrap=Decimal("15.00"),
        discount=Decimal("7.77"),
    )
    for name, other in _styles(code):
        for sign, word in ((-1, "negative"), (1, "positive")):
            lines = [replace(rich, discount_sign=sign), Line(listings[2])]
            draft = replace(simple, lines=lines, style=other)
            yield f"{name}, {word} discount", draft
    yield "simple", simple
    yield "no proceeds", replace(simple, with_proceeds=False)
    for status in ("PENDING", "FINALIZED"):
        name = f"tip {status.lower()}"
        yield name, replace(simple, tip=TIP, tip_status=status)
    cash = replace(rich, cod_fee=Decimal("25.00"))
    yield (
        "cash on delivery",
        replace(simple, lines=[cash], payment_method="CashOnDelivery"),
    )
    free_shipping = replace(rich, shipping_discount=Decimal("40.00"))
    yield "shipping discount", replace(simple, lines=[free_shipping])
    lines = [Line(listings[0]), Line(listings[3], 0)]
    yield "zero quantity", replace(simple, lines=lines)


def money(simulator, orders=None, seed=1):
    """Returns {seller: {order id: name of its variety}}; at most `orders` in all."""
    plain_sellers(simulator)
    rng = random.Random(f"money-{seed}")
    created = simulator.clock.now() - DAY
    found = {}
    every = [
        (key, name, draft)
        for key, code in (("IN", "IN"), ("US", "US"), ("US", "CA"))
        for name, draft in drafts(simulator.sellers[key], code, created)
    ]
    for key, name, draft in every[:orders]:
        draft = replace(draft, created=created + rng.uniform(0, 12 * HOUR))
        order = build_order(rng, draft)
        simulator.store_orders(key, [order])
        found.setdefault(key, {})[order["orderId"]] = name
    return found
