# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import new_test_user

from .listing_common import ListingCase


class QueueCase(ListingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "amazon_manager",
            "amazon_connector.group_manager,stock.group_stock_user",
        )
        cls.user = new_test_user(cls.env, "amazon_user", "amazon_connector.group_user")
        # The tests' currency is the marketplace's unless they say otherwise.
        cls.channel_currency = cls.channel.currency_id

    def wait(self, sku="NEW", **facts):
        """An unconfirmed item, as the manager sees it."""
        listing = self.match(sku, **facts)
        self.assertEqual(listing.state, "unconfirmed")
        return listing.with_user(self.manager)

    def set_rate(self, currency, rate):
        self.env["res.currency.rate"].search(
            [("currency_id", "=", currency.id)]
        ).unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "name": "2020-01-01",
                "rate": rate,
                "company_id": self.company.id,
            }
        )

    def open(self, action):
        """The dialog that an action opens."""
        self.assertEqual(action["target"], "new")
        return (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .browse(action["res_id"])
        )
