# SPDX-License-Identifier: LGPL-3.0-or-later
"""Buyers' data on printed deliveries, and in no other place."""

import json
from datetime import timedelta
from threading import Thread
from types import SimpleNamespace
from unittest.mock import patch

import psycopg2

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...controllers import printing
from ...models.order.reveal import get_shown, read_contacts, show_contacts
from ..common import AmazonCase, order_json
from .reveal_common import NOTES, PICKING, SHOWN, SLIP, PrintMixin, RevealMixin

BUYER_DATA = "odoo.addons.amazon_connector.controllers.buyer_data"


@tagged("post_install", "-at_install")
class TestReveal(RevealMixin, AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_deliveries()

    def test_contacts_are_real_for_a_block_and_masked_after(self):
        """S105, S110: whatever empties the cache meanwhile, and nothing is kept."""
        partner = self.sale.partner_shipping_id
        self.assert_masked()
        # What was computed before does not stay.
        computed = (partner.contact_address, partner.display_name)
        self.assertNotIn("Umbrella", str(computed))
        with show_contacts(self.env, self.shown()):
            self.assertIn("Zephyrine Quixotley", partner.display_name)
            self.assertIn("Umbrellastrasse 5", partner.contact_address)
            self.env.invalidate_all()
            self.assertEqual(partner.street, "Umbrellastrasse 5")
            with self.env.cr.savepoint():
                self.assertEqual(partner.zip, "987654")
            self.assertEqual(partner.city, "Xanadupur")
            self.assertFalse(partner.search([("name", "ilike", "zephyrine")]))
            self.assertFalse(partner._read_group([("city", "=", "Xanadupur")]))
            self.sale.note = partner.street
            with self.assertRaises(UserError):
                partner.comment = "seen"
        self.assert_masked()
        self.assertFalse(self.search_database(self.SECRETS))

    def test_only_what_is_shown_is_read_anew(self):
        """A slip of an Amazon order costs hardly more than another one."""
        shown = self.shown()
        self.sale.order_line.mapped("product_id.name")
        self.picking.move_ids.mapped("location_id.complete_name")
        with show_contacts(self.env, shown, self.order), self.assertQueryCount(0):
            self.sale.order_line.mapped("product_id.name")
            self.picking.move_ids.mapped("location_id.complete_name")

    def count_statements(self, pickings):
        """How many a print of these deliveries takes beyond the rendering."""
        self.env.invalidate_all()
        pickings.mapped("partner_id.street")
        before = self.env.cr.sql_log_count
        with patch.object(printing, "request", SimpleNamespace(env=self.env)):
            found = printing.find_documents(SLIP, ",".join(map(str, pickings.ids)))
        self.assertEqual(len(found.contacts), len(pickings))
        with show_contacts(self.env, found.contacts, found.orders):
            streets = pickings.mapped("partner_id.street")
        self.assertIn("Umbrellastrasse 5", streets)
        return self.env.cr.sql_log_count - before

    def test_many_slips_take_as_many_statements_as_one(self):
        """And few: the contacts are read once, and none of them anew."""
        others = self.receive(
            *(order_json(number, buyer=f"buyer{number}") for number in (2, 3, 4))
        )
        pickings = self.picking | others.sale_order_id.picking_ids
        self.count_statements(pickings)
        one = self.count_statements(self.picking)
        self.assertEqual(self.count_statements(pickings), one)
        self.assertLessEqual(one, 10)

    def test_another_thread_sees_the_mask(self):
        seen = []
        with show_contacts(self.env, self.shown()):
            self.assertTrue(get_shown(self.env))
            reader = Thread(target=lambda: seen.append(get_shown(self.env)))
            reader.start()
            reader.join()
        self.assertEqual(seen, [None])
        self.assertFalse(get_shown(self.env))

    def test_a_failure_does_not_tell_what_was_shown(self):
        """S132: messages of failures go to the log."""
        partner = self.sale.partner_shipping_id
        with (
            self.assertRaises(UserError) as refused,
            show_contacts(self.env, self.shown()),
        ):
            raise ValueError(partner.street)
        self.assertNotIn("Umbrella", str(refused.exception))
        self.assertTrue(refused.exception.__suppress_context__)
        with (
            self.assertRaises(ZeroDivisionError),
            show_contacts(self.env, self.shown()),
        ):
            1 // 0  # noqa: B018
        self.assert_masked()

    def test_a_failure_does_not_tell_a_gift_message(self):
        """S132: with a contact or without."""
        texts = ["For you:\nfrom Zaphod", "by"]
        for values in (self.shown(), {}):
            with (
                self.assertRaises(UserError) as refused,
                show_contacts(self.env, values, self.order, texts),
            ):
                raise ValueError(texts[0])
            self.assertNotIn("Zaphod", str(refused.exception))
        with (
            self.assertRaises(ValueError),
            show_contacts(self.env, {}, self.order, texts),
        ):
            raise ValueError("paid by card")

    def test_without_a_contact_nothing_of_a_print_stays_either(self):
        """S132: another address was chosen; the gift message is the buyer's."""
        with show_contacts(self.env, {}, self.order, ["from Zaphod"]):
            self.sale.note = "from Zaphod"
            attachment = self.env["ir.attachment"].create(
                {"name": "slip.txt", "raw": b"from Zaphod"}
            )
            self.assertEqual((attachment.type, attachment.raw), ("url", b"from Zaphod"))
        self.assertFalse(attachment.exists())
        self.assertNotIn("Zaphod", str(self.sale.note))

    def test_documents_rendered_by_others_stay_masked(self):
        """S110: a mail template renders the same slip."""
        for report in (SLIP, PICKING):
            content = self.env["ir.actions.report"]._render_qweb_pdf(
                report, self.picking.ids
            )[0]
            self.assertNotIn(b"Zephyrine", content)
            self.assertNotIn(b"Umbrella", content)

    def test_data_that_are_gone_leave_the_mask(self):
        self.env["amazon.order.pii"].sudo().search([]).unlink()
        self.assertEqual(self.shown(), {})

    def test_a_contact_of_somebody_else_is_left_alone(self):
        """Another address that a user chose is his, and no place for the buyer's."""
        self.sale.partner_shipping_id = self.env["res.partner"].create({"name": "Eve"})
        self.assertEqual(self.shown(), {})

    def test_another_address_is_that_of_its_order(self):
        """S111: the parcel goes there; the buyer keeps the first one."""
        data = self.everything_personal(number=2)
        data["recipient"]["deliveryAddress"]["addressLine1"] = "Quokka Lane 9"
        order = self.receive(data)
        buyer, delivery = self.sale.partner_id, order.sale_order_id.partner_shipping_id
        self.assertEqual(delivery.parent_id, buyer)
        contacts = read_contacts(order | self.order)[0]
        self.assertEqual(contacts[delivery.id]["street"], "Quokka Lane 9")
        self.assertEqual(contacts[buyer.id]["street"], "Umbrellastrasse 5")

    def test_a_shared_contact_under_two_addresses_stays_masked(self):
        other = self.receive(order_json(2, buyer="somebody"))
        other.sale_order_id.write(
            {
                "partner_id": self.sale.partner_id.id,
                "partner_shipping_id": self.sale.partner_shipping_id.id,
            }
        )
        self.assertTrue(read_contacts(other)[0])
        self.assertEqual(read_contacts(other | self.order)[0], {})

    @mute_logger("odoo.sql_db")
    def test_nobody_changes_the_access_log(self):
        """S132: not even superuser, nor SQL."""
        row = self.log.create(
            {
                "date": fields.Datetime.now(),
                "user_id": self.env.uid,
                "company_id": self.company.id,
                "kind": "print",
                "amazon_order_ref": "1",
                "shown": "name",
            }
        )
        self.env.flush_all()
        for change in (
            "UPDATE amazon_access_log SET shown = 'nothing' WHERE id = %s",
            "DELETE FROM amazon_access_log WHERE id = %s",
            "TRUNCATE amazon_access_log -- %s",
        ):
            with self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
                self.env.cr.execute(change, [row.id])
        with self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            row.unlink()
        self.assertTrue(row.exists())

    def test_the_access_log_is_kept_for_a_year(self):
        rows = self.log.create(
            [
                {
                    "date": fields.Datetime.now() - timedelta(days=days),
                    "user_id": self.env.uid,
                    "company_id": self.company.id,
                    "kind": "print",
                    "amazon_order_ref": "1",
                    "shown": "name",
                }
                for days in (360, 370)
            ]
        )
        self.log._gc_accesses()
        self.assertEqual(rows.exists(), rows[0])


@tagged("post_install", "-at_install")
class TestPrinting(PrintMixin, RevealMixin, AmazonCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_deliveries()

    def test_the_warehouse_prints_the_address(self):
        """S105, S111, S132: and each print is a row of the log."""
        answer = self.print_as("stock.group_stock_user")
        self.assert_shown(answer, SHOWN + NOTES)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        row = self.logged()
        self.assertEqual(row.user_id, self.worker)
        self.assertEqual(row.amazon_order_ref, self.order.order_number)
        self.assertEqual(row.document, SLIP)
        self.assertEqual(row.company_id, self.company)
        self.assertIn("street", row.shown)
        self.assertIn("notes", row.shown)
        self.assertTrue(row.ip_address)
        self.assertFalse(self.search_database(self.SECRETS))
        self.assert_masked()

    def test_picking_operations_have_it_too(self):
        """S111: who picks wraps gifts and makes what was ordered to measure, too."""
        answer = self.print_as("stock.group_stock_user", PICKING)
        self.assert_shown(answer, SHOWN[2:4] + NOTES)

    def test_many_are_printed_at_once(self):
        other = self.receive(order_json(2, buyer="somebody"))
        plain = self.picking.copy({"sale_id": False, "partner_id": False})
        ids = (self.picking | other.sale_order_id.picking_ids | plain).ids
        answer = self.print_as("stock.group_stock_user", ids=ids)
        self.assert_shown(answer)
        self.assertEqual(len(self.logged()), 2)

    def test_the_download_has_it_and_its_name_has_not(self):
        login = "downloader"
        new_test_user(self.env, login, "stock.group_stock_user")
        self.authenticate(login, login)
        url = f"/report/pdf/{SLIP}/{self.picking.id}"
        answer = self.url_open(
            "/report/download",
            data={
                "data": json.dumps([url, "qweb-pdf"]),
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        self.assert_shown(answer)
        self.assertNotIn("Zephyrine", answer.headers["Content-Disposition"])

    def test_no_copy_is_kept_as_attachment(self):
        """S132: whatever the report and the caller say."""
        report = self.env["ir.actions.report"]._get_report_from_name(SLIP)
        report.write({"attachment": "'slip'", "attachment_use": True})
        before = self.env["ir.attachment"].search_count([])
        self.assert_shown(self.print_as("stock.group_stock_user"))
        self.assertEqual(self.env["ir.attachment"].search_count([]), before)

    def test_sales_users_print_the_mask(self):
        """S105, S110."""
        answer = self.print_as("sales_team.group_sale_salesman_all_leads")
        self.assert_hidden(answer)

    def test_an_account_may_ask_for_the_group(self):
        self.account.buyer_data_printing = "group"
        self.assert_hidden(self.print_as("stock.group_stock_user"))
        groups = "stock.group_stock_user,amazon_connector.group_buyer_data"
        self.assert_shown(self.print_as(groups))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_another_company_prints_nothing(self):
        other = self.env["res.company"].create({"name": "Second company"})
        answer = self.print_as(
            "stock.group_stock_user,amazon_connector.group_buyer_data",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assert_hidden(answer)


@tagged("post_install", "-at_install")
class TestScreen(PrintMixin, RevealMixin, AmazonCase, HttpCase):
    """The dialog "Show Buyer's Data"."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_deliveries()

    def assert_refused(self, text):
        self.assertIn("AccessError", text)
        for secret in self.SECRETS:
            self.assertNotIn(secret, text)
        self.assertFalse(self.logged())

    def test_the_group_sees_all_and_is_logged(self):
        """S105, S132: from each record that leads to the order."""
        groups = "amazon_connector.group_buyer_data,stock.group_stock_user"
        contact = self.sale.partner_shipping_id
        for record in (self.order, self.sale, self.picking, contact):
            text = self.ask_as(groups, record)
            for secret in self.SECRETS:
                self.assertIn(secret, text)
            row = self.logged()[:1]
            self.assertEqual((row.user_id, row.kind), (self.looker, "screen"))
            self.assertEqual(row.document, record._name)
        self.assertEqual(len(self.logged()), 4)
        self.assertFalse(self.search_database(self.SECRETS))

    @mute_logger("odoo.http")
    def test_without_the_group_it_is_refused(self):
        """S132: a manager, too; and Odoo's log says who tried."""
        groups = "amazon_connector.group_manager,stock.group_stock_manager"
        with self.assertLogs(BUYER_DATA, "WARNING") as logs:
            self.assert_refused(self.ask_as(groups))
        self.assertIn(f"User {self.looker.id} asked", logs.output[0])

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Second company"})
        companies = {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        group = "amazon_connector.group_buyer_data"
        for record in (self.order, self.sale):
            self.assert_refused(self.ask_as(group, record, **companies))

    @mute_logger("odoo.http")
    def test_other_records_have_no_buyer(self):
        group = "amazon_connector.group_buyer_data"
        self.assert_refused(self.ask_as(group, self.account))

    def test_data_that_are_gone_are_not_shown(self):
        self.env["amazon.order.pii"].sudo().search([]).unlink()
        self.assertIn('"result": []', self.ask_as("amazon_connector.group_buyer_data"))
        self.assertFalse(self.logged())
