# SPDX-License-Identifier: LGPL-3.0-or-later
"""kill -9 of the worker that reads FBA stock: counted once, corrected once."""

import pytest

from faults.shop import seeds

SYNC = "amazon.sync.fba_stock"
ROUNDS = 3
UNITS = 7


@pytest.fixture
def stocked(shop):
    """A shop that corrects by itself, with units of three SKUs at Amazon."""
    batch = next(seeds)
    shop.skus = [f"FBA-{batch}-{number}" for number in range(3)]
    place = shop.seller.real_marketplaces()[0].id
    for sku in shop.skus:
        shop.sim.put_listing(shop.key, sku, place, quantity=0)
    shop.workers.run("create_products", skus=shop.skus)
    products = shop.query(
        "SELECT id FROM product_product WHERE default_code = ANY(%s)", [shop.skus]
    )
    # Without a cost nothing is corrected.
    shop.workers.run(
        "write",
        model="product.product",
        ids=[product["id"] for product in products],
        values={"standard_price": 20.0},
    )
    shop.sim.set_reports(delay_seconds=0)
    shop.switch_on("items")
    for _round in range(ROUNDS):
        shop.workers.run("fetch", kind="items")
        shop.pass_time(4)
    for sku in shop.skus:
        shop.sim.set_fba_stock(shop.key, sku, fulfillable=UNITS)
    shop.workers.run(
        "write",
        model="amazon.account",
        ids=[shop.account_id],
        values={"fba_correction": "automatic"},
    )
    shop.switch_on("fba_stock")
    return shop


def in_odoo(shop):
    """Units that Odoo has in the account's FBA location, by SKU."""
    rows = shop.query(
        "SELECT product.default_code, sum(quant.quantity)::int AS units"
        "  FROM stock_quant quant"
        "  JOIN product_product product ON product.id = quant.product_id"
        "  JOIN amazon_account account ON account.fba_location_id = quant.location_id"
        " WHERE account.id = %s GROUP BY product.default_code",
        [shop.account_id],
    )
    return {row["default_code"]: row["units"] for row in rows}


@pytest.mark.parametrize(
    ("method", "moment"),
    [
        ("_store", "after"),
        ("_compare_all", "after"),
        ("_settle_success", "before"),
    ],
)
def test_kill_in_fba_stock(stocked, method, moment):
    """S19, S33: the next worker reads again; the history tells of it once."""
    shop = stocked
    job = shop.workers.start(
        "fetch", {"stops": [[SYNC, method, 1, moment]]}, kind="fba_stock"
    )
    job.wait_for_stop()
    job.kill()
    for _round in range(ROUNDS):
        shop.pass_time(4)
        shop.workers.run("fetch", kind="fba_stock")
    assert in_odoo(shop) == dict.fromkeys(shop.skus, UNITS)
    runs = [run for run in shop.runs() if run["kind"] == "fba_stock"]
    assert {run["state"] for run in runs} == {"done"}
    # One whose end alone was not noted is followed by another.
    assert len(runs) == 1 + (method == "_settle_success")
    assert {run["seen_count"] for run in runs} == {3}
