# SPDX-License-Identifier: LGPL-3.0-or-later
"""India's Merchant Tax Report as Amazon writes it, of the simulator's own documents.

A test may give rows of its own instead: `tax_rows` and `transfer_rows` of the desk of
reports, dicts by column.
"""

import csv
import io

from .tax_columns import (
    BUSINESS_COLUMNS,
    CONSUMER_COLUMNS,
    OLD_SPELLINGS,
    TRANSFER_COLUMNS,
)

_BUSINESS, _TRANSFERS = "B2B", ("STOCK_TRANSFER", "STR_ADHOC")


def tax_columns(report_type):
    if any(word in report_type for word in _TRANSFERS):
        return TRANSFER_COLUMNS
    return BUSINESS_COLUMNS if _BUSINESS in report_type else CONSUMER_COLUMNS


def tax_rows(seller, report, simulator):
    """The rows of a seller's report; of businesses, or of others."""
    period = report.data_start, report.data_end
    given = simulator.reports.tax_rows.get(seller.key)
    business = _BUSINESS in report.report_type
    if given is None:
        return simulator.taxes.rows(seller, business, *period)
    return [row for row in given if bool(row.get("Customer Bill To Gstid")) == business]


def transfer_rows(seller, report, simulator):
    """The rows of a seller's stock transfers."""
    period = report.data_start, report.data_end
    given = simulator.reports.transfer_rows.get(seller.key)
    return simulator.taxes.transfer_rows(seller, *period) if given is None else given


def write_csv(columns, rows, old=False):
    """The bytes of a file with commas, as Amazon makes it by a schedule.

    :param old: with the headers of former years, and dates with slashes
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    spellings = OLD_SPELLINGS if old else {}
    writer.writerow([spellings.get(name, name) for name in columns])
    for row in rows:
        cells = ["" if row.get(name) is None else row[name] for name in columns]
        if old:
            cells = [
                str(cell)[:10].replace("-", "/") if name.endswith("Date") else cell
                for name, cell in zip(columns, cells, strict=True)
            ]
        writer.writerow(cells)
    return text.getvalue().encode()
