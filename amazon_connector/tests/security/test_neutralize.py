# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields
from odoo.modules.neutralize import get_installed_modules, get_neutralization_queries
from odoo.tests import tagged

from ..common import SimulatorCase, address_json, order_json


@tagged("post_install", "-at_install")
class TestNeutralize(SimulatorCase):
    """Rule 11: a copy of the database is harmless."""

    def setUp(self):
        super().setUp()
        self.order = self.receive(order_json())
        typed = {"deliveryAddress": address_json(stateOrRegion="c/o Asha Rao")}
        self.waiting = self.store(order_json(2, buyer="bela", recipient=typed))
        self.env["amazon.place"].create(
            {
                "company_id": self.company.id,
                "name": "Typed by the buyer",
                "country_code": "IN",
                "typed": True,
                "digest": self.waiting.ship_state_digests,
            }
        )
        with self.enter_registry_test_mode():
            self.assertTrue(self.account.action_test_connection())
        self.env.flush_all()

    def neutralize(self):
        for query in get_neutralization_queries(["amazon_connector"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()

    def rows(self, query):
        self.env.cr.execute(query)
        return self.env.cr.fetchall()

    def test_odoo_finds_our_queries(self):
        """`odoo neutralize` runs the file of every installed addon."""
        self.assertIn("amazon_connector", get_installed_modules(self.env.cr))
        (query,) = get_neutralization_queries(["amazon_connector"])
        self.assertIn("amazon_account", query)

    def test_no_secret_and_no_buyer_is_left(self):
        secrets = {
            "credentials": "SELECT 1 FROM amazon_account"
            " WHERE credentials_ciphertext IS NOT NULL"
            " OR authorisation_digest IS NOT NULL",
            "tokens": "SELECT 1 FROM amazon_access_token",
            "orders' data": "SELECT 1 FROM amazon_order_pii",
            "customers' data": "SELECT 1 FROM amazon_customer"
            " WHERE ciphertext IS NOT NULL OR email_digest IS NOT NULL"
            " OR identity_digest IS NOT NULL OR address_digest IS NOT NULL",
            "typed states": "SELECT 1 FROM amazon_order"
            " WHERE ship_state_digests IS NOT NULL",
            "decisions on them": "SELECT 1 FROM amazon_place WHERE digest IS NOT NULL",
        }
        for name, query in secrets.items():
            self.assertTrue(self.rows(query), f"{name}: nothing to test")
        self.neutralize()
        for name, query in secrets.items():
            self.assertFalse(self.rows(query), name)

    def test_every_secret_column_is_known_here(self):
        """Who adds a ciphertext or a digest adds it to the file."""
        self.neutralize()
        columns = self.rows(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema AND table_name LIKE 'amazon%'"
            "   AND column_name ~ 'cipher|(email|identity|address)_digest|fingerprint"
            "|_digests|^digest$'"
        )
        self.assertGreaterEqual(len(columns), 7)
        for table, column in columns:
            self.assertFalse(
                self.rows(f'SELECT 1 FROM "{table}" WHERE "{column}" IS NOT NULL'),
                f"{table}.{column}",
            )

    def test_nothing_in_work_is_left(self):
        """Page tokens, searches, reports and requests are the original's."""
        task = self.account._get_task("orders")
        secret = {"page_token": "next", "query": {"a": 1}, "seen_tokens": ["x"]}
        cursor = self.env["amazon.sync.cursor"].search([], limit=1)
        cursor.write({**secret, "page_time": fields.Datetime.now()})
        request = self.env["amazon.sync.request"].create(
            {"task_id": task.id, "trigger": "period", "way": "search", **secret}
        )
        run = self.sync._start_run(task, self.channels)
        report = self.env["amazon.report"].create(
            {"task_id": task.id, "report_type": "r", "report_number": "5001"}
        )
        task.write({"worker": "w", "leased_until": fields.Datetime.now()})
        self.env["amazon.onboarding"].create({"account_id": self.account.id})
        self.env.flush_all()
        self.neutralize()
        for record in (cursor, request):
            self.assertFalse(any(record[name] for name in [*secret, "page_time"]))
        self.assertEqual((request.state, run.state, report.state), ("failed",) * 3)
        self.assertFalse(report.report_number or task.worker or task.leased_until)
        self.assertFalse(self.env["amazon.onboarding"].search([]))

    def test_every_token_column_is_known_here(self):
        """Who adds a token or a search of Amazon's adds it to the file."""
        columns = self.rows(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema AND table_name LIKE 'amazon%'"
            "   AND column_name ~ 'token|query|nonce|custom_.*url|secret|document'"
            "   AND column_name !~ 'expires|warned'"
            "   AND data_type IN ('character varying', 'text', 'jsonb')"
        )
        self.assertGreaterEqual(len(columns), 9)
        self.neutralize()
        for table, column in columns:
            self.assertFalse(
                self.rows(f'SELECT 1 FROM "{table}" WHERE "{column}" IS NOT NULL'),
                f"{table}.{column}",
            )

    def test_own_servers_are_forgotten(self):
        self.neutralize()
        self.assertEqual(self.account.environment, "sandbox")
        self.assertFalse(self.account.custom_api_url or self.account.custom_lwa_url)

    def test_accounts_are_on_hold(self):
        self.neutralize()
        accounts = self.env["amazon.account"].search([])
        self.assertEqual(set(accounts.mapped("state")), {"draft"})
        self.assertEqual(set(accounts.mapped("on_hold")), {True})

    def test_no_call_leaves(self):
        self.neutralize()
        self.simulator.calls.clear()
        self.fetch()
        self.account.state = "connected"
        self.make_due()
        self.fetch()
        self.account.on_hold = False
        self.make_due()
        run = self.fetch()
        self.assertFalse(self.simulator.calls)
        self.assertIn("Enter: Client ID, Client Secret, Refresh Token", run.message)

    def test_orders_still_work(self):
        """Sales orders stay; what waits is applied to an anonymous contact."""
        self.neutralize()
        self.assertEqual(self.order.sale_order_id.state, "sale")
        self.run_cron("orders_apply")
        self.assertEqual(self.waiting.sale_order_id.state, "sale")
        customer = self.waiting.sale_order_id.partner_id.amazon_customer_ids
        self.assertTrue(customer.anonymous_key)

    def test_nothing_waits_to_be_sent(self):
        """Who connects the copy to a seller sends no quantity, shipment or
        cancellation that the original database sends as well."""
        self.channel.write({"stock_live": True, "acknowledge_orders": True})
        listing = self.env["amazon.listing"].search([("product_id", "!=", False)])[0]
        listing.fulfilled_by = "merchant"
        level = self.env["amazon.stock.level"]._ensure(listing)
        level._compute_quantities()
        self.assertEqual(level.state, "to_send")
        owner = {"account_id": self.account.id, "company_id": self.company.id}
        shipment = self.env["amazon.shipment"].create(
            {"order_id": self.order.id, **owner}
        )
        cancellation = self.env["amazon.cancellation"].create(
            {"order_id": self.waiting.id, **owner}
        )
        feed = self.env["amazon.feed"]._want(
            self.account, "JSON_LISTINGS_FEED", self.channel, 1
        )
        self.env.flush_all()
        self.neutralize()
        self.assertFalse(self.channel.stock_live or self.channel.acknowledge_orders)
        self.assertEqual(level.state, "rehearsal")
        level._compute_quantities()
        self.assertEqual(level.state, "rehearsal")
        self.assertEqual(shipment.state, "skipped")
        self.assertEqual(cancellation.state, "withdrawn")
        self.assertEqual(feed.state, "cancelled")
