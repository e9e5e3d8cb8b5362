# SPDX-License-Identifier: LGPL-3.0-or-later
"""Inside a worker: Odoo on one database, asked by the bench through the pipes.

A bench's module `worker` is started as `python -m BENCH.worker CONFIGURATION DATABASE`
and maybe further words. It reads one JSON request per line from standard input, calls
the method that is asked for, and answers with one line.
"""

import contextlib
import json
import sys

import odoo.sql_db
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config


def serve(make_bench):
    """Answer requests until there are no more.

    :param make_bench: called with the environment and the further words, gives the
        object whose methods can be asked for; they take and return what JSON holds
    """
    configuration, database, *arguments = sys.argv[1:]
    config.parse_config(["-c", configuration, "-d", database, "--log-level", "warn"])
    # what Odoo prints must not get between the answers
    answers, sys.stdout = sys.stdout, sys.stderr
    with Registry(database).cursor() as cr:
        bench = make_bench(api.Environment(cr, SUPERUSER_ID, {}), *arguments)
        for line in sys.stdin:
            request = json.loads(line)
            answer = getattr(bench, request.pop("do"))(**request)
            print(json.dumps(answer), file=answers, flush=True)


def analyze(env, *tables):
    """Give the planner what autovacuum would give it within a minute.

    :param tables: vacuumed and analysed; without any, all are analysed
    """
    command = f"VACUUM ANALYZE {', '.join(tables)}" if tables else "ANALYZE"
    with contextlib.closing(odoo.sql_db.db_connect(env.cr.dbname).cursor()) as cr:
        cr._cnx.autocommit = True
        cr.execute(command)
