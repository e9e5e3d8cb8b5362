# SPDX-License-Identifier: LGPL-3.0-or-later
"""A new key: everything that is encrypted and hashed comes under it."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models import ir_cron

from ...models.account.credentials import read_credentials
from ...models.order.personal import open_customer, read_orders
from ...models.privacy import amazon_key_renewal, renewal
from ...models.privacy.amazon_key_renewal import DONE
from ...tools.vault import get_vault
from ..common import CRON_LOGGER, address_json, ago, order_json
from ..security.key_common import FORMER, NEW, KeyCase

BOTH = f"{NEW},{FORMER}"
HASHES = (
    ("amazon.customer", "email_digest"),
    ("amazon.customer", "identity_digest"),
    ("amazon.customer", "address_digest"),
    ("amazon.order.pii", "fingerprint"),
    ("amazon.order", "ship_state_digests"),
    ("amazon.place", "digest"),
    ("amazon.account", "authorisation_digest"),
)


def to(buyer="asha", **parts):
    """An order's block with another address."""
    return {"recipient": {"deliveryAddress": address_json(buyer, **parts)}}


@tagged("post_install", "-at_install")
class TestKeyRenewal(KeyCase):
    """S112"""

    def setUp(self):
        super().setUp()
        self.type_credentials()
        self.need_states()
        self.orders = self.receive(
            order_json(1),
            order_json(2, **to(addressLine1="Another Street 3")),
            order_json(3, buyer="li", **to("li", stateOrRegion="c/o Asha")),
        )

    def need_states(self):
        """Taxes depend on the state: what a buyer typed asks for a decision."""
        self.env["account.fiscal.position"].create(
            {
                "name": "Within the state",
                "company_id": self.company.id,
                "auto_apply": True,
                "country_id": self.env.ref("base.in").id,
                "state_ids": [(6, 0, self.env.ref("base.state_in_ka").ids)],
            }
        )
        self.channel.tax_source = "odoo"

    def renew(self, key=BOTH):
        self.use_key(key)
        self.env.flush_all()
        cron = self.env.ref("amazon_connector.ir_cron_renew_keys")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def hashes(self):
        """``{(model, field): {hash, ...}}``"""
        self.env.flush_all()
        return {
            (model, name): {
                part
                for value in self.rows(model).mapped(name)
                for part in (value or "").split()
            }
            for model, name in HASHES
        }

    def rows(self, model):
        rows = self.env[model].sudo()
        if model == "amazon.account":
            return self.account.sudo()
        domain = [("company_id", "=", self.company.id)]
        return rows.search(domain) if "company_id" in rows._fields else rows

    def done(self):
        return self.env["ir.config_parameter"].sudo().get_param(DONE)

    def test_everything_comes_under_the_new_key(self):
        """The former one can be taken away: nothing is lost, all are found again."""
        before = self.hashes()
        self.assertTrue(all(before.values()), before)
        personal = read_orders(self.orders)
        self.renew()
        after = self.hashes()
        for where, values in after.items():
            self.assertFalse(values & before[where], where)
        self.use_key(NEW)
        self.assertEqual(self.done(), get_vault(self.env).key_id)
        self.assertEqual(read_orders(self.orders), personal)
        self.assertTrue(read_credentials(self.account).get("refresh_token"))
        customers = self.orders.sale_order_id.partner_id.sudo().amazon_customer_ids
        self.assertTrue(all(map(open_customer, customers)))
        again = self.receive(
            order_json(11),
            order_json(12, **to(addressLine1="Another Street 3")),
            order_json(13, buyer="li", **to("li", stateOrRegion="c/o Asha")),
        )
        for former, new in zip(self.orders, again, strict=True):
            sale, other = former.sale_order_id, new.sale_order_id
            self.assertEqual(sale.partner_id, other.partner_id)
            self.assertEqual(sale.partner_shipping_id, other.partner_shipping_id)
        self.assertEqual(self.orders[2].place_id, again[2].place_id)
        self.assertIn("newest key", str(self.account.message_ids.mapped("body")))

    def test_the_former_key_reads_nothing_any_more(self):
        self.renew()
        self.use_key(FORMER)
        for model, field in renewal.find_ciphertexts(self.env):
            former, lost = renewal.count_former(model, field)
            count = model.sudo().search_count([(field.name, "!=", False)])
            self.assertEqual((former, lost), (0, count), field)

    def test_a_second_server_with_the_new_key_behind_reads_too(self):
        """While keys are changed, servers may have them in either order."""
        self.renew()
        self.use_key(f"{FORMER},{NEW}")
        self.assertTrue(all(read_orders(self.orders).values()))

    def test_killed_in_the_middle_goes_on(self):
        calls = []
        whole = renewal.renew_ciphertexts

        def die_after_two(*arguments):
            calls.append(arguments)
            if len(calls) > 2:
                raise RuntimeError("killed")
            return whole(*arguments)

        with (
            patch.object(amazon_key_renewal, "BATCH_SIZE", 1),
            # Odoo would try it again for ten.
            patch.object(ir_cron, "MIN_TIME_PER_JOB", 3),
            patch.object(amazon_key_renewal, "renew_ciphertexts", die_after_two),
            mute_logger(CRON_LOGGER),
        ):
            self.renew()
        self.assertGreater(len(calls), 2)
        self.assertFalse(self.done())
        self.renew()
        self.assertTrue(self.done())
        self.use_key(NEW)
        self.assertTrue(all(read_orders(self.orders).values()))

    def test_what_is_in_work_is_left_to_the_next_run(self):
        """Until then the former key counts as needed."""
        with patch.object(
            amazon_key_renewal, "renew_ciphertexts", lambda *arguments: ([], 0)
        ):
            self.renew()
        self.assertFalse(self.done())
        self.renew()
        self.assertTrue(self.done())

    def test_what_no_key_opens_holds_nothing_up(self):
        row = self.rows("amazon.order.pii")[:1]
        row.ciphertext = "gAAAA-cut-off"
        with mute_logger("odoo.addons.amazon_connector.models.privacy"):
            self.renew()
        self.assertTrue(self.done())
        self.assertEqual(row.ciphertext, "gAAAA-cut-off")

    def test_without_a_new_key_nothing_is_read(self):
        self.renew(FORMER)
        with patch.object(
            type(self.env["amazon.key.renewal"]), "_run", side_effect=AssertionError
        ):
            self.renew(FORMER)

    def test_a_buyer_who_has_two_contacts_by_now(self):
        """Who ordered while the former key was missing is not made one by this."""
        self.use_key(NEW)
        self.account.sudo().credentials_ciphertext = False
        again = self.receive(order_json(11, updated=ago(minutes=1)))
        self.assertNotEqual(
            again.sale_order_id.partner_id, self.orders[0].sale_order_id.partner_id
        )
        self.renew()
        self.assertTrue(self.done())
