# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonMtrFile(models.Model):
    """One Merchant Tax Report that was read; its rows are kept, the file is not."""

    _name = "amazon.mtr.file"
    _description = "Amazon Tax Report File"
    _inherit = "amazon.binding"
    _closed = True
    _order = "id desc"

    name = fields.Char("File", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    source = fields.Selection(
        [("upload", "Uploaded"), ("amazon", "Fetched from Amazon")],
        required=True,
        readonly=True,
    )
    row_count = fields.Integer("Rows", readonly=True)
    new_count = fields.Integer("New", readonly=True)
    changed_count = fields.Integer(
        "Changed", readonly=True, help="Rows that differ from what Amazon sent before."
    )
    late_count = fields.Integer(
        "Late",
        readonly=True,
        help="New rows of months that were already closed, or already read and due for "
        "their return.",
    )
    known_count = fields.Integer(
        "Already Known", readonly=True, help="Unchanged rows that were read before."
    )
    first_day = fields.Date("From", readonly=True)
    last_day = fields.Date("To", readonly=True)
    unknown_words = fields.Char(
        "Unknown Transactions",
        readonly=True,
        help="Amazon's names of transactions that the connector does not know; they "
        "are not counted.",
    )
    row_ids = fields.One2many("amazon.mtr.row", "file_id", "New Rows")
