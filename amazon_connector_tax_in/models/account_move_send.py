# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

_E_INVOICE = "in_edi_send"
"""What `l10n_in_edi` calls sending to the Invoice Registration Portal."""


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_default_extra_edis(self, move):
        """Override of `account`: no second e-invoice of what Amazon has invoiced."""
        edis = super()._get_default_extra_edis(move)
        return edis - {_E_INVOICE} if move._is_invoiced_by_amazon() else edis
