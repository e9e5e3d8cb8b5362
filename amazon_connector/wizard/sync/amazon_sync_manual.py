# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

ALL = "all"
REACH_YEARS = 2


class AmazonSyncManual(models.TransientModel):
    """Sync manually: which module, which channels, the latest changes or a period."""

    _name = "amazon.sync.manual"
    _description = "Sync Amazon Manually"

    kind = fields.Selection(
        "_get_kinds",
        "Module",
        required=True,
        default="orders",
    )
    account_id = fields.Many2one("amazon.account", required=True)
    company_id = fields.Many2one(related="account_id.company_id", related_sudo=False)
    channel_id = fields.Many2one(
        "amazon.channel", domain="[('account_id', '=', account_id)]"
    )
    scope = fields.Selection(
        [("all", "All accounts of the company"), ("one", "Only this one")],
        required=True,
        default="all",
    )
    period = fields.Selection(
        [("latest", "Latest changes"), ("period", "Specific period")],
        required=True,
        default="latest",
    )
    # Whole days that are over in all time zones, to be changed by the user.
    date_start = fields.Date(
        "From", default=lambda self: self._get_yesterday() - timedelta(days=6)
    )
    date_end = fields.Date("To", default=lambda self: self._get_yesterday())
    takes_periods = fields.Boolean(compute="_compute_takes_periods")
    period_help = fields.Char(compute="_compute_takes_periods")
    insight = fields.Char(compute="_compute_insight")
    estimate = fields.Char(compute="_compute_estimate")
    state = fields.Selection([("draft", "Draft"), ("started", "Started")], "Stage")
    started_at = fields.Datetime("Started")
    task_ids = fields.Many2many("amazon.sync.task", context={"active_test": False})
    run_ids = fields.Many2many("amazon.sync.run")

    @api.model
    def _get_kinds(self):
        kinds = self.env["amazon.sync.task"]._get_kinds()
        return [*kinds, (ALL, self.env._("All modules"))]

    @api.constrains("kind")
    def _check_kind(self):
        # Odoo compares values with a list of kinds, not with what a method returns.
        kinds = dict(self._get_kinds())
        if unknown := {one.kind for one in self} - kinds.keys():
            raise ValidationError(
                self.env._(
                    "There is no sync task %(unknown)s. Choose from: %(known)s.",
                    unknown=", ".join(unknown),
                    known=", ".join(kinds),
                )
            )

    @api.model
    def _get_yesterday(self):
        return fields.Date.context_today(self) - timedelta(days=1)

    @api.model
    def _open_dialog(self, account, channel=None, kind="orders"):
        """The action that opens this dialog."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sync Manually"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_account_id": account.id,
                "default_channel_id": channel.id if channel else False,
                "default_kind": kind,
            },
        }

    @api.depends("kind", "scope", "account_id", "channel_id")
    def _compute_takes_periods(self):
        for wizard in self:
            single = wizard.kind and wizard.kind != ALL
            sync = self.env[f"amazon.sync.{wizard.kind}"] if single else None
            wizard.takes_periods = single and sync._takes_periods()
            zones = wizard._get_channels().marketplace_id.mapped("time_zone")
            if wizard.takes_periods:
                wizard.period_help = " ".join(
                    [sync._explain_period(), f"({', '.join(zones)})" if zones else ""]
                )
            else:
                wizard.period_help = self.env._(
                    "Synced for the latest changes. Only modules whose data Amazon "
                    "provides by day, such as Items and Orders, can sync a specific "
                    "period."
                )

    @api.depends("scope", "account_id", "channel_id", "period", "kind")
    def _compute_insight(self):
        """S65: a sync by hand also concerns the other marketplaces."""
        for wizard in self:
            names = ", ".join(wizard._get_channels().mapped("name"))
            whole = wizard.channel_id and wizard.scope == "one"
            if whole and not wizard._is_by_period():
                wizard.insight = self.env._(
                    "The latest changes are requested for all channels of an account "
                    "at once, so the other channels of %s are synced too.",
                    wizard.account_id.name,
                )
            elif others := wizard.scope == "all" and wizard._get_others():
                wizard.insight = self.env._(
                    "Synced: %(own)s. This also starts the module in all other "
                    "connected marketplaces: %(others)s.",
                    own=", ".join((wizard._get_channels() - others).mapped("name")),
                    others=", ".join(others.mapped("name")),
                )
            else:
                wizard.insight = self.env._("Synced: %s.", names)

    @api.depends(
        "kind", "scope", "account_id", "channel_id", "period", "date_start", "date_end"
    )
    def _compute_estimate(self):
        for wizard in self:
            wizard.estimate = wizard._get_estimate()

    def _get_estimate(self):
        """How long it will take, in words; empty while that cannot be told."""
        self.ensure_one()
        if not self._is_by_period():
            return self.env._(
                "Usually done within minutes. If Amazon's quota does not allow "
                "everything at once, the rest follows automatically."
            )
        if not self.date_start or not self.date_end or self._find_problem():
            return False
        sync = self.env[f"amazon.sync.{self.kind}"]
        found = [
            sync._estimate_period(account, channels, *self._get_limits(channels))
            for account, channels in self._get_groups()
        ]
        if not found:
            return False
        minutes = max(1, round(max(one["seconds"] for one in found) / 60))
        by_report = any(one["way"] == "report" for one in found)
        modules = dict(self._fields["kind"]._description_selection(self.env))
        texts = [
            self.env._(
                "%(module)s: about %(records)s. Calls to Amazon: %(calls)s. Estimated "
                "time at the rate that Amazon allows: %(time)s.",
                module=modules[self.kind],
                records=sum(one["records"] for one in found),
                calls=sum(one["calls"] for one in found),
                time=self._format_minutes(minutes),
            ),
            by_report
            and self.env._(
                "Amazon's report contains those that the search cannot reach."
            ),
            self.env._("You can close this page in the meantime."),
        ]
        return " ".join(filter(None, texts))

    @api.model
    def _format_minutes(self, minutes):
        if minutes == 1:
            return self.env._("1 minute")
        if minutes < 120:
            return self.env._("%s minutes", minutes)
        return self.env._("%s hours", round(minutes / 60))

    # ------------------------------------------------------------------
    # What is meant
    # ------------------------------------------------------------------

    def _is_by_period(self):
        return self.period == "period" and self.takes_periods

    def _get_others(self):
        """The channels that are synced beside those the user came from."""
        return self._get_channels() - (self.channel_id or self.account_id.channel_ids)

    def _get_channels(self):
        """The channels that are synced."""
        self.ensure_one()
        if self.scope == "one":
            return self.channel_id or self.account_id.channel_ids
        return self._get_accounts().channel_ids

    def _get_accounts(self):
        """The accounts that are synced; of all, those that can be."""
        self.ensure_one()
        if self.scope == "one":
            return self.account_id
        return self.account_id | self.env["amazon.account"].search(
            [
                ("company_id", "=", self.account_id.company_id.id),
                ("state", "=", "connected"),
                ("on_hold", "=", False),
            ]
        )

    def _get_tasks(self):
        tasks = self._get_accounts().with_context(active_test=False).task_ids
        if self.kind == ALL:
            return tasks.filtered("active")
        return tasks.filtered(lambda task: task.kind == self.kind)

    def _get_groups(self):
        """``(account, channels)``: channels of one account whose days are the same."""
        groups = []
        for account, channels in self._get_channels().grouped("account_id").items():
            by_zone = channels.grouped(lambda c: c.marketplace_id.time_zone)
            groups += [(account, part) for part in by_zone.values()]
        return groups

    def _get_limits(self, channels):
        """First and last moment of the period (naive UTC) in the channels' zone."""
        zone = ZoneInfo(channels[0].marketplace_id.time_zone)

        def midnight(day):
            local = datetime(day.year, day.month, day.day, tzinfo=zone)
            return local.astimezone(timezone.utc).replace(tzinfo=None)

        end = midnight(self.date_end + timedelta(days=1))
        return midnight(self.date_start), min(end, fields.Datetime.now())

    def _find_problem(self):
        """What is wrong with the period, in words, or None."""
        zones = self._get_channels().marketplace_id.mapped("time_zone")
        if not zones:
            return self.env._("There is no active channel to sync.")
        # The day that it is in the marketplace farthest west: all have reached it.
        today = min(datetime.now(ZoneInfo(zone)).date() for zone in zones)
        newest = max(datetime.now(ZoneInfo(zone)).date() for zone in zones)
        oldest = today.replace(day=min(today.day, 28), year=today.year - REACH_YEARS)
        if not self.date_start or not self.date_end:
            return self.env._("Enter the first and the last day of the period.")
        if self.date_start > self.date_end:
            return self.env._("The period ends before it starts.")
        if self.date_start > today or self.date_end > newest:
            return self.env._(
                "The period is in the future: today is %s in the marketplace.", today
            )
        if self.date_start < oldest:
            return self.env._(
                "Amazon provides only the last two years: start on %s or later.",
                oldest,
            )
        return None

    @api.onchange("kind")
    def _onchange_kind(self):
        if not self.takes_periods:
            self.period = "latest"

    # ------------------------------------------------------------------
    # Starting
    # ------------------------------------------------------------------

    def action_start(self):
        """Start the sync and stay open with the way to its run.

        :raises UserError: when the period or the account is not fit, with the reason
        """
        self.ensure_one()
        self.account_id.check_access("read")
        self.channel_id.check_access("read")
        if self.channel_id and self.channel_id.account_id != self.account_id:
            raise UserError(self.env._("The channel belongs to another account."))
        if self.period == "period" and not self.takes_periods:
            raise UserError(
                self.env._("This module can only be synced for the latest changes.")
            )
        tasks = self._get_tasks()
        if self.account_id not in tasks.account_id:
            raise UserError(
                self.env._(
                    "Account %s does not have this module. See Modules in Sync on the "
                    "account.",
                    self.account_id.name,
                )
            )
        runs = self.env["amazon.sync.run"]
        if self._is_by_period():
            runs = self._start_period(tasks)
        else:
            tasks = self._start_latest(tasks)
        self.write(
            {
                "state": "started",
                "started_at": fields.Datetime.now(),
                "task_ids": [(6, 0, tasks.ids)],
                "run_ids": [(6, 0, runs.ids)],
            }
        )
        return {
            **self._open_dialog(self.account_id),
            "name": self.env._("The sync has started"),
            "res_id": self.id,
        }

    def _start_latest(self, tasks):
        own = tasks.filtered(lambda task: task.account_id == self.account_id)
        (own or tasks)._check_can_run()
        ready = tasks.filtered("active")
        ready._request_run("manual")
        return ready

    def _start_period(self, tasks):
        if problem := self._find_problem():
            raise UserError(problem)
        by_account = {task.account_id: task for task in tasks}
        by_account[self.account_id]._check_can_run()
        runs = self.env["amazon.sync.run"]
        for account, channels in self._get_groups():
            task = by_account.get(account)
            if task and task.active:
                start, end = self._get_limits(channels)
                sync = self.env[f"amazon.sync.{task.kind}"]
                runs |= sync._request_period(task, channels, start, end)
        return runs.sudo(False)

    def action_open_runs(self):
        """Open what was started: the run, or the history of the modules since."""
        self.ensure_one()
        runs = self.run_ids or self.env["amazon.sync.run"].search(
            [
                ("account_id", "in", self.task_ids.account_id.ids),
                ("kind", "in", self.task_ids.mapped("kind")),
                "|",
                ("started_at", ">=", self.started_at),
                ("state", "=", "running"),
            ]
        )
        return runs.action_open() if runs else self.task_ids.action_open_history()
