# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _suggest_amazon_account(self, purpose):
        """Override of `amazon_connector`: settlements book these claims where the
        Indian chart has them."""
        if purpose in ("tcs", "tds"):
            if account := self._get_withholding_account(purpose):
                return account
        return super()._suggest_amazon_account(purpose)

    @api.private
    def _get_withholding_account(self, kind):
        """The account for what Amazon withholds: a claim against the government.

        TDS has one in the Indian chart; TCS (section 52) gets one beside it.

        :param kind: ``tcs`` or ``tds``
        :return: ``account.account``, None without an Indian chart of accounts
        """
        self.ensure_one()
        model = self._get_chart_record("p10058")
        if not model or kind == "tds":
            return model
        return self.sudo()._find_or_create_tcs_account(model)

    def _find_or_create_tcs_account(self, model):
        Account = self.env["account.account"].with_company(self)
        data = self.env["ir.model.data"].sudo()
        name = f"{self.id}_amazon_tcs_receivable"
        known = self.env.ref(
            f"amazon_connector_tax_in.{name}", raise_if_not_found=False
        )
        if known:
            return known
        account = Account.create(
            {
                "name": self.env._("TCS Receivable (GST, section 52)"),
                "code": Account._search_new_account_code(model.code),
                "account_type": model.account_type,
                "tag_ids": [(6, 0, model.tag_ids.ids)],
                "company_ids": [(6, 0, self.ids)],
            }
        )
        data.create(
            {
                "module": "amazon_connector_tax_in",
                "name": name,
                "model": "account.account",
                "res_id": account.id,
                "noupdate": True,
            }
        )
        return account
