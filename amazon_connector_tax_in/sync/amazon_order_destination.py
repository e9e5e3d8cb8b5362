# SPDX-License-Identifier: LGPL-3.0-or-later
import dataclasses

from odoo import api, models

from odoo.addons.amazon_connector.models.order.personal import read_orders

from ..gst.buyers import INDIA
from ..gst.postal_codes import find_state_code


class AmazonOrderDestination(models.AbstractModel):
    _inherit = "amazon.order.destination"

    @api.model
    def _get_place_needs(self, company):
        """Override of `amazon_connector`: GST asks for India's states."""
        abroad, countries = super()._get_place_needs(company)
        if company._pays_gst():
            countries |= self.env.ref("base.in")
        return abroad, countries

    @api.model
    def _needs_place(self, work):
        """Override of `amazon_connector`: GST follows the place of supply (S80), also
        where Amazon states the amounts."""
        if work.channel._has_gst() and not work.binding.ignore_place:
            return True
        return super()._needs_place(work)

    @api.model
    def _explain_unplaced(self, work, abroad, countries):
        """Override of `amazon_connector`: what the company itself lacks comes first."""
        if self._needs_place(work) and work.channel._has_gst():
            company = work.channel.company_id
            if not company._has_gst_chart():
                return self.env._(
                    "%s has no Indian chart of accounts, and GST needs its taxes. "
                    "Install it under Settings > Invoicing > Fiscal Localization, "
                    "then try again.",
                    company.name,
                )
            if not company.state_id:
                return self.env._(
                    "%s has no state in its address, and GST depends on it. Enter it "
                    "under Settings > Companies, then try again.",
                    company.name,
                )
        return super()._explain_unplaced(work, abroad, countries)

    @api.model
    def _resolve_places(self, works):
        """Override of `amazon_connector`: a state that is missing or unknown is the one
        of the postal code, where that is certain."""
        result = super()._resolve_places(works)
        works = [work for work in works if self._lacks_state(work)]
        for work, state in self._find_states(works).items():
            unknown = self.env["amazon.place"]
            work.place = dataclasses.replace(work.place, state=state, unknown=unknown)
            work.binding.place_id = False
        return result

    @api.model
    def _lacks_state(self, work):
        place = work.place
        return (
            work.channel._has_gst() and place.country.code == INDIA and not place.state
        )

    @api.model
    def _find_states(self, works):
        """``{work: state}`` of those whose postal code tells it."""
        codes = self._find_codes(works)
        states = self._get_states_by_code(set(codes.values()))
        return {work: states[code] for work, code in codes.items() if code in states}

    @api.model
    def _get_states_by_code(self, codes):
        states = self.env["res.country.state"].search(
            [("country_id.code", "=", INDIA), ("code", "in", list(codes - {None}))]
        )
        return {state.code: state for state in states}

    @api.model
    def _note_unknown_places(self, works):
        """Override of `amazon_connector`: what GST has doubts about."""
        result = super()._note_unknown_places(works)
        works = [work for work in works if work.channel._has_gst()]
        if works:
            self._note_rates(works)
            self._note_numbers(works)
            self._note_contradictions(works)
        return result

    @api.model
    def _note_numbers(self, works):
        """Tell of tax numbers that are no GSTIN; without the number itself."""
        note = self.env._(
            "Amazon states a tax number of the buyer that is not a valid GSTIN: its "
            "format or its check digit is wrong. The buyer is treated as a consumer. "
            "If you learn the correct GSTIN, enter it on the contact as Tax ID, with "
            "the GST treatment."
        )
        self._log_notes(
            {
                work: note
                for work in works
                if not work.partner.vat
                and "doubtful" in work.partner.amazon_customer_ids.mapped("tax_check")
            }
        )

    @api.model
    def _note_contradictions(self, works):
        """Tell of a state and a postal code that contradict."""
        placed = [
            work
            for work in works
            if work.place.country.code == INDIA and work.place.state
        ]
        codes = self._find_codes(placed)
        self._log_notes(
            {
                work: self.env._(
                    "The postal code of the delivery is not in %s, the state that "
                    "Amazon states and that decides the GST. Check the place of "
                    "supply.",
                    work.place.state.name,
                )
                for work in placed
                if codes[work] and codes[work] != work.place.state.code
            }
        )

    @api.model
    def _find_codes(self, works):
        """``{work: code}`` of the state that its postal code tells, or None."""
        if not works:
            return {}
        bindings = self.env["amazon.order"].union(*(work.binding for work in works))
        personal = read_orders(bindings)
        return {
            work: find_state_code(
                personal[work.binding].get("recipient", {}).get("postalCode")
            )
            for work in works
        }

    @api.model
    def _log_notes(self, notes):
        """Write ``{work: note}`` under the sales orders."""
        sales = self.env["sale.order"].union(
            *(work.binding.sale_order_id for work in notes)
        )
        sales._message_log_batch(
            {work.binding.sale_order_id.id: note for work, note in notes.items()}
        )

    @api.model
    def _note_rates(self, works):
        """Tell that no rate of GST gives Amazon's amounts."""
        note = self.env._(
            "No current GST rate gives the tax that Amazon states, or the product has "
            "a different tax. Taxes of 0 % carry Amazon's amounts."
        )
        self._log_notes(
            {
                work: note
                for work in works
                if work.channel.gst_taxes == "real"
                and work.binding.sale_order_id._get_stated_gst_lines()
            }
        )
