# SPDX-License-Identifier: LGPL-3.0-or-later
"""The desk's helpers: carriers of many, tracking from files, the scanner."""

import base64
import io
import zipfile
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import Form, TransactionCase, tagged

from ...tools import tracking_rows
from ...tools.tracking_rows import MAX_ROWS, UnreadableFileError, read_tracking
from .desk_common import CompleteCase


@tagged("post_install", "-at_install")
class TestShippingDeskTools(CompleteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bindings = cls.receive(
            *(cls.order_of(2, number=number) for number in (1, 2, 3))
        )
        cls.rows = cls.bindings.sale_order_id.picking_ids.with_user(cls.worker)

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

    def test_numbers_are_kept_where_nothing_can_be_validated(self):
        """S171: those of what has left, and of what waits for goods, are entered."""
        left, lacking, _third = self.rows.sorted("id")
        self.press(self.ask(left), "action_go_on")
        lacking.sudo().do_unreserve()
        for number, rows in ((1, lacking), (2, left | lacking)):
            lines = [f"{row.name},DTDC,AWB{number}" for row in rows]
            wizard = self.upload("\n".join(["order,carrier,tracking", *lines]).encode())
            told = wizard.save().action_apply_and_validate()["params"]
            for row in rows:
                self.assertEqual(row.carrier_tracking_ref, f"AWB{number}")
            self.assertIn(f": {len(rows)}.", told["message"])
            self.assertIn(lacking.name, told["message"])
        self.assertEqual((left.state, lacking.state), ("done", "confirmed"))

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

    def test_several_carriers_of_one_delivery(self):
        """Amazon is told of one: which, is for the user to say."""
        first, second, _third = self.rows.sorted("id")
        number = first.amazon_order_number
        wizard = self.upload(
            f"order,carrier,tracking\n{number},,A0\n{number},DTDC,A1\n"
            f"{first.name},Blue Dart,A2\n{second.name},DTDC,B1\n".encode()
        ).save()
        lines = wizard.line_ids.sorted("row")
        for line in lines[:3]:
            self.assertIn("different carriers", line.problem)
        self.assertEqual((wizard.found_count, wizard.problem_count), (1, 3))
        wizard.action_apply()
        self.assertFalse(first.carrier_tracking_ref)
        self.assertEqual(second.carrier_tracking_ref, "B1")
        other = self.env.ref("amazon_connector.carrier_code_other")
        lines[1:3].carrier_code_id = other
        self.assertTrue(lines[0].problem, "of different names")
        lines[1].carrier_code_id = lines[2].carrier_code_id = self.bluedart
        self.assertFalse(any(lines.mapped("problem")))
        wizard.action_apply()
        self.assertEqual(first.amazon_carrier_code_id, self.bluedart)
        self.assertEqual(first.carrier_tracking_ref, "A0, A1, A2")

    def test_the_name_of_a_carrier_stands_in_any_row(self):
        first = self.rows[0]
        number = first.amazon_order_number
        wizard = self.upload(
            f"order,carrier,tracking\n{number},,A1\n{number},Our van,A2\n".encode()
        ).save()
        other = self.env.ref("amazon_connector.carrier_code_other")
        wizard.line_ids.sorted("row")[1].carrier_code_id = other
        wizard.action_apply()
        self.assertEqual(first.amazon_carrier_name, "Our van")
        self.assertEqual(first.carrier_tracking_ref, "A1, A2")

    def test_names_as_they_are_typed(self):
        """In small letters, and of a sales order that the transfer does not show."""
        first, second, _third = self.rows.sorted("id")
        second.origin = "moved by hand"
        wizard = self.upload(
            "order,carrier,tracking\n"
            f"{first.name.lower()},DTDC,A1\n"
            f"{second.sale_id.name.lower()},DTDC,A2\n".encode()
        ).save()
        self.assertEqual(wizard.line_ids.sorted("row").picking_id, first | second)

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
class TestStepsBefore(CompleteCase):
    """What is known of a parcel while its goods are picked is known when it leaves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel._get_warehouse().delivery_steps = "pick_pack_ship"
        cls.binding, cls.pick = cls.order_to_pick()

    def finish(self, picking):
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        return picking._get_next_transfers()

    def test_carrier_and_number_of_the_pick_hold_for_the_delivery(self):
        self.env["amazon.desk.carrier"].with_user(self.worker).create(
            {
                "picking_ids": [(6, 0, self.pick.ids)],
                "carrier_code_id": self.bluedart.id,
            }
        ).action_apply()
        self.pick.carrier_tracking_ref = "BD1"
        delivery = self.finish(self.finish(self.pick))
        self.assertEqual(delivery.amazon_carrier_code_id, self.bluedart)
        self.assertEqual(delivery.carrier_tracking_ref, "BD1")
        self.assertEqual(delivery.amazon_parcel, "ready")
        self.finish(delivery)
        [parcel] = self.binding.sale_order_id.picking_ids.amazon_shipment_ids
        self.assertEqual(parcel.tracking_number, "BD1")
        self.assertEqual(parcel.carrier_code, self.bluedart.code)

    def test_what_the_next_step_says_itself_stays(self):
        pack = self.finish(self.pick)
        delivery = self.finish(pack)
        delivery.carrier_tracking_ref = "OWN"
        pack.sudo().amazon_carrier_code_id = self.bluedart
        pack.sudo()._pass_on_amazon_carrier()
        self.assertFalse(delivery.amazon_carrier_code_id)
        self.assertEqual(delivery.carrier_tracking_ref, "OWN")

    def test_scanner_finds_the_step_at_hand(self):
        Picking = self.env["stock.picking"].with_user(self.worker)
        number = self.pick.amazon_order_number
        step = self.pick
        for leaves in (False, False, True):
            found = Picking.amazon_find_scanned(number)
            self.assertEqual((found["id"], found["leaves"]), (step.id, leaves))
            [item] = found["items"]
            self.assertEqual(item["units"], 2)
            if not leaves:
                step = self.finish(step)

    def test_file_names_orders_that_are_still_picked(self):
        number = self.pick.amazon_order_number
        content = f"order,carrier,tracking\n{number},Blue Dart,BD7\n".encode()
        wizard = self.env["amazon.tracking.import"].with_user(self.worker)
        form = Form(wizard)
        form.file = base64.b64encode(content)
        wizard = form.save()
        self.assertEqual(wizard.line_ids.picking_id, self.pick)
        self.assertFalse(wizard.line_ids.problem)
        wizard.action_apply_and_validate()
        self.assertNotEqual(self.pick.state, "done", "a number picks no goods")
        delivery = self.finish(self.finish(self.pick))
        self.assertEqual(delivery.carrier_tracking_ref, "BD7")


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
            b"order,carrier,tracking\rA-1,DTDC,00123\r",
            b'order;carrier;tracking\n="A-1";DTDC;="00123"\n',
            b"order,carrier,tracking\nA-1,DTDC,'00123\n",
            b"order,carrier,tracking\nA-1,DTDC,00123\n" + b",,\n" * 2 * MAX_ROWS,
        ):
            with self.subTest(content=content[:30]):
                self.assertEqual(self.rows_of(content), expected)

    def write_xlsx(self, *rows):
        import openpyxl

        book = openpyxl.Workbook()
        for row in (("Order", "Carrier", "Tracking"), *rows):
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def test_xlsx(self):
        content = self.write_xlsx(
            ("A-1", "DTDC", 123456789012),
            ("A-2", None, "00123"),
            ("A-3", "DTDC", 1234567890123456789),
            *[(None, " ", None)] * (MAX_ROWS + 1),
        )
        rows = read_tracking(content)
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

    def test_damaged_spreadsheets(self):
        """Whatever is broken in it: its packing, its XML, what its cells say."""
        content = self.write_xlsx(("A-1", "DTDC", "00123"))
        packed = zipfile.ZipFile(io.BytesIO(content))
        for name in packed.namelist():
            for old, new in ((b"<", b"<<"), (b'="', b"="), (b'">', b'" odd="1">')):
                with self.subTest(name=name, new=new):
                    self.try_to_read(self.exchange(packed, name, old, new))
        for place in range(60, len(content), 97):
            with self.subTest(place=place):
                odd = bytes([content[place] ^ 255])
                self.try_to_read(content[:place] + odd + content[place + 1 :])

    def exchange(self, packed, changed, old, new):
        """The same archive with another text in one of its parts."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as target:
            for name in packed.namelist():
                part = packed.read(name)
                part = part.replace(old, new) if name == changed else part
                target.writestr(name, part)
        return stream.getvalue()

    def try_to_read(self, content):
        try:
            self.assertLessEqual(len(read_tracking(content)), 1)
        except UnreadableFileError:
            return

    def test_packed_files_may_not_be_endless(self):
        content = self.write_xlsx(*[("A-1", "DTDC", "0" * 30)] * 9)
        self.assertEqual(len(read_tracking(content)), 9)
        with (
            patch.object(tracking_rows, "MAX_UNPACKED", len(content)),
            self.assertRaises(UnreadableFileError),
        ):
            read_tracking(content)
