# SPDX-License-Identifier: LGPL-3.0-or-later
import time

from odoo.tests import tagged

from ..common import SimulatorCase, order_json


@tagged("post_install", "-at_install")
class TestCronRounds(SimulatorCase):
    """Odoo calls a job with work left ten times, however long each call takes."""

    def call(self, kind, stage, left):
        """Call a job's method as Odoo does, `left` seconds before its time is up.

        :return: what it reported: records done, records remaining
        """
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr)
            cron = env.ref(f"amazon_connector.ir_cron_{kind}_{stage}")
            cron, progress = cron.with_context(
                cron_id=cron.id, cron_end_time=time.monotonic() + left
            )._add_progress()
            getattr(cron.env[cron.model_id.model], f"_cron_{stage}")()
            told = progress.done, progress.remaining
        self.env.invalidate_all()
        return told

    def test_applying_is_left_to_the_next_round(self):
        self.store(order_json())
        order = self.env["amazon.order"].search([("to_apply", "=", True)])
        # Nothing done and something left: Odoo ends the job and starts it again soon.
        self.assertEqual(self.call("orders", "apply", left=-1), (0, 1))
        self.assertEqual(order.state, "waiting")
        self.assertEqual(self.call("orders", "apply", left=10), (1, 0))
        self.assertEqual(order.state, "applied")

    def test_fetching_is_left_to_the_next_round(self):
        self.assertEqual(self.call("orders", "fetch", left=-1), (0, 1))
        self.assertFalse(self.task.last_success)
        self.assertEqual(self.call("orders", "fetch", left=10), (1, 0))
        self.assertTrue(self.task.last_success)

    def test_invoicing_is_left_to_the_next_round(self):
        self.assertEqual(self.call("orders", "invoice", left=-1), (0, 1))
        self.assertEqual(self.call("orders", "invoice", left=10), (0, 0))
