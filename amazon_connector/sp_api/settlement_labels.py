# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the labels of settlement rows mean.

Labels are free text of Amazon's and get renamed without notice. What kind of money a
row is follows from its amount type where that is a word of Amazon's systems (ItemPrice,
ItemFees ...), whatever its description; other rows by their description alone. What
neither tells is ``unknown``: it is never guessed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

SALE, REFUND = "sale", "refund"
FACILITATOR, TCS, TDS = "facilitator", "tcs", "tds"
FEE, FEE_TAX, INCOME = "fee", "fee_tax", "income"
RESERVE, BALANCE, FAILED = "reserve", "balance", "failed"
PAYOUT, UNKNOWN = "payout", "unknown"
BUCKETS = (
    SALE,
    REFUND,
    FACILITATOR,
    TCS,
    TDS,
    FEE,
    FEE_TAX,
    INCOME,
    RESERVE,
    BALANCE,
    FAILED,
    PAYOUT,
    UNKNOWN,
)
"""What a row is: price of an order, or taken back; tax that Amazon collects; tax that
it withholds (India's TCS and TDS); its fees and the tax on them; reimbursements; what
it holds back; its balance; a payout that failed; one that a row repeats."""

COMMISSION, FULFILMENT, CLOSING = "commission", "fulfilment", "closing"
SHIPPING, STORAGE, INBOUND = "shipping", "storage", "inbound"
REMOVAL, ADVERTISING, SUBSCRIPTION = "removal", "advertising", "subscription"
DEALS, OTHER = "deals", "other"
FEE_TYPES = (
    COMMISSION,
    FULFILMENT,
    CLOSING,
    SHIPPING,
    STORAGE,
    INBOUND,
    REMOVAL,
    ADVERTISING,
    SUBSCRIPTION,
    DEALS,
    OTHER,
)


class Meaning(NamedTuple):
    """What a label means: one of ``BUCKETS``, and of ``FEE_TYPES`` for fees."""

    bucket: str
    fee_type: str | None = None


_OF_ORDERS = {
    "itemprice": SALE,
    "promotion": SALE,
    "directpayment": SALE,
    "itemwithheldtax": FACILITATOR,
    "itemtcs": TCS,
    "itemtds": TDS,
    "itemfees": FEE,
    "shipmentfees": FEE,
}
_BY_AMOUNT_TYPE = {
    "cost of advertising": Meaning(FEE, ADVERTISING),
    "refund for advertiser": Meaning(FEE, ADVERTISING),
    "fba inventory reimbursement": Meaning(INCOME),
    "safe-t reimbursement": Meaning(INCOME),
    "debt adjustment": Meaning(BALANCE),
    "micro deposit": Meaning(BALANCE),
    "tax withheld": Meaning(TDS),
}
_BY_DESCRIPTION = {
    "current reserve amount": Meaning(RESERVE),
    "previous reserve amount balance": Meaning(RESERVE),
    "payable to amazon": Meaning(BALANCE),
    "successful charge": Meaning(BALANCE),
    "micro deposit": Meaning(BALANCE),
    "safe-t reimbursement": Meaning(INCOME),
    **dict.fromkeys(
        (
            "miscadjustment",
            "adjustment",
            "buyerrecharge",
            "a2zguaranteerecovery",
            "chargebackrecovery",
        ),
        Meaning(INCOME),
    ),
    **dict.fromkeys(
        ("storage fee", "storagerenewalbilling", "storagebilling"),
        Meaning(FEE, STORAGE),
    ),
    **dict.fromkeys(
        ("removalcomplete", "disposalcomplete"),
        Meaning(FEE, REMOVAL),
    ),
    **dict.fromkeys(
        ("fbainboundtransportationfee", "inbound transportation fee"),
        Meaning(FEE, INBOUND),
    ),
    **dict.fromkeys(
        (
            "shipping label purchase",
            "shipping label purchase for return",
            "amazon easy ship charges",
        ),
        Meaning(FEE, SHIPPING),
    ),
    "subscription fee": Meaning(FEE, SUBSCRIPTION),
    "commissioncorrection": Meaning(FEE, COMMISSION),
    **dict.fromkeys(
        (
            "manual processing fee",
            "paid services fee",
            "fee adjustment",
            "nonsubscriptionfeeadj",
        ),
        Meaning(FEE, OTHER),
    ),
}
# Words of a fee's name, in the order in which they count.
_FEE_WORDS = (
    (("storage", "long term"), STORAGE),
    (("removal", "disposal"), REMOVAL),
    (("inbound", "partnered carrier"), INBOUND),
    (("advertis",), ADVERTISING),
    (("subscription",), SUBSCRIPTION),
    (("closing",), CLOSING),
    (("fba", "fulfil", "pick & pack", "weight handling"), FULFILMENT),
    (("commission", "brokerage", "referral"), COMMISSION),
    (("coupon", "deal", "vine", "promotion"), DEALS),
    (("shipping", "giftwrapchargeback", "easy ship"), SHIPPING),
)
_FAILED = ("transfer of funds unsuccessful",)
_GST = re.compile(r"[ -]?(cgst|sgst|igst|utgst)$")
# Amazon's systems that name the fee in the amount type.
_NAMED_FEES = ("fbafees", "amazonfees", "servicefee")
TAKEN_BACK = ("refund", "chargeback", "guarantee", "retrocharge")


def fold_label(text: str | None) -> str:
    """Return a label as labels are compared: without case and doubled blanks."""
    return " ".join((text or "").casefold().split())


def read_label(
    transaction_type: str | None, amount_type: str | None, description: str | None
) -> Meaning:
    """Return the Meaning of a row's three labels, which may be empty."""
    kind, amount_type, description = map(
        fold_label, (transaction_type, amount_type, description)
    )
    if amount_type in _OF_ORDERS:
        return _of_order(kind, _OF_ORDERS[amount_type], description)
    if description.startswith(_FAILED):
        return Meaning(FAILED)
    if kind == "debt adjustment":
        return Meaning(BALANCE)
    if amount_type in _BY_AMOUNT_TYPE:
        return _BY_AMOUNT_TYPE[amount_type]
    if kind in _NAMED_FEES:
        if description.startswith("tax on"):
            return Meaning(FEE_TAX, _fee_type(amount_type))
        return Meaning(FEE, _fee_type(amount_type))
    return _by_description(description)


def _of_order(kind: str, bucket: str, description: str) -> Meaning:
    if bucket == FEE:
        if _GST.search(description):
            return Meaning(FEE_TAX, _fee_type(description))
        return Meaning(FEE, _fee_type(description))
    if bucket == SALE and any(word in kind for word in TAKEN_BACK):
        return Meaning(REFUND)
    return Meaning(bucket)


def _by_description(description: str) -> Meaning:
    base = _GST.sub("", description)
    meaning = _BY_DESCRIPTION.get(base, Meaning(UNKNOWN))
    if base != description and meaning.bucket == FEE:
        return Meaning(FEE_TAX, meaning.fee_type)
    return meaning if base == description else Meaning(UNKNOWN)


def _fee_type(name: str) -> str:
    for words, fee_type in _FEE_WORDS:
        if any(word in name for word in words):
            return fee_type
    return OTHER
