# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class AmazonMtrMonth(models.Model):
    _inherit = "amazon.mtr.month"

    compared_at = fields.Datetime(
        "Compared",
        readonly=True,
        help="Empty if rows were added or changed since.",
    )
    closed_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    difference_ids = fields.One2many("amazon.mtr.difference", "month_id", "Differences")
    open_count = fields.Integer("Open Differences", compute="_compute_differences")
    accepted_count = fields.Integer("Accepted", compute="_compute_differences")
    state = fields.Selection(
        [
            ("new", "To compare"),
            ("differs", "Differs"),
            ("equal", "Equal"),
            ("closed", "Closed"),
        ],
        "Status",
        compute="_compute_differences",
    )

    @api.depends("difference_ids.state", "compared_at", "closed_on")
    def _compute_differences(self):
        groups = self.env["amazon.mtr.difference"]._read_group(
            [("month_id", "in", self.ids)], ["month_id", "state"], ["__count"]
        )
        counts = {(month, state): count for month, state, count in groups}
        for month in self:
            month.open_count = counts.get((month, "open"), 0)
            month.accepted_count = counts.get((month, "accepted"), 0)
            month.state = month._get_state()

    def _get_state(self):
        if self.closed_on:
            return "closed"

        if not self.compared_at:
            return "new"
        return "differs" if self.open_count else "equal"

    def action_compare(self):
        """Compare the rows of these months with Odoo's invoices and credit notes."""
        self._check_accountant()
        for month in self.sudo():
            self.env["amazon.mtr.compare"].sudo()._compare(month)
            month.compared_at = fields.Datetime.now()
        return True

    def action_close(self):
        """Close months that have no difference, or accepted ones only.

        They are compared once more before.

        :raises UserError: with the number of differences that are open
        """
        self.action_compare()
        for month in self.sudo():
            if month.open_count:
                raise UserError(
                    self.env._(
                        "Open differences in %(month)s: %(count)s. Resolve or accept "
                        "them first.",
                        month=month.display_name,
                        count=month.open_count,
                    )
                )
            month.closed_by_id = self.env.user
            month.closed_on = fields.Datetime.now()
        return True

    def action_reopen(self):
        """Open closed months again, for rows that came late."""
        self._check_accountant()
        self.sudo().write({"closed_on": False, "closed_by_id": False})
        return True

    def _check_accountant(self):
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(
                self.env._("Only accountants can compare and close months.")
            )
        self.check_access("read")

    def action_open_differences(self):
        """Show the differences of the month, those that are open first."""
        action = self._open("amazon.mtr.difference", "list,form")
        return {**action, "context": {"search_default_open": 1}}
