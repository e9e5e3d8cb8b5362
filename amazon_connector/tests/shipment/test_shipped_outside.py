# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import AmazonCase, ago, item_json, order_json
from .shipment_common import ShipmentMixin, ShipmentSyncCase


@tagged("post_install", "-at_install")
class TestShippedOutside(ShipmentSyncCase):
    """Orders that are open in Odoo and confirmed to Amazon elsewhere."""

    def ship_elsewhere(self, binding, units=None, tracking="ELSE1"):
        items = units and {"90000000000001": units}
        self.simulator.ship_order(
            binding.order_number, items=items, carrier="DTDC", tracking=tracking
        )
        self.poll()

    def test_user_closes_the_delivery(self):
        """Amazon's quantities and tracking, after the user's word."""
        binding = self.place(2)
        self.ship_elsewhere(binding)
        picking = self.picking_of(binding)
        self.assertTrue(binding.shipped_outside)
        self.assertTrue(picking.amazon_shipped_outside)
        self.assertIn(
            "Shipped outside Odoo",
            binding.sale_order_id.activity_ids.mapped("summary"),
        )
        picking.action_close_amazon_delivery()
        self.assertEqual(picking.state, "done")
        self.assertEqual(picking.carrier_tracking_ref, "ELSE1")
        self.assertEqual(binding.sale_order_id.delivery_status, "full")
        self.assertFalse(binding.shipped_outside)
        shipment = self.shipments_of(binding)
        self.assertEqual((shipment.source, shipment.state), ("amazon", "confirmed"))
        self.assertEqual(shipment.picking_id, picking)
        self.send()
        self.assertFalse(self.confirmations())

    def test_channel_closes_by_itself(self):
        self.channel.close_shipped_outside = True
        binding = self.place(2)
        self.ship_elsewhere(binding)
        self.send()
        self.assertEqual(binding.sale_order_id.delivery_status, "full")
        self.assertFalse(binding.to_close)

    def test_only_what_was_shipped_is_closed(self):
        binding = self.place(3)
        self.ship_elsewhere(binding, units=1)
        self.assertTrue(binding.shipped_outside)
        binding.action_close_delivery()
        self.assertEqual(binding.sale_order_id.delivery_status, "partial")
        self.assertEqual(
            sum(binding.sale_order_id.order_line.mapped("qty_delivered")), 1
        )
        self.deliver(binding, "REST")
        own = self.shipments_of(binding).filtered(lambda s: s.source == "odoo")
        self.assertEqual(self.units_of(own), {"SKU-A": 2})
        self.send()
        self.assertEqual(own.state, "sent")
        status = self.at_amazon(binding)["fulfillment"]["fulfillmentStatus"]
        self.assertEqual(status, "SHIPPED")

    def test_part_of_an_order_in_three_steps(self):
        """Each step moves what Amazon says, and the rest stays to be picked."""
        warehouse = self.channel._get_warehouse()
        warehouse.delivery_steps = "pick_pack_ship"
        binding = self.place(3)
        [pick] = binding.sale_order_id.picking_ids
        self.assertEqual(pick.location_dest_id.usage, "internal")
        self.assertEqual(binding.delivery_text, "To do")
        self.ship_elsewhere(binding, units=1)
        self.assertTrue(binding.shipped_outside)
        self.assertTrue(pick.amazon_shipped_outside)
        binding.action_close_delivery()
        sale = binding.sale_order_id
        self.assertEqual(sum(sale.order_line.mapped("qty_delivered")), 1)
        binding.invalidate_recordset()
        self.assertEqual(binding.delivery_text, "1 of 2 done")
        done = sale.picking_ids.filtered(lambda picking: picking.state == "done")
        self.assertEqual(done.move_ids.mapped("quantity"), [1] * len(done.move_ids))
        first = sale.picking_ids.filtered(
            lambda picking: (
                picking.state not in ("done", "cancel")
                and not picking._has_open_origins()
            )
        )
        self.assertEqual(sum(first.move_ids.mapped("product_uom_qty")), 2)

    def test_two_open_deliveries(self):
        """Whole units are taken from one; the other keeps its goods."""
        binding = self.place(2)
        picking = self.picking_of(binding)
        other = picking.copy({"move_ids": [], "move_line_ids": []})
        vals = picking.move_ids._split(1)
        self.env["stock.move"].create([{**vals[0], "picking_id": other.id}])
        other.action_confirm()
        (picking | other).action_assign()
        self.assertEqual(other.move_ids.quantity, 1)
        self.ship_elsewhere(binding, units=1)
        binding.action_close_delivery()
        self.assertEqual((picking.state, other.state), ("done", "assigned"))
        self.assertEqual(picking.move_ids.mapped("quantity"), [1])
        self.assertEqual(other.move_ids.mapped("quantity"), [1])

    def test_what_odoo_refuses_asks_a_user(self):
        self.channel.close_shipped_outside = True
        binding = self.place(1)
        self.product.tracking = "serial"
        self.ship_elsewhere(binding)
        self.send()
        self.assertFalse(binding.to_close)
        self.assertTrue(binding.shipped_outside)
        self.assertIn(
            "Shipped outside Odoo",
            binding.sale_order_id.activity_ids.mapped("summary"),
        )

    def test_delivered_in_odoo_too(self):
        """The warehouse delivers what was confirmed elsewhere: nothing is sent."""
        binding = self.place(1)
        self.ship_elsewhere(binding)
        picking = self.picking_of(binding)
        picking.move_ids.picked = True
        picking.button_validate()
        shipment = self.shipments_of(binding)
        self.assertEqual((shipment.source, shipment.picking_id), ("amazon", picking))
        self.assertEqual(picking.carrier_tracking_ref, "ELSE1")

    def test_a_parcel_with_an_unknown_status(self):
        """It counts as one that is there; a cancelled label is none, however spelt."""
        binding = self.place(2)
        self.ship_elsewhere(binding)
        package = self.at_amazon(binding)["packages"][0]
        packages = [
            {**package, "packageStatus": {"status": "TELEPORTED"}},
            {
                **package,
                "packageReferenceId": "77",
                "trackingNumber": "GONE",
                "packageStatus": {"status": "Canceled"},
            },
        ]
        self.simulator.update_order(
            binding.order_number, {"packages": packages}, check=False
        )
        self.poll()
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.mapped("tracking_number"), ["ELSE1"])
        [word] = self.account.unknown_word_ids
        self.assertEqual((word.subject, word.word), ("package", "TELEPORTED"))


@tagged("post_install", "-at_install")
class TestShipToday(ShipmentMixin, AmazonCase):
    """Late-shipment list: what must ship today in the marketplace's time zone."""

    def test_list_and_count(self):
        orders = {}
        for number, hours in enumerate((-30, 0, 60), 1):
            order = self.order_of(1, number=number)
            order["fulfillment"]["shipByWindow"]["latestDateTime"] = ago(hours=-hours)
            orders[hours] = self.receive(order)
        found = self.env["amazon.order"].search([("is_to_ship", "=", True)])
        self.assertIn(orders[-30], found)
        self.assertIn(orders[0], found)
        self.assertNotIn(orders[60], found)
        self.set_up_carrier()
        self.deliver(orders[0])
        is_to_ship = [("is_to_ship", "=", True)]
        self.assertIn(orders[0], found.search(is_to_ship), "Amazon was not told yet")
        orders[0].shipment_ids.state = "sent"
        self.env.invalidate_all()
        self.assertNotIn(orders[0], found.search(is_to_ship))
        self.assertTrue(orders[-30].is_to_ship)

    def test_what_to_pack_and_where(self):
        """The list says what is in the order, and one click opens its delivery."""
        item = item_json("SKU-B", 2, number="2")
        order = order_json(1, [item_json("SKU-A", 1), item])
        binding = self.receive(order)
        self.assertEqual(binding.item_text, "1 × SKU-A, 2 × SKU-B")
        picking = self.picking_of(binding)
        self.assertEqual(binding.action_open_delivery()["res_id"], picking.id)
        self.set_up_carrier()
        self.deliver(binding, quantities={"SKU-A": 1})
        rest = self.picking_of(binding)
        self.assertNotEqual(rest, picking)
        self.assertEqual(binding.action_open_delivery()["res_id"], rest.id)

    def test_no_delivery_to_open(self):
        binding = self.receive(order_json(1, status="PENDING"))
        with self.assertRaisesRegex(UserError, "no delivery"):
            binding.action_open_delivery()

    def test_most_urgent_first(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_order_to_ship_action"
        )
        for view_id, kind in action["views"][:2]:
            arch = self.env["amazon.order"].get_view(view_id, kind)["arch"]
            self.assertIn('default_order="ship_by, id"', arch)
