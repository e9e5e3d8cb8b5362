# SPDX-License-Identifier: LGPL-3.0-or-later
"""What each scheduled action costs that finds nothing to do."""

import time
from datetime import timedelta

from odoo import fields, sql_db


def tick_all(env):
    """Queries and milliseconds of the second of two ticks of each scheduled action.

    :return: `[{"name", "milliseconds", "queries"}]`
    """
    tomorrow = fields.Datetime.now() + timedelta(days=1)
    env["amazon.sync.task"].search([]).write({"next_run": tomorrow})
    env.cr.commit()
    found = []
    for data in env["ir.model.data"].search(
        [("module", "=", "amazon_connector"), ("model", "=", "ir.cron")]
    ):
        cron = env["ir.cron"].browse(data.res_id)
        # The first one works off what is there.
        _tick(env, cron)
        found.append({"name": cron.name, **_tick(env, cron)})
    return found


def _tick(env, cron):
    records = env[cron.model_id.model].with_user(cron.user_id)
    method = getattr(records, cron.code.removeprefix("model.").removesuffix("()"))
    env.cr.commit()
    env.invalidate_all()
    queries, start = sql_db.sql_counter, time.perf_counter()
    method()
    taken = time.perf_counter() - start
    env.cr.commit()
    return {"milliseconds": 1000 * taken, "queries": sql_db.sql_counter - queries}
