# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    @api.private
    def _has_gst(self):
        """Whether what is sold here bears India's GST: an Indian company in India."""
        return (
            self.marketplace_id.country_id.code == "IN" and self.company_id._pays_gst()
        )
