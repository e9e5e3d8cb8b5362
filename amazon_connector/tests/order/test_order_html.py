# SPDX-License-Identifier: LGPL-3.0-or-later
"""Words of Amazon, of buyers and of sellers' listings are text, never HTML."""

import ast
from pathlib import Path

from markupsafe import Markup

from odoo.tests import tagged

from ..common import AmazonCase, address_json, item_json, order_json

ADDON = Path(__file__).resolve().parents[2]
TAG = "<b title="
TEXT = f"{TAG}'x'>5 < 6</b><img src='x' onerror='alert(1)'/>"


def sources():
    for path in ADDON.rglob("*.py"):
        if "tests" not in path.parts[len(ADDON.parts) :]:
            yield path, ast.parse(path.read_text())


def called(node):
    function = getattr(node, "func", None)
    return getattr(function, "attr", getattr(function, "id", None))


@tagged("post_install", "-at_install")
class TestNoHtml(AmazonCase):
    def assert_text_only(self):
        """No stored HTML field of any model has the tag; it is there as text."""
        self.env.flush_all()
        found = []
        for name, model in self.env.registry.items():
            if model._abstract or model._transient or not model._auto:
                continue
            for field in model._fields.values():
                if field.type == "html" and field.store:
                    records = self.env[name].sudo().with_context(active_test=False)
                    hits = records.search([(field.name, "ilike", TAG)])
                    found += [(name, field.name, hit.id) for hit in hits]
        self.assertFalse(found)

    def test_the_search_finds_what_is_there(self):
        self.account.message_post(body=Markup(f"<p>{TEXT}</p>"))
        with self.assertRaises(AssertionError):
            self.assert_text_only()

    def test_activities_tell_words_as_they_are(self):
        order = self.receive(order_json())
        sale = order.sale_order_id
        order._raise_notice("a", "Summary", TEXT)
        self.env["amazon.order.invoicer"]._tell_invoice_problem(sale, TEXT)
        self.env["amazon.order.invoicer"]._ask_about_invoice(sale, TEXT)
        self.account._raise_alert("Summary", TEXT, "key")
        self.assert_text_only()
        activities = sale.activity_ids + self.account.activity_ids
        self.assertEqual(len(activities), 4)
        for activity in activities:
            self.assertIn("&lt;b title=", activity.note)
            self.assertIn("5 &lt; 6", activity.note)

    def test_orders_full_of_tags(self):
        """Titles, SKUs, numbers, places and reasons, applied, frozen, held, refused."""
        self.channel.new_product_policy = "create"
        orders = []
        for number, sku in enumerate(("SKU-A", TEXT[:40]), start=1):
            item = item_json(sku, number=number)
            item["product"]["title"] = TEXT
            item["fulfillment"]["packing"] = {"giftOption": {"giftWrapLevel": TEXT}}
            item["cancellation"] = {
                "cancellationRequest": {"requester": "SELLER", "cancelReason": TEXT}
            }
            order = order_json(number, items=[item], programs=[TEXT])
            order["buyer"]["buyerPurchaseOrderNumber"] = TEXT
            address = address_json(stateOrRegion=TEXT)
            order["recipient"] = {"deliveryAddress": address}
            order["fulfillment"]["fulfillmentServiceLevel"] = TEXT
            orders.append(order)
        orders.append(order_json(3, status=TEXT))
        orders.append(order_json(4, items=[item_json("SKU-B", total="1.00")]))
        bindings = self.receive(*orders)
        applied = bindings[0]
        self.assertEqual(applied.state, "applied", applied.reason)
        self.env["amazon.cancellation"]._request_adjustment(
            applied, {applied.line_ids: 1}, "NoInventory"
        )
        rows = self.env["amazon.cancellation"].search([])
        rows._refuse("failed", TEXT)
        applied.sale_order_id._message_log(body=TEXT)
        self.assert_text_only()

    def test_notes_of_activities_are_escaped_where_they_are_made(self):
        """A note is HTML: whoever schedules one escapes it."""
        for path, tree in sources():
            for node in ast.walk(tree):
                if called(node) != "activity_schedule":
                    continue
                for keyword in node.keywords:
                    if keyword.arg == "note":
                        self.assertEqual(
                            called(keyword.value), "escape", f"{path}:{node.lineno}"
                        )

    def test_markup_is_made_of_our_own_words_only(self):
        """Values go in by %, which escapes them."""
        for path, tree in sources():
            for node in ast.walk(tree):
                if called(node) == "Markup":
                    for argument in node.args:
                        self.assertIsInstance(
                            argument, ast.Constant, f"{path}:{node.lineno}"
                        )

    def test_templates_print_text(self):
        for path in ADDON.rglob("*.xml"):
            if "tests" not in path.parts[len(ADDON.parts) :]:
                self.assertNotIn("t-raw", path.read_text(), path)
