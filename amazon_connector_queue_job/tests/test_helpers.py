# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.amazon_connector.tests.common import (
    AmazonCase,
    SimulatorCase,
    order_json,
)
from odoo.addons.queue_job.tests.common import trap_jobs

SIZES = (
    "odoo.addons.amazon_connector.sync.orders.kind.BATCH_SIZE",
    "odoo.addons.amazon_connector_queue_job.models.amazon_sync_orders.BATCH_SIZE",
)


@tagged("post_install", "-at_install")
class TestHelpers(SimulatorCase):
    """Further workers, as jobs of the queue."""

    def setUp(self):
        super().setUp()
        for name in SIZES:
            patcher = patch(name, 2)
            patcher.start()
            self.addCleanup(patcher.stop)

    def keep(self, count):
        return self.store(*(order_json(number) for number in range(1, count + 1)))

    def get_keys(self, trap):
        return [job.identity_key for job in trap.enqueued_jobs]

    def test_a_job_for_each_further_batch(self):
        """The scheduled action works as before; a helper that comes late is idle."""
        orders = self.keep(5)
        with trap_jobs() as trap:
            self.run_cron("orders_apply")
            keys = self.get_keys(trap)
            self.assertEqual(
                keys[:2],
                [f"amazon.sync.orders._apply_waiting {number}" for number in (1, 2)],
            )
            self.assertEqual(set(orders.mapped("state")), {"applied"})
            with self.enter_registry_test_mode():
                trap.perform_enqueued_jobs()
        self.assertEqual(len(orders.sale_order_id), 5)

    def test_one_batch_needs_no_help(self):
        self.keep(2)
        with trap_jobs() as trap:
            self.run_cron("orders_apply")
        self.assertEqual(self.get_keys(trap), [])

    def test_a_helper_applies(self):
        """It commits on its own, as whoever may be killed does."""
        orders = self.keep(3)
        function = self.env.ref("amazon_connector_queue_job.queue_job_function_help")
        self.assertTrue(function.allow_commit)
        self.assertEqual(function.channel, "root.amazon")
        with self.enter_registry_test_mode(), self.registry.cursor() as cursor:
            helper = self.env(cr=cursor)["amazon.sync.helper"]
            helper._help("amazon.sync.orders", "_apply_waiting")
        orders.invalidate_recordset()
        self.assertEqual(set(orders.mapped("state")), {"applied"})


@tagged("post_install", "-at_install")
class TestHelperJobs(AmazonCase):
    """How many there are, and what a job may do."""

    def test_accounts_that_are_due(self):
        other = self._create_account(name="Second", seller_id="AOTHERSELLER")
        tasks = (self.account | other)._get_task("orders")
        tasks.write({"next_run": "2026-01-01", "leased_until": False})
        orders = self.env["amazon.sync.orders"]
        self.assertEqual(orders._count_shares("_take_turns"), 2)
        other.on_hold = True
        self.assertEqual(orders._count_shares("_take_turns"), 1)

    def test_only_what_is_shared(self):
        with self.assertRaises(ValueError):
            self.env["amazon.sync.helper"]._help("res.partner", "unlink")

    def test_the_job_leads_to_the_history(self):
        helper = self.env["amazon.sync.helper"]
        job = helper.with_delay()._help("amazon.sync.orders", "_apply_waiting")
        action = job.db_record()._related_action_amazon_sync()
        self.assertEqual(action["res_model"], "amazon.sync.run")
        self.assertEqual(action["domain"], [("kind", "=", "orders")])
