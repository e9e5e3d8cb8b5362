# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the connector asks of PostgreSQL beside the work itself."""

import logging

import psycopg2.errors

from odoo.tools import SQL, clean_context

_logger = logging.getLogger(__name__)

# What another transaction's success does to ours: not an error of the data.
CONFLICTS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)
# What is wrong with the server or the way to it, whatever the data are.
TROUBLE = (
    psycopg2.InterfaceError,
    psycopg2.errors.AdminShutdown,
    psycopg2.errors.CannotConnectNow,
    psycopg2.errors.ConfigurationLimitExceeded,
    psycopg2.errors.CrashShutdown,
    psycopg2.errors.DiskFull,
    psycopg2.errors.InsufficientResources,
    psycopg2.errors.IoError,
    psycopg2.errors.OutOfMemory,
    psycopg2.errors.ReadOnlySqlTransaction,
    psycopg2.errors.TooManyConnections,
)
# No record's fault: whoever tries records one by one lets these through, and all of
# them wait for the next round.
NOT_THE_DATA = (*CONFLICTS, *TROUBLE)
_TRIES = 20
# Several batches of orders: whoever keeps others waiting for longer hangs.
TURN_SECONDS = 30
# Locked as a whole: many refer to its rows, and nothing changes them but an upgrade.
TURNS = "amazon_marketplace"


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


def take_turn(cr, alone=False):
    """Begin a transaction beside the others that began so, or alone among them.

    To be called first thing after a commit. Who is alone has waited until the others
    committed, and sees what they did; none begins before it commits. A wait ends after
    `TURN_SECONDS`: then the transaction goes on without a turn.

    :param bool alone: wait for the others, and keep them waiting
    """
    # Not an advisory lock: taking one is a query, so the transaction would see what was
    # there before it waited, and a lock of the session is lost or left behind where a
    # pool of connections deals out one transaction at a time. This one takes no
    # snapshot and ends with the transaction, whatever happens.
    mode = SQL("SHARE ROW EXCLUSIVE" if alone else "ROW EXCLUSIVE")
    try:
        with cr.savepoint(flush=False):
            cr.execute(SQL("SET LOCAL lock_timeout = %s", f"{TURN_SECONDS}s"))
            cr.execute(
                SQL("LOCK TABLE %s IN %s MODE", SQL.identifier(TURNS), mode),
                log_exceptions=False,
            )
            cr.execute("SET LOCAL lock_timeout TO DEFAULT")
    except psycopg2.errors.LockNotAvailable:
        _logger.info("A batch goes on without its turn, which did not come in time")


def vacuum_often(model):
    """Have PostgreSQL clean a table whose rows come and go, or change, all day.

    By its default it waits until a fifth of the rows are dead; by then the indexes have
    grown to several times their size, and do not shrink again.

    :param model: the model of the table
    """
    model.env.cr.execute(
        SQL(
            "ALTER TABLE %s SET (autovacuum_vacuum_threshold = 1000,"
            " autovacuum_vacuum_scale_factor = 0.02)",
            SQL.identifier(model._table),
        )
    )


def prepare_defaults(model, told):
    """What rows that are inserted without the ORM get of the fields' defaults; those of
    fields that another addon adds, too.

    :param model: the model of the rows
    :param told: names of the columns that the statement fills itself
    :return: ``(columns, values)`` as SQL, to be put after these; each begins with a
        comma, or is empty
    """
    # Not what a user's context says.
    model = model.with_context(clean_context(model.env.context))
    names = [
        name
        for name, field in model._fields.items()
        if field.store and field.column_type and name not in told
    ]
    columns, contents = [], []
    for name, value in model.default_get(names).items():
        column = model._fields[name].convert_to_column_insert(value, model)
        columns.append(SQL(", %s", SQL.identifier(name)))
        contents.append(SQL(", %s", column))
    return SQL("").join(columns), SQL("").join(contents)


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
