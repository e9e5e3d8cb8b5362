# SPDX-License-Identifier: LGPL-3.0-or-later
"""The shipping desk: what stands on it, how it is found, what is done with many."""

import re
from base64 import b64decode
from unittest.mock import PropertyMock, patch

from lxml import etree
from lxml import html as lxml_html
from PIL import Image, ImageDraw

from odoo import sql_db
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..common import ago
from .desk_common import DeskCase

try:
    import zxingcpp
except ImportError:
    zxingcpp = None

BARCODE = re.compile(r"data:image/svg\+xml;base64,([^\"]+)")


def scan(slip):
    """What a scanner reads on a slip, as a list of texts."""
    return [
        found.text
        for picture in BARCODE.findall(slip)
        for found in zxingcpp.read_barcodes(paint(b64decode(picture)))
    ]


def paint(svg):
    """The bars of a barcode as an image, the thinnest of them four dots wide."""
    bars = [
        [float(bar.get(side)) for side in ("x", "width")]
        for bar in etree.fromstring(svg).iterfind(".//{*}g//{*}rect")
        if "fill: none" not in bar.get("style")
    ]
    scale = 4 / min(width for _x, width in bars)
    image = Image.new("L", (round(max(map(sum, bars)) * scale) + 200, 200), 255)
    for x, width in bars:
        box = (x * scale + 100, 20, (x + width) * scale + 99, 180)
        ImageDraw.Draw(image).rectangle(box, fill=0)
    return image


@tagged("post_install", "-at_install")
class TestShippingDesk(DeskCase):
    def test_deliveries_are_found_from_the_orders_that_wait(self):
        """Of 200,000 deliveries those of the waiting orders are read, by an index."""
        query = self.env["stock.picking"]._search([("amazon_to_ship", "=", True)])
        plan = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        self.assertRegex(str(plan), r"sale_id = ANY \(")

    def test_rows_are_found_by_product(self):
        """The products are looked up once, not for each move."""
        binding = self.receive(self.order_due(9, 1))
        product = binding.sale_order_id.order_line.product_id[:1]
        wanted = ("amazon_items", "ilike", product.name)
        self.assertEqual(self.desk(wanted), binding.sale_order_id.picking_ids)
        self.assertFalse(self.desk(("amazon_items", "ilike", "Zzyzx")))
        query = self.env["stock.picking"]._search([wanted])
        plan = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        self.assertRegex(str(plan), r"product_id = ANY \(")

    def test_a_row_more_costs_no_query_more(self):
        """What the list shows is read for all rows at once."""
        self.receive(*(self.order_due(9, number) for number in range(1, 7)))
        view = self.env.ref("amazon_connector.shipping_desk_view_list")
        arch = self.env["stock.picking"].get_view(view.id, "list")["arch"]
        fields = [node.get("name") for node in etree.fromstring(arch).iter("field")]
        counts = []
        for rows in (2, 2, 6):
            self.refresh()
            before = sql_db.sql_counter
            found = self.env["stock.picking"].web_search_read(
                [("amazon_to_ship", "=", True)], dict.fromkeys(fields, {}), limit=rows
            )
            self.assertEqual(len(found["records"]), rows)
            counts.append(sql_db.sql_counter - before)
        self.assertEqual(counts[1], counts[2])

    def test_a_number_without_bars_is_printed_as_text(self):
        """One odd number keeps no slip of a batch from being printed."""
        binding = self.receive(self.order_due(9, 1))
        row = binding.sale_order_id.picking_ids
        with patch.object(
            type(row), "amazon_order_number", PropertyMock(return_value="403–1")
        ):
            self.assertFalse(row._draw_amazon_barcode())

    def test_late_today_and_later_are_disjoint(self):
        """Each row is late, due today or due later, and only one of them."""
        bindings = self.receive(
            *(
                self.order_due(hours, number)
                for number, hours in enumerate((-30, -1, 400, 500), 1)
            )
        )
        day_end = bindings[0]._get_due_domain(before_midnight=True)
        rows = {due: self.desk(("amazon_due", "=", due)) for due in DUES}
        late, later = bindings[:2], bindings[2:]
        self.assertEqual(rows["late"], late.sale_order_id.picking_ids)
        self.assertEqual(rows["later"], later.sale_order_id.picking_ids)
        self.assertFalse(rows["today"])
        self.assertEqual(bindings.filtered_domain(day_end), late)
        self.env.cr.execute(
            "UPDATE amazon_order SET ship_by = now() AT TIME ZONE 'UTC'"
            " + interval '1 second' WHERE id = %s",
            [later[0].id],
        )
        self.refresh()
        if later[0].due == "today":  # not in the last second before midnight
            today = self.desk(("amazon_due", "=", "today"))
            self.assertEqual(today, later[0].sale_order_id.picking_ids)
        every = self.desk()
        self.assertEqual(
            sorted(every.ids),
            sorted(
                id_ for due in DUES for id_ in self.desk(("amazon_due", "=", due)).ids
            ),
        )

    def test_the_step_at_hand_stands_on_the_desk(self):
        """Odoo makes the delivery when its goods were picked and packed: until then
        an order would be late, and nobody would see it."""
        self.channel._get_warehouse().delivery_steps = "pick_pack_ship"
        binding = self.receive(self.order_due(-1, 1))
        sale = binding.sale_order_id
        for code, parcel in (
            ("internal", "picking"),
            ("internal", "picking"),
            ("outgoing", "lacking"),
        ):
            late = self.desk(("amazon_due", "=", "late"), user=self.worker)
            self.assertEqual(late.picking_type_code, code)
            self.assertEqual(late.amazon_parcel, parcel)
            self.assertEqual(self.account.late_count, 1)
            if code == "outgoing":
                break
            late.action_amazon_validate()
            self.assertEqual(late.state, "done")
            self.refresh()
        late.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T1"})
        late.action_amazon_validate()
        self.assertEqual(set(sale.picking_ids.mapped("state")), {"done"})
        self.assertFalse(self.desk(("state", "!=", "done")))

    def test_goods_that_come_back_in_steps_are_not_to_be_shipped(self):
        warehouse = self.channel._get_warehouse()
        warehouse.reception_steps = "two_steps"
        binding = self.receive(self.order_due(5, 1))
        [picking] = binding.sale_order_id.picking_ids
        store = picking.copy(
            {
                "picking_type_id": warehouse.store_type_id.id,
                "location_id": warehouse.wh_input_stock_loc_id.id,
                "location_dest_id": warehouse.lot_stock_id.id,
            }
        )
        store.action_confirm()
        self.assertEqual(store.sale_id, picking.sale_id)
        self.assertEqual(self.desk(), picking)

    def test_rows_tell_what_to_ship(self):
        """Picture, contents, units, customer, speed, programs, state."""
        order = self.order_due(5, 1, 2, 1)
        order["fulfillment"]["fulfillmentServiceLevel"] = "SECOND_DAY"
        order["programs"] = ["PRIME", "SUBSCRIBE_AND_SAVE"]
        binding = self.receive(order)
        row = self.desk(user=self.worker)
        self.assertEqual(row.amazon_items, "2 × Product SKU-A, 1 × Product SKU-B")
        self.assertEqual(row.amazon_units, 3)
        self.assertFalse(row.amazon_product_id, "two products")
        self.assertEqual(row.amazon_buyer_number, binding.sale_order_id.partner_id.ref)
        self.assertEqual(row.amazon_speed, "Second day")
        self.assertEqual(row.amazon_programs, "Prime, Subscribe & Save")
        self.assertEqual(row.amazon_ship_by, binding.ship_by)

    def test_sorted_by_time_to_ship(self):
        bindings = self.receive(
            self.order_due(9, 1), self.order_due(3, 2), self.order_due(6, 3)
        )
        expected = bindings.sorted("ship_by").mapped("order_number")
        self.assertEqual(self.desk().mapped("amazon_order_number"), expected)

    def test_state_of_the_parcel(self):
        """S84: a parcel that Amazon was never told of stays on the desk."""
        binding = self.receive(self.order_due(5, 1, 2))
        row = self.desk()
        self.assertEqual(row.amazon_parcel, "lacking")
        row.write({"carrier_id": self.method.id, "carrier_tracking_ref": "TRK1"})
        self.assertEqual(row.amazon_parcel, "ready")
        row.carrier_tracking_ref = False
        self.set_quantities(row, None)
        self.validate(row)
        self.refresh()
        self.assertEqual((row.state, row.amazon_parcel), ("done", "untold"))
        self.assertEqual(self.desk(), row)
        self.assertEqual(self.desk(("amazon_untold", "=", True)), row)
        self.assertTrue(row.amazon_to_ship)
        self.assertIn(binding, binding.search([("is_to_ship", "=", True)]) | binding)
        row.carrier_tracking_ref = "TRK1"
        self.refresh()
        self.assertEqual(row.amazon_parcel, "telling")
        self.assertFalse(self.desk(), "it is told within a minute")

    def test_late_until_amazon_knows(self):
        """S84: late and delivered, it counts as late until Amazon was told."""
        binding = self.receive(self.order_due(-3, 1, 2))
        late = [("is_to_ship", "=", True), ("due", "=", "late")]
        picking = self.deliver(binding, "TRK1")
        self.refresh()
        self.assertEqual(self.desk(("amazon_due", "=", "late")), picking)
        self.assertEqual(binding.search(late), binding)
        self.shipments_of(binding)._set({"state": "sent"})
        self.refresh()
        self.assertFalse(self.desk())
        self.assertFalse(binding.search(late))

    def test_goods_that_are_missing(self):
        self.receive(self.order_due(5, 1, 150))
        row = self.desk()
        self.assertEqual(row.amazon_parcel, "stock")
        row.do_unreserve()
        with self.assertRaisesRegex(UserError, "goods are missing"):
            row.action_amazon_validate()

    def test_cancelled_on_amazon_is_not_shipped(self):
        """What Amazon cancelled is not on the desk."""
        binding = self.receive(self.order_due(5, 1, 2))
        picking = self.picking_of(binding)
        picking.move_ids.picked = True
        order = self.order_due(5, 1, 2, fulfillmentStatus="CANCELLED")
        order["lastUpdatedTime"] = ago(minutes=1)
        self.receive(order)
        self.refresh()
        self.assertEqual(picking.state, "assigned")
        self.assertEqual(picking.amazon_parcel, "stopped")
        self.assertFalse(self.desk())

    def test_grouped(self):
        """By delivery method, warehouse, product and channel."""
        bindings = self.receive(
            self.order_due(5, 1, 2), self.order_due(5, 2, 1), self.order_due(5, 3, 1, 1)
        )
        Picking = self.env["stock.picking"].with_user(self.worker)
        domain = [("amazon_to_ship", "=", True)]

        def count(field):
            groups = Picking.formatted_read_group(domain, [field], ["__count"])
            return {
                (group[field] and group[field][0]): group["__count"] for group in groups
            }

        self.assertEqual(count("amazon_product_id"), {self.product.id: 2, False: 1})
        warehouse = bindings.sale_order_id.warehouse_id
        self.assertEqual(count("amazon_warehouse_id"), {warehouse.id: 3})
        self.assertEqual(count("amazon_channel_id"), {self.channel.id: 3})
        self.assertEqual(count("carrier_id"), {False: 3})
        one = Picking.search([*domain, ("amazon_product_id", "=", self.product.id)])
        self.assertEqual(one.sale_id, bindings[:2].sale_order_id)
        rest = Picking.search([*domain, ("amazon_product_id", "=", False)])
        self.assertEqual(rest.sale_id, bindings[2].sale_order_id)

    def test_many_are_validated_at_once(self):
        """S171: one press, and the user hears what was not ready."""
        bindings = self.receive(
            self.order_due(5, 1, 2), self.order_due(5, 2, 1), self.order_due(5, 3, 150)
        )
        rows = self.desk()
        rows.write({"carrier_id": self.method.id, "carrier_tracking_ref": "TRK"})
        rows[2].do_unreserve()
        action = rows.with_user(self.worker).action_amazon_validate()
        self.assertEqual(rows.mapped("state"), ["done", "done", "confirmed"])
        message = action["params"]["message"]
        self.assertIn("2", message)
        self.assertIn(rows[2].name, message)
        self.assertEqual(len(self.shipments_of(bindings[0])), 1)

    def test_slips_in_the_order_of_the_list(self):
        """One document, the slips in the order of the desk."""
        self.receive(self.order_due(9, 1), self.order_due(3, 2), self.order_due(6, 3))
        rows = self.desk(user=self.worker)
        action = rows.action_amazon_print_slips()
        self.assertEqual(action["report_name"], "stock.report_deliveryslip")
        self.assertEqual(action["context"]["active_ids"], rows.ids)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            action["report_name"], rows.ids
        )
        text = html.decode()
        found = [text.index(name) for name in rows.mapped("name")]
        self.assertEqual(found, sorted(found))

    def test_a_slip_names_order_and_carrier(self):
        """Amazon's number can be scanned, and the carrier stands beside it."""
        self.receive(self.order_due(3, 1))
        row = self.desk(user=self.worker)
        row.carrier_id = False
        row.amazon_carrier_code_id = self.env.ref("amazon_connector.carrier_code_other")
        row.amazon_carrier_name = "Pigeon post"
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.worker)
            ._render_qweb_html("stock.report_deliveryslip", row.ids)
        )
        slip = html.decode()
        self.assertIn(f"<div>{row.amazon_order_number}</div>", slip)
        self.assertIn("Pigeon post", slip)
        if zxingcpp is None:
            self.skipTest("zxing-cpp, which reads barcodes, is not installed")
        self.assertEqual(scan(slip), [row.amazon_order_number])

    def test_an_empty_desk_says_so(self):
        """It offers no new transfer, as Odoo's lists of transfers do."""
        opened = (
            self.env["ir.actions.act_window"]._for_xml_id(
                "amazon_connector.shipping_desk_action"
            ),
            self.account.action_open_desk(),
            self.account.action_open_late(),
        )
        for action in opened:
            self.assertIn("Nothing to ship", action["help"])
            self.assertIn("amazon_desk", action["context"])
        others = self.env["ir.actions.act_window"]._for_xml_id(
            "stock.action_picking_tree_all"
        )
        self.assertNotIn("Nothing to ship", others["help"])

    def test_pick_list(self):
        """Units per location and product of all deliveries, and what is short."""
        self.receive(
            self.order_due(5, 1, 2),
            self.order_due(5, 2, 3, 1),
            self.order_due(5, 3, 99),
        )
        rows = self.desk(user=self.worker)
        values = (
            self.env["report.amazon_connector.report_picklist"]
            .with_user(self.worker)
            ._get_report_values(rows.ids)
        )
        units = {row["product"]: row["quantity"] for row in values["rows"]}
        self.assertEqual(units, {self.product: 100, self.other_product: 1})
        self.assertEqual(values["missing"].picking_id, rows[2])
        action = rows.action_amazon_print_picklist()
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.worker)
            ._render_qweb_html(action["report_name"], rows.ids)
        )
        self.assertIn("Product SKU-A", html.decode())
        # Under each title its column, though no product has a barcode or lot.
        head, *body = lxml_html.fromstring(html).xpath("//tr")
        self.assertTrue(body)
        self.assertEqual({len(row) for row in body}, {len(head)})
        self.assertEqual(body[0][4].text_content().split()[0], "100")

    def test_batch_where_it_is_installed(self):
        arch = self.env["stock.picking"].get_view(
            self.env.ref("amazon_connector.shipping_desk_view_list").id, "list"
        )["arch"]
        installed = "stock.picking.batch" in self.env
        self.assertEqual("action_amazon_batch" in arch, installed)

    def test_opening_costs_the_same_for_many(self):
        """The number of queries does not grow with the rows."""
        self.receive(*(self.order_due(5, number) for number in range(1, 4)))
        few = self.count_queries()
        self.receive(*(self.order_due(5, number) for number in range(4, 24)))
        many = self.count_queries()
        self.assertLessEqual(many, few + 2)

    def count_queries(self):
        self.refresh()
        before = self.env.cr.sql_log_count
        rows = self.env["stock.picking"].with_user(self.worker)
        rows.web_search_read([("amazon_to_ship", "=", True)], SHOWN)
        return self.env.cr.sql_log_count - before


DUES = ("late", "today", "later")
SHOWN = {
    name: {}
    for name in (
        "name",
        "amazon_order_number",
        "amazon_items",
        "amazon_units",
        "amazon_buyer_number",
        "amazon_speed",
        "amazon_programs",
        "amazon_due",
        "amazon_ship_by",
        "amazon_parcel",
        "carrier_tracking_ref",
    )
} | {
    name: {"fields": {"display_name": {}}}
    for name in (
        "amazon_first_product_id",
        "amazon_carrier_code_id",
        "amazon_channel_id",
        "carrier_id",
    )
}
