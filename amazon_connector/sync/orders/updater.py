# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict
from decimal import Decimal

from odoo import Command, api, models

from ...const import (
    ADDRESS_NOTICE,
    REQUEST_NOTICE,
    TO_SHIP_STATUSES,
    UNITS_NOTICE,
)
from ...tools.context import BATCH_CANCEL, UNWATCHED
from .buyers import prepare_buyers
from .charges import AMOUNTS, add_unit, has_amounts, take_nothing

CHOSEN_BY_HAND = (
    "name",
    "product_id",
    "product_uom_id",
    "route_ids",
    "analytic_distribution",
)


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
        self._follow_tips(company, [*changed, *unchanged])
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
        self._write_changes([work for work in works if not reasons[work]], data)
        self._write_amounts([work for work in works if reasons[work]], data)
        changed, held = [], []
        for work in works:
            # A user may have made the change already.
            difference = self.env["amazon.order.writer"]._compare_totals(
                work, work.binding.sale_order_id
            )
            if difference:
                held.append((work, reasons[work] or difference))
                continue
            if reasons[work] and self._has_other_product(work):
                held.append((work, reasons[work]))
                continue
            reason = self._explain_change(work)
            if reasons[work] and (work.moved or self._has_other_units(work)):
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
    def _has_other_units(self, work):
        """Whether Amazon wants other units than a sales order that cannot follow,
        for the same money; not where a user has compared the two."""
        sale = work.binding.sale_order_id
        if sale.state == "cancel" or work.binding.state == "held":
            return False
        ordered = self._count_ordered(sale)
        return any(
            ordered[item] != item.quantity_to_deliver for item in work.binding.line_ids
        )

    @api.model
    def _count_ordered(self, sale):
        """``{amazon.order.line: units on the sales order}``"""
        ordered = defaultdict(float)
        for line in sale.order_line:
            if line.amazon_charge == "item":
                ordered[line.amazon_order_line_id] += line.product_uom_qty
        return ordered

    @api.model
    def _has_other_product(self, work):
        """Whether Amazon wants another product than a sales order that cannot follow;
        not where a user has compared the two."""
        if work.binding.state == "held":
            return False
        return bool(self._find_other_products(work))

    @api.model
    def _find_other_products(self, work):
        """The lines whose item has another SKU and product on Amazon by now."""
        return work.binding.sale_order_id.order_line.filtered(
            lambda line: line.amazon_charge == "item" and line._has_former_amazon_item()
        )

    @api.model
    def _find_drafted(self, work):
        """The lines of which a draft invoice holds all units, at amounts that are not
        Amazon's any more: nothing would invoice the rest."""
        readings = work.reading.items if work.reading else ()
        gross = {
            item.order_item_id: charge.gross
            for item in readings
            for charge in item.charges
            if charge.kind == "item"
        }
        return work.binding.sale_order_id.order_line.filtered(
            lambda line: (
                line.amazon_charge == "item"
                and line.qty_invoiced
                and line.qty_invoiced == line.amazon_order_line_id.quantity_to_deliver
                and line.currency_id.compare_amounts(
                    line.price_total,
                    float(gross.get(line.amazon_order_line_id.order_item_id, 0)),
                )
            )
        )

    @api.model
    def _reopen_unlinked(self, works):
        """Make frozen quotations of confirmed orders that are to have an item without a
        product in place of one that nobody picked yet."""
        for work in works:
            sale = work.binding.sale_order_id
            others = self._find_other_products(work)
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
        if former := self._find_other_products(work).amazon_order_line_id:
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
        takes_back = self.env["amazon.order.deliverer"]._takes_back(
            work
        ) or self._find_other_products(work)
        if takes_back and self.env["amazon.order.deliverer"]._is_packed(sale):
            return self.env._("goods are picked or packed")
        drafted = self._find_other_products(work) or self._find_drafted(work)
        if any(drafted.mapped("qty_invoiced")):
            return self.env._("a draft invoice contains the item")
        return None

    @api.model
    def _write_changes(self, works, data):
        """Write the lines of these sales orders anew."""
        # Prepared first: writing empties the caches.
        commands = [self._prepare_changes(work, data) for work in works]
        self.env["amazon.order.destination"]._write_positions(works, data)
        sales = self.env["sale.order"].union(*(w.binding.sale_order_id for w in works))
        unwatched = self.env["amazon.order.writer"]._get_unwatched_products(sales)
        for work, own in zip(works, commands, strict=True):
            sale = work.binding.sale_order_id
            self._find_other_products(work)._cancel_amazon_moves()
            self._write_lines(sale.with_context(**UNWATCHED(unwatched)), own)
            self._freeze_draft(work)
            work.binding.line_ids.filtered("former_sku").former_sku = False

    @api.model
    def _prepare_wanted(self, work, data):
        """``{(item's id, charge): values}`` of the lines Amazon wants, but tips."""
        return {
            (vals.get("amazon_order_line_id"), vals["amazon_charge"]): vals
            for vals in self.env["amazon.order.mapper"]._prepare_sale_lines(work, data)
            if vals["amazon_charge"] != "tip"
        }

    @api.model
    def _match_lines(self, sale, wanted):
        """``[(line, values or None)]``: Amazon's lines, but tips, of a sales order.

        :param dict wanted: :meth:`_prepare_wanted`; what matches is taken out
        """
        return [
            (
                line,
                wanted.pop(
                    (line.amazon_order_line_id.id or None, line.amazon_charge), None
                ),
            )
            for line in sale.order_line
            if line.amazon_charge not in (False, "tip")
        ]

    @api.model
    def _prepare_changes(self, work, data):
        """Commands for the lines of a sales order; lines that users added stay."""
        sale = work.binding.sale_order_id
        wanted = self._prepare_wanted(work, data)
        commands = []
        for line, vals in self._match_lines(sale, wanted):
            if vals:
                is_drafted = line.qty_invoiced == line.product_uom_qty != 0
                if is_drafted and line.amazon_charge != "item":
                    if not has_amounts(line, vals):
                        vals |= add_unit(line, vals, data.price_digits)
                # Prices and quantities change; what was chosen by hand stays.
                if line.amazon_charge != "item" or not line._has_former_amazon_item():
                    vals = {k: v for k, v in vals.items() if k not in CHOSEN_BY_HAND}
                commands.append(Command.update(line.id, vals))
            elif sale.state == "sale":
                nothing = {"product_uom_qty": 0, "extra_tax_data": False}
                commands.append(Command.update(line.id, nothing))
            else:
                commands.append(Command.delete(line.id))
        return commands + [Command.create(vals) for vals in wanted.values()]

    @api.model
    def _write_amounts(self, works, data):
        """Write Amazon's amounts into orders that a user gave Amazon's units, as far as
        they are not invoiced yet."""
        commands = {
            work: self._prepare_amount_changes(work, data)
            for work in works
            if self._has_amazons_units(work)
        }
        for work, own in commands.items():
            if own:
                self._write_lines(work.binding.sale_order_id, own)

    @api.model
    def _has_amazons_units(self, work):
        """Whether a sales order has the units of each item that Amazon wants."""
        sale = work.binding.sale_order_id
        if sale.state == "cancel" or self._find_other_products(work):
            return False
        if not all(line.product_id for line in work.lines.values()):
            return False
        ordered = self._count_ordered(sale)
        return all(
            ordered.get(item, 0.0) == item.quantity_to_deliver
            for item in work.binding.line_ids
        )

    @api.model
    def _prepare_amount_changes(self, work, data):
        """Commands that change amounts alone; None if one of them is invoiced already.

        What was invoiced in part gets the rest, so that both make Amazon's amount.
        """
        sale = work.binding.sale_order_id
        wanted = self._prepare_wanted(work, data)
        commands = []
        for line, vals in self._match_lines(sale, wanted):
            if not vals and not (line.product_uom_qty and line.price_total):
                continue
            if vals and has_amounts(line, vals):
                continue
            if line.qty_invoiced and line.qty_invoiced == line.product_uom_qty:
                if line.amazon_charge == "item":
                    return None
                vals = add_unit(line, vals or take_nothing(line), data.price_digits)
            elif vals:
                vals = {name: vals[name] for name in AMOUNTS}
            elif line.qty_invoiced:
                return None
            else:
                vals = {"product_uom_qty": 0, "extra_tax_data": False}
            commands.append(Command.update(line.id, vals))
        return commands + [Command.create(vals) for vals in wanted.values()]

    @api.model
    def _freeze_draft(self, work):
        """Freeze a quotation that Amazon added an item without a product to."""
        sale = work.binding.sale_order_id
        if sale.state in ("draft", "sent") and not sale.amazon_frozen:
            sale.amazon_frozen = any(
                not line.product_id for line in work.lines.values()
            )

    @api.model
    def _write_lines(self, sale, commands):
        """Amazon has the last word: a locked order is opened and locked again."""
        locked = sale.locked
        if locked:
            sale.action_unlock()
        sale.write({"order_line": commands})
        if locked:
            sale.action_lock()

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

    # ------------------------------------------------------------------
    # Tips
    # ------------------------------------------------------------------

    @api.model
    def _follow_tips(self, company, works):
        """Bring the tip of these sales orders to what Amazon states now."""
        works = [
            work
            for work in works
            if work.binding.sale_order_id.state in ("draft", "sent", "sale")
            and self._get_missing_tip(work)
        ]
        if not works:
            return
        data = self.env["amazon.order.mapper"]._prepare_batch_data(company, works)
        for work in works:
            self._write_tip(work, data)

    @api.model
    def _get_missing_tip(self, work):
        """Amazon's tip less the one that the sales order repeats, as Decimal."""
        binding = work.binding
        applied = Decimal(str(binding.currency_id.round(binding.applied_tip)))
        return work.reading.tip - applied

    @api.model
    def _write_tip(self, work, data):
        """Change the tip's line while nothing of it is invoiced, else add another."""
        binding, sale = work.binding, work.binding.sale_order_id
        missing = self._get_missing_tip(work)
        lines = sale.order_line.filtered(lambda line: line.amazon_charge == "tip")
        open_lines = lines.filtered(lambda line: not line.qty_invoiced)
        commands = []
        if open_lines:
            line = open_lines[:1]
            amount = Decimal(str(sale.currency_id.round(line.price_total))) + missing
            vals = self.env["amazon.order.mapper"]._prepare_tip_line(work, data, amount)
            commands.append(Command.update(line.id, vals))
        else:
            vals = self.env["amazon.order.mapper"]._prepare_tip_line(
                work, data, missing
            )
            commands.append(Command.create(vals))
        self._write_lines(sale, commands)
        binding.applied_tip = float(work.reading.tip)
        self.env["amazon.order.writer"]._compare_totals(work, sale)
        sale._message_log(
            body=self.env._(
                "The buyer's tip on Amazon is now %s.",
                sale.currency_id.format(float(work.reading.tip)),
            )
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
