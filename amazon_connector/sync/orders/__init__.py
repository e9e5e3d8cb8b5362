# SPDX-License-Identifier: LGPL-3.0-or-later
from . import kind  # What others inherit comes first.

# isort: split
from . import (
    actions,
    apply,
    cancelling,
    changes,
    create,
    fetch,
    follow,
    invoice,
    mapping,
    notes,
    packages,
    period,
    places,
    positions,
    recover,
    refusals,
    requests,
    reread,
    shipping,
    tips,
    workflow,
)
