# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.context import MATCHING, drop_caller_context

STATES = [
    ("unknown", "Not in Odoo"),
    ("draft", "Draft Entry"),
    ("waits", "Waiting for Invoice"),
    ("partial", "Differs"),
    ("paid", "Paid"),
]
DOCUMENTS = {"sale": "out_invoice", "refund": "out_refund"}


class AmazonSettlementOrder(models.Model):
    """What one settlement pays, or takes back, for one order.

    Its line of the journal entry is matched with the order's invoices, or credit
    notes, when both are posted, whichever comes last.
    """

    _name = "amazon.settlement.order"
    _description = "Amazon Settlement Order"
    _inherit = "amazon.binding"
    _closed = True
    _order = "settlement_id desc, id"
    _rec_name = "order_number"

    settlement_id = fields.Many2one(
        "amazon.settlement",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    entry_id = fields.Many2one(
        "amazon.settlement.entry",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    order_number = fields.Char("Amazon Order ID", readonly=True)
    kind = fields.Selection(
        [("sale", "Sale"), ("refund", "Refund")], required=True, readonly=True
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        "Sales Order",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    amount = fields.Monetary(readonly=True, help="What the buyer paid or was refunded.")
    line_id = fields.Many2one(
        "account.move.line",
        "Journal Item",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    state = fields.Selection(
        STATES, "Status", readonly=True, default="draft", required=True
    )
    difference = fields.Monetary(
        readonly=True,
        help="Positive: the amount of the invoices that is still open. Negative: "
        "Amazon paid more.",
    )

    _open_idx = models.Index(
        "(sale_order_id) WHERE sale_order_id IS NOT NULL AND state <> 'paid'"
    )

    @api.model
    def _find_documents(self, sales):
        """Receivable lines of posted invoices and credit notes.

        :return: ``{(sales order id, move type): account.move.line}``
        """
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model(["state", "move_type"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT sol.order_id, move.move_type, line.id
                  FROM sale_order_line sol
                  JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = sol.id
                  JOIN account_move_line billed ON billed.id = rel.invoice_line_id
                  JOIN account_move move ON move.id = billed.move_id
                  JOIN account_move_line line ON line.move_id = move.id
                 WHERE sol.order_id = ANY(%s) AND move.state = 'posted'
                   AND move.move_type IN ('out_invoice', 'out_refund')
                   AND line.display_type = 'payment_term'
              ORDER BY line.id
                """,
                list(sales.ids),
            )
        )
        found = defaultdict(list)
        for sale_id, kind, line_id in rows:
            found[sale_id, kind].append(line_id)
        Line = self.env["account.move.line"]
        every = Line.browse([line_id for _sale, _kind, line_id in rows])
        return {
            key: Line.browse(ids).with_prefetch(every.ids) for key, ids in found.items()
        }

    def _match(self):
        """Match posted lines of settlements with posted invoices, all in one plan."""
        same_sales = self.search([("sale_order_id", "in", self.sale_order_id.ids)])
        documents = self._find_documents(self.sale_order_id)
        plan = []
        for order in self:
            line = order.line_id
            if line.parent_state != "posted" or line.reconciled:
                continue
            wanted = documents.get((order.sale_order_id.id, DOCUMENTS[order.kind]))
            fitting = wanted and wanted.filtered(
                lambda one, line=line: (
                    not one.reconciled and one.account_id == line.account_id
                )
            )
            if fitting:
                plan.append(line | fitting)
        lines = self.env["account.move.line"].with_context(**MATCHING())
        if plan:
            lines._reconcile_plan(plan)
        if rest := (self | same_sales)._find_set_off(documents):
            lines._reconcile_plan(rest)
        (self | same_sales)._refresh(documents)

    def _find_set_off(self, documents):
        """What was paid and refunded of orders without an open document: it is set off
        against each other, e.g. where the invoice was by its credit note.

        :return: a list of journal items to be matched
        """
        found = []
        by_sale = self.filtered("sale_order_id").grouped("sale_order_id")
        for sale, orders in by_sale.items():
            open_ = orders.filtered(
                lambda one: (
                    one.line_id.parent_state == "posted" and not one.line_id.reconciled
                )
            )
            told = [
                documents.get((sale.id, DOCUMENTS[kind]))
                for kind in set(open_.mapped("kind"))
            ]
            is_over = all(
                lines and all(lines.mapped("reconciled")) for lines in told
            ) or (sale.state == "cancel" and not any(told))
            if is_over:
                found += [
                    lines
                    for lines in open_.line_id.grouped("account_id").values()
                    if len({one.amount_currency > 0 for one in lines}) > 1
                ]
        return found

    @api.model
    def _follow_items(self, lines):
        """Say anew how far orders are settled of which these journal items are: the
        settlement's, or those of invoices."""
        documents = lines.sudo().move_id.filtered(
            lambda move: move.move_type in ("out_invoice", "out_refund")
        )
        sales = documents.invoice_line_ids.sale_line_ids.order_id
        concerned = drop_caller_context(self.sudo()).search(
            [
                "|",
                ("line_id", "in", lines.ids),
                ("sale_order_id", "in", sales.filtered("amazon_order_id").ids),
            ]
        )
        if concerned:
            concerned._refresh()

    def _refresh(self, documents=None):
        """Say how far each is settled, after something was matched or undone."""
        if documents is None:
            documents = self._find_documents(self.sale_order_id)
        for order in self:
            key = (order.sale_order_id.id, DOCUMENTS[order.kind])
            vals = order._get_outcome(documents.get(key))
            changed = {name: val for name, val in vals.items() if order[name] != val}
            if changed:
                order.write(changed)

    def _get_outcome(self, invoiced):
        if not self.sale_order_id:
            return {"state": "unknown", "difference": 0.0}
        line = self.line_id
        if not line and not self.amount:
            return {"state": "paid", "difference": 0.0}
        if line.parent_state != "posted":
            return {"state": "draft", "difference": 0.0}
        if not invoiced:
            state = "paid" if line.reconciled else "waits"
            return {"state": state, "difference": 0.0}
        lines = line | invoiced
        same = all(one.currency_id == self.currency_id for one in lines)
        residual = sum(lines.mapped("amount_residual_currency")) if same else 0.0
        open_lines = lines.filtered(lambda one: not one.reconciled)
        return {
            "state": "partial" if open_lines else "paid",
            "difference": self.currency_id.round(residual) if open_lines else 0.0,
        }
