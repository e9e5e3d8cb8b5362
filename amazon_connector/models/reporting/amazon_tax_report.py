# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.tools import SQL

# Canada: which taxes a province has, and their rates. Amazon states one amount of tax;
# what it is made of follows from the province, and from how much it is.
PROVINCES = [
    ("AB", "gst", 5, None, None),
    ("BC", "gst", 5, "pst", 7),
    ("MB", "gst", 5, "pst", 7),
    ("NB", "hst", 15, None, None),
    ("NL", "hst", 15, None, None),
    ("NS", "hst", 15, None, None),
    ("NT", "gst", 5, None, None),
    ("NU", "gst", 5, None, None),
    ("ON", "hst", 13, None, None),
    ("PE", "hst", 15, None, None),
    ("QC", "gst", 5, "qst", 9.975),
    ("SK", "gst", 5, "pst", 6),
    ("YT", "gst", 5, None, None),
]


class AmazonTaxReport(models.Model):
    """The tax of each sales order, by kind: Canada's GST, HST, PST and QST apart.

    Who collects it matters: what Amazon keeps as marketplace facilitator is no tax of
    the seller's. Refunds are not taken off: these are sales orders, not invoices.
    """

    _name = "amazon.tax.report"
    _description = "Amazon Tax Analysis"
    _inherit = "amazon.binding"
    _closed = True
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "sale_order_id"
    _depends = {
        "amazon.order": ["withheld_tax", "sale_order_id"],
        "res.partner": ["country_id", "state_id"],
        "sale.order": [
            "amazon_channel_id",
            "amount_untaxed",
            "company_id",
            "currency_id",
            "date_order",
            "partner_shipping_id",
            "state",
        ],
        "sale.order.line": ["display_type", "price_subtotal", "price_tax"],
    }

    sale_order_id = fields.Many2one("sale.order", "Sales Order", readonly=True)
    order_id = fields.Many2one("amazon.order", "Amazon Order", readonly=True)
    account_id = fields.Many2one("amazon.account", readonly=True)
    channel_id = fields.Many2one("amazon.channel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    country_id = fields.Many2one("res.country", "Delivered To", readonly=True)
    state_id = fields.Many2one("res.country.state", "State or Province", readonly=True)
    date = fields.Datetime("Order Date", readonly=True)
    kind = fields.Selection(
        [
            ("gst", "GST"),
            ("hst", "HST"),
            ("pst", "PST"),
            ("qst", "QST"),
            ("unknown", "Province Unknown"),
            ("sales_tax", "US Sales Tax"),
            ("tax", "Other Tax"),
        ],
        "Tax",
        readonly=True,
        help="For Canada by province and amount. Province Unknown: Amazon states no "
        "province, so the kind of tax is unknown.",
    )
    collected_by = fields.Selection(
        [("seller", "You"), ("amazon", "Amazon (facilitator)")],
        readonly=True,
        help="Amazon (facilitator): the buyer paid the tax on top, and Amazon remits "
        "it itself.",
    )
    base = fields.Monetary("Taxed Amount", readonly=True)
    amount = fields.Monetary("Tax Amount", readonly=True)

    @property
    def _table_query(self):
        provinces = SQL(", ").join(
            SQL("(%s, %s, %s::numeric, %s, %s::numeric)", *province)
            for province in PROVINCES
        )
        kinds = [kind for kind, _label in self._fields["kind"].selection]
        places = SQL(", ").join(
            SQL("(%s, %s)", kind, place) for place, kind in enumerate(kinds)
        )
        # Of two taxes: the one, the other or both, whichever comes next to the amount.
        # Both are split as each is rounded; they always add up to what was stated.
        return SQL(
            """
            WITH told (origin, sale_id, collected_by, net, tax) AS (
                SELECT line.id * 2, line.order_id, 'seller',
                       line.price_subtotal::numeric, line.price_tax::numeric
                  FROM sale_order_line line
                 WHERE line.price_tax != 0 AND line.display_type IS NULL
             UNION ALL
                SELECT amazon.id * 2 + 1, sale.id, 'amazon',
                       sale.amount_untaxed::numeric, amazon.withheld_tax::numeric
                  FROM amazon_order amazon
                  JOIN sale_order sale ON sale.id = amazon.sale_order_id
                 WHERE amazon.withheld_tax != 0
            ), placed AS (
                SELECT told.*, sale.amazon_channel_id, sale.amazon_order_id,
                       sale.company_id, sale.currency_id, sale.date_order,
                       country.id AS country_id, country.code AS country,
                       state.id AS state_id,
                       province.one, province.rate,
                       province.other, province.other_rate,
                       abs(tax - net * rate / 100) AS off_one,
                       abs(tax - net * other_rate / 100) AS off_other,
                       abs(tax - net * (rate + other_rate) / 100) AS off_both
                  FROM told
                  JOIN sale_order sale ON sale.id = told.sale_id
                  JOIN amazon_channel channel ON channel.id = sale.amazon_channel_id
                  JOIN amazon_marketplace marketplace
                    ON marketplace.id = channel.marketplace_id
             LEFT JOIN res_partner place ON place.id = sale.partner_shipping_id
             LEFT JOIN res_country country ON country.id = COALESCE(
                       place.country_id, marketplace.country_id)
             LEFT JOIN res_country_state state ON state.id = place.state_id
             LEFT JOIN (VALUES %(provinces)s) AS province (
                       code, one, rate, other, other_rate)
                    ON province.code = state.code AND country.code = 'CA'
                 WHERE sale.state = 'sale'
            ), parted AS (
                SELECT placed.*,
                       CASE WHEN other IS NULL THEN tax
                            WHEN off_both <= LEAST(off_one, off_other)
                            THEN round(net * rate / 100, 2)
                            WHEN off_one <= off_other THEN tax
                            ELSE 0 END AS one_tax
                  FROM placed
            ), kinds AS (
                SELECT parted.*, part.kind, part.amount
                  FROM parted
            CROSS JOIN LATERAL (VALUES
                       (COALESCE(one, CASE country WHEN 'CA' THEN 'unknown'
                                                     WHEN 'US' THEN 'sales_tax'
                                                     ELSE 'tax' END), one_tax),
                       (other, tax - one_tax)) AS part (kind, amount)
                 WHERE part.kind IS NOT NULL AND part.amount != 0
            )
            SELECT min(kinds.origin) * 8 + min(numbered.place) AS id,
                   kinds.sale_id AS sale_order_id,
                   kinds.amazon_order_id AS order_id,
                   channel.account_id, kinds.amazon_channel_id AS channel_id,
                   kinds.company_id, kinds.currency_id, kinds.country_id,
                   kinds.state_id, kinds.date_order AS date, kinds.kind,
                   kinds.collected_by,
                   sum(kinds.net) AS base, sum(kinds.amount) AS amount
              FROM kinds
              JOIN amazon_channel channel ON channel.id = kinds.amazon_channel_id
              JOIN (VALUES %(places)s) AS numbered (kind, place)
                ON numbered.kind = kinds.kind
          GROUP BY kinds.sale_id, kinds.amazon_order_id, channel.account_id,
                   kinds.amazon_channel_id, kinds.company_id, kinds.currency_id,
                   kinds.country_id, kinds.state_id, kinds.date_order, kinds.kind,
                   kinds.collected_by
            """,
            provinces=provinces,
            places=places,
        )
