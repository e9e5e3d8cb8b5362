# SPDX-License-Identifier: LGPL-3.0-or-later
from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...tools.retention import KEEP_FAILED, days_ago, drop_some

OPEN_REPORT_STATES = ("wanted", "requested")


class AmazonReport(models.Model):
    """One of Amazon's reports on its way: wanted, requested, then read or given up.

    Amazon takes minutes to hours for one. What it holds is read row by row and kept
    nowhere; this record says how far it is, so that a killed worker asks no second one.
    """

    _name = "amazon.report"
    _description = "Amazon Report"
    _inherit = "amazon.binding"
    _closed = True
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
    request_id = fields.Many2one(
        "amazon.sync.request",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        groups="amazon_connector.group_manager",
        help="Why it was requested, if not by the schedule.",
    )
    report_type = fields.Char(required=True, readonly=True)
    data_start = fields.Datetime("Data From", readonly=True)
    data_end = fields.Datetime("Data To", readonly=True)
    report_number = fields.Char("Amazon's Report ID", readonly=True)
    state = fields.Selection(
        [
            ("wanted", "Wanted"),
            ("requested", "Requested"),
            ("read", "Read"),
            ("empty", "No data"),
            ("failed", "Failed"),
        ],
        "Status",
        required=True,
        default="wanted",
        readonly=True,
    )
    requested_at = fields.Datetime("Requested On", readonly=True)
    next_poll = fields.Datetime("Next Check", readonly=True)
    poll_count = fields.Integer("Checks", readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    message = fields.Text(readonly=True)
    drop_state = fields.Selection(
        [
            ("asked", "Waiting for a Decision"),
            ("accepted", "Deactivated"),
            ("overtaken", "Replaced by a later report"),
        ],
        "Missing Listings",
        readonly=True,
    )
    missing_ids = fields.Many2many(
        "amazon.listing",
        "amazon_report_missing_rel",
        string="Listings Not in the Report",
        readonly=True,
        context={"active_test": False},
    )
    missing_count = fields.Integer("Missing", readonly=True)

    _open_idx = models.Index("(task_id) WHERE state IN ('wanted', 'requested')")

    @api.model
    def _find_open(self, task, report_types=None, request=None):
        """The oldest report of a task that is on its way, or empty.

        :param request: of this ``amazon.sync.request``; else of none
        """
        domain = [
            ("task_id", "=", task.id),
            ("state", "in", OPEN_REPORT_STATES),
            ("request_id", "=", request.id if request else False),
        ]
        if report_types:
            domain.append(("report_type", "in", list(report_types)))
        return self.search(domain, order="id", limit=1)

    @api.autovacuum
    def _gc_reports(self):
        """Drop what was settled two months ago and asks nothing.

        :return: ``(deleted, more_left)``
        """
        return drop_some(
            self,
            [
                ("state", "not in", OPEN_REPORT_STATES),
                ("drop_state", "!=", "asked"),
                ("create_date", "<", days_ago(KEEP_FAILED)),
            ],
        )

    # ------------------------------------------------------------------
    # A complete report that lacks many listings
    # ------------------------------------------------------------------

    def action_accept_drop(self):
        """Deactivate the listings that these complete reports lack.

        What was seen on Amazon since stays active.

        :return: True
        """
        if not self.env.user.has_group("amazon_connector.group_manager"):
            raise AccessError(
                self.env._("Only an Amazon manager can deactivate listings.")
            )
        self.check_access("read")
        for report in self.sudo():
            if report.drop_state != "asked":
                raise UserError(self.env._("There is nothing left to decide."))
            sync = self.env["amazon.sync.items"].sudo()
            run = report.run_id or sync._start_run(report.task_id, report.channel_ids)
            verdict = self.env["amazon.items.verdict"].sudo()
            verdict._deactivate(run, report.missing_ids.filtered("active"))
            if run.state == "running":
                run._finish("done")
            report.drop_state = "accepted"
            report._clear_drop_alert()
        return True

    def _ask_drop(self, missing, active_count, cause=""):
        """Have the responsible user decide on listings that a report lacks.

        :param missing: these listings; they stay active until then
        :param active_count: how many the channel has
        :param cause: what else there is to say, a sentence
        """
        self.ensure_one()
        text = self.env._(
            "Listings of %(channel)s missing in Amazon's complete report: %(missing)s "
            "of %(active)s (%(names)s). They stay active until a user decides.",
            missing=len(missing),
            active=active_count,
            channel=self.channel_ids.name,
            names=missing._name_some(),
        )
        text = f"{text} {cause}".strip()
        self.write(
            {
                "missing_ids": [Command.set(missing.ids)],
                "drop_state": "asked",
                "missing_count": len(missing),
                "message": text,
            }
        )
        self.account_id._raise_alert(
            self.env._(
                "Listings of %(channel)s are missing on Amazon",
                channel=self.channel_ids.name,
            ),
            Markup("%s <a href='%s'>%s</a>")
            % (
                text,
                f"/odoo/action-amazon_connector.amazon_report_action/{self.id}",
                self.env._("Decide"),
            ),
            key=self._drop_key(),
        )

    @api.model
    def _search_asked(self, channel):
        return self.search(
            [("channel_ids", "in", channel.ids), ("drop_state", "=", "asked")]
        )

    @api.model
    def _find_asked(self, channel):
        """Listings of the channel that wait for a decision."""
        return self._search_asked(channel).missing_ids

    @api.model
    def _forget_drops(self, channel, waiting=None):
        """A later report of the channel is there: earlier questions are moot.

        :param waiting: listings about which the question stays
        """
        for report in self._search_asked(channel):
            left = report.missing_ids & waiting if waiting else ()
            if left:
                report.write(
                    {"missing_ids": [(6, 0, left.ids)], "missing_count": len(left)}
                )
            else:
                report.write({"drop_state": "overtaken", "missing_ids": [(5,)]})
                report._clear_drop_alert()

    @api.model
    def _forget_missing(self, listing_ids):
        """These listings were seen on Amazon: no report's lack counts any more."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM amazon_report_missing_rel WHERE amazon_listing_id = ANY(%s)
                """,
                listing_ids,
            )
        )
        self.invalidate_model(["missing_ids"], flush=False)

    def _clear_drop_alert(self):
        for report in self:
            report.account_id._clear_alert(report._drop_key())

    def _drop_key(self):
        return f"listings missing {self.channel_ids.id}"
