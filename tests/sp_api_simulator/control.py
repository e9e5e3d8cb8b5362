# SPDX-License-Identifier: LGPL-3.0-or-later
"""The control API under /_control/: HTTP and JSON, see README.md."""

import re
from dataclasses import asdict

from . import faults, settlement_http, shipping_http, stock_http, tax_control
from .changes import Refused
from .clock import format_time, parse_time
from .messages import Answer, ApiError
from .money import TaxStyle

SECRET_PARAMETERS = ("code", "client_secret", "refresh_token", "access_token")


def handle_control(simulator, request):
    """Answer a control request; 400 with a sentence when it makes no sense."""
    for method, pattern, handler in ROUTES:
        match = re.fullmatch(pattern, request.path)
        if match and method == request.method:
            return _run(handler, simulator, request, match.groups())
    return Answer(404, {"error": f"No control {request.method} {request.path}"})


def _run(handler, simulator, request, arguments):
    try:
        query, data = request.query(), request.json()
        if not isinstance(data, dict):
            raise ValueError("The body is no JSON object")
        with simulator.lock:
            simulator.settle()
            return Answer(200, handler(simulator, query, data, *arguments))
    except KeyError as error:
        return Answer(404, {"error": f"Unknown or missing: {error.args[0]}"})
    except Refused as error:
        return Answer(409, {"error": str(error)})
    except ApiError as error:
        return Answer(400, {"error": error.details or error.message})
    except (
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        LookupError,
        RecursionError,
    ) as error:
        return Answer(400, {"error": str(error) or type(error).__name__})


def _post_orders(simulator, _query, data):
    versions = simulator.put_orders(
        data["seller"], data["orders"], data.get("check", True)
    )
    return {"stored": [version.order_id for version in versions]}


def _get_orders(simulator, query, _data):
    every = simulator.truth(query.get("seller"))
    if "status" in query:
        every = [order for order in every if _status(order) == query["status"]]
    offset, limit = int(query.get("offset", 0)), int(query.get("limit", len(every)))
    return {"total": len(every), "orders": every[offset : offset + limit]}


def _status(order):
    return order.get("fulfillment", {}).get("fulfillmentStatus")


def _get_order(simulator, _query, _data, order_id):
    seller, version = simulator.find_order(order_id)
    return {"seller": seller.key, "order": version.data}


def _ship(simulator, _query, data, order_id):
    return {"order": simulator.ship_order(order_id, **data)}


def _cancel(simulator, _query, data, order_id):
    return {"order": simulator.cancel_order(order_id, **data)}


def _update(simulator, query, data, order_id):
    check = query.get("check", "1") != "0"
    return {"order": simulator.update_order(order_id, data, check)}


def _tip(simulator, _query, data, order_id):
    return {"order": simulator.finalize_tip(order_id, data["amount"])}


def _seed(simulator, _query, data):
    if "scenario" in data:
        name = data.pop("scenario")
        return {"orders": simulator.seed_scenario(name, **data)}
    key, count = data.pop("seller"), data.pop("orders")
    if "tax" in data:
        data["tax"] = TaxStyle(**data["tax"])
    return {"orders": {key: len(simulator.seed_orders(key, count, **data))}}


def _clock(simulator, _query, data):
    clock = simulator.clock
    if "factor" in data:
        clock.set_factor(data["factor"])
    if "advance" in data:
        clock.advance(float(data["advance"]))
    if "now" in data:
        clock.set_now(parse_time(data["now"]))
    return {"now": format_time(clock.now()), "factor": clock.factor}


def _get_roles(simulator, _query, _data):
    return {key: sorted(seller.roles) for key, seller in simulator.sellers.items()}


def _post_roles(simulator, _query, data):
    simulator.set_roles(data["seller"], data["roles"], data.get("coarse_address"))
    return _get_roles(simulator, {}, {})


def _post_refused(simulator, _query, data):
    seller = simulator.sellers[data["seller"]]
    seller.refused_data = set(data["values"])
    return {"seller": seller.key, "values": sorted(seller.refused_data)}


def _get_quotas(simulator, _query, _data):
    quotas = simulator.quotas
    plans = {
        route.operation: dict(zip(("rate", "burst"), quotas.plan(route), strict=True))
        for route in simulator.routes.all
    }
    return {"enabled": quotas.enabled, "plans": plans, "buckets": quotas.state()}


def _post_quotas(simulator, _query, data):
    if "enabled" in data:
        simulator.quotas.enabled = bool(data["enabled"])
    if "header_absent" in data:
        simulator.quotas.header_absent = float(data["header_absent"])
    if "operation" in data:
        simulator.quotas.set_plan(data["operation"], data["rate"], data["burst"])
    return _get_quotas(simulator, {}, {})


def _reports(simulator, _query, data):
    return asdict(simulator.set_reports(**data))


def _get_faults(simulator, _query, _data):
    return {"faults": simulator.faults.state()}


def _post_faults(simulator, _query, data):
    return asdict(simulator.add_fault(**faults.from_json(data)))


def _delete_faults(simulator, query, _data):
    fault_id = query.get("id")
    simulator.faults.clear(None if fault_id is None else int(fault_id))
    return _get_faults(simulator, {}, {})


def _get_sellers(simulator, _query, _data):
    return {"sellers": [_seller(simulator, key) for key in simulator.sellers]}


def _post_sellers(simulator, _query, data):
    simulator.add_seller(**data)
    return _seller(simulator, data["key"])


def _seller(simulator, key):
    seller = simulator.sellers[key]
    return {
        **simulator.credentials(key),
        "company_name": seller.company_name,
        "country": seller.country,
        "state": seller.state,
        "gstins": seller.gstins,
        "marketplace_ids": seller.marketplace_ids,
        "roles": sorted(seller.roles),
        "refused_data": sorted(seller.refused_data),
        "orders": len(seller.orders),
    }


def _products(simulator, query, _data):
    every = simulator.products()
    key = query.get("seller")
    return {"products": [item for item in every if key in (None, item["seller"])]}


def _listings(simulator, query, _data):
    place, sku = query.get("marketplace_id"), query.get("sku")
    return _shown(simulator.listings(query["seller"], place, sku))


def _post_listings(simulator, _query, data):
    key = data["seller"]
    return _shown([simulator.put_listing(key, **fields) for fields in data["listings"]])


def _update_listing(simulator, query, data):
    return _shown(simulator.update_listing(*_listing_key(query), **data))


def _delete_listing(simulator, query, _data):
    return _shown(simulator.delete_listing(*_listing_key(query)))


def _listing_key(query):
    return query["seller"], query["sku"], query.get("marketplace_id")


def _shown(listings):
    return {"listings": [asdict(listing) for listing in listings]}


def _lwa(simulator, _query, data):
    """Act on a seller's authorisation: revoke, rotate, expire_secret, code, grants,
    reauthorise, redirect (register a redirect address), publish, expire_tokens."""
    seller, lwa = simulator.sellers[data["seller"]], simulator.lwa
    now, action = simulator.clock.now(), data["action"]
    if action == "revoke":
        lwa.revoke(seller.refresh_token)
    elif action == "reauthorise":
        lwa.revoke(seller.refresh_token)
        seller.refresh_token = lwa.authorise(
            seller.application_id, seller.merchant_token
        )
    elif action == "rotate":
        lwa.rotate_secret(seller.application_id, now)
    elif action == "expire_secret":
        lwa.expire_secrets(seller.application_id, now)
    elif action == "code":
        redirect_uri = data.get("redirect_uri", "")
        code = lwa.issue_code(
            seller.application_id, seller.merchant_token, redirect_uri, now
        )
        return {"code": code}
    elif action == "redirect":
        uris = lwa.applications[seller.application_id].redirect_uris
        uris.append(data["redirect_uri"])
    elif action == "publish":
        lwa.applications[seller.application_id].draft = False
    elif action == "grants":
        lwa.applications[seller.application_id].grants = set(data["grants"])
    elif action == "expire_tokens":
        lwa.access_tokens.clear()
    else:
        raise ValueError(f"Unknown action {action!r}")
    return simulator.credentials(seller.key)


def _calls(simulator, query, _data):
    calls = [
        {**call, "query": _without_secrets(call["query"])}
        for call in simulator.calls
        if query.get("operation") in (None, call["operation"])
        and query.get("seller") in (None, call["seller"])
    ]
    counters = [
        {"operation": key[0], "seller": key[1], "status": key[2], "count": count}
        for key, count in simulator.counters.items()
    ]
    limit = int(query.get("limit", len(calls)))
    return {"calls": calls[len(calls) - limit :], "counters": counters}


def _without_secrets(query):
    return {
        name: "***" if name in SECRET_PARAMETERS else value
        for name, value in query.items()
    }


def _clear_calls(simulator, _query, _data):
    simulator.calls.clear()
    simulator.counters.clear()
    return {}


def _reset(simulator, _query, _data):
    simulator.reset()
    return _state(simulator, {}, {})


def _state(simulator, _query, _data):
    return {
        "now": format_time(simulator.clock.now()),
        "factor": simulator.clock.factor,
        "seed": simulator.seed,
        "checked_against_models": simulator.models is not None,
        "sellers": {
            key: {"region": seller.region, "orders": len(seller.orders)}
            for key, seller in simulator.sellers.items()
        },
        "calls": sum(simulator.counters.values()),
        "faults": len(simulator.faults.state()),
    }


_ORDER = r"/orders/(\d{3}-\d{7}-\d{7})"
ROUTES = (
    ("POST", "/orders", _post_orders),
    ("GET", "/orders", _get_orders),
    ("GET", _ORDER, _get_order),
    ("POST", f"{_ORDER}/ship", _ship),
    ("POST", f"{_ORDER}/cancel", _cancel),
    ("POST", f"{_ORDER}/update", _update),
    ("POST", f"{_ORDER}/tip", _tip),
    ("POST", "/seed", _seed),
    ("GET", "/clock", _clock),
    ("POST", "/clock", _clock),
    ("GET", "/roles", _get_roles),
    ("POST", "/roles", _post_roles),
    ("POST", "/refused", _post_refused),
    ("GET", "/quotas", _get_quotas),
    ("POST", "/quotas", _post_quotas),
    ("GET", "/reports", _reports),
    ("POST", "/reports", _reports),
    ("GET", "/faults", _get_faults),
    ("POST", "/faults", _post_faults),
    ("DELETE", "/faults", _delete_faults),
    ("GET", "/sellers", _get_sellers),
    ("POST", "/sellers", _post_sellers),
    ("GET", "/products", _products),
    ("GET", "/listings", _listings),
    ("POST", "/listings", _post_listings),
    ("POST", "/listings/update", _update_listing),
    ("DELETE", "/listings", _delete_listing),
    ("POST", "/lwa", _lwa),
    ("GET", "/calls", _calls),
    ("DELETE", "/calls", _clear_calls),
    *stock_http.ROUTES,
    *shipping_http.ROUTES,
    *settlement_http.ROUTES,
    *tax_control.ROUTES,
    ("POST", "/reset", _reset),
    ("GET", "/state", _state),
)
