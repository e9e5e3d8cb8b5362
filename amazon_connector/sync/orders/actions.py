# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ...models.order.amazon_customer import SOFT
from ...models.order.amazon_order_notices import CREDIT_NOTICE
from ...tools.context import BATCH_CANCEL


class AmazonSyncOrders(models.AbstractModel):
    """Actions: what applying an order can come to, for many orders at once.

    Each action takes a company and ``(work, reason)`` entries, and settles them all.
    """

    _inherit = "amazon.sync.orders"

    @api.model
    def _apply_skip(self, _company, entries):
        self._settle(entries, "skipped", "skipped")

    @api.model
    def _apply_wait(self, _company, entries):
        self._settle(entries, "pending", "pending")

    @api.model
    def _apply_hold(self, _company, entries):
        self._notify_held(entries)
        self._settle(entries, "held", "held")

    @api.model
    def _apply_cancel(self, company, entries):
        """Amazon cancelled: cancel what has not been shipped."""
        cancelled, held = [], []
        for work, _reason in entries:
            sale = work.binding.sale_order_id
            if reason := self._explain_unstoppable(sale):
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
        self._settle(cancelled, "cancelled", "cancelled")
        self._ask_for_credit_notes([work for work, _reason in cancelled])
        self._stop_deliveries([work for work, _reason in held])
        self._apply_hold(company, held)

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
                        "Amazon cancelled it: what nobody had picked of %(transfers)s "
                        "is not delivered.",
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
    def _explain_unstoppable(self, sale):
        """Why an order that Amazon cancelled is not simply cancelled here, or None."""
        if self._is_shipped_here(sale):
            return self.env._(
                "Amazon cancelled the order after it was shipped. Have the goods "
                "returned, then credit the invoice if there is one."
            )
        if sale.state != "cancel" and self._is_packed(sale):
            return self.env._(
                "Amazon cancelled the order, but its goods are picked or packed. "
                "Unpack them, then cancel the sales order; Amazon is not told again."
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
        self._notify(
            invoiced,
            CREDIT_NOTICE,
            self.env._(
                "Amazon cancelled the order after it was invoiced. Check whether a "
                "credit note is due."
            ),
        )

    @api.model
    def _can_thaw(self, work):
        """Whether a frozen draft has all its products now."""
        sale = work.binding.sale_order_id
        items = {item.order_item_id for item in work.order.items}
        return (
            sale.amazon_frozen
            and sale.state in ("draft", "sent")
            and all(
                line.product_id or line.order_item_id not in items
                for line in work.binding.line_ids
            )
        )

    @api.model
    def _apply_thaw(self, company, entries):
        """Write the linked products into frozen drafts, then confirm them."""
        works, held = self._read_moneys(entries)
        self._settle(held, "held", "held")
        if not works:
            return
        self._link_items(works)
        for work in works:
            work.partner = work.binding.sale_order_id.partner_id
            work.delivery = work.binding.sale_order_id.partner_shipping_id
        data = self._prepare_batch_data(company, works)
        self._write_positions(works, data)
        self._rewrite_lines(works, data)
        by_shipping = {}
        for work in works:
            sale = work.binding.sale_order_id
            by_shipping.setdefault(self._get_shipping(work), []).append(sale)
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
            for vals in self._prepare_sale_lines(work, data)
        ]
        soft = sales.with_context(**SOFT)
        soft.order_line.filtered("amazon_charge").unlink()
        soft.order_line.create(vals_list)

    @api.model
    def _post_thaw_notes(self, works):
        """Tell under each sales order why it goes on."""
        sales = self.env["sale.order"].union(*(w.binding.sale_order_id for w in works))
        note = self.env._("All items are linked to products now; the order goes on.")
        sales._message_log_batch({sale.id: note for sale in sales})
