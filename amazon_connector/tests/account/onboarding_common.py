# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of the set-up share: an administrator who goes through it."""

from odoo.tests import Form
from odoo.tools import mute_logger

from ..common import CLIENT_LOGGERS, INDIA
from .connection_common import ConnectionCase


class OnboardingCase(ConnectionCase):
    """An administrator goes through the set-up; the seller's account is simulated."""

    def setUp(self):
        super().setUp()
        self.admin = self.env.ref("base.user_admin")
        self.setups = self.env["amazon.onboarding"].with_user(self.admin)

    def new_seller(self, region="eu", marketplaces=(INDIA,), **options):
        """A seller who has no account in Odoo; returns what he knows."""
        key = f"S{len(self.simulator.sellers)}"
        self.seller_now = self.simulator.add_seller(
            key, region, list(marketplaces), own_application=True, **options
        )
        for listing in self.simulator.sellers["IN"].listings.values():
            self.seller_now.listings.put(listing, self.simulator.clock.now())
        self.known = self.simulator.credentials(key)
        return self.known

    def begin(self, codes=("in",), region="eu", **context):
        """The first step, filled in and left; returns the set-up."""
        with Form(self.setups.with_context(**context)) as form:
            form.region = region
            form.marketplace_ids.clear()
            for code in codes:
                form.marketplace_ids.add(
                    self.env.ref(f"amazon_connector.marketplace_{code}")
                )
            form.is_professional = True
        setup = form.record
        setup.action_to_connect()
        return setup

    def enter(self, setup, **changes):
        """Type what the seller knows into the second step."""
        known = {**self.known, **changes}
        with Form(setup) as form:
            form.environment = "custom"
            form.custom_api_url = known["api_url"]
            form.custom_lwa_url = known["lwa_url"]
            form.seller_id = known["merchant_token"]
            form.client_id_input = known["client_id"]
            form.client_secret_input = known["client_secret"]
            form.refresh_token_input = known["refresh_token"]
        return setup

    def press_connect(self, setup):
        with self.enter_registry_test_mode(), mute_logger(*CLIENT_LOGGERS):
            setup.action_connect()
        return setup

    def edit(self, setup, name, channel, **values):
        """Change a channel in one of the set-up's lists, as the web client does."""
        setup.web_save({name: [(1, channel.id, values)]}, {name: {}})

    def reach_channels(self, codes=("in",), region="eu", marketplaces=(INDIA,)):
        self.new_seller(region, marketplaces)
        setup = self.press_connect(self.enter(self.begin(codes, region)))
        self.assertEqual(setup.step, "channels", setup.error_message)
        return setup
