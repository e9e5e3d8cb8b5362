# SPDX-License-Identifier: LGPL-3.0-or-later
"""Making the connection of an account: channels, currencies, the first sync."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .amazon_account_alerts import AUTHORISATION_ALERT, KEY_ALERT


class AmazonAccountConnector(models.AbstractModel):
    _name = "amazon.account.connector"
    _description = "Amazon Account: Connector"

    @api.model
    def _connect(self, account):
        """What ``action_connect`` of the account does.

        :return: ``(lines, works)``; lines are ``(ok, text)``
        :raises UserError: when the authorisation belongs to another account
        """
        account.ensure_one()
        account.check_access("write")
        if needs := account.company_id._explain_amazon_needs():
            return [(False, text) for text in needs], False
        lines, works, participations = account._test_connection()
        if not works:
            return lines, False
        self._refuse_second_authorisation(account)
        lines += self._create_channels(account, participations)
        account._write_report(lines)
        account.sudo().write(
            {
                "state": "connected",
                "error_message": False,
                "on_hold": False,
                "active_since": fields.Datetime.now(),
            }
        )
        account._clear_alert(AUTHORISATION_ALERT)
        account._clear_alert(KEY_ALERT)
        self._start_syncing(account)
        return lines, True

    @api.model
    def _refuse_second_authorisation(self, account):
        """One authorisation belongs to one account: orders would come in twice."""
        account = account.sudo()
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
                        "This refresh token is already connected to another company "
                        "in this Odoo. Ask the Amazon manager of that company."
                    )
                )
            raise UserError(
                self.env._(
                    "This refresh token is already connected, as account %(account)s. "
                    "Open that account, or enter the token of the other seller.",
                    account=known[0].name,
                )
            )

    @api.model
    def _create_channels(self, account, participations):
        """Make the missing channels.

        :return: lines for the report, about what the user should look at
        """
        tester = self.env["amazon.account.tester"]
        known, _names = tester._split_participations(account.region, participations)
        marketplaces = self.env["amazon.marketplace"].search(
            [("amazon_code", "in", [p.marketplace_id for p in known])]
        )
        existing = account.with_context(active_test=False).channel_ids.marketplace_id
        lines = self._prepare_currencies(account, marketplaces)
        self.env["amazon.channel"].sudo().create(
            [
                {
                    "name": self._name_channel(account, marketplace),
                    "account_id": account.id,
                    "marketplace_id": marketplace.id,
                }
                for marketplace in marketplaces - existing
            ]
        )
        return lines

    @api.model
    def _name_channel(self, account, marketplace):
        """Another account's channel there keeps the short name."""
        name = f"Amazon {marketplace.code}"
        Channel = self.env["amazon.channel"].sudo().with_context(active_test=False)
        if Channel.search_count([("name", "=", name)], limit=1):
            return f"{name} ({account.name})"
        return name

    @api.model
    def _prepare_currencies(self, account, marketplaces):
        """Switch on the currencies of the marketplaces; say which have no rate."""
        currencies = marketplaces.currency_id
        currencies.filtered(lambda currency: not currency.active).sudo().active = True
        foreign = currencies - account.company_id.currency_id
        without_rate = foreign.with_company(account.company_id).filtered(
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

    @api.model
    def _switch_crons_on(self):
        kinds = self.env["amazon.sync.task"]._fields["kind"].get_values(self.env)
        crons = self.env.ref("amazon_connector.ir_cron_orders_apply").sudo()
        crons |= self.env.ref("amazon_connector.ir_cron_pictures_fetch").sudo()
        for kind in kinds:
            crons |= self.env[f"amazon.sync.{kind}"].sudo()._get_fetch_cron()
        crons.filtered(lambda cron: not cron.active).active = True

    @api.model
    def _start_syncing(self, account):
        """Switch the crons on and have the first sync at once."""
        self._switch_crons_on()
        # Accounts that are older than a module get it when they are connected again.
        account._create_missing_tasks()
        tasks = account.sudo().task_ids
        for task in tasks:
            first = not task.last_success
            task._request_run("initial" if first else "manual")
        account.message_post(
            body=self.env._("Connected to Amazon."), subtype_xmlid="mail.mt_note"
        )
        tasks.write({"failure_count": 0, "leased_until": False})
        account._delay_first_sync()
