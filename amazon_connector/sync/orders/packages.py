# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import Counter

from odoo import Command, api, models
from odoo.tools import groupby

from ...const import SHIPPED_STATUSES
from ...models.order.amazon_order_notices import OUTSIDE_NOTICE
from ...models.shipment.amazon_shipment_delivery import get_units
from ...models.shipment.amazon_shipment_rules import CONFIRMED_BY_AMAZON
from ...tools.times import to_naive


class AmazonSyncOrders(models.AbstractModel):
    """Parcels as the poll of orders tells them: read back, or told by others first."""

    _inherit = "amazon.sync.orders"

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
                and bool(sale._get_amazon_deliveries())
                and bool(self._get_unmoved(work, sale))
            )
            is_new = outside and not work.binding.shipped_outside
            if work.binding.shipped_outside != outside:
                work.binding._mark_shipped_outside(outside)
            if outside and work.channel.close_shipped_outside:
                work.binding._wake_closing()
            elif is_new:
                asked.append(work)
        self._notify(
            asked,
            OUTSIDE_NOTICE,
            self.env._(
                "Amazon says that this order was shipped. Do not ship it again: open "
                "its delivery and close it with Amazon's quantities."
            ),
            self.env._("Shipped outside Odoo"),
        )
