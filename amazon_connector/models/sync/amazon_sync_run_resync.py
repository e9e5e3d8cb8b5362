# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs that a user started: who, what they repeat, how far they are."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class AmazonSyncRun(models.Model):
    _inherit = "amazon.sync.run"

    trigger = fields.Selection(
        selection_add=[
            ("recover", "Recovered by number"),
            ("reconcile", "Nightly check"),
        ],
        ondelete={"recover": "set default", "reconcile": "set default"},
    )
    user_id = fields.Many2one("res.users", "Started By", ondelete="set null")
    request_id = fields.Many2one(
        "amazon.sync.request",
        ondelete="set null",
        index="btree_not_null",
        groups="amazon_connector.group_manager",
    )
    origin_run_id = fields.Many2one(
        "amazon.sync.run",
        "Repeats",
        ondelete="set null",
        index="btree_not_null",
        help="The run whose records were fetched again.",
    )
    resync_ids = fields.One2many("amazon.sync.run", "origin_run_id", "Repeated By")
    resync_count = fields.Integer(compute="_compute_resync_count")

    @api.depends("resync_ids")
    def _compute_resync_count(self):
        for run in self:
            run.resync_count = len(run.resync_ids)

    def action_resync(self):
        """Fetch the records of this run from Amazon once more, in a run of its own.

        :return: the action that opens the new run, or the module's history
        :raises UserError: when the account cannot sync now, or nothing is left of the
            run that could be fetched
        """
        self.ensure_one()
        self.check_access("read")
        task = (
            self.sudo().account_id.with_context(active_test=False)._get_task(self.kind)
        )
        task._check_can_run()
        if self.state == "running":
            raise UserError(
                self.env._(
                    "This run is still in progress. Repeat it when it has ended."
                )
            )
        repeated = self.env[f"amazon.sync.{self.kind}"]._resync(task, self)
        return repeated.action_open() if repeated else task.action_open_history()

    def action_open(self):
        """Open these runs: one as a form, several as a list."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_sync_run_action"
        )
        if len(self) == 1:
            return {**action, "res_id": self.id, "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", self.ids)], "context": {}}

    def action_open_resyncs(self):
        """Open the runs that repeated this one."""
        return self.resync_ids.action_open()

    def _tell_progress(self):
        """Have open screens of those who started these runs show how far they are.

        Sent with the commit.
        """
        for run in self:
            if run.user_id:
                run.user_id._bus_send(
                    "amazon_sync_progress",
                    {
                        "run_id": run.id,
                        "state": run.state,
                        "seen_count": run.seen_count,
                        "page_count": run.page_count,
                    },
                )
