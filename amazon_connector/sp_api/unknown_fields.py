# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which fields of an order this version knows nothing of.

Amazon adds fields as it likes. What is in none of the lists is dropped (see
:mod:`.privacy`); here it is found, so that somebody hears of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .privacy import PERSONAL_ORDER, PUBLIC_ORDER

# Of Amazon's model, and nobody needs them.
_NOT_NEEDED = {
    "salesChannel": {"marketplaceName": ...},
    "payment": {
        "paymentExecutions": [
            {"acquirerId": ..., "cardBrand": ..., "authorizationCode": ...}
        ]
    },
    "orderItems": [
        {
            "product": {"condition": {"conditionNote": ...}},
            "fulfillment": {"picking": ...},
        }
    ],
    "packages": [
        {"shipFromAddress": ..., "packageItems": [{"transparencyCodes": ...}]}
    ],
}
_KNOWN = [PUBLIC_ORDER, PERSONAL_ORDER, _NOT_NEEDED]
# How Amazon names its fields; another name could be anything, a person's too.
_NAME = re.compile(r"[a-z][A-Za-z]{0,39}\d?", re.ASCII)
NO_NAME = "?"


def find_unknown_fields(raw: object) -> tuple[str, ...]:
    """Return the places of an order's fields that are in no list, never a value.

    :param dict raw: one order as Amazon sends it
    :return: e.g. ``("ecoFee", "orderItems.product.passport")``, each once; what does
        not look like a name of Amazon's reads ``?``
    """
    return tuple(dict.fromkeys(_find(raw, _KNOWN, "")))


def _find(value: object, known: list[Any], place: str) -> Iterator[str]:
    if isinstance(value, list):
        within = [spec[0] for spec in known if isinstance(spec, list)]
        for entry in value:
            yield from _find(entry, within, place)
    elif isinstance(value, dict) and ... not in known:
        blocks = [spec for spec in known if isinstance(spec, dict)]
        for key, part in value.items():
            within = [block[key] for block in blocks if key in block]
            if within:
                yield from _find(part, within, f"{place}{key}.")
            else:
                yield place + (key if _NAME.fullmatch(key) else NO_NAME)
