# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odd answers of orders and sellers, and the search for denied marketplaces."""

import contextlib
import copy
import itertools
from datetime import datetime, timedelta, timezone

import pytest
from contract.test_client_orders_data import leaves, objects
from sp_api import (
    AccessDeniedError,
    AmazonError,
    FbaInventory,
    Feeds,
    Listings,
    Orders,
    ProtocolError,
    Reports,
    Sellers,
    split_denied,
)

START = 1_790_000_000.0
NOW = datetime.fromtimestamp(START, timezone.utc)


class Scripted:
    """Stands in for a client where the answer itself is the point."""

    seller_id = "SELLER"

    def __init__(self, answer):
        self.answer = answer

    def call(self, _operation, **_request):
        return self.answer


@pytest.mark.parametrize("answer", [{}, {"orders": None}, {"orders": {}}])
def test_page_without_orders_list_is_a_protocol_error(answer):
    with pytest.raises(ProtocolError):
        Orders(Scripted(answer)).search(last_updated_after=NOW)


def test_odd_page_entries_are_counted():
    answer = {
        "orders": [{"orderId": "1"}, None, "x"],
        "pagination": [],
        "lastUpdatedBefore": "soon",
    }
    page = Orders(Scripted(answer)).search(last_updated_after=NOW)
    assert (len(page.orders), page.unreadable) == (1, 2)
    assert (page.next_token, page.last_updated_before) == (None, None)
    assert "orderId" not in repr(page)


def test_order_missing_from_its_answer_is_a_protocol_error():
    with pytest.raises(ProtocolError):
        Orders(Scripted({"orders": []})).get("1")


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda client: Orders(client).get("1"), {"order": {"orderId": "2"}}),
        (lambda client: Reports(client).get("1"), {"reportId": "2"}),
        (lambda client: Feeds(client).get("1"), {"feedId": "2"}),
        (
            lambda client: Reports(client).get_document("1"),
            {"reportDocumentId": "2", "url": "https://example.com/2"},
        ),
        (
            lambda client: Feeds(client).get_document("1"),
            {"feedDocumentId": "2", "url": "https://example.com/2"},
        ),
        (lambda client: Listings(client).get("1", "A"), {"sku": "2"}),
    ],
)
def test_answer_about_another_is_a_protocol_error(ask, answer):
    """S43: nothing is taken for read, sent or refused by what concerns another."""
    with pytest.raises(ProtocolError, match="lacks"):
        ask(Scripted(answer))


def test_sku_in_other_letters_is_the_same():
    answer = {"sku": "sku-1", "summaries": [{"marketplaceId": "A"}]}
    [listing] = Listings(Scripted(answer)).get("SKU-1", "A")
    assert listing.seller_sku == "sku-1"


WRONG = (None, True, 5, 1.5, "x", [], {}, [None], {"a": 1})
READERS = [
    (
        {
            "payload": [
                {
                    "marketplace": {"id": "A", "name": "N", "countryCode": "IN"},
                    "participation": {"isParticipating": True},
                    "storeName": "S",
                }
            ]
        },
        lambda client: Sellers(client).marketplace_participations(),
    ),
    (
        {"payload": {"sellingPlan": "PROFESSIONAL", "businessType": "X"}},
        lambda client: Sellers(client).account(),
    ),
    (
        {
            "payload": {
                "inventorySummaries": [
                    {
                        "sellerSku": "A",
                        "inventoryDetails": {
                            "fulfillableQuantity": 1,
                            "reservedQuantity": {"totalReservedQuantity": 1},
                        },
                        "lastUpdatedTime": "2026-01-01T00:00:00Z",
                    }
                ]
            },
            "pagination": {"nextToken": ""},
        },
        lambda client: FbaInventory(client).read_page("A"),
    ),
    (
        {
            "reportId": "1",
            "reportType": "T",
            "processingStatus": "DONE",
            "dataStartTime": "2026-01-01T00:00:00Z",
            "marketplaceIds": ["A"],
        },
        lambda client: Reports(client).get("1"),
    ),
    (
        {"feedId": "1", "feedType": "T", "processingStatus": "DONE"},
        lambda client: Feeds(client).get("1"),
    ),
    (
        {"url": "https://x.example", "compressionAlgorithm": "GZIP"},
        lambda client: Feeds(client).get_document("1"),
    ),
    (
        {"orders": [{"orderId": "1"}], "pagination": {"nextToken": ""}},
        lambda client: Orders(client).search(last_updated_after=NOW),
    ),
    (
        {
            "items": [{"sku": "A", "summaries": [{"marketplaceId": "A"}]}],
            "numberOfResults": 1,
            "pagination": {"nextToken": ""},
        },
        lambda client: Listings(client).search("A"),
    ),
]


@pytest.mark.parametrize("answer, read", READERS)
def test_any_value_of_any_answer_may_be_of_another_type(answer, read):
    """It is read as text, as absent, or is a typed error; never a crash."""
    read(Scripted(answer))
    for path in (*objects(answer), *leaves(answer)):
        for wrong in WRONG:
            changed = {"whole": copy.deepcopy(answer)}
            target = changed
            for step in ("whole", *path)[:-1]:
                target = target[step]
            target[("whole", *path)[-1]] = wrong
            if isinstance(changed["whole"], dict):
                with contextlib.suppress(AmazonError):
                    read(Scripted(changed["whole"]))


def test_numbers_as_ids_are_texts():
    feeds = Feeds(Scripted({"feedId": 17, "url": "https://x.example"}))
    assert feeds.create_feed("T", ["A"], "D") == "17"
    page = Listings(Scripted({"items": [{"sku": 12345}]})).search("A")
    assert [listing.seller_sku for listing in page.listings] == ["12345"]


class Marketplaces:
    """A search that is denied when it names one of `denied`."""

    def __init__(self, denied, code="Unauthorized"):
        self.denied = denied
        self.code = code
        self.asked = []
        self.client = self

    def now(self):
        return START

    def search(self, *, marketplace_ids, page_size, last_updated_after):
        assert page_size == 1
        assert last_updated_after == NOW - timedelta(hours=1)
        self.asked.append(marketplace_ids)
        if set(marketplace_ids) & set(self.denied):
            raise AccessDeniedError("Denied", status=403, code=self.code)


@pytest.mark.parametrize("size", range(1, 9))
def test_denied_marketplaces_are_isolated_whatever_their_number(size):
    names = [f"M{number}" for number in range(size)]
    for count in range(1, size + 1):
        for denied in itertools.combinations(names, count):
            search = Marketplaces(denied)
            assert split_denied(search, names) == (
                tuple(name for name in names if name not in denied),
                denied,
            )
            # The whole was denied already: it is not asked again.
            assert tuple(names) not in search.asked
            if count == 1:
                assert len(search.asked) <= 2 * (size - 1).bit_length()


def test_a_firewalls_403_blames_no_marketplace():
    with pytest.raises(AccessDeniedError):
        split_denied(Marketplaces(["M1"], code=None), ["M1", "M2"])


def test_odd_participations_are_left_out_or_read_in_part():
    payload = [None, {}, {"marketplace": {"id": "M1"}, "participation": "x"}]
    found = Sellers(Scripted({"payload": payload})).marketplace_participations()
    assert [entry.marketplace_id for entry in found] == ["M1"]
    assert found[0].is_participating is None
    for answer in ({}, {"payload": None}, {"payload": "x"}):
        with pytest.raises(ProtocolError):
            Sellers(Scripted(answer)).marketplace_participations()
        with pytest.raises(ProtocolError):
            Sellers(Scripted(answer)).account()
