# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's tax report beside Odoo's invoices, item by item: a few statements for a
month of any size, so that memory stays flat."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

_UNSTAGE = (
    "DROP TABLE IF EXISTS amazon_mtr_tax, amazon_mtr_told, amazon_mtr_here, "
    "amazon_mtr_pair"
)
# The items of a month that Amazon tells, by order, item and direction; of its stock
# transfers the documents.
_TOLD = """
    CREATE TEMPORARY TABLE amazon_mtr_told ON COMMIT DROP AS
    SELECT %(document)s AS order_ref, %(item)s AS item, told.kind AS direction,
           min(told.id) AS row_id, sum(told.net) AS net, sum(told.tax) AS tax,
           bool_or(told.igst <> 0) AS between_states,
           bool_or(told.cgst <> 0 OR told.sgst <> 0) AS within_state,
           min(CASE WHEN told.overseas THEN '96' ELSE %(tin)s END) AS tin,
           min(state.name) AS state_name,
           min(told.hsn) FILTER (WHERE told.kind <> 'transfer') AS hsn,
           max(told.buyer_gstin) AS gstin
      FROM amazon_mtr_row told
 LEFT JOIN res_country_state state ON state.id = told.state_id
     WHERE told.month_id = %(month)s AND told.counts
  GROUP BY 1, 2, 3
"""
# The same of Odoo's posted invoices and credit notes.
_HERE = """
    SELECT amazon.order_number AS order_ref, %(item)s AS item,
           CASE move.move_type WHEN 'out_refund' THEN 'refund' ELSE 'shipment' END
               AS direction,
           min(move.id) AS move_id, sum(-line.balance) AS net,
           sum((line.price_total - line.price_subtotal)
               * CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END) AS tax,
           bool_or(tax.between_states) AS between_states,
           bool_or(tax.within_state) AS within_state,
           min(%(tin)s) AS tin, min(state.name) AS state_name,
           min(line.l10n_in_hsn_code) FILTER (WHERE sold.amazon_charge = 'item')
               AS hsn,
           max(move.l10n_in_gstin) AS gstin
      FROM account_move move
      JOIN account_move_line line
        ON line.move_id = move.id AND line.display_type = 'product'
      JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
      JOIN sale_order_line sold ON sold.id = rel.order_line_id
      JOIN amazon_order_line bought ON bought.id = sold.amazon_order_line_id
      JOIN amazon_order amazon ON amazon.id = bought.order_id
      JOIN sale_order sale ON sale.id = sold.order_id
 LEFT JOIN LATERAL (%(kinds)s) tax ON TRUE
 LEFT JOIN res_country_state state ON state.id = move.l10n_in_state_id
     WHERE move.company_id = %(company)s AND move.state = 'posted'
       AND move.move_type IN ('out_invoice', 'out_refund')
       AND %(condition)s
  GROUP BY 1, 2, 3
"""
# What a company books of Amazon's stock transfers: invoices to its own registrations
# with Amazon's number.
_TRANSFERS_HERE = """
    WITH booked AS (
        SELECT id, ref AS number FROM account_move
         WHERE company_id = %(company)s AND ref = ANY(%(numbers)s)
         UNION
        SELECT id, name FROM account_move
         WHERE company_id = %(company)s AND name = ANY(%(numbers)s))
    SELECT booked.number AS order_ref, '' AS item, 'transfer' AS direction,
           min(move.id) AS move_id, sum(-line.balance) AS net,
           sum(line.price_total - line.price_subtotal) AS tax,
           bool_or(tax.between_states) AS between_states,
           bool_or(tax.within_state) AS within_state,
           min(%(tin)s) AS tin, min(state.name) AS state_name, NULL AS hsn,
           max(move.l10n_in_gstin) AS gstin
      FROM booked
      JOIN account_move move
        ON move.id = booked.id AND move.state = 'posted'
       AND move.move_type = 'out_invoice'
      JOIN account_move_line line
        ON line.move_id = move.id AND line.display_type = 'product'
 LEFT JOIN LATERAL (%(kinds)s) tax ON TRUE
 LEFT JOIN res_country_state state ON state.id = move.l10n_in_state_id
     WHERE %(condition)s
  GROUP BY 1
"""
# Which kinds of GST an invoice line bears.
_KINDS = """
    SELECT bool_or(kind.between_states) AS between_states,
           bool_or(NOT kind.between_states) AS within_state
      FROM account_move_line_account_tax_rel used
      JOIN amazon_mtr_tax kind ON kind.tax_id = used.account_tax_id
     WHERE used.account_move_line_id = line.id
"""
# Whose registration an invoice belongs to: Amazon's rows of the order tell it, else the
# state that it leaves from (a branch's own comes before its parent's), else its
# warehouse, else it is the company's own.
_GSTIN = """
    COALESCE(
        (SELECT seller_gstin FROM amazon_mtr_row
          WHERE company_id = move.company_id AND order_ref = amazon.order_number
       ORDER BY id LIMIT 1),
        (SELECT registration.gstin FROM amazon_gst_registration registration
           JOIN res_company owner ON owner.id = registration.company_id
          WHERE registration.company_id = ANY(%(owners)s) AND registration.active
            AND registration.state_id = move.amazon_ship_from_id
       ORDER BY length(owner.parent_path) DESC LIMIT 1),
        (SELECT partner.vat FROM stock_warehouse warehouse
           JOIN res_partner partner ON partner.id = warehouse.partner_id
          WHERE warehouse.id = sale.warehouse_id AND length(partner.vat) = 15),
        %(own)s) = %(gstin)s
"""
_PAIR = """
    CREATE TEMPORARY TABLE amazon_mtr_pair ON COMMIT DROP AS
    SELECT order_ref, item, direction, told.row_id, here.move_id,
           COALESCE(told.net, 0) AS told_net, COALESCE(told.tax, 0) AS told_tax,
           COALESCE(here.net, 0) AS here_net, COALESCE(here.tax, 0) AS here_tax,
           told.between_states AS told_between, told.within_state AS told_within,
           here.between_states AS here_between, here.within_state AS here_within,
           told.tin AS told_tin, told.state_name AS told_state,
           here.tin AS here_tin, here.state_name AS here_state,
           told.hsn AS told_hsn, regexp_replace(here.hsn, '\\D', '', 'g') AS here_hsn,
           told.gstin AS told_gstin,
           NULLIF(upper(regexp_replace(here.gstin, '\\s', '', 'g')), '') AS here_gstin,
           abs(COALESCE(told.net, 0) - COALESCE(here.net, 0)) < 0.005
               AND abs(COALESCE(told.tax, 0) - COALESCE(here.tax, 0)) < 0.005 AS equal,
           FALSE AS elsewhere
      FROM amazon_mtr_told told
 FULL JOIN amazon_mtr_here here USING (order_ref, item, direction)
"""
# Unequal in this month, but equal over all months.
_ELSEWHERE = """
    WITH told AS (
        SELECT %(document)s AS order_ref, %(item)s AS item, told.kind AS direction,
               sum(told.net) AS net, sum(told.tax) AS tax
          FROM amazon_mtr_row told
         WHERE told.company_id = %(company)s AND told.counts
           AND (told.order_ref = ANY(%(orders)s) AND told.kind <> 'transfer'
                OR told.number = ANY(%(orders)s) AND told.kind = 'transfer')
      GROUP BY 1, 2, 3),
    here AS ((%(here)s) UNION ALL (%(transfers)s))
    UPDATE amazon_mtr_pair pair
       SET elsewhere = TRUE
      FROM told JOIN here USING (order_ref, item, direction)
     WHERE NOT pair.equal
       AND pair.order_ref = told.order_ref AND pair.item = told.item
       AND pair.direction = told.direction
       AND abs(told.net - here.net) < 0.005 AND abs(told.tax - here.tax) < 0.005
"""
_SHORT = """
    SELECT CASE WHEN elsewhere THEN 'month' WHEN move_id IS NULL THEN 'missing_here'
                WHEN row_id IS NULL THEN 'missing_there' ELSE 'amount' END AS type,
           NULL AS hint, NULL AS told_text, NULL AS here_text, pair.*
      FROM amazon_mtr_pair pair
     WHERE NOT equal
"""
_FACTS = """
    SELECT 'kind', NULL,
           CASE WHEN told_between THEN 'IGST' ELSE 'CGST + SGST' END,
           CASE WHEN here_between THEN 'IGST' WHEN here_within THEN 'CGST + SGST' END,
           pair.*
      FROM amazon_mtr_pair pair
     WHERE row_id IS NOT NULL AND move_id IS NOT NULL AND told_tax <> 0
       AND here_tax <> 0
       AND (told_between, told_within) IS DISTINCT FROM
           (COALESCE(here_between, FALSE), COALESCE(here_within, FALSE))
     UNION ALL
    SELECT 'state', CASE WHEN told_tin IS NULL THEN 'unknown' END,
           told_tin || ' ' || COALESCE(told_state, ''),
           here_tin || ' ' || COALESCE(here_state, ''), pair.*
      FROM amazon_mtr_pair pair
     WHERE row_id IS NOT NULL
       AND (told_tin IS NULL OR (move_id IS NOT NULL
            AND told_tin IS DISTINCT FROM here_tin))
     UNION ALL
    SELECT 'hsn', CASE WHEN COALESCE(here_hsn, '') = '' THEN 'missing' END,
           told_hsn, here_hsn, pair.*
      FROM amazon_mtr_pair pair
     WHERE row_id IS NOT NULL AND move_id IS NOT NULL AND told_hsn <> ''
       AND (COALESCE(here_hsn, '') = ''
            OR NOT (starts_with(told_hsn, here_hsn) OR starts_with(here_hsn, told_hsn)))
     UNION ALL
    SELECT 'gstin', CASE WHEN direction = 'transfer' THEN 'transfer'
                         WHEN here_gstin IS NULL THEN 'missing' END,
           told_gstin, here_gstin, pair.*
      FROM amazon_mtr_pair pair
     WHERE row_id IS NOT NULL AND move_id IS NOT NULL
       AND told_gstin IS DISTINCT FROM here_gstin
"""
_STORE = """
    WITH found AS (%(short)s UNION ALL %(facts)s),
    hinted AS (
        SELECT found.*, COALESCE(found.hint, %(hint)s) AS step FROM found),
    stored AS (
        INSERT INTO amazon_mtr_difference AS stored (
               month_id, company_id, type, hint, order_ref, item, direction, row_id,
               move_id, told_net, here_net, told_tax, here_tax, told_text, here_text,
               state, create_uid, create_date, write_uid, write_date)
        SELECT %(month)s, %(company)s, type, step, order_ref, item, direction, row_id,
               move_id, told_net, here_net, told_tax, here_tax, told_text, here_text,
               'open', %(uid)s, %(now)s, %(uid)s, %(now)s
          FROM hinted
   ON CONFLICT (month_id, type, COALESCE(order_ref, ''), COALESCE(item, ''), direction)
     DO UPDATE SET hint = EXCLUDED.hint, row_id = EXCLUDED.row_id,
               move_id = EXCLUDED.move_id,
               told_net = EXCLUDED.told_net, here_net = EXCLUDED.here_net,
               told_tax = EXCLUDED.told_tax, here_tax = EXCLUDED.here_tax,
               told_text = EXCLUDED.told_text, here_text = EXCLUDED.here_text,
               write_date = EXCLUDED.write_date,
               state = CASE WHEN %(same)s THEN stored.state ELSE 'open' END,
               accepted_by_id = CASE WHEN %(same)s THEN stored.accepted_by_id END,
               accepted_on = CASE WHEN %(same)s THEN stored.accepted_on END
     RETURNING id)
    DELETE FROM amazon_mtr_difference
     WHERE month_id = %(month)s AND id NOT IN (SELECT id FROM stored)
"""
_SAME = """
    (stored.told_net, stored.here_net, stored.told_tax, stored.here_tax,
     stored.told_text, stored.here_text) IS NOT DISTINCT FROM
    (EXCLUDED.told_net, EXCLUDED.here_net, EXCLUDED.told_tax, EXCLUDED.here_tax,
     EXCLUDED.told_text, EXCLUDED.here_text)
"""
_HINT = """
    CASE found.type
    WHEN 'missing_here' THEN (
        CASE WHEN found.direction = 'transfer' THEN 'transfer'
             WHEN NOT EXISTS (
                  SELECT FROM amazon_order amazon
                   WHERE amazon.order_number = found.order_ref
                     AND amazon.company_id = %(company)s)
             THEN 'order'
             WHEN NOT EXISTS (
                  SELECT FROM amazon_order amazon
                    JOIN sale_order sale ON sale.id = amazon.sale_order_id
                   WHERE amazon.order_number = found.order_ref
                     AND amazon.company_id = %(company)s AND sale.state = 'sale')
             THEN 'waiting'
             WHEN EXISTS (
                  SELECT FROM amazon_order amazon
                    JOIN sale_order_line sold ON sold.order_id = amazon.sale_order_id
                    JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = sold.id
                    JOIN account_move_line line ON line.id = rel.invoice_line_id
                    JOIN account_move move ON move.id = line.move_id
                   WHERE amazon.order_number = found.order_ref
                     AND amazon.company_id = %(company)s AND move.state = 'draft'
                     AND (move.move_type = 'out_refund')
                         = (found.direction = 'refund'))
             THEN 'draft'
             WHEN found.direction = 'refund' THEN 'note' END)
    WHEN 'missing_there' THEN (
        SELECT 'cancelled' FROM amazon_mtr_row told
         WHERE told.company_id = %(company)s AND told.order_ref = found.order_ref
           AND (told.kind IN ('cancel', 'withdrawn') OR told.voided)
         LIMIT 1)
    END
"""


def _item(sku, asin):
    """The item of a row or line as it is compared, by SKU, else by ASIN."""
    return SQL(
        "COALESCE(NULLIF(btrim(regexp_replace(%s, '\\s+', ' ', 'g')), ''), %s, '')",
        SQL(sku),
        SQL(asin),
    )


def _told_item():
    return SQL(
        "CASE told.kind WHEN 'transfer' THEN '' ELSE %s END",
        _item("told.sku", "told.asin"),
    )


# What an item belongs to: an order, a stock transfer's invoice.
_DOCUMENT = SQL(
    "CASE told.kind WHEN 'transfer' THEN told.number ELSE told.order_ref END"
)
# 25 was joined to 26 in 2020.
_TIN = SQL("CASE state.l10n_in_tin WHEN '25' THEN '26' ELSE state.l10n_in_tin END")


class AmazonMtrCompare(models.AbstractModel):
    """Compares months of the Merchant Tax Report with what Odoo has invoiced."""

    _name = "amazon.mtr.compare"
    _description = "Amazon Tax Report Comparison"

    @api.model
    @api.private
    def _compare(self, month):
        """Find the differences of a month; those that are gone are deleted."""
        self.env.flush_all()
        self.env.cr.execute(_UNSTAGE)
        self._stage_taxes(month.company_id)
        self._stage_told(month)
        self._stage_here(month)
        self.env.cr.execute(_PAIR)
        self._mark_elsewhere(month)
        self._store(month)
        self.env.cr.execute(_UNSTAGE)
        self.env.invalidate_all()

    @api.model
    def _stage_taxes(self, company):
        """Which taxes are IGST, and which CGST with SGST or UTGST."""
        self.env.cr.execute(
            "CREATE TEMPORARY TABLE amazon_mtr_tax (tax_id integer, "
            "between_states boolean) ON COMMIT DROP"
        )
        pairs = list(company._get_gst_kinds_by_tax().items())
        if pairs:
            values = SQL(", ").join(SQL("%s", pair) for pair in pairs)
            self.env.cr.execute(SQL("INSERT INTO amazon_mtr_tax VALUES %s", values))

    @api.model
    def _stage_told(self, month):
        self.env.cr.execute(
            SQL(
                _TOLD,
                document=_DOCUMENT,
                item=_told_item(),
                tin=_TIN,
                month=month.id,
            )
        )
        self.env.cr.execute("ANALYZE amazon_mtr_told")

    @api.model
    def _stage_here(self, month):
        last = month.month + relativedelta(months=1)
        dates = SQL(
            "move.invoice_date >= %s AND move.invoice_date < %s", month.month, last
        )
        condition = SQL("%s AND %s", dates, self._get_gstin_condition(month))
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE amazon_mtr_here ON COMMIT DROP AS "
                "(%s) UNION ALL (%s)",
                self._prepare_here(month, condition),
                self._prepare_transfers_here(month, self._get_transfers(), dates),
            )
        )
        # What was free of charge is in no return.
        self.env.cr.execute("DELETE FROM amazon_mtr_here WHERE net = 0 AND tax = 0")
        self.env.cr.execute("ANALYZE amazon_mtr_here")

    @api.model
    def _get_gstin_condition(self, month):
        """Hook: which of the company's invoices are of the month's GSTIN, as SQL."""
        company = month.company_id
        return SQL(
            _GSTIN,
            owners=list(company.parent_ids.ids),
            own="".join((company.vat or "").split()).upper(),
            gstin=month.seller_gstin,
        )

    @api.model
    def _prepare_here(self, month, condition):
        return SQL(
            _HERE,
            item=_item("bought.seller_sku", "bought.asin"),
            tin=_TIN,
            kinds=SQL(_KINDS),
            company=month.company_id.id,
            condition=condition,
        )

    @api.model
    def _get_transfers(self):
        """Amazon's numbers of the stock transfers that are staged."""
        self.env.cr.execute(
            "SELECT order_ref FROM amazon_mtr_told WHERE direction = 'transfer'"
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _prepare_transfers_here(self, month, numbers, condition):
        return SQL(
            _TRANSFERS_HERE,
            tin=_TIN,
            kinds=SQL(_KINDS),
            company=month.company_id.id,
            numbers=numbers,
            condition=condition,
        )

    @api.model
    def _mark_elsewhere(self, month):
        self.env.cr.execute(
            "SELECT DISTINCT order_ref FROM amazon_mtr_pair WHERE NOT equal "
            "AND order_ref IS NOT NULL"
        )
        orders = [row[0] for row in self.env.cr.fetchall()]
        if not orders:
            return
        condition = SQL("amazon.order_number = ANY(%s)", orders)
        self.env.cr.execute(
            SQL(
                _ELSEWHERE,
                document=_DOCUMENT,
                item=_told_item(),
                company=month.company_id.id,
                orders=orders,
                here=self._prepare_here(month, condition),
                transfers=self._prepare_transfers_here(month, orders, SQL("TRUE")),
            )
        )

    @api.model
    def _store(self, month):
        company = month.company_id.id
        self.env.cr.execute(
            SQL(
                _STORE,
                short=SQL(_SHORT),
                facts=SQL(_FACTS),
                hint=SQL(_HINT, company=company),
                same=SQL(_SAME),
                month=month.id,
                company=company,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
