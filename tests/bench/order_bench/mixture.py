# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders of every kind, as Amazon's JSON: what a shop in India sees in a busy week."""

import random
from dataclasses import replace
from decimal import Decimal

from sp_api_simulator.factory import Draft, Line, build_order
from sp_api_simulator.marketplaces import BY_CODE
from sp_api_simulator.money import DETAILS, INCLUDED, SUBTOTAL, WITHHELD, TaxStyle
from sp_api_simulator.people import make_buyer
from sp_api_simulator.scenario import listings_of

HOUR, DAY = 3600.0, 86_400.0
BUYERS = 600
# (kind, how many of 20 orders)
SHARES = (
    ("one item", 4),
    ("several items", 3),
    ("shipping", 2),
    ("discount", 2),
    ("gift wrap", 1),
    ("cash on delivery", 2),
    ("tax as subtotal", 1),
    ("withheld tax", 1),
    ("shipped by Amazon", 3),
    ("shipped outside", 1),
)
_KINDS = [kind for kind, share in SHARES for _number in range(share)]


def orders(seller, count, end, days, seed):
    """`count` orders in Amazon's JSON, placed evenly over the days before `end`.

    :param seller: a seller of the simulator
    :param float end: epoch seconds
    """
    rng = random.Random(f"mixture-{seed}")
    marketplace = BY_CODE["IN"]
    listings = [x for x in listings_of(seller, marketplace.id) if x.in_odoo]
    kinds = list(_KINDS)
    made = []
    for number in range(count):
        if not number % len(kinds):
            rng.shuffle(kinds)
        age = HOUR + (days * DAY - HOUR) * (count - number) / count
        draft = Draft(
            marketplace,
            [Line(listing) for listing in rng.sample(listings, 4)],
            end - age,
            make_buyer(number % BUYERS, marketplace.country, marketplace.name[7:]),
            style=TaxStyle(INCLUDED, DETAILS),
        )
        made.append(build_order(rng, _shape(draft, kinds[number % len(kinds)])))
    return made


def _shape(draft, kind):
    """The draft (with four plain items) as an order of that kind."""
    first, *others = draft.lines
    if kind == "several items":
        return replace(draft, lines=[replace(first, quantity=3), *others])
    one = replace(draft, lines=[first])
    two = replace(draft, lines=[first, others[0]])
    return {
        "one item": one,
        "shipping": _with_line(two, shipping=Decimal(40)),
        "discount": _with_line(two, discount=Decimal("7.50")),
        "gift wrap": _with_line(two, gift_wrap=Decimal(15), shipping=Decimal(40)),
        "cash on delivery": replace(
            _with_line(one, cod_fee=Decimal(25)), payment_method="CashOnDelivery"
        ),
        "tax as subtotal": replace(two, style=TaxStyle(INCLUDED, SUBTOTAL)),
        "withheld tax": replace(two, style=TaxStyle(WITHHELD, DETAILS)),
        "shipped by Amazon": replace(one, status="SHIPPED", fulfilled_by="AMAZON"),
        "shipped outside": replace(one, status="SHIPPED"),
    }[kind]


def _with_line(draft, **charges):
    first, *others = draft.lines
    return replace(draft, lines=[replace(first, **charges), *others])
