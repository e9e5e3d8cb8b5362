# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.tools import SQL

from .amazon_settlement_rule import BUCKETS, FEE_TYPES


class AmazonSettlementSum(models.Model):
    """What a settlement is made of: one sum per bucket and kind of fee."""

    _name = "amazon.settlement.sum"
    _description = "Amazon Settlement Sum"
    _inherit = "amazon.binding"
    _closed = True
    _auto = False
    _order = "place, amount, id"
    _rec_name = "bucket"

    settlement_id = fields.Many2one("amazon.settlement", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    place = fields.Integer(readonly=True)
    bucket = fields.Selection(BUCKETS, "Category", readonly=True)
    fee_type = fields.Selection(FEE_TYPES, "Kind of Fee", readonly=True)
    amount = fields.Monetary(readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    share = fields.Float(
        "Share of Sales (%)",
        readonly=True,
        help="Share of what buyers paid in this settlement.",
    )

    @property
    def _table_query(self):
        places = SQL(", ").join(
            SQL("(%s, %s)", bucket, place) for place, (bucket, _) in enumerate(BUCKETS)
        )
        return SQL(
            """
            SELECT MIN(r.id) AS id, r.settlement_id, r.company_id, r.currency_id,
                   MIN(kind.place) AS place, r.bucket, r.fee_type,
                   SUM(r.amount) AS amount, COUNT(*) AS row_count,
                   COALESCE(100 * ABS(SUM(r.amount)) / NULLIF((
                       SELECT SUM(sale.amount) FROM amazon_settlement_row sale
                        WHERE sale.settlement_id = r.settlement_id
                          AND sale.bucket = 'sale'), 0), 0)::float8 AS share
              FROM amazon_settlement_row r
         LEFT JOIN (VALUES %s) AS kind (bucket, place) ON kind.bucket = r.bucket
          GROUP BY r.settlement_id, r.company_id, r.currency_id, r.bucket, r.fee_type
            """,
            places,
        )

    def action_open_rows(self):
        """Open the rows that this figure sums up.

        :return: an action
        """
        self.ensure_one()
        names = dict(self._fields["bucket"]._description_selection(self.env))
        return self.settlement_id._open_rows(
            names[self.bucket],
            [("bucket", "=", self.bucket), ("fee_type", "=", self.fee_type)],
        )
