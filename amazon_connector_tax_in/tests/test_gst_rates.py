# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.tests import BaseCase, tagged

from odoo.addons.amazon_connector.tests.common import item_json

from ..gst.rates import find_rates
from .gst_common import GstCase, taxed, to


@tagged("post_install", "-at_install")
class TestGstRates(BaseCase):
    """Rates from amounts, by the order's date."""

    def find(self, net, tax, units=1, day=date(2026, 1, 1), hsn=None):
        return find_rates(Decimal(net), Decimal(tax), units, day, hsn)

    def test_in_force(self):
        last, first = date(2025, 9, 21), date(2025, 9, 22)
        for rate, tax in ((12, "12.00"), (28, "28.00")):
            self.assertEqual(self.find("100.00", tax, day=last), [rate])
            self.assertEqual(self.find("100.00", tax, day=first), [])
        self.assertEqual(self.find("100.00", "40.00", day=first), [40])
        self.assertEqual(self.find("100.00", "40.00", day=last), [])

    def test_a_paisa_per_unit(self):
        self.assertEqual(self.find("846.61", "152.39"), [18])
        self.assertEqual(self.find("846.61", "152.41"), [])
        self.assertEqual(self.find("846.61", "152.41", units=3), [18])

    def test_discounts_are_negative(self):
        self.assertEqual(self.find("-50.00", "-9.00"), [18])
        self.assertEqual(self.find("-50.00", "9.00"), [])

    def test_nothing(self):
        for net, tax in (("0", "0"), ("100", "0"), ("0", "5")):
            self.assertEqual(self.find(net, tax), [])

    def test_small_amounts_fit_several(self):
        """The nearest one comes first."""
        found = self.find("0.10", "0.01")
        self.assertEqual(found[0], 5)
        self.assertIn(18, found)

    def test_special_rates_belong_to_one_chapter(self):
        """Chapter 71 of the HSN: jewellery, stones, and nothing else."""
        self.assertEqual(self.find("1000.00", "30.00"), [3])
        self.assertEqual(self.find("1000.00", "30.00", hsn="7113.19"), [3])
        self.assertEqual(self.find("1000.00", "30.00", hsn="610910"), [])
        self.assertEqual(self.find("1000.00", "180.00", hsn="610910"), [18])
        self.assertEqual(self.find("0.10", "0.01", hsn="7113")[0], 3)
        self.assertEqual(self.find("1000.00", "30.00", hsn="none"), [3])


@tagged("post_install", "-at_install")
class TestGstRealRates(GstCase):
    """Real taxes with Amazon's amounts pinned to them."""

    gst_taxes = "real"

    def receive_taxes(self, *args, **kw):
        order = self.receive(to(*args, **kw))
        self.assertEqual(order.state, "applied", order.reason)
        sale = order.sale_order_id
        taxes = self.get_tax_amounts(sale)
        return sale, {(tax.amount, round(amount, 2)) for tax, amount in taxes}

    def has_note(self, sale):
        bodies = " ".join(sale.message_ids.mapped("body"))
        return "No current GST rate" in bodies

    def test_between_states(self):
        """S71: the rate that gives Amazon's amount; the amount stays Amazon's."""
        items = taxed("18.01", "118.01")
        sale, taxes = self.receive_taxes("Kerala", items=items)
        self.assertEqual(taxes, {(18.0, 18.01)})
        self.assertFalse(self.has_note(sale))

    def test_within_a_state(self):
        """S73: halves of a real rate; order, invoice and credit note agree."""
        items = taxed("18.01", "118.01")
        sale, taxes = self.receive_taxes("Maharashtra", items=items)
        self.assertEqual(taxes, {(9.0, 9.01), (9.0, 9.0)})
        self.assertEqual(sale.amount_total, 118.01)
        invoice = sale._create_invoices()
        invoice.action_post()
        booked = {
            (tax.tax_group_id.name, round(amount, 2))
            for tax, amount in self.get_tax_amounts(invoice)
        }
        self.assertEqual(booked, {("CGST", 9.01), ("SGST/UTGST", 9.0)})
        self.assertAlmostEqual(invoice._reverse_moves().amount_tax, 18.01)

    def test_parts_of_an_order(self):
        self.product.invoice_policy = "delivery"
        items = [item_json(quantity=3, price="118.01", tax="18.01")]
        sale, _taxes = self.receive_taxes("Maharashtra", items=items)
        totals = []
        for delivered in (1, 3):
            sale.order_line.qty_delivered = delivered
            invoice = sale._create_invoices()
            invoice.action_post()
            totals.append(invoice.amount_total)
        self.assertAlmostEqual(sum(totals), 118.01)

    def test_charges_have_their_own_rate(self):
        items = [item_json(price="118.00", tax="20.14", SHIPPING="14.00")]
        sale, taxes = self.receive_taxes("Kerala", items=items)
        self.assertEqual({rate for rate, _amount in taxes}, {18.0})
        self.assertAlmostEqual(sale.amount_total, 132.0)

    def test_rates_that_the_chart_lacks(self):
        """Jewellery, stones: made as the chart's own taxes, once per company."""
        for number, (rate, tax) in enumerate(
            ((3, "30.01"), (1.5, "15.00"), (0.25, "2.50")), 1
        ):
            for state, rates in (("Kerala", {rate}), ("Maharashtra", {rate / 2})):
                items = [item_json(price=str(1000 + float(tax)), tax=tax)]
                sale, taxes = self.receive_taxes(
                    state, number=10 * number + len(rates) + len(state), items=items
                )
                self.assertEqual({found for found, _amount in taxes}, rates)
                self.assertAlmostEqual(sale.amount_tax, float(tax))
                groups = sale.order_line.tax_ids.flatten_taxes_hierarchy().tax_group_id
                names = {"IGST"} if state == "Kerala" else {"CGST", "SGST/UTGST"}
                self.assertEqual(set(groups.mapped("name")), names)
        made = self.company._get_real_gst(3, True)
        self.assertEqual(made, self.company._get_real_gst(Decimal(3), True))

    def test_rates_made_replace_only_their_own(self):
        """Between states 3 % IGST takes the place of 3 % GST; 5 % stays the chart's."""
        between = self.company._get_chart_record("fiscal_position_in_inter_state")
        get = self.company._get_real_gst
        pairs = [(get(rate, True), get(rate, False)) for rate in (3, 5)]
        for within, igst in pairs:
            self.assertEqual(between.map_tax(within), igst)

    def test_namesakes_are_no_rates_of_gst(self):
        """A tax counts by what it is, not by its name."""
        model = self.company._get_chart_record("igst_sale_5")
        namesake = model.copy({"name": "3% IGST S", "amount": 2.5})
        made = self.company._get_real_gst(3, False)
        self.assertNotEqual(made, namesake)
        self.assertEqual(made.amount, 3)
        made.name = "Gold"
        self.assertEqual(self.company._get_real_gst(3, False), made)

    def test_no_rate_fits(self):
        """S71: then 0 % with Amazon's amounts, and a note."""
        sale, taxes = self.receive_taxes("Kerala", items=taxed("13.00", "113.00"))
        self.assertEqual(taxes, {(0.0, 13.0)})
        self.assertTrue(self.has_note(sale))

    def test_product_objects(self):
        company = self.company
        self.product.taxes_id = [Command.set(company._get_real_gst(12, False).ids)]
        sale, taxes = self.receive_taxes("Kerala", items=taxed("18.00", "118.00"))
        self.assertEqual(taxes, {(0.0, 18.0)})
        self.assertTrue(self.has_note(sale))

    def test_nobody_chose_the_default_tax(self):
        """S71: every new product has the chart's 5 %: it contradicts nothing."""
        default = self.company.account_sale_tax_id
        self.assertEqual(default.amount, 5)
        for number, taxes in enumerate((default, default.browse()), 1):
            self.product.taxes_id = taxes
            sale, found = self.receive_taxes("Kerala", number=number, items=taxed())
            self.assertEqual(found, {(18.0, 18.01)})
            self.assertFalse(self.has_note(sale))

    def test_product_without_gst_objects(self):
        nil = self.company._get_chart_record("nil_rated_sale")
        nil.active = True
        self.product.taxes_id = nil
        sale, found = self.receive_taxes("Kerala", items=taxed())
        self.assertEqual(found, {(0.0, 18.01)})
        self.assertTrue(self.has_note(sale))

    def test_hsn_rules_out_special_rates(self):
        self.product.taxes_id = [Command.clear()]
        items = [item_json(price="1030.00", tax="30.00")]
        for number, (hsn, rate) in enumerate((("610910", 0.0), ("711319", 3.0)), 1):
            self.product.l10n_in_hsn_code = hsn
            _sale, found = self.receive_taxes("Kerala", number=number, items=items)
            self.assertEqual(found, {(rate, 30.0)})

    def test_no_tax_is_no_rate(self):
        sale, taxes = self.receive_taxes("Kerala", items=taxed("0.00", "100.00"))
        self.assertEqual(taxes, {(0.0, 0.0)})
        self.assertFalse(self.has_note(sale))
