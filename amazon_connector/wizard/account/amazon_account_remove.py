# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.exceptions import UserError


class AmazonAccountRemove(models.TransientModel):
    """Says what goes and what stays, and asks for the account's name."""

    _name = "amazon.account.remove"
    _description = "Remove Amazon Account"

    account_id = fields.Many2one(
        "amazon.account", required=True, readonly=True, ondelete="cascade"
    )
    account_name = fields.Char(related="account_id.name", related_sudo=False)
    order_count = fields.Integer(related="account_id.order_count", related_sudo=False)
    listing_count = fields.Integer(
        related="account_id.listing_count", related_sudo=False
    )
    confirmation = fields.Char("Confirm Account Name")

    def action_remove(self):
        """Remove everything of the account when its name was typed.

        :return: the window of the accounts that are left
        :raises UserError: when another name was typed, or a sync is in work
        """
        self.ensure_one()
        account = self.account_id
        if (self.confirmation or "").strip() != account.name.strip():
            raise UserError(
                self.env._(
                    'Type the name of the account, "%(account)s", to remove '
                    "everything. Nothing was deleted.",
                    account=account.name,
                )
            )
        self.env["amazon.account.remover"]._remove(account)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_account_action"
        )
        return {**action, "target": "main"}
