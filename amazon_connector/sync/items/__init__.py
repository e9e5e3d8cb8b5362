# SPDX-License-Identifier: LGPL-3.0-or-later
from . import kind  # What others inherit comes first.

# isort: split
from . import (
    damaged,
    details,
    matcher,
    merger,
    pictures,
    report,
    requests,
    resolver,
    search,
    staging,
    verdict,
    writer,
)
