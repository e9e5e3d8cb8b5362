# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import AmazonCase, order_json


@tagged("post_install", "-at_install")
class TestCarrierMatch(AmazonCase):
    """Delivery methods are offered by the buyer's real address."""

    def setUp(self):
        super().setUp()
        self.sale = self.receive(order_json()).sale_order_id
        self.picking = self.sale.picking_ids
        self.partner = self.sale.partner_shipping_id

    def make_carrier(self, *zips, **vals):
        product = self.env["product.product"].create(
            {"name": "Delivery", "type": "service"}
        )
        prefixes = self.env["delivery.zip.prefix"]
        for name in zips:
            prefixes |= prefixes.search([("name", "=", name)]) or prefixes.create(
                {"name": name}
            )
        return self.env["delivery.carrier"].create(
            {
                "name": "By zip",
                "product_id": product.id,
                "zip_prefix_ids": [(6, 0, prefixes.ids)],
                **vals,
            }
        )

    def test_the_postal_code_is_the_real_one(self):
        """S112: the contact has none."""
        near, far = self.make_carrier("57"), self.make_carrier("11")
        self.assertFalse(self.partner.zip)
        carriers = near | far
        self.assertEqual(carriers.available_carriers(self.partner, self.picking), near)
        self.assertEqual(carriers.available_carriers(self.partner, self.sale), near)
        self.assertIn(near, self.picking.allowed_carrier_ids)
        self.assertNotIn(far, self.picking.allowed_carrier_ids)
        self.assertTrue(near.rate_shipment(self.sale)["success"])
        self.assertFalse(far.rate_shipment(self.sale)["success"])
        self.assertFalse(self.partner.zip)
        self.assertFalse(self.env["amazon.access.log"].search([("kind", "!=", "x")]))

    def test_country_and_state_match_as_before(self):
        india, state = self.partner.country_id, self.partner.state_id
        self.assertTrue(state)
        other = self.env.ref("base.us")
        fits = self.make_carrier(
            "5", country_ids=[(6, 0, india.ids)], state_ids=[(6, 0, state.ids)]
        )
        self.assertTrue(fits._match_address(self.partner))
        fits.country_ids = other
        self.assertFalse(fits._match_address(self.partner))

    def test_forms_that_are_not_saved_match_too(self):
        """S112: and keep what was typed into them."""
        near, far = self.make_carrier("570001$"), self.make_carrier("571")
        form = self.picking.new({"note": "typed"}, origin=self.picking)
        self.assertIn(near, form.allowed_carrier_ids._origin)
        self.assertNotIn(far, form.allowed_carrier_ids._origin)
        self.assertIn("typed", form.note)

    def test_contacts_of_others_match_by_their_own(self):
        near = self.make_carrier("57")
        other = self.env["res.partner"].create({"name": "Eve", "zip": "570002"})
        self.assertTrue(near._match_address(other))
        other.zip = "11"
        self.assertFalse(near._match_address(other))

    def test_without_the_data_the_mask_counts(self):
        near = self.make_carrier("57")
        self.partner.sudo().amazon_customer_ids.ciphertext = False
        self.assertFalse(near._match_address(self.partner))
