# SPDX-License-Identifier: LGPL-3.0-or-later
"""Files that hold a buyer's data rest encrypted and go with the data."""

import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.order.reveal import read_contacts, register_shown
from ...models.privacy.sealed import ROUTE, open_file, seal_file
from ...tools.sealed_bytes import open_bytes, seal_bytes
from ...tools.vault import get_vault
from ..common import AmazonCase
from ..security.reveal_common import RevealMixin
from .redaction_common import RedactionCase

LABEL = b"%PDF-1.4 to Zephyrine Quixotley, Umbrellastrasse 5"


class SealedMixin(RevealMixin):
    def make_label(self, **vals):
        """An attachment of the delivery as a carrier makes it, buyer in hand."""
        contacts = read_contacts(self.order)[0]
        with register_shown(self.env, contacts, self.order):
            return self.env["ir.attachment"].create(
                {
                    "name": "label.pdf",
                    "raw": LABEL,
                    "res_model": "stock.picking",
                    "res_id": self.picking.id,
                    **vals,
                }
            )

    def sealed(self):
        return self.env["amazon.sealed.file"].search(
            [("order_ids", "in", self.order.ids)]
        )


@tagged("post_install", "-at_install")
class TestSealedFile(SealedMixin, RedactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_deliveries()

    def test_a_sealed_box_opens_whole_and_where_it_belongs(self):
        key, box = seal_bytes(LABEL, "a")
        self.assertNotIn(b"Zephyrine", box)
        self.assertEqual(open_bytes(key, box, "a"), LABEL)
        for broken, context in ((box[:-1], "a"), (box, "b"), (b"x" + box[1:], "a")):
            with self.assertRaises(ValueError):
                open_bytes(key, broken, context)

    def test_a_label_rests_encrypted(self):
        """S132, S112: attachment, index, file store, names; whoever reads it."""
        label = self.make_label(name="to_quixotley.pdf", description="Xanadupur")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(label.raw or label.datas or label.index_content)
        self.assertFalse(label.thumbnail)
        self.assertEqual((label.name, label.type), ("file.pdf", "url"))
        file = self.sealed()
        self.assertEqual(label.url, f"{ROUTE}{file.sudo().token}")
        self.assertEqual((file.kind, file.mimetype), ("delivery", "application/pdf"))
        self.assertEqual(file.amazon_order_refs, self.order.order_number)
        box = self.env["ir.attachment"].search(
            [("res_model", "=", file._name), ("res_id", "=", file.id), ("id", ">", 0)]
        )
        self.assertNotIn(b"Zephyrine", box.raw)
        self.assertEqual(open_file(file), LABEL)
        self.assertFalse(self.search_database(self.SECRETS))

    def test_a_new_content_is_sealed_too(self):
        """S132: carriers write what they made before."""
        label = self.env["ir.attachment"].create({"name": "label", "raw": b"empty"})
        contacts = read_contacts(self.order)[0]
        with register_shown(self.env, contacts, self.order):
            label.datas = base64.b64encode(LABEL)
        self.assertFalse(label.raw)
        self.assertFalse(label.index_content)
        self.assertEqual(open_file(self.sealed()), LABEL)
        label.write({"thumbnail": base64.b64encode(b"x"), "description": "seen"})
        self.assertFalse(label.thumbnail)
        self.assertEqual(label.description, "seen")

    def test_messages_and_binary_fields_hold_links(self):
        """S112, S132: what carriers post, and what they keep in fields."""
        contacts = read_contacts(self.order)[0]
        with register_shown(self.env, contacts, self.order):
            message = self.picking.message_post(
                body=self.env._("Label"), attachments=[("label.pdf", LABEL)]
            )
            self.picking.company_id.partner_id.image_1920 = False
        self.assertFalse(message.attachment_ids.raw)
        self.assertEqual(open_file(self.sealed()), LABEL)
        self.assertFalse(self.search_database(self.SECRETS))

    def test_other_attachments_are_left_alone(self):
        plain = self.env["ir.attachment"].create({"name": "plain", "raw": LABEL})
        self.assertEqual(plain.raw, LABEL)
        self.assertFalse(self.sealed())

    def test_labels_go_with_the_data(self):
        """S190: file, key, and what leads there; those of other orders stay."""
        label = self.make_label()
        file = self.sealed()
        other = self.receive(self.shipped(2))
        kept = seal_file(
            self.env,
            LABEL,
            name="b",
            kind="delivery",
            mimetype="application/pdf",
            order_ids=other.ids,
            account_id=self.account.id,
            company_id=self.company.id,
        )
        self.order.closed_on = fields.Datetime.now() - timedelta(days=2)
        other.closed_on = fields.Datetime.now()
        self.redact(days=27)
        self.assertFalse(file.exists() or label.exists())
        self.assertTrue(kept.exists())
        self.assertEqual(self.redaction.search([], limit=1).file_count, 1)

    def test_what_the_law_keeps_stays_until_then(self):
        """S106: and no longer."""
        label = self.make_label()
        file = self.sealed()
        file.kept_until = fields.Date.today() + timedelta(days=100)
        self.order.closed_on = fields.Datetime.now() - timedelta(days=30)
        self.redact()
        self.assertTrue(self.order.redacted_on)
        self.assertTrue(label.exists())
        self.redact(days=102)
        self.assertFalse(file.exists() or label.exists())

    def test_a_file_without_an_order_goes_as_well(self):
        self.make_label()
        file = self.sealed()
        file.order_ids = False
        self.redact(days=29)
        self.assertFalse(file.exists())

    def test_what_a_removed_account_left_goes_in_time(self):
        self.make_label()
        file = self.sealed()
        file.write({"account_id": False, "kept_until": fields.Date.today()})
        self.redact()
        self.assertTrue(file.exists())
        self.redact(days=2)
        self.assertFalse(file.exists())

    def test_disconnecting_deletes_the_files(self):
        label = self.make_label()
        self.account._disconnect()
        self.assertFalse(label.exists())

    def test_managers_delete_a_file_with_a_proof(self):
        self.make_label()
        file = self.sealed()
        user = new_test_user(self.env, "looks", "amazon_connector.group_user")
        with self.assertRaises(AccessError):
            file.with_user(user).action_delete()
        manager = new_test_user(self.env, "boss", "amazon_connector.group_manager")
        file.with_user(manager).action_delete()
        self.assertFalse(file.exists())
        proof = self.redaction.search([], limit=1)
        self.assertEqual((proof.trigger, proof.file_count), ("file", 1))
        self.assertEqual(proof.subject, self.order.order_number)
        self.assertEqual(proof.user_id, manager)

    def test_a_new_key_reads_it_as_long_as_the_old_one_is_there(self):
        self.make_label()
        file = self.sealed().sudo()
        get_vault(self.env).check(file.key_ciphertext)
        file.key_ciphertext = get_vault(self.env).encrypt("x", "file of another")
        self.assertIsNone(open_file(file))


@tagged("post_install", "-at_install")
class TestOpening(SealedMixin, AmazonCase, HttpCase):
    """The route that opens sealed files."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_deliveries()

    def setUp(self):
        super().setUp()
        self.label = self.make_label()

    def open_as(self, groups, url=None, **vals):
        login = f"opener{self.env['res.users'].search_count([])}"
        self.looker = new_test_user(self.env, login, groups, **vals)
        self.authenticate(login, login)
        return self.url_open(url or self.label.url)

    def assert_refused(self, answer, status=403):
        self.assertEqual(answer.status_code, status)
        self.assertNotIn("Zephyrine", answer.text)
        self.assertFalse(self.logged())

    def test_who_prints_opens_the_label(self):
        """S111, S132: also from the chatter, and each time is a row of the log."""
        answer = self.open_as("stock.group_stock_user")
        self.assertEqual(answer.content, LABEL)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        row = self.logged()
        self.assertEqual((row.kind, row.user_id), ("file", self.looker))
        self.assertEqual(row.amazon_order_ref, self.order.order_number)
        again = self.url_open(f"/web/content/{self.label.id}?download=true")
        self.assertEqual(again.content, LABEL)
        self.assertEqual(len(self.logged()), 2)

    @mute_logger("odoo.http", "odoo.addons.amazon_connector.controllers.sealed_file")
    def test_others_do_not(self):
        """S105, S132: managers and salesmen do not, nor who has an account only."""
        self.assert_refused(self.open_as("amazon_connector.group_manager"))
        self.assert_refused(self.open_as("base.group_user"))
        self.account.buyer_data_printing = "group"
        self.assert_refused(self.open_as("stock.group_stock_manager"))
        groups = "amazon_connector.group_buyer_data,stock.group_stock_user"
        self.assertEqual(self.open_as(groups).content, LABEL)

    @mute_logger("odoo.http", "odoo.addons.amazon_connector.controllers.sealed_file")
    def test_other_companies_do_not(self):
        other = self.env["res.company"].create({"name": "Second company"})
        companies = {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        groups = "amazon_connector.group_buyer_data,stock.group_stock_user"
        self.assert_refused(self.open_as(groups, **companies))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_who_may_not_see_the_record_does_not(self):
        """The group alone opens no document of Inventory."""
        answer = self.open_as("amazon_connector.group_buyer_data,base.group_user")
        may = self.picking.with_user(self.looker).has_access("read")
        if not may:
            self.assert_refused(answer)

    def test_nobody_opens_what_is_over(self):
        """S106: on the day, be the deletion late or not."""
        self.order.closed_on = fields.Datetime.now() - timedelta(days=29)
        self.assert_refused(self.open_as("stock.group_stock_user"), 404)
        self.assert_refused(self.open_as("stock.group_stock_user", f"{ROUTE}x"), 404)

    def test_the_public_is_sent_to_the_login(self):
        """S132: a link with an access token opens nothing either."""
        self.label.sudo().generate_access_token()
        token = self.label.sudo().access_token
        url = f"/web/content/{self.label.id}?access_token={token}"
        answer = self.url_open(url)
        self.assertIn("/web/login", answer.url)
        self.assertFalse(self.logged())
