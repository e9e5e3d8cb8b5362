# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is done often takes few clicks, counted from the dashboard on.

The user guide's table says how many.
"""

import collections

import pytest
from pieces.paths import REPOSITORY

from . import chromium
from .stopwatch import AT_MOST

DESKTOP, PHONE = (1366, 860), (390, 844)
ROWS = ".o_data_row .o_data_cell, .o_kanban_record:not(.o_kanban_ghost)"
SELLER = "IN"


class Stopwatch:
    """A user at work, from the dashboard on."""

    def __init__(self, stage, browser, is_phone):
        self.stage, self.browser, self.is_phone = stage, browser, is_phone
        self.company = stage.companies[SELLER]

    def begin(self):
        """The dashboard of one shop; nothing is clicked yet."""
        self.browser.open(f"{self.stage.odoo.url}/odoo/amazon-accounts")
        self.sees("Orders:")
        self.browser.clicks = 0

    def ends(self, task):
        assert self.browser.clicks <= AT_MOST[task]
        assert self.browser.errors == []

    def sees(self, text):
        self.browser.wait_for(f"document.body.innerText.includes({text!r})")

    def choose(self, figure):
        """Click a figure of the dashboard."""
        self.browser.click(".o_amazon_dashboard a[type=object]", figure)

    def open_row(self, text):
        self.browser.click(ROWS, text)
        self.browser.wait_for("document.querySelector('.o_form_view')")

    def press(self, name, within=""):
        self.browser.click(f"{within} button[name={name!r}]:not([disabled])")

    def read(self, model, domain, fields):
        return self.stage.admin.search_read(
            model, domain, fields, context={"allowed_company_ids": [self.company]}
        )


@pytest.fixture(scope="module", params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def user(request, stage):
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    width, height = request.param
    is_phone = request.param == PHONE
    # Odoo's own greeting would cover a phone's screen.
    stage.admin.call(
        "res.users", "write", [stage.admin.user], {"odoobot_state": "disabled"}
    )
    with chromium.Browser(program) as browser:
        browser.resize(width, height, mobile=is_phone)
        browser.log_in(stage.odoo.url, companies=[stage.companies[SELLER]])
        browser.errors.clear()
        yield Stopwatch(stage, browser, is_phone)


def test_the_guide_tells_them():
    guide = (REPOSITORY / "docs" / "user-guide.md").read_text(encoding="utf-8")
    for task, clicks in AT_MOST.items():
        assert f"| {task} | {clicks} |" in guide


def _find_frozen(user):
    """A frozen order whose only unlinked item is probably a product of the shop."""
    frozen = [("order_id.state", "=", "frozen"), ("product_id", "=", False)]
    items = user.read("amazon.order.line", frozen, ["title", "order_id"])
    counts = collections.Counter(item["order_id"][0] for item in items)
    item = next(item for item in items if counts[item["order_id"][0]] == 1)
    product = {"name": f"{item['title']} (shop)"}
    user.stage.admin.call("product.product", "create", [product])
    order = [("id", "=", item["order_id"][0])]
    [found] = user.read("amazon.order", order, ["order_number"])
    return found["order_number"]


def test_find_why_and_link(user):
    """A frozen order says why, and takes one click an item to go on."""
    number = _find_frozen(user)
    user.begin()
    user.choose("Frozen orders:")
    user.open_row(number)
    user.sees("is probably")
    user.ends("Find why an order waits")
    user.press("action_link_suggested", "[name=suggested_line_ids]")
    thawed = [("order_number", "=", number), ("state", "=", "applied")]
    user.stage.wait_until(
        lambda: user.read("amazon.order", thawed, ["id"]), f"{number} to thaw"
    )
    user.ends("Link an item and see its order go on")


def test_cancel(user):
    """S173: from the dashboard to an order that is cancelled on both sides."""
    orders = user.read(
        "amazon.order",
        [
            ("fulfillment_status", "=", "UNSHIPPED"),
            ("sale_order_id.state", "=", "sale"),
            ("sale_order_id.amazon_shipping", "=", "odoo"),
            ("programs", "=", False),
        ],
        ["order_number", "sale_order_id", "is_cancellable"],
    )
    # Other tests have shipped some of them.
    order = next(row for row in orders if row["is_cancellable"])
    user.begin()
    user.choose("Orders:")
    _search(user, order["order_number"])
    user.open_row(order["order_number"])
    _press_header(user, "action_cancel")
    user.browser.click(".modal .o_radio_item label", "Out of stock")
    user.browser.click(".modal button[name=action_apply]", "Cancel the Order")
    cancelled = [
        ("id", "=", order["sale_order_id"][0]),
        ("state", "=", "cancel"),
    ]
    user.stage.wait_until(
        lambda: user.read("sale.order", cancelled, ["id"]), order["order_number"]
    )
    user.ends("Cancel an order")


def _search(user, text):
    """Search in the list that comes after the dashboard."""
    browser, field = user.browser, "document.querySelector('.o_searchview_input')"
    browser.wait_for("!document.querySelector('.o_amazon_dashboard')")
    if user.is_phone:
        browser.click(".o_control_panel button:has(.fa-search)")
    browser.type(".o_searchview_input", text)
    browser.evaluate(f"{field}.focus()")
    browser.press_enter()


def test_sync_a_period(user):
    """S30: from the dashboard's card to a run that works on the period."""
    user.begin()
    user.browser.click(".o_amazon_dashboard .o_kanban_record .fw-bolder.fs-5")
    _press_header(user, "action_sync_manually")
    user.browser.click(".modal label", "Specific period")
    user.sees("at the rate")
    user.browser.click(".modal button[name=action_start]")
    user.sees("The run shows its progress")
    user.ends("Sync a period")


def _press_header(user, name):
    """A phone has all but the first button of a form's header in a menu."""
    user.browser.wait_for("document.querySelector('.o_statusbar_buttons button')")
    if not user.is_phone:
        return user.browser.click(f".o_statusbar_buttons button[name={name}]")
    user.browser.click(".o_statusbar_buttons button[title=More]")
    return user.browser.click(f".o-dropdown-item button[name={name}]")


def test_go_live(user):
    """The differences are seen before Amazon gets Odoo's quantities."""
    of_company = [("company_id", "=", user.company)]
    [channel] = user.read("amazon.channel", of_company, ["stock_live"])[:1]
    if channel["stock_live"]:
        user.stage.admin.call("amazon.channel", "action_stop_stock", [channel["id"]])
    rehearsing = [*of_company, ("stock_live", "=", False)]
    names = [row["name"] for row in user.read("amazon.channel", rehearsing, ["name"])]
    user.begin()
    user.choose("Channels not live with stock yet:")
    if len(names) > 1:
        user.open_row(names[0])
    user.press("action_open_go_live", ".alert")
    user.sees("From now on, Odoo's quantities replace Amazon's")
    user.press("action_go_live", ".modal")
    live = [*of_company, ("name", "=", names[0]), ("stock_live", "=", True)]
    user.stage.wait_until(
        lambda: user.read("amazon.channel", live, ["id"]), f"{names[0]} to go live"
    )
    user.ends("Go live with stock")
