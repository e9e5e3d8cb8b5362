# SPDX-License-Identifier: LGPL-3.0-or-later
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import formatLang

from .amazon_settlement_rule import FEES

STATES = [
    ("held", "Needs a Decision"),
    ("new", "To Book"),
    ("draft", "Draft Entries"),
    ("posted", "Booked"),
]


class AmazonSettlement(models.Model):
    """One payout of Amazon's and all that it is made of.

    There is none whose rows do not make its total to the smallest unit. Source: the
    settlement report, see :mod:`...sp_api.settlements`.
    """

    _name = "amazon.settlement"
    _description = "Amazon Settlement"
    _inherit = "amazon.binding"
    _closed = True
    _order = "end_time desc, id desc"

    name = fields.Char("Settlement", required=True, readonly=True)
    account_id = fields.Many2one(
        "amazon.account", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    start_time = fields.Datetime("From", readonly=True)
    end_time = fields.Datetime("To", readonly=True)
    deposit_time = fields.Datetime("Paid Out", readonly=True)
    start_date = fields.Date(readonly=True)
    end_date = fields.Date(readonly=True)
    deposit_date = fields.Date(readonly=True)
    total = fields.Monetary(
        "Payout",
        readonly=True,
        help="The amount that Amazon transfers. Negative: fees were higher than sales.",
    )
    rows_total = fields.Monetary(
        "Sum of Rows", compute="_compute_rows_total", compute_sudo=True
    )
    is_proven = fields.Boolean(compute="_compute_rows_total", compute_sudo=True)
    row_count = fields.Integer("Rows", readonly=True)
    content_digest = fields.Char(
        readonly=True, help="Fingerprint of the rows, independent of the file's format."
    )
    marketplaces = fields.Char(readonly=True)
    state = fields.Selection(
        STATES, "Status", compute="_compute_state", store=True, index=True
    )
    held_reason = fields.Text(readonly=True)
    row_ids = fields.One2many("amazon.settlement.row", "settlement_id", "All Rows")
    entry_ids = fields.One2many(
        "amazon.settlement.entry", "settlement_id", "Journal Entries"
    )
    order_ids = fields.One2many("amazon.settlement.order", "settlement_id", "Orders")
    summary_total = fields.Monetary(
        "Amazon's Summary",
        readonly=True,
        help="The total in Amazon's summary, which is requested separately from the "
        "file.",
    )
    summary_read_at = fields.Datetime("Summary Read On", readonly=True)
    summary_differs = fields.Boolean(compute="_compute_rows_total", compute_sudo=True)
    payout_status = fields.Char("Payout Status Code", readonly=True)
    payout_text = fields.Char("Payout Status", compute="_compute_payout_text")
    payout_trace = fields.Char(
        "Trace ID",
        readonly=True,
        help="The reference of the payout on the bank statement.",
    )
    payout_failure = fields.Char("Failure Reason", readonly=True)
    is_undone = fields.Boolean(
        "Undone by Hand",
        readonly=True,
        help="It is not booked automatically again.",
    )
    problem = fields.Text(readonly=True, help="Why it could not be booked.")
    booked_accounts = fields.Json(
        readonly=True,
        exportable=False,
        help="Which account each part was booked to: corrections go there, too.",
    )
    sum_ids = fields.One2many("amazon.settlement.sum", "settlement_id", "Sums")
    file_ids = fields.One2many(
        "amazon.settlement.file",
        "settlement_id",
        "Files",
        groups="amazon_connector.group_manager",
    )
    fee_graph = fields.Text(
        "Fees by Kind",
        compute="_compute_fee_graph",
        compute_sudo=True,
        exportable=False,
        help="JSON for Odoo's widget dashboard_graph. Empty: no fees.",
    )
    unknown_count = fields.Integer(
        "Rows to Clarify", compute="_compute_unknown_count", compute_sudo=True
    )

    _name_unique = models.Constraint(
        "unique(account_id, name)", "This settlement already exists."
    )

    @api.depends("held_reason", "entry_ids.move_state", "row_count", "total")
    def _compute_state(self):
        """A settlement of a marketplace where nothing happened has nothing to book;
        one whose entries were cancelled in the journal is to be booked."""
        for settlement in self:
            states = set(settlement.entry_ids.mapped("move_state"))
            if settlement.held_reason:
                settlement.state = "held"
            elif states == {"posted"} or not (settlement.row_count or settlement.total):
                settlement.state = "posted"
            else:
                settlement.state = "draft" if states - {"cancel"} else "new"

    @api.depends("payout_status")
    @api.depends_context("lang")
    def _compute_payout_text(self):
        """Say Amazon's word plainly; one that is unknown is shown as it is."""
        words = {
            "STARTED": self.env._("Started"),
            "IN_TRANSIT": self.env._("On Its Way"),
            "PAID": self.env._("Paid"),
            "FAILED": self.env._("Failed"),
            "CANCELLED": self.env._("Cancelled"),
            "NO_PAYOUT": self.env._("Nothing to Pay Out"),
        }
        for settlement in self:
            status = settlement.payout_status
            settlement.payout_text = words.get(status, status)

    def _compute_rows_total(self):
        groups = self.env["amazon.settlement.row"]._read_group(
            [("settlement_id", "in", self.ids), ("bucket", "!=", "payout")],
            ["settlement_id"],
            ["amount:sum"],
        )
        sums = {settlement.id: amount for settlement, amount in groups}
        for settlement in self:
            currency = settlement.currency_id
            total = currency.round(sums.get(settlement.id, 0.0))
            settlement.rows_total = total
            settlement.summary_differs = bool(
                settlement.summary_read_at
                and currency.compare_amounts(settlement.summary_total, settlement.total)
            )
            settlement.is_proven = not currency.compare_amounts(total, settlement.total)

    def _compute_fee_graph(self):
        Sum = self.env["amazon.settlement.sum"]
        groups = Sum._read_group(
            [
                ("settlement_id", "in", self.ids),
                ("bucket", "in", (*FEES, "sale")),
            ],
            ["settlement_id", "bucket", "fee_type"],
            ["amount:sum"],
        )
        names = dict(Sum._fields["fee_type"]._description_selection(self.env))
        for settlement in self:
            kept, sold = {}, 0.0
            for of, bucket, fee_type, amount in groups:
                if of != settlement:
                    continue
                if bucket == "sale":
                    sold += amount
                else:
                    kept[fee_type] = kept.get(fee_type, 0.0) - amount
            settlement.fee_graph = bool(kept) and settlement._draw_fees(
                kept, sold, names
            )

    def _draw_fees(self, kept, sold, names):
        bars = sorted(kept.items(), key=lambda bar: -bar[1])
        return json.dumps(
            [
                {
                    "key": self.env._("Fees"),
                    "text": self._describe_fees(sum(kept.values()), sold),
                    "values": [
                        {
                            "label": names[kind],
                            "value": self.currency_id.round(amount),
                            "type": "past",
                        }
                        for kind, amount in bars
                    ],
                }
            ]
        )

    def _describe_fees(self, kept, sold):
        """Say in words what the bars show."""

        def money(amount):
            return formatLang(self.env, amount, currency_obj=self.currency_id)

        if sold <= 0:
            return self.env._("Fees: %s", money(kept))
        return self.env._(
            "Fees: %(fees)s, %(percent)s %% of %(sold)s sold",
            fees=money(kept),
            percent=round(100 * kept / sold),
            sold=money(sold),
        )

    def _compute_unknown_count(self):
        groups = self.env["amazon.settlement.row"]._read_group(
            [("settlement_id", "in", self.ids), ("bucket", "=", "unknown")],
            ["settlement_id"],
            ["__count"],
        )
        counts = {settlement.id: count for settlement, count in groups}
        for settlement in self:
            settlement.unknown_count = counts.get(settlement.id, 0)

    def _prepare(self):
        """Link and tell apart the rows of settlements that were just read."""
        Row = self.env["amazon.settlement.row"]
        for settlement in self:
            Row._link(settlement)
        Row._classify(self)
        self._tell_unknown()
        for settlement in self:
            settlement._write_next_anew()

    def _tell_unknown(self):
        self.account_id._tell_unknown_labels()

    # ------------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------------

    def action_go_on(self):
        """Take a settlement for the account's own though its orders are not known.

        :raises AccessError: for whoever may not book
        """
        self._check_may_book()
        held = self.filtered("held_reason")
        held.sudo().held_reason = False
        for settlement in held:
            settlement._as_booker()._write_next_anew()

    def _check_may_book(self):
        """:raises AccessError: the user is no accountant, or sees no such settlement"""
        self.check_access("read")
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(
                self.env._("Only users who may create invoices can book settlements.")
            )

    def action_open_rows(self):
        """Open the rows of this settlement.

        :return: an action
        """
        return self._open_rows(self.env._("Rows"), [])

    def action_open_unknown(self):
        """Open the rows that nobody knows the label of.

        :return: an action
        """
        domain = [("bucket", "=", "unknown")]
        return self._open_rows(self.env._("To Clarify"), domain)

    def _open_rows(self, title, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_settlement_row_action"
        )
        action["name"] = f"{self.name}: {title}"
        action["domain"] = [("settlement_id", "=", self.id), *domain]
        action["context"] = {}
        return action
