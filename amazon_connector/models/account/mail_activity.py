# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class MailActivity(models.Model):
    """An activity that the connector raised knows what it is about.

    Its summary cannot tell: that is in the language of whoever raised it.
    """

    _name = "mail.activity"
    _inherit = ["mail.activity", "amazon.guard"]

    amazon_alert = fields.Char(readonly=True, copy=False, index="btree_not_null")
