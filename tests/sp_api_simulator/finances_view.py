# SPDX-License-Identifier: LGPL-3.0-or-later
"""How the finances API shows money: transactions, summaries, balances.

The same postings and rows that settlement files are written from.
"""

import hashlib

from .clock import format_time
from .marketplaces import MARKETPLACES
from .settlement_ledger import MOVEMENT, REFUND
from .settlement_rows import FEES, NOTHING, PRICE, PROMOTION, TCS, TDS, WITHHELD_TAX

ACCOUNT_TYPE = "Standard Orders"
DEFERRED, RELEASED, DEFERRED_RELEASED = "DEFERRED", "RELEASED", "DEFERRED_RELEASED"
AVAILABLE, RESERVED, TOTAL = "AVAILABLE", "RESERVED", "TOTAL"
DEFERRED_BALANCE, ACCOUNT_RESERVE = "DEFERRED", "ACCOUNT_LEVEL_RESERVE"
TAXES = (WITHHELD_TAX, TCS, TDS)
# What files call a part -> the leaf of a transaction's breakdowns.
LEAVES = {
    (PRICE, "Principal"): "OurPricePrincipal",
    (PRICE, "Tax"): "OurPriceTax",
    (PRICE, "Product Tax"): "OurPriceTax",
    (PRICE, "Shipping"): "ShippingPrincipal",
    (PRICE, "Shipping tax"): "ShippingTax",
    (PRICE, "GiftWrap"): "GiftwrapPrincipal",
    (PRICE, "Gift wrap"): "GiftwrapPrincipal",
    (PRICE, "GiftWrapTax"): "GiftwrapTax",
    (PRICE, "Gift wrap tax"): "GiftwrapTax",
    (PRICE, "Goodwill"): "GoodwillPrincipal",
    (PROMOTION, "Principal"): "OurPriceDiscount",
    (PROMOTION, "Promo rebates"): "OurPriceDiscount",
    (PROMOTION, "Shipping"): "ShippingDiscount",
    (PROMOTION, "Shipping discount"): "ShippingDiscount",
    (PROMOTION, "TaxDiscount"): "OurPriceTaxDiscount",
    (PROMOTION, "Product tax discount"): "OurPriceTaxDiscount",
}


def amount_of(amount, currency):
    """Amazon's Currency: the amount is a JSON number."""
    return {"currencyCode": currency, "currencyAmount": float(amount)}


def partner(seller, marketplace_id):
    return {
        "partnerId": seller.merchant_token,
        "accountType": ACCOUNT_TYPE,
        "marketplaceId": marketplace_id,
    }


def code_of(*parts):
    """A stable id in Amazon's form."""
    return hashlib.sha256("-".join(map(str, parts)).encode()).hexdigest()[:43]


def breakdown(kind, rows, currency, inner=()):
    total = sum((row.amount for row in rows), NOTHING)
    shown = {"breakdownType": kind, "breakdownAmount": amount_of(total, currency)}
    return {**shown, "breakdowns": list(inner)}


# --- transactions ---------------------------------------------------------------


class TransactionView:
    """One transaction of a posting; `release` is the one that ends a deferral."""

    def __init__(self, seller, ledger, posting, now, release=False):
        self.seller = seller
        self.ledger = ledger
        self.posting = posting
        self.release = release
        self.marketplace = MARKETPLACES[posting.marketplace_id]
        self.posted = posting.released if release else posting.posted
        self.status = RELEASED
        if posting.deferred and not release:
            self.status = DEFERRED if now < posting.released else DEFERRED_RELEASED

    def identifiers(self):
        """[(name, value)] of what it belongs to."""
        posting = self.posting
        row = posting.rows[0]
        found = [
            ("ORDER_ID", posting.order_id),
            ("SHIPMENT_ID", row.shipment_id),
            ("REFUND_ID", row.adjustment_id),
        ]
        if posting.deferred:
            name = "DEFERRED" if self.release else "RELEASE"
            other = "first" if self.release else "release"
            if self.release or self.status == DEFERRED_RELEASED:
                found.append((f"{name}_TRANSACTION_ID", self._id(other)))
        settlement = posting.settlement
        if settlement is not None and self.status == RELEASED:
            found.append(("SETTLEMENT_ID", settlement.settlement_id))
            found.append(("FINANCIAL_EVENT_GROUP_ID", settlement.group_id))
        return [(name, value) for name, value in found if value]

    def _id(self, which):
        ledger, number = self.ledger, self.posting.number
        return code_of(self.seller.merchant_token, ledger.currency, number, which)

    def shown(self):
        posting, currency = self.posting, self.ledger.currency
        place = self.marketplace
        shown = {
            "sellingPartnerMetadata": {
                "sellingPartnerId": self.seller.merchant_token,
                "accountType": ACCOUNT_TYPE,
                "marketplaceId": place.id,
            },
            "relatedIdentifiers": [
                {"relatedIdentifierName": name, "relatedIdentifierValue": value}
                for name, value in self.identifiers()
            ],
            "transactionType": posting.kind,
            "transactionId": self._id("release" if self.release else "first"),
            "transactionStatus": self.status,
            "description": self._description(),
            "postedDate": format_time(self.posted),
            "totalAmount": amount_of(posting.total, currency),
            "marketplaceDetails": {
                "marketplaceId": place.id,
                "marketplaceName": place.name,
            },
            "items": self._items(),
            "breakdowns": tree(posting.rows, currency, posting.kind == REFUND),
        }
        if posting.deferred:
            context = {
                "contextType": "DeferredContext",
                "deferralReason": "DD7",
                "maturityDate": format_time(posting.released),
            }
            shown["contexts"] = [context]
        return shown

    def _description(self):
        texts = {"Shipment": "Order Payment", REFUND: "Refund Order"}
        return texts.get(self.posting.kind, self.posting.rows[0].amount_type)

    def _items(self):
        parts = {}
        for row in self.posting.rows:
            if row.order_item_code:
                parts.setdefault(row.order_item_code, []).append(row)
        return [self._item(rows) for rows in parts.values()]

    def _item(self, rows):
        currency = self.ledger.currency
        row = rows[0]
        context = {"contextType": "ProductContext", "sku": row.sku}
        context["fulfillmentNetwork"] = row.fulfillment_id
        units = sum(each.quantity or 0 for each in rows)
        if units:
            context["quantityShipped"] = units
        item = {
            "description": row.sku,
            "totalAmount": amount_of(sum(each.amount for each in rows), currency),
            "breakdowns": tree(rows, currency, self.posting.kind == REFUND),
            "contexts": [context],
        }
        if row.adjustment_id:
            item["relatedIdentifiers"] = [
                {
                    "itemRelatedIdentifierName": "ORDER_ADJUSTMENT_ITEM_ID",
                    "itemRelatedIdentifierValue": row.adjustment_id,
                }
            ]
        return item


def tree(rows, currency, refunded=False):
    """The breakdowns of rows: wrappers that repeat what their leaves hold."""
    groups = {}
    for row in rows:
        groups.setdefault(_wrappers(row, refunded), []).append(row)
    outer = {}
    for (wrapper, inner), members in groups.items():
        leaves = {}
        for row in members:
            leaves.setdefault(_leaf(row), []).append(row)
        shown = [breakdown(name, own, currency) for name, own in leaves.items()]
        group = breakdown(inner, members, currency, shown)
        outer.setdefault(wrapper, ([], []))
        outer[wrapper][0].extend(members)
        outer[wrapper][1].append(group)
    return [
        breakdown(wrapper, members, currency, inner)
        for wrapper, (members, inner) in outer.items()
    ]


def _wrappers(row, refunded):
    """(wrapper, wrapper within it)."""
    before = "Refunded " if refunded else ""
    if row.amount_type in (PRICE, PROMOTION):
        return f"{before}Sales", "ProductCharges"
    if row.amount_type in TAXES:
        return "Tax", row.amount_type
    if row.amount_type == FEES:
        inner = "FBAFees" if row.description.startswith("FBA") else "AmazonFees"
        return f"{before}Expenses", inner
    return "Expenses", row.amount_type


def _leaf(row):
    known = LEAVES.get((row.amount_type, row.description))
    return known or row.description.replace(" ", "")


def transactions(seller, ledgers, now):
    """Every TransactionView of a seller up to `now`, the oldest first."""
    found = []
    for ledger in ledgers:
        for posting in ledger.postings:
            if posting.kind == MOVEMENT:
                continue
            found.append(TransactionView(seller, ledger, posting, now))
            if posting.deferred and posting.released <= now:
                found.append(TransactionView(seller, ledger, posting, now, True))
    return sorted(found, key=lambda view: (view.posted, view.posting.number))


# --- summaries ------------------------------------------------------------------


def summaries(seller, rows, currency, start, end, settlement_id=None):
    """Amazon's Summary of each marketplace in `rows`."""
    places = {}
    for row in rows:
        places.setdefault(row.marketplace_id, []).append(row)
    return [
        _summary(seller, place, members, currency, start, end, settlement_id)
        for place, members in sorted(places.items())
    ]


def _summary(seller, place, rows, currency, start, end, settlement_id):
    kinds = {}
    for row in rows:
        kinds.setdefault(_summary_kind(row), []).append(row)
    shown = {
        "partnerMetadata": partner(seller, place),
        "netProceeds": amount_of(sum(row.amount for row in rows), currency),
        "breakdowns": [
            breakdown(kind, members, currency) for kind, members in kinds.items()
        ],
        "periodStart": format_time(start),
        "periodEnd": format_time(end),
    }
    if settlement_id is not None:
        identifier = {
            "relatedIdentifierName": "SETTLEMENT_ID",
            "relatedIdentifierValue": settlement_id,
        }
        shown["relatedIdentifiers"] = [identifier]
    return shown


def _summary_kind(row):
    if row.transaction_type == REFUND:
        return "Refunds"
    if row.amount_type in (PRICE, PROMOTION):
        return "Sales"
    return "Taxes" if row.amount_type in TAXES else "Expenses"


# --- balances -------------------------------------------------------------------


def balances(seller, ledger, moment, told):
    """Amazon's TOTAL Balance of each marketplace of a Ledger.

    :param dict told: when they were computed, in Amazon's words
    """
    totals, deferred = ledger.balances(moment), ledger.deferred(moment)
    shown = []
    for place in ledger.marketplace_ids:
        waiting = deferred.get(place, NOTHING)
        held = ledger.reserved(moment) if place == ledger.main else NOTHING
        total = totals.get(place, NOTHING)
        amounts = {
            TOTAL: total,
            AVAILABLE: total - waiting - held,
            RESERVED: waiting + held,
            DEFERRED_BALANCE: waiting,
            ACCOUNT_RESERVE: held,
        }
        metadata = partner(seller, place)
        shown.append(_balance_tree(metadata, amounts, ledger.currency, told))
    return shown


def _balance_tree(metadata, amounts, currency, told):
    def one(kind, *inner):
        shown = {"balanceType": kind, "amount": amount_of(amounts[kind], currency)}
        return {**shown, "balances": list(inner)} if inner else shown

    reserved = one(RESERVED, one(DEFERRED_BALANCE), one(ACCOUNT_RESERVE))
    total = one(TOTAL, one(AVAILABLE), reserved)
    return {"partnerMetadata": metadata, **total, **told}


def flat(tree_of_balances):
    """Every balance of a tree, without its parts and with its head."""
    head = {
        name: value
        for name, value in tree_of_balances.items()
        if name not in ("balanceType", "amount", "balances")
    }
    waiting = [tree_of_balances]
    while waiting:
        balance = waiting.pop(0)
        waiting += balance.get("balances", ())
        own = {name: balance[name] for name in ("balanceType", "amount")}
        yield {**head, **own}
