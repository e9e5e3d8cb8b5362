# SPDX-License-Identifier: LGPL-3.0-or-later
from dataclasses import dataclass, replace
from datetime import datetime

from odoo.tests import tagged

from ..common import AmazonCase, ago, item_json, order_json

NO_SALE = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "CANCELLED",
    "UNFULFILLABLE",
    "TELEPORTED",
)
SALE = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")
STATUSES = (*NO_SALE, *SALE)
QUANTITY = 3
FULFILLED = {"PARTIALLY_SHIPPED": 1, "SHIPPED": QUANTITY}


@dataclass(frozen=True)
class Expected:
    """What an order has come to: a small model to hold the connector against.

    ``moves_here`` tells whether Odoo ships; ``open_units`` are those in its deliveries.
    """

    by: str
    linked: bool
    state: str = "waiting"
    sale: "str | None" = None
    delivered: int = 0
    open_units: int = 0
    moves_here: bool = True
    asked: bool = False

    def see(self, status):
        """The same after Amazon told this status."""
        seen = self._see_again(status) if self.sale else self._see_first(status)
        # The question is closed when the order goes on; what was shipped elsewhere
        # is asked about for as long as it is.
        is_held = seen.asked and seen.state == "held"
        return replace(seen, asked=is_held or seen._is_shipped_elsewhere(status))

    def _is_shipped_elsewhere(self, status):
        is_open = self.moves_here and self.sale == "sale" and self.open_units > 0
        return is_open and FULFILLED.get(status, 0) > self.delivered

    def _see_first(self, status):
        if status.startswith("PENDING"):
            return replace(self, state="pending")
        if status == "TELEPORTED":
            return replace(self, state="held")
        if status not in SALE:
            return replace(self, state="skipped")
        if not self.linked:
            return replace(self, state="frozen", sale="draft")
        here = self.by == "MERCHANT" and status != "SHIPPED"
        delivered = FULFILLED.get(status, 0)
        return replace(
            self,
            state="applied",
            sale="sale",
            delivered=delivered,
            open_units=QUANTITY - delivered if here else 0,
            moves_here=here,
        )

    def _see_again(self, status):
        if status == "CANCELLED":
            if self.delivered:
                return replace(self._ask(), open_units=0)
            return replace(self, state="cancelled", sale="cancel", open_units=0)
        if status not in SALE or self.sale == "cancel":
            return self._ask()
        if not self.linked:
            return replace(self, state="frozen")
        if self.moves_here:
            left = QUANTITY - self.delivered
            return replace(self, state="applied", open_units=left)
        fulfilled = FULFILLED.get(status, 0)
        if fulfilled < self.delivered:
            return self._ask()
        return replace(self, state="applied", delivered=fulfilled)

    def _ask(self):
        return replace(self, state="held", asked=self.asked or self.state != "held")


@tagged("post_install", "-at_install")
class TestOrderLifecycle(AmazonCase):
    """Life cycle. Each status first, and each change from one to another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.invoice_policy = "delivery"
        cls.channel.go_live_date = datetime(2020, 1, 1)
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.product, cls.warehouse.lot_stock_id, 5000
        )

    def order(self, number, status, by="MERCHANT", linked=True, hours=12):
        item = item_json("SKU-A" if linked else "NEW", QUANTITY, "300.00", tax="45.76")
        fulfilled = FULFILLED.get(status, 0)
        item["fulfillment"] = {
            "quantityFulfilled": fulfilled,
            "quantityUnfulfilled": QUANTITY - fulfilled,
        }
        order = order_json(
            number,
            items=[item],
            status=status,
            buyer=f"b{number}",
            updated=ago(hours=hours),
        )
        order["fulfillment"]["fulfilledBy"] = by
        return order

    def receive_all(self, orders):
        """Store and apply many orders, batch by batch."""
        bindings = self.store(*orders)
        while self.sync._count_waiting():
            self.apply()
        return bindings

    def look(self, binding, expected):
        """What has become of an order, in the words of :class:`Expected`."""
        sale = binding.sale_order_id
        goods = sale.order_line.filtered(lambda line: line.amazon_charge == "item")
        open_moves = sale.picking_ids.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        return replace(
            expected,
            state=binding.state,
            sale=sale.state or None,
            delivered=sum(goods.mapped("qty_delivered")),
            open_units=sum(open_moves.mapped("product_uom_qty")),
            asked=bool(sale.activity_ids),
        )

    def invoice_delivered(self, bindings):
        """Invoice what can be invoiced; nothing may be invoiced twice."""
        sales = bindings.sale_order_id.filtered(
            lambda sale: sale.invoice_status == "to invoice"
        )
        if sales:
            sales._create_invoices(grouped=True).action_post()
        for sale in bindings.sale_order_id:
            goods = sale.order_line.filtered(lambda line: line.amazon_charge == "item")
            self.assertEqual(goods.qty_invoiced, goods.qty_delivered)
            invoiced = sum(sale.invoice_ids.mapped("amount_total"))
            self.assertAlmostEqual(invoiced, 100.0 * goods.qty_delivered, places=2)

    def test_each_status_first_seen(self):
        cases = [
            (status, by, linked)
            for status in STATUSES
            for by in ("MERCHANT", "AMAZON")
            for linked in (True, False)
        ]
        bindings = self.receive_all(
            self.order(number, *case) for number, case in enumerate(cases, start=1)
        )
        for (status, by, linked), binding in zip(cases, bindings, strict=True):
            with self.subTest(status=status, by=by, linked=linked):
                expected = Expected(by, linked).see(status)
                self.assertEqual(self.look(binding, expected), expected, binding.reason)
                is_explained = expected.state == "applied" or binding.reason
                self.assertTrue(is_explained, "nothing is dropped in silence")
                self.assertEqual(binding.sale_order_id.amazon_difference, 0.0)

    def _check_transitions(self, by, linked):
        """There, and back again, for each pair of statuses."""
        pairs = [
            (first, then)
            for first in STATUSES
            for then in STATUSES
            if first != then and not (first in NO_SALE and then in NO_SALE)
        ]
        expected = [Expected(by, linked) for _pair in pairs]
        for step in range(3):
            statuses = [pair[step % 2] for pair in pairs]
            bindings = self.receive_all(
                self.order(number, status, by, linked, hours=9 - step)
                for number, status in enumerate(statuses, start=1)
            )
            self.invoice_delivered(bindings)
            for index, (status, binding) in enumerate(
                zip(statuses, bindings, strict=True)
            ):
                expected[index] = expected[index].see(status)
                with self.subTest(pairs[index], step=step):
                    self.assertEqual(
                        self.look(binding, expected[index]),
                        expected[index],
                        binding.reason,
                    )
        return bindings

    def test_transitions_of_own_shipments(self):
        self._check_transitions("MERCHANT", True)

    def test_transitions_of_amazons_shipments(self):
        bindings = self._check_transitions("AMAZON", True)
        self.assertFalse(bindings.sale_order_id.picking_ids)

    def test_transitions_of_frozen_orders(self):
        """They thaw in the end, if Amazon has them open or shipped."""
        bindings = self._check_transitions("MERCHANT", False)
        frozen = bindings.filtered(lambda binding: binding.state == "frozen")
        self.assertGreater(len(frozen), 10)
        frozen.line_ids.listing_id.product_id = self.other_product
        while self.sync._count_waiting():
            self.apply()
        for binding in frozen:
            sale, status = binding.sale_order_id, binding.fulfillment_status
            with self.subTest(status):
                self.assertEqual((binding.state, sale.state), ("applied", "sale"))
                self.assertEqual(sale.amount_total, 300.0)
                delivered = FULFILLED.get(status, 0)
                self.assertEqual(sale.order_line.qty_delivered, delivered)
                if status == "SHIPPED":
                    self.assertEqual(sale.delivery_status, "full")

    def test_frozen_order_that_was_held_meanwhile_is_frozen_again(self):
        """An unknown status, then a known one: the draft still waits for a product."""
        binding = self.receive(self.order(1, "UNSHIPPED", linked=False))
        for hours, status, state in (
            (8, "TELEPORTED", "held"),
            (7, "UNSHIPPED", "frozen"),
            (6, "TELEPORTED", "held"),
        ):
            self.receive(self.order(1, status, linked=False, hours=hours))
            self.assertEqual(
                (binding.state, binding.sale_order_id.state), (state, "draft")
            )
        binding.line_ids.listing_id.product_id = self.product
        self.receive(self.order(1, "UNSHIPPED", linked=False, hours=5))
        self.assertEqual(
            (binding.state, binding.sale_order_id.state), ("applied", "sale")
        )
        self.assertEqual(binding.sale_order_id.order_line.product_id, self.product)

    def test_cancelled_after_it_was_invoiced_asks_a_human(self):
        self.product.invoice_policy = "order"
        binding = self.receive(self.order(1, "UNSHIPPED"))
        sale = binding.sale_order_id
        sale._create_invoices().action_post()
        self.receive(self.order(1, "CANCELLED", hours=1))
        self.assertEqual((binding.state, sale.state), ("cancelled", "cancel"))
        self.assertIn("credit note", sale.activity_ids.note)

    def test_returned_goods_of_amazon_are_not_shipped_again(self):
        """A return in Odoo, then another word from Amazon: nothing moves twice."""
        binding = self.receive(self.order(1, "SHIPPED", by="AMAZON"))
        line = binding.sale_order_id.order_line
        out = line.move_ids
        back = self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "product_uom_qty": 1,
                "quantity": 1,
                "picked": True,
                "location_id": out.location_dest_id.id,
                "location_dest_id": out.location_id.id,
                "sale_line_id": line.id,
                "to_refund": True,
                "origin_returned_move_id": out.id,
            }
        )
        back._action_done()
        self.assertEqual(line.qty_delivered, 2)
        self.receive(self.order(1, "SHIPPED", by="AMAZON", hours=1))
        self.assertEqual((binding.state, line.qty_delivered), ("applied", 2))


@tagged("post_install", "-at_install")
class TestKnownWaits(AmazonCase):
    def test_they_say_what_to_do(self):
        """A wait that is known says whether a human has to do something, and what."""
        for number, (status, state, words) in enumerate(
            (
                ("INVOICE_PENDING", "held", "Upload it in Seller Central"),
                ("PENDING_AVAILABILITY", "pending", "You do not have to do anything"),
                ("TELEPORTED", "held", "TELEPORTED. Look the order up"),
            ),
            1,
        ):
            with self.subTest(status):
                order = self.receive(order_json(number, status=status))
                self.assertEqual(order.state, state)
                self.assertIn(words, order.reason)
