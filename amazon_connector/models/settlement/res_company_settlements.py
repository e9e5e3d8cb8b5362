# SPDX-License-Identifier: LGPL-3.0-or-later
"""Journal and accounts of a company's settlements, made with its chart."""

import itertools

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .amazon_settlement_account import PURPOSES

JOURNAL_CODE = "AMZS"
# Account type, whether lines on it are matched, a code to start from.
_KINDS = {
    "transit": ("asset_current", True, "101900"),
    "balance": ("asset_current", False, "101910"),
    "reserve": ("asset_current", False, "101920"),
    "clarify": ("asset_current", True, "101930"),
    "facilitator": ("liability_current", False, "201900"),
    "tcs": ("asset_current", False, "101940"),
    "tds": ("asset_current", False, "101950"),
    "income": ("income_other", False, "450900"),
}
_EXPENSE = ("expense", False, "620900")
# Accounts that a chart may have for a fee, by words of their names.
_WORDS = {
    "fee_commission": ("commission",),
    "fee_advertising": ("advertis", "marketing", "werbe", "publicit"),
    "fee_storage": ("storage", "warehous", "lager"),
    "fee_shipping": ("freight", "shipping", "carriage outward", "courier"),
}


class ResCompany(models.Model):
    _inherit = "res.company"

    amazon_settlement_journal_id = fields.Many2one(
        "account.journal",
        "Journal of Amazon Settlements",
        check_company=True,
        copy=False,
        domain="[('type', '=', 'general')]",
        help="Created with the first settlement.",
    )

    @api.private
    def _get_amazon_settlement_journal(self):
        """The journal of this company's settlements, made where missing."""
        self.ensure_one()
        company = self.sudo()
        journal = company.amazon_settlement_journal_id
        if not journal or not journal.active:
            journal = company._find_or_create_amazon_journal()
            company.amazon_settlement_journal_id = journal
        return journal

    def _find_or_create_amazon_journal(self):
        Journal = self.env["account.journal"].with_company(self)
        mine = [("company_id", "=", self.id)]
        known = Journal.search(
            [*mine, ("code", "=", JOURNAL_CODE), ("type", "=", "general")], limit=1
        )
        if known:
            return known
        # Codes of archived journals, and of those for something else, are taken.
        used = set(Journal.with_context(active_test=False).search(mine).mapped("code"))
        codes = (f"{JOURNAL_CODE[:3]}{number}" for number in itertools.count(2))
        free = itertools.chain([JOURNAL_CODE], codes)
        return Journal.create(
            {
                "name": self.env._("Amazon settlements"),
                "code": next(code for code in free if code not in used),
                "type": "general",
                "company_id": self.id,
            }
        )

    @api.private
    def _get_amazon_settlement_accounts(self, purposes=None):
        """``{purpose: account}`` of this company, made where missing.

        :param purposes: those that are needed; None: all
        :raises UserError: there is no chart yet, or an account is archived
        """
        self.ensure_one()
        company = self.sudo()
        Account = self.env["amazon.settlement.account"].sudo()
        known = {
            row.purpose: row for row in Account.search([("company_id", "=", self.id)])
        }
        company._check_amazon_chart()
        for purpose in purposes or dict(PURPOSES):
            row = known.get(purpose) or Account.create(
                {"company_id": self.id, "purpose": purpose}
            )
            if not row.account_id:
                row.account_id = company._suggest_amazon_account(purpose)
            known[purpose] = row
        wanted = purposes or known
        accounts = {purpose: known[purpose].account_id for purpose in wanted}
        company._check_amazon_accounts(accounts)
        return accounts

    @api.private
    def _get_amazon_clearing_account(self):
        """Where tax goes that Amazon collects and pays: it is no revenue.

        :return: empty as long as there is no chart of accounts
        """
        self.ensure_one()
        company = self.sudo()
        if not company._has_amazon_chart():
            return self.env["account.account"]
        Account = self.env["amazon.settlement.account"].sudo()
        domain = [("company_id", "=", self.id), ("purpose", "=", "facilitator")]
        row = Account.search(domain, limit=1) or Account.create(
            {"company_id": self.id, "purpose": "facilitator"}
        )
        if not row.account_id:
            row.account_id = company._suggest_amazon_account("facilitator")
        return row.account_id

    def _get_amazon_tax_account(self, role):
        """The account of a zero-percent tax of Amazon's amounts; empty: none yet."""
        if role == "facilitator":
            return self._get_amazon_clearing_account()
        if role == "stated":
            return self._get_sales_tax_account()
        return self.env["account.account"]

    def _mend_amazon_tax_accounts(self, taxes):
        """Give taxes their account that were made before the company had one.

        Without it, Odoo books the tax to the income account of the line.

        :param taxes: ``{role: account.tax}``
        """
        for role, tax in taxes.items():
            lines = (
                tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
            ).filtered(
                lambda line: line.repartition_type == "tax" and not line.account_id
            )
            if lines and (account := self._get_amazon_tax_account(role)):
                lines.account_id = account

    @api.model
    def _mend_amazon_taxes(self):
        """Mend the taxes of all companies; called by each upgrade's data.

        What was posted before stays: it is listed under Amazon, Settlements, Tax Booked
        as Income.
        """
        taxes = self.env["account.tax"].sudo().search([("amazon_role", "!=", False)])
        for tax in taxes:
            company = tax.company_id.with_company(tax.company_id)
            company._mend_amazon_tax_accounts({tax.amazon_role: tax})

    def _has_amazon_chart(self):
        return bool(
            self.env["account.account"]
            .sudo()
            .search_count(self._get_amazon_account_domain(), limit=1)
        )

    def _check_amazon_chart(self):
        if not self._has_amazon_chart():
            raise UserError(
                self.env._(
                    "%s has no chart of accounts. Choose its fiscal localization in "
                    "the accounting settings first.",
                    self.name,
                )
            )

    def _check_amazon_accounts(self, accounts):
        archived = [a.display_name for a in accounts.values() if not a.active]
        if archived:
            raise UserError(
                self.env._(
                    "Settlements cannot be booked, because accounts are archived: %s. "
                    "Choose others under Amazon > Settlements > Accounts.",
                    ", ".join(archived),
                )
            )

    def _get_amazon_account_domain(self):
        return Domain(self.env["account.account"]._check_company_domain(self))

    def _suggest_amazon_account(self, purpose):
        """The account of the chart for a purpose, else a new one."""
        if purpose.startswith("fee_"):
            return self._find_amazon_expense(purpose) or self._get_amazon_fee_account()
        return self._create_amazon_account(
            dict(self._get_amazon_purposes())[purpose], *_KINDS[purpose]
        )

    def _get_amazon_purposes(self):
        field = self.env["amazon.settlement.account"]._fields["purpose"]
        return field._description_selection(self.env)

    def _find_amazon_expense(self, purpose):
        words = [Domain("name", "ilike", word) for word in _WORDS.get(purpose, ())]
        if not words:
            return self.env["account.account"]
        return self.env["account.account"].search(
            self._get_amazon_account_domain()
            & Domain("account_type", "in", ("expense", "expense_direct_cost"))
            & Domain.OR(words),
            limit=1,
        )

    def _get_amazon_fee_account(self):
        """One account for all fees that the chart has none for."""
        name = self.env._("Amazon fees")
        known = self.env["account.account"].search(
            self._get_amazon_account_domain() & Domain("name", "=", name), limit=1
        )
        return known or self._create_amazon_account(name, *_EXPENSE)

    def _create_amazon_account(self, name, kind, reconcile, code):
        Account = self.env["account.account"].with_company(self)
        return Account.create(
            {
                "name": name,
                "account_type": kind,
                "reconcile": reconcile,
                "code": Account._search_new_account_code(code),
                "company_ids": [(6, 0, self.ids)],
            }
        )
