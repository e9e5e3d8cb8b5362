# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import CLIENT_LOGGERS, SimulatorCase, ago, order_json


@tagged("post_install", "-at_install")
class TestOrderRecover(SimulatorCase):
    """One order by Amazon's number."""

    def setUp(self):
        super().setUp()
        self.user = new_test_user(self.env, "clerk", "amazon_connector.group_user")

    def sell(self, number=1, **values):
        order = order_json(number, **values)
        self.simulator.put_orders("IN", [order])
        return order["orderId"]

    def recover(self, number):
        return self.account.with_user(self.user).recover_order(number)

    def test_an_order_comes_in_at_once(self):
        """S69, S166: fetched, applied, and in the history."""
        number = self.sell()
        found = self.recover(f" {number} ")
        order = self.find(number)
        self.assertEqual(found["order_id"], order.id)
        self.assertEqual(found["sale_order_id"], order.sale_order_id.id)
        self.assertEqual((found["state"], found["new"]), ("applied", True))
        run = self.env["amazon.sync.run"].browse(found["run_id"])
        self.assertEqual((run.trigger, run.state), ("recover", "done"))
        self.assertEqual((run.user_id, run.synced_count), (self.user, 1))
        answered = [c for c in self.calls("getOrder") if c["status"] == 200]
        self.assertEqual(len(answered), 1)

    def test_what_a_caller_wants_of_odoo_s_records_does_not_count(self):
        """S132: default values and switches of his context would else fail the order,
        or confirm it without a delivery."""
        for number, context in enumerate(
            (
                {"default_state": "sale"},
                {"default_move_type": "out_invoice"},
                {"default_name": "Mine", "default_locked": True},
            ),
            start=1,
        ):
            order_id = self.sell(number)
            account = self.account.with_user(self.user).with_context(**context)
            found = account.recover_order(order_id)
            self.assertEqual(found["state"], "applied", found["reason"])
            sale = self.env["sale.order"].browse(found["sale_order_id"])
            self.assertEqual(sale.picking_ids.mapped("state"), ["assigned"], context)
            self.assertNotEqual(sale.name, "Mine")

    def test_older_than_the_watermark_and_shipped(self):
        """It comes in whatever the channel's dates and preference say, as history."""
        self.assertEqual(self.channel.order_preference, "confirmed")
        number = self.sell(
            status="SHIPPED", created=ago(days=300), updated=ago(days=299)
        )
        found = self.recover(number)
        self.assertEqual(found["state"], "applied")
        sale = self.env["sale.order"].browse(found["sale_order_id"])
        self.assertFalse(sale.picking_ids)
        sources = sale.order_line.move_ids.location_id
        self.assertFalse(sources.filtered(lambda place: place.usage == "internal"))

    def test_a_known_order_is_brought_up_to_date(self):
        number = self.sell()
        self.recover(number)
        self.simulator.cancel_order(number)
        found = self.recover(number)
        self.assertEqual((found["state"], found["new"]), ("cancelled", False))
        self.assertEqual(len(self.find(number)), 1)

    def test_unknown_number(self):
        """A clear message; nothing is left behind."""
        with (
            self.assertRaisesRegex(UserError, "does not know order 403-9999999"),
            mute_logger(*CLIENT_LOGGERS),
        ):
            self.recover("403-9999999-9999999")
        self.assertFalse(self.env["amazon.order"].search([]))

    def test_numbers_are_checked(self):
        for number in ("", False, 4031, ["403-1234567-1234567"], "../../orders"):
            with self.assertRaisesRegex(UserError, "is not an Amazon order number"):
                self.recover(number)
        self.assertFalse(self.simulator.calls)

    def test_disabled_accounts_stay_silent(self):
        """Rule 8."""
        self.account.on_hold = True
        with self.assertRaisesRegex(UserError, "on hold"):
            self.recover(self.sell())
        self.assertFalse(self.simulator.calls)

    def test_only_for_amazon_users_of_the_company(self):
        """Rule 10: accounts of other companies are out of reach."""
        stranger = new_test_user(self.env, "stranger", "base.group_user")
        company = self.env["res.company"].create({"name": "Other"})
        other = new_test_user(
            self.env,
            "other",
            "amazon_connector.group_user",
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
        )
        for user in (stranger, other):
            with self.assertRaises(AccessError):
                self.account.with_user(user).recover_order("403-1234567-1234567")

    def test_the_dialog_opens_the_order(self):
        number = self.sell()
        wizard = (
            self.env["amazon.order.recover"]
            .with_user(self.user)
            .create({"number": number})
        )
        self.assertEqual(wizard.account_id, self.account)
        action = wizard.action_recover()
        self.assertEqual(action["res_id"], self.find(number).id)
