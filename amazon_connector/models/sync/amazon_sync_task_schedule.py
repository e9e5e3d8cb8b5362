# SPDX-License-Identifier: LGPL-3.0-or-later
"""Modules in Sync as users see them: intervals, last run, by hand."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_datetime

LONGEST_INTERVAL = 366 * 24 * 60
COUNTS = ("synced_count", "frozen_count", "skipped_count", "failed_count")


class AmazonSyncTask(models.Model):
    _inherit = "amazon.sync.task"

    user_id = fields.Many2one(
        "res.users",
        "Requested By",
        readonly=True,
        ondelete="set null",
        help="Who asked for the next run.",
    )
    origin_run_id = fields.Many2one(
        "amazon.sync.run", readonly=True, ondelete="set null"
    )
    last_run_id = fields.Many2one(
        "amazon.sync.run", "Latest Run", compute="_compute_last_run"
    )
    last_run = fields.Datetime(compute="_compute_last_run")
    synced_count = fields.Integer("Synced", compute="_compute_last_run")
    frozen_count = fields.Integer("Frozen", compute="_compute_last_run")
    skipped_count = fields.Integer("Skipped", compute="_compute_last_run")
    failed_count = fields.Integer("Failed", compute="_compute_last_run")
    failure_text = fields.Text(
        "Why It Fails",
        compute="_compute_failure_text",
        help="Why the last run stopped, and when it is tried again. Empty once a run "
        "succeeds.",
    )

    def _compute_last_run(self):
        """The newest run of each module, and its counts."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT task.id, (
                       SELECT run.id
                         FROM amazon_sync_run run
                        WHERE run.account_id = task.account_id
                          AND run.kind = task.kind
                     ORDER BY run.id DESC
                        LIMIT 1)
                  FROM amazon_sync_task task
                 WHERE task.id = ANY(%s)
                """,
                self.ids,
            )
        )
        last = dict(rows)
        for task in self:
            run = self.env["amazon.sync.run"].browse(last.get(task.id))
            task.last_run_id = run
            task.last_run = run.started_at
            for name in COUNTS:
                task[name] = run[name]

    @api.depends("failure_count", "next_run")
    @api.depends_context("lang", "tz")
    def _compute_failure_text(self):
        failing = self.filtered("failure_count")
        groups = failing and self.env["amazon.sync.run"]._read_group(
            [("task_id", "in", failing.ids), ("state", "=", "failed")],
            ["task_id"],
            ["id:max"],
        )
        newest = {task: run_id for task, run_id in groups or ()}
        runs = self.env["amazon.sync.run"].browse(newest.values())
        reasons = dict(zip(newest, runs.mapped("message"), strict=True))
        for task in self:
            task.failure_text = task in failing and task._describe_failure(
                reasons.get(task)
            )

    def _describe_failure(self, reason):
        """The reason of the last failure, and when the task is tried again."""
        self.ensure_one()
        parts = [
            reason
            or self.env._("The last run failed; the sync history shows the reason.")
        ]
        if self.active and self.next_run and self.account_id.status == "active":
            moment = format_datetime(self.env, self.next_run, dt_format="short")
            parts.append(self.env._("Next try: %s.", moment))
        return " ".join(parts)

    # ------------------------------------------------------------------
    # Intervals
    # ------------------------------------------------------------------

    @api.constrains("interval_minutes")
    def _check_interval_minutes(self):
        """Refuse intervals that Amazon's quota cannot sustain, and those after which
        the calendar ends."""
        for task in self:
            if task.interval_minutes > LONGEST_INTERVAL:
                raise ValidationError(
                    self.env._(
                        "%s must be synced at least once a year. To stop syncing, "
                        "switch the module off.",
                        task.display_name,
                    )
                )
            shortest = self.env[f"amazon.sync.{task.kind}"]._get_shortest_interval()
            if task.interval_minutes >= shortest:
                continue
            raise ValidationError(
                self.env._(
                    "%(module)s cannot be synced more often than every %(shortest)s "
                    "minutes, because Amazon limits the number of calls. Enter "
                    "%(shortest)s or more. To stop syncing, switch the module off.",
                    module=task.display_name,
                    shortest=shortest,
                )
            )

    def write(self, vals):
        """Let a new interval, or a module switched on again, count from now on.

        What is switched off does not fail any more: its activity is closed.
        """
        switched_on = (
            self.filtered(lambda task: not task.active)
            if vals.get("active")
            else self.browse()
        )
        result = super().write(vals)
        if vals.get("active") is False:
            for task in self:
                task.account_id._clear_alert(f"module {task.kind}")
        if "interval_minutes" in vals and "next_run" not in vals:
            self._reschedule()
        if switched_on and "next_run" not in vals:
            switched_on.filtered(
                lambda task: task.account_id.state == "connected"
            )._request_run("resume")
        return result

    def _reschedule(self):
        """Count the interval from the last success on."""
        now = fields.Datetime.now()
        for task in self.sudo():
            if not task.next_run or not task.last_success or task.failure_count:
                continue
            due = task.last_success + timedelta(minutes=task.interval_minutes)
            task.next_run = max(now, due)
            self.env[f"amazon.sync.{task.kind}"]._wake_fetch(task.next_run)

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def _check_can_run(self):
        """
        :raises UserError: when nothing may be asked of Amazon now, with what to do
        """
        for task in self:
            account = task.account_id
            account._check_can_sync()
            if not task.active:
                raise UserError(
                    self.env._(
                        "%(module)s of account %(account)s is switched off. Switch it "
                        "on under Modules in Sync first.",
                        module=task.display_name,
                        account=account.name,
                    )
                )

    def action_change_interval(self):
        """Open this module's interval to be changed (S33)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("How often: %s", self.display_name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_sync_manually(self):
        """Open the dialog to sync this module now or for a period."""
        self.ensure_one()
        return self.env["amazon.sync.manual"]._open_dialog(
            account=self.account_id, kind=self.kind
        )

    def action_open_last_records(self):
        """Open the records of the last run, narrowed to ``context["outcomes"]``."""
        self.ensure_one()
        return self.last_run_id and self.last_run_id.action_open_records()

    def action_open_history(self):
        """Open the runs of these modules."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_sync_run_action"
        )
        domain = [
            ("account_id", "in", self.account_id.ids),
            ("kind", "in", self.mapped("kind")),
        ]
        return {**action, "domain": domain, "context": {}}

    def _forget_waits(self):
        """A user's word: what was put off after a refusal or a failure waits no more.

        What waits for Amazon's own sake stays: its quotas, and answers that it needs
        time for.
        """
        now = fields.Datetime.now()
        self.account_id._forget_refusals()
        self.env["amazon.sync.request"].search(
            [
                ("task_id", "in", self.ids),
                ("state", "=", "open"),
                ("attempts", ">", 0),
                ("next_try", ">", now),
            ]
        ).next_try = now
        self.env["amazon.report"].search(
            [
                ("task_id", "in", self.ids),
                ("state", "in", ("wanted", "requested")),
                ("next_poll", ">", now),
            ]
        ).next_poll = now
        for task in self:
            self.env[f"amazon.sync.{task.kind}"]._forget_waits(task)

    def _is_asked_for(self):
        """Whether a run is waiting or in work that a user's wish would only repeat."""
        self.ensure_one()
        now = fields.Datetime.now()
        due = self.next_run and self.next_run <= now
        leased = self.leased_until and self.leased_until > now
        return bool(due and (leased or self.trigger == "manual"))

    @api.private
    def _request_run(self, trigger):
        """Run as soon as a worker is free; wishes of several users are one run.

        :param trigger: False when it is nobody's wish; with any other, all that was put
            off is asked again
        """
        if trigger:
            self.sudo()._forget_waits()
        if trigger == "manual":
            self.check_access("read")
            self = self.filtered(lambda task: not task.sudo()._is_asked_for())
        self.check_access("read")
        self.sudo().write(
            {
                "next_run": fields.Datetime.now(),
                "trigger": trigger,
                "user_id": False if self.env.su else self.env.uid,
            }
        )
        for kind in set(self.mapped("kind")):
            self.env[f"amazon.sync.{kind}"]._wake_fetch()
