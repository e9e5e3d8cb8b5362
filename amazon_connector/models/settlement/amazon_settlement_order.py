# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

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
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)
        (self | same_sales)._refresh(documents)

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
