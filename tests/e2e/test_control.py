# SPDX-License-Identifier: LGPL-3.0-or-later
"""A user connects an account and keeps control of it, in the web client alone.

Connect, see the first sync, change an interval, sync a period, open a failed record,
mend it, repeat the run, disable, and after enabling have all that happened meanwhile.
"""

import copy
import itertools
import json
import time

import pytest
from pieces import paths
from pieces.connect import switch_a_tax_on

from . import chromium
from .conftest import prepared

DESKTOP, PHONE = (1366, 860), (390, 844)
SELLER = "IN"
SKU = "FAULTY-1"
INTERVAL = 20
# Orders are the second module of the table, on phones the second card.
ORDERS_ROW = ":is(.o_data_row, .o_field_x2many_kanban .o_kanban_record):nth-child(2)"
RUNS = ":is(.o_data_row, .o_kanban_record:not(.o_kanban_ghost))"
SEARCH_LAG = 300


class Control:
    """What the user does and sees, and what Odoo says of it over RPC."""

    def __init__(self, stage, browser, width):
        self.stage, self.browser, self.width = stage, browser, width
        self.is_phone = width < 600
        self.numbers = itertools.count(1)
        self.pictures = 0
        self.account = None

    # Looking and clicking

    def open(self, path):
        self.browser.open(f"{self.stage.odoo.url}/odoo/{path}")

    def open_account(self):
        self.open(f"amazon-accounts/{self.account}")
        self.sees("Modules in Sync")

    def sees(self, text):
        self.browser.wait_for(f"document.body.innerText.includes({text!r})")

    def picture(self, name):
        self.pictures += 1
        file = f"control-{self.width}-{self.pictures:02d}-{name}.png"
        self.browser.picture(paths.cache("screenshots") / file)

    def type(self, field, text):
        self.browser.type(f".o_form_view [name={field}] input", text)

    def header(self, name):
        """Press a button of the form's header; phones show the first one only."""
        button = f".o_statusbar_buttons button[name={name}]"
        self.browser.wait_for("document.querySelector('.o_statusbar_buttons button')")
        if self.is_phone and not self.browser.evaluate(
            f"Boolean(document.querySelector({button!r}))"
        ):
            self.browser.click(".o_statusbar_buttons button[title=More]")
            button = f".o-dropdown-item button[name={name}]"
        self.browser.click(button)

    def choose(self, field, text):
        self.browser.click(f"[name={field}] .o_select_menu_toggler")
        self.browser.click(".o_select_menu_item", text)

    def press(self, key, code):
        for kind in ("keyDown", "keyUp"):
            self.browser.send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
            )

    # What there is

    def read(self, model, domain, fields, **options):
        return self.stage.admin.search_read(model, domain, fields, **options)

    def run(self, trigger, state="done"):
        """Wait for the newest run of orders with this trigger to be over."""

        def find():
            found = self.read(
                "amazon.sync.run",
                [("trigger", "=", trigger), ("kind", "=", "orders")],
                ["state", "seen_count", "origin_run_id"],
                limit=1,
            )
            return found and found[0]["state"] == state and found[0]

        return self.stage.wait_until(find, f"the run: {trigger}")

    def order(self, number):
        """Wait until Odoo has decided on an order."""

        def find():
            found = self.read(
                "amazon.order",
                [("order_number", "=", number), ("state", "!=", "waiting")],
                ["state", "reason", "sale_order_id"],
            )
            return found and found[0]

        return self.stage.wait_until(find, number)

    # Amazon's side

    def place(self, sku=None, count=1):
        """Have buyers order, as an earlier order of this seller was; their numbers."""
        pattern = next(
            order
            for order in self.stage.amazon.orders()[SELLER]
            if order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
            and order["fulfillment"]["fulfilledBy"] == "MERCHANT"
            and len(order["orderItems"]) == 1
        )
        orders = []
        for _time in range(count):
            order = copy.deepcopy(pattern)
            number = next(self.numbers)
            order["orderId"] = f"408-7654321-{number:07d}"
            order["orderItems"][0]["orderItemId"] = f"7654321{number:07d}"
            if sku:
                order["orderItems"][0]["product"]["sellerSku"] = sku
            for moment in ("createdTime", "lastUpdatedTime"):
                del order[moment]
            orders.append(order)
        self.stage.amazon.control("orders", {"seller": SELLER, "orders": orders})
        self.pass_time()
        return [order["orderId"] for order in orders]

    def pass_time(self):
        """Amazon's search sees an order after two to three minutes."""
        self.stage.amazon.control("clock", {"advance": SEARCH_LAG})

    def calls(self):
        return len(self.stage.amazon.control("calls")["calls"])


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def control(request):
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    width, height = request.param
    with prepared(f"control{width}") as stage, chromium.Browser(program) as browser:
        # Its greeting would cover a phone's screen.
        stage.admin.call(
            "res.users", "write", [stage.admin.user], {"odoobot_state": "disabled"}
        )
        browser.resize(width, height, mobile=width < 600)
        browser.log_in(stage.odoo.url)
        browser.errors.clear()
        yield Control(stage, browser, width)


def test_control_over_sync(control):
    """From the first to the last button that a user has.

    S2 (at a desk, on a phone).
    S10, S20, S22, S24, S26, S27, S28, S29, S30, S33, S46, S47, S48, S57, S58, S60, S61,
    S69, S87, S88, S92, S97, S100, S101, S119, S122, S123, S124, S130, S131.
    """
    connect(control)
    see_first_sync(control)
    change_interval(control)
    sync_period(control)
    failed = meet_failed_order(control)
    mend(control)
    repeat(control, failed)
    disable_and_enable(control)
    assert control.browser.errors == []


def connect(control):
    """The identifiers go into one page with a button Connect."""
    amazon = control.stage.amazon
    switch_a_tax_on(control.stage.admin, control.stage.companies[SELLER])
    seller = next(one for one in amazon.sellers() if one["seller"] == SELLER)
    control.open("amazon-accounts/new")
    control.type("name", "My shop")
    control.choose("region", "Europe")
    control.type("seller_id", seller["merchant_token"])
    control.type("client_id_input", seller["client_id"])
    control.type("client_secret_input", seller["client_secret"])
    control.type("refresh_token_input", seller["refresh_token"])
    control.choose("environment", "Custom")
    control.type("custom_api_url", f"{amazon.url}/{seller['region']}")
    control.type("custom_lwa_url", f"{amazon.url}/auth/o2/token")
    control.browser.click(".o_form_button_save")
    control.browser.wait_for("/amazon-accounts\\/[0-9]+/.test(location.pathname)")
    control.header("action_connect")
    control.browser.wait_for("document.querySelector('button[name=action_disable]')")
    (account,) = control.read("amazon.account", [], ["state", "status"])
    assert (account["state"], account["status"]) == ("connected", "active")
    control.account = account["id"]
    control.stage.accounts = [account["id"]]
    control.picture("connected")


def see_first_sync(control):
    """It began by itself; its counts are links to what is behind them."""
    control.run("initial")
    control.stage.wait_until(
        lambda: not control.read("amazon.order", [("to_apply", "=", True)], ["id"]),
        "the first orders",
    )
    control.open_account()
    control.browser.click("button", "Overall Sync History")
    control.sees("kept for one month, those with failures for two")
    control.sees("First sync")
    control.picture("first-sync")
    control.browser.click(f"{RUNS}:has(a)  :is([name=synced_count] a, a[type=object])")
    control.browser.wait_for(f"document.querySelectorAll({RUNS!r}).length")
    control.sees("Sync Records")
    control.picture("records")


def change_interval(control):
    control.open_account()
    control.browser.click(f"{ORDERS_ROW} button[name=action_change_interval]")
    control.browser.type(".modal [name=interval_minutes] input", str(INTERVAL))
    control.browser.click(".modal .o_form_button_save")
    control.browser.wait_for("!document.querySelector('.modal')")
    tasks = control.read("amazon.sync.task", [("kind", "=", "orders")], [])
    assert tasks[0]["interval_minutes"] == INTERVAL
    last, following = (
        time.mktime(time.strptime(tasks[0][name], "%Y-%m-%d %H:%M:%S"))
        for name in ("last_success", "next_run")
    )
    assert following - last == INTERVAL * 60, "it works to the minute"


def sync_period(control):
    control.open_account()
    control.browser.click(f"{ORDERS_ROW} button[name=action_sync_manually]")
    control.sees("Synced: Amazon IN")
    control.browser.click(".modal label", "Specific period")
    control.sees("at the rate")
    control.sees("Asia/Kolkata")
    control.picture("period")
    control.browser.click("button[name=action_start]")
    control.sees("The run shows its progress")
    control.browser.click("button[name=action_open_runs]")
    control.sees("Custom period")
    run = control.run("period")
    control.browser.wait_for(
        "document.querySelector('.o_arrow_button_current')?.innerText == 'Done'"
    )
    assert run["seen_count"]
    control.picture("run")


def meet_failed_order(control):
    """An order of a product that another program gave to the other company.

    :return: the number of the order
    """
    stage = control.stage
    product = stage.admin.call(
        "product.template",
        "create",
        [{"name": "Lamp", "default_code": SKU, "is_storable": True}],
    )[0]
    listing = {"seller_sku": SKU, "title": "Lamp"}
    stage.amazon.control("listings", {"seller": SELLER, "listings": [listing]})
    control.pass_time()
    control.open_account()
    control.header("action_sync_now")
    control.sees("starts within a minute")
    stage.wait_until(
        lambda: control.read(
            "amazon.listing",
            [("seller_sku", "=", SKU), ("state", "=", "linked")],
            ["id"],
        ),
        "the new listing",
    )
    give_away(stage, product)
    (number,) = control.place(SKU)
    control.open_account()
    control.browser.click(f"{ORDERS_ROW} button[name=action_sync_now]")
    order = control.order(number)
    assert order["state"] == "failed", order
    control.open("amazon-sync-history")
    failed = f"{RUNS} :is([name=failed_count] a, a.text-danger[type=object])"
    control.browser.wait_for(f"document.querySelector({failed!r})")
    control.picture("failure")
    control.browser.click(failed)
    control.sees(number)
    control.picture("failed-record")
    control.browser.click(f"{RUNS} :is([name=name], .fw-bolder)", number)
    control.browser.wait_for("document.querySelector('.o_form_view')")
    control.sees(order["reason"].split("\n")[0][:40])
    control.picture("failed-order")
    return number


def give_away(stage, product):
    """Give a product to the US company by SQL: Odoo's own way is refused."""
    (model,) = stage.admin.call(
        "ir.model", "search", [("model", "=", "product.template")]
    )
    statement = "UPDATE product_template SET company_id = %s WHERE id = %s"
    values = [stage.companies["US"], product]
    action = {
        "name": "Give away",
        "model_id": model,
        "state": "code",
        "code": f"env.cr.execute({statement!r}, {values!r})",
    }
    made = stage.admin.call("ir.actions.server", "create", [action])
    stage.admin.call("ir.actions.server", "run", made)


def mend(control):
    """The product is shared again: by the user, on its page."""
    (product,) = control.read("product.template", [("default_code", "=", SKU)], ["id"])
    control.open(f"action-stock.product_template_action_product/{product['id']}")
    field = ".o_form_view [name=company_id] input"
    control.browser.wait_for(f"document.querySelector({field!r})?.value")
    if control.is_phone:
        control.browser.click(field)
        control.browser.click(".o_clear_button")
    else:
        find = f"document.querySelector({json.dumps(field)})"
        control.browser.evaluate(f"{find}.focus(), {find}.select()")
        control.press("Backspace", 8)
        control.press("Tab", 9)
    control.browser.click(".o_form_button_save")
    control.stage.wait_until(
        lambda: control.read(
            "product.template",
            [("id", "=", product["id"]), ("company_id", "=", False)],
            ["id"],
        ),
        "the product to be shared",
    )


def repeat(control, number):
    """Resync on the row of the run that failed."""
    control.open("amazon-sync-history")
    control.sees("kept for one month")
    control.browser.click(
        f"{RUNS}:has([name=failed_count] a, a.text-danger) button[name=action_resync]"
    )
    control.sees("Repeats")
    run = control.run("resync")
    assert run["origin_run_id"]
    order = control.stage.wait_until(
        lambda: control.order(number)["state"] == "applied" and control.order(number),
        "the order to be applied",
    )
    assert order["sale_order_id"]
    control.picture("repeated")


def disable_and_enable(control):
    stage = control.stage
    control.open_account()
    control.browser.click("button[name=action_disable]")
    control.sees("No records or settings are lost")
    control.picture("disable")
    control.browser.click(".modal button", "Ok")
    control.browser.wait_for("document.querySelector('button[name=action_enable]')")
    control.sees("Inactive")
    calls = control.calls()
    numbers = control.place(count=3)
    stage.amazon.control(f"orders/{numbers[0]}/ship", {})
    stage.amazon.control(f"orders/{numbers[1]}/cancel", {})
    control.pass_time()
    cron = control.read(
        "ir.cron", [("cron_name", "=", "Amazon: fetch orders")], ["id"]
    )[0]
    stage.admin.run_cron(cron["id"])
    assert control.calls() == calls, "on hold no call leaves"
    control.picture("inactive")
    control.browser.click("button[name=action_enable]")
    control.browser.wait_for("document.querySelector('button[name=action_disable]')")
    control.run("resume")
    states = [control.order(number)["state"] for number in numbers]
    assert states == ["applied", "skipped", "applied"]
    known = control.read("amazon.order", [], ["order_number"])
    assert {order["order_number"] for order in known} >= {
        order["orderId"] for order in stage.amazon.orders()[SELLER]
    }
    control.open_account()
    control.picture("all-there")
