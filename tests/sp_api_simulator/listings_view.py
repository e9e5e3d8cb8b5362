# SPDX-License-Identifier: LGPL-3.0-or-later
"""One seller SKU in Amazon's JSON: the data sets that were asked for."""

from decimal import Decimal

from .availability import ATTRIBUTE, rows_of
from .clock import format_time
from .listings import ENFORCEMENTS
from .marketplaces import MARKETPLACES

INCLUDED_DATA = (
    "summaries",
    "attributes",
    "issues",
    "offers",
    "fulfillmentAvailability",
    "procurement",
    "relationships",
    "productTypes",
)
IMAGE_SIDE = 500


def view(listings, included, children):
    """Amazon's JSON of one SKU, whose `listings` are in different marketplaces.

    `children(listing)` are the children of a variation parent.
    """
    makers = {
        "summaries": lambda: [_summary(listing) for listing in listings],
        "attributes": lambda: _attributes(listings),
        "issues": lambda: _issues(listings),
        "offers": lambda: [offer for listing in listings for offer in _offers(listing)],
        # Not by marketplace: those of one quantity pool share it.
        "fulfillmentAvailability": lambda: _availability(listings[0]),
        # Procurement is for vendors; a seller's item has none.
        "procurement": list,
        "relationships": lambda: [
            {
                "marketplaceId": listing.marketplace_id,
                "relationships": _relationships(listing, children),
            }
            for listing in listings
        ],
        "productTypes": lambda: [
            {
                "marketplaceId": listing.marketplace_id,
                "productType": listing.product_type,
            }
            for listing in listings
        ],
    }
    item = {"sku": listings[0].seller_sku}
    item.update((name, makers[name]()) for name in INCLUDED_DATA if name in included)
    return item


def _summary(listing):
    summary = {
        "marketplaceId": listing.marketplace_id,
        "asin": listing.asin,
        "productType": listing.product_type,
        "conditionType": listing.condition,
        "status": list(listing.statuses),
        "itemName": listing.title,
        "createdDate": format_time(listing.created),
        "lastUpdatedDate": format_time(listing.updated),
    }
    if listing.is_parent:
        del summary["conditionType"]
    if listing.fnsku:
        summary["fnSku"] = listing.fnsku
    if listing.image:
        summary["mainImage"] = {
            "link": listing.image,
            "height": IMAGE_SIDE,
            "width": IMAGE_SIDE,
        }
    return summary


def _offers(listing):
    if listing.is_parent or listing.closed:
        return []
    prices = (("B2C", "ALL", listing.price), ("B2B", "B2B", listing.b2b_price))
    return [
        {
            "marketplaceId": listing.marketplace_id,
            "offerType": offer_type,
            "price": {"currencyCode": listing.currency, "amount": price},
            "audience": {"value": audience, "displayName": audience},
        }
        for offer_type, audience, price in prices
        if price is not None
    ]


def _availability(listing):
    if listing.is_parent:
        return []
    entry = {"fulfillmentChannelCode": listing.channel_code}
    if listing.fulfilled_by == "MERCHANT":
        entry["quantity"] = listing.quantity
    return [entry]


def _issues(listings):
    """One entry per issue, with all marketplaces that it concerns."""
    places = {}
    for listing in listings:
        for issue in listing.issues:
            places.setdefault(issue, []).append(listing.marketplace_id)
    return [_issue(issue, where) for issue, where in places.items()]


def _issue(issue, marketplace_ids):
    shown = {
        "code": issue.code,
        "message": issue.message,
        "severity": issue.severity,
        "categories": list(issue.categories),
        "marketplaceIds": marketplace_ids,
    }
    if issue.attribute_names:
        shown["attributeNames"] = list(issue.attribute_names)
    if issue.enforcement in ENFORCEMENTS:
        shown["enforcements"] = {
            "actions": [{"action": issue.enforcement}],
            "exemption": {"status": "NOT_EXEMPT"},
        }
    return shown


def _relationships(listing, children):
    if listing.theme is None:
        return []
    relation = {"type": "VARIATION"}
    if listing.is_parent:
        family = children(listing)
        relation["childSkus"] = [child.seller_sku for child in family]
        names = [name for child in family for name, _value in child.variation]
    else:
        relation["parentSkus"] = [listing.parent_sku]
        names = [name for name, _value in listing.variation]
    relation["variationTheme"] = {
        "attributes": list(dict.fromkeys(names)),
        "theme": listing.theme,
    }
    return [relation]


def _attributes(listings):
    merged = {}
    for listing in listings:
        for name, values in _own_attributes(listing).items():
            merged.setdefault(name, []).extend(values)
    if not listings[0].is_parent:
        merged[ATTRIBUTE] = [dict(row) for row in rows_of(listings[0])]
    return merged


def _own_attributes(listing):
    place = {"marketplace_id": listing.marketplace_id}
    language = {"language_tag": MARKETPLACES[listing.marketplace_id].language}
    texts = {
        "item_name": listing.title,
        "brand": listing.brand,
        "product_description": listing.description,
        **dict(listing.variation),
    }
    found = {
        name: [{**language, "value": text, **place}]
        for name, text in texts.items()
        if text is not None
    }
    plain = {
        "main_product_image_locator": ("media_location", listing.image),
        "merchant_suggested_asin": ("value", listing.asin),
    }
    for name, (field, text) in plain.items():
        if text is not None:
            found[name] = [{field: text, **place}]
    if listing.barcode and listing.barcode_type != "ASIN":
        found["externally_assigned_product_identifier"] = [
            {"type": listing.barcode_type.lower(), "value": listing.barcode, **place}
        ]
    if not listing.is_parent:
        found["condition_type"] = [{"value": listing.condition, **place}]
        found["purchasable_offer"] = [_purchasable(listing)]
    if listing.theme is not None:
        found.update(_family(listing, place))
    found.update(listing.attributes or {})
    return found


def _purchasable(listing):
    price = [{"schedule": [{"value_with_tax": float(Decimal(listing.price))}]}]
    return {
        "currency": listing.currency,
        "audience": "ALL",
        "our_price": price,
        "marketplace_id": listing.marketplace_id,
    }


def _family(listing, place):
    relation = {"child_relationship_type": "variation", **place}
    if not listing.is_parent:
        relation["parent_sku"] = listing.parent_sku
    level = "parent" if listing.is_parent else "child"
    return {
        "parentage_level": [{"value": level, **place}],
        "child_parent_sku_relationship": [relation],
        "variation_theme": [{"name": listing.theme, **place}],
    }
