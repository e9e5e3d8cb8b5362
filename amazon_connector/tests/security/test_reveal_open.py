# SPDX-License-Identifier: LGPL-3.0-or-later
"""While buyers are shown: what searches, commits and other people get; odd data."""

from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.order.reveal import get_shown, read_contacts, show_contacts
from ..common import AmazonCase
from .reveal_common import SHOWN, SLIP, RevealMixin

HTTP = "odoo.http"


@tagged("post_install", "-at_install")
class TestRevealOpen(RevealMixin, AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_deliveries()
        cls.partner = cls.sale.partner_shipping_id

    def test_searches_and_groups_do_not_know_the_name(self):
        """S110: the database has the mask, also while the name is shown."""
        contacts = self.env["res.partner"]
        with show_contacts(self.env, self.shown()):
            self.assertEqual(contacts.name_search("Zephyrine"), [])
            domain = [("street", "ilike", "Umbrellastrasse")]
            self.assertEqual(contacts.search_read(domain, ["name"]), [])
            groups = contacts._read_group(
                [("id", "=", self.partner.id)], ["name", "city"]
            )
            self.assertNotIn("Zephyrine", str(groups))
            [read] = contacts.search_read([("id", "=", self.partner.id)], ["street"])
            self.assertEqual(read["street"], "Umbrellastrasse 5")
        self.assertEqual(contacts.name_search("Zephyrine"), [])

    def test_nothing_is_committed_meanwhile(self):
        """S132: what a template has written with a value in it must be undone."""
        with self.assertRaises(UserError), show_contacts(self.env, self.shown()):
            self.sale.note = self.partner.street
            self.env.cr.commit()  # pylint: disable=invalid-commit
        self.assertFalse(get_shown(self.env))
        self.assert_masked()
        self.assertNotIn("Umbrella", str(self.sale.note))
        self.assertFalse(self.search_database(self.SECRETS))

    def test_commits_go_through_afterwards(self):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr)
            with show_contacts(env, {self.partner.id: {"name": "Zephyrine"}}):
                pass
            cr.commit()  # pylint: disable=invalid-commit
            self.assertNotIn("commit", vars(cr))

    def test_deletion_while_a_slip_is_printed(self):
        """What the print has read is printed; the data do not come back."""
        shown = self.shown()
        self.order._redact_now()
        self.partner.sudo().amazon_customer_ids._redact()
        with show_contacts(self.env, shown):
            self.assertEqual(self.partner.street, "Umbrellastrasse 5")
        self.assertEqual(self.partner.street, "REDACTED")
        self.assertEqual(self.shown(), {})
        self.assertFalse(self.search_database(self.SECRETS))

    def test_ciphertext_that_was_cut_off_or_changed_leaves_the_mask(self):
        row = self.env["amazon.order.pii"].sudo()
        row = row.search([("order_id", "=", self.order.id)])
        whole = row.ciphertext
        for broken in (whole[: len(whole) // 2], "", whole[:-8] + "AAAAAAA=", "{}"):
            row.ciphertext = broken
            self.assertEqual(read_contacts(self.order)[0], {}, broken)

    def test_a_contact_that_a_user_deleted(self):
        """Its data go with it; who orders again gets a new one."""
        customer = self.partner.sudo().amazon_customer_ids
        self.order.sudo().sale_order_id = False
        other = self.env["res.partner"].create({"name": "Somebody"})
        contacts = ("partner_id", "partner_invoice_id", "partner_shipping_id")
        self.sale.write(dict.fromkeys(contacts, other.id))
        self.picking.partner_id = other
        self.picking.move_ids.partner_id = other
        self.partner.unlink()
        self.assertFalse(customer.exists())
        again = self.receive(self.everything_personal(number=2))
        partner = again.sale_order_id.partner_shipping_id
        self.assertEqual(
            read_contacts(again)[0][partner.id]["street"], "Umbrellastrasse 5"
        )


@tagged("post_install", "-at_install")
class TestRevealPages(RevealMixin, AmazonCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_deliveries()

    def open_as(self, groups, path):
        login = f"reader{self.env['res.users'].search_count([])}"
        new_test_user(self.env, login, groups)
        self.authenticate(login, login)
        return self.url_open(path)

    def slip(self):
        return f"/report/html/{SLIP}/{self.picking.id}"

    def test_the_page_of_a_slip_is_shown_and_logged(self):
        """S111, S132: a browser may print it without wkhtmltopdf."""
        answer = self.open_as("stock.group_stock_user", self.slip())
        for text in SHOWN:
            self.assertIn(text, answer.text)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(len(self.logged()), 1)
        self.assertFalse(self.search_database(self.SECRETS))

    @mute_logger(HTTP, "odoo.addons.base.models.ir_rule")
    def test_portal_users_see_nothing(self):
        """S110: neither the slip, nor the order that they follow."""
        self.sale._portal_ensure_token()
        order = f"{self.sale.access_url}?access_token={self.sale.access_token}"
        for path in (self.slip(), order):
            answer = self.open_as("base.group_portal", path)
            for text in self.SECRETS:
                self.assertNotIn(text, answer.text)
        self.assertFalse(self.logged())

    def test_after_the_deletion_a_slip_says_redacted(self):
        """S191"""
        self.order._redact_now()
        self.sale.partner_id.sudo().amazon_customer_ids._redact()
        answer = self.open_as("stock.group_stock_user", self.slip())
        self.assertIn("REDACTED", answer.text)
        for text in self.SECRETS:
            self.assertNotIn(text, answer.text)
        self.assertFalse(self.logged())
