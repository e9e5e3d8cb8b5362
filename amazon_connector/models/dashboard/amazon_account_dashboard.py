# SPDX-License-Identifier: LGPL-3.0-or-later
"""What of an account needs a human first, counted for all accounts at once."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...const import SHIPPED_STATUSES
from ..account.amazon_account_expiry import WARN_DAYS
from ..stock.amazon_stock_level import UNDECIDED_DOMAIN

DECIDED_STATUSES = (*SHIPPED_STATUSES, "CANCELLED", "UNFULFILLABLE")
CANCELLATION_PROBLEMS = ("refused", "failed")
# What ``amazon.order.asks_to_cancel`` says, as a search.
REQUEST_DOMAIN = [
    ("cancellation_requested", "=", True),
    ("ship_anyway", "=", False),
    ("fulfilled_by", "=", "MERCHANT"),
    ("fulfillment_status", "not in", DECIDED_STATUSES),
    ("sale_order_id.state", "in", ("draft", "sent", "sale")),
    ("sale_order_id.delivery_status", "not in", ("partial", "full")),
]


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    late_count = fields.Integer(
        compute="_compute_late_count",
        help="Orders that should have been shipped by now.",
    )
    request_count = fields.Integer(
        compute="_compute_request_count",
        help="Orders that their buyers ask to cancel, and nobody has decided yet.",
    )
    cancellation_problem_count = fields.Integer(
        compute="_compute_cancellation_problem_count"
    )
    stock_held_count = fields.Integer(compute="_compute_stock_problem_counts")
    stock_rejected_count = fields.Integer(compute="_compute_stock_problem_counts")
    rehearsal_count = fields.Integer(
        compute="_compute_rehearsal_count",
        help="Channels with linked listings that send no stock to Amazon yet.",
    )
    expires_on = fields.Date(
        compute="_compute_expires_on",
        help="When the authorisation or the client secret ends, if that is soon.",
    )
    last_sync = fields.Datetime(compute="_compute_sync_times")
    next_sync = fields.Datetime(compute="_compute_sync_times")

    def _count_each(self, model_name, domain):
        """How many records of a domain each of these accounts has.

        :return: ``{account id: count}``
        """
        groups = self.env[model_name]._read_group(
            [("account_id", "in", self.ids), *domain], ["account_id"], ["__count"]
        )
        return {account.id: count for account, count in groups}

    def _compute_late_count(self):
        late = self._count_each("amazon.order", self._get_late_domain())
        for account in self:
            account.late_count = late.get(account.id, 0)

    @api.model
    def _get_late_domain(self):
        return [("is_to_ship", "=", True), ("ship_by", "<", fields.Datetime.now())]

    def _compute_request_count(self):
        asked = self._count_each("amazon.order", REQUEST_DOMAIN)
        for account in self:
            account.request_count = asked.get(account.id, 0)

    def _compute_cancellation_problem_count(self):
        problems = self._count_each(
            "amazon.cancellation", [("state", "in", CANCELLATION_PROBLEMS)]
        )
        for account in self:
            account.cancellation_problem_count = problems.get(account.id, 0)

    def _compute_stock_problem_counts(self):
        groups = self.env["amazon.stock.level"]._read_group(
            Domain("account_id", "in", self.ids)
            & (Domain("state", "=", "rejected") | Domain(UNDECIDED_DOMAIN)),
            ["account_id", "state"],
            ["__count"],
        )
        counts = {(account.id, state): count for account, state, count in groups}
        for account in self:
            account.stock_held_count = counts.get((account.id, "held"), 0)
            account.stock_rejected_count = counts.get((account.id, "rejected"), 0)

    def _compute_rehearsal_count(self):
        channels = self._find_rehearsing()
        for account in self:
            account.rehearsal_count = len(
                channels.filtered(lambda c, account=account: c.account_id == account)
            )

    def _find_rehearsing(self):
        """The channels in use whose linked listings wait for "Go live with stock"."""
        groups = self.env["amazon.listing"]._read_group(
            [
                ("account_id", "in", self.ids),
                ("state", "=", "linked"),
                ("fulfilled_by", "=", "merchant"),
                ("channel_id.active", "=", True),
                ("channel_id.stock_live", "=", False),
            ],
            ["channel_id"],
        )
        return self.env["amazon.channel"].concat(*(channel for (channel,) in groups))

    @api.depends("authorisation_expires_on", "secret_expires_on")
    def _compute_expires_on(self):
        soon = fields.Date.today() + timedelta(days=max(WARN_DAYS))
        for account in self:
            dates = [account.authorisation_expires_on, account.secret_expires_on]
            account.expires_on = min(
                (date for date in dates if date and date <= soon), default=False
            )

    def _compute_sync_times(self):
        groups = self.env["amazon.sync.task"]._read_group(
            [("account_id", "in", self.ids), ("active", "=", True)],
            ["account_id"],
            ["last_success:max", "next_run:min"],
        )
        times = {account.id: (last, soon) for account, last, soon in groups}
        for account in self:
            account.last_sync, account.next_sync = times.get(account.id, (False, False))
            if account.status != "active":
                account.next_sync = False

    # ------------------------------------------------------------------
    # Where the numbers lead
    # ------------------------------------------------------------------

    def _open_filtered(self, xml_id, domain):
        """A window action on what was counted of these accounts."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"amazon_connector.{xml_id}"
        )
        return {
            **action,
            "domain": [("account_id", "in", self.ids), *domain],
            "context": {},
        }

    def action_open_late(self):
        """Open the orders that should have been shipped by now."""
        return self._open_filtered(
            "amazon_order_to_ship_action", self._get_late_domain()
        )

    def action_open_requests(self):
        """Open the orders that their buyers ask to cancel."""
        return self._open_filtered("amazon_order_action", REQUEST_DOMAIN)

    def action_open_cancellation_problems(self):
        """Open what Amazon refused, or could not be told, to cancel."""
        return self._open_filtered(
            "amazon_cancellation_action", [("state", "in", CANCELLATION_PROBLEMS)]
        )

    def action_open_stock_held(self):
        """Open the quantities that wait for a decision."""
        return self._open_filtered("amazon_stock_level_action", UNDECIDED_DOMAIN)

    def action_open_stock_rejected(self):
        """Open the quantities that Amazon did not take."""
        return self._open_filtered(
            "amazon_stock_level_action", [("state", "=", "rejected")]
        )

    def action_open_rehearsal(self):
        """Open the channel that rehearses; their list when there are several."""
        channels = self._find_rehearsing()
        action = self._open_filtered(
            "amazon_channel_action", [("id", "in", channels.ids)]
        )
        if len(channels) == 1:
            action.update(res_id=channels.id, views=[(False, "form")])
        return action
