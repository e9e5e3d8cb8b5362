# SPDX-License-Identifier: LGPL-3.0-or-later
"""External API: settlements by Amazon's number, and what each paid for."""

from odoo import api, models

from ...tools.external_api import (
    LIMIT,
    external,
    find_named,
    iso,
    money,
    read_period,
    read_texts,
)
from ..settlement.amazon_settlement_rule import FEES


class AmazonSettlement(models.Model):
    _inherit = "amazon.settlement"

    @api.model
    @external
    def api_find(self, since=None, until=None):
        """Which settlements ended in a period; all without one.

        :return: ``{"settlements": [see _get_api_head]}``, the latest 1,000
        """
        start, end = read_period(self.env, since, until, fetched=False)
        domain = [("end_time", ">=", start), ("end_time", "<", end)] if start else []
        found = self.search(domain, limit=LIMIT)
        return {"settlements": [settlement._get_api_head() for settlement in found]}

    @api.model
    @external
    def api_get(self, settlement_numbers):
        """What settlements pay, order by order and fee by fee.

        :return: ``{"settlements": [see _get_api_values]}``
        """
        numbers = read_texts(self.env, settlement_numbers, "settlement_numbers")
        found = find_named(self, "name", numbers)
        return {"settlements": [settlement._get_api_values() for settlement in found]}

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------

    def _get_api_head(self):
        """A plain dictionary of what the settlement is and where it stands."""
        self.ensure_one()
        return {
            "id": self.id,
            "settlement_number": self.name,
            "account_id": self.account_id.id,
            "currency": self.currency_id.name,
            "since": iso(self.start_time),
            "until": iso(self.end_time),
            "paid_out": iso(self.deposit_time),
            "total": money(self.total, self.currency_id),
            "proven": self.is_proven,
            "state": self.state,
            "reason": self.held_reason or self.problem or False,
            "payout_status": self.payout_status or False,
            "payout_trace": self.payout_trace or False,
        }

    def _get_api_values(self):
        """As :meth:`_get_api_head`, with orders, fees and journal entries."""
        entries = self.entry_ids.move_id._filtered_access("read")
        return {
            **self._get_api_head(),
            "orders": [one._get_api_values() for one in self.order_ids],
            "fees": self._get_api_fees(),
            "entries": [
                {"id": move.id, "name": move.name or False, "state": move.state}
                for move in entries
            ],
        }

    def _get_api_fees(self):
        """What Amazon kept, by type: negative amounts are fees, positive came back."""
        groups = self.env["amazon.settlement.sum"]._read_group(
            [("settlement_id", "=", self.id), ("bucket", "in", FEES)],
            ["fee_type"],
            ["amount:sum"],
        )
        return [
            {"type": fee_type or False, "amount": money(amount, self.currency_id)}
            for fee_type, amount in groups
        ]


class AmazonSettlementOrder(models.Model):
    _inherit = "amazon.settlement.order"

    def _get_api_values(self):
        self.ensure_one()
        return {
            "amazon_order_id": self.order_number,
            "kind": self.kind,
            "sale_order_id": self.sale_order_id.id,
            "amount": money(self.amount, self.currency_id),
            "state": self.state,
            "difference": money(self.difference, self.currency_id),
        }
