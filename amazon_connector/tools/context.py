# SPDX-License-Identifier: LGPL-3.0-or-later
"""Context keys by which the connector tells Odoo's methods what it is doing.

Whoever calls Odoo over RPC sets any key to any plain value, and a server action does so
as superuser. Neither can make a value of this module, so only such a value counts.
"""

import pytz


class _Sealed:
    """A value that was put into the context by the connector's own code."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


class ContextKey:
    """A key of the context that is believed only if the connector set it.

    ``records.with_context(**KEY(value))`` sets it, ``KEY.get(env)`` reads it.
    """

    def __init__(self, name):
        self.name = name
        self._is_set = _Sealed(True)

    def __call__(self, value=True):
        """What to give to ``with_context``; None takes the key back."""
        if value is None:
            return {self.name: None}
        return {self.name: self._is_set if value is True else _Sealed(value)}

    def get(self, env):
        """The value that the connector gave; None without one, or with a forged one."""
        sealed = env.context.get(self.name)
        return sealed.value if isinstance(sealed, _Sealed) else None


# What a session says of its user, and nothing of what he calls for.
_OF_SESSION = frozenset(("lang", "tz", "uid", "allowed_company_ids"))


def drop_caller_context(records):
    """These records without what their caller put into the context.

    For work that goes on as superuser: a caller's default values and switches would
    else be those of every record of Odoo that the connector makes or closes.
    """
    own = {
        name: value
        for name, value in records.env.context.items()
        if name in _OF_SESSION or isinstance(value, _Sealed)
    }
    # Odoo gives it to new contacts, and refuses one that it does not know.
    zone = own.get("tz")
    if zone and not (isinstance(zone, str) and zone in pytz.all_timezones_set):
        del own["tz"]
    # pylint: disable=context-overridden
    return records.with_context(own)


# New orders are confirmed many at once; what Amazon shipped of them is moved already.
BATCH = ContextKey("amazon_batch")
# Rules that a batch has found, by what was asked for.
RULES = ContextKey("amazon_rules")
# ``{move id: picking id}`` that a batch made before Odoo looks for pickings.
PICKINGS = ContextKey("amazon_picking_by_move")
# The picking bears the note about its order.
NOTED = ContextKey("amazon_noted")
# Ids of products that no automatic reordering rule watches.
UNWATCHED = ContextKey("amazon_unwatched_products")
# What the moves of a batch share while they are reserved.
RESERVATIONS = ContextKey("amazon_reservations")
# Ids of deliveries whose shipments are written when their validation has ended.
DELIVERIES_DONE = ContextKey("amazon_deliveries_done")
# These goods left without Odoo: nobody told which lots they were of.
SHIPPED_ELSEWHERE = ContextKey("amazon_shipped_elsewhere")
# Amazon told of these goods first, so it is not told of them.
SHIPPED_OUTSIDE = ContextKey("amazon_shipped_outside")
# What is written of a shipment is no correction that Amazon must hear of.
SETTLED = ContextKey("amazon_settled")
# The tracking number comes from Amazon.
TRACKING = ContextKey("amazon_tracking")
# Amazon cancelled these orders, and each is settled afterwards.
BATCH_CANCEL = ContextKey("amazon_batch_cancel")
# The user decided that Amazon is not told of the cancellation.
ODOO_ONLY = ContextKey("amazon_odoo_only")
# Settlements are matched with their invoices: who does it says afterwards how far.
MATCHING = ContextKey("amazon_matching")
