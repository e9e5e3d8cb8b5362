# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...sync.stock import brake
from .stock_send_common import StockSendCase

# The brake's own limit is ten; each listing costs the set-up two calls.
LIMIT, MANY = 2, 4


@tagged("post_install", "-at_install")
class TestStockBrake(StockSendCase):
    """A mistake in Odoo does not take a shop off Amazon."""

    def setUp(self):
        super().setUp()
        self.assertEqual((brake.SHARE, brake.COUNT), (0.2, 10), "as documented")
        self.patch(brake, "COUNT", LIMIT)
        self.many = self.env["product.product"]
        for number in range(MANY):
            sku = f"MANY-{number:02}"
            self.put_on_amazon(sku, 1)
            product = self._create_product(sku)
            self._create_listing(product)
            self.many |= product
        self.send()
        self.read_back()

    def empty(self, products):
        for product in products:
            self.put_stock(product, -100)

    def held(self):
        return self.env["amazon.stock.level"].search([("state", "=", "held")])

    def test_too_many_zeroes_stop_and_ask(self):
        """More than a fifth of the shop, and over the limit: held back, with a list."""
        self.empty(self.many)
        self.put_stock(self.product, -30)
        self.send()
        self.assertEqual(len(self.held()), MANY)
        self.assertEqual(self.on_amazon("MANY-00"), 100)
        self.assertEqual(self.on_amazon("SKU-A"), 70, "all else goes on")
        self.assertEqual(self.channel.stock_held_count, MANY)
        alert = self.account.activity_ids.filtered("amazon_alert")
        self.assertIn(str(MANY), alert.note)

    def test_rows_to_decide_have_the_buttons(self):
        """Managers decide in the list, on phones, and in the form."""
        manager = new_test_user(self.env, "boss", "amazon_connector.group_manager")
        user = new_test_user(self.env, "clerk", "amazon_connector.group_user")
        Level = self.env["amazon.stock.level"]
        for kind in ("list", "kanban", "form"):
            for who, shown in ((manager, True), (user, False)):
                arch = Level.with_user(who).get_view(view_type=kind)["arch"]
                for button in ("action_send_held", "action_keep_held"):
                    self.assertEqual(f'name="{button}"' in arch, shown, (kind, button))

    def test_send_anyway(self):
        self.empty(self.many)
        self.send()
        self.channel.action_send_held()
        self.send()
        self.assertFalse(self.held())
        self.assertEqual(self.on_amazon("MANY-00"), 0)
        self.assertFalse(self.account.activity_ids.filtered("amazon_alert"))

    def test_keep(self):
        """Amazon keeps its quantity until Odoo has stock again."""
        self.empty(self.many)
        self.send()
        self.channel.action_keep_held()
        self.send(manual=True)
        self.assertEqual(self.on_amazon("MANY-00"), 100)
        self.channel.invalidate_recordset()
        self.account.invalidate_recordset()
        self.assertFalse(self.channel.stock_held_count, "nothing is left to decide")
        self.assertFalse(self.account.stock_held_count)
        self.assertFalse(self.account.activity_ids.filtered("amazon_alert"))
        self.put_stock(self.many[0], 3)
        self.send()
        self.assertEqual(self.on_amazon("MANY-00"), 3)
        self.put_stock(self.many[0], -3)
        self.send()
        self.assertEqual(self.on_amazon("MANY-00"), 0, "the decision ended with it")

    def test_keep_outlasts_a_rehearsal_and_an_exclusion(self):
        """Who comes back without stock is not sent 0 without a word."""
        self.empty(self.many)
        self.send()
        self.channel.action_keep_held()
        self.channel.action_stop_stock()
        self.assertFalse(self.held())
        self.channel._go_live()
        self.send(manual=True)
        self.assertEqual(len(self.held()), MANY)
        listing = self.many[0].amazon_listing_ids
        listing.stock_policy = "none"
        self.send()
        self.assertEqual(listing.stock_level_id.state, "excluded")
        listing.stock_policy = "computed"
        self.send(manual=True)
        self.assertEqual(listing.stock_level_id.state, "held")
        self.assertEqual(self.on_amazon("MANY-00"), 100)

    def test_a_decision_is_about_one_product(self):
        """Another one behind the listing is asked about anew."""
        self.empty(self.many)
        self.send()
        self.channel.action_send_held()
        listing = self.many[0].amazon_listing_ids
        listing.product_id = self.env["product.product"].create(
            {"name": "Never", "is_storable": True}
        )
        self.send(manual=True)
        level = listing.stock_level_id
        self.assertEqual((level.state, level.brake), ("held", "never"))
        self.assertEqual(self.on_amazon("MANY-00"), 100)
        self.assertEqual(self.on_amazon("MANY-01"), 0)

    def test_fixed_at_zero_while_it_is_held(self):
        """What a user sets to 0 by hand waits for nobody else's decision."""
        self.empty(self.many)
        self.send()
        self.many[0].amazon_listing_ids.stock_policy = "fixed"
        self.send()
        self.assertEqual(self.on_amazon("MANY-00"), 0)
        self.assertEqual(len(self.held()), MANY - 1)

    def test_corrected_stock_goes_on_by_itself(self):
        self.empty(self.many)
        self.send()
        for product in self.many:
            self.put_stock(product, 50)
        self.send()
        self.assertFalse(self.held())
        self.assertEqual(self.on_amazon("MANY-00"), 50)
        self.assertFalse(self.account.activity_ids.filtered("amazon_alert"))

    def test_as_many_as_the_limit_go_through(self):
        """A few sold out items are no mistake."""
        self.empty(self.many[:LIMIT])
        self.send()
        self.assertFalse(self.held())
        self.assertEqual(self.on_amazon("MANY-00"), 0)

    def test_product_without_any_history_asks(self):
        """A product that never had stock in Odoo would become 0 by going live."""
        product = self.env["product.product"].create(
            {"name": "Never", "default_code": "NEVER", "is_storable": True}
        )
        self.put_on_amazon("NEVER", 8)
        listing = self._create_listing(product, amazon_quantity=8)
        self.send()
        self.assertEqual(listing.stock_level_id.state, "held")
        self.assertEqual(self.on_amazon("NEVER"), 8)
        listing.stock_level_id.action_send_held()
        self.send()
        self.assertEqual(self.on_amazon("NEVER"), 0)

    def test_fixed_zero_is_no_mistake(self):
        """What a user sets to 0 by hand is sent."""
        for product in self.many:
            product.amazon_listing_ids.write(
                {"stock_policy": "fixed", "stock_fixed_quantity": 0}
            )
        self.send(manual=True)
        self.assertFalse(self.held())
        self.assertEqual(self.on_amazon("MANY-00"), 0)

    def test_push_says_that_it_is_held(self):
        """S158: 'Push Stock' tells of the decision that is waited for."""
        self.empty(self.many)
        self.send()
        with self.assertRaisesRegex(UserError, "Held back"):
            self.held().action_push_stock()
        told = (self.held() | self.listing.stock_level_id).action_push_stock()
        self.assertIn(f"({MANY})", told["params"]["message"])

    def test_only_managers_decide(self):
        self.empty(self.many)
        self.send()
        user = new_test_user(self.env, "amazon_u", "amazon_connector.group_user")
        with self.assertRaises(AccessError):
            self.channel.with_user(user).action_send_held()
        with self.assertRaises(AccessError):
            self.held().with_user(user).action_keep_held()
