# SPDX-License-Identifier: LGPL-3.0-or-later
"""Records and calls of two databases' worth of orders, told by rank instead of id."""

from collections import Counter


def name_calls(calls, ranks):
    def name(model, id_):
        return ranks.get((model, id_), (model, id_))

    return {
        "records": {(hook, name(model, i)) for hook, model, i in calls["records"]},
        "values": Counter(
            {
                (hook, name_values(values, name)): count
                for (hook, values), count in calls["values"].items()
            }
        ),
    }


def name_values(values, name):
    if isinstance(values, tuple):
        if len(values) == 3 and values[0] == "records":
            return tuple(name(values[1], id_) for id_ in values[2])
        return tuple(name_values(value, name) for value in values)
    return values


def freeze(value):
    """A value as something that can be compared and counted.

    A dict is told by its keys: what it holds is full of ids.
    """
    if hasattr(value, "_name"):
        return ("records", value._name, value._ids)
    return tuple(sorted(value)) if isinstance(value, dict) else value


def describe_value(value, ranks):
    if hasattr(value, "_name"):
        names = [ranks.get((value._name, id_), (value._name, id_)) for id_ in value.ids]
        return sorted(map(str, names))
    return value
