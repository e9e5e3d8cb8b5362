# SPDX-License-Identifier: LGPL-3.0-or-later
"""A large shop as copies of a small one, made by PostgreSQL.

All rows that were written since a mark are copied, in every table; what leads to one of
them leads to its copy in the copy. Foreign keys and indexes are away meanwhile: with
them it would take hours, and the indexes would be as loose as after years.
"""

from odoo.tools import SQL

# Amazon's numbers: the middle part counts the copies.
_NUMBER = r"\d{3}-\d{7}-\d{7}"
_TEXTS = ("varchar", "text", "jsonb")
# What Odoo writes beside the work, and nothing leads to.
_LEFT_OUT = ("ir_", "bus_", "res_users", "res_company", "mail_mail", "amazon_token")
# What has to differ in a copy, beside Amazon's numbers: SQL over the column and `n`.
_SUFFIX = "{} || '-' || n"
_CHANGED = {
    ("account_move", "name"): _SUFFIX,
    ("account_move", "access_token"): "NULL",
    ("sale_order", "access_token"): "NULL",
    ("sale_order", "name"): _SUFFIX,
    ("stock_picking", "name"): _SUFFIX,
    ("product_product", "default_code"): _SUFFIX,
    ("product_template", "default_code"): _SUFFIX,
    ("product_template", "name"): """jsonb_build_object(
        'en_US', ({} ->> 'en_US') || ' ' || n)""",
    ("amazon_listing", "title"): "{} || ' ' || n",
    ("amazon_listing", "seller_sku"): _SUFFIX,
    ("amazon_order_line", "seller_sku"): _SUFFIX,
    ("amazon_stock_level", "seller_sku"): _SUFFIX,
    ("res_partner", "ref"): _SUFFIX,
    **{
        ("amazon_customer", name): _SUFFIX
        for name in (
            "address_digest",
            "anonymous_key",
            "email_digest",
            "identity_digest",
        )
    },
}


def mark(cr):
    """How far the tables are: `{table: highest id}`."""
    cr.execute(_TABLES_WITH_ID)
    return {table: _last(cr, table) for (table,) in cr.fetchall()}


def multiply(cr, marks, times, days):
    """Have what came since the marks `times` times; commits.

    :param days: the copies go back so far, evenly
    :return: tables whose rows cannot be there twice, and were left out
    """
    spans = {
        table: (marks[table], last - marks[table])
        for table, last in mark(cr).items()
        if not table.startswith(_LEFT_OUT) and last > marks.get(table, last)
    }
    single = _leave_single(cr, spans)
    targets = _find_targets(cr, spans)
    links = {table for table, _column in targets} - set(spans)
    tables = [*spans, *(table for table in links if not _has_id(cr, table))]
    away = _take_away(cr, tables)
    for table in tables:
        _copy(cr, table, spans, targets, times, days)
        if table in spans:
            cr.execute("SELECT setval(%s, %s)", [f"{table}_id_seq", _last(cr, table)])
    for statement in away:
        cr.execute(statement)
    cr.commit()
    return single


def _leave_single(cr, spans):
    """Take out the tables of which some key would be the same in each copy."""
    left_out = []
    while single := {
        table
        for table, columns in _fetch(cr, _UNIQUE, list(spans))
        if not any(_differs(cr, table, name, spans) for name in columns)
    }:
        for table in single:
            del spans[table]
        left_out += single
    return left_out


def _differs(cr, table, name, spans):
    kind = dict(_fetch(cr, _COLUMNS, table))[name]
    return (
        (table, name) in _CHANGED
        or (table, name) in _find_targets(cr, spans)
        or name == "res_id"
        or kind in ("timestamp", "date")
        or (kind in _TEXTS and _has_number(cr, table, SQL.identifier(name)))
    )


def _copy(cr, table, spans, targets, times, days):
    columns = _fetch(cr, _COLUMNS, table)
    values = [
        _value(cr, table, name, kind, columns, spans, targets) for name, kind in columns
    ]
    # n also decides the age of a copy
    cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s, generate_series(1, %s) AS n,"
            " make_interval(secs => n * %s) AS age WHERE %s",
            SQL.identifier(table),
            SQL(", ").join(SQL.identifier(name) for name, _kind in columns),
            SQL(", ").join(values),
            SQL.identifier(table),
            times - 1,
            days * 86_400 / times,
            _is_new(table, spans, targets),
        )
    )


def _is_new(table, spans, targets):
    """Which rows are copied: links, if all that they lead to is."""
    if table in spans:
        return SQL("id > %s AND id <= %s", spans[table][0], sum(spans[table]))
    return SQL(" AND ").join(
        SQL("%s > %s", SQL.identifier(column), spans[target][0])
        for (owner, column), target in targets.items()
        if owner == table
    )


def _value(cr, table, name, kind, columns, spans, targets):
    """What stands in a column of the copy."""
    column = SQL.identifier(name)
    if name == "id":
        return _shifted(column, *spans[table])
    if (table, name) in targets:
        return _shifted(column, *spans[targets[table, name]])
    if change := _CHANGED.get((table, name)):
        return SQL(change.format(f'"{name}"'))
    if name == "res_id":
        return _followed(dict(columns), column, spans)
    if kind in ("timestamp", "date"):
        return SQL("(%s - age)::%s", column, SQL(kind))
    if kind in _TEXTS and _has_number(cr, table, column):
        return SQL(
            "regexp_replace(%s::text, %s, %s || lpad(n::text, 7, '0') || %s, 'g')::%s",
            column,
            r"(\d{3}-)\d{7}(-\d{7})",
            r"\1",
            r"\2",
            SQL(kind),
        )
    return column


def _shifted(column, start, span):
    return SQL(
        "CASE WHEN %s > %s AND %s <= %s THEN %s + n * %s ELSE %s END",
        *(column, start, column, start + span, column, span, column),
    )


def _followed(columns, column, spans):
    """A reference by model and id."""
    model = SQL.identifier("model" if "model" in columns else "res_model")
    cases = SQL(" ").join(
        SQL("WHEN %s THEN %s", table.replace("_", "."), _shifted(column, *span))
        for table, span in spans.items()
    )
    return SQL("CASE %s %s ELSE %s END", model, cases, column)


def _has_number(cr, table, column):
    query = "SELECT EXISTS (SELECT FROM %s WHERE %s::text ~ %s)"
    return _fetch(cr, query, SQL.identifier(table), column, _NUMBER)[0][0]


def _find_targets(cr, spans):
    """`{(table, column): table that it leads to}`, of the copied ones."""
    rows = _fetch(cr, _FOREIGN_KEYS, list(spans))
    return {(table, column): target for table, column, target in rows}


def _take_away(cr, tables):
    """Drop foreign keys and indexes of tables, but primary keys.

    :return: the statements that bring them back
    """
    keys = _fetch(cr, _KEYS, tables)
    indexes = _fetch(cr, _INDEXES, tables)
    for table, name, _definition in keys:
        cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT %s",
                *map(SQL.identifier, (table, name)),
            )
        )
    for name, _definition in indexes:
        cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
    return [definition for _name, definition in indexes] + [
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}'
        for table, name, definition in keys
    ]


def _has_id(cr, table):
    return "id" in dict(_fetch(cr, _COLUMNS, table))


def _last(cr, table):
    query = "SELECT COALESCE(max(id), 0) FROM %s"
    return _fetch(cr, query, SQL.identifier(table))[0][0]


def _fetch(cr, query, *values):
    cr.execute(SQL(query, *values))
    return cr.fetchall()


_TABLES_WITH_ID = """
    SELECT t.relname
      FROM pg_class t
      JOIN pg_class s ON s.relname = t.relname || '_id_seq'
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'id'
     WHERE t.relkind = 'r' AND t.relpersistence = 'p'
       AND t.relnamespace = current_schema::regnamespace
"""
_COLUMNS = """
    SELECT a.attname, y.typname
      FROM pg_attribute a
      JOIN pg_class t ON t.oid = a.attrelid
      JOIN pg_type y ON y.oid = a.atttypid
     WHERE t.relname = %s AND t.relnamespace = current_schema::regnamespace
       AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attnum
"""
_FOREIGN_KEYS = """
    SELECT source.relname, a.attname, target.relname
      FROM pg_constraint c
      JOIN pg_class source ON source.oid = c.conrelid
      JOIN pg_class target ON target.oid = c.confrelid
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f' AND target.relname = ANY(%s)
"""
_UNIQUE = """
    SELECT t.relname, array_agg(a.attname::text)
      FROM pg_index x
      JOIN pg_class t ON t.oid = x.indrelid
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(x.indkey)
     WHERE x.indisunique AND NOT x.indisprimary AND x.indexprs IS NULL
       AND t.relname = ANY(%s)
  GROUP BY x.indexrelid, t.relname
"""
_KEYS = """
    SELECT t.relname, c.conname, pg_get_constraintdef(c.oid)
      FROM pg_constraint c
      JOIN pg_class t ON t.oid = c.conrelid
     WHERE c.contype = 'f' AND t.relname = ANY(%s)
"""
_INDEXES = """
    SELECT i.relname, pg_get_indexdef(i.oid)
      FROM pg_index x
      JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_class t ON t.oid = x.indrelid
     WHERE t.relname = ANY(%s) AND NOT x.indisprimary
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.oid)
"""
