# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the connector asks of PostgreSQL beside the work itself."""

import psycopg2.errors

from odoo.tools import SQL

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


def analyze_grown(cr, tables, least=500):
    """Give the planner fresh statistics of tables that have grown by half.

    A first import fills empty tables faster than autovacuum looks at them; with
    statistics of empty tables each order costs more than the one before.

    :param tables: names of tables of this database
    :param least: changed rows below which a table is left alone
    """
    cr.execute(
        """
        SELECT relname
          FROM pg_stat_user_tables
         WHERE relname = ANY(%s)
           AND n_mod_since_analyze >= %s
           AND n_mod_since_analyze >= n_live_tup / 2
        """,
        [list(tables), least],
    )
    for (table,) in cr.fetchall():
        cr.execute(SQL("ANALYZE (SKIP_LOCKED) %s", SQL.identifier(table)))
