# SPDX-License-Identifier: LGPL-3.0-or-later
"""The JSON bodies of requests, held against Amazon's model."""

from .messages import ApiError


def json_body(call, definition, required):
    """The request's JSON object; ApiError 400 where it departs from the model.

    `definition` is the model's name for it; without models the names in `required`
    must be there at least.
    """
    if "json" not in call.request.headers.get("content-type", ""):
        raise ApiError(415, "UnsupportedMediaType", "The body must be JSON.")
    try:
        body = call.request.json()
    except ValueError:
        raise ApiError.invalid_input("The body is not JSON.") from None
    models = call.simulator.models
    if models is not None:
        problems = models.problems(call.route.model, definition, body)
    elif not isinstance(body, dict):
        problems = ["the body is not an object"]
    else:
        problems = [f"{name} is missing" for name in required if name not in body]
    if problems:
        raise ApiError.invalid_input("; ".join(problems))
    return body
