# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.tools import SQL

from ...const import SELLER_CANCELLED_PATH, SHIPPED_STATUSES, TO_SHIP_STATUSES


class AmazonShippingReport(models.Model):
    """Whether the orders that the merchant ships left on time, or were cancelled.

    Judged as Amazon does: by when it was first told that the order has left, not by
    when it left, nor by a correction. Only what the merchant cancelled without the
    buyer's wish counts as such.
    """

    _name = "amazon.shipping.report"
    _description = "Amazon Shipping Performance"
    _inherit = "amazon.binding"
    _closed = True
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "order_id"
    _depends = {
        "amazon.cancellation": ["kind", "order_id", "reason_code", "state"],
        "amazon.order": [
            "account_id",
            "channel_id",
            "closed_on",
            "company_id",
            "fulfilled_by",
            "fulfillment_status",
            "payload",
            "purchase_time",
            "sale_order_id",
            "seller_cancelled",
            "ship_by",
        ],
        "amazon.shipment": ["order_id", "sent_at", "ship_date", "state", "told_at"],
    }

    order_id = fields.Many2one("amazon.order", "Amazon Order", readonly=True)
    sale_order_id = fields.Many2one("sale.order", "Sales Order", readonly=True)
    account_id = fields.Many2one("amazon.account", readonly=True)
    channel_id = fields.Many2one("amazon.channel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Datetime("Ordered", readonly=True)
    ship_by = fields.Datetime(readonly=True)
    told_at = fields.Datetime("Reported to Amazon On", readonly=True)
    outcome = fields.Selection(
        [
            ("open", "Not Due Yet"),
            ("on_time", "On Time"),
            ("late", "Late"),
            ("cancelled", "Cancelled by You"),
            ("dropped", "Cancelled by Buyer or Amazon"),
            ("unknown", "Unknown"),
        ],
        readonly=True,
        help="Late: the shipment was reported to Amazon after the ship-by time, or is "
        "late and not reported yet. Unknown: shipped outside Odoo, and Amazon "
        "does not say when.",
    )
    order_count = fields.Integer("Orders", readonly=True)
    on_time_count = fields.Integer("On Time", readonly=True)
    late_count = fields.Integer("Late", readonly=True)
    cancelled_count = fields.Integer("Cancelled by You", readonly=True)
    late_rate = fields.Float(
        "Late, % (limit 4)",
        readonly=True,
        aggregator="avg",
        digits=(16, 2),
        help="Of the orders that were shipped or should have been. Amazon allows less "
        "than 4 %.",
    )
    cancelled_rate = fields.Float(
        "Cancelled, % (limit 2.5)",
        readonly=True,
        aggregator="avg",
        digits=(16, 2),
        help="Of all orders that you ship. Amazon allows less than 2.5 %.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT judged.*,
                   1 AS order_count,
                   (outcome = 'on_time')::int AS on_time_count,
                   (outcome = 'late')::int AS late_count,
                   (outcome = 'cancelled')::int AS cancelled_count,
                   CASE WHEN outcome IN ('late', 'on_time')
                        THEN 100.0 * (outcome = 'late')::int END AS late_rate,
                   100.0 * (outcome = 'cancelled')::int AS cancelled_rate
              FROM (
                SELECT o.id, o.id AS order_id, o.sale_order_id, o.account_id,
                       o.channel_id, o.company_id, o.purchase_time AS date, o.ship_by,
                       COALESCE(parcel.told_at, o.closed_on) AS told_at,
                       CASE
                       WHEN o.fulfillment_status = 'CANCELLED' THEN
                            CASE WHEN own.order_id IS NOT NULL
                                   OR o.seller_cancelled
                                   OR jsonb_path_exists(o.payload, %(by_merchant)s)
                                 THEN 'cancelled' ELSE 'dropped' END
                       WHEN o.fulfillment_status IN %(to_ship)s THEN
                            CASE WHEN o.ship_by < %(now)s THEN 'late' ELSE 'open' END
                       WHEN o.fulfillment_status IN %(shipped)s THEN
                            CASE WHEN COALESCE(parcel.told_at, o.closed_on) > o.ship_by
                                 THEN 'late'
                                 WHEN COALESCE(parcel.told_at, o.closed_on) IS NULL
                                 THEN 'unknown'
                                 ELSE 'on_time' END
                       ELSE 'unknown' END AS outcome
                  FROM amazon_order o
             LEFT JOIN (
                       SELECT order_id,
                              max(COALESCE(told_at, sent_at, ship_date)) AS told_at
                         FROM amazon_shipment
                        WHERE state IN ('sent', 'confirmed', 'amazon')
                           OR (edited AND told_at IS NOT NULL)
                     GROUP BY order_id) parcel ON parcel.order_id = o.id
             LEFT JOIN (
                       SELECT DISTINCT order_id
                         FROM amazon_cancellation
                        WHERE kind = 'cancel' AND state = 'confirmed'
                          AND reason_code != 'BuyerCanceled') own
                    ON own.order_id = o.id
                 WHERE o.fulfilled_by = 'MERCHANT' AND o.ship_by IS NOT NULL
                   AND o.fulfillment_status IS NOT NULL
                   AND o.fulfillment_status NOT IN (
                       'PENDING', 'PENDING_AVAILABILITY')) judged
            """,
            by_merchant=SELLER_CANCELLED_PATH,
            to_ship=TO_SHIP_STATUSES,
            shipped=SHIPPED_STATUSES,
            now=fields.Datetime.now(),
        )
