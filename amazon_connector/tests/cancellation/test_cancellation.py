# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..common import ago, item_json, order_json
from ..screens import Screen
from .cancellation_common import CancellationCase

REASON = {"amazon_cancel_reason": "NoInventory"}


@tagged("post_install", "-at_install")
class TestCancellation(CancellationCase):
    """S173: cancelling in Odoo writes what Amazon must hear of."""

    def test_cancelling_asks_for_the_reason(self):
        """S173: the button opens a dialog; nothing happens before it is answered."""
        action = self.sale.action_cancel()
        self.assertEqual(action["res_model"], "amazon.order.cancel")
        self.assertEqual(self.sale.state, "sale")
        self.assertFalse(self.rows())
        wizard = self.env["amazon.order.cancel"].with_context(**action["context"])
        with Form(wizard) as form:
            form.reason_code = "PricingError"
        form.save().action_apply()
        self.assertEqual(
            (self.sale.state, self.sale.picking_ids.state), ("cancel",) * 2
        )
        row = self.rows()
        self.assertEqual(
            (row.kind, row.state, row.reason_code),
            ("cancel", "waiting", "PricingError"),
        )
        self.assertEqual(row.company_id, self.company)

    def test_the_amazon_order_has_the_button_too(self):
        """S173: where it would be of use, and only there."""
        binding = self.sale.amazon_order_id
        action = binding.action_cancel()
        self.assertEqual(action["res_model"], "amazon.order.cancel")
        self.assertTrue(binding.is_cancellable)
        self.sale.locked = True
        binding.invalidate_recordset(["is_cancellable"])
        self.assertFalse(binding.is_cancellable)
        self.sale.locked = False
        self.sale.action_cancel_on_amazon("NoInventory")
        binding.invalidate_recordset(["is_cancellable"])
        self.assertFalse(binding.is_cancellable)
        arch = self.env["amazon.order"].get_view(view_type="form")["arch"]
        self.assertIn('name="action_cancel"', arch)

    def test_dialogs_say_before_they_are_saved_what_is_missing(self):
        """A dialog on the screen is no record yet."""
        context = {"default_sale_order_ids": [(6, 0, self.sale.ids)]}
        mass = Form(self.env["sale.mass.cancel.orders"].with_context(**context))
        self.assertEqual(mass.amazon_order_count, 1)
        self.sale.amazon_order_id.fulfillment_status = "SHIPPED"
        dialog = Form(self.env["amazon.order.cancel"].with_context(**context))
        self.assertIn("counts as shipped", dialog.problem)

    def test_dialog_needs_a_reason(self):
        wizard = self.env["amazon.order.cancel"].create(
            {"sale_order_ids": [(6, 0, self.sale.ids)]}
        )
        with self.assertRaisesRegex(UserError, "NoInventory"):
            wizard.action_apply()
        self.assertEqual(self.sale.state, "sale")

    def test_script_gives_the_reason(self):
        """S173: by a method of its own, or in the context; the cron is woken."""
        self.cron.active = True
        triggers = [("cron_id", "=", self.cron.id)]
        before = self.env["ir.cron.trigger"].search_count(triggers)
        self.sale.action_cancel_on_amazon("BuyerCanceled")
        self.assertEqual(self.rows().state, "waiting")
        after = self.env["ir.cron.trigger"].search_count(triggers)
        self.assertEqual(after, before + 1)
        other = self.receive(order_json(2)).sale_order_id
        self.assertTrue(other.with_context(**REASON).action_cancel())
        self.assertEqual(self.rows(other.amazon_order_id).reason_code, "NoInventory")

    def test_unknown_reason_is_refused(self):
        for reason in ("noinventory", "", None, 7, ["NoInventory"]):
            with self.assertRaisesRegex(UserError, "NoInventory"):
                self.sale.action_cancel_on_amazon(reason)
        self.assertEqual(self.sale.state, "sale")

    def test_repeated_it_is_one_cancellation(self):
        """S173: whoever presses twice, Amazon hears of it once."""
        self.sale.action_cancel_on_amazon("NoInventory")
        self.sale.action_cancel_on_amazon("BuyerCanceled")
        self.sale.with_context(**REASON).action_cancel()
        self.assertEqual(len(self.rows()), 1)
        self.binding.fulfillment_status = "CANCELLED"
        self.rows()._confirm()
        self.sale.action_cancel_on_amazon("NoInventory")
        self.assertEqual(len(self.rows()), 1)

    def test_cancelled_again_after_amazon_took_it_up_again(self):
        """What Amazon confirmed once is no answer to the next cancellation."""
        self.sale.action_cancel_on_amazon("NoInventory")
        self.binding.fulfillment_status = "CANCELLED"
        self.rows()._confirm()
        self.binding.fulfillment_status = "UNSHIPPED"
        self.assertEqual(self.sale.amazon_cancellation_state, "missing")
        self.sale.action_cancel_on_amazon("NoInventory")
        states = self.rows().sorted("id").mapped("state")
        self.assertEqual(states, ["confirmed", "waiting"])

    def test_several_orders_one_of_which_cannot(self):
        """None is cancelled: the reason names the one that stands in the way."""
        second = self.receive(order_json(2)).sale_order_id
        second.amazon_order_id.fulfillment_status = "PARTIALLY_SHIPPED"
        with self.assertRaisesRegex(UserError, second.amazon_order_ref):
            (self.sale | second).action_cancel_on_amazon("NoInventory")
        self.assertEqual((self.sale.state, second.state), ("sale", "sale"))
        self.assertFalse(self.rows())

    def test_fba_orders_cannot_be_cancelled_by_us(self):
        fulfillment = {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "AMAZON"}
        sale = self.receive(order_json(2, fulfillment=fulfillment)).sale_order_id
        with self.assertRaisesRegex(UserError, "FBA"):
            sale.action_cancel_on_amazon("NoInventory")
        action = sale.action_cancel()
        wizard = (
            self.env["amazon.order.cancel"].with_context(**action["context"]).create({})
        )
        self.assertIn("only Amazon and its buyer", wizard.problem)
        wizard.action_apply_here()
        self.assertEqual(sale.state, "cancel")
        self.assertFalse(self.rows(sale.amazon_order_id))

    def test_delivered_goods_stand_in_the_way(self):
        self.sale.picking_ids.with_context(skip_sms=True).button_validate()
        with self.assertRaisesRegex(UserError, "left your warehouse"):
            self.sale.action_cancel_on_amazon("NoInventory")
        self.assertEqual(self.sale.state, "sale")

    def test_pending_waits_and_says_so(self):
        """Amazon refuses it while the payment is pending: kept until it can be sent."""
        self.binding.fulfillment_status = "PENDING"
        self.sale.action_cancel_on_amazon("NoInventory")
        self.assertIn("payment is pending", self.rows().reason)
        self.assertIn("payment is pending", self.sale.amazon_cancellation_text)

    def test_other_orders_know_no_reason(self):
        own = self.sale.copy()
        self.assertTrue(own.action_cancel())
        self.assertEqual(own.state, "cancel")

    def test_locked_orders_are_refused_as_ever(self):
        self.sale.action_lock()
        with self.assertRaisesRegex(UserError, "locked"):
            self.sale.action_cancel()

    def test_odoo_only(self):
        """What is cancelled in Odoo only says so, and can be told to Amazon later."""
        self.sale.action_cancel_in_odoo_only()
        self.assertEqual(self.sale.amazon_cancellation_state, "missing")
        self.assertFalse(self.rows())
        action = self.sale.action_tell_amazon_cancelled()
        wizard = self.env["amazon.order.cancel"].with_context(**action["context"])
        wizard.create({"reason_code": "NoInventory"}).action_apply()
        self.assertEqual(self.rows().state, "waiting")
        self.assertEqual(self.sale.amazon_cancellation_state, "waiting")

    def test_cancelling_many_asks_too(self):
        """S173: Odoo's own dialog for many orders."""
        own = self.sale.copy()
        wizard = self.env["sale.mass.cancel.orders"].create(
            {"sale_order_ids": [(6, 0, (self.sale | own).ids)]}
        )
        self.assertEqual(wizard.amazon_order_count, 1)
        with self.assertRaisesRegex(UserError, "reason"):
            wizard.action_mass_cancel()
        wizard.amazon_reason_code = "GeneralAdjustment"
        wizard.action_mass_cancel()
        self.assertEqual((self.sale.state, own.state), ("cancel", "cancel"))
        self.assertEqual(self.rows().reason_code, "GeneralAdjustment")

    def test_salesman_without_the_amazon_app(self):
        """Who may cancel sales orders may cancel these; the outbox stays closed."""
        user = new_test_user(
            self.env, "cancelling", "sales_team.group_sale_salesman_all_leads"
        )
        sale = self.sale.with_user(user)
        action = sale.action_cancel()
        wizard = (
            self.env["amazon.order.cancel"]
            .with_user(user)
            .with_context(**action["context"])
        )
        with Form(wizard) as form:
            form.reason_code = "NoInventory"
        form.save().action_apply()
        self.assertEqual(self.sale.state, "cancel")
        self.assertEqual(self.rows().user_id, user)
        self.assertEqual(sale.amazon_cancellation_state, "waiting")
        with self.assertRaises(AccessError):
            self.rows().with_user(user).read(["state"])

    def test_accountant_without_the_amazon_app(self):
        """Odoo lets who makes invoices cancel sales orders, too."""
        user = new_test_user(self.env, "billing", "account.group_account_invoice")
        self.sale.with_user(user).check_access("write")
        screen = Screen.of_action(
            self.env(user=user), self.sale.with_user(user).action_cancel()
        )
        screen.record.reason_code = "NoInventory"
        screen.press("action_apply")
        self.assertEqual(self.sale.state, "cancel")
        self.assertEqual(self.rows().user_id, user)

    def test_a_reader_cancels_nothing(self):
        user = new_test_user(self.env, "portal_reader", "base.group_user")
        with self.assertRaises(AccessError):
            self.sale.with_user(user).action_cancel_on_amazon("NoInventory")
        with self.assertRaises(AccessError):
            self.rows().with_user(user).create({"order_id": self.binding.id})

    # ------------------------------------------------------------------
    # Taking it back
    # ------------------------------------------------------------------

    def test_set_to_quotation_withdraws_it(self):
        self.sale.action_cancel_on_amazon("NoInventory")
        self.sale.action_draft()
        self.assertEqual(self.rows().state, "withdrawn")
        self.assertFalse(self.sale.amazon_cancellation_state)
        self.sale.action_cancel_on_amazon("NoInventory")
        self.assertEqual(sorted(self.rows().mapped("state")), ["waiting", "withdrawn"])

    def test_once_sent_it_says_so(self):
        self.sale.action_cancel_on_amazon("NoInventory")
        self.rows().write({"state": "sent", "sent_at": "2026-11-22 10:00:00"})
        with self.assertRaisesRegex(UserError, "2026-11-22 10:00:00"):
            self.sale.action_draft()
        self.assertEqual(self.sale.state, "cancel")

    def test_refused_goes_on_or_is_sent_again(self):
        self.sale.action_cancel_on_amazon("NoInventory")
        self.rows()._refuse("refused", "Amazon's answer: no.")
        self.assertEqual(self.sale.amazon_cancellation_state, "refused")
        self.assertEqual(len(self.sale.activity_ids), 1)
        self.rows()._refuse("refused", "Amazon's answer: no.")
        self.assertEqual(len(self.sale.activity_ids), 1)
        self.sale.action_retry_amazon_cancellation()
        self.assertEqual(self.rows().state, "waiting")
        self.assertFalse(self.sale.activity_ids)
        self.rows()._refuse("refused", "Amazon's answer: no.")
        self.sale.action_draft()
        with self.assertRaisesRegex(UserError, "no longer cancelled"):
            self.rows().action_retry()

    # ------------------------------------------------------------------
    # What the order sync does meanwhile
    # ------------------------------------------------------------------

    def test_order_sync_leaves_it_alone(self):
        """Neither confirmed again nor held, as long as Amazon has not answered."""
        self.sale.action_cancel_on_amazon("NoInventory")
        for state in ("waiting", "sent"):
            self.rows().state = state
            self.told()
            self.assertEqual(
                (self.binding.state, self.sale.state), ("applied", "cancel")
            )
            self.assertFalse(self.sale.activity_ids)
        self.receive(
            order_json(
                items=[item_json(quantity=2, price="200.00")], updated=ago(hours=2)
            )
        )
        self.assertEqual((self.binding.state, self.sale.state), ("applied", "cancel"))

    def test_amazon_confirms_by_the_order_itself(self):
        """S173: confirmed is what the order says, not that a feed was taken."""
        self.sale.action_cancel_on_amazon("NoInventory")
        self.rows().state = "sent"
        self.receive(order_json(status="CANCELLED", updated=ago(hours=1)))
        self.assertEqual(
            (self.rows().state, self.binding.state), ("confirmed", "cancelled")
        )
        self.assertTrue(self.rows().confirmed_at)
        self.assertFalse(self.sale.activity_ids)

    def test_buyer_cancels_while_ours_was_refused(self):
        self.sale.action_cancel_on_amazon("NoInventory")
        self.rows()._refuse("refused", "Amazon's answer: no.")
        self.receive(order_json(status="CANCELLED", updated=ago(hours=1)))
        self.assertEqual(self.rows().state, "confirmed")
        self.assertFalse(self.sale.activity_ids)

    def test_withdrawn_goes_on_as_before(self):
        self.sale.action_cancel_on_amazon("NoInventory")
        self.told()
        self.sale.action_draft()
        self.sale.action_confirm()
        self.told()
        self.assertEqual((self.binding.state, self.sale.state), ("applied", "sale"))

    def test_shipped_meanwhile_is_held(self):
        """Somebody shipped it in Seller Central: a human has to look."""
        self.sale.action_cancel_on_amazon("NoInventory")
        self.receive(
            order_json(
                items=[item_json(quantity=3, price="300.00")],
                status="SHIPPED",
                updated=ago(hours=1),
            )
        )
        self.assertEqual(self.binding.state, "held")

    def test_payment_settled_sends_what_waited(self):
        self.sale.action_cancel_on_amazon("NoInventory")
        self.rows().write({"retry_at": "2099-01-01 00:00:00", "reason": "pending"})
        self.told()
        self.assertFalse(self.rows().retry_at)

    def test_other_companies_see_nothing(self):
        """Rule 10: another company sees nothing of it."""
        self.sale.action_cancel_on_amazon("NoInventory")
        company = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "other_company",
            "amazon_connector.group_user",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(self.env["amazon.cancellation"].with_user(user).search([]))


@tagged("post_install", "-at_install")
class TestCancellationUnits(CancellationCase):
    """Some units only: on the user's word, by the adjustment feed."""

    def open_dialog(self):
        action = self.sale.action_adjust_on_amazon()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_fewer_units_are_offered(self):
        self.assertEqual(self.sale.amazon_fewer_units, 0)
        self.sale.order_line.product_uom_qty = 1
        self.assertEqual(self.sale.amazon_fewer_units, 2)
        self.assertFalse(self.rows())
        wizard = self.open_dialog()
        with Form(wizard) as form:
            form.reason_code = "NoInventory"
        wizard.action_apply()
        row = self.rows()
        self.assertEqual((row.kind, row.line_ids.quantity), ("adjust", 2))
        self.assertEqual(self.sale.amazon_fewer_units, 0)

    def test_a_unit_of_which_a_part_is_kept_is_not_cancelled(self):
        for kept, fewer in ((2.5, 0), (1.5, 1), (0.4, 2), (0, 3), (5, 0)):
            self.sale.order_line.product_uom_qty = kept
            self.assertEqual(self.sale.amazon_fewer_units, fewer, kept)

    def test_dialog_that_is_out_of_date(self):
        self.sale.order_line.product_uom_qty = 1
        wizard = self.open_dialog()
        wizard.reason_code = "NoInventory"
        self.sale.order_line.product_uom_qty = 2
        with self.assertRaisesRegex(UserError, "changed in the meantime"):
            wizard.action_apply()
        self.assertFalse(self.rows())

    def test_more_units_are_no_cancellation(self):
        self.sale.order_line.product_uom_qty = 5
        self.assertEqual(self.sale.amazon_fewer_units, 0)

    def ship_one(self):
        """One of three units leaves; the others are a back order."""
        self.sale.picking_ids.move_ids.write({"quantity": 1, "picked": True})
        context = {"skip_sms": True, "skip_backorder": True}
        self.sale.picking_ids.with_context(**context).button_validate()

    def test_rest_of_an_order_that_was_shipped_in_part(self):
        """The dialog names the way, and after cancelling in Odoo it is still there."""
        self.ship_one()
        action = self.sale.action_cancel()
        wizard = self.env["amazon.order.cancel"].with_context(**action["context"])
        dialog = wizard.create({})
        self.assertIn("Remove the units that will not be shipped", dialog.problem)
        self.assertEqual(self.sale.amazon_fewer_units, 0)
        dialog.action_apply_here()
        self.assertEqual(self.sale.state, "cancel")
        self.assertEqual(self.sale.amazon_fewer_units, 2)
        dialog = self.open_dialog()
        dialog.reason_code = "NoInventory"
        dialog.action_apply()
        self.assertEqual(self.rows().line_ids.quantity, 2)
        self.assertEqual(self.sale.amazon_fewer_units, 0)

    def test_back_on_the_order_before_amazon_heard(self):
        """What the user wants to ship again is not cancelled."""
        self.sale.order_line.product_uom_qty = 1
        fewer = self.sale._get_amazon_fewer_units()
        row = self.env["amazon.cancellation"]._request_adjustment(
            self.binding, fewer, "NoInventory"
        )
        sync = self.env["amazon.sync.cancellations"]
        sync._review(row)
        self.assertEqual(row.state, "waiting")
        self.sale.order_line.product_uom_qty = 3
        sync._review(row)
        self.assertEqual(row.state, "withdrawn")

    def test_done_when_the_order_says_so(self):
        self.sale.order_line.product_uom_qty = 1
        fewer = self.sale._get_amazon_fewer_units()
        row = self.env["amazon.cancellation"]._request_adjustment(
            self.binding, fewer, "NoInventory"
        )
        sync = self.env["amazon.sync.cancellations"]
        self.assertFalse(sync._is_done(row))
        self.receive(order_json(items=[item_json(quantity=1)], updated=ago(hours=1)))
        self.assertTrue(sync._is_done(row))
        self.assertEqual(
            (self.binding.state, self.sale.amount_total), ("applied", 100.0)
        )

    def test_second_one_waits_for_the_first(self):
        self.sale.order_line.product_uom_qty = 1
        fewer = self.sale._get_amazon_fewer_units()
        Cancellation = self.env["amazon.cancellation"]
        Cancellation._request_adjustment(self.binding, fewer, "NoInventory")
        with self.assertRaisesRegex(UserError, "Wait for"):
            Cancellation._request_adjustment(self.binding, fewer, "NoInventory")
