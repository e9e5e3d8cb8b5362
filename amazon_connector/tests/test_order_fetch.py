# SPDX-License-Identifier: LGPL-3.0-or-later


from odoo.tests import tagged

from .common import SimulatorCase


@tagged("post_install", "-at_install")
class TestOrderFetch(SimulatorCase):
    def test_orders_arrive_and_are_applied(self):
        """S6, S168: orders are pulled without a user."""
        ids = self.simulator.seed_orders("IN", 30, buyers=10)
        run = self.fetch_and_apply()
        bindings = self.find(*ids)
        self.assertEqual(len(bindings), 30)
        self.assertEqual(run.state, "done")
        self.assertEqual((run.seen_count, run.page_count), (30, 1))
        self.assertFalse(bindings.filtered("to_apply"))
