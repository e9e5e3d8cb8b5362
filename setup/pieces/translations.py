# SPDX-License-Identifier: LGPL-3.0-or-later
"""The addons' translations: made from what Odoo finds, held against it."""

import ast
import re
from collections import Counter
from xml.etree import ElementTree

import polib

from . import databases, server
from .paths import addons

LANGUAGES = ("ar", "de", "es", "fr", "hi", "ja")
# Databases with as few other addons as may be: some rename models of Odoo's.
_KINDS = {
    databases.OUR_ADDON: databases.ADDON,
    databases.OUR_INDIA: databases.DEMO,
    databases.OUR_QUEUE: databases.CARRIERS,
}
# What Odoo looks for in Python's source.
_TRANSLATING = {"_", "_lt"}
_PLACEHOLDER = re.compile(r"%\(\w+\)[-+ #0-9.]*\w|%[sd%]|\{\{.*?\}\}|\{\w*\}", re.ASCII)
# What the web client translates within a term, and what may differ therefore.
_WORDS_IN_TAGS = {"alt", "aria-label", "data-tooltip", "placeholder", "title"}


def refresh(odoo, pg):
    """Write each addon's .pot anew; give its .po files the same entries.

    What is new is empty there.

    :raises pieces.console.SetupError: Odoo could not read the strings
    """
    for addon in addons():
        kind = _KINDS[addon.name]
        with databases.temporary(odoo, pg, "translations", kind) as database:
            server.run(
                databases.with_neighbours(odoo, kind),
                pg,
                ["i18n", "export", "-d", database, addon.name],
                what="read the strings to translate",
            )
        template = polib.pofile(_template(addon), wrapwidth=78)
        _save(template, _template(addon))
        for language in LANGUAGES:
            _merge(addon, language, template)


def _merge(addon, language, template):
    path = _translation(addon, language)
    file = polib.pofile(path, wrapwidth=78) if path.exists() else polib.POFile()
    known = {entry.msgid: entry.msgstr for entry in file if not entry.obsolete}
    merged = polib.POFile(wrapwidth=78)
    merged.metadata = {**template.metadata, "Language": language}
    for entry in template:
        merged.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgstr=known.get(entry.msgid, ""),
                comment=entry.comment,
                occurrences=entry.occurrences,
            )
        )
    _save(merged, path)


def _save(file, path):
    """Write a file without dates, which would differ each time."""
    file.header = ""
    for date in ("POT-Creation-Date", "PO-Revision-Date"):
        file.metadata.pop(date, None)
    file.save(path)


def find_problems():
    """What the translations of all addons lack or have wrong, in a line each."""
    problems = [
        f"{_template(addon).relative_to(addon.parent)}: no text of ours: {text!r}"
        for addon in addons()
        for text in sorted(_find_false(addon))
    ]
    return problems + [
        f"{_translation(addon, language).relative_to(addon.parent)}: {problem}"
        for addon in addons()
        for language in LANGUAGES
        for problem in _compare(addon, language)
    ]


def _find_false(addon):
    """What Odoo takes for a text: it reads a tuple behind a translated text as another
    call, `{"a": self.env._("Text"), ("b", "c"): ...}` for one of "b"."""
    real = {text for path in addon.rglob("*.py") for text in _read_texts(path)}
    for entry in polib.pofile(_template(addon)):
        places = [place for place, _line in entry.occurrences]
        is_code = all(re.match(r"code:.*\.py", place) for place in places)
        if is_code and entry.msgid not in real:
            yield entry.msgid


def _read_texts(path):
    """The first argument of each call that translates."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            text = node.args[0]
            if name in _TRANSLATING and isinstance(text, ast.Constant):
                yield text.value


def _compare(addon, language):
    path = _translation(addon, language)
    if not path.exists():
        return ["there is no such file"]
    done = {entry.msgid: entry for entry in polib.pofile(path)}
    wanted = [entry.msgid for entry in polib.pofile(_template(addon))]
    problems = [f"not translated: {text!r}" for text in wanted if text not in done]
    problems += [f"no such string: {text!r}" for text in done if text not in wanted]
    for entry in done.values():
        if entry.fuzzy or not entry.msgstr:
            problems.append(f"not translated: {entry.msgid!r}")
        elif _placeholders(entry.msgid) != _placeholders(entry.msgstr):
            problems.append(f"other placeholders: {entry.msgstr!r}")
        elif _tags(entry.msgid) != _tags(entry.msgstr):
            problems.append(f"other tags: {entry.msgstr!r}")
    return problems


def _placeholders(text):
    return Counter(_PLACEHOLDER.findall(text))


def _tags(text):
    """The tags in a term and what they are, as far as it is not words; None for a text
    that is no XML."""
    try:
        root = ElementTree.fromstring(f"<term>{text}</term>")
    except ElementTree.ParseError:
        return None
    return Counter(
        (tag.tag, *sorted((k, v) for k, v in tag.items() if k not in _WORDS_IN_TAGS))
        for tag in root.iter()
    )


def _template(addon):
    return addon / "i18n" / f"{addon.name}.pot"


def _translation(addon, language):
    return addon / "i18n" / f"{language}.po"
