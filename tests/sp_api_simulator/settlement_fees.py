# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon keeps of an order item: fees, and in India TCS and TDS."""

from dataclasses import dataclass
from decimal import Decimal

from .money import rounded
from .settlement_rows import FEES, NOTHING, SHIPPING, TCS, TDS

# Fees are set in dollars; others pay about the same.
SCALE = {"INR": Decimal(80), "JPY": Decimal(150)}
GST_TCS, INCOME_TAX = Decimal("0.5"), Decimal("0.1")
# Of the commission that is given back, Amazon keeps a fifth, five dollars at most.
REFUND_SHARE, REFUND_LIMIT = Decimal("0.2"), Decimal(5)
STATES = {"KA": "KARNATAKA", "MH": "MAHARASHTRA", "TN": "TAMIL NADU", "DL": "DELHI"}


@dataclass
class FeeSettings:
    """`commission_percent` of what the buyer pays; the rest in dollars, per unit
    (`fba_fee`, `closing_fee`), period (`advertising`) or month."""

    commission_percent: float = 15.0
    fba_fee: float = 3.22
    closing_fee: float = 0.25
    advertising: float = 12.5
    subscription: float = 39.99
    storage: float = 4.4

    def amount(self, name, currency):
        """A fee as a negative Decimal in `currency`."""
        return -scaled(getattr(self, name), currency)


def scaled(dollars, currency):
    """About the same amount of another currency."""
    amount = Decimal(str(dollars)) * SCALE.get(currency, Decimal(1))
    return rounded(amount, currency)


def fee_parts(found, units, by_amazon, marketplace, settings):
    """(amount type, description, Decimal) of an item's fees, for all its units."""
    currency = marketplace.currency
    india = marketplace.code == "IN"
    paid = found.gross - found.discount - found.shipping_discount
    share = Decimal(str(settings.commission_percent)) / 100
    yield FEES, "Commission", -rounded(paid * share, currency)
    closing = "Fixed closing fee" if india else "FixedClosingFee"
    yield FEES, closing, settings.amount("closing_fee", currency) * units
    if by_amazon:
        yield from _fba_parts(found, units, india, currency, settings)


def _fba_parts(found, units, india, currency, settings):
    fee = settings.amount("fba_fee", currency) * units
    if india:
        picking = rounded(fee / 4, currency)
        yield FEES, "FBA Pick & Pack Fee", picking
        yield FEES, "FBA Weight Handling Fee", fee - picking
    else:
        yield FEES, "FBAPerUnitFulfillmentFee", fee
    # Amazon ships, so the shipping that the buyer pays is Amazon's.
    chargeback = "Shipping chargeback" if india else "ShippingChargeback"
    yield FEES, chargeback, -found.charges.get(SHIPPING, NOTHING)


def india_parts(found, same_state):
    """(amount type, description, Decimal) of what is withheld for India."""
    tcs = rounded(found.taxable * GST_TCS / 100, "INR")
    if same_state:
        half = rounded(tcs / 2, "INR")
        yield TCS, "TCS-CGST", -half
        yield TCS, "TCS-SGST", half - tcs
    else:
        yield TCS, "TCS-IGST", -tcs
    tds = rounded(found.principal * INCOME_TAX / 100, "INR")
    yield TDS, "TDS (Section 194-O)", -tds


def within_state(seller, order):
    """Whether the buyer's state is the seller's."""
    address = order.get("recipient", {}).get("deliveryAddress", {})
    state = address.get("stateOrRegion", "").upper()
    return bool(state) and state in (seller.state, STATES.get(seller.state))


def refund_commission(commission, currency):
    """What Amazon keeps (negative) of a commission (positive) that it gives back."""
    limit = scaled(REFUND_LIMIT, currency)
    return -min(rounded(commission * REFUND_SHARE, currency), limit)
