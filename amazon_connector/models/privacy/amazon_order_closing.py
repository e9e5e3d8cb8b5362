# SPDX-License-Identifier: LGPL-3.0-or-later
"""Closing dates that no page of orders tells; see ``models/order/closing.py``."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...const import CLOSED_STATUSES
from ...sp_api import Order
from ..order.closing import find_closing


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    @api.model
    def _close_as_reported(self, ids):
        """Date what Amazon shipped by its own report: orders without parcels."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_order o
                   SET closed_on = LEAST(told.shipped, %(now)s)
                  FROM (SELECT order_id, max(shipped_time) AS shipped
                          FROM amazon_order_line
                         WHERE order_id = ANY(%(ids)s)
                      GROUP BY order_id) AS told
                 WHERE o.id = told.order_id AND told.shipped IS NOT NULL
                   AND o.fulfillment_status = 'SHIPPED'
                   AND o.fulfilled_by = 'AMAZON'
                """,
                ids=list(ids),
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_model(["closed_on"])

    @api.model
    def _close_former(self, limit):
        """Date closed orders that were stored before closing dates were.

        :return: how many were dated
        """
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT id, payload, last_updated_time
                  FROM amazon_order
                 WHERE redacted_on IS NULL AND closed_on IS NULL
                   AND fulfillment_status = ANY(%s)
              ORDER BY id
                 LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                list(CLOSED_STATUSES),
                limit,
            )
        )
        now, found = fields.Datetime.now(), {}
        for row in rows:
            order = row["payload"] and Order.from_json(row["payload"])
            closing = order and find_closing(order, now)
            closing = closing or min(row["last_updated_time"] or now, now)
            found.setdefault(closing, []).append(row["id"])
        for closing, ids in found.items():
            self.browse(ids).closed_on = closing
        ids = [row["id"] for row in rows]
        self._close_as_reported(ids)
        return len(ids)
