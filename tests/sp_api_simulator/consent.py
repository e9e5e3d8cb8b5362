# SPDX-License-Identifier: LGPL-3.0-or-later
"""Seller Central's consent page: a seller agrees and is sent back with a code.

Amazon knows who has signed in; here a parameter `seller` says it, and without it the
page asks.
"""

from html import escape
from urllib.parse import urlencode

from .messages import Answer

PATH = "/apps/authorize/consent"


def show_consent(simulator, request):
    """Ask which seller agrees, or send the seller back to the application.

    Refuses, as Amazon does, unknown applications, a missing state, drafts that are not
    asked for with `version=beta`, and applications without a redirect address.
    """
    query = dict(request.pairs())
    application = _find_application(simulator, query.get("application_id"))
    if application is None:
        return _page(400, "This application does not exist.")
    if not query.get("state"):
        return _page(400, "The parameter state is missing.")
    if application.draft != (query.get("version") == "beta"):
        return _page(400, "This version of the application does not exist.")
    if not application.redirect_uris:
        return _page(400, "The application has no redirect address.")
    seller = simulator.sellers.get(query.get("seller"))
    if seller is None:
        return _ask(simulator, query)
    redirect_uri = application.redirect_uris[0]
    code = simulator.lwa.issue_code(
        application.client_id,
        seller.merchant_token,
        redirect_uri,
        simulator.clock.now(),
    )
    back = {
        "state": query["state"],
        "selling_partner_id": seller.merchant_token,
        "spapi_oauth_code": code,
    }
    return Answer(302, headers={"Location": f"{redirect_uri}?{urlencode(back)}"})


def _find_application(simulator, solution_id):
    for application in simulator.lwa.applications.values():
        if application.solution_id == solution_id:
            return application
    return None


def _ask(simulator, query):
    links = "".join(
        f'<p><a href="?{escape(urlencode({**query, "seller": key}))}">'
        f"Agree as seller {escape(seller.merchant_token)}</a></p>"
        for key, seller in simulator.sellers.items()
    )
    return _page(200, "An application asks for access to your orders.", links)


def _page(status, text, more=""):
    body = f"<!DOCTYPE html><title>Consent</title><h1>{escape(text)}</h1>{more}"
    return Answer(status, body.encode(), content_type="text/html; charset=utf-8")
