# SPDX-License-Identifier: LGPL-3.0-or-later
"""Settlement files for tests: rows as Amazon writes them, and files made of them."""

from datetime import datetime
from decimal import Decimal

from odoo import fields

from ...sp_api.settlements import COLUMNS

ORDER = "403-0000000-0000001"
OTHER = "other-transaction"


def row(amount, kind, amount_type, label, order="", posted="2026-07-02", **cells):
    """One row: column names with ``_`` for ``-``.

    :param amount: text with a point
    :param posted: ISO day
    """
    return {
        "transaction_type": kind,
        "order_id": order,
        "amount_type": amount_type,
        "amount_description": label,
        "amount": amount,
        "posted_date": posted,
        "posted_date_time": f"{posted} 05:23:19 UTC",
        **cells,
    }


def sale_row(amount, label="Principal", order=ORDER, kind="Order", **cells):
    return row(amount, kind, "ItemPrice", label, order, **cells)


def refund_row(amount, label="Principal", order=ORDER, **cells):
    return row(amount, "Refund", "ItemPrice", label, order, **cells)


def fee_row(amount, label="Commission", order=ORDER, kind="Order", **cells):
    return row(amount, kind, "ItemFees", label, order, **cells)


def facilitator_row(amount, order=ORDER, kind="Order", **cells):
    label = "MarketplaceFacilitatorTax-Principal"
    return row(amount, kind, "ItemWithheldTax", label, order, **cells)


def other_row(amount, label, **cells):
    return row(amount, OTHER, OTHER, label, **cells)


def settlement_file(
    rows,
    number="18174059732",
    total=None,
    currency="INR",
    start="2026-06-27",
    end="2026-07-11",
    deposit="2026-07-13",
    mark=".",
    form="%Y-%m-%d",
    columns=COLUMNS,
):
    """The text of a settlement report.

    :param total: None: the sum of the rows
    :param mark: decimal mark; `form`: how days are written
    """
    if total is None:
        total = sum((Decimal(one["amount"]) for one in rows), Decimal(0))

    def day(text):
        return datetime.strptime(text, "%Y-%m-%d").strftime(form)

    head = {
        "settlement_start_date": f"{day(start)} 00:00:00 UTC",
        "settlement_end_date": f"{day(end)} 00:00:00 UTC",
        "deposit_date": f"{day(deposit)} 00:00:00 UTC",
        "total_amount": str(total).replace(".", mark),
        "currency": currency,
    }
    lines = ["\t".join(columns)]
    for cells in (head, *rows):
        cells = {**cells, "settlement_id": number}
        if "amount" in cells:
            cells["amount"] = cells["amount"].replace(".", mark)
            date, _blank, clock = cells["posted_date_time"].partition(" ")
            cells["posted_date"] = day(cells["posted_date"])
            cells["posted_date_time"] = f"{day(date)} {clock}"
        named = {name.replace("_", "-"): text for name, text in cells.items()}
        lines.append("\t".join(named.get(name, "") for name in columns))
    return "\n".join(lines) + "\n"


def take_file(account, content, charset="utf-8", **vals):
    """Keep and read a file; returns it."""
    file = account.env["amazon.settlement.file"].create(
        {
            "name": "settlement.txt",
            "account_id": account.id,
            "created_time": fields.Datetime.now(),
            **vals,
        }
    )
    file._keep(content if isinstance(content, bytes) else content.encode(), charset)
    file._read_kept()
    return file


def take_settlement(account, rows, **options):
    """The settlement of a file that is made of these rows."""
    file = take_file(account, settlement_file(rows, **options))
    assert file.state == "read", file.message
    return file.settlement_id
