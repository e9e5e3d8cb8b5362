# SPDX-License-Identifier: LGPL-3.0-or-later
"""Units of products that can be promised on Amazon, by Odoo's own computation."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

# What an edit of a product may change of the quantities on Amazon.
_WATCHED = {"active", "is_storable", "type", "uom_id"}


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.model
    def _read_amazon_available(self, company, source, product_ids, waiting):
        """Units that can be promised to buyers on Amazon.

        *Free*: what is on hand less what is reserved or, if that is more, less all
        that is to go out. *Forecast*: Odoo's forecast. Either way less what waits in
        the inbox. Of a kit, as many as its components make; what waits for a kit
        waits for its components.

        Without kits, one query for what is counted and Odoo's own for the quantities.

        :param source: :class:`.amazon_channel_stock.StockSource`
        :param waiting: ``{product id: units}`` that orders in the inbox wait for
        :return: ``{product id: units}``; products that Odoo does not count are missing
        """
        here = self.sudo().with_context(
            allowed_company_ids=company.ids,
            company_id=company.id,
            warehouse_id=list(source.warehouse_ids),
        )
        kits = here._explode_amazon_kits({*product_ids, *waiting})
        parts = {part for id_ in product_ids for part in kits.get(id_, ())}
        storable = self._find_storable(parts.union(product_ids) - kits.keys())
        wanted_kits = [
            id_ for id_ in product_ids if not storable.isdisjoint(kits.get(id_, ()))
        ]
        # Without a warehouse Odoo would count all of them.
        if not source.warehouse_ids:
            return dict.fromkeys([*storable, *wanted_kits], 0.0)
        demand = _get_demand(waiting, kits)
        counted = here.browse(sorted(storable))
        # At once; Odoo's computation would read them by the thousand.
        counted.fetch(["product_tmpl_id"])
        counted.product_tmpl_id.fetch(["uom_id"])
        found = counted._compute_quantities_dict(None, None, None)
        available = {
            id_: _get_free(row, source.basis) - demand.get(id_, 0.0)
            for id_, row in found.items()
        }
        if wanted_kits:
            known = {
                id_: {**found[id_], "free_qty": units}
                for id_, units in available.items()
            }
            made = here.browse(wanted_kits).with_context(mrp_compute_quantities=known)
            for id_, row in made._compute_quantities_dict(None, None, None).items():
                available[id_] = row["free_qty"]
        return available

    @api.model
    def _find_storable(self, product_ids):
        """Those of these products whose stock Odoo counts, as a set of ids."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT product.id
                  FROM product_product product
                  JOIN product_template template
                    ON template.id = product.product_tmpl_id
                 WHERE product.id = ANY(%s) AND template.is_storable
                """,
                list(product_ids),
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _find_never_stocked(self, company, product_ids):
        """Those of these products that a company never received, counted or moved.

        Another company's stock of a shared product says nothing of this one's. A kit
        has no stock of its own, its components have.
        """
        if not product_ids:
            return self.browse()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT product.id
                  FROM product_product product
                 WHERE product.id = ANY(%(ids)s)
                   AND NOT EXISTS (SELECT FROM stock_move move
                                    WHERE move.product_id = product.id
                                      AND move.company_id = %(company)s
                                      AND move.state = 'done')
                   AND NOT EXISTS (SELECT FROM stock_quant quant
                                    WHERE quant.product_id = product.id
                                      AND quant.company_id = %(company)s)
              ORDER BY product.id
                """,
                ids=list(product_ids),
                company=company.id,
            )
        )
        products = self.browse([row[0] for row in rows])
        if "is_kits" in self._fields:
            products = products.filtered(lambda product: not product.is_kits)
        return products

    def write(self, vals):
        """Override: what a product is may change what is sent of it."""
        if not _WATCHED.isdisjoint(vals):
            self.env["amazon.stock.change"]._record_products(self._ids)
        return super().write(vals)


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def _record_amazon_variants(self, vals):
        """What a product is may change what is sent of its variants."""
        if not _WATCHED.isdisjoint(vals):
            variants = self.with_context(active_test=False).product_variant_ids
            self.env["amazon.stock.change"]._record_products(variants._ids)


def _get_free(row, basis):
    if basis == "forecast":
        return row["virtual_available"]
    return min(row["free_qty"], row["qty_available"] - row["outgoing_qty"])


def _get_demand(waiting, kits):
    """Units of components and other simple products that wait in the inbox."""
    demand = defaultdict(float)
    for id_, units in waiting.items():
        for part, per_kit in kits.get(id_, {id_: 1.0}).items():
            demand[part] += float(units) * per_kit
    return demand
