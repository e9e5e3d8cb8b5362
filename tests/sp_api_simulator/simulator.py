# SPDX-License-Identifier: LGPL-3.0-or-later
"""The simulator itself: state, the checks on every call, and the Python interface."""

import json
import random
import threading
from collections import Counter, deque

from . import (
    families,
    fba_api,
    feeds_api,
    listings_api,
    listings_submit,
    orders_api,
    reports_api,
    scenario,
    sellers_api,
    shipments_api,
    varieties,
)
from .agenda import Agenda
from .changes import Refused, cancelled, merged, tip_finalized
from .clock import Clock, format_time
from .consent import show_consent
from .faults import Faults
from .fba import FbaStock
from .fba_api import InventoryTokens
from .feed_control import FeedControl
from .feeds_store import FeedDesk
from .gateway import Gateway
from .list_pages import ListTokens
from .listings import ListingStore
from .listings_control import ListingsControl
from .lwa import LoginWithAmazon
from .marketplaces import MARKETPLACES
from .orders_api import PageTokens
from .overdue import Overdue
from .presigned import PresignedDocuments
from .quotas import Quotas
from .reports_store import ReportDesk
from .routes import Routes
from .sellers import ALL_ROLES, Seller
from .server import Server
from .shipping_control import ShippingControl
from .stock import LAG as STOCK_LAG
from .stock import Stock
from .stock_control import StockControl
from .store import OrderStore
from .validation import ModelLibrary

REGIONS = ("na", "eu", "fe")
LAG = (120.0, 180.0)
CALLS_KEPT = 20_000
# Amazon's Far East host was seen to refuse this one, naming nothing.
REFUSED_DATA = {"na": (), "eu": (), "fe": ("FULFILLMENT",)}
SCENARIOS = {
    "plain": scenario.plain,
    "money": varieties.money,
    "catalogue": families.catalogue,
}
REGISTRY = (
    *sellers_api.ROUTES,
    *orders_api.ROUTES,
    *shipments_api.ROUTES,
    *listings_api.ROUTES,
    *listings_submit.ROUTES,
    *reports_api.ROUTES,
    *feeds_api.ROUTES,
    *fba_api.ROUTES,
)


class Simulator(ListingsControl, ShippingControl, StockControl, FeedControl):
    """One or more Amazon seller accounts on 127.0.0.1.

    `lag` (shortest, longest) seconds until search sees an update, (0, 0) switches all
    lags off; `quotas` False switches rate limits off; `strict` answers 500 when an own
    answer departs from Amazon's model; `models` is the folder of the models (False:
    never check); `header_absent` the share of answers without `x-amzn-RateLimit-Limit`;
    `start` the simulated time (epoch seconds; None: real now).
    """

    def __init__(
        self,
        seed=0,
        port=0,
        factor=1.0,
        start=None,
        lag=LAG,
        quotas=True,
        strict=True,
        models=None,
        header_absent=0.3,
    ):
        self.seed = seed
        self.lag = lag
        self.strict = strict
        self.lock = threading.RLock()
        self.models = None if models is False else ModelLibrary.find(models)
        self.routes = Routes(REGISTRY)
        self._settings = (factor, start, quotas, header_absent)
        self._server = Server(self, port)
        self._gateway = Gateway(self)
        self._fresh()

    def _fresh(self):
        factor, start, quotas, header_absent = self._settings
        self.clock = Clock(start, factor)
        self.lwa = LoginWithAmazon(self.seed)
        self.quotas = Quotas(self.seed, quotas, header_absent)
        self.faults = Faults(self.seed)
        self.agenda = Agenda()
        self.stock = Stock(self, STOCK_LAG if any(self.lag) else (0.0, 0.0))
        self.buyers = random.Random(f"buyers-{self.seed}")
        self.fba = FbaStock(self)
        self.inventory_tokens = InventoryTokens()
        self.page_tokens = PageTokens()
        self.overdue = Overdue()
        self.reports = ReportDesk(self)
        self.report_tokens = ListTokens()
        self.feeds = FeedDesk(self)
        self.feed_tokens = ListTokens()
        self.presigned = PresignedDocuments(self)
        self.sellers = {}
        self.calls = deque(maxlen=CALLS_KEPT)
        self.counters = Counter()
        self._random = random.Random(f"simulator-{self.seed}")
        self._request_number = 0
        self._application_id = None

    # --- life ---------------------------------------------------------------

    @property
    def url(self):
        """Base URL, e.g. http://127.0.0.1:4711 (no slash at the end)."""
        return self._server.url

    @property
    def lwa_url(self):
        return f"{self.url}/auth/o2/token"

    def api_url(self, region):
        return f"{self.url}/{region}"

    def start(self):
        self._server.start()
        return self

    def stop(self):
        self._server.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    def reset(self):
        """Forget everything: sellers, orders, faults, calls, clock."""
        with self.lock:
            self._fresh()

    def settle(self):
        """Let happen what is due by the clock: feeds, effects of submissions, and
        what becomes of overdue orders."""
        with self.lock:
            self.agenda.run_until(self.clock.now())
            self.overdue.settle(self)

    # --- sellers and orders -------------------------------------------------

    def add_seller(
        self,
        key,
        region,
        marketplace_ids,
        company_name=None,
        country=None,
        state="",
        roles=None,
        client_id=None,
        client_secret=None,
        refresh_token=None,
        selling_plan="PROFESSIONAL",
        own_application=False,
    ):
        """A seller who authorised an application; all share one unless told."""
        with self.lock:
            if key in self.sellers:
                raise ValueError(f"Seller {key!r} exists")
            foreign = [
                identifier
                for identifier in marketplace_ids
                if identifier not in MARKETPLACES
                or MARKETPLACES[identifier].region != region
            ]
            if region not in REGIONS or foreign or not marketplace_ids:
                raise ValueError("Marketplaces must be known and of the region")
            application_id = self._application(
                client_id, client_secret, own_application
            )
            token = "A" + "".join(
                self._random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=13)
            )
            seller = Seller(
                key,
                token,
                region,
                list(marketplace_ids),
                company_name or f"Seller {key}",
                country or MARKETPLACES[marketplace_ids[0]].country,
                state,
                application_id,
                self.lwa.authorise(application_id, token, refresh_token),
                selling_plan,
                set(ALL_ROLES if roles is None else roles),
                refused_data=set(REFUSED_DATA[region]),
            )
            seller.orders = OrderStore(self.lag, f"{self.seed}-{key}")
            seller.listings = ListingStore(self.lag, f"listings-{self.seed}-{key}")
            self.sellers[key] = seller
            return seller

    def _application(self, client_id, client_secret, own):
        if client_id in self.lwa.applications:
            return client_id
        now = self.clock.now()
        if client_id or client_secret or own:
            return self.lwa.register(now, client_id, client_secret).client_id
        if self._application_id is None:
            self._application_id = self.lwa.register(now).client_id
        return self._application_id

    def credentials(self, key):
        """What a user would copy from Amazon's portal, and this simulator's URLs."""
        seller = self.sellers[key]
        return {
            "seller": key,
            "region": seller.region,
            "merchant_token": seller.merchant_token,
            "client_id": seller.application_id,
            "application_id": self.lwa.applications[seller.application_id].solution_id,
            "client_secret": self.lwa.current_secret(seller.application_id),
            "refresh_token": seller.refresh_token,
            "api_url": self.api_url(seller.region),
            "lwa_url": self.lwa_url,
        }

    def put_orders(self, key, orders, check=True):
        """Store whole orders in Amazon's JSON; missing times become now.

        ValueError if an order departs from Amazon's model, unless `check` is False:
        then search and getOrder show it as it is. What new orders hold is no longer
        for sale.
        """
        with self.lock:
            stamp = format_time(self.clock.now())
            times = {"createdTime": stamp, "lastUpdatedTime": stamp}
            whole = [{**times, **_clone(order)} for order in orders]
            if check:
                self._refuse(self.order_problems(whole), ValueError)
            self.settle()
            seller = self.sellers[key]
            for order in whole:
                known = seller.orders.get(order["orderId"])
                self._follow(seller, known and known.data, order)
            return self.store_orders(key, whole, check)

    def _follow(self, seller, before, after):
        """What is for sale, and what lies at Amazon, follows an order's change."""
        self.stock.follow(seller, before, after)
        self.fba.follow(seller, before, after)

    def store_orders(self, key, orders, checked=True):
        """Store orders that are complete and nobody else will touch.

        They are history: what is for sale stays as it is.
        """
        now = self.clock.now()
        versions = self.sellers[key].orders.put(orders, now, checked)
        for version in versions:
            self.overdue.watch(key, version, now)
        return versions

    @staticmethod
    def _refuse(problems, error):
        if problems:
            raise error(f"Not an order of Amazon's model: {'; '.join(problems[:5])}")

    def order_problems(self, orders):
        """How orders depart from Amazon's model; empty without models."""
        if self.models is None:
            return []
        return [
            problem
            for order in orders
            for problem in self.models.problems("orders_2026-01-01", "Order", order)
        ]

    def truth(self, key=None):
        """Whole orders as they are now, without lag, roles or blocks."""
        with self.lock:
            self.settle()
            chosen = self.sellers.values() if key is None else [self.sellers[key]]
            return [
                version.data for seller in chosen for version in seller.orders.all()
            ]

    def find_order(self, order_id):
        """(seller, current version); KeyError if nobody has it."""
        for seller in self.sellers.values():
            version = seller.orders.get(order_id)
            if version is not None:
                return seller, version
        raise KeyError(order_id)

    def change_order(self, order_id, change, check=True, at=None):
        """Store what `change(private copy, now)` returns as the order's new version.

        `at` is when it happened (None: now); Refused if Amazon's model forbids it.
        """
        with self.lock:
            if at is None:
                self.settle()
            seller, version = self.find_order(order_id)
            now = self.clock.now() if at is None else at
            order = change(_clone(version.data), now)
            # Two changes in one millisecond must still be told apart.
            moment = format_time(max(now, version.updated + 0.001))
            order.setdefault("lastUpdatedTime", moment)
            if order["lastUpdatedTime"] == version.data["lastUpdatedTime"]:
                order["lastUpdatedTime"] = moment
            if check and version.checked:
                self._refuse(self.order_problems([order]), Refused)
            self._follow(seller, version.data, order)
            checked = check and version.checked
            [stored] = seller.orders.put([order], self.clock.now(), checked)
            self.overdue.watch(seller.key, stored, now)
            return order

    def update_order(self, order_id, patch, check=True):
        """JSON merge patch (RFC 7386); `orderItems` may be {orderItemId: patch}."""

        def change(order, _now):
            return merged(order, patch)

        return self.change_order(order_id, change, check)

    def cancel_order(self, order_id, by="BUYER", reason="BUYER_CANCELLED"):
        return self.change_order(
            order_id, lambda order, _now: cancelled(order, by, reason)
        )

    def finalize_tip(self, order_id, amount):
        """The buyer's delivery tip becomes final, at `amount` (a decimal string)."""

        def change(order, _now):
            return tip_finalized(order, amount)

        return self.change_order(order_id, change)

    # --- scenarios ----------------------------------------------------------

    def seed_scenario(self, name="plain", orders=200, seed=1):
        """Seed the world `name`; returns what its function in SCENARIOS returns."""
        with self.lock:
            return SCENARIOS[name](self, orders=orders, seed=seed)

    def seed_orders(self, key, count, **options):
        """Plain merchant-fulfilled orders; options as `scenario.plain_orders`."""
        with self.lock:
            return scenario.plain_orders(self, key, count, **options)

    def products(self):
        return scenario.products(self)

    def set_roles(self, key, roles, coarse_address=None):
        seller = self.sellers[key]
        unknown = set(roles) - ALL_ROLES
        if unknown:
            raise ValueError(f"Unknown role {sorted(unknown)[0]!r}")
        seller.roles = set(roles)
        if coarse_address is not None:
            seller.coarse_address = coarse_address

    def set_reports(self, **settings):
        """See `reports_store.ReportSettings` for the settings."""
        with self.lock:
            return self.reports.set(**settings)

    def add_fault(self, kind, **options):
        with self.lock:
            return self.faults.add(kind, **options)

    # --- calls --------------------------------------------------------------

    def handle_lwa(self, request):
        """Answer the token endpoint."""
        with self.lock:
            return self._gateway.token(request)

    def handle_consent(self, request):
        """Answer the page of Seller Central where a seller agrees."""
        with self.lock:
            return show_consent(self, request)

    def handle_api(self, region, request):
        """Answer one SP-API call."""
        with self.lock:
            self.settle()
            return self._gateway.api(region, request)

    def handle_download(self, request):
        """Answer the download or the upload of a presigned document."""
        with self.lock:
            return self.presigned.handle(request)

    def next_request_id(self):
        self._request_number += 1
        return f"{self._request_number:08x}-{self._random.getrandbits(96):024x}"

    def log_call(self, entry):
        """One entry of the log; see GET /_control/calls for its keys."""
        self.counters[entry["operation"], entry["seller"], entry["status"]] += 1
        self.calls.append(entry)


def _clone(order):
    """A private copy of JSON data, several times as fast as `copy.deepcopy`."""
    return json.loads(json.dumps(order))
