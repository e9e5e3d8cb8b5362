# SPDX-License-Identifier: LGPL-3.0-or-later
"""The scenario "india": one order for everything that GST asks of an order.

The seller is in Karnataka. Amazon passes on what buyers typed, so states are spelt in
many ways, and names that are no longer in use are among them.
"""

import random
from dataclasses import replace
from decimal import Decimal

from .changes import merged
from .clock import DAY, HOUR
from .factory import Draft, Line, build_order
from .marketplaces import BY_CODE
from .money import DETAILS, INCLUDED, TaxStyle
from .people import make_buyer
from .scenario import listings_of, plain_sellers

# (state as it was typed, postal code): what real orders hold.
SPELLINGS = (
    ("KARNATAKA", "560001"),
    ("Karnataka ", "570001"),
    ("MAHARASHTRA", "400001"),
    ("DADRA AND NAGAR", "396230"),
    ("Dadra & Nagar Haveli", "396230"),
    ("DAMAN AND DIU", "396210"),
    ("RAJSHTHAN", "302001"),
    ("ORISSA", "751001"),
    ("Pondicherry", "605001"),
    ("Uttaranchal", "248001"),
    ("JAMMU & KASHMIR", "190001"),
    ("NEW DELHI", "110001"),
    ("CHANDIGARH", "160017"),
    ("LADAKH", "194101"),
    ("32", "695001"),
)
# Nothing but the postal code tells the state, or it does not tell it either.
UNTOLD = (
    ("no state, a postal code of Karnataka", None, "560001"),
    ("no state, a postal code of two states", None, "605001"),
    ("a city in the place of the state", "Punjab/Mohali/Zirakpur", "141001"),
    ("an army post office", "APO", None),
    ("a blank state", " ", "690001"),
    ("state and postal code contradict", "KERALA", "560001"),
)
# Valid ones but for the last; as buyers type them.
NUMBERS = (
    ("a business of the same state", "29AAPFU0939F1ZR", "KARNATAKA", "560001"),
    ("a business of another state", "27AAPFU0939F1ZV", "MAHARASHTRA", "400001"),
    ("a business in lower case", " 27aapfu0939f1zv ", "MAHARASHTRA", "400001"),
    ("a business billed elsewhere", "27AAPFU0939F1ZV", "KARNATAKA", "560001"),
    ("a business in Ladakh", "38AAPFU0939F1ZS", "LADAKH", "194101"),
    ("a wrong check digit", "27AAPFU0939F1ZA", "MAHARASHTRA", "400001"),
)
ABROAD = (("US", "WA", "98101"), ("DE", None, "10115"))
# Prices whose tax ends in an odd paisa, or is one paisa, or none.
PRICES = ("118.01", "118.00", "1.03", "0.06", "0.02", "149999.99")
PERCENTS = ("0", "5", "18", "40", "3", "0.25", "13")


def cases(rng, listings, now):
    """``[(name, order as Amazon's JSON), ...]``

    :param listings: at least two that buyers may order
    """
    return [
        *_places(rng, listings, now),
        *_businesses(rng, listings, now),
        *_amounts(rng, listings, now),
    ]


def india(simulator, orders=None, seed=1):
    """Returns {"IN": {order id: name of its case}}; at most `orders` in all."""
    plain_sellers(simulator)
    rng = random.Random(f"india-{seed}")
    seller = simulator.sellers["IN"]
    listings = [
        listing for listing in listings_of(seller, BY_CODE["IN"].id) if listing.in_odoo
    ]
    found = cases(rng, listings, simulator.clock.now())[:orders]
    simulator.store_orders("IN", [order for _name, order in found])
    return {"IN": {order["orderId"]: name for name, order in found}}


def _places(rng, listings, now):
    found = []
    for number, (state, code) in enumerate(SPELLINGS):
        draft = _draft(rng, listings, now, number, state, code)
        found.append((f"{state.strip()} {code}", build_order(rng, draft)))
    for number, (name, state, code) in enumerate(UNTOLD, 20):
        draft = _draft(rng, listings, now, number, state, code)
        found.append((name, build_order(rng, draft)))
    for number, (country, state, code) in enumerate(ABROAD, 30):
        draft = _draft(rng, listings, now, number, state, code, country)
        found.append((f"overseas, {country}", build_order(rng, draft)))
    return found


def _businesses(rng, listings, now):
    found = []
    for number, (name, gstin, state, code) in enumerate(NUMBERS, 40):
        draft = _draft(rng, listings, now, number, state, code)
        registration = {
            "entityType": "BUYER",
            "legalName": "Sundar Offices LLP",
            "taxRegistrationType": "BUSINESS",
            "taxRegistrationNumber": gstin,
        }
        order = build_order(rng, replace(draft, programs=("AMAZON_BUSINESS",)))
        block = {"tax": {"taxRegistrations": [registration]}}
        found.append((name, merged(order, block)))
    return found


def _amounts(rng, listings, now):
    """Within the state and to another one: odd and even paise, rates, charges."""
    rich = Line(
        listings[0],
        3,
        shipping=Decimal("40.01"),
        gift_wrap=Decimal("15.00"),
        discount=Decimal("7.77"),
        shipping_discount=Decimal("40.01"),
    )
    lines = {f"price {price}": [Line(_at(listings[0], price))] for price in PRICES}
    lines |= {
        f"{rate} %": [Line(_at(listings[1], "1000.00", rate))] for rate in PERCENTS
    }
    lines["shipping, wrapping, promotions"] = [rich, Line(listings[1])]
    lines["a promotion that leaves nothing"] = [
        replace(rich, discount=Decimal(listings[0].price) * 3)
    ]
    places = (SPELLINGS[0], SPELLINGS[2])
    found = []
    for number, (name, chosen) in enumerate(lines.items(), 50):
        for state, code in places:
            draft = _draft(rng, listings, now, number, state, code)
            order = build_order(rng, replace(draft, lines=chosen))
            found.append((f"{name}, {state}", order))
    return found


def _at(listing, price, percent=None):
    return replace(listing, price=price, tax_percent=percent or listing.tax_percent)


def _draft(rng, listings, now, number, state, code, country="IN"):
    """A plain order of a buyer of his own, who lives in this place."""
    buyer = make_buyer(number, "IN", BY_CODE["IN"].name[7:])
    place = {"stateOrRegion": state, "postalCode": code, "countryCode": country}
    told = {key: value for key, value in place.items() if value is not None}
    address = {key: buyer.address[key] for key in buyer.address.keys() - place.keys()}
    return Draft(
        BY_CODE["IN"],
        [Line(listings[number % len(listings)])],
        now - rng.uniform(3 * HOUR, 3 * DAY),
        replace(buyer, address={**address, **told}),
        style=TaxStyle(INCLUDED, DETAILS),
    )
