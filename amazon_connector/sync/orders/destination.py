# SPDX-License-Identifier: LGPL-3.0-or-later
import unicodedata

from odoo import api, models

from ...models.order.amazon_place import Place, Spelling
from ...models.order.personal import read_orders
from ...tools.tax_numbers import read_tax_number
from .buyers import prepare_buyers


class AmazonOrderDestination(models.AbstractModel):
    """Where an order goes: the place, and the fiscal position that follows from it.

    Both come with the order's address or, without the role for addresses, from Amazon's
    order report. An unknown one leaves a note; the order waits only where its taxes
    would differ.
    """

    _name = "amazon.order.destination"
    _description = "Amazon Order: Places"

    @api.model
    def _decide_positions(self, works):
        """The fiscal positions of a batch where postal code or tax number decides.

        Without either, what was decided for the sales order stays: the buyer's data may
        have been deleted since.

        :return: ``{amazon.order: account.fiscal.position}``; those that are not in it
            are decided by country and state alone
        """
        works = [
            work
            for work in works
            if work.delivery and not work.channel.fiscal_position_id.active
        ]
        if not works or not self._get_detailed_positions():
            return {}
        bindings = self.env["amazon.order"].union(*(work.binding for work in works))
        personal = read_orders(bindings)
        decided = {}
        for work in works:
            sale = work.binding.sale_order_id
            told = _read_details(personal[work.binding], work.delivery.country_id)
            if told:
                decided[work.binding] = self._find_position(work, told)
            elif sale and sale.partner_shipping_id == work.delivery:
                decided[work.binding] = sale.fiscal_position_id
        return decided

    @api.model
    def _get_detailed_positions(self):
        """Those of the company that ask for a postal code or a tax number."""
        Position = self.env["account.fiscal.position"]
        return Position.search(
            [
                *Position._check_company_domain(self.env.company),
                ("auto_apply", "=", True),
                "|",
                ("zip_from", "!=", False),
                ("vat_required", "=", True),
            ]
        )

    @api.model
    def _find_position(self, work, told):
        """Hook: Odoo's fiscal position of an order, by what its address tells.

        :param told: values of contacts, ``zip`` and ``vat`` among them
        """
        Position = self.env["account.fiscal.position"]
        buyer = _stand_in(work.partner, told)
        delivery = _stand_in(work.delivery, told)
        try:
            return Position._get_fiscal_position(buyer, delivery)
        finally:
            (buyer | delivery).invalidate_recordset(flush=False)

    @api.model
    def _write_positions(self, works, data):
        """Have sales orders name the fiscal position that their lines follow."""
        by_position = {}
        for work in works:
            sale = work.binding.sale_order_id
            if work.binding not in data.decided and not work.moved:
                continue
            position = self.env["amazon.order.mapper"]._get_fiscal_position(work, data)
            if sale.fiscal_position_id != position:
                by_position.setdefault(position, []).append(sale)
        for position, sales in by_position.items():
            self.env["sale.order"].union(*sales).write(
                {"fiscal_position_id": position.id}
            )

    @api.model
    def _find_moved(self, company, works):
        """Those of orders with another address whose taxes are other ones there."""
        works = [
            work
            for work in works
            if work.channel._get_tax_source(work.reading.tax_stated) == "odoo"
        ]
        if not works:
            return []
        for work in works:
            sale = work.binding.sale_order_id
            work.partner, work.delivery = sale.partner_id, sale.partner_shipping_id
        data = self.env["amazon.order.mapper"]._prepare_batch_data(company, works)
        for work in works:
            position = self.env["amazon.order.mapper"]._get_fiscal_position(work, data)
            work.moved = position != work.binding.sale_order_id.fiscal_position_id
        return [work for work in works if work.moved]

    @api.model
    def _find_codeless(self, works):
        """The orders whose fiscal position a postal code could change that is unknown.

        :return: ``{work: whether the taxes of its company's goods would differ}``
        """
        positions = self._get_detailed_positions().filtered("zip_from")
        works = [work for work in works if not work.channel.fiscal_position_id.active]
        if not positions or not works:
            return {}
        bindings = self.env["amazon.order"].union(*(work.binding for work in works))
        personal = read_orders(bindings)
        found, places = {}, {}
        for work in works:
            told = _read_details(personal[work.binding], work.place.country)
            if told.get("zip"):
                continue
            place = (work.place.country, work.place.state)
            if place not in places:
                places[place] = self._judge_place(positions, *place)
            if places[place] is not None:
                found[work] = places[place]
        return found

    @api.model
    def _judge_place(self, positions, country, state):
        """What a postal code could change about orders to a place.

        :return: None if nothing; else whether other taxes would result
        """
        taxes = self.env["account.tax"].search(
            [
                *self.env["account.tax"]._check_company_domain(self.env.company),
                ("type_tax_use", "=", "sale"),
            ]
        )
        place = {"country_id": country.id, "state_id": state.id}
        usual = self._ask_position(place)
        others = [
            self._ask_position({**place, "zip": position.zip_from})
            for position in positions
        ]
        others = [position for position in others if position != usual]
        if not others:
            return None
        return any(
            position.map_tax(taxes) != usual.map_tax(taxes) for position in others
        )

    @api.model
    def _ask_position(self, values):
        """Odoo's fiscal position of some contact with these values."""
        contact = self.env["res.partner"].new(values)
        return self.env["account.fiscal.position"]._get_fiscal_position(contact)

    @api.model
    def _explain_codeless(self, work):
        """Why the taxes of an order cannot be told without its postal code."""
        return self.env._(
            "A fiscal position for %(country)s depends on the postal code, and Amazon "
            "does not provide it: the application does not have the role "
            "Direct-to-Consumer Shipping, or the buyer's data is already deleted. "
            "Choose a fiscal position on the channel, or press Continue Without a "
            "State.",
            country=work.place.country.name,
        )

    @api.model
    def _note_codeless(self, works):
        """Tell under sales orders that their fiscal position is a guess."""
        codeless = [work for work in works if work.codeless]
        if not codeless:
            return
        sales = self.env["sale.order"].union(
            *(work.binding.sale_order_id for work in codeless)
        )
        sales._message_log_batch(
            {
                work.binding.sale_order_id.id: self.env._(
                    "Amazon does not provide the postal code of the delivery, and a "
                    "fiscal position for %(country)s depends on it. Check the fiscal "
                    "position of this order.",
                    country=work.place.country.name,
                )
                for work in codeless
            }
        )

    # ------------------------------------------------------------------
    # Places
    # ------------------------------------------------------------------

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
        Position = self.env["account.fiscal.position"]
        # Those of the parents serve a branch, too.
        positions = Position.search(
            [*Position._check_company_domain(company), ("auto_apply", "=", True)]
        )
        abroad = any(p.country_id or p.country_group_id for p in positions)
        return abroad, positions.state_ids.country_id

    @api.model
    def _needs_place(self, work):
        """Whether the order's taxes are Odoo's own and follow the place of delivery."""
        channel = work.channel
        return (
            not work.binding.ignore_place
            and not channel.fiscal_position_id.active
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
                "The country %s is not known to Odoo, and the taxes depend on it. "
                "Choose the country under Configuration > Technical > Places.",
                work.binding.ship_country,
            )
        if place.country not in countries or place.state:
            return None
        if place.unknown.typed:
            return self.env._(
                "Odoo does not know the state that the buyer typed, and the taxes "
                "depend on it. It is not shown here: look the order up in Seller "
                "Central, then choose the state under “Unknown Place” on this order."
            )
        if place.unknown:
            return self.env._(
                "Amazon's state “%(state)s” is not known in %(country)s, and the "
                "taxes depend on it. Choose the state under Configuration > Technical "
                "> Places.",
                state=place.unknown.name,
                country=place.country.name,
            )
        named = work.binding.ship_state or work.binding.ship_state_digests
        if work.binding.ship_country and not named:
            return self.env._("Amazon provides no state, and the taxes depend on it.")
        if work.binding.ship_country:
            return None
        return self.env._(
            "Amazon has not provided the state of delivery yet, and the taxes depend "
            "on it. The next order report will contain it."
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
                "Odoo does not know the state of delivery that the buyer typed, so it "
                "is not set on the contact. See Amazon > Configuration > Technical > "
                "Places."
            )
        return self.env._(
            "The delivery place “%s” is not known to Odoo, so it is not set on the "
            "contact. See Amazon > Configuration > Technical > Places.",
            work.place.unknown.name,
        )


def _read_details(personal, country):
    """What fiscal positions may ask for beside the place, from an order's data.

    :return: values of a contact; empty when nothing is known
    """
    told = {}
    code = personal.get("recipient", {}).get("postalCode")
    if code and str(code).strip():
        told["zip"] = unicodedata.normalize("NFKC", str(code)).strip().upper()
    for registration in personal.get("tax") or ():
        if registration.get("entityType") == "BUYER" and "vat" not in told:
            number = read_tax_number(
                registration.get("taxRegistrationNumber"),
                registration.get("taxRegistrationType"),
                (registration.get("taxRegistrationAddress") or {}).get("countryCode")
                or country.code,
            )
            told.update({"vat": number, "vies_valid": True} if number else {})
    return told


def _stand_in(contact, told):
    """The contact with what it does not carry, in memory.

    Amazon has checked the tax number; Odoo's own question to the tax authorities would
    send it on and log it.
    """
    values = {name: value for name, value in told.items() if name in contact._fields}
    return contact.new(values, origin=contact)


def _get_spelling(binding):
    digests = tuple((binding.ship_state_digests or "").split())
    return Spelling(binding.ship_country or "", binding.ship_state or None, digests)
