# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import Form, tagged

from ..common import item_json, order_json
from .queue_common import QueueCase


@tagged("post_install", "-at_install")
class TestFamilies(QueueCase):
    """S63, S169: variations with any number of attributes."""

    def setUp(self):
        super().setUp()
        self.channel.family_policy = "variants"
        self.parent = self.match("SHIRT", title="A shirt", is_parent=True)

    def member(self, sku, *values, names=("Color", "Size"), **facts):
        return self.wait(
            sku,
            title=f"A shirt ({', '.join(values)})",
            parent_sku="SHIRT",
            variation_theme="SIZE/COLOR",
            variation_values=[list(pair) for pair in zip(names, values, strict=True)],
            **facts,
        )

    def values_of(self, product):
        return set(product.product_template_attribute_value_ids.mapped("name"))

    def test_family_becomes_one_product_with_variants(self):
        members = self.member("S-RED-M", "Red", "M")
        members |= self.member("S-RED-L", "Red", "L")
        members |= self.member("S-BLUE-M", "Blue", "M")
        members.action_confirm()
        template = members.product_id.product_tmpl_id
        self.assertEqual(len(template), 1)
        self.assertEqual(template.name, "A shirt")
        # Blue in L is not sold, so it is no variant.
        self.assertEqual(template.product_variant_ids, members.product_id)
        self.assertEqual(
            [self.values_of(one.product_id) for one in members],
            [{"Red", "M"}, {"Red", "L"}, {"Blue", "M"}],
        )
        self.assertEqual(
            members.mapped("product_id.default_code"), members.mapped("seller_sku")
        )
        self.assertEqual(set(members.mapped("reason")), {False})

    def test_members_confirmed_one_after_the_other_join(self):
        first, second, third = (
            self.member("S-RED-M", "Red", "M"),
            self.member("S-BLUE-L", "blue", "L"),
            self.member("S-RED-L", "red", "L"),
        )
        for member in (first, second, third):
            member.action_confirm()
        products = (first | second | third).product_id
        self.assertEqual(len(products), 3)
        self.assertEqual(len(products.product_tmpl_id), 1)
        self.assertEqual(self.values_of(third.product_id), {"Red", "L"})

    def test_more_than_three_attributes(self):
        """S63: Zoho's limit is three."""
        names = ("Color", "Size", "Material", "Fit", "Sleeve")
        members = self.member("A", "Red", "M", "Wool", "Slim", "Long", names=names)
        members |= self.member("B", "Red", "M", "Wool", "Slim", "Short", names=names)
        members.action_confirm()
        template = members.product_id.product_tmpl_id
        self.assertEqual(len(template), 1)
        self.assertEqual(len(template.attribute_line_ids), 5)
        self.assertEqual(
            self.values_of(members[0].product_id),
            {"Red", "M", "Wool", "Slim", "Long"},
        )

    def test_known_attributes_are_used(self):
        attribute = self.env["product.attribute"].create(
            {
                "name": "Amazon_colour",
                "create_variant": "dynamic",
                "value_ids": [(0, 0, {"name": "Red"})],
            }
        )
        instantly = self.env["product.attribute"].create({"name": "Amazon_size"})
        names = ("amazon_colour", "Amazon_size")
        member = self.member("A", "RED", "M", names=names)
        member.action_confirm()
        lines = member.product_id.product_tmpl_id.attribute_line_ids
        self.assertIn(attribute, lines.attribute_id)
        self.assertEqual(attribute.value_ids.mapped("name"), ["Red"])
        # It would make a variant of every combination.
        self.assertNotIn(instantly, lines.attribute_id)

    def test_family_on_two_channels_is_one_product(self):
        """S136."""
        abroad = self.create_channel(family_policy="variants")
        first = self.member("S-RED-M", "Red", "M")
        same = self.member("S-RED-M", "Red", "M", channel=abroad)
        other = self.member("S-RED-L", "Red", "L", channel=abroad)
        (first | same).action_confirm()
        other.action_confirm()
        self.assertEqual(first.product_id, same.product_id)
        self.assertEqual(
            other.product_id.product_tmpl_id, first.product_id.product_tmpl_id
        )

    def test_what_cannot_be_a_variant_says_why(self):
        """S63: what is skipped has its reason."""
        first = self.member("S-RED-M", "Red", "M")
        double = self.member("S-RED-M-2", "Red", "M")
        nameless = self.member("S-ODD", names=())
        members = first | double | nameless
        members.action_confirm()
        self.assertEqual(set(members.mapped("state")), {"linked"})
        self.assertEqual(len(members.product_id.product_tmpl_id), 3)
        self.assertIn("same attributes", double.reason)
        self.assertIn("no attributes", nameless.reason)
        self.assertFalse(first.reason)

    def test_members_linked_to_single_products_are_left_alone(self):
        linked = self.match(
            "SKU-A", parent_sku="SHIRT", variation_values=[["Color", "Red"]]
        )
        member = self.member("S-BLUE", "Blue", names=("Color",))
        member.action_confirm()
        self.assertNotEqual(
            member.product_id.product_tmpl_id, linked.product_id.product_tmpl_id
        )
        self.assertFalse(self.product.product_tmpl_id.attribute_line_ids)

    def test_separate_products(self):
        self.channel.family_policy = "separate"
        members = self.member("S-RED-M", "Red", "M") | self.member("S-L", "Red", "L")
        members.action_confirm()
        self.assertEqual(len(members.product_id.product_tmpl_id), 2)
        self.assertFalse(members.product_id.product_tmpl_id.attribute_line_ids)
        self.assertEqual(members[0].product_id.name, "A shirt (Red, M)")

    def test_update_of_a_member(self):
        """S143: what is the family's is not edited on the second member."""
        first = self.member("S-RED-M", "Red", "M")
        form = Form(self.open(first.action_update()))
        form.name, form.list_price, form.cost = "Our shirt", 20.0, 8.0
        form.save().action_apply()
        second = self.member("S-RED-L", "Red", "L")
        wizard = self.open(second.action_update())
        template = first.product_id.product_tmpl_id
        self.assertEqual(wizard.template_id, template)
        self.assertEqual((wizard.name, wizard.list_price), ("Our shirt", 20.0))
        form = Form(wizard)
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.name = "Another"
        form.default_code, form.cost = "SHIRT-L", 9.0
        form.save().action_apply()
        self.assertEqual(second.product_id.product_tmpl_id, template)
        self.assertEqual(template.name, "Our shirt")
        self.assertEqual(
            (second.product_id.default_code, second.product_id.standard_price),
            ("SHIRT-L", 9.0),
        )
        self.assertEqual(first.product_id.standard_price, 8.0)

    def test_policy_waits_until_the_family_is_known(self):
        """S35, S62: an order may be faster than the details of its item."""
        self.channel.new_product_policy = "create"
        binding = self.receive(order_json(items=[item_json("S-RED-M")]))
        listing = binding.line_ids.listing_id
        self.assertEqual((binding.state, listing.state), ("frozen", "unconfirmed"))
        listing.write(
            {
                "read_at": "2026-01-01 00:00:00",
                "parent_sku": "SHIRT",
                "variation_values": [["Color", "Red"]],
            }
        )
        self.env["amazon.listing.matcher"]._match_new(listing)
        self.apply()
        self.assertEqual(binding.state, "applied")
        self.assertEqual(self.values_of(listing.product_id), {"Red"})

    def test_parents_are_no_products(self):
        self.parent.with_user(self.manager).action_confirm()
        self.assertEqual(
            (self.parent.state, self.parent.product_id.id), ("ignored", False)
        )
