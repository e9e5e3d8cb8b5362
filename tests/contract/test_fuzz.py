# SPDX-License-Identifier: LGPL-3.0-or-later
"""Answers and documents with something wrong in them: each is read, or has a reason.

A few hundred in every run; `setup/test contract -- -k fuzz --fuzz 20000` tries more.
"""

import contextlib
import copy
import json
from collections import ChainMap
from datetime import datetime, timezone

import pytest
from contract.models import load, requires_models
from contract.test_client_odd_answers import Scripted
from contract.test_client_orders_data import leaves, objects
from contract.test_client_settlements import GERMAN, text_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sp_api import (
    AmazonError,
    DocumentFile,
    FbaInventory,
    Feeds,
    Finances,
    Listings,
    Order,
    Orders,
    Reports,
    Sellers,
    find_unknown_fields,
    read_listing_rows,
    read_order_rows,
    read_processing_report,
    read_shipments,
    split_order,
)
from sp_api.document_rows import iter_rows
from sp_api.listing_feed import read_report
from sp_api.merge import merge_public
from sp_api.proceeds import UnreadableProceeds, read_order
from sp_api.report_columns import LISTING_COLUMNS, ORDER_COLUMNS, SHIPMENT_COLUMNS
from sp_api.settlements import SettlementError, read_settlement

NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)
ODD = (
    *(None, True, False, 0, -1, 1.5, 10**400, 1e308, float("nan"), float("inf")),
    *("", " ", "x" * 5000, "\0", "\ud800", "1e999999", "NaN", "-0", "9" * 400),
    *("2026-02-30T25:61:61Z", "2027-01-01T00:00:00+99:99", "DROP", "<b>", "%s{0}"),
    *([], [None], [[]], {}, {"a": 1}),
)


def _read_orders(orders):
    """All that is done with an order before Odoo comes in."""
    former = {}
    for raw in orders:
        find_unknown_fields(raw)
        public, _personal = split_order(raw)
        former = merge_public(former, public)
        with contextlib.suppress(ValueError):
            order = Order.from_json(public)
            for inclusive in (True, False):
                with contextlib.suppress(UnreadableProceeds):
                    read_order(order, prices_include_tax=inclusive)


def _search_orders(client):
    _read_orders(Orders(client).search(last_updated_after=NOW).orders)


def _get_order(client):
    _read_orders([Orders(client).get("1")])


# Amazon's model, the definition of the answer, and who reads it.
ANSWERS = [
    ("orders_2026-01-01", "SearchOrdersResponse", _search_orders),
    ("orders_2026-01-01", "GetOrderResponse", _get_order),
    (
        "listingsItems_2021-08-01",
        "ItemSearchResults",
        lambda client: Listings(client).search("A"),
    ),
    ("reports_2021-06-30", "Report", lambda client: Reports(client).get("1")),
    (
        "reports_2021-06-30",
        "GetReportsResponse",
        lambda client: Reports(client).find(["T"], created_since=NOW),
    ),
    ("feeds_2021-06-30", "Feed", lambda client: Feeds(client).get("1")),
    (
        "fbaInventory",
        "GetInventorySummariesResponse",
        lambda client: FbaInventory(client).read_page("A"),
    ),
    (
        "sellers",
        "GetMarketplaceParticipationsResponse",
        lambda client: Sellers(client).marketplace_participations(),
    ),
    ("sellers", "GetAccountResponse", lambda client: Sellers(client).account()),
    (
        "finances_2024-06-19",
        "ListBalancesResponse",
        lambda client: Finances(client).balances(),
    ),
    (
        "finances_2024-06-19",
        "SummaryResponse",
        lambda client: Finances(client).settlement_total("1"),
    ),
]


def _answers(model, name):
    """Answers as Amazon's model allows, with up to four places changed."""
    definitions = load(model)["definitions"]
    change = st.tuples(st.integers(0, 10**6), st.sampled_from((DROP, *ODD)))
    right = _values(definitions[name], definitions, DEEPEST)
    return st.builds(_changed, right, st.lists(change, max_size=4))


def _values(schema, definitions, depth):
    """What a schema allows. Libraries that do this for all of JSON Schema take over a
    minute to begin with the model of orders; Swagger's models need little of it."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return _values(definitions[name], definitions, depth)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "allOf" in schema:
        parts = [_values(part, definitions, depth) for part in schema["allOf"]]
        return st.tuples(*parts).map(lambda found: dict(ChainMap(*found)))
    if not depth:
        return st.none()
    if schema["type"] == "array":
        return st.lists(_values(schema["items"], definitions, depth - 1), max_size=2)
    if schema["type"] == "object":
        rules = schema.get("properties", {}).items()
        within = {key: _values(rule, definitions, depth - 1) for key, rule in rules}
        return st.fixed_dictionaries({}, optional=within)
    return PLAIN[schema.get("format") or schema["type"]]


DEEPEST = 9
TIMES = st.sampled_from(["2026-10-05T08:00:00Z", "2026-10-05T08:00:00.123+05:30"])
WHOLE = st.integers(-5, 10**7)
PLAIN = {
    "boolean": st.booleans(),
    "date": st.just("2026-10-05"),
    "date-time": TIMES,
    "double": st.floats(-100, 100),
    "int32": WHOLE,
    "int64": WHOLE,
    "integer": WHOLE,
    "number": st.floats(-100, 100),
    "string": st.sampled_from(["A", "10.00", "-3.5", "INR", "IN", "X" * 40, "नमस्ते"]),
}
DROP = object()


def _changed(answer, changes):
    answer = copy.deepcopy(answer)
    for place, odd in changes:
        paths = [path for path in (*objects(answer), *leaves(answer)) if path]
        if paths:
            *steps, last = paths[place % len(paths)]
            target = answer
            for step in steps:
                target = target[step]
            if odd is DROP:
                del target[last]
            else:
                target[last] = copy.deepcopy(odd)
    return answer


def _try(request, strategy, check, kinds):
    """Have `check` called with its share of the examples."""
    tuned = settings(
        max_examples=max(request.config.getoption("fuzz") // kinds, 1),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    tuned(given(strategy)(check))()


@requires_models
@pytest.mark.parametrize(
    ("model", "name", "read"), ANSWERS, ids=[name for _model, name, _read in ANSWERS]
)
def test_fuzz_answers(request, model, name, read):
    """A crash would stop a run for all orders of a page; a typed error has a reason."""

    def check(answer):
        with contextlib.suppress(AmazonError):
            read(Scripted(answer))

    _try(request, _answers(model, name), check, len(ANSWERS))


def _table(columns, **cells):
    row = "\t".join(cells.get(name.replace("-", "_"), "1") for name in columns)
    return "\n".join(["\t".join(columns), row, row]).encode()


def _rows(read):
    def read_all(document):
        for _row in read(document):
            pass

    return read_all


def _read_settlement_rows(document):
    with contextlib.suppress(SettlementError):
        for _row in read_settlement(document).rows():
            pass


ENVELOPE = b"""<?xml version="1.0" encoding="UTF-8"?>
<AmazonEnvelope><Message><MessageID>1</MessageID><ProcessingReport>
<DocumentTransactionID>5</DocumentTransactionID><StatusCode>Complete</StatusCode>
<ProcessingSummary><MessagesProcessed>1</MessagesProcessed></ProcessingSummary>
<Result><MessageID>1</MessageID><ResultCode>Error</ResultCode>
<ResultMessageCode>25</ResultMessageCode><ResultDescription>No</ResultDescription>
<AdditionalInfo><AmazonOrderID>1</AmazonOrderID></AdditionalInfo></Result>
</ProcessingReport></Message></AmazonEnvelope>"""
LISTING_FEED = json.dumps(
    {
        "header": {"sellerId": "A", "version": "2.0", "feedId": "1"},
        "issues": [{"messageId": 1, "code": "8", "severity": "ERROR", "message": "No"}],
        "summary": {"errors": 1, "warnings": 0, "messagesProcessed": 1},
    }
).encode()
DOCUMENTS = {
    "orders": (_table(ORDER_COLUMNS), _rows(read_order_rows)),
    "shipments": (_table(SHIPMENT_COLUMNS), _rows(read_shipments)),
    "listings": (_table(LISTING_COLUMNS), _rows(read_listing_rows)),
    "columns": (_table(["a", "b"]), _rows(lambda one: iter_rows(one, ["a"]))),
    "settlement": (text_of(GERMAN).encode(), _read_settlement_rows),
    "order feed": (ENVELOPE, lambda one: read_processing_report(one.chunks())),
    "listing feed": (LISTING_FEED, read_report),
}
PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [
            b"\t",
            b"\n",
            b"\r",
            b'"',
            b"\0",
            b"\xff\xfe",
            b"&x;",
            b"<!DOCTYPE a [",
            b"1,5",
        ]
    ),
)
EDITS = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 40), PIECES), max_size=6
)


def _edited(content, edits):
    for place, gone, piece in edits:
        at = place % (len(content) + 1)
        content = content[:at] + piece + content[at + gone :]
    return content


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_fuzz_documents(request, kind):
    content, read = DOCUMENTS[kind]

    def check(edits):
        with DocumentFile.from_bytes(_edited(content, edits)) as document:
            with contextlib.suppress(AmazonError):
                read(document)

    _try(request, EDITS, check, len(DOCUMENTS))
