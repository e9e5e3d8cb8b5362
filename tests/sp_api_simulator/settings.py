# SPDX-License-Identifier: LGPL-3.0-or-later
"""Settings that the control changes: dataclasses whose fields they are."""

from dataclasses import fields


def change_settings(settings, owner, changes):
    """Set fields by name; ValueError for one that there is not.

    :param owner: whose settings these are, for the message
    """
    known = {item.name for item in fields(settings)}
    if foreign := sorted(set(changes) - known):
        raise ValueError(f"There is no setting {foreign[0]!r} of {owner}")
    for name, value in changes.items():
        setattr(settings, name, value)
    return settings
