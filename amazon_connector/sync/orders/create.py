# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import json

from odoo import api, models

from ...models.order.amazon_customer import SOFT
from ...sp_api.proceeds import (
    AT_ZERO,
    UnreadableProceeds,
    UnstatedProceeds,
    read_order,
)
from ...tools.context import BATCH, UNWATCHED
from ...tools.evidence import is_new, join_condition
from .buyers import prepare_buyers

WITHOUT_SKU = "(no SKU)"
"""How the listing of an item begins of which Amazon gives no SKU."""


class AmazonSyncOrders(models.AbstractModel):
    """Creating: new Amazon orders become sales orders, many at once."""

    _inherit = "amazon.sync.orders"

    @api.model
    def _apply_create(self, company, entries):
        """Create sales orders, and confirm those that agree with Amazon."""
        works, unreadable = self._read_moneys(entries)
        self._resolve_places(works)
        works, unplaced = self._hold_unplaced(company, works)
        self._settle([*unreadable, *unplaced], "held", "held")
        if works:
            self._create_sale_orders(company, works)

    @api.model
    def _read_moneys(self, entries):
        """Read the amounts of new orders.

        :return: ``(works, held entries)``
        """
        works, held = [], []
        for work, _reason in entries:
            reason = self._read_money(work) or self._check_currency(work)
            if reason:
                held.append((work, reason))
            else:
                works.append(work)
        return works, held

    @api.model
    def _read_money(self, work):
        """Read what an order costs; returns why it cannot be read, or None.

        What Amazon leaves out is taken as a user says; a replacement is for nothing.
        """
        binding, currency = work.binding, work.channel.currency_id
        assume = binding.assumed_amounts or (work.order.is_replacement and AT_ZERO)
        problem = None
        try:
            work.reading = read_order(
                work.order,
                prices_include_tax=work.channel._prices_include_tax(),
                digits=currency.decimal_places,
                assume=assume or None,
                currency=currency.name,
            )
        except UnreadableProceeds as error:
            problem = error
        lacks_amounts = isinstance(problem, UnstatedProceeds)
        if binding.lacks_amounts != lacks_amounts:
            binding.lacks_amounts = lacks_amounts
        if not problem:
            return None
        binding.difference = problem.difference or 0.0
        return str(problem)

    @api.model
    def _check_currency(self, work):
        """Why the order's currency cannot be used, or None."""
        expected = work.channel.currency_id
        if work.reading.currency != expected.name:
            return self.env._(
                "Amazon states amounts in %(currency)s, but the marketplace sells in "
                "%(expected)s.",
                currency=work.reading.currency,
                expected=expected.name,
            )
        if not expected.active:
            return self.env._(
                "The currency %s is archived. Activate it under Accounting > "
                "Configuration > Currencies, then try again.",
                expected.name,
            )
        return None

    # ------------------------------------------------------------------
    # Creating
    # ------------------------------------------------------------------

    @api.model
    def _create_sale_orders(self, company, works):
        self._link_items(works)
        self._resolve_customers(works)
        self._remember_stated_tax(works)
        self._update_channels(works)
        data = self._prepare_batch_data(company, works)
        sales = (
            self.env["sale.order"]
            .with_context(**SOFT, mail_auto_subscribe_no_notify=True)
            .create([self._prepare_sale_order(work, data) for work in works])
        )
        for work, sale in zip(works, sales, strict=True):
            work.binding.sale_order_id = sale
        self._post_payment_notes(works)
        self._post_reading_notes(works)
        self._note_unknown_places(works)
        self._note_codeless(works)
        self._settle_sales(works)

    @api.model
    def _settle_sales(self, works):
        """Confirm the sales orders that agree with Amazon; tell why others do not."""
        created, frozen, held = [], [], []
        for work in works:
            binding, sale = work.binding, work.binding.sale_order_id
            binding.applied_digest = self._digest(work)
            binding.applied_tip = float(work.reading.tip)
            binding.line_ids.filtered("former_sku").former_sku = False
            binding.withheld_tax = float(
                sum(item.withheld_tax for item in work.reading.items)
            )
            if reason := self._compare_totals(work, sale):
                held.append((work, reason))
            elif sale.amazon_frozen:
                frozen.append((work, self._explain_frozen(work)))
            else:
                created.append((work, self._explain_unconfirmed(work)))
        # Settled first: a held order would refuse its own confirmation.
        self._settle(created, "applied", "created")
        # Moved first: confirming then delivers only what is left.
        confirmed = [entry for entry in created if entry[0].channel.auto_confirm]
        self._move_shipped([work for work, _reason in confirmed])
        self._confirm(confirmed)
        self._follow_cancellation_requests(works)
        self._follow_packages(works)
        self._settle(frozen, "frozen", "frozen")
        self._settle(held, "held", "held")

    @api.model
    def _link_items(self, works):
        """Bind each item to its listing; listings seen for the first time are made."""
        wanted, keys = {}, {}
        for work in works:
            items = {item.order_item_id: item for item in work.order.items}
            for line in work.binding.line_ids:
                # Amazon may have dropped an item that it told before.
                item = items.get(line.order_item_id)
                if not item:
                    continue
                work.lines[line.order_item_id] = line
                if line.listing_id and not (item.seller_sku or "").strip():
                    # Amazon may tell less of an item later: it is the same one.
                    continue
                sku, facts = self._prepare_listing(item)
                keys[line] = work.channel, sku
                wanted[work.channel, sku] = facts
        listings = self.env["amazon.listing"]._find_or_create(wanted)
        for line, key in keys.items():
            line.listing_id = listings[key]

    @api.model
    def _prepare_listing(self, item):
        """The SKU of an item's listing, and what its order tells of it.

        An item without SKU goes by its ASIN and condition, so that the next one finds
        what a user linked this one to; without an ASIN it stands for itself alone.
        """
        condition = join_condition(item.condition, item.condition_subtype)
        facts = {"asin": item.asin, "title": item.title, "condition": condition}
        if (item.seller_sku or "").strip():
            return item.seller_sku, facts
        words = [WITHOUT_SKU, item.asin or item.order_item_id]
        if is_new(condition) is False:
            words.append(condition)
        # Amazon lists no such SKU: no report and no search may speak of it.
        return " ".join(words), {**facts, "without_sku": True, "active": False}

    @api.model
    def _resolve_customers(self, works):
        buyers = prepare_buyers(self.env, works)
        contacts = self.env["amazon.customer"]._find_or_create(
            [buyers[work] for work in works]
        )
        for work, (partner, delivery) in zip(works, contacts, strict=True):
            work.partner, work.delivery = partner, delivery

    @api.model
    def _remember_stated_tax(self, works):
        """Once a marketplace has stated tax, a later zero is a real zero."""
        for work in works:
            if work.reading.tax_stated and not work.channel.states_tax:
                work.channel.states_tax = True

    @api.model
    def _compare_totals(self, work, sale):
        """Why the sales order must not be confirmed, or None."""
        expected = float(work.reading.total)
        difference = sale.currency_id.round(expected - sale.amount_total)
        work.binding.difference = difference
        if not difference:
            return None
        return self.env._(
            "The sales order's total is %(odoo)s, Amazon's is %(amazon)s.",
            odoo=sale.currency_id.format(sale.amount_total),
            amazon=sale.currency_id.format(expected),
        )

    @api.model
    def _explain_frozen(self, work):
        return work.binding._explain_frozen()

    @api.model
    def _confirm(self, entries):
        sales = self.env["sale.order"].union(
            *(work.binding.sale_order_id for work, _reason in entries)
        )
        sales = sales.with_context(**SOFT)
        if sales and self.env["amazon.order.batch"]._is_on():
            self._create_references(sales)
            unwatched = self._get_unwatched_products(sales)
            sales = sales.with_context(**BATCH(), **UNWATCHED(unwatched))
        if sales:
            sales.action_confirm()

    @api.model
    def _get_unwatched_products(self, sales):
        """Ids of the ordered products that no automatic orderpoint watches; empty where
        Odoo is to look for itself."""
        if not self.env["amazon.order.batch"]._is_on():
            return frozenset()
        products = sales.order_line.product_id
        watched = self.env["stock.warehouse.orderpoint"].search_fetch(
            [("product_id", "in", products.ids), ("trigger", "=", "auto")],
            ["product_id"],
        )
        return frozenset((products - watched.product_id).ids)

    @api.model
    def _create_references(self, sales):
        """Make the stock references that Odoo would make order by order."""
        delivered = sales.filtered(
            lambda sale: (
                sale.amazon_shipping == "odoo"
                and any(
                    line.product_id.type == "consu" and line.product_uom_qty
                    for line in sale.order_line
                )
            )
        )
        self.env["stock.reference"].create(
            [
                sale.order_line[0]._prepare_reference_vals()
                for sale in delivered
                if not sale.stock_reference_ids
            ]
        )

    @api.model
    def _post_payment_notes(self, works):
        """Tell the payment status under each sales order."""
        sales = self.env["sale.order"].union(*(w.binding.sale_order_id for w in works))
        paid = self.env._("Payment status on Amazon: Paid")
        unpaid = self.env._("Payment status on Amazon: cash on delivery, not collected")
        sales._message_log_batch(
            {
                work.binding.sale_order_id.id: unpaid if is_cod(work.order) else paid
                for work in works
            }
        )

    @api.model
    def _digest(self, work):
        """Fingerprint of what a sales order repeats of Amazon's items and charges."""
        quantities = {
            line.order_item_id: (line.seller_sku, line.quantity_to_deliver)
            for line in work.binding.line_ids
        }
        contents = [
            (
                item.order_item_id,
                quantities.get(item.order_item_id),
                [(c.kind, str(c.net), str(c.tax)) for c in item.charges],
            )
            for item in work.reading.items
        ]
        text = json.dumps([contents, work.reading.currency])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def is_cod(order):
    """Whether the buyer pays on delivery."""
    methods = {(payment.method or "").upper() for payment in order.payments}
    return bool(methods & {"COD", "CASHONDELIVERY", "CASH_ON_DELIVERY"}) or any(
        "cashOnDelivery" in item.shipping_constraints for item in order.items
    )
