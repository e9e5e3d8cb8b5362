# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...sp_api import AuthorizationError, BadRequestError
from ..common import SYNC_LOGGER, AmazonCase
from .hold_common import HoldCase


@tagged("post_install", "-at_install")
class TestExpiry(AmazonCase):
    """Warnings 30 and 7 days before Amazon stops accepting something."""

    def setUp(self):
        super().setUp()
        self.today = fields.Date.today()

    def warn(self, days=0):
        with freeze_time(fields.Datetime.now() + timedelta(days=days)):
            self.env["amazon.account"]._cron_warn_of_expiry()
        return self.account.activity_ids

    def test_dates(self):
        self.assertEqual(
            self.account.secret_expires_on, self.today + timedelta(days=180)
        )
        self.assertFalse(self.account.authorisation_expires_on)
        self.account._store_credentials({"refresh_token": "new"}, "consent")
        self.assertEqual(
            self.account.authorisation_expires_on, self.today + timedelta(days=365)
        )

    def test_a_date_entered_with_the_secret_counts(self):
        date = self.today + timedelta(days=99)
        self.account.write({"client_secret_input": "x", "secret_expires_on": date})
        self.assertEqual(self.account.secret_expires_on, date)
        self.account.write({"client_secret_input": "x"})
        self.assertEqual(self.account.secret_expires_on, date, "the same secret")
        self.account.write({"client_secret_input": "y"})
        self.assertEqual(
            self.account.secret_expires_on, self.today + timedelta(days=180)
        )

    def test_secret_is_warned_of_twice(self):
        self.assertFalse(self.warn(149))
        alert = self.warn(150)
        self.assertIn("client secret", alert.summary)
        self.assertIn(str(self.account.secret_expires_on), alert.note)
        self.assertEqual(alert.date_deadline, self.account.secret_expires_on)
        self.assertEqual(alert.user_id, self.account._get_responsible())
        alert.action_feedback()
        self.assertFalse(self.warn(151), "once is enough")
        self.assertEqual(len(self.warn(173)), 1)
        self.assertEqual(len(self.warn(174)), 1)

    def test_who_is_told_once_the_responsible_user_left(self):
        """Nobody reads the activities of one who cannot log in."""
        group = "amazon_connector.group_manager"
        company = self.account.company_id
        gone = new_test_user(self.env, "gone", group, company_id=company.id)
        self.account.responsible_user_id = gone
        self.assertEqual(self.warn(150).user_id, gone)
        gone.active = False
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        new_test_user(
            self.env,
            "elsewhere",
            group,
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        stays = new_test_user(self.env, "stays", group, company_id=company.id)
        self.env.ref(group).all_user_ids.filtered(
            lambda user: user not in (gone, stays) and user.login != "elsewhere"
        ).active = False
        alert = self.warn(174)
        self.assertEqual(alert.user_id, stays)
        self.account.responsible_user_id = False
        self.account._raise_alert("Late", "Look", key="late")
        self.assertEqual(self.account._get_alerts("late").user_id, stays)

    def test_a_new_secret_clears_the_warning(self):
        self.assertTrue(self.warn(150))
        self.account.client_secret_input = "fresh"
        self.assertFalse(self.account.activity_ids)
        self.account.secret_expires_on = self.today + timedelta(days=20)
        self.assertTrue(self.warn(), "warned of anew")

    def test_consent_expires_self_authorisation_does_not(self):
        self.account.secret_expires_on = False
        self.assertFalse(self.warn(400))
        self.account._store_credentials({"refresh_token": "new"}, "consent")
        self.assertFalse(self.warn(334))
        alert = self.warn(335)
        self.assertIn("Authorize on Amazon", alert.note)
        self.account._store_credentials({"refresh_token": "newer"}, "consent")
        self.assertFalse(self.account.activity_ids)

    def test_disconnected_accounts_are_silent(self):
        self.account._disconnect()
        self.assertFalse(self.account.secret_expires_on)
        self.assertFalse(self.warn(179))

    def test_the_cron_is_there(self):
        cron = self.env.ref("amazon_connector.ir_cron_warn_of_expiry")
        self.assertTrue(cron.active)
        self.account.secret_expires_on = self.today
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertTrue(self.account.activity_ids)


@tagged("post_install", "-at_install")
class TestHealth(AmazonCase):
    """An account that has not synced for two intervals turns amber, then red."""

    def setUp(self):
        super().setUp()
        self.task = self.account._get_task("orders")
        now = fields.Datetime.now()
        self.account.active_since = now - timedelta(days=9)
        self.account.task_ids.write({"last_success": now, "interval_minutes": 15})

    def health(self, minutes):
        self.task.last_success = fields.Datetime.now() - timedelta(minutes=minutes)
        self.account.invalidate_recordset()
        return self.account.health

    def test_amber_then_red(self):
        self.assertEqual(self.health(29), "ok")
        self.assertFalse(self.account.health_message)
        self.assertEqual(self.health(31), "late")
        self.assertIn(
            "Orders: no successful sync for 0 h 31", (self.account.health_message)
        )
        self.assertEqual(self.health(61), "stalled")

    def test_longer_intervals_have_more_time(self):
        self.task.interval_minutes = 60
        self.assertEqual(self.health(61), "ok")

    def test_modules_switched_off_do_not_count(self):
        self.task.active = False
        self.assertEqual(self.health(500), "ok")

    def test_on_hold_and_disconnected_have_none(self):
        self.account.on_hold = True
        self.assertFalse(self.health(500))
        self.account.on_hold = False
        self.assertEqual(self.health(500), "ok", "just enabled: it catches up")
        self.account.state = "error"
        self.assertEqual(self.health(1), "stalled")
        self.account.state = "draft"
        self.assertFalse(self.health(1))

    def test_a_first_sync_may_take_long(self):
        self.task.last_success = False
        self.assertEqual(self.account.health, "ok", "it moves")
        self.task.failure_count = 2
        self.account.invalidate_recordset()
        self.assertEqual(self.account.health, "stalled")

    def test_so_may_one_after_days_on_hold(self):
        """Its pages come in for hours; then they do not any more."""
        self.env["amazon.sync.orders"]._create_missing_cursors(self.task)
        now = fields.Datetime.now()
        cursor = self.task.cursor_ids[0]
        cursor.page_time = now - timedelta(minutes=5)
        user = new_test_user(self.env, "clerk", "amazon_connector.group_user")
        self.assertEqual(self.health(500), "ok")
        account = self.account.with_user(user)
        self.assertEqual(account.health, "ok", "whoever looks")
        cursor.page_time = now - timedelta(minutes=61)
        self.assertEqual(self.health(500), "stalled")
        cursor.page_time = now
        self.task.failure_count = 2
        self.assertEqual(self.health(500), "stalled")


@tagged("post_install", "-at_install")
class TestAlerts(HoldCase):
    def settle(self, task, error):
        with mute_logger(SYNC_LOGGER):
            self.sync._settle_error(task, error)

    def test_one_activity_per_failing_module(self):
        """Module, reason and what to do; closed on success."""
        for task in self.account.task_ids:
            for _time in range(2):
                self.settle(task, BadRequestError("Amazon says <no>", operation="x"))
        alerts = self.account.activity_ids
        self.assertEqual(len(alerts), len(self.account.task_ids))
        alert = self.account._get_alerts("module orders")
        self.assertIn("Orders", alert.summary)
        self.assertIn("&lt;no&gt;", alert.note)
        self.assertIn("press Sync Now", alert.note)
        self.sync._settle_success(self.task)
        self.assertEqual(
            self.account.activity_ids.mapped("amazon_alert"),
            [a for a in alerts.exists().mapped("amazon_alert") if a != "module orders"],
        )

    def test_closed_when_the_module_is_switched_off(self):
        """Nothing fails any more, and no success would ever close it."""
        self.settle(self.task, BadRequestError("no", operation="x"))
        manager = new_test_user(self.env, "chief", "amazon_connector.group_manager")
        self.task.with_user(manager).active = False
        self.assertFalse(self.account.activity_ids)

    def test_closed_whatever_the_language(self):
        self.settle(self.task, BadRequestError("no", operation="x"))
        self.env["res.lang"]._activate_lang("fr_FR")
        self.account.activity_ids.summary = "Une autre langue"
        sync = self.sync.with_context(lang="fr_FR")
        sync._settle_success(self.task.with_context(lang="fr_FR"))
        self.assertFalse(self.account.activity_ids)

    def test_lost_authorisation_stops_all_modules_at_once(self):
        self.account.task_ids.write({"next_run": fields.Datetime.now()})
        error = AuthorizationError(
            "revoked", operation="token", cause_code="invalid_grant", advice="Do this."
        )
        self.settle(self.task, error)
        self.env.flush_all()
        self.simulator.calls.clear()
        for kind in self.account.task_ids.mapped("kind"):
            self.assertFalse(self.env["amazon.sync.task"]._claim_due(kind))
        self.run_all()
        self.assertFalse(self.simulator.calls)
        self.assertEqual(self.account.activity_ids.amazon_alert, "authorisation")
        self.assertIn("Do this.", self.account.activity_ids.note)

    def test_a_module_at_work_stops_too(self):
        other = self.account.task_ids - self.task
        self.assertTrue(other)
        other.worker = other[0]._worker_name()
        self.assertTrue(self.sync._may_call(other[0]))
        self.simulator.lwa.revoke(self.simulator.credentials("IN")["refresh_token"])
        self.simulator.lwa.access_tokens.clear()
        self.env["amazon.access.token"].sudo().search([]).unlink()
        self.make_due()
        self.fetch()
        self.assertEqual(self.account.state, "error")
        self.assertFalse(self.sync._may_call(other[0]))
