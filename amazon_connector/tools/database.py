# SPDX-License-Identifier: LGPL-3.0-or-later
"""Transactions beside the one of the running work."""

import psycopg2.errors

# What another transaction's success does to ours: not an error of the data.
CONFLICTS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)
_TRIES = 20


def short_transaction(registry, work):
    """Run ``work(cr)`` in a transaction of its own and return its result.

    Odoo's transactions are REPEATABLE READ: a row that another worker changed since
    the snapshot raises 40001. The work is tiny, so it is simply done again.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            with registry.cursor() as cr:
                return work(cr)
        except (*CONFLICTS, psycopg2.errors.UniqueViolation):
            if attempt == _TRIES:
                raise
