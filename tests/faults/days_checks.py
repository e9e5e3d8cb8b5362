# SPDX-License-Identifier: LGPL-3.0-or-later
"""What must be true at the end of a random day."""

from collections import Counter, defaultdict
from decimal import Decimal

from sp_api_simulator.parcels import left


class Checks:
    """For a class that reads: `_read`, `read_inbox`, `_read_truth`, `read_listings`,
    `compute_wanted`; with `days`, `shop` and `sim`."""

    def check(self):
        """Everything that must be true when nothing is due any more."""
        problems = self.find_problems()
        assert not problems, "\n".join(["", *problems])

    def find_problems(self):
        """What is not true of it, as sentences."""
        return [
            *self._find_wrong_orders(),
            *self._find_wrong_parcels(),
            *self._find_wrong_cancellations(),
            *self._find_wrong_quantities(),
            *self._find_open_work(),
            *self._find_missing_reasons(),
            *self._find_leaks(),
        ]

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
            SELECT o.order_number AS number, item.order_item_id AS item,
                   FLOOR(SUM(move.quantity * moved.factor / sold.factor) + 0.001)
                    AS units
              FROM stock_move move
              JOIN sale_order_line line ON line.id = move.sale_line_id
              JOIN uom_uom moved ON moved.id = move.product_uom
              JOIN uom_uom sold ON sold.id = line.product_uom_id
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
            SELECT o.order_number AS number, item.order_item_id AS item,
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
        own = {
            (row["number"], str(row["id"]))
            for row in self._read(
                "SELECT parcel.id, o.order_number AS number"
                "  FROM amazon_shipment parcel"
                "  JOIN amazon_order o ON o.id = parcel.order_id"
                " WHERE parcel.account_id = %(account)s AND source = 'odoo'"
            )
        }
        packed, foreign, references = Counter(), Counter(), Counter()
        expected = Counter()
        for order in self.sim.truth(self.shop.key):
            if order["fulfillment"]["fulfilledBy"] != "MERCHANT":
                continue
            for item in order["orderItems"]:
                done = item.get("fulfillment", {}).get("quantityFulfilled", 0)
                expected[order["orderId"], item["orderItemId"]] += done + left(item)
            for package in order.get("packages", ()):
                reference = order["orderId"], package["packageReferenceId"]
                is_own = reference in own
                references[reference] += is_own
                for entry in package["packageItems"]:
                    key = order["orderId"], entry["orderItemId"]
                    (packed if is_own else foreign)[key] += entry["quantity"]
        for key in {*delivered, *packed, *foreign, *untold}:
            least = min(delivered[key], expected[key])
            own_units = packed[key] + untold[key]
            # What Amazon told of itself is tied to the delivery, if there is one.
            if own_units > delivered[key] or own_units + foreign[key] < least:
                yield (
                    f"{key}: {delivered[key]} delivered, {packed[key]} told Amazon, "
                    f"{foreign[key]} told by Amazon, {untold[key]} kept back"
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
            SELECT o.order_number AS number, row.state, row.reason,
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
        if waiting != self.read_inbox():
            yield f"the inbox holds {self.read_inbox()}, Amazon {waiting}"
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
            for name, value in personal(order):
                secrets[f"{name} of {order['orderId']}"] = value
        for name, value in secrets.items():
            if value in log:
                yield f"the log has the {name}"


def personal(order):
    """(what, text) of the buyer and the recipient, where it names one person."""
    buyer = order.get("buyer", {})
    address = order.get("recipient", {}).get("deliveryAddress", {})
    texts = {
        "buyer's name": buyer.get("buyerName"),
        "buyer's email": buyer.get("buyerEmail"),
        "recipient's name": address.get("name"),
        "street": address.get("addressLine1"),
        "phone": address.get("phone"),
    }
    found = defaultdict(str, {name: text for name, text in texts.items() if text})
    return [(name, text) for name, text in found.items() if len(text) > 5]
