# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import CRON_LOGGER, ago, item_json, order_json
from .pin_common import PinCase

BAD = "This one is bad."
CLOSED = "The period is closed."
INVOICE_LOGGER = "odoo.addons.amazon_connector.sync.orders.invoicer"


class InvoiceCase(PinCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.write(
            {
                "go_live_date": fields.Datetime.now() - timedelta(days=10),
                "auto_invoice": "shipped",
            }
        )
        cls.cron = cls.env.ref("amazon_connector.ir_cron_orders_invoice")

    def order(self, number=1, quantity=3, **options):
        item = item_json(quantity=quantity, price="99.99", tax="15.26")
        return order_json(number, items=[item], **options)

    def ship(self, *numbers, **options):
        """Orders that Odoo has shipped completely."""
        sales = self.receive(
            *(self.order(number, **options) for number in numbers)
        ).sale_order_id
        for sale in sales:
            self.deliver(sale)
        return sales

    def run_invoicing(self):
        self.env.flush_all()
        failures = self.cron.failure_count
        with self.enter_registry_test_mode(), mute_logger(CRON_LOGGER):
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.cron.failure_count, failures)

    def amazons_amounts(self, sale):
        return (sale.amount_untaxed, sale.amount_tax, sale.amount_total)

    def wakes(self):
        return self.env["ir.cron.trigger"].search_count(
            [("cron_id", "=", self.cron.id)]
        )

    def alerts(self, sale):
        return sale.activity_ids.filtered(lambda a: "Invoice" in (a.summary or ""))


@tagged("post_install", "-at_install")
class TestInvoicePaper(InvoiceCase):
    """What an invoice says."""

    def print(self, *blocks, **charges):
        item = item_json(price="100.00", **charges)
        order = order_json(1, items=[item], **dict(blocks))
        self.product.name = item["product"]["title"]
        sale = self.receive(order).sale_order_id
        self.deliver(sale)
        invoice = sale._create_invoices()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "account.report_invoice", invoice.ids
        )
        return invoice, html.decode()

    def test_each_line_says_a_thing_once(self):
        """Not "[AMAZON-SHIPPING] Amazon shipping / Amazon shipping"."""
        invoice, _html = self.print(SHIPPING="40.00")
        self.assertEqual(
            invoice.invoice_line_ids.mapped("name"),
            [self.product.display_name, "Amazon shipping"],
        )

    def test_another_text_stays(self):
        sale = self.receive(self.order()).sale_order_id
        self.deliver(sale)
        line = sale._create_invoices().invoice_line_ids
        self.assertEqual(
            line.name, f"{self.product.display_name}\n{sale.order_line.name}"
        )

    def test_paid_on_amazon(self):
        invoice, html = self.print()
        self.assertIn(invoice.amazon_order_ref, html)
        self.assertIn("Paid on Amazon", html)
        # What is known of an order goes after a time.
        binding = invoice._get_amazon_bindings()
        binding.payload = {"orderId": invoice.amazon_order_ref}
        invoice.invalidate_recordset()
        self.assertFalse(invoice.amazon_payment_text)

    def test_cash_on_delivery(self):
        payment = {"paymentExecutions": [{"paymentMethod": "CashOnDelivery"}]}
        _invoice, html = self.print(("payment", payment))
        self.assertIn("Cash on delivery", html)


@tagged("post_install", "-at_install")
class TestInvoiceWhenShipped(InvoiceCase):
    def test_nothing_before_it_ships(self):
        (self.product | self.other_product).invoice_policy = "order"
        sale = self.receive(self.order()).sale_order_id
        self.assertEqual(sale.invoice_status, "to invoice")
        self.run_invoicing()
        self.assertFalse(sale.invoice_ids)

    def test_draft_with_amazons_amounts(self):
        sale = self.ship(1)
        self.run_invoicing()
        invoice = sale.invoice_ids
        self.assertEqual((len(invoice), invoice.state), (1, "draft"))
        self.assertEqual(self.amounts(invoice), self.amazons_amounts(sale))
        self.assertEqual(invoice.amount_total, 99.99)

    def test_posted(self):
        self.channel.auto_invoice = "posted"
        sales = self.ship(1, 2, 3)
        self.run_invoicing()
        self.assertEqual(len(sales.invoice_ids), 3)
        self.assertEqual(set(sales.invoice_ids.mapped("state")), {"posted"})
        self.assertEqual(sales.mapped("invoice_status"), ["invoiced"] * 3)

    def test_exactly_once(self):
        """Rule 1: run twice, or killed in the middle: one invoice each."""
        sales = self.ship(1, 2)
        self.env.flush_all()

        class Killed(BaseException):
            pass

        with self.assertRaises(Killed), self.env.cr.savepoint():
            self.env["amazon.order.invoicer"]._invoice_sales(
                self.env["amazon.order.invoicer"]._claim_invoiceable(0, 50)
            )
            self.assertEqual(len(sales.invoice_ids), 2)
            raise Killed
        self.env.invalidate_all()
        self.assertFalse(sales.invoice_ids)
        self.run_invoicing()
        self.run_invoicing()
        self.assertEqual([len(sale.invoice_ids) for sale in sales], [1, 1])

    def test_conflict_is_no_ones_fault(self):
        """Another transaction's success repeats the batch and brands no order."""
        from psycopg2.errors import SerializationFailure

        sale = self.ship(1)
        with (
            patch.object(
                type(self.env["sale.order"]),
                "_create_invoices",
                autospec=True,
                side_effect=SerializationFailure,
            ),
            self.assertRaises(SerializationFailure),
        ):
            self.env["amazon.order.invoicer"]._invoice_sales(sale)
        self.assertFalse(sale.amazon_invoice_problem)

    def test_partial_shipments_make_partial_invoices(self):
        """Rule 2: the parts add up to Amazon's amounts."""
        self.channel.auto_invoice = "posted"
        sale = self.receive(self.order()).sale_order_id
        for _piece in range(3):
            self.deliver(sale, 1)
            self.run_invoicing()
        self.assertEqual(len(sale.invoice_ids), 3)
        self.assertEqual(self.amounts(sale.invoice_ids), self.amazons_amounts(sale))
        self.assertEqual(sale.invoice_status, "invoiced")

    def test_ordered_quantities_wait_for_the_last_parcel(self):
        self.product.invoice_policy = "order"
        sale = self.receive(self.order()).sale_order_id
        self.deliver(sale, 1)
        self.run_invoicing()
        self.assertFalse(sale.invoice_ids)
        self.deliver(sale)
        self.run_invoicing()
        self.assertEqual(sale.invoice_ids.amount_total, 99.99)

    def test_each_order_has_its_own_invoice(self):
        sales = self.ship(1, 2)
        self.assertEqual(len(sales.partner_id), 1)
        self.run_invoicing()
        self.assertEqual([len(sale.invoice_ids) for sale in sales], [1, 1])
        self.assertEqual(len(sales.invoice_ids), 2)

    def test_what_amazon_ships_is_invoiced(self):
        order = self.order(status="SHIPPED")
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        order["orderItems"][0]["fulfillment"] = {"quantityFulfilled": 3}
        sale = self.receive(order).sale_order_id
        self.run_invoicing()
        self.assertEqual(sale.invoice_ids.amount_total, 99.99)

    def test_services_are_invoiced_once_amazon_calls_them_shipped(self):
        self.product.write({"type": "service", "invoice_policy": "order"})
        sale = self.receive(self.order()).sale_order_id
        self.run_invoicing()
        self.assertFalse(sale.invoice_ids)
        self.receive(self.order(status="SHIPPED", updated=ago(hours=1)))
        self.run_invoicing()
        self.assertEqual(sale.invoice_ids.amount_total, 99.99)

    def test_returned_goods_are_a_users_business(self):
        sale = self.ship(1)
        self.run_invoicing()
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": sale.picking_ids.id}
        )
        wizard.product_return_moves.quantity = 2
        back = wizard._create_return()
        back.move_ids.write({"picked": True, "to_refund": True})
        back.with_context(skip_sms=True).button_validate()
        self.assertEqual(sale.order_line.qty_delivered, 1)
        self.run_invoicing()
        self.assertEqual(len(sale.invoice_ids), 1)

    def test_invoice_by_amazon(self):
        """The invoice goes to Amazon's company, which resells."""
        amazon = self.env["res.partner"].create({"name": "Amazon Business EU"})
        self.channel.resale_partner_id = amazon
        sale = self.ship(1, programs=["INVOICE_BY_AMAZON"])
        self.run_invoicing()
        self.assertEqual(sale.invoice_ids.partner_id, amazon)


@tagged("post_install", "-at_install")
class TestInvoiceJournal(InvoiceCase):
    """Each channel may have a sales journal of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.env["account.journal"].create(
            {
                "name": "Amazon",
                "code": "AMZN",
                "type": "sale",
                "company_id": cls.company.id,
            }
        )
        cls.channel.journal_id = cls.journal

    def test_invoices_and_credit_notes_use_it(self):
        sale = self.ship(1)
        invoice = sale._create_invoices()
        self.assertEqual(invoice.journal_id, self.journal)
        invoice.action_post()
        self.assertEqual(invoice._reverse_moves().journal_id, self.journal)

    def test_an_orders_own_journal_wins(self):
        sale = self.ship(1)
        sale.journal_id = self.journal.copy()
        self.assertEqual(sale._create_invoices().journal_id, sale.journal_id)

    def test_an_archived_journal_is_left_out_and_named(self):
        self.journal.active = False
        self.assertIn("Amazon", self.channel.archived_settings)
        self.assertNotEqual(self.ship(1)._create_invoices().journal_id, self.journal)

    def test_only_sales_journals_of_the_company(self):
        purchases = self.journal.copy({"type": "purchase", "code": "AMZP"})
        with self.assertRaisesRegex(ValidationError, "not a sales journal"):
            self.channel.journal_id = purchases
        company = self.env["res.company"].create({"name": "Another"})
        foreign = self.env["account.journal"].create(
            {"name": "F", "code": "F", "type": "sale", "company_id": company.id}
        )
        with self.assertRaises(UserError):
            self.channel.journal_id = foreign

    def test_other_sales_are_not_concerned(self):
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "P"}).id,
                "order_line": [
                    Command.create({"product_id": self.product.id, "price_unit": 5})
                ],
            }
        )
        self.assertNotEqual(sale._prepare_invoice().get("journal_id"), self.journal.id)


@tagged("post_install", "-at_install")
class TestInvoicingScope(InvoiceCase):
    def test_off_by_default(self):
        self.channel.auto_invoice = "none"
        sale = self.ship(1)
        self.run_invoicing()
        self.assertFalse(sale.invoice_ids)
        self.assertEqual(
            self.env["amazon.channel"].default_get(["auto_invoice"])["auto_invoice"],
            "none",
        )

    def test_history_is_left_to_users(self):
        self.channel.go_live_date = fields.Datetime.now()
        sale = self.ship(1)
        self.run_invoicing()
        self.assertFalse(sale.invoice_ids)

    def test_other_orders_are_not_touched(self):
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Shop"}).id,
                "order_line": [
                    Command.create({"product_id": self.product.id, "price_unit": 5})
                ],
            }
        )
        sale.action_confirm()
        self.deliver(sale)
        self.run_invoicing()
        self.assertFalse(sale.invoice_ids)

    def test_switching_it_on_starts_the_cron(self):
        self.channel.auto_invoice = "none"
        self.cron.active = False
        # as in a transaction of its own
        self.env.cr.precommit.clear()
        before = self.wakes()
        self.channel.auto_invoice = "posted"
        self.assertTrue(self.cron.active)
        self.assertEqual(self.wakes(), before + 1)

    def test_a_delivery_wakes_the_cron(self):
        """Rule 13: stock work inserts a row and changes none of the connector's."""
        # A salesperson of this kind sees his own orders only.
        groups = "stock.group_stock_user,sales_team.group_sale_salesman"
        clerk = new_test_user(self.env, "amazon_clerk", groups)
        sales = self.receive(self.order(1), self.order(2)).sale_order_id
        sales.user_id = self.env.ref("base.user_admin")
        self.env.cr.precommit.data.clear()
        before = self.wakes()
        pickings = sales.picking_ids
        pickings.move_ids.picked = True
        pickings.with_user(clerk).with_context(skip_sms=True).button_validate()
        self.assertEqual(pickings.mapped("state"), ["done", "done"])
        self.assertEqual(self.wakes(), before + 1, "once in a transaction")

    def test_a_delivery_does_not_switch_the_cron_on(self):
        self.cron.active = False
        self.ship(1)
        self.assertFalse(self.cron.active, "a user's choice holds")

    def test_other_deliveries_wake_nothing(self):
        self.channel.auto_invoice = "none"
        before = self.wakes()
        self.ship(1)
        self.assertEqual(self.wakes(), before)


@tagged("post_install", "-at_install")
class TestInvoiceProblems(InvoiceCase):
    def fail_for(self, bad):
        """Patch: the order ``bad`` cannot be invoiced."""
        Sale = type(self.env["sale.order"])
        prepare = Sale._prepare_invoice

        def _prepare_invoice(sale):
            if sale == bad:
                raise UserError(BAD)
            return prepare(sale)

        return patch.object(Sale, "_prepare_invoice", _prepare_invoice)

    def test_one_bad_order_stops_no_other(self):
        sales = self.ship(1, 2, 3)
        bad = sales[1]
        with self.fail_for(bad):
            self.run_invoicing()
            self.run_invoicing()
        self.assertEqual([len(sale.invoice_ids) for sale in sales], [1, 0, 1])
        self.assertEqual(bad.amazon_invoice_problem, BAD)
        self.assertIn(BAD, self.alerts(bad).note)
        self.assertGreater(bad.amazon_invoice_retry_at, fields.Datetime.now())
        with self.fail_for(bad):
            bad.amazon_invoice_retry_at = fields.Datetime.now()
            self.run_invoicing()
        self.assertEqual(len(self.alerts(bad)), 1, "asked once")
        bad.amazon_invoice_retry_at = fields.Datetime.now()
        self.run_invoicing()
        self.assertEqual(len(bad.invoice_ids), 1)
        self.assertFalse(bad.amazon_invoice_problem or self.alerts(bad))

    def test_unexpected_errors_are_told_without_their_text(self):
        """Rule 3: an unknown error's text may hold anything."""
        sale = self.ship(1)
        with (
            mute_logger(INVOICE_LOGGER),
            patch.object(
                type(self.env["sale.order"]),
                "_prepare_invoice",
                autospec=True,
                side_effect=KeyError("Secretname"),
            ),
        ):
            self.run_invoicing()
        self.assertEqual(sale.amazon_invoice_problem, "KeyError")

    def test_order_that_differs_from_amazon_waits(self):
        """Rule 2: what a user changed, a user invoices."""
        sale = self.ship(1)
        sale.order_line.price_unit = 20
        self.assertTrue(sale.amazon_difference)
        self.run_invoicing()
        self.assertFalse(sale.invoice_ids)
        self.assertIn("equals Amazon's", self.alerts(sale).note)

    def test_held_order_waits(self):
        sale = self.ship(1)
        sale.amazon_order_id.state = "held"
        self.run_invoicing()
        self.assertFalse(sale.invoice_ids)

    def test_closed_period_before_today(self):
        """An order of a closed accounting period is invoiced today."""
        self.channel.auto_invoice = "posted"
        today = fields.Date.context_today(self.channel)
        self.company.fiscalyear_lock_date = today - timedelta(days=1)
        sale = self.ship(1)
        self.run_invoicing()
        self.assertEqual(sale.invoice_ids.state, "posted")
        self.assertGreaterEqual(sale.invoice_ids.date, today)

    def test_invoice_that_cannot_be_posted_stays_a_draft(self):
        """A human decides; the others go on."""
        self.channel.auto_invoice = "posted"
        sales = self.ship(1, 2)
        Move = type(self.env["account.move"])
        post = Move._post
        bad = sales[0]

        def _post(moves, soft=True):
            if bad in moves.line_ids.sale_line_ids.order_id:
                raise UserError(CLOSED)
            return post(moves, soft=soft)

        with patch.object(Move, "_post", _post):
            self.run_invoicing()
            self.run_invoicing()
        self.assertEqual(bad.invoice_ids.mapped("state"), ["draft"])
        self.assertIn(CLOSED, self.alerts(bad).note)
        self.assertEqual(len(self.alerts(bad)), 1)
        self.assertEqual(sales[1].invoice_ids.mapped("state"), ["posted"])

    def test_closed_period_that_holds_today(self):
        """Odoo has no date to post on: the invoice is a draft, a human is asked."""
        self.channel.auto_invoice = "posted"
        sale = self.ship(1)
        self.company.sudo().sale_lock_date = fields.Date.today() + timedelta(days=40)
        self.run_invoicing()
        invoice = sale.invoice_ids
        self.assertEqual((len(invoice), invoice.state), (1, "draft"))
        self.assertIn("could not be posted", self.alerts(sale).note)

    def test_down_payments_are_a_users_business(self):
        sale = self.receive(self.order()).sale_order_id
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_ids=sale.ids)
            .create({"advance_payment_method": "percentage", "amount": 10})
        )
        wizard.create_invoices()
        self.deliver(sale)
        self.run_invoicing()
        self.assertEqual(len(sale.invoice_ids), 1)
