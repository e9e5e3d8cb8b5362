# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.batch.amazon_order_batch import PARAMETER
from ..common import AMERICA, APPLY_LOGGER, AmazonCase, ago, item_json, order_json


@tagged("post_install", "-at_install")
class TestOrderApply(AmazonCase):
    def test_order_becomes_a_confirmed_sales_order(self):
        """S6, S37, S66, S3: a purchase arrives as an ordinary sales order."""
        items = [
            item_json("SKU-A", 2, "200.00"),
            item_json("SKU-B", 1, "50.00", number="2", SHIPPING="40.00"),
        ]
        binding = self.receive(order_json(items=items))
        sale = binding.sale_order_id
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))
        self.assertEqual(sale.amount_total, 290.0)
        self.assertEqual(binding.difference, 0.0)
        self.assertEqual(
            [
                (line.product_id.default_code, line.product_uom_qty, line.amazon_charge)
                for line in sale.order_line
            ],
            [
                ("SKU-A", 2, "item"),
                ("SKU-B", 1, "item"),
                ("AMAZON-SHIPPING", 1, "shipping"),
            ],
        )
        self.assertEqual(sale.order_line[0].name, "Title of SKU-A")
        self.assertEqual(sale.order_line.amazon_order_line_id, binding.line_ids)

    def test_stock_is_reserved_and_moves_on_delivery(self):
        """S19, S118: an order reserves, a delivery moves stock."""
        order = order_json(items=[item_json("SKU-A", 3, "300")])
        sale = self.receive(order).sale_order_id
        picking = sale.picking_ids
        self.assertEqual(picking.state, "assigned")
        self.assertEqual(picking.move_ids.quantity, 3)
        self.assertEqual(self.product.free_qty, 97)
        picking.with_context(skip_sms=True, skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")
        self.assertEqual(self.product.qty_available, 97)

    def test_batch_gives_each_order_a_picking_of_its_own(self):
        bindings = self.receive(*(order_json(n, buyer=f"b{n}") for n in range(1, 6)))
        pickings = bindings.sale_order_id.picking_ids
        self.assertEqual(len(pickings), 5)
        for binding in bindings:
            picking = binding.sale_order_id.picking_ids
            self.assertEqual(picking.origin, binding.sale_order_id.name)
            self.assertEqual(picking.state, "assigned")
            self.assertEqual(picking.partner_id, binding.sale_order_id.partner_id)
            # Odoo names its own order, the batch Amazon's.
            number = f"{binding.order_number}|{binding.sale_order_id.name}"
            self.assertRegex(picking.message_ids.body, number)

    def test_orderpoints_of_a_batch_are_triggered(self):
        self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.product.id,
                "trigger": "auto",
                "product_min_qty": 100,
                "product_max_qty": 200,
            }
        )
        Orderpoint = type(self.env["stock.warehouse.orderpoint"])
        with patch.object(Orderpoint, "_procure_orderpoint_confirm") as procure:
            self.receive(
                order_json(1, items=[item_json("SKU-A")]),
                order_json(2, items=[item_json("SKU-B")], buyer="bo"),
            )
        self.assertEqual(procure.call_count, 1)

    def test_dates_are_amazons(self):
        binding = self.receive(order_json(created=ago(days=3)))
        sale = binding.sale_order_id
        self.assertEqual(sale.date_order, binding.purchase_time)
        self.assertLess(sale.date_order, datetime.now() - timedelta(days=2))
        self.assertEqual(sale.commitment_date, binding.ship_by)
        self.assertEqual(sale.picking_ids.date_deadline, binding.ship_by)

    def test_confirmation_by_hand_keeps_the_date_and_dates_others_now(self):
        self.product.default_code = "OTHER"
        frozen = self.receive(order_json()).sale_order_id
        frozen.amazon_frozen = False
        plain = self.env["sale.order"].create({"partner_id": frozen.partner_id.id})
        before = frozen.date_order
        (frozen | plain).action_confirm()
        self.assertEqual(frozen.date_order, before)
        self.assertGreater(plain.date_order, datetime.now() - timedelta(minutes=5))

    def test_payment_status_is_a_comment(self):
        """S44, S45, S85, S129: the comment under the order reads Paid."""
        sale = self.receive(order_json()).sale_order_id
        self.assertIn("Paid", " ".join(sale.message_ids.mapped("body")))

    def test_cash_on_delivery_is_not_called_paid(self):
        item = item_json()
        item["fulfillment"]["shipping"] = {
            "shippingConstraints": {"cashOnDelivery": "MANDATORY"}
        }
        sale = self.receive(order_json(items=[item])).sale_order_id
        notes = " ".join(sale.message_ids.mapped("body"))
        self.assertIn("not collected", notes)
        self.assertNotIn("Paid", notes)

    def test_name_is_odoos_amazons_or_both(self):
        names = []
        for number, policy in enumerate(("odoo", "amazon", "prefix"), start=1):
            self.channel.order_name_policy = policy
            names.append(self.receive(order_json(number)).sale_order_id.name)
        self.assertNotIn("403-", names[0])
        self.assertEqual(names[1], "403-0000000-0000002")
        self.assertEqual(names[2], "AMZ-403-0000000-0000003")

    def test_order_is_found_by_amazons_number(self):
        sale = self.receive(order_json(7)).sale_order_id
        found = self.env["sale.order"].name_search("403-0000000-0000007")
        self.assertEqual([one[0] for one in found], sale.ids)

    def test_channel_settings_reach_the_order(self):
        team = self.env["crm.team"].create({"name": "Marketplaces"})
        user = self.env["res.users"].create({"name": "Seller", "login": "seller"})
        self.channel.write({"team_id": team.id, "user_id": user.id})
        sale = self.receive(order_json()).sale_order_id
        self.assertEqual((sale.team_id, sale.user_id), (team, user))
        self.assertEqual(sale.amazon_channel_id, self.channel)

    def test_pending_waits_in_the_inbox(self):
        order = order_json(status="PENDING")
        binding = self.receive(order)
        self.assertEqual(binding.state, "pending")
        self.assertFalse(binding.sale_order_id)
        later = order_json(status="UNSHIPPED", updated=ago(hours=1))
        self.assertEqual(self.receive(later), binding)
        self.assertEqual(binding.sale_order_id.state, "sale")

    def test_cancellation_cancels_an_unshipped_order(self):
        binding = self.receive(order_json())
        sale = binding.sale_order_id
        self.receive(order_json(status="CANCELLED", updated=ago(hours=1)))
        self.assertEqual((binding.state, sale.state), ("cancelled", "cancel"))
        self.assertEqual(sale.picking_ids.state, "cancel")
        self.assertEqual(self.product.free_qty, 100)

    def test_cancellation_of_a_locked_order(self):
        binding = self.receive(order_json())
        binding.sale_order_id.action_lock()
        self.receive(order_json(status="CANCELLED", updated=ago(hours=1)))
        self.assertEqual(binding.sale_order_id.state, "cancel")

    def test_cancellation_of_a_shipped_order_asks_a_human(self):
        binding = self.receive(order_json())
        sale = binding.sale_order_id
        sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.receive(order_json(status="CANCELLED", updated=ago(hours=1)))
        self.assertEqual((binding.state, sale.state), ("held", "sale"))
        self.assertIn("shipped", sale.activity_ids.note)

    def test_cancelled_before_it_came_in(self):
        binding = self.receive(order_json(status="CANCELLED"))
        self.assertEqual(binding.state, "skipped")
        self.assertFalse(binding.sale_order_id)

    def test_what_does_not_concern_us_is_skipped_with_the_reason(self):
        """Rule 4: nothing is dropped in silence."""
        other = {"channelName": "NON_AMAZON", "marketplaceId": "A38D8NSA03LJTC"}
        cases = {
            "not sold on Amazon": order_json(1, salesChannel=other),
            "no channel": order_json(2, marketplace=AMERICA),
            "start date": order_json(3, created=ago(days=40)),
        }
        for text, order in cases.items():
            binding = self.receive(order)
            self.assertEqual(binding.state, "skipped", text)
            self.assertIn(text, binding.reason)
            self.assertEqual(binding.record_ids.outcome, "skipped")
            self.assertEqual(binding.record_ids.reason, binding.reason)

    def test_unknown_status_is_never_applied(self):
        """Rule 7."""
        binding = self.receive(order_json(status="TELEPORTED"))
        self.assertEqual(binding.state, "held")
        self.assertIn("TELEPORTED", binding.reason)
        self.assertFalse(binding.sale_order_id)

    def test_order_whose_shipper_is_unknown_is_held(self):
        order = order_json()
        order["fulfillment"]["fulfilledBy"] = "DRONE"
        binding = self.receive(order)
        self.assertEqual(binding.state, "held")
        self.assertIn("DRONE", binding.reason)

    def test_order_without_status_is_never_applied(self):
        binding = self.receive(order_json(fulfillment=None))
        self.assertEqual(binding.state, "held")
        self.assertFalse(binding.sale_order_id)

    def test_order_without_items_proceeds_or_buyer(self):
        bare_item = item_json("SKU-A")
        del bare_item["proceeds"], bare_item["product"]["price"]
        no_items, no_money, no_buyer = self.receive(
            order_json(1, items=[]),
            order_json(2, items=[bare_item], proceeds=None),
            order_json(3, buyer=None),
        )
        self.assertEqual(no_items.state, "held")
        self.assertIn("items", no_items.reason)
        self.assertEqual(no_money.state, "held")
        self.assertIn("amount", no_money.reason)
        self.assertEqual(no_buyer.sale_order_id.state, "sale")

    @mute_logger(APPLY_LOGGER)
    def test_contradictory_amounts_hold_one_order_with_the_difference(self):
        """Rule 2; other orders go through."""
        bad, good = self.receive(
            order_json(1, items=[item_json(price="100.00", total="90.00")]),
            order_json(2),
        )
        self.assertEqual(bad.state, "held")
        self.assertEqual(bad.difference, -10.0)
        self.assertFalse(bad.sale_order_id)
        self.assertEqual(good.sale_order_id.state, "sale")

    def test_held_order_cannot_be_confirmed(self):
        binding = self.receive(order_json())
        sale = binding.sale_order_id
        sale._action_cancel()
        sale.action_draft()
        binding.write({"state": "held", "reason": "the totals differ"})
        with self.assertRaisesRegex(UserError, "the totals differ"):
            sale.action_confirm()

    def test_one_bad_order_does_not_stop_the_batch(self):
        """Bisected until it stands alone with its reason."""
        bindings = self.store(*(order_json(n, buyer=f"b{n}") for n in range(1, 9)))
        confirm = type(self.env["sale.order"]).action_confirm

        def refuse_one(sales):
            if any("0000005" in (sale.amazon_order_ref or "") for sale in sales):
                raise UserError(self.env._("The scale is broken."))
            return confirm(sales)

        with (
            patch.object(type(self.env["sale.order"]), "action_confirm", refuse_one),
            self.assertLogs(APPLY_LOGGER, "WARNING") as log,
        ):
            self.apply()
        self.assertIn("batch of 8 Amazon orders", log.output[0])
        self.assertEqual(bindings.mapped("state").count("applied"), 7)
        bad = bindings[4]
        self.assertEqual((bad.state, bad.reason), ("failed", "The scale is broken."))
        self.assertTrue(bad.to_apply)
        self.assertGreater(bad.retry_at, fields.Datetime.now())
        self.assertFalse(bad.sale_order_id)
        bad.action_retry()
        self.apply()
        self.assertEqual(bad.state, "applied")

    @mute_logger(APPLY_LOGGER)
    def test_failures_wait_longer_and_then_for_a_user(self):
        binding = self.store(order_json())
        with patch.object(
            self.env.registry["amazon.order.writer"],
            "_create_sale_orders",
            side_effect=ValueError("secret"),
        ):
            waits = []
            for _attempt in range(6):
                binding.retry_at = False
                self.apply()
                waits.append(
                    binding.retry_at
                    and round((binding.retry_at - fields.Datetime.now()).seconds / 60)
                )
        self.assertEqual(waits, [1, 5, 30, 120, 480, False])
        self.assertFalse(binding.to_apply)
        self.assertEqual(binding.reason, "ValueError", "texts of bugs may hold data")

    def test_same_contents_change_nothing(self):
        binding = self.receive(order_json())
        sale = binding.sale_order_id
        lines = sale.order_line
        self.receive(order_json(status="SHIPPED", updated=ago(hours=1)))
        self.assertEqual(binding.state, "applied")
        self.assertEqual(binding.fulfillment_status, "SHIPPED")
        self.assertEqual((binding.sale_order_id, sale.order_line), (sale, lines))

    def test_one_seller_under_two_merchant_tokens_gets_no_order_twice(self):
        """Rule 1: Amazon's numbers are unique, whatever token was typed."""
        first = self.receive(order_json())
        mistyped = self._create_account(
            seller_id="AMISTYPED", refresh_token_input="other"
        )
        channel = self.channel.copy({"account_id": mistyped.id})
        self.env["amazon.order.inbox"]._store_page(
            mistyped,
            [order_json()],
            self.sync._start_run(mistyped._get_task("orders"), channel),
        )
        self.apply()
        second = self.find(first.order_number) - first
        self.assertEqual(second.state, "skipped")
        self.assertIn(self.account.name, second.reason)
        self.assertFalse(second.sale_order_id)

    def test_copy_of_an_order_is_an_ordinary_order(self):
        """S109."""
        sale = self.receive(order_json()).sale_order_id
        copy = sale.copy()
        self.assertFalse(copy.amazon_order_id or copy.amazon_order_ref)
        self.assertFalse(copy.order_line.amazon_order_line_id)

    def test_history_links_every_order_to_its_outcome(self):
        """S25, S86: each order a run saw has an outcome."""
        run = self.start_run()
        self.store(
            order_json(1),
            order_json(2, status="PENDING"),
            order_json(3, items=[item_json("NEW")]),
            order_json(4, status="TELEPORTED"),
            run=run,
        )
        self.assertEqual(run.waiting_count, 4)
        self.apply()
        self.assertEqual(
            (run.synced_count, run.skipped_count, run.frozen_count, run.failed_count),
            (1, 1, 1, 1),
        )
        run.invalidate_recordset()
        self.assertEqual(run.waiting_count, 0)


@tagged("post_install", "-at_install")
class TestOrderApplyByOdoo(TestOrderApply):
    """The same with the batch switched off."""

    allow_inherited_tests_method = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(PARAMETER, "False")
