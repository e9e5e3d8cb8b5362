# SPDX-License-Identifier: LGPL-3.0-or-later
"""A user decides on every item that waits, until nothing is frozen; desktop and phone.

From "12 unconfirmed items, 5 frozen orders" to none, in the web client alone.
"""

import collections
import re

import pytest
from pieces import compare, paths

from . import chromium
from .conftest import ORDERS, built

DESKTOP, PHONE = (1366, 860), (390, 844)
LISTINGS, UNCONFIRMED, FROZEN = 60, 12, 5
# Confirmed as they are; the simulator has pictures of them.
UNKNOWN = ["IN-0023", "IN-0025", "IN-0027", "US-0012", "US-0014", "US-0015"]
ROWS = ".o_data_row, .o_kanban_record:not(.o_kanban_ghost)"
DASHBOARD = "amazon-accounts"
NAMES = {"IN": "Kaveri", "US": "Cascade"}
# This one is in Odoo, under a name and a reference of the shop's own.
LINKED, ITS_PRODUCT = "IN-0029", "BRUSH-BAMBOO"
COST = 42.5


class Tour:
    """What the user does and sees, and what Odoo says of it over RPC."""

    def __init__(self, stage, browser, width):
        self.stage, self.browser, self.width = stage, browser, width
        self.is_phone = width < 600
        self.pictures = 0

    def open(self, path, wait_for=ROWS):
        self.browser.open(f"{self.stage.odoo.url}/odoo/{path}")
        self.browser.wait_for(f"document.querySelector({wait_for!r})")

    def picture(self, name):
        self.pictures += 1
        file = f"unconfirmed-{self.width}-{self.pictures:02d}-{name}.png"
        self.browser.picture(paths.cache("screenshots") / file)

    def button(self, name, within=""):
        self.browser.click(f"{within} button[name={name!r}]")

    def dialog(self, visible=True):
        self.browser.wait_for(
            f"Boolean(document.querySelector('.modal .modal-footer')) === "
            f"{'true' if visible else 'false'}"
        )

    def sees_counts(self, unconfirmed, frozen):
        """The dashboard comes to show these numbers, over all its cards.

        The web client may show what it remembers before it shows what is there.
        """
        self.open(DASHBOARD)
        self.stage.wait_until(
            lambda: self.counts() == (unconfirmed, frozen),
            f"{unconfirmed} unconfirmed items, {frozen} frozen orders",
        )

    def counts(self):
        text = self.browser.text()
        return tuple(
            sum(map(int, re.findall(rf"{words}:\s*(\d+)", text)))
            for words in ("Unconfirmed items", "Frozen orders")
        )

    def search_read(self, model, domain, fields, order):
        """Of both companies, as the browser sees them."""
        companies = list(self.stage.companies.values())
        context = {"allowed_company_ids": companies}
        return self.stage.admin.search_read(
            model, domain, fields, order=order, context=context
        )

    def unconfirmed(self, seller=""):
        return self.search_read(
            "amazon.listing",
            [("state", "=", "unconfirmed"), ("seller_sku", "=like", f"{seller}%")],
            ["seller_sku", "order_line_ids"],
            "seller_sku",
        )

    def open_items(self, seller):
        """From the dashboard's card of a seller to its unconfirmed items."""
        self.open(DASHBOARD)
        self.browser.evaluate(
            f"[...document.querySelectorAll({ROWS!r})].find(card => "
            f"card.innerText.includes({NAMES[seller]!r}))"
            ".querySelector('a[name=action_open_listings]').click()"
        )
        items = len(self.unconfirmed(seller))
        self.browser.wait_for(
            f"[...document.querySelectorAll({ROWS!r})].filter(row => "
            f"row.innerText.includes('{seller}-0')).length === {items}"
        )

    def open_item(self, sku):
        self.open_items(sku[:2])
        target = ".o_kanban_record" if self.is_phone else ".o_data_row .o_data_cell"
        self.browser.click(target, sku)
        self.browser.wait_for("document.querySelector('.o_form_view')")

    def decided(self, sku):
        """Wait until an item is decided; returns it."""
        decided = [("seller_sku", "=", sku), ("state", "!=", "unconfirmed")]
        return self.stage.wait_until(
            lambda: self.search_read(
                "amazon.listing", decided, ["state", "product_id"], "id"
            ),
            f"a decision on {sku}",
        )[0]

    def frozen_sales(self):
        return self.search_read(
            "sale.order",
            [("amazon_frozen", "=", True)],
            ["amazon_order_ref", "amount_total", "amazon_has_unconfirmed"],
            "id desc",
        )

    def waiting_sales(self):
        """Frozen orders with an item that can be confirmed."""
        return (sale for sale in self.frozen_sales() if sale["amazon_has_unconfirmed"])

    # what the user does

    def link_one(self):
        self.open_item(LINKED)
        self.picture("item")
        self.button("action_link")
        self.dialog()
        self.picture("link")
        product = f"[{ITS_PRODUCT}]"
        holder = ".modal .o_kanban_record" if self.is_phone else ".modal .o_data_row"
        self.browser.wait_for(
            f"[...document.querySelectorAll({holder!r})].some("
            f"one => one.innerText.includes({product!r}))"
        )
        self.browser.evaluate(
            f"[...document.querySelectorAll({holder!r})].find("
            f"one => one.innerText.includes({product!r}))"
            ".querySelector('button[name=action_choose]').click()"
        )
        self.dialog(visible=False)
        assert ITS_PRODUCT in self.decided(LINKED)["product_id"][1]

    def link_in_the_banner(self):
        """One click on the sales order, at the product that its item probably is."""
        sale = next(self.waiting_sales())
        [item] = self.search_read(
            "amazon.order.line",
            [("order_id.sale_order_id", "=", sale["id"]), ("product_id", "=", False)],
            ["seller_sku", "title"],
            "id",
        )[:1]
        product = self.stage.admin.call(
            "product.product", "create", [{"name": f"{item['title']} (shop)"}]
        )
        self.open(f"sale.order/{sale['id']}", "button[name=action_link_suggested]")
        self.picture("suggested")
        self.button("action_link_suggested", "[name=amazon_suggested_line_ids]")
        self.browser.wait_for("document.body.innerText.includes('is linked to')")
        linked = self.decided(item["seller_sku"])["product_id"][0]
        assert [linked] == (product if isinstance(product, list) else [product])

    def sees_pictures(self):
        """What was confirmed has Amazon's picture by and by."""
        made = [("product_id", "!=", False), ("picture_wanted", "=", True)]
        self.stage.wait_until(
            lambda: not self.search_read("amazon.listing", made, ["image_url"], "id"),
            "the pictures",
        )
        told = [("picture_problem", "!=", False)]
        assert self.search_read("amazon.listing", told, ["picture_problem"], "id") == []
        [listing] = self.search_read(
            "amazon.listing",
            [("product_id.default_code", "in", UNKNOWN), ("image_url", "!=", False)],
            ["product_id"],
            "id",
        )[:1]
        product = listing["product_id"][:1]
        read = self.stage.admin.call("product.product", "read", product, ["image_128"])
        assert read[0]["image_128"]

    def update_one(self, sku):
        self.open_item(sku)
        self.button("action_update")
        self.dialog()
        self.browser.type(".modal [name=cost] input", str(COST))
        self.picture("update")
        self.button("action_apply", ".modal")
        self.dialog(visible=False)
        product = self.decided(sku)["product_id"][0]
        told = self.stage.admin.call(
            "product.product", "read", [product], ["standard_price", "default_code"]
        )[0]
        assert (told["standard_price"], told["default_code"]) == (COST, sku)

    def ignore_one(self, sku):
        self.open_item(sku)
        self.button("action_ignore")
        self.dialog()
        self.browser.type(".modal [name=reason] input", "No longer sold")
        self.picture("ignore")
        self.button("action_apply", ".modal")
        self.dialog(visible=False)
        assert self.decided(sku)["state"] == "ignored"

    def confirm_all_of_an_order(self, sale):
        """On the sales order itself, with the button of its banner."""
        self.open(f"sale.order/{sale['id']}", ".o_form_view .o_field_widget")
        self.picture("frozen-order")
        assert "Frozen." in self.browser.text()
        self.button("action_ask_amazon_costs", "[name=amazon_frozen]")
        self.dialog()
        self.button("action_apply", ".modal-footer")
        self.stage.wait_until(
            lambda: self.state(sale) == "sale", f"{sale['amazon_order_ref']} to thaw"
        )
        self.open(f"sale.order/{sale['id']}", ".o_form_view .o_field_widget")
        self.picture("thawed-order")
        assert "Frozen." not in self.browser.text()

    def state(self, sale):
        read = self.stage.admin.call("sale.order", "read", [sale["id"]], ["state"])
        return read[0]["state"]

    def confirm_in_bulk(self, seller):
        """All that one card of the dashboard shows as unconfirmed, in one go."""
        self.open_items(seller)
        self.browser.click("thead .o_list_record_selector input")
        self.picture("selected")
        self.button("action_ask_costs", ".o_control_panel")
        self.dialog()
        self.picture("costs")
        self.button("action_apply", ".modal-footer")
        self.dialog(visible=False)
        self.stage.wait_until(lambda: not self.unconfirmed(seller), "products")

    def confirm_one(self, sku):
        self.open_item(sku)
        self.button("action_confirm", ".o_form_view [name=banner]")
        assert self.decided(sku)["state"] == "linked"


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def tour(request):
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    width, height = request.param
    with built(f"tour{width}") as stage, chromium.Browser(program) as browser:
        stage.wait_until(
            lambda: stage.admin.call("amazon.listing", "search_count", []) == LISTINGS,
            "the listings",
        )
        browser.resize(width, height, mobile=width < 600)
        browser.log_in(stage.odoo.url, companies=stage.companies.values())
        browser.errors.clear()
        yield Tour(stage, browser, width)


def test_from_unconfirmed_to_none(tour):
    """Every item decided, every order's total right.

    S2 (at a desk, on a phone).
    S138, S139, S140, S141, S142, S143, S144, S148, S149, S150, S151, S152.
    """
    tour.sees_counts(UNCONFIRMED, FROZEN)
    tour.picture("dashboard")
    # No order waits for this one.
    spare = next(
        listing["seller_sku"]
        for listing in tour.unconfirmed("IN")
        if not listing["order_line_ids"] and listing["seller_sku"] != LINKED
    )
    totals = {sale["id"]: sale["amount_total"] for sale in tour.frozen_sales()}
    tour.link_one()
    tour.ignore_one(spare)
    tour.link_in_the_banner()
    tour.update_one(tour.unconfirmed("IN")[0]["seller_sku"])
    while sale := next(tour.waiting_sales(), None):
        tour.confirm_all_of_an_order(sale)
        if not tour.is_phone:
            break
    for seller in NAMES:
        # A phone shows cards, which are decided on one by one.
        while tour.is_phone and (items := tour.unconfirmed(seller)):
            tour.confirm_one(items[0]["seller_sku"])
        if tour.unconfirmed(seller):
            tour.confirm_in_bulk(seller)
    tour.stage.wait_until(lambda: not tour.frozen_sales(), "the last order to thaw")
    tour.sees_counts(0, 0)
    tour.picture("dashboard-at-the-end")
    tour.sees_pictures()
    _check_orders(tour, totals, spare)
    assert tour.browser.errors == []


def _check_orders(tour, totals, ignored):
    """Every order is as Amazon states it; what was frozen kept its total."""
    known = collections.defaultdict(set)
    for product in tour.stage.amazon.products():
        if product["seller_sku"] != ignored:
            known[product["seller"]].add(product["seller_sku"])
    orders = tour.stage.amazon.orders()
    differences, counts = compare.compare(
        tour.stage.admin, orders, known, tour.stage.companies
    )
    assert differences == []
    assert sum(counts.values()) == ORDERS
    assert "frozen" not in counts
    after = tour.stage.admin.call(
        "sale.order", "read", list(totals), ["amount_total", "state"]
    )
    assert {sale["id"]: sale["amount_total"] for sale in after} == totals
    assert {sale["state"] for sale in after} == {"sale"}
