# SPDX-License-Identifier: LGPL-3.0-or-later
"""Restricted data tokens: Amazon's Tokens API 2021-03-01.

Amazon gives some documents that name buyers only for a token of one resource, which
lives an hour. Such a token is asked for when it is needed, and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .answers import needed_text
from .operations import Operation
from .tokens import AccessToken

if TYPE_CHECKING:
    from .client import Client

CREATE_RESTRICTED_TOKEN = Operation(
    name="createRestrictedDataToken",
    method="POST",
    path="/tokens/2021-03-01/restrictedDataToken",
    rate=1.0,
    burst=10,
    idempotent=True,
)
# When Amazon does not say how long a token lives, do not trust it for long.
_UNSTATED_LIFETIME = 300.0


def restricted_token(
    client: Client, operation: Operation, path_params: Mapping[str, str] | None = None
) -> AccessToken:
    """Return the AccessToken for one call of an operation that is restricted.

    :param Operation operation: what the token is for
    :param dict path_params: as of the call
    :raises AccessDeniedError: the application lacks the role for these data
    """
    resource = {"method": operation.method, "path": operation.path_for(path_params)}
    answer = client.call(
        CREATE_RESTRICTED_TOKEN, body={"restrictedResources": [resource]}
    )
    value = needed_text(answer, "restrictedDataToken", CREATE_RESTRICTED_TOKEN)
    lifetime = answer.get("expiresIn")
    if isinstance(lifetime, bool) or not isinstance(lifetime, (int, float)):
        lifetime = _UNSTATED_LIFETIME
    return AccessToken(value, client.now() + max(float(lifetime), 0.0))
