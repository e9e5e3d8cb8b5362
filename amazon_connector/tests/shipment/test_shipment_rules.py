# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..common import AmazonCase, item_json, order_json
from ..screens import Screen
from .shipment_common import ShipmentMixin


@tagged("post_install", "-at_install")
class TestShipmentRules(ShipmentMixin, AmazonCase):
    """Which shipments Amazon hears of, and what keeps one from being sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()

    def test_numbers_that_do_not_fit_the_parcels_are_asked_for(self):
        binding = self.receive(self.order_of(3))
        picking = self.picking_of(binding)
        self.pack(picking, [{"SKU-A": 1}, {"SKU-A": 1}, {"SKU-A": 1}])
        picking.write(
            {"carrier_id": self.method.id, "carrier_tracking_ref": "TRK1,TRK2"}
        )
        self.validate(picking)
        shipments = self.shipments_of(binding)
        self.assertEqual(shipments.mapped("state"), ["held"] * 3)
        shipments[0].tracking_number = "TRK 1"
        self.assertEqual(shipments[0].state, "waiting")
        self.assertEqual(shipments[0].tracking_number, "TRK1")

    def test_missing_tracking_holds_without_refusing_the_delivery(self):
        binding = self.receive(self.order_of(1))
        picking = self.deliver(binding, False)
        shipment = self.shipments_of(binding)
        self.assertEqual(picking.state, "done")
        self.assertEqual(shipment.state, "held")
        self.assertIn("tracking number", shipment.reason)
        picking.carrier_tracking_ref = " LATE 1 "
        self.assertEqual(shipment.state, "waiting")
        self.assertEqual(shipment.tracking_number, "LATE1")

    def test_missing_carrier_holds_until_it_is_mapped(self):
        binding = self.receive(self.order_of(1))
        self.carrier.unlink()
        self.deliver(binding)
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "held")
        self.assertIn("Our courier", shipment.reason)
        self.env["amazon.carrier"].create(
            {
                "code_id": self.env.ref("amazon_connector.carrier_code_other").id,
                "carrier_name": "Our own van",
            }
        )
        self.assertEqual(shipment.state, "waiting")
        self.assertEqual(
            (shipment.carrier_code, shipment.carrier_name), ("Other", "Our own van")
        )

    def test_user_chooses_the_carrier_from_the_list(self):
        """Nobody has to know Amazon's codes, and no other field opens by it."""
        self.carrier.unlink()
        binding = self.receive(self.order_of(1))
        self.deliver(binding)
        user = new_test_user(self.env, "packer", "amazon_connector.group_user")
        shipment = self.shipments_of(binding).with_user(user)
        self.assertFalse(shipment.code_id)
        shipment.code_id = self.env.ref("amazon_connector.carrier_code_bluedart")
        self.assertEqual(shipment.carrier_code, "BlueDart")
        self.assertEqual(shipment.state, "waiting")
        shipment.carrier_code = "Not listed yet"
        self.assertFalse(shipment.code_id)
        with self.assertRaises(AccessError):
            shipment.write({"code_id": False, "state": "confirmed"})

    def test_what_is_missing_is_said_before(self):
        """Missing tracking and carrier are said before the validation."""
        binding = self.receive(self.order_of(1))
        picking = self.picking_of(binding)
        self.assertTrue(picking.amazon_missing)
        self.assertIn("tracking reference", picking.amazon_notice)
        self.assertIn("Configuration > Carriers", picking.amazon_notice)
        picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T"})
        self.assertFalse(picking.amazon_missing)

    def test_number_is_entered_where_it_is_asked_for(self):
        """The delivery's banner takes the tracking number, and goes with it."""
        binding = self.receive(self.order_of(1))
        picking = self.picking_of(binding)
        picking.carrier_id = self.method
        with Form(picking) as form:
            self.assertTrue(form.amazon_missing)
            form.carrier_tracking_ref = "TRK 1"
            self.assertFalse(form.amazon_missing)
        self.validate(picking)
        self.assertEqual(self.shipments_of(binding).tracking_number, "TRK1")

    def test_ship_date_in_the_future_waits_for_that_day(self):
        binding = self.receive(self.order_of(1))
        self.deliver(binding)
        shipment = self.shipments_of(binding)
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        shipment.ship_date = tomorrow
        self.assertEqual((shipment.state, shipment.retry_at), ("held", tomorrow))
        self.assertIn("in the future", shipment.reason)
        shipment.ship_date = binding.purchase_time - timedelta(days=1)
        self.assertEqual(shipment.state, "held")
        shipment.ship_date = fields.Datetime.now()
        self.assertEqual(shipment.state, "waiting")

    def test_returned_before_it_was_sent(self):
        """Bad input: the goods are back before Amazon was told."""
        binding = self.receive(self.order_of(1))
        picking = self.deliver(binding)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        wizard.product_return_moves.quantity = 1
        back = picking.browse(wizard.action_create_returns()["res_id"])
        back.move_ids.picked = True
        back.button_validate()
        shipment = self.shipments_of(binding)
        self.assertEqual(len(shipment), 1, "a return is no shipment")
        self.assertEqual(shipment.state, "held")
        self.assertIn("came back", shipment.reason)
        shipment.action_send()
        self.assertEqual(shipment.state, "waiting")

    def test_programs_that_amazon_confirms(self):
        """Easy Ship, Ship+ and Delivery by Amazon are left to Amazon."""
        for number, program in enumerate(
            ("AMAZON_EASY_SHIP", "FBM_SHIP_PLUS", "DELIVERY_BY_AMAZON"), 1
        ):
            binding = self.receive(
                self.order_of(1, number=number, programs=["AMAZON_BUSINESS", program])
            )
            self.assertFalse(self.picking_of(binding).amazon_missing)
            self.deliver(binding, False)
            shipment = self.shipments_of(binding)
            self.assertEqual(shipment.state, "amazon", program)
            self.assertNotIn(program, shipment.reason, "a name, not a code")

    def test_programs_that_wait_for_the_users_word(self):
        for number, program in enumerate(("PRIME", "PREMIUM"), 1):
            binding = self.receive(self.order_of(1, number=number, programs=[program]))
            self.deliver(binding)
            shipment = self.shipments_of(binding)
            self.assertEqual(shipment.state, "held", program)
            self.assertNotIn(program, shipment.reason, "a name, not a code")
            shipment.action_send()
            self.assertEqual(shipment.state, "waiting")

    def test_pick_up_in_the_shop_is_settled_by_hand(self):
        binding = self.receive(self.order_of(1, programs=["IN_STORE_PICK_UP"]))
        self.deliver(binding)
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "held")
        Screen(shipment).press("action_skip", confirm="never reports")
        self.assertEqual(shipment.state, "skipped")

    def test_what_is_on_its_way_is_not_left_out(self):
        """The button says so, and does not pass over it in silence."""
        on_its_way, held = self.receive(
            self.order_of(1), self.order_of(1, number=2, programs=["PRIME"])
        )
        for binding in (on_its_way, held):
            self.deliver(binding)
        shipment = self.shipments_of(on_its_way)
        with self.assertRaisesRegex(UserError, "held or failed"):
            shipment.action_skip()
        (shipment | self.shipments_of(held)).action_skip()
        self.assertEqual(shipment.state, "waiting")
        self.assertEqual(self.shipments_of(held).state, "skipped")

    def test_transparency_codes_are_waited_for(self):
        item = item_json("SKU-A", 2)
        item["programs"] = ["TRANSPARENCY"]
        binding = self.receive(order_json(1, [item]))
        self.deliver(binding)
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "held")
        self.assertIn("0 of 2", shipment.reason)
        shipment.line_ids.transparency_codes = "AZ:1\nAZ:1"
        self.assertEqual(shipment.state, "held")
        shipment.line_ids.transparency_codes = "AZ:1\nAZ:2"
        self.assertEqual(shipment.state, "waiting")

    def test_cancelled_by_amazon_while_in_the_outbox(self):
        """Bad input: Amazon cancels after the delivery."""
        binding = self.receive(self.order_of(1))
        self.deliver(binding)
        binding.fulfillment_status = "CANCELLED"
        shipment = self.shipments_of(binding)
        shipment._reconsider()
        self.assertEqual(shipment.state, "failed")
        self.assertIn("cancelled", shipment.reason)

    def test_cancelled_by_amazon_while_it_is_held(self):
        """Bad input: nobody enters a number that Amazon no longer wants."""
        binding = self.receive(self.order_of(1))
        self.deliver(binding, tracking=False)
        self.receive(
            self.order_of(1, status="CANCELLED", updated="2030-01-01T00:00:00Z")
        )
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "failed")
        self.assertIn("Stop the parcel", shipment.reason)

    def test_carriers_by_delivery_method_and_marketplace(self):
        """The most telling row counts."""
        Carrier = self.env["amazon.carrier"]
        market = self.channel.marketplace_id
        other = self.env.ref("amazon_connector.marketplace_us")
        codes = {
            name: self.env.ref(f"amazon_connector.carrier_code_{name}")
            for name in ("dhl", "ups", "gls")
        }
        general = Carrier.create({"code_id": codes["dhl"].id})
        here = Carrier.create({"code_id": codes["ups"].id, "marketplace_id": market.id})
        both = Carrier.create(
            {
                "code_id": codes["gls"].id,
                "marketplace_id": market.id,
                "delivery_carrier_id": self.method.id,
            }
        )
        nothing = self.method.browse()
        keys = {
            (self.company, market, self.method): both,
            (self.company, other, self.method): self.carrier,
            (self.company, market, nothing): here,
            (self.company, other, nothing): general,
        }
        self.assertEqual(Carrier._find_for(list(keys)), keys)

    def test_method_named_as_amazon_names_the_carrier(self):
        self.carrier.unlink()
        self.method.name = "blue dart"
        binding = self.receive(self.order_of(1))
        self.deliver(binding)
        self.assertEqual(self.shipments_of(binding).carrier_code, "BlueDart")

    def test_code_that_is_deleted(self):
        """No parcel is told of a carrier that is not listed any more."""
        self.carrier.unlink()
        code = self.env["amazon.carrier.code"].create(
            {"name": self.method.name, "code": "GONE"}
        )
        values_of = self.env["amazon.carrier"]._get_shipment_values
        key = self.company.id, self.channel.id, self.method.id
        self.assertEqual(values_of(*key), {"carrier_code": "GONE"})
        code.unlink()
        self.assertEqual(values_of(*key), {})

    def test_method_named_so_in_another_language_or_by_signs(self):
        """Whoever ships; a sign of SQL's in a name stands for itself."""
        self.carrier.unlink()
        self.env["res.lang"]._activate_lang("fr_FR")
        self.method.name = "Blue Dart"
        french = self.method.with_context(lang="fr_FR")
        french.name = "Fléchette bleue"
        values_of = french.env["amazon.carrier"]._get_shipment_values
        key = self.company.id, self.channel.id, self.method.id
        self.assertEqual(values_of(*key), {"carrier_code": "BlueDart"})
        self.method.name = "%"
        self.assertEqual(values_of(*key), {})
