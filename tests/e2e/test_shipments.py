# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a user ships and cancels, and what is left to Amazon: its orders say so."""

import copy

import pytest

from . import chromium

SELLER = "IN"
EASY_SHIP = "403-8888888-0000001"
UNWANTED = "403-8888888-0000002"
BY_AMAZON = "403-8888888-0000003"


@pytest.fixture(scope="module")
def shop(stage):
    """A carrier that Amazon knows, and more orders: one of Easy Ship, one unwanted, one
    that Amazon has shipped itself."""
    admin = stage.admin
    code = admin.find("amazon.carrier.code", ("code", "=", "BlueDart"))
    row = {"code_id": code, "company_id": False}
    admin.call("amazon.carrier", "create", [row])
    sale = admin.search_read(
        "sale.order",
        [
            ("amazon_shipping", "=", "odoo"),
            ("state", "=", "sale"),
            ("company_id", "=", stage.companies[SELLER]),
            ("amazon_order_id.fulfillment_status", "=", "UNSHIPPED"),
            ("amazon_order_id.programs", "=", False),
        ],
        ["amazon_order_ref"],
        context=_everywhere(stage),
        limit=1,
    )[0]
    known = stage.amazon.control(f"orders/{sale['amazon_order_ref']}")["order"]
    orders = []
    for number, programs in ((EASY_SHIP, ["AMAZON_EASY_SHIP"]), (UNWANTED, [])):
        order = {**copy.deepcopy(known), "orderId": number, "programs": programs}
        for name in ("createdTime", "lastUpdatedTime"):
            del order[name]
        orders.append(order)
    orders.append({**copy.deepcopy(orders[-1]), "orderId": BY_AMAZON})
    orders[-1]["fulfillment"]["fulfilledBy"] = "AMAZON"
    stage.amazon.control("orders", {"seller": SELLER, "orders": orders})
    stage.amazon.control(f"orders/{BY_AMAZON}/ship", {})
    # Amazon shows new orders after two to three minutes.
    stage.amazon.control("clock", {"advance": 300})
    stage.sync()
    return stage


@pytest.fixture(scope="module")
def browser(stage):
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    with chromium.Browser(program) as opened:
        opened.resize(1366, 860)
        opened.log_in(stage.odoo.url, companies=stage.companies.values())
        yield opened


def _everywhere(stage):
    return {"allowed_company_ids": list(stage.companies.values())}


def _find_delivery(stage, *domain):
    """The first open delivery whose moves are so: its id, and its sales order's."""
    move = stage.admin.search_read(
        "stock.move",
        [
            ("sale_line_id.order_id.amazon_shipping", "=", "odoo"),
            ("state", "in", ["assigned", "partially_available", "confirmed"]),
            ("picking_id.picking_type_id.code", "=", "outgoing"),
            *domain,
        ],
        ["picking_id"],
        context=_everywhere(stage),
        limit=1,
    )[0]
    picking = move["picking_id"][0]
    sale = stage.admin.call("stock.picking", "read", [picking], ["sale_id"])[0]
    return picking, sale["sale_id"][0]


def _take_one_of_each(stage, picking):
    moves = stage.admin.search_read(
        "stock.move", [("picking_id", "=", picking)], ["id"]
    )
    for move in moves:
        stage.admin.call(
            "stock.move", "write", [move["id"]], {"quantity": 1, "picked": True}
        )


def _validate(stage, browser, picking, tracking=None):
    """Open the delivery, type its number, press Validate; returns the back order."""
    browser.open(f"{stage.odoo.url}/odoo/m-stock.picking/{picking}")
    if tracking:
        browser.click(".o_notebook .nav-link", "Additional Info")
        browser.type("[name=carrier_tracking_ref] input", tracking)
    browser.click("button[name=button_validate]")

    def is_done():
        # At once: the dialog is gone as soon as Odoo has answered.
        browser.evaluate(
            "document.querySelector('.modal [name=process]:not(:disabled)')?.click()"
        )
        read = stage.admin.call("stock.picking", "read", [picking], ["state"])
        return read[0]["state"] == "done"

    stage.wait_until(is_done, f"delivery {picking}")
    rest = stage.admin.search_read(
        "stock.picking",
        [("backorder_id", "=", picking)],
        ["id"],
        context=_everywhere(stage),
    )
    return rest[0]["id"] if rest else None


def _at_amazon(stage, number):
    order = stage.amazon.control(f"orders/{number}")["order"]
    parcels = [package["trackingNumber"] for package in order.get("packages", [])]
    return order["fulfillment"]["fulfillmentStatus"], parcels


def _states(stage, model, sale):
    rows = stage.admin.search_read(
        model,
        [("sale_order_id", "=", sale)],
        ["state"],
        context=_everywhere(stage),
    )
    return {row["state"] for row in rows}


def test_two_parcels_of_one_order(shop, browser):
    """S43, S84, S128, S171: partly shipped, then shipped, within a minute each."""
    picking, sale = _find_delivery(
        shop,
        ("product_uom_qty", ">", 1),
        ("state", "=", "assigned"),
        ("sale_line_id.order_id.amazon_order_ref", "not in", [EASY_SHIP, UNWANTED]),
        ("sale_line_id.order_id.amazon_order_id.programs", "=", False),
    )
    read = shop.admin.call("sale.order", "read", [sale], ["amazon_order_ref"])
    number = read[0]["amazon_order_ref"]
    _take_one_of_each(shop, picking)
    rest = _validate(shop, browser, picking, "PARCEL 1")
    shop.wait_until(
        lambda: _at_amazon(shop, number) == ("PARTIALLY_SHIPPED", ["PARCEL1"]),
        "the first parcel",
    )
    assert _validate(shop, browser, rest, "PARCEL2") is None
    shop.wait_until(
        lambda: _at_amazon(shop, number) == ("SHIPPED", ["PARCEL1", "PARCEL2"]),
        "the second parcel",
    )
    assert _states(shop, "amazon.shipment", sale) <= {"sent", "confirmed"}


def test_cancelled_with_a_reason(shop, browser):
    """S173: Cancel, a reason, and Amazon's order is cancelled by the seller."""
    _picking, sale = _find_delivery(
        shop, ("sale_line_id.order_id.amazon_order_ref", "=", UNWANTED)
    )
    browser.open(f"{shop.odoo.url}/odoo/m-sale.order/{sale}")
    browser.click(".o_form_statusbar button[name=action_cancel]")
    browser.click(".modal .o_radio_item label", "Out of stock")
    browser.click(".modal button[name=action_apply]", "Cancel the Order")
    submitted = [
        ("order_id.order_number", "=", UNWANTED),
        ("feed_id.feed_number", "!=", False),
    ]
    shop.wait_until(
        lambda: shop.admin.search_read(
            "amazon.cancellation", submitted, ["id"], context=_everywhere(shop)
        ),
        "the feed",
    )
    # Amazon works feeds off in its own time.
    shop.amazon.control("clock", {"advance": 300})
    shop.wait_until(
        lambda: _at_amazon(shop, UNWANTED) == ("CANCELLED", []), "the cancellation"
    )
    order = shop.amazon.control(f"orders/{UNWANTED}")["order"]
    for item in order["orderItems"]:
        execution = item["cancellation"]["cancellationExecution"]
        assert execution == {"cancelledBy": "MERCHANT", "cancelReason": "NoInventory"}
    read = shop.admin.call("sale.order", "read", [sale], ["state"])
    assert read[0]["state"] == "cancel"


def test_easy_ship_is_left_to_amazon(shop, browser):
    """The delivery is validated without a number, and Amazon hears nothing."""
    picking, sale = _find_delivery(
        shop, ("sale_line_id.order_id.amazon_order_ref", "=", EASY_SHIP)
    )
    assert _validate(shop, browser, picking) is None
    assert _states(shop, "amazon.shipment", sale) == {"amazon"}
    assert _at_amazon(shop, EASY_SHIP) == ("UNSHIPPED", [])
    assert browser.errors == []


def test_amazons_own_shipments_leave_from_amazons_stock(shop):
    """S19: what Amazon ships leaves the FBA location, and no warehouse."""
    moves = shop.admin.search_read(
        "stock.move",
        [
            ("sale_line_id.order_id.amazon_order_ref", "=", BY_AMAZON),
            ("state", "=", "done"),
        ],
        ["location_id", "picking_id"],
        context=_everywhere(shop),
    )
    places = shop.admin.search_read(
        "amazon.account",
        [("company_id", "=", shop.companies[SELLER])],
        ["fba_location_id"],
        context=_everywhere(shop),
    )
    assert moves
    for move in moves:
        assert move["location_id"] == places[0]["fba_location_id"]
        assert not move["picking_id"]
    [place] = shop.admin.search_read(
        "stock.location",
        [("id", "=", moves[0]["location_id"][0])],
        ["warehouse_id"],
        context=_everywhere(shop),
    )
    assert not place["warehouse_id"]
