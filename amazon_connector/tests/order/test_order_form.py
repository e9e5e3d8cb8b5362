# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the form of an Amazon order tells."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..common import AmazonCase, item_json, order_json
from ..screens import Screen

NOTE = "Called the carrier"


@tagged("post_install", "-at_install")
class TestOrderForm(AmazonCase):
    def test_amounts_of_each_item(self):
        """Amazon's total and what it is made of, for who may not read the payload."""
        items = [
            item_json(
                "SKU-A", 2, "200.00", number="1", SHIPPING="40.00", DISCOUNT="-10.00"
            ),
            item_json("SKU-B", 1, None, number="2", total="0.00"),
        ]
        binding = self.receive(order_json(1, items))
        user = new_test_user(self.env, "reader", "amazon_connector.group_user")
        first, second = binding.with_user(user).line_ids.sorted("order_item_id")
        self.assertEqual(first.amount, 230.0)
        for part in ("Item", "200.00", "Shipping", "40.00", "Discount", "10.00"):
            self.assertIn(part, first.charges)
        self.assertFalse(second.charges)

    def test_amounts_that_amazon_does_not_state(self):
        """Nothing is shown, and not 0: of a payment that is not settled yet."""
        item = item_json("SKU-A")
        del item["proceeds"]
        order = order_json(1, [item], status="PENDING")
        del order["proceeds"]
        pending, told = self.receive(order, order_json(2))
        self.assertEqual(pending.state, "pending")
        for view_type in ("form", "list"):
            shown = [
                Screen(one, view_type=view_type).shows("amount_total")
                for one in (pending, told)
            ]
            self.assertEqual(shown, [False, True], view_type)
        lines = [
            Screen(one).line(one.line_ids, "line_ids", "amount").shows("amount")
            for one in (pending, told)
        ]
        self.assertEqual(lines, [False, True])

    def test_speed_and_programs_in_words(self):
        order = order_json(1, programs=["AMAZON_EASY_SHIP", "NEW_ONE"])
        order["fulfillment"]["fulfillmentServiceLevel"] = "NEXT_DAY"
        binding = self.receive(order)
        self.assertEqual(binding.speed_text, "Next day")
        self.assertEqual(binding.program_text, "Easy Ship, New one")
        self.assertEqual(binding.country_text, "India")
        binding.ship_country = "XY"
        self.assertEqual(binding.country_text, "XY", "an unknown code is shown")
        with Form(binding) as form:
            self.assertEqual(form.speed_text, "Next day")


@tagged("post_install", "-at_install")
class TestOrderStory(AmazonCase):
    """The status bar and the delivery button say how far an order has come."""

    def ask(self, binding):
        binding.invalidate_recordset(["progress", "delivery_text"])
        return binding.progress, binding.delivery_text

    def test_from_ordered_to_completed(self):
        binding = self.receive(order_json(1, [item_json("SKU-A", 2)]))
        self.assertEqual(self.ask(binding), ("to_ship", "To do"))
        delivery = binding.sale_order_id.picking_ids
        self.assertEqual(binding.action_open_delivery()["res_id"], delivery.id)
        delivery.move_ids.quantity = 1
        delivery.move_ids.picked = True
        delivery.with_context(skip_backorder=True).button_validate()
        self.assertEqual(self.ask(binding), ("partly", "1 of 2 done"))
        rest = binding.sale_order_id.picking_ids - delivery
        rest.move_ids.quantity = 1
        rest.move_ids.picked = True
        rest.button_validate()
        self.assertEqual(self.ask(binding), ("shipped", "Done"))
        binding.fulfillment_status = "SHIPPED"
        self.assertEqual(self.ask(binding), ("completed", "Done"))

    def test_what_did_not_go_on(self):
        binding = self.receive(order_json(1, [item_json("NEW")]))
        self.assertEqual(self.ask(binding), ("frozen", "None"))
        with self.assertRaisesRegex(UserError, "when the sales order is confirmed"):
            binding.action_open_delivery()
        order = order_json(2)
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        binding = self.receive(order)
        self.assertEqual(self.ask(binding)[1], "By Amazon")
        with self.assertRaisesRegex(UserError, "FBA"):
            binding.action_open_delivery()
        binding = self.receive(order_json(3, status="PENDING"))
        self.assertEqual(self.ask(binding), ("pending", "None"))


@tagged("post_install", "-at_install")
class TestOrderChatter(AmazonCase):
    """Notes and activities stand on the Amazon order itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.binding = cls.receive(order_json(1))
        cls.user = new_test_user(cls.env, "reader", "amazon_connector.group_user")

    def test_importing_writes_no_message(self):
        """Nothing is posted, followed or planned by orders that come in and change."""
        changed = order_json(1, updated="2099-01-01T00:00:00.000Z", status="SHIPPED")
        self.receive(changed)
        found = {
            model: self.env[model].search_count(
                [(field, "=", "amazon.order"), ("res_id", "=", self.binding.id)]
            )
            for model, field in (
                ("mail.message", "model"),
                ("mail.followers", "res_model"),
                ("mail.activity", "res_model"),
            )
        }
        self.assertEqual(set(found.values()), {0}, found)

    def test_a_write_costs_what_it_did(self):
        """As many statements as with all of the chatter switched off."""

        def count(binding, reason):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            binding.write({"reason": reason, "state": "held"})
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(self.binding, "warm")
        off = self.binding.with_context(tracking_disable=True)
        self.assertEqual(count(self.binding, "on"), count(off, "off"))

    def test_who_reads_it_may_note_something(self):
        """Though its fields are the connector's alone."""
        binding = self.binding.with_user(self.user)
        binding.message_post(body=NOTE)
        todo = "mail.mail_activity_data_todo"
        binding.activity_schedule(todo, summary="Call", user_id=self.user.id)
        mine = [("activity_user_id", "=", self.user.id)]
        self.assertEqual(binding.search(mine), binding)
        stranger = new_test_user(self.env, "stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self.binding.with_user(stranger).message_post(body=NOTE)

    def test_it_goes_with_the_account(self):
        binding = self.binding.with_user(self.user)
        binding.message_post(body=NOTE, attachments=[("a.txt", b"a")])
        binding.activity_schedule("mail.mail_activity_data_todo", summary="Call again")
        other = self.account.message_post(body=NOTE)
        self.env.flush_all()
        self.env["amazon.order"]._delete_threads(self.account)
        self.env.invalidate_all()
        self.assertFalse(self.binding.message_ids)
        self.assertFalse(self.binding.activity_ids)
        self.assertFalse(self.binding.message_follower_ids)
        files = [("res_model", "=", "amazon.order"), ("res_id", "=", self.binding.id)]
        self.assertFalse(self.env["ir.attachment"].search_count(files))
        self.assertTrue(other.exists())
