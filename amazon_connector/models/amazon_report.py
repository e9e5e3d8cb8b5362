# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

OPEN_STATES = ("wanted", "requested")


class AmazonReport(models.Model):
    """One of Amazon's reports on its way: wanted, requested, then read or given up.

    Amazon takes minutes to hours for one. What it holds is read row by row and kept
    nowhere; this record says how far it is, so that a killed worker asks no second one.
    """

    _name = "amazon.report"
    _description = "Amazon Report"
    _order = "id desc"
    _rec_name = "report_type"

    task_id = fields.Many2one(
        "amazon.sync.task", required=True, ondelete="cascade", readonly=True, index=True
    )
    account_id = fields.Many2one(related="task_id.account_id", store=True)
    company_id = fields.Many2one(related="task_id.company_id", store=True)
    channel_ids = fields.Many2many("amazon.channel", string="Channels", readonly=True)
    run_id = fields.Many2one(
        "amazon.sync.run", readonly=True, ondelete="set null", index="btree_not_null"
    )
    report_type = fields.Char(required=True, readonly=True)
    data_start = fields.Datetime("Data From", readonly=True)
    data_end = fields.Datetime("Data To", readonly=True)
    report_id = fields.Char("Amazon's Report ID", readonly=True)
    state = fields.Selection(
        [
            ("wanted", "Wanted"),
            ("requested", "Requested"),
            ("read", "Read"),
            ("empty", "No data"),
            ("failed", "Failed"),
        ],
        required=True,
        default="wanted",
        readonly=True,
    )
    requested_at = fields.Datetime(readonly=True)
    next_poll = fields.Datetime(readonly=True)
    poll_count = fields.Integer("Polls", readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    message = fields.Text(readonly=True)

    _open_idx = models.Index("(task_id) WHERE state IN ('wanted', 'requested')")

    @api.model
    def _find_open(self, task, report_types=None):
        """The oldest report of a task that is on its way, or empty."""
        domain = [("task_id", "=", task.id), ("state", "in", OPEN_STATES)]
        if report_types:
            domain.append(("report_type", "in", list(report_types)))
        return self.search(domain, order="id", limit=1)
