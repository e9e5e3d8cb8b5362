# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tokens 2021-03-01: createRestrictedDataToken, for documents of reports that name
buyers. What is restricted of other APIs is not played."""

from .bodies import json_body
from .messages import Answer, ApiError
from .reports_api import document_kind
from .routes import Route
from .sellers import ALL_ROLES

MOST_RESOURCES = 50


def create_restricted_token(call):
    required = ("restrictedResources",)
    body = json_body(call, "CreateRestrictedDataTokenRequest", required)
    resources = body["restrictedResources"]
    if not 1 <= len(resources) <= MOST_RESOURCES:
        raise ApiError.invalid_input("1 to 50 restricted resources are required.")
    for resource in resources:
        _check_resource(call, resource)
    named = [(resource["method"], resource["path"]) for resource in resources]
    lwa = call.simulator.lwa
    token = lwa.restrict(call.token, named, call.now)
    life = int(lwa.token_life)
    return Answer(200, {"restrictedDataToken": token, "expiresIn": life})


def _check_resource(call, resource):
    """ApiError 400 for what is not restricted, 403 without the role for it."""
    kind = document_kind(call.simulator, call.seller, resource["path"])
    if resource["method"] != "GET" or kind is None:
        raise ApiError.invalid_input("Not a restricted resource.")
    if not call.seller.roles & kind.roles:
        text = "Application does not have access to one or more requested resources."
        raise ApiError.forbidden(text)


ROUTES = (
    Route(
        "POST",
        "/tokens/2021-03-01/restrictedDataToken",
        "createRestrictedDataToken",
        "tokens_2021-03-01",
        1.0,
        10,
        create_restricted_token,
        ALL_ROLES,
    ),
)
