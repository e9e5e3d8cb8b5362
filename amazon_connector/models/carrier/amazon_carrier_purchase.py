# SPDX-License-Identifier: LGPL-3.0-or-later
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.retention import drop_some
from ...tools.secret_fields import Ciphertext

KEPT_DAYS = 7
"""A delivery that failed is tried again by then."""


class AmazonCarrierPurchase(models.Model):
    """What a carrier sold for a delivery, also if the delivery was rolled back.

    Written in a transaction of its own, so that the same label is not paid twice when
    the delivery is validated again. That transaction does not see what the other one
    made, nor may it wait for it: the delivery is an id without a foreign key.
    """

    _name = "amazon.carrier.purchase"
    _description = "Amazon Delivery: Purchased Label"
    _inherit = "amazon.binding"
    _closed = True
    _log_access = False
    _order = "id desc"
    _rec_name = "tracking_number"

    date = fields.Datetime(required=True, index=True)
    picking_ref = fields.Integer("Delivery ID", required=True, index=True)
    company_id = fields.Many2one("res.company", required=True)
    amazon_order_ref = fields.Char("Amazon Order", required=True, index=True)
    carrier_name = fields.Char("Carrier", required=True)
    tracking_number = fields.Char()
    key = fields.Char(required=True, groups=fields.NO_ACCESS)
    fingerprint = fields.Char(
        required=True,
        groups=fields.NO_ACCESS,
        help="Keyed hash of address and parcel: another parcel needs another label.",
    )
    ciphertext = Ciphertext(required=True)

    @api.model
    def _delete_of_orders(self, numbers):
        """Delete what was bought for these Amazon orders: labels tell the address."""
        self.env.execute_query(
            SQL(
                "DELETE FROM amazon_carrier_purchase WHERE amazon_order_ref = ANY(%s)"
                " RETURNING id",
                list(numbers),
            )
        )

    @api.model
    def _delete_of_account(self, account):
        """Delete what was bought for the orders of an account that ends."""
        self.env.execute_query(
            SQL(
                """
                DELETE FROM amazon_carrier_purchase
                 WHERE amazon_order_ref IN (
                       SELECT order_number FROM amazon_order WHERE account_id = %s)
             RETURNING id
                """,
                account.id,
            )
        )

    @api.autovacuum
    def _gc_purchases(self):
        """Drop what no delivery comes back for.

        :return: ``(deleted, more_left)``
        """
        before = fields.Datetime.now() - relativedelta(days=KEPT_DAYS)
        return drop_some(self, [("date", "<", before)])
