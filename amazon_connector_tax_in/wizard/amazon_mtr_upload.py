# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import binascii
import io

from odoo import api, fields, models
from odoo.exceptions import UserError


class AmazonMtrUpload(models.TransientModel):
    """Read a Merchant Tax Report that was downloaded from Seller Central.

    The file names buyers and their cities: it is read as it comes in, and stored
    nowhere.
    """

    _name = "amazon.mtr.upload"
    _description = "Upload an Amazon Tax Report"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    content = fields.Binary("File", store=False)
    name = fields.Char("File Name")
    month = fields.Date(
        help="Any day of the month. If you choose one, a file without documents of "
        "this month is refused."
    )
    file_id = fields.Many2one(
        "amazon.mtr.file", "Tax Report", readonly=True, ondelete="cascade"
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override: read the files.

        :raises UserError: for one that is no such report, or another seller's
        """
        contents = [vals.get("content") for vals in vals_list]
        own = ("content", "file_id")
        uploads = super().create(
            [
                {name: value for name, value in vals.items() if name not in own}
                for vals in vals_list
            ]
        )
        for upload, content in zip(uploads, contents, strict=True):
            upload._read_content(content)
        return uploads

    def write(self, vals):
        """Override: another file is read like the first; what came of it is ours."""
        content = vals.get("content")
        own = ("content",) if self.env.su else ("content", "file_id")
        vals = {name: value for name, value in vals.items() if name not in own}
        result = super().write(vals)
        for upload in self if content else ():
            upload._read_content(content)
        return result

    def _read_content(self, content):
        if not content:
            raise UserError(self.env._("Choose a file first."))
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of your active companies."))
        try:
            plain = base64.b64decode(content)
        except (binascii.Error, TypeError, ValueError):
            raise UserError(self.env._("The file could not be uploaded.")) from None
        self.sudo().file_id = self.env["amazon.mtr.import"]._import(
            self.company_id,
            io.BytesIO(plain),
            self.name or self.env._("Upload"),
            "upload",
            month=self.month and self.month.replace(day=1),
        )

    def action_upload(self):
        """Show what came of the file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "amazon.mtr.file",
            "res_id": self.file_id.id,
            "views": [(False, "form")],
        }
