# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a user sees: log in, open the Amazon app, see the orders; desktop and phone."""

import pytest
from pieces import paths

from . import chromium

DESKTOP, PHONE = (1366, 860), (390, 844)
ROWS = ".o_data_row, .o_kanban_record:not(.o_kanban_ghost)"


@pytest.fixture(scope="module")
def browser(stage):
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    with chromium.Browser(program) as opened:
        opened.resize(*DESKTOP)
        opened.log_in(stage.odoo.url)
        yield opened


@pytest.mark.parametrize("width, height", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_orders_are_listed(stage, browser, width, height):
    """S2: the menu Amazon > Orders shows rows, and the page logs no error."""
    menu = stage.admin.search_read(
        "ir.ui.menu",
        [("name", "=", "Orders"), ("parent_id.name", "=", "Amazon")],
        ["action"],
        limit=1,
    )[0]
    action = menu["action"].partition(",")[2]
    browser.errors.clear()
    browser.resize(width, height, mobile=width < 600)
    browser.open(f"{stage.odoo.url}/odoo/action-{action}")
    browser.wait_for(f"document.querySelectorAll({ROWS!r}).length")
    browser.picture(paths.cache("screenshots") / f"e2e-orders-{width}.png")
    assert "Amazon" in browser.evaluate("document.body.innerText")
    assert browser.errors == []


@pytest.mark.parametrize("width, height", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_buyers_data_have_a_page(stage, browser, width, height):
    """S2, S174: the account says what is kept, until when, and what was deleted."""
    browser.errors.clear()
    browser.resize(width, height, mobile=width < 600)
    browser.open(f"{stage.odoo.url}/odoo/amazon-accounts/{stage.accounts[0]}")
    browser.click(".nav-link[name=buyers]")
    browser.wait_for("document.querySelector('[name=buyer_data_count]')")
    browser.picture(paths.cache("screenshots") / f"e2e-buyers-{width}.png")
    days = "document.querySelector('[name=buyer_data_days] input').value"
    assert browser.evaluate(days) == "28"
    assert browser.errors == []


# What Odoo would do after two minutes waits to be called.
CATCH_TWO_MINUTES = """
    (() => {
        const { browser } = odoo.loader.modules.get("@web/core/browser/browser");
        const wait = browser.setTimeout;
        browser.setTimeout = (act, time, ...more) => {
            if (time === 120000) window.afterTwoMinutes = act;
            return wait(act, time, ...more);
        };
    })()
"""


@pytest.mark.parametrize("width, height", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_buyers_data_are_shown_on_demand(stage, browser, width, height):
    """S105: the contact is masked; one press shows who it is, and is logged; the dialog
    closes itself."""
    group = stage.admin.search_read(
        "ir.model.data",
        [("module", "=", "amazon_connector"), ("name", "=", "group_buyer_data")],
        ["res_id"],
    )[0]["res_id"]
    me = stage.admin.search_read("res.users", [("login", "=", "admin")], ["id"])[0]
    stage.admin.call("res.users", "write", [me["id"]], {"group_ids": [(4, group)]})
    sale = stage.admin.search_read(
        "sale.order",
        [("amazon_order_id", "!=", False), ("amazon_shipping", "=", "odoo")],
        ["amazon_order_ref"],
        limit=1,
    )[0]
    browser.resize(width, height, mobile=width < 600)
    browser.open(f"{stage.odoo.url}/odoo/sales/{sale['id']}")
    browser.wait_for("document.querySelector('.o_form_view')")
    assert "Customer" in browser.text()
    browser.evaluate(CATCH_TWO_MINUTES)
    logged = [("amazon_order_ref", "=", sale["amazon_order_ref"])]
    before = len(stage.admin.search_read("amazon.access.log", logged, ["kind"]))
    if width < 600:
        browser.click(".o-form-buttonbox .o_button_more, .o_cp_action_menus .fa-bolt")
    browser.click("button", "Show Buyer's Data")
    browser.wait_for("document.querySelector('.o_amazon_buyer_data .btn')")
    assert "Postal code" in browser.text()
    browser.picture(paths.cache("screenshots") / f"e2e-buyer-{width}.png")
    rows = stage.admin.search_read("amazon.access.log", logged, ["kind", "shown"])
    assert len(rows) == before + 1
    assert "street" in rows[0]["shown"]
    browser.evaluate("window.afterTwoMinutes()")
    browser.wait_for("!document.querySelector('.o_amazon_buyer_data')")
