# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders with unknown values, missing blocks, contradictions: none stops another."""

import pytest

BLOCKS = ("buyer", "recipient", "proceeds", "fulfillment")


def change_on_amazon(shop, numbers):
    """Something that Odoo need not act on changes; the orders are told again."""
    for number in numbers:
        shop.sim.update_order(number, {"programs": ["PRIME"]})
    shop.pass_time(16)


def test_unknown_status_is_never_applied(shop):
    """S45: an unknown status holds the order; a known one lets it go on."""
    numbers = shop.order(4)
    fault = {"fields": ["fulfillmentStatus"], "value": "AWAITING_MIRACLE"}
    shop.sim.add_fault("unknown_enum", **fault)
    shop.sync()
    rows = shop.orders()
    assert sorted(rows) == sorted(numbers)
    for number, row in rows.items():
        assert row["state"] == "held" and "AWAITING_MIRACLE" in row["reason"]
        assert not row["sale_order_id"]
        (record,) = shop.records(number)
        assert record["outcome"] == "held" and "AWAITING_MIRACLE" in record["reason"]
    shop.sim.faults.clear()
    change_on_amazon(shop, numbers)
    shop.sync()
    shop.check_all_arrived()


def test_unknown_status_of_known_order(shop):
    """The sales order stays as it is until Amazon says something known."""
    numbers = shop.order(2)
    shop.sync()
    fault = {"fields": ["fulfillmentStatus"], "value": "AWAITING_MIRACLE"}
    shop.sim.add_fault("unknown_enum", **fault)
    change_on_amazon(shop, numbers)
    shop.sync()
    assert {row["state"] for row in shop.orders().values()} == {"held"}
    assert {row["sale_state"] for row in shop.orders().values()} == {"sale"}
    shop.sim.faults.clear()
    change_on_amazon(shop, numbers)
    shop.sync()
    shop.check_all_arrived()


@pytest.mark.parametrize(
    "field", ["programs", "fulfillmentServiceLevel", "channelName", "chargeType"]
)
def test_other_unknown_values_pass(shop, field):
    """S45: an unknown value is data; the order comes in, with Amazon's total."""
    shop.order(3, shipping=True)
    shop.sim.add_fault("unknown_enum", fields=[field], value="SOMETHING_NEW")
    shop.sync()
    shop.check_all_arrived()


def test_unknown_fulfiller(shop):
    """Who ships is unknown: the order is here and nobody ships it by mistake."""
    numbers = shop.order(3)
    shop.sim.add_fault("unknown_enum", fields=["fulfilledBy"], value="DRONE")
    shop.sync()
    rows = shop.orders()
    assert sorted(rows) == sorted(numbers)
    assert all(row["reason"] for row in rows.values() if row["state"] != "applied")
    assert not any(row["to_apply"] for row in rows.values())
    shop.check_nothing_twice()


@pytest.mark.parametrize("block", BLOCKS)
def test_missing_block_comes_later(shop, block):
    """What a first answer leaves out, a later one completes."""
    numbers = shop.order(3)
    fault = shop.sim.add_fault("missing_blocks", blocks=[block])
    shop.sync()
    rows = shop.orders()
    assert sorted(rows) == sorted(numbers)
    if block in ("proceeds", "fulfillment"):
        assert {row["state"] for row in rows.values()} == {"held"}
        assert all(row["reason"] for row in rows.values())
        assert not shop.sale_count()["count"]
    shop.sim.faults.clear(fault.id)
    change_on_amazon(shop, numbers)
    shop.sync()
    shop.check_all_arrived()
    assert all(block in row["payload"] for row in _payloads(shop, block))


def _payloads(shop, block):
    """Rows of the orders; of a block with personal data its ciphertext stands in."""
    rows = shop.orders().values()
    if block not in ("buyer", "recipient"):
        return rows
    stored = {row["order_id"] for row in shop.query("SELECT * FROM amazon_order_pii")}
    return [{"payload": [block] if row["id"] in stored else []} for row in rows]


@pytest.mark.parametrize("block", BLOCKS)
def test_missing_block_erases_nothing(shop, block):
    """A later answer without a block leaves what is stored and sold alone."""
    numbers = shop.order(3)
    shop.sync()
    before, personal = shop.orders(), _personal(shop)
    assert len(personal) == 3
    shop.sim.add_fault("missing_blocks", blocks=[block])
    change_on_amazon(shop, numbers)
    shop.sync()
    for number, row in shop.orders().items():
        assert row["payload"]["programs"] == ["PRIME"]
        kept = {**row["payload"], "programs": None, "lastUpdatedTime": None}
        assert kept == {
            **before[number]["payload"],
            "programs": None,
            "lastUpdatedTime": None,
        }
        assert row["state"] == "applied" and not row["reason"]
        assert row["fulfillment_status"] == "UNSHIPPED"
        assert row["amount_total"] == before[number]["amount_total"]
    assert _personal(shop) == personal
    shop.check_all_arrived()


def _personal(shop):
    """The ciphertexts of this account's orders."""
    return shop.query(
        "SELECT pii.order_id, pii.ciphertext FROM amazon_order_pii pii"
        "  JOIN amazon_order o ON o.id = pii.order_id WHERE o.account_id = %s"
        " ORDER BY pii.order_id",
        [shop.account_id],
    )


def test_contradictory_amounts(shop):
    """An order whose amounts contradict each other is held; its batch goes on."""
    numbers = shop.order(50, items=1)
    bad = numbers[20]
    shop.sim.update_order(bad, {"proceeds": {"grandTotal": {"amount": "1.00"}}})
    shop.pass_time(3)
    shop.sync()
    shop.check_all_arrived(besides=[bad])
    row = shop.orders()[bad]
    assert row["state"] == "held" and row["reason"] and row["difference"]
    assert row["sale_state"] != "sale"
    assert [record["outcome"] for record in shop.records(bad)] == ["held"]
    states = [row["state"] for row in shop.orders().values()]
    assert states.count("applied") == 49


def test_order_that_cannot_be_confirmed(shop):
    """Another module raises for one product: its orders alone wait, with a reason."""
    numbers = shop.order(50, items=1)
    skus = {
        order["orderId"]: order["orderItems"][0]["product"]["sellerSku"]
        for order in shop.sim.truth(shop.key)
    }
    poison = skus[numbers[20]]
    bad = [number for number in numbers if skus[number] == poison]
    shop.fetch()
    shop.apply(poison=poison)
    shop.check_all_arrived(besides=bad)
    rows = shop.orders()
    for number in bad:
        row = rows[number]
        assert row["state"] == "failed" and "ZeroDivisionError" in row["reason"]
        assert row["to_apply"] and row["attempts"] == 1 and row["retry_at"]
        assert not row["sale_order_id"]
        assert shop.records(number)[-1]["outcome"] == "failed"
    shop.apply()
    assert shop.orders()[bad[0]]["state"] == "failed", "it does not wait for its retry"
    shop.pass_time(2)
    shop.apply()
    shop.check_all_arrived()


def test_order_that_never_can_be_confirmed(shop):
    """After five retries it waits for a user; a user's click tries again."""
    (number,) = shop.order(1, items=1)
    sku = shop.sim.truth(shop.key)[0]["orderItems"][0]["product"]["sellerSku"]
    shop.fetch()
    pauses = []
    for _attempt in range(6):
        shop.apply(poison=sku)
        row = shop.orders()[number]
        if row["to_apply"]:
            pauses.append(
                shop.value(
                    "SELECT round(extract(epoch FROM retry_at"
                    "   - now() AT TIME ZONE 'UTC') / 60)::int"
                    "  FROM amazon_order WHERE id = %s",
                    [row["id"]],
                )
            )
            shop.pass_time(pauses[-1] + 1)
    assert pauses == [1, 5, 30, 120, 480]
    row = shop.orders()[number]
    assert row["state"] == "failed" and not row["to_apply"] and row["reason"]
    shop.apply()
    assert shop.orders()[number]["state"] == "failed"
    arguments = {"model": "amazon.order", "ids": [row["id"]], "method": "action_retry"}
    shop.workers.run("call", **arguments)
    shop.apply()
    shop.check_all_arrived()
