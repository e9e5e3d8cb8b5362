# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date, timedelta

from odoo import fields
from odoo.tests import tagged

from .gst_common import taxed, to
from .gst_table import make_gstin
from .mtr_case import MtrCase
from .mtr_common import BUSINESS_COLUMNS, BUYER, KARNATAKA, mtr_row, within_state


@tagged("post_install", "-at_install")
class TestGstMtr(MtrCase):
    """What Amazon's tax report says of orders that are in Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.write({"invoice_policy": "order", "l10n_in_hsn_code": "6204"})
        cls.channel.write(
            {
                "go_live_date": fields.Datetime.now() - timedelta(days=10),
                "auto_invoice": "shipped",
                "gst_fba_invoices": "mtr",
            }
        )
        cls.karnataka = cls.find_state("KA")

    def buy(self, number=1, by="AMAZON"):
        order = to("KA", None, number, items=taxed("18.00", "118.00"))
        order["fulfillment"].update(fulfilledBy=by, fulfillmentStatus="SHIPPED")
        order["orderItems"][0]["fulfillment"] = {
            "quantityFulfilled": 1,
            "quantityUnfulfilled": 0,
        }
        binding = self.receive(order)
        self.assertEqual(binding.state, "applied", binding.reason)
        return binding

    def told(self, order, **changes):
        """Its row: sent from Amazon's warehouse in Karnataka."""
        cells = {
            **within_state("KARNATAKA"),
            "Ship To Postal Code": "560001",
            "Order Id": order.order_number,
            "Sku": "SKU-A",
            "Invoice Number": f"KA-{order.id}",
            "Ship From State": "KARNATAKA",
            **changes,
        }
        return mtr_row(**cells)

    def test_order_follows_the_report(self):
        """S72, S73, S80: number, warehouse, kinds of GST and journal; no difference."""
        journal = self.env["account.journal"].create(
            {"name": "KA", "code": "KAINV", "type": "sale"}
        )
        self.env["amazon.gst.registration"].create(
            {"gstin": KARNATAKA, "journal_id": journal.id}
        )
        order = self.buy()
        sale = order.sale_order_id
        self.assertTrue(sale._waits_for_mtr())
        self.take([self.told(order, **{"Seller Gstin": KARNATAKA})])
        self.assertFalse(sale._waits_for_mtr())
        self.assertTrue(sale._is_amazon_invoice_due())
        self.assertEqual(sale.amazon_ship_from_id, self.karnataka)
        invoice = sale._create_invoices()
        self.assertEqual(self.get_gst(sale), {"cgst": 900, "sgst": 900})
        self.assertEqual(invoice.ref, f"KA-{order.id}")
        self.assertEqual(invoice.journal_id, journal)
        self.assertEqual(invoice.invoice_date, date(2026, 6, 15))
        invoice.action_post()
        month = self.month(gstin=KARNATAKA)
        month.action_compare()
        self.assertFalse(month.difference_ids)

    def test_business_that_only_the_report_names(self):
        """S83: the invoice names it, in whichever file its number comes; a private
        purchase of the same buyer does not."""
        order, private = self.buy(), self.buy(2)
        sale = order.sale_order_id
        self.take([self.told(order), self.told(private)])
        self.assertFalse(sale.partner_invoice_id.vat)
        elsewhere = make_gstin("32")
        business = self.told(order, **{"Customer Bill To Gstid": elsewhere})
        self.take([business], BUSINESS_COLUMNS)
        self.assertEqual(sale.partner_invoice_id.vat, elsewhere)
        self.assertEqual(sale.partner_invoice_id.name, sale.partner_id.name)
        self.assertEqual(private.sale_order_id.partner_id, sale.partner_id)
        invoices = [one.sale_order_id._create_invoices() for one in (order, private)]
        self.assertEqual({one.l10n_in_state_id for one in invoices}, {self.karnataka})
        for invoice in invoices:
            invoice.action_post()
        self.assertEqual(
            [(one.l10n_in_gst_treatment, one.l10n_in_gstin) for one in invoices],
            [("regular", elsewhere), ("consumer", False)],
        )
        month = self.month()
        month.action_compare()
        self.assertFalse(month.difference_ids.filtered(lambda d: d.type == "gstin"))

    def test_business_of_an_invoiced_order(self):
        """What is invoiced stays, and is a difference."""
        order = self.buy()
        sale = order.sale_order_id
        sale._create_invoices()
        business = self.told(order, **{"Customer Bill To Gstid": BUYER})
        self.take([business], BUSINESS_COLUMNS)
        self.assertFalse(sale.partner_invoice_id.vat)

    def test_the_same_file_again(self):
        order = self.buy()
        rows = [self.told(order)]
        self.take(rows)
        before = order.sale_order_id.read(["amazon_invoice_number", "write_date"])
        self.take(rows)
        after = order.sale_order_id.read(["amazon_invoice_number", "write_date"])
        self.assertEqual(before, after)

    def test_own_shipments_leave_their_warehouse(self):
        """What the seller ships leaves where Odoo says; Amazon's number is kept."""
        sale = self.buy(by="MERCHANT").sale_order_id
        self.take([self.told(sale.amazon_order_id)])
        self.assertFalse(sale.amazon_ship_from_id)
        self.assertTrue(sale.amazon_invoice_number)

    def test_two_warehouses_tell_no_state(self):
        order = self.buy()
        other = {
            "Invoice Number": "MH-1",
            "Shipment Item Id": "2",
            "Ship From State": "MAHARASHTRA",
        }
        self.take([self.told(order), self.told(order, **other)])
        sale = order.sale_order_id
        self.assertFalse(sale.amazon_ship_from_id)
        self.assertEqual(sale.amazon_invoice_number, f"KA-{order.id}, MH-1")

    def test_cancelled_and_unknown_orders(self):
        order = self.buy()
        self.take(
            [
                self.told(order, **{"Transaction Type": "Cancel"}),
                mtr_row(),
            ]
        )
        self.assertFalse(order.sale_order_id.amazon_in_mtr)
