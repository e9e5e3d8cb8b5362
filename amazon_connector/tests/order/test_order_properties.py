# SPDX-License-Identifier: LGPL-3.0-or-later
"""Random orders of every mix: whatever comes, Amazon's money stays Amazon's.

Runs the same examples each time; ``AMAZON_CONNECTOR_EXAMPLES`` asks for that many
random ones per property instead.
"""

import os
import unittest
from decimal import Decimal

from odoo import Command
from odoo.tests import tagged

from ..common import ago
from .pin_common import PinCase

try:
    import hypothesis
    from hypothesis import strategies as st
except ImportError:
    hypothesis = None
else:
    from .order_strategies import MARKETPLACES, samples, settings_of_a_shop

EXAMPLES = int(os.environ.get("AMAZON_CONNECTOR_EXAMPLES", 0))
REGIONS = {"in": "eu", "de": "eu", "us": "na", "jp": "fe"}


@tagged("post_install", "-at_install")
class TestOrderProperties(PinCase):
    """Property tests. Each example is rolled back."""

    @classmethod
    def setUpClass(cls):
        if hypothesis is None:
            raise unittest.SkipTest("hypothesis is not installed")
        super().setUpClass()
        cls.third_product = cls._create_product("SKU-C", invoice_policy="order")
        cls.products = cls.product | cls.other_product | cls.third_product
        for number, currency in enumerate(("INR", "EUR", "USD", "JPY")):
            record = cls.env.ref(f"base.{currency}")
            record.active = True
            if record != cls.company.currency_id:
                cls.env["res.currency.rate"].create(
                    {
                        "currency_id": record.id,
                        "name": "2020-01-01",
                        "rate": 0.7 + 1.3 * number,
                        "company_id": cls.company.id,
                    }
                )
        cls.channels_by_code = cls._create_channels()
        cls.own_taxes = cls._create_own_taxes()
        # What orders make on demand would be rolled back with the first of them.
        cls.company._get_amazon_taxes()

    @classmethod
    def _create_channels(cls):
        accounts = {"eu": cls.account}
        channels = {"in": cls.channel}
        for code in sorted(set(MARKETPLACES) - set(channels)):
            cls.region = REGIONS[code]
            if cls.region not in accounts:
                accounts[cls.region] = cls._create_account(seller_id=f"ATEST{code}")
            channels[code] = cls.env["amazon.channel"].create(
                {
                    "name": f"Amazon {code}",
                    "account_id": accounts[cls.region].id,
                    "marketplace_id": cls.env.ref(
                        f"amazon_connector.marketplace_{code}"
                    ).id,
                }
            )
        return channels

    @classmethod
    def _create_own_taxes(cls):
        def tax(name, amount, **vals):
            return cls.env["account.tax"].create(
                {
                    "name": name,
                    "amount": amount,
                    "type_tax_use": "sale",
                    "company_id": cls.company.id,
                    "price_include_override": "tax_excluded",
                    **vals,
                }
            )

        half = tax("9 a", 9) | tax("9 b", 9)
        inside = tax("18 inside", 18, price_include_override="tax_included")
        base = tax("18 below", 18, include_base_amount=True, sequence=1)
        return {
            "none": cls.env["account.tax"],
            "18": tax("18", 18),
            "18 inside": inside,
            "9 and 9": half,
            "18 and 1 on top of it": base | tax("1 on top", 1, sequence=2),
        }

    def check(self, property_, strategy, examples):
        """Try a property with examples of a strategy, each rolled back."""

        @hypothesis.settings(
            max_examples=EXAMPLES or examples,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            # An example costs a second: only who asks for many waits for the smallest.
            phases=[hypothesis.Phase.generate]
            + [hypothesis.Phase.shrink] * bool(EXAMPLES),
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(strategy)
        def run(drawn):
            with self.env.cr.savepoint() as savepoint:
                try:
                    property_(drawn)
                finally:
                    savepoint.rollback()

        run()

    def set_up_shop(self, setting):
        """Make company, channel and products as the setting says."""
        self.company.tax_calculation_rounding_method = setting.rounding
        self.company.account_price_include = setting.price_include
        self.products.taxes_id = [
            Command.set(self.own_taxes[setting.own_taxes].ids),
        ]
        self.account = self.channels_by_code[setting.marketplace].account_id
        self.channel = self.channels_by_code[setting.marketplace]
        self.channels = self.channel
        self.channel.tax_source = setting.tax_source

    def shop_and_order(self, **options):
        """A strategy: a setting, and an order placed there."""
        tax_sources = options.pop("tax_sources", None)

        @st.composite
        def draw_both(draw):
            setting = draw(settings_of_a_shop(tax_sources=tax_sources))
            return setting, draw(self.order_of(setting, **options))

        return draw_both()

    def order_of(self, setting, **options):
        marketplace = self.channels_by_code[setting.marketplace].marketplace_id
        return samples(setting, marketplace.amazon_code, **options)

    def assert_amazons_money(self, binding, setting, sample):
        sale = binding.sale_order_id
        self.assertEqual((binding.state, binding.reason), ("applied", False))
        self.assertEqual(sale.amount_total, float(sample.total))
        self.assertEqual(sale.amazon_difference, 0.0)
        for item_id, total in sample.item_totals.items():
            lines = sale.order_line.filtered(
                lambda line, number=item_id: (
                    line.amazon_order_line_id.order_item_id == number
                )
            )
            stated = sum(Decimal(str(round(li.price_total, 2))) for li in lines)
            self.assertEqual(stated, total)
        if setting.tax_source == "amazon" and sample.tax is not None:
            self.assertEqual(sale.amount_tax, float(sample.tax))
        if setting.tax_source == "none":
            self.assertEqual(sale.amount_tax, 0.0)

    def snapshot(self, sale):
        """What a sales order has come to; lines that ask for nothing do not count."""
        goods = sale.order_line.filtered(
            lambda line: (
                line.price_total
                or (line.amazon_charge == "item" and line.product_uom_qty)
            )
        )
        lines = sorted(
            (
                line.amazon_order_line_id.order_item_id or "",
                line.amazon_charge,
                line.product_id.id,
                line.product_uom_qty,
                line.qty_delivered,
                line.price_subtotal,
                line.price_total,
                line.tax_ids.ids,
            )
            for line in goods
        )
        moves = sale.order_line.move_ids.filtered(
            lambda move: move.state != "cancel" and move.product_uom_qty
        )
        demand = sorted((m.product_id.id, m.product_uom_qty, m.state) for m in moves)
        return (
            sale.state,
            sale.amount_untaxed,
            sale.amount_tax,
            sale.amount_total,
            sale.amazon_difference,
            sale.amazon_shipping,
            lines,
            demand,
        )

    # ------------------------------------------------------------------
    # Properties
    # ------------------------------------------------------------------

    def test_total_is_amazons_line_by_line(self):
        def property_(drawn):
            setting, sample = drawn
            self.set_up_shop(setting)
            self.assert_amazons_money(self.receive(sample.order), setting, sample)

        self.check(property_, self.shop_and_order(), examples=20)

    def test_applied_twice_is_applied_once(self):
        def property_(drawn):
            setting, sample = drawn
            self.set_up_shop(setting)
            binding = self.receive(sample.order)
            sale = binding.sale_order_id
            before, lines = self.snapshot(sale), sale.order_line
            binding._apply_again()
            self.apply()
            self.receive(sample.order)
            self.receive({**sample.order, "lastUpdatedTime": ago(minutes=5)})
            self.assertEqual(binding.state, "applied")
            self.assertEqual(binding.sale_order_id, sale)
            self.assertEqual(sale.order_line, lines)
            self.assertEqual(self.snapshot(sale), before)
            found = self.env["sale.order"].search_count(
                [("amazon_order_ref", "=", binding.order_number)]
            )
            self.assertEqual(found, 1)

        self.check(property_, self.shop_and_order(), examples=7)

    def test_any_order_of_updates_ends_like_the_last_one_alone(self):
        def property_(drawn):
            setting, versions, sequence, applies = drawn
            self.set_up_shop(setting)
            for age, version in enumerate(versions):
                version.order["lastUpdatedTime"] = ago(hours=20 - age)
            with self.env.cr.savepoint() as savepoint:
                alone = self.receive(versions[-1].order)
                expected = self.snapshot(alone.sale_order_id)
                payload = alone.payload
                savepoint.rollback()
            for position, apply in zip(sequence, applies, strict=True):
                self.store(versions[position].order)
                if apply:
                    self.apply()
            self.apply()
            binding = self.find(versions[-1].order["orderId"])
            self.assertEqual(binding.state, "applied", binding.reason)
            self.assertEqual(binding.payload, payload)
            self.assertEqual(self.snapshot(binding.sale_order_id), expected)

        @st.composite
        def updates(draw):
            setting = draw(settings_of_a_shop(tax_sources=("amazon", "odoo", "none")))
            count = draw(st.integers(2, 4))
            statuses = [
                draw(st.sampled_from(["PENDING", "UNSHIPPED"]))
                for _version in range(count - 1)
            ]
            versions = [
                draw(self.order_of(setting, status=status))
                for status in (*statuses, "UNSHIPPED")
            ]
            sequence = draw(st.permutations(range(count)))
            applies = draw(st.lists(st.booleans(), min_size=count, max_size=count))
            return setting, versions, sequence, applies

        self.check(property_, updates(), examples=5)

    def test_parts_add_up_and_credit_notes_mirror(self):
        """Invoices of random deliveries add up to the order; each can be taken back."""

        def property_(drawn):
            setting, sample, steps, refunded = drawn
            self.set_up_shop(setting)
            sale = self.receive(sample.order).sale_order_id
            invoices = self.env["account.move"]
            for quantities in (*steps, sample.quantities):
                self.deliver_items(sale, quantities)
                if any(sale.order_line.mapped("qty_to_invoice")):
                    invoices |= self.post(sale._create_invoices(final=True))
            self.assert_complete(sale, invoices)
            for invoice in invoices[: 1 + refunded]:
                refund = self.post(self.refund(invoice))
                self.assertEqual(self.amounts(invoice | refund), (0.0, 0.0, 0.0))
                self.assertEqual(
                    sorted(invoice.line_ids.mapped("balance")),
                    sorted(-b for b in refund.line_ids.mapped("balance")),
                )

        @st.composite
        def deliveries(draw):
            setting, sample = draw(self.shop_and_order(max_quantity=5))
            steps = draw(
                st.lists(
                    st.fixed_dictionaries(
                        {
                            item: st.integers(0, quantity)
                            for item, quantity in sample.quantities.items()
                        }
                    ),
                    max_size=2,
                )
            )
            return setting, sample, steps, draw(st.integers(0, 1))

        self.check(property_, deliveries(), examples=4)

    def test_edits_of_quantities_end_at_amazons_money(self):
        """Whatever users set and invoice between, Amazon's units make its amounts."""

        def property_(drawn):
            setting, sample, steps = drawn
            self.set_up_shop(setting)
            self.products.invoice_policy = "order"
            sale = self.receive(sample.order).sale_order_id
            before = (sale.amount_untaxed, sale.amount_tax, sale.amount_total)
            invoices = self.env["account.move"]
            for quantities, is_invoiced in (*steps, (sample.quantities, True)):
                for line in sale.order_line.filtered(
                    lambda line: line.amazon_charge == "item"
                ):
                    number = line.amazon_order_line_id.order_item_id
                    line.product_uom_qty = quantities[number]
                if is_invoiced and any(sale.order_line.mapped("qty_to_invoice")):
                    invoices |= self.post(sale._create_invoices(final=True))
            after = (sale.amount_untaxed, sale.amount_tax, sale.amount_total)
            self.assertEqual(after, before)
            self.assertEqual(sale.amazon_difference, 0.0)
            self.assert_complete(sale, invoices)

        @st.composite
        def edits(draw):
            setting, sample = draw(self.shop_and_order(max_quantity=5))
            quantities = st.fixed_dictionaries(
                {item: st.integers(0, 6) for item in sample.quantities}
            )
            steps = st.lists(st.tuples(quantities, st.booleans()), max_size=2)
            return setting, sample, draw(steps)

        self.check(property_, edits(), examples=3)

    def test_no_part_of_a_discounted_item_is_less_than_nothing(self):
        def property_(drawn):
            pieces, amounts = drawn
            self.products.invoice_policy = "delivery"
            price, shipping, discount = (f"{amount / 100:.2f}" for amount in amounts)
            total = f"{(amounts[0] + amounts[1] - amounts[2]) / 100:.2f}"
            sale = self.sell(
                pieces, price, "0.00", SHIPPING=shipping, DISCOUNT=discount, total=total
            )
            invoices = self.env["account.move"]
            for _piece in range(pieces):
                self.deliver(sale, 1)
                if any(sale.order_line.mapped("qty_to_invoice")):
                    invoice = self.post(sale._create_invoices())
                    self.assertGreaterEqual(invoice.amount_total, 0.0)
                    invoices |= invoice
            self.assert_complete(sale, invoices)

        @st.composite
        def parcels(draw):
            price, shipping = draw(st.integers(1, 90_00)), draw(st.integers(0, 90_00))
            discount = draw(st.integers(0, price + shipping))
            return draw(st.integers(2, 4)), (price, shipping, discount)

        self.check(property_, parcels(), examples=3)

    def deliver_items(self, sale, quantities):
        """Deliver up to so many pieces of each item: ``{order item id: units}``."""
        picking = sale.picking_ids.filtered(lambda p: p.state == "assigned")
        wanted = {
            move: quantities[move.sale_line_id.amazon_order_line_id.order_item_id]
            for move in picking.move_ids
        }
        for move, units in wanted.items() if any(wanted.values()) else ():
            move.quantity = min(units, move.product_uom_qty)
            move.picked = bool(move.quantity)
        if any(wanted.values()):
            picking.with_context(skip_sms=True, skip_backorder=True).button_validate()
