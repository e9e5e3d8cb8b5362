# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import AMERICA, item_json, order_json
from ..order.settings_common import SettingsCase


@tagged("post_install", "-at_install")
class TestTwoAccounts(SettingsCase):
    """S1: a second channel account is added without touching the first."""

    def test_two_accounts_side_by_side(self):
        self.channel.write({"carrier_id": self.slow.id, "team_id": self.team.id})
        first = self.sell(1)
        fields_before = self.channel.read(["name", "carrier_id", "team_id"])
        account = self._create_account(
            name="Second shop",
            region="na",
            seller_id="AOTHERSELLER",
            custom_api_url="http://127.0.0.1:9/na",
        )
        channel = self.env["amazon.channel"].create(
            {
                "name": "Amazon US",
                "account_id": account.id,
                "marketplace_id": self.env.ref("amazon_connector.marketplace_us").id,
                "use_warehouses": True,
                "warehouse_id": self.other_warehouse.id,
            }
        )
        run = self.sync._start_run(account._get_task("orders"), channel)
        order = order_json(
            2,
            items=[item_json(currency="USD", quantity=4)],
            marketplace=AMERICA,
            currency="USD",
        )
        self.env["amazon.order.inbox"]._store_page(account, [order], run)
        self.store(self.order(3))
        self.apply()
        second, third = self.find(order["orderId"], "403-0000000-0000003").mapped(
            "sale_order_id"
        )
        self.assertEqual((first | second | third).mapped("state"), ["sale"] * 3)
        self.assertEqual((first | third).amazon_channel_id, self.channel)
        self.assertEqual(second.amazon_channel_id, channel)
        self.assertEqual(second.currency_id.name, "USD")
        self.assertEqual(second.warehouse_id, self.other_warehouse)
        self.assertFalse(second.carrier_id)
        self.assertEqual(third.carrier_id, self.slow)
        self.assertEqual(
            self.channel.read(["name", "carrier_id", "team_id"]), fields_before
        )
        # One product's stock feeds both.
        self.assertEqual((first | second | third).order_line.product_id, self.product)
        self.assertEqual(self.product.outgoing_qty, 6)
        self.assertEqual(self.product.virtual_available, 94)
