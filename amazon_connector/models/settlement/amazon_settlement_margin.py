# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.tools import SQL

from .amazon_settlement_rule import BUCKETS, FEE_TYPES

# What is neither earned nor spent (reserve, taxes withheld ...) is left out.
EARNED = ("sale", "refund", "fee", "fee_tax", "income")


class AmazonSettlementMargin(models.Model):
    """What settlements bring and cost, row by row, in the company's currency.

    What buyers paid is shown without the tax of their sales order. The goods' cost is
    that of the units that were delivered; where Odoo delivered nothing, the product's
    cost of today. Goods that come back give no cost back: whether they can be sold
    again is not Amazon's to say.
    """

    _name = "amazon.settlement.margin"
    _description = "Fees and Margin of Amazon Sales"
    _inherit = "amazon.binding"
    _closed = True
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "description"

    settlement_id = fields.Many2one("amazon.settlement", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(readonly=True)
    channel_id = fields.Many2one("amazon.channel", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    order_number = fields.Char("Amazon Order ID", readonly=True)
    description = fields.Char("Amount Description", readonly=True)
    bucket = fields.Selection(BUCKETS, "Category", readonly=True)
    fee_type = fields.Selection(FEE_TYPES, "Kind of Fee", readonly=True)
    units = fields.Integer("Units Sold", readonly=True)
    revenue = fields.Monetary(
        readonly=True, help="What buyers paid minus refunds, without tax."
    )
    fees = fields.Monetary(
        readonly=True, help="What Amazon keeps, including tax on it."
    )
    other_income = fields.Monetary(
        readonly=True, help="Reimbursements and adjustments by Amazon."
    )
    cost = fields.Monetary(
        readonly=True,
        help="Cost of the units sold at the time of delivery. If Odoo delivered "
        "nothing, the product's current cost.",
    )
    margin = fields.Monetary(
        readonly=True, help="Revenue minus fees and cost, plus reimbursements."
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH lines AS (%(lines)s), totals AS (%(totals)s), told AS (%(told)s)
            SELECT told.*, told.revenue + told.fees + told.other_income + told.cost
                   AS margin
              FROM told
            """,
            lines=SQL(_LINES),
            totals=SQL(_TOTALS),
            told=SQL(_TOLD, rate=SQL(_RATE), unit_cost=SQL(_UNIT_COST), earned=EARNED),
        )


# Per item of an Amazon order: its part without tax, and what one unit cost.
_LINES = """
    SELECT line.amazon_order_line_id AS item_id,
           SUM(line.price_subtotal) / NULLIF(SUM(line.price_total), 0) AS net,
           SUM(moved.value) / NULLIF(SUM(line.qty_delivered)
               FILTER (WHERE line.amazon_charge = 'item'), 0) AS unit_cost,
           MAX(line.product_id) FILTER (WHERE line.amazon_charge = 'item')
               AS product_id,
           MAX(unit.factor / own.factor)
               FILTER (WHERE line.amazon_charge = 'item') AS pack
      FROM sale_order_line line
 LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
 LEFT JOIN product_product product ON product.id = line.product_id
 LEFT JOIN product_template template ON template.id = product.product_tmpl_id
 LEFT JOIN uom_uom own ON own.id = template.uom_id
 LEFT JOIN (
           SELECT move.sale_line_id,
                  SUM(CASE WHEN move.is_in THEN -move.value ELSE move.value END)
                  AS value
             FROM stock_move move
            WHERE move.state = 'done' AND move.sale_line_id IS NOT NULL
         GROUP BY move.sale_line_id
           ) moved ON moved.sale_line_id = line.id
     WHERE line.amazon_order_line_id IS NOT NULL
  GROUP BY line.amazon_order_line_id
"""
_TOTALS = """
    SELECT sale.amazon_order_id AS order_id,
           sale.amount_untaxed / NULLIF(sale.amount_total, 0) AS net
      FROM sale_order sale
     WHERE sale.amazon_order_id IS NOT NULL
"""
# A currency's rate on the day of the row, else its first one, as Odoo finds it.
_RATE_OF = """
    COALESCE((
        SELECT rate.rate FROM res_currency_rate rate
         WHERE rate.currency_id = {currency}
           AND COALESCE(rate.company_id, root.id) = root.id
           AND rate.name <= COALESCE(r.posted_date, s.end_date)
      ORDER BY rate.company_id, rate.name DESC LIMIT 1), (
        SELECT rate.rate FROM res_currency_rate rate
         WHERE rate.currency_id = {currency}
           AND COALESCE(rate.company_id, root.id) = root.id
      ORDER BY rate.company_id, rate.name LIMIT 1), 1.0)
"""
_RATE = f"""
    CASE WHEN r.currency_id = company.currency_id THEN 1.0
         ELSE {_RATE_OF.format(currency="company.currency_id")}
              / {_RATE_OF.format(currency="r.currency_id")} END
"""
_UNIT_COST = """
    COALESCE(NULLIF(lines.unit_cost, 0),
             (product.standard_price ->> r.company_id::text)::numeric
             * COALESCE(lines.pack, 1), 0)
"""
_TOLD = """
    SELECT r.id, r.settlement_id, r.company_id, company.currency_id,
           COALESCE(r.posted_date, s.end_date) AS date,
           r.channel_id, COALESCE(r.product_id, lines.product_id) AS product_id,
           r.order_number, r.description,
           r.bucket, r.fee_type,
           CASE WHEN r.bucket = 'sale' THEN r.quantity END AS units,
           CASE WHEN r.bucket IN ('sale', 'refund')
                THEN r.amount * COALESCE(lines.net, totals.net, 1) * rates.rate
                ELSE 0 END AS revenue,
           CASE WHEN r.bucket IN ('fee', 'fee_tax')
                THEN r.amount * rates.rate ELSE 0 END AS fees,
           CASE WHEN r.bucket = 'income' THEN r.amount * rates.rate ELSE 0 END
               AS other_income,
           CASE WHEN r.bucket = 'sale'
                THEN -COALESCE(r.quantity, 0) * %(unit_cost)s ELSE 0 END AS cost
      FROM amazon_settlement_row r
      JOIN amazon_settlement s ON s.id = r.settlement_id
      JOIN res_company company ON company.id = r.company_id
      JOIN res_company root
        ON root.id = split_part(company.parent_path, '/', 1)::int
CROSS JOIN LATERAL (SELECT %(rate)s AS rate) rates
 LEFT JOIN amazon_order_line item
        ON item.order_id = r.order_id AND item.order_item_id = r.order_item_id
 LEFT JOIN lines ON lines.item_id = item.id
 LEFT JOIN totals ON totals.order_id = r.order_id
 LEFT JOIN product_product product
        ON product.id = COALESCE(r.product_id, lines.product_id)
     WHERE r.bucket IN %(earned)s
"""
