# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sellers v1."""

from contract.models import assert_answer, requires_models
from contract.test_simulator_support import Caller


def test_participations_include_pseudo_marketplaces(india):
    answer = india.get("/sellers/v1/marketplaceParticipations")
    assert answer.status_code == 200
    shown = [entry["marketplace"] for entry in answer.json()["payload"]]
    assert [entry["id"] for entry in shown] == ["A21TJRUUN4KGV", "A1NONAMZN0IN91"]
    assert shown[0]["domainName"] == "www.amazon.in"
    assert shown[0]["defaultCurrencyCode"] == "INR"
    assert shown[1]["name"].startswith("Non-Amazon")


def test_account_shows_the_plan(simulator, india):
    account = india.get("/sellers/v1/account").json()["payload"]
    assert account["sellingPlan"] == "PROFESSIONAL"
    simulator.sellers["IN"].selling_plan = "INDIVIDUAL"
    account = india.get("/sellers/v1/account").json()["payload"]
    assert account["sellingPlan"] == "INDIVIDUAL"


def test_each_seller_sees_his_own(world):
    america = Caller(world, "US").get("/sellers/v1/marketplaceParticipations")
    codes = [entry["marketplace"]["countryCode"] for entry in america.json()["payload"]]
    assert codes == ["US", "CA", "US"]


@requires_models
def test_answers_follow_the_model(world):
    caller = Caller(world, "US")
    for path, operation in (
        ("/sellers/v1/marketplaceParticipations", "getMarketplaceParticipations"),
        ("/sellers/v1/account", "getAccount"),
    ):
        answer = caller.get(path)
        assert answer.status_code == 200
        assert_answer("sellers", operation, answer)
