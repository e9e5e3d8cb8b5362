# SPDX-License-Identifier: LGPL-3.0-or-later
"""Money as the simulator states it: exact, and in every form."""

from decimal import Decimal

import pytest
from contract.models import assert_valid, requires_models
from sp_api_simulator import Simulator
from sp_api_simulator.money import (
    ADDED,
    APART,
    DETAIL,
    DETAILS,
    INCLUDED,
    LEFT_OUT,
    NETTED,
    SUBTOTAL,
    WITHHELD,
    ZERO,
    Charges,
    TaxStyle,
    item_proceeds,
    money,
)


@pytest.fixture(scope="module")
def varieties():
    """(simulator, {name: order}) of the scenario "money"."""
    simulator = Simulator(seed=1)
    names = {}
    for found in simulator.seed_scenario("money", orders=None).values():
        names.update(found)
    orders = [(names[order["orderId"]], order) for order in simulator.truth()]
    return simulator, orders


def amount(entry):
    return Decimal(entry["amount"])


def proceeds(style, sign=-1, currency="INR", **changes):
    values = {
        "item": Decimal("1180.00"),
        "shipping": Decimal("59.00"),
        "discount": Decimal("118.00"),
        "tax_percent": Decimal(18),
    }
    return item_proceeds(Charges(**{**values, **changes}), style, currency, sign)


def entry(block, kind):
    found = [item for item in block["breakdowns"] if item["type"] == kind]
    return found[0] if found else None


def details(block):
    return {
        item["subtype"]: item["value"]["amount"]
        for item in entry(block, "TAX")["detailedBreakdowns"]
    }


def test_included_tax_is_information():
    block = proceeds(TaxStyle(INCLUDED, DETAILS))
    assert block["proceedsTotal"] == {"amount": "1121.00", "currencyCode": "INR"}
    assert entry(block, "TAX")["subtotal"]["amount"] == "171.00"
    assert details(block) == {
        "ITEM": "180.00",
        "SHIPPING": "9.00",
        "DISCOUNT": "-18.00",
    }


def test_added_tax_is_part_of_the_total():
    block = proceeds(TaxStyle(ADDED, DETAILS))
    # 18 % of 1180 + 59 - 118
    assert entry(block, "TAX")["subtotal"]["amount"] == "201.78"
    assert amount(block["proceedsTotal"]) == Decimal("1322.78")


def test_withheld_tax_is_stated_but_not_part_of_the_total():
    block = proceeds(TaxStyle(WITHHELD, DETAILS))
    assert entry(block, "TAX")["subtotal"]["amount"] == "201.78"
    assert amount(block["proceedsTotal"]) == Decimal("1121.00")


@pytest.mark.parametrize("sign", [-1, 1])
def test_discount_of_either_sign_leaves_the_total(sign):
    block = proceeds(TaxStyle(INCLUDED, DETAILS), sign)
    assert amount(entry(block, "DISCOUNT")["subtotal"]) == Decimal("118.00") * sign
    assert amount(block["proceedsTotal"]) == Decimal("1121.00")


def test_tax_absent_zero_and_subtotal_only():
    assert entry(proceeds(TaxStyle(INCLUDED, "absent")), "TAX") is None
    zero = entry(proceeds(TaxStyle(INCLUDED, ZERO)), "TAX")
    assert zero == {"type": "TAX", "subtotal": money(0, "INR")}
    subtotal = entry(proceeds(TaxStyle(INCLUDED, SUBTOTAL)), "TAX")
    assert set(subtotal) == {"type", "subtotal"}
    assert subtotal["subtotal"]["amount"] == "171.00"


@pytest.mark.parametrize(
    ("discount_tax", "subtotal", "total", "has_detail"),
    [
        (DETAIL, "201.78", "1322.78", True),
        (NETTED, "201.78", "1322.78", False),
        (APART, "223.02", "1322.78", True),
        (LEFT_OUT, "223.02", "1344.02", False),
    ],
)
def test_tax_of_the_discount(discount_tax, subtotal, total, has_detail):
    block = proceeds(TaxStyle(ADDED, DETAILS, discount_tax))
    assert entry(block, "TAX")["subtotal"]["amount"] == subtotal
    assert block["proceedsTotal"]["amount"] == total
    assert ("DISCOUNT" in details(block)) is has_detail


def test_yen_have_no_decimals():
    block = proceeds(TaxStyle(INCLUDED, DETAILS), currency="JPY")
    assert block["proceedsTotal"]["amount"] == "1121"
    assert all(text.lstrip("-").isdigit() for text in details(block).values())


def test_all_charges():
    block = proceeds(
        TaxStyle(INCLUDED, "absent"),
        gift_wrap=Decimal("20.00"),
        cod_fee=Decimal("30.00"),
        shipping_discount=Decimal("59.00"),
    )
    assert [item["type"] for item in block["breakdowns"]] == [
        "ITEM",
        "SHIPPING",
        "GIFT_WRAP",
        "COD_FEE",
        "DISCOUNT",
    ]
    assert entry(block, "DISCOUNT")["detailedBreakdowns"] == [
        {"subtype": "ITEM", "value": money("-118.00", "INR")},
        {"subtype": "SHIPPING", "value": money("-59.00", "INR")},
    ]
    assert amount(block["proceedsTotal"]) == Decimal("1112.00")


def test_grand_total_is_items_plus_tip(varieties):
    for name, order in varieties[1]:
        if "proceeds" not in order:
            assert name == "no proceeds"
            continue
        tips = [
            item
            for item in order["proceeds"]["breakdowns"]
            if item["type"] == "DELIVERY_TIP"
        ]
        items = [item["proceeds"]["proceedsTotal"] for item in order["orderItems"]]
        total = sum(map(amount, items)) + sum(amount(tip["subtotal"]) for tip in tips)
        assert amount(order["proceeds"]["grandTotal"]) == total, name


def test_every_variety_is_there(varieties):
    names = {name for name, _order in varieties[1]}
    for word in (
        "included, tax absent",
        "included, tax zero",
        "included, tax subtotal",
        "withheld, tax details",
        "added, tax details",
        "negative discount",
        "positive discount",
        "no proceeds",
        "tip pending",
        "tip finalized",
        "cash on delivery",
        "shipping discount",
        "zero quantity",
    ):
        assert any(word in name for name in names), word


def test_withheld_tax_names_the_facilitator(varieties):
    for name, order in varieties[1]:
        models = {
            collection["model"]
            for item in order["orderItems"]
            for collection in item.get("tax", {}).get("taxCollections", ())
        }
        if "withheld" in name:
            assert models == {"MARKETPLACE_FACILITATOR"}
        if "added" in name or "included" in name:
            assert models == set()


def test_tip_pending_then_finalized(varieties):
    simulator, orders = varieties
    order = next(order for name, order in orders if name == "tip pending")
    before = amount(order["proceeds"]["grandTotal"])
    after = simulator.finalize_tip(order["orderId"], "5.50")["proceeds"]
    tip = entry(after, "DELIVERY_TIP")
    assert (tip["status"], tip["subtotal"]["amount"]) == ("FINALIZED", "5.50")
    assert amount(after["grandTotal"]) == before + Decimal("2.50")


@requires_models
def test_every_variety_follows_the_model(varieties):
    for _name, order in varieties[1]:
        assert_valid("orders_2026-01-01", "Order", order)
