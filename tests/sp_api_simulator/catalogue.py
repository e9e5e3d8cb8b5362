# SPDX-License-Identifier: LGPL-3.0-or-later
"""The goods of the demo's two sellers: 30 listings in India, 15 articles listed in
both the US and Canada. Nine articles, twelve listings, are new to Odoo on purpose."""

from dataclasses import replace
from decimal import Decimal

from .clock import DAY
from .listings import Issue, Listing
from .marketplaces import BY_CODE
from .pictures import PREFIX as PICTURES

INDIA = (
    ("Cotton Kurta Indigo M", "899.00", 5),
    ("Cotton Kurta Indigo L", "899.00", 5),
    ("Block Print Bedsheet Double", "1499.00", 5),
    ("Handloom Cushion Cover Set of 5", "749.00", 5),
    ("Brass Diya Lamp", "399.00", 5),
    ("Copper Water Bottle 1 L", "1099.00", 5),
    ("Stainless Steel Lunch Box", "649.00", 5),
    ("Masala Dabba Spice Box", "1249.00", 5),
    ("Assam Tea 500 g", "425.00", 5),
    ("Filter Coffee Powder 500 g", "380.00", 5),
    ("Cold Pressed Coconut Oil 1 L", "565.00", 5),
    ("Jute Shopping Bag", "299.00", 5),
    ("Leather Wallet Brown", "999.00", 18),
    ("Canvas Backpack 25 L", "1799.00", 18),
    ("Yoga Mat 6 mm", "1199.00", 18),
    ("Resistance Bands Set", "799.00", 18),
    ("Bluetooth Speaker Mini", "1999.00", 18),
    ("USB-C Cable 2 m", "349.00", 18),
    ("Wireless Mouse", "699.00", 18),
    ("Laptop Stand Aluminium", "1599.00", 18),
    ("LED Desk Lamp", "1349.00", 18),
    ("Ceramic Mug Set of 2", "549.00", 5),
    ("Sandalwood Incense 100 Sticks", "199.00", 5),
    ("Notebook Handmade Paper", "275.00", 5),
    ("Wooden Chess Set", "1899.00", 5),
    ("Terracotta Planter", "459.00", 5),
    ("Silk Scarf Emerald", "1150.00", 5),
    ("Pressure Cooker 3 L", "1649.00", 5),
    ("Bamboo Toothbrush Pack of 4", "249.00", 18),
    ("Ayurvedic Soap Pack of 6", "330.00", 18),
)
AMERICA = (
    ("Insulated Water Bottle 32 oz", "24.99"),
    ("Cast Iron Skillet 10 in", "34.50"),
    ("Pour Over Coffee Maker", "29.95"),
    ("Maple Cutting Board", "39.00"),
    ("Wool Hiking Socks 3 Pack", "21.99"),
    ("Trail Backpack 30 L", "79.00"),
    ("Camp Lantern Rechargeable", "27.49"),
    ("Fleece Throw Blanket", "32.00"),
    ("Desk Organizer Walnut", "44.95"),
    ("Mechanical Pencil Set", "12.75"),
    ("Bluetooth Earbuds", "49.99"),
    ("Phone Tripod Flexible", "18.49"),
    ("Garden Pruning Shears", "16.95"),
    ("Bird Feeder Cedar", "38.25"),
    ("Jigsaw Puzzle 1000 Pieces", "19.99"),
)
BY_AMAZON = {
    "IN": (
        ("IN-9001", "Sandalwood Soap Bar", "185.00", 18),
        ("IN-9002", "Brass Bell, shipped by Amazon", "640.00", 5),
    ),
    "US": (
        ("US-9001", "Bamboo Cutlery Set", "14.50", "8.5"),
        ("US-9002", "Beeswax Candle, shipped by Amazon", "22.00", "8.5"),
    ),
}
# India's codes of goods, by a word of their title.
HSN_CODES = {
    "Kurta": "6211", "Bedsheet": "6302", "Cushion": "6304", "Brass": "8306",
    "Copper": "7418", "Steel": "7323", "Masala": "7323", "Tea": "0902",
    "Coffee": "0901", "Oil": "1513", "Jute": "4202", "Wallet": "4202",
    "Backpack": "4202", "Yoga": "9506", "Resistance": "9506", "Speaker": "8518",
    "Cable": "8544", "Mouse": "8471", "Laptop": "7616", "Lamp": "9405",
    "Mug": "6912", "Incense": "3307", "Notebook": "4820", "Chess": "9503",
    "Planter": "6914", "Scarf": "6214", "Cooker": "7615", "Toothbrush": "9603",
    "toothbrush": "9603", "Soap": "3401",
}  # fmt: skip
UNKNOWN_TO_ODOO = (
    "IN-0023",
    "IN-0025",
    "IN-0027",
    "IN-0028",
    "IN-0029",
    "IN-0030",
    "US-0012",
    "US-0014",
    "US-0015",
)
CANADIAN_PRICE = Decimal("1.35")
# What makes some of them special, by SKU; nothing here changes an order.
SPECIAL = {
    "IN-0012": {
        "issues": (
            Issue(
                "18027",
                "The main image has text on it, which is not permitted.",
                "WARNING",
                ("main_product_image_locator",),
                ("INVALID_IMAGE",),
                "SEARCH_SUPPRESSED",
            ),
        )
    },
    "IN-0024": {"closed": True},
    "IN-0026": {
        "issues": (
            Issue(
                "90220",
                "'material' is required but not supplied.",
                "ERROR",
                ("material",),
                ("MISSING_ATTRIBUTE",),
                "LISTING_SUPPRESSED",
            ),
        )
    },
    "US-0013": {"closed": True},
}


def india_listings(now):
    return [
        _listing(now, "IN", f"IN-{number:04d}", title, price, percent)
        for number, (title, price, percent) in enumerate(INDIA, 1)
    ]


def america_listings(now):
    """Each article twice: in US dollars and in Canadian dollars."""
    listings = []
    for number, (title, price) in enumerate(AMERICA, 1):
        sku = f"US-{number:04d}"
        listings.append(_listing(now, "US", sku, title, price, "8.5"))
        canadian = (Decimal(price) * CANADIAN_PRICE).quantize(Decimal("0.01"))
        listings.append(_listing(now, "CA", sku, title, str(canadian), "13"))
    return listings


def fba_listings(now, code):
    """The articles of one marketplace that lie at Amazon."""
    return [
        replace(
            _listing(now, code, sku, title, price, percent),
            fulfilled_by="AMAZON",
            quantity=0,
            fnsku=f"X00{sku.replace('-', '')}",
            created=now - 90 * DAY,
            updated=now - 60 * DAY,
        )
        for sku, title, price, percent in BY_AMAZON[code]
    ]


def _listing(now, code, sku, title, price, percent):
    marketplace = BY_CODE[code]
    number = int(sku[-4:])
    indian = sku.startswith("IN")
    created = float(int(now - (300 - number) * DAY))
    listing = Listing(
        seller_sku=sku,
        marketplace_id=marketplace.id,
        title=title,
        asin=f"B0{'I' if indian else 'U'}SIM{number:04d}",
        price=price,
        currency=marketplace.currency,
        quantity=25 + number * 7 % 60,
        tax_percent=str(percent),
        hsn=_hsn(title) if indian else None,
        in_odoo=sku not in UNKNOWN_TO_ODOO,
        created=created,
        updated=created + number * DAY,
        # Some sellers leave the handling time of some articles to Amazon.
        handling_days=1 + number % 3 if number % 5 else None,
        brand="Kaveri" if indian else "Cascade",
        # Some sellers have no picture of some articles.
        image=f"{PICTURES}{sku}.png" if number % 8 else None,
        barcode_type="EAN",
        barcode=ean((8901000 if indian else 750100) * 100_000 + number),
    )
    return replace(listing, **SPECIAL.get(sku, {}))


def _hsn(title):
    found = (HSN_CODES[word] for word in title.split() if word in HSN_CODES)
    return next(found, None)


def ean(number):
    """An EAN of 13 digits with its check digit, from at most 12 digits."""
    digits = f"{number:012d}"
    total = sum(
        int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)
    )
    return f"{digits}{-total % 10}"
