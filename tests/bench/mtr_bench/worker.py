# SPDX-License-Identifier: LGPL-3.0-or-later
"""The process that reads and compares, see `bench_worker.serving`."""

import csv
import io
import tempfile

from bench_worker.meter import measured
from bench_worker.serving import analyze, serve

from . import shop

_COLUMNS = {
    "Seller Gstin": shop.SELLER,
    "Invoice Number": "",
    "Invoice Date": "15-06-2026 10:22:11",
    "Transaction Type": "Shipment",
    "Order Id": "",
    "Shipment Item Id": "",
    "Quantity": "1",
    "Hsn/sac": "6204",
    "Sku": "BENCH",
    "Ship From State": "MAHARASHTRA",
    "Ship To State": "KARNATAKA",
    "Ship To Country": "IN",
    "Ship To Postal Code": "560001",
    "Invoice Amount": "118.0",
    "Tax Exclusive Gross": "100.0",
    "Total Tax Amount": "18.0",
    "Igst Rate": "0.18",
    "Igst Tax": "18.0",
    "Tcs Igst Amount": "0.5",
}
_EMPTY = 60


class Bench:
    """What can be asked for."""

    def __init__(self, env):
        self._env = env
        self._company = None

    def prepare(self, orders):
        self._company = shop.build(self._env, orders)
        analyze(self._env)
        return {}

    def read(self, first, last):
        """Read a file of the rows of these orders, both numbers included."""
        figures = {}
        with tempfile.TemporaryFile() as file:
            _write(file, first, last)
            with measured(self._env.cr, figures):
                told = self._env["amazon.mtr.import"]._import(
                    self._company, file, "bench.csv", "upload"
                )
                self._env.cr.commit()
        return {**figures, "new": told.new_count}

    def compare(self):
        """Compare the month with the invoices."""
        month = self._env["amazon.mtr.month"].search(
            [("company_id", "=", self._company.id)], limit=1
        )
        figures = {}
        with measured(self._env.cr, figures):
            month.action_compare()
            self._env.cr.commit()
        return {**figures, "differences": len(month.difference_ids)}


def _write(file, first, last):
    """As many columns as Amazon writes, most of them of no interest."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([*_COLUMNS, *(f"Other {number}" for number in range(_EMPTY))])
    for number in range(first, last + 1):
        row = dict(_COLUMNS)
        row["Invoice Number"] = f"IN-{number}"
        row["Order Id"] = shop.ORDER.format(number)
        row["Shipment Item Id"] = str(10**13 + number)
        writer.writerow([*row.values(), *["0.0"] * _EMPTY])
    text.detach()


if __name__ == "__main__":
    serve(Bench)
