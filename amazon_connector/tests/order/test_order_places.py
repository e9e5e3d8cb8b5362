# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ...models.order import amazon_place
from ...models.order.amazon_place import Spelling
from ...tools.vault import Vault
from ..common import AmazonCase, address_json, ago, item_json, order_json


def to(state, country="IN", number=1, buyer="asha"):
    """An order whose delivery address names this state and country."""
    address = address_json(buyer, stateOrRegion=state, countryCode=country)
    return order_json(
        number, buyer=buyer, recipient={"deliveryAddress": address}, items=[item_json()]
    )


@tagged("post_install", "-at_install")
class TestPlaceSpellings(AmazonCase):
    """States are found by code, name and customary spellings, whatever the case."""

    def look_up(self, *spellings):
        spellings = {spelling: Spelling(*spelling) for spelling in spellings}
        found = self.env["amazon.place"]._resolve(self.company, set(spellings.values()))
        return {key: found[spelling] for key, spelling in spellings.items()}

    def resolve(self, country, *regions):
        found = self.look_up(*((country, region) for region in regions))
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
        found = self.look_up(("UK", None), ("gb", None))
        self.assertEqual({place.country.code for place in found.values()}, {"GB"})

    def test_same_unknown_spelling_is_remembered_once(self):
        first = self.look_up(("IN", "State of Atlantis"), ("IN", "STATE OF ATLANTIS "))
        second = self.look_up(("IN", "state of atlantis"))
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
        order = self.receive(to("State of Atlantis"))
        sale = order.sale_order_id
        self.assertEqual((order.state, sale.state), ("applied", "sale"))
        self.assertFalse(sale.partner_id.state_id)
        self.assertEqual(sale.partner_id.country_id.code, "IN")
        self.assertTrue(
            any(
                "State of Atlantis" in (b or "")
                for b in sale.message_ids.mapped("body")
            )
        )

    def test_unknown_state_holds_where_tax_needs_it(self):
        self.ask_for_states()
        order = self.receive(to("State of Atlantis"))
        self.assertEqual(order.state, "held")
        self.assertIn("State of Atlantis", order.reason)
        self.assertFalse(order.sale_order_id)

    def test_a_branch_has_the_fiscal_positions_of_its_parent(self):
        """As Odoo finds them: its orders wait for their states as well."""
        self.ask_for_states()
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        destination = self.env["amazon.order.destination"]
        needs = destination._get_place_needs(self.company)
        self.assertEqual(needs, (True, self.env.ref("base.in")))
        self.assertEqual(destination._get_place_needs(branch), needs)

    def test_an_archived_choice_of_the_channel_decides_nothing(self):
        """Orders come in without it, so they need their states."""
        self.channel.fiscal_position_id = self.ask_for_states().copy()
        order = self.receive(to("State of Atlantis"))
        self.assertEqual(order.state, "applied")
        self.channel.fiscal_position_id.active = False
        order = self.receive(to("State of Atlantis", number=2))
        self.assertEqual(order.state, "held")

    def test_a_decision_lets_all_held_orders_go_on(self):
        position = self.ask_for_states()
        orders = self.receive(
            to("State of Atlantis"), to("state of atlantis", number=2, buyer="ravi")
        )
        self.assertEqual(set(orders.mapped("state")), {"held"})
        orders.place_id.state_id = self.env.ref("base.state_in_ka")
        self.apply()
        self.assertEqual(set(orders.mapped("state")), {"applied"})
        self.assertEqual(orders.sale_order_id.fiscal_position_id, position)
        later = self.receive(to("State of Atlantis", number=3))
        self.assertEqual(later.state, "applied")

    def test_order_goes_on_without_a_state_by_choice(self):
        self.ask_for_states()
        order = self.receive(to("State of Atlantis"))
        user = new_test_user(self.env, "clerk", "amazon_connector.group_user")
        manager = new_test_user(self.env, "boss", "amazon_connector.group_manager")
        with self.assertRaisesRegex(AccessError, "manager"):
            order.with_user(user).action_ignore_place()
        order.with_user(manager).action_ignore_place()
        self.apply()
        self.assertEqual(order.state, "applied")

    def test_what_a_buyer_typed_is_decided_unseen(self):
        """Rule 3: the text is not shown; the order in Seller Central tells the user."""
        position = self.ask_for_states()
        first, second = self.receive(
            to("c/o Asha Rao"), to("C/O  ASHA RAO", number=2, buyer="ravi")
        )
        self.assertEqual((first.state, first.ship_state), ("held", False))
        self.assertTrue(first.ship_state_typed)
        self.assertIn("Seller Central", first.reason)
        place = first.place_id
        self.assertEqual((place, place.name), (second.place_id, "Typed by the buyer"))
        self.assertEqual(place.order_ids, first + second)
        manager = new_test_user(self.env, "boss", "amazon_connector.group_manager")
        place.with_user(manager).state_id = self.env.ref("base.state_in_ka")
        self.apply()
        self.assertEqual(set((first + second).mapped("state")), {"applied"})
        self.assertEqual(first.sale_order_id.fiscal_position_id, position)
        # Whoever typed the same, or the same buyer again.
        again = self.receive(to("c/o Asha Rao", number=3))
        self.assertEqual(again.state, "applied")
        other = self.receive(to("c/o Bela Rao", number=4, buyer="bela"))
        self.assertEqual(other.state, "held")

    def test_no_state_at_all_is_a_decision_too(self):
        self.ask_for_states()
        order = self.receive(to("call 9845012345"))
        order.place_id.ignored = True
        self.apply()
        self.assertEqual(order.state, "applied")

    def test_typed_state_asks_nobody_where_taxes_do_without(self):
        before = self.env["amazon.place"].search([])
        order = self.receive(to("c/o Asha Rao"))
        self.assertEqual((order.state, order.place_id.id), ("applied", False))
        self.assertTrue(order.ship_state_typed)
        self.assertFalse(order.sale_order_id.partner_id.state_id)
        self.assertEqual(self.env["amazon.place"].search([]), before)

    def test_decision_outlives_a_new_key(self):
        """The hashes of all keys are looked for, as with buyers."""
        self.ask_for_states()
        old, new = (
            b"an old master key of a test " * 2,
            b"a new master key of a test " * 2,
        )
        with patch.object(amazon_place, "get_vault", lambda env: Vault([old])):
            order = self.receive(to("c/o Asha Rao"))
        order.place_id.state_id = self.env.ref("base.state_in_ka")
        with patch.object(amazon_place, "get_vault", lambda env: Vault([new, old])):
            later = self.receive(to("c/o Asha Rao", number=2))
        self.assertEqual(later.state, "applied")

    def test_state_that_is_typed_later_replaces_one_that_was_known(self):
        order = self.receive(to("Karnataka"))
        typed = to("c/o Asha Rao")
        typed["lastUpdatedTime"] = ago(hours=1)
        self.store(typed)
        self.assertEqual((order.ship_state, order.ship_state_typed), (False, True))
        known = to("Kerala")
        known["lastUpdatedTime"] = ago(minutes=50)
        self.store(known)
        self.assertEqual((order.ship_state, order.ship_state_typed), ("Kerala", False))

    def test_missing_address_erases_nothing(self):
        order = self.receive(to("c/o Asha Rao"))
        bare = order_json(buyer=None, updated=ago(hours=1), items=[item_json()])
        self.store(bare)
        self.assertEqual((order.ship_country, order.ship_state_typed), ("IN", True))

    def test_disconnect_forgets_what_was_typed(self):
        self.ask_for_states()
        order = self.receive(to("c/o Asha Rao"))
        place = order.place_id
        self.account._disconnect()
        self.assertFalse(place.exists() or order.ship_state_typed)

    def test_amazons_own_amounts_need_no_state(self):
        self.ask_for_states()
        self.channel.tax_source = "amazon"
        self.assertEqual(self.receive(to("State of Atlantis")).state, "applied")

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
                        "orderId": original.order_number,
                        "associationType": "REPLACEMENT_ORIGINAL_ID",
                    }
                ],
            )
        )
        self.assertEqual(new.replaced_order_id, original)
        self.assertEqual((new.state, new.sale_order_id.amount_total), ("applied", 0.0))
        self.assertEqual(new.sale_order_id.picking_ids.move_ids.product_uom_qty, 1)
