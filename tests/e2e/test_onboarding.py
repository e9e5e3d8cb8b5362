# SPDX-License-Identifier: LGPL-3.0-or-later
"""A user connects Amazon step by step: the first seller at a desk, another by phone."""

import pytest
from pieces import paths

from . import chromium
from .conftest import prepared
from .stopwatch import AT_MOST

DESKTOP, PHONE = (1400, 900), (390, 844)


@pytest.fixture(scope="module")
def stage():
    with prepared("onboarding") as ready:
        yield ready


class SetUp:
    """What the user sees and does in the set-up of one seller."""

    def __init__(self, stage, browser, seller, width):
        self.stage, self.browser, self.seller, self.width = (
            stage,
            browser,
            seller,
            width,
        )
        self.company = stage.companies[seller["seller"]]
        self.pictures = 0

    def open(self, path):
        self.browser.open(f"{self.stage.odoo.url}/odoo/{path}")

    def sees(self, text):
        self.browser.wait_for(f"document.body.innerText.includes({text!r})")

    def picture(self, name):
        self.pictures += 1
        file = f"onboarding-{self.width}-{self.pictures:02d}-{name}.png"
        self.browser.picture(paths.cache("screenshots") / file)

    def press(self, name):
        # While one button is at work, Odoo disables all of them.
        self.browser.click(f"button[name={name!r}]:not([disabled])")

    def type(self, field, text):
        self.browser.type(f"[name={field!r}] input", text)

    def choose_environment(self):
        """Amazon is simulated: what only system administrators may choose."""
        self.browser.click("[name=environment] input")
        self.browser.click(".o_select_menu_item, .dropdown-item", "Custom")

    def enter(self, secret):
        address = self.stage.amazon.url
        self.type("custom_api_url", f"{address}/{self.seller['region']}")
        self.type("custom_lwa_url", f"{address}/auth/o2/token")
        self.type("seller_id", self.seller["merchant_token"])
        self.type("client_id_input", self.seller["client_id"])
        self.type("client_secret_input", secret)
        self.type("refresh_token_input", self.seller["refresh_token"])

    def fits_the_screen(self):
        assert self.browser.evaluate("document.body.scrollWidth") <= self.width

    def account(self):
        found = self.stage.admin.search_read(
            "amazon.account",
            [("seller_id", "=", self.seller["merchant_token"])],
            ["state", "setup_pending", "authorised_user_id"],
            context={"allowed_company_ids": list(self.stage.companies.values())},
        )
        return found[0]


def open_browser(stage, seller, size):
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    # Odoo's own greeting would cover a phone's screen.
    stage.admin.call(
        "res.users", "write", [stage.admin.user], {"odoobot_state": "disabled"}
    )
    browser = chromium.Browser(program)
    browser.log_in(stage.odoo.url, companies=[stage.companies[seller["seller"]]])
    browser.resize(*size, mobile=size == PHONE)
    browser.errors.clear()
    return browser


def test_the_first_account(stage):
    """S9, S50 to S58, S166: from the empty dashboard to the first orders."""
    seller = next(one for one in stage.amazon.sellers() if one["region"] == "eu")
    with open_browser(stage, seller, DESKTOP) as browser:
        user = SetUp(stage, browser, seller, DESKTOP[0])
        user.open("amazon-accounts")
        user.sees("Connect your first Amazon account")
        user.picture("empty")
        browser.click("a.btn-primary", "Set Up Now")
        user.sees("What you need")
        user.sees("Amazon.in sells in INR")
        user.sees("are archived")
        user.picture("prerequisites")
        # First, since the next button saves it: a form that is read again loses it.
        browser.evaluate(
            "document.querySelector('[name=is_professional] input').click()"
        )
        user.press("action_switch_on_gst")
        user.sees("counts as Registered Under GST now")
        user.press("action_refresh")
        browser.wait_for("!document.querySelector('[data-level=block]')")
        user.press("action_to_connect")
        user.sees("Where to find each value")
        browser.wait_for(
            "[...document.querySelectorAll('[name=guide] details[open] img')]"
            ".every(one => one.naturalWidth)"
        )
        user.choose_environment()
        user.enter("amzn1.oa2-cs.v1.mistyped")
        user.press("action_connect")
        user.sees("Secrets expire after 180 days")
        user.picture("refused")
        user.type("client_secret_input", seller["client_secret"])
        user.press("action_connect")
        user.sees("Where should Odoo work?")
        user.picture("channels")
        user.press("action_to_preferences")
        user.sees("suit most shops")
        user.picture("preferences")
        user.press("action_finish")
        user.sees("All set")
        # The figures grow while the user looks on.
        browser.wait_for(
            "Number(document.querySelector('[name=order_count] span').innerText) > 0"
        )
        assert browser.clicks <= AT_MOST["Connect a seller"]
        user.sees("The usual GST taxes are switched on")
        user.picture("done")
        account = user.account()
        assert (account["state"], account["setup_pending"]) == ("connected", False)
        assert account["authorised_user_id"][0] == stage.admin.user
        assert browser.errors == []


def test_another_account_by_phone(stage):
    """S1, S2, S52, S56, S183: from the marketplace's entry; left and taken up again."""
    seller = next(one for one in stage.amazon.sellers() if one["region"] == "na")
    with open_browser(stage, seller, PHONE) as browser:
        user = SetUp(stage, browser, seller, PHONE[0])
        user.open("amazon-marketplaces")
        browser.wait_for("document.querySelector('button[name=action_set_up]')")
        browser.evaluate(
            "[...document.querySelectorAll('.o_kanban_record')].find(card => "
            "card.innerText.includes('Amazon.com,'))"
            ".querySelector('button[name=action_set_up]').click()"
        )
        user.sees("Amazon.com sells in USD")
        browser.evaluate(
            "document.querySelector('[name=is_professional] input').click()"
        )
        user.picture("prerequisites")
        user.fits_the_screen()
        user.press("action_to_connect")
        user.sees("Where to find each value")
        user.choose_environment()
        user.enter(seller["client_secret"])
        user.picture("typed")
        user.fits_the_screen()
        user.press("action_connect")
        user.sees("Where should Odoo work?")
        user.picture("channels")
        user.fits_the_screen()
        account = user.account()
        assert account["setup_pending"]
        user.open(f"amazon-accounts/{account['id']}")
        user.sees("press Continue Setup")
        user.picture("account")
        user.press("action_continue_setup")
        user.sees("Where should Odoo work?")
        user.press("action_to_preferences")
        user.sees("suit most shops")
        user.picture("preferences")
        user.press("action_finish")
        user.sees("All set")
        user.picture("done")
        user.fits_the_screen()
        assert not user.account()["setup_pending"]
        assert browser.errors == []
    ours = [("account_id", "=", account["id"])]
    stage.wait_until(
        lambda: stage.admin.call("amazon.order", "search_count", ours),
        "the orders of this seller",
    )
