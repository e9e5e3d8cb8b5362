# SPDX-License-Identifier: LGPL-3.0-or-later
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

BATCH_SIZE = 500
YEARS = {
    "AE": 5,
    "AU": 5,
    "BR": 5,
    "CA": 6,
    "EG": 5,
    "GB": 6,
    "IN": 6,
    "JP": 7,
    "MX": 5,
    "SA": 6,
    "SG": 5,
    "US": 7,
    "ZA": 5,
}
"""How long invoices are kept where the seller pays taxes, by the country's code."""
USUAL_YEARS = 10
"""As in most of the European Union."""


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    invoice_years = fields.Integer(
        "Keep Invoices",
        compute="_compute_invoice_years",
        store=True,
        readonly=False,
        tracking=True,
        help="How many years after the end of the fiscal year the name, address and "
        "tax number of business buyers are kept encrypted with their invoices, as "
        "the law requires. 0: they are deleted with the buyer's other data.",
    )

    _invoice_years_allowed = models.Constraint(
        "CHECK (invoice_years BETWEEN 0 AND 30)",
        "Invoices are kept for 0 to 30 years.",
    )

    @api.depends("company_id.account_fiscal_country_id")
    def _compute_invoice_years(self):
        for account in self:
            country = account.company_id.account_fiscal_country_id
            account.invoice_years = YEARS.get(country.code, USUAL_YEARS)

    def _get_invoice_keeping_end(self, date):
        """Until when an invoice of this date is kept; False: no longer than the rest.

        :rtype: date
        """
        if not self.invoice_years:
            return False
        year = self.company_id.compute_fiscalyear_dates(date)
        return year["date_to"] + relativedelta(years=self.invoice_years)

    def _keep_invoices(self):
        """Set apart what the law keeps of all buyers of this account."""
        orders = self.env["amazon.order"].sudo()
        known = orders.search(
            [("account_id", "=", self.id), ("redacted_on", "=", False)]
        )
        for start in range(0, len(known), BATCH_SIZE):
            known[start : start + BATCH_SIZE]._keep_for_law()
