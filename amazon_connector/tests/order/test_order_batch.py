# SPDX-License-Identifier: LGPL-3.0-or-later
"""Confirming many orders at once must not hurt, whatever Odoo or other addons do."""

from collections import Counter
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.stock.models.stock_move import StockMove as OdooMove

from ...models.batch import amazon_order_batch as batch
from ..common import AmazonCase, item_json, order_json

LOGGER = batch.__name__


@tagged("post_install", "-at_install")
class TestOrderBatch(AmazonCase):
    def setUp(self):
        super().setUp()
        self.batch = self.env["amazon.order.batch"]
        self.addCleanup(self.env.registry.clear_cache)

    def receive_some(self, count=5, **options):
        return self.receive(
            *(
                order_json(number, **{"buyer": f"b{number}", **options})
                for number in range(1, count + 1)
            )
        )

    def find_new_pickings(self, count=5, **options):
        """Receive orders; returns them with all the pickings that were made."""
        before = self.env["stock.picking"].search([])
        bindings = self.receive_some(count, **options)
        return bindings, self.env["stock.picking"].search([]) - before

    def count_reserved(self, product):
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id.usage", "=", "internal")]
        )
        return sum(quants.mapped("reserved_quantity"))

    # ------------------------------------------------------------------
    # What other addons do
    # ------------------------------------------------------------------

    def test_another_addon_finds_the_pickings(self):
        """One that is loaded later answers without asking Odoo: no empty deliveries."""

        def search_alone(move):
            domain = move._search_picking_for_assignation_domain()
            return move.env["stock.picking"].search(domain, limit=1)

        Move = self.env.registry["stock.move"]
        with patch.object(Move, "_search_picking_for_assignation", search_alone):
            bindings, pickings = self.find_new_pickings()
        self.assertEqual(set(bindings.mapped("state")), {"applied"})
        self.assertEqual(pickings, bindings.sale_order_id.picking_ids)
        self.assertEqual(len(pickings), 5)
        self.assertTrue(all(picking.move_ids for picking in pickings))

    def test_another_addon_groups_by_buyer(self):
        def search_buyers(move):
            return move.env["stock.picking"].search(
                [
                    ("partner_id", "=", move.sale_line_id.order_id.partner_id.id),
                    ("move_ids", "!=", False),
                    ("state", "not in", ("done", "cancel")),
                ],
                limit=1,
            )

        Move = self.env.registry["stock.move"]
        with patch.object(Move, "_search_picking_for_assignation", search_buyers):
            bindings, pickings = self.find_new_pickings(3, buyer="asha")
        self.assertEqual(set(bindings.mapped("state")), {"applied"})
        self.assertEqual(len(pickings), 1)
        self.assertEqual(len(pickings.move_ids.sale_line_id.order_id), 3)

    def test_new_pickings_are_followed_up_once(self):
        """What other addons do with a new picking is done once, as by Odoo."""
        calls = []

        def note(moves, new=False):
            calls.append((new, len(moves.picking_id)))

        with patch.object(OdooMove, "_assign_picking_post_process", note):
            self.receive_some(3)
        self.assertEqual(calls, [(True, 1)] * 3)

    def test_sales_of_others_cost_nothing(self):
        """A sale that is not Amazon's: the strategy is asked for once per look-up."""
        Quant = self.env.registry["stock.quant"]
        counts = Counter()

        def counting(name):
            original = getattr(Quant, name)

            def counted(quants, *args, **options):
                counts[name] += 1
                return original(quants, *args, **options)

            return patch.object(Quant, name, counted)

        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "P"}).id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": 1})
                    for product in (self.product, self.other_product)
                ],
            }
        )
        with counting("_gather"), counting("_get_removal_strategy"):
            sale.action_confirm()
            sale.picking_ids.button_validate()
        self.assertEqual(sale.picking_ids.state, "done")
        self.assertGreater(counts["_gather"], 0)
        self.assertEqual(counts["_get_removal_strategy"], counts["_gather"])

    # ------------------------------------------------------------------
    # What Odoo may do one day
    # ------------------------------------------------------------------

    def test_move_lines_that_odoo_does_not_make(self):
        """Were Odoo to skip ``create([])``: the lines are made Odoo's way, loudly."""
        Line = self.env.registry["stock.move.line"]
        create = Line.create

        def create_some(lines, vals_list):
            return create(lines, vals_list) if vals_list else lines.browse()

        create_some.__dict__.update(create.__dict__)
        items = [item_json("SKU-A", 3, "300")]
        with (
            patch.object(Line, "create", create_some),
            self.assertLogs(LOGGER, "ERROR"),
        ):
            bindings, pickings = self.find_new_pickings(2, items=items)
        self.assertEqual(set(bindings.mapped("state")), {"applied"})
        self.assertEqual(set(pickings.mapped("state")), {"assigned"})
        self.assertEqual(pickings.move_ids.mapped("quantity"), [3, 3])
        self.assertEqual(pickings.move_line_ids.mapped("quantity"), [3, 3])
        self.assertEqual(self.count_reserved(self.product), 6)
        self.assertFalse(self.batch._is_on())
        alert = self.account._get_alerts(batch.ALERT)
        self.assertIn(batch.PARAMETER, alert.note)
        pickings.with_context(skip_backorder=True).button_validate()
        self.assertEqual(self.count_reserved(self.product), 0)

    def test_installed_odoo_is_known(self):
        """A release that is not: run test_order_as_odoo, then add what this names."""
        found = {
            key: batch.digest(self.batch._find_origin(*key)) for key in batch.KNOWN
        }
        missing = {
            key: value for key, value in found.items() if value not in batch.KNOWN[key]
        }
        self.assertEqual(missing, {})
        self.assertEqual(self.batch._find_obstacles(), ())

    def test_unknown_odoo_is_left_to_itself(self):
        """Another release: confirmed by Odoo alone, and an activity says so."""
        method = ("stock.move", "_assign_picking")
        with patch.dict(batch.KNOWN, {method: {"0123456789abcdef"}}):
            self.env.registry.clear_cache()
            with self.assertLogs(LOGGER, "WARNING") as logs:
                self.batch._register_hook()
            self.assertIn("stock.move._assign_picking", logs.output[0])
            self.assert_confirmed_by_odoo()
            self.batch._tell_obstacles()
            self.batch._tell_obstacles()
            alert = self.account._get_alerts(batch.ALERT)
            self.assertEqual(len(alert), 1)
            self.assertIn("stock.move._assign_picking", alert.note)
            # Done by a user: he knows.
            alert.action_feedback()
            self.batch._tell_obstacles()
            self.assertFalse(self.account._get_alerts(batch.ALERT))
        # An update of the connector knows it.
        self.env.registry.clear_cache()
        self.assertTrue(self.batch._is_on())

    def test_alert_ends_with_its_cause(self):
        with patch.dict(batch.KNOWN, {("stock.rule", "run"): set()}):
            self.env.registry.clear_cache()
            self.batch._tell_obstacles()
        self.assertTrue(self.account._get_alerts(batch.ALERT))
        self.env.registry.clear_cache()
        self.batch._tell_obstacles()
        self.assertFalse(self.account._get_alerts(batch.ALERT))

    def test_addons_that_answer_themselves(self):
        """A grouping addon, known by its name or by what it overrides."""

        def search(move):
            return move.env["stock.picking"]

        search.__module__ = "odoo.addons.deliveries_by_buyer.models.stock_move"
        Move = self.env.registry["stock.move"]
        with patch.object(Move, "_search_picking_for_assignation", search):
            self.env.registry.clear_cache()
            (obstacle,) = self.batch._find_obstacles()
            self.assertIn("deliveries_by_buyer", obstacle)
            self.assertFalse(self.batch._is_on())
        name = "stock_picking_group_by_partner_by_carrier"
        modules = {*self.env.registry._init_modules, name}
        with patch.object(self.env.registry, "_init_modules", modules):
            self.env.registry.clear_cache()
            self.assertEqual(self.batch._find_obstacles(), (name,))

    # ------------------------------------------------------------------
    # The switch
    # ------------------------------------------------------------------

    def assert_confirmed_by_odoo(self):
        Move = self.env.registry["stock.move"]
        with patch.object(Move, "_create_amazon_pickings") as prepare:
            bindings, pickings = self.find_new_pickings()
        prepare.assert_not_called()
        self.assertEqual(set(bindings.mapped("state")), {"applied"})
        self.assertEqual(len(pickings), 5)
        self.assertEqual(set(pickings.mapped("state")), {"assigned"})

    def test_switched_off_by_the_parameter(self):
        self.env["ir.config_parameter"].set_param(batch.PARAMETER, "False")
        self.assert_confirmed_by_odoo()
        with mute_logger(LOGGER):
            self.batch._tell_obstacles()
        self.assertFalse(self.account._get_alerts(batch.ALERT))

    def test_on_by_default(self):
        self.assertTrue(self.batch._is_on())
        Parameter = self.env["ir.config_parameter"]
        for value, is_on in (("True", True), ("0", False), ("off", False), ("?", True)):
            Parameter.set_param(batch.PARAMETER, value)
            self.assertEqual(self.batch._is_on(), is_on, value)
