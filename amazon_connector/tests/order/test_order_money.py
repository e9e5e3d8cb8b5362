# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command
from odoo.tests import Form, tagged

from ..common import AMERICA, CANADA, AmazonCase, item_json, order_json


@tagged("post_install", "-at_install")
class TestOrderMoney(AmazonCase):
    """Rule 2: Amazon's money is a fact."""

    def _tax(self, amount, **vals):
        return self.env["account.tax"].create(
            {
                "name": f"Test {amount} %",
                "amount": amount,
                "type_tax_use": "sale",
                "company_id": self.company.id,
                "price_include_override": "tax_excluded",
                **vals,
            }
        )

    def test_stated_tax_is_repeated_exactly(self):
        """S70, S71: Total, untaxed and tax equal Amazon's, whatever percentage."""
        item = item_json(quantity=3, price="99.99", tax="15.26")
        sale = self.receive(order_json(items=[item])).sale_order_id
        self.assertEqual(
            (sale.amount_untaxed, sale.amount_tax, sale.amount_total),
            (84.73, 15.26, 99.99),
        )

    def test_amounts_that_no_unit_price_gives(self):
        """3 pieces for 100.00: 3 x 33.33 would be a paisa short."""
        sale = self.receive(
            order_json(items=[item_json(quantity=3, price="100.00")])
        ).sale_order_id
        self.assertEqual(sale.amount_total, 100.0)
        self.assertEqual(sale.order_line.price_unit, 33.33)

    def test_pin_survives_invoice_and_credit_note(self):
        item = item_json(quantity=3, price="100.00", tax="15.25", SHIPPING="40.00")
        sale = self.receive(order_json(items=[item])).sale_order_id
        sale.picking_ids.with_context(skip_sms=True).button_validate()
        invoice = sale._create_invoices()
        invoice.action_post()
        self.assertEqual(
            (invoice.amount_tax, invoice.amount_total),
            (sale.amount_tax, sale.amount_total),
        )
        self.assertEqual(invoice.amount_total, 140.0)
        refund = invoice._reverse_moves()
        refund.action_post()
        self.assertEqual(
            (refund.amount_tax, refund.amount_total),
            (invoice.amount_tax, invoice.amount_total),
        )

    def test_own_taxes_where_amazon_states_none(self):
        """Outside the tax service Amazon shows 0.00 inside inclusive prices."""
        self.product.taxes_id = self._tax(18)
        item = item_json(price="118.00", tax="0.00", SHIPPING="59.00")
        sale = self.receive(order_json(items=[item])).sale_order_id
        self.assertEqual(
            (sale.amount_untaxed, sale.amount_tax, sale.amount_total),
            (150.0, 27.0, 177.0),
        )
        self.assertEqual(sale.order_line.tax_ids, self.product.taxes_id)

    def test_own_taxes_keep_amazons_total_to_the_paisa(self):
        self.product.taxes_id = self._tax(18) | self._tax(1)
        sale = self.receive(
            order_json(items=[item_json(quantity=7, price="99.99")])
        ).sale_order_id
        self.assertEqual(sale.amount_total, 99.99)
        self.assertGreater(sale.amount_tax, 15)

    def test_own_price_included_taxes(self):
        self.product.taxes_id = self._tax(18, price_include_override="tax_included")
        sale = self.receive(
            order_json(items=[item_json(quantity=3, price="100.00")])
        ).sale_order_id
        self.assertEqual(sale.amount_total, 100.0)
        self.assertEqual(sale.amount_tax, 15.25)

    def test_name_of_a_tax_is_taken(self):
        """By a tax that somebody made before, or by another branch's."""
        Tax = self.env["account.tax"]
        Tax.search([("amazon_role", "!=", False)]).unlink()
        Tax.create({"name": "Amazon tax", "amount": 5, "type_tax_use": "sale"})
        taxes = self.company._get_amazon_taxes()
        self.assertEqual(taxes["stated"].name, "Amazon tax 2")
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        theirs = branch._get_amazon_taxes()
        self.assertFalse(set(taxes.values()) & set(theirs.values()))
        self.assertEqual(self.company._get_amazon_taxes(), taxes)

    def test_a_zero_is_real_once_tax_was_stated(self):
        self.product.taxes_id = self._tax(18)
        self.receive(order_json(1, items=[item_json(price="118.00", tax="18.00")]))
        self.assertTrue(self.channel.states_tax)
        later = self.receive(order_json(2, items=[item_json(price="118.00")]))
        self.assertEqual(later.sale_order_id.amount_tax, 0.0)

    def test_import_schemes_are_taxed_by_amazon(self):
        """IOSS, UOSS: no own tax where Amazon remits it."""
        self.product.taxes_id = self._tax(18)
        item = item_json(price="118.00")
        item["tax"] = {"taxCalculationBreakdowns": [{"reportingScheme": "IOSS"}]}
        sale = self.receive(order_json(items=[item])).sale_order_id
        self.assertEqual((sale.amount_tax, sale.amount_total), (0.0, 118.0))
        self.assertEqual(sale.order_line.tax_ids.amazon_role, "facilitator")

    def test_tax_that_amazon_collects_says_nothing_of_the_sellers_own(self):
        """IOSS, net of its VAT: taken net, and later orders keep the own taxes."""
        self.product.taxes_id = self._tax(18)
        item = item_json(price="119.00", tax="19.00", total="100.00")
        item["tax"] = {"taxCalculationBreakdowns": [{"reportingScheme": "IOSS"}]}
        binding = self.receive(order_json(1, items=[item]))
        sale = binding.sale_order_id
        self.assertEqual((binding.state, binding.withheld_tax), ("applied", 19.0))
        self.assertEqual((sale.amount_tax, sale.amount_total), (0.0, 100.0))
        self.assertFalse(self.channel.states_tax)
        later = self.receive(order_json(2, items=[item_json(price="118.00", tax="0")]))
        self.assertEqual(later.sale_order_id.amount_tax, 18.0)

    def test_ambiguous_tax_is_told(self):
        item = item_json(price="100.00", tax="19.00", total="100.00")
        item["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}
        sale = self.receive(order_json(items=[item])).sale_order_id
        self.assertEqual((sale.amount_tax, sale.amount_total), (0.0, 100.0))
        self.assertIn("does not say", str(sale.message_ids.mapped("body")))

    def test_orders_that_amazon_resells_are_invoiced_to_amazon(self):
        amazon = self.env["res.partner"].create({"name": "Amazon Business EU"})
        self.channel.resale_partner_id = amazon
        resold, plain = self.receive(
            order_json(1, programs=["INVOICE_BY_AMAZON"]), order_json(2)
        )
        self.assertEqual(resold.sale_order_id.partner_invoice_id, amazon)
        self.assertEqual(
            plain.sale_order_id.partner_invoice_id, plain.sale_order_id.partner_id
        )

    def test_tax_source_none(self):
        self.channel.tax_source = "none"
        self.product.taxes_id = self._tax(18)
        sale = self.receive(
            order_json(items=[item_json(price="118.00", tax="18.00")])
        ).sale_order_id
        self.assertEqual((sale.amount_tax, sale.amount_total), (0.0, 118.0))

    def test_companies_with_included_prices_and_global_rounding(self):
        self.company.account_price_include = "tax_included"
        self.company.tax_calculation_rounding_method = "round_globally"
        items = [
            item_json("SKU-A", 3, "99.99", tax="15.26"),
            item_json("SKU-B", 7, "33.33", number="2", tax="5.09"),
        ]
        sale = self.receive(order_json(items=items)).sale_order_id
        self.assertEqual((sale.amount_tax, sale.amount_total), (20.35, 133.32))

    def test_discount_and_gift_wrap_are_lines(self):
        item = item_json(
            price="100.00", DISCOUNT="10.00", GIFT_WRAP="20.00", total="110.00"
        )
        sale = self.receive(order_json(items=[item])).sale_order_id
        self.assertEqual(sale.amount_total, 110.0)
        self.assertEqual(
            {line.amazon_charge: line.price_total for line in sale.order_line},
            {"item": 100.0, "discount": -10.0, "gift_wrap": 20.0},
        )

    def test_quantity_edit_by_hand_keeps_the_price(self):
        """A price from Amazon is never replaced by the pricelist's."""
        self.product.list_price = 500.0
        sale = self.receive(order_json()).sale_order_id
        with Form(sale) as form:
            with form.order_line.edit(0) as line:
                line.product_uom_qty = 2
        self.assertEqual(sale.order_line.price_unit, 100.0)
        self.assertEqual(sale.amount_total, 200.0)

    def test_placeholder_keeps_the_total(self):
        item = item_json("NEW", 3, "99.99", tax="15.26")
        sale = self.receive(order_json(items=[item])).sale_order_id
        self.assertEqual((sale.amount_tax, sale.amount_total), (15.26, 99.99))

    def test_every_line_has_a_tax(self):
        """Without one, Odoo ignores the pinned amounts."""
        order = order_json(items=[item_json(SHIPPING="1.00")])
        sale = self.receive(order).sale_order_id
        self.assertTrue(all(line.tax_ids for line in sale.order_line))


@tagged("post_install", "-at_install")
class TestForeignMoney(AmazonCase):
    region = "na"
    marketplaces = ("us", "ca")

    def test_currency_is_the_marketplaces(self):
        canada = self.channels[1]
        item = item_json(currency="CAD", price="20.00", tax="2.60", total="22.60")
        binding = self.receive(
            order_json(marketplace=CANADA, currency="CAD", items=[item])
        )
        sale = binding.sale_order_id
        self.assertEqual(sale.currency_id.name, "CAD")
        self.assertEqual(sale.amazon_channel_id, canada)
        self.assertEqual((sale.amount_tax, sale.amount_total), (2.6, 22.6))
        self.assertEqual(sale.pricelist_id, canada._get_pricelists()[canada])

    def test_pricelists_are_made_once(self):
        first = self.channels._get_pricelists()
        self.assertEqual(self.channels._get_pricelists(), first)
        self.assertEqual(len({p.id for p in first.values()}), 2)

    def test_withheld_tax_is_left_out_and_told(self):
        item = item_json(currency="USD", price="20.00", tax="1.65", total="20.00")
        binding = self.receive(
            order_json(marketplace=AMERICA, currency="USD", items=[item])
        )
        self.assertEqual(binding.sale_order_id.amount_total, 20.0)
        self.assertEqual(binding.withheld_tax, 1.65)

    def test_facilitator_tax_has_a_tax_of_its_own(self):
        item = item_json(currency="USD", price="20.00", tax="1.65", total="21.65")
        item["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}
        sale = self.receive(
            order_json(marketplace=AMERICA, currency="USD", items=[item])
        ).sale_order_id
        self.assertEqual(sale.order_line.tax_ids.amazon_role, "facilitator")
        self.assertEqual((sale.amount_tax, sale.amount_total), (1.65, 21.65))

    def test_archived_currency_is_said(self):
        self.env.ref("base.CAD").active = False
        item = item_json(currency="CAD", price="20.00")
        binding = self.receive(
            order_json(marketplace=CANADA, currency="CAD", items=[item])
        )
        self.assertEqual(binding.state, "held")
        self.assertIn("CAD is archived", binding.reason)

    def test_wrong_currency_is_said(self):
        binding = self.receive(
            order_json(
                marketplace=AMERICA, currency="EUR", items=[item_json(currency="EUR")]
            )
        )
        self.assertEqual(binding.state, "held")
        self.assertIn("EUR", binding.reason)

    def test_fiscal_position_of_the_delivery_address(self):
        mapped = self.env["account.tax"].create(
            {"name": "Abroad", "amount": 5, "type_tax_use": "sale"}
        )
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Canada",
                "auto_apply": True,
                "country_id": self.env.ref("base.ca").id,
                "tax_ids": [Command.link(mapped.id)],
            }
        )
        item = item_json(currency="CAD", price="20.00")
        order = order_json(marketplace=CANADA, currency="CAD", items=[item])
        order["recipient"]["deliveryAddress"]["countryCode"] = "CA"
        self.assertEqual(self.receive(order).sale_order_id.fiscal_position_id, position)
