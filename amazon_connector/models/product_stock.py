# SPDX-License-Identifier: LGPL-3.0-or-later
"""Units of products that can be sold on Amazon, by Odoo's own computation."""

from odoo import api, models
from odoo.tools import SQL


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.model
    def _read_amazon_available(self, company, source, product_ids):
        """Units that can be promised to buyers on Amazon.

        *Free*: what is on hand less what is reserved or, if that is more, less all
        that is to go out. *Forecast*: Odoo's forecast. Either way less what orders of
        Amazon wait for in the inbox.

        :param source: :class:`.amazon_channel_stock.StockSource`
        :return: ``{product id: units}``; products that Odoo does not count are missing
        """
        storable = self._find_storable(product_ids)
        # Without a warehouse Odoo would count all of them.
        if not source.warehouse_ids:
            return dict.fromkeys(storable, 0.0)
        waiting = self.env["amazon.order"]._read_waiting_units(company)
        here = self.sudo().with_context(
            allowed_company_ids=company.ids, warehouse_id=list(source.warehouse_ids)
        )
        found = here.browse(storable)._compute_quantities_dict(None, None, None)
        available = {
            id_: _get_free(row, source.basis) - float(waiting.get(id_, 0))
            for id_, row in found.items()
        }
        return available

    @api.model
    def _find_storable(self, product_ids):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT product.id
                  FROM product_product product
                  JOIN product_template template
                    ON template.id = product.product_tmpl_id
                 WHERE product.id = ANY(%s) AND template.is_storable
              ORDER BY product.id
                """,
                list(product_ids),
            )
        )
        return [row[0] for row in rows]


def _get_free(row, basis):
    if basis == "forecast":
        return row["virtual_available"]
    return min(row["free_qty"], row["qty_available"] - row["outgoing_qty"])
