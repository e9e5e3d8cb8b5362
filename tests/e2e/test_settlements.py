# SPDX-License-Identifier: LGPL-3.0-or-later
"""A payout of Amazon's: found, proven, booked by an accountant, seen on its page."""

import pytest
from pieces import invoices, paths, payout

from . import chromium
from .conftest import built

SELLER = "IN"
PAGE = "m-amazon.settlement"
SCREENS = (
    "amazon-settlements",
    "amazon-fees",
    "amazon-settled-orders",
    "amazon-settlement-rows",
    "amazon-settlement-rules",
    "amazon-settlement-accounts",
    "amazon-settlement-files",
)
# A record, a cell of a pivot, or the word that there is none.
SHOWN = (
    ".o_kanban_record:not(.o_kanban_ghost), .o_data_row, .o_pivot_cell_value,"
    " .o_view_nocontent"
)
# Crons come round once a minute.
PATIENCE_SECONDS = 240


@pytest.fixture(scope="module")
def stage():
    """One of its own: Amazon's clock runs on at the end."""
    with built("settlements") as ready:
        yield ready


@pytest.fixture(scope="module")
def settlement(stage):
    """A settlement of shipped orders and some charges, in Odoo; its id."""
    control = stage.amazon.control
    control("settlements", {"reserve_days": 0})
    for order in _find_open(stage):
        control(f"orders/{order}/ship", {})
    for kind in ("advertising", "storage", "reimbursement", "unknown"):
        control("settlements/charge", {"seller": SELLER, "kind": kind})
    closed = control("settlements/close", {"seller": SELLER})["settlements"]
    stage.sync()
    (found,) = stage.wait_until(
        lambda: stage.admin.search_read(
            "amazon.settlement",
            [("name", "=", closed[0]["settlement_id"]), ("state", "=", "draft")],
            ["total", "is_proven", "problem"],
            context=_everywhere(stage),
        ),
        "the settlement to be read and booked",
        PATIENCE_SECONDS,
    )
    assert found["is_proven"]
    assert not found["problem"]
    assert found["total"] == pytest.approx(float(closed[0]["total"]))
    return found["id"]


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


def _find_open(stage):
    return [
        order["orderId"]
        for order in stage.amazon.orders()[SELLER]
        if order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
        and order["salesChannel"]["channelName"] == "AMAZON"
    ][:8]


def _picture(browser, name):
    browser.picture(paths.cache("screenshots") / f"settlement-{name}.png")


def _open(stage, browser, settlement):
    browser.open(f"{stage.odoo.url}/odoo/{PAGE}/{settlement}")
    browser.wait_for("document.querySelector('.o_form_view .alert-success')")


def test_page_proves_and_books(stage, browser, settlement):
    """The page shows the proof, what the payout is made of, and books it."""
    _open(stage, browser, settlement)
    text = browser.text()
    assert "Amazon's summary" in text
    assert "Commission" in text
    _picture(browser, "draft")
    browser.click("button[name=action_post]")
    browser.wait_for("!document.querySelector('button[name=action_post]')")
    browser.click(".o_notebook .nav-link", "Orders")
    browser.wait_for("document.querySelector('[name=order_ids] .o_data_row')")
    _picture(browser, "orders")
    browser.click(".o_notebook .nav-link", "Journal Entries")
    browser.wait_for("document.querySelector('[name=entry_ids] .o_data_row')")
    _picture(browser, "entries")
    (found,) = stage.admin.call("amazon.settlement", "read", [settlement], ["state"])
    assert found["state"] == "posted"
    assert not browser.errors


def test_figures_lead_to_their_rows(stage, browser, settlement):
    _open(stage, browser, settlement)
    browser.click("[name=sum_ids] button[name=action_open_rows]")
    browser.wait_for("document.querySelector('.o_list_view .o_data_row')")
    _picture(browser, "rows")
    assert not browser.errors


def test_unknown_label_is_clarified_in_one_click(stage, browser, settlement):
    _open(stage, browser, settlement)
    browser.click("button[name=action_open_unknown]")
    browser.click("button[name=action_make_rule]")
    browser.wait_for("document.querySelector('.modal [name=bucket]')")
    _picture(browser, "rule")
    browser.click(".modal .o_form_button_save")
    stage.wait_until(
        lambda: (
            not stage.admin.call(
                "amazon.settlement", "read", [settlement], ["unknown_count"]
            )[0]["unknown_count"]
        ),
        "the label to be known",
    )
    assert not browser.errors


def _open_screens(stage, browser, settlement, width):
    """The page and every list and report of settlements, none wider than the screen."""
    _open(stage, browser, settlement)
    browser.wait_for("document.querySelector('.o_amazon_fee_graph canvas')")
    # Chart.js comes after the canvas.
    canvas = "document.querySelector('.o_amazon_fee_graph canvas')"
    chart = f"window.Chart?.getChart({canvas})"
    browser.wait_for(f"{chart}?.data.labels.includes('Commission')")
    _picture(browser, f"{width}-page")
    for screen in SCREENS:
        browser.open(f"{stage.odoo.url}/odoo/{screen}")
        browser.wait_for(f"document.querySelector('{SHOWN}')")
        _picture(browser, f"{width}-{screen}")
        wide = browser.evaluate(
            "document.documentElement.scrollWidth - window.innerWidth"
        )
        assert wide <= 0, screen
    assert not browser.errors


def test_screens_at_a_desk(stage, browser, settlement):
    _open_screens(stage, browser, settlement, "desk")


def test_screens_on_a_phone(stage, browser, settlement):
    """S2."""
    browser.resize(390, 844, mobile=True)
    try:
        _open_screens(stage, browser, settlement, "phone")
    finally:
        browser.resize(1366, 860)


def test_two_weeks_later(stage, settlement):
    """S3: proven, booked, matched with the bank, invoices paid (`demo --payout`)."""
    for company in stage.companies.values():
        invoices.post_some(stage.admin, company)
    played = payout.Payout(
        stage.admin, stage.amazon, stage.companies, stage.alive
    ).play()
    assert played.differences == []
    assert any("matched with the bank" in line for line in played.told)
    paid = [
        ("move_type", "=", "out_invoice"),
        ("payment_state", "in", ["paid", "in_payment"]),
    ]
    context = _everywhere(stage)
    assert stage.admin.call("account.move", "search_count", paid, context=context)
