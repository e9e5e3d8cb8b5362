# SPDX-License-Identifier: LGPL-3.0-or-later

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import AmazonCase
from .shipment_common import ShipmentMixin


@tagged("post_install", "-at_install")
class TestShipmentOutbox(ShipmentMixin, AmazonCase):
    """What a validated delivery writes into the outbox, in its own transaction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()

    def test_delivery_writes_a_shipment(self):
        """S43, S84, S128, S171: creating the shipment is all that a user does."""
        binding = self.receive(self.order_of(2, 1))
        picking = self.deliver(binding, " 1Z 999 AA1\t")
        shipment = self.shipments_of(binding)
        self.assertEqual(len(shipment), 1)
        self.assertEqual((shipment.state, shipment.source), ("waiting", "odoo"))
        self.assertEqual(shipment.tracking_number, "1Z999AA1")
        self.assertEqual(
            (shipment.carrier_code, shipment.shipping_method), ("DTDC", "Express")
        )
        self.assertEqual(self.units_of(shipment), {"SKU-A": 2, "SKU-B": 1})
        self.assertEqual(shipment.picking_id, picking)
        self.assertEqual(shipment.ship_date, picking.date_done)
        self.assertGreater(shipment.package_ref, 0)

    def test_cron_is_woken_once_per_transaction(self):
        """S84: after the commit, not after the next interval."""
        cron = self.env.ref("amazon_connector.ir_cron_shipments_fetch")
        cron.active = True
        Trigger = self.env["ir.cron.trigger"]
        self.env.cr.precommit.run()
        before = Trigger.search_count([("cron_id", "=", cron.id)])
        bindings = self.receive(
            *(self.order_of(1, number=number) for number in range(1, 4))
        )
        for binding in bindings:
            self.deliver(binding)
        self.assertEqual(Trigger.search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_back_order_is_a_shipment_of_its_own(self):
        """S43: partial quantities, one parcel after the other."""
        binding = self.receive(self.order_of(3, 1))
        self.deliver(binding, "TRK1", {"SKU-A": 2})
        self.deliver(binding, "TRK2")
        first, second = self.shipments_of(binding)
        self.assertEqual(self.units_of(first), {"SKU-A": 2})
        self.assertEqual(self.units_of(second), {"SKU-A": 1, "SKU-B": 1})
        self.assertEqual(
            (first.tracking_number, second.tracking_number), ("TRK1", "TRK2")
        )
        self.assertNotEqual(first.package_ref, second.package_ref)

    def test_each_package_is_a_shipment(self):
        """S43: several parcels of one delivery, each with its own number."""
        binding = self.receive(self.order_of(3, 1))
        picking = self.picking_of(binding)
        boxes = self.pack(picking, [{"SKU-A": 1, "SKU-B": 1}, {"SKU-A": 2}])
        picking.write(
            {"carrier_id": self.method.id, "carrier_tracking_ref": "TRK1, TRK2"}
        )
        self.validate(picking)
        shipments = self.shipments_of(binding)
        self.assertEqual(shipments.package_id, boxes)
        self.assertEqual(
            [self.units_of(s) for s in shipments],
            [{"SKU-A": 1, "SKU-B": 1}, {"SKU-A": 2}],
        )
        self.assertEqual(shipments.mapped("tracking_number"), ["TRK1", "TRK2"])
        self.assertEqual(set(shipments.mapped("state")), {"waiting"})

    def test_validated_twice_is_one_shipment(self):
        """Bad input: the same delivery again, by button, by method, as a move."""
        binding = self.receive(self.order_of(1))
        picking = self.deliver(binding)
        picking.button_validate()
        picking._action_done()
        picking.sudo()._write_amazon_outbox()
        self.assertEqual(len(self.shipments_of(binding)), 1)

    def test_deliveries_validated_together(self):
        """As the batch and barcode apps do: many deliveries in one call."""
        bindings = self.receive(
            *(self.order_of(1, number=number) for number in range(1, 5))
        )
        pickings = bindings.sale_order_id.picking_ids
        pickings.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T9"})
        pickings.move_ids.picked = True
        pickings.button_validate()
        shipments = self.env["amazon.shipment"].search(
            [("order_id", "in", bindings.ids)]
        )
        self.assertEqual(shipments.order_id, bindings.sorted("id", reverse=True))
        self.assertEqual(shipments.mapped("state"), ["waiting"] * 4)

    def test_wizard_that_comes_back_writes_nothing_yet(self):
        """Bad input: `button_validate` from a script may answer with a wizard."""
        binding = self.receive(self.order_of(2))
        picking = self.picking_of(binding)
        picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T1"})
        self.set_quantities(picking, {"SKU-A": 1})
        action = picking.button_validate()
        self.assertEqual(action["res_model"], "stock.backorder.confirmation")
        self.assertFalse(self.shipments_of(binding))
        wizard = (
            self.env["stock.backorder.confirmation"]
            .with_context(**action["context"])
            .create({})
        )
        wizard.process()
        self.assertEqual(self.units_of(self.shipments_of(binding)), {"SKU-A": 1})

    def test_more_shipped_than_ordered_is_capped_and_told(self):
        binding = self.receive(self.order_of(1))
        self.deliver(binding, "T", {"SKU-A": 3})
        shipment = self.shipments_of(binding)
        self.assertEqual(self.units_of(shipment), {"SKU-A": 1})
        self.assertEqual(shipment.state, "waiting")
        self.assertIn("Shipped units of SKU-A: 3.", shipment.note)

    def test_nothing_left_is_not_sent(self):
        binding = self.receive(self.order_of(1))
        self.deliver(binding)
        sale = binding.sale_order_id
        line = sale.order_line.filtered("amazon_order_line_id")[:1]
        line.product_uom_qty = 2
        self.deliver(binding, "T2")
        second = self.shipments_of(binding)[1]
        self.assertEqual(second.state, "skipped")
        self.assertIn("Amazon expects only 0 more", second.reason)

    def test_fba_orders_have_no_shipment(self):
        """What Amazon ships is never told to Amazon."""
        order = self.order_of(1)
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        binding = self.receive(order)
        self.assertFalse(binding.sale_order_id.picking_ids)
        order = self.order_of(1, updated="2030-01-01T00:00:00Z", status="SHIPPED")
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        self.receive(order)
        self.assertFalse(self.shipments_of(binding))

    def test_other_sales_have_no_shipment(self):
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Shop"}).id,
                "order_line": [(0, 0, {"product_id": self.product.id})],
            }
        )
        sale.action_confirm()
        before = self.env["amazon.shipment"].search_count([])
        sale.picking_ids.move_ids.picked = True
        sale.picking_ids.button_validate()
        self.assertEqual(self.env["amazon.shipment"].search_count([]), before)
        self.assertFalse(sale.picking_ids.amazon_missing)

    def test_only_the_last_of_three_steps_is_told(self):
        """Pick, pack and ship: Amazon hears of what leaves for the buyer."""
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        warehouse.delivery_steps = "pick_pack_ship"
        binding = self.receive(self.order_of(1))
        for _step in range(3):
            picking = self.picking_of(binding).filtered(
                lambda p: p.state == "assigned"
            )[:1]
            self.assertFalse(self.shipments_of(binding))
            picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T"})
            picking.move_ids.picked = True
            picking.button_validate()
        self.assertEqual(self.units_of(self.shipments_of(binding)), {"SKU-A": 1})

    def test_lines_of_one_item_and_moves_of_one_line(self):
        """An order line split over several moves is one quantity."""
        binding = self.receive(self.order_of(3))
        picking = self.picking_of(binding)
        move = picking.move_ids
        move.copy({"product_uom_qty": 1, "picking_id": picking.id})._action_confirm(
            merge=False
        )
        move.product_uom_qty = 2
        picking.action_assign()
        self.assertEqual(len(picking.move_ids), 2)
        self.deliver(binding)
        self.assertEqual(self.units_of(self.shipments_of(binding)), {"SKU-A": 3})

    def test_packs_are_told_when_they_are_complete(self):
        """A listing of packs: five of six units are no pack, the sixth completes it."""
        self.receive(self.order_of(1))
        listing = self.env["amazon.listing"].search(
            [("seller_sku", "=", "SKU-A"), ("channel_id", "=", self.channel.id)]
        )
        listing.stock_pack_size = 6
        binding = self.receive(self.order_of(2, number=2))
        self.deliver(binding, "T1", {"SKU-A": 5})
        self.assertFalse(self.shipments_of(binding))
        self.deliver(binding, "T2", {"SKU-A": 1})
        self.assertEqual(self.units_of(self.shipments_of(binding)), {"SKU-A": 1})
        self.deliver(binding, "T3")
        self.assertEqual(self.units_of(self.shipments_of(binding)[1]), {"SKU-A": 1})

    def test_users_correct_but_do_not_decide(self):
        """Rights: states are the connector's, tracking numbers the user's."""
        user = self.env["res.users"].create(
            {
                "name": "Packer",
                "login": "packer",
                "group_ids": [(4, self.env.ref("amazon_connector.group_user").id)],
            }
        )
        binding = self.receive(self.order_of(1))
        self.deliver(binding, False)
        shipment = self.shipments_of(binding).with_user(user)
        shipment.tracking_number = "MINE"
        self.assertEqual(shipment.state, "waiting")
        with self.assertRaisesRegex(AccessError, "state"):
            shipment.state = "confirmed"

    def test_who_delivers_needs_no_amazon_rights(self):
        user = self.env["res.users"].create(
            {
                "name": "Stock clerk",
                "login": "clerk",
                "group_ids": [(4, self.env.ref("stock.group_stock_user").id)],
            }
        )
        binding = self.receive(self.order_of(1))
        picking = self.picking_of(binding).with_user(user)
        self.assertTrue(picking.amazon_missing)
        picking.carrier_tracking_ref = "T"
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(len(self.shipments_of(binding)), 1)

    def test_two_companies_do_not_see_each_other(self):
        """Bad input: two companies."""
        binding = self.receive(self.order_of(1))
        self.deliver(binding)
        other = self.env["res.company"].create({"name": "Another company"})
        user = self.env["res.users"].create(
            {
                "name": "Foreigner",
                "login": "foreigner",
                "company_id": other.id,
                "company_ids": [(6, 0, other.ids)],
                "group_ids": [(4, self.env.ref("amazon_connector.group_user").id)],
            }
        )
        Shipment = self.env["amazon.shipment"].with_user(user)
        self.assertFalse(Shipment.search([("order_id", "=", binding.id)]))
        with mute_logger("odoo.addons.base.models.ir_rule"):
            with self.assertRaises(AccessError):
                self.shipments_of(binding).with_user(user).tracking_number = "X"
