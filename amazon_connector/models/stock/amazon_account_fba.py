# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError

FBA_ALERT = "fba stock differs"


class AmazonAccount(models.Model):
    """How Odoo's stock at Amazon follows Amazon's count."""

    _inherit = "amazon.account"

    fba_correction = fields.Selection(
        [
            ("off", "Only compare"),
            ("ask", "Compare and ask"),
            ("automatic", "Correct automatically"),
        ],
        "FBA Stock",
        required=True,
        default="off",
        tracking=True,
        help="What happens when Odoo's stock in the FBA location differs from Amazon's "
        "fulfillable and reserved stock. Correct automatically: differences found "
        "twice in a row are posted as inventory adjustments, and the opening "
        "stock at once.",
    )

    def action_open_fba_stock(self):
        """Open what differs between Amazon's and Odoo's stock at Amazon."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_fba_stock_action"
        )
        return {
            **action,
            "domain": [("account_id", "in", self.ids)],
            "context": {"search_default_differs": 1},
        }

    def _tell_fba_differences(self):
        """Have one activity while the stock at Amazon differs, where asked for."""
        self.ensure_one()
        differing = self.env["amazon.fba.stock"].search_count(
            [("account_id", "=", self.id), ("state", "!=", "equal")]
        )
        if self.fba_correction == "off" or not differing:
            self._clear_alert(FBA_ALERT)
            return
        self._raise_alert(
            self.env._("Stock at Amazon differs"),
            self.env._(
                "Products whose quantity at Amazon differs from Odoo's FBA location: "
                "%s. Open Amazon > Stock > FBA Stock, check them and press Correct.",
                differing,
            ),
            key=FBA_ALERT,
        )

    def _refuse_fba_location(self):
        """
        :raises ValidationError: the location cannot hold one account's stock
        """
        location = self.fba_location_id
        if location and location.usage != "internal":
            raise ValidationError(
                self.env._(
                    "%s is not an internal location, so it holds no stock of yours.",
                    location.display_name,
                )
            )
        same = [("fba_location_id", "=", location.id), ("id", "!=", self.id)]
        every = self.sudo().with_context(active_test=False)
        if location and (other := every.search(same, limit=1)):
            raise ValidationError(
                self.env._(
                    "%(location)s holds the stock of account %(account)s at Amazon. "
                    "Choose another location: what two accounts have there cannot be "
                    "told apart.",
                    location=location.display_name,
                    account=other.name,
                )
            )

    @api.constrains("fba_location_id")
    def _check_fba_location(self):
        """What lies at Amazon must not be offered as the merchant's own stock, and is
        compared with what one account has there."""
        for account in self:
            account._refuse_fba_location()
            warehouse = account.fba_location_id.warehouse_id
            if warehouse:
                raise ValidationError(
                    self.env._(
                        "%(location)s belongs to warehouse %(warehouse)s. Choose an "
                        "internal location outside every warehouse; otherwise stock "
                        "at Amazon would be offered a second time from your warehouse.",
                        location=account.fba_location_id.display_name,
                        warehouse=warehouse.display_name,
                    )
                )
