# SPDX-License-Identifier: LGPL-3.0-or-later
"""The orders that every way of importing gets, as Amazon's JSON and as plain values.

There are three blocks: a warm-up that does not count, and two of equal size, imported
into a database with few orders and into one that has the first block already.
"""

import time
from dataclasses import dataclass
from decimal import Decimal

from sp_api import Order, split_order
from sp_api.proceeds import read_order
from sp_api_simulator import Simulator

from . import mixture

SELLER = "IN"
WARM_UP = 100
DAY = 86_400.0
# (name, days ago it ends, days it spans); none overlaps another, all are older than
# what the simulator's search holds back.
_BLOCKS = (("warm-up", 24, 4), ("few", 12, 11), ("many", 0, 11))


@dataclass(frozen=True)
class Block:
    """`orders` is Amazon's JSON, `values` what the other ways read, `start` when the
    first order was placed (epoch seconds)."""

    name: str
    orders: list
    values: list
    start: float


def make_simulator():
    """Amazon without its rate limits and without delay: our work is to be timed."""
    simulator = Simulator(models=False, lag=(0.0, 0.0), header_absent=0.0)
    simulator.seed_scenario("plain", orders=0)
    for operation in ("searchOrders", "getOrder"):
        simulator.quotas.set_plan(operation, rate=1000, burst=1000)
    return simulator


def products(simulator):
    """What the seller sells and Odoo is to have."""
    return [
        product
        for product in simulator.products()
        if product["seller"] == SELLER and product["in_odoo"]
    ]


def make_blocks(count):
    """The blocks of a run, oldest first.

    :param int count: orders in each block that counts
    """
    now = time.time()
    blocks = []
    for seed, (name, ended, days) in enumerate(_BLOCKS, 1):
        end = now - ended * DAY
        size = WARM_UP if name == "warm-up" else count
        blocks.append(make_block(name, size, end, days, seed))
    return blocks


def make_block(name, count, end, days, seed):
    """Orders of all kinds that were placed in the days before `end`."""
    simulator = Simulator(start=end, models=False)
    simulator.seed_scenario("plain", orders=0)
    orders = mixture.orders(simulator.sellers[SELLER], count, end, days, seed)
    return Block(name, orders, [_values(o) for o in orders], end - days * DAY)


def _values(raw):
    """One order as a connector without a schema of its own would carry it."""
    order = Order.from_json(split_order(raw)[0])
    items = {item.order_item_id: item for item in order.items}
    address = raw["recipient"]["deliveryAddress"]
    return {
        "number": order.order_id,
        "placed": f"{order.created_time:%Y-%m-%d %H:%M:%S}",
        "ship_by": f"{order.ship_by.latest:%Y-%m-%d %H:%M:%S}",
        "shipped_from": _shipped_from(order),
        "buyer": {
            "name": address["name"],
            # Amazon tells none for the orders it ships itself
            "email": raw["buyer"].get("buyerEmail", ""),
            "phone": address["phone"],
            "street": address["addressLine1"],
            "city": address["city"],
            "zip": address["postalCode"],
            "state": address["stateOrRegion"],
        },
        "lines": [
            {
                "charge": charge.kind,
                "sku": items[reading.order_item_id].seller_sku,
                "title": items[reading.order_item_id].title,
                "quantity": items[reading.order_item_id].quantity_ordered
                if charge.kind == "item"
                else 1,
                "net": float(charge.net),
                "tax": float(charge.tax),
            }
            for reading in read_order(order, prices_include_tax=True).items
            for charge in reading.charges
        ],
    }


def _shipped_from(order):
    """A key of `Shop.locations`, None for what the warehouse is to ship."""
    if order.fulfillment_status != "SHIPPED":
        return None
    return "amazon" if order.fulfilled_by == "AMAZON" else "outside"


def expected(values):
    """What must come out of an import, see `worker`."""
    items = [
        (order["shipped_from"], line)
        for order in values
        for line in order["lines"]
        if line["charge"] == "item"
    ]
    return {
        "orders": len(values),
        "confirmed": len(values),
        "lines": sum(len(order["lines"]) for order in values),
        "total": total(values),
        "pickings": sum(not order["shipped_from"] for order in values),
        "reserved": sum(not source for source, _line in items),
        "delivered": sum(line["quantity"] for source, line in items if source),
    }


def total(values):
    """What Amazon charged for these orders together, as text."""
    amounts = (
        Decimal(str(line["net"])) + Decimal(str(line["tax"]))
        for order in values
        for line in order["lines"]
    )
    return f"{sum(amounts):.2f}"
