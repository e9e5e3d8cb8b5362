# SPDX-License-Identifier: LGPL-3.0-or-later
"""The control API over HTTP: settlements, see README.md.

In Python: ``settlement_control``.
"""

from dataclasses import asdict

from .clock import format_time


def _settings(simulator, _query, data):
    return asdict(simulator.set_settlements(**data))


def _list(simulator, query, _data):
    every = simulator.settlements_of(query["seller"])
    return {"settlements": [_shown(simulator, one) for one in every]}


def _close(simulator, _query, data):
    closed = simulator.close_settlement(data["seller"])
    return {"settlements": [_shown(simulator, one) for one in closed]}


def _shown(simulator, settlement):
    return {
        "settlement_id": settlement.settlement_id,
        "group_id": settlement.group_id,
        "report_id": settlement.report_id,
        "marketplace_id": settlement.marketplace_id,
        "start": format_time(settlement.start),
        "end": format_time(settlement.end),
        "currency": settlement.currency,
        "total": str(settlement.total),
        "reserve": str(settlement.reserve),
        "rows": len(settlement.rows),
        "payout": settlement.payout_history(simulator.clock.now())[-1][0],
    }


def _charge(simulator, _query, data):
    key, kind = data.pop("seller"), data.pop("kind")
    return _posted(simulator.charge_seller(key, kind, **data))


def _refund(simulator, _query, data, order_id):
    return _posted(simulator.refund_order(order_id, **data))


def _retrocharge(simulator, _query, data, order_id):
    return _posted(simulator.retrocharge_order(order_id, **data))


def _posted(posting):
    return {
        "kind": posting.kind,
        "order_id": posting.order_id,
        "total": str(posting.total),
        "rows": [
            [row.amount_type, row.description, str(row.amount)] for row in posting.rows
        ],
    }


def _fail(simulator, _query, data):
    return _shown(simulator, simulator.fail_payout(**data))


def _regenerate(simulator, _query, data):
    return {"report_id": simulator.regenerate_settlement(data["settlement_id"])}


_ORDER = r"/orders/(\d{3}-\d{7}-\d{7})"
ROUTES = (
    ("GET", "/settlements", _list),
    ("POST", "/settlements", _settings),
    ("POST", "/settlements/close", _close),
    ("POST", "/settlements/charge", _charge),
    ("POST", "/settlements/fail", _fail),
    ("POST", "/settlements/regenerate", _regenerate),
    ("POST", f"{_ORDER}/refund", _refund),
    ("POST", f"{_ORDER}/retrocharge", _retrocharge),
)
