# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import UserError


class AmazonReference(models.AbstractModel):
    """Rows that may serve every company: those without one are nobody's own.

    Access rights and record rules leave them to system administrators. Those that come
    with the addon stay: orders, shipments and updates of the addon count on them.
    """

    _name = "amazon.reference"
    _description = "Amazon Reference Data"

    def write(self, vals):
        """Override: Odoo asks record rules before a write; where it leads counts too.

        :raises AccessError: for a company, or all of them, that the user may not serve
        """
        result = super().write(vals)
        if "company_id" in vals:
            self.check_access("write")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_shipped(self):
        shipped = (
            self.env["ir.model.data"]
            .sudo()
            .search(
                [
                    ("module", "=", "amazon_connector"),
                    ("model", "=", self._name),
                    ("res_id", "in", self.ids),
                ],
                limit=1,
            )
        )
        if shipped:
            record = self.browse(shipped.res_id)
            raise UserError(
                self.env._(
                    "%s comes with the Amazon connector and serves all companies: it "
                    "cannot be deleted.",
                    record.display_name,
                )
            )
