# SPDX-License-Identifier: LGPL-3.0-or-later
"""What tells people that an account needs them: activities, health, lost login."""

from datetime import timedelta

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.error_words import explain
from ...tools.vault import get_vault
from .credentials import explain_unreadable

AUTHORISATION_ALERT = "authorisation"
KEY_ALERT = "key"
LOST_DATA_ALERT = "lost data"
# How many intervals may pass without a success before a module is late, or stalled.
LATE_AFTER = 2
STALLED_AFTER = 4


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    active_since = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the account was last connected or taken off hold.",
    )
    lost_data_told = fields.Char(
        copy=False,
        readonly=True,
        groups=fields.NO_ACCESS,
        help="The missing key without which buyers' data is lost, once the responsible "
        "user was told.",
    )
    health = fields.Selection(
        [
            ("ok", "On Time"),
            ("late", "Late"),
            ("stalled", "Stalled"),
        ],
        compute="_compute_health",
        help="Late: a sync task has not succeeded for two of its intervals. Stalled: "
        "for four intervals, or Amazon refuses the authorization.",
    )
    health_message = fields.Text(compute="_compute_health")
    failing_text = fields.Char(
        "Failing",
        compute="_compute_failing",
        help="Modules whose last run failed, until a run succeeds.",
    )
    failing_message = fields.Text("Why They Fail", compute="_compute_failing")

    @api.depends(
        "status",
        "active_since",
        "task_ids.active",
        "task_ids.interval_minutes",
        "task_ids.last_success",
        "task_ids.failure_count",
        "task_ids.next_run",
    )
    def _compute_health(self):
        now = fields.Datetime.now()
        # Of all accounts at once: what is filtered is read account by account.
        self.task_ids.mapped("last_success")
        self.task_ids.sudo().cursor_ids.mapped("page_time")
        for account in self:
            overdue = []
            if account.status == "active":
                overdue = [
                    (
                        waited / timedelta(minutes=task._get_expected_minutes()),
                        waited,
                        task,
                    )
                    for task in account.task_ids.filtered("active")
                    if (waited := now - task._get_last_sign(account.active_since))
                    > LATE_AFTER * timedelta(minutes=task._get_expected_minutes())
                ]
            worst = max((intervals for intervals, _waited, _task in overdue), default=0)
            account.health_message = "\n".join(
                account._describe_overdue(task, waited)
                for _intervals, waited, task in overdue
            )
            if account.status == "error" or worst > STALLED_AFTER:
                account.health = "stalled"
            elif account.status == "active":
                account.health = "late" if overdue else "ok"
            else:
                account.health = False

    @api.depends("status", "task_ids.active", "task_ids.failure_count")
    @api.depends_context("lang", "tz")
    def _compute_failing(self):
        for account in self:
            failing = account.task_ids.filtered(
                lambda task: task.active and task.failure_count
            )
            if not failing or account.status != "active":
                account.failing_text = account.failing_message = False
                continue
            account.failing_text = self.env._(
                "Failing: %s", ", ".join(failing.mapped("display_name"))
            )
            account.failing_message = "\n".join(
                f"{task.display_name}: {task.failure_text}" for task in failing
            )

    def _describe_overdue(self, task, waited):
        minutes = int(waited.total_seconds() // 60)
        return self.env._(
            "%(module)s: no successful sync for %(hours)s h %(minutes)s min, expected "
            "every %(interval)s min. The sync history shows the reason.",
            module=task.display_name,
            hours=minutes // 60,
            minutes=minutes % 60,
            interval=task._get_expected_minutes(),
        )

    def _check_can_sync(self):
        """Tell a user who asks for a sync why none can take place.

        :raises UserError: when each of these is disconnected, on hold or archived
        """
        if not self or "active" in self.mapped("status"):
            return
        account = self[0]
        if not account.active:
            reason = self.env._(
                "Account %(account)s is archived: nothing is synced. Unarchive it; "
                "everything that happened in the meantime then comes in.",
                account=account.name,
            )
        elif account.on_hold:
            reason = self.env._(
                "Account %(account)s is on hold: nothing is synced. Press Enable to "
                "resume; everything that happened in the meantime then comes in.",
                account=account.name,
            )
        else:
            reason = self.env._(
                "Account %(account)s is not connected. Press Connect first.",
                account=account.name,
            )
        raise UserError(reason)

    # ------------------------------------------------------------------
    # Keys
    # ------------------------------------------------------------------

    @api.model
    def _find_locked(self):
        """The accounts whose data this server has no key for, each told of it.

        What is encrypted for them waits until the key is back, or until somebody has
        entered the credentials anew.
        """
        accounts, locked = self.sudo().with_context(active_test=False), self.browse()
        # There are few; those that are disconnected have orders too.
        for account in accounts.search([]):  # pylint: disable=no-search-all
            reason = explain_unreadable(account)
            if not reason:
                account._clear_alert(KEY_ALERT)
                continue
            locked |= account
            if not account._get_alerts(KEY_ALERT):
                account._raise_alert(
                    self.env._("The encryption key is missing"), reason, key=KEY_ALERT
                )
        return locked

    def _tell_lost_data(self):
        """Say once per key that buyers' data cannot be read any more."""
        for account in self.sudo():
            key_id = get_vault(self.env).key_id
            if account.lost_data_told == key_id:
                continue
            account.lost_data_told = key_id
            account._raise_alert(
                self.env._("Buyers' data can no longer be read"),
                self.env._(
                    "Names and addresses of buyers were encrypted with a key that "
                    "this server does not have. The orders continue without them. If "
                    "you have the former key, add it after the new one and restart "
                    "Odoo. If it is lost, press Sync Manually and sync the period of "
                    "these orders: Amazon sends the data again where it still may."
                ),
                key=LOST_DATA_ALERT,
            )

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------

    def _lose_authorisation(self, error):
        """Stop all modules of the account after Amazon refused its authorisation.

        :param error: the client's ``AuthorizationError``
        """
        self.ensure_one()
        message = explain(self.env, error)
        self.write({"state": "error", "error_message": message})
        self._raise_alert(
            self.env._("Amazon refuses the authorization"),
            message,
            key=AUTHORISATION_ALERT,
        )

    def _raise_alert(self, summary, note, key, deadline=None):
        """Have one activity of this key for the responsible user.

        :param key: what the alert is about, the same in all languages and whatever is
            renamed
        :param deadline: date until when something has to happen; without it today
        """
        self.ensure_one()
        values = {"summary": summary, "note": escape(note)}
        if deadline:
            values["date_deadline"] = deadline
        user = self._get_responsible()
        if alerts := self._get_alerts(key):
            alerts.write(values)
            alerts.filtered(lambda alert: not alert.user_id.active).user_id = user
            return
        self.sudo().activity_schedule(
            "mail.mail_activity_data_warning",
            user_id=user.id,
            amazon_alert=key,
            **values,
        )

    def _get_responsible(self):
        """Who is told of this account, as superuser: the responsible user; where there
        is none, or he left, a manager of the company."""
        self.ensure_one()
        account = self.sudo()
        company, user = account.company_id, account.responsible_user_id
        if user.active and company in user.company_ids:
            return user
        managers = self.env.ref("amazon_connector.group_manager").sudo().all_user_ids
        others = managers.filtered(
            lambda one: one.active and not one.share and company in one.company_ids
        )
        return others.sorted("id")[:1] or user or account.env.user

    def _clear_alert(self, key):
        """Close the activity of this key, if there is one."""
        self._get_alerts(key).action_feedback()

    def _get_alerts(self, key):
        return self.sudo().activity_ids.filtered(lambda a: a.amazon_alert == key)
