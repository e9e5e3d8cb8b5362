# SPDX-License-Identifier: LGPL-3.0-or-later
"""The batch of the apply stage does what Odoo alone would do, only faster."""

from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ..common import AmazonCase, item_json, order_json
from .order_comparison import describe_value, freeze, name_calls

# What is compared, in this order; records of these models are told by their rank.
COMPARED = (
    "sale.order",
    "sale.order.line",
    "stock.reference",
    "stock.picking",
    "stock.move",
    "stock.move.line",
)
RANKED = (
    *COMPARED,
    "account.tax",
    "amazon.listing",
    "amazon.order",
    "amazon.order.line",
    "product.pricelist",
    "product.product",
    "res.partner",
    "stock.location",
)
# The batch makes the move lines of goods without stock after the others.
RANKED_BY = {"stock.move.line": "move_id, id"}
# Ids, numbers from a sequence, and what belongs to users, not to the goods.
LEFT_OUT = {
    "id",
    "access_token",
    "activity_ids",
    "create_date",
    "message_follower_ids",
    "message_ids",
    "message_main_attachment_id",
    "rating_ids",
    "website_message_ids",
    "write_date",
}
NUMBERED = {
    ("stock.picking", "name"),
    ("stock.move", "reference"),
    ("stock.move.line", "reference"),
}
# Hooks that Odoo calls on recordset by recordset; which records they saw must agree.
HOOKS = {
    "sale.order": ("_action_confirm", "_prepare_confirmation_values"),
    "sale.order.line": (
        "_action_launch_stock_rule",
        "_create_procurements",
        "_get_qty_procurement",
        "_prepare_procurement_values",
    ),
    "stock.move": (
        "_action_assign",
        "_action_confirm",
        "_assign_picking",
        "_get_new_picking_values",
        "_key_assign_picking",
        "_merge_moves",
        "_prepare_merge_moves_distinct_fields",
        "_prepare_move_line_vals",
        "_recompute_state",
        "_search_picking_for_assignation",
        "_should_assign_at_confirm",
        "_should_be_assigned",
        "_should_bypass_reservation",
        "_trigger_scheduler",
        "_update_reserved_quantity",
        "_update_reserved_quantity_vals",
    ),
    "stock.move.line": ("_apply_putaway_strategy", "_update_stock_move_value"),
    "stock.picking": ("action_confirm", "_check_entire_pack"),
}
# Hooks that get values instead of records: each call is to be found on both sides.
VALUE_HOOKS = {
    "stock.quant": ("_get_reserve_quantity", "_update_reserved_quantity"),
    "stock.rule": ("_get_rule", "_get_stock_move_values"),
}


@tagged("post_install", "-at_install")
class TestOrderAsOdoo(AmazonCase):
    """The same pickings, moves, reservations and hooks as Odoo."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Their ids stand inside of pins.
        cls.company._get_amazon_taxes()
        # Odoo's own numbers do not go back with a transaction.
        cls.channel.write(
            {
                "order_name_policy": "amazon",
                "order_preference": "fulfilled",
                "go_live_date": fields.Datetime.now() - timedelta(days=20),
            }
        )
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls._create_product("SERVICE", type="service", is_storable=False)
        cls._create_product("CONSUMABLE", is_storable=False)
        cls.scarce = cls._create_product("SCARCE")
        cls.spread = cls._create_product("SPREAD")
        cls._create_product("TRACKED", tracking="lot")
        cls._place(cls.scarce, -97)
        shelf = cls.env["stock.location"].create(
            {"name": "Shelf", "location_id": cls.warehouse.lot_stock_id.id}
        )
        cls._place(cls.spread, -98)
        cls._place(cls.spread, 3, shelf)

    @classmethod
    def _create_product(cls, sku, **vals):
        if vals.get("is_storable", True) and not vals.get("tracking"):
            return super()._create_product(sku, **vals)
        product = cls.env["product.product"].create(
            {"name": sku, "default_code": sku, "is_storable": True, **vals}
        )
        if product.tracking == "lot":
            for name in ("L1", "L2"):
                lot = cls.env["stock.lot"].create(
                    {"name": name, "product_id": product.id}
                )
                cls._place(product, 2, lot=lot)
        return product

    @classmethod
    def _place(cls, product, quantity, location=None, lot=None):
        cls.env["stock.quant"]._update_available_quantity(
            product,
            location or cls.warehouse.lot_stock_id,
            quantity,
            lot_id=lot,
        )

    def _mixed_orders(self):
        """Orders of all kinds; several want the same scarce products."""
        number = iter(range(1, 100))

        def order(*items, **options):
            return order_json(
                next(number),
                items=[
                    item_json(
                        sku, quantity, f"{quantity * 118}.00", number=rank, **more
                    )
                    for rank, (sku, quantity, more) in enumerate(items, 1)
                ],
                **options,
            )

        plain = ("SKU-A", 1, {})
        shipped = order(("SKU-B", 2, {}), status="SHIPPED")
        shipped["orderItems"][0]["fulfillment"]["quantityFulfilled"] = 2
        by_amazon = order(("SKU-B", 1, {}), buyer=None)
        by_amazon["fulfillment"]["fulfilledBy"] = "AMAZON"
        partly = order(("SKU-A", 3, {}), status="PARTIALLY_SHIPPED")
        partly["orderItems"][0]["fulfillment"]["quantityFulfilled"] = 1
        partly["orderItems"][0]["fulfillment"]["quantityUnfulfilled"] = 2
        return [
            order(plain),
            order(plain, ("SKU-B", 2, {}), ("SCARCE", 2, {}), buyer="ravi"),
            order(("SKU-B", 1, {"SHIPPING": "40.00", "GIFT_WRAP": "15.00"})),
            order(("SCARCE", 2, {"COD_FEE": "25.00", "DISCOUNT": "-7.77"})),
            order(("SCARCE", 1, {}), buyer="meera"),
            order(("SKU-A", 2, {"tax": "36.00"}), ("SKU-A", 1, {})),
            order(("SPREAD", 3, {}), ("SERVICE", 1, {}), buyer="ravi"),
            order(("SPREAD", 4, {}), ("CONSUMABLE", 2, {})),
            order(("TRACKED", 3, {})),
            order(("TRACKED", 2, {}), plain, buyer="meera"),
            shipped,
            by_amazon,
            partly,
            order(("SERVICE", 1, {})),
        ]

    # ------------------------------------------------------------------
    # The two ways
    # ------------------------------------------------------------------

    def _import(self, orders, as_odoo):
        """Import orders, describe what came out and which hooks ran; undo it all."""
        known = {model: self._last_id(model) for model in RANKED}
        with self._undone(), self._recorded_hooks() as calls:
            with self._odoo_alone() if as_odoo else ExitStack():
                bindings = self.receive(*orders)
            self.assertEqual(set(bindings.mapped("state")), {"applied"})
            ranks = {
                (model, record_id): f"{model} {rank}"
                for model in RANKED
                for rank, record_id in enumerate(self._made(model, known).ids)
            }
            described = {
                model: [self._describe(r, ranks) for r in self._made(model, known)]
                for model in COMPARED
            }
            return described, self._describe_quants(ranks), name_calls(calls, ranks)

    def _last_id(self, model):
        Model = self.env[model].with_context(active_test=False)
        return Model.search([], order="id desc", limit=1).id or 0

    def _made(self, model, known):
        Model = self.env[model].with_context(active_test=False)
        order = RANKED_BY.get(model, "id")
        return Model.search([("id", ">", known[model])], order=order)

    @contextmanager
    def _undone(self):
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            self.env.flush_all()
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.invalidate_all()

    @contextmanager
    def _odoo_alone(self):
        """Create and confirm orders one by one, without any context of ours."""
        Sale, Writer = (
            self.env.registry[m] for m in ("sale.order", "amazon.order.writer")
        )
        create, company_ids = Sale.create, self.env.companies.ids
        bare = {"allowed_company_ids": company_ids, "tracking_disable": True}

        def create_one_by_one(sales, vals_list):
            sales = sales.with_env(sales.env(context=bare))
            return sales.concat(*(create(sales, [vals]) for vals in vals_list))

        def confirm_one_by_one(_writer, entries):
            for work, _reason in entries:
                sale = work.binding.sale_order_id
                sale.with_env(sale.env(context=bare)).action_confirm()

        with (
            patch.object(Sale, "create", create_one_by_one),
            patch.object(Writer, "_confirm", confirm_one_by_one),
        ):
            yield

    # ------------------------------------------------------------------
    # Hooks
    # ------------------------------------------------------------------

    @contextmanager
    def _recorded_hooks(self):
        calls = {"records": set(), "values": Counter()}
        with ExitStack() as stack:
            for model, names in HOOKS.items():
                for name in names:
                    self._record(stack, model, name, calls, by_records=True)
            for model, names in VALUE_HOOKS.items():
                for name in names:
                    self._record(stack, model, name, calls, by_records=False)
            self._record_new_pickings(stack, calls)
            yield calls

    def _record(self, stack, model, name, calls, by_records):
        Model = self.env.registry[model]
        original = getattr(Model, name)

        def recorded(records, *args, **options):
            if by_records:
                calls["records"].update((name, model, id_) for id_ in records.ids)
            else:
                values = map(freeze, [*args, *options.values()])
                calls["values"][name, tuple(values)] += 1
            return original(records, *args, **options)

        # api.model and the like stand on the function.
        recorded.__dict__.update(original.__dict__)
        stack.enter_context(patch.object(Model, name, recorded))

    def _record_new_pickings(self, stack, calls):
        Move = self.env.registry["stock.move"]
        original = Move._assign_picking_post_process

        def recorded(moves, new=False):
            if new:
                calls["records"].update(("new", "stock.move", i) for i in moves.ids)
            return original(moves, new=new)

        stack.enter_context(
            patch.object(Move, "_assign_picking_post_process", recorded)
        )

    # ------------------------------------------------------------------
    # Descriptions
    # ------------------------------------------------------------------

    def _describe(self, record, ranks):
        return {
            name: describe_value(record[name], ranks)
            for name, field in record._fields.items()
            if field.store
            and name not in LEFT_OUT
            and (record._name, name) not in NUMBERED
        }

    def _describe_quants(self, ranks):
        return [
            [
                describe_value(quant[name], ranks)
                for name in (
                    "product_id",
                    "location_id",
                    "lot_id",
                    "quantity",
                    "reserved_quantity",
                    "in_date",
                )
            ]
            for quant in self.env["stock.quant"].search([], order="id")
        ]

    # ------------------------------------------------------------------
    # Tests
    # ------------------------------------------------------------------

    def test_same_as_odoo(self):
        orders = self._mixed_orders()
        with freeze_time(fields.Datetime.now()):
            batch, batch_quants, batch_calls = self._import(orders, as_odoo=False)
            odoo, odoo_quants, odoo_calls = self._import(orders, as_odoo=True)
        self.assertEqual(len(batch["sale.order"]), len(orders))
        self.assertEqual(len(batch["stock.picking"]), 11)
        states = Counter(move["state"] for move in batch["stock.move"])
        self.assertGreaterEqual(
            set(states), {"assigned", "partially_available", "confirmed", "done"}
        )
        for model in COMPARED:
            with self.subTest(model=model):
                self.assertEqual(len(batch[model]), len(odoo[model]))
                for ours, theirs in zip(batch[model], odoo[model], strict=True):
                    self.assertEqual(ours, theirs)
        self.assertEqual(batch_quants, odoo_quants)

    def test_same_hooks_as_odoo(self):
        orders = self._mixed_orders()
        with freeze_time(fields.Datetime.now()):
            *_batch, batch = self._import(orders, as_odoo=False)
            *_odoo, odoo = self._import(orders, as_odoo=True)
        self.assertEqual({name for name, *_ in odoo["records"]}, set(_hook_names()))
        self.assertEqual(odoo["records"] - batch["records"], set())
        self.assertEqual(batch["records"] - odoo["records"], set())
        self.assertEqual(batch["values"], odoo["values"])


def _hook_names():
    return [name for names in HOOKS.values() for name in names] + ["new"]
