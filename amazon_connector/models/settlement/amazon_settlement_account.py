# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

from .amazon_settlement_rule import FEE_TYPES

PURPOSES = [
    ("transit", "Amazon in transit"),
    ("balance", "Amazon balance"),
    ("reserve", "Amazon reserve"),
    ("clarify", "Amazon to be clarified"),
    ("facilitator", "Tax collected by Amazon"),
    ("tcs", "TCS receivable from Amazon"),
    ("tds", "TDS receivable from Amazon"),
    ("income", "Amazon reimbursements"),
    *[(f"fee_{fee_type}", f"Amazon fees: {name}") for fee_type, name in FEE_TYPES],
]


class AmazonSettlementAccount(models.Model):
    """Which account a company books a part of Amazon's settlements to.

    Made by the first settlement, with the chart of accounts; an accountant changes the
    account. What is booked already stays where it is.
    """

    _name = "amazon.settlement.account"
    _description = "Amazon Settlement Account"
    _inherit = "amazon.binding"
    _order = "company_id, purpose"
    _rec_name = "purpose"
    _check_company_auto = True
    _binding = ("company_id", "purpose")

    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade"
    )
    purpose = fields.Selection(PURPOSES, required=True)
    account_id = fields.Many2one("account.account", check_company=True)

    _purpose_unique = models.Constraint(
        "unique(company_id, purpose)", "This account is set already."
    )
