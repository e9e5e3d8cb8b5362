# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import ago, item_json, order_json
from .pin_common import PinCase


@tagged("post_install", "-at_install")
class TestOrderInterference(PinCase):
    """What users do in Odoo meanwhile; Amazon's orders go on all the same."""

    def change(self, number=1, hours=1, **options):
        """Amazon lowers the order to one piece."""
        item = item_json(quantity=1, price="33.33", tax="5.09")
        return self.receive(
            order_json(number, items=[item], updated=ago(hours=hours), **options)
        )

    def again(self, hours=1, **options):
        """Amazon tells the same order, changed later."""
        item = item_json(quantity=3, price="99.99", tax="15.26")
        return self.receive(
            order_json(items=[item], updated=ago(hours=hours), **options)
        )

    def partner_of(self, number):
        return self.receive(order_json(number)).sale_order_id.partner_id

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def test_contact_with_orders_cannot_be_deleted(self):
        partner = self.sell().partner_id
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            with self.env.cr.savepoint():
                partner.unlink()
        self.assertEqual(self.partner_of(2), partner)

    def test_deleted_contact_is_made_anew(self):
        """A delivery address that no order uses any more."""
        binding = self.receive(order_json(1))
        moved = {"deliveryAddress": {"addressLine1": "9 New Lane", "countryCode": "IN"}}
        self.receive(order_json(1, recipient=moved, updated=ago(hours=2)))
        sale = binding.sale_order_id
        delivery = sale.partner_shipping_id
        self.assertNotEqual(delivery, sale.partner_id)
        sale.partner_shipping_id = sale.partner_id
        sale.picking_ids.partner_id = sale.picking_ids.move_ids.partner_id = (
            sale.partner_id
        )
        delivery.unlink()
        again = self.receive(order_json(2, recipient=moved)).sale_order_id
        self.assertEqual(again.partner_id, sale.partner_id)
        self.assertEqual(again.partner_shipping_id.parent_id, sale.partner_id)

    def test_archived_contact_is_found_again(self):
        partner = self.sell().partner_id
        partner.active = False
        binding = self.receive(order_json(2))
        self.assertEqual(binding.state, "applied")
        self.assertEqual(binding.sale_order_id.partner_id, partner)

    def test_merged_contacts_stay_one(self):
        """Two buyers that a user calls one: both are found there from now on."""
        first, second = (
            self.receive(order_json(n, buyer=buyer)).sale_order_id.partner_id
            for n, buyer in enumerate(("asha", "ravi"), start=1)
        )
        self.assertNotEqual(first, second)
        with mute_logger("odoo.addons.base.partner.merge"):
            self.env["base.partner.merge.automatic.wizard"]._merge(
                (first | second).ids, first
            )
        self.env.invalidate_all()
        self.assertFalse(second.exists())
        self.assertEqual(
            self.find("403-0000000-0000002").sale_order_id.partner_id, first
        )
        for number, buyer in enumerate(("asha", "ravi"), start=3):
            binding = self.receive(order_json(number, buyer=buyer))
            self.assertEqual(binding.state, "applied")
            self.assertEqual(binding.sale_order_id.partner_id, first)
        self.assertNotIn("Ravi", str(first.read()))

    def test_edited_contact_stays_the_buyers(self):
        partner = self.sell().partner_id
        partner.write({"name": "A good customer", "country_id": False})
        self.assertEqual(self.partner_of(2), partner)
        self.assertEqual(partner.name, "A good customer")

    # ------------------------------------------------------------------
    # Sales orders
    # ------------------------------------------------------------------

    def test_sales_orders_cannot_be_deleted(self):
        """Cancelled, too: the next word from Amazon would be without its order."""
        sale = self.sell()
        sale._action_cancel()
        with self.assertRaisesRegex(UserError, "Cancel it instead"):
            sale.unlink()

    def test_deleted_lines_come_back_with_a_change(self):
        """A user deletes a frozen draft's line; Amazon's next change restores it."""
        binding = self.receive(
            order_json(items=[item_json("NEW"), item_json(number="2")])
        )
        sale = binding.sale_order_id
        sale.order_line[0].unlink()
        self.assertEqual(sale.amazon_difference, 100.0)
        items = [item_json("NEW", price="90.00"), item_json(number="2")]
        self.receive(order_json(items=items, updated=ago(hours=1)))
        self.assertEqual((binding.state, sale.amount_total), ("frozen", 190.0))
        self.assertEqual(sale.amazon_difference, 0.0)

    def test_cancelled_by_a_user_then_amazon_changes_it(self):
        sale = self.sell()
        binding = sale.amazon_order_id
        sale._action_cancel()
        self.change()
        self.assertEqual((binding.state, sale.state), ("held", "cancel"))
        self.assertIn("cancelled", binding.reason)
        self.assertEqual(len(sale.activity_ids), 1)

    def test_cancelled_by_a_user_and_open_on_amazon(self):
        """A human is told once, and can let it go on."""
        sale = self.sell()
        binding = sale.amazon_order_id
        sale._action_cancel()
        for hours in (3, 2):
            self.again(hours=hours)
        self.assertEqual((binding.state, sale.state), ("held", "cancel"))
        self.assertIn("not cancelled on Amazon", binding.reason)
        self.assertEqual(len(sale.activity_ids), 1)
        sale.action_draft()
        binding.action_retry()
        self.apply()
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))
        self.assertEqual((sale.amount_tax, sale.amount_total), (15.26, 99.99))
        picking = sale.picking_ids.filtered(lambda p: p.state != "cancel")
        self.assertEqual(picking.move_ids.product_uom_qty, 3)

    def test_cancelled_by_a_user_and_by_amazon(self):
        sale = self.sell()
        sale._action_cancel()
        self.again(status="CANCELLED")
        self.assertEqual(sale.amazon_order_id.state, "cancelled")
        self.assertFalse(sale.activity_ids)

    def test_locked_order_is_cancelled_and_changed(self):
        """Amazon's word counts more than the lock, which stays."""
        sale = self.sell()
        sale.action_lock()
        self.change()
        self.assertTrue(sale.locked)
        self.assertEqual((sale.amount_tax, sale.amount_total), (5.09, 33.33))
        self.change(hours=0, status="CANCELLED")
        self.assertEqual(sale.state, "cancel")

    def test_duplicated_order_knows_nothing_of_amazon(self):
        sale = self.sell()
        copy = sale.copy()
        self.assertFalse(copy.amazon_shipping or copy.amazon_frozen)
        self.assertFalse(copy.amazon_order_id or copy.amazon_channel_id)
        self.assertFalse(any(copy.order_line.mapped("extra_tax_data")))
        self.change()
        self.assertEqual(copy.order_line.product_uom_qty, 3)
        copy.action_confirm()
        copy._action_cancel()
        copy.unlink()

    def test_manual_edit_shows_the_difference_until_it_is_undone(self):
        sale = self.sell()
        with Form(sale) as form:
            with form.order_line.edit(0) as line:
                line.price_unit = 30.0
        self.assertEqual(sale.amazon_difference, 9.99)
        self.again()
        self.assertEqual(sale.amazon_difference, 9.99, "a user's price stays")
        self.change(hours=0)
        self.assertEqual(sale.amazon_difference, 0.0, "Amazon's change counts")
        self.assertEqual(sale.amount_total, 33.33)

    def test_pro_forma_and_portal_repeat_the_totals(self):
        sale = self.sell(3, "99.99", "15.26", DISCOUNT="9.99", total="90.00")
        sale.action_lock()
        html = str(
            self.env["ir.actions.report"]._render_qweb_html(
                "sale.report_saleorder_pro_forma", sale.ids
            )[0],
            "utf-8",
        )
        portal = str(
            self.env["ir.qweb"]._render(
                "sale.sale_order_portal_content",
                {
                    "sale_order": sale,
                    "report_type": "html",
                    "is_html_empty": lambda value: not value,
                    "env": self.env,
                    "request": None,
                },
                raise_if_not_found=True,
            )
        )
        for text in (html, portal):
            self.assertIn("90.00", text)
            self.assertIn("15.26", text)

    # ------------------------------------------------------------------
    # Products, people, periods
    # ------------------------------------------------------------------

    def test_product_archived_meanwhile(self):
        """The listing still knows it: orders and their changes go on."""
        sale = self.sell()
        self.product.active = False
        self.change()
        self.assertEqual(sale.amazon_order_id.state, "applied")
        self.assertEqual(sale.amount_total, 33.33)
        later = self.receive(order_json(2))
        self.assertEqual(later.state, "applied", later.reason)
        self.assertEqual(later.sale_order_id.order_line.product_id, self.product)
        self.deliver(later.sale_order_id)
        self.assertEqual(later.sale_order_id._create_invoices().amount_total, 100.0)

    def test_linked_product_cannot_be_deleted(self):
        self.sell()
        with self.assertRaisesRegex(UserError, "Unlink them first, or archive them"):
            self.product.unlink()

    def test_salesperson_who_left(self):
        user = self.env["res.users"].create({"name": "Gone", "login": "gone"})
        self.channel.user_id = self.account.responsible_user_id = user
        sale = self.sell()
        user.active = False
        self.deliver(sale)
        self.change()
        self.assertEqual(sale.amazon_order_id.state, "held")
        self.assertTrue(sale.activity_ids)
        later = self.receive(order_json(2))
        self.assertEqual(later.state, "applied", later.reason)

    def test_closed_accounting_period(self):
        """Orders of a closed month come in; their invoices go into the open one."""
        sale = self.receive(
            order_json(
                created=ago(days=25),
                updated=ago(days=24),
                items=[item_json(quantity=3, price="99.99", tax="15.26")],
            )
        ).sale_order_id
        closed = fields.Date.today() - timedelta(days=1)
        for lock in ("fiscalyear_lock_date", "tax_lock_date", "sale_lock_date"):
            self.company[lock] = closed
        self.deliver(sale, 1)
        first = sale._create_invoices()
        first.invoice_date = closed - timedelta(days=10)
        first.action_post()
        self.assertGreater(first.date, closed)
        self.deliver(sale)
        second = self.post(sale._create_invoices())
        self.assert_complete(sale, first | second)
        refund = self.post(self.refund(first, date=closed - timedelta(days=3)))
        self.assertGreater(refund.date, closed)
        self.assertEqual(self.amounts(first | refund), (0.0, 0.0, 0.0))
