# SPDX-License-Identifier: LGPL-3.0-or-later
"""Testing the connection of an account, and what its buttons do."""

from datetime import datetime, timezone

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...sp_api import (
    AccessDeniedError,
    AmazonError,
    AuthorizationError,
    Sellers,
    ThrottledError,
)
from ...tools.error_words import explain, tell
from ...tools.notifications import RELOAD, notify
from .credentials import open_client


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    def action_test_connection(self):
        """Try every kind of call and say what works, what is missing and what follows.

        Stores the findings in ``connection_report``; never raises for what Amazon says.

        :return: True when the account can sync orders
        """
        self.ensure_one()
        self.check_access("write")
        lines, works = self._test_connection(everything=True)[:2]
        needs = self.company_id._explain_amazon_needs()
        self._write_report([*lines, *[(False, text) for text in needs]])
        self.sudo()._forget_refusals()
        if works and self.status == "active":
            failing = self.task_ids.filtered(lambda t: t.active and t.failure_count)
            failing._request_run("manual")
        return works and not needs

    def action_show_connection(self):
        """Test the connection, and show at once what was found.

        :return: the dialog with the findings
        """
        self.action_test_connection()
        view = self.env.ref("amazon_connector.amazon_account_view_connection")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Connection to Amazon"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view.id, "form")],
            "target": "new",
        }

    def action_look_for_marketplaces(self):
        """Make channels of the marketplaces that the seller has joined since.

        :return: a client action that names them
        :raises UserError: when Amazon cannot be asked, with the reason
        """
        self.ensure_one()
        self.check_access("write")
        self._check_can_sync()
        try:
            with open_client(self, "user") as client:
                participations = Sellers(client).marketplace_participations()
        except AmazonError as error:
            raise UserError(self._explain_error(error)) from None
        before = self.with_context(active_test=False).channel_ids
        self.env["amazon.account.connector"]._create_channels(self, participations)
        added = self.with_context(active_test=False).channel_ids - before
        if not added:
            return notify(
                self.env._("Your seller account has joined no other marketplace."),
                "info",
            )
        self.task_ids.filtered("active")._request_run("manual")
        names = ", ".join(added.mapped("name"))
        return notify(self.env._("Channels added: %s.", names), then=RELOAD)

    def _forget_refusals(self):
        """What Amazon refused is asked for again: a user's word is newer."""
        refused = self.filtered("refused_data")
        if refused:
            refused.refused_data = False

    def action_connect(self):
        """Connect: test, make the channels of the seller's marketplaces, sync at once.

        :return: True
        :raises UserError: when the connection does not work, with the reasons
        """
        lines, works = self.env["amazon.account.connector"]._connect(self)
        if not works:
            raise UserError("\n".join(text for _ok, text in lines))
        return True

    def action_sync_now(self):
        """Run all active modules of this account as soon as a worker is free."""
        return self.task_ids.filtered("active").action_sync_now()

    def action_open_orders(self):
        """Open the Amazon orders of this account."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_order_action"
        )
        return {
            **action,
            "domain": [("account_id", "in", self.ids)],
            "context": self.env.context.get("order_filter") or {},
        }

    # ------------------------------------------------------------------
    # Testing
    # ------------------------------------------------------------------

    def _test_connection(self, everything=False):
        """
        :param everything: whether kinds of call are tried that orders do without
        :return: ``(lines, works, participations)``; lines are ``(ok, text)``
        """
        tester = self.env["amazon.account.tester"]
        try:
            with open_client(self, "user") as client:
                lines, works, found = tester._ask_everything(self, client)
                if works and everything:
                    lines += tester._ask_others(self, client, found)
                return lines, works, found
        except UserError as error:
            return [(False, str(error))], False, []

    def _explain_error(self, error):
        """What happened, in words, and what to do about it."""
        if isinstance(error, ThrottledError):
            moment = datetime.fromtimestamp(error.retry_at, timezone.utc)
            return self.env._(
                "Amazon allows no more calls for now. Try again after %s UTC.",
                moment.strftime("%H:%M:%S"),
            )
        if isinstance(error, AuthorizationError):
            causes = {
                "invalid_grant": self.env._(
                    "Amazon refuses the refresh token: it is wrong, revoked or "
                    "expired. Authorize the application again and enter the new token."
                ),
                "invalid_client": self.env._(
                    "Amazon refuses the client ID or secret. Secrets expire after 180 "
                    "days: copy the current ones from the Solution Provider Portal."
                ),
                "unauthorized_client": self.env._(
                    "The refresh token belongs to another application than the client "
                    "ID. Take both from the same application."
                ),
            }
            known = causes.get(error.cause_code)
            return " ".join(filter(None, [known, tell(self.env, error)]))
        if isinstance(error, AccessDeniedError):
            hint = self.env._(
                "Amazon denies access: check that the region fits the seller's account "
                "and that the application has the role Inventory and Order Tracking."
            )
            return f"{hint} {explain(self.env, error)}"
        return explain(self.env, error)

    def _write_report(self, lines):
        self.sudo().write(
            {
                "connection_report": self._format_report(lines),
                "connection_tested_at": fields.Datetime.now(),
            }
        )

    @api.model
    def _format_report(self, lines):
        """
        :param lines: ``(ok, text)`` of each finding
        :return: a list in HTML
        """
        items = Markup().join(
            Markup("<li>%s %s</li>") % ("✓" if ok else "⚠", text) for ok, text in lines
        )
        return Markup("<ul class='list-unstyled'>%s</ul>") % items

    # ------------------------------------------------------------------
    # Modules in sync
    # ------------------------------------------------------------------

    def _get_task(self, kind):
        """The module in sync of this kind."""
        return self.task_ids.filtered(lambda task: task.kind == kind)

    @api.model
    def _adopt_new_modules(self):
        """Give connected accounts the modules of an upgraded connector; called by its
        data. A scheduled action that a user has switched off stays off otherwise."""
        accounts = self.with_context(active_test=False).search(
            [("state", "=", "connected")]
        )
        known = accounts.task_ids
        accounts._create_missing_tasks()
        if new := accounts.task_ids - known:
            self.env["amazon.account.connector"]._switch_crons_on()
            new.next_run = fields.Datetime.now()
