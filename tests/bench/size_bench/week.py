# SPDX-License-Identifier: LGPL-3.0-or-later
"""Days of stock that changes, and how large tables and indexes are afterwards.

What Amazon answers is written as the sync writes it. Tables are vacuumed when
PostgreSQL's autovacuum would do it, which has a day for it and not ten seconds.
"""

import contextlib
import random

import odoo.sql_db
from odoo.tools import SQL

# Rounds of a day, and products that change in each.
ROUNDS, PRODUCTS = 24, 1_000
TABLES = ("amazon_stock_change", "amazon_stock_level")
# PostgreSQL's defaults for tables that have no setting of their own.
_SETTINGS = {"autovacuum_vacuum_threshold": 50, "autovacuum_vacuum_scale_factor": 0.2}
# Smaller indexes are larger than they need to be by a page or two.
LEAST_BYTES = 1 << 20


def simulate(env, days):
    """Rounds of changes that are taken up, computed and sent."""
    products = env["product.product"].search([("amazon_listing_ids", "!=", False)])
    env.cr.commit()
    # Not one after the other: buyers know no order.
    dice = random.Random("week")
    for _round in range(days * ROUNDS):
        ids = dice.sample(products.ids, min(PRODUCTS, len(products)))
        _change(env, products.browse(ids))
        while env["amazon.stock.change"]._consume():
            env.cr.commit()
        _compute(env)
        _send(env)
        _vacuum(env)


def _change(env, products):
    """One unit less of each, as deliveries do it."""
    env.cr.execute(
        "UPDATE stock_quant SET quantity = quantity - 1 WHERE product_id = ANY(%s)"
        " AND quantity > 0",
        [products.ids],
    )
    env["amazon.stock.change"]._record_products(products.ids)
    env.cr.commit()
    env.invalidate_all()


def _compute(env):
    levels = env["amazon.stock.level"].search([("to_compute", "=", True)])
    levels._compute_quantities()
    levels.write({"state": "to_send", "to_compute": False})
    env.cr.commit()


def _send(env):
    """Sent and read back: two more versions of each row."""
    for values in (
        "state = 'sent', sent_quantity = quantity, sent_at = now()",
        "state = 'confirmed', confirmed_quantity = quantity, confirmed_at = now()",
    ):
        before = "to_send" if "'sent'" in values else "sent"
        env.cr.execute(
            f"UPDATE amazon_stock_level SET {values} WHERE state = %s", [before]
        )
        env.cr.commit()
    env.invalidate_all()


def _vacuum(env):
    threshold, share = (
        SQL(
            "coalesce((SELECT option_value::float"
            " FROM pg_options_to_table(c.reloptions) WHERE option_name = %s), %s)",
            *setting,
        )
        for setting in _SETTINGS.items()
    )
    env.cr.execute(
        SQL(
            "SELECT c.relname FROM pg_stat_user_tables s"
            " JOIN pg_class c ON c.oid = s.relid"
            " WHERE c.relname = ANY(%s) AND n_dead_tup > %s + %s * n_live_tup",
            list(TABLES),
            threshold,
            share,
        )
    )
    tables = [table for (table,) in env.cr.fetchall()]
    env.cr.commit()
    for table in tables:
        alone(env, f"VACUUM ANALYZE {table}")


def weigh(env):
    """Tables and indexes as they are, and as they are when made anew.

    :return: `[{"name", "bytes", "ideal", "kind"}]`
    """
    before = _sizes(env)
    for table in TABLES:
        alone(env, f"VACUUM {table}")
    vacuumed = _sizes(env)
    for table in TABLES:
        alone(env, f"REINDEX TABLE {table}")
    ideal = _sizes(env)
    return [
        {
            "name": name,
            "bytes": before[name],
            "vacuumed": vacuumed[name],
            "ideal": ideal[name],
            "is_index": name not in TABLES,
        }
        for name in before
    ]


def _sizes(env):
    env.cr.execute(
        SQL(
            "SELECT t.relname, pg_relation_size(t.oid) FROM pg_class t"
            " WHERE t.relname = ANY(%s) OR t.oid IN (SELECT indexrelid FROM pg_index"
            " WHERE indrelid::regclass::text = ANY(%s))",
            list(TABLES),
            list(TABLES),
        )
    )
    sizes = dict(env.cr.fetchall())
    env.cr.commit()
    return sizes


def alone(env, statement):
    """Outside of any transaction."""
    with contextlib.closing(odoo.sql_db.db_connect(env.cr.dbname).cursor()) as cr:
        cr._cnx.autocommit = True
        cr.execute(statement)
