# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon answers nonsense, nothing, half, or the same thing again."""

import copy

import pytest

SYNC = "amazon.sync.orders"
FAULTS = {
    "cut before": {"kind": "cut_before"},
    "cut mid-body": {"kind": "cut_body"},
    "HTML 200": {"kind": "html", "status": 200},
    "HTML 503": {"kind": "html", "status": 503},
    "empty 200": {"kind": "empty"},
    "truncated JSON": {"kind": "truncated"},
    "500": {"kind": "error", "status": 500},
    "503": {"kind": "error", "status": 503},
}
THROTTLES = {
    "429": {"kind": "throttle"},
    "429 with rate": {"kind": "throttle", "limit_header": True},
    "429 with Retry-After": {"kind": "throttle", "retry_after": 600},
}
PAGES = {"page_size": 3}


def named(faults):
    return {"argvalues": list(faults.values()), "ids": list(faults)}


def tokens(shop):
    return [call["query"].get("paginationToken") for call in shop.calls()]


@pytest.mark.parametrize("fault", **named(FAULTS))
def test_once(shop, fault):
    """One bad answer costs a retry, not the run."""
    shop.order(6)
    shop.sim.add_fault(operation="searchOrders", after=1, count=1, **fault)
    shop.sync(**PAGES)
    shop.check_all_arrived()
    assert [run["state"] for run in shop.runs()] == ["done"]
    assert len(shop.calls()) == 3


@pytest.mark.parametrize("fault", **named(FAULTS))
def test_lasting(shop, fault):
    """A lasting fault ends the run with a reason; it goes on at the next run."""
    shop.order(9)
    shop.sim.add_fault(operation="searchOrders", after=1, **fault)
    shop.sync(**PAGES)
    assert len(shop.orders()) == 3
    (run,) = shop.runs()
    assert run["state"] == "failed" and len(run["message"]) > 20
    assert "<html" not in run["message"]
    task = shop.task()
    assert 0 < task["pause"].total_seconds() <= 120 and not task["leased_until"]
    assert shop.account()["state"] == "connected"
    first_try = len(shop.calls())
    shop.fetch(**PAGES)
    assert len(shop.calls()) == first_try, "it does not wait for its next run"
    shop.sim.faults.clear()
    shop.pass_time(2)
    shop.sync(**PAGES)
    assert tokens(shop)[first_try] == tokens(shop)[1], "the window started again"
    shop.check_all_arrived()
    assert shop.runs()[-1]["state"] == "done"
    assert shop.task()["failure_count"] == 0


def test_alert_after_repeated_failures(shop):
    """The responsible user hears of a fault that stays, once, until it is over."""
    shop.order(3)
    shop.sim.add_fault("html", operation="searchOrders")
    for minutes in (0, 2, 6, 16, 61):
        shop.pass_time(minutes)
        shop.fetch()
    (alert,) = shop.alerts()
    assert alert["user_id"] == shop.account()["responsible_user_id"]
    assert {run["state"] for run in shop.runs()} == {"failed"}
    shop.sim.faults.clear()
    shop.pass_time(61)
    shop.sync()
    shop.check_all_arrived()
    assert not shop.alerts()


@pytest.mark.parametrize("fault", **named(THROTTLES))
def test_throttled(shop, fault):
    """429 is no failure: the run pauses, keeps its place and goes on by itself."""
    shop.order(6)
    shop.sim.add_fault(operation="searchOrders", after=1, count=4, **fault)
    shop.sync(**PAGES)
    for _round in range(6):
        if shop.runs()[0]["state"] == "done":
            break
        assert shop.task()["later"] and not shop.task()["leased_until"]
        calls = len(shop.calls())
        shop.fetch(**PAGES)
        assert len(shop.calls()) == calls, "it does not wait for its time"
        shop.pass_time(12)
        shop.sync(**PAGES)
    shop.check_all_arrived()
    assert [run["state"] for run in shop.runs()] == ["done"]
    assert not shop.alerts()
    assert tokens(shop).count(None) == 1


def test_retry_after_is_honoured(shop):
    """The next run is not before the time that Amazon names."""
    shop.order(3)
    shop.sim.add_fault("throttle", operation="searchOrders", count=1, retry_after=600)
    shop.fetch()
    assert 590 <= shop.task()["pause"].total_seconds() <= 630 + 60
    assert len(shop.calls()) == 1


@pytest.mark.parametrize("kind", ["duplicates", "disorder"])
def test_duplicates_and_disorder(shop, kind):
    """S44: an order that stands twice in a page, or anywhere in it, is one order."""
    shop.order(9)
    shop.sim.add_fault(kind, operation="searchOrders")
    shop.sync(**PAGES)
    shop.check_all_arrived()
    assert [run["state"] for run in shop.runs()] == ["done"]


def test_two_states_of_one_order_in_a_page(shop):
    """The newer state wins, wherever it stands."""
    numbers = shop.order(3)
    search = shop.seller.orders.search

    def twice(*args):
        found, more = search(*args)
        older = []
        for version in found:
            data = copy.deepcopy(version.data)
            data["lastUpdatedTime"] = data["createdTime"]
            data["fulfillment"]["fulfillmentStatus"] = "PENDING"
            older.append(type(version).of(data))
        return [*found, *older], more

    for number in numbers:
        shop.sim.update_order(number, {"programs": ["PRIME"]})
    shop.pass_time(3)
    shop.seller.orders.search = twice
    shop.sync()
    shop.check_all_arrived()


def test_same_page_twice(shop):
    """A page that comes again is noticed; the run fails and then goes on."""
    shop.order(9)
    shop.sim.add_fault("repeat_page", operation="searchOrders", after=1, count=1)
    shop.sync(**PAGES)
    assert shop.runs()[0]["state"] == "failed"
    assert "page" in shop.runs()[0]["message"]
    shop.pass_time(2)
    shop.sync(**PAGES)
    shop.check_all_arrived()
    assert shop.runs()[-1]["state"] == "done"


@pytest.mark.parametrize("circle", [1, 2])
def test_page_tokens_in_a_circle(shop, circle):
    """Tokens that lead back to pages already read: the window starts again.

    The tokens of the first search stay broken, those of a new one are sound: a few
    runs later all orders are here, not only when Amazon has forgotten the token.
    """
    shop.order(12)
    _break_first_search(shop.sim, circle)
    shop.fetch(**PAGES)
    assert shop.runs()[-1]["state"] == "failed"
    for minutes in (2, 6, 16):
        shop.pass_time(minutes)
        shop.sync(**PAGES)
    assert shop.runs()[-1]["state"] == "done", shop.runs()[-1]["message"]
    shop.check_all_arrived()


def _break_first_search(sim, circle):
    """The first search's token number `circle` is its first one again."""
    handle, issue = sim.handle_api, sim.page_tokens.issue
    queries, circling = [], []

    def remember(region, request):
        queries.append(dict(request.pairs()))
        return handle(region, request)

    def issue_in_circle(page):
        came_from, token = queries[-1].get("paginationToken"), issue(page)
        if came_from in circling and len(circling) == circle:
            return circling[0]
        if came_from in circling or not circling:
            circling.append(token)
        return token

    sim.handle_api, sim.page_tokens.issue = remember, issue_in_circle
