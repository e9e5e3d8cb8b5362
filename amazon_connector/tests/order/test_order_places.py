# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..common import AmazonCase, address_json, item_json, order_json


def to(state, country="IN", number=1, buyer="asha"):
    """An order whose delivery address names this state and country."""
    address = address_json(buyer, stateOrRegion=state, countryCode=country)
    return order_json(
        number, buyer=buyer, recipient={"deliveryAddress": address}, items=[item_json()]
    )


@tagged("post_install", "-at_install")
class TestPlaceSpellings(AmazonCase):
    """States are found by code, name and customary spellings, whatever the case."""

    def resolve(self, country, *regions):
        found = self.env["amazon.place"]._resolve(
            {(country, region) for region in regions}
        )
        return {region: found[country, region].state.code for region in regions}

    def test_codes_and_names(self):
        found = self.resolve("IN", "MH", "maharashtra", " MAHARASHTRA ", "IN-MH")
        self.assertEqual(set(found.values()), {"MH"})

    def test_diacritics_and_signs(self):
        self.assertEqual(
            self.resolve("MX", "Nuevo Leon", "NUEVO LEÓN", "nuevo-león"),
            {"Nuevo Leon": "NLE", "NUEVO LEÓN": "NLE", "nuevo-león": "NLE"},
        )
        self.assertEqual(self.resolve("IN", "Jammu & Kashmir")["Jammu & Kashmir"], "JK")

    def test_customary_spellings(self):
        self.assertEqual(
            self.resolve("IN", "Orissa", "Pondicherry", "NCT of Delhi", "TamilNadu"),
            {
                "Orissa": "OD",
                "Pondicherry": "PY",
                "NCT of Delhi": "DL",
                "TamilNadu": "TN",
            },
        )
        self.assertEqual(
            self.resolve("US", "D.C.", "State of New York", "new york state"),
            {"D.C.": "DC", "State of New York": "NY", "new york state": "NY"},
        )
        self.assertEqual(
            self.resolve("JP", "Tokyo", "Tokyo-to", "東京都", "Osaka Prefecture"),
            {
                "Tokyo": "JP-13",
                "Tokyo-to": "JP-13",
                "東京都": "JP-13",
                "Osaka Prefecture": "JP-27",
            },
        )

    def test_parts_of_two_names(self):
        self.assertEqual(
            self.resolve("ES", "La Coruña", "Vizcaya", "Alicante", "Valencia"),
            {"La Coruña": "C", "Vizcaya": "BI", "Alicante": "A", "Valencia": "V"},
        )

    def test_customary_country_codes(self):
        found = self.env["amazon.place"]._resolve({("UK", None), ("gb", None)})
        self.assertEqual({place.country.code for place in found.values()}, {"GB"})

    def test_text_of_a_buyer_is_not_kept(self):
        """Rule 3: what a buyer typed instead of a state is stored nowhere in clear."""
        found = self.env["amazon.place"]._resolve({("IN", "call 9845012345")})
        self.assertEqual(found["IN", "call 9845012345"].unknown.name, "?")

    def test_same_unknown_spelling_is_remembered_once(self):
        Place = self.env["amazon.place"]
        first = Place._resolve({("IN", "Atlantis"), ("IN", "ATLANTIS ")})
        second = Place._resolve({("IN", "atlantis")})
        places = {p.unknown for p in (*first.values(), *second.values())}
        self.assertEqual(len(places), 1)


@tagged("post_install", "-at_install")
class TestOrderPlaces(AmazonCase):
    """An unknown place leaves a note, and holds an order only where tax needs it."""

    def setUp(self):
        super().setUp()
        self.channel.tax_source = "odoo"

    def ask_for_states(self):
        """Have a fiscal position that depends on the state of delivery."""
        tax = self.env["account.tax"].create(
            {
                "name": "Within the state",
                "amount": 9,
                "type_tax_use": "sale",
                "company_id": self.company.id,
            }
        )
        return self.env["account.fiscal.position"].create(
            {
                "name": "Within the state",
                "company_id": self.company.id,
                "auto_apply": True,
                "country_id": self.env.ref("base.in").id,
                "state_ids": [Command.set(self.env.ref("base.state_in_ka").ids)],
                "tax_ids": [Command.set(tax.ids)],
            }
        )

    def test_unknown_state_leaves_a_note(self):
        order = self.receive(to("Atlantis"))
        sale = order.sale_order_id
        self.assertEqual((order.state, sale.state), ("applied", "sale"))
        self.assertFalse(sale.partner_id.state_id)
        self.assertEqual(sale.partner_id.country_id.code, "IN")
        self.assertTrue(
            any("Atlantis" in (b or "") for b in sale.message_ids.mapped("body"))
        )

    def test_unknown_state_holds_where_tax_needs_it(self):
        self.ask_for_states()
        order = self.receive(to("Atlantis"))
        self.assertEqual(order.state, "held")
        self.assertIn("Atlantis", order.reason)
        self.assertFalse(order.sale_order_id)

    def test_a_decision_lets_all_held_orders_go_on(self):
        position = self.ask_for_states()
        orders = self.receive(to("Atlantis"), to("atlantis", number=2, buyer="ravi"))
        self.assertEqual(set(orders.mapped("state")), {"held"})
        orders.place_id.state_id = self.env.ref("base.state_in_ka")
        self.apply()
        self.assertEqual(set(orders.mapped("state")), {"applied"})
        self.assertEqual(orders.sale_order_id.fiscal_position_id, position)
        later = self.receive(to("Atlantis", number=3))
        self.assertEqual(later.state, "applied")

    def test_order_goes_on_without_a_state_by_choice(self):
        self.ask_for_states()
        order = self.receive(to("Atlantis"))
        user = new_test_user(self.env, "clerk", "amazon_connector.group_user")
        manager = new_test_user(self.env, "boss", "amazon_connector.group_manager")
        with self.assertRaisesRegex(AccessError, "manager"):
            order.with_user(user).action_ignore_place()
        order.with_user(manager).action_ignore_place()
        self.apply()
        self.assertEqual(order.state, "applied")

    def test_amazons_own_amounts_need_no_state(self):
        self.ask_for_states()
        self.channel.tax_source = "amazon"
        self.assertEqual(self.receive(to("Atlantis")).state, "applied")

    def test_missing_address_holds_where_tax_needs_it(self):
        self.ask_for_states()
        order = self.receive(order_json(buyer=None, items=[item_json()]))
        self.assertEqual(order.state, "held")

    def test_unknown_country_leaves_a_note_or_holds(self):
        self.channel.tax_source = "none"
        order = self.receive(to(None, country="QQ"))
        self.assertEqual(order.state, "applied")
        self.assertFalse(order.sale_order_id.partner_id.country_id)
        self.channel.tax_source = "odoo"
        self.ask_for_states()
        held = self.receive(to(None, country="QZ", number=2))
        self.assertEqual(held.state, "held")
        held.place_id.country_id = self.env.ref("base.in")
        self.apply()
        # It is India then, where the state matters too.
        self.assertEqual(held.state, "held")
        self.assertIn("no state", held.reason)

    def test_anonymous_orders_share_few_contacts(self):
        """Many orders without a buyer make one contact per channel and place."""
        states = ("KARNATAKA", "MH", "Tamil Nadu")
        orders = [
            order_json(
                number,
                buyer=None,
                recipient={
                    "deliveryAddress": {
                        "stateOrRegion": states[number % 3],
                        "countryCode": "IN",
                    }
                },
            )
            for number in range(1, 46)
        ]
        bindings = self.receive(*orders)
        self.assertEqual(set(bindings.mapped("state")), {"applied"})
        partners = bindings.sale_order_id.partner_id
        self.assertEqual(len(partners), 3)
        self.assertEqual(set(partners.state_id.mapped("code")), {"KA", "MH", "TN"})


@tagged("post_install", "-at_install")
class TestOrderFacts(AmazonCase):
    """What Amazon tells beside money and goods stays with the order."""

    def test_programs_and_import_scheme_are_kept(self):
        item = item_json(tax="15.25")
        item["programs"] = ["SUBSCRIBE_AND_SAVE"]
        item["tax"] = {"taxCalculationBreakdowns": [{"reportingScheme": "IOSS"}]}
        item["fulfillment"]["shipping"] = {
            "internationalShipping": {"iossNumber": "IM3720000000"}
        }
        order = self.receive(order_json(items=[item], programs=["PRIME", "NEW_ONE"]))
        self.assertEqual(order.programs, "PRIME, NEW_ONE")
        self.assertEqual(order.line_ids.programs, "SUBSCRIBE_AND_SAVE")
        self.assertEqual(
            (order.line_ids.reporting_scheme, order.line_ids.ioss_number),
            ("IOSS", "IM3720000000"),
        )

    def test_replacement_is_linked_and_worth_nothing(self):
        original = self.receive(order_json(1))
        item = item_json(price="0.00")
        new = self.receive(
            order_json(
                2,
                items=[item],
                associatedOrders=[
                    {
                        "orderId": original.amazon_order_id,
                        "associationType": "REPLACEMENT_ORIGINAL_ID",
                    }
                ],
            )
        )
        self.assertEqual(new.replaced_order_id, original)
        self.assertEqual((new.state, new.sale_order_id.amount_total), ("applied", 0.0))
        self.assertEqual(new.sale_order_id.picking_ids.move_ids.product_uom_qty, 1)
