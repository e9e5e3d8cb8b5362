# SPDX-License-Identifier: LGPL-3.0-or-later
import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ...sp_api import DocumentFile, fallback_charsets
from ...tools.context import drop_caller_context


class AmazonSettlementUpload(models.TransientModel):
    """Take in a settlement file that was saved from Seller Central."""

    _name = "amazon.settlement.upload"
    _description = "Upload an Amazon Settlement"

    account_id = fields.Many2one(
        "amazon.account",
        required=True,
        default=lambda self: self.env["amazon.account"].search([], limit=1),
    )
    content = fields.Binary("File", required=True, attachment=False)
    file_name = fields.Char()

    def action_upload(self):
        """Keep and read the file, then open its settlement.

        :raises UserError: it is no settlement of this account, or not proven
        """
        self.ensure_one()
        self.account_id.check_access("write")
        file = self._make_file()
        file._read_kept()
        if file.state in ("refused", "differs"):
            raise UserError(file.message)
        return {
            "type": "ir.actions.act_window",
            "res_model": "amazon.settlement",
            "res_id": file.settlement_id.id,
            "views": [(False, "form")],
        }

    def _make_file(self):
        content = base64.b64decode(self.content)
        account = drop_caller_context(self.account_id.sudo())
        places = account.channel_ids.marketplace_id.mapped("amazon_code")
        with DocumentFile.from_bytes(
            content, fallbacks=fallback_charsets(places)
        ) as document:
            charset = document.charset()
        file = account.env["amazon.settlement.file"].create(
            {
                "name": self.file_name or self.env._("settlement.txt"),
                "account_id": account.id,
                "is_upload": True,
                "created_time": fields.Datetime.now(),
            }
        )
        file._keep(content, charset)
        return file
