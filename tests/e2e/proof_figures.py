# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a shop's books say before and after buyers' data are deleted."""

import gzip
import io
import itertools
import re
import zipfile

from . import proof_wkhtmltopdf

TABLES = (
    "sale_order",
    "sale_order_line",
    "stock_picking",
    "stock_move",
    "stock_move_line",
    "stock_quant",
    "account_move",
    "account_move_line",
    "amazon_order",
    "amazon_order_line",
    "amazon_shipment",
)
# What the deletion changes: dates of changes, the buyer's number, what Amazon said;
# what the contact is called, see `read_contacts`. The sync history goes by itself.
_CHANGED = {
    "account_move": ("invoice_partner_display_name",),
    "sale_order": ("client_order_ref",),
    "amazon_order": ("redacted_on", "ship_state_digests", "payload", "run_id"),
}
_WRITTEN = ("write_date", "write_uid")
_REPORTS = {
    "sale.report": (
        ["product_id", "country_id", "state", "company_id"],
        ["price_total:sum", "price_subtotal:sum", "product_uom_qty:sum"],
    ),
    "account.invoice.report": (
        ["product_id", "country_id", "state", "company_id"],
        ["price_total:sum", "price_subtotal:sum", "quantity:sum"],
    ),
    "amazon.tax.report": (
        ["kind", "collected_by", "country_id", "state_id", "company_id"],
        ["base:sum", "amount:sum"],
    ),
    # What waits is late by then.
    "amazon.shipping.report": (
        ["channel_id", "company_id"],
        ["order_count:sum", "on_time_count:sum"],
    ),
}


def read(stage):
    """Every row and field of the books, and the reports over them."""
    found = {table: _read_table(stage, table) for table in TABLES}
    assert all(map(found.get, ("sale_order", "account_move", "stock_move")))
    for model, (groups, sums) in _REPORTS.items():
        rows = stage.admin.call(model, "formatted_read_group", [], groups, sums)
        assert rows
        found[model] = rows
    return found


def _read_table(stage, table):
    without = [*_WRITTEN, *_CHANGED.get(table, ())]
    rows = stage.query(
        f'SELECT to_jsonb(one) - %s FROM "{table}" one ORDER BY id', [without]
    )
    return [row for (row,) in rows]


def compare(before, after):
    """``{table: [differing fields of a row, ...]}``."""
    found = {
        name: [
            _compare_rows(*pair) for pair in itertools.zip_longest(rows, after[name])
        ]
        for name, rows in before.items()
    }
    return {name: list(filter(None, told)) for name, told in found.items() if any(told)}


def _compare_rows(before, after):
    before, after = before or {}, after or {}
    return {
        name: (before.get(name), after.get(name))
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    }


def count_sealed(stage):
    """``{column: rows}`` of what is encrypted or hashed of buyers."""
    columns = {
        "amazon_order_pii": ("ciphertext", "fingerprint"),
        "amazon_customer": (
            "ciphertext",
            "email_digest",
            "identity_digest",
            "address_digest",
        ),
        "amazon_order": ("ship_state_digests",),
    }
    found = {
        f"{table}.{column}": stage.query(f"SELECT count({column}) FROM {table}")[0][0]
        for table, names in columns.items()
        for column in names
    }
    found["carrier purchases"] = _count(stage, "amazon_carrier_purchase")
    found["files"] = _count(stage, "amazon_sealed_file WHERE kept_until IS NULL")
    return {name: count for name, count in found.items() if count}


def count_kept(stage):
    """How many invoices have their buyers' names kept for the law."""
    return _count(
        stage,
        "(SELECT DISTINCT res_id FROM amazon_sealed_file"
        " WHERE kept_until > now() AND res_field = 'amazon_buyer') kept",
    )


def _count(stage, source):
    return stage.query(f"SELECT count(*) FROM {source}")[0][0]


def read_contacts(stage, sales):
    """What the contacts of these sales orders are called; invoices call them so."""
    wrong = _count(
        stage,
        "account_move move JOIN res_partner partner ON partner.id = move.partner_id"
        " WHERE move.invoice_partner_display_name"
        "       IS DISTINCT FROM partner.complete_name",
    )
    assert not wrong
    rows = stage.query(
        "SELECT DISTINCT partner.name FROM sale_order sale"
        "  JOIN res_partner partner ON partner.id IN"
        "       (sale.partner_id, sale.partner_invoice_id, sale.partner_shipping_id)"
        " WHERE sale.id = ANY(%s)",
        [[sale for sale, _picking in sales.values()]],
    )
    return {name for (name,) in rows}


def find_tables(stage, text):
    """The tables that hold a text, by the dump."""
    found, table = set(), None
    for line in stage.dump().decode(errors="replace").splitlines():
        if match := re.match(r"COPY public\.(\w+) ", line):
            table = match.group(1)
        elif text in line:
            found.add(table)
    return found


def pack(text):
    """A text in each kind of packed file, and packed twice."""
    pdf = proof_wkhtmltopdf.make_pdf(text.encode())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("slip.pdf", pdf)
    return {
        "pdf": pdf,
        "zip of a pdf": archive.getvalue(),
        "gzip": gzip.compress(text.encode("utf-16")),
        "gzip of a zip": gzip.compress(archive.getvalue()),
    }
