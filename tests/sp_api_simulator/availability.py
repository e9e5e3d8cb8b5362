# SPDX-License-Identifier: LGPL-3.0-or-later
"""The attribute fulfillment_availability: what Amazon accepts of it, and what it does.

Its value is a list of rows, one per fulfilment channel. Pure functions; `stock` keeps
the state.
"""

import re

from .listings import Issue

ATTRIBUTE = "fulfillment_availability"
PATH = f"/attributes/{ATTRIBUTE}"
CHANNEL = "fulfillment_channel_code"
QUANTITY = "quantity"
LEAD_TIME = "lead_time_to_ship_max_days"
RESTOCK_DATE = "restock_date"
AVAILABLE = "is_inventory_available"
KNOWN = frozenset({CHANNEL, QUANTITY, LEAD_TIME, RESTOCK_DATE, AVAILABLE})
MERCHANT = "DEFAULT"
OPERATIONS = ("add", "replace", "merge", "delete")
MAX_QUANTITY = 99_999_999
MAX_LEAD_TIME = 30
# Goods that are made or delivered to order; all others end at MAX_LEAD_TIME.
LONG_LEAD_TYPES = frozenset({"FURNITURE", "SOFA", "TABLE"})


def rows_of(listing):
    """The attribute as the seller last submitted it, else as the offer is now."""
    if listing.is_parent:
        return ()
    if listing.submitted is not None:
        return tuple(dict(row) for row in listing.submitted)
    row = {CHANNEL: listing.channel_code}
    if listing.fulfilled_by == "MERCHANT":
        row[QUANTITY] = listing.quantity
        if listing.handling_days is not None:
            row[LEAD_TIME] = listing.handling_days
    return (row,)


def frozen(rows):
    """Rows as a value of `Listing.submitted`, which can be hashed."""
    return tuple(tuple(row.items()) for row in rows)


def lead_time(rows):
    """The merchant's handling time in days, None if the rows name none."""
    return next((row.get(LEAD_TIME) for row in rows if row[CHANNEL] == MERCHANT), None)


def _issue(code, message, category="INVALID_ATTRIBUTE"):
    return Issue(code, message, "ERROR", (ATTRIBUTE,), (category,))


def problems(patches, listing):
    """The Issues for which Amazon refuses patches of a listing (None: unknown)."""
    found = []
    for patch in patches:
        if patch["path"] != PATH or patch["op"] not in OPERATIONS:
            found.append(_issue("90000900", "The attributes are invalid."))
        elif patch["op"] != "delete":
            rows = patch.get("value") or []
            if not rows:
                found.append(_too_few(ATTRIBUTE))
            for row in rows:
                found += _row_problems(row, listing)
    return found


def _too_few(name):
    text = f"The field '{name}' of '{ATTRIBUTE}' needs at least '1' value."
    return _issue("99022", text, "MISSING_ATTRIBUTE")


def _row_problems(row, listing):
    if set(row) - KNOWN - {"marketplace_id"}:
        return [_issue("90000900", "The attributes are invalid.")]
    code = row.get(CHANNEL)
    if not code:
        return [_too_few(CHANNEL)]
    if code != MERCHANT and not re.fullmatch(r"AMAZON_[A-Z]{2}", str(code)):
        return [_issue("90244", f"'{CHANNEL}' has a value that is not allowed.")]
    return [*_quantity_problems(row), *_lead_time_problems(row, listing)]


def _quantity_problems(row):
    if QUANTITY not in row:
        return []
    quantity = row[QUANTITY]
    if type(quantity) is not int:
        return [_issue("90041", f"The value of '{QUANTITY}' is not an integer.")]
    if quantity < 0:
        return [_issue("99006", f"'{QUANTITY}' is less than the allowed minimum '0'.")]
    if quantity > MAX_QUANTITY:
        text = f"'{QUANTITY}' is greater than the allowed maximum '{MAX_QUANTITY}'."
        return [_issue("99007", text)]
    return []


def _lead_time_problems(row, listing):
    if LEAD_TIME not in row:
        return []
    days = row[LEAD_TIME]
    if QUANTITY not in row:
        text = f"'{QUANTITY}' is required where '{LEAD_TIME}' is supplied."
        return [_issue("90220", text, "MISSING_ATTRIBUTE")]
    if type(days) is not int or days < 0:
        return [_issue("90041", f"The value of '{LEAD_TIME}' is not allowed.")]
    long = listing is not None and listing.product_type in LONG_LEAD_TYPES
    if days > MAX_LEAD_TIME and not long:
        text = f"'{ATTRIBUTE}' is greater than the allowed maximum '{MAX_LEAD_TIME}'."
        return [_issue("99007", text)]
    return []


def patched(rows, patches):
    """The attribute's rows after patches without problems.

    `merge` changes what it names of a channel's row, `add` and `replace` put another
    row in its place: what they leave out is gone. Other channels' rows stay.
    """
    by_channel = {row[CHANNEL]: dict(row) for row in rows}
    for patch in patches:
        if patch["op"] == "delete":
            wanted = [row.get(CHANNEL) for row in patch.get("value") or []]
            for code in wanted or list(by_channel):
                by_channel.pop(code, None)
            continue
        for row in patch["value"]:
            row = {name: value for name, value in row.items() if name in KNOWN}
            old = by_channel.get(row[CHANNEL], {}) if patch["op"] == "merge" else {}
            by_channel[row[CHANNEL]] = {**old, **row}
    return tuple(by_channel.values())


def effect(patches):
    """{field of a Listing: value}: what the offer becomes of it, lead times apart."""
    changes = {}
    for patch in patches:
        if patch["op"] == "delete":
            changes["quantity"] = 0
            continue
        for row in patch["value"]:
            if row[CHANNEL] != MERCHANT:
                # Amazon's own count decides from now on.
                changes.update(fulfilled_by="AMAZON", quantity=0)
                continue
            changes["fulfilled_by"] = "MERCHANT"
            if QUANTITY in row:
                changes["quantity"] = row[QUANTITY]
            elif patch["op"] != "merge":
                changes["quantity"] = 0
    return changes
