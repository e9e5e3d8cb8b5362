# SPDX-License-Identifier: LGPL-3.0-or-later
import dataclasses

from odoo import api, models

from odoo.addons.amazon_connector.models.order.personal import read_orders

from ..gst.postal_codes import find_state_code
from ..models.account_tax import GST_ROLES


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
            work.channel._has_gst() and place.country.code == "IN" and not place.state
        )

    @api.model
    def _find_states(self, works):
        """``{work: state}`` of those whose postal code tells it."""
        if not works:
            return {}
        bindings = self.env["amazon.order"].union(*(work.binding for work in works))
        codes = {
            work: find_state_code(personal.get("recipient", {}).get("postalCode"))
            for work, personal in _pair(works, read_orders(bindings))
        }
        states = self._get_states_by_code(set(codes.values()))
        return {work: states[code] for work, code in codes.items() if code in states}

    @api.model
    def _get_states_by_code(self, codes):
        states = self.env["res.country.state"].search(
            [("country_id.code", "=", "IN"), ("code", "in", list(codes - {None}))]
        )
        return {state.code: state for state in states}

    @api.model
    def _note_unknown_places(self, works):
        """Override of `amazon_connector`: a state and a postal code that contradict."""
        result = super()._note_unknown_places(works)
        self._note_rates(works)
        works = [
            work
            for work in works
            if work.channel._has_gst()
            and work.place.country.code == "IN"
            and work.place.state
        ]
        if not works:
            return result
        bindings = self.env["amazon.order"].union(*(work.binding for work in works))
        doubtful = {}
        for work, personal in _pair(works, read_orders(bindings)):
            code = find_state_code(personal.get("recipient", {}).get("postalCode"))
            if code and code != work.place.state.code:
                doubtful[work] = self.env._(
                    "The postal code of the delivery is not one of %s, the state that "
                    "Amazon names and GST follows. Check the place of supply.",
                    work.place.state.name,
                )
        sales = self.env["sale.order"].union(
            *(work.binding.sale_order_id for work in doubtful)
        )
        sales._message_log_batch(
            {work.binding.sale_order_id.id: note for work, note in doubtful.items()}
        )
        return result

    @api.model
    def _note_rates(self, works):
        """Tell under sales orders that no rate of GST gives Amazon's amounts."""
        roles = {role for role, _label in GST_ROLES}
        sales = self.env["sale.order"].union(
            *(
                work.binding.sale_order_id
                for work in works
                if work.channel._has_gst() and work.channel.gst_taxes == "real"
            )
        )
        lines = sales.order_line.filtered(
            lambda line: (
                line.price_tax and roles & set(line.tax_ids.mapped("amazon_role"))
            )
        )
        note = self.env._(
            "No rate of GST in force gives the tax that Amazon states, or the "
            "product's own tax is another one. Taxes of 0 % carry Amazon's amounts."
        )
        lines.order_id._message_log_batch({sale.id: note for sale in lines.order_id})


def _pair(works, personal):
    return [(work, personal[work.binding]) for work in works]
