# SPDX-License-Identifier: LGPL-3.0-or-later

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.account.credentials import read_credentials
from ...models.order.personal import read_orders
from ...tools.secret_fields import Ciphertext
from ...tools.vault import KEY_FILE, Vault, VaultError, get_vault
from ..common import (
    APPLY_LOGGER,
    address_json,
    ago,
    item_json,
    order_json,
)
from .key_common import FORMER, NEW, KeyCase


@tagged("post_install", "-at_install")
class TestLostKeyOfOrders(KeyCase):
    """With a lost key, entering all credentials and Connect brings orders back."""

    def setUp(self):
        super().setUp()
        self.known = self.receive(order_json(1, updated=ago(hours=13)))
        self.waiting = self.store(order_json(2, buyer="bela"))
        self.env.flush_all()

    def lose_key(self):
        self.use_key(NEW)
        self.type_credentials()
        self.connect()

    def at_amazon(self, *orders):
        self.simulator.put_orders("IN", list(orders))
        self.make_due()
        run = self.fetch_and_apply()
        self.env.invalidate_all()
        return run

    def test_changed_known_order(self):
        """It comes in with its page, with new data under the new key."""
        self.lose_key()
        moved = {"deliveryAddress": address_json("asha", addressLine1="7 New Road")}
        run = self.at_amazon(
            order_json(1, updated=ago(hours=1), recipient=moved),
            order_json(3, buyer="chitra"),
        )
        self.assertEqual(run.state, "done", run.message)
        personal = read_orders(self.known)[self.known]
        self.assertEqual(
            personal["recipient"]["deliveryAddress"]["addressLine1"]
            if "deliveryAddress" in personal["recipient"]
            else personal["recipient"]["addressLine1"],
            "7 New Road",
        )
        self.assertEqual(self.find("403-0000000-0000003").sale_order_id.state, "sale")
        self.assertEqual(self.known.state, "applied")

    def test_waiting_orders(self):
        """They come in, to an anonymous contact; that is said once."""
        self.lose_key()
        self.run_cron("orders_apply")
        self.assertEqual(self.waiting.sale_order_id.state, "sale")
        self.assertTrue(
            self.waiting.sale_order_id.partner_id.amazon_customer_ids.anonymous_key
        )
        self.assertEqual(self.alerts().count("lost data"), 1)
        activity = self.account._get_alerts("lost data")
        self.assertIn("can no longer be read", activity.summary)
        activity.action_feedback()
        again = self.store(order_json(4, buyer="dev"))
        self.use_key(FORMER)
        self.use_key(NEW)
        self.env["amazon.order.pii"].search(
            [("order_id", "=", again.id)]
        ).ciphertext = Vault([FORMER.encode()]).encrypt({}, "x")
        self.run_cron("orders_apply")
        self.assertEqual(again.sale_order_id.state, "sale")
        self.assertNotIn("lost data", self.alerts(), "said once")

    def test_business_customer(self):
        """What was known of it is replaced by what its next order tells."""
        tax = {
            "taxRegistrations": [
                {
                    "entityType": "BUYER",
                    "taxRegistrationNumber": "29ABCDE1234F1Z5",
                    "taxRegistrationType": "GST",
                }
            ]
        }
        self.receive(order_json(5, buyer="eka", tax=tax))
        self.lose_key()
        order = order_json(6, buyer="eka", tax=tax)
        self.at_amazon(order)
        binding = self.find("403-0000000-0000006")
        self.assertEqual(binding.state, "applied", binding.reason)
        self.assertTrue(
            binding.sale_order_id.partner_id.amazon_customer_ids.is_business
        )

    def test_buyers_of_the_former_key(self):
        """Their hashes fit no more: they get a new contact, and that one again."""
        self.lose_key()
        self.at_amazon(order_json(7), order_json(8))
        first, second = self.find("403-0000000-0000007", "403-0000000-0000008")
        self.assertNotEqual(
            first.sale_order_id.partner_id, self.known.sale_order_id.partner_id
        )
        self.assertEqual(
            first.sale_order_id.partner_id, second.sale_order_id.partner_id
        )

    def test_frozen_orders_thaw(self):
        frozen = self.receive(order_json(9, [item_json("NEW")], buyer="farah"))
        self.assertEqual(frozen.state, "frozen")
        self.lose_key()
        frozen.line_ids.listing_id.product_id = self.product
        self.env.flush_all()
        self.run_cron("orders_apply")
        self.assertEqual(frozen.state, "applied", frozen.reason)

    def test_key_comes_back(self):
        """Nothing is called lost, or deleted, while the key may only be missing."""
        before = self.env["amazon.order.pii"].search([]).mapped("ciphertext")
        self.use_key(NEW)
        self.run_cron("orders_apply")
        self.assertEqual(self.waiting.state, "waiting")
        self.assertFalse(self.waiting.attempts)
        self.assertEqual(self.alerts(), ["key"])
        self.make_due()
        run = self.fetch()
        self.assertEqual(run.state, "failed")
        self.assertIn("former key", run.message)
        with self.assertRaises(VaultError):
            read_orders(self.waiting)
        self.use_key(f"{NEW},{FORMER}")
        self.run_cron("orders_apply")
        self.assertEqual(self.waiting.sale_order_id.state, "sale")
        self.assertNotIn("key", self.alerts())
        self.assertNotIn("lost data", self.alerts())
        self.assertEqual(
            self.env["amazon.order.pii"].search([]).mapped("ciphertext"), before
        )

    def test_other_accounts_are_not_touched(self):
        """One account's new credentials say nothing about another's."""
        other = self._create_account_of_another()
        self.lose_key()
        self.run_cron("orders_apply")
        self.assertEqual(self.waiting.sale_order_id.state, "sale")
        self.assertEqual(self.alerts(other), ["key"])
        self.assertTrue(other.has_credentials)
        with self.assertRaises(VaultError):
            read_credentials(other)
        self.use_key(f"{NEW},{FORMER}")
        self.assertTrue(read_credentials(other))
        self.assertTrue(read_credentials(self.account))

    def _create_account_of_another(self):
        known = self.simulator.credentials(self.seller)
        return self.env["amazon.account"].create(
            {
                "name": "Other",
                "region": "na",
                "seller_id": "AOTHER",
                "environment": "custom",
                "custom_api_url": known["api_url"],
                "custom_lwa_url": known["lwa_url"],
                "client_id_input": "c",
                "client_secret_input": "s",
                "refresh_token_input": "r",
            }
        )

    def test_moved_ciphertext_is_not_read(self):
        """S55: somebody who copies it to an order of his own learns nothing."""
        own = self.store(order_json(10, buyer="gita"))
        rows = self.env["amazon.order.pii"].search([])
        of = {row.order_id: row for row in rows}
        of[own].ciphertext = of[self.known].ciphertext
        self.assertEqual(read_orders(own), {own: {}})


@tagged("post_install", "-at_install")
class TestMissingKeyFile(KeyCase):
    """A key file that is missing is never replaced while anything is encrypted."""

    def setUp(self):
        super().setUp()
        self.path = self.data_dir / KEY_FILE
        self.path.unlink(missing_ok=True)
        self.addCleanup(self.path.unlink, missing_ok=True)

    def get_columns(self):
        return [
            (model, field.name)
            for model in self.env.registry.values()
            if not model._abstract
            for field in model._fields.values()
            if isinstance(field, Ciphertext)
        ]

    def clear(self):
        self.env.flush_all()
        for model, column in self.get_columns():
            self.env.cr.execute(f'UPDATE "{model._table}" SET "{column}" = NULL')
        self.env.invalidate_all()

    def store_files(self):
        """A label, and the note that it was bought."""
        vault = get_vault(self.env)
        self.env["amazon.sealed.file"].create(
            {
                "name": "label.pdf",
                "kind": "delivery",
                "company_id": self.company.id,
                "mimetype": "application/pdf",
                "token": "token",
                "key_ciphertext": vault.encrypt({"key": "abc"}, "file token"),
            }
        )
        self.env["amazon.carrier.purchase"].create(
            {
                "date": "2026-11-01",
                "picking_ref": 1,
                "company_id": self.company.id,
                "amazon_order_ref": "403-0000000-0000001",
                "carrier_name": "DHL",
                "key": "key",
                "fingerprint": "fingerprint",
                "ciphertext": vault.encrypt({"files": []}, "purchase key"),
            }
        )

    def test_every_column_counts(self):
        self.receive(order_json(1))
        with self.enter_registry_test_mode():
            self.account.action_test_connection()
        self.store_files()
        values = {}
        for model, column in self.get_columns():
            self.env.cr.execute(
                f'ALTER TABLE "{model._table}" ALTER "{column}" DROP NOT NULL'
            )
            self.env.cr.execute(
                f'SELECT id, "{column}" FROM "{model._table}"'
                f' WHERE "{column}" IS NOT NULL LIMIT 1'
            )
            values[model._table, column] = self.env.cr.fetchone()
        self.assertEqual(
            {table for table, _column in values},
            {
                "amazon_account",
                "amazon_access_token",
                "amazon_carrier_purchase",
                "amazon_customer",
                "amazon_order_pii",
                "amazon_sealed_file",
            },
        )
        self.clear()
        self.use_key(None)
        for (table, column), (number, value) in values.items():
            query = f'UPDATE "{table}" SET "{column}" = %s WHERE id = %s'
            self.env.cr.execute(query, [value, number])
            with self.assertRaisesRegex(VaultError, "Put the file back"):
                get_vault(self.env)
            self.assertFalse(self.path.exists())
            self.env.cr.execute(query, [None, number])
        get_vault(self.env)
        self.assertTrue(self.path.exists(), "nothing is encrypted: a new key is made")

    def test_all_columns_of_ciphertext_have_the_kind(self):
        """Who adds a ciphertext uses the field that the vault looks for."""
        self.env.cr.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema AND table_name LIKE 'amazon%'"
            "   AND column_name ~ 'cipher|encrypted'"
        )
        self.assertEqual(
            set(self.env.cr.fetchall()),
            {(model._table, column) for model, column in self.get_columns()},
        )

    def test_people_are_told(self):
        """Orders wait, no count of tries is used up, an activity says what to do."""
        waiting = self.store(order_json(1))
        self.use_key(None)
        self.run_cron("orders_apply")
        self.assertEqual((waiting.state, waiting.attempts), ("waiting", 0))
        note = self.account._get_alerts("key").note
        self.assertIn(str(self.path), note)
        self.make_due()
        run = self.fetch()
        self.assertEqual(run.state, "failed")
        self.assertIn("Put the file back", run.message)
        with self.assertRaisesRegex(UserError, "Put the file back"):
            self.type_credentials()
        self.assertFalse(self.path.exists())

    def test_new_key_made_by_hand(self):
        """The documented way back after the file is lost for good."""
        waiting = self.store(order_json(1))
        self.use_key(None)
        self.path.write_text(NEW + "\n")
        self.path.chmod(0o600)
        self.type_credentials()
        self.connect()
        self.run_cron("orders_apply")
        self.assertEqual(waiting.sale_order_id.state, "sale")

    def test_recovering_by_hand_says_why_not(self):
        self.store(order_json(1))
        self.use_key(NEW)
        with (
            self.enter_registry_test_mode(),
            mute_logger(APPLY_LOGGER),
            self.assertRaisesRegex(UserError, "former key"),
        ):
            self.account.recover_order("403-0000000-0000001")
