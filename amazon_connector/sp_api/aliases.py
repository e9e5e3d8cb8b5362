# SPDX-License-Identifier: LGPL-3.0-or-later
"""Types that several modules name."""

from collections.abc import Callable
from typing import Any

JsonObject = dict[str, Any]
"""A JSON object as Amazon sends it: nothing is certain of its values."""
Row = dict[str, str]
"""One row of a report: cells by column."""
Clock = Callable[[], float]
"""Returns epoch seconds."""
Guard = Callable[[], object]
"""Called before each network call and each wait; what it raises stops the call."""
Timeout = tuple[float, float]
"""Seconds to connect, and to read."""
BucketKey = tuple[str, str, str]
"""Application key, seller id and operation name."""
