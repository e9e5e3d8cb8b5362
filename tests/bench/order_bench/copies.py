# SPDX-License-Identifier: LGPL-3.0-or-later
"""Many more orders in a database, as copies of those it has, made by PostgreSQL."""

from odoo.tools import SQL

# Each order has rows in these, none before what it refers to.
_TABLES = (
    "amazon_order",
    "amazon_order_line",
    "amazon_order_pii",
    "sale_order",
    "sale_order_line",
    "stock_reference",
    "stock_picking",
    "stock_move",
    "stock_move_line",
    "amazon_sync_record",
    "mail_message",
)
# Gets the shift after it, so that it stays unique.
_UNIQUE = {("amazon_order", "order_number"), ("stock_picking", "name")}
# Refers to a table that comes later; filled in at the end.
_LATER = ("amazon_order", "sale_order_id")


def multiply(env, count):
    """Double the orders until there are at least `count`; commits."""
    env.flush_all()
    while env["sale.order"].search_count([]) < count:
        _double(env.cr)
        env.cr.commit()
        env.invalidate_all()


def _double(cr):
    """Copy all rows; foreign keys between them lead to the copies."""
    shifts = {
        table: _fetch(cr, SQL("SELECT max(id) FROM %s", _name(table)))[0][0] or 0
        for table in _TABLES
    }
    targets = {
        (table, column): target
        for table, column, target in _fetch(cr, SQL(_FOREIGN_KEYS, list(_TABLES)))
    }
    links = {table for table, _column in targets} - set(_TABLES)
    for table in (*_TABLES, *sorted(links)):
        columns = [column for (column,) in _fetch(cr, SQL(_COLUMNS, table))]
        if table in links and "id" in columns:
            continue
        cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM %s",
                _name(table),
                SQL(", ").join(map(_name, columns)),
                SQL(", ").join(
                    _copied(table, column, targets, shifts) for column in columns
                ),
                _name(table),
            )
        )
        if table in shifts:
            cr.execute(
                SQL(
                    "SELECT setval(%s, (SELECT max(id) FROM %s))",
                    f"{table}_id_seq",
                    _name(table),
                )
            )
    cr.execute(
        """
        UPDATE amazon_order o SET sale_order_id = s.id
          FROM sale_order s
         WHERE s.amazon_order_id = o.id AND o.sale_order_id IS NULL
        """
    )


_FOREIGN_KEYS = """
    SELECT source.relname, a.attname, target.relname
      FROM pg_constraint c
      JOIN pg_class source ON source.oid = c.conrelid
      JOIN pg_class target ON target.oid = c.confrelid
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f' AND target.relname = ANY(%s)
"""
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = %s
"""


def _copied(table, column, targets, shifts):
    """What stands in a column of the copy."""
    name = _name(column)
    if (table, column) == _LATER:
        return SQL("NULL")
    if (table, column) in _UNIQUE:
        return SQL("%s || %s", name, f"-{shifts[table]}")
    if column == "id":
        return SQL("id + %s", shifts[table])
    if (table, column) == ("mail_message", "res_id"):
        models = SQL(" ").join(
            SQL("WHEN %s THEN res_id + %s", other.replace("_", "."), shift)
            for other, shift in shifts.items()
        )
        return SQL("CASE model %s ELSE res_id END", models)
    if (table, column) in targets:
        return SQL("%s + %s", name, shifts[targets[table, column]])
    return name


def _name(name):
    return SQL.identifier(name)


def _fetch(cr, query):
    cr.execute(query)
    return cr.fetchall()
