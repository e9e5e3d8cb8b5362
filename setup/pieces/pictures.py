# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pictures of the demo's screens, for the user guide and the app's page."""

import dataclasses
import time

from e2e import chromium

from . import browser, demo, rpc
from .console import SetupError, say
from .paths import REPOSITORY

_GUIDE = REPOSITORY / "docs" / "images"
_APP = REPOSITORY / "amazon_connector" / "static" / "description"
_DESK, _PHONE = (1440, 810), (390, 844)
_SHOWN = (
    ".o_data_row, .o_kanban_record:not(.o_kanban_ghost), .o_form_view,"
    " .o_pivot_cell_value, .o_view_nocontent"
)
_PRESS = "odoo.__WOWL_DEBUG__.root.env.services.action.doActionButton"
_EXAMPLE = "A1EXAMPLESELLER"
# Charts draw themselves, avatars come late.
_SETTLING_SECONDS = 2


@dataclasses.dataclass(frozen=True)
class Picture:
    """One screen.

    :param path: of the page, after /odoo/
    :param model: with `domain`, whose record the page shows
    :param button: method of a button of that record, which is pressed
    :param then: what is done on the page before: a function of it and the session
    :param on_app_page: whether the app's page shows it, too
    """

    path: str
    size: tuple = _DESK
    model: str = ""
    domain: tuple = ()
    on_app_page: bool = False
    button: str = ""
    then: object = None


def _mistype_secret(page, session):
    """Connect with a client secret that Amazon refuses."""
    known = session.search_read(
        "amazon.account", [], ["custom_api_url", "custom_lwa_url"], limit=1
    )[0]
    page.evaluate("document.querySelector('[name=is_professional] input').click()")
    page.click("button[name=action_to_connect]")
    page.click("[name=environment] input")
    page.click(".o_select_menu_item, .dropdown-item", "Custom")
    values = {
        "custom_api_url": known["custom_api_url"],
        "custom_lwa_url": known["custom_lwa_url"],
        "seller_id": _EXAMPLE,
        "client_id_input": "amzn1.application-oa2-client.example",
        "client_secret_input": "amzn1.oa2-cs.v1.mistyped",
        "refresh_token_input": "Atzr|example",
    }
    for field, text in values.items():
        page.type(f"[name={field}] input", text)
    page.click("button[name=action_connect]:not([disabled])")
    page.wait_for("document.querySelector('.o_form_view .alert-danger')?.offsetParent")


def _go_to_preferences(page, _session):
    page.click("button[name=action_to_preferences]:not([disabled])")
    page.wait_for("document.querySelector('button[name=action_finish]')?.offsetParent")


PICTURES = {
    "dashboard": Picture("amazon-accounts", on_app_page=True),
    "account-connected": Picture("amazon-accounts", model="amazon.account"),
    "setup-prerequisites": Picture("amazon-setup"),
    "connect-refused": Picture("amazon-setup", then=_mistype_secret),
    "setup-phone": Picture(
        "amazon-accounts",
        _PHONE,
        model="amazon.account",
        button="action_continue_setup",
        then=_go_to_preferences,
    ),
    "orders": Picture("amazon-orders", on_app_page=True),
    "orders-phone": Picture("amazon-orders", _PHONE),
    "sales-order-frozen": Picture(
        "amazon-orders", model="amazon.order", domain=(("state", "=", "frozen"),)
    ),
    "listing-link": Picture(
        "amazon-listings", model="amazon.listing", domain=(("state", "!=", "linked"),)
    ),
    "sales-order": Picture(
        "sales",
        model="sale.order",
        domain=(
            (
                "picking_ids.amazon_shipment_ids.state",
                "in",
                ["sent", "confirmed"],
            ),
            ("amount_total", ">", 0),
        ),
    ),
    "shipping-desk": Picture("amazon-desk", on_app_page=True),
    "shipping-desk-phone": Picture("amazon-desk", _PHONE),
    "shipments": Picture("amazon-shipments"),
    "stock": Picture("amazon-stock"),
    "stock-golive": Picture(
        "amazon-channels",
        model="amazon.channel",
        domain=(("stock_live", "=", False),),
        button="action_open_go_live",
    ),
    "sync-records": Picture("amazon-sync-history"),
    # Of a demo that was started with --payout.
    "settlement": Picture("amazon-settlements", model="amazon.settlement"),
    "tax-report": Picture("amazon-taxes"),
}


def take(options):
    """Take the pictures that are named, or all.

    :param options: `port`, `database`, `names` of the command line
    :return: the exit code
    :raises SetupError: no demo answers, or there is no Chromium
    """
    unknown = sorted(set(options.names) - set(PICTURES))
    if unknown:
        raise SetupError(f"No picture {unknown[0]}; there are {', '.join(PICTURES)}.")
    browser.folder()
    program = chromium.find()
    if not program:
        raise SetupError("There is no Chromium to take pictures with.")
    url = f"http://localhost:{options.port}"
    try:
        session = rpc.OdooRpc(url, options.database, demo.LOGIN, demo.PASSWORD)
    except OSError:
        raise SetupError(
            f"No demo answers on port {options.port}: start setup/demo first."
        ) from None
    companies = session.call("res.company", "search", [])
    with chromium.Browser(program) as page:
        page.log_in(url, companies=companies)
        for name in options.names or PICTURES:
            _take(page, url, session, companies, name)
    return 0


def _take(page, url, session, companies, name):
    picture = PICTURES[name]
    path = picture.path
    if picture.model:
        found = session.call(
            picture.model,
            "search",
            list(picture.domain),
            limit=1,
            context={"allowed_company_ids": companies},
        )
        if not found:
            say(f"{name}: the demo has nothing to show")
            return
        path = f"{path}/{found[0]}"
    width, height = picture.size
    page.resize(width, height, mobile=width < height)
    page.open(f"{url}/odoo/{path}")
    page.wait_for(f"document.querySelector({_SHOWN!r})")
    if picture.button:
        ids = f"resModel: {picture.model!r}, resId: {found[0]}, resIds: {found}"
        page.run(f"{_PRESS}({{ type: 'object', name: {picture.button!r}, {ids} }})")
    if picture.then:
        picture.then(page, session)
    time.sleep(_SETTLING_SECONDS)
    for folder in (_GUIDE, _APP) if picture.on_app_page else (_GUIDE,):
        page.picture(folder / f"{name}.png")
    _forget_example(session)
    say(f"{name}.png")


def _forget_example(session):
    """The set-up that was tried is in no other picture."""
    tried = session.call("amazon.account", "search", [("seller_id", "=", _EXAMPLE)])
    session.call("amazon.account", "unlink", tried)
