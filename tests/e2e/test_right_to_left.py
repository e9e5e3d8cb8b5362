# SPDX-License-Identifier: LGPL-3.0-or-later
"""Arabic, from right to left: dashboard and shipping desk, at a desk and by phone."""

import shutil

import pytest
from pieces import paths

from . import chromium

ARABIC = "ar_001"
PASSWORD = "a-password-in-arabic"
ROLES = ("amazon_connector.group_manager", "stock.group_stock_user")
DESK, PHONE = (1366, 860), (390, 844)
DRAWN = ".o_data_row, .o_kanban_record:not(.o_kanban_ghost)"
# What leaves the window on either side, and cannot be scrolled to.
OUTSIDE = """
    [...document.querySelectorAll(".o_action_manager *")].filter((one) => {
        const { left, right, width } = one.getBoundingClientRect();
        const is_out = width && (right > innerWidth + 1 || left < -1);
        return is_out && !one.closest(".table-responsive");
    }).map((one) => one.outerHTML.slice(0, 200))
"""
# Titles and badges of lists whose end is not seen.
CUT = """
    [...document.querySelectorAll(
        ".o_list_table th .text-truncate, .o_data_cell .badge"
    )].filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.innerText)
"""


@pytest.fixture(scope="module")
def reader(stage):
    """A user who reads Arabic; his login."""
    admin = stage.admin
    languages = admin.call(
        "res.lang",
        "search",
        [("code", "=", ARABIC)],
        context={"active_test": False},
    )
    wizard = admin.call(
        "base.language.install", "create", [{"lang_ids": [(6, 0, languages)]}]
    )
    admin.call("base.language.install", "lang_install", wizard)
    groups = [
        admin.call("ir.model.data", "check_object_reference", *role.split("."))[1]
        for role in ROLES
    ]
    companies = list(stage.companies.values())
    values = {
        "name": "Layla",
        "login": "layla",
        "password": PASSWORD,
        "lang": ARABIC,
        "group_ids": [(4, group) for group in groups],
        "company_id": companies[0],
        "company_ids": [(6, 0, companies)],
    }
    admin.call("res.users", "create", [values])
    return values["login"]


@pytest.fixture(scope="module")
def browser(stage, reader):
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    if not shutil.which("rtlcss"):
        pytest.skip("there is no rtlcss (it needs Node)")
    with chromium.Browser(program) as opened:
        opened.log_in(stage.odoo.url, reader, PASSWORD, stage.companies.values())
        yield opened


def _open(stage, browser, path, size):
    browser.errors.clear()
    browser.resize(*size, mobile=size == PHONE)
    browser.open(f"{stage.odoo.url}/odoo/{path}")
    browser.wait_for(f"document.querySelector({DRAWN!r})")
    file = f"e2e-arabic-{path}-{size[0]}.png"
    browser.picture(paths.cache("screenshots") / file)


def _side(browser, selector):
    """Where the middle of something is, from 0 at the left to 1 at the right."""
    return browser.evaluate(
        f"(({{ left, right }}) => (left + right) / 2 / innerWidth)"
        f"(document.querySelector({selector!r}).getBoundingClientRect())"
    )


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", ["amazon-accounts", "amazon-desk"])
def test_nothing_overflows(stage, browser, path, size):
    """S2: the page goes from right to left and fits the window, in words of Arabic."""
    _open(stage, browser, path, size)
    assert browser.evaluate("getComputedStyle(document.body).direction") == "rtl"
    assert browser.evaluate("document.body.scrollWidth") <= size[0]
    assert browser.evaluate(OUTSIDE) == []
    assert browser.evaluate(CUT) == []
    assert "للشحن" in browser.text()
    assert browser.errors == []


def test_dashboard_is_turned(stage, browser):
    """What asks for work stands at the right, where reading begins, sales at the left;
    a change keeps its sign in front."""
    _open(stage, browser, "amazon-accounts", DESK)
    card = ".o_kanban_record:nth-child(1)"
    assert _side(browser, f"{card} [name=tasks]") > _side(browser, f"{card} figure")
    changes = "[...document.querySelectorAll('.o_amazon_figures bdi[dir]')]"
    direction = f"{changes}.map((one) => getComputedStyle(one).direction)"
    assert set(browser.evaluate(direction)) <= {"ltr"}


def test_numbers_show_their_beginning(stage, browser):
    """Amazon's number is cut at its end where a column is narrow; counts stand before
    what they count."""
    _open(stage, browser, "amazon-desk", DESK)
    number = ".o_data_row .o_data_cell[name=amazon_order_number]"
    assert _side(browser, number) > _side(browser, ".o_data_row [name=amazon_parcel]")
    style = f"getComputedStyle(document.querySelector({number!r}))"
    browser.wait_for(style)
    assert browser.evaluate(f"{style}.direction") == "ltr"
    assert browser.evaluate(f"{style}.textAlign") == "right"
    contents = "document.querySelector('.o_data_row .o_amazon_contents')"
    assert browser.evaluate(f"getComputedStyle({contents}).unicodeBidi") == "plaintext"
