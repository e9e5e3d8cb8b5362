# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

SECTIONS = [
    ("b2b", "B2B"),
    ("b2cl", "B2C Large"),
    ("b2cs", "B2C Small"),
    ("exp", "Exports"),
    ("cdnr", "Credit Notes, Registered"),
    ("cdnur", "Credit Notes, Unregistered"),
]


class AmazonGstSummary(models.Model):
    """Amazon's tax report as the tables of GSTR-1 need it: a row per item of a
    document, to be grouped, added up and exported.

    An invoice to a consumer of another state is large above 100,000 rupees (250,000
    before November 2024, as Odoo has it); returns of small ones lessen the small ones.
    """

    _name = "amazon.gst.summary"
    _description = "Amazon GST Summary"
    _auto = False
    _order = "month desc, seller_gstin, section, state_id, rate"
    _rec_name = "number"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    month_id = fields.Many2one("amazon.mtr.month", "Month and GSTIN", readonly=True)
    month = fields.Date(readonly=True)
    seller_gstin = fields.Char("GSTIN", readonly=True)
    section = fields.Selection(SECTIONS, "Table", readonly=True)
    business = fields.Selection(
        [("b2b", "B2B"), ("b2c", "B2C")], "Buyers", readonly=True
    )
    state_id = fields.Many2one("res.country.state", "Place of Supply", readonly=True)
    rate = fields.Float("Rate (%)", readonly=True, digits=(6, 2), aggregator=None)
    hsn = fields.Char("HSN/SAC", readonly=True)
    number = fields.Char("Document", readonly=True)
    day = fields.Date("Date", readonly=True)
    buyer_gstin = fields.Char("Buyer's GSTIN", readonly=True)
    late = fields.Boolean(readonly=True)
    transfer = fields.Boolean(
        "Stock Transfer",
        readonly=True,
        help="Goods that Amazon moved to another registration of yours.",
    )
    quantity = fields.Integer(readonly=True, help="Returned units are negative.")
    total = fields.Monetary("Value", readonly=True)
    net = fields.Monetary("Taxable Value", readonly=True)
    igst = fields.Monetary("IGST", readonly=True)
    cgst = fields.Monetary("CGST", readonly=True)
    sgst = fields.Monetary("SGST/UTGST", readonly=True)
    cess = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        return """
            WITH invoice AS (
                SELECT company_id, seller_gstin, number, sum(total) AS total,
                       min(day) AS day
                  FROM amazon_mtr_row
                 WHERE kind IN ('shipment', 'transfer') AND counts
              GROUP BY 1, 2, 3)
            SELECT told.id, told.company_id, company.currency_id, told.month_id,
                   month.month, told.seller_gstin,
                   CASE WHEN told.buyer_gstin IS NOT NULL
                        THEN CASE told.kind WHEN 'refund' THEN 'cdnr' ELSE 'b2b' END
                        WHEN told.overseas
                        THEN CASE told.kind WHEN 'refund' THEN 'cdnur' ELSE 'exp' END
                        WHEN told.igst <> 0 AND invoice.total >
                             CASE WHEN invoice.day >= '2024-11-01'
                                  THEN 100000 ELSE 250000 END
                        THEN CASE told.kind WHEN 'refund' THEN 'cdnur' ELSE 'b2cl' END
                        ELSE 'b2cs' END AS section,
                   CASE WHEN told.buyer_gstin IS NULL THEN 'b2c' ELSE 'b2b' END
                       AS business,
                   told.state_id, told.rate, told.hsn, told.number, told.day,
                   told.buyer_gstin, told.late, told.kind = 'transfer' AS transfer,
                   CASE told.kind WHEN 'refund' THEN -told.quantity
                        ELSE told.quantity END AS quantity,
                   told.total, told.net, told.igst, told.cgst, told.sgst, told.cess
              FROM amazon_mtr_row told
              JOIN amazon_mtr_month month ON month.id = told.month_id
              JOIN res_company company ON company.id = told.company_id
         LEFT JOIN invoice
                ON invoice.company_id = told.company_id
               AND invoice.seller_gstin = told.seller_gstin
               AND invoice.number = told.invoice_number
             WHERE told.counts
        """
