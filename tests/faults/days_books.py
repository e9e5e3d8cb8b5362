# SPDX-License-Identifier: LGPL-3.0-or-later
"""What must be true of a random day, counted without the connector's own code.

Quantities come from Odoo's quants and moves; orders, parcels and offers from the
simulator's truth.
"""

import math
from collections import Counter, defaultdict
from decimal import Decimal

OPEN = ("PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED")
NEW = (None, "draft", "sent")


class Books:
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
                   place.marketplace_id AS place, listing.stock_policy,
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

    def _read_stock(self, product_ids):
        """{product: {basis: units}} of all warehouses, from quants and moves."""
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
        )
        return {
            row["id"]: {
                "free": row["on_hand"] - max(row["reserved"], row["outgoing"]),
                "forecast": row["on_hand"] + row["incoming"] - row["outgoing"],
            }
            for row in rows
        }

    def _read_inbox(self):
        """{(SKU, place): units} of the orders that Odoo has heard of, no more."""
        rows = self._read(
            """
            SELECT o.amazon_order_id, item.seller_sku, place.marketplace_id AS place,
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
        """As `_read_inbox`, of Amazon's own orders: all of them are in Odoo by now."""
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
                    units[key, place] += item["quantityOrdered"]
        return units

    def compute_wanted(self, waiting):
        """{(SKU, place): units that Amazon is to offer}; None: nothing is sent.

        :param waiting: as `_read_inbox`
        """
        listings = self.read_listings()
        stock = self._read_stock({row["product_id"] for row in listings} - {None})
        demand = Counter()
        for row in listings:
            if row["product_id"]:
                units = waiting[row["seller_sku"], row["place"]]
                demand[row["product_id"]] += units * (row["stock_pack_size"] or 1)
        return {
            (row["seller_sku"], row["place"]): _decide(row, stock, demand)
            for row in listings
        }

    # --- while it goes on -------------------------------------------------------

    def close_page(self):
        """Check what happened since the last page; to be called after each event."""
        wanted = self.compute_wanted(self._read_inbox())
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
            if call["operation"] != "token"
        ]
        assert not calls, f"called while on hold: {calls}"

    # --- in the end -------------------------------------------------------------

    def check(self):
        """Everything that must be true when nothing is due any more."""
        problems = [
            *self._find_wrong_orders(),
            *self._find_wrong_parcels(),
            *self._find_wrong_cancellations(),
            *self._find_wrong_quantities(),
            *self._find_open_work(),
            *self._find_missing_reasons(),
            *self._find_leaks(),
        ]
        assert not problems, "\n".join(["", *problems])

    def _find_wrong_orders(self):
        """Rules 1 and 2: each order once, in the state it has on Amazon, its total."""
        rows, truth = self.shop.orders(), self.sim.truth(self.shop.key)
        missing = {order["orderId"] for order in truth} ^ set(rows)
        if missing:
            yield f"orders on one side only: {missing}"
        sales = self.shop.sale_count()
        bound = [row for row in rows.values() if row["sale_order_id"]]
        if not sales["count"] == sales["different"] == len(bound):
            yield f"sales orders: {sales} of {len(bound)} orders"
        for order in truth:
            number = order["orderId"]
            if number in rows and (problem := self._judge(order, rows[number])):
                yield f"{number}: {problem}"

    def _judge(self, order, row):
        status = order["fulfillment"]["fulfillmentStatus"]
        if row["fulfillment_status"] != status:
            return f"{row['fulfillment_status']} in Odoo, {status} on Amazon"
        if row["to_apply"]:
            return f"waits: {row['state']} {row['reason']}"
        if row["state"] in ("held", "frozen", "failed"):
            if row["state"] == "failed":
                return f"failed: {row['reason']}"
            return None if row["reason"] else f"{row['state']} without a reason"
        if status == "PENDING":
            expected = row["sale_state"] in (None, "cancel")
        elif status == "CANCELLED":
            expected = row["sale_state"] in (None, "cancel")
        else:
            expected = row["sale_state"] in ("sale", "cancel")
        if not expected:
            return f"{status}, but the sales order is {row['sale_state']}"
        if row["sale_state"] == "sale":
            total = Decimal(order["proceeds"]["grandTotal"]["amount"])
            if row["sale_total"] != total:
                return f"{row['sale_total']} instead of {total}"
        return None

    def _find_wrong_parcels(self):
        """Each delivered unit is confirmed once, or it is told why not."""
        delivered = self._count(
            """
            SELECT o.amazon_order_id AS number, item.order_item_id AS item,
                   SUM(move.quantity) AS units
              FROM stock_move move
              JOIN sale_order_line line ON line.id = move.sale_line_id
              JOIN amazon_order_line item ON item.id = line.amazon_order_line_id
              JOIN amazon_order o ON o.id = item.order_id
              JOIN stock_location place ON place.id = move.location_dest_id
             WHERE o.account_id = %(account)s AND move.state = 'done'
               AND place.usage = 'customer' AND o.fulfilled_by = 'MERCHANT'
          GROUP BY 1, 2
            """
        )
        untold = self._count(
            """
            SELECT o.amazon_order_id AS number, item.order_item_id AS item,
                   SUM(part.quantity) AS units
              FROM amazon_shipment parcel
              JOIN amazon_shipment_line part ON part.shipment_id = parcel.id
              JOIN amazon_order_line item ON item.id = part.order_line_id
              JOIN amazon_order o ON o.id = parcel.order_id
             WHERE parcel.account_id = %(account)s
               AND parcel.state IN ('held', 'failed', 'skipped')
               AND COALESCE(parcel.reason, '') != ''
          GROUP BY 1, 2
            """
        )
        packed, references = Counter(), Counter()
        for order in self.sim.truth(self.shop.key):
            if order["fulfillment"]["fulfilledBy"] != "MERCHANT":
                continue
            for package in order.get("packages", ()):
                references[package["packageReferenceId"]] += 1
                for entry in package["packageItems"]:
                    key = order["orderId"], entry["orderItemId"]
                    packed[key] += entry["quantity"]
        for key in {*delivered, *packed, *untold}:
            if packed[key] + untold[key] != delivered[key]:
                yield (
                    f"{key}: {delivered[key]} delivered, {packed[key]} on Amazon, "
                    f"{untold[key]} kept back"
                )
        for reference, times in references.items():
            if times > 1:
                yield f"package {reference} is there {times} times"

    def _count(self, statement):
        rows = self._read(statement)
        return Counter({(row["number"], row["item"]): row["units"] for row in rows})

    def _find_wrong_cancellations(self):
        """What Odoo cancelled with a reason is cancelled on Amazon, or it shows why."""
        rows = self._read(
            """
            SELECT o.amazon_order_id AS number, row.state, row.reason,
                   sale.state AS sale_state,
                   (SELECT count(*) FROM mail_activity activity
                     WHERE activity.res_model = 'sale.order' AND activity.active
                       AND activity.res_id = sale.id) AS activities
              FROM amazon_cancellation row
              JOIN amazon_order o ON o.id = row.order_id
              JOIN sale_order sale ON sale.id = o.sale_order_id
             WHERE row.account_id = %(account)s AND row.kind = 'cancel'
            """
        )
        for row in rows:
            order = self.sim.find_order(row["number"])[1].data
            status = order["fulfillment"]["fulfillmentStatus"]
            if row["state"] == "confirmed" and status != "CANCELLED":
                yield f"{row['number']}: confirmed as cancelled, {status} on Amazon"
            elif row["state"] in ("refused", "failed"):
                if not row["reason"] or not row["activities"]:
                    yield f"{row['number']}: {row['state']}, and nobody is told: {row}"
            elif row["state"] in ("waiting", "sent") and status != "PENDING":
                yield f"{row['number']}: cancellation {row['state']}: {row['reason']}"

    def _find_wrong_quantities(self):
        """Rule 5: Amazon offers what Odoo has."""
        waiting = self._read_truth()
        if waiting != self._read_inbox():
            yield f"the inbox holds {self._read_inbox()}, Amazon {waiting}"
        wanted = self.compute_wanted(waiting)
        offered = {
            (listing.seller_sku, listing.marketplace_id): listing.quantity
            for listing in self.sim.listings(self.shop.key)
        }
        levels = {
            (row["seller_sku"], row["place"]): row for row in self.read_listings()
        }
        for key, units in wanted.items():
            level = levels[key]
            if units is None or level["level_state"] == "held":
                if not level["reason"]:
                    yield f"{key}: {level['level_state']} without a reason"
            elif offered[key] != units:
                yield (
                    f"{key}: {offered[key]} on Amazon, {units} in Odoo, level "
                    f"{level['level_state']} {level['level_quantity']} "
                    f"{level['reason']}"
                )

    def _find_open_work(self):
        """Nothing is left in work, and nothing waits."""
        for name, statement in {
            "lease": "SELECT kind FROM amazon_sync_task"
            " WHERE account_id = %(account)s AND leased_until IS NOT NULL",
            "run": "SELECT kind, id FROM amazon_sync_run"
            " WHERE account_id = %(account)s AND state = 'running'",
            "feed": "SELECT id, state, feed_type FROM amazon_feed"
            " WHERE account_id = %(account)s AND state IN ('wanted', 'submitted')",
            "parcel": "SELECT id, state, attempts, reason FROM amazon_shipment"
            " WHERE account_id = %(account)s AND state IN ('waiting', 'sent')",
            "level": "SELECT seller_sku, state, reason FROM amazon_stock_level"
            " WHERE account_id = %(account)s AND (to_compute IS TRUE"
            "    OR state IN ('to_send', 'sent', 'rejected'))",
            "failing module": "SELECT kind, failure_count FROM amazon_sync_task"
            " WHERE account_id = %(account)s AND failure_count > 0",
        }.items():
            for row in self._read(statement):
                yield f"open {name}: {dict(row)}"

    def _find_missing_reasons(self):
        """Nothing failed, or was left out, without saying why."""
        for table, states in {
            "amazon_order": ("held", "frozen", "failed", "skipped"),
            "amazon_stock_level": ("rejected", "held", "excluded"),
            "amazon_shipment": ("held", "failed", "skipped"),
            "amazon_cancellation": ("refused", "failed", "withdrawn"),
        }.items():
            for row in self._read(
                f"SELECT id, state FROM {table} WHERE account_id = %(account)s"
                "   AND state = ANY(%(states)s) AND COALESCE(reason, '') = ''",
                states=list(states),
            ):
                yield f"{table} {row['id']} is {row['state']} without a reason"
        for row in self._read(
            "SELECT record.name, record.outcome FROM amazon_sync_record record"
            "  JOIN amazon_sync_run run ON run.id = record.run_id"
            " WHERE run.account_id = %(account)s AND COALESCE(record.reason, '') = ''"
            "   AND record.outcome IN ('failed', 'held', 'frozen', 'skipped')"
        ):
            yield f"the history says {dict(row)} without a reason"
        for row in self._read(
            "SELECT id, kind FROM amazon_sync_run WHERE account_id = %(account)s"
            "   AND state = 'failed' AND COALESCE(message, '') = ''"
        ):
            yield f"run {dict(row)} failed without a message"

    def _find_leaks(self):
        """Neither credentials nor buyers are in the workers' log."""
        log = self.shop.workers.log()
        told = self.sim.credentials(self.shop.key)
        secrets = {"client_secret": told["client_secret"]}
        secrets["refresh_token"] = told["refresh_token"]
        for order in self.sim.truth(self.shop.key):
            for name, value in _personal(order):
                secrets[f"{name} of {order['orderId']}"] = value
        for name, value in secrets.items():
            if value in log:
                yield f"the log has the {name}"


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


def _personal(order):
    """(what, text) of the buyer and the recipient, where it names one person."""
    buyer = order.get("buyer", {})
    address = order.get("recipient", {}).get("deliveryAddress", {})
    texts = {
        "buyer's name": buyer.get("buyerName"),
        "buyer's e-mail": buyer.get("buyerEmail"),
        "recipient's name": address.get("name"),
        "street": address.get("addressLine1"),
        "phone": address.get("phone"),
    }
    found = defaultdict(str, {name: text for name, text in texts.items() if text})
    return [(name, text) for name, text in found.items() if len(text) > 5]
