# SPDX-License-Identifier: LGPL-3.0-or-later
"""Families of variations as one product with variants (S63, S169)."""

from odoo import Command, api, models
from odoo.tools.sql import escape_psql

VARIANT_FIELDS = ("default_code", "barcode", "standard_price")
"""What each variant has of its own; all else belongs to the family's template."""


class AmazonListingFamily(models.AbstractModel):
    _name = "amazon.listing.family"
    _description = "Amazon Listing: Families of Variations"

    @api.model
    def _get_attributes(self, listing):
        """``{attribute name: value}`` of a member of a family, any number of them."""
        if not listing.parent_sku:
            return {}
        return {
            str(name).strip(): str(value).strip()
            for name, value in listing.variation_values or []
            if str(name or "").strip() and str(value or "").strip()
        }

    @api.model
    def _create_variants(self, listings, chosen):
        """Create a variant for each member of a family, and templates where needed.

        :param chosen: ``{listing: product values}``
        :return: ``({listing: product}, {listing: why it is no variant})``
        """
        families = {}
        products, notes = {}, {}
        for one in listings:
            attributes = self._get_attributes(one)
            if attributes:
                names = frozenset(name.casefold() for name in attributes)
                key = (one.account_id, one.parent_sku, names)
                families.setdefault(key, listings.browse())
                families[key] |= one
            elif one.parent_sku:
                notes[one] = self.env._(
                    "It became a separate product, because Amazon states no "
                    "attributes that distinguish it from other variations."
                )
        creator = self.env["amazon.listing.creator"]
        barcodes = creator._find_free_barcodes(listings, chosen)
        for members in families.values():
            template = self._find_template(members[0])
            attributes = self._find_attributes(members)
            if not template:
                template = self._create_template(members, attributes, chosen)
            template._add_amazon_values(attributes.values())
            made = self._create_members(members, template, attributes, barcodes, chosen)
            products.update(made)
            for one in members.filtered(lambda one: one not in products):
                notes[one] = self.env._(
                    "It became a separate product, because %s already has a variant "
                    "with the same attributes.",
                    template.display_name,
                )
        return products, notes

    @api.model
    def _find_template(self, listing):
        """The template that other members of a listing's family became, if any.

        It has to have exactly the attributes that Amazon states, and to let variants
        be added one by one.
        """
        names = {name.casefold() for name in self._get_attributes(listing)}
        siblings = listing.with_context(active_test=False).search(
            [
                ("account_id", "=", listing.account_id.id),
                ("parent_sku", "=", listing.parent_sku),
                ("state", "=", "linked"),
            ],
            order="id",
        )
        for template in siblings.product_id.product_tmpl_id:
            lines = template.attribute_line_ids
            known = {name.casefold() for name in lines.attribute_id.mapped("name")}
            if template.active and known == names and template.has_dynamic_attributes():
                return template
        return self.env["product.template"]

    @api.model
    def _create_template(self, members, attributes, chosen):
        """A template for these members of a family, without variants yet."""
        leader = members.sorted(lambda one: one not in chosen)[0]
        parent = members.with_context(active_test=False).search(
            [
                ("account_id", "=", leader.account_id.id),
                ("seller_sku", "=", leader.parent_sku),
                ("title", "!=", False),
            ],
            limit=1,
        )
        vals = leader._prepare_product()
        if parent:
            vals["name"] = parent.title
        vals = {**vals, **chosen.get(leader, {})}
        values = self.env["product.attribute.value"].union(*attributes.values())
        return self.env["product.template"].create(
            {
                **{key: val for key, val in vals.items() if key not in VARIANT_FIELDS},
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(group.ids)],
                        }
                    )
                    for attribute, group in values.grouped("attribute_id").items()
                ],
            }
        )

    @api.model
    def _create_members(self, listings, template, attributes, barcodes, chosen):
        """``{listing: variant}``, without those whose attributes are taken."""
        vals_list, members, seen = [], [], set()
        for one in listings:
            combination = template._get_amazon_combination(attributes[one])
            taken = template._get_variant_for_combination(combination)
            if taken or combination in seen:
                continue
            if not template._is_combination_possible(combination):
                continue
            seen.add(combination)
            members.append(one)
            own = {
                key: val
                for key, val in chosen.get(one, {}).items()
                if key in VARIANT_FIELDS
            }
            vals_list.append(
                {
                    "product_tmpl_id": template.id,
                    "product_template_attribute_value_ids": [
                        Command.set(combination.ids)
                    ],
                    "default_code": one.seller_sku,
                    "barcode": barcodes[one],
                    **own,
                }
            )
        created = self.env["product.product"].create(vals_list)
        return dict(zip(members, created, strict=True))

    # ------------------------------------------------------------------
    # Attributes
    # ------------------------------------------------------------------

    @api.model
    def _find_attributes(self, members):
        """``{listing: attribute values}``, made where Odoo does not know them yet."""
        attributes, values, result = {}, {}, {}
        for one in members:
            result[one] = self.env["product.attribute.value"]
            for name, value in self._get_attributes(one).items():
                if name.casefold() not in attributes:
                    attributes[name.casefold()] = self._find_attribute(name)
                attribute = attributes[name.casefold()]
                key = (attribute, value.casefold())
                if key not in values:
                    values[key] = self._find_value(attribute, value)
                result[one] |= values[key]
        return result

    @api.model
    def _find_attribute(self, name):
        """An attribute whose variants are made one by one.

        With any other Odoo would make a variant of each combination, also of those
        that are not sold.
        """
        Attribute = self.env["product.attribute"]
        return Attribute.search(
            [("name", "=ilike", escape_psql(name)), ("create_variant", "=", "dynamic")],
            limit=1,
        ) or Attribute.create({"name": name, "create_variant": "dynamic"})

    @api.model
    def _find_value(self, attribute, name):
        Value = self.env["product.attribute.value"]
        return Value.search(
            [
                ("name", "=ilike", escape_psql(name)),
                ("attribute_id", "=", attribute.id),
            ],
            limit=1,
        ) or Value.create({"name": name, "attribute_id": attribute.id})


class ProductTemplate(models.Model):
    _inherit = "product.template"

    @api.private
    def _add_amazon_values(self, members):
        """Add attribute values that the template does not have yet.

        :param members: attribute values of each member
        """
        self.ensure_one()
        values = self.env["product.attribute.value"].union(*members)
        for line in self.attribute_line_ids:
            missing = values.filtered(
                lambda value, line=line: value.attribute_id == line.attribute_id
            )
            missing -= line.value_ids
            if missing:
                line.value_ids = [Command.link(value.id) for value in missing]

    @api.private
    def _get_amazon_combination(self, values):
        """The template's own records of these attribute values."""
        self.ensure_one()
        own = self.attribute_line_ids.product_template_value_ids._only_active()
        return own.filtered(lambda one: one.product_attribute_value_id in values)
