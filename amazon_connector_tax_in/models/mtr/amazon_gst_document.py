# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonGstDocument(models.Model):
    """Documents issued (table 13 of GSTR-1): Amazon's series of a month.

    A number that was given to no supply, or whose e-invoice was withdrawn, counts as
    cancelled. Goods that stay with one registration go with delivery challans.
    """

    _name = "amazon.gst.document"
    _description = "Amazon GST Documents Issued"
    _auto = False
    _order = "month desc, seller_gstin, nature, prefix"
    _rec_name = "prefix"

    company_id = fields.Many2one("res.company", readonly=True)
    month_id = fields.Many2one("amazon.mtr.month", "Month and GSTIN", readonly=True)
    month = fields.Date(readonly=True)
    seller_gstin = fields.Char("GSTIN", readonly=True)
    nature = fields.Selection(
        [
            ("invoice", "Invoices for outward supply"),
            ("credit_note", "Credit notes"),
            ("challan", "Delivery challans, other than by way of supply"),
        ],
        readonly=True,
    )
    prefix = fields.Char("Series", readonly=True)
    first = fields.Char("From", readonly=True)
    last = fields.Char("To", readonly=True)
    total = fields.Integer("Total Number", readonly=True)
    cancelled = fields.Integer(readonly=True)
    issued = fields.Integer("Net Issued", readonly=True)
    gaps = fields.Integer(
        "Missing Numbers",
        readonly=True,
        help="Numbers between the first and the last that are not in Amazon's report. "
        "They may be in the reports of other months.",
    )

    @property
    def _table_query(self):
        return r"""
            WITH document AS (
                SELECT min(id) AS id, company_id, month_id, seller_gstin,
                       CASE WHEN kind = 'refund' THEN 'credit_note'
                            WHEN kind = 'challan'
                                 OR kind = 'cancel' AND buyer_gstin = seller_gstin
                            THEN 'challan' ELSE 'invoice' END AS nature,
                       number,
                       bool_or(counts OR kind = 'challan' AND NOT voided) AS counts,
                       regexp_replace(number, '\d{1,15}$', '') AS prefix,
                       substring(number FROM '\d{1,15}$')::bigint AS place
                  FROM amazon_mtr_row
                 WHERE number IS NOT NULL
                   AND kind IN ('shipment', 'refund', 'cancel', 'transfer', 'challan')
              GROUP BY 2, 3, 4, 5, 6)
            SELECT min(document.id) AS id, document.company_id, document.month_id,
                   month.month, document.seller_gstin, nature, prefix,
                   (array_agg(number ORDER BY place, number))[1] AS first,
                   (array_agg(number ORDER BY place DESC, number DESC))[1] AS last,
                   count(*) AS total,
                   count(*) FILTER (WHERE NOT counts) AS cancelled,
                   count(*) FILTER (WHERE counts) AS issued,
                   GREATEST(COALESCE(max(place) - min(place) + 1 - count(*), 0), 0)
                       AS gaps
              FROM document
              JOIN amazon_mtr_month month ON month.id = document.month_id
          GROUP BY document.company_id, document.month_id, month.month,
                   document.seller_gstin, nature, prefix
        """
