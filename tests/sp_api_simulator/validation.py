# SPDX-License-Identifier: LGPL-3.0-or-later
"""Holds requests and answers against Amazon's own models (Swagger 2.0, JSON).

The models are not part of this package: `SP_API_MODELS` names their folder. Without
them, or without `fastjsonschema` or `jsonschema`, the simulator runs unchecked and
says so once. The former is thirty times as fast, the latter finds more than one
problem at a time.
"""

import functools
import itertools
import json
import os
import re
import sys
from pathlib import Path

try:
    import fastjsonschema
except ImportError:
    fastjsonschema = None
try:
    import jsonschema
except ImportError:
    jsonschema = None

DEFAULT_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "sp-api-models"
PLAN = re.compile(r"\|\s*([\d.]+)\s*\|\s*([\d.]+)\s*\|")
METHODS = ("get", "post", "put", "patch", "delete")
MAX_PROBLEMS = 5
SAID = set()


def models_folder():
    """The folder of Amazon's models, or None."""
    folder = Path(os.environ.get("SP_API_MODELS") or DEFAULT_FOLDER)
    return folder if folder.is_dir() else None


class ModelLibrary:
    """Amazon's models, loaded as they are needed.

    Every `*_problems` method returns a list of sentences, empty if all is well; they
    name places and types, never the values, which may be a buyer's data.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self._models = {}
        self._definitions = {}
        self._checks = {}

    @classmethod
    def find(cls, folder=None):
        """The library, or None after a line on stderr that says what is missing."""
        folder = folder or models_folder()
        if folder is None:
            return _unchecked("Amazon's models were not found (see SP_API_MODELS)")
        if fastjsonschema is None and jsonschema is None:
            return _unchecked("neither fastjsonschema nor jsonschema is installed")
        return _library(Path(folder))

    def model(self, name):
        """The parsed model file `name`.json."""
        if name not in self._models:
            path = self.folder / f"{name}.json"
            self._models[name] = json.loads(path.read_text(encoding="utf-8"))
        return self._models[name]

    def operation(self, name, operation):
        """(path template, method, Swagger operation object)."""
        for path, item in self.model(name)["paths"].items():
            for method, found in item.items():
                if method in METHODS and found["operationId"] == operation:
                    return path, method.upper(), found
        raise KeyError(f"{name} has no operation {operation}")

    def plan(self, name, operation):
        """(rate, burst) of the usage plan in the operation's description."""
        found = PLAN.search(self.operation(name, operation)[2]["description"])
        return float(found[1]), int(float(found[2]))

    def schema(self, name, definition):
        """A JSON schema (draft 4) of `definition`, closed against unknown names."""
        if name not in self._definitions:
            definitions = self.model(name)["definitions"]
            self._definitions[name] = closed(_joined(definitions, definitions))
        return {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "$ref": f"#/definitions/{definition}",
            "definitions": self._definitions[name],
        }

    def problems(self, name, definition, value):
        """Where `value` departs from `definition` of the model `name`."""
        key = (name, definition)
        if key not in self._checks:
            schema = self.schema(name, definition)
            self._checks[key] = (_fast_check if fastjsonschema else _check)(schema)
        return [f"{definition} {problem}" for problem in self._checks[key](value)]

    def request_problems(self, name, operation, query):
        """Unknown, missing or ill-formed query parameters."""
        declared = self.operation(name, operation)[2].get("parameters", [])
        known = {item["name"]: item for item in declared if item["in"] == "query"}
        found = [f"unknown query parameter {key}" for key in query if key not in known]
        for key, item in known.items():
            if key in query:
                found += _parameter_problems(item, query[key])
            elif item.get("required"):
                found.append(f"query parameter {key} is missing")
        return found

    def answer_problems(self, name, operation, status, body):
        """Where an answer departs from the model's response for its status."""
        responses = self.operation(name, operation)[2]["responses"]
        response = responses.get(str(status), responses.get("default"))
        if response is None:
            return [f"{operation} has no answer {status}"]
        schema = response.get("schema")
        if schema is None:
            return []
        return self.problems(name, schema["$ref"].rsplit("/", 1)[1], body)


def _joined(schema, definitions):
    """Each `allOf` made one object, for its parts cannot be closed apart."""
    if isinstance(schema, list):
        return [_joined(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if not isinstance(schema.get("allOf"), list):
        return {name: _joined(part, definitions) for name, part in schema.items()}
    whole = {"type": "object", "properties": {}}
    for part in schema["allOf"]:
        part = definitions[part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else part
        whole["properties"].update(part.get("properties", {}))
        if part.get("required"):
            whole["required"] = [*whole.get("required", ()), *part["required"]]
    return whole


def closed(schema):
    """The schema with every object that names its properties closed for others.

    Swagger leaves objects open, so a misspelt field would pass for an unknown one.
    """
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: closed(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        result.setdefault("additionalProperties", False)
    return result


def _fast_check(schema):
    validate = fastjsonschema.compile(schema)

    def check(value):
        try:
            validate(value)
        except fastjsonschema.JsonSchemaException as error:
            place = "/".join(str(part) for part in error.path[1:]) or "."
            return [f"at {place}: fails {error.rule}"]
        return []

    return check


def _check(schema):
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    validator = jsonschema.Draft4Validator(schema, format_checker=checker)

    def check(value):
        return [
            f"at {'/'.join(map(str, error.absolute_path)) or '.'}: "
            f"fails {error.validator}"
            for error in itertools.islice(validator.iter_errors(value), MAX_PROBLEMS)
        ]

    return check


@functools.lru_cache(maxsize=4)
def _library(folder):
    """One library per folder: compiling a model takes a tenth of a second."""
    return ModelLibrary(folder)


def _parameter_problems(item, text):
    values = text.split(",") if item["type"] == "array" else [text]
    rule = item["items"] if item["type"] == "array" else item
    found = []
    if len(values) > item.get("maxItems", len(values)):
        found.append(f"query parameter {item['name']} has too many values")
    if "enum" in rule and not set(values) <= set(rule["enum"]):
        found.append(f"query parameter {item['name']} has a foreign value")
    if rule["type"] == "integer" and not re.fullmatch(r"-?\d+", text):
        found.append(f"query parameter {item['name']} is not an integer")
    return found


def _unchecked(reason):
    if reason not in SAID:
        SAID.add(reason)
        print(f"sp_api_simulator: answers are not checked: {reason}", file=sys.stderr)
    return None
