# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import format_date

# GSTR-1 of a month is due on this day of the next one.
DUE_DAY = 11
INDIA = timedelta(hours=5, minutes=30)


class AmazonMtrMonth(models.Model):
    """One month of one GSTIN: what Amazon's tax report says of it."""

    _name = "amazon.mtr.month"
    _description = "Amazon Tax Report Month"
    _inherit = ["amazon.binding", "mail.thread"]
    _order = "month desc, seller_gstin"
    _rec_names_search = ["seller_gstin"]

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    seller_gstin = fields.Char("GSTIN", required=True, readonly=True)
    month = fields.Date(required=True, readonly=True, help="First day of the month.")
    first_read_on = fields.Date(
        readonly=True, help="The day (in India) when its first row was read."
    )
    changed_at = fields.Datetime(
        "Rows Changed", readonly=True, help="When rows were last added or changed."
    )
    closed_on = fields.Datetime("Closed", readonly=True, tracking=True)
    row_ids = fields.One2many("amazon.mtr.row", "month_id", "Rows")
    row_count = fields.Integer("Number of Rows", compute="_compute_totals")
    late_count = fields.Integer("Late Rows", compute="_compute_totals")
    net = fields.Monetary("Taxable Value", compute="_compute_totals")
    tax = fields.Monetary("Total Tax", compute="_compute_totals")
    igst = fields.Monetary("IGST", compute="_compute_totals")
    cgst = fields.Monetary("CGST", compute="_compute_totals")
    sgst = fields.Monetary("SGST/UTGST", compute="_compute_totals")
    cess = fields.Monetary(compute="_compute_totals")
    transfer_net = fields.Monetary(
        "Of Which Stock Transfers",
        compute="_compute_totals",
        help="Taxable value of goods that Amazon moved to another of your "
        "registrations.",
    )

    _month_unique = models.UniqueIndex("(company_id, seller_gstin, month)")

    @api.depends("seller_gstin", "month")
    def _compute_display_name(self):
        for month in self:
            day = format_date(self.env, month.month, date_format="MMMM yyyy")
            month.display_name = f"{day} ({month.seller_gstin})"

    @api.depends("row_ids")
    def _compute_totals(self):
        sums = {
            month: values
            for month, *values in self.env["amazon.mtr.row"]._read_group(
                [("month_id", "in", self.ids), ("counts", "=", True)],
                ["month_id"],
                [f"{name}:sum" for name in ("net", "tax", "igst", "cgst", "sgst")]
                + ["cess:sum"],
            )
        }
        counts = self._count_rows([])
        late = self._count_rows([("late", "=", True)])
        transfers = self._sum_transfers()
        for month in self:
            month.row_count = counts.get(month, 0)
            month.late_count = late.get(month, 0)
            values = sums.get(month, [0.0] * 6)
            month.net, month.tax, month.igst, month.cgst = values[:4]
            month.sgst, month.cess = values[4:]
            month.transfer_net = transfers.get(month, 0.0)

    def _sum_transfers(self):
        groups = self.env["amazon.mtr.row"]._read_group(
            [
                ("month_id", "in", self.ids),
                ("counts", "=", True),
                ("kind", "=", "transfer"),
            ],
            ["month_id"],
            ["net:sum"],
        )
        return dict(groups)

    def _count_rows(self, domain):
        groups = self.env["amazon.mtr.row"]._read_group(
            [("month_id", "in", self.ids), *domain], ["month_id"], ["__count"]
        )
        return dict(groups)

    @api.model
    def _find_or_create_months(self, keys):
        """The months of these ``(company, GSTIN, first day)``, made where new."""
        keys = set(keys)
        companies = self.env["res.company"].union(*(key[0] for key in keys))
        found = self.search(
            [
                ("company_id", "in", companies.ids),
                ("month", "in", list({key[2] for key in keys})),
            ]
        )
        known = {(one.company_id, one.seller_gstin, one.month) for one in found}
        new = sorted(keys - known, key=lambda key: (key[2], key[1], key[0].id))
        names = ("company_id", "seller_gstin", "month")
        created = self.create(
            [
                dict(zip(names, (company.id, gstin, day), strict=True))
                for company, gstin, day in new
            ]
        )
        return created | found.filtered(
            lambda one: (one.company_id, one.seller_gstin, one.month) in keys
        )

    def _is_read_late(self):
        """Whether rows that come now come too late for the month's return."""
        self.ensure_one()
        if self.closed_on:
            return True
        today = self._get_today()
        due = self.month + relativedelta(months=1, day=DUE_DAY)
        return bool(self.first_read_on) and self.first_read_on < today and today > due

    def _note_change(self):
        """Rows of these months came or changed."""
        today = self._get_today()
        for month in self:
            month.write(
                {
                    "changed_at": fields.Datetime.now(),
                    "compared_at": False,
                    "first_read_on": month.first_read_on or today,
                }
            )

    @api.model
    def _get_today(self):
        return (fields.Datetime.now() + INDIA).date()

    def action_open_rows(self):
        """Show the rows of the month."""
        return self._open("amazon.mtr.row", "list,pivot,form")

    def action_open_summary(self):
        """Show the month as the tables of GSTR-1."""
        return self._open("amazon.gst.summary", "pivot,list")

    def action_open_documents(self):
        """Show which documents Amazon issued in the month."""
        return self._open("amazon.gst.document", "list")

    def _open(self, model, views):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": model,
            "view_mode": views,
            "domain": [("month_id", "=", self.id)],
        }
