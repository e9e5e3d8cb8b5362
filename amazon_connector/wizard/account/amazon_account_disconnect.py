# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.exceptions import UserError


class AmazonAccountDisconnect(models.TransientModel):
    """Says what disconnecting deletes and asks for the account's name."""

    _name = "amazon.account.disconnect"
    _description = "Disconnect Amazon Account"

    account_id = fields.Many2one(
        "amazon.account", required=True, readonly=True, ondelete="cascade"
    )
    account_name = fields.Char(related="account_id.name", related_sudo=False)
    order_count = fields.Integer(related="account_id.order_count", related_sudo=False)
    confirmation = fields.Char("Confirm Account Name")

    def action_disconnect(self):
        """Disconnect the account when its name was typed.

        :return: the window of the account
        :raises UserError: when another name was typed
        """
        self.ensure_one()
        account = self.account_id
        if (self.confirmation or "").strip() != account.name.strip():
            raise UserError(
                self.env._(
                    'Type the name of the account, "%(account)s", to disconnect it. '
                    "Nothing was deleted.",
                    account=account.name,
                )
            )
        account._disconnect()
        return {
            "type": "ir.actions.act_window",
            "res_model": "amazon.account",
            "res_id": account.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "main",
        }
