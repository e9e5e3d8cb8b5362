# SPDX-License-Identifier: LGPL-3.0-or-later
"""One way of importing in a process of its own, on a database of its own.

Started as `python -m order_bench.worker CONFIGURATION DATABASE WAY`. Reads one JSON
request per line from standard input and answers each with one line: `prepare` with the
products and the simulator's credentials, then a block at a time; `multiply` copies the
orders that are there until they are so many.
"""

import contextlib
import json
import sys

import odoo.sql_db
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

from . import copies, profiler, shop
from .ways import WAYS


def main(configuration, database, way):
    config.parse_config(["-c", configuration, "-d", database, "--log-level", "warn"])
    # what Odoo prints must not get between the answers
    answers, sys.stdout = sys.stdout, sys.stderr
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        importer = None
        for line in sys.stdin:
            request = json.loads(line)
            if "prepare" in request:
                answer = {}
                importer = _prepare(env, way, **request["prepare"])
            elif "multiply" in request:
                answer = {}
                copies.multiply(env, request["multiply"])
            else:
                answer = _run(env, importer, request)
            print(json.dumps(answer), file=answers, flush=True)


def _prepare(env, way, products, credentials):
    made = shop.build(env, products)
    env.cr.commit()
    return WAYS[way](env, made, credentials)


def _run(env, importer, block):
    _analyze(env)
    watch = contextlib.nullcontext
    if block.get("profile"):
        watch = profiler.Profile(block["profile"])
    known = env["sale.order"].search([], order="id desc", limit=1).id or 0
    env.cr.commit()
    result = importer.run(block, watch)
    result["made"] = _describe(env, known)
    env.cr.commit()
    return result


def _analyze(env):
    """Give the planner what autovacuum would give it within a minute."""
    with contextlib.closing(odoo.sql_db.db_connect(env.cr.dbname).cursor()) as cr:
        cr._cnx.autocommit = True
        cr.execute("ANALYZE")


def _describe(env, known):
    """What came out, to be equal for all ways."""
    sales = env["sale.order"].search([("id", ">", known)])
    return {
        "orders": len(sales),
        "confirmed": len(sales.filtered(lambda sale: sale.state == "sale")),
        "lines": len(sales.order_line),
        "total": f"{sum(sales.mapped('amount_total')):.2f}",
        "pickings": len(sales.picking_ids),
        "delivered": round(sum(sales.order_line.mapped("qty_delivered"))),
        "reserved": len(
            sales.picking_ids.move_ids.filtered(lambda move: move.state == "assigned")
        ),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
