# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.retention import KEEP_DONE, KEEP_FAILED, days_ago, drop_some


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
        required=True,
        default="running",
    )
    started_at = fields.Datetime("Started", required=True, default=fields.Datetime.now)
    ended_at = fields.Datetime("Ended")
    window_start = fields.Datetime("Changes From")
    window_end = fields.Datetime("Changes To")
    message = fields.Text()
    page_count = fields.Integer("Calls")
    seen_count = fields.Integer("Records Read")
    unchanged_count = fields.Integer("Up to Date", help="There was nothing to do.")
    changed_count = fields.Integer(
        "Changed",
        help="Listings that are new, changed or gone. Not every one has a sync record.",
    )
    record_ids = fields.One2many("amazon.sync.record", "run_id", "Records")
    synced_count = fields.Integer("Synced", compute="_compute_record_counts")
    frozen_count = fields.Integer("Frozen", compute="_compute_record_counts")
    skipped_count = fields.Integer("Skipped", compute="_compute_record_counts")
    failed_count = fields.Integer("Failed", compute="_compute_record_counts")
    unconfirmed_count = fields.Integer("Unconfirmed", compute="_compute_record_counts")
    waiting_count = fields.Integer("Waiting", compute="_compute_waiting_count")

    @api.model
    def _get_kinds(self):
        return self.env["amazon.sync.task"]._get_kinds()

    @api.depends("kind", "started_at")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for run in self:
            moment = fields.Datetime.context_timestamp(run, run.started_at)
            run.display_name = f"{labels[run.kind]} {moment:%Y-%m-%d %H:%M}"

    @api.depends("record_ids.outcome", "changed_count")
    def _compute_record_counts(self):
        groups = self.env["amazon.sync.record"]._read_group(
            [("run_id", "in", self.ids), ("id", "not in", self._find_superseded())],
            ["run_id", "outcome"],
            ["__count"],
        )
        counts = {(run.id, outcome): count for run, outcome, count in groups}
        for run in self:

            def total(*outcomes, run_id=run.id):
                return sum(counts.get((run_id, outcome), 0) for outcome in outcomes)

            run.synced_count = run.changed_count or total(
                "created", "updated", "cancelled"
            )
            run.unconfirmed_count = total("unconfirmed")
            run.frozen_count = total("frozen")
            run.skipped_count = total("skipped", "pending")
            run.failed_count = total("failed", "held")

    def _find_superseded(self):
        """The ids of records with a later one of the same order or item in their run:
        what failed and came in with the next try counts once."""
        self.env["amazon.sync.record"].flush_model(["run_id", "name", "listing_id"])
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

    def action_open_records(self):
        """Open the records of this run, narrowed to ``context["outcomes"]``."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_sync_record_action"
        )
        domain = [("run_id", "=", self.id)]
        if outcomes := self.env.context.get("outcomes"):
            domain += [
                ("outcome", "in", outcomes),
                ("id", "not in", self._find_superseded()),
            ]
        return {**action, "domain": domain, "context": {}}

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
