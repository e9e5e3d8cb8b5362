# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .shipment_common import ShipmentSyncCase


@tagged("post_install", "-at_install")
class TestShipmentSync(ShipmentSyncCase):
    """What waits in the outbox reaches Amazon exactly once, and is read back."""

    def test_shipment_reaches_amazon(self):
        """S43, S84, S128, S171, S179: the next tick after the delivery sends it."""
        binding = self.place(2, 1)
        self.shipments_task.next_run = fields.Datetime.now() + timedelta(hours=1)
        self.deliver(binding, "TRK 1")
        self.send()
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "sent")
        order = self.at_amazon(binding)
        self.assertEqual(order["fulfillment"]["fulfillmentStatus"], "SHIPPED")
        self.assertEqual(
            self.packages_at_amazon(binding), [("TRK1", str(shipment.package_ref))]
        )
        run = self.last_run()
        self.assertEqual((run.kind, run.state), ("shipments", "done"))
        self.assertEqual(run.synced_count, 1)

    def test_poll_confirms_it(self):
        binding = self.place(1)
        self.deliver(binding)
        self.send()
        self.poll()
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "confirmed")
        self.assertTrue(shipment.confirmed_at)
        self.assertEqual(len(shipment), 1, "Amazon's package is this one")

    def test_sent_once(self):
        """Rule 1: a second run has nothing to tell."""
        binding = self.place(1)
        self.deliver(binding)
        self.send()
        self.shipments_task.next_run = fields.Datetime.now()
        self.send()
        self.assertEqual(len(self.confirmations()), 1)
        self.assertEqual(len(self.calls("getOrder")), 0)

    def test_two_parcels_of_one_order(self):
        """S43: partly shipped after the first, shipped after the second."""
        binding = self.place(3)
        self.deliver(binding, "TRK1", {"SKU-A": 1})
        self.send()
        status = self.at_amazon(binding)["fulfillment"]["fulfillmentStatus"]
        self.assertEqual(status, "PARTIALLY_SHIPPED")
        self.deliver(binding, "TRK2")
        self.send()
        order = self.at_amazon(binding)
        self.assertEqual(order["fulfillment"]["fulfillmentStatus"], "SHIPPED")
        self.assertEqual(
            [tracking for tracking, _ref in self.packages_at_amazon(binding)],
            ["TRK1", "TRK2"],
        )

    def test_on_hold_nothing_leaves(self):
        """S99: an account on hold sends no shipment; on resume it goes out."""
        binding = self.place(1)
        self.account.action_disable()
        self.deliver(binding)
        self.send()
        self.assertFalse(self.confirmations())
        self.assertEqual(self.shipments_of(binding).state, "waiting")
        self.account.action_enable()
        self.account.task_ids.trigger = False
        self.send()
        self.assertEqual(self.shipments_of(binding).state, "sent")

    def test_corrected_tracking_is_an_edit(self):
        """The same reference with another number."""
        binding = self.place(1)
        picking = self.deliver(binding, "WRONG")
        self.send()
        self.poll()
        picking.carrier_tracking_ref = "RIGHT"
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "waiting")
        self.send()
        self.assertEqual(
            self.packages_at_amazon(binding), [("RIGHT", str(shipment.package_ref))]
        )
        self.poll()
        self.assertEqual(shipment.state, "confirmed")

    def test_crash_between_call_and_commit(self):
        """Bad input: Amazon heard it, Odoo forgot: the packages are read first."""
        binding = self.place(1)
        self.deliver(binding)
        self.send()
        shipment = self.shipments_of(binding)
        shipment._set(
            {
                "state": "waiting",
                "sending_at": fields.Datetime.now(),
                "retry_at": False,
            }
        )
        self.send()
        self.assertEqual(shipment.state, "confirmed")
        self.assertEqual(len(self.confirmations()), 1)
        self.assertEqual(len(self.calls("getOrder")), 1)

    def test_crash_before_the_call(self):
        binding = self.place(1)
        self.deliver(binding)
        shipment = self.shipments_of(binding)
        shipment._set({"sending_at": fields.Datetime.now()})
        self.send()
        self.assertEqual(shipment.state, "sent")
        self.assertEqual(len(self.confirmations()), 1)

    def test_answer_lost_after_amazon_took_it(self):
        """Unknown result: the connection breaks after the effect."""
        binding = self.place(1)
        self.deliver(binding)
        self.simulator.add_fault("html", operation="confirmShipment", count=1)
        self.send()
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "waiting")
        self.assertTrue(shipment.sending_at)
        self.wait_over(shipment)
        self.send()
        self.assertEqual(shipment.state, "confirmed")
        self.assertEqual(len(self.packages_at_amazon(binding)), 1)

    def test_every_second_call_fails(self):
        """Bad input: 429 and 500 on every second call; all arrive, none twice."""
        bindings = [self.place(1, number=number) for number in range(1, 9)]
        for number, binding in enumerate(bindings):
            self.deliver(binding, f"TRK{number}")
        shipments = self.env["amazon.shipment"].search(
            [("order_id", "in", [b.id for b in bindings])]
        )
        for number in range(4):
            self.simulator.add_fault(
                "error", operation="confirmShipment", after=2 * number, count=1
            )
        self.simulator.add_fault("throttle", operation="confirmShipment", count=1)
        for _round in range(8):
            self.wait_over(shipments.filtered(lambda s: s.state == "waiting"))
            self.shipments_task.write(
                {"next_run": fields.Datetime.now(), "leased_until": False}
            )
            self.send()
        self.assertLessEqual(set(shipments.mapped("state")), {"sent", "confirmed"})
        for binding in bindings:
            self.assertEqual(len(self.packages_at_amazon(binding)), 1)

    def test_throttled_parcels_stay_waiting(self):
        """429: nothing was told; the task comes back when Amazon grants calls."""
        binding = self.place(1)
        self.deliver(binding)
        self.simulator.add_fault(
            "throttle", operation="confirmShipment", retry_after=300
        )
        self.send()
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "waiting")
        self.assertFalse(shipment.sending_at)
        self.assertGreater(
            self.shipments_task.next_run, fields.Datetime.now() + timedelta(minutes=4)
        )

    def test_refused_parcel_stands_alone(self):
        """What Amazon refuses says why; the others go out."""
        bad, good = self.place(1, number=1), self.place(1, number=2)
        self.deliver(bad)
        self.deliver(good, "TRK2")
        self.simulator.update_order(
            bad.order_number, {"programs": ["AMAZON_HAUL", "FBM_SHIP_PLUS"]}
        )
        self.send()
        self.assertEqual(self.shipments_of(good).state, "sent")
        self.assertEqual(self.shipments_of(bad).state, "amazon")

    def test_cancelled_while_in_the_outbox(self):
        """Bad input: Amazon cancelled, and Odoo has not heard of it yet."""
        binding = self.place(1)
        self.deliver(binding)
        self.simulator.cancel_order(binding.order_number)
        self.send()
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "failed")
        self.assertRegex(shipment.reason, "^The order is cancelled: do not ship it")
        self.assertIn("Amazon's answer: confirmShipment", shipment.reason)
        self.assertEqual(self.last_run().failed_count, 1)

    def test_confirmed_elsewhere_meanwhile(self):
        """A label bought in Seller Central: recognised, not sent."""
        binding = self.place(1)
        self.deliver(binding, "OWN")
        self.simulator.ship_order(
            binding.order_number, carrier="BlueDart", tracking="BOUGHT"
        )
        self.send()
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "skipped")
        self.assertIn("BOUGHT", shipment.reason)
        self.assertEqual(len(self.packages_at_amazon(binding)), 1)

    def test_same_parcel_confirmed_elsewhere(self):
        binding = self.place(1)
        self.deliver(binding, "SAME")
        self.simulator.ship_order(binding.order_number, carrier="DTDC", tracking="same")
        self.send()
        self.assertEqual(self.shipments_of(binding).state, "confirmed")

    def test_easy_ship_comes_back(self):
        """Carrier and tracking come from Amazon onto the delivery."""
        binding = self.place(1, programs=["AMAZON_EASY_SHIP"])
        picking = self.deliver(binding, False)
        self.send()
        self.assertFalse(self.confirmations())
        self.simulator.ship_order(binding.order_number, carrier="ATS", tracking="EASY1")
        self.poll()
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "amazon")
        self.assertEqual(shipment.tracking_number, "EASY1")
        self.assertEqual(picking.carrier_tracking_ref, "EASY1")
        self.assertTrue(shipment.confirmed_at)

    def test_prime_is_confirmed_by_its_package(self):
        binding = self.place(1, programs=["PRIME"])
        picking = self.deliver(binding, False)
        self.simulator.ship_order(
            binding.order_number, carrier="ATS", tracking="PRIME1"
        )
        self.poll()
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "confirmed")
        self.assertEqual(picking.carrier_tracking_ref, "PRIME1")
        self.send()
        self.assertFalse(self.confirmations())

    def test_read_back_after_half_an_hour(self):
        """`getOrder` only when the poll did not tell it in 30 minutes."""
        binding = self.place(1)
        self.deliver(binding)
        self.send()
        shipment = self.shipments_of(binding)
        wait = shipment.retry_at - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds(), 1800, delta=60)
        self.wait_over(shipment)
        self.shipments_task.next_run = fields.Datetime.now()
        self.send()
        self.assertEqual(shipment.state, "confirmed")
        self.assertEqual(len(self.calls("getOrder")), 1)

    def test_an_order_that_cannot_be_read_holds_up_no_other(self):
        """Amazon answers 400, 403 or 500 for one order as long as it likes."""
        for number, status in enumerate((400, 403, 500)):
            with self.subTest(status=status):
                first = self.place(1, number=2 * number + 1)
                second = self.place(1, number=2 * number + 2)
                self.simulator.faults.clear()
                self.simulator.add_fault("error", operation="getOrder", status=status)
                self.deliver(first)
                self.deliver(second)
                unsure, other = self.shipments_of(first), self.shipments_of(second)
                unsure._set({"sending_at": fields.Datetime.now()})
                self.shipments_task.next_run = fields.Datetime.now()
                self.send()
                self.assertEqual((unsure.state, other.state), ("waiting", "sent"))
                self.assertTrue(unsure.sending_at, "it is read before it is sent")
                self.assertGreater(unsure.retry_at, fields.Datetime.now())
                self.assertFalse(self.shipments_task.failure_count)
                self.assertEqual(len(self.confirmations()), number + 1)

    def test_what_was_sent_and_cannot_be_read_back_fails_no_run(self):
        """A run that fails sends later and later."""
        binding = self.place(1)
        self.deliver(binding)
        self.send()
        shipment = self.shipments_of(binding)
        self.wait_over(shipment)
        self.shipments_task.next_run = fields.Datetime.now()
        self.simulator.add_fault("error", operation="getOrder", status=403)
        self.send()
        self.assertFalse(self.shipments_task.failure_count)
        self.assertEqual(shipment.state, "sent")
        self.assertGreater(shipment.retry_at, fields.Datetime.now())

    def test_late_shipments_raise_one_activity(self):
        """An activity when something waits beyond its ship-by time."""
        binding = self.place(1)
        self.deliver(binding, False)
        binding.ship_by = fields.Datetime.now() - timedelta(hours=1)
        self.send()
        alerts = self.account._get_alerts("late shipments")
        self.assertEqual(len(alerts), 1)
        self.assertIn(binding.order_number, alerts.note)
        self.shipments_of(binding).tracking_number = "FOUND"
        self.send()
        self.assertFalse(self.account._get_alerts("late shipments"))

    def test_corrected_while_it_was_on_its_way(self):
        """A user corrects the number between the claim and the answer."""
        binding = self.place(1)
        self.deliver(binding, "OLD")
        shipment = self.shipments_of(binding)
        sync = self.env["amazon.sync.shipments"]
        send = type(sync)._send_batch

        def correct(model, task, client, works):
            result = send(model, task, client, works)
            if works[0].parcel.tracking_number == "OLD":
                works[0].shipment.tracking_number = "NEW"
            return result

        with patch.object(type(sync), "_send_batch", correct):
            self.send()
        self.send()
        self.assertEqual(
            self.packages_at_amazon(binding), [("NEW", str(shipment.package_ref))]
        )

    def test_no_transaction_is_open_while_amazon_is_called(self):
        """The stamp is committed before the call."""
        binding = self.place(1)
        self.deliver(binding)
        shipment = self.shipments_of(binding)
        seen = []
        sync = type(self.env["amazon.sync.shipments"])
        call = sync._call

        def watch(model, task, work):
            seen.append(bool(shipment.sending_at))
            return call(model, task, work)

        with patch.object(sync, "_call", watch):
            self.send()
        self.assertEqual(seen, [True])
