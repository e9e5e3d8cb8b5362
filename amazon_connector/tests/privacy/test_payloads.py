# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon said of an order is kept for 18 months, and no longer."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ago, item_json, order_json
from .redaction_common import RedactionCase


@tagged("post_install", "-at_install")
class TestPayloads(RedactionCase):
    """S132"""

    def setUp(self):
        super().setUp()
        self.order = self.receive(self.shipped())
        self.redact(days=29)

    def sweep(self, days):
        with freeze_time(fields.Datetime.now() + timedelta(days=days), tick=True):
            return self.env["amazon.order"]._gc_payloads()

    def test_they_go_after_18_months(self):
        before = self.order.sale_order_id.read(["amount_total", "state", "name"])
        self.assertEqual(self.sweep(18 * 30), (0, False))
        self.assertIn("orderItems", self.order.payload)
        self.assertEqual(self.sweep(19 * 31), (1, False))
        self.assertEqual(self.order.payload, {"orderId": self.order.order_number})
        self.assertEqual(self.sweep(19 * 31), (0, False))
        sale = self.order.sale_order_id
        self.assertEqual(sale.read(["amount_total", "state", "name"]), before)
        self.assertEqual(self.find(self.order.order_number), self.order)

    def test_analyses_are_the_same_afterwards(self):
        """S193: who cancelled is told by the payload alone."""
        orders = self.receive(
            *(
                self.cancelled(number, requester)
                for number, requester in enumerate(("BUYER", "MERCHANT"), start=2)
            )
        )
        self.redact(days=29)
        report = self.env["amazon.shipping.report"].browse(orders.ids)
        self.assertEqual(report.mapped("outcome"), ["dropped", "cancelled"])
        self.sweep(19 * 31)
        self.assertNotIn("orderItems", orders[1].payload)
        self.env.invalidate_all()
        self.assertEqual(report.mapped("outcome"), ["dropped", "cancelled"])

    def cancelled(self, number, requester):
        item = item_json()
        item["cancellation"] = {
            "cancellationExecution": {"cancelledBy": "MERCHANT"},
            "cancellationRequest": {"requester": requester},
        }
        return order_json(number, status="CANCELLED", items=[item])

    def test_what_is_not_settled_keeps_them(self):
        held = self.receive(order_json(2, items=[item_json(total="1.00")]))
        self.assertEqual(held.state, "held")
        self.redact(days=60)
        self.sweep(19 * 31)
        self.assertIn("orderItems", held.payload)

    def test_what_has_buyers_data_is_for_the_deletion(self):
        """It goes first, and knows from the payload what to look for."""
        self.order.redacted_on = False
        self.assertEqual(self.sweep(19 * 31), (0, False))

    def test_nothing_is_tried_again_without_them(self):
        self.sweep(19 * 31)
        with self.assertRaises(UserError):
            self.order.action_retry()
        self.assertFalse(self.order.to_apply)

    def test_amazon_may_tell_the_order_again(self):
        self.sweep(19 * 31)
        self.receive(self.shipped(updated=ago(minutes=1)))
        self.assertIn("orderItems", self.order.payload)
        self.assertEqual(self.order.state, "applied")
