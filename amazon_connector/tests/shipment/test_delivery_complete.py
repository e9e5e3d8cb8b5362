# SPDX-License-Identifier: LGPL-3.0-or-later
"""Deliveries say what Amazon needs, ask for it at the validation, and remember it."""

from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .desk_common import CompleteCase


@tagged("post_install", "-at_install")
class TestDeliveryComplete(CompleteCase):
    def test_asked_for_carrier_and_tracking(self):
        """S84: what Amazon lacks is asked for at the validation."""
        binding, picking = self.order_to_pick()
        wizard = self.ask(picking)
        self.assertEqual(picking.state, "assigned", "nothing is validated yet")
        with Form(wizard) as form:
            self.assertFalse(form.carrier_code_id)
            form.carrier_code_id = self.bluedart
            with form.line_ids.edit(0) as line:
                self.assertIn("carrier", line.reason)
                line.tracking = "TRK 1"
        self.press(wizard, "action_complete")
        self.assertEqual(picking.state, "done")
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "waiting")
        self.assertEqual(
            (shipment.carrier_code, shipment.tracking_number), ("BlueDart", "TRK1")
        )

    def test_several_numbers_are_asked_about(self):
        """At the validation; going on tells of the first alone."""
        self.set_up_carrier()
        for number, button in enumerate(("action_divide", "action_go_on"), 1):
            binding, picking = self.order_to_pick(number=number)
            picking.write(
                {"carrier_id": self.method.id, "carrier_tracking_ref": "T1, T2"}
            )
            action = self.press_validate(picking)
            wizard = self.env["amazon.delivery.divide"].with_user(self.worker)
            self.assertEqual(action["res_model"], wizard._name)
            self.assertEqual(picking.state, "assigned", "nothing is validated yet")
            wizard = wizard.browse(action["res_id"])
            self.assertEqual(wizard.line_ids.mapped("quantity"), [2, 0])
            with Form(wizard) as form:
                for position in (0, 1):
                    with form.line_ids.edit(position) as line:
                        line.quantity = 1
            self.press(wizard, button)
            self.assertEqual(picking.state, "done")
            told = self.shipments_of(binding).mapped("tracking_number")
            divided = button == "action_divide"
            self.assertEqual(told, ["T1", "T2"] if divided else ["T1"])
            self.assertEqual("T2" in (picking.amazon_notice or ""), not divided)

    def test_nothing_is_guessed(self):
        _binding, picking = self.order_to_pick()
        wizard = self.ask(picking)
        with self.assertRaisesRegex(UserError, "tracking"):
            self.press(wizard, "action_complete")
        self.assertEqual(picking.state, "assigned")

    def test_going_on_holds_it(self):
        """Validated without a number it is shipped, and stays on the desk."""
        binding, picking = self.order_to_pick()
        self.press(self.ask(picking), "action_go_on")
        self.assertEqual(picking.state, "done")
        self.assertEqual(self.shipments_of(binding).state, "held")
        self.assertTrue(picking.sudo().amazon_untold)

    def test_last_choice_is_remembered(self):
        """S128: the carrier of the last parcel of this channel is offered first."""
        _binding, picking = self.order_to_pick()
        picking.write(
            {"amazon_carrier_code_id": self.bluedart.id, "carrier_tracking_ref": "T1"}
        )
        self.assertIs(self.press_validate(picking), True)
        _binding, other = self.order_to_pick(number=2)
        wizard = self.ask(other)
        self.assertEqual(wizard.carrier_code_id, self.bluedart)
        self.assertEqual(self.offered()[0], "BlueDart")

    def test_last_choice_comes_with_the_number(self):
        """S128: numbers typed one after the other need no choice of the carrier."""
        _binding, picking = self.order_to_pick()
        picking.write(
            {"amazon_carrier_code_id": self.bluedart.id, "carrier_tracking_ref": "T1"}
        )
        self.press_validate(picking)
        _binding, other = self.order_to_pick(number=2)
        with Form(other) as form:
            self.assertFalse(form.amazon_carrier_code_id)
            form.carrier_tracking_ref = "T2"
            self.assertEqual(form.amazon_carrier_code_id, self.bluedart)
        self.set_up_carrier()
        _binding, usual = self.order_to_pick(number=3)
        usual.carrier_id = self.method
        with Form(usual) as form:
            form.carrier_tracking_ref = "T3"
            self.assertFalse(form.amazon_carrier_code_id, "the method says it")

    def offered(self):
        Code = self.env["amazon.carrier.code"].with_user(self.worker)
        found = Code.with_context(amazon_carriers_of=self.channel.id).name_search("")
        return Code.browse([code_id for code_id, _name in found]).mapped("code")

    def test_carriers_of_the_marketplace_first(self):
        codes = self.offered()
        india = {"BlueDart", "DTDC", "Delhivery", "India Post", "AFL/Fedex"}
        self.assertLessEqual(india, set(codes[:15]))
        self.assertGreater(codes.index("Yodel"), codes.index("DTDC"))
        self.assertEqual(codes[-1], "Other")

    def test_chosen_carrier_overrules_the_method(self):
        self.set_up_carrier()
        binding, picking = self.order_to_pick()
        picking.carrier_id = self.method
        self.assertEqual(picking.amazon_carrier_usual, "DTDC")
        lacks = picking.sudo()._find_amazon_lacks()
        self.assertEqual(lacks, ["Enter the tracking reference."])
        picking.amazon_carrier_code_id = self.bluedart
        picking.carrier_tracking_ref = "T1"
        self.assertIs(self.press_validate(picking), True)
        shipment = self.shipments_of(binding)
        self.assertEqual(
            (shipment.carrier_code, shipment.shipping_method), ("BlueDart", False)
        )
        picking.amazon_carrier_code_id = False
        self.assertEqual(
            (shipment.carrier_code, shipment.shipping_method), ("DTDC", "Express")
        )

    def test_another_carrier_has_a_name(self):
        binding, picking = self.order_to_pick()
        other = self.env.ref("amazon_connector.carrier_code_other")
        picking.write({"amazon_carrier_code_id": other.id, "carrier_tracking_ref": "T"})
        self.assertIn("name", " ".join(picking.sudo()._find_amazon_lacks()))
        picking.amazon_carrier_name = "Our van"
        self.assertIs(self.press_validate(picking), True)
        self.assertEqual(self.shipments_of(binding).carrier_name, "Our van")

    def test_several_numbers_typed_into_the_dialog(self):
        """They are asked about next."""
        binding, picking = self.order_to_pick()
        wizard = self.ask(picking)
        wizard.carrier_code_id = self.bluedart
        wizard.line_ids.tracking = "TRK1, TRK2"
        action = self.press(wizard, "action_complete")
        self.assertEqual(action["res_model"], "amazon.delivery.divide")
        self.assertEqual(picking.state, "assigned")
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.press(wizard.with_user(self.worker), "action_go_on")
        self.assertEqual(self.shipments_of(binding).tracking_number, "TRK1")

    def test_scripts_are_not_asked(self):
        binding, picking = self.order_to_pick()
        picking.with_context(skip_sms=True).button_validate()
        self.assertEqual(picking.state, "done")
        self.assertEqual(self.shipments_of(binding).state, "held")

    def test_delivery_says_what_amazon_knows(self):
        """For ever: when Amazon was told, when it confirmed, or why it was not told."""
        binding, picking = self.order_to_pick()
        self.press(self.ask(picking), "action_go_on")
        self.assertEqual(picking.amazon_told_kind, "bad")
        self.assertIn("Not reported", picking.amazon_told)
        self.assertIn("tracking number", picking.amazon_told)
        picking.write(
            {"amazon_carrier_code_id": self.bluedart.id, "carrier_tracking_ref": "T1"}
        )
        self.assertEqual(picking.amazon_told_kind, "open")
        shipment = self.shipments_of(binding)
        shipment._set({"state": "sent", "sent_at": "2026-03-01 12:47:00"})
        self.assertEqual(picking.amazon_told_kind, "good")
        self.assertIn("12:47", picking.with_context(tz="UTC").amazon_told)
        shipment._set({"state": "confirmed", "confirmed_at": "2026-03-01 12:49:00"})
        self.assertIn("12:49", picking.with_context(tz="UTC").amazon_told)
        shipment._set({"state": "failed", "reason": "No such carrier"})
        self.assertEqual(picking.amazon_told_kind, "bad")
        self.assertIn("No such carrier", picking.amazon_told)

    def test_role_warehouse(self):
        """Who ships sees desk and carriers, and has no rights on sales."""
        self.order_to_pick()
        Picking = self.env["stock.picking"].with_user(self.worker)
        rows = Picking.web_search_read(
            [("amazon_to_ship", "=", True)],
            {
                "amazon_items": {},
                "amazon_carrier_code_id": {"fields": {"display_name": {}}},
                "amazon_channel_id": {"fields": {"display_name": {}}},
            },
        )["records"]
        channel = rows[0]["amazon_channel_id"]
        self.assertEqual(channel["display_name"], self.channel.name)
        env = self.env(user=self.worker)
        for model in ("amazon.carrier", "amazon.carrier.code", "delivery.zip.prefix"):
            self.assertTrue(env[model].has_access("read"), model)
        for model in ("amazon.order", "amazon.listing", "amazon.account"):
            self.assertFalse(env[model].has_access("read"), model)
        # Odoo itself lets Inventory read sales orders.
        self.assertFalse(env["sale.order"].has_access("create"))
        self.assertFalse(env["amazon.carrier"].has_access("write"))
        menus = env["ir.ui.menu"]._visible_menu_ids()
        for name, visible in (
            ("amazon_menu_root", True),
            ("shipping_desk_menu", True),
            ("amazon_carrier_shown_menu", True),
            ("amazon_order_menu", False),
            ("amazon_listing_menu", False),
            ("amazon_account_menu", False),
        ):
            menu = self.env.ref(f"amazon_connector.{name}")
            self.assertEqual(menu.id in menus, visible, name)

    def test_delivery_opens_without_rights_on_contacts(self):
        """A user of Inventory opens the form of a delivery: every field is readable."""
        _binding, picking = self.order_to_pick()
        plain = new_test_user(
            self.env, "plain", groups="base.group_user,stock.group_stock_user"
        )
        with Form(picking.with_user(plain)) as form:
            form.amazon_carrier_code_id = self.bluedart
            form.carrier_tracking_ref = "T1"
            self.assertFalse(form.amazon_missing)
