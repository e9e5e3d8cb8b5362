# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ...models.order.amazon_place import Place, Spelling
from .buyers import prepare_buyers


class AmazonSyncOrders(models.AbstractModel):
    """Places: country and state of delivery, which taxes may depend on.

    Both come with the order's address or, without the role for addresses, from Amazon's
    order report. An unknown one leaves a note; the order waits only where its taxes
    would differ.
    """

    _inherit = "amazon.sync.orders"

    @api.model
    def _resolve_places(self, works):
        """Set ``place`` of each work.

        Without any address the marketplace's own country stands in.
        """
        nowhere = self.env["res.country.state"], self.env["amazon.place"]
        by_company = {}
        for work in works:
            by_company.setdefault(work.channel.company_id, []).append(work)
        for company, group in by_company.items():
            spellings = {work: _get_spelling(work.binding) for work in group}
            found = self.env["amazon.place"]._resolve(
                company,
                {spelling for spelling in spellings.values() if spelling.country},
                self._get_place_needs(company)[1],
            )
            for work, spelling in spellings.items():
                home = work.channel.marketplace_id.country_id
                work.place = found.get(spelling) or Place(home, *nowhere)
                work.binding.place_id = work.place.unknown

    @api.model
    def _hold_unplaced(self, company, works):
        """Part the orders whose taxes need a place that is not known.

        :return: ``(works, held entries)``
        """
        needs = self._get_place_needs(company)
        held = []
        for work in works:
            reason = self._explain_unplaced(work, *needs)
            if reason:
                held.append((work, reason))
        for work, differs in self._find_codeless(works).items():
            work.codeless = True
            if differs and self._needs_place(work):
                held.append((work, self._explain_codeless(work)))
        unplaced = {work for work, _reason in held}
        return [work for work in works if work not in unplaced], held

    @api.model
    def _get_place_needs(self, company):
        """Hook: what fiscal positions ask for.

        :return: ``(whether any asks for a country, the countries where states matter)``
        """
        positions = self.env["account.fiscal.position"].search(
            [("company_id", "=", company.id), ("auto_apply", "=", True)]
        )
        abroad = any(p.country_id or p.country_group_id for p in positions)
        return abroad, positions.state_ids.country_id

    @api.model
    def _needs_place(self, work):
        """Whether the order's taxes are Odoo's own and follow the place of delivery."""
        channel = work.channel
        return (
            not work.binding.ignore_place
            and not channel.fiscal_position_id
            and channel._get_tax_source(work.reading.tax_stated) == "odoo"
        )

    @api.model
    def _explain_unplaced(self, work, abroad, countries):
        """Why the taxes of this order cannot be told, or None."""
        place = work.place
        if not self._needs_place(work):
            return None
        if all(item.is_collected for item in work.order.items):
            return None
        if place.unknown and not place.country and abroad:
            return self.env._(
                "The country %s is not known to Odoo, and the taxes depend on it. Tell "
                "which one it is under Configuration > Places.",
                work.binding.ship_country,
            )
        if place.country not in countries or place.state:
            return None
        if place.unknown.typed:
            return self.env._(
                "Odoo does not know the state that the buyer typed, and the taxes "
                "depend on it. It is not shown here: look the order up in Seller "
                "Central, then tell under “Unknown Place” of this order which state "
                "it is."
            )
        if place.unknown:
            return self.env._(
                "Amazon's state “%(state)s” is not known in %(country)s, and the taxes "
                "depend on it. Tell which one it is under Configuration > Places.",
                state=place.unknown.name,
                country=place.country.name,
            )
        named = work.binding.ship_state or work.binding.ship_state_digests
        if work.binding.ship_country and not named:
            return self.env._("Amazon names no state, and the taxes depend on it.")
        if work.binding.ship_country:
            return None
        return self.env._(
            "Amazon has not told the state of delivery yet, and the taxes depend on "
            "it. Its order report will tell."
        )

    @api.model
    def _follow_places(self, works):
        """Give anonymous orders the contact of a place that was told later."""
        works = [work for work in works if self._may_move(work)]
        if not works:
            return
        self._resolve_places(works)
        buyers = prepare_buyers(self.env, works)
        works = [work for work in works if buyers[work].is_anonymous]
        contacts = self.env["amazon.customer"]._find_or_create(
            [buyers[work] for work in works]
        )
        for work, (partner, _delivery) in zip(works, contacts, strict=True):
            if work.binding.sale_order_id.partner_id != partner:
                self._change_contact(work.binding.sale_order_id, partner)

    @api.model
    def _may_move(self, work):
        """Whether an order's contact stands for nobody and may still change."""
        sale = work.binding.sale_order_id
        return (
            work.binding.ship_country
            and sale.state in ("draft", "sent", "sale")
            and sale.partner_id.amazon_customer_ids.anonymous_key
            and not sale.invoice_ids
        )

    @api.model
    def _change_contact(self, sale, partner):
        """Write another contact without what Odoo would derive from it anew."""
        former = sale.partner_id
        kept = ("fiscal_position_id", "payment_term_id", "team_id", "user_id")
        vals = {name: sale[name].id for name in kept}
        for name in ("partner_id", "partner_invoice_id", "partner_shipping_id"):
            if sale[name] == former:
                vals[name] = partner.id
        sale.with_context(update_delivery_shipping_partner=True).write(vals)

    @api.model
    def _note_unknown_places(self, works):
        """Tell under each sales order that the contact lacks its state or country."""
        unknown = [work for work in works if work.place.unknown]
        if not unknown:
            return
        sales = self.env["sale.order"].union(
            *(work.binding.sale_order_id for work in unknown)
        )
        sales._message_log_batch(
            {
                work.binding.sale_order_id.id: self._describe_unknown(work)
                for work in unknown
            }
        )

    @api.model
    def _describe_unknown(self, work):
        if work.place.unknown.typed:
            return self.env._(
                "Odoo does not know the state of delivery that the buyer typed; the "
                "contact is without it. See Amazon > Configuration > Places."
            )
        return self.env._(
            "The place “%s” of the delivery is not known to Odoo; the contact is "
            "without it. See Amazon > Configuration > Places.",
            work.place.unknown.name,
        )


def _get_spelling(binding):
    digests = tuple((binding.ship_state_digests or "").split())
    return Spelling(binding.ship_country or "", binding.ship_state or None, digests)
