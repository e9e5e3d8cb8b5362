# SPDX-License-Identifier: LGPL-3.0-or-later
"""The simulator's feeds: documents, queue, processing reports."""

import gzip
import json

import jsonschema
import pytest
import requests
from contract.models import FOLDER, assert_answer, requires_models
from contract.test_simulator_listings_support import INDIA
from contract.test_simulator_support import Caller
from sp_api_simulator.listings_feed import MAX_MESSAGES

FEEDS = "/feeds/2021-06-30/feeds"
DOCUMENTS = "/feeds/2021-06-30/documents"
MODEL = "feeds_2021-06-30"
JSON = "application/json; charset=UTF-8"
SKU, OTHER = "IN-0001", "IN-0002"


class FeedDesk(Caller):
    """A seller who submits feeds."""

    def new_document(self, content_type=JSON):
        answer = self.post(DOCUMENTS, {"contentType": content_type})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def uploaded(self, content, content_type=JSON):
        """The id of an uploaded document."""
        found = self.new_document(content_type)
        headers = {"Content-Type": content_type}
        answer = requests.put(found["url"], data=content, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return found["feedDocumentId"]

    def create(self, document_id, feed_type="JSON_LISTINGS_FEED", places=(INDIA,)):
        body = {
            "feedType": feed_type,
            "marketplaceIds": list(places),
            "inputFeedDocumentId": document_id,
        }
        return self.post(FEEDS, body)

    def submit(self, content, **more):
        """The id of a feed."""
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        answer = self.create(self.uploaded(content), **more)
        assert answer.status_code == 202, answer.text
        return answer.json()["feedId"]

    def feed(self, feed_id):
        return self.get(f"{FEEDS}/{feed_id}").json()

    def ended(self, content, **more):
        """The feed's last state, after its time."""
        feed_id = self.submit(content, **more)
        self.simulator.clock.advance(30)
        return self.feed(feed_id)

    def report(self, feed):
        found = self.get(f"{DOCUMENTS}/{feed['resultFeedDocumentId']}").json()
        answer = requests.get(found["url"], timeout=30)
        assert answer.status_code == 200
        packed = found.get("compressionAlgorithm") == "GZIP"
        content = gzip.decompress(answer.content) if packed else answer.content
        report = json.loads(content)
        if FOLDER:
            name = "listings-feed-processing-report-schema-v2.json"
            schema = json.loads((FOLDER / "schemas" / "feeds" / name).read_text())
            jsonschema.Draft7Validator(schema).validate(report)
        return report

    def document(self, *messages, **header):
        own = self.simulator.sellers[self.key].merchant_token
        header = {"sellerId": own, "version": "2.0", **header}
        return {"header": header, "messages": list(messages)}


def message(number, sku=SKU, quantity=5, **changes):
    row = {"fulfillment_channel_code": "DEFAULT", "quantity": quantity}
    patch = {"op": "merge", "path": "/attributes/fulfillment_availability"}
    found = {
        "messageId": number,
        "sku": sku,
        "operationType": "PATCH",
        "productType": "PRODUCT",
        "patches": [{**patch, "value": [row]}],
    }
    return {**found, **changes}


@pytest.fixture
def desk(shop):
    shop.set_stock(lag=(0, 0))
    return FeedDesk(shop, "IN")


# --- documents -----------------------------------------------------------------


def test_an_upload_needs_the_same_content_type_and_no_token(desk):
    url = desk.new_document()["url"]
    for headers in (
        {"Content-Type": "application/json"},
        {},
        {"Content-Type": JSON, "x-amz-access-token": "Atza|1"},
    ):
        answer = requests.put(url, data=b"{}", headers=headers, timeout=30)
        assert answer.status_code in (400, 403)
    headers = {"Content-Type": JSON}
    assert requests.put(url, data=b"{}", headers=headers, timeout=30).status_code == 200
    assert requests.get(url, timeout=30).status_code == 403


def test_an_upload_has_five_minutes(shop, desk):
    url = desk.new_document()["url"]
    shop.clock.advance(301)
    headers = {"Content-Type": JSON}
    answer = requests.put(url, data=b"{}", headers=headers, timeout=30)
    assert (answer.status_code, b"expired" in answer.content) == (403, True)


def test_a_feed_needs_its_document(desk):
    unused = desk.new_document()["feedDocumentId"]
    for document_id in (unused, "amzn1.tortuga.4.nowhere"):
        assert desk.create(document_id).status_code == 400
    document = desk.uploaded(b"<xml/>", "text/xml; charset=UTF-8")
    assert desk.create(document).status_code == 400


def test_documents_are_the_sellers_own(shop, desk):
    document_id = desk.uploaded(b"{}")
    abroad = FeedDesk(shop, "US")
    assert abroad.get(f"{DOCUMENTS}/{document_id}").status_code == 404
    answer = abroad.create(document_id, places=["ATVPDKIKX0DER"])
    assert answer.status_code == 400


def test_documents_and_feeds_are_forgotten(shop, desk):
    feed = desk.ended(desk.document(message(1)))
    shop.clock.advance(29 * 86400)
    desk.token = None
    path = f"{DOCUMENTS}/{feed['resultFeedDocumentId']}"
    assert desk.get(path).status_code == 404
    assert desk.get(f"{FEEDS}/{feed['feedId']}").status_code == 200
    shop.clock.advance(62 * 86400)
    desk.token = None
    assert desk.get(f"{FEEDS}/{feed['feedId']}").status_code == 404


# --- the way of a feed ---------------------------------------------------------


@requires_models
def test_answers_follow_the_model(desk):
    answer = desk.post(DOCUMENTS, {"contentType": JSON})
    assert_answer(MODEL, "createFeedDocument", answer)
    document_id = desk.uploaded(json.dumps(desk.document(message(1))).encode())
    created = desk.create(document_id)
    assert_answer(MODEL, "createFeed", created)
    path = f"{FEEDS}/{created.json()['feedId']}"
    for seconds in (0, 10, 15):
        desk.simulator.clock.advance(seconds)
        assert_answer(MODEL, "getFeed", desk.get(path))
    found = desk.get(FEEDS, feedTypes="JSON_LISTINGS_FEED")
    assert_answer(MODEL, "getFeeds", found)
    result = desk.get(path).json()["resultFeedDocumentId"]
    assert_answer(MODEL, "getFeedDocument", desk.get(f"{DOCUMENTS}/{result}"))
    assert_answer(MODEL, "getFeed", desk.get(f"{FEEDS}/1"))


def test_a_feed_waits_is_worked_on_and_ends(shop, desk):
    feed_id = desk.submit(desk.document(message(1, quantity=77)))
    assert desk.feed(feed_id)["processingStatus"] == "IN_QUEUE"
    shop.clock.advance(9)
    feed = desk.feed(feed_id)
    assert feed["processingStatus"] == "IN_PROGRESS"
    assert "resultFeedDocumentId" not in feed
    assert shop.get_quantity("IN", SKU) != 77
    shop.clock.advance(12)
    assert desk.feed(feed_id)["processingStatus"] == "DONE"
    assert shop.get_quantity("IN", SKU) == 77
    (push,) = shop.pushes("IN", SKU)
    assert push.via == "feed"


def test_only_feeds_in_the_queue_can_be_cancelled(shop, desk):
    first = desk.submit(desk.document(message(1, quantity=77)))
    assert desk.send("DELETE", f"{FEEDS}/{first}").status_code == 200
    shop.clock.advance(30)
    assert desk.feed(first)["processingStatus"] == "CANCELLED"
    assert shop.get_quantity("IN", SKU) != 77
    second = desk.submit(desk.document(message(1)))
    shop.clock.advance(10)
    assert desk.send("DELETE", f"{FEEDS}/{second}").status_code == 400


def test_a_list_of_feeds(shop, desk):
    ids = []
    for number in range(1, 13):
        ids.append(desk.submit(desk.document(message(number))))
        shop.clock.advance(1)
    query = {"feedTypes": "JSON_LISTINGS_FEED"}
    first = desk.get(FEEDS, **query).json()
    assert [feed["feedId"] for feed in first["feeds"]] == ids[:1:-1]
    token = {"nextToken": first["nextToken"]}
    assert desk.get(FEEDS, **token, **query).status_code == 400
    rest = desk.get(FEEDS, **token).json()
    assert [feed["feedId"] for feed in rest["feeds"]] == ids[1::-1]
    done = desk.get(FEEDS, processingStatuses="FATAL", **query).json()
    assert done == {"feeds": []}
    assert desk.get(FEEDS).status_code == 400


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"feed_type": "POST_NOTHING"}, 400),
        ({"places": []}, 400),
        ({"places": ["A1PA6795UKMFR9"]}, 403),
    ],
)
def test_feeds_that_are_refused(desk, changes, status):
    assert desk.create(desk.uploaded(b"{}"), **changes).status_code == status


def test_the_role(shop, desk):
    shop.set_roles("IN", ["Pricing"])
    assert desk.create(desk.uploaded(b"{}")).status_code == 403


def test_switched_off_types_end_fatal(desk):
    document = desk.uploaded(b"<xml/>", "text/xml; charset=UTF-8")
    answer = desk.create(document, "POST_INVENTORY_AVAILABILITY_DATA")
    assert answer.status_code == 202
    desk.simulator.clock.advance(30)
    feed = desk.feed(answer.json()["feedId"])
    assert feed["processingStatus"] == "FATAL"


def test_five_listing_feeds_in_five_minutes(shop, desk):
    shop.quotas.enabled = True
    for _number in range(5):
        desk.submit(desk.document(message(1)))
    document_id = desk.uploaded(b"{}")
    assert desk.create(document_id).status_code == 429
    shop.clock.advance(301)
    assert desk.create(document_id).status_code == 202


# --- listings ------------------------------------------------------------------


def test_done_with_errors_inside(shop, desk):
    shop.reject_sku("IN", OTHER, [{"code": "8541", "message": "Not now."}])
    report = desk.report(
        desk.ended(
            desk.document(
                message(1, quantity=70),
                message(2, OTHER, 71),
                message(3, quantity=-1),
                message(4, quantity=5, operationType="DELETE"),
                message(5, "GONE"),
            )
        )
    )
    assert report["summary"] == {
        "errors": 3,
        "warnings": 0,
        "messagesProcessed": 5,
        "messagesAccepted": 2,
        "messagesInvalid": 3,
    }
    assert [issue["messageId"] for issue in report["issues"]] == [2, 3, 4]
    assert report["issues"][0]["sku"] == OTHER
    assert "sku" not in report["issues"][2]
    assert shop.get_quantity("IN", SKU) == 70
    assert shop.get_quantity("IN", OTHER) != 71
    assert shop.listings("IN", seller_sku=SKU)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.update(header="IN"),
        lambda document: document["header"].update(version="1.0"),
        lambda document: document["header"].update(sellerId="A1SOMEBODY"),
        lambda document: document.update(messages=[]),
        lambda document: document.update(
            messages=[message(n) for n in range(1, MAX_MESSAGES + 2)]
        ),
    ],
)
def test_a_document_that_is_wrong_as_a_whole(shop, desk, spoil):
    document = desk.document(message(1, quantity=70))
    spoil(document)
    feed = desk.ended(document)
    assert feed["processingStatus"] == "FATAL"
    (issue,) = desk.report(feed)["issues"]
    assert issue["severity"] == "ERROR" and "messageId" not in issue
    assert shop.get_quantity("IN", SKU) != 70


def test_no_json_and_too_much_of_it(desk):
    assert desk.ended(b"<xml/>")["processingStatus"] == "FATAL"
    large = json.dumps(desk.document(message(1))).encode() + b" " * (10 * 1024 * 1024)
    assert desk.ended(large)["processingStatus"] == "FATAL"


def test_message_ids_are_unique(desk):
    document = desk.document(message(1), message(1, OTHER), message(0, OTHER))
    report = desk.report(desk.ended(document))
    assert report["summary"]["messagesInvalid"] == 2
    assert report["summary"]["messagesAccepted"] == 1


# --- faults --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "takes_effect", "has_report"),
    [
        ("feed_fatal", "FATAL", False, True),
        ("feed_fatal_late", "FATAL", True, False),
        ("feed_cancelled", "CANCELLED", False, False),
        ("feed_hang", "IN_PROGRESS", False, False),
    ],
)
def test_endings(shop, desk, kind, status, takes_effect, has_report):
    shop.add_fault(kind, operation="createFeed", count=1)
    feed = desk.ended(desk.document(message(1, quantity=70)))
    assert feed["processingStatus"] == status
    assert (shop.get_quantity("IN", SKU) == 70) == takes_effect
    assert ("resultFeedDocumentId" in feed) == has_report
    feed = desk.ended(desk.document(message(1, quantity=71)))
    assert feed["processingStatus"] == "DONE"


def test_a_hanging_feed_may_end_much_later(shop, desk):
    """Amazon was seen to do this: old quantities come long after new ones."""
    shop.add_fault("feed_hang", operation="createFeed", count=1)
    hanging = desk.ended(desk.document(message(1, quantity=70)))
    desk.ended(desk.document(message(1, quantity=71)))
    shop.clock.advance(3000)
    assert shop.get_quantity("IN", SKU) == 71
    assert shop.release_feeds() == [hanging["feedId"]]
    assert shop.get_quantity("IN", SKU) == 70
    assert desk.feed(hanging["feedId"])["processingStatus"] == "DONE"


def test_control(shop, desk, control):
    assert control("POST", "/feeds", {"delay_seconds": 100})[1]["delay_seconds"] == 100
    assert control("POST", "/feeds", {"colour": 1})[0] == 400
    feed_id = desk.submit(desk.document(message(1)))
    shop.clock.advance(99)
    (feed,) = control("GET", "/feeds", seller="IN")[1]["feeds"]
    assert (feed["feed_id"], feed["status"]) == (feed_id, "IN_PROGRESS")
    assert control("POST", "/feeds/release")[1] == {"released": []}
