# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
import math
import time
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import TASK_RETRY_MINUTES
from ...models.account.credentials import open_client
from ...sp_api import (
    AmazonError,
    AuthorizationError,
    ProtocolError,
    ThrottledError,
    TransientError,
)
from ...tools.database import NOT_THE_DATA
from ...tools.error_words import explain
from .base import SyncStopped, _from_epoch

_logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 12


class AmazonSyncBase(models.AbstractModel):
    """Requests: what is fetched apart from the schedule, by hand or at night.

    A kind that takes requests names its steps (:meth:`_get_request_steps`). What goes
    wrong with a request concerns it alone: the schedule and other requests go on.
    """

    _inherit = "amazon.sync.base"

    _slowest_operation = None
    """The operation that a run needs at least once: its rate limits the interval."""

    @api.model
    def _get_shortest_interval(self):
        """Minutes between two runs that Amazon's quota sustains."""
        operation = self._slowest_operation
        return max(1, math.ceil(1 / operation.rate / 60)) if operation else 1

    # ------------------------------------------------------------------
    # Hooks
    # ------------------------------------------------------------------

    @api.model
    def _forget_waits(self, task):
        """Hook: a user asked for a run: what this kind put off waits no more."""

    @api.model
    def _takes_periods(self):
        """Hook: whether it can be synced for a period (:meth:`_request_period`)."""
        return False

    @api.model
    def _explain_period(self):
        """Hook: which of its records belong to a period, for who asks for one."""
        return False

    @api.model
    def _request_period(self, task, channels, start, end):
        """Hook: have what these channels had in a period fetched.

        :param start: naive UTC, like ``end``
        :return: the run that will tell of it, or the runs
        """
        raise UserError(
            self.env._(
                "%s can only be synced for the latest changes.", task.display_name
            )
        )

    @api.model
    def _estimate_period(self, account, channels, start, end):
        """Hook: what fetching a period takes.

        :return: ``{"records": int, "calls": int, "seconds": int, "way": str}``; the
            way is ``search`` or ``report``
        """
        return {}

    @api.model
    def _resync(self, task, run):
        """Hook: have the records of a run fetched once more.

        :return: the new runs; empty when the next one of the task is it
        """
        task._request_run("resync")
        task.sudo().origin_run_id = run
        return run.browse()

    @api.model
    def _get_request_steps(self):
        """Hook: ``{way: function(task, request, client, deadline)}``.

        A step does what fits in a few seconds, commits through ``_transact_leased`` and
        closes the request when all is done.
        """
        return {}

    # ------------------------------------------------------------------
    # Working them off
    # ------------------------------------------------------------------

    @api.model
    def _find_request(self, task):
        """The request that has waited longest, of those that can go on now."""
        return self.env["amazon.sync.request"].search(
            [
                ("task_id", "=", task.id),
                ("state", "=", "open"),
                ("next_try", "<=", fields.Datetime.now()),
            ],
            order="next_try, id",
            limit=1,
        )

    @api.model
    def _work_on_requests(self, task, deadline):
        """
        :return: False when there is more to do at once
        """
        while request := self._transact_leased(task, partial(self._take_request, task)):
            self._work_on_request(task, request, deadline)
            if time.monotonic() > deadline:
                return not self._find_request(task)
        return True

    @api.model
    def _take_request(self, task):
        """The next request; behind the others for the next time, so that all have
        their turn."""
        request = self._find_request(task)
        if request:
            request.next_try = fields.Datetime.now()
            run = request.run_id
            if not run:
                request.run_id = self._start_run(
                    task,
                    request.channel_ids,
                    trigger=request.trigger,
                    window_start=request.date_start,
                    window_end=request.date_end,
                    request_id=request.id,
                )
        return request

    @api.model
    def _work_on_request(self, task, request, deadline):
        """Take one step of a request; what goes wrong is its own matter."""
        step = self._get_request_steps().get(request.way)
        try:
            with open_client(task.account_id, request._get_purpose()) as client:
                step(task, request, client, deadline)
            return
        except (SyncStopped, AuthorizationError, *NOT_THE_DATA):
            raise
        except ThrottledError as error:
            moment = _from_epoch(error.retry_at)
            settle = partial(request.write, {"next_try": moment})
        except (TransientError, ProtocolError) as error:
            settle = partial(self._postpone_request, request, explain(self.env, error))
        except AmazonError as error:
            settle = partial(self._fail_request, request, explain(self.env, error))
        except UserError as error:
            settle = partial(self._fail_request, request, str(error))
        except Exception as error:
            # A bug met by one request must not stop the schedule.
            _logger.exception("Amazon sync request %s", request.id)
            settle = partial(self._fail_request, request, self._explain_bug(error))
        self.env.cr.rollback()
        # The one beside it may have come to the end of both meanwhile.
        self._transact_leased(task, lambda: request.state == "open" and settle())

    @api.model
    def _postpone_request(self, request, message):
        """Try again later, later each time; after some days give up."""
        step = min(request.attempts, len(TASK_RETRY_MINUTES) - 1)
        if request.attempts >= MAX_ATTEMPTS:
            self._fail_request(request, message)
            return
        request.attempts += 1
        moment = fields.Datetime.now() + timedelta(minutes=TASK_RETRY_MINUTES[step])
        request.next_try = moment
        request.run_id.message = message

    @api.model
    def _fail_request(self, request, message):
        request._finish("failed", message)
        request.account_id._raise_alert(
            self._request_summary(request), message, key=f"request {request.trigger}"
        )
        _logger.warning("Amazon sync request %s failed: %s", request.id, message)

    @api.model
    def _finish_request(self, request, message=False):
        """All of it is here."""
        request._finish("done", message or request._get_findings())
        request.account_id._clear_alert(f"request {request.trigger}")

    @api.model
    def _request_summary(self, request):
        triggers = dict(
            self.env["amazon.sync.run"]
            ._fields["trigger"]
            ._description_selection(self.env)
        )
        return self.env._(
            "Amazon sync fails: %(module)s, %(trigger)s",
            module=request.task_id.display_name,
            trigger=triggers[request.trigger],
        )
