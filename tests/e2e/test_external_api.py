# SPDX-License-Identifier: LGPL-3.0-or-later
"""docs/external-api.md is run as it stands: its examples connect, sync, link, ship,
cancel and read back, over XML-RPC, odoorpc and JSON-2."""

import concurrent.futures
import json
import re
import subprocess
import xmlrpc.client

import pytest
from pieces import connect, odoo_home, paths, postgres, server

from .conftest import prepared

PAGE = (paths.REPOSITORY / "docs" / "external-api.md").read_text(encoding="utf-8")
SELLER = "IN"
CLIENTS = 50
# What the page invents, in the order of its first use.
SHIPPED, CANCELLED = "403-1111111-1111111", "403-2222222-2222222"


def examples(language, chapter=""):
    """The page's examples of a language, in their order."""
    text = PAGE[PAGE.index(chapter) :] if chapter else PAGE
    if chapter:
        level = chapter.split(" ")[0]
        text = re.split(rf"^{level} ", text[len(chapter) :], flags=re.M)[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


class Reader:
    """Somebody who copies the page, and puts own values in place of the invented."""

    def __init__(self, stage):
        self.stage = stage
        [self.seller] = [
            one for one in stage.amazon.sellers() if one["seller"] == SELLER
        ]
        self.company = stage.companies[SELLER]
        url = stage.amazon.url
        region = self.seller["region"]
        self.own = {
            "http://127.0.0.1:8069": stage.odoo.url,
            "port=8069": f"port={stage.odoo.url.rsplit(':', 1)[1]}",
            "amazon_demo": stage.odoo.database,
            '"company_id": companies[0]': f'"company_id": {self.company}',
            '"region": "eu"': (
                f'"region": "{region}", "environment": "custom", '
                f'"custom_api_url": "{url}/{region}", '
                f'"custom_lwa_url": "{url}/auth/o2/token"'
            ),
            "A1B2C3D4E5F6G7": self.seller["merchant_token"],
            "amzn1.application-oa2-client...": self.seller["client_id"],
            "amzn1.oa2-cs.v1...": self.seller["client_secret"],
            "Atzr|...": self.seller["refresh_token"],
        }
        self.used = set()

    def mend(self, text):
        for invented, own in self.own.items():
            if invented in text:
                self.used.add(invented)
                text = text.replace(invented, own)
        return text

    def run(self, blocks, names=None):
        """Execute Python examples one after the other; returns their names."""
        names = {} if names is None else names
        for block in blocks:
            if SHIPPED in block and SHIPPED not in self.own:
                self.own[SHIPPED], self.own[CANCELLED] = self.find_orders()
            exec(compile(self.mend(block), "external-api.md", "exec"), names)
        return names

    def find_orders(self, count=2):
        """Numbers of orders that wait to be shipped."""
        domain = [
            ("state", "=", "applied"),
            ("fulfillment_status", "=", "UNSHIPPED"),
            ("fulfilled_by", "=", "MERCHANT"),
            ("sale_order_id.delivery_status", "=", "pending"),
            ("cancellation_requested", "=", False),
        ]
        found = self.stage.admin.search_read(
            "amazon.order", domain, ["order_number"], limit=count
        )
        return [order["order_number"] for order in found]


@pytest.fixture(scope="module")
def reader():
    with prepared("api") as stage:
        connect.switch_a_tax_on(stage.admin, stage.companies[SELLER])
        yield Reader(stage)


@pytest.fixture(scope="module")
def names(reader):
    """What the examples for xmlrpc.client have left: `call`, `account`, ..."""
    return reader.run(examples("python", "## Python: `xmlrpc.client`"))


def test_the_page_is_run_from_top_to_bottom(reader, names):
    read = reader.stage.admin.search_read
    [shipped] = read(
        "amazon.order",
        [("order_number", "=", reader.own[SHIPPED])],
        ["sale_order_id", "shipment_ids"],
    )
    [shipment] = read(
        "amazon.shipment",
        [("id", "in", shipped["shipment_ids"])],
        ["tracking_number"],
    )
    assert shipment["tracking_number"] == "TRACK-1"
    [cancelled] = read(
        "amazon.cancellation",
        [("order_id.order_number", "=", reader.own[CANCELLED])],
        ["state", "reason_code"],
    )
    assert cancelled["reason_code"] == "NoInventory"
    [listing] = read("amazon.listing", [("seller_sku", "=", "IN-0028")], ["state"])
    assert listing["state"] == "linked"
    assert names["run"]["state"] == "done"
    assert names["code"] == "AMZ-NOT-FOUND"
    assert set(reader.own) - {"port=8069"} <= reader.used


def test_odoorpc(reader, names):
    pytest.importorskip("odoorpc")
    # Amazon's report of items may come after the answer to the first sync.
    domain = [("seller_sku", "=", "IN-0001")]
    search = reader.stage.admin.search_read
    reader.stage.wait_until(
        lambda: search("amazon.listing", domain, ["state"]), "the items", seconds=400
    )
    told = reader.run(examples("python", "## Python: `odoorpc`"))
    assert told["status"]["accounts"][0]["id"] == names["account"][0]
    assert told["pushed"]["listings"][0]["sku"] == "IN-0001"


@pytest.fixture(scope="module")
def key(reader):
    """An administrator's API key, as Preferences > Security makes it."""
    stage = reader.stage
    script = (
        "key = env['res.users.apikeys'].with_user(2)._generate('rpc', 'e2e', None)\n"
        "env.cr.commit()\n"
        "print('KEY=' + key)\n"
    )
    with postgres.running() as pg:
        shell = ["shell", "-d", stage.odoo.database, "--no-http"]
        told = server.run(odoo_home.get(), pg, shell, what="make a key", script=script)
    return re.search(r"KEY=(\w+)", told)[1]


def test_curl(reader, names, key):
    [block] = examples("sh", "## JSON-2 with `curl`")
    text = reader.mend(block).replace("your API key", key)
    text = text.replace('"ids": [1]', f'"ids": {names["account"]}')
    done = subprocess.run(
        ["bash", "-euc", text], capture_output=True, text=True, timeout=120, check=True
    )
    version, order, held, resumed, refused = map(
        json.loads, filter(None, done.stdout.splitlines())
    )
    assert version["errors"]
    assert order["orders"][0]["amazon_order_id"] == reader.own[SHIPPED]
    assert held["accounts"][0]["on_hold"] is True
    assert resumed["accounts"][0]["on_hold"] is False
    assert refused["message"].startswith("AMZ-NOT-FOUND: ")


PASSWORD = "script-e2e-password"


@pytest.fixture(scope="module")
def outsiders(reader):
    """Ids of users: of the portal, of nothing in Amazon, of another company."""
    admin = reader.stage.admin
    [foreign] = [
        company
        for seller, company in reader.stage.companies.items()
        if seller != SELLER
    ]
    groups = {
        "portal": ["base.group_portal"],
        "employee": ["base.group_user"],
        "foreign": ["amazon_connector.group_manager", "stock.group_stock_manager"],
    }
    return {
        name: admin.call(
            "res.users",
            "create",
            {
                "name": name,
                "login": f"{name}_script",
                "password": PASSWORD,
                "company_id": foreign,
                "company_ids": [(6, 0, [foreign])],
                "group_ids": [
                    (4, admin.call("ir.model.data", "check_object_reference", *one)[1])
                    for one in (group.split(".") for group in wanted)
                ],
            },
        )
        for name, wanted in groups.items()
    }


def test_fifty_clients_at_once(reader, names, outsiders):
    """Right and wrong calls, by those who may and those who may not: each is answered
    or refused with a code, and what many ask for happens once."""
    stage = reader.stage
    *shipped, cancelled = reader.find_orders(4)
    assert len(shipped) == 3
    ship = ("amazon.order", "api_confirm_shipment")
    product = stage.admin.find("product.product", ("default_code", "=", "IN-0002"))
    own = [
        *(((*ship, number, f"TRACK-{number}"), {""}) for number in shipped * 7),
        *[(("amazon.order", "api_cancel", [cancelled], "NoInventory"), {""})] * 8,
        *[(("amazon.listing", "api_link", {"IN-0002": product}), {""})] * 3,
        (("amazon.order", "api_get", ["x"] * 1001), {"AMZ-TOO-MANY"}),
        (("amazon.order", "api_get", [[["id", "!=", 0]]]), {"AMZ-ARGUMENT"}),
        (("amazon.order", "api_cancel", [cancelled], 5), {"AMZ-ARGUMENT"}),
        (("amazon.account", "api_status", [2**31 - 1]), {"AMZ-NOT-FOUND"}),
        (("amazon.listing", "api_link", {"') OR 1=1 --": product}), {"AMZ-NOT-FOUND"}),
        ((*ship, shipped[0], "T", {"$ne": 1}), {"AMZ-ARGUMENT"}),
    ]
    others = [
        (("amazon.account", "api_status", names["account"]), "AMZ-NOT-FOUND"),
        (("amazon.account", "api_hold", names["account"]), "AMZ-NOT-FOUND"),
        ((*ship, shipped[1], "FOREIGN"), "AMZ-NOT-FOUND"),
        (("amazon.order", "api_cancel", [shipped[2]], "NoInventory"), "AMZ-NOT-FOUND"),
    ]
    calls = [(names["user"], "admin", call, codes) for call, codes in own]
    for who, user in outsiders.items():
        for call, code in others:
            expected = code if who == "foreign" else "AMZ-FORBIDDEN"
            calls.append((user, PASSWORD, call, {expected}))
    assert len(calls) == CLIENTS

    def ask(call):
        user, password, arguments, _expected = call
        context = names["everywhere"] if user == names["user"] else {}
        return ask_odoo(stage, user, password, *arguments, context=context)

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        codes = list(pool.map(ask, calls))
    odd = {
        (str(call[2])[:80], code)
        for call, code in zip(calls, codes, strict=True)
        if code not in call[3] | ({"AMZ-BUSY"} if "" in call[3] else set())
    }
    assert not odd
    domain = [("order_id.order_number", "in", [*shipped, cancelled])]
    fields = ["order_id", "tracking_number"]
    parcels = stage.admin.search_read("amazon.shipment", domain, fields)
    told = sorted(parcel["tracking_number"] for parcel in parcels)
    assert told == sorted(f"TRACK-{number}" for number in shipped)
    assert len(stage.admin.search_read("amazon.cancellation", domain, [])) == 1
    [listing] = stage.admin.search_read(
        "amazon.listing", [("seller_sku", "=", "IN-0002")], ["product_id", "state"]
    )
    assert (listing["product_id"][0], listing["state"]) == (product, "linked")
    [account] = stage.admin.search_read(
        "amazon.account", [("id", "in", names["account"])], ["on_hold"]
    )
    assert account["on_hold"] is False


def ask_odoo(stage, user, password, *call, context):
    """A client of its own calls a method: '' if it is answered, else the code."""
    proxy = xmlrpc.client.ServerProxy(f"{stage.odoo.url}/xmlrpc/2/object")
    model, method, *arguments = call
    options = {"context": context}
    login = (stage.odoo.database, user, password)
    try:
        proxy.execute_kw(*login, model, method, arguments, options)
    except xmlrpc.client.Fault as fault:
        return fault.faultString.partition(":")[0]
    return ""
