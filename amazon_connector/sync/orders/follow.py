# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ...const import TO_SHIP_STATUSES
from ...models.order.amazon_order_notices import ADDRESS_NOTICE, REQUEST_NOTICE
from .buyers import prepare_buyers


class AmazonSyncOrders(models.AbstractModel):
    """Follow-up: what Amazon tells later beside items and amounts.

    Promised dates, another delivery address, and a buyer's wish to cancel concern
    orders that are still open.
    """

    _inherit = "amazon.sync.orders"

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
        self._resolve_places(works)
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
            self._notify(
                [work],
                ADDRESS_NOTICE,
                self.env._(
                    "Amazon names another delivery address since, but %(transfers)s "
                    "left, or got its label, with the former one. What is still open "
                    "goes to the new address. Make a new label, or ask the carrier to "
                    "redirect the parcel.",
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
        self._notify(
            asked,
            REQUEST_NOTICE,
            self.env._(
                "The buyer asks to cancel this order. Cancel it, or ship it anyway."
            ),
            self.env._("Cancellation requested"),
        )
