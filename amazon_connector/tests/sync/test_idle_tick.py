# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import fields, sql_db
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import CRON_LOGGER, AmazonCase, order_json

MAX_QUERIES = 10
# Stock also looks at what users changed; buyers' data are looked for once a day.
MORE = {"ir_cron_stock_fetch": 2, "ir_cron_redact": 10}


@tagged("post_install", "-at_install")
class TestIdleTick(AmazonCase):
    """A tick that finds nothing to do costs next to nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One order that is done and one that waits for its next try.
        _done, waiting = cls.receive(order_json(1), order_json(2))
        later = fields.Datetime.now() + timedelta(hours=1)
        waiting.write({"state": "failed", "to_apply": True, "retry_at": later})
        cls.account.task_ids.write({"next_run": later})

    def test_idle_tick(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", "amazon_connector"), ("model", "=", "ir.cron")]
        )
        self.assertLessEqual(
            {"ir_cron_orders_fetch", "ir_cron_orders_apply"}, set(data.mapped("name"))
        )
        for record in data:
            with self.subTest(cron=record.name):
                cron = self.env["ir.cron"].browse(record.res_id)
                # The first one triggers the next; that is not idle.
                self._count_queries(cron)
                most = MAX_QUERIES + MORE.get(record.name, 0)
                self.assertLessEqual(self._count_queries(cron), most)

    def test_waiting_orders_are_found_by_index(self):
        """A tick must not cost more the more orders have come in before."""
        statements = []
        execute = sql_db.Cursor.execute

        def noting(cursor, query, params=None, log_exceptions=True):
            code = getattr(query, "code", query)
            if '"amazon_order"."to_apply"' in code or "WHERE to_apply" in code:
                statements.append((code, getattr(query, "params", params)))
            return execute(cursor, query, params, log_exceptions)

        sync = self.env["amazon.sync.orders"]
        with patch.object(sql_db.Cursor, "execute", noting):
            sync._count_waiting()
            sync._trigger_retry()
            sync._claim_waiting(1)
        self.assertEqual(len(statements), 3)
        # Whatever the planner thinks of so few orders.
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for code, params in statements:
            with self.subTest(code):
                self.env.cr.execute("EXPLAIN " + code, params)
                plan = "\n".join(row[0] for row in self.env.cr.fetchall())
                self.assertRegex(plan, "amazon_order_(to_apply|run)_idx")

    def _count_queries(self, cron):
        """Queries of our method alone, less the savepoints that stand for commits."""
        Model = self.env.registry[cron.model_id.model]
        name = cron.code.removeprefix("model.").removesuffix("()")
        original, counts = getattr(Model, name), []

        def counted(records):
            records.env.flush_all()
            before = sql_db.sql_counter
            original(records)
            counts.append(sql_db.sql_counter - before)

        failures = cron.failure_count
        with (
            patch.object(Model, name, counted),
            self.enter_registry_test_mode(),
            mute_logger(CRON_LOGGER),
        ):
            cron.method_direct_trigger()
        self.assertEqual(cron.failure_count, failures)
        return counts[0]
