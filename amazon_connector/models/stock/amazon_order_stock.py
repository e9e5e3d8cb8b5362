# SPDX-License-Identifier: LGPL-3.0-or-later
"""Units that buyers have ordered and Odoo's own stock does not know of yet."""

from odoo import api, models
from odoo.tools import SQL

from ...const import CLOSED_STATUSES

INBOX_STATES = ("waiting", "pending", "frozen", "held", "failed")
_PROMISE_FIELDS = {"product_id", "product_uom_id"}


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    _open_idx = models.Index(
        "(company_id) WHERE state IN ('waiting', 'pending', 'frozen', 'held', 'failed')"
    )

    @api.model
    def _read_waiting_units(self, company):
        """Units of products that orders of a company wait for in the inbox.

        Of all its accounts and channels, without what Amazon ships. An item counts
        from the moment it is stored until its sales order is confirmed: then stock
        moves stand for it, in the same transaction. A quotation, and a frozen or held
        order, has none. One that was shipped elsewhere counts, too, until its units are
        taken from the warehouse; not history, which takes none. A quotation says itself
        what of which product it promises; one that is frozen is written anew as its
        listings say by then. One query.

        :return: ``{product id: units of the product}``
        """
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    WITH open AS (
                        SELECT id FROM amazon_order
                         WHERE company_id = %(company)s
                           AND state IN
                               ('waiting', 'pending', 'frozen', 'held', 'failed')
                         UNION
                        SELECT id FROM amazon_order
                         WHERE company_id = %(company)s AND to_apply IS TRUE
                         UNION
                        SELECT amazon_order_id FROM sale_order
                         WHERE company_id = %(company)s
                           AND amazon_order_id IS NOT NULL
                           AND state IN ('draft', 'sent')
                    )
                    SELECT COALESCE(promised.product_id, listing.product_id) AS id,
                           SUM(item.quantity_to_deliver * COALESCE(
                               promised.units, listing.stock_pack_size, 1))
                      FROM open
                      JOIN amazon_order bound ON bound.id = open.id
                      JOIN amazon_order_line item ON item.order_id = bound.id
                 LEFT JOIN amazon_listing listing
                        ON listing.channel_id = bound.channel_id
                       AND listing.seller_sku = item.seller_sku
                 LEFT JOIN sale_order sale ON sale.id = bound.sale_order_id
                 LEFT JOIN amazon_channel channel ON channel.id = bound.channel_id
                 LEFT JOIN LATERAL (
                           SELECT line.product_id, unit.factor / own.factor AS units
                             FROM sale_order_line line
                             JOIN uom_uom unit ON unit.id = line.product_uom_id
                             JOIN product_product product
                               ON product.id = line.product_id
                             JOIN product_template template
                               ON template.id = product.product_tmpl_id
                             JOIN uom_uom own ON own.id = template.uom_id
                            WHERE line.amazon_order_line_id = item.id
                              AND line.amazon_charge = 'item'
                              AND sale.state IN ('draft', 'sent')
                              AND sale.amazon_frozen IS NOT TRUE
                            LIMIT 1) promised ON TRUE
                     WHERE bound.fulfilled_by IS DISTINCT FROM 'AMAZON'
                       AND (COALESCE(bound.fulfillment_status, '') != ALL(%(closed)s)
                            OR bound.fulfillment_status = 'SHIPPED'
                           AND (sale.id IS NULL OR sale.state IN ('draft', 'sent'))
                           AND COALESCE(bound.purchase_time >= GREATEST(
                               channel.go_live_date, channel.order_start_date), TRUE))
                       AND bound.state NOT IN ('skipped', 'cancelled')
                       AND COALESCE(promised.product_id, listing.product_id)
                           IS NOT NULL
                       AND (sale.id IS NULL OR sale.state IN ('draft', 'sent')
                            -- An item that Amazon added to a confirmed order.
                            OR sale.state = 'sale' AND NOT EXISTS (
                               SELECT FROM sale_order_line line
                                WHERE line.amazon_order_line_id = item.id))
                  GROUP BY 1
                    HAVING SUM(item.quantity_to_deliver) > 0
                    """,
                    company=company.id,
                    closed=list(CLOSED_STATUSES),
                )
            )
        )

    @api.model
    def _record_changed_items(self, account, changed):
        """Amazon changed its own count of what is ordered or cancelled."""
        channels = self._get_channels_by_marketplace(account)
        self.env["amazon.stock.change"]._record_orders(
            (channels[new.order.marketplace_id].id, item.seller_sku)
            for new in changed.values()
            if new.order.fulfilled_by != "AMAZON"
            and new.order.marketplace_id in channels
            for item in new.order.items
            if item.seller_sku
        )

    def write(self, vals):
        """Override: a quantity changes when an order stops or begins to wait."""
        if "state" in vals:
            is_open = vals["state"] in INBOX_STATES
            self.filtered(
                lambda order: (order.state in INBOX_STATES) != is_open
            )._record_items("inbox")
        return super().write(vals)

    def _record_items(self, kind):
        """Note that the quantities of these orders' items may have changed."""
        self.env["amazon.stock.change"]._record_orders(
            [
                (order.channel_id.id, sku)
                for order in self
                if order.fulfilled_by != "AMAZON" and order.channel_id
                for sku in order.line_ids.mapped("seller_sku")
                if sku
            ],
            kind,
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    _amazon_quotation_idx = models.Index(
        "(company_id) WHERE amazon_order_id IS NOT NULL AND state IN ('draft', 'sent')"
    )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _find_amazon_promises(self, vals):
        """Products that these lines promise, if ``vals`` may change them."""
        if _PROMISE_FIELDS.isdisjoint(vals):
            return self.env["product.product"]
        return self.filtered(
            lambda line: line.amazon_charge == "item" and line.state != "sale"
        ).product_id
