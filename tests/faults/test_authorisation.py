# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tokens and secrets that end while a run is under way, and refused marketplaces."""

import pytest

SYNC = "amazon.sync.orders"
PAGES = {"page_size": 3}
CANADA = "A2EUQ1WTGCTBG2"
UNITED_STATES = "ATVPDKIKX0DER"


def stop_after_first_page(shop):
    job = shop.workers.start(
        "fetch", {**PAGES, "stops": [[SYNC, "_store_fetched", 1, "after"]]}
    )
    job.wait_for_stop()
    return job


def lose_tokens(shop):
    shop.sim.lwa.access_tokens.clear()


def test_token_expires_in_the_middle(shop):
    """The run gets a new token and goes on with its next page."""
    shop.order(9)
    job = stop_after_first_page(shop)
    lose_tokens(shop)
    job.go_on()
    job.result()
    shop.apply()
    shop.check_all_arrived()
    assert [run["state"] for run in shop.runs()] == ["done"]
    assert [call["status"] for call in shop.calls()] == [200, 403, 200, 200]
    assert len(shop.calls("token")) == 1


def revoke(shop):
    shop.sim.lwa.revoke(shop.seller.refresh_token)
    lose_tokens(shop)


def reauthorise(shop):
    """The seller agrees again; the user enters the new token and connects."""
    seller = shop.seller
    seller.refresh_token = shop.sim.lwa.authorise(
        seller.application_id, seller.merchant_token
    )
    connect_again(shop)


def connect_again(shop):
    account = {"model": "amazon.account", "ids": [shop.account_id]}
    shop.workers.run("write", **account, values=shop.credentials())
    shop.workers.run("call", **account, method="action_connect")


def test_authorisation_revoked_in_the_middle(shop):
    """S10: the account stops and asks a human; a new token goes on, nothing twice."""
    shop.order(9)
    job = stop_after_first_page(shop)
    revoke(shop)
    job.go_on()
    job.result()
    shop.apply()
    account = shop.account()
    assert account["state"] == "error"
    assert "authorize" in account["error_message"].lower()
    (alert,) = shop.alerts()
    assert alert["user_id"] == account["responsible_user_id"]
    assert "authorize" in alert["note"].lower()
    run = shop.runs()[-1]
    assert run["state"] == "failed" and run["message"]
    assert len([r for r in shop.orders().values() if r["state"] == "applied"]) == 3
    calls, tokens = len(shop.calls()), len(shop.calls("token"))
    shop.pass_time(60)
    shop.fetch(**PAGES)
    assert (len(shop.calls()), len(shop.calls("token"))) == (calls, tokens)
    secret = shop.sim.credentials(shop.key)
    for text in (account["error_message"], run["message"], alert["note"]):
        assert secret["refresh_token"] not in text
        assert secret["client_secret"] not in text
    reauthorise(shop)
    shop.sync(**PAGES)
    shop.check_all_arrived()
    assert shop.account()["state"] == "connected"
    assert not shop.account()["error_message"]
    assert not shop.alerts()


def test_secret_rotated(shop):
    """Amazon accepts the old secret for a week: nothing stops meanwhile."""
    shop.order(6)
    shop.sync()
    shop.sim.lwa.rotate_secret(shop.seller.application_id, shop.sim.clock.now())
    lose_tokens(shop)
    shop.order_now(3)
    shop.pass_time(16)
    shop.sync()
    shop.check_all_arrived()
    assert shop.account()["state"] == "connected"


@pytest.mark.parametrize("in_the_middle", [False, True])
def test_secret_expired(shop, in_the_middle):
    """An expired secret stops the account in words; the new one goes on."""
    shop.order(9)
    job = stop_after_first_page(shop) if in_the_middle else None
    application = shop.seller.application_id
    shop.sim.lwa.expire_secrets(application, shop.sim.clock.now())
    lose_tokens(shop)
    if job:
        job.go_on()
        job.result()
    else:
        shop.query("DELETE FROM amazon_access_token")
        shop.fetch(**PAGES)
    assert shop.account()["state"] == "error"
    assert "secret" in shop.account()["error_message"]
    assert len(shop.alerts()) == 1 and shop.runs()[-1]["message"]
    shop.sim.lwa.rotate_secret(application, shop.sim.clock.now())
    connect_again(shop)
    shop.sync(**PAGES)
    shop.check_all_arrived()
    assert not shop.alerts()


def included(call):
    return set(call["query"].get("includedData", "").split(","))


def test_refused_data_is_left_out(shop):
    """A refused includedData value is found, left out for 24 hours, tried again."""
    shop.order(6)
    shop.seller.refused_data = {"PACKAGES"}
    shop.sync(**PAGES)
    shop.check_all_arrived()
    assert shop.runs()[-1]["state"] == "done"
    assert list(shop.account()["refused_data"]) == ["PACKAGES"]
    assert 1 <= len(shop.calls("getOrder")) <= 10
    shop.sim.calls.clear()
    shop.order_now(3)
    shop.pass_time(16)
    shop.sync(**PAGES)
    assert shop.calls() and not shop.calls("getOrder")
    assert {call["status"] for call in shop.calls()} == {200}
    assert not any("PACKAGES" in included(call) for call in shop.calls())
    shop.sim.calls.clear()
    shop.seller.refused_data = set()
    shop.pass_time(24 * 60)
    shop.sync(**PAGES)
    assert "PACKAGES" in included(shop.calls()[0])
    shop.check_all_arrived()


def test_data_refused_in_the_middle(shop):
    """A value that Amazon refuses from the second page on: the search starts again a
    minute later, as with a page that Amazon forgot, and then finds out."""
    shop.order(9)
    job = stop_after_first_page(shop)
    shop.seller.refused_data = {"BUYER", "PROMOTION"}
    job.go_on()
    job.result()
    assert shop.runs()[-1]["state"] == "failed"
    shop.pass_time(2)
    shop.sync(**PAGES)
    shop.check_all_arrived()
    assert shop.runs()[-1]["state"] == "done"
    assert sorted(shop.account()["refused_data"]) == ["BUYER", "PROMOTION"]


@pytest.mark.parametrize("block", ["FULFILLMENT", "PROCEEDS"])
def test_essential_data_refused(shop, block):
    """Without it nothing is applied, and the run says so; later everything comes."""
    shop.order(3)
    shop.seller.refused_data = {block}
    shop.sync()
    run = shop.runs()[-1]
    assert run["state"] == "failed" and block in run["message"]
    assert not shop.sale_count()["count"]
    (alert,) = shop.alerts()
    assert block in alert["note"]
    assert shop.account()["state"] == "connected" and shop.task()["later"]
    shop.seller.refused_data = set()
    shop.pass_time(24 * 60 + 1)
    shop.sync()
    shop.check_all_arrived()
    assert not shop.alerts()


def test_one_marketplace_denied(shop):
    """A 403 for Amazon.ca leaves Amazon.com alone; what was missed comes later."""
    home = shop.order(4, marketplace_id=UNITED_STATES)
    abroad = shop.order(3, marketplace_id=CANADA)
    shop.seller.marketplace_ids.remove(CANADA)
    shop.sync(**PAGES)
    rows = shop.orders()
    assert sorted(rows) == sorted(home), shop.runs()
    assert {row["state"] for row in rows.values()} == {"applied"}
    assert shop.runs()[-1]["state"] == "done", shop.runs()
    told = shop.query(
        "SELECT channel.name, place.code, error_message FROM amazon_channel channel"
        "  JOIN amazon_marketplace place ON place.id = channel.marketplace_id"
        " WHERE account_id = %s",
        [shop.account_id],
    )
    channels = {row["code"]: row for row in told}
    assert not channels["US"]["error_message"]
    assert channels["CA"]["error_message"]
    (alert,) = shop.alerts()
    assert channels["CA"]["name"] in alert["note"]
    # While it is denied, the other one goes on.
    home += shop.order_now(2, marketplace_id=UNITED_STATES)
    shop.pass_time(16)
    shop.sync(**PAGES)
    assert sorted(shop.orders()) == sorted(home)
    shop.seller.marketplace_ids.append(CANADA)
    shop.pass_time(16)
    shop.sync(**PAGES)
    assert sorted(shop.orders()) == sorted(home + abroad)
    shop.check_all_arrived()
    shop.pass_time(16)
    shop.sync(**PAGES)
    assert not shop.query(
        "SELECT 1 FROM amazon_channel WHERE account_id = %s"
        "   AND error_message IS NOT NULL",
        [shop.account_id],
    )
    assert not shop.alerts()


def test_all_marketplaces_denied(shop):
    """Nothing is left to ask: the run fails with a reason, a human is asked."""
    shop.order(2)
    taken = shop.seller.marketplace_ids
    shop.seller.marketplace_ids = []
    shop.sync()
    assert shop.runs()[-1]["state"] == "failed" and shop.runs()[-1]["message"]
    assert shop.alerts() and shop.task()["later"]
    shop.seller.marketplace_ids = taken
    shop.pass_time(61)
    shop.sync()
    shop.check_all_arrived()
