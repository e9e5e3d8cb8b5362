# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.exceptions import UserError

from .reveal import get_shown


class ResPartner(models.Model):
    _inherit = "res.partner"

    # Reading it needs rights on customers, which not all users of contacts have.
    amazon_customer_ids = fields.One2many(
        "amazon.customer",
        "partner_id",
        groups="amazon_connector.group_user",
    )

    def _fetch_query(self, query, fields):
        """Override: the real values, while `reveal.show_contacts` shows them.

        Here and not in the cache: whatever empties the cache meanwhile would bring the
        mask back.
        """
        fetched = super()._fetch_query(query, fields)
        if shown := get_shown(self.env):
            for partner in fetched:
                values = shown.get(partner.id, {})
                for field in fields:
                    if field.name in values:
                        field._update_cache(partner, values[field.name])
        return fetched

    def write(self, vals):
        """Override: nothing is stored of contacts while their real values are shown."""
        if (shown := get_shown(self.env)) and not shown.keys().isdisjoint(self.ids):
            raise UserError(
                self.env._("A contact cannot be changed while its address is printed.")
            )
        return super().write(vals)
