# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ...sp_api.proceeds import AT_ZERO


class AmazonSyncOrders(models.AbstractModel):
    """Notes: what a sales order was made of where Amazon leaves that open."""

    _inherit = "amazon.sync.orders"

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
                "Amazon states no amounts. The order is taken at 0, for it replaces "
                "order %s.",
                binding.replaces or "",
            )
        user = binding.assumed_by.display_name
        if work.reading.assumed == AT_ZERO:
            return self.env._(
                "Amazon states no amounts. The order is taken at 0, as %s decided.",
                user,
            )
        return self.env._(
            "Amazon states no amounts. The order is taken at Amazon's unit price, as "
            "%s decided.",
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
            "the price holds it. It was read as: %(total)s in all, %(counted)s of it "
            "tax. Compare this with Amazon's settlement.",
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
            "Amazon calls %(shipped)s units of item %(item)s shipped, but only "
            "%(ordered)s are ordered: more are not counted. Check your stock.",
            shipped=shipped,
            item=item.order_item_id,
            ordered=item.quantity_to_deliver,
        )
