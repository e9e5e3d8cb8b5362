# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a parcel is checked for before it is sent, and how Amazon's words are read."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from contract.test_client_support import (
    FakeClock,
    amazon_error,
    cut_before,
    cut_in_body,
)
from sp_api import (
    CARRIERS,
    NotFoundError,
    Order,
    Parcel,
    ParcelItem,
    ShipmentRefusedError,
    Shipments,
    ThrottledError,
    UnknownResultError,
    split_order,
    split_tracking,
    tidy_tracking,
)
from sp_api.carriers import OTHER

ORDER_ID = "403-0000000-0000001"
INDIA = "A21TJRUUN4KGV"
CLOCK = FakeClock()
NOW = datetime.fromtimestamp(CLOCK.now, timezone.utc)
PARCEL = Parcel(
    reference=7,
    carrier_code="BlueDart",
    tracking_number=" 8012 3456\u00a0789\t",
    ship_date=NOW - timedelta(hours=1),
    items=(ParcelItem("00000000000001", 2),),
)


def confirm(amazon, parcel=PARCEL, **options):
    with amazon.client(FakeClock(), **options) as client:
        Shipments(client).confirm(ORDER_ID, INDIA, parcel)


def test_a_parcel_is_sent_in_the_form_of_the_model(amazon):
    """S43: number, date and quantities as Amazon wants them."""
    amazon.answers.append((204, b""))
    confirm(amazon)
    [sent] = amazon.requests
    assert sent["path"] == f"/eu/orders/v0/orders/{ORDER_ID}/shipmentConfirmation"
    assert json.loads(sent["body"]) == {
        "marketplaceId": INDIA,
        "packageDetail": {
            "packageReferenceId": "7",
            "carrierCode": "BlueDart",
            "trackingNumber": "80123456789",
            "shipDate": (NOW - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "orderItems": [{"orderItemId": "00000000000001", "quantity": 2}],
        },
    }


def test_a_date_a_little_ahead_becomes_amazons_own_time(amazon):
    amazon.answers.append((204, b""))
    confirm(amazon, replace(PARCEL, ship_date=NOW + timedelta(minutes=4)))
    detail = json.loads(amazon.requests[0]["body"])["packageDetail"]
    assert detail["shipDate"] == NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_transparency_codes_travel_with_their_item(amazon):
    amazon.answers.append((204, b""))
    item = ParcelItem("00000000000001", 2, ("CODE-1", "CODE-2"))
    confirm(amazon, replace(PARCEL, items=(item,)))
    [sent] = json.loads(amazon.requests[0]["body"])["packageDetail"]["orderItems"]
    assert sent["transparencyCodes"] == ["CODE-1", "CODE-2"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"reference": 0}, "no_reference"),
        ({"reference": "7"}, "no_reference"),
        ({"reference": True}, "no_reference"),
        ({"carrier_code": "  "}, "no_carrier"),
        ({"carrier_code": False}, "no_carrier"),
        ({"carrier_code": OTHER}, "no_carrier_name"),
        ({"tracking_number": " \u00a0\t"}, "no_tracking"),
        ({"tracking_number": None}, "no_tracking"),
        ({"ship_date": None}, "no_ship_date"),
        ({"ship_date": NOW + timedelta(minutes=6)}, "future_ship_date"),
        ({"items": ()}, "no_items"),
        ({"items": (ParcelItem("1", 0),)}, "bad_quantity"),
        ({"items": (ParcelItem("1", 1.5),)}, "bad_quantity"),
        ({"items": (ParcelItem("1", 1), ParcelItem("1", 1))}, "item_twice"),
        ({"items": (ParcelItem("1", 2, ("A",)),)}, "transparency_count"),
        ({"items": (ParcelItem("1", 2, ("A", "A")),)}, "transparency_count"),
    ],
)
def test_what_amazon_would_refuse_is_never_sent(amazon, change, problem):
    parcel = replace(PARCEL, **change)
    assert parcel.problems(NOW) == (problem,)
    with pytest.raises(ValueError, match=problem):
        confirm(amazon, parcel)
    assert not amazon.requests


def test_a_date_before_the_order_is_a_problem():
    assert PARCEL.problems(NOW, NOW) == ("early_ship_date",)
    assert PARCEL.problems(NOW, NOW - timedelta(hours=2)) == ()


def test_a_naive_date_is_no_date(amazon):
    naive = replace(PARCEL, ship_date=datetime(2026, 1, 1))
    with pytest.raises((ValueError, TypeError)):
        confirm(amazon, naive)
    assert not amazon.requests


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        (
            "InvalidInput",
            "PackageToUpdateNotFoundException: no package 3 in the order",
            "package_not_found",
        ),
        ("InvalidInput", "The order has already been shipped", "already_shipped"),
        ("InvalidInput", "Quantity exceeds what is left", "too_many"),
        ("InvalidInput", "Not for AMAZON_EASY_SHIP", "shipped_by_amazon"),
        ("InvalidInput", "Not for FBM_SHIP_PLUS orders", "shipped_by_amazon"),
        ("InvalidInput", "Order is fulfilled by Amazon", "shipped_by_amazon"),
        ("InvalidInput", "Order is in status Pending", "not_yet"),
        ("InvalidInput", "Order was Canceled", "cancelled"),
        ("InvalidInput", "Unknown order item id", "foreign_item"),
        ("InvalidInput", "shipDate is in the future", "ship_date"),
        ("InvalidInput", "trackingNumber is required", "tracking"),
        ("InvalidInput", "carrierName is required", "carrier"),
        ("InvalidInput", "packageReferenceId is not numeric", "reference"),
        ("InvalidInput", "Something that nobody has seen", "unknown"),
    ],
)
def test_refusals_have_a_reason(amazon, code, words, reason):
    """S128: Amazon's words say what is to be done; new ones survive."""
    amazon.answers.append((400, amazon_error(code, words)))
    with pytest.raises(ShipmentRefusedError) as caught:
        confirm(amazon)
    assert caught.value.reason == reason
    assert words in str(caught.value)
    assert len(amazon.requests) == 1


def test_the_reason_may_stand_in_the_details(amazon):
    body = amazon_error("InvalidInput", "Invalid Input")
    body["errors"][0]["details"] = "PackageToUpdateNotFoundException"
    amazon.answers.append((400, body))
    with pytest.raises(ShipmentRefusedError, match="PackageToUpdateNotFound") as caught:
        confirm(amazon)
    assert caught.value.reason == "package_not_found"


@pytest.mark.parametrize(
    "answer",
    [
        (500, amazon_error("InternalFailure")),
        (503, b"<html>"),
        (200, b"<html>"),
        cut_before,
        cut_in_body,
    ],
)
def test_an_unknown_result_is_said_and_not_repeated(amazon, answer):
    """S43: whatever may have arrived is not sent a second time blindly."""
    amazon.answers.append(answer)
    with pytest.raises(UnknownResultError, match="Unknown result") as caught:
        confirm(amazon)
    assert caught.value.outcome_unknown
    assert caught.value.retry_at is not None
    assert len(amazon.requests) == 1


def test_a_throttled_parcel_did_not_arrive_and_is_sent_again(amazon):
    amazon.answers += [(429, amazon_error("QuotaExceeded")), (204, b"")]
    confirm(amazon)
    assert len(amazon.requests) == 2


def test_a_long_throttle_is_no_unknown_result(amazon):
    throttled = (429, amazon_error("QuotaExceeded"), {"Retry-After": "60"})
    amazon.answers.append(throttled)
    with pytest.raises(ThrottledError) as caught:
        confirm(amazon)
    assert not caught.value.outcome_unknown
    assert caught.value.retry_at


def test_an_unknown_order_is_not_found(amazon):
    amazon.answers.append((404, amazon_error("NotFound")))
    with pytest.raises(NotFoundError):
        confirm(amazon)


def test_a_pick_up_tells_its_status(amazon):
    amazon.answers.append((204, b""))
    with amazon.client(FakeClock()) as client:
        shipments = Shipments(client)
        with pytest.raises(ValueError, match="Lost"):
            shipments.update_status(ORDER_ID, INDIA, "Lost")
        items = (ParcelItem("00000000000001", 1),)
        shipments.update_status(ORDER_ID, INDIA, "PickedUp", items)
    [sent] = amazon.requests
    assert sent["path"] == f"/eu/orders/v0/orders/{ORDER_ID}/shipment"
    assert json.loads(sent["body"]) == {
        "marketplaceId": INDIA,
        "shipmentStatus": "PickedUp",
        "orderItems": [{"orderItemId": "00000000000001", "quantity": 1}],
    }


def test_tracking_numbers_lose_their_blanks():
    assert tidy_tracking(" 1Z 999\u00a0AA1\n") == "1Z999AA1"
    assert tidy_tracking(None) == tidy_tracking("") == ""


TWO = ["RM111111111IN", "RM222222222IN"]


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        *(
            (between.join(TWO), TWO)
            for between in (
                ",",
                ", ",
                ";",
                "/",
                " / ",
                " ",
                "\n",
                "+",
                " and ",
                "、",
                "|",
                "_",
                " (1/2), ",
            )
        ),
        ("RM111111111IN (1/2) RM222222222IN (2/2)", TWO),
        ("RM111111111IN (UPS)", TWO[:1]),
        ("#RM111111111IN / ", TWO[:1]),
        ("(00)340434161094042557", ["(00)340434161094042557"]),
        ("RM 111 111 111 IN RM 222 222 222 IN", TWO),
        ("RM111111111IN, rm111111111in", TWO[:1]),
        ("123456789012 123456789013", ["123456789012", "123456789013"]),
        ("TRK1/TRK2", ["TRK1", "TRK2"]),
        # One number as labels print it.
        ("1Z 999 AA1 01 2345 6784", ["1Z999AA10123456784"]),
        ("1Z 999AA10123456784", ["1Z999AA10123456784"]),
        ("9400 1000 0000 0000 0000 00", ["9400100000000000000000"]),
        ("1234\u00a05678 9012", ["123456789012"]),
        ("DEL/123/45", ["DEL/123/45"]),
        ("1234-5678-9012", ["1234-5678-9012"]),
        (" , ; ", []),
        ("", []),
        (None, []),
    ],
)
def test_several_tracking_numbers_are_told_apart(typed, numbers):
    assert split_tracking(typed) == numbers


def test_several_tracking_numbers_are_no_parcel_for_amazon(amazon):
    with pytest.raises(ValueError, match="many_tracking"):
        confirm(amazon, replace(PARCEL, tracking_number=" ".join(TWO)))
    assert not amazon.requests


def test_carriers_are_told_once_and_the_other_one_last():
    codes = [carrier.code for carrier in CARRIERS]
    assert len(set(codes)) == len(codes) > 45
    assert {"BlueDart", "Delhivery", "UPS", "FedEx", "DHL"} <= set(codes)
    assert codes[-1] == OTHER
    assert all(carrier.name.strip() for carrier in CARRIERS)


def test_packages_of_an_order_are_read_without_the_senders_address():
    public, personal = split_order(
        {
            "orderId": ORDER_ID,
            "packages": [
                {
                    "packageReferenceId": "7",
                    "createdTime": "2026-11-20T10:00:00.000Z",
                    "packageStatus": {"status": "SHIPPED"},
                    "carrier": "BlueDart",
                    "shipTime": "2026-11-20T10:00:00.000Z",
                    "shippingService": "Standard",
                    "trackingNumber": "80123456789",
                    "shipFromAddress": {"name": "Asha", "countryCode": "IN"},
                    "packageItems": [
                        {
                            "orderItemId": "00000000000001",
                            "quantity": 2,
                            "transparencyCodes": ["CODE-1"],
                        }
                    ],
                }
            ],
        }
    )
    assert "shipFromAddress" not in public["packages"][0]
    assert personal == {}
    [package] = Order.from_json(public).packages
    assert (package.reference_id, package.status) == ("7", "SHIPPED")
    assert (package.carrier, package.tracking_number) == ("BlueDart", "80123456789")
    assert package.shipping_service == "Standard"
    assert package.ship_time == datetime(2026, 11, 20, 10, tzinfo=timezone.utc)
    assert [(item.order_item_id, item.quantity) for item in package.items] == [
        ("00000000000001", 2)
    ]
