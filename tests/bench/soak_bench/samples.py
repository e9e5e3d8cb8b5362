# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is measured while a shop runs, and whether it stays flat."""

import re
from pathlib import Path
from statistics import mean

# Tables in which rows come and go, and the append-only ones.
_CHURNING = ("amazon_stock_change", "ir_cron_trigger", "amazon_token_bucket")
_KEPT = ("amazon_stock_level", "amazon_access_log", "amazon_sync_record")
_TABLES = (*_CHURNING, *_KEPT)
_DATABASE = """
    SELECT (SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database()) AS connections,
           (SELECT count(*) FROM pg_locks locks
              JOIN pg_database base ON base.oid = locks.database
             WHERE base.datname = current_database()) AS locks,
           (SELECT count(*) FROM pg_locks WHERE NOT granted) AS "locks waited for",
           (SELECT sum(n_dead_tup) FROM pg_stat_user_tables
             WHERE relname LIKE 'amazon%%') AS "dead tuples",
           (SELECT count(*) FROM amazon_order WHERE to_apply) AS inbox,
           (SELECT count(*) FROM amazon_shipment
             WHERE state IN ('waiting', 'sent')) AS "parcels on their way",
           (SELECT count(*) FROM amazon_cancellation
             WHERE state IN ('waiting', 'sent')) AS "cancellations on their way",
           (SELECT count(*) FROM amazon_stock_change) AS "stock changes",
           (SELECT count(*) FROM amazon_stock_level
             WHERE state IN ('to_send', 'sent')) AS "quantities on their way",
           (SELECT count(*) FROM amazon_sync_run
             WHERE state = 'running') AS "unfinished runs",
           (SELECT COALESCE(GREATEST(EXTRACT(EPOCH FROM %s - min(nextcall)), 0), 0)
              FROM ir_cron WHERE active) / 60 AS "minutes late",
           (SELECT count(*) FROM sale_order
             WHERE amazon_channel_id IS NOT NULL) AS "sales orders",
           pg_database_size(current_database()) / 1048576.0 AS "database, MB"
"""
# What must not grow with the time that a server runs; the rest grows with the orders.
FLAT = (
    "memory, MB",
    "connections",
    "locks",
    "dead tuples",
    "stock changes",
    "unfinished runs",
    *(f"{table}, kB" for table in _CHURNING),
)


def take(pg, database, servers, now):
    """One sample: `{what: number}`.

    :param servers: running `pieces.server.OdooServer`
    :param now: Odoo's time (naive UTC)
    """
    with pg.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(_DATABASE, [now])
        names = [column.name for column in cursor.description]
        sample = dict(zip(names, map(float, cursor.fetchone()), strict=True))
        cursor.execute(
            "SELECT relname, pg_total_relation_size(oid) / 1024.0 FROM pg_class"
            " WHERE relname = ANY(%s) AND relkind = 'r'",
            [list(_TABLES)],
        )
        sample |= {f"{table}, kB": float(size) for table, size in cursor.fetchall()}
    connection.close()
    sizes = [_memory(server.pid) for server in servers]
    sample |= {f"memory {n}, MB": size for n, size in enumerate(sizes, 1)}
    sample["memory, MB"] = sum(sizes)
    return sample


def _memory(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1]) / 1024


def slope(values):
    """The last quarter's mean by the second quarter's; None where there was nothing.

    The first quarter is left out: caches fill, and a shop opens.
    """
    quarter = len(values) // 4
    early, late = values[quarter : 2 * quarter], values[-quarter:]
    if not quarter or not mean(early):
        return None
    return mean(late) / mean(early)


def read_indexes(pg, database):
    """`{index: bytes}` of the connector's tables."""
    rows = pg.query(
        "SELECT indexrelname, pg_relation_size(indexrelid)"
        "  FROM pg_stat_user_indexes WHERE relname LIKE 'amazon%'",
        database=database,
    )
    return dict(rows)


def find_bloat(pg, database, least=256 * 1024):
    """`{index: times its size when it is built anew}` of those of `least` bytes."""
    before = read_indexes(pg, database)
    large = [name for name, size in before.items() if size >= least]
    for name in large:
        pg.query(f'REINDEX INDEX "{name}"', database=database)
    after = read_indexes(pg, database)
    return {name: before[name] / after[name] for name in large}
