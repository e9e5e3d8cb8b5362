# SPDX-License-Identifier: LGPL-3.0-or-later
"""Buyers' data go when their time is over; orders and figures stay."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation, SerializationFailure

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.order.personal import open_customer, read_orders
from ...models.privacy import amazon_redaction
from ..common import CRON_LOGGER, ago, item_json, order_json
from .redaction_common import RedactionCase

REDACTED = "REDACTED"


@tagged("post_install", "-at_install")
class TestClosingDate(RedactionCase):
    """S106, S107, S108: stored once, moved by a new fulfilment only."""

    def closed_days_ago(self, binding):
        return round((fields.Datetime.now() - binding.closed_on) / timedelta(days=1), 1)

    def test_open_orders_have_none(self):
        for status in ("PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED"):
            binding = self.store(self.shipped(status=status))
            self.assertFalse(binding.closed_on, status)

    def test_the_last_parcel_counts(self):
        order = self.shipped(days=5)
        order["packages"].append({"packageReferenceId": "2", "shipTime": ago(days=3)})
        self.assertEqual(self.closed_days_ago(self.store(order)), 3)

    def test_later_touches_move_nothing(self):
        """S106: what Amazon touches 40 days later was closed when it was."""
        for number, status in enumerate(("SHIPPED", "CANCELLED", "UNFULFILLABLE"), 1):
            order = order_json(
                number, status=status, created=ago(days=50), updated=ago(days=20)
            )
            binding = self.store(order)
            self.assertEqual(self.closed_days_ago(binding), 20, status)
            self.store({**order, "lastUpdatedTime": ago(days=1)})
            self.assertEqual(self.closed_days_ago(binding), 20, status)

    def test_touched_orders_bring_nothing_back(self):
        order = self.shipped(days=29, packages=None, updated=ago(days=29))
        binding = self.store(order)
        self.assertFalse(self.sealed(binding))
        self.store({**order, "lastUpdatedTime": ago(hours=1)})
        self.assertFalse(self.sealed(binding))

    def test_shipped_again_counts_anew(self):
        """S108: reopened and shipped once more, seen step by step or at once."""
        binding = self.store(self.shipped(days=20, updated=ago(days=20)))
        self.store(self.shipped(days=20, status="UNSHIPPED", updated=ago(days=5)))
        self.assertFalse(binding.closed_on)
        self.store(self.shipped(days=4, updated=ago(days=4)))
        self.assertEqual(self.closed_days_ago(binding), 4)
        self.store(self.shipped(days=2, updated=ago(days=2)))
        self.assertEqual(self.closed_days_ago(binding), 2)

    def test_cancelled_after_all(self):
        binding = self.store(self.shipped(days=20, updated=ago(days=20)))
        self.store(self.shipped(days=20, status="CANCELLED", updated=ago(days=3)))
        self.assertEqual(self.closed_days_ago(binding), 3)

    def test_no_order_closes_in_the_future(self):
        binding = self.store(self.shipped(days=-400, created=ago(days=1)))
        self.assertLessEqual(binding.closed_on, fields.Datetime.now())

    def test_amazons_report_dates_what_amazon_ships(self):
        order = order_json(status="SHIPPED", updated=ago(days=1))
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        binding = self.store(order)
        self.assertEqual(self.closed_days_ago(binding), 1)
        shipped = fields.Datetime.now() - timedelta(days=6)
        binding.line_ids.shipped_time = shipped
        self.env["amazon.order"]._close_as_reported(binding.ids)
        self.assertEqual(self.closed_days_ago(binding), 6)
        self.store({**order, "lastUpdatedTime": ago(hours=1)})
        self.assertEqual(self.closed_days_ago(binding), 6)

    def test_former_orders_are_dated_first(self):
        bindings = self.store(
            self.shipped(1, days=9),
            order_json(2, status="CANCELLED", updated=ago(days=7)),
            self.shipped(3, status="UNSHIPPED"),
        )
        bindings.closed_on = False
        bindings.flush_recordset()
        self.assertEqual(self.env["amazon.order"]._close_former(10), 2)
        self.assertEqual(self.env["amazon.order"]._close_former(10), 0)
        self.assertEqual(self.closed_days_ago(bindings[0]), 9)
        self.assertEqual(self.closed_days_ago(bindings[1]), 7)
        self.assertFalse(bindings[2].closed_on)


@tagged("post_install", "-at_install")
class TestRedaction(RedactionCase):
    def test_everything_goes_after_its_days(self):
        """S106, S174, S185, S186, S187, S188, S189, S191: and nothing before."""
        order = self.shipped()
        order["buyer"]["buyerPurchaseOrderNumber"] = "PO of Asha"
        order["recipient"]["deliveryAddress"]["stateOrRegion"] = "c/o Asha"
        cancellation = {"cancellationRequest": {"cancelReason": "No longer needed"}}
        order["orderItems"][0]["cancellation"] = cancellation
        binding = self.receive(order)
        binding.action_ignore_place()
        self.apply()
        sale = binding.sale_order_id
        self.assertEqual(sale.client_order_ref, "PO of Asha")
        self.redact(days=27)
        self.assertTrue(self.sealed(binding))
        self.redact(days=29)
        self.assertFalse(self.sealed(binding) or binding.ship_state_typed)
        self.assertTrue(binding.redacted_on)
        self.assertEqual(read_orders(binding)[binding], {})
        self.assertEqual(sale.client_order_ref, sale.amazon_order_ref)
        self.assertNotIn("buyer", binding.payload)
        self.assertNotIn("No longer needed", str(binding.payload))
        for customer in self.customers(binding):
            self.assertEqual(open_customer(customer), {})
            self.assertFalse(
                customer.email_digest
                or customer.identity_digest
                or customer.address_digest
            )
            contact = customer.partner_id
            for name in ("name", "street", "street2", "phone", "email"):
                self.assertEqual(contact[name], REDACTED)
            self.assertTrue(contact.country_id)

    def test_cancelled_orders_too(self):
        """S107"""
        binding = self.store(order_json(status="CANCELLED"))
        self.assertTrue(self.sealed(binding))
        self.redact(days=31)
        self.assertFalse(self.sealed(binding))

    def test_open_orders_keep_them_until_nobody_can_ship(self):
        binding = self.store(order_json(deliver_by=None))
        self.redact(days=20)
        self.assertTrue(self.sealed(binding))
        self.redact(days=31)
        self.assertFalse(self.sealed(binding))

    def test_fulfilled_again_before_its_day(self):
        """S108: on its 29th day, counted from the new fulfilment."""
        self.account.buyer_data_days = 30
        binding = self.receive(self.shipped(days=28, updated=ago(days=28)))
        self.store(self.shipped(days=0, updated=ago(hours=1)))
        self.redact(days=27)
        self.assertTrue(self.sealed(binding))
        self.redact(days=30)
        self.assertFalse(self.sealed(binding))

    def test_no_later_page_stores_anything(self):
        order = self.shipped()
        binding = self.receive(order)
        self.redact(days=29)
        later = {**order, "lastUpdatedTime": ago(minutes=1)}
        later["buyer"] = {**order["buyer"], "buyerPurchaseOrderNumber": "PO again"}
        later["recipient"]["deliveryAddress"]["stateOrRegion"] = "c/o Asha"
        self.receive(later)
        self.assertFalse(self.sealed(binding) or binding.ship_state_typed)
        self.assertNotIn("PO again", str(binding.payload))
        self.store(self.shipped(status="UNSHIPPED", updated=ago(seconds=30)))
        self.assertFalse(self.sealed(binding))

    def test_orders_and_figures_stay(self):
        """S192, S193: found by their number, with the same totals."""
        binding = self.receive(self.shipped(items=[item_json(SHIPPING="40.00")]))
        sale = binding.sale_order_id
        self.env.flush_all()

        def read():
            report = self.env["sale.report"]._read_group(
                [("order_reference", "=", f"sale.order,{sale.id}")],
                ["state", "product_id", "country_id"],
                ["price_total:sum", "product_uom_qty:sum", "__count"],
            )
            names = ("name", "amount_untaxed", "amount_tax", "amount_total", "state")
            lines = sale.order_line.read(["product_uom_qty", "price_total", "name"])
            return report, sale.read(names), lines, binding.amount_total

        before = read()
        self.redact(days=29)
        self.assertEqual(read(), before)
        number = binding.order_number
        self.assertEqual(self.find(number), binding)
        found = self.env["sale.order"].search([("amazon_order_ref", "=", number)])
        self.assertEqual(found, sale)

    def test_buyers_with_a_younger_order_stay(self):
        """S185: a customer goes with the last order."""
        old = self.receive(self.shipped(1, days=20, updated=ago(days=20)))
        new = self.receive(self.shipped(2))
        self.assertEqual(self.customers(old), self.customers(new))
        self.redact(days=10)
        self.assertFalse(self.sealed(old))
        self.assertTrue(self.sealed(new))
        self.assertTrue(self.customers(new).ciphertext)
        self.assertNotEqual(new.sale_order_id.partner_id.name, REDACTED)
        self.redact(days=29)
        self.assertFalse(self.customers(new).ciphertext)

    def test_who_orders_again_gets_a_new_contact(self):
        old = self.receive(self.shipped(1))
        self.redact(days=29)
        new = self.receive(self.shipped(2))
        self.assertNotEqual(new.sale_order_id.partner_id, old.sale_order_id.partner_id)

    def test_shared_contacts_and_own_ones_stay(self):
        shared = self.receive(order_json(1, buyer=None, status="SHIPPED"))
        own = self.receive(self.shipped(2)).sale_order_id.partner_id
        self.env["sale.order"].create({"partner_id": own.id}).action_confirm()
        copied = self.receive(self.shipped(3, buyer="li")).sale_order_id
        copied.copy()
        names = (shared.sale_order_id.partner_id.name, own.name)
        self.redact(days=29)
        self.assertEqual((shared.sale_order_id.partner_id.name, own.name), names)
        self.assertEqual(copied.partner_id.name, REDACTED)
        self.assertFalse(own.amazon_customer_ids.sudo().ciphertext)

    def test_buyers_merged_into_a_contact(self):
        """The company's own contact keeps what it is called."""
        binding = self.receive(self.shipped())
        customer = self.customers(binding)
        own = self.env["res.partner"].create({"name": "Own", "phone": "123"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2020-01-01' WHERE id = %s", own.ids
        )
        self.env.invalidate_all()
        customer.partner_id = binding.sale_order_id.partner_id = own
        binding.sale_order_id.partner_shipping_id = own
        self.redact(days=29)
        self.assertEqual((own.name, own.phone, own.street), ("Own", "123", False))
        self.assertFalse(customer.ciphertext or customer.email_digest)

    def test_days_of_the_account(self):
        """Never more than Amazon allows."""
        self.account.buyer_data_days = 3
        binding = self.receive(self.shipped())
        self.redact(days=4)
        self.assertFalse(self.sealed(binding))
        for days in (0, -1, 31):
            with (
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.account.buyer_data_days = days
                self.env.flush_all()

    def test_each_account_has_its_own_days(self):
        """Of two companies, too; whoever may not see one sees none of its history."""
        mine = self.receive(self.shipped())
        other = self.env["res.company"].create({"name": "Second company"})
        vals = {"seller_id": "ASECOND", "company_id": other.id, "buyer_data_days": 2}
        account = self._create_account(**vals)
        values = {"account_id": account.id, "company_id": other.id}
        theirs = mine.copy({**values, "seller_id": "ASECOND", "sale_order_id": False})
        self.env["amazon.order.pii"].sudo().create(
            {"order_id": theirs.id, "company_id": other.id, "ciphertext": "x"}
        )
        theirs.closed_on = mine.closed_on
        self.redact(days=3)
        self.assertFalse(self.sealed(theirs))
        self.assertTrue(self.sealed(mine))
        record = self.redaction.search([])
        self.assertEqual((record.account_id, record.company_id), (account, other))
        user = new_test_user(self.env, "first", "amazon_connector.group_manager")
        self.assertFalse(self.redaction.with_user(user).search([]))

    def test_killed_in_the_middle_goes_on(self):
        """Batches that are done stay done; the next run does the rest, once."""
        bindings = self.receive(*(self.shipped(number) for number in range(1, 6)))
        self.patch(amazon_redaction, "BATCH_SIZE", 2)
        model, calls = self.env.registry["amazon.order"], []
        redact = model._redact

        def die_after_the_first(orders):
            calls.append(len(orders))
            if len(calls) > 1:
                raise RuntimeError("killed")
            return redact(orders)

        with (
            patch.object(model, "_redact", die_after_the_first),
            mute_logger(CRON_LOGGER),
        ):
            self.redact(days=29)
        self.env.invalidate_all()
        self.assertEqual(len(bindings.filtered("redacted_on")), 2)
        first = self.redaction.search([])
        self.assertEqual((first.order_count, first.ended_at), (2, False))
        self.redact(days=29)
        self.assertTrue(all(bindings.mapped("redacted_on")))
        self.assertEqual(sum(self.redaction.search([]).mapped("order_count")), 5)
        self.redact(days=29)
        self.assertEqual(sum(self.redaction.search([]).mapped("order_count")), 5)

    def test_history_counts_and_names_nobody(self):
        order = self.shipped()
        order["buyer"]["buyerPurchaseOrderNumber"] = "PO of Asha"
        self.receive(order)
        self.redact(days=29)
        record = self.redaction.search([])
        self.assertEqual(record.account_id, self.account)
        self.assertEqual(record.company_id, self.company)
        self.assertTrue(record.ended_at)
        self.assertEqual((record.order_count, record.data_count), (1, 1))
        self.assertEqual((record.customer_count, record.reference_count), (1, 1))
        self.assertNotIn("Asha", str(record.read()))
        report = self.env.ref("amazon_connector.amazon_redaction_report")
        page, _kind = report._render_qweb_html(report.report_name, record.ids)
        self.assertIn(b"Certificate of Deletion", page)
        self.assertIn(self.account.name.encode(), page)


@tagged("post_install", "-at_install")
class TestLateDeletion(RedactionCase):
    def late(self):
        return self.account._get_alerts("buyer data deletion")

    def watch(self, days):
        with freeze_time(fields.Datetime.now() + timedelta(days=days), tick=True):
            self.env["amazon.account"]._check_all_deletions()

    def test_late_deletion_asks_the_responsible_user(self):
        self.receive(self.shipped())
        self.watch(28.5)
        self.assertFalse(self.late())
        self.watch(29.5)
        self.watch(29.6)
        self.assertEqual(len(self.late()), 1)
        self.assertEqual(self.late().user_id, self.account._get_responsible())
        self.redact(days=29.7)
        self.assertFalse(self.late())

    def test_orders_that_amazon_never_closed(self):
        """Their data are due as well, by what is known of them; and so is the word."""
        order = order_json(created=ago(days=2), updated=ago(days=1))
        order.pop("fulfillment").pop("shipByWindow", None)
        order["fulfillment"] = {
            "fulfillmentStatus": "UNSHIPPED",
            "fulfilledBy": "MERCHANT",
        }
        binding = self.store(order)
        self.assertFalse(binding.closed_on or binding.ship_by or binding.deliver_by)
        self.watch(27.5)
        self.assertFalse(self.late())
        self.watch(29.5)
        self.assertEqual(len(self.late()), 1)
        binding.deliver_by = fields.Datetime.now() + timedelta(days=2)
        for days, count in ((29.5, 0), (31.5, 1)):
            with freeze_time(fields.Datetime.now() + timedelta(days=days), tick=True):
                self.assertEqual(self.account._count_late(), count, "as promised")
        self.redact(days=31.6)
        with freeze_time(fields.Datetime.now() + timedelta(days=32), tick=True):
            self.assertFalse(self.account._count_late())

    def test_the_daily_warnings_watch(self):
        self.receive(self.shipped())
        with freeze_time(fields.Datetime.now() + timedelta(days=31), tick=True):
            self.env["amazon.account"]._cron_warn_of_expiry()
            self.assertTrue(self.late())
            self.account.invalidate_recordset()
            self.assertEqual(self.account.buyer_data_count, 1)
            self.assertEqual(self.account.buyer_data_late, 1)
            self.assertLess(self.account.buyer_data_due, fields.Datetime.now())


@tagged("post_install", "-at_install")
class TestDeletionOnRequest(RedactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "redacting_boss", "amazon_connector.group_manager"
        )
        cls.user = new_test_user(
            cls.env, "redacting_user", "amazon_connector.group_user"
        )
        other = cls.env["res.company"].create({"name": "Second company"})
        cls.stranger = new_test_user(
            cls.env,
            "redacting_stranger",
            "amazon_connector.group_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )

    def test_one_order(self):
        """S174: the buyer's other order keeps its data."""
        first, second = self.receive(self.shipped(1), self.shipped(2))
        first.with_user(self.manager).action_delete_buyer_data()
        self.assertFalse(self.sealed(first))
        self.assertTrue(self.sealed(second))
        self.assertTrue(self.customers(second).ciphertext)
        record = self.redaction.search([])
        self.assertEqual(record.user_id, self.manager)
        self.assertEqual(record.subject, first.order_number)
        self.assertEqual((record.order_count, record.customer_count), (1, 0))
        second.with_user(self.manager).action_delete_buyer_data()
        self.assertFalse(self.customers(second).ciphertext)

    def test_one_buyer(self):
        orders = self.receive(self.shipped(1), order_json(2), order_json(3, buyer="li"))
        customer = self.customers(orders[0])
        customer.with_user(self.manager).action_delete_buyer_data()
        self.assertFalse(self.sealed(orders[:2]))
        self.assertTrue(self.sealed(orders[2]))
        self.assertFalse(customer.ciphertext or customer.email_digest)
        self.assertEqual(customer.partner_id.name, REDACTED)
        record = self.redaction.search([])
        self.assertEqual(record.subject, customer.number)
        self.assertEqual((record.order_count, record.customer_count), (2, 1))
        self.store(order_json(2, updated=ago(minutes=1)))
        self.assertFalse(self.sealed(orders[1]))

    def test_others_are_refused(self):
        binding = self.receive(self.shipped())
        customer = self.customers(binding)
        for user in (self.user, self.stranger):
            for record in (binding, customer):
                with self.assertRaises(AccessError):
                    record.with_user(user).action_delete_buyer_data()
        self.assertTrue(self.sealed(binding))


@tagged("post_install", "-at_install")
class TestDeletionBesideOthers(TransactionCase):
    """What others have in work is left to the next time; nobody waits."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = self.env(cr=cr)
            partner = env["res.partner"].create({"name": "Amazon XX - Customer"})
            customer = env["amazon.customer"].create(
                {
                    "number": "AMZ000001",
                    "partner_id": partner.id,
                    "marketplace_id": env.ref("amazon_connector.marketplace_in").id,
                    "company_id": env.company.id,
                    "email_digest": "digest of a test",
                }
            )
            self.customer_id, self.partner_id = customer.id, partner.id
        self.addCleanup(self.drop)

    def drop(self):
        with self.registry.cursor() as cr:
            self.env(cr=cr)["res.partner"].browse(self.partner_id).unlink()

    def begin(self):
        """The customer in a transaction of its own that has read already."""
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        cr.execute("SELECT FROM amazon_customer")
        return self.env(cr=cr)["amazon.customer"].browse(self.customer_id)

    def test_customers_of_orders_in_work_are_left(self):
        worker, deletion = self.begin(), self.begin()
        worker._hold()
        self.assertFalse(deletion._claim_unused())
        worker.env.cr.rollback()
        self.assertTrue(deletion._claim_unused())

    def test_no_order_goes_to_a_customer_that_was_deleted(self):
        worker, deletion = self.begin(), self.begin()
        deletion._claim_unused()._redact()
        deletion.env.cr.commit()
        with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
            worker._hold()

    def test_contacts_that_a_user_writes_are_left(self):
        user, deletion = self.begin(), self.begin()
        user.partner_id.comment = "In work"
        user.env.flush_all()
        self.assertFalse(deletion._claim_unused())
