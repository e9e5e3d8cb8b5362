# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import Counter

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ...tools.retention import KEEP_DONE, KEEP_FAILED, days_ago, drop_some

# A run names so many records of an outcome; what is beyond is only counted.
MAX_RECORDS = 1000
# What each figure counts, and its link opens.
FIGURES = {
    "synced_count": ("created", "updated", "cancelled", "unconfirmed"),
    "unconfirmed_count": ("unconfirmed",),
    "frozen_count": ("frozen",),
    "skipped_count": ("skipped", "pending"),
    "failed_count": ("failed", "held"),
}
BY_HAND = ("manual", "period", "resync", "recover")


class AmazonSyncRun(models.Model):
    """One execution of a sync task: a row of the sync history."""

    _name = "amazon.sync.run"
    _description = "Amazon Sync Run"
    _inherit = "amazon.binding"
    _closed = True
    _order = "id desc"

    task_id = fields.Many2one(
        "amazon.sync.task", ondelete="set null", index="btree_not_null"
    )
    account_id = fields.Many2one(
        "amazon.account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    account_status = fields.Selection(related="account_id.status")
    channel_ids = fields.Many2many("amazon.channel", string="Channels")
    kind = fields.Selection("_get_kinds", "Module", required=True)
    trigger = fields.Selection(
        [
            ("schedule", "Schedule"),
            ("initial", "First sync"),
            ("manual", "Manual"),
            ("period", "Custom period"),
            ("resync", "Resync"),
            ("resume", "Resumed"),
        ],
        required=True,
        default="schedule",
    )
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("failed", "Failed")],
        "Status",
        required=True,
        default="running",
    )
    started_at = fields.Datetime("Started", required=True, default=fields.Datetime.now)
    ended_at = fields.Datetime("Ended")
    window_start = fields.Datetime("Changes From")
    window_end = fields.Datetime("Changes To")
    message = fields.Text()
    page_count = fields.Integer("Calls")
    seen_count = fields.Integer(
        "Records Read",
        help="What Amazon was asked about or told of. It is only counted.",
    )
    unchanged_count = fields.Integer(
        "Up to Date", help="There was nothing to do. It is only counted."
    )
    changed_count = fields.Integer(
        "Changed", help="Listings and settlements that are new, changed or gone."
    )
    record_ids = fields.One2many("amazon.sync.record", "run_id", "Records")
    unlisted_counts = fields.Json(
        help="By outcome: what is counted and has no record, because a run names "
        "only so many."
    )
    channel_counts = fields.Json(
        compute="_compute_channel_counts",
        help="Of a run of several channels: the figures of each.",
    )
    is_eventful = fields.Boolean(
        compute="_compute_is_eventful",
        search="_search_is_eventful",
        help="Something came in, changed or failed, or a user started it.",
    )
    synced_count = fields.Integer(
        "Synced",
        compute="_compute_record_counts",
        help="What came in, changed, was sent or cancelled; also listings that wait "
        "for their product.",
    )
    frozen_count = fields.Integer("Frozen", compute="_compute_record_counts")
    skipped_count = fields.Integer("Skipped", compute="_compute_record_counts")
    failed_count = fields.Integer(
        "Failed",
        compute="_compute_record_counts",
        search="_search_failed_count",
    )
    unconfirmed_count = fields.Integer("Unconfirmed", compute="_compute_record_counts")
    waiting_count = fields.Integer("Waiting", compute="_compute_waiting_count")

    @api.model
    def _get_kinds(self):
        return self.env["amazon.sync.task"]._get_kinds()

    @api.depends("kind", "started_at")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for run in self:
            moment = format_datetime(
                self.env, run.started_at, self.env.context.get("tz"), dt_format="short"
            )
            run.display_name = f"{labels[run.kind]} {moment}"

    @api.depends("record_ids.outcome", "unlisted_counts")
    def _compute_record_counts(self):
        groups = self.env["amazon.sync.record"]._read_group(
            [("run_id", "in", self.ids), ("id", "not in", self._find_superseded())],
            ["run_id", "outcome"],
            ["__count"],
        )
        counts = {run: Counter(run.unlisted_counts or None) for run in self}
        for run, outcome, count in groups:
            counts[run][outcome] += count
        for run in self:
            run.update(_add_up(counts[run]))

    @api.depends("channel_ids", "record_ids.outcome")
    def _compute_channel_counts(self):
        """The figures of each channel, and of what belongs to none."""
        several = self.filtered(lambda run: len(run.channel_ids) > 1)
        self.channel_counts = False
        counts = several._count_by_channel() if several else {}
        for run in several:
            found = self.env["amazon.channel"].union(*counts[run.id])
            channels = [*(run.channel_ids | found), found.browse()]
            run.channel_counts = [
                {
                    "channel_id": channel.id,
                    "name": channel.display_name or self.env._("No channel"),
                    # For the links: what each figure counts.
                    "outcomes": FIGURES,
                    **_add_up(counts[run.id].get(channel, Counter())),
                }
                for channel in channels
                if channel or channel in counts[run.id]
            ]

    def _count_by_channel(self):
        """``{run id: {channel: Counter of outcomes}}``"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT record.run_id,
                       COALESCE(listing.channel_id, amazon_order.channel_id),
                       record.outcome, count(*)
                  FROM amazon_sync_record record
             LEFT JOIN amazon_listing listing ON listing.id = record.listing_id
             LEFT JOIN amazon_order ON amazon_order.id = record.amazon_order_id
                 WHERE record.run_id = ANY(%s) AND NOT record.id = ANY(%s)
              GROUP BY 1, 2, 3
                """,
                self.ids,
                self._find_superseded(),
            )
        )
        counts = {run.id: {} for run in self}
        for run_id, channel_id, outcome, count in rows:
            channel = self.env["amazon.channel"].browse(channel_id)
            counts[run_id].setdefault(channel, Counter())[outcome] += count
        return counts

    def _compute_is_eventful(self):
        eventful = self.search([("id", "in", self.ids), ("is_eventful", "=", True)])
        for run in self:
            run.is_eventful = run in eventful

    @api.model
    def _search_is_eventful(self, operator, value):
        if operator != "in":
            return NotImplemented
        has_records = Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "EXISTS (SELECT FROM amazon_sync_record WHERE run_id = %s)",
                SQL.identifier(alias, "id"),
            )
        )
        eventful = (
            Domain("state", "!=", "done")
            | Domain("trigger", "in", BY_HAND)
            | Domain("message", "!=", False)
            | has_records
        )
        return eventful if True in value else ~eventful

    @api.model
    def _search_failed_count(self, operator, value):
        """Whether there are any: as they are counted, what came in later left out."""
        if (operator, value) != (">", 0):
            return NotImplemented
        self.flush_model()
        self.env["amazon.sync.record"].flush_model()
        failed = SQL(
            """(
                SELECT run_id
                  FROM amazon_sync_record record
                 WHERE outcome IN %(outcomes)s
                   AND NOT EXISTS (
                       SELECT FROM amazon_sync_record later
                        WHERE later.run_id = record.run_id AND later.id > record.id
                          AND later.name = record.name
                          AND later.listing_id IS NOT DISTINCT FROM record.listing_id)
                 UNION
                SELECT id
                  FROM amazon_sync_run
                 WHERE unlisted_counts ?| %(names)s)""",
            outcomes=FIGURES["failed_count"],
            names=list(FIGURES["failed_count"]),
        )
        return [("id", "in", failed)]

    def _find_superseded(self):
        """The ids of records with a later one of the same order or item in their run:
        what failed and came in with the next try counts once."""
        self.env["amazon.sync.record"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT earlier.id
                  FROM amazon_sync_record earlier
                  JOIN amazon_sync_record later
                    ON later.run_id = earlier.run_id AND later.id > earlier.id
                   AND later.name = earlier.name
                   AND later.listing_id IS NOT DISTINCT FROM earlier.listing_id
                 WHERE earlier.run_id = ANY(%s)
                """,
                self.ids,
            )
        )
        return [id_ for (id_,) in rows]

    def _compute_waiting_count(self):
        groups = self.env["amazon.order"]._read_group(
            [("run_id", "in", self.ids), ("to_apply", "=", True)],
            ["run_id"],
            ["__count"],
        )
        counts = {run.id: count for run, count in groups}
        for run in self:
            run.waiting_count = counts.get(run.id, 0)

    def _finish(self, state, message=False):
        """Close these runs with their outcome."""
        self.write(
            {"state": state, "ended_at": fields.Datetime.now(), "message": message}
        )

    # ------------------------------------------------------------------
    # Records
    # ------------------------------------------------------------------

    def _get_room(self, outcome):
        """How many more records of this outcome the run may name."""
        known = self.env["amazon.sync.record"].search_count(
            [("run_id", "=", self.id), ("outcome", "=", outcome)], limit=MAX_RECORDS
        )
        return MAX_RECORDS - known

    def _add_records(self, rows):
        """Tell in this run what became of something; beyond ``MAX_RECORDS`` of an
        outcome it is only counted.

        :param rows: values of ``amazon.sync.record``, but for the run
        """
        self.ensure_one()
        kept, rooms, unlisted = [], {}, Counter()
        for row in rows:
            outcome = row["outcome"]
            if outcome not in rooms:
                rooms[outcome] = self._get_room(outcome)
            if rooms[outcome] > 0:
                rooms[outcome] -= 1
                kept.append({"run_id": self.id, **row})
            else:
                unlisted[outcome] += 1
        self.env["amazon.sync.record"].create(kept)
        self._count_unlisted(unlisted)

    def _count_unlisted(self, counts):
        """:param counts: Counter of outcomes without records"""
        if any(counts.values()):
            self.unlisted_counts = dict(Counter(self.unlisted_counts or None) + counts)

    def action_open_records(self):
        """Open the records of this run, narrowed to ``context["outcomes"]`` and to the
        channel ``context["run_channel"]`` (False: those of none)."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_sync_record_action"
        )
        domain = Domain("run_id", "=", self.id)
        outcomes = self.env.context.get("outcomes")
        if outcomes:
            domain &= Domain("outcome", "in", outcomes)
            domain &= Domain("id", "not in", self._find_superseded())
        if "run_channel" in self.env.context:
            domain &= self._get_channel_domain(self.env.context["run_channel"])
        elif unlisted := self._count_left_out(outcomes):
            action["name"] = self.env._(
                "Sync Records (%s more are only counted)", unlisted
            )
        return {**action, "domain": list(domain), "context": {}}

    def action_open_waiting(self):
        """Open the Amazon orders of this run that are still to be applied."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_order_action"
        )
        domain = [("run_id", "=", self.id), ("to_apply", "=", True)]
        return {**action, "domain": domain, "context": {}}

    @api.model
    def _get_channel_domain(self, channel_id):
        """The records of a channel; of none when it is False."""
        if channel_id:
            return Domain("listing_id.channel_id", "=", channel_id) | Domain(
                "amazon_order_id.channel_id", "=", channel_id
            )
        return Domain("listing_id", "=", False) & (
            Domain("amazon_order_id", "=", False)
            | Domain("amazon_order_id.channel_id", "=", False)
        )

    def _count_left_out(self, outcomes):
        """How many of these outcomes, or of all, have no record."""
        return sum(
            count
            for outcome, count in (self.unlisted_counts or {}).items()
            if not outcomes or outcome in outcomes
        )

    @api.autovacuum
    def _gc_runs(self):
        """Drop successful runs after a month, those with failures after two.

        :return: ``(deleted, more_left)``
        """
        return drop_some(
            self,
            [
                ("state", "!=", "running"),
                ("started_at", "<", days_ago(KEEP_DONE)),
                "|",
                ("started_at", "<", days_ago(KEEP_FAILED)),
                "&",
                ("state", "=", "done"),
                ("record_ids", "not any", [("outcome", "in", ["failed", "held"])]),
            ],
        )


def _add_up(counts):
    """The figures that these outcomes make."""
    return {
        name: sum(counts[outcome] for outcome in outcomes)
        for name, outcomes in FIGURES.items()
    }
