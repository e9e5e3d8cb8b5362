# SPDX-License-Identifier: LGPL-3.0-or-later
"""A day's parcels at the shipping desk, with the clicks counted."""

import copy

import pytest

from . import chromium
from .stopwatch import AT_MOST

SELLER = "IN"
# Whose carriers come first.
MARKETPLACE = "A21TJRUUN4KGV"
MANY = 60
ONE_BY_ONE = 5


# Where there is no program that makes PDFs, the slip is shown in place of the desk.
_PRINT_NOTHING = """(() => {
    const open = XMLHttpRequest.prototype.open;
    XMLHttpRequest.prototype.open = function (method, url, ...rest) {
        const isSlip = url.includes("action_amazon_print_slips");
        return open.call(this, method, isSlip ? "/web/session/check" : url, ...rest);
    };
})()"""


class Scanning(chromium.Browser):
    """With a barcode scanner."""

    def scan(self, code):
        """As a scanner does: the code, then Enter."""
        self.type(".o_amazon_scanner input", code)
        self.evaluate("document.querySelector('.o_amazon_scanner input').focus()")
        self.press_enter()


@pytest.fixture(scope="module")
def shop(stage):
    """Many more orders of one unit each, with stock for all of them."""
    known = _find_order(stage)
    orders = [_copy(known, number) for number in range(MANY + ONE_BY_ONE + 1)]
    stage.amazon.control("orders", {"seller": SELLER, "orders": orders})
    stage.amazon.control("clock", {"advance": 300})
    stage.sync()
    stage.numbers = [order["orderId"] for order in orders]
    _stock_up(stage)
    return stage


def _find_order(stage):
    sales = stage.admin.search_read(
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
    )
    orders = [
        stage.amazon.control(f"orders/{sale['amazon_order_ref']}")["order"]
        for sale in sales
    ]
    here = [o for o in orders if o["salesChannel"]["marketplaceId"] == MARKETPLACE]
    return min(here, key=lambda order: len(order["orderItems"]))


def _copy(known, number):
    order = {**copy.deepcopy(known), "orderId": f"403-7777777-{number:07d}"}
    for name in ("createdTime", "lastUpdatedTime"):
        del order[name]
    return order


def _stock_up(stage):
    moves = stage.admin.search_read(
        "stock.move",
        [("picking_id.amazon_order_number", "in", stage.numbers)],
        ["product_id", "location_id", "picking_id"],
        context=_everywhere(stage),
    )
    context = {**_everywhere(stage), "inventory_mode": True}
    places = {(m["product_id"][0], m["location_id"][0]) for m in moves}
    quants = stage.admin.call(
        "stock.quant",
        "create",
        [
            {"product_id": product, "location_id": place, "inventory_quantity": 5000}
            for product, place in places
        ],
        context=context,
    )
    stage.admin.call("stock.quant", "action_apply_inventory", quants, context=context)
    pickings = list({move["picking_id"][0] for move in moves})
    stage.admin.call("stock.picking", "action_assign", pickings, context=context)


@pytest.fixture(scope="module")
def browser(stage):
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    with Scanning(program) as opened:
        opened.resize(1366, 860)
        opened.log_in(stage.odoo.url, companies=stage.companies.values())
        yield opened


def _everywhere(stage):
    return {"allowed_company_ids": list(stage.companies.values())}


def _read(stage, numbers, *fields):
    return stage.admin.search_read(
        "stock.picking",
        [("amazon_order_number", "in", numbers)],
        ["amazon_order_number", "state", "carrier_tracking_ref", *fields],
        context=_everywhere(stage),
    )


def _find_told(shop, number):
    """The parcels that Odoo told Amazon of before, in the marketplace of an order."""
    context = _everywhere(shop)
    [order] = shop.admin.search_read(
        "amazon.order", [("order_number", "=", number)], ["channel_id"], context=context
    )
    told = [("channel_id", "=", order["channel_id"][0]), ("source", "=", "odoo")]
    return shop.admin.call("amazon.shipment", "search", told, context=context)


def _open_desk(shop, browser, search=""):
    browser.open(f"{shop.odoo.url}/odoo/amazon-desk")
    browser.wait_for("document.querySelector('.o_list_view .o_data_row')")
    browser.clicks = 0
    if search:
        browser.type(".o_searchview_input", search)
        browser.evaluate("document.querySelector('.o_searchview_input').focus()")
        browser.press_enter()
        browser.wait_for(
            "[...document.querySelectorAll('.o_data_row')]"
            f".every(row => row.innerText.includes({search!r}))"
        )


def test_one_after_the_other(shop, browser):
    """One click per order: after Validate the next delivery of the desk opens."""
    numbers = shop.numbers[MANY : MANY + ONE_BY_ONE]
    asked = not _find_told(shop, numbers[0])
    # What these have in common, and no other: all but the last digit.
    _open_desk(shop, browser, numbers[0][:-1])
    browser.click(".o_data_row .o_data_cell[name=amazon_items]")
    for place in range(ONE_BY_ONE):
        here = f"document.querySelector('.o_pager_value')?.innerText === '{place + 1}'"
        browser.wait_for(here)
        browser.wait_for(
            "document.activeElement.closest('[name=carrier_tracking_ref]')"
        )
        browser.send("Input.insertText", text=f"ONE{place}")
        browser.click("button[name=button_validate]")
        if place or not asked:
            continue
        # Asked for once; from then on the last choice comes with the number.
        browser.click(".modal [name=carrier_code_id] input")
        browser.click(".o-autocomplete--dropdown-item", "Blue Dart")
        browser.click(".modal button[name=action_complete]")
    shop.wait_until(
        lambda: {row["state"] for row in _read(shop, numbers)} == {"done"},
        "all of them",
    )
    each = AT_MOST["Ship one order after the other, each"]
    # One opens the first; who is asked for the carrier answers with three.
    assert browser.clicks <= 1 + ONE_BY_ONE * each + (3 if asked else 0)
    assert browser.errors == []


def test_sixty_orders_in_a_few_clicks(shop, browser, tmp_path):
    """S171: a day of parcels with one file; all of them are told."""
    numbers = shop.numbers[:MANY]
    path = tmp_path / "tracking.csv"
    rows = [f"{number},Blue Dart,AWB{number[-4:]}" for number in numbers]
    path.write_text("\n".join(["Order,Carrier,Tracking", *rows]))
    _open_desk(shop, browser)
    browser.click("button", "Tracking from File")
    browser.wait_for("document.querySelector('.modal input[type=file]')")
    document = browser.send("DOM.getDocument")["root"]["nodeId"]
    field = browser.send(
        "DOM.querySelector", nodeId=document, selector=".modal input[type=file]"
    )["nodeId"]
    browser.send("DOM.setFileInputFiles", files=[str(path)], nodeId=field)
    browser.clicks += 1
    browser.click(".modal button[name=action_apply_and_validate]")
    shop.wait_until(
        lambda: {row["state"] for row in _read(shop, numbers)} == {"done"},
        f"{MANY} deliveries",
        300,
    )
    assert browser.clicks <= AT_MOST["Ship 60 orders with a file of tracking numbers"]
    told = {row["amazon_order_number"]: row for row in _read(shop, numbers)}
    assert told[numbers[7]]["carrier_tracking_ref"] == "AWB0007"
    assert browser.errors == []


def _find_carrier(shop):
    return shop.admin.find("amazon.carrier.code", ("code", "=", "BlueDart"))


def test_scanner(shop, browser):
    """Order, products, order again: without a click."""
    number = shop.numbers[-1]
    [picking] = _read(shop, [number])
    shop.admin.call(
        "stock.picking",
        "write",
        [picking["id"]],
        {
            "carrier_tracking_ref": "SCAN1",
            "amazon_carrier_code_id": _find_carrier(shop),
        },
        context=_everywhere(shop),
    )
    found = shop.admin.call(
        "stock.picking", "amazon_find_scanned", number, context=_everywhere(shop)
    )
    _open_desk(shop, browser)
    browser.scan(number)
    browser.wait_for("document.querySelector('.o_amazon_scanner strong')")
    browser.scan("NO SUCH PRODUCT")
    browser.wait_for("document.querySelector('.o_amazon_scanner [role=alert]')")
    browser.evaluate(_PRINT_NOTHING)
    for item in found["items"]:
        for _unit in range(int(item["units"])):
            browser.scan(item["codes"][0])
    browser.wait_for("document.querySelector('.o_amazon_scan_validate')")
    browser.scan(number)
    told = "[...document.querySelectorAll('.o_notification')]"
    browser.wait_for(f"{told}.some(one => one.innerText.includes({found['name']!r}))")
    assert browser.clicks == 0
