# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ...tools.print_files import drop_abandoned, private_files
from .reveal import is_showing


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _register_hook(self):
        """Override: delete what a process that was killed while printing has left."""
        super()._register_hook()
        drop_abandoned()

    @api.model
    def _run_wkhtmltopdf(self, *args, **kwargs):
        """Override: print buyers' data in files that no crash leaves behind."""
        if not is_showing(self.env):
            return super()._run_wkhtmltopdf(*args, **kwargs)
        with private_files():
            return super()._run_wkhtmltopdf(*args, **kwargs)
