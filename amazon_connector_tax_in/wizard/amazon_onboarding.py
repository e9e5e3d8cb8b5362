# SPDX-License-Identifier: LGPL-3.0-or-later
"""The set-up switches on the usual GST taxes: among what is needed first, and in the
checklist at its end."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.amazon_connector.tools.notifications import notify

from ..gst.buyers import INDIA


class AmazonOnboarding(models.TransientModel):
    _inherit = "amazon.onboarding"

    shows_gst = fields.Boolean(compute="_compute_gst")
    has_gst = fields.Boolean(compute="_compute_gst")

    @api.depends("company_id", "marketplace_ids", "account_id")
    def _compute_gst(self):
        for setup in self:
            company = setup._get_gst_company()
            places = setup.marketplace_ids | setup.account_id.channel_ids.marketplace_id
            setup.shows_gst = company._pays_gst() and INDIA in places.mapped(
                "country_id.code"
            )
            setup.has_gst = setup.shows_gst and company._has_switched_on_gst()

    def _get_gst_company(self):
        return self.account_id.company_id or self.company_id

    def action_switch_on_gst(self):
        """Switch on the usual GST taxes of the company that sells.

        :return: a notification of what was done
        :raises UserError: when the company is not India's, or lacks the Indian chart
        """
        self.ensure_one()
        self.check_access("write")
        company = self._get_gst_company()
        company.check_access("read")
        if not self.shows_gst:
            raise UserError(
                self.env._(
                    "GST is for companies whose fiscal country is India and that sell "
                    "on Amazon.in."
                )
            )
        return notify(company._switch_on_gst())
