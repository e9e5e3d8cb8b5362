# SPDX-License-Identifier: LGPL-3.0-or-later
"""The simulator's consent page, from application to code."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

BACK = "https://odoo.example.com/back"


@pytest.fixture
def application(simulator, india):
    known = simulator.credentials("IN")
    found = simulator.lwa.applications[known["client_id"]]
    found.redirect_uris.append(BACK)
    return found


def visit(simulator, application, **changes):
    query = {
        "application_id": application.solution_id,
        "state": "s&t",
        "version": "beta",
        "seller": "IN",
        **changes,
    }
    return requests.get(
        f"{simulator.url}/apps/authorize/consent",
        params={name: value for name, value in query.items() if value is not None},
        allow_redirects=False,
        timeout=5,
    )


def test_agreeing_leads_back_with_a_code(simulator, india, application):
    answer = visit(simulator, application)
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == BACK
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    known = simulator.credentials("IN")
    assert query["state"] == "s&t"
    assert query["selling_partner_id"] == known["merchant_token"]
    answer = india.login(
        grant_type="authorization_code",
        refresh_token=None,
        code=query["spapi_oauth_code"],
        redirect_uri=BACK,
    )
    assert answer.status_code == 200
    assert answer.json()["refresh_token"]


@pytest.mark.parametrize(
    "changes",
    [
        {"application_id": "amzn1.sp.solution.unknown"},
        {"application_id": None},
        {"state": None},
        {"version": None},
    ],
)
def test_refused(simulator, application, changes):
    assert visit(simulator, application, **changes).status_code == 400
    assert not simulator.lwa.codes


def test_a_published_application_has_no_beta(simulator, application):
    application.draft = False
    assert visit(simulator, application).status_code == 400
    assert visit(simulator, application, version=None).status_code == 302


def test_without_a_redirect_address(simulator, application):
    application.redirect_uris.clear()
    assert visit(simulator, application).status_code == 400


def test_the_page_asks_who_agrees(simulator, application):
    answer = visit(simulator, application, seller=None)
    assert answer.status_code == 200
    assert simulator.credentials("IN")["merchant_token"] in answer.text
    assert "s%26t" in answer.text
