# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.private
    def _get_gst_kinds_by_tax(self):
        """``{tax id: whether it is IGST}`` of the company's taxes on sales with GST,
        told by the tags of returns, whoever made them."""
        self.ensure_one()
        between = self._get_gst_tags("igst")
        within = self._get_gst_tags("cgst", "sgst")
        taxes = (
            self.env["account.tax"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [("company_id", "parent_of", self.id), ("type_tax_use", "=", "sale")]
            )
        )
        kinds = {}
        for tax in taxes:
            parts = tax.flatten_taxes_hierarchy()
            tags = parts.invoice_repartition_line_ids.tag_ids
            if tags & (between | within):
                kinds[tax.id] = bool(tags & between)
        return kinds

    def _get_gst_tags(self, *kinds):
        parts = ("", "base_")
        names = [f"l10n_in.tax_tag_{part}{kind}" for kind in kinds for part in parts]
        return self.env["account.account.tag"].union(*map(self.env.ref, names))
