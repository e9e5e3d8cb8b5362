# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checking settlements against what Amazon says of them elsewhere."""

from contextlib import suppress
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ...sp_api import (
    AccessDeniedError,
    BadRequestError,
    Finances,
    NotFoundError,
    ProtocolError,
)
from ...tools.times import to_aware

# Without the role, or where Amazon does not offer it, settlements do without.
_NOT_TOLD = (AccessDeniedError, BadRequestError, NotFoundError, ProtocolError)
# A payout that failed is known within two weeks.
FOLLOWED = timedelta(days=30)
FINAL = ("PAID", "CANCELLED", "NO_PAYOUT")


class AmazonSyncSettlements(models.AbstractModel):
    _inherit = "amazon.sync.settlements"

    @api.model
    def _check_all(self, task, client):
        """Ask Amazon for summaries of new settlements and for payouts on their way.

        What it does not tell is no error: the file itself is proven.
        """
        finances = Finances(client)
        with suppress(*_NOT_TOLD):
            self._check_summaries(task, finances)
        with suppress(*_NOT_TOLD):
            if followed := self._find_followed(task.account_id):
                self._follow_payouts(task, followed, finances)
        with suppress(*_NOT_TOLD):
            self._read_balances(task, finances)

    @api.model
    def _check_summaries(self, task, finances):
        for settlement in self._find_unchecked(task.account_id):
            # What Amazon says of one settlement stops no other.
            with suppress(BadRequestError, NotFoundError):
                self._check_summary(task, settlement, finances)

    @api.model
    def _find_unchecked(self, account):
        """Settlements without a summary; what Amazon does not tell within a month of
        asking, it never tells."""
        return self.env["amazon.settlement"].search(
            [
                ("account_id", "=", account.id),
                ("summary_read_at", "=", False),
                ("create_date", ">", fields.Datetime.now() - FOLLOWED),
            ]
        )

    @api.model
    def _find_followed(self, account):
        return self.env["amazon.settlement"].search(
            [
                ("account_id", "=", account.id),
                ("payout_status", "not in", FINAL),
                ("end_time", ">", fields.Datetime.now() - FOLLOWED),
            ]
        )

    @api.model
    def _check_summary(self, task, settlement, finances):
        name = settlement.name
        money = self._call(task, lambda: finances.settlement_total(name))
        self._transact_leased(task, partial(self._note_summary, settlement, money))

    @api.model
    def _note_summary(self, settlement, money):
        if money is None or money.currency != settlement.currency_id.name:
            return
        settlement.write(
            {
                "summary_total": float(money.amount),
                "summary_read_at": fields.Datetime.now(),
            }
        )
        if settlement.summary_differs:
            settlement.account_id._raise_alert(
                self.env._("Amazon's summary of %s differs", settlement.name),
                self.env._(
                    "The file of settlement %(name)s adds up to %(total)s, but "
                    "Amazon's summary says %(summary)s. Compare the two before you "
                    "book it.",
                    name=settlement.name,
                    total=settlement.total,
                    summary=settlement.summary_total,
                ),
                key=f"settlement summary {settlement.id}",
            )

    @api.model
    def _follow_payouts(self, task, settlements, finances):
        since = to_aware(min(settlements.mapped("end_time")) - timedelta(days=3))
        payouts = self._call(task, lambda: finances.payouts(since))
        by_settlement = {
            name: payout for payout in payouts for name in payout.settlement_ids
        }
        for settlement in settlements:
            if payout := by_settlement.get(settlement.name):
                work = partial(settlement._note_payout, payout)
                self._transact_leased(task, work)

    @api.model
    def _read_balances(self, task, finances):
        totals = self._call(task, finances.balances)
        self._transact_leased(task, lambda: task.account_id._note_balances(totals))
