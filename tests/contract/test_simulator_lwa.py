# SPDX-License-Identifier: LGPL-3.0-or-later
"""Login with Amazon as the simulator plays it."""

import pytest
from sp_api_simulator.clock import DAY, HOUR, MINUTE

PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"


def refused(answer, status, error):
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


def test_refresh_grant(india):
    answer = india.login()
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 3600
    assert body["access_token"].startswith("Atza|")
    assert body["refresh_token"] == india.form()["refresh_token"]


def test_every_grant_gives_another_token(india):
    assert india.login().json()["access_token"] != india.login().json()["access_token"]


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"refresh_token": "Atzr|nobody"}, 400, "invalid_grant"),
        ({"client_secret": "amzn1.oa2-cs.v1.wrong"}, 401, "invalid_client"),
        ({"client_id": "amzn1.application-oa2-client.no"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"refresh_token": None}, 400, "invalid_request"),
    ],
)
def test_refusals(india, changes, status, error):
    refused(india.login(**changes), status, error)


def test_grant_that_the_application_may_not_use(simulator, india):
    client_id = india.form()["client_id"]
    simulator.lwa.applications[client_id].grants = {"client_credentials"}
    refused(india.login(), 400, "unauthorized_client")


def test_refresh_token_of_another_application(simulator, india):
    simulator.add_seller(
        "DE", region="eu", marketplace_ids=["A1PA6795UKMFR9"], own_application=True
    )
    foreign = simulator.credentials("DE")["refresh_token"]
    refused(india.login(refresh_token=foreign), 400, "unauthorized_client")


def test_revoked_refresh_token(simulator, india):
    assert india.get(PARTICIPATIONS).status_code == 200
    simulator.lwa.revoke(india.form()["refresh_token"])
    refused(india.login(), 400, "invalid_grant")
    assert india.get(PARTICIPATIONS).status_code == 403


def test_rotated_secret_lives_seven_days(simulator, india):
    old = india.form()["client_secret"]
    simulator.lwa.rotate_secret(india.form()["client_id"], simulator.clock.now())
    new = india.form()["client_secret"]
    assert new != old
    simulator.clock.advance(7 * DAY - MINUTE)
    assert india.login(client_secret=old).status_code == 200
    simulator.clock.advance(2 * MINUTE)
    refused(india.login(client_secret=old), 401, "invalid_client")
    assert india.login(client_secret=new).status_code == 200


def test_secret_expires_after_180_days(simulator, india):
    simulator.clock.advance(180 * DAY - MINUTE)
    assert india.login().status_code == 200
    simulator.clock.advance(2 * MINUTE)
    refused(india.login(), 401, "invalid_client")


def test_access_token_expires(simulator, india):
    assert india.get(PARTICIPATIONS).status_code == 200
    simulator.clock.advance(HOUR - 1)
    assert india.get(PARTICIPATIONS).status_code == 200
    simulator.clock.advance(1)
    answer = india.get(PARTICIPATIONS)
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "Unauthorized"
    assert "expired" in answer.json()["errors"][0]["details"]


def code_form(simulator, **changes):
    known = simulator.credentials("IN")
    code = simulator.lwa.issue_code(
        known["client_id"],
        known["merchant_token"],
        "https://odoo.example.com/back",
        simulator.clock.now(),
    )
    form = {
        "grant_type": "authorization_code",
        "refresh_token": None,
        "code": code,
        "redirect_uri": "https://odoo.example.com/back",
    }
    return {**form, **changes}


def test_code_is_exchanged_once(simulator, india):
    form = code_form(simulator)
    answer = india.login(**form)
    assert answer.status_code == 200
    fresh = answer.json()["refresh_token"]
    assert india.login(refresh_token=fresh).status_code == 200
    refused(india.login(**form), 400, "invalid_grant")


def test_code_lives_five_minutes(simulator, india):
    form = code_form(simulator)
    simulator.clock.advance(5 * MINUTE - 1)
    assert india.login(**form).status_code == 200
    form = code_form(simulator)
    simulator.clock.advance(5 * MINUTE)
    refused(india.login(**form), 400, "invalid_grant")


def test_code_with_another_redirect(simulator, india):
    form = code_form(simulator, redirect_uri="https://elsewhere.example.com")
    refused(india.login(**form), 400, "invalid_grant")


def test_client_credentials(simulator, india):
    grant = {"grant_type": "client_credentials", "refresh_token": None}
    answer = india.login(**grant, scope="sellingpartnerapi::notifications")
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    refused(india.login(**grant, scope="everything"), 400, "invalid_scope")
    refused(india.login(**grant), 400, "invalid_request")
    india.token = answer.json()["access_token"]
    assert india.get(PARTICIPATIONS).status_code == 403


def test_state_is_shared_by_all_sellers(world):
    """One application: its rotated secret is every seller's."""
    first, second = world.credentials("IN"), world.credentials("US")
    assert first["client_id"] == second["client_id"]
    world.lwa.rotate_secret(first["client_id"], world.clock.now())
    after = world.credentials("US")["client_secret"]
    assert after == world.credentials("IN")["client_secret"]
    assert after != first["client_secret"]
