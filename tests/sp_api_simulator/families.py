# SPDX-License-Identifier: LGPL-3.0-or-later
"""The scenario "catalogue": the plain one, and every other kind of listing."""

from dataclasses import replace

from .catalogue import ean
from .clock import DAY
from .listings import Issue, Listing
from .marketplaces import BY_CODE
from .pictures import PREFIX as PICTURES
from .scenario import plain

INDIA = BY_CODE["IN"]
SIZES = ("S", "M", "L")
COLORS = ("Indigo", "Madder Red")
KURTA = "KURTA-FAMILY"
CURTAIN = "CURTAIN-FAMILY"
SUPPRESSED = Issue(
    "18155",
    "The minimum price is greater than the selling price.",
    "ERROR",
    ("purchasable_offer",),
    ("INVALID_PRICE",),
    "LISTING_SUPPRESSED",
)
ADVICE = Issue(
    "99300", "The title is longer than recommended.", "WARNING", ("item_name",)
)


def odd_listings():
    """Listings in India that differ from the ordinary in one thing each."""
    plain_one = Listing(
        seller_sku="",
        marketplace_id=INDIA.id,
        title="",
        asin="",
        price="499.00",
        currency=INDIA.currency,
        quantity=12,
        tax_percent="5",
        in_odoo=False,
        handling_days=2,
    )
    varieties = (
        (
            "FBA-0001",
            "Handmade Soap, shipped by Amazon",
            {"fulfilled_by": "AMAZON", "fnsku": "X000SIM001", "quantity": 0},
        ),
        ("ISSUE-0001", "Oil Lamp with a Price Error", {"issues": (SUPPRESSED, ADVICE)}),
        ("CLOSED-0001", "Clay Pot, no longer offered", {"closed": True}),
        ("SOLD-OUT-0001", "Palm Leaf Fan", {"quantity": 0}),
        ("MUG,BLUE,350ML", "Stoneware Mug Blue", {}),
        ("TEA/GREEN/100G", "Green Tea 100 g", {}),
        ("100% COTTON +1", "Cotton Towel Pair", {}),
        ("चाय-250", "दार्जिलिंग चाय 250 ग्राम", {}),
        ("UTF-0001", "Café Crème – Tasse à thé 2,5 dl", {}),
        ("case-0001", "Bookmark Set of 5", {}),
        ("CASE-0001", "Bookmark Set of 10", {}),
        ("CASE-0001 ", "Bookmark Set of 20", {}),
        ("USED-0001", "Chess Clock", {"condition": "used_good", "quantity": 1}),
        ("B2B-0001", "Steel Tumbler Box of 24", {"b2b_price": "449.00"}),
        ("BARE-0001", "Paper Lantern", {"handling_days": None, "brand": None}),
        ("ISBN-0001", "Indian Block Printing", {"barcode_type": "ISBN"}),
        ("UPC-0001", "Travel Pouch", {"barcode_type": "UPC"}),
    )
    found = []
    for number, (sku, title, changes) in enumerate(varieties, 1):
        changes = dict(changes)
        if changes.get("barcode_type") == "UPC":
            # A UPC is an EAN without its leading zero.
            changes["barcode"] = ean(71_000_000_000 + number)[1:]
        elif "barcode_type" in changes:
            changes["barcode"] = ean(978_000_000_000 + number)
        asin = f"B0XSIM{number:04d}"
        found.append(
            replace(plain_one, seller_sku=sku, title=title, asin=asin, **changes)
        )
    return found


def _parent(sku, title, theme, product_type):
    return Listing(
        seller_sku=sku,
        marketplace_id=INDIA.id,
        title=title,
        asin=f"B0FSIM{len(sku):04d}",
        price="0.00",
        currency=INDIA.currency,
        quantity=0,
        in_odoo=False,
        product_type=product_type,
        brand="Kaveri",
        is_parent=True,
        theme=theme,
    )


def _child(parent, number, variation):
    words = [value for _name, value in variation]
    sku = "-".join([parent.seller_sku.split("-")[0], *words]).upper().replace(" ", "")
    return replace(
        parent,
        seller_sku=sku,
        title=f"{parent.title} {', '.join(words)}",
        asin=f"{parent.asin[:3]}C{len(parent.seller_sku):02d}{number:04d}",
        price="1299.00",
        quantity=5 + number,
        tax_percent="5",
        image=f"{PICTURES}{sku}.png",
        barcode_type="EAN",
        barcode=ean(890_200_000_000 + len(parent.seller_sku) * 100 + number),
        handling_days=2,
        is_parent=False,
        parent_sku=parent.seller_sku,
        variation=variation,
    )


def family_listings():
    """A family of size and colour with 6 children, one of three attributes with 4."""
    kurta = _parent(KURTA, "Handloom Kurta", "SIZE/COLOR", "KURTA")
    found = [kurta]
    pairs = [(size, color) for size in SIZES for color in COLORS]
    for number, (size, color) in enumerate(pairs, 1):
        variation = (("size_name", size), ("color_name", color))
        found.append(_child(kurta, number, variation))
    curtain = _parent(CURTAIN, "Cotton Curtain", "SIZE/COLOR/PATTERN", "CURTAIN")
    found.append(curtain)
    triples = (
        ("5 ft", "White", "Plain"),
        ("7 ft", "White", "Plain"),
        ("5 ft", "Rust", "Striped"),
        ("7 ft", "Rust", "Striped"),
    )
    names = ("size", "color", "pattern")
    for number, values in enumerate(triples, 1):
        variation = tuple(zip(names, values, strict=True))
        found.append(_child(curtain, number, variation))
    return found


def catalogue(simulator, orders=200, seed=1):
    """The plain scenario; then more listings, which no order of it holds."""
    made = plain(simulator, orders, seed)
    long_ago = float(int(simulator.clock.now() - 400 * DAY))
    listings = [*odd_listings(), *family_listings()]
    simulator.store_listings(
        "IN",
        [
            replace(listing, created=long_ago + number * DAY)
            for number, listing in enumerate(listings)
        ],
    )
    units = {"fnsku": "X000SIM001", "fulfillable": 25}
    simulator.set_fba_stock("IN", "FBA-0001", INDIA.id, **units)
    return made
