# SPDX-License-Identifier: LGPL-3.0-or-later
"""The illustrated guide, for users of the connector."""

from odoo.http import Controller, request, route

from ..models.account.amazon_account_setup import HELP_PATH


class Help(Controller):
    @route(HELP_PATH, type="http", auth="user", methods=["GET"], readonly=True)
    def show_help(self):
        """Show what to do in Seller Central and in Odoo, with pictures."""
        return request.render("amazon_connector.help_page")
