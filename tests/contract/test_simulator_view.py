# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which blocks and personal data of an order a caller sees."""

import pytest
from contract.test_simulator_support import Caller, make_order
from sp_api_simulator.clock import DAY, format_time
from sp_api_simulator.orders_view import INCLUDED_DATA
from sp_api_simulator.sellers import (
    ALL_ROLES,
    DIRECT_TO_CONSUMER,
    ORDINARY_ROLES,
    TAX_INVOICING,
    TAX_REMITTANCE,
)

EVERYTHING = ",".join(INCLUDED_DATA)
ALWAYS = {
    "orderId",
    "createdTime",
    "lastUpdatedTime",
    "salesChannel",
    "orderItems",
    "programs",
}
ORDER_BLOCKS = {
    "BUYER": "buyer",
    "RECIPIENT": "recipient",
    "PROCEEDS": "proceeds",
    "FULFILLMENT": "fulfillment",
    "PACKAGES": "packages",
    "TAX": "tax",
    "PAYMENT": "payment",
    "FULFILLMENT_ORDERS": "fulfillmentOrders",
}
ITEM_BLOCKS = {
    "PROCEEDS": "proceeds",
    "EXPENSE": "expense",
    "PROMOTION": "promotion",
    "CANCELLATION": "cancellation",
    "FULFILLMENT": "fulfillment",
    "TAX": "tax",
}
RUPEES = {"amount": "10.00", "currencyCode": "INR"}


def full_order(simulator, number=1, status="UNSHIPPED", by="MERCHANT", deliver=1):
    """An order with every block; `deliver` days from now at the latest."""
    latest = format_time(simulator.clock.now() + deliver * DAY)
    item = {
        "orderItemId": f"{number:014d}",
        "quantityOrdered": 1,
        "product": {
            "sellerSku": "IN-0001",
            "customization": {"customizedUrl": "https://example.com/secret.zip"},
        },
        "proceeds": {"proceedsTotal": RUPEES, "breakdowns": []},
        "expense": {"pointsCost": {"pointsGranted": {"pointsNumber": 1}}},
        "promotion": {"breakdowns": [{"promotionId": "P"}]},
        "cancellation": {"cancellationRequest": {"requester": "BUYER"}},
        "fulfillment": {
            "quantityFulfilled": 0,
            "quantityUnfulfilled": 1,
            "packing": {
                "giftOption": {"giftMessage": "For you", "giftWrapLevel": "Classic"}
            },
        },
        "tax": {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]},
    }
    registration = {"taxRegistrationType": "VAT", "taxRegistrationNumber": "1"}
    return make_order(
        number,
        programs=["PRIME"],
        buyer={
            "buyerName": "Asha Rao",
            "buyerEmail": "x@marketplace.amazon.in",
            "buyerCompanyName": "Rao & Co",
        },
        recipient={
            "deliveryAddress": {
                "name": "Asha Rao",
                "addressLine1": "1 Lake Road",
                "city": "MYSURU",
                "stateOrRegion": "KARNATAKA",
                "postalCode": "570001",
                "countryCode": "IN",
                "phone": "+91 1",
            },
            "deliveryPreference": {"addressInstruction": "Ring twice"},
        },
        proceeds={"grandTotal": RUPEES},
        payment={"paymentExecutions": [{"paymentMethod": "CreditCard"}]},
        tax={
            "taxRegistrations": [
                {"entityType": "BUYER", "legalName": "Rao & Co", **registration},
                {"entityType": "MERCHANT", "legalName": "Us", **registration},
            ]
        },
        fulfillment={
            "fulfillmentStatus": status,
            "fulfilledBy": by,
            "deliverByWindow": {"latestDateTime": latest},
        },
        packages=[{"packageReferenceId": "1"}],
        fulfillmentOrders=[{"fulfillmentOrderId": "F1"}],
        orderItems=[item],
    )


@pytest.fixture
def read(simulator, india):
    """Stores an order, returns getOrder's answer with every block."""

    def read(included=EVERYTHING, **options):
        simulator.put_orders("IN", [full_order(simulator, **options)])
        answer = india.order(full_order(simulator)["orderId"], includedData=included)
        assert answer.status_code == 200, answer.text
        return answer.json()["order"]

    return read


@pytest.mark.parametrize("value", INCLUDED_DATA)
def test_blocks_only_if_asked_for(read, value):
    order = read(included=value)
    assert set(order) - ALWAYS == {
        name for block, name in ORDER_BLOCKS.items() if block == value
    }
    assert set(order["orderItems"][0]) - {
        "orderItemId",
        "quantityOrdered",
        "product",
    } == {name for block, name in ITEM_BLOCKS.items() if block == value}


def test_no_blocks_when_none_is_asked_for(simulator, india):
    simulator.put_orders("IN", [full_order(simulator)])
    order = india.order(full_order(simulator)["orderId"]).json()["order"]
    assert set(order) == ALWAYS


def test_search_and_get_show_the_same(simulator, india, read):
    order = read()
    simulator.clock.advance(200)
    (found,) = india.search(includedData=EVERYTHING).json()["orders"]
    assert found == order


def test_everything_with_all_roles(read):
    order = read()
    assert order["buyer"]["buyerName"] == "Asha Rao"
    assert order["buyer"]["buyerEmail"]
    assert order["recipient"]["deliveryAddress"]["phone"]
    assert order["orderItems"][0]["product"]["customization"]
    assert len(order["tax"]["taxRegistrations"]) == 2


def test_no_restricted_role_no_personal_data(simulator, read):
    """S85: without them the fields are absent, the rest is there."""
    simulator.set_roles("IN", ORDINARY_ROLES)
    order = read()
    assert order["buyer"] == {"buyerCompanyName": "Rao & Co"}
    assert "recipient" not in order
    (registration,) = order["tax"]["taxRegistrations"]
    assert registration["entityType"] == "MERCHANT"
    (item,) = order["orderItems"]
    assert "customization" not in item["product"]
    gift = item["fulfillment"]["packing"]["giftOption"]
    assert gift == {"giftWrapLevel": "Classic"}
    assert order["proceeds"]["grandTotal"] == RUPEES
    whole = str(order)
    for secret in ("Asha", "Lake Road", "570001", "+91", "Ring", "For you", "zip"):
        assert secret not in whole


def test_coarse_address_on_request(simulator, read):
    simulator.set_roles("IN", ORDINARY_ROLES, coarse_address=True)
    assert read()["recipient"] == {
        "deliveryAddress": {
            "city": "MYSURU",
            "stateOrRegion": "KARNATAKA",
            "countryCode": "IN",
        }
    }


def test_shipping_role_gives_address_and_email_but_no_name(simulator, read):
    simulator.set_roles("IN", ORDINARY_ROLES | {DIRECT_TO_CONSUMER})
    order = read()
    assert order["recipient"]["deliveryAddress"]["name"] == "Asha Rao"
    assert "buyerName" not in order["buyer"]
    assert order["buyer"]["buyerEmail"]


@pytest.mark.parametrize("role", [TAX_INVOICING, TAX_REMITTANCE])
def test_tax_role_gives_the_name_only(simulator, read, role):
    simulator.set_roles("IN", ORDINARY_ROLES | {role})
    order = read()
    assert order["buyer"]["buyerName"] == "Asha Rao"
    assert "buyerEmail" not in order["buyer"]
    assert "recipient" not in order


def test_tax_remittance_opens_nothing_in_north_america(world):
    caller = Caller(world, "US")
    order_id = next(
        order["orderId"]
        for order in world.truth("US")
        if order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    )
    for role, expected in ((TAX_REMITTANCE, False), (TAX_INVOICING, True)):
        world.set_roles("US", ORDINARY_ROLES | {role})
        order = caller.order(order_id, includedData="BUYER").json()["order"]
        assert ("buyerName" in order.get("buyer", {})) is expected


def test_fba_has_no_email_packages_or_phone(read):
    order = read(by="AMAZON")
    assert "buyerEmail" not in order["buyer"]
    assert "packages" not in order
    assert "phone" not in order["recipient"]["deliveryAddress"]
    assert order["recipient"]["deliveryAddress"]["addressLine1"]


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("PENDING", False),
        ("UNSHIPPED", True),
        ("PARTIALLY_SHIPPED", True),
        ("SHIPPED", True),
        ("CANCELLED", False),
    ],
)
def test_email_by_status(read, status, shown):
    assert ("buyerEmail" in read(status=status)["buyer"]) is shown


@pytest.mark.parametrize(
    ("status", "deliver", "shown"),
    [
        ("UNSHIPPED", -1, True),
        ("SHIPPED", 1, True),
        ("SHIPPED", -1, False),
    ],
)
def test_phone_withheld_after_delivery(read, status, deliver, shown):
    address = read(status=status, deliver=deliver)["recipient"]["deliveryAddress"]
    assert ("phone" in address) is shown


def test_refused_value_gives_a_400_that_names_nothing(simulator, india):
    """The Far East's way with FULFILLMENT."""
    simulator.sellers["IN"].refused_data = {"FULFILLMENT"}
    simulator.put_orders("IN", [make_order()])
    for answer in (
        india.search(includedData="BUYER,FULFILLMENT"),
        india.order(make_order()["orderId"], includedData="FULFILLMENT"),
    ):
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error == {
            "code": "InvalidInput",
            "message": "Invalid Input",
            "details": "",
        }
    assert india.search(includedData="BUYER").status_code == 200


def test_far_east_refuses_fulfillment_from_the_start(simulator):
    simulator.add_seller("JP", "fe", ["A1VC38T7YXB528"])
    simulator.add_seller("DE", "eu", ["A1PA6795UKMFR9"])
    for key, status in (("JP", 400), ("DE", 200)):
        caller = Caller(simulator, key)
        assert caller.search(includedData="FULFILLMENT").status_code == status


def test_seeing_changes_nothing(simulator, read):
    before = full_order(simulator)
    simulator.set_roles("IN", ORDINARY_ROLES)
    read()
    simulator.set_roles("IN", ALL_ROLES)
    stored = simulator.truth("IN")[0]
    assert {name: stored[name] for name in before} == before
