# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ...sp_api import client as client_module
from ..common import CLIENT_LOGGERS, INDIA, SimulatorCase

CREDENTIALS = ("client_id", "client_secret", "refresh_token")


class ConnectionCase(SimulatorCase):
    """Accounts of simulated sellers that are not connected yet."""

    simulator_options = {"lag": (0, 0), "quotas": False}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "amazon_manager",
            "amazon_connector.group_manager,base.group_allow_export",
        )
        cls.user = new_test_user(
            cls.env,
            "amazon_user",
            "amazon_connector.group_user,base.group_allow_export",
        )

    def setUp(self):
        super().setUp()
        # Retries are tried elsewhere; here nobody waits for them.
        self.patch(client_module, "backoff", lambda *args: 0.0)

    def new_account(self, region="eu", marketplaces=(INDIA,), plan="PROFESSIONAL"):
        """A draft account of a new seller with an application of its own."""
        key = f"S{len(self.simulator.sellers)}"
        self.seller_now = self.simulator.add_seller(
            key, region, list(marketplaces), own_application=True, selling_plan=plan
        )
        for listing in self.simulator.sellers["IN"].listings.values():
            self.seller_now.listings.put(listing, self.simulator.clock.now())
        self.known = known = self.simulator.credentials(key)
        return self.env["amazon.account"].create(
            {
                "name": f"Shop of {key}",
                "region": region,
                "environment": "custom",
                "custom_api_url": known["api_url"],
                "custom_lwa_url": known["lwa_url"],
                "seller_id": known["merchant_token"],
                "client_id_input": known["client_id"],
                "client_secret_input": known["client_secret"],
                "refresh_token_input": known["refresh_token"],
                "responsible_user_id": self.manager.id,
            }
        )

    def move(self, account, **addresses):
        """Another address, and the credentials typed again for it."""
        typed = {f"{name}_input": self.known[name] for name in CREDENTIALS}
        account.write({**addresses, **typed})

    def press_test(self, account):
        """Press "Test Connection"; returns ``(works, report as text)``."""
        with self.enter_registry_test_mode(), mute_logger(*CLIENT_LOGGERS):
            works = account.action_test_connection()
        return works, str(account.connection_report)

    def connect(self, account):
        with self.enter_registry_test_mode(), mute_logger(*CLIENT_LOGGERS):
            return account.action_connect()

    def assertRefused(self, account, *texts):
        """Testing says all of ``texts``; connecting says them too and is refused."""
        works, report = self.press_test(account)
        self.assertFalse(works)
        with self.assertRaises(UserError) as caught:
            self.connect(account)
        for text in texts:
            self.assertIn(text, report)
            self.assertIn(text, str(caught.exception))
        self.assertEqual(account.state, "draft")
        self.assertFalse(account.channel_ids)
