# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a user reads of an order and does in the dialogs of listings and deliveries."""

import contextlib

import pytest
from pieces import paths

from . import chromium
from .conftest import Stage

SIZES = {"desktop": (1366, 860), "phone": (390, 844)}
NUMBERS = ("1Z999AA10123456784", "1Z999AA10123456785")


class Screens:
    """One user's browser, and what the database says."""

    def __init__(self, stage: Stage, browser, size):
        self.stage, self.browser, self.size = stage, browser, size
        self.context = {"allowed_company_ids": list(stage.companies.values())}

    def open(self, path):
        self.browser.errors.clear()
        self.browser.open(f"{self.stage.odoo.url}/odoo/{path}")
        self.browser.wait_for("document.querySelector('.o_form_view')")

    def sees(self, text):
        self.browser.wait_for(f"document.body.innerText.includes({text!r})")

    def call(self, model, method, *arguments, **options):
        return self.stage.admin.call(
            model, method, *arguments, context=self.context, **options
        )

    def first(self, model, domain, fields):
        return self.call(model, "search_read", domain, fields, limit=1)[0]

    def picture(self, name):
        self.browser.picture(paths.cache("screenshots") / f"e2e-{name}-{self.size}.png")


@pytest.fixture(params=SIZES)
def screens(stage, request):
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    with chromium.Browser(program) as browser:
        width, height = SIZES[request.param]
        browser.resize(width, height, mobile=request.param == "phone")
        browser.log_in(stage.odoo.url, companies=stage.companies.values())
        yield Screens(stage, browser, request.param)


def test_an_order_tells_its_story(screens):
    """S2: how far it is, what it holds; people talk about it beside it."""
    fields = ["order_number", "line_ids", "progress"]
    applied = screens.call(
        "amazon.order", "search_read", [("state", "=", "applied")], fields
    )
    order = next(row for row in applied if row["progress"] == "to_ship")
    screens.open(f"amazon-orders/{order['id']}")
    screens.sees(order["order_number"])
    # A phone shows the current step only.
    step = ".o_arrow_button_current" if screens.size == "desktop" else "button"
    steps = f"[...document.querySelectorAll('.o_statusbar_status {step}')]"
    screens.browser.wait_for(
        f"{steps}.some(one => one.offsetParent && one.innerText.includes('To Ship'))"
    )
    [line] = screens.call(
        "amazon.order.line", "read", order["line_ids"][:1], ["seller_sku"]
    )
    screens.sees(line["seller_sku"])
    if screens.size == "desktop":
        _log_note(screens, order["id"])
    screens.picture("order-story")
    assert screens.browser.errors == []


def _log_note(screens, order):
    note = "The buyer called."
    _open_composer(screens.browser)
    screens.browser.type(".o-mail-Composer-input", note)
    screens.browser.click(".o-mail-Composer-send")
    screens.sees(note)
    notes = [
        ("model", "=", "amazon.order"),
        ("res_id", "=", order),
        ("body", "ilike", note),
    ]
    screens.stage.wait_until(
        lambda: screens.call("mail.message", "search_count", notes), "the note"
    )


def _open_composer(browser):
    """A form that is drawn once more closes it again, and the click is lost."""
    for _attempt in range(4):
        browser.click(".o-mail-Chatter-logNote")
        with contextlib.suppress(AssertionError):
            browser.wait_for("document.querySelector('.o-mail-Composer-input')", 20)
            return


def test_suggestions_stand_in_a_grid(screens):
    """S2: many items at once, with what is probably right; nothing is linked yet."""
    waiting = [("state", "=", "unconfirmed")]
    listings = screens.call("amazon.listing", "search", waiting, limit=3)
    screens.open(f"amazon-accounts/{screens.stage.accounts[0]}")
    screens.browser.run(
        "odoo.__WOWL_DEBUG__.root.env.services.action.doActionButton({type: 'object', "
        f"name: 'action_link_many', resModel: 'amazon.listing', resIds: {listings}}})"
    )
    rows = ".o_dialog .o_data_row, .o_dialog .o_kanban_record:not(.o_kanban_ghost)"
    count = f"document.querySelectorAll({rows!r}).length"
    screens.browser.wait_for(f"{count} === {len(listings)}")
    screens.picture("suggestions")
    still = [*waiting, ("id", "in", listings)]
    assert screens.call("amazon.listing", "search_count", still) == len(listings)
    assert screens.browser.errors == []


@pytest.fixture
def delivery(screens):
    """A delivery of several products with two tracking numbers; its id."""
    ready = [
        ("amazon_order_number", "!=", False),
        ("picking_type_code", "=", "outgoing"),
        ("state", "=", "assigned"),
        ("carrier_tracking_ref", "=", False),
    ]
    found = screens.call("stock.picking", "search_read", ready, ["move_ids"])
    picking = next(row["id"] for row in found if len(row["move_ids"]) > 1)
    numbers = {"carrier_tracking_ref": ", ".join(NUMBERS)}
    screens.call("stock.picking", "write", [picking], numbers)
    yield picking
    screens.call("stock.picking", "write", [picking], {"carrier_tracking_ref": False})
    lines = screens.call("stock.move.line", "search", [("picking_id", "=", picking)])
    screens.call("stock.move.line", "write", lines, {"result_package_id": False})


def test_a_delivery_is_divided(screens, delivery):
    """S2, S43: two tracking numbers, two packages; the dialog fits a phone, too."""
    screens.open(f"amazon-desk/{delivery}")
    screens.browser.click("button[name=action_divide_amazon_parcels]")
    screens.sees("Which parcel holds what?")
    screens.sees(NUMBERS[1])
    screens.picture("divide")
    width = screens.browser.evaluate("document.body.scrollWidth")
    assert width <= SIZES[screens.size][0]
    if screens.size == "desktop":
        _put_first_product_into_the_second(screens)
        screens.browser.click(".o_dialog button[name=action_divide]")
        screens.browser.wait_for("!document.querySelector('.o_dialog')")
        held = screens.call(
            "stock.move.line",
            "search_read",
            [("picking_id", "=", delivery)],
            ["result_package_id"],
        )
        packages = {line["result_package_id"][1] for line in held}
        assert packages == set(NUMBERS)
    assert screens.browser.errors == []


def _put_first_product_into_the_second(screens):
    """Its two rows are the first ones of the dialog."""
    quantity = ".o_dialog .o_data_row:nth-child({}) [name=quantity]"
    source = f"document.querySelector({quantity.format(1)!r}).innerText"
    units = screens.browser.evaluate(source)
    for row, text in ((1, "0"), (2, units)):
        screens.browser.click(quantity.format(row))
        screens.browser.type(f"{quantity.format(row)} input", text)
