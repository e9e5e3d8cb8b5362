# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

REGIONS = [("na", "North America"), ("eu", "Europe"), ("fe", "Far East")]


class AmazonMarketplace(models.Model):
    """Amazon's reference data of one marketplace, such as Amazon.in.

    It serves all companies, so system administrators alone change it; what one company
    sees otherwise is a setting of its channel.
    """

    _name = "amazon.marketplace"
    _description = "Amazon Marketplace"
    _inherit = ["amazon.binding", "amazon.reference"]
    _order = "name"
    _binding = (
        "marketplace_id",
        "region",
        "country_id",
        "currency_id",
        "time_zone",
        "seller_central_url",
    )

    name = fields.Char(required=True)
    code = fields.Char(required=True, help="Short name: IN stands for Amazon IN.")
    marketplace_id = fields.Char(
        "Marketplace ID", required=True, help="Amazon's id of the marketplace."
    )
    country_id = fields.Many2one("res.country", required=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, context={"active_test": False}
    )
    region = fields.Selection(REGIONS, required=True)
    time_zone = fields.Char(required=True)
    domain = fields.Char()
    seller_central_url = fields.Char("Seller Central")
    quantity_pool = fields.Char(
        help="Marketplaces of one pool share a listing's quantity. "
        "Empty: the marketplace stands alone."
    )
    prices_include_tax = fields.Boolean(
        default=True, help="Buyers see prices with tax in this marketplace."
    )

    _marketplace_id_unique = models.Constraint(
        "unique(marketplace_id)", "This marketplace exists already."
    )

    def write(self, vals):
        """Override: another pool is another quantity of every listing."""
        turned = self.filtered(
            lambda one: (
                "quantity_pool" in vals
                and (one.quantity_pool or "") != (vals["quantity_pool"] or "")
            )
        )
        result = super().write(vals)
        if turned:
            self.env["amazon.stock.level"].sudo()._leave_pools(turned)
        return result
