# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reproducible worlds: the demo's "plain" scenario, and plain orders in bulk."""

import random
from decimal import Decimal

from .catalogue import america_listings, india_listings
from .changes import Refused
from .clock import DAY, HOUR, MINUTE
from .factory import Draft, Line, build_order
from .kinds import STATUSES as STATUSES_OF_MODEL
from .kinds import kinds
from .kinds_shipping import shipping_kinds, store_fba
from .marketplaces import BY_CODE, MARKETPLACES, PSEUDO
from .money import ABSENT, ADDED, DETAILS, INCLUDED, SUBTOTAL, WITHHELD, ZERO, TaxStyle
from .people import make_buyer

DAYS = 20
BUYERS = 80
SHARES = (("IN", 60), ("US", 25), ("CA", 15))
# Fewer orders than that are for tests, which count on ordinary ones.
WITH_ALL_KINDS = 200
# Where the few orders are placed that hold an article unknown to Odoo.
FROZEN = ("IN", "IN", "US", "IN", "CA")
# The seller in India is registered in two states; Amazon keeps goods in the second.
GSTINS = {"KA": "29AAGCK4321M1Z9", "MH": "27AAGCK4321M1ZD"}
STATUSES = (
    ("UNSHIPPED", 84),
    ("PENDING", 8),
    ("CANCELLED", 5),
    ("NON_AMAZON", 3),
)
STYLES = {
    "IN": (
        TaxStyle(INCLUDED, DETAILS),
        TaxStyle(INCLUDED, SUBTOTAL),
        TaxStyle(INCLUDED, ZERO),
        TaxStyle(INCLUDED, ABSENT),
    ),
    "US": (
        TaxStyle(WITHHELD, DETAILS),
        TaxStyle(WITHHELD, SUBTOTAL),
        TaxStyle(ADDED, DETAILS),
    ),
    "CA": (TaxStyle(ADDED, DETAILS), TaxStyle(ADDED, SUBTOTAL)),
}


def _pick(rng, weighted):
    names = [name for name, _weight in weighted]
    return rng.choices(names, [weight for _name, weight in weighted])[0]


def plain_sellers(simulator):
    """The sellers "IN" and "US" with their listings; created once."""
    if "IN" not in simulator.sellers:
        simulator.add_seller(
            "IN",
            region="eu",
            marketplace_ids=[BY_CODE["IN"].id, PSEUDO["IN"].id],
            company_name="Kaveri Traders Private Limited",
            country="IN",
            state="KA",
        )
        simulator.sellers["IN"].gstins = dict(GSTINS)
        simulator.store_listings("IN", india_listings(simulator.clock.now()))
    if "US" not in simulator.sellers:
        simulator.add_seller(
            "US",
            region="na",
            marketplace_ids=[BY_CODE["US"].id, BY_CODE["CA"].id, PSEUDO["US"].id],
            company_name="Cascade Outfitters Inc.",
            country="US",
            state="WA",
        )
        simulator.store_listings("US", america_listings(simulator.clock.now()))


def plain(simulator, orders=200, seed=1):
    """Seed the demo: orders of both sellers over the last 20 days.

    From `WITH_ALL_KINDS` orders on, one of every kind is among them; from 50 on, all
    those of `FROZEN`.
    """
    plain_sellers(simulator)
    rng = random.Random(f"plain-{seed}")
    now = simulator.clock.now()
    made = {"IN": [], "US": []}
    for key, batch in made.items():
        if orders >= WITH_ALL_KINDS:
            seller = simulator.sellers[key]
            listings = listings_of(seller, BY_CODE[key].id)
            known = [listing for listing in listings if listing.in_odoo]
            batch += [order for _name, order in kinds(rng, key, known, now)]
            found = shipping_kinds(key, known, now, seed)
            batch += [order for _name, order in found]
    for number, code in enumerate(FROZEN[: orders // 10]):
        key = "IN" if code == "IN" else "US"
        unknown = 1 + number % 2
        made[key].append(_plain_order(rng, simulator.sellers[key], code, now, unknown))
    for _number in range(orders - sum(map(len, made.values()))):
        code = _pick(rng, SHARES)
        key = "IN" if code == "IN" else "US"
        made[key].append(_plain_order(rng, simulator.sellers[key], code, now))
    for key, batch in made.items():
        # Amazon's model is older than a status that nobody knows yet.
        known = [order for order in batch if _status(order) in STATUSES_OF_MODEL]
        simulator.store_orders(key, known)
        strange = [order for order in batch if order not in known]
        simulator.store_orders(key, strange, checked=False)
        if orders >= WITH_ALL_KINDS:
            store_fba(simulator, key, key)
    return {key: len(batch) for key, batch in made.items()}


def _status(order):
    return order["fulfillment"]["fulfillmentStatus"]


def _plain_order(rng, seller, code, now, unknown=0):
    """An order of one to three articles, or of so many that Odoo does not know."""
    kind = "UNSHIPPED" if unknown else _pick(rng, STATUSES)
    created = now - rng.uniform(HOUR, DAYS * DAY)
    updated = min(now - 10 * MINUTE, created + rng.uniform(MINUTE, 6 * HOUR))
    listings = [
        listing
        for listing in listings_of(seller, BY_CODE[code].id)
        if listing.in_odoo != bool(unknown)
    ]
    many = unknown or rng.choices((1, 2, 3), (60, 28, 12))[0]
    chosen = rng.sample(listings, many)
    draft = Draft(
        BY_CODE[code],
        [_plain_line(rng, listing) for listing in chosen],
        created,
        make_buyer(rng.randrange(BUYERS), code, BY_CODE[code].name[7:]),
        updated,
        style=rng.choice(STYLES[code]),
    )
    if kind == "NON_AMAZON":
        draft.channel_name = "NON_AMAZON"
        draft.marketplace = PSEUDO["IN" if code == "IN" else "US"]
    else:
        draft.status = kind
    if kind == "PENDING":
        draft.with_proceeds = rng.random() < 0.5
    return build_order(rng, draft)


def _plain_line(rng, listing):
    price = Decimal(listing.price)
    line = Line(listing, rng.choices((1, 2, 3), (75, 18, 7))[0])
    chance = rng.random()
    if chance < 0.30:
        line.shipping = (price / 10).quantize(Decimal("1")) or Decimal(1)
    if rng.random() < 0.12:
        line.discount = (price / 20).quantize(Decimal("0.01"))
        line.discount_sign = rng.choice((-1, 1))
    if rng.random() < 0.06:
        line.gift_wrap = (price / 25).quantize(Decimal("0.01"))
    return line


def listings_of(seller, marketplace_id):
    """What buyers may order of the seller in one marketplace, and he ships."""
    return [
        listing
        for listing in seller.listings.values()
        if listing.marketplace_id == marketplace_id
        and listing.fulfilled_by == "MERCHANT"
        and not listing.is_parent
    ]


def plain_orders(
    simulator,
    seller_key,
    count,
    items=2,
    buyers=600,
    shipping=False,
    discount=False,
    tax=None,
    days=DAYS,
    marketplace_id=None,
    seed=1,
):
    """`count` merchant-fulfilled UNSHIPPED orders of `items` lines each.

    `tax` is a TaxStyle (default: the marketplace's first one); orders are spread
    evenly over `days`. Returns the orders' ids.
    """
    seller = simulator.sellers[seller_key]
    real = {marketplace.id: marketplace for marketplace in seller.real_marketplaces()}
    marketplace = real[marketplace_id or next(iter(real))]
    style = tax or STYLES.get(marketplace.code, (TaxStyle(),))[0]
    rng = random.Random(f"orders-{seed}")
    listings = [
        listing for listing in listings_of(seller, marketplace.id) if listing.in_odoo
    ]
    people = [
        make_buyer(number, marketplace.country, marketplace.name[7:])
        for number in range(buyers)
    ]
    now = simulator.clock.now()
    orders = []
    for number in range(count):
        age = HOUR + (days * DAY - HOUR) * (count - number) / count
        lines = [Line(listing) for listing in rng.sample(listings, items)]
        if shipping:
            lines[0].shipping = Decimal(40)
        if discount:
            lines[0].discount = Decimal(1)
        buyer = people[number % buyers]
        draft = Draft(marketplace, lines, now - age, buyer, style=style)
        orders.append(build_order(rng, draft))
    simulator.store_orders(seller_key, orders)
    return [order["orderId"] for order in orders]


def placed_order(simulator, seller, items, marketplace_id=None, **draft):
    """The order of a buyer who orders now what is for sale; Refused for more.

    `items` is {seller SKU: units}, `draft` are fields of `factory.Draft`.
    """
    marketplace = MARKETPLACES[marketplace_id or seller.real_marketplaces()[0].id]
    lines = []
    for seller_sku, units in items.items():
        listing = seller.listings[seller_sku, marketplace.id]
        merchants = listing.fulfilled_by == "MERCHANT"
        held = simulator.fba.get(seller.key, marketplace.id, seller_sku)
        offered = listing.quantity if merchants else held and held.fulfillable
        # FBA stock that nobody has told of has no end.
        if not listing.active or (offered is not None and offered < units):
            raise Refused(f"Not so much of {seller_sku} is for sale")
        lines.append(Line(listing, units))
    rng = simulator.buyers
    number, country = rng.randrange(BUYERS), marketplace.country
    draft.setdefault("style", STYLES.get(marketplace.code, (TaxStyle(),))[0])
    draft.setdefault("buyer", make_buyer(number, country, marketplace.name[7:]))
    draft.setdefault("fulfilled_by", lines[0].listing.fulfilled_by)
    return build_order(rng, Draft(marketplace, lines, simulator.clock.now(), **draft))


def products(simulator):
    """Every seller SKU once per seller, for whoever creates the products.

    `prices` maps the marketplace's id to its price; `in_odoo` is false for the SKUs
    that must stay unknown to Odoo.
    """
    found = {}
    for seller in simulator.sellers.values():
        for listing in seller.listings.values():
            entry = found.setdefault(
                (seller.key, listing.seller_sku),
                {
                    "seller": seller.key,
                    "seller_sku": listing.seller_sku,
                    "title": listing.title,
                    "asin": listing.asin,
                    "tax_percent": listing.tax_percent,
                    "hsn": listing.hsn,
                    "in_odoo": listing.in_odoo,
                    "fulfilled_by": listing.fulfilled_by,
                    "prices": {},
                    "quantities": {},
                },
            )
            price = {"amount": listing.price, "currency": listing.currency}
            entry["prices"][listing.marketplace_id] = price
            entry["quantities"][listing.marketplace_id] = listing.quantity
    return list(found.values())
