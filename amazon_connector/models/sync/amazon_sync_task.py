# SPDX-License-Identifier: LGPL-3.0-or-later
import os
import socket
import threading
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...const import HEARTBEAT
from ...tools.notifications import notify

KINDS = [
    ("items", "Items"),
    ("orders", "Orders"),
    ("order_reports", "Order Details"),
    ("shipments", "Shipments"),
    ("cancellations", "Cancellations"),
    ("stock", "Stock"),
    ("fba_stock", "FBA Stock"),
    ("settlements", "Settlements"),
]
DEFAULT_INTERVALS = {"items": 240, "orders": 15, "stock": 2, "settlements": 1440}
LEASE_SECONDS = 180
# One that lasts longer was taken while a machine's clock was wrong: it is nobody's.
LONGEST_LEASE = timedelta(minutes=15)
RESUME_PATIENCE = timedelta(minutes=15)


class AmazonSyncTask(models.Model):
    """One module in sync of one account: whether, how often and when it runs.

    A task in work is held by a lease, not by the lock of its cron: leases survive
    commits, expire with a killed worker, and let several crons share the accounts.
    """

    _name = "amazon.sync.task"
    _description = "Amazon Sync Task"
    _inherit = "amazon.binding"
    _order = "account_id, sequence, id"
    _binding = ("account_id", "kind")

    account_id = fields.Many2one(
        "amazon.account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    account_status = fields.Selection(related="account_id.status")
    kind = fields.Selection(KINDS, "Module", required=True, readonly=True)
    sequence = fields.Integer(
        compute="_compute_sequence", store=True, help="The order of KINDS."
    )
    active = fields.Boolean(default=True, help="Inactive tasks are not synced.")
    interval_minutes = fields.Integer(
        "Every (Minutes)",
        required=True,
        compute="_compute_interval_minutes",
        store=True,
        readonly=False,
        precompute=True,
    )
    next_run = fields.Datetime(index=True, readonly=True)
    last_success = fields.Datetime(readonly=True)
    failure_count = fields.Integer(readonly=True)
    trigger = fields.Selection(
        selection=lambda self: self.env["amazon.sync.run"]._fields["trigger"].selection,
        string="Next Trigger",
        readonly=True,
        help="Why the next run takes place, if not by the schedule.",
    )
    leased_until = fields.Datetime(readonly=True)
    worker = fields.Char(readonly=True)
    cursor_ids = fields.One2many(
        "amazon.sync.cursor",
        "task_id",
        "Cursors",
        groups="amazon_connector.group_manager",
    )
    run_ids = fields.One2many("amazon.sync.run", "task_id", "Runs")

    _account_kind_unique = models.Constraint(
        "unique(account_id, kind)", "An account has one sync task of each kind."
    )

    @api.model
    def _get_kinds(self):
        """``[(kind, its name)]``, those of other addons too, in their order."""
        return self._fields["kind"]._description_selection(self.env)

    @api.depends("kind")
    def _compute_sequence(self):
        kinds = self._fields["kind"].get_values(self.env)
        for task in self:
            task.sequence = kinds.index(task.kind) if task.kind in kinds else 0

    @api.depends("kind")
    def _compute_interval_minutes(self):
        for task in self:
            task.interval_minutes = DEFAULT_INTERVALS.get(task.kind, 60)

    @api.depends("kind")
    def _compute_display_name(self):
        labels = dict(self._get_kinds())
        for task in self:
            task.display_name = labels.get(task.kind, task.kind)

    def action_sync_now(self):
        """Run these tasks as soon as a worker is free.

        :return: a client action that tells the user so
        :raises UserError: when an account is on hold or not connected, or no module
            is switched on
        """
        self.account_id._check_can_sync()
        ready = self.filtered("active")
        if not ready:
            raise UserError(
                self.env._(
                    "There is nothing to sync, because no active module was chosen. "
                    "Switch one on under Modules in Sync on the account."
                )
            )
        ready._request_run("manual")
        return notify(self.env._("The sync starts within a minute."))

    # ------------------------------------------------------------------
    # Leases
    # ------------------------------------------------------------------

    @api.model
    def _claim_due(self, kind, skip_ids=()):
        """Take the lease of the task of this kind that is due for the longest time.

        A task is also due when one of its requests is, or when something waits in its
        outbox.

        To be called first thing after a commit: the row must not have changed since
        the snapshot. After a hold the kinds catch up in the order of KINDS, unless an
        earlier one fails, waits for Amazon or does not come for ``RESUME_PATIENCE``.

        :param skip_ids: tasks that had their turn in this round
        :return: the task, or an empty recordset
        """
        now = fields.Datetime.now()
        kinds = self._fields["kind"].get_values(self.env)
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE amazon_sync_task
                   SET leased_until = %(until)s, worker = %(worker)s
                 WHERE id = (
                       SELECT task.id
                         FROM amazon_sync_task task
                         JOIN amazon_account account ON account.id = task.account_id
                        WHERE task.kind = %(kind)s AND task.active
                          AND (task.next_run <= %(now)s OR EXISTS (
                               SELECT FROM amazon_sync_request request
                                WHERE request.task_id = task.id
                                  AND request.state = 'open'
                                  AND request.next_try <= %(now)s)
                               OR %(outbox)s)
                          AND (COALESCE(task.leased_until, %(now)s) <= %(now)s
                               OR task.leased_until > %(longest)s)
                          AND account.active AND account.state = 'connected'
                          AND account.on_hold IS NOT TRUE
                          AND task.id != ALL(%(skip)s)
                          AND (COALESCE(task.trigger, '') != 'resume' OR NOT EXISTS (
                              SELECT FROM amazon_sync_task earlier
                               WHERE earlier.account_id = task.account_id
                                 AND earlier.kind = ANY(%(earlier)s)
                                 AND earlier.active AND earlier.trigger = 'resume'
                                 AND COALESCE(earlier.failure_count, 0) = 0
                                 AND earlier.next_run > %(patience)s
                                 AND earlier.next_run <= %(now)s))
                     ORDER BY task.next_run, task.id
                        LIMIT 1
                          FOR UPDATE OF task SKIP LOCKED)
             RETURNING id
                """,
                until=now + timedelta(seconds=LEASE_SECONDS),
                worker=self._worker_name(),
                kind=kind,
                now=now,
                longest=now + LONGEST_LEASE,
                outbox=self.env[f"amazon.sync.{kind}"]._get_outbox_condition(),
                skip=list(skip_ids),
                earlier=kinds[: kinds.index(kind)],
                patience=now - RESUME_PATIENCE,
            )
        )
        task = self.browse([row[0] for row in rows])
        task.invalidate_recordset(["leased_until", "worker"])
        return task

    @api.model
    def _wake_resumed(self):
        """Wake the crons of modules that waited for an earlier one after a hold."""
        waiting = self.search(
            [
                ("trigger", "=", "resume"),
                ("next_run", "<=", fields.Datetime.now()),
                ("leased_until", "=", False),
                ("account_id.active", "=", True),
                ("account_id.state", "=", "connected"),
                ("account_id.on_hold", "=", False),
            ]
        )
        for kind in set(waiting.mapped("kind")):
            self.env[f"amazon.sync.{kind}"]._wake_fetch()

    def _get_last_sign(self, active_since):
        """When this module was known to be well the last time.

        A first sync may take long, and so may one after days on hold: as long as it
        moves, it is well.

        :param active_since: when its account was connected or taken off hold
        """
        self.ensure_one()
        signs = [self.last_success, active_since]
        if not self.failure_count:
            signs += self.sudo().cursor_ids.mapped("page_time")
        if not self.last_success and not self.failure_count:
            signs.append(self.write_date)
        return max(filter(None, signs), default=self.create_date)

    def _get_expected_minutes(self):
        """Hook: how often a success is to be expected, in minutes."""
        self.ensure_one()
        # a run that follows changes has none without them
        if self.stock_cadence == "change":
            return int(HEARTBEAT.total_seconds() // 60)
        return self.interval_minutes

    def _holds_lease(self):
        """Prolong the lease; False when another worker has taken it over."""
        self.ensure_one()
        self.invalidate_recordset(["worker"])
        if self.worker != self._worker_name():
            return False
        self.leased_until = fields.Datetime.now() + timedelta(seconds=LEASE_SECONDS)
        return True

    def _is_due(self):
        """Whether the schedule has it run now; else it was claimed for a request."""
        self.ensure_one()
        if self.next_run and self.next_run <= fields.Datetime.now():
            return True
        return self.env[f"amazon.sync.{self.kind}"]._has_outbox(self)

    def _lease(self):
        """Keep a task that was just released: there is more to do."""
        self.worker = self._worker_name()
        self._holds_lease()

    def _release(self, next_run):
        """Give the lease back; run again at ``next_run`` (naive UTC datetime)."""
        self.write({"leased_until": False, "worker": False, "next_run": next_run})

    @staticmethod
    def _worker_name():
        return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
