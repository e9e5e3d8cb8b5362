# SPDX-License-Identifier: LGPL-3.0-or-later
"""The control API over HTTP: parcels, deadlines, FBA stock, see README.md.

In Python: ``shipping_control``.
"""

from dataclasses import asdict


def _package(simulator, _query, data, order_id):
    return {"order": simulator.move_package(order_id, **data)}


def _request_cancellation(simulator, _query, data, order_id):
    return {"order": simulator.request_cancellation(order_id, **data)}


def _shipping(simulator, _query, data):
    return simulator.set_shipping(data["overdue_days"])


def _get_fba(simulator, query, _data):
    found = simulator.fba_stock(query["seller"], query.get("marketplace_id"))
    return {"holdings": [_shown(holding) for holding in found]}


def _post_fba(simulator, _query, data):
    key, place = data.pop("seller"), data.pop("marketplace_id", None)
    return _shown(simulator.set_fba_stock(key, data.pop("sku"), place, **data))


def _shown(holding):
    return {**asdict(holding), "reserved": holding.reserved, "total": holding.total}


_ORDER = r"/orders/(\d{3}-\d{7}-\d{7})"
ROUTES = (
    ("POST", f"{_ORDER}/package", _package),
    ("POST", f"{_ORDER}/cancel-request", _request_cancellation),
    ("POST", "/shipping", _shipping),
    ("GET", "/fba", _get_fba),
    ("POST", "/fba", _post_fba),
)
