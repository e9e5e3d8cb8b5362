# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders are read without ever failing, and without guessing."""

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from contract.test_client_orders_data import RICH, leaves, objects
from sp_api import Breakdown, BreakdownDetail, Money, Order, format_time, parse_time


def order(**changes):
    return Order.from_json({**RICH, **changes})


def item(**changes):
    data = {**RICH["orderItems"][0], **changes}
    result = order(orderItems=[data])
    return result.items[0], result.notes


def test_fields_of_a_rich_order():
    result = Order.from_json(RICH)
    assert result.notes == ()
    assert result.order_id == "404-1234567-7654321"
    assert result.created_time == datetime(2026, 11, 20, 8, tzinfo=timezone.utc)
    assert result.marketplace_id == "A21TJRUUN4KGV"
    assert result.programs == ("PRIME",)
    assert result.associated_orders[0].association_type == "REPLACEMENT_ORIGINAL_ID"
    assert (result.fulfillment_status, result.fulfilled_by) == ("UNSHIPPED", "MERCHANT")
    assert result.proceeds.grand_total == Money(Decimal("100.00"), "INR")
    assert result.proceeds.breakdowns[0].status == "PENDING"
    assert result.tax_invoicing.buyer_invoice_preference == "BUSINESS"
    first, second = result.items
    assert (first.seller_sku, first.asin) == ("LAMP/1", "B000000001")
    assert (first.quantity_ordered, first.quantity_unfulfilled) == (2, 2)
    assert first.cancelled_by == "MERCHANT"
    assert first.proceeds.breakdowns == (
        Breakdown(
            "TAX",
            Money(Decimal("100.00"), "INR"),
            (BreakdownDetail("ITEM", Money(Decimal("100.00"), "INR")),),
        ),
    )
    assert (second.proceeds, second.quantity_fulfilled) == (None, None)


def test_amazons_examples_are_read_without_a_note():
    """The examples inside Amazon's own model."""
    from sp_api_simulator.validation import models_folder

    folder = models_folder()
    if folder is None:
        pytest.skip("Amazon's models were not found (see SP_API_MODELS)")
    model = json.loads((folder / "orders_2026-01-01.json").read_text(encoding="utf-8"))
    found = []
    for path in model["paths"].values():
        for example in path["get"]["responses"]["200"]["examples"].values():
            found += example.get("orders") or [example["order"]]
    assert found
    for raw in found:
        result = Order.from_json(raw)
        assert result.notes == ()
        assert result.items[0].proceeds.total.amount > 0


@pytest.mark.parametrize("data", [{}, {"orderId": None}, {"orderId": True}, None, []])
def test_only_a_missing_order_id_is_refused(data):
    with pytest.raises(ValueError, match="orderId"):
        Order.from_json(data)


def test_bare_order():
    result = Order.from_json({"orderId": "1"})
    assert result.items == ()
    assert result.proceeds is None
    assert result.notes == ()


@pytest.mark.parametrize("odd", [None, [], {}, "pii-x", 5, 1.5, True, [None], [[1]]])
def test_any_value_anywhere_is_survived_and_never_quoted(odd):
    paths = [path for path in (*objects(RICH), *leaves(RICH)) if path]
    for path in paths:
        data = json.loads(json.dumps(RICH))
        target = data
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = odd
        if path == ("orderId",) and not (isinstance(odd, str) and odd):
            continue
        result = Order.from_json(data)
        assert "pii" not in " ".join(result.notes)
        assert all(isinstance(note, str) for note in result.notes)


def test_every_field_may_be_missing():
    for path in (*objects(RICH), *leaves(RICH)):
        if path in ((), ("orderId",)):
            continue
        data = json.loads(json.dumps(RICH))
        target = data
        for step in path[:-1]:
            target = target[step]
        del target[path[-1]]
        Order.from_json(data)


def test_unknown_enum_values_survive_and_are_noted():
    result = order(fulfillment={"fulfillmentStatus": "INVOICE_UNCONFIRMED"})
    assert result.fulfillment_status == "INVOICE_UNCONFIRMED"
    assert result.notes == (
        "fulfillment.fulfillmentStatus: a value that is not known here",
    )
    result = order(programs=["PRIME", "NEW_PROGRAM", 5])
    assert result.programs == ("PRIME", "NEW_PROGRAM", "5")
    assert len(result.notes) == 3


@pytest.mark.parametrize("odd", [True, 1.5, [], {}])
def test_no_text_is_none_with_a_note(odd):
    line, notes = item(product={"sellerSku": odd})
    assert line.seller_sku is None
    assert notes == ("orderItems[0].product.sellerSku: expected a text",)


def test_a_number_as_order_id_is_read_as_text():
    assert Order.from_json({"orderId": 5}).order_id == "5"


def test_a_whole_number_is_read_as_text_with_a_note():
    line, notes = item(product={"sellerSku": 12345}, orderItemId=678)
    assert (line.seller_sku, line.order_item_id) == ("12345", "678")
    assert "orderItems[0].product.sellerSku: a number where a text belongs" in notes


@pytest.mark.parametrize("value", ["2", 2.5, True, [2], {}])
def test_wrong_quantity_is_none_with_a_note(value):
    line, notes = item(quantityOrdered=value)
    assert line.quantity_ordered is None
    assert notes == ("orderItems[0].quantityOrdered: expected a whole number",)


def test_zero_quantity_is_a_quantity():
    line, notes = item(quantityOrdered=0)
    assert (line.quantity_ordered, notes) == (0, ())


@pytest.mark.parametrize(
    "amount",
    ["", "1,5", "1_000", "NaN", "Infinity", "1e40", "\u0661", 10**13, True, None],
)
def test_unreadable_amount_is_no_money(amount):
    result = order(proceeds={"grandTotal": {"amount": amount, "currencyCode": "INR"}})
    assert result.proceeds.grand_total is None
    assert result.notes == ("proceeds.grandTotal.amount: expected a decimal number",)
    assert result.faults == ("proceeds.grandTotal.amount",)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("1e5", "100000"),
        ("2E+0", "2"),
        ("0E-7", "0"),
        (" 1", "1"),
        ("+5", "5"),
        (".5", "0.5"),
        (5, "5"),
        (1.5, "1.5"),
    ],
)
def test_every_valid_number_is_read(amount, expected):
    money = {"amount": amount, "currencyCode": "INR"}
    result = order(proceeds={"grandTotal": money})
    assert result.proceeds.grand_total.amount == Decimal(expected)
    assert result.notes == ()


@pytest.mark.parametrize("amount", ["0", "-5.00", "19940", "0.000001", "-0"])
def test_amounts_are_exact(amount):
    money = {"amount": amount, "currencyCode": "JPY"}
    result = order(proceeds={"grandTotal": money})
    assert str(result.proceeds.grand_total.amount) == amount


def test_amount_without_currency_is_no_money():
    result = order(proceeds={"grandTotal": {"amount": "5"}})
    assert result.proceeds.grand_total is None
    assert result.notes == ("proceeds.grandTotal.currencyCode: expected a currency",)


def test_item_without_id_is_kept():
    line, notes = item(orderItemId=None)
    assert line.order_item_id == ""
    assert "orderItems[0].orderItemId: missing" in notes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T08:00:00Z", (2026, 11, 20, 8, 0, 0, 0)),
        ("2026-11-20T08:00:00.123Z", (2026, 11, 20, 8, 0, 0, 123000)),
        ("2026-11-20T08:00:00.123456789Z", (2026, 11, 20, 8, 0, 0, 123456)),
        ("2026-11-20T08:00:00+05:30", (2026, 11, 20, 2, 30, 0, 0)),
        ("2026-11-20T20:00:00-0800", (2026, 11, 21, 4, 0, 0, 0)),
    ],
)
def test_times_become_utc(text, expected):
    assert parse_time(text) == datetime(*expected, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T08:00:00",
        "2026-02-30T08:00:00Z",
        "2026-11-20",
        "0001-01-01T00:00:00+05:30",
        "soon",
        "",
        None,
        5,
    ],
)
def test_what_is_no_time_is_none(text):
    assert parse_time(text) is None


def test_times_are_sent_in_utc_with_milliseconds():
    """Design rule 6: Amazon refuses offsets."""
    india = timezone(timedelta(hours=5, minutes=30))
    moment = datetime(2026, 11, 20, 13, 30, 5, 999999, tzinfo=india)
    assert format_time(moment) == "2026-11-20T08:00:05.999Z"
    with pytest.raises(ValueError, match="naive"):
        format_time(datetime(2026, 11, 20))
