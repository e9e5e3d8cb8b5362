# SPDX-License-Identifier: LGPL-3.0-or-later
"""Everything Amazon checks before and after an operation's own work."""

import re
from dataclasses import dataclass, field

from .clock import format_time, http_date
from .faults import skew
from .lwa import AccessToken, LwaError
from .messages import ApiError, HtmlError, Request
from .routes import Route
from .sellers import Seller

# Amazon's form, App/1.0 (Language=Python/3.11), and what Amazon's own SDKs send.
USER_AGENT = re.compile(
    r"^([^\s/()]+( [^\s/()]+)*/[^\s/()]+ \((?=.*Language=)[^()]*\)"
    r"|amazon-selling-partner-api-sdk/[^\s/()]+/[^\s/()]+)$"
)
USER_AGENT_LIMIT = 500


@dataclass
class Call:
    """One authenticated call on its way to an operation's handler.

    `now` is the server's time for this call, `token` the access token it came with,
    `fired` the faults that concern it. A handler sets `unchecked` when its answer holds
    an order that was stored against Amazon's model on purpose.
    """

    simulator: object
    route: Route
    seller: Seller
    request: Request
    query: dict
    path: dict
    now: float
    token: AccessToken
    unchecked: bool = False
    fired: list = field(default_factory=list)


class Gateway:
    """The doors of one simulator: the token endpoint and the regional hosts."""

    def __init__(self, simulator):
        self._simulator = simulator

    def token(self, request):
        """Answer the token endpoint."""
        simulator = self._simulator
        fired = simulator.faults.draw("token")
        now = simulator.clock.now() + skew(fired)
        answer = simulator.faults.instead(fired)
        if answer is None:
            try:
                answer = simulator.lwa.token(request.form(), now)
            except LwaError as error:
                answer = error.answer()
        answer = simulator.faults.apply(fired, answer, None)
        return self._finished(request, "token", None, answer, now)

    def api(self, region, request):
        """Answer one SP-API call."""
        simulator = self._simulator
        route = call = None
        fired = []
        now = simulator.clock.now()
        try:
            self._check_user_agent(request)
            route, path = simulator.routes.find(request.method, request.path)
            seller, token = self._authenticate(request, region, now)
            fired = simulator.faults.draw(route.operation, seller.key)
            now += skew(fired)
            call = Call(simulator, route, seller, request, {}, path, now, token)
            call.fired = fired
            limit = f"{simulator.quotas.plan(route)[0]:g}"
            answer = simulator.faults.instead(fired, limit)
            if answer is None:
                answer = self._within_quota(call)
        except (ApiError, HtmlError) as error:
            answer = error.answer()
        answer = simulator.faults.apply(fired, answer, call)
        operation = route.operation if route else "unknown"
        seller_key = call.seller.key if call else None
        return self._finished(request, operation, seller_key, answer, now)

    def _check_user_agent(self, request):
        text = request.headers.get("user-agent", "")
        if len(text) > USER_AGENT_LIMIT or not USER_AGENT.match(text):
            raise HtmlError(400, "400 Bad Request")

    def _authenticate(self, request, region, now):
        text = request.headers.get("x-amz-access-token")
        if not text:
            raise ApiError.forbidden("Access token is missing in the request header.")
        token = self._simulator.lwa.access_tokens.get(text)
        if token is None:
            raise ApiError.forbidden(
                "The access token you provided is revoked, malformed or invalid."
            )
        if token.expires_at <= now:
            raise ApiError.forbidden("The access token you provided has expired.")
        for seller in self._simulator.sellers.values():
            if seller.merchant_token == token.merchant_token:
                if seller.region != region:
                    break
                return seller, self._unrestricted(token, request)
        raise ApiError.forbidden()

    def _unrestricted(self, token, request):
        """The token; ApiError 403 if it was made for other resources."""
        if token.resources and (request.method, request.path) not in token.resources:
            raise ApiError.forbidden()
        return token

    def _within_quota(self, call):
        seller, route = call.seller, call.route
        application_id = call.token.application_id
        quotas, now = self._simulator.quotas, self._simulator.clock.now()
        if not quotas.allow(application_id, seller.merchant_token, route, now):
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
        limit = quotas.header(route)
        if limit is not None and answer.status != 403:
            answer.headers["x-amzn-RateLimit-Limit"] = limit
        return answer

    def _check_request(self, call):
        models, route = self._simulator.models, call.route
        if models is None:
            return
        name, operation = route.model, route.operation
        problems = models.request_problems(name, operation, call.query)
        if problems:
            raise ApiError.invalid_input("; ".join(problems))

    def _checked(self, call, answer):
        models, route = self._simulator.models, call.route
        if models is None or not self._simulator.strict or call.unchecked:
            return answer
        name, operation = route.model, route.operation
        problems = models.answer_problems(name, operation, answer.status, answer.body)
        if not problems:
            return answer
        text = "The simulator's own answer departs from Amazon's model."
        return ApiError(500, "SimulatorFault", text, "; ".join(problems)).answer()

    def _finished(self, request, operation, seller_key, answer, now):
        simulator = self._simulator
        answer.headers["x-amzn-RequestId"] = simulator.next_request_id()
        answer.headers["Date"] = http_date(now)
        # Form bodies and headers hold secrets, so they are never kept.
        simulator.log_call(
            {
                "operation": operation,
                "seller": seller_key,
                "method": request.method,
                "path": request.path,
                "query": {} if operation == "token" else dict(request.pairs()),
                "status": answer.status,
                "delivery": answer.delivery,
                "time": format_time(now),
                "user_agent": request.headers.get("user-agent", ""),
                "request_id": answer.headers["x-amzn-RequestId"],
            }
        )
        return answer
