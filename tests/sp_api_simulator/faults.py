# SPDX-License-Identifier: LGPL-3.0-or-later
"""Faults: what goes wrong on purpose, how often, and on which operation."""

import copy
import random
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase

from .messages import Answer, ApiError
from .settings import check_values

REFUSALS = {
    403: ("Unauthorized", "Access to requested resource is denied."),
    404: ("NotFound", "The requested resource was not found."),
    429: ("QuotaExceeded", "You exceeded your quota for the requested resource."),
    500: ("InternalFailure", "We encountered an internal error. Please try again."),
    503: ("ServiceUnavailable", "Service is temporarily unavailable."),
}
# Instead of the answer, before the operation does anything.
BEFORE = ("throttle", "error", "cut_before")
# On the answer's content, on its way out, or on its speed.
CONTENT = ("repeat_page", "duplicates", "disorder", "unknown_enum", "missing_blocks")
DELIVERY = ("html", "empty", "truncated", "cut_body", "slow")
# On the report that a createReport asks for.
REPORT_ENDINGS = {"report_fatal": "FATAL", "report_cancelled": "CANCELLED"}
# On the feed that a createFeed asks for: not worked on at all; worked on and then
# aborted; cancelled by Amazon; in progress until `release_feeds`.
FEED_ENDINGS = ("feed_fatal", "feed_fatal_late", "feed_cancelled", "feed_hang")
KINDS = (
    *BEFORE,
    *CONTENT,
    *DELIVERY,
    *REPORT_ENDINGS,
    *FEED_ENDINGS,
    "clock_skew",
)
DROPPED_BLOCKS = ("buyer", "recipient", "proceeds", "fulfillment")


@dataclass
class Fault:
    """One fault.

    `operation` is a pattern ("*", "searchOrders", "get*", "token"); it fires on calls
    after the first `after` ones, `count` times (None: always), with `probability`.
    Options by kind: `status` (error, html), `retry_after` seconds and `limit_header`
    (throttle), `seconds` (slow: real seconds; clock_skew: simulated seconds),
    `blocks` (missing_blocks), `value` and `fields` (unknown_enum, see UNKNOWN),
    `seller` (key; None: all). A repeat_page fires only where a page went before.
    """

    kind: str
    operation: str = "*"
    count: int = None
    probability: float = 1.0
    after: int = 0
    status: int = None
    retry_after: float = None
    limit_header: bool = False
    seconds: float = 0.0
    blocks: list = field(default_factory=lambda: list(DROPPED_BLOCKS))
    value: str = "SOMETHING_NEW"
    fields: list = field(default_factory=lambda: ["programs", "fulfillmentStatus"])
    seller: str = None
    id: int = 0
    seen: int = 0
    fired: int = 0

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"Unknown fault {self.kind!r}; known: {', '.join(KINDS)}")
        foreign = set(self.fields) - set(UNKNOWN)
        if foreign:
            raise ValueError(f"Unknown field {sorted(foreign)[0]!r}")
        if self.kind == "error" and self.status is None:
            self.status = 500
        if self.kind == "html" and self.status is None:
            self.status = 503

    def concerns(self, operation, seller_key):
        return fnmatchcase(operation, self.operation) and (
            self.seller is None or self.seller == seller_key
        )


class Faults:
    """The injected faults, in the order in which they were added."""

    def __init__(self, seed):
        self._faults = []
        self._random = random.Random(f"faults-{seed}")
        self._next_id = 1
        self._pages = {}

    def add(self, kind, **options):
        check_values(Fault, "faults", {"kind": kind, **options})
        fault = Fault(kind, **options)
        fault.id, self._next_id = self._next_id, self._next_id + 1
        self._faults.append(fault)
        return fault

    def clear(self, fault_id=None):
        self._faults = [
            fault
            for fault in self._faults
            if fault_id is not None and fault.id != fault_id
        ]

    def state(self):
        return [asdict(fault) for fault in self._faults]

    def draw(self, operation, seller_key=None):
        """The faults that fire on this call; counts the call for each of them."""
        return [
            fault
            for fault in self._faults
            if fault.concerns(operation, seller_key)
            and self._fires(fault, (seller_key, operation))
        ]

    def _fires(self, fault, memory):
        if fault.kind == "repeat_page" and memory not in self._pages:
            return False
        fault.seen += 1
        if fault.seen <= fault.after:
            return False
        if fault.count is not None and fault.fired >= fault.count:
            return False
        if fault.probability < 1 and self._random.random() >= fault.probability:
            return False
        fault.fired += 1
        return True

    def instead(self, faults, limit="1"):
        """The Answer that replaces the call's own, or None; `limit` is its rate."""
        for fault in faults:
            if fault.kind == "cut_before":
                return Answer(503, None, delivery="cut_before")
            if fault.kind == "throttle":
                return _throttle(fault, limit)
            if fault.kind == "error":
                return refusal(fault.status)
        return None

    def apply(self, faults, answer, call):
        """The answer after the faults that garble its content or its delivery."""
        memory = (call.seller.key, call.route.operation) if call else None
        for fault in faults:
            if fault.kind in CONTENT and answer.status == 200 and call:
                answer.body = self._garbled(fault, answer.body, memory)
        if call and answer.status == 200:
            self._pages[memory] = answer.body
        for fault in faults:
            if fault.kind in DELIVERY:
                _deliver(fault, answer)
        return answer

    def _garbled(self, fault, body, memory):
        if fault.kind == "repeat_page":
            return self._pages.get(memory, body)
        body = copy.deepcopy(body)
        page = next((name for name in ("orders", "items") if name in body), None)
        entries = body[page] if page else _single(body)
        if fault.kind == "missing_blocks":
            _drop_blocks(entries, fault.blocks)
        elif fault.kind == "unknown_enum":
            _unknown_values(entries, fault.fields, fault.value)
        elif fault.kind == "duplicates" and page:
            body[page] = entries + copy.deepcopy(entries[:1])
        elif fault.kind == "disorder":
            self._random.shuffle(entries)
        return body


def _single(body):
    """The one order or listings item that an answer holds, in a list."""
    if "order" in body:
        return [body["order"]]
    return [body] if "sku" in body else []


def refusal(status):
    code, message = REFUSALS.get(status, ("InternalFailure", "Unexpected condition."))
    return ApiError(status, code, message).answer()


def _throttle(fault, limit):
    answer = refusal(429)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = f"{fault.retry_after:g}"
    if fault.limit_header:
        answer.headers["x-amzn-RateLimit-Limit"] = limit
    return answer


def skew(faults):
    """Seconds by which the server's clock is wrong for this call."""
    return sum(fault.seconds for fault in faults if fault.kind == "clock_skew")


def _drop_blocks(orders, blocks):
    for order in orders:
        for part in (order, *order.get("orderItems", ())):
            for name in blocks:
                part.pop(name, None)


def _unknown_program(order, value):
    order["programs"] = [*order.get("programs", ()), value]


def _unknown_fulfillment(name):
    def change(order, value):
        if "fulfillment" in order:
            order["fulfillment"][name] = value

    return change


def _unknown_channel(order, value):
    order["salesChannel"]["channelName"] = value


def _unknown_charge(order, value):
    for item in order["orderItems"]:
        for entry in item.get("proceeds", {}).get("breakdowns", ()):
            if entry["type"] == "SHIPPING":
                entry["type"] = value


def _unknown_everywhere(block, name):
    def change(item, value):
        for entry in item.get(block, ()):
            entry[name] = value

    return change


def _unknown_status(item, value):
    for summary in item.get("summaries", ()):
        summary["status"] = [*summary["status"], value]


def _unknown_relationship(item, value):
    for place in item.get("relationships", ()):
        for relationship in place["relationships"]:
            relationship["type"] = value


UNKNOWN_IN_ORDERS = {
    "programs": _unknown_program,
    "fulfillmentStatus": _unknown_fulfillment("fulfillmentStatus"),
    "fulfilledBy": _unknown_fulfillment("fulfilledBy"),
    "fulfillmentServiceLevel": _unknown_fulfillment("fulfillmentServiceLevel"),
    "channelName": _unknown_channel,
    "chargeType": _unknown_charge,
}
UNKNOWN_IN_LISTINGS = {
    "listingStatus": _unknown_status,
    "conditionType": _unknown_everywhere("summaries", "conditionType"),
    "offerType": _unknown_everywhere("offers", "offerType"),
    "issueSeverity": _unknown_everywhere("issues", "severity"),
    "fulfillmentChannelCode": _unknown_everywhere(
        "fulfillmentAvailability", "fulfillmentChannelCode"
    ),
    "relationshipType": _unknown_relationship,
}
UNKNOWN = {**UNKNOWN_IN_ORDERS, **UNKNOWN_IN_LISTINGS}


def _unknown_values(entries, fields, value):
    for entry in entries:
        known = UNKNOWN_IN_LISTINGS if "sku" in entry else UNKNOWN_IN_ORDERS
        for name in fields:
            if name in known:
                known[name](entry, value)


def _deliver(fault, answer):
    if fault.kind == "slow":
        answer.delay += fault.seconds
    elif fault.kind == "html":
        answer.status = fault.status
        answer.body = b"<!DOCTYPE html><html><body>Service Unavailable</body></html>"
        answer.content_type = "text/html"
    elif fault.kind == "empty":
        answer.status, answer.body = 200, b""
    elif fault.kind == "truncated":
        whole = answer.encoded()
        answer.body = whole[: len(whole) // 2]
    elif fault.kind == "cut_body":
        answer.delivery = "cut_body"


def from_json(data):
    """Checked options of a fault sent as JSON; ValueError if one is unknown."""
    known = set(asdict(Fault("slow"))) - {"id", "seen", "fired"}
    foreign = set(data) - known
    if foreign:
        raise ValueError(f"Unknown fault option {sorted(foreign)[0]!r}")
    return data
