# SPDX-License-Identifier: LGPL-3.0-or-later
"""The shipping desk: what stands on it, how it is found, what is done with many."""

from unittest.mock import patch

from reportlab.graphics.utils import RenderPMError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import ago
from .desk_common import DeskCase

CARRIER_LOGGER = "odoo.addons.amazon_connector.models.shipment.stock_picking_carrier"


@tagged("post_install", "-at_install")
class TestShippingDesk(DeskCase):
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
        Report = type(self.env["ir.actions.report"])
        for draw, expected in (
            ({"return_value": b"png"}, "data:image/png;base64,cG5n"),
            ({"side_effect": RenderPMError("no renderer")}, "Pigeon post"),
        ):
            with (
                patch.object(Report, "barcode", **draw) as drawn,
                mute_logger(CARRIER_LOGGER),
            ):
                html, _kind = (
                    self.env["ir.actions.report"]
                    .with_user(self.worker)
                    ._render_qweb_html("stock.report_deliveryslip", row.ids)
                )
            self.assertEqual(drawn.call_args.args[-1], row.amazon_order_number)
            text = html.decode()
            self.assertIn(f"<div>{row.amazon_order_number}</div>", text)
            self.assertIn("Pigeon post", text)
            self.assertIn(expected, text)

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
