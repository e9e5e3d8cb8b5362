# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

COMPONENTS = [
    ("igst", "TCS: IGST"),
    ("cgst", "TCS: CGST"),
    ("sgst", "TCS: SGST/UTGST"),
    ("tds", "TDS (194-O)"),
]


class AmazonWithholding(models.Model):
    """What Amazon collected (TCS) and deducted (TDS) in a month, from three sides:
    the law applied to the tax report, the tax report's own columns, and what the
    government's statements say: GSTR-8 and Form 26AS, typed in or imported.
    """

    _name = "amazon.withholding"
    _description = "Amazon TCS and TDS"
    _inherit = "amazon.binding"
    _binding = ("company_id", "seller_gstin", "month", "component")
    _order = "month desc, seller_gstin, component"
    _rec_name = "component"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(required=True, help="First day of the month.")
    seller_gstin = fields.Char(
        "GSTIN", help="Empty for TDS, which follows the company's PAN."
    )
    component = fields.Selection(COMPONENTS, "Kind", required=True)
    row_count = fields.Integer("Rows", readonly=True)
    base = fields.Monetary("Taxable Value", readonly=True)
    expected = fields.Monetary(
        readonly=True,
        help="The amount required by law for the rows of Amazon's tax report.",
    )
    told = fields.Monetary(
        "Amazon's Report", readonly=True, help="The amount in the tax report's columns."
    )
    stated = fields.Monetary(
        "Government's Statement",
        help="TCS: TDS and TCS credit received on the GST portal (Amazon's GSTR-8). "
        "TDS: Form 26AS or AIS.",
    )
    is_stated = fields.Boolean(
        "Entered", help="Switched on when an amount is entered, even 0."
    )
    reference = fields.Char(help="Reference of the statement, e.g. its date.")
    difference = fields.Monetary(compute="_compute_difference")
    state = fields.Selection(
        [("waiting", "Waiting"), ("equal", "Equal"), ("differs", "Differs")],
        "Status",
        compute="_compute_difference",
    )

    _line_unique = models.UniqueIndex(
        "(company_id, month, COALESCE(seller_gstin, ''), component)",
        "This month already has this line.",
    )

    @api.depends("component", "month")
    def _compute_display_name(self):
        kinds = dict(self._fields["component"]._description_selection(self.env))
        for line in self:
            day = format_date(self.env, line.month, date_format="MMMM yyyy")
            line.display_name = f"{kinds.get(line.component, '')}, {day}"

    @api.depends("expected", "stated", "is_stated", "row_count")
    def _compute_difference(self):
        """Each row may be rounded by half a paisa."""
        for line in self:
            if not line.is_stated:
                line.difference, line.state = 0.0, "waiting"
                continue
            line.difference = line.stated - line.expected
            allowed = max(0.01, 0.005 * line.row_count) + 1e-6
            is_equal = abs(line.difference) <= allowed
            line.state = "equal" if is_equal else "differs"

    @api.model_create_multi
    def create(self, vals_list):
        """Override: an imported line is entered on the one that is there."""
        lines = self.browse()
        for vals in vals_list:
            vals = self._prepare_line(dict(vals))
            known = self._find_line(vals)
            if known:
                keys = set(self._binding)
                known.write({k: v for k, v in vals.items() if k not in keys})
            lines |= known or super().create([vals])
        return lines

    def _prepare_line(self, vals):
        company = self.env["res.company"].browse(
            vals.setdefault("company_id", self.env.company.id)
        )
        gstin = "".join((vals.get("seller_gstin") or "").split()).upper()
        if vals.get("component") == "tds":
            gstin = False
        elif not gstin:
            gstin = company.vat
        vals["seller_gstin"] = gstin
        day = fields.Date.to_date(vals.get("month"))
        if not day:
            raise UserError(self.env._("Each line needs a month."))
        vals["month"] = day.replace(day=1)
        if _is_blank(vals.get("stated")):
            vals.pop("stated", None)
        else:
            vals.setdefault("is_stated", True)
        return vals

    def _find_line(self, vals):
        return self.search(
            [(name, "=", vals.get(name) or False) for name in self._binding], limit=1
        )

    def write(self, vals):
        """Override: an amount that is entered counts, also 0; a blank takes it back."""
        if "stated" in vals:
            vals = {"is_stated": not _is_blank(vals["stated"]), **vals}
        return super().write(vals)

    @api.onchange("stated")
    def _onchange_stated(self):
        """As :meth:`write`; a line that is new has 0 before anything is entered."""
        if self.stated:
            self.is_stated = True

    def action_open_account(self):
        """Show what is booked on the account of these claims."""
        self.ensure_one()
        kind = "tds" if self.component == "tds" else "tcs"
        account = self.company_id._get_withholding_account(kind)
        if not account:
            raise UserError(
                self.env._("%s has no Indian chart of accounts.", self.company_id.name)
            )
        return {
            "type": "ir.actions.act_window",
            "name": account.display_name,
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [("account_id", "=", account.id)],
        }

    # ------------------------------------------------------------------
    # From the tax report
    # ------------------------------------------------------------------

    @api.model
    @api.private
    def _refresh(self, months):
        """Sum the rows of these ``amazon.mtr.month`` anew."""
        self.env.flush_all()
        for month in months:
            self._refresh_tcs(month)
        for company, day in {(one.company_id, one.month) for one in months}:
            self._refresh_tds(company, day)

    def _refresh_tcs(self, month):
        self.env.cr.execute(
            SQL(
                """
                SELECT igst <> 0, count(*), sum(net), sum(tcs_due), sum(tcs)
                  FROM amazon_mtr_row
                 WHERE month_id = %s AND counts AND tcs_due IS NOT NULL AND tax <> 0
                   AND kind <> 'transfer'
              GROUP BY 1
                """,
                month.id,
            )
        )
        sums = {between: values for between, *values in self.env.cr.fetchall()}
        for component in ("igst", "cgst", "sgst"):
            values = sums.get(component == "igst", (0, 0, 0, 0))
            share = 1 if component == "igst" else 2
            key = (month.company_id, month.month, month.seller_gstin, component)
            self._store_line(key, values, share)

    def _refresh_tds(self, company, day):
        self.env.cr.execute(
            SQL(
                """
                SELECT count(*), COALESCE(sum(told.net), 0),
                       COALESCE(sum(told.tds_due), 0), 0
                  FROM amazon_mtr_row told
                  JOIN amazon_mtr_month month ON month.id = told.month_id
                 WHERE month.company_id = %s AND month.month = %s AND told.counts
                   AND told.kind = 'shipment'
                """,
                company.id,
                day,
            )
        )
        self._store_line((company, day, False, "tds"), self.env.cr.fetchone(), 1)

    def _store_line(self, key, values, share):
        """:param share: among how many lines the amounts are divided evenly"""
        company, day, gstin, component = key
        count, base, expected, told = values
        vals = {
            "company_id": company.id,
            "month": day,
            "seller_gstin": gstin,
            "component": component,
        }
        line = self._find_line(vals)
        if not line and not count:
            return
        amounts = {
            "row_count": count,
            "base": base,
            "expected": float(expected) / share,
            "told": float(told) / share,
        }
        if line:
            line.write(amounts)
        else:
            self.create([{**vals, **amounts}])


def _is_blank(amount):
    """Whether an amount is not told at all: an empty cell of a file, and not 0."""
    return amount is None or amount is False or amount == ""
