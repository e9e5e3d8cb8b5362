# SPDX-License-Identifier: LGPL-3.0-or-later
"""Words of Amazon's Orders API 2026-01-01 for money, taxes and programs."""

PROGRAMS = (
    "AMAZON_BAZAAR",
    "AMAZON_BUSINESS",
    "AMAZON_EASY_SHIP",
    "AMAZON_HAUL",
    "DELIVERY_BY_AMAZON",
    "FBM_SHIP_PLUS",
    "INVOICE_BY_AMAZON",
    "IN_STORE_PICK_UP",
    "PREMIUM",
    "PREORDER",
    "PRIME",
)
ITEM_BREAKDOWNS = (
    "ITEM",
    "SHIPPING",
    "GIFT_WRAP",
    "COD_FEE",
    "OTHER",
    "TAX",
    "DISCOUNT",
)
ORDER_BREAKDOWNS = (*ITEM_BREAKDOWNS, "DELIVERY_TIP")
MARKETPLACE_FACILITATOR = "MARKETPLACE_FACILITATOR"
IMPORT_SCHEMES = ("IOSS", "UOSS")
"""Amazon is the deemed seller of these goods and remits their VAT itself."""
REPLACEMENT = "REPLACEMENT_ORIGINAL_ID"
"""How an order that costs nothing names the one that it replaces."""
ITEM_SUBTYPES = ("ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER", "DISCOUNT")
