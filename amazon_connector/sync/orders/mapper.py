# SPDX-License-Identifier: LGPL-3.0-or-later
"""From Amazon's order to the values of a sales order."""

import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.tools import float_round

from ...models.order.amazon_place import Place
from ...sp_api.proceeds import (
    AT_ZERO,
    OrderReading,
    UnreadableProceeds,
    UnstatedProceeds,
    read_order,
)
from ...sp_api.schema import Order
from ...tools.error_words import tell


@dataclass(eq=False)
class Work:
    """One Amazon order on its way into Odoo.

    ``binding`` is the ``amazon.order``; ``order`` and ``reading`` are what Amazon says;
    the rest is resolved for the whole batch at once. ``codeless``: its taxes may depend
    on a postal code that is not known; ``moved``: it goes where other taxes are due.
    """

    binding: models.BaseModel
    order: Order
    reading: OrderReading = None
    partner: models.BaseModel = None
    delivery: models.BaseModel = None
    place: Place = None
    codeless: bool = False
    moved: bool = False
    lines: dict = field(default_factory=dict)

    @property
    def channel(self):
        return self.binding.channel_id


@dataclass
class BatchData:
    """What the orders of a batch of one company share, read once."""

    pricelists: dict
    warehouses: dict
    taxes: dict
    charge_products: dict
    fiscal_positions: dict
    decided: dict
    settings: dict
    price_digits: int
    has_analytic_models: bool
    units: dict = field(default_factory=dict)


class AmazonOrderMapper(models.AbstractModel):
    """From Amazon's order to the values of a sales order: hooks that write nothing.

    A batch is read once (:meth:`_prepare_batch_data`), each order is a :class:`Work`.
    """

    _name = "amazon.order.mapper"
    _description = "Amazon Order: Values"

    @api.model
    def _prepare_batch_data(self, company, works):
        """Read what the orders of one company need, in a few queries."""
        Distribution = self.env["account.analytic.distribution.model"]
        channels = self.env["amazon.channel"].union(*(work.channel for work in works))
        # An archived one serves as well: no order can do without.
        products = (
            self.env["product.product"]
            .with_context(active_test=False)
            .search([("amazon_charge", "!=", False)])
        )
        return BatchData(
            pricelists=channels._get_pricelists(),
            warehouses={channel: channel._get_warehouse() for channel in channels},
            taxes=company._get_amazon_taxes(),
            charge_products={product.amazon_charge: product for product in products},
            fiscal_positions={},
            decided=self.env["amazon.order.destination"]._decide_positions(works),
            settings=channels._get_order_settings(),
            price_digits=self.env["decimal.precision"].precision_get("Product Price"),
            has_analytic_models=bool(Distribution.search_count([], limit=1)),
        )

    @api.model
    def _prepare_sale_order(self, work, data):
        """Hook: values of the sales order of one Amazon order."""
        order, channel = work.order, work.channel
        settings, shipping = (
            data.settings[channel],
            self.env["amazon.order.deliverer"]._get_shipping(work),
        )
        carrier = shipping == "odoo" and settings.get_carrier(order.service_level)
        vals = {
            "partner_id": work.partner.id,
            "partner_invoice_id": self._get_invoice_partner(work).id,
            "partner_shipping_id": work.delivery.id,
            "company_id": channel.company_id.id,
            "pricelist_id": data.pricelists[channel].id,
            "warehouse_id": data.warehouses[channel].id,
            "team_id": settings.team.id,
            "user_id": settings.user.id,
            "carrier_id": carrier and carrier.id,
            # Odoo numbers no order without a date.
            "date_order": work.binding.purchase_time
            or work.binding.last_updated_time
            or fields.Datetime.now(),
            "commitment_date": work.binding.ship_by,
            "origin": order.order_id,
            "client_order_ref": order.buyer_purchase_order_number or order.order_id,
            "fiscal_position_id": self._get_fiscal_position(work, data).id,
            "payment_term_id": settings.payment_term.id,
            "require_signature": False,
            "require_payment": False,
            "validity_date": False,
            "note": False,
            "amazon_order_id": work.binding.id,
            "amazon_order_ref": order.order_id,
            "amazon_channel_id": channel.id,
            "amazon_shipping": shipping,
            "amazon_frozen": any(not line.product_id for line in work.lines.values()),
            "order_line": [
                Command.create(vals) for vals in self._prepare_sale_lines(work, data)
            ],
        }
        if name := self._prepare_name(work):
            vals["name"] = name
        # Addons of Odoo that may be there fill this from searches of their own.
        if "quotation_document_ids" in self.env["sale.order"]._fields:
            vals["quotation_document_ids"] = []
        return vals

    @api.model
    def _get_invoice_partner(self, work):
        """Hook: who gets the invoice: the buyer, or Amazon where Amazon resells.

        A buyer who has this order sent to another country than the first one gets it
        under the address of this order: no other one is known to be his.
        """
        if "INVOICE_BY_AMAZON" in work.order.programs:
            if amazon := work.channel.resale_partner_id:
                return amazon
        abroad = work.delivery.country_id != work.partner.country_id
        return work.delivery if abroad else work.partner

    @api.model
    def _prepare_name(self, work):
        """Hook: the order's name, or None for Odoo's own number."""
        channel = work.channel
        if channel.order_name_policy == "odoo":
            return None
        prefix = channel.order_name_policy == "prefix" and channel.order_name_prefix
        return f"{prefix or ''}{work.order.order_id}"

    @api.model
    def _get_fiscal_position(self, work, data):
        """The channel's fiscal position, else that of the place of delivery.

        It is searched once per place, and per order where more than the place counts
        (:meth:`_decide_positions`).
        """
        if chosen := data.settings[work.channel].fiscal_position:
            return chosen
        if work.binding in data.decided:
            return data.decided[work.binding]
        place = (work.delivery.country_id, work.delivery.state_id)
        if place not in data.fiscal_positions:
            data.fiscal_positions[place] = self.env[
                "account.fiscal.position"
            ]._get_fiscal_position(work.partner, work.delivery)
        return data.fiscal_positions[place]

    @api.model
    def _prepare_sale_lines(self, work, data):
        """Values of all lines: one per item and charge, and the tip."""
        source = work.channel._get_tax_source(work.reading.tax_stated)
        items = {item.order_item_id: item for item in work.order.items}
        vals_list = []
        for reading in work.reading.items:
            item = items[reading.order_item_id]
            for charge in reading.charges:
                vals = self._prepare_sale_line(work, data, item, charge, source)
                if vals:
                    vals_list.append(vals)
        if work.reading.tip:
            vals_list.append(self._prepare_tip_line(work, data, work.reading.tip))
        return vals_list

    @api.model
    def _prepare_sale_line(self, work, data, item, charge, source):
        """Hook: values of the line of one charge, or None when it says nothing."""
        line = work.lines[item.order_item_id]
        kind, quantity = charge.kind, 1
        if kind == "item":
            quantity = line.quantity_to_deliver
            if not quantity and not charge.gross:
                return None
            if not quantity:
                # Money without goods: nothing to deliver, yet it is invoiced.
                kind, quantity = "other", 1
        product = data.charge_products[kind]
        unit = product.uom_id
        if kind == "item" and line.product_id:
            product = line.product_id
            unit = self._get_unit(data, line.listing_id)
        taxes, net, tax_amounts = self._split_charge(work, data, item, charge, source)
        vals = {
            "product_id": product.id,
            "name": self._prepare_line_name(product, item, charge),
            "product_uom_id": unit.id,
            "amazon_order_line_id": line.id,
            "amazon_charge": kind,
            **self._prepare_amounts(data, work, quantity, taxes, net, tax_amounts),
        }
        route = data.settings[work.channel].route
        if route and charge.kind == "item":
            vals["route_ids"] = [Command.set(route.ids)]
        return vals

    @api.model
    def _get_unit(self, data, listing):
        """The unit of measure of one unit on Amazon: the product's, or a pack of it."""
        key = (listing.product_id.uom_id, listing.stock_pack_size)
        if key not in data.units:
            data.units[key] = listing._find_or_create_pack_unit()
        return data.units[key]

    @api.model
    def _prepare_tip_line(self, work, data, tip):
        """Hook: values of a line of the buyer's tip for delivery.

        :param tip: Decimal; negative takes back what was invoiced
        """
        product = data.charge_products["tip"]
        tax = data.taxes["stated"]
        return {
            "product_id": product.id,
            "name": product.name,
            "product_uom_id": product.uom_id.id,
            "amazon_charge": "tip",
            **self._prepare_amounts(data, work, 1, tax, tip, {tax: Decimal(0)}),
        }

    @api.model
    def _prepare_line_name(self, product, item, charge):
        if charge.kind == "item":
            return item.title or product.display_name
        return product.name

    @api.model
    def _prepare_amounts(self, data, work, quantity, taxes, net, tax_amounts):
        """Quantity, price and taxes of a line, with Amazon's amounts pinned.

        ``extra_tax_data`` makes Odoo repeat the amounts on order, invoice and credit
        note; it is ignored on a line without taxes. ``technical_price_unit`` 0 tells
        Odoo that the price is not the pricelist's and must not be recomputed.

        :param net: untaxed amount, Decimal
        :param tax_amounts: ``{tax: Decimal}`` for each single tax of ``taxes``
        """
        included = bool(taxes) and all(tax.price_include for tax in tax_amounts)
        amount = net + sum(tax_amounts.values()) if included else net
        price = float_round(
            float(amount) / (quantity or 1), precision_digits=data.price_digits
        )
        vals = {
            "product_uom_qty": quantity,
            "price_unit": price,
            "technical_price_unit": 0.0,
            "discount": 0.0,
            "tax_ids": [Command.set(taxes.ids)],
            "extra_tax_data": {
                "currency_id": data.pricelists[work.channel].currency_id.id,
                "price_unit": price,
                "discount": 0.0,
                "quantity": quantity,
                "manual_total_excluded_currency": float(net),
                "manual_tax_amounts": {
                    str(tax.id): {
                        "tax_amount_currency": float(amount),
                        "base_amount_currency": float(net),
                    }
                    for tax, amount in tax_amounts.items()
                },
            },
        }
        if analytic := data.settings[work.channel].analytic:
            vals["analytic_distribution"] = analytic
        elif not data.has_analytic_models:
            vals["analytic_distribution"] = False
        return vals

    @api.model
    def _split_charge(self, work, data, item, charge, source):
        """Hook: the taxes of a charge and its amounts.

        :param source: ``amazon``, ``odoo`` or ``none``
        :return: ``(taxes, net, {single tax: amount})``
        """
        if source == "odoo" and not item.is_collected:
            taxes = self._get_own_taxes(work, data, item)
            if taxes:
                net, amounts = self._compute_own_taxes(work, data, taxes, charge.gross)
                return taxes, net, amounts
        tax = data.taxes["facilitator" if item.is_collected else "stated"]
        if source == "amazon" or (item.is_collected and source != "none"):
            return tax, charge.net, {tax: charge.tax}
        return tax, charge.gross, {tax: Decimal(0)}

    @api.model
    def _get_own_taxes(self, work, data, item):
        """The product's taxes under the order's fiscal position.

        Shipping and other charges of an item are taxed like the item itself.
        """
        company = work.channel.company_id
        product = work.lines[item.order_item_id].product_id
        taxes = (
            product.taxes_id._filter_taxes_by_company(company)
            if product
            else company.account_sale_tax_id
        )
        return self._get_fiscal_position(work, data).map_tax(taxes)

    @api.model
    def _compute_own_taxes(self, work, data, taxes, gross):
        """Split a price that includes ``taxes``.

        :return: ``(net, {single tax: amount})``, adding up to ``gross`` exactly
        """
        currency = data.pricelists[work.channel].currency_id
        computed = taxes.with_context(force_price_include=True).compute_all(
            float(gross),
            currency=currency,
            quantity=1.0,
            rounding_method="round_per_line",
        )
        Tax = self.env["account.tax"]
        amounts = {}
        for part in computed["taxes"]:
            tax = Tax.browse(part["id"])
            amount = Decimal(str(currency.round(part["amount"])))
            amounts[tax] = amounts.get(tax, Decimal(0)) + amount
        return gross - sum(amounts.values()), amounts

    @api.model
    def _read_moneys(self, entries):
        """Read the amounts of new orders.

        :return: ``(works, held entries)``
        """
        works, held = [], []
        for work, _reason in entries:
            reason = self._read_money(work) or self._check_currency(work)
            if reason:
                held.append((work, reason))
            else:
                works.append(work)
        return works, held

    @api.model
    def _read_money(self, work):
        """Read what an order costs; returns why it cannot be read, or None.

        What Amazon leaves out is taken as a user says; a replacement is for nothing.
        """
        binding, currency = work.binding, work.channel.currency_id
        assume = binding.assumed_amounts or (work.order.is_replacement and AT_ZERO)
        problem = None
        try:
            work.reading = read_order(
                work.order,
                prices_include_tax=work.channel._prices_include_tax(),
                digits=currency.decimal_places,
                assume=assume or None,
                currency=currency.name,
            )
        except UnreadableProceeds as error:
            problem = error
        lacks_amounts = isinstance(problem, UnstatedProceeds)
        if binding.lacks_amounts != lacks_amounts:
            binding.lacks_amounts = lacks_amounts
        if not problem:
            return None
        binding.difference = problem.difference or 0.0
        return tell(self.env, problem)

    @api.model
    def _check_currency(self, work):
        """Why the order's currency cannot be used, or None."""
        expected = work.channel.currency_id
        if work.reading.currency != expected.name:
            return self.env._(
                "Amazon states amounts in %(currency)s, but the marketplace sells in "
                "%(expected)s.",
                currency=work.reading.currency,
                expected=expected.name,
            )
        if not expected.active:
            return self.env._(
                "The currency %s is archived. Activate it under Accounting > "
                "Configuration > Currencies, then try again.",
                expected.name,
            )
        return None

    @api.model
    def _digest(self, work):
        """Fingerprint of what a sales order repeats of Amazon's items and charges."""
        quantities = {
            line.order_item_id: (line.seller_sku, line.quantity_to_deliver)
            for line in work.binding.line_ids
        }
        contents = [
            (
                item.order_item_id,
                quantities.get(item.order_item_id),
                [(c.kind, str(c.net), str(c.tax)) for c in item.charges],
            )
            for item in work.reading.items
        ]
        text = json.dumps([contents, work.reading.currency])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def is_cod(order):
    """Whether the buyer pays on delivery."""
    return order.is_paid_on_delivery
