# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a company needs before a seller is connected to it, whoever connects him."""

from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _explain_amazon_needs(self):
        """Why no seller can be connected to this company, as a list of texts."""
        self.ensure_one()
        found = [self._judge_amazon_taxes(), self._judge_amazon_warehouse()]
        return [text for level, text, _place in found if level == "block"]

    def _judge_amazon_taxes(self):
        """
        :return: ``(level, text, place)``: ``ok``, ``warn`` (goes without) or ``block``;
            what is found and what to do; where: ``taxes`` or ``settings``
        """
        self.ensure_one()
        company, names = self.sudo(), {"company": self.sudo().name}
        Tax = self.env["account.tax"].sudo()
        domain = [
            *Tax._check_company_domain(company),
            ("type_tax_use", "=", "sale"),
            ("amazon_role", "=", False),
        ]
        count = Tax.search_count(domain)
        if count and company.account_sale_tax_id:
            text = self.env._(
                "Sales taxes of %(company)s: %(count)s. Default: %(name)s.",
                count=count,
                name=company.account_sale_tax_id.name,
                **names,
            )
            return "ok", text, "taxes"
        if count:
            text = self.env._(
                "%(company)s has taxes, but no default sales tax: products that Odoo "
                "creates from your listings will have no tax. Choose one in the "
                "accounting settings.",
                **names,
            )
            return "warn", text, "settings"
        if Tax.with_context(active_test=False).search_count(domain, limit=1):
            text = self.env._(
                "All sales taxes of %(company)s are archived. Activate those that you "
                "need.",
                **names,
            )
            return "block", text, "taxes"
        if company.chart_template:
            text = self.env._("%(company)s has no sales tax. Create one.", **names)
            return "block", text, "taxes"
        text = self.env._(
            "%(company)s has no chart of accounts and therefore no taxes. Choose its "
            "fiscal localization in the accounting settings.",
            **names,
        )
        return "block", text, "settings"

    def _judge_amazon_warehouse(self):
        """:return: as :meth:`_judge_amazon_taxes`; the place is ``warehouses``"""
        self.ensure_one()
        warehouses = (
            self.env["stock.warehouse"].sudo().search([("company_id", "=", self.id)])
        )
        if warehouses:
            return "ok", ", ".join(warehouses.mapped("name")), "warehouses"
        text = self.env._(
            "%(company)s has no warehouse to ship from. Create one.",
            company=self.sudo().name,
        )
        return "block", text, "warehouses"
