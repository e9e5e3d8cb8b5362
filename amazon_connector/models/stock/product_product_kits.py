# SPDX-License-Identifier: LGPL-3.0-or-later
"""Kits: products that Manufacturing, if it is installed, takes apart when they ship."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _find_amazon_kits(self, company):
        """``{product: its bill of materials}`` of those that are kits of a company."""
        if not self or not _has_manufacturing(self.env):
            return {}
        return self.env["mrp.bom"]._bom_find(
            self, company_id=company.id, bom_type="phantom"
        )

    @api.model
    def _explode_amazon_kits(self, product_ids):
        """``{kit id: {component id: units per kit}}``, empty without Manufacturing."""
        company = self.env["res.company"].browse(self.env.context["company_id"])
        products = self.browse(sorted(product_ids))
        kits = {}
        for product, bom in products._find_amazon_kits(company).items():
            parts = kits[product.id] = defaultdict(float)
            _boms, lines = bom.explode(product, 1)
            for line, values in lines:
                units = line.product_uom_id._compute_quantity(
                    values["qty"] / values["original_qty"],
                    line.product_id.uom_id,
                    round=False,
                    raise_if_failure=False,
                )
                parts[line.product_id.id] += units / bom.product_qty
        return kits

    @api.model
    def _add_amazon_kits(self, product_ids):
        """These products and the kits that they are part of, at any depth."""
        if not product_ids or not _has_manufacturing(self.env):
            return product_ids
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE concerned(id) AS (
                    SELECT unnest(%s::integer[])
                     UNION
                    SELECT kit.id
                      FROM concerned
                      JOIN mrp_bom_line line ON line.product_id = concerned.id
                      JOIN mrp_bom bom ON bom.id = line.bom_id
                       AND bom.type = 'phantom'
                      JOIN product_product kit
                        ON kit.product_tmpl_id = bom.product_tmpl_id
                       AND (bom.product_id IS NULL OR bom.product_id = kit.id))
                SELECT id FROM concerned
                """,
                list(product_ids),
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _find_edited_amazon_kits(self, since):
        """Ids of kits whose bill of materials was edited since a moment (naive UTC).

        Manufacturing may be installed or not, so its edits are looked up instead of
        noted.
        """
        if not _has_manufacturing(self.env):
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT kit.id
                  FROM mrp_bom bom
             LEFT JOIN mrp_bom_line line ON line.bom_id = bom.id
                  JOIN product_product kit
                    ON kit.product_tmpl_id = bom.product_tmpl_id
                 WHERE GREATEST(bom.write_date, line.write_date) >= %s
                """,
                since,
            )
        )
        return [row[0] for row in rows]


def _has_manufacturing(env):
    return "mrp.bom" in env
