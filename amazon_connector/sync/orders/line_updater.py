# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict
from decimal import Decimal

from odoo import Command, api, models

from ...tools.context import UNWATCHED
from .charges import AMOUNTS, add_unit, has_amounts, take_nothing

CHOSEN_BY_HAND = (
    "name",
    "product_id",
    "product_uom_id",
    "route_ids",
    "analytic_distribution",
)


class AmazonOrderLineUpdater(models.AbstractModel):
    """Lines of sales orders: how they differ from Amazon's items, and follow them.

    `amazon.order.updater` decides which orders may follow.
    """

    _name = "amazon.order.line.updater"
    _description = "Amazon Order: Changed Lines"

    # ------------------------------------------------------------------
    # What differs
    # ------------------------------------------------------------------

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
    def _count_ordered(self, sale):
        """``{amazon.order.line: units on the sales order}``"""
        ordered = defaultdict(float)
        for line in sale.order_line:
            if line.amazon_charge == "item":
                ordered[line.amazon_order_line_id] += line.product_uom_qty
        return ordered

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
    def _has_other_product(self, work):
        """Whether Amazon wants another product than a sales order that cannot follow;
        not where a user has compared the two."""
        if work.binding.state == "held":
            return False
        return bool(self._find_other_products(work))

    # ------------------------------------------------------------------
    # Items and charges
    # ------------------------------------------------------------------

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
