# SPDX-License-Identifier: LGPL-3.0-or-later
"""Settings that the control changes: dataclasses whose fields they are."""

from dataclasses import fields
from math import isfinite

ACCEPTED = {float: (int, float), tuple: (list, tuple)}


def change_settings(settings, owner, changes):
    """Set fields by name; ValueError for one that there is not, or a wrong value.

    :param owner: whose settings these are, for the message
    """
    check_values(type(settings), owner, changes)
    for name, value in changes.items():
        setattr(settings, name, value)
    return settings


def check_values(kind, owner, changes):
    """ValueError unless each value is of the type that the dataclass declares.

    None is one where the default is None.
    """
    known = {item.name: item for item in fields(kind)}
    if foreign := sorted(set(changes) - set(known)):
        raise ValueError(f"There is no setting {foreign[0]!r} of {owner}")
    for name, value in changes.items():
        declared = known[name].type
        if value is None and known[name].default is None:
            continue
        accepted = ACCEPTED.get(declared, (declared,))
        if type(value) not in accepted or (
            isinstance(value, float) and not isfinite(value)
        ):
            raise ValueError(f"No {name} of {owner}: {value!r}")
