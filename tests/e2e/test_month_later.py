# SPDX-License-Identifier: LGPL-3.0-or-later
"""A parcel from the order to the end of its buyer's data, as people see it on a phone.

S105, S111, S132, S174, S191.
"""

import os

import pytest
from pieces import paths

from . import chromium, conftest

PHONE = (390, 844)
SELLER = "IN"
PASSWORD = "password-of-a-month"
PEOPLE = {
    "packer": ("stock.group_stock_user",),
    "manager": ("amazon_connector.group_manager",),
}
ORDERS = 12
DAYS = 31


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop with few orders, whose clock can be moved, and its people."""
    # Odoo shows reports on the screen where this program does not work.
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "wkhtmltopdf"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    with conftest.prepared(
        "month",
        orders=ORDERS,
        addons=["proof_server"],
        variables={"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
    ) as stage:
        stage.connect(stage.amazon.sellers())
        code = stage.admin.find("amazon.carrier.code", ("code", "=", "BlueDart"))
        row = {"code_id": code, "company_id": stage.companies[SELLER]}
        stage.admin.call("amazon.carrier", "create", [row])
        for login, groups in PEOPLE.items():
            _hire(stage, login, groups)
        yield stage


def _hire(stage, login, groups):
    ids = [
        stage.admin.call("ir.model.data", "check_object_reference", *group.split("."))
        for group in groups
    ]
    values = {
        "name": login.title(),
        "login": login,
        "password": PASSWORD,
        "group_ids": [(4, group) for _model, group in ids],
        "company_id": stage.companies[SELLER],
        "company_ids": [(6, 0, [stage.companies[SELLER]])],
    }
    stage.admin.call("res.users", "create", [values])


@pytest.fixture
def phone(shop):
    """Opens a phone with somebody's session."""
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    opened = []

    def open_for(login):
        browser = chromium.Browser(program)
        opened.append(browser)
        browser.resize(*PHONE, mobile=True)
        browser.log_in(shop.odoo.url, login, PASSWORD)
        return browser

    yield open_for
    for number, browser in enumerate(opened):
        _picture(browser, f"end{number}")
        browser.__exit__()


def _picture(browser, name):
    browser.picture(paths.cache("screenshots") / f"month-{name}-{PHONE[0]}.png")


def _find_parcel(shop):
    """A delivery that waits to be packed: its ids, and where its buyer lives."""
    company = shop.companies[SELLER]
    context = {"allowed_company_ids": [company]}
    picking = shop.admin.search_read(
        "stock.picking",
        [
            ("company_id", "=", company),
            ("amazon_to_ship", "=", True),
            ("state", "=", "assigned"),
            ("sale_id.amazon_order_id.programs", "=", False),
        ],
        ["amazon_order_number", "partner_id"],
        context=context,
        limit=1,
    )[0]
    number = picking["amazon_order_number"]
    order = shop.amazon.control(f"orders/{number}")["order"]
    address = order["recipient"]["deliveryAddress"]
    words = [address["name"], address["addressLine1"], address["postalCode"]]
    return picking["id"], picking["partner_id"][0], number, words


def _show_slip(browser, picking, url):
    """Print the delivery slip, as the menu of the delivery's page does."""
    browser.open(f"{url}/odoo/m-stock.picking/{picking}")
    browser.click(".o_cp_action_menus button")
    browser.click(".o-dropdown-item, .o-dropdown", "Print")
    browser.click(".o-dropdown-item", "Delivery Slip")
    page = "document.querySelector('iframe')?.contentDocument?.body?.innerText"
    browser.wait_for(f"({page})?.includes('Amazon Order')")
    return browser.evaluate(page)


def test_a_parcel_and_what_is_left_of_it(shop, phone):
    picking, contact, number, words = _find_parcel(shop)
    url = shop.odoo.url
    packer = phone("packer")
    slip = _show_slip(packer, picking, url)
    _picture(packer, "slip")
    assert [word for word in words if word not in slip] == []

    packer.open(f"{url}/odoo/m-stock.picking/{picking}")
    packer.wait_for("document.querySelector('.o_form_view')")
    masked = packer.text()
    assert [word for word in words if word in masked] == []
    packer.type("[name=carrier_tracking_ref] input", "AWB31")
    packer.click("button[name=button_validate]")
    shop.wait_until(
        lambda: (
            shop.admin.call("stock.picking", "read", [picking], ["state"])[0]["state"]
            == "done"
        ),
        "the delivery",
    )
    _picture(packer, "shipped")
    told = [("order_number", "=", number), ("fulfillment_status", "=", "SHIPPED")]

    def is_told():
        # Search shows changes after two to three minutes.
        shop.amazon.control("clock", {"advance": 300})
        shop.sync()
        return shop.admin.search_read("amazon.order", told, ["closed_on"])

    [order] = shop.wait_until(is_told, "Amazon's word that it is shipped")
    assert order["closed_on"]

    manager = phone("manager")
    manager.open(f"{url}/odoo/amazon-accesses")
    manager.wait_for("document.querySelector('.o_kanban_record')")
    _picture(manager, "access")
    read = manager.text()
    assert "Packer" in read and number in read

    shop.odoo.restart(PROOF_DAYS=str(DAYS))
    cron = shop.admin.call(
        "ir.model.data", "check_object_reference", "amazon_connector", "ir_cron_redact"
    )[1]
    shop.admin.run_cron(cron)
    gone = [("order_number", "=", number), ("redacted_on", "!=", False)]
    shop.wait_until(
        lambda: shop.admin.search_read("amazon.order", gone, ["id"]), "the deletion"
    )
    slip = _show_slip(packer, picking, url)
    _picture(packer, "slip-later")
    assert "REDACTED" in slip
    assert [word for word in words if word in slip] == []
    packer.open(f"{url}/odoo/m-res.partner/{contact}")
    packer.wait_for("document.querySelector('.o_form_view')")
    _picture(packer, "contact-later")
    assert "REDACTED" in packer.text()
