# SPDX-License-Identifier: LGPL-3.0-or-later
"""Complete what Amazon tells of an order now with what it told before.

Amazon leaves blocks out: by role, by region, by age, or because nobody asked. A block
that is missing never erases one that is known.
"""

from __future__ import annotations

from .aliases import JsonObject


def merge_public(old: JsonObject, new: JsonObject) -> JsonObject:
    """The public part of an order: blocks of `new`, and those that only `old` has.

    :param dict old: as :func:`~.privacy.split_order` gave it before; may be empty
    :param dict new: as it gives it now
    """
    merged = {**old, **new}
    known = {item.get("orderItemId"): item for item in old.get("orderItems") or ()}
    if "orderItems" in new:
        merged["orderItems"] = [
            {**known.get(item.get("orderItemId"), {}), **item}
            for item in new["orderItems"]
        ]
    return merged


def merge_personal(old: JsonObject, new: JsonObject) -> JsonObject:
    """The personal part: that of `new`, and what Amazon withholds now.

    An address is one thing: its lines are never mixed with those of a former one. One
    without a street comes from a missing role and replaces none that has a street.
    """
    merged = {**old, **new}
    merged["buyer"] = {**old.get("buyer", {}), **new.get("buyer", {})}
    merged["items"] = {
        item_id: {**old.get("items", {}).get(item_id, {}), **item}
        for item_id, item in {**old.get("items", {}), **new.get("items", {})}.items()
    }
    known, told = old.get("recipient", {}), new.get("recipient", {})
    if known.get("addressLine1") and not told.get("addressLine1"):
        merged["recipient"] = known
    elif "deliveryPreference" in known:
        preference = {"deliveryPreference": known["deliveryPreference"]}
        merged["recipient"] = {**preference, **told}
    return {part: value for part, value in merged.items() if value}
