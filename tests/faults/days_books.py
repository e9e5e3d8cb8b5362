# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Odoo has and Amazon knows, counted without the connector's own code.

Quantities come from Odoo's quants and moves; orders, parcels and offers from the
simulator's truth.
"""

import math
from collections import Counter
from decimal import Decimal

from sp_api_simulator.parcels import left

from faults.days_checks import Checks

OPEN = ("PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED")
NEW = (None, "draft", "sent")


class Books(Checks):
    """The books of one `Days`."""

    def __init__(self, days):
        self.days, self.shop, self.sim = days, days.shop, days.sim
        self._peaks = {}
        self._pushes = 0

    # --- what Odoo's tables say -------------------------------------------------

    def _read(self, statement, **values):
        return self.shop.query(statement, {"account": self.shop.account_id, **values})

    def read_channels(self):
        rows = self._read(
            "SELECT id FROM amazon_channel WHERE account_id = %(account)s ORDER BY id"
        )
        return [row["id"] for row in rows]

    def read_confirmed(self):
        """The numbers of orders whose sales order is confirmed, oldest first."""
        orders = self.shop.orders()
        return [number for number, row in orders.items() if row["sale_state"] == "sale"]

    def read_listings(self):
        """The merchant's listings with all that decides their quantity."""
        return self._read(
            """
            SELECT listing.id, listing.seller_sku, listing.product_id, listing.state,
                   place.amazon_code AS place, listing.stock_policy,
                   listing.stock_fixed_quantity, listing.stock_own_buffer,
                   listing.stock_buffer_own, listing.stock_pack_size,
                   channel.stock_buffer, channel.stock_maximum, channel.stock_basis,
                   product.active, level.state AS level_state, level.reason,
                   level.quantity AS level_quantity
              FROM amazon_listing listing
              JOIN amazon_channel channel ON channel.id = listing.channel_id
              JOIN amazon_marketplace place ON place.id = channel.marketplace_id
         LEFT JOIN amazon_stock_level level ON level.id = listing.stock_level_id
         LEFT JOIN product_product product ON product.id = listing.product_id
             WHERE channel.account_id = %(account)s
               AND listing.seller_sku = ANY(%(skus)s)
          ORDER BY listing.id
            """,
            skus=self.days.skus,
        )

    def _read_houses(self):
        """{place: ids of the warehouses that feed its quantity}, False: of all."""
        rows = self._read(
            """
            SELECT place.amazon_code AS place, channel.use_warehouses,
                   channel.warehouse_id, array_agg(mapped.warehouse_id) AS houses
              FROM amazon_channel channel
              JOIN amazon_marketplace place ON place.id = channel.marketplace_id
         LEFT JOIN amazon_channel_stock_warehouse_rel mapped
                ON mapped.channel_id = channel.id
             WHERE channel.account_id = %(account)s GROUP BY channel.id, place.id
            """
        )
        return {
            row["place"]: bool(row["use_warehouses"])
            and tuple(
                sorted(filter(None, row["houses"])) or [row["warehouse_id"]],
            )
            for row in rows
        }

    def _read_stock(self, product_ids, houses):
        """{product: {basis: units}} of warehouses, from quants and moves.

        :param houses: ids; False: all of the company
        """
        rows = self._read(
            """
            WITH inside AS (
                SELECT place.id
                  FROM stock_location place
                  JOIN stock_location top
                    ON place.parent_path LIKE top.parent_path || '%%'
                  JOIN stock_warehouse house ON house.view_location_id = top.id
                  JOIN amazon_account account ON account.company_id = house.company_id
                 WHERE account.id = %(account)s AND house.active
                   AND (%(all)s OR house.id = ANY(%(houses)s))
                   AND place.usage IN ('internal', 'transit'))
            SELECT product.id,
                   (SELECT COALESCE(SUM(quantity), 0) FROM stock_quant
                     WHERE product_id = product.id
                       AND location_id IN (SELECT id FROM inside)) AS on_hand,
                   (SELECT COALESCE(SUM(reserved_quantity), 0) FROM stock_quant
                     WHERE product_id = product.id
                       AND location_id IN (SELECT id FROM inside)) AS reserved,
                   (SELECT COALESCE(SUM(product_qty), 0) FROM stock_move
                     WHERE product_id = product.id
                       AND state NOT IN ('draft', 'done', 'cancel')
                       AND location_id IN (SELECT id FROM inside)
                       AND location_dest_id NOT IN (SELECT id FROM inside))
                    AS outgoing,
                   (SELECT COALESCE(SUM(product_qty), 0) FROM stock_move
                     WHERE product_id = product.id
                       AND state NOT IN ('draft', 'done', 'cancel')
                       AND location_id NOT IN (SELECT id FROM inside)
                       AND location_dest_id IN (SELECT id FROM inside))
                    AS incoming
              FROM product_product product
             WHERE product.id = ANY(%(products)s)
            """,
            products=list(product_ids),
            all=houses is False,
            houses=list(houses or ()),
        )
        return {
            row["id"]: {
                "free": row["on_hand"] - max(row["reserved"], row["outgoing"]),
                "forecast": row["on_hand"] + row["incoming"] - row["outgoing"],
            }
            for row in rows
        }

    def read_inbox(self):
        """{(SKU, place): units} of the orders that Odoo has heard of, no more."""
        rows = self._read(
            """
            SELECT o.order_number, item.seller_sku, place.amazon_code AS place,
                   item.quantity_to_deliver AS units, o.fulfillment_status AS status,
                   sale.state AS sale_state, o.state
              FROM amazon_order o
              JOIN amazon_order_line item ON item.order_id = o.id
              JOIN amazon_channel channel ON channel.id = o.channel_id
              JOIN amazon_marketplace place ON place.id = channel.marketplace_id
         LEFT JOIN sale_order sale ON sale.id = o.sale_order_id
             WHERE o.account_id = %(account)s AND o.fulfilled_by = 'MERCHANT'
            """
        )
        units = Counter()
        for row in rows:
            if row["status"] in OPEN and row["sale_state"] in NEW:
                if row["state"] not in ("skipped", "cancelled"):
                    units[row["seller_sku"], row["place"]] += row["units"]
        return units

    def _read_truth(self):
        """As `read_inbox`, of Amazon's own orders: all of them are in Odoo by now."""
        sales, units = self.shop.orders(), Counter()
        for order in self.sim.truth(self.shop.key):
            fulfillment = order["fulfillment"]
            row = sales[order["orderId"]]
            if (
                fulfillment["fulfilledBy"] == "MERCHANT"
                and fulfillment["fulfillmentStatus"] in OPEN
                and row["sale_state"] in NEW
            ):
                for item in order["orderItems"]:
                    key = item["product"]["sellerSku"]
                    place = order["salesChannel"]["marketplaceId"]
                    state = item.get("fulfillment", {})
                    units[key, place] += state.get("quantityFulfilled", 0) + left(item)
        return units

    def compute_wanted(self, waiting):
        """{(SKU, place): units that Amazon is to offer}; None: nothing is sent.

        :param waiting: as `read_inbox`
        """
        listings = self.read_listings()
        products = {row["product_id"] for row in listings} - {None}
        by_house = self._read_houses()
        stocks = {
            houses: self._read_stock(products, houses) for houses in by_house.values()
        }
        demand = self.count_demand(waiting)
        return {
            (row["seller_sku"], row["place"]): _decide(
                row, stocks[by_house[row["place"]]], demand
            )
            for row in listings
        }

    def count_demand(self, waiting):
        """`{product: units}` of orders that are not in Odoo's stock yet.

        :param waiting: as `read_inbox`
        """
        demand = Counter()
        for row in self.read_listings():
            if row["product_id"]:
                units = waiting[row["seller_sku"], row["place"]]
                demand[row["product_id"]] += units * (row["stock_pack_size"] or 1)
        return demand

    # --- while it goes on -------------------------------------------------------

    def close_page(self):
        """Check what happened since the last page; to be called after each event."""
        wanted = self.compute_wanted(self.read_inbox())
        for key, units in wanted.items():
            self._peaks[key] = max(self._peaks.get(key, 0), units or 0)
        self._check_pushes()
        if not self.days.standing:
            self._peaks = {key: units or 0 for key, units in wanted.items()}
        if self.days.is_on_hold:
            self.check_silent()

    def _check_pushes(self):
        """No quantity left that was larger than Odoo's was at any time meanwhile."""
        pushes = self.sim.pushes(self.shop.key)
        fresh, self._pushes = pushes[self._pushes :], len(pushes)
        for push in fresh:
            assert push.seller_sku != self.days.fba_sku, "an FBA SKU was written"
            if push.via == "patch" and push.accepted and push.quantity is not None:
                most = self._peaks[push.seller_sku, push.pool]
                assert push.quantity <= most, f"{push} though Odoo has {most}"

    def check_silent(self):
        """Rule 8: on hold no call leaves."""
        calls = [
            call["operation"]
            for call in list(self.sim.calls)[self.days.calls_at_hold :]
            if call["operation"] != "token" and call["seller"] in (self.shop.key, None)
        ]
        assert not calls, f"called while on hold: {calls}"


def _decide(row, stock, demand):
    if row["state"] != "linked" or row["stock_policy"] == "none":
        return None
    if not row["active"]:
        return 0
    if row["stock_policy"] == "fixed":
        return row["stock_fixed_quantity"] or 0
    units = Decimal(str(stock[row["product_id"]][row["stock_basis"]]))
    units -= demand[row["product_id"]]
    own = row["stock_own_buffer"]
    units -= (row["stock_buffer_own"] if own else row["stock_buffer"]) or 0
    units = max(math.floor(units / (row["stock_pack_size"] or 1)), 0)
    return min(units, row["stock_maximum"]) if row["stock_maximum"] else units
