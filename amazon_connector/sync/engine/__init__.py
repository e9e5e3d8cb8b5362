# SPDX-License-Identifier: LGPL-3.0-or-later
from . import base  # What others inherit comes first.

# isort: split
from . import (
    feeds,
    late_feeds,
    reports,
    requests,
)
