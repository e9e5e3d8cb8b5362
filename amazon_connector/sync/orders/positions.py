# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fiscal positions that ask for more than country and state.

Contacts are masked: they carry neither postal code nor tax number. Odoo's own rules
are asked about a stand-in of the contact that has both, from the encrypted data of the
order; it exists in memory, for the moment of the question, and is written nowhere.
"""

import unicodedata

from odoo import api, models

from ...models.order.personal import read_orders
from ...tools.tax_numbers import read_tax_number


class AmazonSyncOrders(models.AbstractModel):
    """Positions: what the encrypted address decides about an order's taxes."""

    _inherit = "amazon.sync.orders"

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
            position = self._get_fiscal_position(work, data)
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
        data = self._prepare_batch_data(company, works)
        for work in works:
            position = self._get_fiscal_position(work, data)
            work.moved = position != work.binding.sale_order_id.fiscal_position_id
        return [work for work in works if work.moved]

    # ------------------------------------------------------------------
    # A postal code that nobody told
    # ------------------------------------------------------------------

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
            "does not tell it: the application lacks the role Direct-to-Consumer "
            "Shipping, or the buyer's data is deleted already. Choose a fiscal "
            "position on the channel, or let the order go on without a known place.",
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
                    "Amazon does not tell the postal code of the delivery, and a "
                    "fiscal position for %(country)s depends on it. Check the "
                    "fiscal position of this order.",
                    country=work.place.country.name,
                )
                for work in codeless
            }
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
