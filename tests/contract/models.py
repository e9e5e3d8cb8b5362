# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's Swagger models for contract tests: loading, validating, skipping.

`SP_API_MODELS` names their folder (default: `../shared/sp-api-models`, relative to
the repository's root). With `tests/` on the path (pyproject.toml sees to it):

    from contract.models import assert_answer, requires_models

    @requires_models
    def test_it():
        assert_answer("orders_2026-01-01", "getOrder", response)

Swagger's definitions are JSON Schema (draft 4) but for being open: objects are closed
here, so that a misspelt name does not pass.
"""

import functools
import json
import os
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "put", "patch", "delete")
MISSING = (
    "Amazon's models were not found; set SP_API_MODELS to their folder. The simulator "
    "was held against Amazon's SDK instead"
)


def _folder():
    named = os.environ.get("SP_API_MODELS")
    folder = Path(named or ROOT.parent / "shared" / "sp-api-models")
    return folder if (folder / "orders_2026-01-01.json").is_file() else None


FOLDER = _folder()
requires_models = pytest.mark.skipif(FOLDER is None, reason=MISSING)


@functools.cache
def load(name):
    """The parsed model `name`.json; without the models the calling test is skipped."""
    if FOLDER is None:
        pytest.skip(MISSING)
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def _join(parts, definitions):
    """One object of the parts of an `allOf`, which cannot be closed apart."""
    objects = [
        definitions[part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else part
        for part in parts
    ]
    names = [name for part in objects for name in part.get("required", ())]
    properties = {
        name: rule for part in objects for name, rule in part["properties"].items()
    }
    joined = {"type": "object", "properties": properties}
    return {**joined, "required": names} if names else joined


def _close(schema, definitions):
    if isinstance(schema, dict):
        if isinstance(schema.get("allOf"), list):
            schema = _join(schema["allOf"], definitions)
        closed = {key: _close(value, definitions) for key, value in schema.items()}
        if closed.get("type") == "object" and isinstance(
            closed.get("properties"), dict
        ):
            closed.setdefault("additionalProperties", False)
        return closed
    if isinstance(schema, list):
        return [_close(part, definitions) for part in schema]
    return schema


@functools.cache
def validator(name, definition):
    definitions = load(name)["definitions"]
    schema = {
        "$ref": f"#/definitions/{definition}",
        "definitions": _close(definitions, definitions),
    }
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    return jsonschema.Draft4Validator(schema, format_checker=checker)


def problems(name, definition, value):
    """What is wrong, as places and rules; no values."""
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.validator}"
        for error in validator(name, definition).iter_errors(value)
    ]


def assert_valid(name, definition, value):
    assert problems(name, definition, value) == []


@functools.cache
def operation(name, operation_id):
    """(path template, upper-case method, Swagger operation object)."""
    for path, item in load(name)["paths"].items():
        for method, found in item.items():
            if method in METHODS and found["operationId"] == operation_id:
                return path, method.upper(), found
    raise KeyError(operation_id)


def assert_answer(name, operation_id, response):
    """A `requests` response is one that the model describes for its status."""
    found = operation(name, operation_id)[2]["responses"]
    assert str(response.status_code) in found, f"no answer {response.status_code}"
    schema = found[str(response.status_code)]["schema"]
    assert_valid(name, schema["$ref"].rsplit("/", 1)[1], response.json())


def request_problems(name, operation_id, query):
    """What is wrong with query parameters (strings) of an operation."""
    declared = operation(name, operation_id)[2].get("parameters", [])
    known = {item["name"]: item for item in declared if item["in"] == "query"}
    found = [f"unknown {key}" for key in query if key not in known]
    found += [
        f"missing {key}"
        for key, item in known.items()
        if item.get("required") and key not in query
    ]
    for key in set(query) & set(known):
        item = known[key]
        many = item["type"] == "array"
        values = query[key].split(",") if many else [query[key]]
        enum = (item["items"] if many else item).get("enum")
        if enum and not set(values) <= set(enum):
            found.append(f"foreign value of {key}")
        if len(values) > item.get("maxItems", len(values)):
            found.append(f"too many values of {key}")
    return found


def assert_request(name, operation_id, query):
    assert request_problems(name, operation_id, query) == []
