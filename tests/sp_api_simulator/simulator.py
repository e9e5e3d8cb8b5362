# SPDX-License-Identifier: LGPL-3.0-or-later
"""The simulator itself: state, the checks on every call, and the Python interface."""

import random
import threading
from collections import Counter, deque

from . import (
    families,
    fba_api,
    feeds_api,
    finances_api,
    india,
    listings_api,
    listings_submit,
    orders_api,
    payouts_api,
    reports_api,
    scenario,
    sellers_api,
    shipments_api,
    tokens_api,
    varieties,
)
from .agenda import Agenda
from .clock import Clock
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
from .orders_control import OrdersControl
from .overdue import Overdue
from .presigned import PresignedDocuments
from .quotas import Quotas
from .reports_store import ReportDesk
from .routes import Routes
from .sellers import ALL_ROLES, Seller
from .server import Server
from .settlement_control import SettlementControl
from .settlements import SettlementDesk
from .shipping_control import ShippingControl
from .stock import LAG as STOCK_LAG
from .stock import Stock
from .stock_control import StockControl
from .store import OrderStore
from .tax_control import TaxControl
from .tax_desk import TaxDesk
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
    "india": india.india,
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
    *finances_api.ROUTES,
    *payouts_api.ROUTES,
    *tokens_api.ROUTES,
)


class Simulator(
    OrdersControl,
    ListingsControl,
    ShippingControl,
    StockControl,
    FeedControl,
    SettlementControl,
    TaxControl,
):
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
        self.taxes = TaxDesk(self)
        self.feeds = FeedDesk(self)
        self.feed_tokens = ListTokens()
        self.settlements = SettlementDesk(self)
        self.finance_tokens = ListTokens()
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

    # --- sellers ------------------------------------------------------------

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
            self.settlements.open(seller)
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
