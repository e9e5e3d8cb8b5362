# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

from ...tools.secret_fields import Ciphertext


class AmazonOrderPii(models.Model):
    """Personal data of one Amazon order, encrypted; ``personal.py`` alone reads it."""

    _name = "amazon.order.pii"
    _description = "Amazon Order Personal Data"
    _inherit = "amazon.binding"
    _closed = True
    _log_access = False
    _rec_name = "order_id"

    order_id = fields.Many2one("amazon.order", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company")
    ciphertext = Ciphertext()
    fingerprint = fields.Char(
        groups=fields.NO_ACCESS, help="Keyed hash, to see changes without decrypting."
    )

    _order_unique = models.Constraint("unique(order_id)", "One record per order.")
