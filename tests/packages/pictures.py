# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a database is like, so that two moments of it can be compared."""

from psycopg2 import sql

# When and by whom a row was written says nothing of it.
_PASSING = ["write_date", "write_uid"]
_TABLES = """
    SELECT relname FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
_SHAPE = """
    SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type
      FROM information_schema.columns WHERE table_schema = 'public'
     UNION
    SELECT 'constraint ' || conrelid::regclass || '.' || conname
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
     UNION
    SELECT 'index ' || tablename || '.' || indexname
      FROM pg_indexes WHERE schemaname = 'public'
     UNION
    SELECT 'function ' || proname FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace
     UNION
    SELECT 'trigger ' || tgrelid::regclass || '.' || tgname
      FROM pg_trigger WHERE NOT tgisinternal
     UNION
    SELECT 'sequence ' || sequencename FROM pg_sequences WHERE schemaname = 'public'
"""
# Where models, and parts of them, are named by a text.
_NAMING = """
    SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type = 'character varying'
       AND column_name IN ('model', 'res_model', 'res_model_name', 'model_id',
                           'src_model', 'binding_model', 'relation', 'module')
       AND table_name IN (SELECT relname FROM pg_class WHERE relkind = 'r')
"""


def read_rows(pg, database):
    """``{table: (number of rows, fingerprint of them)}``"""
    found = {}
    for (table,) in pg.query(_TABLES, database=database):
        statement = sql.SQL(
            "SELECT count(*), md5(coalesce(string_agg(row, '' ORDER BY row), ''))"
            "  FROM (SELECT (to_jsonb(t) - %s::text[])::text AS row FROM {} t) rows"
        ).format(sql.Identifier(table))
        [counted] = pg.query(statement, [_PASSING], database=database)
        found[table] = tuple(counted)
    return found


def read_shape(pg, database):
    """The set of tables' columns, constraints, indexes, functions and triggers."""
    return {name for (name,) in pg.query(_SHAPE, database=database)}


def find_named(pg, database, pattern):
    """``{table.column: number of rows}`` that name a model or addon like this."""
    found = {}
    for table, column in pg.query(_NAMING, database=database):
        statement = sql.SQL("SELECT count(*) FROM {} WHERE {} LIKE %s").format(
            sql.Identifier(table), sql.Identifier(column)
        )
        [(count,)] = pg.query(statement, [pattern], database=database)
        if count:
            found[f"{table}.{column}"] = count
    return found
