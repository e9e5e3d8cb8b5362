# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders v0: what confirmShipment refuses, and what a parcel does to its order."""

import pytest
from contract.models import assert_answer, requires_models
from contract.test_simulator_support import Caller, make_order
from sp_api_simulator.clock import DAY, HOUR, format_time

INDIA = "A21TJRUUN4KGV"
START = 1_790_000_000.0
FIRST, SECOND = "00000000000001", "00000000000002"


@pytest.fixture
def caller(simulator, india):
    simulator.quotas.enabled = False
    return india


def place(simulator, number=1, **changes):
    """An order of two units of one item, a day old; returns its id."""
    created = format_time(START - DAY)
    order = make_order(number, createdTime=created, lastUpdatedTime=created)
    order["orderItems"][0]["orderItemId"] = FIRST
    simulator.put_orders("IN", [{**order, **changes}])
    return order["orderId"]


def item(item_id, quantity, **changes):
    return {
        "orderItemId": item_id,
        "quantityOrdered": quantity,
        "product": {"sellerSku": "IN-0001", "title": "Cotton Kurta"},
        "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": quantity},
        **changes,
    }


def parcel(reference="1", items=((FIRST, 2),), **changes):
    return {
        "packageReferenceId": reference,
        "carrierCode": "BlueDart",
        "trackingNumber": "80123456789",
        "shipDate": format_time(START - HOUR),
        "orderItems": [
            {"orderItemId": item_id, "quantity": quantity}
            for item_id, quantity in items
        ],
        **changes,
    }


def confirm(caller, order_id, detail=None, marketplace_id=INDIA, **more):
    body = {"marketplaceId": marketplace_id, "packageDetail": detail or parcel()}
    path = f"/orders/v0/orders/{order_id}/shipmentConfirmation"
    return caller.post(path, {**body, **more})


def refusal(answer):
    assert answer.status_code == 400, answer.text
    return answer.json()["errors"][0]["message"]


def states(simulator, order_id):
    """(status, [(fulfilled, unfulfilled) of each item])."""
    order = simulator.find_order(order_id)[1].data
    items = [entry["fulfillment"] for entry in order["orderItems"]]
    return order["fulfillment"]["fulfillmentStatus"], [
        (entry["quantityFulfilled"], entry["quantityUnfulfilled"]) for entry in items
    ]


def test_a_parcel_ships_the_order_and_shows_in_its_packages(simulator, caller):
    order_id = place(simulator)
    before = simulator.find_order(order_id)[1].updated
    answer = confirm(caller, order_id)
    assert (answer.status_code, answer.content) == (204, b"")
    assert states(simulator, order_id) == ("SHIPPED", [(2, 0)])
    assert simulator.find_order(order_id)[1].updated > before
    shown = caller.order(order_id, includedData="PACKAGES,FULFILLMENT").json()
    assert shown["order"]["packages"] == [
        {
            "packageReferenceId": "1",
            "createdTime": format_time(START),
            "packageStatus": {"status": "SHIPPED"},
            "carrier": "BlueDart",
            "shipTime": format_time(START - HOUR),
            "trackingNumber": "80123456789",
            "packageItems": [{"orderItemId": FIRST, "quantity": 2}],
        }
    ]


def test_several_parcels_ship_an_order_in_parts(simulator, caller):
    order_id = place(simulator, orderItems=[item(FIRST, 2), item(SECOND, 1)])
    confirm(caller, order_id, parcel("1", [(FIRST, 1)]))
    assert states(simulator, order_id) == ("PARTIALLY_SHIPPED", [(1, 1), (0, 1)])
    confirm(caller, order_id, parcel("2", [(FIRST, 1), (SECOND, 1)]))
    assert states(simulator, order_id) == ("SHIPPED", [(2, 0), (1, 0)])
    packages = simulator.find_order(order_id)[1].data["packages"]
    assert [package["packageReferenceId"] for package in packages] == ["1", "2"]


def test_the_same_number_again_edits_the_parcel(simulator, caller):
    order_id = place(simulator)
    confirm(caller, order_id)
    answer = confirm(caller, order_id, parcel(trackingNumber="NEW", carrierCode="DHL"))
    assert answer.status_code == 204
    [package] = simulator.find_order(order_id)[1].data["packages"]
    assert (package["trackingNumber"], package["carrier"]) == ("NEW", "DHL")
    confirm(caller, order_id, parcel(items=[(FIRST, 1)]))
    assert states(simulator, order_id) == ("PARTIALLY_SHIPPED", [(1, 1)])


def test_an_unknown_number_of_a_fulfilled_order_is_not_found(simulator, caller):
    order_id = place(simulator)
    confirm(caller, order_id)
    message = refusal(confirm(caller, order_id, parcel("2")))
    assert "PackageToUpdateNotFound" in message
    assert len(simulator.find_order(order_id)[1].data["packages"]) == 1


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        (parcel("SO-1"), "packageReferenceId"),
        (parcel("0"), "packageReferenceId"),
        (parcel("-1"), "packageReferenceId"),
        (parcel(carrierCode=" "), "carrierCode"),
        (parcel(carrierCode="Other"), "carrierName"),
        (parcel(trackingNumber=" "), "trackingNumber"),
        (parcel(shipDate=format_time(START + 1)), "future"),
        (parcel(shipDate=format_time(START - DAY - 1)), "before the purchase"),
        (parcel(shipDate="2026-09-01T10:00:00+05:30"), "shipDate"),
        (parcel(items=[(FIRST, 3)]), "More than is left"),
        (parcel(items=[(FIRST, 1), (FIRST, 2)]), "More than is left"),
        (parcel(items=[(FIRST, 0)]), "must be positive"),
        (parcel(items=[("99999999999999", 1)]), "no such order item"),
        (parcel(items=[]), "orderItems is empty"),
    ],
)
def test_wrong_parcels_are_refused(simulator, caller, detail, words):
    order_id = place(simulator)
    assert words in refusal(confirm(caller, order_id, detail))
    assert states(simulator, order_id) == ("UNSHIPPED", [(0, 2)])


def test_another_carrier_has_a_name(simulator, caller):
    order_id = place(simulator)
    detail = parcel(carrierCode="Other", carrierName="Raju Couriers")
    assert confirm(caller, order_id, detail).status_code == 204
    [package] = simulator.find_order(order_id)[1].data["packages"]
    assert package["carrier"] == "Raju Couriers"


@requires_models
@pytest.mark.parametrize("name", ["trackingNumber", "carrierCode", "shipDate"])
def test_the_model_demands_its_fields(simulator, caller, name):
    detail = parcel()
    del detail[name]
    answer = confirm(caller, place(simulator), detail)
    assert answer.status_code == 400
    assert_answer("ordersV0", "confirmShipment", answer)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"programs": ["AMAZON_EASY_SHIP"]}, "EASY_SHIP"),
        ({"programs": ["PRIME", "FBM_SHIP_PLUS"]}, "SHIP_PLUS"),
        ({"programs": ["DELIVERY_BY_AMAZON"]}, "DELIVERY_BY_AMAZON"),
        ({"programs": ["IN_STORE_PICK_UP"]}, "pick-up"),
        (
            {
                "fulfillment": {
                    "fulfillmentStatus": "PENDING",
                    "fulfilledBy": "MERCHANT",
                }
            },
            "Pending",
        ),
        (
            {
                "fulfillment": {
                    "fulfillmentStatus": "CANCELLED",
                    "fulfilledBy": "MERCHANT",
                }
            },
            "cancelled",
        ),
        (
            {
                "fulfillment": {
                    "fulfillmentStatus": "UNSHIPPED",
                    "fulfilledBy": "AMAZON",
                }
            },
            "fulfilled by Amazon",
        ),
    ],
)
def test_orders_that_are_not_the_sellers_to_confirm(simulator, caller, changes, words):
    """S171: Easy Ship, Ship+, FBA and unpaid orders take no confirmation."""
    order_id = place(simulator, **changes)
    before = simulator.find_order(order_id)[1]
    assert words in refusal(confirm(caller, order_id))
    assert simulator.find_order(order_id)[1] is before


def test_prime_orders_may_be_confirmed(simulator, caller):
    order_id = place(simulator, programs=["PRIME"])
    assert confirm(caller, order_id).status_code == 204


def test_transparency_items_need_a_code_for_each_unit(simulator, caller):
    order_id = place(simulator, orderItems=[item(FIRST, 2, programs=["TRANSPARENCY"])])
    assert "Transparency" in refusal(confirm(caller, order_id))
    detail = parcel()
    detail["orderItems"][0]["transparencyCodes"] = ["CODE-1", "CODE-1"]
    assert "Transparency" in refusal(confirm(caller, order_id, detail))
    detail["orderItems"][0]["transparencyCodes"] = ["CODE-1", "CODE-2"]
    assert confirm(caller, order_id, detail).status_code == 204
    [package] = simulator.find_order(order_id)[1].data["packages"]
    assert package["packageItems"][0]["transparencyCodes"] == ["CODE-1", "CODE-2"]


def test_places_and_orders_must_fit(simulator, caller):
    order_id = place(simulator)
    elsewhere = confirm(caller, order_id, marketplace_id="ATVPDKIKX0DER")
    assert "marketplace" in refusal(elsewhere)
    cod = confirm(caller, order_id, codCollectionMethod="DirectPayment")
    assert "Japan" in refusal(cod)
    assert confirm(caller, "403-0000000-0000099").status_code == 404
    assert "order id" in refusal(confirm(caller, "403-1"))


def test_nobody_confirms_another_sellers_order(simulator, caller):
    order_id = place(simulator)
    simulator.add_seller("B", region="eu", marketplace_ids=[INDIA])
    assert confirm(Caller(simulator, "B"), order_id).status_code == 404


def test_two_a_second_after_a_burst_of_ten(simulator, india):
    orders = [place(simulator, number) for number in range(1, 12)]
    answers = [confirm(india, order_id).status_code for order_id in orders]
    assert answers == [204] * 10 + [429]
    simulator.clock.advance(0.5)
    assert confirm(india, orders[10]).status_code == 204


def collect(caller, order_id, status, items=None):
    body = {"marketplaceId": INDIA, "shipmentStatus": status}
    if items:
        body["orderItems"] = [
            {"orderItemId": item_id, "quantity": quantity}
            for item_id, quantity in items
        ]
    return caller.post(f"/orders/v0/orders/{order_id}/shipment", body)


def test_a_pick_up_is_announced_and_collected(simulator, caller):
    order_id = place(simulator, programs=["IN_STORE_PICK_UP"])
    assert "not ready" in refusal(collect(caller, order_id, "PickedUp"))
    assert collect(caller, order_id, "ReadyForPickup").status_code == 204
    assert states(simulator, order_id) == ("UNSHIPPED", [(0, 2)])
    part = collect(caller, order_id, "PickedUp", [(FIRST, 1)])
    assert part.status_code == 204
    assert states(simulator, order_id) == ("PARTIALLY_SHIPPED", [(1, 1)])
    assert collect(caller, order_id, "PickedUp").status_code == 204
    assert states(simulator, order_id) == ("SHIPPED", [(2, 0)])
    assert "status" in refusal(collect(caller, order_id, "ReadyForPickup"))


def test_a_pick_up_may_be_refused_by_the_buyer(simulator, caller):
    whole = place(simulator, programs=["IN_STORE_PICK_UP"])
    collect(caller, whole, "ReadyForPickup")
    assert collect(caller, whole, "RefusedPickup").status_code == 204
    assert states(simulator, whole)[0] == "CANCELLED"
    part = place(simulator, 2, programs=["IN_STORE_PICK_UP"])
    collect(caller, part, "ReadyForPickup")
    collect(caller, part, "PickedUp", [(FIRST, 1)])
    collect(caller, part, "RefusedPickup", [(FIRST, 1)])
    order = simulator.find_order(part)[1].data
    assert order["fulfillment"]["fulfillmentStatus"] == "CANCELLED"


def test_other_orders_are_not_picked_up(simulator, caller):
    answer = collect(caller, place(simulator), "ReadyForPickup")
    assert "pick-up" in refusal(answer)


def promise(days):
    """The fulfilment of an order that should leave so many days from the start."""
    return {
        "fulfillmentStatus": "UNSHIPPED",
        "fulfilledBy": "MERCHANT",
        "shipByWindow": {"latestDateTime": format_time(START + days * DAY)},
    }


def test_overdue_orders_are_cancelled_by_amazon(simulator, caller):
    late = place(simulator, 1, fulfillment=promise(1))
    sent = place(simulator, 2, fulfillment=promise(1))
    old = place(simulator, 3, fulfillment=promise(-10))
    confirm(caller, sent)
    simulator.clock.advance(8 * DAY - HOUR)
    assert caller.order(late, includedData="FULFILLMENT").status_code != 404
    assert states(simulator, late)[0] == "UNSHIPPED"
    simulator.clock.advance(2 * HOUR)
    caller.token = None
    shown = caller.order(late, includedData="FULFILLMENT,CANCELLATION").json()["order"]
    assert shown["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    [entry] = shown["orderItems"]
    assert entry["cancellation"]["cancellationExecution"]["cancelledBy"] == "AMAZON"
    assert shown["lastUpdatedTime"] == format_time(START + 8 * DAY)
    assert states(simulator, sent)[0] == "SHIPPED"
    assert states(simulator, old)[0] == "UNSHIPPED"


def test_the_grace_of_overdue_orders_is_a_setting(simulator, control, caller):
    late = place(simulator, 1, fulfillment=promise(1))
    assert control("POST", "/shipping", {"overdue_days": None})[0] == 200
    simulator.clock.advance(20 * DAY)
    control("GET", f"/orders/{late}")
    assert states(simulator, late)[0] == "UNSHIPPED"
    control("POST", "/shipping", {"overdue_days": 2})
    assert states(simulator, late)[0] == "CANCELLED"


def test_packages_bought_elsewhere_come_from_amazon(simulator, control, caller):
    """S171: Easy Ship and Buy Shipping confirm themselves, with carrier and number."""
    order_id = place(simulator, programs=["AMAZON_EASY_SHIP"])
    scheduled = {
        "carrier": "Amazon Shipping",
        "tracking": "AMZ1",
        "status": "PENDING",
        "detailed_status": "PENDING_PICK_UP",
    }
    assert control("POST", f"/orders/{order_id}/ship", scheduled)[0] == 200
    assert states(simulator, order_id) == ("UNSHIPPED", [(0, 2)])
    left = {"carrier": "Amazon Shipping", "tracking": "AMZ1", "reference": "1"}
    assert control("POST", f"/orders/{order_id}/ship", left)[0] == 200
    assert states(simulator, order_id) == ("SHIPPED", [(2, 0)])
    arrived = {"reference": "1", "status": "DELIVERED"}
    assert control("POST", f"/orders/{order_id}/package", arrived)[0] == 200
    shown = caller.order(order_id, includedData="PACKAGES").json()["order"]
    [package] = shown["packages"]
    assert package["packageStatus"] == {"status": "DELIVERED"}
    assert (package["carrier"], package["trackingNumber"]) == (
        "Amazon Shipping",
        "AMZ1",
    )
    assert "shipTime" in package


def test_a_package_that_nobody_knows_cannot_move(simulator, control, caller):
    order_id = place(simulator)
    gone = control(
        "POST", f"/orders/{order_id}/package", {"reference": "9", "status": "SHIPPED"}
    )
    assert gone[0] == 409
    confirm(caller, order_id)
    undone = {"reference": "1", "status": "CANCELLED"}
    assert control("POST", f"/orders/{order_id}/package", undone)[0] == 409


def test_a_buyer_asks_to_cancel(simulator, control, caller):
    order_id = place(simulator)
    wish = {"reason": "Found it cheaper"}
    assert control("POST", f"/orders/{order_id}/cancel-request", wish)[0] == 200
    shown = caller.order(order_id, includedData="CANCELLATION").json()["order"]
    [entry] = shown["orderItems"]
    assert entry["cancellation"]["cancellationRequest"] == {
        "requester": "BUYER",
        "cancelReason": "Found it cheaper",
    }
    assert states(simulator, order_id)[0] == "UNSHIPPED"
