# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from odoo import models

_CONSUMERS = ("consumer", "unregistered")
_LIMIT, _LIMIT_BEFORE, _LIMIT_SINCE = 100000, 250000, date(2024, 11, 1)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _get_l10n_in_gstr_section(self, tax_tags_dict):
        """Override of `l10n_in`: it compares the place of supply with the company's
        state, also where goods leave from another one of the company's GSTINs.

        Consumers' sections alone depend on it.
        """
        sections = super()._get_l10n_in_gstr_section(tax_tags_dict)
        elsewhere = self.filtered(
            lambda line: (
                line.move_id._is_from_elsewhere()
                and line.move_id.l10n_in_gst_treatment in _CONSUMERS
            )
        )
        if not elsewhere:
            return sections
        result = {name: lines - elsewhere for name, lines in sections.items()}
        for name, lines in sections.items():
            for line in lines & elsewhere:
                own = line._correct_gst_section(name, tax_tags_dict)
                result[own] = result.get(own, self.browse()) | line
        return {name: lines for name, lines in result.items() if lines}

    def _correct_gst_section(self, name, tax_tags_dict):
        """The section of a consumer's line by the state that its goods leave from."""
        kinds = {
            kind
            for kind in ("igst", "cgst", "sgst", "cess")
            if set(tax_tags_dict[kind]) & set(self.tax_tag_ids.ids)
        }
        taxes = self.tax_ids | self.tax_line_id
        special = any(tax.l10n_in_reverse_charge or tax.l10n_in_is_lut for tax in taxes)
        if not kinds or special:
            return name
        if "igst" not in kinds:
            return "sale_b2cs"
        return self._get_section_between_states()

    def _get_section_between_states(self):
        """B2CL and its credit notes above a value, else B2CS: as `l10n_in` has them."""
        move, limit = self.move_id, self._get_b2cl_limit()
        origin = move.debit_origin_id or move.reversed_entry_id
        if move.is_inbound() and not move.debit_origin_id:
            return "sale_b2cl" if move.amount_total > limit else "sale_b2cs"
        is_small = origin and origin.amount_total <= limit
        return "sale_b2cs" if is_small else "sale_cdnur_b2cl"

    def _get_b2cl_limit(self):
        """The value above which a consumer's invoice between states is listed by
        itself, by the day that `l10n_in` has for it."""
        day = self.invoice_date
        return _LIMIT_BEFORE if day and day < _LIMIT_SINCE else _LIMIT
