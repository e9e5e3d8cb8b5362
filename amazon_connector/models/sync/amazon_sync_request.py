# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.retention import KEEP_FAILED, days_ago, drop_some

NAMED = 20
ASKED_ONCE = ("period", "resync")


class AmazonSyncRequest(models.Model):
    """What is to be fetched apart from the schedule: a period, or certain records.

    Worked off in slices by the task it belongs to, after what is due there; it has its
    own position, moves no watermark, and goes on after a restart where it was.
    """

    _name = "amazon.sync.request"
    _description = "Amazon Sync Request"
    _inherit = "amazon.binding"
    _closed = True
    _order = "id"

    task_id = fields.Many2one(
        "amazon.sync.task", required=True, ondelete="cascade", index=True
    )
    account_id = fields.Many2one(related="task_id.account_id", store=True)
    company_id = fields.Many2one(related="task_id.company_id", store=True)
    channel_ids = fields.Many2many("amazon.channel", string="Channels")
    run_id = fields.Many2one(
        "amazon.sync.run", ondelete="set null", index="btree_not_null"
    )
    trigger = fields.Selection(
        selection=lambda self: self.env["amazon.sync.run"]._fields["trigger"].selection,
        required=True,
    )
    state = fields.Selection(
        [("open", "In Progress"), ("done", "Done"), ("failed", "Failed")],
        "Status",
        required=True,
        default="open",
    )
    way = fields.Selection(
        [
            ("search", "Search"),
            ("report", "Report"),
            ("numbers", "One by one"),
        ],
        required=True,
        help="How the data is currently requested.",
    )
    by = fields.Selection(
        [("created", "Placed"), ("updated", "Changed")],
        help="Whether orders placed or orders changed in the period are requested.",
    )
    date_start = fields.Datetime(help="Start of the period, in UTC.")
    date_end = fields.Datetime(help="End of the period, in UTC.")
    position = fields.Datetime(help="Everything up to this time has come in.")
    use_reports = fields.Boolean(
        default=True, help="Reports may be used to find the orders of a long period."
    )
    query = fields.Json(help="The current search, or the seconds of its steps.")
    page_token = fields.Char()
    page_time = fields.Datetime(help="When Amazon gave the page token.")
    seen_tokens = fields.Json(help="Digests of the page tokens of the search.")
    # Tens of thousands of a long period: fetched by who asks for them only.
    numbers = fields.Json(
        prefetch=False, help="Orders or seller SKUs to read one by one."
    )
    number_count = fields.Integer(help="How many of them are done.")
    # Fetches the same period from its other end, by other calls.
    beside_id = fields.Many2one("amazon.sync.request", ondelete="set null")
    report_ids = fields.One2many("amazon.report", "request_id", "Reports")
    next_try = fields.Datetime(required=True, default=fields.Datetime.now)
    attempts = fields.Integer()

    _open_idx = models.Index("(task_id) WHERE state = 'open'")

    @api.model
    def _open(self, task, channels, trigger, way, origin=None, kind=None, **values):
        """Have a request worked off, with a run of its own in the history.

        :param way: how Amazon is asked first: ``search``, ``report`` or ``numbers``
        :param origin: the run that is repeated
        :param kind: whose history shows it, if not the task's
        :return: the request, as superuser; the one that is open already when two users
            ask for the same
        """
        kind = kind or task.kind
        if not self.env.su:
            task.sudo().account_id._forget_refusals()
        if trigger in ASKED_ONCE:
            twin = self.sudo()._find_twin(kind, channels, trigger, origin, values)
            if twin:
                return twin
        sync = self.env[f"amazon.sync.{task.kind}"].sudo()
        run = sync._start_run(
            task.sudo(),
            channels,
            kind=kind,
            trigger=trigger,
            origin_run_id=origin.id if origin else False,
            window_start=values.get("date_start"),
            window_end=values.get("date_end"),
            user_id=False if self.env.su else self.env.uid,
        )
        request = self.sudo().create(
            {
                "task_id": task.id,
                "channel_ids": [(6, 0, channels.ids)],
                "run_id": run.id,
                "trigger": trigger,
                "way": way,
                **values,
            }
        )
        run.request_id = request
        sync._wake_fetch()
        return request

    @api.model
    def _find_twin(self, kind, channels, trigger, origin, values):
        """The open request for the very same, which another user made; or empty."""
        domain = [
            ("account_id", "=", channels.account_id.id),
            ("state", "=", "open"),
            ("trigger", "=", trigger),
            ("run_id.kind", "=", kind),
            ("run_id.origin_run_id", "=", origin.id if origin else False),
        ]
        if not origin:
            domain += [(name, "=", values[name]) for name in ("date_start", "date_end")]
        return self.search(domain).filtered(lambda one: one.channel_ids == channels)[:1]

    def _get_purpose(self):
        """Which reserve of Amazon's quota its calls may use."""
        self.ensure_one()
        by_hand = ("resync", "recover")
        return "user" if self.trigger in by_hand else "backfill"

    def _get_left(self):
        """The numbers that are still to be read."""
        self.ensure_one()
        return (self.numbers or [])[self.number_count :]

    def _get_next(self, count):
        """The first of the numbers that are still to be read, without the others.

        :param int count: how many at most
        """
        self.ensure_one()
        self.flush_recordset(["numbers", "number_count"])
        [[numbers]] = self.env.execute_query(
            SQL(
                """
                SELECT jsonb_path_query_array(
                           numbers, '$[$start to $end]',
                           jsonb_build_object('start', COALESCE(number_count, 0),
                                              'end', COALESCE(number_count, 0) + %s))
                  FROM amazon_sync_request
                 WHERE id = %s
                """,
                count - 1,
                self.id,
            )
        )
        return numbers or []

    def _get_findings(self):
        """What the nightly check found, in words."""
        self.ensure_one()
        if self.trigger != "reconcile" or not self.numbers:
            return False
        return self.env._(
            "Missing or out of date, fetched now: %s",
            ", ".join(self.numbers[:NAMED]) + (" ..." if self.numbers[NAMED:] else ""),
        )

    def _finish(self, state, message=False):
        """Close these requests and their runs, and tell who asked for them.

        Of two beside each other one that is done has all; where one fails, the other
        goes on alone.
        """
        for request in self:
            if request.state != "open":
                continue
            other = request.beside_id.filtered(lambda one: one.state == "open")
            if state == "failed" and other:
                request._close(state)
                continue
            (request | other)._close(state)
            request.run_id._finish(state, message)
            request.run_id._tell_progress()

    def _close(self, state):
        self.write({"state": state, "page_token": False, "seen_tokens": False})

    @api.autovacuum
    def _gc_requests(self):
        """Drop what was worked off two months ago.

        :return: ``(deleted, more_left)``
        """
        return drop_some(
            self,
            [("state", "!=", "open"), ("write_date", "<", days_ago(KEEP_FAILED))],
        )
