# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rows of the Merchant Tax Report on their way into the database: staged by COPY,
merged in one statement, so that memory stays flat whatever the size of a file."""

import io
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.amazon_connector.models.order.amazon_place import (
    Spelling,
    tell_apart,
)
from odoo.addons.amazon_connector.tools.context import drop_caller_context
from odoo.addons.amazon_connector.tools.database import prepare_defaults

from ...mtr import MtrError, open_mtr
from .dues import TCS_DUE, TDS_DUE
from .messages import explain

_BATCH = 5_000
_COPIED = (
    "line kind seller_gstin number day invoice_number invoice_date order_ref "
    "shipment_ref shipment_item_ref quantity sku asin hsn from_text to_text pin_state "
    "overseas buyer_gstin total net tax igst cgst sgst cess rate adds_up tcs warehouse "
    "to_warehouse fulfillment_channel irn irn_status digest"
).split()
_AMOUNTS = "total net tax igst cgst sgst cess tcs".split()
# Merged as they are; what Amazon corrects replaces what was told before.
_FACTS = (
    "number day invoice_number invoice_date order_ref shipment_ref shipment_item_ref "
    "quantity sku asin hsn overseas rate adds_up warehouse to_warehouse "
    "fulfillment_channel"
).split()
# A file of consumers does not tell them: what is known stays.
_ADDED = "buyer_gstin irn irn_status".split()
_TOLD = {
    *_FACTS,
    *_ADDED,
    *_AMOUNTS,
    *(
        "company_id file_id line month_id seller_gstin kind counts voided twin "
        "ship_from_state_id state_id state_unknown state_doubtful late digest "
        "changed_on tcs_due tds_due"
    ).split(),
}
_STAGE = """
    CREATE TEMPORARY TABLE amazon_mtr_stage (
        line integer, kind varchar, seller_gstin varchar, number varchar, day date,
        invoice_number varchar, invoice_date date, order_ref varchar,
        shipment_ref varchar, shipment_item_ref varchar, quantity integer, sku varchar,
        asin varchar, hsn varchar, from_text varchar, to_text varchar,
        pin_state varchar, overseas boolean, buyer_gstin varchar, total numeric,
        net numeric, tax numeric, igst numeric, cgst numeric, sgst numeric,
        cess numeric, rate numeric, adds_up boolean, tcs numeric, warehouse varchar,
        to_warehouse varchar, fulfillment_channel varchar, irn varchar,
        irn_status varchar, digest varchar
    ) ON COMMIT DROP;
    CREATE TEMPORARY TABLE amazon_mtr_state (text varchar, state_id integer)
        ON COMMIT DROP;
    CREATE TEMPORARY TABLE amazon_mtr_pin (code varchar, state_id integer)
        ON COMMIT DROP;
    CREATE TEMPORARY TABLE amazon_mtr_owner (gstin varchar, company_id integer)
        ON COMMIT DROP
"""
_UNSTAGE = (
    "DROP TABLE IF EXISTS amazon_mtr_stage, amazon_mtr_state, amazon_mtr_pin, "
    "amazon_mtr_owner"
)
_NULL = "\\N"
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\r": "\\r", "\n": "\\n", "\t": "\\t", "\0": None}
)


@dataclass
class _Seen:
    """What a file's rows have in common; small, whatever the size of the file."""

    rows: int = 0
    sellers: set = field(default_factory=set)
    months: set = field(default_factory=set)
    texts: set = field(default_factory=set)
    pins: set = field(default_factory=set)
    words: Counter = field(default_factory=Counter)
    first: object = None
    last: object = None

    def note(self, row):
        self.rows += 1
        self.sellers.add(row.seller_gstin)
        self.months.add((row.seller_gstin, row.day.replace(day=1)))
        self.texts.update(filter(None, (row.ship_from_state, row.ship_to_state)))
        self.pins.update(filter(None, (row.pin_state,)))
        if row.kind == "unknown":
            self.words[row.word] += 1
        self.first = min(self.first or row.day, row.day)
        self.last = max(self.last or row.day, row.day)


class AmazonMtrImport(models.AbstractModel):
    """Reads files of the Merchant Tax Report into rows, all of a file or nothing."""

    _name = "amazon.mtr.import"
    _description = "Amazon Tax Report Import"

    @api.model
    @api.private
    def _import(self, company, file, name, source, month=None):
        """Read one file.

        :param company: whose report it is; rows of a GSTIN that is another company's
            go there
        :param file: binary file, a CSV or a ZIP
        :param source: ``upload`` or ``amazon``
        :param month: first day of a month of which the file must have rows
        :return: ``amazon.mtr.file``
        :raises UserError: for a file that is not such a report, is another seller's or
            of another month; nothing is stored then
        """
        own = drop_caller_context(self.sudo())
        company = company.with_env(own.env)
        self.env.cr.execute(_UNSTAGE)
        self.env.cr.execute(_STAGE)
        seen = own._stage(file)
        if month:
            own._check_month(seen, month)
        owners = own._find_owners(company, seen.sellers)
        self._check_owners(owners)
        own._stage_places(company, seen)
        return own._merge(company, owners, seen, name, source)

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.model
    def _stage(self, file):
        """Copy the rows into the temporary table; return what was :class:`_Seen`."""
        seen, buffer = _Seen(), io.StringIO()
        try:
            for row in open_mtr(file):
                _check_row(row)
                seen.note(row)
                buffer.write(_copy_line(row))
                if not seen.rows % _BATCH:
                    self._copy(buffer)
                    buffer = io.StringIO()
        except MtrError as error:
            raise UserError(explain(self.env, error)) from error
        self._copy(buffer)
        self.env.cr.execute("ANALYZE amazon_mtr_stage")
        return seen

    @api.model
    def _copy(self, buffer):
        buffer.seek(0)
        columns = ", ".join(_COPIED)
        self.env.cr.copy_expert(f"COPY amazon_mtr_stage ({columns}) FROM STDIN", buffer)

    @api.model
    def _check_month(self, seen, month):
        if not any(day == month for _seller, day in seen.months):
            raise UserError(
                self.env._(
                    "No document in this file is from the month that you chose: they "
                    "are from %(first)s to %(last)s. Choose another file or month, or "
                    "no month.",
                    first=fields.Date.to_string(seen.first),
                    last=fields.Date.to_string(seen.last),
                )
            )

    # ------------------------------------------------------------------
    # Whose, and where
    # ------------------------------------------------------------------

    @api.model
    def _find_owners(self, company, sellers):
        """``{GSTIN: company}`` of the file's sellers.

        All registrations of one business bear its PAN; one that is the tax number of
        another company belongs there.

        :raises UserError: for a seller of another business
        """
        own = "".join((company.vat or "").split()).upper()
        if len(own) != 15:
            raise UserError(
                self.env._(
                    "%s has no GSTIN, so it is not clear whether the file belongs to "
                    "it. Enter the GSTIN as the company's tax number, then try again.",
                    company.name,
                )
            )
        strangers = sorted(one for one in sellers if one[2:12] != own[2:12])
        if strangers:
            raise UserError(
                self.env._(
                    "This file belongs to another seller: its GSTIN is %(others)s, "
                    "but that of %(company)s is %(own)s. Nothing was read.",
                    others=", ".join(strangers[:5]),
                    company=company.name,
                    own=own,
                )
            )
        registered = {
            "".join((one.vat or "").split()).upper(): one
            for one in self.env["res.company"].search([("vat", "!=", False)])
        }
        registered[own] = company
        return {gstin: registered.get(gstin, company) for gstin in sellers}

    @api.model
    def _check_owners(self, owners):
        """Refuse rows of companies that the user does not work in."""
        if self.env.su:
            return
        allowed = self.env.user.company_ids
        foreign = sorted(gstin for gstin, one in owners.items() if one not in allowed)
        if foreign:
            raise UserError(
                self.env._(
                    "This file has documents of %s, the GSTIN of a company that you "
                    "cannot access. Nothing was read.",
                    ", ".join(foreign),
                )
            )

    @api.model
    def _stage_places(self, company, seen):
        """Which states the file's texts and postal codes stand for."""
        States = self.env["res.country.state"]
        pins = States.search(
            [("country_id.code", "=", "IN"), ("code", "in", list(seen.pins))]
        )
        self._fill("amazon_mtr_pin", [(one.code, one.id) for one in pins])
        states = self._resolve_states(company, seen.texts)
        self._fill("amazon_mtr_state", [(text, one.id) for text, one in states.items()])

    @api.model
    def _resolve_states(self, company, texts):
        """``{text: state}`` of the spellings that are known, by the company's places.

        What is not known may be anything that a buyer typed: it is kept nowhere.
        """
        Places = self.env["amazon.place"]
        atlas = Places._open_atlas(company, {"IN"})
        told = tell_apart(company, [("IN", text) for text in texts])
        states = {}
        for (_country, text), (code, region, digests) in told.items():
            place = Places._find(Spelling(code, region, tuple(digests.split())), atlas)
            if place and place.state:
                states[text] = place.state
        return states

    @api.model
    def _fill(self, table, pairs):
        for start in range(0, len(pairs), 1000):
            values = SQL(", ").join(SQL("%s", pair) for pair in pairs[start:][:1000])
            self.env.cr.execute(
                SQL("INSERT INTO %s VALUES %s", SQL.identifier(table), values)
            )

    # ------------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------------

    @api.model
    def _merge(self, company, owners, seen, name, source):
        self._fill(
            "amazon_mtr_owner", [(gstin, one.id) for gstin, one in owners.items()]
        )
        months = self.env["amazon.mtr.month"]._find_or_create_months(
            (owners[gstin], gstin, day) for gstin, day in seen.months
        )
        late = months.filtered(lambda one: one._is_read_late())
        file = self.env["amazon.mtr.file"].create(
            {
                "name": name,
                "company_id": company.id,
                "source": source,
                "row_count": seen.rows,
                "first_day": seen.first,
                "last_day": seen.last,
                "unknown_words": ", ".join(
                    f"{word or '-'} ({count})" for word, count in seen.words.items()
                ),
            }
        )
        touched = self._merge_rows(file, months, late)

        touched |= self._void_cancelled(months)
        self.env.invalidate_all()

        touched._note_change()
        self.env["amazon.withholding"]._refresh(touched)
        self.env["sale.order"]._take_mtr(touched)
        return file

    @api.model
    def _merge_rows(self, file, months, late):
        """Write what is new or told anew; return the months concerned.

        A row is known by seller, document and item. Different rows of one document and
        item within a file are twins, counted in their order; equal ones are one row.
        """
        self.env.flush_all()
        Row = self.env["amazon.mtr.row"]
        names, values = prepare_defaults(Row, _TOLD)
        self.env.cr.execute(
            SQL(
                """
                WITH told AS (
                    SELECT DISTINCT ON (seller_gstin, kind, number, shipment_item_ref,
                                        order_ref, digest) *
                      FROM amazon_mtr_stage
                  ORDER BY seller_gstin, kind, number, shipment_item_ref, order_ref,
                           digest, buyer_gstin NULLS LAST, line),
                merged AS (
                    INSERT INTO amazon_mtr_row AS stored (
                           company_id, file_id, line, month_id, seller_gstin, kind,
                           counts, voided, twin, ship_from_state_id, state_id,
                           state_unknown, state_doubtful, late, digest,
                           tcs_due, tds_due, %(facts)s, %(added)s, %(amounts)s,
                           create_uid, create_date, write_uid, write_date %(names)s)
                    SELECT owner.company_id, %(file)s, told.line, month.id,
                           told.seller_gstin, told.kind,
                           told.kind IN ('shipment', 'refund', 'transfer'), FALSE,
                           row_number() OVER (
                               PARTITION BY told.seller_gstin, told.kind, told.number,
                                            told.shipment_item_ref, told.order_ref
                                   ORDER BY told.line, told.digest),
                           origin.state_id,
                           COALESCE(target.state_id, pin.state_id),
                           NOT told.overseas
                               AND COALESCE(target.state_id, pin.state_id) IS NULL,
                           COALESCE(target.state_id <> pin.state_id, FALSE),
                           month.id = ANY(%(late)s), told.digest,
                           %(tcs)s, %(tds)s,
                           %(told_facts)s, %(told_added)s, %(told_amounts)s,
                           %(uid)s, %(now)s, %(uid)s, %(now)s %(values)s
                      FROM told
                      JOIN amazon_mtr_owner owner ON owner.gstin = told.seller_gstin
                      JOIN amazon_mtr_month month
                        ON month.company_id = owner.company_id
                       AND month.seller_gstin = told.seller_gstin
                       AND month.month = date_trunc('month', told.day)::date
                       AND month.id = ANY(%(months)s)
                 LEFT JOIN amazon_mtr_state origin ON origin.text = told.from_text
                 LEFT JOIN amazon_mtr_state target
                        ON target.text = told.to_text AND NOT told.overseas
                 LEFT JOIN amazon_mtr_pin pin
                        ON pin.code = told.pin_state AND NOT told.overseas
               ON CONFLICT (company_id, seller_gstin, kind, COALESCE(number, ''),
                            COALESCE(shipment_item_ref, ''), COALESCE(order_ref, ''),
                            twin)
                 DO UPDATE SET %(updates)s,
                           month_id = EXCLUDED.month_id,
                           state_id = COALESCE(EXCLUDED.state_id, stored.state_id),
                           state_unknown = EXCLUDED.state_unknown,
                           state_doubtful = EXCLUDED.state_doubtful,
                           ship_from_state_id = EXCLUDED.ship_from_state_id,
                           counts = EXCLUDED.counts AND NOT stored.voided,
                           tcs_due = EXCLUDED.tcs_due, tds_due = EXCLUDED.tds_due,
                           changed_on = CASE
                               WHEN stored.digest = EXCLUDED.digest
                               THEN stored.changed_on ELSE EXCLUDED.write_date END,
                           digest = EXCLUDED.digest,
                           write_uid = EXCLUDED.write_uid,
                           write_date = EXCLUDED.write_date
                     WHERE stored.digest <> EXCLUDED.digest
                        OR (stored.buyer_gstin IS NULL
                            AND EXCLUDED.buyer_gstin IS NOT NULL)
                        OR (stored.irn IS NULL AND EXCLUDED.irn IS NOT NULL)
                 RETURNING id, month_id, late, xmax = 0 AS created)
                SELECT month_id, count(*) FILTER (WHERE created),
                       count(*) FILTER (WHERE NOT created),
                       count(*) FILTER (WHERE created AND late)
                  FROM merged GROUP BY month_id
                 UNION ALL
                -- As it was before: the month that Amazon takes a document from.
                SELECT DISTINCT former.month_id, 0, 0, 0
                  FROM merged JOIN amazon_mtr_row former USING (id)
                 WHERE former.month_id <> merged.month_id
                """,
                facts=_names(_FACTS),
                added=_names(_ADDED),
                amounts=_names(_AMOUNTS),
                told_facts=_names(_FACTS, "told"),
                told_added=_names(_ADDED, "told"),
                told_amounts=SQL(", ").join(
                    SQL(
                        "%s * CASE WHEN told.kind IN ('shipment', 'transfer') THEN 1 "
                        "WHEN told.kind = 'refund' THEN -1 ELSE 0 END",
                        SQL.identifier("told", name),
                    )
                    for name in _AMOUNTS
                ),
                updates=SQL(", ").join(
                    [
                        SQL(
                            "%s = EXCLUDED.%s",
                            SQL.identifier(name),
                            SQL.identifier(name),
                        )
                        for name in _FACTS + _AMOUNTS
                    ]
                    + [
                        SQL(
                            "%s = COALESCE(EXCLUDED.%s, stored.%s)",
                            *[SQL.identifier(name)] * 3,
                        )
                        for name in _ADDED
                    ]
                ),
                tcs=TCS_DUE,
                tds=TDS_DUE,
                file=file.id,
                months=months.ids,
                late=late.ids,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                names=names,
                values=values,
            )
        )
        return self._note_counts(file, self.env.cr.fetchall())

    @api.model
    def _note_counts(self, file, rows):
        new, changed, late = (sum(row[place] for row in rows) for place in (1, 2, 3))
        file.write(
            {
                "new_count": new,
                "changed_count": changed,
                "late_count": late,
                "known_count": file.row_count - new - changed,
            }
        )
        months = dict.fromkeys(row[0] for row in rows)
        return self.env["amazon.mtr.month"].browse(months)

    @api.model
    def _void_cancelled(self, months):
        """An invoice whose e-invoice number was withdrawn is no supply, nor is a stock
        transfer that was cancelled; return the months of such rows."""
        self.env.cr.execute(
            SQL(
                """
                WITH note AS MATERIALIZED (
                    SELECT company_id, seller_gstin, kind, invoice_number,
                           shipment_item_ref, month_id
                      FROM amazon_mtr_row
                     WHERE kind IN ('withdrawn', 'cancel')
                       AND invoice_number IS NOT NULL
                       AND company_id = ANY(%(companies)s))
                UPDATE amazon_mtr_row invoice
                   SET voided = TRUE, counts = FALSE
                  FROM note
                 WHERE (note.kind = 'withdrawn' AND invoice.kind = 'shipment'
                        OR note.kind = 'cancel'
                        AND invoice.kind IN ('transfer', 'challan')
                        AND invoice.shipment_item_ref = note.shipment_item_ref)
                   AND NOT invoice.voided
                   AND note.company_id = invoice.company_id
                   AND note.seller_gstin = invoice.seller_gstin
                   AND note.invoice_number = invoice.invoice_number
                   AND (note.month_id = ANY(%(months)s)
                        OR invoice.month_id = ANY(%(months)s))
             RETURNING invoice.month_id
                """,
                months=months.ids,
                companies=months.company_id.ids,
            )
        )
        found = {row[0] for row in self.env.cr.fetchall()}
        return self.env["amazon.mtr.month"].browse(found)


def _check_row(row):
    """Refuse rows without what places them: seller and date."""
    if not row.seller_gstin:
        raise MtrError("cell", line=row.line, columns=["Seller Gstin"])
    if not row.day:
        raise MtrError("cell", line=row.line, columns=["Invoice Date"])


def _names(names, table=None):
    parts = [(table, name) if table else (name,) for name in names]
    return SQL(", ").join(SQL.identifier(*part) for part in parts)


def _copy_line(row):
    """An MtrRow as a line of PostgreSQL's COPY."""
    overseas = bool(row.ship_to_country) and not _is_india(row.ship_to_country)
    amounts = (
        row.total, row.net, row.tax, row.igst, row.cgst, row.sgst + row.utgst, row.cess
    )  # fmt: skip
    facts = (
        row.number, row.day, row.invoice_number, row.invoice_date, row.order_id,
        row.shipment_id, row.shipment_item_id, row.quantity, row.sku, row.asin, row.hsn,
        row.ship_from_state, row.ship_to_state, row.pin_state, overseas,
    )  # fmt: skip
    texts = [_text(value) for value in (row.line, row.kind, row.seller_gstin, *facts)]
    more = [
        *amounts, row.rate, row.adds_up, row.tcs, row.warehouse, row.to_warehouse,
        row.fulfillment_channel,
    ]  # fmt: skip
    rest = [_text(value) for value in more]
    # Where a line stands in a file says nothing.
    digest = blake2b("\t".join(texts[1:] + rest).encode(), digest_size=8).hexdigest()
    business = [_text(row.buyer_gstin)]
    irn = [_text(row.irn), _text(row.irn_status)]
    return "\t".join([*texts, *business, *rest, *irn, digest]) + "\n"


def _is_india(country):
    return country.upper() in ("IN", "IND", "INDIA")


def _text(value):
    if value is None:
        return _NULL
    # 18.0 in one file is 18.00 in another.
    number = isinstance(value, Decimal)
    text = format(value.normalize(), "f") if number else str(value)
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)
