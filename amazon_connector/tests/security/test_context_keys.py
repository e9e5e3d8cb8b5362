# SPDX-License-Identifier: LGPL-3.0-or-later
"""Callers over RPC set any key of the context; none of ours changes what is done."""

import ast
import json
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from ...tools import context
from ..common import AmazonCase, item_json, order_json
from ..shipment.shipment_common import ShipmentMixin

ADDON = Path(__file__).resolve().parents[2]
EVERY_ID = list(range(1, 4000))
# What the connector tells itself, each with what a caller would send to mislead it.
INNER = {
    "amazon_batch": True,
    "amazon_batch_cancel": True,
    "amazon_deliveries_done": EVERY_ID,
    "amazon_matching": True,
    "amazon_noted": True,
    "amazon_odoo_only": True,
    "amazon_picking_by_move": {str(move): 1 for move in EVERY_ID},
    "amazon_reservations": {"quants": {}, "locked": EVERY_ID, "to_create": [{}]},
    "amazon_rules": {"": 1},
    "amazon_settled": True,
    "amazon_shipped_elsewhere": True,
    "amazon_shipped_outside": True,
    "amazon_tracking": True,
    "amazon_unwatched_products": EVERY_ID,
}
# What decides only how records are shown, which are listed, or what is asked first,
# with a value.
SHOWN = {
    "amazon_carriers_of": 1,
    "amazon_desk": True,
    "amazon_untold_anyway": True,
    "level_filter": {"search_default_differs": 1},
    "listing_filter": {"search_default_unconfirmed": 1},
    "order_filter": {"search_default_frozen": 1},
    "outcomes": ["failed"],
    "run_channel": 1,
    "show_channel": True,
    "shown_product": 1,
}
# Documented for scripts (docs/external-api.md).
FOR_SCRIPTS = {"amazon_cancel_reason", "amazon_ship_anyway"}
# Dialogs of ours say by it that they have asked.
ASKED = {"amazon_untold_anyway"}
# A day costs a second: so many keys share one, and are told apart where it goes wrong.
KEYS_AT_ONCE = 12
# Odoo's own.
FOREIGN = {"company_id", "cron_end_time", "lang", "tz", "uid", "with_expiration"}


class _Keys(ast.NodeVisitor):
    """Names of the context keys in a source."""

    def __init__(self):
        self.read, self.set, self.inner = set(), set(), set()

    def visit_Call(self, node):
        name = _get_name(node.func)
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if name == "ContextKey":
            self.inner.update(texts)
        elif name == "depends_context":
            self.read.update(texts)
        elif name == "get" and _is_context(node.func.value):
            self.read.update(texts[:1])
        elif name == "with_context":
            self.set.update(keyword.arg for keyword in node.keywords if keyword.arg)
        self.generic_visit(node)

    def visit_Subscript(self, node):
        if _is_context(node.value) and isinstance(node.slice, ast.Constant):
            self.read.add(node.slice.value)
        self.generic_visit(node)

    def visit_Compare(self, node):
        is_look_up = any(isinstance(one, ast.In | ast.NotIn) for one in node.ops)
        if is_look_up and any(map(_is_context, node.comparators)):
            self.read.add(getattr(node.left, "value", None))
        self.generic_visit(node)


def _get_name(node):
    return getattr(node, "attr", None) or getattr(node, "id", None)


def _is_context(node):
    return _get_name(node) in ("context", "_context")


@tagged("post_install", "-at_install")
class TestContextKeys(ShipmentMixin, AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stocker = new_test_user(
            cls.env,
            "amazon_stocker",
            "stock.group_stock_user,amazon_connector.group_user",
        )
        cls.salesman = new_test_user(
            cls.env, "amazon_seller", "sales_team.group_sale_salesman_all_leads"
        )
        cls.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": cls.product.id,
                "location_id": cls.env["stock.warehouse"]
                .search([("company_id", "=", cls.company.id)], limit=1)
                .lot_stock_id.id,
                "product_min_qty": 500,
                "product_max_qty": 500,
                "trigger": "auto",
            }
        )
        cls.set_up_carrier()
        cls.shipped = cls._receive_shipped()
        cls.corrected = cls.receive(cls.order_of(3, number=2, buyer="f2"))
        cls.moved = cls.receive(cls.order_of(1, number=3, buyer="f3"))
        cls.cancelled = cls.receive(
            *(cls.order_of(1, number=n, buyer=f"f{n}") for n in (4, 5, 6))
        )

    @classmethod
    def _receive_shipped(cls):
        """An order of which Amazon shipped one of two before anybody confirmed it."""
        cls.channel.auto_confirm = False
        order = order_json(1, [item_json("SKU-A", 2, "200")], buyer="f1")
        binding = cls.receive(order)
        shipped = order_json(
            1,
            [item_json("SKU-A", 2, "200")],
            buyer="f1",
            status="PARTIALLY_SHIPPED",
            updated="2099-01-01T00:00:00.000Z",
        )
        shipped["orderItems"][0]["fulfillment"].update(
            quantityFulfilled=1, quantityUnfulfilled=1
        )
        cls.receive(shipped)
        cls.channel.auto_confirm = True
        return binding

    def test_every_key_is_listed(self):
        """A key that is not in these lists is not tried below."""
        found = _Keys()
        for path in ADDON.rglob("*.py"):
            if "tests" not in path.relative_to(ADDON).parts:
                found.visit(ast.parse(path.read_text()))
        self.assertEqual(found.inner, set(INNER))
        self.assertEqual(found.read - FOREIGN, FOR_SCRIPTS | set(SHOWN))
        # Set by keyword they would be plain values.
        ours = {name for name in found.set if name.startswith("amazon_")}
        self.assertEqual(ours, FOR_SCRIPTS | ASKED)

    def test_only_the_connector_sets_inner_keys(self):
        for forged in (True, 1, "x", {}, [1], {"value": True}):
            env = self.env(context={name: forged for name in INNER})
            for key in vars(context).values():
                if isinstance(key, context.ContextKey):
                    self.assertIsNone(key.get(env), key.name)
                    self.assertEqual(key.get(self.env(context=key(forged))), forged)

    def test_forged_keys_change_nothing(self):
        """Parcel, correction and cancellation are told, nothing is delivered twice."""
        honest = self._work_a_day({})
        for name, expected in EXPECTED.items():
            self.assertEqual(honest[name], expected, name)
        forged = list({**INNER, **SHOWN}.items())
        for start in range(0, len(forged), KEYS_AT_ONCE):
            keys = dict(forged[start : start + KEYS_AT_ONCE])
            with self.subTest(keys=list(keys)):
                outcome = self._work_a_day(keys)
                guilty = outcome != honest and [
                    name
                    for name, value in keys.items()
                    if self._work_a_day({name: value}) != honest
                ]
                self.assertEqual(outcome, honest, guilty)
        for value in (True, 1, EVERY_ID, {"1": 1}):
            with self.subTest(value=str(value)[:9]):
                self.assertEqual(
                    self._work_a_day({**dict.fromkeys(INNER, value)}), honest
                )

    def test_what_goes_on_as_superuser_keeps_no_wish_of_its_caller(self):
        wishes = {"default_state": "sale", context.BATCH.name: True}
        session = {"lang": "en_US", "allowed_company_ids": self.company.ids}
        records = self.account.with_context(**wishes, **session, **context.ODOO_ONLY())
        kept = context.drop_caller_context(records).env.context
        self.assertEqual(dict(kept), {**session, **context.ODOO_ONLY()})

    def test_time_zone_that_does_not_exist(self):
        """Odoo would give it to each new contact, and refuse it."""
        for zone, expected in (("Nowhere/Town", None), ("Asia/Kolkata",) * 2):
            records = context.drop_caller_context(self.account.with_context(tz=zone))
            self.assertEqual(records.env.context.get("tz"), expected)
        for zone in (False, 5, ["UTC"], {"a": 1}):
            context.drop_caller_context(self.account.with_context(tz=zone))

    def test_reason_of_a_script(self):
        """Documented: it answers the dialog's question, and does nothing else."""
        honest = self._work_a_day({})
        scripted = self._work_a_day({"amazon_cancel_reason": "NoInventory"})
        self.assertEqual(scripted.pop("cancelled by button"), ("cancel", True, 1))
        self.assertEqual(honest.pop("cancelled by button"), ("sale", "window", 0))
        self.assertEqual(scripted, honest)

    # ------------------------------------------------------------------
    # A day of users
    # ------------------------------------------------------------------

    def _call(self, user, records, method, *args, forged):
        """As the web client or a script would."""
        forged = json.loads(json.dumps(forged))
        model = self.env[records._name].with_user(user)
        result = call_kw(model, method, [records.ids, *args], {"context": forged})
        self.env.flush_all()
        return result

    def _work_a_day(self, forged):
        """What a stock user and a salesman bring about with a forged context."""
        Orderpoint = type(self.env["stock.warehouse.orderpoint"])
        procured = []

        def procure(orderpoints, **_options):
            procured.extend(orderpoints.product_id.mapped("default_code"))

        savepoint = self.env.cr.savepoint()
        try:
            with patch.object(Orderpoint, "_procure_orderpoint_confirm", procure):
                outcome = self._confirm_what_was_shipped(forged)
            outcome["procured"] = sorted(set(procured))
            outcome |= self._deliver_and_correct(forged)
            outcome |= self._deliver_by_move(forged)
            outcome |= self._cancel(forged)
            return outcome
        finally:
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.invalidate_all()

    def _confirm_what_was_shipped(self, forged):
        """A salesman confirms by hand what Amazon has shipped in part."""
        sale = self.shipped.sale_order_id
        self.channel.auto_confirm = False
        self._call(self.salesman, sale, "action_confirm", forged=forged)
        self.channel.auto_confirm = True
        picking = sale.picking_ids
        return {
            "confirmed": sale.state,
            "delivered": sum(sale.order_line.mapped("qty_delivered")),
            "to deliver": sum(picking.move_ids.mapped("product_uom_qty")),
            "reserved": sum(picking.move_line_ids.mapped("quantity")),
            "pickings": len(picking),
            "notes": len(picking.message_ids),
        }

    def _deliver_and_correct(self, forged):
        binding = self.corrected
        picking = self.picking_of(binding)
        picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T2"})
        validated = {**forged, "skip_backorder": True}
        self._call(self.stocker, picking, "button_validate", forged=validated)
        parcel = self.shipments_of(binding)
        outcome = {"told": (parcel.state, self.units_of(parcel))}

        now = fields.Datetime.now()
        sent = {"state": "sent", "sent_at": now, "edited": False}
        parcel._set(sent)
        new = {"tracking_number": "T2-NEW"}
        self._call(self.stocker, parcel, "write", new, forged=forged)
        outcome["corrected"] = (parcel.state, parcel.edited, parcel.tracking_number)

        parcel._set(sent)
        new = {"carrier_tracking_ref": "T2-DELIVERY"}
        self._call(self.stocker, picking, "write", new, forged=forged)
        outcome["tracked"] = (parcel.state, parcel.edited, parcel.tracking_number)

        parcel._set(sent)
        picking.is_locked = False
        lines = picking.move_line_ids
        self._call(self.stocker, lines, "write", {"quantity": 2}, forged=forged)
        outcome["counted"] = (parcel.state, parcel.edited, self.units_of(parcel))
        return outcome

    def _deliver_by_move(self, forged):
        """A server action, which may call what RPC may not, finishes the moves."""
        binding = self.moved
        picking = self.picking_of(binding)
        picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T3"})
        picking.move_ids.picked = True
        picking.move_ids.with_context(**forged).sudo()._action_done()
        return {"told by move": self.shipments_of(binding).mapped("state")}

    def _cancel(self, forged):
        asked, told, held = self.cancelled
        sale = asked.sale_order_id
        answer = self._call(self.salesman, sale, "action_cancel", forged=forged)
        answer = "window" if isinstance(answer, dict) else answer
        rows = asked.cancellation_ids
        outcome = {"cancelled by button": (sale.state, answer, len(rows))}

        args = ("action_cancel_on_amazon", "NoInventory")
        self._call(self.salesman, told.sale_order_id, *args, forged=forged)
        row = told.cancellation_ids
        outcome["cancelled"] = (told.sale_order_id.state, row.state, row.reason_code)

        held.write({"state": "held", "to_apply": False})
        self._call(self.salesman, held.sale_order_id, *args, forged=forged)
        outcome["looked at again"] = held.to_apply
        return outcome


EXPECTED = {
    "confirmed": "sale",
    "delivered": 1,
    "to deliver": 1,
    "procured": ["SKU-A"],
    "told": ("waiting", {"SKU-A": 3}),
    "corrected": ("waiting", True, "T2-NEW"),
    "tracked": ("waiting", True, "T2-DELIVERY"),
    "counted": ("waiting", True, {"SKU-A": 2}),
    "told by move": ["waiting"],
    "cancelled by button": ("sale", "window", 0),
    "cancelled": ("cancel", "waiting", "NoInventory"),
    "looked at again": True,
}
