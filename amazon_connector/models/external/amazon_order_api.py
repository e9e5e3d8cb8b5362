# SPDX-License-Identifier: LGPL-3.0-or-later
"""External API: orders by Amazon's number. Nothing of a buyer is told."""

from odoo import api, models

from ...tools.external_api import (
    external,
    find_named,
    iso,
    money,
    read_text,
    read_texts,
    refuse,
)


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    @api.model
    @external
    def api_get(self, amazon_order_ids):
        """How orders are.

        :return: ``{"orders": [see _get_api_values], "unknown": [number]}``
        """
        numbers = read_texts(self.env, amazon_order_ids, "amazon_order_ids")
        found = self.search([("order_number", "in", numbers)])
        known = set(found.mapped("order_number"))
        return {
            "orders": [order._get_api_values() for order in found],
            "unknown": [number for number in numbers if number not in known],
        }

    @api.model
    @external
    def api_cancel(self, amazon_order_ids, reason):
        """Cancel orders in Odoo and on Amazon; those that are, or will be, stay so.

        All of them, or none.

        :param str reason: as ``sale.order.action_cancel_on_amazon``
        :return: as :meth:`api_get`
        """
        orders = self._find_by_api(amazon_order_ids)
        reason = read_text(self.env, reason, "reason")
        orders.sale_order_id._check_amazon_reason(reason)
        orders._lock_by_api()
        todo = orders.filtered(lambda order: not order._is_cancelled_by_api())
        for order in todo:
            if not order.sale_order_id:
                refuse(
                    self.env._(
                        "%s has no sales order to cancel.",
                        order.order_number,
                    )
                )
        if todo:
            todo.sale_order_id.action_cancel_on_amazon(reason)
        return {"orders": [order._get_api_values() for order in orders]}

    @api.model
    def _find_by_api(self, amazon_order_ids):
        """The orders of these numbers; every number has one.

        Of a number that two accounts have, because a seller was connected twice, it is
        the one that came in.
        """
        numbers = read_texts(self.env, amazon_order_ids, "amazon_order_ids")
        found = find_named(self, "order_number", numbers)
        came_in = set(found.filtered("sale_order_id").mapped("order_number"))
        return found.filtered(
            lambda order: order.sale_order_id or order.order_number not in came_in
        )

    def _lock_by_api(self):
        """Take the orders for the rest of the call.

        :raises LockError: another script, or a worker, has one of them
        """
        self.sudo().lock_for_update(allow_referencing=True)

    def _is_cancelled_by_api(self):
        """Whether a cancellation would only repeat what has been done."""
        self.ensure_one()
        is_told = bool(self._get_open_cancellation())
        return is_told or self.fulfillment_status == "CANCELLED"

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------

    def _get_api_values(self):
        """A plain dictionary of this order and what belongs to it in Odoo."""
        self.ensure_one()
        currency = self.currency_id
        return {
            "id": self.id,
            "amazon_order_id": self.order_number,
            "account_id": self.account_id.id,
            "channel_id": self.channel_id.id,
            "state": self.state,
            "reason": self.reason or False,
            "fulfillment_status": self.fulfillment_status or False,
            "fulfilled_by": self.fulfilled_by or False,
            "purchase_time": iso(self.purchase_time),
            "last_updated_time": iso(self.last_updated_time),
            "ship_by": iso(self.ship_by),
            "deliver_by": iso(self.deliver_by),
            "closed_on": iso(self.closed_on),
            "currency": currency.name or False,
            "amount_total": money(self.amount_total, currency),
            "difference": money(self.difference, currency),
            "cancellation_requested": self.cancellation_requested,
            "lines": [line._get_api_values() for line in self.line_ids],
            **self._get_api_links(),
            "shipments": [one._get_api_values() for one in self.shipment_ids],
            "cancellations": [one._get_api_values() for one in self.cancellation_ids],
        }

    def _get_api_links(self):
        """What Odoo made of it, as far as the user may read that."""
        sale = self.sale_order_id._filtered_access("read")
        deliveries = sale.sudo().picking_ids.sudo(False)
        invoices = sale.sudo().invoice_ids.sudo(False)
        return {
            "sale_order": {
                "id": sale.id,
                "name": sale.name,
                "state": sale.state,
                "amount_total": money(sale.amount_total, sale.currency_id),
            }
            if sale
            else False,
            "deliveries": [
                {"id": one.id, "name": one.name, "state": one.state}
                for one in deliveries._filtered_access("read")
            ],
            "invoices": [
                {
                    "id": one.id,
                    "name": one.name or False,
                    "move_type": one.move_type,
                    "state": one.state,
                    "payment_state": one.payment_state or False,
                    "amount_total": money(one.amount_total, one.currency_id),
                }
                for one in invoices._filtered_access("read")
            ],
        }


class AmazonOrderLine(models.Model):
    _inherit = "amazon.order.line"

    def _get_api_values(self):
        """A plain dictionary of this item."""
        self.ensure_one()
        return {
            "order_item_id": self.order_item_id,
            "sku": self.seller_sku or False,
            "asin": self.asin or False,
            "title": self.title or False,
            "quantity": self.quantity,
            "quantity_to_deliver": self.quantity_to_deliver,
            "listing_id": self.listing_id.id,
            "product_id": self.product_id.id,
        }


class AmazonCancellation(models.Model):
    _inherit = "amazon.cancellation"

    def _get_api_values(self):
        """A plain dictionary of what Amazon is told."""
        self.ensure_one()
        return {
            "id": self.id,
            "kind": self.kind,
            "reason_code": self.reason_code or False,
            "state": self.state,
            "reason": self.reason or False,
            "sent_at": iso(self.sent_at),
            "confirmed_at": iso(self.confirmed_at),
        }
