# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the connector's tests share: a company with an account, and orders as JSON."""

import copy
import sys
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo import fields
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase
from odoo.tests.common import _super_send, get_db_name
from odoo.tools import mute_logger

from ..sp_api import Client

INDIA = "A21TJRUUN4KGV"
AMERICA = "ATVPDKIKX0DER"
CANADA = "A2EUQ1WTGCTBG2"
# Operations that are no reading, but create or change nothing that is sold.
HARMLESS_OPERATIONS = {
    "token",
    "createReport",
    "createReportSchedule",
    "createRestrictedDataToken",
    "cancelReport",
    "patchListingsItem",
    "createFeedDocument",
    "uploadDocument",
    "createFeed",
    "cancelFeed",
    "unknown",
}
SIMULATOR_HOME = Path(__file__).resolve().parents[2] / "tests"
CRON_LOGGER = "odoo.addons.base.models.ir_cron"
SYNC_LOGGER = "odoo.addons.amazon_connector.sync.engine.base"
CLIENT_LOGGERS = tuple(
    f"odoo.addons.amazon_connector.sp_api.{name}" for name in ("client", "auth")
)
APPLY_LOGGER = "odoo.addons.amazon_connector.sync.orders.kind"


def ago(**span):
    """A moment in the past as Amazon writes it, e.g. ``ago(days=2)``."""
    moment = datetime.now(timezone.utc) - timedelta(**span)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def money(amount, currency="INR"):
    return {"amount": str(amount), "currencyCode": currency}


def item_json(
    sku="SKU-A",
    quantity=1,
    price="100.00",
    currency="INR",
    number="1",
    total=None,
    tax=None,
    tax_details=None,
    **charges,
):
    """One order item as Amazon's JSON.

    :param price: amount of the ITEM breakdown, for the whole line; None leaves it out
    :param total: proceedsTotal; None: the sum of all charges, tax inside
    :param tax: subtotal of TAX; ``tax_details`` is ``{subtype: amount}``
    :param charges: further breakdowns by type, e.g. ``SHIPPING="40.00"``
    """
    amounts = {"ITEM": price, **charges}
    breakdowns = [
        {"type": kind, "subtotal": money(amount, currency)}
        for kind, amount in amounts.items()
        if amount is not None
    ]
    if tax is not None:
        block = {"type": "TAX", "subtotal": money(tax, currency)}
        if tax_details:
            block["detailedBreakdowns"] = [
                {"subtype": subtype, "value": money(amount, currency)}
                for subtype, amount in tax_details.items()
            ]
        breakdowns.append(block)
    if total is None:
        total = f"{sum(float(a) for a in amounts.values() if a is not None):.2f}"
    item = {
        "orderItemId": f"9000000000000{number}",
        "quantityOrdered": quantity,
        "product": {"asin": "B000000001", "title": f"Title of {sku}", "sellerSku": sku},
        "proceeds": {
            "proceedsTotal": money(total, currency),
            "breakdowns": breakdowns,
        },
        "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": quantity},
    }
    if price is not None and quantity:
        item["product"]["price"] = {
            "unitPrice": money(f"{float(price) / quantity:.2f}", currency)
        }
    return item


def order_json(
    number=1,
    items=None,
    status="UNSHIPPED",
    marketplace=INDIA,
    currency="INR",
    buyer="asha",
    total=None,
    updated=None,
    created=None,
    **blocks,
):
    """One merchant-fulfilled order as Amazon's JSON.

    :param buyer: key of the made-up person; None leaves out all personal data
    :param total: grandTotal; None: the sum of the items' proceedsTotal
    :param blocks: top-level blocks that replace or add to these
    """
    items = [item_json(currency=currency)] if items is None else items
    if total is None:
        total = f"""{
            sum(
                float(i["proceeds"]["proceedsTotal"]["amount"])
                for i in items
                if "proceeds" in i
            ):.2f}"""
    order = {
        "orderId": f"403-0000000-{number:07d}",
        "createdTime": created or ago(days=1),
        "lastUpdatedTime": updated or ago(hours=12),
        "programs": [],
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": marketplace},
        "proceeds": {"grandTotal": money(total, currency)},
        "fulfillment": {
            "fulfillmentStatus": status,
            "fulfilledBy": "MERCHANT",
            "shipByWindow": {
                "earliestDateTime": ago(hours=1),
                "latestDateTime": ago(days=-1),
            },
        },
        "orderItems": items,
    }
    if buyer:
        order["buyer"] = {
            "buyerName": f"{buyer.title()} Secretname",
            "buyerEmail": f"{buyer}@marketplace.example",
        }
        order["recipient"] = {"deliveryAddress": address_json(buyer)}
    order.update(blocks)
    return {key: block for key, block in order.items() if block is not None}


def address_json(buyer="asha", **parts):
    return {
        "name": f"{buyer.title()} Secretname",
        "addressLine1": f"12 {buyer.title()} Hidden Street",
        "city": "Mysuru",
        "stateOrRegion": "KARNATAKA",
        "postalCode": "570001",
        "countryCode": "IN",
        "phone": "+91 98450 12345",
        **parts,
    }


def leaves(value, path=()):
    """Paths of all plain values inside some JSON."""
    if not isinstance(value, (dict, list)):
        yield path
        return
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        yield from leaves(part, (*path, key))


def replace_leaf(value, path, new):
    """A copy of some JSON with another value at one path."""
    copied = copy.deepcopy(value)
    target = copied
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = new
    return copied


class of_class_too:  # noqa: N801
    """Decorator of a test's method that its class can call as well, in setUpClass.

    A class method would not see what a test replaces, such as its account.
    """

    def __init__(self, function):
        self.function = function

    def __get__(self, test, kind):
        return self.function.__get__(kind if test is None else test)


class _Remembered:
    """What Odoo's registry has cached, kept over the end of a test.

    Odoo forgets all of it then, and the next test asks the database again. What was not
    cleared meanwhile stays, as it does when Odoo rolls back a request; a cache that was
    cleared becomes again what it was before.
    """

    _MARK = object()

    def __init__(self, registry):
        self._caches = list(registry._Registry__caches.values())
        self._entries = [self._copy(cache) for cache in self._caches]
        for cache in self._caches:
            cache[self._MARK] = True

    def look(self):
        """To be called before Odoo forgets."""
        for place, cache in enumerate(self._caches):
            if self._MARK in cache:
                self._entries[place] = self._copy(cache)

    def restore(self):
        """To be called after Odoo forgot."""
        for cache, entries in zip(self._caches, self._entries, strict=True):
            cache.clear()
            cache.update(entries)

    def _copy(self, cache):
        entries = cache.snapshot
        entries.pop(self._MARK, None)
        return entries


class AmazonCase(TransactionCase):
    """A company with a connected account in India; nothing talks to a network."""

    region = "eu"
    marketplaces = ("in",)
    # Not where the company is moved to another country, or gets accounts, afterwards.
    has_taxes = True

    @classmethod
    def setUpClass(cls):
        remembered = _Remembered(Registry(get_db_name()))
        cls.addClassCleanup(remembered.restore)
        super().setUpClass()
        cls.addClassCleanup(remembered.look)
        # Users of tests are not invited by mail, which costs as much as making them.
        users = cls.registry["res.users"]
        cls.startClassPatcher(patch.object(users, "_action_reset_password"))
        cls.company = cls.env.company
        cls.env["res.currency"].with_context(active_test=False).search(
            [("name", "in", ["INR", "USD", "CAD", "JPY"])]
        ).active = True
        cls.account = cls._create_account()
        cls.channels = cls.env["amazon.channel"].create(
            [
                {
                    "name": f"Amazon {marketplace.code}",
                    "account_id": cls.account.id,
                    "marketplace_id": marketplace.id,
                }
                for marketplace in (
                    cls.env.ref(f"amazon_connector.marketplace_{code}")
                    for code in cls.marketplaces
                )
            ]
        )
        cls.channel = cls.channels[0]
        cls.product = cls._create_product("SKU-A")
        cls.other_product = cls._create_product("SKU-B")
        cls.sync = cls.env["amazon.sync.orders"]
        if cls.has_taxes:
            # Else the first order of each test would make them.
            cls.company._get_amazon_taxes()

    def setUp(self):
        remembered = _Remembered(self.registry)
        self.addCleanup(remembered.restore)
        super().setUp()
        self.addCleanup(remembered.look)

    @classmethod
    def _create_account(cls, **vals):
        return cls.env["amazon.account"].create(
            {
                "name": "Test shop",
                "company_id": cls.company.id,
                "region": cls.region,
                "environment": "custom",
                "custom_api_url": f"http://127.0.0.1:9/{cls.region}",
                "custom_lwa_url": "http://127.0.0.1:9/auth/o2/token",
                "seller_id": "ATESTSELLER",
                "client_id_input": "client",
                "client_secret_input": "secret",
                "refresh_token_input": "refresh",
                "state": "connected",
                **vals,
            }
        )

    @classmethod
    def _create_product(cls, sku, **vals):
        product = cls.env["product.product"].create(
            {
                "name": f"Product {sku}",
                "default_code": sku,
                "is_storable": True,
                "taxes_id": False,
                **vals,
            }
        )
        warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.env["stock.quant"]._update_available_quantity(
            product, warehouse.lot_stock_id, 100
        )
        return product

    @of_class_too
    def store(self, *orders, run=None):
        """Put orders (Amazon's JSON) into the inbox; returns their bindings."""
        run = run or self.start_run()
        self.env["amazon.order.inbox"]._store_page(self.account, list(orders), run)
        return self.find(*(order["orderId"] for order in orders))

    @of_class_too
    def apply(self):
        """Apply all that waits, in one batch, without a commit."""
        self.env.flush_all()
        self.sync._apply_batch(self.sync._claim_waiting(50), last_try=True)
        self.env.flush_all()

    @of_class_too
    def receive(self, *orders):
        """Store and apply orders; returns their bindings."""
        bindings = self.store(*orders)
        self.apply()
        return bindings

    @of_class_too
    def find(self, *order_ids):
        found = self.env["amazon.order"].search([("order_number", "in", order_ids)])
        return found.sorted(lambda o: order_ids.index(o.order_number))

    @of_class_too
    def start_run(self):
        task = self.account._get_task("orders")
        return self.sync._start_run(task, self.channels)


def _find_simulator():
    """The class of the simulator."""
    if (SIMULATOR_HOME / "sp_api_simulator").is_dir():
        sys.path[:0] = {str(SIMULATOR_HOME)} - set(sys.path)
    try:
        from sp_api_simulator import Simulator
    except ImportError:
        raise unittest.SkipTest(
            "the SP-API simulator is neither beside the addon nor installed"
        ) from None
    return Simulator


class _LeapingClock:
    """Nobody waits for a retry: sleeping moves the client's clock, and Amazon's."""

    def __init__(self, simulator, clock):
        self._simulator = simulator
        self._clock = clock
        self._ahead = 0.0

    def time(self):
        return self._clock() + self._ahead

    def sleep(self, seconds):
        self._ahead += seconds
        self._simulator.clock.advance(seconds)


class SimulatorCase(AmazonCase):
    """The same, connected to a simulated Amazon over HTTP on this machine.

    The simulator is the one of the source repository, else the installed one.
    """

    seller = "IN"
    simulator_options = {"lag": (0, 0)}

    @classmethod
    def setUpClass(cls):
        cls.simulator = _find_simulator()(**cls.simulator_options)
        cls.addClassCleanup(cls.simulator.stop)
        cls.simulator.start()
        cls.simulator.seed_scenario("plain", orders=0)
        super().setUpClass()

    @classmethod
    def _create_account(cls, **vals):
        known = cls.simulator.credentials(cls.seller)
        return super()._create_account(
            custom_api_url=known["api_url"],
            custom_lwa_url=known["lwa_url"],
            seller_id=known["merchant_token"],
            client_id_input=known["client_id"],
            client_secret_input=known["client_secret"],
            refresh_token_input=known["refresh_token"],
            **vals,
        )

    @classmethod
    def _request_handler(cls, session, request, /, **kw):
        """Override of Odoo's guard, which expects one number as the time-out."""
        if urlsplit(request.url).hostname == "127.0.0.1":
            return _super_send(session, request, **kw)
        return super()._request_handler(session, request, **kw)

    def setUp(self):
        super().setUp()
        # The same seed makes the same sellers with the same credentials.
        self.simulator.reset()
        self.simulator.seed_scenario("plain", orders=0)
        defaults = Client.__init__.__kwdefaults__
        clock = _LeapingClock(self.simulator, defaults["clock"])
        own = {"clock": clock.time, "sleep": clock.sleep}
        self.startPatcher(patch.dict(defaults, own))
        self.task = self.account._get_task("orders")
        self.make_due()

    def tearDown(self):
        """S161: whatever a test did, nothing was created on Amazon."""
        changing = {
            call["operation"]
            for call in self.simulator.calls
            if call["method"] not in ("GET", "HEAD")
        }
        self.assertLessEqual(changing, HARMLESS_OPERATIONS)
        super().tearDown()

    def make_due(self):
        """Make the task due, as if its interval had passed."""
        self.task.cursor_ids.completed_at = False
        # After a hold it would wait for the modules before it.
        (self.account.task_ids - self.task).trigger = False
        self.task.write({"next_run": fields.Datetime.now(), "leased_until": False})

    def run_cron(self, name):
        """Run a cron to its end, as a worker would.

        :param name: an XML id, or the end of one of the connector's
        """
        xmlid = name if "." in name else f"amazon_connector.ir_cron_{name}"
        cron = self.env.ref(xmlid)
        failures = cron.failure_count
        with self.enter_registry_test_mode(), mute_logger(CRON_LOGGER):
            cron.method_direct_trigger()
        self.assertEqual(cron.failure_count, failures, f"cron {name} failed")

    def fetch(self):
        with mute_logger(SYNC_LOGGER, *CLIENT_LOGGERS):
            self.run_cron("orders_fetch")
        return self.last_run()

    def fetch_and_apply(self):
        self.fetch()
        self.run_cron("orders_apply")
        return self.last_run()

    def last_run(self):
        return self.env["amazon.sync.run"].search(
            [("account_id", "=", self.account.id)], limit=1
        )

    def calls(self, operation="searchOrders"):
        return [call for call in self.simulator.calls if call["operation"] == operation]
