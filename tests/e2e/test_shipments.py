# SPDX-License-Identifier: LGPL-3.0-or-later
"""A user ships one order in two parcels, and Amazon's order says so."""

import pytest


@pytest.fixture(scope="module")
def delivery(stage):
    """A delivery of three units at least of an order that Odoo ships; its id."""
    companies = list(stage.companies.values())
    admin = stage.admin
    moves = admin.search_read(
        "stock.move",
        [
            ("sale_line_id.order_id.amazon_shipping", "=", "odoo"),
            ("state", "=", "assigned"),
            ("picking_id.picking_type_id.code", "=", "outgoing"),
            ("product_uom_qty", ">", 1),
        ],
        ["picking_id", "product_uom_qty"],
        context={"allowed_company_ids": companies},
        limit=1,
    )
    code = admin.find("amazon.carrier.code", ("code", "=", "BlueDart"))
    admin.call("amazon.carrier", "create", [{"code_id": code}])
    return moves[0]["picking_id"][0], moves[0]["product_uom_qty"]


def _ship(stage, picking, tracking, units=None):
    """Enter the number, take so many units of each product (all), and validate."""
    admin = stage.admin
    admin.call("stock.picking", "write", [picking], {"carrier_tracking_ref": tracking})
    moves = admin.search_read(
        "stock.move", [("picking_id", "=", picking)], ["product_uom_qty"]
    )
    for move in moves:
        quantity = move["product_uom_qty"] if units is None else units
        quantity = min(quantity, move["product_uom_qty"])
        admin.call(
            "stock.move", "write", [move["id"]], {"quantity": quantity, "picked": True}
        )
    context = {"skip_backorder": True, "skip_sms": True}
    assert admin.call("stock.picking", "button_validate", [picking], context=context)
    backorder = admin.search_read(
        "stock.picking", [("backorder_id", "=", picking)], ["id"]
    )
    return backorder[0]["id"] if backorder else None


def test_two_parcels_of_one_order(stage, delivery):
    """S43, S84, S128, S171: partly shipped, then shipped, within a minute each."""
    picking, _units = delivery
    sale = stage.admin.search_read(
        "stock.picking", [("id", "=", picking)], ["sale_id"]
    )[0]["sale_id"][0]
    number = stage.admin.search_read(
        "sale.order", [("id", "=", sale)], ["amazon_order_ref"]
    )[0]["amazon_order_ref"]

    def status():
        order = stage.amazon.control(f"orders/{number}")["order"]
        return order["fulfillment"]["fulfillmentStatus"], [
            package["trackingNumber"] for package in order.get("packages", [])
        ]

    rest = _ship(stage, picking, "PARCEL 1", units=1)
    stage.wait_until(
        lambda: status() == ("PARTIALLY_SHIPPED", ["PARCEL1"]), "the first parcel"
    )
    assert _ship(stage, rest, "PARCEL2") is None
    stage.wait_until(
        lambda: status() == ("SHIPPED", ["PARCEL1", "PARCEL2"]), "the second parcel"
    )
    states = stage.admin.search_read(
        "amazon.shipment", [("sale_order_id", "=", sale)], ["state"]
    )
    assert {row["state"] for row in states} <= {"sent", "confirmed"}
    assert len(states) == 2
