# SPDX-License-Identifier: LGPL-3.0-or-later
"""The desk's helpers: carriers of many, tracking from files, the scanner."""

import base64
import io

from odoo.exceptions import UserError
from odoo.tests import Form, TransactionCase, tagged

from ...tools.tracking_rows import UnreadableFileError, read_tracking
from .desk_common import CompleteCase


@tagged("post_install", "-at_install")
class TestShippingDeskTools(CompleteCase):
    def setUp(self):
        super().setUp()
        self.bindings = self.receive(
            *(self.order_of(2, number=number) for number in (1, 2, 3))
        )
        self.rows = self.bindings.sale_order_id.picking_ids.with_user(self.worker)

    def upload(self, content):
        Wizard = self.env["amazon.tracking.import"].with_user(self.worker)
        form = Form(Wizard)
        form.file = base64.b64encode(content)
        return form

    def test_carrier_of_many(self):
        """S128: chosen once for all that are selected."""
        action = self.rows.action_amazon_set_carrier()
        Wizard = self.env["amazon.desk.carrier"].with_user(self.worker)
        form = Form(Wizard.with_context(**action["context"]))
        form.carrier_code_id = self.bluedart
        form.save().action_apply()
        self.assertEqual(self.rows.amazon_carrier_code_id, self.bluedart)

    def test_tracking_from_a_file(self):
        """S171: a day's numbers come in with one file, and the parcels are told."""
        first, second, third = self.rows.sorted("id")
        wizard = self.upload(
            "Order ID;Courier;AWB Number\n"
            f"{first.amazon_order_number};Blue Dart;AWB1\n"
            f"{second.name};dtdc;AWB2\n"
            f"{third.origin};BlueDart;AWB3\n".encode("utf-8-sig")
        ).save()
        self.assertEqual((wizard.found_count, wizard.problem_count), (3, 0))
        wizard.action_apply_and_validate()
        self.assertEqual(set(self.rows.mapped("state")), {"done"})
        told = [
            (s.carrier_code, s.tracking_number, s.state)
            for s in map(self.shipments_of, self.bindings)
        ]
        self.assertEqual(
            told,
            [
                ("BlueDart", "AWB1", "waiting"),
                ("DTDC", "AWB2", "waiting"),
                ("BlueDart", "AWB3", "waiting"),
            ],
        )

    def test_rows_that_need_a_word(self):
        """Unknown orders, carriers and numbers that a spreadsheet cut are named."""
        first, second, _third = self.rows.sorted("id")
        form = self.upload(
            "order,carrier,tracking\n"
            "999-0000000-0000000,DTDC,A1\n"
            f"{first.amazon_order_number},Our van,A2\n"
            f"{second.name},DTDC,1.23457E+14\n".encode()
        )
        wizard = form.save()
        problems = wizard.line_ids.sorted("row").mapped("problem")
        for problem, word in zip(problems, ("No delivery", "list", "cut"), strict=True):
            self.assertIn(word, problem)
        with self.assertRaisesRegex(UserError, "None of these rows"):
            wizard.action_apply()
        other = self.env.ref("amazon_connector.carrier_code_other")
        wizard.line_ids.sorted("row")[1].carrier_code_id = other
        wizard.action_apply()
        self.assertEqual(first.carrier_tracking_ref, "A2")
        self.assertEqual(first.amazon_carrier_name, "Our van")
        self.assertFalse(second.carrier_tracking_ref)

    def test_several_rows_of_one_delivery(self):
        first = self.rows[0]
        number = first.amazon_order_number
        self.upload(
            f"order,carrier,tracking\n{number},DTDC,A1\n{number},DTDC,A2\n".encode()
        ).save().action_apply()
        self.assertEqual(first.carrier_tracking_ref, "A1, A2")

    def test_files_that_are_none(self):
        for content in (b"\x00\x01\x02", b"PK\x03\x04 no archive", b"x" * 6_000_000):
            with self.subTest(size=len(content)), self.assertRaises(UserError):
                self.upload(content)
        with self.assertRaisesRegex(UserError, "Name the columns"):
            self.upload(b"just a line\n")

    def test_deliveries_of_others_are_not_found(self):
        """A file names only what its user may read."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.worker.write({"company_ids": [(6, 0, company.ids)], "company_id": company})
        number = self.rows[0].sudo().amazon_order_number
        wizard = self.upload(
            f"order,carrier,tracking\n{number},DTDC,A1\n".encode()
        ).save()
        self.assertFalse(wizard.line_ids.picking_id)

    def test_scanner(self):
        """Order number, delivery or sales order find it; any code names the product."""
        self.product.barcode = "4006381333931"
        first = self.rows[0]
        Picking = self.env["stock.picking"].with_user(self.worker)
        for code in (
            first.amazon_order_number,
            f" {first.name.lower()} ",
            first.origin,
        ):
            self.assertEqual(Picking.amazon_find_scanned(code)["id"], first.id, code)
        found = Picking.amazon_find_scanned(first.name)
        [item] = found["items"]
        self.assertEqual(item["units"], 2)
        self.assertEqual(set(item["codes"]), {"4006381333931", "sku-a", "b000000001"})
        for code in ("", " ", "%", "nothing"):
            self.assertIsNone(Picking.amazon_find_scanned(code), code)
        self.press(self.ask(first), "action_go_on")
        self.assertIsNone(Picking.amazon_find_scanned(first.name), "it has left")


@tagged("post_install", "-at_install")
class TestTrackingRows(TransactionCase):
    """Files as carriers' portals and spreadsheets write them."""

    def rows_of(self, content):
        return [(r.reference, r.carrier, r.tracking) for r in read_tracking(content)]

    def test_csv(self):
        expected = [("A-1", "DTDC", "00123")]
        for content in (
            b"order,carrier,tracking\nA-1,DTDC,00123\n",
            b"Tracking Number;Carrier Code;Order-ID\r\n 00123 ;DTDC; A-1 \r\n",
            "Courier\tAWB No\tTracking-ID\tDelivery\nDTDC\t-\t00123\tA-1\n".encode(
                "utf-16"
            ),
            b"A-1,DTDC,00123\n",
            b"A report of today\n\norder,carrier,tracking\nA-1,DTDC,00123\n,,\n",
        ):
            with self.subTest(content=content[:30]):
                self.assertEqual(self.rows_of(content), expected)

    def test_xlsx(self):
        import openpyxl

        book = openpyxl.Workbook()
        for row in (
            ("Order", "Carrier", "Tracking"),
            ("A-1", "DTDC", 123456789012),
            ("A-2", None, "00123"),
            ("A-3", "DTDC", 1234567890123456789),
            (None, None, None),
        ):
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        rows = read_tracking(stream.getvalue())
        self.assertEqual(
            [(r.reference, r.tracking) for r in rows[:2]],
            [("A-1", "123456789012"), ("A-2", "00123")],
        )
        self.assertEqual([r.is_shortened for r in rows], [False, False, True])

    def test_unreadable(self):
        for content in (b"PK broken", b"a\x00b", b"a,b,c\n" * 6000):
            with (
                self.subTest(content=content[:5]),
                self.assertRaises(UnreadableFileError),
            ):
                read_tracking(content)
