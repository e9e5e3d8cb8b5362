# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...sp_api import charsets
from ...sp_api.times import parse_time
from ..common import (
    CLIENT_LOGGERS,
    INDIA,
    SYNC_LOGGER,
    SimulatorCase,
    address_json,
    ago,
    item_json,
    order_json,
)

REPORT_ROLES = {"Inventory and Order Tracking", "Amazon Fulfillment"}


@tagged("post_install", "-at_install")
class TestOrderReports(SimulatorCase):
    """What the order search leaves out comes from Amazon's reports."""

    def setUp(self):
        super().setUp()
        self.simulator.set_reports(delay_seconds=0)
        self.channel.go_live_date = fields.Datetime.now() - timedelta(days=20)
        self.reports = self.account._get_task("order_reports")

    def sell(self, *orders):
        """Orders as they come in for an account that may not see addresses."""
        self.simulator.set_roles("IN", REPORT_ROLES, coarse_address=False)
        self.simulator.put_orders("IN", list(orders))
        self.fetch_and_apply()
        return self.find(*(order["orderId"] for order in orders))

    def read_reports(self, rounds=6):
        """Let the task look until nothing is on its way, then apply."""
        for _round in range(rounds):
            self.reports.write(
                {"next_run": fields.Datetime.now(), "leased_until": False}
            )
            self.env["amazon.report"].search([]).next_poll = False
            with mute_logger(SYNC_LOGGER, *CLIENT_LOGGERS):
                self.run_cron("order_reports_fetch")
        self.run_cron("orders_apply")

    def fba(self, shipped):
        item = item_json("SKU-A", 2, "200.00")
        item["fulfillment"] = {"quantityFulfilled": 2, "quantityUnfulfilled": 0}
        order = order_json(items=[item], status="SHIPPED", updated=shipped)
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        return order

    def test_place_of_an_applied_order(self):
        """Country and state without the role for addresses."""
        order = self.sell(order_json(1, updated=ago(hours=3)))
        sale = order.sale_order_id
        self.assertEqual((order.state, order.ship_state), ("applied", False))
        self.assertFalse(sale.partner_id.state_id)
        self.read_reports()
        self.assertEqual((order.ship_country, order.ship_state), ("IN", "KARNATAKA"))
        self.assertEqual(sale.partner_id.state_id.code, "KA")
        self.assertEqual(sale.partner_shipping_id, sale.partner_id)
        self.assertEqual(sale.picking_ids.partner_id, sale.partner_id)
        self.assertEqual((sale.state, sale.amount_total), ("sale", 100.0))

    def test_place_of_an_order_that_was_placed_long_before_it_changed(self):
        """A report spans 30 days, and has what changed in them."""
        order = self.sell(order_json(1, created=ago(days=60), updated=ago(days=2)))
        self.read_reports()
        self.assertEqual(order.ship_country, "IN")
        self.assertEqual(len(self.calls("createReport")), 1)

    def test_places_of_several_months(self):
        """Each is in the report of its last change, and asked for once."""
        days = [(120, 119), (95, 50), (61, 59), (45, 1)]
        orders = self.sell(
            *(
                order_json(number, created=ago(days=placed), updated=ago(days=changed))
                for number, (placed, changed) in enumerate(days, 1)
            )
        )
        self.channel.order_start_date = fields.Datetime.now() - timedelta(days=200)
        self.read_reports(8)
        self.assertEqual(set(orders.mapped("ship_country")), {"IN"})
        self.assertLessEqual(len(self.calls("createReport")), len(days))

    def test_an_order_without_its_day_is_asked_for_once(self):
        """Amazon may leave out when it was placed, and no report may know it."""
        order = self.sell(order_json(1, updated=ago(hours=3)))
        unknown = {"order_number": "403-9999999-9999999", "purchase_time": False}
        order.write({**unknown, "ship_country": False})
        self.read_reports()
        self.assertTrue(order.place_asked_at)
        self.assertEqual(len(self.calls("createReport")), 1)

    def test_held_order_goes_on(self):
        tax = self.env["account.tax"].create(
            {"name": "9 %", "amount": 9, "company_id": self.company.id}
        )
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Within the state",
                "company_id": self.company.id,
                "auto_apply": True,
                "country_id": self.env.ref("base.in").id,
                "state_ids": [Command.set(self.env.ref("base.state_in_ka").ids)],
                "tax_ids": [Command.set(tax.ids)],
            }
        )
        self.channel.tax_source = "odoo"
        order = self.sell(order_json(1, updated=ago(hours=3)))
        self.assertEqual(order.state, "held")
        self.read_reports()
        self.assertEqual(order.state, "applied")
        self.assertEqual(order.sale_order_id.fiscal_position_id, position)

    def test_city_and_postal_code_are_nowhere(self):
        """Rule 3: the report tells them, the parser drops them."""
        self.sell(order_json(1, updated=ago(hours=3)))
        self.read_reports()
        self.env.flush_all()
        for table in (
            "amazon_order",
            "amazon_report",
            "amazon_sync_record",
            "res_partner",
        ):
            self.env.cr.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text ILIKE '%mysuru%'"
                " OR t::text ~ '(^|[^0-9.])570001([^0-9]|$)'"
            )
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)

    def test_what_a_buyer_typed_is_nowhere(self):
        """Rule 3: the report gives it where other states stand; S104."""
        typed = "c/o Zephyrine, Umbrellastrasse 5"
        address = address_json(stateOrRegion=typed)
        order = self.sell(
            order_json(1, updated=ago(hours=3), recipient={"deliveryAddress": address})
        )
        self.read_reports()
        self.assertEqual((order.ship_country, order.ship_state), ("IN", False))
        self.assertTrue(order.ship_state_typed)
        for table in ("amazon_order", "amazon_place", "amazon_sync_record"):
            self.env.cr.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text ILIKE '%zephyrine%'"
            )
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)

    def test_uneven_rows_are_left_out_and_told(self):
        """A cell too many gave the postal code as country, and the city as state."""
        order = self.sell(order_json(1, updated=ago(hours=3)))
        desk = type(self.simulator.reports)
        written = desk._written

        def spoil(desk, report, rows):
            content, content_type = written(desk, report, rows)
            header, *lines = content.splitlines(keepends=True)
            return header + b"extra\t".join([b"", *lines]), content_type

        self.patch(desk, "_written", spoil)
        self.read_reports()
        self.assertFalse(order.ship_country)
        record = self.env["amazon.sync.record"].search([("name", "like", "rows of")])
        self.assertIn("Rows: 1", record.reason)

    def test_read_in_the_marketplaces_charset(self):
        """Nothing tells it, and a buyer wrote what UTF-8 is not."""
        self.patch(charsets, "_FALLBACK_BY_MARKETPLACE", {INDIA: "cp932"})
        self.simulator.set_reports(charset="cp932", state_charset=False)
        texts = []
        sync = type(self.env["amazon.sync.order_reports"])
        read = sync._read_places

        def note(model, document, *args):
            texts.append(document.text())
            return read(model, document, *args)

        self.patch(sync, "_read_places", note)
        address = address_json(city="東京都")
        order = self.sell(
            order_json(1, updated=ago(hours=3), recipient={"deliveryAddress": address})
        )
        self.read_reports()
        self.assertEqual(order.ship_country, "IN")
        self.assertIn("東京都", texts[0])

    def test_dates_of_amazons_shipments(self):
        order = self.sell(self.fba(shipped=ago(hours=5)))
        move = order.sale_order_id.order_line.move_ids
        self.assertEqual(move.date, order.last_updated_time)
        self.read_reports()
        updated = parse_time(self.simulator.truth("IN")[0]["lastUpdatedTime"])
        line = order.line_ids
        self.assertTrue(line.shipped_time)
        self.assertEqual(move.date, line.shipped_time)
        self.assertEqual(move.move_line_ids.date, line.shipped_time)
        self.assertEqual(len(order.sale_order_id.order_line.move_ids), 1)
        self.assertLessEqual(line.shipped_time, updated.replace(tzinfo=None))

    def test_no_report_without_need(self):
        self.simulator.put_orders("IN", [order_json(1, updated=ago(hours=3))])
        self.fetch_and_apply()
        self.read_reports(1)
        self.assertFalse(self.calls("createReport"))

    def test_one_report_serves_all_orders_and_is_not_repeated(self):
        orders = [order_json(n, updated=ago(hours=n)) for n in range(1, 6)]
        found = self.sell(*orders)
        self.read_reports()
        self.read_reports()
        self.assertEqual(len(self.calls("createReport")), 1)
        self.assertEqual(set(found.mapped("ship_state")), {"KARNATAKA"})

    def test_report_in_work_is_looked_at_later(self):
        self.simulator.set_reports(delay_seconds=3600)
        self.sell(order_json(1, updated=ago(hours=3)))
        self.reports.next_run = fields.Datetime.now()
        self.run_cron("order_reports_fetch")
        report = self.env["amazon.report"].search([])
        self.assertEqual(report.state, "requested")
        self.assertEqual(self.reports.next_run, report.next_poll)
        self.assertFalse(self.reports.leased_until)
        self.assertEqual(report.run_id.state, "running")

    def test_fatal_report_is_told_and_tried_again(self):
        self.simulator.add_fault("report_fatal", operation="createReport", count=1)
        order = self.sell(order_json(1, updated=ago(hours=3)))
        self.read_reports()
        states = self.env["amazon.report"].search([]).mapped("state")
        self.assertEqual(sorted(states), ["failed", "read"])
        self.assertEqual(order.ship_state, "KARNATAKA")
        failed = self.env["amazon.sync.run"].search([("state", "=", "failed")])
        self.assertEqual(len(failed), 1)
        self.assertIn("could not create", failed.message)

    def test_killed_after_the_request_asks_no_second_report(self):
        self.sell(order_json(1, updated=ago(hours=3)))
        self.simulator.set_reports(delay_seconds=3600)
        self.reports.next_run = fields.Datetime.now()
        self.run_cron("order_reports_fetch")
        report = self.env["amazon.report"].search([])
        known = report.report_number
        # As if the worker had died before it stored Amazon's answer.
        report.write({"state": "wanted", "report_number": False})
        report.create_date -= timedelta(minutes=1)
        self.reports.write({"next_run": fields.Datetime.now(), "leased_until": False})
        self.run_cron("order_reports_fetch")
        self.assertEqual(report.report_number, known)
        self.assertEqual(len(self.calls("createReport")), 1)


@tagged("post_install", "-at_install")
class TestPendingOrders(SimulatorCase):
    """PENDING: prices may be there, they are stored and not trusted."""

    def pending(self, days):
        self.channel.order_start_date = fields.Datetime.now() - timedelta(days=40)
        order = order_json(
            1, status="PENDING", created=ago(days=days), updated=ago(days=days)
        )
        self.simulator.put_orders("IN", [order])
        self.task.cursor_ids.watermark = fields.Datetime.now() - timedelta(days=40)
        self.fetch_and_apply()
        return self.find(order["orderId"])

    def test_prices_are_stored_and_not_trusted(self):
        order = self.pending(days=1)
        self.assertEqual((order.state, order.amount_total), ("pending", 100.0))
        self.assertFalse(order.sale_order_id)
        self.make_due()
        self.fetch()
        self.assertFalse(self.calls("getOrder"))

    def test_long_pending_order_is_read_again(self):
        order = self.pending(days=8)
        # The change is older than the watermark: no search will ever tell it.
        update = {"fulfillment": {"fulfillmentStatus": "UNSHIPPED"}}
        self.simulator.update_order(
            order.order_number, {**update, "lastUpdatedTime": ago(days=7)}
        )
        order.read_at = False
        self.make_due()
        self.fetch_and_apply()
        self.assertEqual((order.state, order.sale_order_id.state), ("applied", "sale"))
        self.assertTrue(self.calls("getOrder"))

    def test_read_again_once_a_week(self):
        self.pending(days=8)
        for _round in range(3):
            self.make_due()
            self.fetch()
        self.assertEqual(len(self.calls("getOrder")), 1)
