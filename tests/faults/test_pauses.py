# SPDX-License-Identifier: LGPL-3.0-or-later
"""On hold, out of quota, connected again: the sync waits and loses nothing."""

import pytest

SYNC = "amazon.sync.orders"
PAGES = {"page_size": 3}


def test_on_hold_in_the_middle(shop):
    """S5: no call leaves while on hold; on resume all that happened arrives."""
    early = shop.order(9)
    job = shop.workers.start(
        "fetch", {**PAGES, "stops": [[SYNC, "_store_fetched", 1, "after"]]}
    )
    job.wait_for_stop()
    shop.set_hold(True)
    calls = len(shop.sim.calls)
    job.go_on()
    job.result()
    shop.apply()
    assert len(shop.sim.calls) == calls, "a call left while on hold"
    assert len(shop.orders()) == 3
    first = next(iter(shop.orders()))
    later = next(number for number in early if number not in shop.orders())
    shop.sim.cancel_order(first)
    shop.sim.ship_order(later)
    placed = shop.order_now(3)
    shop.sim.ship_order(placed[0])
    shop.sim.cancel_order(placed[1])
    shop.pass_time(120)
    shop.fetch(**PAGES)
    shop.workers.run("crons")
    assert len(shop.sim.calls) == calls, "a call left while on hold"
    shop.set_hold(False)
    # First the window that was open is read to its end, then what came after it.
    shop.sync(**PAGES)
    shop.pass_time(16)
    shop.sync(**PAGES)
    closed = {first, later, *placed[:2]}
    shop.check_all_arrived(besides=closed)
    rows = shop.orders()
    assert rows[first]["state"] == "cancelled"
    assert rows[first]["sale_state"] == "cancel"
    assert rows[placed[1]]["state"] == "skipped" and rows[placed[1]]["reason"]
    for number in (later, placed[0]):
        row = rows[number]
        assert row["fulfillment_status"] == "SHIPPED" and not row["to_apply"]
        assert row["state"] == "applied" or (
            row["state"] == "skipped" and "shipped" in row["reason"]
        )
        assert shop.records(number)
    assert shop.runs()[-1]["state"] == "done"
    assert "running" not in {run["state"] for run in shop.runs()}


def test_shipped_and_cancelled_while_on_hold(shop):
    """Orders that Odoo knew already follow Amazon after the hold."""
    numbers = shop.order(4)
    shop.sync()
    shop.set_hold(True)
    shop.sim.ship_order(numbers[0])
    shop.sim.cancel_order(numbers[1])
    shop.pass_time(60)
    shop.workers.run("crons")
    assert shop.orders()[numbers[0]]["fulfillment_status"] == "UNSHIPPED"
    shop.set_hold(False)
    shop.sync()
    rows = shop.orders()
    assert rows[numbers[0]]["fulfillment_status"] == "SHIPPED"
    assert rows[numbers[0]]["state"] == "applied"
    assert rows[numbers[0]]["sale_state"] == "sale"
    assert rows[numbers[1]]["state"] == "cancelled"
    assert rows[numbers[1]]["sale_state"] == "cancel"
    shop.check_all_arrived()


def test_hold_between_fetch_and_apply(shop):
    """What was fetched before the hold needs no call: it is applied."""
    shop.order(3)
    shop.fetch()
    shop.set_hold(True)
    calls = len(shop.sim.calls)
    shop.apply()
    shop.check_all_arrived()
    assert len(shop.sim.calls) == calls


def sweep_crons(shop, patches, most):
    """Run the crons that are ready until none is; returns how often that took."""
    for number in range(most):
        ready = shop.value(
            "SELECT count(*) FROM ir_cron WHERE active AND ("
            "   nextcall <= now() AT TIME ZONE 'UTC' OR id IN ("
            "       SELECT cron_id FROM ir_cron_trigger"
            "        WHERE call_at <= now() AT TIME ZONE 'UTC'))"
        )
        if not ready:
            return number
        shop.workers.run("crons", patches)
    raise AssertionError(f"the crons are still busy after {most} rounds")


def test_quota_used_up(shop):
    """Twenty searches are gone: the run pauses until Amazon refills, without a loop."""
    shop.order(26, items=1)
    shop.sim.quotas.enabled = True
    patches = {"page_size": 1}
    sweep_crons(shop, patches, 6)
    answered = [call for call in shop.calls() if call["status"] == 200]
    refused = [call for call in shop.calls() if call["status"] == 429]
    assert 15 <= len(answered) <= 20 and not refused
    (run,) = shop.runs()
    assert run["state"] == "running" and not shop.alerts()
    task = shop.task()
    # Amazon grants a search every 178.6 seconds.
    assert 0 < task["pause"].total_seconds() <= 180 and not task["leased_until"]
    triggers = shop.query(
        "SELECT call_at FROM ir_cron_trigger trigger JOIN ir_cron cron"
        "    ON cron.id = trigger.cron_id WHERE cron.id = ("
        "       SELECT res_id FROM ir_model_data WHERE module = 'amazon_connector'"
        "          AND name = 'ir_cron_orders_fetch')"
    )
    assert task["next_run"] in [row["call_at"] for row in triggers]
    calls, paused = len(shop.calls()), len(shop.orders())
    assert paused == len(answered)
    assert sweep_crons(shop, patches, 3) == 0
    shop.pass_time(2 * task["pause"].total_seconds() / 60)
    sweep_crons(shop, patches, 6)
    assert calls < len(shop.calls()) <= calls + 3
    shop.pass_time(60)
    sweep_crons(shop, patches, 6)
    shop.check_all_arrived()
    assert shop.runs()[0]["state"] == "done"
    assert not [call for call in shop.calls() if call["status"] == 429]


def test_crons_rest_when_all_is_done(shop):
    """After a sync nothing is ready until the interval is over."""
    shop.order(3)
    assert sweep_crons(shop, PAGES, 6) >= 1
    shop.check_all_arrived()
    calls = len(shop.sim.calls)
    assert sweep_crons(shop, PAGES, 1) == 0
    shop.pass_time(10)
    sweep_crons(shop, PAGES, 3)
    assert len(shop.sim.calls) == calls
    shop.pass_time(6)
    sweep_crons(shop, PAGES, 3)
    assert len(shop.sim.calls) > calls


def test_connected_again(shop):
    """Reconnecting reuses the account, its channels and its orders."""
    shop.order(6)
    shop.sync()
    channels = shop.query("SELECT id FROM amazon_channel ORDER BY id")
    sales = {row["sale_name"] for row in shop.orders().values()}
    account = {"model": "amazon.account", "ids": [shop.account_id]}
    shop.workers.run("write", **account, values=shop.credentials())
    shop.workers.run("call", **account, method="action_connect")
    shop.sync()
    assert shop.query("SELECT id FROM amazon_channel ORDER BY id") == channels
    assert {row["sale_name"] for row in shop.orders().values()} == sales
    shop.check_all_arrived()


def test_everything_told_again(shop):
    """A watermark set back tells all orders again: nothing doubles or changes."""
    shop.order(6)
    shop.sync(**PAGES)
    sales = {row["sale_name"] for row in shop.orders().values()}
    shop.query(
        "UPDATE amazon_sync_cursor SET watermark = watermark - interval '20 days'"
    )
    shop.pass_time(16)
    shop.sync(**PAGES)
    assert shop.runs()[-1]["seen_count"] == shop.runs()[-1]["unchanged_count"] == 6
    assert {row["sale_name"] for row in shop.orders().values()} == sales
    shop.check_all_arrived()


def test_same_seller_again(shop):
    """A second account of the same seller in the same region is refused."""
    shop.order(2)
    shop.sync()
    values = {**shop.account_values(), "name": "Once more"}
    with pytest.raises(AssertionError, match="_seller_unique"):
        shop.workers.run("open_account", values=values)
    count = shop.value(
        "SELECT count(*) FROM amazon_account WHERE seller_id = %s",
        [shop.seller.merchant_token],
    )
    assert count == 1
    shop.check_all_arrived()


def test_disordered_companies_share_nothing(open_shop):
    """Two accounts take turns in one worker; one that fails stops not the other."""
    healthy, broken = open_shop("US"), open_shop("IN")
    healthy.order(4)
    broken.order(4, tax=None)
    healthy.sim.add_fault("html", operation="searchOrders", seller="IN")
    healthy.sync(**PAGES)
    healthy.check_all_arrived()
    assert broken.runs()[-1]["state"] == "failed"
    healthy.sim.faults.clear()
    broken.pass_time(2)
    broken.sync(**PAGES)
    broken.check_all_arrived()
