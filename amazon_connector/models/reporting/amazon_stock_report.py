# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.tools import SQL


class AmazonStockReport(models.Model):
    """Where Amazon and Odoo count differently: what is sold from own warehouses, and
    what lies at Amazon. What Amazon has not told differs from nothing."""

    _name = "amazon.stock.report"
    _description = "Amazon Stock Drift"
    _inherit = "amazon.binding"
    _closed = True
    _auto = False
    _order = "seen_at desc, id desc"
    _rec_name = "product_id"
    _depends = {
        "amazon.fba.stock": ["amazon_quantity", "difference", "odoo_quantity"],
        "amazon.listing": [
            "amazon_quantity",
            "channel_id",
            "quantity_known",
            "read_at",
            "stock_level_id",
        ],
        "amazon.stock.level": [
            "channel_id",
            "confirmed_at",
            "confirmed_quantity",
            "quantity",
            "state",
        ],
    }

    kind = fields.Selection(
        [("merchant", "Sold from Own Warehouses"), ("fba", "Stock at Amazon (FBA)")],
        "Stock",
        readonly=True,
    )
    account_id = fields.Many2one("amazon.account", readonly=True)
    channel_id = fields.Many2one("amazon.channel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    seller_sku = fields.Char("Seller SKU", readonly=True)
    odoo_quantity = fields.Float("In Odoo", readonly=True)
    amazon_quantity = fields.Float("On Amazon", readonly=True)
    drift = fields.Float(
        readonly=True,
        help="Amazon's units minus Odoo's. Above 0: Amazon sells what is not in stock.",
    )
    absolute_drift = fields.Float(
        "Absolute Difference",
        readonly=True,
        help="The difference without its sign, so that surpluses and shortages do not "
        "cancel out.",
    )
    differs = fields.Integer(
        "Items that Differ", readonly=True, help="1 for an item whose quantity differs."
    )
    seen_at = fields.Datetime("Seen on Amazon", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT counted.*,
                   amazon_quantity - odoo_quantity AS drift,
                   abs(amazon_quantity - odoo_quantity) AS absolute_drift,
                   (amazon_quantity != odoo_quantity)::int AS differs
              FROM (
                SELECT level.id * 2 AS id, 'merchant' AS kind, level.account_id,
                       level.channel_id, level.company_id, level.product_id,
                       level.seller_sku, level.quantity::float8 AS odoo_quantity,
                       CASE WHEN level.confirmed_at >= COALESCE(
                                 listing.read_at, level.confirmed_at)
                            THEN level.confirmed_quantity
                            WHEN listing.quantity_known OR listing.amazon_quantity > 0
                            THEN listing.amazon_quantity
                            END::float8 AS amazon_quantity,
                       GREATEST(level.confirmed_at, listing.read_at) AS seen_at
                  FROM amazon_stock_level level
             LEFT JOIN amazon_listing listing
                    ON listing.stock_level_id = level.id
                   AND listing.channel_id = level.channel_id
                 WHERE level.state != 'excluded'
             UNION ALL
                SELECT fba.id * 2 + 1, 'fba', fba.account_id, NULL, fba.company_id,
                       fba.product_id, NULL,
                       COALESCE(fba.odoo_quantity, 0)::float8,
                       COALESCE(fba.amazon_quantity, 0)::float8, fba.read_at
                  FROM amazon_fba_stock fba) counted
             WHERE amazon_quantity IS NOT NULL
            """
        )
