# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where Amazon sends a seller back after the consent page."""

from odoo.exceptions import UserError
from odoo.http import Controller, request, route

from ..models.account.amazon_account_consent import CALLBACK_PATH

# The address holds Amazon's code: no page behind it may learn it, no cache keep it.
PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


class ConsentCallback(Controller):
    @route(CALLBACK_PATH, type="http", auth="user", methods=["GET"], readonly=False)
    def callback(self, state="", spapi_oauth_code="", selling_partner_id="", **_other):
        """Store the authorisation and connect; say in words why if it is refused.

        Source: Amazon's website authorisation workflow.
        """
        companies = request.env.user.company_ids.ids
        accounts = request.env["amazon.account"].with_context(
            allowed_company_ids=companies
        )
        try:
            account = accounts.env["amazon.account.consent"]._accept(
                state, spapi_oauth_code, selling_partner_id
            )
        except UserError as error:
            return self._show(error, accounts)
        try:
            if account.state != "connected":
                account.action_connect()
        except UserError as error:
            request.env.cr.rollback()
            return self._show(error, account)
        return self._leave(account)

    def _leave(self, account):
        answer = request.redirect(account._get_address(), local=True)
        answer.headers.update(PRIVATE)
        return answer

    def _show(self, error, account):
        values = {
            "reasons": str(error).splitlines(),
            "authorised": bool(account),
            "address": account._get_address() if account else "/odoo/amazon-accounts",
        }
        answer = request.render("amazon_connector.consent_refused", values, status=400)
        answer.headers.update(PRIVATE)
        return answer
