# SPDX-License-Identifier: LGPL-3.0-or-later
"""kill -9 of the worker that takes settlements in: each is there once, booked once."""

import pytest

SYNC = "amazon.sync.settlements"
ROUNDS = 3


@pytest.fixture
def earned(shop):
    """A shop with a settlement at Amazon that nobody has read."""
    shop.sim.set_settlements(reserve_days=0)
    for kind in ("reimbursement", "storage", "advertising"):
        shop.sim.charge_seller(shop.key, kind)
    shop.settlement = shop.sim.close_settlement(shop.key)[0]
    shop.switch_on("settlements")
    return shop


def taken(shop):
    """``(settlements, rows, files, entries)`` that Odoo has of the account."""
    return tuple(
        shop.value(f"SELECT count(*) FROM {table} WHERE {condition}", [shop.account_id])
        for table, condition in (
            ("amazon_settlement", "account_id = %s"),
            (
                "amazon_settlement_row",
                "settlement_id IN"
                " (SELECT id FROM amazon_settlement WHERE account_id = %s)",
            ),
            ("amazon_settlement_file", "account_id = %s AND state = 'read'"),
            (
                "amazon_settlement_entry",
                "settlement_id IN"
                " (SELECT id FROM amazon_settlement WHERE account_id = %s)",
            ),
        )
    )


@pytest.mark.parametrize(
    ("model", "method", "moment"),
    [
        (SYNC, "_note_found", "after"),
        ("amazon.settlement.file", "_keep", "after"),
        ("amazon.settlement.row", "_insert", "after"),
        ("amazon.settlement", "_create_entries", "after"),
        (SYNC, "_settle_success", "before"),
    ],
)
def test_kill_in_settlements(earned, model, method, moment):
    """Whatever a worker had begun: one file, one settlement, its rows, its entries."""
    shop = earned
    job = shop.workers.start(
        "fetch", {"stops": [[model, method, 1, moment]]}, kind="settlements"
    )
    job.wait_for_stop()
    job.kill()
    for _round in range(ROUNDS):
        shop.pass_time(4)
        shop.workers.run("fetch", kind="settlements")
    settlements, rows, files, entries = taken(shop)
    assert (settlements, files) == (1, 1)
    assert rows == len(shop.settlement.rows)
    assert entries >= 1
    months = shop.value(
        "SELECT count(DISTINCT (settlement_id, month)) FROM amazon_settlement_entry"
        " WHERE settlement_id IN"
        " (SELECT id FROM amazon_settlement WHERE account_id = %s)",
        [shop.account_id],
    )
    assert entries == months


def test_two_workers_at_once(earned):
    """Two crons on two machines: one takes the task, the other leaves it."""
    shop = earned
    first = shop.workers.start("fetch", {}, kind="settlements")
    second = shop.workers.start("fetch", {}, kind="settlements")
    first.result()
    second.result()
    shop.pass_time(4)
    shop.workers.run("fetch", kind="settlements")
    settlements, rows, files, _entries = taken(shop)
    assert (settlements, files, rows) == (1, 1, len(shop.settlement.rows))
