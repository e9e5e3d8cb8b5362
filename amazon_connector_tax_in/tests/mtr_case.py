# SPDX-License-Identifier: LGPL-3.0-or-later
"""An Indian company that reads its Merchant Tax Report."""

import io

from odoo import fields

from .gst_common import GstCase
from .mtr_common import CONSUMER_COLUMNS, SELLER, make_csv, mtr_row


class MtrCase(GstCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.vat = SELLER

    def take(self, rows, columns=CONSUMER_COLUMNS, month=None, name="mtr.csv"):
        """Read a file with these rows, as dicts or changes of the usual row."""
        return self.take_bytes(make_csv(rows, columns), month, name)

    def take_bytes(self, content, month=None, name="mtr.csv"):
        return self.env["amazon.mtr.import"]._import(
            self.company, io.BytesIO(content), name, "upload", month=month
        )

    def rows(self, domain=()):
        return self.env["amazon.mtr.row"].search(
            [("company_id", "=", self.company.id), *domain], order="id"
        )

    def month(self, day="2026-06-01", gstin=SELLER):
        return self.env["amazon.mtr.month"].search(
            [
                ("company_id", "=", self.company.id),
                ("seller_gstin", "=", gstin),
                ("month", "=", fields.Date.to_date(day)),
            ]
        )

    @staticmethod
    def refund(number="CN-1", day="02-07-2026", **changes):
        return mtr_row(
            **{
                "Transaction Type": "Refund",
                "Credit Note No": number,
                "Credit Note Date": day,
                **changes,
            }
        )
