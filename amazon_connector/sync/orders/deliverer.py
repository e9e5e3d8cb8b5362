# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import Counter

from odoo import Command, api, models
from odoo.tools import groupby

from ...const import OUTSIDE_NOTICE, SHIPPED_STATUSES
from ...models.shipment.amazon_shipment_delivery import get_units
from ...models.shipment.amazon_shipment_rules import CONFIRMED_BY_AMAZON
from ...sp_api import Order
from ...tools.context import SHIPPED_ELSEWHERE
from ...tools.times import to_naive
from .mapper import Work


class AmazonOrderDeliverer(models.AbstractModel):
    """What was shipped, by whom, and what of it Odoo has moved."""

    _name = "amazon.order.deliverer"
    _description = "Amazon Order: Deliveries"

    @api.model
    def _catch_up(self, bindings):
        """Move what was shipped while the orders waited for a user to confirm them."""
        self._move_shipped(
            [Work(binding, Order.from_json(binding.payload)) for binding in bindings]
        )
        bindings.filtered(lambda b: b.state == "applied" and b.reason).reason = False

    @api.model
    def _get_shipping(self, work):
        """Hook: who ships an order: ``odoo``, ``amazon`` or ``outside``."""
        if work.order.fulfilled_by == "AMAZON":
            return "amazon"
        return "outside" if work.order.fulfillment_status == "SHIPPED" else "odoo"

    @api.model
    def _is_history(self, work):
        """Whether the order was placed before the channel went live.

        What was placed before the channel's start date is always history.
        """
        placed, live = work.binding.purchase_time, work.channel.go_live_date
        return bool(placed and live and placed < live) or self._is_too_old(work)

    @api.model
    def _is_too_old(self, work):
        """Whether the order was placed before the channel's start date."""
        placed = work.binding.purchase_time
        return bool(placed and placed < work.binding.channel_id.order_start_date)

    @api.model
    def _move_shipped(self, works):
        """Bring the delivered quantities of these sales orders up to Amazon's.

        Goods that Amazon ships leave the account's FBA location. What the merchant
        shipped outside Odoo leaves the warehouse of the order, whether Odoo has stock
        there or not; history leaves a location that holds no stock. What Odoo ships is
        moved by its deliveries; only what had been shipped before the order came in is
        moved here.
        """
        vals_list, dates = [], []
        for work in works:
            sale = work.binding.sale_order_id
            if work.order.fulfillment_status not in SHIPPED_STATUSES:
                continue
            if sale.amazon_shipping == "odoo" and sale._get_amazon_pickings():
                continue
            for line, units in self._get_unmoved(work, sale).items():
                source = self._get_source_location(work, line)
                moved = line._prepare_amazon_moves(units, source)
                told = line.amazon_order_line_id.shipped_time
                vals_list += moved
                dates += [told or work.binding.last_updated_time] * len(moved)
        moves = self.env["stock.move"].create(self._with_move_lines(vals_list))
        moves.with_context(**SHIPPED_ELSEWHERE())._action_done()
        self._post_warehouse_notes(moves)
        # Odoo dates a done move with now.
        for move, date in zip(moves, dates, strict=True):
            move.date = date
            move.move_line_ids.date = date

    @api.model
    def _with_move_lines(self, vals_list):
        """Values of done moves with their move lines, so that all are made at once.

        Given a quantity, Odoo looks for goods to take, move by move. That is left to it
        where there is something to choose: lots, packages, owners, parts of the place.
        """
        choices = self._find_choices(vals_list)
        return [
            vals if vals["product_id"] in choices else self._with_move_line(vals)
            for vals in vals_list
        ]

    @api.model
    def _find_choices(self, vals_list):
        """Ids of the products of which Odoo has to choose what it takes."""
        products = self.env["product.product"].browse(
            {vals["product_id"] for vals in vals_list}
        )
        sources = {vals["location_id"] for vals in vals_list}
        tracked = products.filtered(lambda product: product.tracking != "none")
        quants = self.env["stock.quant"].search_fetch(
            [
                ("product_id", "in", (products - tracked).ids),
                ("location_id", "child_of", list(sources)),
                "|",
                "|",
                "|",
                ("location_id", "not in", list(sources)),
                ("lot_id", "!=", False),
                ("package_id", "!=", False),
                ("owner_id", "!=", False),
            ],
            ["product_id"],
        )
        return set((tracked | quants.product_id).ids)

    @api.model
    def _with_move_line(self, vals):
        vals = dict(vals)
        line = {
            "product_uom_id": vals["product_uom"],
            "quantity": vals.pop("quantity"),
            **{
                name: vals[name]
                for name in (
                    "product_id",
                    "location_id",
                    "location_dest_id",
                    "company_id",
                    "picked",
                )
            },
        }
        return {**vals, "move_line_ids": [Command.create(line)]}

    @api.model
    def _date_shipped(self, works):
        """Date what Amazon shipped as its report tells, which comes later."""
        for work in works:
            for line in work.binding.line_ids.filtered("shipped_time"):
                moves = line.sale_line_ids._get_amazon_moves().filtered(
                    lambda move: move.state == "done" and not move.picking_id
                )
                if not moves:
                    continue
                last_date = max(moves.mapped("date"))
                if last_date != line.shipped_time:
                    last = moves.filtered(lambda move, d=last_date: move.date == d)
                    last.date = line.shipped_time
                    last.move_line_ids.date = line.shipped_time

    @api.model
    def _get_unmoved(self, work, sale):
        """``{sale line: units}`` that Amazon calls fulfilled and no move delivered."""
        units = self._compare_shipped(work, sale)
        return {line: missing for line, missing in units.items() if missing > 0}

    @api.model
    def _has_shipped_less(self, work, sale):
        """Whether Odoo moved more than Amazon calls fulfilled, on Amazon's word."""
        return sale.amazon_shipping in ("amazon", "outside") and any(
            missing < 0 for missing in self._compare_shipped(work, sale).values()
        )

    @api.model
    def _compare_shipped(self, work, sale):
        """``{sale line: units}``: Amazon's fulfilled units less those moved in Odoo."""
        is_shipped = work.order.fulfillment_status in SHIPPED_STATUSES
        fulfilled = {
            item.order_item_id: item.quantity_shipped
            if item.quantity_shipped is not None
            else is_shipped * item.quantity_to_deliver
            for item in work.order.items
        }
        units = {}
        for line in sale.order_line:
            if line.amazon_charge != "item" or line.product_id.type != "consu":
                continue
            item_id = line.amazon_order_line_id.order_item_id
            moved = line.qty_delivered + line._get_amazon_returned()
            units[line] = fulfilled.get(item_id, 0) - moved
        return units

    @api.model
    def _get_source_location(self, work, line):
        """Hook: where the units of a sales order line left from."""
        sale = line.order_id
        if self._is_history(work):
            return sale.company_id._get_amazon_outside_location()
        if sale.amazon_shipping == "amazon":
            return work.binding.account_id._get_fba_location()
        if line._is_amazon_dropshipped():
            return sale.company_id._get_amazon_outside_location()
        return sale.warehouse_id.lot_stock_id

    @api.model
    def _post_warehouse_notes(self, moves):
        """Tell under each sales order what was taken from a warehouse without a
        delivery, and what is wrong with the stock there now."""
        taken = moves.filtered("location_id.warehouse_id")
        notes = {}
        for location, group in taken.grouped("location_id").items():
            products = group.product_id.with_context(location=location.id)
            short = products.filtered(
                lambda product: product.is_storable and product.qty_available < 0
            )
            for sale, own in group.grouped(lambda m: m.sale_line_id.order_id).items():
                notes[sale.id] = self._explain_taken(location, own, short)
        sales = self.env["sale.order"].browse(notes)
        sales._message_log_batch(notes)

    @api.model
    def _explain_taken(self, location, moves, short):
        """
        :param short: products of which Odoo has less than nothing there
        """
        units = ", ".join(
            f"{move.quantity:g} {move.product_uom.name} {move.product_id.display_name}"
            for move in moves
        )
        sentences = [
            self.env._(
                "The order was shipped outside Odoo before it came in. The units were "
                "taken from %(warehouse)s without a delivery: %(units)s.",
                warehouse=location.warehouse_id.name,
                units=units,
            )
        ]
        if negative := moves.product_id & short:
            sentences.append(
                self.env._(
                    "Odoo had too few units there, so the stock is now negative. "
                    "Count these products: %(products)s.",
                    products=", ".join(negative.mapped("display_name")),
                )
            )
        lotless = moves.move_line_ids.filtered(
            lambda line: line.product_id.tracking != "none" and not line.lot_id
        )
        if lotless:
            sentences.append(
                self.env._(
                    "It is not known which lots or serial numbers were shipped. "
                    "Correct the stock of: %(products)s.",
                    products=", ".join(lotless.product_id.mapped("display_name")),
                )
            )
        return " ".join(sentences)

    # ------------------------------------------------------------------
    # Packages that Amazon tells of
    # ------------------------------------------------------------------

    @api.model
    def _follow_packages(self, works):
        """Compare Amazon's packages with the outbox."""
        works = [work for work in works if work.order.fulfilled_by == "MERCHANT"]
        if not works:
            return
        bindings = self.env["amazon.order"].union(*(work.binding for work in works))
        Shipment = self.env["amazon.shipment"]
        shipments = Shipment.search([("order_id", "in", bindings.ids)], order="id")
        by_order = shipments.grouped("order_id")
        vals_list = []
        self._count_unknown_packages(works)
        for work in works:
            own = by_order.get(work.binding, Shipment)
            vals_list += self._compare_packages(work, own)
            self._settle_shipped(work, own)
        told = Shipment.create(vals_list)
        told._reach_deliveries()
        self._note_shipped_outside(works)

    @api.model
    def _count_unknown_packages(self, works):
        """A parcel with a status that is not known counts as one that is there."""
        for account, told in groupby(works, lambda work: work.binding.account_id):
            words = Counter(
                package.status
                for work in told
                for package in work.order.packages
                if not package.is_status_known
            )
            if words:
                self.env["amazon.unknown.word"]._count_words(account, "package", words)

    @api.model
    def _compare_packages(self, work, own):
        """Confirm what Amazon knows.

        :return: values of the shipments that only Amazon knew of
        """
        vals_list = []
        for package in work.order.packages:
            if package.is_cancelled:
                own._drop_label(package)
                continue
            match = own._match_package(package)
            if match:
                match._confirm_by(package)
                own -= match
            else:
                vals_list.append(self._prepare_amazon_shipment(work, package))
        return [vals for vals in vals_list if vals["line_ids"]]

    @api.model
    def _settle_shipped(self, work, own):
        """Without packages, the status says that all has arrived."""
        if work.order.fulfillment_status == "SHIPPED" and not work.order.packages:
            own.filtered(lambda s: s.state == "sent")._confirm()

    @api.model
    def _prepare_amazon_shipment(self, work, package):
        """Hook: values of a shipment that Amazon told of first."""
        binding = work.binding
        lines = {line.order_item_id: line for line in binding.line_ids}
        by_amazon = binding._find_program(CONFIRMED_BY_AMAZON)
        moment = package.ship_time or package.created_time
        return {
            "order_id": binding.id,
            "account_id": binding.account_id.id,
            "channel_id": binding.channel_id.id,
            "company_id": binding.company_id.id,
            "source": "amazon",
            "amazon_reference": package.reference_id,
            "state": "amazon" if by_amazon else "confirmed",
            "carrier_name": package.carrier,
            "shipping_method": package.shipping_service,
            "tracking_number": package.tracking_number,
            "ship_date": to_naive(moment) if moment else False,
            "confirmed_at": to_naive(moment) if moment else False,
            "line_ids": [
                Command.create(
                    {
                        "order_line_id": lines[item_id].id,
                        "quantity": units,
                        "company_id": binding.company_id.id,
                    }
                )
                for item_id, units in get_units(package).items()
                if item_id in lines and units
            ],
        }

    @api.model
    def _note_shipped_outside(self, works):
        """Mark deliveries of what was confirmed elsewhere; close them if wanted."""
        asked = []
        for work in works:
            sale = work.binding.sale_order_id
            outside = (
                work.order.fulfillment_status in SHIPPED_STATUSES
                and sale.state == "sale"
                and sale.amazon_shipping == "odoo"
                # In several steps the last one may not be there yet.
                and bool(sale._get_amazon_transfers())
                and bool(self._get_unmoved(work, sale))
            )
            is_new = outside and not work.binding.shipped_outside
            if work.binding.shipped_outside != outside:
                work.binding._mark_shipped_outside(outside)
            if outside and work.channel.close_shipped_outside:
                work.binding._wake_closing()
            elif is_new:
                asked.append(work)
        self.env["amazon.sync.orders"]._notify(
            asked,
            OUTSIDE_NOTICE,
            self.env._(
                "According to Amazon, this order was shipped. Do not ship it again: "
                "open its delivery and close it with Amazon's quantities."
            ),
            self.env._("Shipped outside Odoo"),
        )

    # ------------------------------------------------------------------
    # Picked and packed goods
    # ------------------------------------------------------------------

    @api.model
    def _is_packed(self, sale):
        """Whether somebody has picked or packed goods of the order.

        Pick and pack steps that are done count, too.
        """
        for move in _get_moves(sale):
            if move.state == "cancel" or move.location_dest_id.usage != "internal":
                open_parcel = move.picked or move.move_line_ids.result_package_id
                if move.state not in ("done", "cancel") and open_parcel:
                    return True
            elif move.state == "done" and move.location_id.usage == "internal":
                return True
        return False

    @api.model
    def _takes_back(self, work):
        """Whether Amazon wants fewer units of an item than the sales order has."""
        units = {
            item.order_item_id: item.quantity_to_deliver for item in work.order.items
        }
        return any(
            line.product_uom_qty > units.get(line.amazon_order_line_id.order_item_id, 0)
            for line in work.binding.sale_order_id.order_line
            if line.amazon_charge == "item"
        )

    @api.model
    def _is_shipped_here(self, sale):
        """Whether goods of the order have left for the buyer."""
        return any(
            move.state == "done" and move.location_dest_id.usage == "customer"
            for move in _get_moves(sale)
        )

    @api.model
    def _has_goods_out(self, sale):
        """Whether goods of the order are with the buyer: they left and did not come
        back."""
        out = Counter()
        for move in {*_get_moves(sale)}:
            if move.state != "done":
                continue
            to_buyer = move.location_dest_id.usage == "customer"
            from_buyer = move.location_id.usage == "customer"
            out[move.product_id] += (to_buyer - from_buyer) * (
                move.product_uom._compute_quantity(
                    move.quantity, move.product_id.uom_id, round=False
                )
            )
        return any(
            product.uom_id.compare(units, 0) > 0 for product, units in out.items()
        )

    # ------------------------------------------------------------------
    # Packages that Amazon tells of
    # ------------------------------------------------------------------

    @api.model
    def _prepare_work(self, binding):
        """What an action gets to know of an order that is applied already."""
        return Work(binding, Order.from_json(binding.sudo().payload))


def _get_moves(sale):
    """The moves of an order; not as one recordset, which would read its own alone.

    A transfer may serve several orders: what goes to others says nothing of this one.
    """
    in_transfers = sale._get_amazon_pickings().move_ids
    return (
        *sale.order_line._get_amazon_moves(),
        *(
            move
            for move in in_transfers
            if not move.sale_line_id or move.sale_line_id.order_id == sale
        ),
    )
