# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's calendar of what goes, against what the connector calls."""

import re
from datetime import date, timedelta
from pathlib import Path

from sp_api import deprecations
from sp_api.deprecations import CALENDAR, NOTICE, USED, find_due

ADDON = Path(deprecations.__file__).resolve().parents[1]
DAY = date(2030, 1, 1)


def called():
    """Every name of the calendar that stands in the addon's code as a text."""
    names = {entry.name for entry in CALENDAR}
    found = set()
    for folder in ("sp_api", "sync", "models"):
        for path in (ADDON / folder).rglob("*.py"):
            if path.name != "deprecations.py":
                text = path.read_text(encoding="utf-8")
                found |= names & set(re.findall(r'"(\w+)"', text))
    return found


def test_what_is_used_is_marked_as_used():
    """A call to something that goes is noticed here, and so is one that has gone."""
    assert called() == set(USED)


def test_each_stands_once_with_its_source():
    names = [entry.name for entry in CALENDAR]
    assert len(names) == len(set(names))
    assert all(entry.source for entry in CALENDAR)


def test_the_notice_comes_ninety_days_before_and_stays():
    calendar = (deprecations.Deprecation("old", "new", DAY, "said so"),)

    def due(today, used=("old",)):
        return [entry.name for entry in find_due(today, calendar, used)]

    assert due(DAY - NOTICE - timedelta(days=1)) == []
    assert due(DAY - NOTICE) == ["old"]
    assert due(DAY + timedelta(days=400)) == ["old"]
    assert due(DAY, used=()) == []


def test_what_has_no_date_makes_no_notice():
    assert find_due(date(2100, 1, 1)) == []
