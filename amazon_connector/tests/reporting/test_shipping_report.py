# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..common import AmazonCase, ago, item_json, order_json


@tagged("post_install", "-at_install")
class TestShippingReport(AmazonCase):
    """On time, late and cancelled, as Amazon judges a seller."""

    def order(self, number, status="UNSHIPPED", due=24, **blocks):
        """An order whose time to ship ends in so many hours."""
        order = order_json(number, status=status, **blocks)
        order["fulfillment"]["shipByWindow"]["latestDateTime"] = ago(hours=-due)
        return self.store(order)

    def tell(self, order, hours, **vals):
        """Amazon heard of a parcel so many hours ago."""
        told = fields.Datetime.now() - timedelta(hours=hours)
        return self.env["amazon.shipment"].create(
            {
                "order_id": order.id,
                "account_id": self.account.id,
                "company_id": self.company.id,
                "state": "confirmed",
                "sent_at": told,
                "ship_date": told - timedelta(hours=9),
                **vals,
            }
        )

    def outcome(self, order):
        self.env.flush_all()
        report = self.env["amazon.shipping.report"].browse(order.id)
        report.invalidate_recordset()
        return report.outcome

    def test_when_amazon_was_told_decides(self):
        """Not when the goods left: Amazon counts the confirmation."""
        punctual, late = (self.order(number, "SHIPPED", due=-10) for number in (1, 2))
        self.tell(punctual, 11)
        self.tell(late, 12)
        self.tell(late, 9)
        self.assertEqual(self.outcome(punctual), "on_time")
        self.assertEqual(self.outcome(late), "late", "its last parcel")

    def test_a_correction_makes_nothing_late(self):
        """Amazon heard of the parcel in time; of its right number a day later."""
        order = self.order(1, "SHIPPED", due=-10)
        item = {"order_line_id": order.line_ids.id, "quantity": 1}
        vals = {"tracking_number": "TRK1", "line_ids": [(0, 0, item)]}
        parcel = self.tell(order, 11, state="sent", **vals)
        parcel._confirm()
        self.assertEqual(self.outcome(order), "on_time")
        parcel.tracking_number = "TRK2"
        self.assertTrue(parcel.edited)
        self.assertNotIn(parcel.state, ("sent", "confirmed"))
        self.assertEqual(self.outcome(order), "on_time", "on its way")
        parcel._set({"state": "sent", "sent_at": fields.Datetime.now()})
        self.assertEqual(self.outcome(order), "on_time", "sent again")
        parcel._confirm()
        self.assertFalse(parcel.edited)
        self.assertEqual(self.outcome(order), "on_time", "confirmed again")

    def test_a_correction_before_it_was_read_back(self):
        """Amazon accepted the parcel in time; a day later, unread yet, its number."""
        order = self.order(1, "SHIPPED", due=-10)
        item = {"order_line_id": order.line_ids.id, "quantity": 1}
        vals = {"tracking_number": "TRK1", "line_ids": [(0, 0, item)]}
        parcel = self.tell(order, 11, state="sent", **vals)
        parcel.tracking_number = "TRK2"
        self.assertEqual(self.outcome(order), "on_time", "on its way")
        parcel._set({"state": "sent", "sent_at": fields.Datetime.now()})
        parcel._confirm()
        self.assertEqual(self.outcome(order), "on_time", "confirmed")

    def test_what_has_not_left(self):
        self.assertEqual(self.outcome(self.order(1)), "open")
        overdue = self.order(2, due=-1)
        self.tell(overdue, 2, state="failed")
        self.assertEqual(self.outcome(overdue), "late")
        elsewhere = self.order(3, "SHIPPED")
        elsewhere.sudo().closed_on = False
        self.assertEqual(self.outcome(elsewhere), "unknown")
        pending = self.order(4, "PENDING")
        self.assertFalse(
            self.env["amazon.shipping.report"].search([("id", "=", pending.id)])
        )

    def test_who_cancelled(self):
        """A buyer's wish is not held against the seller, nor what Amazon cancels."""

        def cancelled(number, execution, **cancellation):
            item = item_json()
            item["cancellation"] = {
                "cancellationExecution": {"cancelledBy": execution},
                **cancellation,
            }
            return self.order(number, "CANCELLED", items=[item])

        wish = {"cancellationRequest": {"requester": "BUYER"}}
        self.assertEqual(self.outcome(cancelled(1, "MERCHANT")), "cancelled")
        self.assertEqual(self.outcome(cancelled(2, "MERCHANT", **wish)), "dropped")
        self.assertEqual(self.outcome(cancelled(3, "AMAZON")), "dropped")
        told = self.order(4, "CANCELLED")
        row = self.env["amazon.cancellation"]._request_cancel(told, "BuyerCanceled")
        row.sudo().state = "confirmed"
        self.assertEqual(self.outcome(told), "dropped")
        row.sudo().reason_code = "NoInventory"
        self.assertEqual(self.outcome(told), "cancelled")

    def test_rates(self):
        """Late of what was due, cancelled of all: in percent, as Amazon limits them."""
        for number in range(1, 4):
            self.tell(self.order(number, "SHIPPED", due=-10), 11)
        self.order(4, due=-1)
        self.order(5)
        gone = self.order(6, "CANCELLED")
        row = self.env["amazon.cancellation"]._request_cancel(gone, "NoInventory")
        row.sudo().state = "confirmed"
        self.env.flush_all()
        [figures] = self.env["amazon.shipping.report"]._read_group(
            [("channel_id", "=", self.channel.id)],
            [],
            ["order_count:sum", "late_rate:avg", "cancelled_rate:avg"],
        )
        self.assertEqual(figures[:2], (6, 25.0))
        self.assertAlmostEqual(figures[2], 100 / 6)
