# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whatever the control is sent, it answers, and what was there stays usable."""

import pytest
import requests
from contract.test_simulator_support import make_order

PLACE = {"key": "IN", "region": "eu", "marketplace_ids": ["A21TJRUUN4KGV"]}
PATHS = (
    "/orders",
    "/orders/place",
    "/orders/403-0000000-0000001/ship",
    "/orders/403-0000000-0000001/package",
    "/orders/403-0000000-0000001/cancel",
    "/orders/403-0000000-0000001/cancel-request",
    "/orders/403-0000000-0000001/update",
    "/orders/403-0000000-0000001/tip",
    "/seed",
    "/clock",
    "/roles",
    "/refused",
    "/quotas",
    "/reports",
    "/faults",
    "/sellers",
    "/listings",
    "/listings/update?seller=IN&sku=A",
    "/lwa",
    "/feeds",
    "/stock",
    "/stock/reject",
    "/stock/accept",
    "/shipping",
    "/fba",
)
BODIES = (
    b"{",
    b"\xff\xfe",
    b"[]",
    b'"text"',
    b"17",
    b"null",
    b'{"seller": NaN}',
    b'{"seller": [], "orders": 3, "listings": {}, "items": 7, "key": {}}',
    b'{"seller": "IN", "orders": [7], "listings": [7], "items": [], "sku": []}',
    b'{"seller": "IN", "orders": [{}], "listings": [{}], "values": [{}]}',
    b'{"seller": "IN", "orders": -1e30, "listings": null, "roles": 7}',
    b'{"scenario": [], "orders": {}}',
    b'{"factor": 1e300}',
    b'{"advance": 1e18}',
    b'{"now": 5}',
    b'{"delay_seconds": "soon", "gzip": "no", "lag": "x"}',
    b'{"kind": "slow", "seconds": "long"}',
    b'{"kind": "error", "status": "bad"}',
    b'{"operation": "x", "rate": "fast", "burst": {}}',
    b'{"overdue_days": {}}',
)


@pytest.mark.parametrize("path", PATHS)
def test_any_body_is_answered(simulator, control, path):
    control("POST", "/sellers", PLACE)
    control("POST", "/orders", {"seller": "IN", "orders": [make_order()]})
    control("POST", "/listings", {"seller": "IN", "listings": [{"seller_sku": "A"}]})
    for body in BODIES:
        url = f"{simulator.url}/_control{path}"
        answer = requests.post(url, data=body, timeout=60)
        assert answer.status_code in (200, 400, 404, 409), (body, answer.text)
        if answer.status_code != 200:
            assert answer.json()["error"], body
        for place in ("/state", "/orders", "/listings?seller=IN", "/faults"):
            assert control("GET", place)[0] == 200, (body, place)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "abc"),
        ("price", "NaN"),
        ("price", 9.5),
        ("price", None),
        ("quantity", "3"),
        ("quantity", -1),
        ("quantity", True),
        ("quantity", 1.5),
        ("title", None),
        ("title", 7),
        ("seller_sku", ""),
        ("seller_sku", ["A"]),
        ("marketplace_id", "NOWHERE"),
        ("marketplace_id", {}),
        ("fulfilled_by", "SOMEBODY"),
        ("created", "2026-01-01"),
        ("handling_days", "two"),
        ("issues", "bad"),
        ("issues", [7]),
        ("issues", [{"words": "x"}]),
        ("variation", [["SIZE"]]),
        ("variation", [["SIZE", 7]]),
        ("submitted", [7]),
        ("attributes", []),
        ("barcode_type", "XYZ"),
        ("tax_percent", "many"),
        ("b2b_price", {}),
        ("closed", "yes"),
        ("nonsense", 1),
    ],
)
def test_a_bad_listing_is_refused_with_its_reason(stall, india, control, field, value):
    """And nothing of it stays: the seller's listings can still be read."""
    listing = {"seller_sku": "A", field: value}
    status, answer = control(
        "POST", "/listings", {"seller": "IN", "listings": [listing]}
    )
    assert status == 400
    assert answer["error"]
    assert control("GET", "/listings", seller="IN") == (200, {"listings": []})
    seller = stall.caller.simulator.sellers["IN"].merchant_token
    path = f"/listings/2021-08-01/items/{seller}?marketplaceIds=A21TJRUUN4KGV"
    assert india.get(path).status_code == 200


def test_halves_of_characters_travel(control):
    control("POST", "/sellers", PLACE)
    listing = {"seller_sku": "A", "title": "Tea \ud83d"}
    status, answer = control(
        "POST", "/listings", {"seller": "IN", "listings": [listing]}
    )
    assert status == 200
    assert answer["listings"][0]["title"] == "Tea \ud83d"


def test_whole_numbers_with_exponents(simulator, control):
    """As Java writes them: in bodies, and in amounts, which are texts."""
    control("POST", "/sellers", PLACE)
    url = f"{simulator.url}/_control/listings"
    body = b'{"seller": "IN", "listings": [{"seller_sku": "A", "quantity": 2E+1}]}'
    answer = requests.post(url, data=body, timeout=60)
    assert answer.json()["listings"][0]["quantity"] == 20
    order = make_order()
    money = {"amount": "1.2E+2", "currencyCode": "INR"}
    order["orderItems"][0]["proceeds"] = {
        "proceedsTotal": money,
        "breakdowns": [{"type": "ITEM", "subtotal": money}],
    }
    status, _answer = control("POST", "/orders", {"seller": "IN", "orders": [order]})
    assert status == 200
    [stored] = simulator.truth("IN")
    assert stored["orderItems"][0]["proceeds"]["proceedsTotal"]["amount"] == "1.2E+2"


def test_a_patch_with_exponents(stall):
    stall.caller.simulator.put_listing("IN", "A")
    stall.caller.simulator.set_stock(lag=(0, 0))
    body = (
        b'{"productType": "PRODUCT", "patches": [{"op": "merge", "path":'
        b' "/attributes/fulfillment_availability", "value":'
        b' [{"fulfillment_channel_code": "DEFAULT", "quantity": 7E0}]}]}'
    )
    caller, seller = stall.caller, stall.caller.simulator.sellers["IN"].merchant_token
    caller.token = caller.login().json()["access_token"]
    answer = requests.patch(
        f"{caller.base}/listings/2021-08-01/items/{seller}/A",
        params={"marketplaceIds": "A21TJRUUN4KGV"},
        data=body,
        headers={
            "x-amz-access-token": caller.token,
            "User-Agent": caller.agent,
            "Content-Type": "application/json",
        },
        timeout=60,
    )
    assert answer.json()["status"] == "ACCEPTED", answer.text
    assert stall.caller.simulator.get_quantity("IN", "A") == 7
