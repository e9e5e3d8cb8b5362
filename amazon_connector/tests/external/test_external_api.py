# SPDX-License-Identifier: LGPL-3.0-or-later
"""What scripts call: plain answers, repeated safely, nothing of a buyer."""

import re
from collections import Counter
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...tools.external_api import ERRORS
from ..common import item_json, order_json
from .external_api_common import NUMBER, ApiCase

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@tagged("post_install", "-at_install")
class TestApiAccounts(ApiCase):
    def test_status(self):
        self.receive(order_json(1), order_json(2, items=[item_json("NEW")]))
        answer = self.check_plain(
            self.api("amazon.account", self.account.ids).api_status()
        )
        [account] = answer["accounts"]
        self.assertEqual(account["status"], "active")
        self.assertEqual(account["orders"]["applied"], 1)
        self.assertEqual(account["orders"]["frozen"], 1)
        [channel] = account["channels"]
        self.assertEqual((channel["marketplace"], channel["currency"]), ("IN", "INR"))
        self.assertLessEqual(
            {"items", "orders", "stock"}, {one["kind"] for one in account["modules"]}
        )
        own = self.api("amazon.channel", self.channel.ids).api_status()
        self.assertEqual(self.check_plain(own)["channels"], account["channels"])

    def test_version(self):
        answer = self.check_plain(self.api("amazon.account").api_version())
        self.assertEqual(answer["errors"], ERRORS)
        self.assertTrue(answer["addon"].startswith("19.0."))

    def test_hold_and_resume_twice(self):
        account = self.api("amazon.account", self.account.ids)
        for _time in range(2):
            self.assertEqual(account.api_hold()["accounts"][0]["status"], "inactive")
        for _time in range(2):
            self.assertEqual(account.api_resume()["accounts"][0]["status"], "active")

    def test_sync_of_the_latest_changes(self):
        account = self.api("amazon.account", self.account.ids)
        for _time in range(2):
            answer = self.check_plain(account.api_sync(["orders"]))
            self.assertEqual(
                answer["modules"],
                [{"account_id": self.account.id, "kind": "orders", "run_id": False}],
            )
        [module] = [
            one
            for one in account.api_status()["accounts"][0]["modules"]
            if one["kind"] == "orders"
        ]
        self.assertTrue(module["busy"])
        every = account.api_sync()["modules"]
        self.assertEqual(len(every), len(self.account.task_ids))

    def test_sync_of_a_period_is_one_run(self):
        account = self.api("amazon.account", self.account.ids)
        now = fields.Datetime.now()
        since = fields.Datetime.subtract(now, days=9).isoformat() + "Z"
        until = fields.Datetime.subtract(now, days=2).isoformat() + "Z"
        first = account.api_sync("orders", since, until)["modules"]
        again = account.api_sync("orders", since, until)["modules"]
        self.assertEqual(first, again)
        by_channel = self.api("amazon.channel", self.channel.ids)
        self.assertEqual(by_channel.api_sync("orders", since, until)["modules"], first)
        india = [self.channel.marketplace_id.amazon_code]
        self.assertEqual(
            account.api_sync("orders", since, until, india)["modules"], first
        )
        run = self.check_plain(account.api_run(first[0]["run_id"]))
        self.assertEqual((run["kind"], run["state"]), ("orders", "running"))
        self.assertEqual(run["since"], since)
        self.assertTrue(MOMENT.fullmatch(run["started_at"]))

    def test_run_tells_its_trouble_and_is_repeated_once(self):
        run = self.start_run()
        self.store(order_json(1, items=[item_json("NEW")]), run=run)
        self.apply()
        run._finish("done")
        account = self.api("amazon.account")
        told = self.check_plain(account.api_run(run.id))
        self.assertEqual(told["trouble_count"], 1)
        self.assertEqual(told["trouble"][0]["name"], NUMBER)
        first = self.check_plain(account.api_resync(run.id))
        self.assertEqual(first["repeats_run_id"], run.id)
        self.assertEqual(account.api_resync(run.id)["id"], first["id"])

    def test_resync_that_the_next_run_does(self):
        """The answer has the keys of a run all the same."""
        run = self.start_run()
        account = self.api("amazon.account")
        with patch.object(type(run), "action_resync", lambda self: None):
            told = self.check_plain(account.api_resync(run.id))
        self.assertFalse(told["id"])
        self.assertEqual(set(told), set(account.api_run(run.id)))

    def test_trouble_is_what_the_screens_count(self):
        """Not what came in with the next try; also what has no record."""
        run = self.start_run()
        for outcome in ("failed", "created"):
            run._add_records([{"name": NUMBER, "outcome": outcome}])
        run._add_records([{"name": "another", "outcome": "failed"}])
        run._count_unlisted(Counter(held=2, created=5))
        told = self.check_plain(self.api("amazon.account").api_run(run.id))
        self.assertEqual([one["name"] for one in told["trouble"]], ["another"])
        self.assertEqual((told["trouble_count"], told["failed_count"]), (3, 3))

    def test_push_stock_says_what_is_not_sent(self):
        self.receive(order_json(1), order_json(2, items=[item_json("NEW")]))
        account = self.api("amazon.account", self.account.ids)
        answer = self.check_plain(account.api_push_stock(["SKU-A", "NEW"]))
        told = {one["sku"]: one for one in answer["listings"]}
        self.assertFalse(told["NEW"]["sent"])
        self.assertTrue(told["NEW"]["reason"])
        by_product = account.api_push_stock(product_ids=self.product.ids)
        self.assertEqual([one["sku"] for one in by_product["listings"]], ["SKU-A"])
        channel = self.api("amazon.channel", self.channel.ids)
        self.assertEqual(channel.api_push_stock("SKU-A"), by_product)


@tagged("post_install", "-at_install")
class TestApiListings(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.frozen = cls.receive(order_json(1, items=[item_json("NEW")]))

    def test_link_and_unlink(self):
        listings = self.api("amazon.listing")
        for given in ("SKU-B", self.other_product.id, "SKU-B"):
            answer = self.check_plain(listings.api_link({"NEW": given}))
            [listing] = answer["listings"]
            self.assertEqual(
                (listing["state"], listing["product_id"]),
                ("linked", self.other_product.id),
            )
        self.assertTrue(self.frozen.to_apply)
        for _time in range(2):
            [listing] = listings.api_unlink("NEW")["listings"]
            self.assertEqual(
                (listing["state"], listing["product_id"]), ("unlinked", False)
            )
        narrow = listings.api_link({"NEW": "SKU-B"}, channel_ids=self.channel.ids)
        self.assertEqual(narrow["listings"][0]["state"], "linked")

    def test_confirm_makes_one_product(self):
        listings = self.api("amazon.listing")
        ids = {
            self.check_plain(listings.api_confirm(["NEW"]))["listings"][0]["product_id"]
            for _time in range(2)
        }
        self.assertEqual(len(ids), 1)
        product = self.env["product.product"].browse(ids)
        self.assertEqual(product.default_code, "NEW")


@tagged("post_install", "-at_install")
class TestApiOrders(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.binding = cls.receive(cls.order_of(3, 1))

    def setUp(self):
        super().setUp()
        self.orders = self.api("amazon.order")

    def get(self):
        [order] = self.check_plain(self.orders.api_get(NUMBER))["orders"]
        return order

    def test_get(self):
        answer = self.check_plain(self.orders.api_get([NUMBER, "403-9999999-9999999"]))
        self.assertEqual(answer["unknown"], ["403-9999999-9999999"])
        [order] = answer["orders"]
        self.assertEqual(order["state"], "applied")
        self.assertEqual((order["amount_total"], order["currency"]), ("200.00", "INR"))
        self.assertEqual(order["difference"], "0.00")
        self.assertEqual(order["sale_order"]["amount_total"], "200.00")
        self.assertEqual([line["sku"] for line in order["lines"]], ["SKU-A", "SKU-B"])
        self.assertEqual(order["lines"][0]["product_id"], self.product.id)
        self.assertEqual([one["state"] for one in order["deliveries"]], ["assigned"])
        self.assertEqual((order["shipments"], order["invoices"]), ([], []))
        self.assertTrue(MOMENT.fullmatch(order["purchase_time"]))

    def test_who_reads_no_sales_orders_gets_the_rest(self):
        user = self._user("only_amazon", "amazon_connector.group_user")
        [order] = self.env["amazon.order"].with_user(user).api_get(NUMBER)["orders"]
        self.assertEqual(order["amazon_order_id"], NUMBER)
        self.assertEqual(order["invoices"], [])

    def test_keys_are_stable(self):
        """An order with all and one with nothing have the same keys."""
        rich, poor = self.get(), None
        self.store(order_json(2, items=[], total="0"))
        [poor] = self.orders.api_get("403-0000000-0000002")["orders"]
        self.assertEqual(set(rich), set(poor))

    def test_cancel_twice(self):
        for _time in range(2):
            answer = self.orders.api_cancel([NUMBER], "NoInventory")
            [order] = self.check_plain(answer)["orders"]
            self.assertEqual(order["sale_order"]["state"], "cancel")
            [row] = order["cancellations"]
            self.assertEqual(
                (row["state"], row["reason_code"]), ("waiting", "NoInventory")
            )

    def test_cancel_again_after_amazon_took_it_up_again(self):
        self.orders.api_cancel([NUMBER], "NoInventory")
        self.binding.cancellation_ids._confirm()
        answer = self.orders.api_cancel([NUMBER], "NoInventory")
        [order] = answer["orders"]
        states = [row["state"] for row in order["cancellations"]]
        self.assertEqual(sorted(states), ["confirmed", "waiting"])

    def test_a_seller_who_is_connected_twice(self):
        """The number has two orders then, one of which was passed over."""
        twin = self.account.copy({"name": "Again", "seller_id": "A9TWICE"})
        self.env["amazon.order"].create(
            {
                "order_number": NUMBER,
                "account_id": twin.id,
                "seller_id": twin.seller_id,
                "company_id": self.company.id,
                "state": "skipped",
            }
        )
        answer = self.orders.api_confirm_shipment(NUMBER, "TRK1", items={"SKU-B": 1})
        self.assertEqual(answer["order"]["id"], self.binding.id)
        [shipment] = answer["order"]["shipments"]
        self.assertEqual(shipment["tracking_number"], "TRK1")
        other = self.receive(self.order_of(1, number=2))
        self.env["amazon.order"].create(
            {
                "order_number": other.order_number,
                "account_id": twin.id,
                "seller_id": twin.seller_id,
                "company_id": self.company.id,
                "state": "skipped",
            }
        )
        answer = self.orders.api_cancel([other.order_number], "NoInventory")
        self.assertEqual([one["id"] for one in answer["orders"]], [other.id])

    def test_ship_in_two_parcels(self):
        for _time in range(2):
            answer = self.orders.api_confirm_shipment(
                NUMBER, "TRK1", "Our courier", {"SKU-A": 2}, "2026-01-02T03:04:05Z"
            )
            [shipment] = self.check_plain(answer)["order"]["shipments"]
        self.assertEqual(shipment["tracking_number"], "TRK1")
        self.assertEqual(shipment["carrier_code"], "DTDC")
        self.assertEqual(shipment["ship_date"], "2026-01-02T03:04:05Z")
        self.assertEqual(list(shipment["items"].values()), [2])
        for _time in range(2):
            answer = self.orders.api_confirm_shipment(NUMBER, "TRK2", self.method.id)
        shipments = self.shipments_of(self.binding)
        self.assertEqual(shipments.mapped("tracking_number"), ["TRK1", "TRK2"])
        self.assertEqual(self.units_of(shipments[1]), {"SKU-A": 1, "SKU-B": 1})
        states = {one["state"] for one in answer["order"]["deliveries"]}
        self.assertEqual(states, {"done"})

    def test_a_number_is_known_however_it_is_written(self):
        """In groups, several in one text: a repeated call ships no unit once more."""
        for typed in ("1Z 999 AA1 01 2345 6784", "1z999aa10123456784"):
            answer = self.orders.api_confirm_shipment(NUMBER, typed, items={"SKU-A": 1})
            self.assertEqual(len(answer["order"]["shipments"]), 1, typed)
        for typed in ("AWB1, AWB2", "awb2", "AWB2, AWB1"):
            answer = self.orders.api_confirm_shipment(NUMBER, typed, items={"SKU-A": 1})
            self.assertEqual(len(answer["order"]["shipments"]), 2, typed)
        self.assertEqual(
            sum(sum(one["items"].values()) for one in answer["order"]["shipments"]), 2
        )

    def split_off(self, sku, units):
        """Another open delivery with so many units of a product."""
        picking = self.binding.sale_order_id.picking_ids
        move = picking.move_ids.filtered(lambda m: m.product_id.default_code == sku)
        other = picking.copy({"move_ids": [], "move_line_ids": []})
        if units == move.product_uom_qty:
            move.picking_id = other
            move.move_line_ids.picking_id = other
        else:
            vals = move._split(units)
            self.env["stock.move"].create([{**vals[0], "picking_id": other.id}])
        other.action_confirm()
        (picking | other).action_assign()
        self.assertEqual(set((picking | other).mapped("state")), {"assigned"})
        return picking, other

    def test_units_of_two_deliveries(self):
        """They leave from one after the other, and never in fractions."""
        picking, other = self.split_off("SKU-A", 1)
        answer = self.orders.api_confirm_shipment(NUMBER, "TRK1", items={"SKU-A": 1})
        [shipment] = answer["order"]["shipments"]
        self.assertEqual(list(shipment["items"].values()), [1])
        self.assertEqual((picking.state, other.state), ("done", "assigned"))
        self.assertEqual(other.move_ids.quantity, 1)
        answer = self.orders.api_confirm_shipment(NUMBER, "TRK2", items={"SKU-A": 1})
        self.assertEqual(other.state, "done")
        self.assertEqual(len(answer["order"]["shipments"]), 2)

    def test_a_delivery_of_which_nothing_leaves_stays_as_it_is(self):
        _picking, other = self.split_off("SKU-B", 1)
        self.orders.api_confirm_shipment(NUMBER, "TRK1", items={"SKU-A": 2})
        self.assertEqual(other.state, "assigned")
        self.assertEqual(other.move_ids.quantity, 1)
        self.assertFalse(other.carrier_tracking_ref)

    def test_goods_that_are_to_be_picked_first(self):
        self.channel._get_warehouse().delivery_steps = "pick_ship"
        number = self.receive(self.order_of(1, number=2)).order_number
        with self.assertRaisesRegex(UserError, "waiting for goods to be picked"):
            self.orders.api_confirm_shipment(number, "TRK1")

    def test_what_no_delivery_holds_any_more_is_not_left(self):
        """One of two deliveries was cancelled: no less leaves of the other for it."""
        picking, other = self.split_off("SKU-A", 1)
        other.action_cancel()
        with self.assertRaisesRegex(UserError, "left to ship: 2"):
            self.orders.api_confirm_shipment(NUMBER, "TRK1", items={"SKU-A": 3})
        self.orders.api_confirm_shipment(NUMBER, "TRK1", items={"SKU-A": 2})
        self.assertEqual(self.units_of(self.shipments_of(self.binding)), {"SKU-A": 2})
        self.assertEqual(picking.state, "done")

    def test_ship_without_a_number_once(self):
        for _time in range(2):
            answer = self.orders.api_confirm_shipment(NUMBER)
        self.assertEqual(len(answer["order"]["shipments"]), 1)

    def test_a_cancelled_order_is_not_shipped(self):
        self.binding.fulfillment_status = "CANCELLED"
        with self.assertRaisesRegex(Exception, "^AMZ-REFUSED: "):
            self.orders.api_confirm_shipment(NUMBER, "TRK1")
        self.assertEqual(self.get()["deliveries"][0]["state"], "assigned")
