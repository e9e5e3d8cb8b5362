# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ..order.reveal import is_showing
from .sealed import is_link, read_attachment, seal_shown


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        """Override: what is made while buyers are shown is sealed, be it by a carrier,
        a report or another addon."""
        if is_showing(self.env):
            vals_list = [
                vals
                if vals.get("res_model") == "amazon.sealed.file"
                else seal_shown(self.env, vals)
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        """Override: the same for a new content; no thumbnail of what is sealed."""
        if "thumbnail" in vals and any(map(is_link, self)):
            vals = {name: vals[name] for name in vals if name != "thumbnail"}
        new = vals.get("raw") or vals.get("datas")
        if not new or not is_showing(self.env):
            return super().write(vals)
        for attachment in self:
            if attachment.res_model == "amazon.sealed.file":
                super(IrAttachment, attachment).write(vals)
                continue
            link = seal_shown(self.env, vals, attachment)
            nothing = {"raw": False, "index_content": False, "thumbnail": False}
            super(IrAttachment, attachment).write({**nothing, **link})
        return True

    def _compute_raw(self):
        """Override: of what is sealed, what may be read now."""
        result = super()._compute_raw()
        for attachment in self:
            if is_link(attachment):
                attachment.raw = read_attachment(attachment)
        return result
