# SPDX-License-Identifier: LGPL-3.0-or-later
"""Figures for monitoring. Numbers only: no order, no buyer."""

from datetime import datetime, time, timezone

from odoo import api, models

WAITING = ("waiting", "pending", "frozen", "held", "failed")
"""States of orders that somebody or something waits for; the rest is history."""
HEALTH = {"ok": 0, "late": 1, "stalled": 2}


class AmazonAccountMetrics(models.AbstractModel):
    _name = "amazon.account.metrics"
    _description = "Amazon Account: Figures for Monitoring"

    @api.model
    def _get_metrics(self):
        """The figures of all accounts that the user sees and that are not archived.

        :return: ``[{"name", "help", "samples": [{"labels", "value"}]}]``
        """
        accounts = self.env["amazon.account"].search(
            [("active", "=", True)], order="id"
        )
        return [
            *self._get_account_metrics(accounts),
            *self._get_module_metrics(accounts.task_ids),
            *self._get_count_metrics(accounts),
        ]

    @api.model
    def _get_account_metrics(self, accounts):
        """How each account is."""
        figures = (
            (
                "amazon_account_connected",
                "1 where Amazon accepts the login.",
                lambda account: int(account.state == "connected"),
            ),
            (
                "amazon_account_on_hold",
                "1 where a user put it on hold.",
                lambda account: int(account.on_hold),
            ),
            (
                "amazon_account_health",
                "0 on time, 1 late, 2 stalled.",
                lambda account: HEALTH.get(account.health, 0),
            ),
            (
                "amazon_account_authorisation_expiry_seconds",
                "When Amazon's authorization ends, seconds since 1970.",
                lambda account: _get_seconds(account.authorisation_expires_on),
            ),
            (
                "amazon_account_secret_expiry_seconds",
                "When the client secret ends, seconds since 1970.",
                lambda account: _get_seconds(account.secret_expires_on),
            ),
        )
        return [
            _get_metric(
                name, text, [({"account": one.id}, value(one)) for one in accounts]
            )
            for name, text, value in figures
        ]

    @api.model
    def _get_module_metrics(self, tasks):
        """How each module in sync is that is switched on."""
        figures = (
            (
                "amazon_module_last_success_seconds",
                "When a module last succeeded, seconds since 1970.",
                lambda task: _get_seconds(task.last_success),
            ),
            (
                "amazon_module_interval_seconds",
                "How often a module runs.",
                lambda task: task.interval_minutes * 60,
            ),
            (
                "amazon_module_failures",
                "Failures since the last success.",
                lambda task: task.failure_count,
            ),
        )
        return [
            _get_metric(name, text, [(_get_labels(one), value(one)) for one in tasks])
            for name, text, value in figures
        ]

    @api.model
    def _get_count_metrics(self, accounts):
        """How much waits."""
        figures = (
            ("amazon_orders", "amazon.order", WAITING),
            ("amazon_shipments", "amazon.shipment", ("waiting", "held", "failed")),
            ("amazon_cancellations", "amazon.cancellation", ("waiting", "failed")),
            (
                "amazon_quantities",
                "amazon.stock.level",
                ("to_send", "held", "rejected"),
            ),
        )
        return [
            _get_metric(
                name,
                "Records that wait, by state.",
                self._count_states(accounts, model, states),
            )
            for name, model, states in figures
        ]

    @api.model
    def _count_states(self, accounts, model, states):
        """``[(labels, number)]``, 0 where nothing waits."""
        groups = self.env[model]._read_group(
            [("account_id", "in", accounts.ids), ("state", "in", states)],
            ["account_id", "state"],
            ["__count"],
        )
        counts = {(account.id, state): count for account, state, count in groups}
        return [
            (
                {"account": account.id, "state": state},
                counts.get((account.id, state), 0),
            )
            for account in accounts
            for state in states
        ]


def _get_labels(task):
    return {"account": task.account_id.id, "module": task.kind}


def _get_metric(name, text, samples):
    """Samples without a value are left out."""
    return {
        "name": name,
        "help": text,
        "samples": [
            {"labels": labels, "value": value}
            for labels, value in samples
            if value is not False
        ],
    }


def _get_seconds(moment):
    """Seconds since 1970 of a time or a day in UTC, False for none."""
    if not moment:
        return False
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return int(moment.replace(tzinfo=timezone.utc).timestamp())
