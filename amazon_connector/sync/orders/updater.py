# SPDX-License-Identifier: LGPL-3.0-or-later

from odoo import api, models

from ...const import (
    ADDRESS_NOTICE,
    REQUEST_NOTICE,
    TO_SHIP_STATUSES,
    UNITS_NOTICE,
)
from ...tools.context import BATCH_CANCEL
from .buyers import prepare_buyers


class AmazonOrderUpdater(models.AbstractModel):
    """Changes: what Amazon says anew about an order that has a sales order.

    Changes apply as long as nothing is shipped or invoiced; after that a human decides,
    told by an activity on the sales order.
    """

    _name = "amazon.order.updater"
    _description = "Amazon Order: Later Changes"

    @api.model
    def _apply_update(self, company, entries):
        """Compare what Amazon says now with what the sales order repeats."""
        same, changed, held = [], [], []
        self.env["amazon.order.writer"]._resume_deliveries(
            [work for work, _reason in entries]
        )
        were_held = [
            work.binding for work, _r in entries if work.binding.state == "held"
        ]
        for work, _reason in self._thaw_relinked(company, entries):
            if reason := self.env["amazon.order.mapper"]._read_money(work):
                held.append((work, reason))
            elif (
                self.env["amazon.order.mapper"]._digest(work)
                != work.binding.applied_digest
            ):
                changed.append(work)
            elif reason := self._explain_contradiction(work):
                held.append((work, reason))
            else:
                same.append((work, self._explain_same(work)))
        unchanged = [work for work, _reason in same]
        moved = self.env["amazon.order.destination"]._find_moved(
            company, self._follow([*changed, *unchanged])
        )
        same = [entry for entry in same if entry[0] not in moved]
        unchanged = [work for work in unchanged if work not in moved]
        changed += [work for work in moved if work not in changed]
        self.env["amazon.order.destination"]._follow_places([*changed, *unchanged])
        self.env["amazon.order.line.updater"]._follow_tips(
            company, [*changed, *unchanged]
        )
        self.env["amazon.order.deliverer"]._follow_packages([*changed, *unchanged])
        delivering = [work for work in unchanged if self._is_delivering(work)]
        self.env["amazon.order.deliverer"]._move_shipped(delivering)
        self.env["amazon.order.deliverer"]._date_shipped(delivering)
        self._settle_updated(same)
        held += self._change_sales(company, changed)
        self.env["amazon.order.writer"]._stop_deliveries(changed, unwanted_only=True)
        self.env["amazon.sync.orders"]._notify_held(held)
        self.env["amazon.sync.orders"]._settle(held, "held", "held")
        # Parcels that waited, e.g. for the payment, can go on.
        bindings = self.env["amazon.order"].union(*were_held)
        bindings.shipment_ids.filtered(lambda s: s.state == "held")._reconsider()

    @api.model
    def _thaw_relinked(self, company, entries):
        """Thaw frozen drafts whose items Amazon changed to ones that have products.

        :return: the other entries
        """
        frozen = [work for work, _r in entries if work.binding.state == "frozen"]
        if not frozen:
            return entries
        self.env["amazon.order.writer"]._link_items(frozen)
        thawed = [
            work for work in frozen if self.env["amazon.sync.orders"]._can_thaw(work)
        ]
        if thawed:
            self.env["amazon.order.writer"]._apply_thaw(
                company, [(work, False) for work in thawed]
            )
        return [entry for entry in entries if entry[0] not in thawed]

    @api.model
    def _is_delivering(self, work):
        """Whether Odoo has to follow what Amazon ships of a confirmed order."""
        sale = work.binding.sale_order_id
        return sale.state == "sale" and sale.amazon_shipping == "amazon"

    @api.model
    def _change_sales(self, company, works):
        """Write Amazon's changes into sales orders.

        :return: entries of the orders that a human has to look at
        """
        if not works:
            return []
        self.env["amazon.order.writer"]._link_items(works)
        for work in works:
            sale = work.binding.sale_order_id
            work.partner, work.delivery = sale.partner_id, sale.partner_shipping_id
        self._reopen_unlinked(works)
        data = self.env["amazon.order.mapper"]._prepare_batch_data(company, works)
        reasons = {work: self._explain_unchangeable(work) for work in works}
        lines = self.env["amazon.order.line.updater"]
        lines._write_changes([work for work in works if not reasons[work]], data)
        lines._write_amounts([work for work in works if reasons[work]], data)
        changed, held = [], []
        for work in works:
            # A user may have made the change already.
            difference = self.env["amazon.order.writer"]._compare_totals(
                work, work.binding.sale_order_id
            )
            if difference:
                held.append((work, reasons[work] or difference))
                continue
            if reasons[work] and lines._has_other_product(work):
                held.append((work, reasons[work]))
                continue
            reason = self._explain_change(work)
            if reasons[work] and (work.moved or lines._has_other_units(work)):
                reason = reasons[work]
                self.env["amazon.sync.orders"]._notify([work], UNITS_NOTICE, reason)
            work.binding.applied_digest = self.env["amazon.order.mapper"]._digest(work)
            changed.append((work, reason))
        self.env["amazon.order.writer"]._post_reading_notes(
            [work for work, _r in changed if work.reading.assumed]
        )
        self.env["amazon.order.deliverer"]._move_shipped(
            [work for work, _r in changed if self._is_delivering(work)]
        )
        self._settle_updated(changed)
        return held

    @api.model
    def _settle_updated(self, entries):
        """Close what agrees with Amazon.

        A draft that was held, or has an item without a product now, is treated as new.
        """
        drafts = [work for work, _reason in entries if _is_renewed_draft(work)]
        others = [entry for entry in entries if entry[0] not in drafts]
        for state, group in _group_by_state(others).items():
            self.env["amazon.sync.orders"]._settle(group, state, "updated")
        if drafts:
            self.env["amazon.order.writer"]._link_items(drafts)
            self.env["amazon.order.writer"]._settle_sales(drafts)

    @api.model
    def _explain_contradiction(self, work):
        """Why Amazon's status cannot be true of the sales order, or None."""
        sale = work.binding.sale_order_id
        if sale.state == "cancel":
            return self.env._(
                "The sales order is cancelled, but the order is not cancelled on "
                "Amazon. Cancel it there, or set the sales order to quotation and try "
                "again."
            )
        if sale.state == "sale" and self.env[
            "amazon.order.deliverer"
        ]._has_shipped_less(work, sale):
            return self.env._(
                "Amazon no longer counts the goods as shipped. Compare the two and "
                "correct the delivered quantities."
            )
        return None

    @api.model
    def _explain_same(self, work):
        """The reason of an order that stays as it is; listings may have changed."""
        if work.binding.state == "frozen":
            return self.env["amazon.order.writer"]._explain_frozen(work)
        return work.binding.reason

    @api.model
    def _reopen_unlinked(self, works):
        """Make frozen quotations of confirmed orders that are to have an item without a
        product in place of one that nobody picked yet."""
        for work in works:
            sale = work.binding.sale_order_id
            others = self.env["amazon.order.line.updater"]._find_other_products(work)
            unlinked = others.amazon_order_line_id.filtered(
                lambda item: not item.product_id
            )
            if sale.state != "sale" or not unlinked or self._explain_fixed(work):
                continue
            sale.filtered("locked").action_unlock()
            batch = {**BATCH_CANCEL(), "amazon_cancel_reason": False}
            sale.with_context(**batch)._action_cancel()
            sale.action_draft()

    @api.model
    def _explain_change(self, work):
        if work.binding.state == "frozen":
            return self.env["amazon.order.writer"]._explain_frozen(work)
        return self.env._(
            "Amazon changed items or amounts; the sales order was updated."
        )

    @api.model
    def _explain_unchangeable(self, work):
        """Why a changed order cannot simply follow Amazon, or None."""
        sale = work.binding.sale_order_id
        cause = self._explain_fixed(work)
        if not cause and sale.state == "sale":
            if not all(line.product_id for line in work.lines.values()):
                cause = self.env._("an item is not linked to a product")
        if not cause:
            return None
        others = self.env["amazon.order.line.updater"]._find_other_products(work)
        if former := others.amazon_order_line_id:
            return self.env._(
                "Amazon changed an item of the order (%(changes)s), but %(cause)s. "
                "Compare the two and correct the sales order and its delivery.",
                changes=", ".join(
                    f"{item.former_sku} → {item.seller_sku or item.asin}"
                    for item in former
                ),
                cause=cause,
            )
        return self.env._(
            "Amazon changed items or amounts of the order, but %(cause)s. Compare the "
            "two and correct the sales order.",
            cause=cause,
        )

    @api.model
    def _explain_fixed(self, work):
        """What has been done with the order that a change cannot undo, or None."""
        sale = work.binding.sale_order_id
        deliverer = self.env["amazon.order.deliverer"]
        # A pick that is done has shipped nothing.
        if deliverer._is_shipped_here(sale) or any(
            sale.order_line.mapped("qty_delivered")
        ):
            return self.env._("goods were shipped")
        if sale.invoice_ids.filtered(lambda move: move.state == "posted"):
            return self.env._("an invoice is posted")
        if sale.state == "cancel":
            return self.env._("the sales order is cancelled")
        lines = self.env["amazon.order.line.updater"]
        others = lines._find_other_products(work)
        takes_back = deliverer._takes_back(work) or others
        if takes_back and deliverer._is_packed(sale):
            return self.env._("goods are picked or packed")
        drafted = others or lines._find_drafted(work)
        if any(drafted.mapped("qty_invoiced")):
            return self.env._("a draft invoice contains the item")
        return None

    # ------------------------------------------------------------------
    # Dates, addresses, requests
    # ------------------------------------------------------------------

    @api.model
    def _follow(self, works):
        """Bring dates and addresses up to date; tell of cancellation requests.

        :return: the works whose goods go to another address now
        """
        works = [
            work
            for work in works
            if work.order.fulfillment_status in TO_SHIP_STATUSES
            and work.binding.sale_order_id.state in ("draft", "sent", "sale")
        ]
        self._follow_dates(works)
        moved = self._follow_addresses(works)
        self._follow_cancellation_requests(works)
        return moved

    @api.model
    def _follow_dates(self, works):
        by_date = {}
        for work in works:
            sale = work.binding.sale_order_id
            promised = work.binding.ship_by
            if promised and sale.commitment_date != promised:
                by_date.setdefault(promised, []).append(sale)
        for promised, sales in by_date.items():
            self.env["sale.order"].union(*sales).commitment_date = promised

    @api.model
    def _follow_addresses(self, works):
        """Send what is still open to the address that Amazon names now.

        A parcel that is gone, or has its label, bears the former one: a human is asked.
        """
        works = [
            work
            for work in works
            if work.binding.sale_order_id.amazon_shipping == "odoo"
        ]
        self.env["amazon.order.destination"]._resolve_places(works)
        buyers = prepare_buyers(self.env, works)
        works = [work for work in works if buyers[work].address_digests]
        contacts = self.env["amazon.customer"]._find_or_create(
            [buyers[work] for work in works]
        )
        moved = []
        for work, (_partner, delivery) in zip(works, contacts, strict=True):
            sale = work.binding.sale_order_id
            if sale.partner_shipping_id != delivery:
                self._redirect(work, delivery)
                moved.append(work)
        return moved

    @api.model
    def _redirect(self, work, delivery):
        """Give a sales order and its open transfers another delivery address."""
        sale = work.binding.sale_order_id
        transfers = sale._get_amazon_pickings().filtered(lambda p: p.state != "cancel")
        labelled = transfers.filtered(
            lambda picking: (
                picking.location_dest_id.usage == "customer"
                and (picking.state == "done" or picking.carrier_tracking_ref)
            )
        )
        # Odoo would ask a human about transfers that follow.
        sale.with_context(
            mail_activity_automation_skip=True
        ).partner_shipping_id = delivery
        transfers.filtered(lambda p: p.state != "done").partner_id = delivery
        if labelled:
            self.env["amazon.sync.orders"]._notify(
                [work],
                ADDRESS_NOTICE,
                self.env._(
                    "Amazon has since changed the delivery address, but %(transfers)s "
                    "was shipped or labeled with the previous one. What is still "
                    "open goes to the new address. Create a new label, or ask the "
                    "carrier to redirect the parcel.",
                    transfers=", ".join(labelled.mapped("name")),
                ),
                self.env._("Address changed on Amazon"),
            )

    @api.model
    def _follow_cancellation_requests(self, works):
        """Ask a human once; the seller may still ship."""
        asked = [
            work
            for work in works
            if not work.binding.cancellation_requested
            and any(item.cancellation_requester == "BUYER" for item in work.order.items)
        ]
        for work in asked:
            work.binding.cancellation_requested = True
        self.env["amazon.sync.orders"]._notify(
            # Of what Amazon ships it decides itself.
            [work for work in asked if work.binding.fulfilled_by != "AMAZON"],
            REQUEST_NOTICE,
            self.env._(
                "The buyer asks to cancel this order. Cancel it, or ship it anyway."
            ),
            self.env._("Cancellation requested"),
        )


def _is_renewed_draft(work):
    binding, sale = work.binding, work.binding.sale_order_id
    is_frozen_now = sale.amazon_frozen and binding.state != "frozen"
    is_draft = sale.state in ("draft", "sent")
    return is_draft and (binding.state in ("held", "failed") or is_frozen_now)


def _group_by_state(entries):
    """Orders that continue as they are keep their state; a held one is in order "
    "again."""
    groups = {}
    for work, reason in entries:
        state = work.binding.state
        if state in ("held", "waiting", "failed", "pending"):
            state = "applied"
            reason = False
        groups.setdefault(state, []).append((work, reason))
    return groups
