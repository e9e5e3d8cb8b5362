# SPDX-License-Identifier: LGPL-3.0-or-later
"""The control API over HTTP: what is for sale and feeds, see README.md.

In Python: ``stock_control``, ``feed_control``.
"""

from collections import Counter
from dataclasses import asdict


def _stock(simulator, _query, data):
    return asdict(simulator.set_stock(**data))


def _quantity(simulator, query, _data):
    key = query["seller"], query["sku"], query.get("marketplace_id")
    return {"quantity": simulator.get_quantity(*key)}


def _pushes(simulator, query, _data):
    found = simulator.pushes(query.get("seller"), query.get("sku"))
    limit = int(query.get("limit", len(found)))
    return {
        "counts": Counter(push.seller_sku for push in found),
        "pushes": [
            {**push._asdict(), "quantity": push.quantity}
            for push in found[len(found) - limit :]
        ],
    }


def _reject(simulator, _query, data):
    simulator.reject_sku(
        data["seller"], data["sku"], data.get("issues"), bool(data.get("silent"))
    )
    return {}


def _accept(simulator, _query, data):
    simulator.accept_sku(data["seller"], data["sku"])
    return {}


def _place(simulator, _query, data):
    order_id = simulator.place_order(
        data["seller"],
        data["items"],
        data.get("marketplace_id"),
        data.get("status", "UNSHIPPED"),
    )
    return {"order_id": order_id}


def _feeds(simulator, _query, data):
    return asdict(simulator.set_feeds(**data))


def _feeds_of(simulator, query, _data):
    return {
        "feeds": [
            {
                "feed_id": feed.feed_id,
                "feed_type": feed.feed_type,
                "status": feed.status,
                "bytes": len(feed.document.content),
            }
            for feed in simulator.feeds_of(query["seller"])
        ]
    }


def _release(simulator, _query, _data):
    return {"released": simulator.release_feeds()}


ROUTES = (
    ("GET", "/feeds", _feeds_of),
    ("POST", "/feeds", _feeds),
    ("POST", "/feeds/release", _release),
    ("GET", "/stock", _stock),
    ("POST", "/stock", _stock),
    ("GET", "/stock/quantity", _quantity),
    ("GET", "/stock/pushes", _pushes),
    ("POST", "/stock/reject", _reject),
    ("POST", "/stock/accept", _accept),
    ("POST", "/orders/place", _place),
)
