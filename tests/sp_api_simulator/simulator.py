# SPDX-License-Identifier: LGPL-3.0-or-later
"""The simulator itself: state, the checks on every call, and the Python interface."""

import copy
import random
import re
import threading
from collections import Counter, deque
from dataclasses import dataclass

from . import orders_api, scenario, sellers_api
from .changes import cancelled, merged, shipped
from .clock import Clock, format_time, http_date
from .faults import Faults, skew
from .lwa import LoginWithAmazon, LwaError
from .marketplaces import MARKETPLACES
from .messages import ApiError, HtmlError, Request
from .orders_api import PageTokens
from .quotas import Quotas
from .routes import Route, Routes
from .sellers import ALL_ROLES, Seller
from .server import Server
from .store import OrderStore
from .validation import ModelLibrary

REGIONS = ("na", "eu", "fe")
LAG = (120.0, 180.0)
CALLS_KEPT = 20_000
USER_AGENT = re.compile(r"^[^\s/()]+( [^\s/()]+)*/[^\s/()]+ \((?=.*Language=)[^()]*\)$")
USER_AGENT_LIMIT = 500
# Amazon's Far East host was seen to refuse this one, naming nothing.
REFUSED_DATA = {"na": (), "eu": (), "fe": ("FULFILLMENT",)}
REGISTRY = (*sellers_api.ROUTES, *orders_api.ROUTES)


@dataclass
class Call:
    """One authenticated call on its way to an operation's handler."""

    simulator: object
    route: Route
    seller: Seller
    request: Request
    query: dict
    path: dict
    now: float


class Simulator:
    """One or more Amazon seller accounts on 127.0.0.1.

    `lag` (shortest, longest) seconds until search sees an update; `quotas` False
    switches rate limits off; `strict` answers 500 when an own answer departs from
    Amazon's model; `models` is the folder of the models (False: never check);
    `header_absent` the share of answers without `x-amzn-RateLimit-Limit`;
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
        self._fresh()

    def _fresh(self):
        factor, start, quotas, header_absent = self._settings
        self.clock = Clock(start, factor)
        self.lwa = LoginWithAmazon(self.seed)
        self.quotas = Quotas(self.seed, quotas, header_absent)
        self.faults = Faults(self.seed)
        self.page_tokens = PageTokens()
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
            "client_secret": self.lwa.current_secret(seller.application_id),
            "refresh_token": seller.refresh_token,
            "api_url": self.api_url(seller.region),
            "lwa_url": self.lwa_url,
        }

    def put_orders(self, key, orders):
        """Store whole orders in Amazon's JSON; missing times become now."""
        with self.lock:
            now = self.clock.now()
            stamp = format_time(now)
            whole = [
                {"createdTime": stamp, "lastUpdatedTime": stamp, **order}
                for order in orders
            ]
            problems = self.order_problems(whole) if len(whole) <= 500 else []
            if problems and self.strict:
                raise ValueError(f"Not orders of Amazon's model: {problems}")
            return self.sellers[key].orders.put(whole, now)

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

    def _change(self, order_id, change):
        with self.lock:
            seller, version = self.find_order(order_id)
            now = self.clock.now()
            order = change(copy.deepcopy(version.data), now)
            # Two changes in one millisecond must still be told apart.
            order["lastUpdatedTime"] = format_time(max(now, version.updated + 0.001))
            seller.orders.put([order], now)
            return order

    def update_order(self, order_id, patch):
        """JSON merge patch (RFC 7386); `orderItems` may be {orderItemId: patch}."""
        return self._change(order_id, lambda order, _now: merged(order, patch))

    def ship_order(self, order_id, **parcel):
        """See `changes.shipped` for the parcel's options."""
        return self._change(order_id, lambda order, now: shipped(order, now, **parcel))

    def cancel_order(self, order_id, by="BUYER", reason="BUYER_CANCELLED"):
        return self._change(order_id, lambda order, _now: cancelled(order, by, reason))

    def seed_scenario(self, name="plain", orders=200, seed=1):
        """Returns the number of orders per seller."""
        with self.lock:
            return scenario.SCENARIOS[name](self, orders=orders, seed=seed)

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

    def add_fault(self, kind, **options):
        with self.lock:
            return self.faults.add(kind, **options)

    # --- calls --------------------------------------------------------------

    def handle_lwa(self, request):
        """Answer the token endpoint."""
        with self.lock:
            fired = self.faults.draw("token")
            now = self.clock.now() + skew(fired)
            answer = self.faults.instead(fired)
            if answer is None:
                try:
                    answer = self.lwa.token(request.form(), now)
                except LwaError as error:
                    answer = error.answer()
            answer = self.faults.apply(fired, answer, None)
            self._finish(answer, now)
            self._log(request, "token", None, answer, now)
            return answer

    def handle_api(self, region, request):
        """Answer one SP-API call."""
        with self.lock:
            return self._api(region, request)

    def _api(self, region, request):
        route = call = None
        fired = []
        now = self.clock.now()
        try:
            self._check_user_agent(request)
            route, path = self.routes.find(request.method, request.path)
            seller, application_id = self._authenticate(request, region, now)
            fired = self.faults.draw(route.operation, seller.key)
            now += skew(fired)
            call = Call(self, route, seller, request, {}, path, now)
            answer = self.faults.instead(fired)
            if answer is None:
                answer = self._within_quota(call, application_id)
        except (ApiError, HtmlError) as error:
            answer = error.answer()
        answer = self.faults.apply(fired, answer, call)
        self._finish(answer, now)
        operation = route.operation if route else "unknown"
        self._log(request, operation, call and call.seller.key, answer, now)
        return answer

    def _check_user_agent(self, request):
        text = request.headers.get("user-agent", "")
        if len(text) > USER_AGENT_LIMIT or not USER_AGENT.match(text):
            raise HtmlError(400, "400 Bad Request")

    def _authenticate(self, request, region, now):
        text = request.headers.get("x-amz-access-token")
        if not text:
            raise ApiError.forbidden("Access token is missing in the request header.")
        token = self.lwa.access_tokens.get(text)
        if token is None:
            raise ApiError.forbidden(
                "The access token you provided is revoked, malformed or invalid."
            )
        if token.expires_at <= now:
            raise ApiError.forbidden("The access token you provided has expired.")
        for seller in self.sellers.values():
            if seller.merchant_token == token.merchant_token:
                if seller.region != region:
                    break
                return seller, token.application_id
        raise ApiError.forbidden()

    def _within_quota(self, call, application_id):
        seller, route = call.seller, call.route
        if not self.quotas.allow(
            application_id, seller.merchant_token, route, self.clock.now()
        ):
            return ApiError.quota_exceeded().answer()
        try:
            if not seller.roles & route.roles:
                raise ApiError.forbidden()
            call.query = call.request.query()
            self._check_request(call)
            answer = route.handler(call)
        except ApiError as error:
            answer = error.answer()
        answer = self._checked(call, answer)
        limit = self.quotas.header(route)
        if limit is not None and answer.status != 403:
            answer.headers["x-amzn-RateLimit-Limit"] = limit
        return answer

    def _check_request(self, call):
        if self.models is None:
            return
        route = call.route
        problems = self.models.request_problems(
            route.model, route.operation, call.query
        )
        if problems:
            raise ApiError.invalid_input("; ".join(problems))

    def _checked(self, call, answer):
        if self.models is None or not self.strict:
            return answer
        route = call.route
        problems = self.models.answer_problems(
            route.model, route.operation, answer.status, answer.body
        )
        if not problems:
            return answer
        text = "The simulator's own answer departs from Amazon's model."
        return ApiError(500, "SimulatorFault", text, "; ".join(problems)).answer()

    def _finish(self, answer, now):
        self._request_number += 1
        number = self._random.getrandbits(96)
        answer.headers["x-amzn-RequestId"] = f"{self._request_number:08x}-{number:024x}"
        answer.headers["Date"] = http_date(now)

    def _log(self, request, operation, seller_key, answer, now):
        """Form bodies and headers with secrets are never kept."""
        self.counters[operation, seller_key, answer.status] += 1
        query = {} if operation == "token" else dict(request.pairs())
        self.calls.append(
            {
                "operation": operation,
                "seller": seller_key,
                "method": request.method,
                "path": request.path,
                "query": query,
                "status": answer.status,
                "delivery": answer.delivery,
                "time": format_time(now),
                "user_agent": request.headers.get("user-agent", ""),
                "request_id": answer.headers["x-amzn-RequestId"],
            }
        )
