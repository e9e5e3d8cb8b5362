# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import api, models


class ReportPicklist(models.AbstractModel):
    """What is taken from each location for many deliveries at once."""

    _name = "report.amazon_connector.report_picklist"
    _description = "Amazon Pick List"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Rows in the order of a walk: by location, then product.

        :raises AccessError: for deliveries that the user may not read
        """
        pickings = self.env["stock.picking"].browse(docids)
        pickings.check_access("read")
        moves = pickings.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        rows = self._group_lines(moves.move_line_ids)
        return {
            "docs": pickings,
            "rows": rows,
            "total": sum(row["quantity"] for row in rows),
            "missing": moves.filtered(lambda m: m.quantity < m.product_uom_qty),
        }

    @api.model
    def _group_lines(self, lines):
        grouped = defaultdict(lines.browse)
        for line in lines.filtered("quantity"):
            key = (line.location_id, line.product_id, line.lot_id, line.product_uom_id)
            grouped[key] |= line
        rows = [
            {
                "location": location,
                "product": product,
                "lot": lot,
                "uom": uom,
                "quantity": sum(own.mapped("quantity")),
                "pickings": own.picking_id,
            }
            for (location, product, lot, uom), own in grouped.items()
        ]
        return sorted(
            rows,
            key=lambda row: (
                row["location"].complete_name or "",
                row["product"].display_name,
                row["lot"].name or "",
            ),
        )
