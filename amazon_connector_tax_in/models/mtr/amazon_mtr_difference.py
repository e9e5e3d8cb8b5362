# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

TYPES = [
    ("missing_here", "Missing in Odoo"),
    ("missing_there", "Missing at Amazon"),
    ("amount", "Amount"),
    ("kind", "Kind of tax"),
    ("state", "Place of supply"),
    ("hsn", "HSN"),
    ("gstin", "Buyer's GSTIN"),
    ("month", "Month"),
]


class AmazonMtrDifference(models.Model):
    """One item of one order on which Amazon's tax report and Odoo's invoices differ.

    Written by SQL (:mod:`.amazon_mtr_compare`). An accepted one stays accepted as long
    as both sides tell the same.
    """

    _name = "amazon.mtr.difference"
    _description = "Amazon Tax Report Difference"
    _inherit = "amazon.binding"
    _order = "month_id, state desc, type, order_ref, id"
    _rec_name = "order_ref"

    month_id = fields.Many2one(
        "amazon.mtr.month", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    type = fields.Selection(TYPES, "Difference", required=True, readonly=True)
    hint = fields.Char(readonly=True, help="Code of the next step.")
    order_ref = fields.Char(
        "Amazon Order ID",
        readonly=True,
        help="For a stock transfer, the number of Amazon's invoice.",
    )
    item = fields.Char("SKU", readonly=True)
    direction = fields.Selection(
        [
            ("shipment", "Invoice"),
            ("refund", "Credit note"),
            ("transfer", "Stock transfer"),
        ],
        "Document",
        readonly=True,
    )
    row_id = fields.Many2one(
        "amazon.mtr.row", readonly=True, ondelete="cascade", index=True
    )
    move_id = fields.Many2one(
        "account.move",
        "Invoice in Odoo",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    told_net = fields.Monetary("Taxable at Amazon", readonly=True)
    here_net = fields.Monetary("Taxable in Odoo", readonly=True)
    told_tax = fields.Monetary("Tax at Amazon", readonly=True)
    here_tax = fields.Monetary("Tax in Odoo", readonly=True)
    told_text = fields.Char("Amazon Says", readonly=True)
    here_text = fields.Char("Odoo Says", readonly=True)
    state = fields.Selection(
        [("open", "To Check"), ("accepted", "Accepted")],
        "Status",
        required=True,
        readonly=True,
        default="open",
    )
    accepted_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    accepted_on = fields.Datetime(readonly=True)
    note = fields.Char(help="Why the difference may stay.")
    next_step = fields.Char(compute="_compute_next_step")

    _key_unique = models.UniqueIndex(
        "(month_id, type, COALESCE(order_ref, ''), COALESCE(item, ''), direction)"
    )

    @api.depends("type", "hint", "order_ref")
    def _compute_next_step(self):
        steps = self._get_next_steps()
        for one in self:
            step = steps.get(f"{one.type}/{one.hint}") or steps.get(one.type, "")
            one.next_step = step

    @api.model
    def _get_next_steps(self):
        """``{type, or type/hint: what to do}``"""
        return {
            "missing_here/order": self.env._(
                "The order is not in Odoo: fetch it under Sync > Recover an Order."
            ),
            "missing_here/waiting": self.env._(
                "The order is waiting in Odoo: open it, check the reason and try again."
            ),
            "missing_here/draft": self.env._("The invoice is a draft: post it."),
            "missing_here/note": self.env._(
                "Amazon refunded the buyer: create a credit note for the invoice."
            ),
            "missing_here/transfer": self.env._(
                "Amazon moved goods to another registration of yours, which is a "
                "taxable supply: post an invoice to that registration with Amazon's "
                "number as its reference, or accept."
            ),
            "missing_here": self.env._("Invoice the sales order."),
            "missing_there/cancelled": self.env._(
                "Amazon cancelled the document: reverse the invoice with a credit note."
            ),
            "missing_there": self.env._(
                "Wait for Amazon's next file, which adds late rows. If the row is "
                "still missing then, look the order up in Seller Central."
            ),
            "amount": self.env._(
                "Compare order, invoice and Amazon's document; correct the invoice "
                "with a credit note, or accept."
            ),
            "kind": self.env._(
                "IGST instead of CGST and SGST, or the other way round: check where "
                "the goods shipped from, and correct the taxes of the invoice."
            ),
            "state/unknown": self.env._(
                "Amazon's file has no known state: open the row and choose the place "
                "of supply."
            ),
            "state": self.env._(
                "Correct the place of supply of the invoice, or accept."
            ),
            "hsn/missing": self.env._(
                "Enter the HSN on the product and on the line of the invoice."
            ),
            "hsn": self.env._(
                "Check the HSN of the product; Amazon prints its own HSN."
            ),
            "gstin/missing": self.env._(
                "Amazon invoiced a business: enter its GSTIN on the contact and "
                "create the invoice again, or the buyer loses the tax credit."
            ),
            "gstin/transfer": self.env._(
                "The invoice of a stock transfer must show your registration that "
                "receives the goods: enter its GSTIN on the contact and create the "
                "invoice again."
            ),
            "gstin": self.env._(
                "Check the buyer's GSTIN. The file of business buyers (B2B) may not be "
                "read yet."
            ),
            "month": self.env._(
                "Amazon's document is from another month: change the date of the "
                "invoice if its month is open, or accept."
            ),
        }

    def action_accept(self):
        """Let these differences stay: the month can be closed with them."""
        self._check_deciding()
        self.sudo().write(
            {
                "state": "accepted",
                "accepted_by_id": self.env.uid,
                "accepted_on": fields.Datetime.now(),
            }
        )

    def action_open_again(self):
        """Take the acceptance back."""
        self._check_deciding()
        self.sudo().write(
            {"state": "open", "accepted_by_id": False, "accepted_on": False}
        )

    def _check_deciding(self):
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Only accountants can decide on differences."))
        self.check_access("read")
        if closed := self.month_id.filtered("closed_on"):
            raise UserError(
                self.env._(
                    "%s is closed. Reopen the month first.", closed[0].display_name
                )
            )

    def action_open_document(self):
        """Show what the next step is about: invoice, order or row."""
        self.ensure_one()
        record = self.move_id or self._find_order() or self.row_id
        if self.hint == "unknown":
            record = self.row_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def _find_order(self):
        """The sales order, else Amazon's: what the user may see of them, if anything.

        Accountants need not have any rights on Amazon's side.
        """
        order = self.env["amazon.order"].sudo()
        order = order.search(
            [
                ("order_number", "=", self.order_ref),
                ("company_id", "=", self.company_id.id),
            ],
            limit=1,
        )
        sale = order.sale_order_id.sudo(False)._filtered_access("read")
        return sale or order.sudo(False)._filtered_access("read")
