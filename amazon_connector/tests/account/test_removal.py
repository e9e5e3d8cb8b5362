# SPDX-License-Identifier: LGPL-3.0-or-later
import os
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..common import item_json, order_json
from .hold_common import HoldCase

MANY = int(os.environ.get("AMAZON_MANY_ORDERS") or 2000)


@tagged("post_install", "-at_install")
class TestRemoval(HoldCase):
    """S102: Remove everything deletes the integration's own records of an account."""

    def setUp(self):
        super().setUp()
        self.order = self.find_numbers(1)
        self.sale = self.order.sale_order_id

    def remove(self, user=None, name=None, account=None):
        account = account or self.account
        return (
            self.env["amazon.account.remove"]
            .with_user(user or self.manager)
            .create({"account_id": account.id, "confirmation": name or account.name})
            .action_remove()
        )

    def count_rows(self):
        """``{table: rows}`` of the connector's tables that lead to an account."""
        self.env.flush_all()
        tables = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT tc.table_name, kcu.column_name, ccu.table_name
                  FROM information_schema.table_constraints tc
                  JOIN information_schema.key_column_usage kcu
                 USING (constraint_schema, constraint_name)
                  JOIN information_schema.constraint_column_usage ccu
                 USING (constraint_schema, constraint_name)
                 WHERE tc.constraint_type = 'FOREIGN KEY'
                   AND ccu.table_name IN ('amazon_account', 'amazon_channel',
                       'amazon_order', 'amazon_order_line', 'amazon_listing',
                       'amazon_sync_run', 'amazon_sync_task', 'amazon_shipment',
                       'amazon_feed', 'amazon_sync_request', 'amazon_report',
                       'amazon_stock_level', 'amazon_cancellation')
                """
            )
        )
        counts = {}
        for table, column, _target in tables:
            self.env.cr.execute(
                SQL(
                    "SELECT count(*) FROM %s WHERE %s IS NOT NULL",
                    SQL.identifier(table),
                    SQL.identifier(column),
                )
            )
            counts[table, column] = self.env.cr.fetchone()[0]
        return counts

    def test_nothing_of_the_integration_is_left(self):
        self.env["amazon.unknown.word"]._count_words(
            self.account, "order_report", {"New": 1}
        )
        before = self.count_rows()
        self.assertTrue(before["sale_order", "amazon_order_id"])
        customer = self.sale.partner_id.sudo().amazon_customer_ids
        self.assertTrue(customer.ciphertext)
        channel = self.channel
        self.remove()
        left = {key: count for key, count in self.count_rows().items() if count}
        self.assertFalse(left)
        for record in (self.account, channel, self.order, customer):
            self.assertFalse(record.exists(), record)
        self.env.cr.execute("SELECT count(*) FROM amazon_order_pii")
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_what_is_the_companys_stays(self):
        partner, picking = self.sale.partner_id, self.sale.picking_ids
        name, total = partner.name, self.sale.amount_total
        self.remove()
        self.assertEqual((self.sale.state, self.sale.amount_total), ("sale", total))
        self.assertEqual(self.sale.amazon_order_ref, order_json(1)["orderId"])
        self.assertEqual((partner.name, partner.exists()), (name, partner))
        self.assertTrue(picking.exists() and self.product.exists())
        picking.move_ids.quantity = 1
        picking.with_context(skip_sms=True, skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done", "an ordinary delivery now")
        self.assertEqual(self.sale._create_invoices().amount_total, total)

    def test_what_a_buyer_typed_goes(self):
        """Nothing is left that would delete it when its time is over."""
        order = order_json(5)
        order["buyer"]["buyerPurchaseOrderNumber"] = "PO of Asha"
        sale = self.receive(order).sale_order_id
        self.assertEqual(sale.client_order_ref, "PO of Asha")
        self.sale.client_order_ref = "Typed here"
        self.remove()
        self.assertEqual(sale.client_order_ref, sale.amazon_order_ref)
        self.assertEqual(self.sale.client_order_ref, "Typed here")

    def test_a_frozen_draft_is_the_users(self):
        self.place(2, items=[item_json("NOBODY-KNOWS")])
        self.simulator.clock.advance(200)
        self.task.next_run = fields.Datetime.now()
        self.run_all()
        sale = self.find_numbers(2).sale_order_id
        self.assertTrue(sale.amazon_frozen)
        self.remove()
        self.assertFalse(sale.amazon_frozen)
        sale.unlink()
        self.assertFalse(sale.exists())

    def test_connected_again_no_order_comes_twice(self):
        number = self.order.order_number
        self.remove()
        self.account = self._create_account(state="draft")
        with self.enter_registry_test_mode():
            self.account.with_user(self.manager).action_connect()
        self.channels = self.account.channel_ids
        self.channel = self.channels[0]
        self.channels.order_start_date = fields.Datetime.now() - timedelta(days=30)
        self.place(2)
        self.run_all()
        again, new = self.find_numbers(1, 2)
        self.assertEqual((again.state, again.sale_order_id.id), ("skipped", False))
        self.assertIn(self.sale.name, again.reason)
        self.assertEqual(new.sale_order_id.state, "sale")
        sales = self.env["sale.order"].search([("amazon_order_ref", "=", number)])
        self.assertEqual(sales, self.sale)

    def test_it_says_what_goes_and_what_stays(self):
        dialog = self.env["amazon.account.remove"].with_user(self.manager)
        text = etree.fromstring(dialog.get_view(view_type="form")["arch"]).xpath(
            "string(/)"
        )
        for part in (
            "permanently deleted",
            "These are kept",
            "sales orders",
            "invoices",
            "products",
        ):
            self.assertIn(part, text)
        action = self.account.with_user(self.manager).action_open_removal()
        self.assertEqual(action["res_model"], dialog._name)
        view = self.env.ref("amazon_connector.amazon_account_view_form")
        self.assertIn("action_open_removal", view.arch)

    def test_the_name_has_to_be_typed(self):
        for name in ("Test", " ", "test shop"):
            with self.assertRaisesRegex(UserError, "Nothing was deleted"):
                self.remove(name=name)
        self.assertTrue(self.account.exists())
        self.remove(name=" Test shop ")
        self.assertFalse(self.account.exists())

    def test_deleted_like_any_record(self):
        """Odoo's own Delete, and scripts: words say what to do instead."""
        account = self.account.with_user(self.manager)
        for record in (account, self.channel.sudo(), self.account.sudo()):
            with self.assertRaisesRegex(UserError, "Remove Everything"):
                record.unlink()
        self.assertTrue(self.order.exists() and self.account.exists())

    def test_what_never_worked_is_deleted_like_any_record(self):
        draft = self.account.copy({"name": "Draft", "seller_id": "ADRAFT"})
        draft.with_user(self.manager).unlink()
        self.assertFalse(draft.exists())

    def test_only_managers_of_the_company(self):
        with self.assertRaises(AccessError):
            self.remove(self.user)
        with self.assertRaises(AccessError):
            self.account.with_user(self.user).action_open_removal()
        with self.assertRaises(AccessError):
            account = self.account.with_user(self.user)
            account.env["amazon.account.remover"]._remove(account)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.write(
            {"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id}
        )
        with self.assertRaises(AccessError):
            self.remove()
        self.assertTrue(self.account.exists())

    def test_not_while_a_task_is_in_work(self):
        self.task.write(
            {
                "leased_until": fields.Datetime.now() + timedelta(minutes=2),
                "worker": "another:1:1",
            }
        )
        with self.assertRaisesRegex(UserError, "a sync is running: Orders"):
            self.remove()
        self.assertTrue(self.order.exists())
        self.task.leased_until = fields.Datetime.now() - timedelta(minutes=2)
        self.remove()
        self.assertFalse(self.account.exists())

    def test_other_accounts_keep_theirs(self):
        other = self.account.copy({"name": "Other shop", "seller_id": "AOTHER"})
        other.refresh_token_input = "another"
        channel = self.channel.copy({"account_id": other.id})
        run = self.sync._start_run(other._get_task("orders"), channel)
        self.env["amazon.order.inbox"]._store_page(other, [order_json(11)], run)
        self.apply()
        order = self.find_numbers(11)
        customer = order.sale_order_id.partner_id.sudo().amazon_customer_ids
        self.remove()
        self.assertTrue(order.exists() and order.sale_order_id.amazon_channel_id)
        self.assertEqual(customer.channel_id, channel)
        self.assertTrue(customer.ciphertext)

    def test_many_orders_in_few_statements(self):
        """The number of statements does not grow with the orders."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO amazon_order (order_number, seller_id, account_id,
                   channel_id, company_id, state, run_id)
            SELECT 'N' || n, seller_id, account_id, channel_id, company_id, 'skipped',
                   run_id
              FROM amazon_order, generate_series(1, %(many)s) n WHERE id = %(order)s;
            INSERT INTO amazon_order_line (order_id, order_item_id, company_id)
            SELECT id, 'X', company_id FROM amazon_order WHERE state = 'skipped';
            INSERT INTO amazon_order_pii (order_id, company_id, ciphertext)
            SELECT id, company_id, 'x' FROM amazon_order WHERE state = 'skipped';
            INSERT INTO amazon_sync_record (run_id, amazon_order_id, name, outcome)
            SELECT run_id, id, 'x', 'skipped' FROM amazon_order
             WHERE state = 'skipped' AND run_id IS NOT NULL;
            """,
            {"many": MANY, "order": self.order.id},
        )
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.remove()
        self.assertLess(self.cr.sql_log_count - before, 250)
