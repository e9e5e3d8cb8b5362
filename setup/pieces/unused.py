# SPDX-License-Identifier: LGPL-3.0-or-later
"""Code that nobody calls, for the suite `lint`.

Much of an addon is called by its name alone: from views and data, from texts in Python
(``compute="_compute_x"``), by methods of Odoo's that it overrides. Whatever is named in
such a place, or in a test, counts as used.
"""

import ast
import re

from vulture import Vulture

from .paths import REPOSITORY

# What is looked for by name in code that is not ours.
_ALLOWED = {
    # Odoo's ORM: models that are views, kinds of fields
    "_table_query",
    "convert_to_column",
    "convert_to_record",
    # psycopg2, urllib3 and Python's logging
    "autocommit",
    "exc_text",
    "pool_classes_by_scheme",
    # the name that Odoo's method gives its argument
    "help_message",
}
# Odoo calls methods with these by itself.
_DECORATORS = ("api.autovacuum", "api.constrains", "api.onchange", "api.ondelete")
_ROUTES = ("route", "http.route")
_NAME = re.compile(r"[A-Za-z_]\w+")
_TEXTS = {".csv", ".js", ".md", ".sql", ".xml"}


def find(contents):
    """What nobody seems to use: ``["path:line: unused method 'x'", ...]``.

    :param dict contents: what each of the repository's files holds, by path
    """
    vulture = Vulture()
    for path, content in contents.items():
        if path.suffix in _TEXTS or "tests" in path.parts:
            vulture.used_names.update(_NAME.findall(content))
        elif path.suffix == ".py" or content.startswith("#!/usr/bin/env python3"):
            vulture.scan(content, filename=REPOSITORY / path)
            vulture.used_names.update(_find_called(ast.parse(content)))
    vulture.used_names.update(_ALLOWED)
    return [
        f"{item.filename.relative_to(REPOSITORY)}:{item.first_lineno}: {item.message}"
        for item in vulture.get_unused_code()
    ]


def _find_called(tree):
    """The names that a module's texts, classes and overrides make somebody call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _NAME.findall(node.value)
        elif isinstance(node, ast.ClassDef):
            if node.bases:
                # a model or a controller: Odoo finds it by what it inherits
                yield node.name
            yield from _get_fields(node)
        elif isinstance(node, ast.FunctionDef) and _is_called_by_odoo(node):
            yield node.name


def _get_fields(node):
    """A class's attributes: settings of a model, or facts that a library offers."""
    for line in node.body:
        if isinstance(line, ast.AnnAssign):
            yield line.target.id
        elif isinstance(line, ast.Assign) and node.bases:
            yield from (one.id for one in line.targets if isinstance(one, ast.Name))


def _is_called_by_odoo(function):
    """Whether a method is an override, or marked for what Odoo does by itself."""
    marks = [ast.unparse(mark).partition("(")[0] for mark in function.decorator_list]
    return not {*_DECORATORS, *_ROUTES}.isdisjoint(marks) or any(
        isinstance(node, ast.Attribute)
        and node.attr == function.name
        and ast.unparse(node.value) == "super()"
        for node in ast.walk(function)
    )
