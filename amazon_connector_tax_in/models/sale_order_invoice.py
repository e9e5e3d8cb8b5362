# SPDX-License-Identifier: LGPL-3.0-or-later
"""Invoices of orders under GST, and what Amazon's Merchant Tax Report says of them."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..gst.buyers import is_gstin

# Of all rows of an order, also those of other months; what Amazon ships leaves its
# warehouse, which is known where all rows agree.
_TAKE_MTR = """
    WITH named AS (
        SELECT DISTINCT company_id, order_ref FROM amazon_mtr_row
         WHERE month_id = ANY(%(months)s) AND kind = 'shipment' AND counts
           AND order_ref IS NOT NULL
    ), told AS (
        SELECT mtr.company_id, mtr.order_ref,
               string_agg(DISTINCT mtr.number, ', ' ORDER BY mtr.number) AS number,
               max(mtr.day) AS day,
               CASE WHEN count(DISTINCT mtr.ship_from_state_id) = 1
                    THEN min(mtr.ship_from_state_id) END AS state_id
          FROM amazon_mtr_row mtr JOIN named USING (company_id, order_ref)
         WHERE mtr.kind = 'shipment' AND mtr.counts
      GROUP BY 1, 2
    ), news AS (
        SELECT sale.id, told.number, told.day,
               CASE WHEN sale.amazon_shipping = 'amazon'
                    THEN COALESCE(told.state_id, sale.amazon_ship_from_id)
                    ELSE sale.amazon_ship_from_id END AS state_id
          FROM told
          JOIN amazon_order amazon
            ON amazon.order_number = told.order_ref
           AND amazon.company_id = told.company_id
          JOIN sale_order sale ON sale.id = amazon.sale_order_id
    )
    UPDATE sale_order sale
       SET amazon_in_mtr = TRUE,
           amazon_invoice_number = news.number,
           amazon_invoice_date = news.day,
           amazon_ship_from_id = news.state_id
      FROM news
     WHERE sale.id = news.id
       AND (sale.amazon_in_mtr IS NOT TRUE
            OR sale.amazon_invoice_number IS DISTINCT FROM news.number
            OR sale.amazon_invoice_date IS DISTINCT FROM news.day
            OR sale.amazon_ship_from_id IS DISTINCT FROM news.state_id)
 RETURNING sale.id, sale.amazon_channel_id
"""
# Orders that Amazon invoiced to a business which they did not name, and which have no
# invoice yet.
_FIND_BUSINESSES = """
    SELECT sale.id, min(mtr.buyer_gstin)
      FROM amazon_mtr_row mtr
      JOIN amazon_order amazon
        ON amazon.order_number = mtr.order_ref
       AND amazon.company_id = mtr.company_id
      JOIN sale_order sale ON sale.id = amazon.sale_order_id
      JOIN res_partner buyer ON buyer.id = sale.partner_invoice_id
     WHERE mtr.month_id = ANY(%(months)s) AND mtr.kind = 'shipment' AND mtr.counts
       AND mtr.buyer_gstin IS NOT NULL AND buyer.vat IS NULL
       AND NOT EXISTS (
           SELECT FROM sale_order_line line
             JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
            WHERE line.order_id = sale.id)
  GROUP BY sale.id
    HAVING count(DISTINCT mtr.buyer_gstin) = 1
"""


class SaleOrder(models.Model):
    _inherit = "sale.order"

    amazon_in_mtr = fields.Boolean(
        "In the Merchant Tax Report", copy=False, readonly=True
    )
    amazon_ship_from_id = fields.Many2one(
        "res.country.state",
        "Goods Left From",
        copy=False,
        readonly=True,
        ondelete="restrict",
        help="The state of Amazon's warehouse, as stated in the Merchant Tax Report.",
    )
    amazon_invoice_number = fields.Char(
        "Amazon's Invoice Number", copy=False, readonly=True
    )
    amazon_invoice_date = fields.Date(
        "Amazon's Invoice Date",
        copy=False,
        readonly=True,
        help="The date of Amazon's invoice (of the last one, if there are several). "
        "Its month decides the return, so Odoo's invoice has the same date.",
    )

    def _prepare_invoice(self):
        """Override of `sale`: the seller's GSTIN decides on the journal."""
        values = super()._prepare_invoice()
        if self.amazon_order_id and self.company_id._pays_gst():
            values.update(self._prepare_gst_invoice())
        return values

    def _prepare_gst_invoice(self):
        state = self._get_gst_ship_from()
        values = {"amazon_ship_from_id": state.id}
        journal = self.company_id._get_gst_registration(state).journal_id
        if journal.active and not self.journal_id:
            values["journal_id"] = journal.id
        if number := self.amazon_invoice_number:
            values.update(amazon_invoice_number=number, ref=number)
        if day := self.amazon_invoice_date:
            values["invoice_date"] = day
        return values

    def _is_amazon_invoice_due(self):
        """Override of `amazon_connector`: what Amazon ships may wait for the report."""
        return super()._is_amazon_invoice_due() and not self._waits_for_mtr()

    def _waits_for_mtr(self):
        channel = self.amazon_channel_id
        return (
            self.amazon_shipping == "amazon"
            and not self.amazon_in_mtr
            and channel.gst_fba_invoices == "mtr"
            and channel._has_gst()
        )

    def _create_invoices(self, grouped=False, final=False, date=None):
        """Override of `sale`: what the tax report told comes first."""
        for sale in self.filtered("amazon_ship_from_id"):
            sale.sudo()._follow_ship_from()
        moves = super()._create_invoices(grouped=grouped, final=final, date=date)
        self._release_credit_notes(moves)
        return moves

    def _release_credit_notes(self, moves):
        """Odoo makes them of invoices: Amazon's number and date are those of the sale,
        and a credit note belongs to the month of its own."""
        days = set(self.mapped("amazon_invoice_date"))
        notes = moves.sudo().filtered(
            lambda move: move.move_type == "out_refund" and move.amazon_invoice_number
        )
        notes.amazon_invoice_number = False
        notes.filtered(lambda note: note.invoice_date in days).invoice_date = False

    @api.model
    @api.private
    def _take_mtr(self, months):
        """Take over what the rows of these months say of orders, many at once.

        As :meth:`_release_after_mtr`, but the kinds of GST follow when the order is
        invoiced.

        :param months: ``amazon.mtr.month``
        """
        self.env.flush_all()
        rows = self.env.execute_query(SQL(_TAKE_MTR, months=list(months.ids)))
        self._take_businesses(months)
        if rows:
            self.browse([row[0] for row in rows]).invalidate_recordset()
            channels = {row[1] for row in rows if row[1]}
            self.env["amazon.channel"].browse(channels)._wake_invoicing()

    @api.model
    def _take_businesses(self, months):
        """Have the invoices of these months name the businesses that the report names
        (S83): Amazon tells buyers' numbers with orders to few applications."""
        query = SQL(_FIND_BUSINESSES, months=list(months.ids))
        for sale_id, gstin in self.env.execute_query(query):
            if is_gstin(gstin):
                self.browse(sale_id)._bill_to_business(gstin)

    def _bill_to_business(self, gstin):
        sale = self.sudo()
        sale.partner_invoice_id = sale._find_or_create_business(gstin)
        sale._message_log(
            body=self.env._(
                "According to Amazon's tax report, the buyer is a registered "
                "business. It is now the contact of the invoice, with its GSTIN."
            )
        )

    def _find_or_create_business(self, gstin):
        """A contact below the buyer's, masked like it, that bears the GSTIN; private
        purchases of the same buyer stay his own.

        Its state is that of the delivery, from which Odoo has the place of supply.
        """
        buyer = self.partner_id.commercial_partner_id
        place = self.partner_shipping_id
        known = buyer.child_ids.filtered(
            lambda contact: contact.vat == gstin and contact.state_id == place.state_id
        )
        if known:
            return known[0]
        return buyer.with_context(no_vat_validation=True).create(
            {
                "name": buyer.name,
                "parent_id": buyer.id,
                "type": "invoice",
                "is_company": True,
                "company_id": self.company_id.id,
                "country_id": place.country_id.id,
                "state_id": place.state_id.id,
                "vat": gstin,
                "l10n_in_gst_treatment": "regular",
            }
        )

    @api.private
    def _release_after_mtr(self, number=None, ship_from=None, day=None):
        """Take over what the Merchant Tax Report says of an order that it lists.

        What is not invoiced yet follows: Amazon's number becomes the reference, its
        date the invoice's, and another state of the warehouse another kind of GST, with
        the same amounts.
        Orders that wait for the report are invoiced by the next run.

        :param number: Amazon's number of the invoice; several with commas
        :param ship_from: the state (``res.country.state``) of Amazon's warehouse; only
            for what Amazon ships
        :param day: the date of Amazon's invoice
        """
        self.ensure_one()
        sale = self.sudo()
        told = {"amazon_in_mtr": True}
        if number:
            told["amazon_invoice_number"] = number
        if day:
            told["amazon_invoice_date"] = day
        if ship_from and sale.amazon_shipping == "amazon":
            told["amazon_ship_from_id"] = ship_from.id
        changed = {
            name: value for name, value in told.items() if _get_id(sale[name]) != value
        }
        if not changed:
            return
        sale.write(changed)
        sale._follow_ship_from()
        sale.amazon_channel_id._wake_invoicing()

    def _follow_ship_from(self):
        """Give what is not invoiced the kinds of GST of the state that it left from."""
        roles = self._get_gst_kinds()
        lines = self.order_line.filtered(
            lambda line: (
                line.amazon_charge
                and line.tax_ids
                and not line.qty_invoiced
                and line._has_gst_of_amazon()
            )
        )
        changes = {
            line: vals
            for line in lines
            if not line._has_kinds(roles) and (vals := line._prepare_other_kinds(roles))
        }
        if not changes:
            return
        locked = self.locked
        if locked:
            self.action_unlock()
        for line, vals in changes.items():
            line.write(vals)
        if locked:
            self.action_lock()
        self._message_log(
            body=self.env._(
                "According to Amazon's tax report, the goods shipped from %s. The tax "
                "amounts are unchanged and now use the kinds of GST of that state.",
                self._get_gst_ship_from().name,
            )
        )


def _get_id(value):
    return value.id if isinstance(value, models.BaseModel) else value
