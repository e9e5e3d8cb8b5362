# SPDX-License-Identifier: LGPL-3.0-or-later
from . import kind  # What others inherit comes first.

# isort: split
from . import (
    brake,
    check,
    comparer,
    feed,
    freshness,
    history,
    patch,
)
