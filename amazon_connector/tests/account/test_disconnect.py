# SPDX-License-Identifier: LGPL-3.0-or-later
from lxml import etree
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.order.personal import read_orders
from ..common import order_json
from .hold_common import HoldCase

SECRETS = {
    "credentials": "SELECT 1 FROM amazon_account"
    " WHERE id = %(account)s AND (credentials_ciphertext IS NOT NULL"
    " OR authorisation_digest IS NOT NULL)",
    "tokens": "SELECT 1 FROM amazon_access_token WHERE ciphertext IS NOT NULL",
    "orders' data": "SELECT 1 FROM amazon_order_pii pii"
    " JOIN amazon_order o ON o.id = pii.order_id WHERE o.account_id = %(account)s",
    "customers' data": "SELECT 1 FROM amazon_customer c"
    " JOIN amazon_channel channel ON channel.id = c.channel_id"
    " WHERE channel.account_id = %(account)s AND (c.ciphertext IS NOT NULL"
    " OR c.email_digest IS NOT NULL OR c.identity_digest IS NOT NULL"
    " OR c.address_digest IS NOT NULL)",
}


@tagged("post_install", "-at_install")
class TestDisconnect(HoldCase):
    """S102: Disconnect deletes the authorisation and buyers' data, and says so."""

    def setUp(self):
        super().setUp()
        self.order = self.find_numbers(1)
        self.sale = self.order.sale_order_id

    def disconnect(self, user=None, name=None, account=None):
        account = account or self.account
        return (
            self.env["amazon.account.disconnect"]
            .with_user(user or self.manager)
            .create({"account_id": account.id, "confirmation": name or account.name})
            .action_disconnect()
        )

    def rows(self, query):
        self.env.flush_all()
        self.env.cr.execute(query, {"account": self.account.id})
        return self.env.cr.fetchall()

    def test_no_secret_and_no_buyer_is_left(self):
        for name, query in SECRETS.items():
            self.assertTrue(self.rows(query), f"{name}: nothing to test")
        self.disconnect()
        for name, query in SECRETS.items():
            self.assertFalse(self.rows(query), name)
        self.assertFalse(self.account.has_credentials)
        self.assertEqual(self.account.status, "draft")

    def test_it_says_what_it_deletes(self):
        dialog = self.env["amazon.account.disconnect"].with_user(self.manager)
        text = etree.fromstring(dialog.get_view(view_type="form")["arch"]).xpath(
            "string(/)"
        )
        for part in (
            "refresh token",
            "names, addresses",
            "These are kept",
            "sales orders",
        ):
            self.assertIn(part, text)
        action = self.account.with_user(self.manager).action_open_disconnect()
        self.assertEqual(action["res_model"], dialog._name)
        self.disconnect()
        note = self.account.message_ids[0].body
        self.assertIn("hold_manager", note)
        self.assertIn("orders: 1", note)

    def test_the_name_has_to_be_typed(self):
        with self.assertRaisesRegex(UserError, "Nothing was deleted"):
            self.disconnect(name="Test")
        with self.assertRaisesRegex(UserError, "Nothing was deleted"):
            self.disconnect(name=" ")
        self.assertTrue(self.account.has_credentials)
        self.disconnect(name="Test shop ")
        self.assertFalse(self.account.has_credentials)

    def test_only_managers_of_the_company_disconnect(self):
        with self.assertRaises(AccessError):
            self.disconnect(self.user)
        with self.assertRaises(AccessError):
            self.account.with_user(self.user).action_open_disconnect()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.write(
            {"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id}
        )
        with self.assertRaises(AccessError):
            self.disconnect()
        self.assertTrue(self.account.has_credentials)

    def test_orders_products_contacts_and_history_stay(self):
        runs = self.env["amazon.sync.run"].search_count([])
        partner = self.sale.partner_id
        name, total = partner.name, self.sale.amount_total
        self.disconnect()
        self.assertTrue(self.order.exists() and self.product.exists())
        self.assertEqual((partner.name, self.sale.amount_total), (name, total))
        self.assertEqual(self.sale.state, "sale")
        self.assertEqual(self.env["amazon.sync.run"].search_count([]), runs)
        self.assertTrue(self.account.channel_ids)

    def test_modules_stop_and_runs_are_closed(self):
        run = self.start_run()
        self.task.worker = self.task._worker_name()
        self.disconnect()
        self.assertEqual(run.state, "failed")
        self.assertIn("disconnected", run.message)
        self.assertFalse(self.task._holds_lease(), "who holds a page drops it")
        self.simulator.calls.clear()
        self.run_all()
        self.assertFalse(self.simulator.calls)

    def test_what_was_asked_for_by_hand_ends_with_its_run(self):
        """After connecting again nothing goes on in a run that is told as failed."""
        request = self.env["amazon.sync.request"]._open(
            self.task, self.channels, "schedule", "numbers", numbers=["403-1-1"]
        )
        self.disconnect()
        self.assertEqual((request.state, request.run_id.state), ("failed", "failed"))

    def test_quantities_on_amazon_are_not_known_any_more(self):
        """Sold or changed meanwhile: after connecting again all are sent anew."""
        listing = self.env["amazon.listing"].search([("product_id", "!=", False)])[0]
        listing.fulfilled_by = "merchant"
        level = self.env["amazon.stock.level"]._ensure(listing)
        level.channel_id = listing.channel_id
        level.write({"confirmed": True, "state": "confirmed"})
        self.disconnect()
        self.assertFalse(level.confirmed)
        self.assertEqual((level.state, level.to_compute), ("to_send", True))

    def test_connecting_again_goes_on(self):
        """The account is the same, no order comes twice, none is missed."""
        self.disconnect()
        marks = self.task.cursor_ids.mapped("watermark")
        self.assertTrue(all(marks))
        self.place(2)
        known = self.simulator.credentials("IN")
        self.account.with_user(self.manager).write(
            {
                f"{name}_input": known[name]
                for name in ("client_id", "client_secret", "refresh_token")
            }
        )
        with self.enter_registry_test_mode():
            self.account.with_user(self.manager).action_connect()
        self.task.cursor_ids.completed_at = False
        self.run_all()
        first, second = self.find_numbers(1, 2)
        self.assertEqual(first, self.order)
        self.assertEqual(first.sale_order_id, self.sale)
        self.assertEqual(second.sale_order_id.state, "sale")
        self.assertEqual(len(self.account.channel_ids.filtered("active")), 1)

    @mute_logger("odoo.sql_db")
    def test_the_seller_cannot_be_connected_beside_it(self):
        """Reconnecting reuses the account."""
        self.disconnect()
        with self.assertRaisesRegex(UniqueViolation, "seller_unique"):
            with self.env.cr.savepoint():
                self._create_account()

    def test_other_accounts_keep_theirs(self):
        """A buyer who ordered through another account too stays known there."""
        other = self.account.copy({"name": "Other shop", "seller_id": "AOTHER"})
        other.refresh_token_input = "another"
        channel = self.channel.copy({"account_id": other.id})
        run = self.sync._start_run(other._get_task("orders"), channel)
        orders = [order_json(11), order_json(12, buyer="bela")]
        self.env["amazon.order.inbox"]._store_page(other, orders, run)
        self.apply()
        shared, own = (o.sale_order_id.partner_id for o in self.find_numbers(11, 12))
        self.assertEqual(shared, self.sale.partner_id)
        self.disconnect()
        customers = (shared | own).sudo().amazon_customer_ids
        self.assertEqual(len(customers), 2)
        for customer in customers:
            self.assertTrue(customer.ciphertext)
            self.assertTrue(customer.email_digest)
        self.assertEqual(customers.channel_id, channel)
        self.assertTrue(other.sudo().credentials_ciphertext)
        self.assertTrue(all(read_orders(self.find_numbers(11, 12)).values()))

    def test_waiting_orders_are_applied_without_a_name(self):
        waiting = self.store(order_json(5, buyer="chitra"))
        self.disconnect()
        self.run_cron("orders_apply")
        customer = waiting.sale_order_id.partner_id.sudo().amazon_customer_ids
        self.assertTrue(customer.anonymous_key)
        self.assertFalse(customer.ciphertext)


@tagged("post_install", "-at_install")
class TestFormerTokens(HoldCase):
    def test_tokens_of_former_authorisations_go(self):
        tokens = self.env["amazon.access.token"].sudo()
        former = tokens.create({"key": "former", "expires_at": 1000.0})
        (tokens.search([]) - former).expires_at = 99999999999.0
        current = tokens.search([]) - former
        self.env.flush_all()
        tokens._gc_tokens()
        self.env.invalidate_all()
        self.assertFalse(former.exists())
        self.assertEqual(current.exists(), current)
