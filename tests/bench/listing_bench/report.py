# SPDX-License-Identifier: LGPL-3.0-or-later
"""A made-up complete listings report of any size, written row by row."""

COLUMNS = (
    "item-name",
    "item-description",
    "listing-id",
    "seller-sku",
    "price",
    "quantity",
    "open-date",
    "image-url",
    "item-is-marketplace",
    "product-id-type",
    "zshop-shipping-fee",
    "item-note",
    "item-condition",
    "zshop-category1",
    "zshop-browse-path",
    "zshop-storefront-feature",
    "asin1",
    "asin2",
    "asin3",
    "will-ship-internationally",
    "expedited-shipping",
    "zshop-boldface",
    "product-id",
    "bid-for-featured-placement",
    "add-delete",
    "pending-quantity",
    "fulfillment-channel",
    "merchant-shipping-group",
    "status",
)
_DESCRIPTION = "Woven by hand from combed cotton, washed twice, softer each time. " * 3
_KINDS = ("Kurta", "Bedsheet", "Cushion Cover", "Lamp", "Tea", "Wallet", "Yoga Mat")


def sku(number):
    return f"BENCH-{number:07d}"


def write(path, count):
    """Write a report of `count` rows; every tenth listing is shipped by Amazon."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\t".join(COLUMNS) + "\r\n")
        for number in range(count):
            file.write("\t".join(_cells(number)) + "\r\n")


def _cells(number):
    by_amazon = number % 10 == 0
    asin = f"B0{number:08d}"
    known = {
        "item-name": f"{_KINDS[number % 7]} Indigo, Size {number % 50}, No {number}",
        "item-description": _DESCRIPTION,
        "listing-id": f"{number:010d}SIM",
        "seller-sku": sku(number),
        "price": f"{99 + number % 900}.{number % 100:02d}",
        "quantity": "" if by_amazon else str(number % 40),
        "open-date": f"{1 + number % 28:02d}/08/2026 20:35:17 IST",
        "item-is-marketplace": "y",
        "product-id-type": "1",
        "item-condition": "11",
        "asin1": asin,
        "product-id": asin,
        "pending-quantity": "0",
        "fulfillment-channel": "AMAZON_IN" if by_amazon else "DEFAULT",
        "merchant-shipping-group": "Migrated Template",
        "status": "Active" if number % 4 else "Inactive",
    }
    return [known.get(name, "") for name in COLUMNS]
