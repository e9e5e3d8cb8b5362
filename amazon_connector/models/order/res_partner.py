# SPDX-License-Identifier: LGPL-3.0-or-later
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.sql import table_exists

from ...tools.scrubbing import get_scrubber
from .reveal import ADDRESS_FIELDS, get_shown

_logger = logging.getLogger(__name__)


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "amazon.guard"]

    # Reading it needs rights on customers, which not all users of contacts have.
    amazon_customer_ids = fields.One2many(
        "amazon.customer",
        "partner_id",
        "Amazon Customers",
        groups="amazon_connector.group_user",
    )
    amazon_number = fields.Char(
        "Amazon Customer",
        readonly=True,
        copy=False,
        help="Number that tells masked contacts apart.",
    )

    def init(self):
        """Override: number the contacts that were made before numbers were names."""
        if not table_exists(self.env.cr, "amazon_customer"):
            return
        self.env.cr.execute(
            """
            UPDATE res_partner partner
               SET amazon_number = customer.number,
                   complete_name = concat_ws(' ', partner.name, customer.number)
              FROM amazon_customer customer
             WHERE customer.partner_id = partner.id AND partner.amazon_number IS NULL
               AND partner.create_date = customer.create_date
            """
        )

    @api.depends("amazon_number")
    def _compute_complete_name(self):
        """Override: the number is part of the name."""
        return super()._compute_complete_name()

    @api.depends("amazon_number")
    def _compute_display_name(self):
        """Override: likewise."""
        return super()._compute_display_name()

    def _get_complete_name(self):
        """Override: masked buyers are told apart by their number; a name that is shown
        or that a user wrote needs none."""
        number = self.amazon_number
        if not number or self.id in (get_shown(self.env) or ()):
            return super()._get_complete_name()
        return f"{self.name or ''} {number}".strip()

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
        """Override: nothing is stored of contacts while their real values are shown.

        A carrier may: what it bought must not fail for it. Its address stays masked.
        """
        shown = get_shown(self.env) or {}
        if shown.keys().isdisjoint(self.ids):
            return super().write(vals)
        if not get_scrubber():
            raise UserError(
                self.env._("A contact cannot be changed while its address is printed.")
            )
        left_out = {name for name in vals if self._amazon_tells_place(name)}
        if left_out:
            _logger.info("Changes of %s on lent contacts are left out", left_out)
        rest = {name: value for name, value in vals.items() if name not in left_out}
        return super().write(rest) if rest else True

    def _amazon_tells_place(self, name):
        """Whether a field says who or where somebody is: coordinates do, too."""
        field = self._fields.get(name)
        return name in ADDRESS_FIELDS or (field and field.type in ("float", "binary"))
