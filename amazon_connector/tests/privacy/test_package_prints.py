# SPDX-License-Identifier: LGPL-3.0-or-later
"""Packages say whom they go to, when they are printed from the screen."""

from odoo.tests import HttpCase, tagged

from ..common import AmazonCase, of_class_too, order_json
from ..security.reveal_common import SHOWN, PrintMixin, RevealMixin

CONTENT = "stock.report_package_barcode"
SMALL = "stock.report_package_barcode_small"
PACKAGES = "stock.report_picking_packages"
WAREHOUSE = "stock.group_stock_user"


@tagged("post_install", "-at_install")
class TestPackagePrints(PrintMixin, RevealMixin, AmazonCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_deliveries()
        cls.package = cls.pack(cls.picking)

    @of_class_too
    def pack(self, picking):
        package = self.env["stock.package"].create({"name": f"P{picking.id}"})
        picking.move_ids.quantity = 1
        picking.move_line_ids.result_package_id = package
        return package

    def test_labels_and_contents_have_the_address(self):
        """S111, S132: and each print is a row of the log."""
        for report in (CONTENT, SMALL):
            answer = self.print_as(WAREHOUSE, report, self.package.ids)
            self.assert_shown(answer, SHOWN)
            row = self.logged()[:1]
            self.assertEqual((row.kind, row.document), ("print", report))
            self.assertEqual(row.user_id, self.worker)
        answer = self.print_as(WAREHOUSE, PACKAGES, self.picking.ids)
        self.assert_shown(answer, SHOWN)
        self.assertFalse(self.search_database(self.SECRETS))
        self.assert_masked()

    def test_also_when_the_delivery_is_done(self):
        """S111: Odoo then prints packages as they were in it."""
        self.picking.with_context(skip_sms=True).button_validate()
        self.assertEqual(self.picking.state, "done")
        history = self.env["stock.package.history"].search(
            [("picking_ids", "in", self.picking.ids)]
        )
        report = "stock.report_package_history_barcode_small"
        self.assert_shown(self.print_as(WAREHOUSE, report, history.ids), SHOWN)

    def test_many_at_once_have_their_own(self):
        """S111: a package of no Amazon order has none."""
        other = self.receive(order_json(2, buyer="wilhelmina"))
        ids = (self.package | self.pack(other.sale_order_id.picking_ids)).ids
        plain = self.env["stock.package"].create({"name": "PLAIN"})
        answer = self.print_as(WAREHOUSE, CONTENT, [*ids, plain.id])
        self.assert_shown(answer, SHOWN)
        self.assertEqual(answer.text.count("Umbrellastrasse 5"), 1)
        self.assertEqual(answer.text.count("12 Wilhelmina Hidden Street"), 1)
        self.assertEqual(len(self.logged()), 2)

    def test_others_print_them_without(self):
        """S105, S110: by rights, by setting, or rendered by somebody else."""
        render = self.env["ir.actions.report"]._render_qweb_pdf
        for report in (CONTENT, SMALL):
            text = render(report, self.package.ids)[0].decode()
            self.assertNotIn("Zephyrine", text)
            self.assertNotIn("amazon_recipient", text)
        self.account.buyer_data_printing = "group"
        self.assert_hidden(self.print_as(WAREHOUSE, CONTENT, self.package.ids))

    def test_callers_name_no_recipients(self):
        """S132: the values of the template come from the route alone."""
        self.print_as("base.group_user,sales_team.group_sale_salesman_all_leads")
        url = f"/report/html/{CONTENT}/{self.package.id}?amazon_recipients=x"
        self.assert_hidden(self.url_open(url))

    def test_batch_transfers_print_their_deliveries(self):
        """S111: where batches are installed."""
        if "stock.picking.batch" not in self.env:
            self.skipTest("stock_picking_batch is not installed")
        batch = self.env["stock.picking.batch"].create(
            {"picking_ids": [(6, 0, self.picking.ids)]}
        )
        report = "stock_picking_batch.report_picking_batch"
        answer = self.print_as(WAREHOUSE, report, batch.ids)
        self.assertEqual(answer.status_code, 200)
