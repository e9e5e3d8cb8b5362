# SPDX-License-Identifier: LGPL-3.0-or-later
"""Disable, Enable, Disconnect and Remove: what the buttons do."""

from odoo import models


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    def action_disable(self):
        """Put these accounts on hold: no call leaves, no record is lost.

        :return: True
        """
        return self.write({"on_hold": True})

    def action_enable(self):
        """Take these accounts off hold: all that happened meanwhile comes in.

        :return: True
        """
        return self.write({"on_hold": False})

    def action_open_disconnect(self):
        """Open the dialog that disconnects this account."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Disconnect %(account)s", account=self.name),
            "res_model": "amazon.account.disconnect",
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_id": self.id},
        }

    def action_open_removal(self):
        """Open the dialog that removes everything of this account."""
        self.ensure_one()
        self.check_access("unlink")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Remove everything of %(account)s", account=self.name),
            "res_model": "amazon.account.remove",
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_id": self.id},
        }

    def _disconnect(self):
        """Delete the account's credentials and its buyers' data; keep all the rest."""
        self.ensure_one()
        self.check_access("write")
        self.env["amazon.account.disconnector"].sudo()._disconnect(self.sudo())
