# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ...const import CREDIT_NOTICE
from ...models.order.amazon_customer import SOFT
from ...sp_api.proceeds import (
    AT_ZERO,
)
from ...tools.context import BATCH, BATCH_CANCEL, UNWATCHED
from ...tools.evidence import is_new, join_condition
from .buyers import prepare_buyers
from .mapper import is_cod

WITHOUT_SKU = "(no SKU)"

"""How the listing of an item begins of which Amazon gives no SKU."""


class AmazonOrderWriter(models.AbstractModel):
    """Write sales orders: create, thaw, confirm and cancel them, many at once."""

    _name = "amazon.order.writer"
    _description = "Amazon Order: Sales Orders"

    @api.model
    def _apply_create(self, company, entries):
        """Create sales orders, and confirm those that agree with Amazon."""
        works, unreadable = self.env["amazon.order.mapper"]._read_moneys(entries)
        self.env["amazon.order.destination"]._resolve_places(works)
        works, unplaced = self.env["amazon.order.destination"]._hold_unplaced(
            company, works
        )
        self.env["amazon.sync.orders"]._settle([*unreadable, *unplaced], "held", "held")
        if works:
            self._create_sale_orders(company, works)

    @api.model
    def _create_sale_orders(self, company, works):
        self._link_items(works)
        self._resolve_customers(works)
        self._remember_stated_tax(works)
        self._update_channels(works)
        data = self.env["amazon.order.mapper"]._prepare_batch_data(company, works)
        sales = (
            self.env["sale.order"]
            .with_context(**SOFT, mail_auto_subscribe_no_notify=True)
            .create(
                [
                    self.env["amazon.order.mapper"]._prepare_sale_order(work, data)
                    for work in works
                ]
            )
        )
        for work, sale in zip(works, sales, strict=True):
            work.binding.sale_order_id = sale
        self._post_payment_notes(works)
        self._post_reading_notes(works)
        self.env["amazon.order.destination"]._note_unknown_places(works)
        self.env["amazon.order.destination"]._note_codeless(works)
        self._settle_sales(works)

    @api.model
    def _settle_sales(self, works):
        """Confirm the sales orders that agree with Amazon; tell why others do not."""
        created, frozen, held = [], [], []
        for work in works:
            binding, sale = work.binding, work.binding.sale_order_id
            binding.applied_digest = self.env["amazon.order.mapper"]._digest(work)
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
        self.env["amazon.sync.orders"]._settle(created, "applied", "created")
        # Moved first: confirming then delivers only what is left.
        confirmed = [entry for entry in created if entry[0].channel.auto_confirm]
        self.env["amazon.order.deliverer"]._move_shipped(
            [work for work, _reason in confirmed]
        )
        self._confirm(confirmed)
        self.env["amazon.order.updater"]._follow_cancellation_requests(works)
        self.env["amazon.order.deliverer"]._follow_packages(works)
        self.env["amazon.sync.orders"]._settle(frozen, "frozen", "frozen")
        self.env["amazon.sync.orders"]._settle(held, "held", "held")

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

    # ------------------------------------------------------------------
    # Thawing and cancelling
    # ------------------------------------------------------------------

    @api.model
    def _apply_cancel(self, company, entries):
        """Amazon cancelled: cancel what has not been shipped."""
        cancelled, held = [], []
        for work, _reason in entries:
            if reason := self._explain_unstoppable(work.binding):
                held.append((work, reason))
            else:
                cancelled.append((work, self.env._("Amazon cancelled the order.")))
        sales = self.env["sale.order"].union(
            *(work.binding.sale_order_id for work, _reason in cancelled)
        )
        sales = sales.filtered(lambda sale: sale.state != "cancel")
        # Locked orders refuse to be cancelled; Amazon has the last word.
        sales.filtered("locked").action_unlock()
        # Who has this applied by hand may have a reason in his context.
        batch = {**BATCH_CANCEL(), "amazon_cancel_reason": False}
        sales.with_context(**batch)._action_cancel()
        self.env["amazon.sync.orders"]._settle(cancelled, "cancelled", "cancelled")
        self._ask_for_credit_notes([work for work, _reason in cancelled])
        self._stop_deliveries([work for work, _reason in held])
        self.env["amazon.sync.orders"]._apply_hold(company, held)
        self._end_cancellations(entries)

    @api.model
    def _end_cancellations(self, entries):
        """Amazon cancelled: what was on its way to it is done, too."""
        bindings = self.env["amazon.order"].union(
            *(work.binding for work, _reason in entries)
        )
        rows = bindings.cancellation_ids.filtered(
            lambda row: (
                row.kind != "acknowledge"
                and row.state in ("waiting", "sent", "refused", "failed")
            )
        )
        rows._confirm()
        # A parcel that is held says now that it has to be stopped.
        bindings.shipment_ids._reconsider()
        self._close_requests(bindings)

    @api.model
    def _stop_deliveries(self, works, unwanted_only=False):
        """Nothing more of what Amazon cancelled is delivered, as far as nobody has
        picked it.

        :param unwanted_only: items of which Amazon wants nothing more, not all
        """
        for work in works:
            sale = work.binding.sale_order_id
            if stopped := sale._stop_amazon_moves(unwanted_only):
                work.binding.delivery_stopped |= not unwanted_only
                sale._message_log(
                    body=self.env._(
                        "Amazon cancelled the order: what had not been picked of "
                        "%(transfers)s is not delivered.",
                        transfers=", ".join(stopped.mapped("name")),
                    )
                )

    @api.model
    def _resume_deliveries(self, works):
        """Deliver again what was stopped of orders that Amazon has taken up again."""
        for work in works:
            sale = work.binding.sale_order_id
            if not work.binding.delivery_stopped:
                continue
            work.binding.delivery_stopped = False
            if sale.state == "sale":
                lines = sale.order_line.filtered(lambda li: li.amazon_charge == "item")
                wanted = lines.filtered(lambda line: not line._is_amazon_unwanted())
                wanted._action_launch_stock_rule()

    @api.model
    def _explain_unstoppable(self, binding):
        """Why an order that Amazon cancelled is not simply cancelled here, or None."""
        sale, deliverer = binding.sale_order_id, self.env["amazon.order.deliverer"]
        # Who was told so, and cancelled it nevertheless, gets nothing back.
        given_up = sale.state == "cancel" and binding.state == "held"
        if not given_up and deliverer._has_goods_out(sale):
            return self.env._(
                "Amazon cancelled the order after it was shipped. Have the goods "
                "returned and press Try Again, or cancel the sales order if they do "
                "not come back. Create a credit note if there is an invoice."
            )
        if sale.state != "cancel" and deliverer._is_packed(sale):
            return self.env._(
                "Amazon cancelled the order, but its goods are picked or packed. "
                "Unpack them, then cancel the sales order; nothing is sent to Amazon "
                "again."
            )
        return None

    @api.model
    def _ask_for_credit_notes(self, works):
        """Tell of cancelled orders that have a posted invoice."""
        invoiced = [
            work
            for work in works
            if "posted" in work.binding.sale_order_id.invoice_ids.mapped("state")
        ]
        self.env["amazon.sync.orders"]._notify(
            invoiced,
            CREDIT_NOTICE,
            self.env._(
                "Amazon cancelled the order after it was invoiced. Check whether a "
                "credit note is due."
            ),
        )

    @api.model
    def _apply_thaw(self, company, entries):
        """Write the linked products into frozen drafts, then confirm them."""
        works, held = self.env["amazon.order.mapper"]._read_moneys(entries)
        self.env["amazon.sync.orders"]._settle(held, "held", "held")
        if not works:
            return
        self._link_items(works)
        for work in works:
            work.partner = work.binding.sale_order_id.partner_id
            work.delivery = work.binding.sale_order_id.partner_shipping_id
        data = self.env["amazon.order.mapper"]._prepare_batch_data(company, works)
        self.env["amazon.order.destination"]._write_positions(works, data)
        self._rewrite_lines(works, data)
        by_shipping = {}
        for work in works:
            sale = work.binding.sale_order_id
            by_shipping.setdefault(
                self.env["amazon.order.deliverer"]._get_shipping(work), []
            ).append(sale)
        for shipping, sales in by_shipping.items():
            self.env["sale.order"].union(*sales).with_context(**SOFT).write(
                {"amazon_frozen": False, "amazon_shipping": shipping}
            )
        self._post_thaw_notes(works)
        self._settle_sales(works)

    @api.model
    def _rewrite_lines(self, works, data):
        """Replace Amazon's lines of drafts; lines that users added stay."""
        sales = self.env["sale.order"].union(*(w.binding.sale_order_id for w in works))
        # Prepared first: deleting empties the caches.
        vals_list = [
            {**vals, "order_id": work.binding.sale_order_id.id}
            for work in works
            for vals in self.env["amazon.order.mapper"]._prepare_sale_lines(work, data)
        ]
        soft = sales.with_context(**SOFT)
        soft.order_line.filtered("amazon_charge").unlink()
        soft.order_line.create(vals_list)

    @api.model
    def _post_thaw_notes(self, works):
        """Tell under each sales order why it goes on."""
        sales = self.env["sale.order"].union(*(w.binding.sale_order_id for w in works))
        note = self.env._("All items are now linked to products; the order continues.")
        sales._message_log_batch({sale.id: note for sale in sales})

    # ------------------------------------------------------------------
    # Channels
    # ------------------------------------------------------------------

    @api.model
    def _update_channels(self, works):
        """Give channels the service levels they meet; tell of archived settings."""
        levels = {}
        for work in works:
            level, channel = work.order.service_level, work.channel
            if level and level not in channel.service_level_ids.mapped("level"):
                levels.setdefault(channel, {})[level] = True
        channels = self.env["amazon.channel"].union(*(work.channel for work in works))
        channels._add_service_levels(levels)
        channels._tell_archived_settings()

    @api.model
    def _explain_unconfirmed(self, work):
        """Why an order that agrees with Amazon is not confirmed, or False."""
        if work.channel.auto_confirm:
            return False
        return self.env._(
            "It agrees with Amazon and is waiting to be confirmed: the channel does "
            "not confirm orders automatically."
        )

    # ------------------------------------------------------------------
    # Notes
    # ------------------------------------------------------------------

    @api.model
    def _post_reading_notes(self, works):
        """Tell under each sales order how Amazon's amounts and units were taken."""
        for work in works:
            notes = [
                self._explain_assumed(work),
                *(self._explain_ambiguous(work, item) for item in work.reading.items),
                *(self._explain_surplus(item) for item in work.order.items),
            ]
            for note in filter(None, notes):
                work.binding.sale_order_id._message_log(body=note)

    @api.model
    def _explain_assumed(self, work):
        """What was taken for amounts that Amazon does not state, and why; or None."""
        if not work.reading.assumed:
            return None
        binding = work.binding
        if not binding.assumed_amounts:
            return self.env._(
                "Amazon states no amounts. The order is accepted at 0, because it "
                "replaces order %s.",
                binding.replaces or "",
            )
        user = binding.assumed_by.display_name
        if work.reading.assumed == AT_ZERO:
            return self.env._(
                "Amazon states no amounts. The order is accepted at 0, as %s decided.",
                user,
            )
        return self.env._(
            "Amazon states no amounts. The order is accepted at Amazon's unit price, "
            "as %s decided.",
            user,
        )

    @api.model
    def _explain_ambiguous(self, work, item):
        """How a tax was read that Amazon keeps and that the price may hold; or None."""
        if not item.is_ambiguous:
            return None
        currency = work.channel.currency_id
        counted = sum(charge.tax for charge in item.charges)
        return self.env._(
            "Amazon collects tax of %(tax)s on item %(item)s and does not say whether "
            "the price includes it. It was read as a total of %(total)s, of which "
            "%(counted)s is tax. Compare this with Amazon's settlement.",
            tax=currency.format(float(item.withheld_tax or counted)),
            item=item.order_item_id,
            total=currency.format(float(item.total)),
            counted=currency.format(float(counted)),
        )

    @api.model
    def _explain_surplus(self, item):
        """That Amazon calls more units shipped than can be true; or None."""
        shipped = item.quantity_fulfilled
        if shipped is None or shipped <= item.quantity_to_deliver:
            return None
        return self.env._(
            "Units of item %(item)s shipped according to Amazon: %(shipped)s, "
            "ordered: %(ordered)s. The excess is not counted. Check your stock.",
            shipped=shipped,
            item=item.order_item_id,
            ordered=item.quantity_to_deliver,
        )

    @api.model
    def _close_requests(self, bindings):
        """The buyer's wish to cancel is fulfilled."""
        bindings.filtered("cancellation_requested")._close_request()
