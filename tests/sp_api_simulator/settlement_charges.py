# SPDX-License-Identifier: LGPL-3.0-or-later
"""Charges and credits that are no order's: advertising, storage, reimbursements."""

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from decimal import Decimal

from .marketplaces import MARKETPLACES
from .money import rounded
from .settlement_fees import scaled
from .settlement_ledger import OTHER, SHIPMENT
from .settlement_rows import Row

TOTAL = "TransactionTotalAmount"
# Tax on Amazon's own fees; elsewhere none is told apart.
FEE_TAX = {"DE": 19, "FR": 20, "IT": 22, "ES": 21, "UK": 20, "IN": 18, "JP": 10}
ADVERTISING, STORAGE = "advertising", "storage"
SUBSCRIPTION = "subscription"


@dataclass(frozen=True)
class Charge:
    """A kind of row. `dollars` is a usual amount, `transaction` its type in
    listTransactions; `taxed`: the tax on the fee is a row of its own."""

    transaction_type: str
    amount_type: str
    description: str
    dollars: float
    transaction: str = "ServiceFee"
    taxed: bool = False
    order_id: str = ""
    named: bool = True


CHARGES = {
    ADVERTISING: Charge(
        "ServiceFee", "Cost of Advertising", TOTAL, -12.5, "ProductAdsPayment"
    ),
    "advertising_refund": Charge(
        "ServiceFee", "Refund for Advertiser", TOTAL, 3.1, "ProductAdsPayment"
    ),
    STORAGE: Charge(
        "FBAFees", "FBA Inventory Storage Fee", "Base fee", -4.4, taxed=True
    ),
    "inbound": Charge(
        "FBAFees",
        "FBA Inbound Placement Service Fee",
        "Base fee",
        -6.2,
        taxed=True,
        order_id="FBA15SIM0001",
    ),
    SUBSCRIPTION: Charge(OTHER, OTHER, "Subscription Fee", -39.99, named=False),
    "easy_ship": Charge(OTHER, OTHER, "Amazon Easy Ship Charges", -0.06),
    "reimbursement": Charge(
        OTHER, "FBA Inventory Reimbursement", "WAREHOUSE_LOST", 11.4, "Adjustment"
    ),
    "safe_t": Charge(
        "SAFE-T Reimbursement",
        "Other Transactions",
        "SAFE-T Reimbursement",
        9.9,
        "SAFETReimbursement",
    ),
    "debt": Charge(
        "Debt Adjustment",
        "Debt Adjustment",
        "Cross-Account Debt Adjustment for BE",
        -5.0,
        "Adjustment",
        named=False,
    ),
    "micro_deposit": Charge(
        "Transfers", "Micro Deposit", "Micro Deposit", -0.05, "Adjustment", named=False
    ),
    "unknown": Charge(OTHER, OTHER, "Galactic Handling Fee", -1.23, named=False),
    "other": Charge(OTHER, OTHER, "Adjustment", -1.0, "Adjustment", named=False),
}
# India's storage is told with its two halves of tax, as rows of the old kind.
INDIA_STORAGE = ("Storage Fee", "StorageBillingCGST", "StorageBillingSGST")


def charge_rows(kind, marketplace_id, amount, moment, cells):
    """(rows, type in listTransactions) of a kind of charge.

    :param Decimal amount: as Amazon signs it, without tax; None: a usual one
    :param cells: other values of the fields of Row; KeyError for an unknown kind,
        TypeError for an unknown field
    """
    charge = CHARGES[kind]
    marketplace = MARKETPLACES[marketplace_id]
    if amount is None:
        amount = scaled(charge.dollars, marketplace.currency)
    row = Row(
        charge.transaction_type,
        charge.amount_type,
        charge.description,
        amount,
        moment,
        order_id=charge.order_id,
        marketplace_id=marketplace_id,
        named=charge.named,
    )
    rows = _taxed(row, marketplace) if charge.taxed else [row]
    return [replace(row, **cells) for row in rows], charge.transaction


def _taxed(row, marketplace):
    percent = Decimal(FEE_TAX.get(marketplace.code, 0))
    tax = rounded(row.amount * percent / 100, marketplace.currency)
    if marketplace.code == "IN" and row.amount_type == CHARGES[STORAGE].amount_type:
        return _india_storage(row, tax)
    taxes = [replace(row, description="Tax on fee", amount=tax)] if tax else []
    return [row, *taxes]


def _india_storage(row, tax):
    half = rounded(tax / 2, "INR")
    amounts = (row.amount, half, tax - half)
    plain = replace(row, transaction_type=OTHER, amount_type=OTHER)
    return [
        replace(plain, description=description, amount=amount)
        for description, amount in zip(INDIA_STORAGE, amounts, strict=True)
    ]


def periodic(ledger, seller, simulator, moment):
    """Post what a period with sales costs: advertising, and once a month storage of
    what lies at Amazon and the subscription."""
    due = ledger.due(moment)
    if not any(posting.kind == SHIPMENT for posting in due):
        return
    settings = simulator.settlements.settings
    _post(ledger, ADVERTISING, settings, moment)
    if simulator.fba.of(seller.key, ledger.main):
        _once_a_month(ledger, STORAGE, settings, moment)
    own = seller.real_marketplaces()[0].id in ledger.marketplace_ids
    if seller.selling_plan == "PROFESSIONAL" and own:
        _once_a_month(ledger, SUBSCRIPTION, settings, moment)


def _once_a_month(ledger, kind, settings, moment):
    shown = datetime.fromtimestamp(moment, timezone.utc)
    month = (shown.year, shown.month, kind)
    if month not in ledger.charged:
        ledger.charged.add(month)
        _post(ledger, kind, settings, moment)


def _post(ledger, kind, settings, moment):
    amount = settings.amount(kind, ledger.currency)
    if amount:
        rows, transaction = charge_rows(kind, ledger.main, amount, moment, {})
        ledger.post(transaction, rows, moment)
