# SPDX-License-Identifier: LGPL-3.0-or-later
"""Testing and making the connection of an account."""

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
from ...tools.notifications import RELOAD, notify
from .amazon_account_alerts import AUTHORISATION_ALERT, KEY_ALERT
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
        self._create_channels(participations)
        added = self.with_context(active_test=False).channel_ids - before
        if not added:
            return notify(self.env._("You have joined no other marketplace."), "info")
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
        lines, works = self._connect()
        if not works:
            raise UserError("\n".join(text for _ok, text in lines))
        return True

    def _connect(self):
        """What :meth:`action_connect` does.

        :return: ``(lines, works)``; lines are ``(ok, text)``
        :raises UserError: when the authorisation belongs to another account
        """
        self.ensure_one()
        self.check_access("write")
        if needs := self.company_id._explain_amazon_needs():
            return [(False, text) for text in needs], False
        lines, works, participations = self._test_connection()
        if not works:
            return lines, False
        self._refuse_second_authorisation()
        lines += self._create_channels(participations)
        self._write_report(lines)
        self.sudo().write(
            {
                "state": "connected",
                "error_message": False,
                "on_hold": False,
                "active_since": fields.Datetime.now(),
            }
        )
        self._clear_alert(AUTHORISATION_ALERT)
        self._clear_alert(KEY_ALERT)
        self._start_syncing()
        return lines, True

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

    def _refuse_second_authorisation(self):
        """One authorisation belongs to one account: orders would come in twice."""
        account = self.sudo()
        twins = account.with_context(active_test=False).search(
            [
                ("id", "!=", account.id),
                ("authorisation_digest", "=", account.authorisation_digest),
                ("region", "=", account.region),
                ("state", "!=", "draft"),
            ]
        )
        if account.authorisation_digest and twins:
            known = twins.sudo(False)._filtered_access("read")
            if not known:
                raise UserError(
                    self.env._(
                        "This refresh token is connected to another company of this "
                        "Odoo already. Ask whoever manages Amazon there."
                    )
                )
            raise UserError(
                self.env._(
                    "This refresh token is connected already, as account %(account)s. "
                    "Open that one, or enter the token of the other seller.",
                    account=known[0].name,
                )
            )

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
                    "expired. Authorise the application again and enter the new token."
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
            return " ".join(filter(None, [known, str(error)]))
        if isinstance(error, AccessDeniedError):
            hint = self.env._(
                "Amazon denies access: check that the region fits the seller's account "
                "and that the application has the role Inventory and Order Tracking."
            )
            return " ".join(filter(None, [hint, str(error), error.advice]))
        return error.explanation

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
    # Channels
    # ------------------------------------------------------------------

    def _create_channels(self, participations):
        """Make the missing channels.

        :return: lines for the report, about what the user should look at
        """
        tester = self.env["amazon.account.tester"]
        known, _names = tester._split_participations(self.region, participations)
        marketplaces = self.env["amazon.marketplace"].search(
            [("amazon_code", "in", [p.marketplace_id for p in known])]
        )
        existing = self.with_context(active_test=False).channel_ids.marketplace_id
        lines = self._prepare_currencies(marketplaces)
        self.env["amazon.channel"].sudo().create(
            [
                {
                    "name": self._name_channel(marketplace),
                    "account_id": self.id,
                    "marketplace_id": marketplace.id,
                }
                for marketplace in marketplaces - existing
            ]
        )
        return lines

    def _name_channel(self, marketplace):
        """Another account's channel there keeps the short name."""
        name = f"Amazon {marketplace.code}"
        Channel = self.env["amazon.channel"].sudo().with_context(active_test=False)
        if Channel.search_count([("name", "=", name)], limit=1):
            return f"{name} ({self.name})"
        return name

    def _prepare_currencies(self, marketplaces):
        """Switch on the currencies of the marketplaces; say which have no rate."""
        currencies = marketplaces.currency_id
        currencies.filtered(lambda currency: not currency.active).sudo().active = True
        foreign = currencies - self.company_id.currency_id
        without_rate = foreign.with_company(self.company_id).filtered(
            lambda currency: not currency.rate_ids
        )
        return [
            (
                False,
                self.env._(
                    "%(currency)s has no exchange rate yet. Enter one under Accounting "
                    "> Configuration > Currencies before you invoice.",
                    currency=currency.name,
                ),
            )
            for currency in without_rate
        ]

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
            accounts._switch_crons_on()
            new.next_run = fields.Datetime.now()

    def _switch_crons_on(self):
        kinds = self.env["amazon.sync.task"]._fields["kind"].get_values(self.env)
        crons = self.env.ref("amazon_connector.ir_cron_orders_apply").sudo()
        for kind in kinds:
            crons |= self.env[f"amazon.sync.{kind}"].sudo()._get_fetch_cron()
        crons.filtered(lambda cron: not cron.active).active = True

    def _start_syncing(self):
        """Switch the crons on and have the first sync at once."""
        self._switch_crons_on()
        # Accounts that are older than a module get it when they are connected again.
        self._create_missing_tasks()
        tasks = self.sudo().task_ids
        for task in tasks:
            first = not task.last_success
            task._request_run("initial" if first else "manual")
        self.message_post(
            body=self.env._("Connected to Amazon."), subtype_xmlid="mail.mt_note"
        )
        self.sudo().task_ids.write({"failure_count": 0, "leased_until": False})
        self._delay_first_sync()
