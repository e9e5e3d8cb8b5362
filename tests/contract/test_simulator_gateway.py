# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon checks on every call."""

import http.client
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
from contract.test_simulator_support import Caller, make_order
from sp_api_simulator import Simulator
from sp_api_simulator.sellers import ORDINARY_ROLES, RESTRICTED_ROLES

PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"


def unauthorized(answer, words=""):
    assert answer.status_code == 403
    error = answer.json()["errors"][0]
    assert error["code"] == "Unauthorized"
    assert words in error["details"]


def test_missing_token(india):
    india.token = ""
    unauthorized(india.get(PARTICIPATIONS), "missing")


def test_invented_token(india):
    india.token = "Atza|invented"
    unauthorized(india.get(PARTICIPATIONS), "malformed or invalid")


def test_seller_of_another_region(simulator, india):
    india.base = simulator.api_url("na")
    unauthorized(india.get(PARTICIPATIONS))


@pytest.mark.parametrize(
    "agent",
    [
        "python-requests/2.32",
        "Odoo",
        "Odoo/1.0 ()",
        "Odoo/1.0 (Platform=Linux)",
        "Odoo (Language=Python/3.11)",
        "Odoo/1.0 (Language=Python/3.11; Note=" + "x" * 470 + ")",
    ],
)
def test_user_agent_refused_with_html(india, agent):
    india.agent = agent
    answer = india.get(PARTICIPATIONS)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize(
    "agent",
    [
        "Odoo/1.0 (Language=Python/3.11)",
        "My App/19.0.1 (Language=Python/3.12; Platform=Linux)",
        "Odoo/1.0 (Language=Python/3.11; Note=" + "x" * 462 + ")",
    ],
)
def test_user_agent_accepted(india, agent):
    assert len(agent) <= 500
    india.agent = agent
    assert india.get(PARTICIPATIONS).status_code == 200


def test_no_ordinary_role(simulator, india):
    simulator.set_roles("IN", RESTRICTED_ROLES)
    unauthorized(india.search())
    simulator.set_roles("IN", {sorted(ORDINARY_ROLES)[0]})
    assert india.search().status_code == 200


def test_request_id_and_simulated_date_on_every_answer(simulator, india):
    simulator.clock.advance(90 * 86400)
    good = india.get(PARTICIPATIONS)
    bad = india.get("/nothing/like/this")
    identifiers = {answer.headers["x-amzn-RequestId"] for answer in (good, bad)}
    assert len(identifiers) == 2
    for answer in (good, bad):
        shown = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        assert shown == int(simulator.clock.now())


def test_unknown_path_and_method(simulator, india):
    assert india.get("/nothing/like/this").status_code == 404
    headers = {"x-amz-access-token": india.token, "User-Agent": india.agent}
    url = f"{india.base}{PARTICIPATIONS}"
    assert india.session.post(url, headers=headers, timeout=30).status_code == 405


def test_keep_alive(simulator):
    """Two calls on one connection."""
    connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc, timeout=30)
    for _number in range(2):
        connection.request("GET", "/_control/state")
        answer = connection.getresponse()
        assert answer.version == 11
        answer.read()
        first = connection.sock
        assert first is not None
    connection.close()


def test_malformed_http_is_refused_with_html(simulator):
    connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc, timeout=30)
    connection.putrequest("GET", "/_control/state")
    connection.putheader("Content-Length", "ten")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 400
    assert answer.getheader("Content-Type") == "text/html"
    connection.close()


# --- quotas -------------------------------------------------------------------


def test_burst_then_429_then_refill(simulator, india):
    """searchOrders: 20 at once, then one in 1/0.0056 s."""
    statuses = [india.search().status_code for _number in range(21)]
    assert statuses == [200] * 20 + [429]
    simulator.clock.advance(170)
    assert india.search().status_code == 429
    simulator.clock.advance(10)
    assert india.search().status_code == 200
    assert india.search().status_code == 429


def test_throttled_answer(simulator, india):
    simulator.quotas.set_plan("searchOrders", 0.0056, 1)
    india.search()
    answer = india.search()
    assert answer.status_code == 429
    assert answer.json()["errors"][0]["code"] == "QuotaExceeded"
    assert "x-amzn-RequestId" in answer.headers
    assert "x-amzn-RateLimit-Limit" not in answer.headers


def test_a_refused_request_costs_a_token_too(simulator, india):
    simulator.quotas.set_plan("searchOrders", 0.0056, 1)
    assert india.search(maxResultsPerPage="0").status_code == 400
    assert india.search().status_code == 429


def test_buckets_are_apart_by_seller_and_operation(world):
    """S5: one seller's quota is not another's."""
    world.quotas.set_plan("searchOrders", 0.0056, 1)
    india, america = Caller(world, "IN"), Caller(world, "US")
    assert india.search().status_code == 200
    assert india.search().status_code == 429
    assert america.search().status_code == 200
    order_id = world.truth("IN")[0]["orderId"]
    assert india.order(order_id).status_code == 200


def test_buckets_never_exceed_their_burst(simulator, india):
    simulator.quotas.set_plan("searchOrders", 1, 2)
    assert india.search().status_code == 200
    simulator.clock.advance(1000)
    statuses = [india.search().status_code for _number in range(3)]
    assert statuses == [200, 200, 429]


def test_quotas_off(simulator, india):
    simulator.quotas.enabled = False
    assert {india.search().status_code for _number in range(25)} == {200}


def header_pattern(seed):
    with Simulator(seed=seed, quotas=False, factor=0, models=False) as simulator:
        simulator.add_seller("IN", "eu", ["A21TJRUUN4KGV"])
        caller = Caller(simulator, "IN")
        answers = [caller.search() for _number in range(30)]
        return [answer.headers.get("x-amzn-RateLimit-Limit") for answer in answers]


def test_limit_header_is_sometimes_absent_and_reproducible():
    first = header_pattern(5)
    assert set(first) == {None, "0.0056"}
    assert first == header_pattern(5)
    assert first != header_pattern(6)


def test_changed_plan_shows_in_the_header(simulator, india):
    simulator.quotas.header_absent = 0
    simulator.quotas.set_plan("searchOrders", 0.5, 30)
    assert india.search().headers["x-amzn-RateLimit-Limit"] == "0.5"


def test_faster_clock_refills_faster():
    with Simulator(factor=1000, models=False) as simulator:
        simulator.add_seller("IN", "eu", ["A21TJRUUN4KGV"])
        before = simulator.clock.now()
        simulator.put_orders("IN", [make_order()])
        simulator.clock.set_factor(0)
        frozen = simulator.clock.now()
        assert frozen > before
        assert simulator.clock.now() == frozen
        simulator.clock.advance(5)
        assert simulator.clock.now() == pytest.approx(frozen + 5)
