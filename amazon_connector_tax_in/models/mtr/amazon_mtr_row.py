# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.exceptions import UserError

KINDS = [
    ("shipment", "Invoice"),
    ("refund", "Credit note"),
    ("cancel", "Cancelled"),
    ("replacement", "Free replacement"),
    ("withdrawn", "E-invoice withdrawn"),
    ("transfer", "Stock transfer"),
    ("challan", "Delivery challan"),
    ("unknown", "Unknown"),
]


class AmazonMtrRow(models.Model):
    """One item of one document as Amazon's Merchant Tax Report tells it.

    Rows are written by SQL (:mod:`.amazon_mtr_import`). Amounts are those of a return:
    those of credit notes are negative, those of what is no supply are 0. Nothing of the
    buyer is kept but his GSTIN and the state he lives in.
    """

    _name = "amazon.mtr.row"
    _description = "Amazon Tax Report Row"
    _inherit = "amazon.binding"
    _order = "day, number, id"
    _rec_name = "number"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    file_id = fields.Many2one(
        "amazon.mtr.file",
        "First Read From",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    line = fields.Integer(
        readonly=True, help="Line in that file; the header is line 1."
    )
    month_id = fields.Many2one(
        "amazon.mtr.month",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    seller_gstin = fields.Char("Seller's GSTIN", required=True, readonly=True)
    kind = fields.Selection(KINDS, "Document", required=True, readonly=True)
    counts = fields.Boolean(
        "Counts in the Return",
        readonly=True,
        help="An invoice, a credit note or a stock transfer to another registration "
        "that was not withdrawn.",
    )
    voided = fields.Boolean(
        readonly=True,
        help="The e-invoice was withdrawn or the transfer cancelled, so it is not a "
        "supply.",
    )
    number = fields.Char(readonly=True, help="Date of the invoice or credit note.")
    day = fields.Date("Date", required=True, readonly=True)
    invoice_number = fields.Char(readonly=True, index="btree_not_null")
    invoice_date = fields.Date(readonly=True)
    order_ref = fields.Char("Amazon Order ID", readonly=True)
    shipment_ref = fields.Char(
        "Shipment ID", readonly=True, help="For a stock transfer, its transaction."
    )
    shipment_item_ref = fields.Char(
        "Shipment Item ID",
        readonly=True,
        help="For a stock transfer, its transaction and item.",
    )
    twin = fields.Integer(
        readonly=True, help="Numbers the different rows of one document and item."
    )
    quantity = fields.Integer(readonly=True)
    sku = fields.Char("SKU", readonly=True)
    asin = fields.Char("ASIN", readonly=True)
    hsn = fields.Char("HSN/SAC", readonly=True)
    ship_from_state_id = fields.Many2one(
        "res.country.state", readonly=True, ondelete="restrict"
    )
    state_id = fields.Many2one(
        "res.country.state",
        "Place of Supply",
        ondelete="restrict",
        domain=[("country_id.code", "=", "IN")],
        help="Choose it if Amazon's spelling is not known; you find it in the file, in "
        "the line shown here.",
    )
    state_unknown = fields.Boolean(
        "Place Unknown", readonly=True, help="Amazon's file does not state it clearly."
    )
    state_doubtful = fields.Boolean(
        "Postal Code in Another State",
        readonly=True,
        help="The state is used. Check it, because the tax depends on it.",
    )
    overseas = fields.Boolean("Export", readonly=True)
    buyer_gstin = fields.Char(
        "Buyer's GSTIN",
        readonly=True,
        help="For a stock transfer, your own registration that receives the goods.",
    )
    total = fields.Monetary(readonly=True)
    net = fields.Monetary("Taxable Value", readonly=True)
    tax = fields.Monetary("Total Tax", readonly=True)
    igst = fields.Monetary("IGST", readonly=True)
    cgst = fields.Monetary("CGST", readonly=True)
    sgst = fields.Monetary("SGST/UTGST", readonly=True)
    cess = fields.Monetary(readonly=True)
    rate = fields.Float("Rate (%)", readonly=True, digits=(6, 2), aggregator=None)
    adds_up = fields.Boolean(
        readonly=True, help="The kinds of tax add up to Amazon's own total."
    )
    tcs = fields.Monetary(
        "TCS by Amazon",
        readonly=True,
        help="The amount collected according to the file.",
    )
    tcs_due = fields.Monetary(
        "Expected TCS", readonly=True, help="Section 52 of the CGST Act."
    )
    tds_due = fields.Monetary(
        "Expected TDS", readonly=True, help="Section 194-O; returns do not reduce it."
    )
    warehouse = fields.Char("Amazon's Warehouse", readonly=True)
    to_warehouse = fields.Char(readonly=True, help="Where the transferred stock went.")
    fulfillment_channel = fields.Char(readonly=True)
    irn = fields.Char("IRN", readonly=True)
    irn_status = fields.Char("E-Invoice", readonly=True)
    late = fields.Boolean(
        readonly=True,
        help="It was added when its month was already closed, or already read and due "
        "for its return.",
    )
    changed_on = fields.Datetime(
        "Changed", readonly=True, help="When Amazon sent different data than before."
    )
    digest = fields.Char(readonly=True, copy=False)

    _key_unique = models.UniqueIndex(
        "(company_id, seller_gstin, kind, COALESCE(number, ''), "
        "COALESCE(shipment_item_ref, ''), COALESCE(order_ref, ''), twin)",
        "This row already exists.",
    )
    _order_idx = models.Index("(company_id, order_ref)")

    def write(self, vals):
        """Override: a place of supply is chosen only where Amazon's is unknown."""
        if "state_id" in vals and not self.env.su:
            self._check_state_choice()
        return super().write(vals)

    def _check_state_choice(self):
        if not all(row.state_unknown for row in self):
            raise UserError(
                self.env._(
                    "The place of supply is stated in Amazon's file and cannot be "
                    "changed."
                )
            )
        if closed := self.month_id.filtered("closed_on"):
            raise UserError(
                self.env._(
                    "%s is closed. Reopen the month first.", closed[0].display_name
                )
            )
        self.month_id.sudo()._note_change()
