# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import logging
import time
from datetime import datetime, timedelta, timezone
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...const import TASK_RETRY_MINUTES
from ...sp_api import (
    AccessDeniedError,
    AmazonError,
    AuthorizationError,
    BadRequestError,
    ProtocolError,
    ThrottledError,
    TransientError,
)
from ...tools.cron import wake
from ...tools.database import CONFLICTS
from ...tools.error_words import explain, tell

_logger = logging.getLogger(__name__)

SLICE_SECONDS = 5
TRANSACTION_TRIES = 5
ALERT_AFTER = 3
MAYBE_ONE_ORDER = (AccessDeniedError, BadRequestError, ProtocolError, TransientError)
"""What `getOrder` may answer for one order alone: others must not wait behind it."""
ONE_AFTER_ANOTHER = 3
"""So many orders in a row that cannot be read are no matter of one."""
NO_WINDOW = dict.fromkeys(
    ("query", "page_token", "page_time", "seen_tokens", "ahead"), False
)
"""What a cursor holds while it reads no pages."""


class SyncStopped(Exception):
    """The account was put on hold, or another worker took the task over."""


class AmazonSyncBase(models.AbstractModel):
    """What all sync tasks have in common: turns, leases, runs, errors, transactions.

    A kind sets ``_kind`` and implements :meth:`_fetch`. Fetching happens in slices:
    each account gets a few seconds, then the next one has its turn.
    """

    _name = "amazon.sync.base"
    _description = "Amazon Sync"

    _kind = None

    @api.model
    def _fetch(self, task, deadline):
        """Hook: fetch from Amazon until done or until ``deadline`` (monotonic).

        Commits through :meth:`_transact`, calls Amazon through :meth:`_call` only.

        :return: True when the task is up to date, False when it has to go on at once,
            or when (naive UTC) it has to look again
        :raises AmazonError: when Amazon does not let it go on
        """
        raise NotImplementedError

    @api.model
    def _get_outbox_condition(self):
        """Hook: SQL that is true of a ``task`` with something to send at once.

        What users decide is sent without touching the task: they never wait for it.
        """
        return SQL("FALSE")

    @api.model
    def _has_outbox(self, task):
        """Whether the outbox of this task makes it due."""
        rows = self.env.execute_query(
            SQL(
                "SELECT 1 FROM amazon_sync_task task WHERE task.id = %s AND (%s)",
                task.id,
                self._get_outbox_condition(),
            )
        )
        return bool(rows)

    @api.model
    def _get_fetch_cron_name(self):
        """Hook: XML id of the scheduled action that calls :meth:`_cron_fetch`."""
        return f"amazon_connector.ir_cron_{self._kind}_fetch"

    @api.model
    def _get_fetch_cron(self):
        return self.env.ref(self._get_fetch_cron_name())

    @api.model
    def _wake_fetch(self, at=None):
        """Have this kind's tasks looked at after the commit, or at a moment."""
        wake(self.env, self._get_fetch_cron_name(), at=at)

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_fetch(self):
        """Give every account whose task is due its turn, until the time is up."""
        if not self._leave_to_next_round():
            self._call_helpers("_take_turns")
            self._take_turns()

    @api.model
    def _call_helpers(self, method):
        """Hook: have other workers call this method of the model, too, if that pays.

        :param str method: ``_take_turns`` or, of orders, ``_apply_waiting``; each
            worker claims what it works on, and commits
        """

    @api.model
    def _take_turns(self):
        """Take one due task after the other, beside any number of workers."""
        had_turn = []
        unfinished = 0
        while True:
            task = self._transact(
                lambda: self.env["amazon.sync.task"]._claim_due(self._kind, had_turn)
            )
            if not task:
                break
            had_turn.append(task.id)
            unfinished += not self._take_turn(task)
            if not self.env["ir.cron"]._commit_progress(1, remaining=unfinished):
                break
        self._trigger_next()
        if had_turn:
            self.env["amazon.sync.task"]._wake_resumed()
        self.env["ir.cron"]._commit_progress(remaining=unfinished)

    @api.model
    def _leave_to_next_round(self):
        """Whether a cron job's ten seconds were over before this call.

        Odoo calls a job that has work left ten times in a row, whatever that takes.
        On a slow machine it would keep the others waiting, and Odoo ends a worker
        whose round takes two minutes. It comes again once they had their turns.
        """
        end = self.env.context.get("cron_end_time")
        if end is None or time.monotonic() < end:
            return False
        self.env["ir.cron"]._commit_progress(remaining=1)
        return True

    @api.model
    def _trigger_next(self):
        """Wake the cron when the next task is due."""
        # What is overdue is held by a worker or waits for another module.
        now = fields.Datetime.now()
        task = self.env["amazon.sync.task"].search(
            [
                ("kind", "=", self._kind),
                ("next_run", ">", now),
                ("account_id.active", "=", True),
                ("account_id.state", "=", "connected"),
                ("account_id.on_hold", "=", False),
            ],
            order="next_run",
            limit=1,
        )
        request = self.env["amazon.sync.request"].search(
            [
                ("state", "=", "open"),
                ("next_try", ">", now),
                ("task_id.kind", "=", self._kind),
                ("account_id.active", "=", True),
                ("account_id.state", "=", "connected"),
                ("account_id.on_hold", "=", False),
            ],
            order="next_try",
            limit=1,
        )
        for moment in (task.next_run, request.next_try):
            if moment:
                self._wake_fetch(moment)

    @api.model
    def _take_turn(self, task):
        """Let one task work for a slice of time and settle how it ended.

        :return: False when the task still has work that can go on at once
        """
        try:
            return self._work(task)
        except SyncStopped:
            self.env.cr.rollback()
            self._transact(lambda: task._holds_lease() and task._release(task.next_run))
            return True

    @api.model
    def _work(self, task):
        try:
            outcome, finished = self._fetch_all(task, time.monotonic() + SLICE_SECONDS)
        except (SyncStopped, *CONFLICTS):
            raise
        except AmazonError as error:
            settle = partial(self._settle_error, task, error)
        except UserError as error:
            settle = partial(self._settle_failure, task, str(error), alert=True)
        except Exception as error:
            # A bug met by one account must not stop the others.
            _logger.exception("Amazon sync %s of account %s", task.kind, task.id)
            reason = self._explain_bug(error)
            settle = partial(self._settle_failure, task, reason, alert=True)
        else:
            self._transact_leased(task, outcome)
            return finished
        self.env.cr.rollback()
        self._transact_leased(task, settle)
        return True

    @api.model
    def _explain_bug(self, error):
        """Its text may hold anything; the server's log has it, users see its type."""
        return self.env._(
            "Unexpected error %(error)s, see the server log.",
            error=type(error).__name__,
        )

    @api.model
    def _fetch_all(self, task, deadline):
        """What is due by the schedule first, then what users asked for.

        :return: how to settle the task (a function), and whether it has no more to do
            at once
        """
        if task._is_due():
            finished = self._fetch(task, deadline)
            outcome = self._get_outcome(task, finished)
            if finished is False or not self._find_request(task):
                return outcome, bool(finished)
            # Settled before: requests may take hours, and must not hold it up.
            self._transact_leased(task, lambda: (outcome(), task._lease()))
        finished = self._work_on_requests(task, deadline)
        return partial(self._settle_unfinished, task), finished

    @api.model
    def _get_outcome(self, task, finished):
        """How to settle what :meth:`_fetch` returned."""
        if isinstance(finished, datetime):
            return partial(self._settle_waiting, task, finished)
        if finished:
            return partial(self._settle_success, task)
        return partial(self._settle_unfinished, task)

    # ------------------------------------------------------------------
    # Outcomes
    # ------------------------------------------------------------------

    @api.model
    def _settle_success(self, task):
        now = fields.Datetime.now()
        task.write({"failure_count": 0, "last_success": now, "trigger": False})
        task._release(now + timedelta(minutes=task.interval_minutes))
        task.account_id._clear_alert(f"module {task.kind}")

    @api.model
    def _settle_unfinished(self, task):
        """The slice is over: others first, then this one goes on."""
        task._release(task.next_run)

    @api.model
    def _settle_waiting(self, task, moment):
        """Amazon works on it: look again at ``moment``."""
        task.failure_count = 0
        task._release(moment)

    @api.model
    def _settle_error(self, task, error):
        """Act on what went wrong at Amazon, by its type."""
        if isinstance(error, ThrottledError):
            # Not a failure: the open window goes on when Amazon grants calls again.
            task._release(_from_epoch(error.retry_at))
            return
        if isinstance(error, AuthorizationError):
            self._fail_runs(task, tell(self.env, error))
            task._release(task.next_run)
            task.account_id._lose_authorisation(error)
            return
        transient = isinstance(error, (TransientError, ProtocolError))
        message = explain(self.env, error)
        self._settle_failure(task, message, alert=not transient)

    @api.model
    def _settle_failure(self, task, message, alert=False):
        """Close the run as failed and come back later, later each time."""
        self._fail_runs(task, message)
        step = min(task.failure_count, len(TASK_RETRY_MINUTES) - 1)
        task.failure_count += 1
        retry = fields.Datetime.now() + timedelta(minutes=TASK_RETRY_MINUTES[step])
        task._release(retry)
        if alert or task.failure_count >= ALERT_AFTER:
            self._raise_alert(task, message)
        _logger.warning(
            "Amazon sync %s of account %s failed: %s",
            task.kind,
            task.account_id.id,
            message,
        )

    @api.model
    def _fail_runs(self, task, message):
        running = self._find_open_runs(task)
        running = running or self._start_run(task, task.cursor_ids.channel_id)
        running._finish("failed", message)

    @api.model
    def _find_open_runs(self, task):
        """The rows of the history that the schedule has in work, the newest first."""
        return self.env["amazon.sync.run"].search(
            [
                ("task_id", "=", task.id),
                ("state", "=", "running"),
                ("request_id", "=", False),
            ]
        )

    @api.model
    def _raise_alert(self, task, message):
        """Have one activity about this module: what it is, why, and what to do."""
        advice = self.env._(
            "Odoo keeps trying automatically. Fix the cause, then press Sync Now on "
            "the account. The sync history lists each failed run."
        )
        task.account_id._raise_alert(
            self.env._("Amazon sync fails: %(module)s", module=task.display_name),
            f"{message} {advice}",
            key=f"module {task.kind}",
        )

    # ------------------------------------------------------------------
    # Building blocks for the kinds
    # ------------------------------------------------------------------

    @api.model
    def _start_run(self, task, channels, **values):
        """A new row of the sync history."""
        return self.env["amazon.sync.run"].create(
            {
                "task_id": task.id,
                "account_id": task.account_id.id,
                "channel_ids": [(6, 0, channels.ids)],
                "kind": task.kind,
                "trigger": task.trigger or "schedule",
                "user_id": task.trigger and task.user_id.id,
                "origin_run_id": task.trigger == "resync" and task.origin_run_id.id,
                **values,
            }
        )

    @api.model
    def _create_missing_cursors(self, task):
        """Give every channel of the account a cursor."""
        missing = task.account_id.channel_ids - task.cursor_ids.channel_id
        self.env["amazon.sync.cursor"].create(
            [
                {
                    "task_id": task.id,
                    "channel_id": channel.id,
                    "watermark": self._get_first_watermark(channel),
                }
                for channel in missing
            ]
        )

    @api.model
    def _get_first_watermark(self, _channel):
        """Hook: where the first window of a channel begins (naive UTC)."""
        return fields.Datetime.now()

    @api.model
    def _transact(self, work):
        """Run ``work()`` and commit; again, on a new snapshot, after a conflict.

        :return: what ``work`` returned
        """
        for attempt in range(1, TRANSACTION_TRIES + 1):
            try:
                result = work()
                self.env["ir.cron"]._commit_progress()
                return result
            except CONFLICTS:
                self.env.cr.rollback()
                if attempt == TRANSACTION_TRIES:
                    raise

    @api.model
    def _transact_leased(self, task, work):
        """As :meth:`_transact`, but only while this worker holds the task.

        :raises SyncStopped: when another worker took it over meanwhile
        """

        def leased_work():
            if not task._holds_lease():
                raise SyncStopped
            return work()

        return self._transact(leased_work)

    @api.model
    def _call(self, task, call):
        """Talk to Amazon with no transaction open.

        :param call: function without arguments that must not touch the ORM
        :raises SyncStopped: when the task was taken away, or the account put on hold
            or archived
        """
        if not self._transact(lambda: self._may_call(task)):
            raise SyncStopped
        return call()

    @api.model
    def _may_call(self, task):
        account = task.account_id
        account.invalidate_recordset(["on_hold", "state", "active", "status"])
        return account.status == "active" and task._holds_lease()


def _from_epoch(seconds):
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.replace(tzinfo=None, microsecond=0) + timedelta(seconds=1)


def digest_token(token):
    """What is remembered of a page token, to know it again."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]
