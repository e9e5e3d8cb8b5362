# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ...tools.context import BATCH, RULES


class StockRule(models.Model):
    _inherit = "stock.rule"

    @api.model
    def run(self, procurements, raise_user_error=True):
        """Override of `stock`: let a batch of new Amazon orders share found rules."""
        if BATCH.get(self.env):
            self = self.with_context(**RULES({}))
        return super().run(procurements, raise_user_error=raise_user_error)

    @api.model
    def _search_rule_for_warehouses(
        self, route_ids, packaging_uom_id, product_id, warehouse_ids, domain
    ):
        """Override of `stock`: search once per product and way within a batch."""
        search = super()._search_rule_for_warehouses
        found = RULES.get(self.env)
        if found is None:
            return search(
                route_ids, packaging_uom_id, product_id, warehouse_ids, domain
            )
        key = (
            route_ids and tuple(route_ids.ids),
            packaging_uom_id and packaging_uom_id.id,
            product_id.id,
            tuple(warehouse_ids.ids),
            repr(domain),
        )
        if key not in found:
            found[key] = search(
                route_ids, packaging_uom_id, product_id, warehouse_ids, domain
            )
        return found[key]
