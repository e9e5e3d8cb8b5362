# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders of every kind that decides who ships them, and what lies at Amazon.

They have a source of chance of their own: the other orders of a scenario stay what
they were.
"""

import random
from dataclasses import replace

from .catalogue import fba_listings
from .changes import merged, shipped
from .clock import DAY, HOUR, format_time
from .factory import Draft, Line, build_order
from .kinds import STYLES
from .marketplaces import BY_CODE
from .people import make_buyer

# Units of the two articles at Amazon; reserved is what the orders below hold.
STOCK = (
    {"fulfillable": 40, "reserved_orders": 3, "inbound_shipped": 24, "defective": 1},
    {"fulfillable": 6, "reserved_orders": 2, "reserved_transfer": 4, "researching": 1},
)


def shipping_kinds(code, listings, now, seed):
    """``[(name, order as Amazon's JSON), ...]`` of one marketplace.

    :param listings: at least five that the merchant ships
    """
    rng = random.Random(f"shipping-{code}-{seed}")
    marketplace = BY_CODE[code]
    buyer = make_buyer(23, code, marketplace.name[7:])
    lines = [Line(listings[1], 2), Line(listings[3])]
    simple = Draft(marketplace, lines, now, buyer, style=STYLES[code])

    def build(hours, **changes):
        """An order so many hours old; it must leave two days after its creation."""
        return build_order(rng, replace(simple, created=now - hours * HOUR, **changes))

    easy = build(6, programs=("AMAZON_EASY_SHIP",))
    pick_up = {"status": "PENDING", "detailed_status": "PENDING_PICK_UP"}
    prime = build(30, programs=("PRIME",))
    parted = build(40)
    first = parted["orderItems"][0]["orderItemId"]
    return [
        ("must leave today", build(47)),
        ("should have left yesterday", build(72)),
        ("bought to pick up", build(5, programs=("IN_STORE_PICK_UP",))),
        ("delivered by Amazon", build(5, programs=("DELIVERY_BY_AMAZON",))),
        ("premium", build(5, programs=("PREMIUM",))),
        (
            "Easy Ship, pick-up agreed",
            _sent(easy, now - HOUR, carrier="Amazon Shipping", **pick_up),
        ),
        ("shipped by a label from Amazon", _sent(prime, now - 2 * HOUR, carrier="UPS")),
        ("shipped in part elsewhere", _sent(parted, now - 3 * HOUR, {first: 1})),
        ("Transparency", _transparent(build(8))),
        *_by_amazon(rng, code, now),
    ]


def _sent(order, moment, items=None, **parcel):
    """The order after a parcel that Amazon heard of without Odoo."""
    order = shipped(order, moment, items, tracking="1Z999AA10000001", **parcel)
    return {**order, "lastUpdatedTime": format_time(moment)}


def _transparent(order):
    first = order["orderItems"][0]["orderItemId"]
    return merged(order, {"orderItems": {first: {"programs": ["TRANSPARENCY"]}}})


def _by_amazon(rng, code, now):
    """Orders of what lies at Amazon: shipped, waiting, pending."""
    marketplace = BY_CODE[code]
    soap, bell = fba_listings(now, code)
    states = (
        ("SHIPPED", soap, 3, 1),
        ("UNSHIPPED", bell, 2, 2),
        ("PENDING", soap, 1, 3),
    )
    return [
        (
            f"{status} from stock at Amazon",
            build_order(
                rng,
                Draft(
                    marketplace,
                    [Line(listing, units)],
                    now - days * DAY,
                    make_buyer(31, code, marketplace.name[7:]),
                    status=status,
                    fulfilled_by="AMAZON",
                    style=STYLES[code],
                ),
            ),
        )
        for status, listing, days, units in states
    ]


def store_fba(simulator, key, code):
    """The articles at Amazon, with what `shipping_kinds` has ordered of them."""
    listings = fba_listings(simulator.clock.now(), code)
    simulator.store_listings(key, listings)
    for listing, counts in zip(listings, STOCK, strict=True):
        place, fnsku = listing.marketplace_id, listing.fnsku
        simulator.set_fba_stock(key, listing.seller_sku, place, fnsku=fnsku, **counts)
