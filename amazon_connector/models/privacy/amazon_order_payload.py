# SPDX-License-Identifier: LGPL-3.0-or-later
"""Forgetting what Amazon said of orders once it may not be kept any longer."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...const import SELLER_CANCELLED_PATH
from .amazon_redaction import BATCH_SIZE

KEEP_MONTHS = 18
"""What Amazon's Data Protection Policy allows for data that are not personal."""


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    seller_cancelled = fields.Boolean(
        "Cancelled by the Seller",
        readonly=True,
        help="Kept for the analysis of shipping when what Amazon said of the order is "
        "deleted.",
    )

    @api.autovacuum
    def _gc_payloads(self):
        """Leave nothing but the number of what Amazon said of settled orders.

        Sales orders, deliveries and invoices are the company's own and stay.

        :return: ``(forgotten, more_left)``
        """
        self.env.flush_all()
        before = fields.Datetime.now() - relativedelta(months=KEEP_MONTHS)
        forgotten = self.env.execute_query(
            SQL(
                """
                UPDATE amazon_order
                   SET payload = jsonb_build_object('orderId', order_number),
                       seller_cancelled = jsonb_path_exists(payload, %s)
                 WHERE id IN (
                       SELECT id FROM amazon_order
                        WHERE redacted_on IS NOT NULL
                          AND to_apply IS NOT TRUE
                          AND state IN ('applied', 'cancelled', 'skipped')
                          AND COALESCE(closed_on, last_updated_time, create_date) < %s
                          AND payload ? 'fulfillment'
                     ORDER BY id
                        LIMIT %s
                          FOR NO KEY UPDATE SKIP LOCKED)
             RETURNING id
                """,
                SELLER_CANCELLED_PATH,
                before,
                BATCH_SIZE,
            )
        )
        self.env.invalidate_all(flush=False)
        return len(forgotten), len(forgotten) == BATCH_SIZE

    def _refuse_forgotten(self):
        """
        :raises UserError: when Amazon's data of one of these orders are gone
        """
        for order in self.sudo():
            if order.payload == {"orderId": order.order_number}:
                raise UserError(
                    self.env._(
                        "What Amazon sent about order %(number)s was deleted after "
                        "%(months)s months, as Amazon's policy requires. There is "
                        "nothing left to try again.",
                        number=order.order_number,
                        months=KEEP_MONTHS,
                    )
                )
