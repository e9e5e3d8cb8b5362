# SPDX-License-Identifier: LGPL-3.0-or-later
"""Carriers get the real address, and nothing keeps it."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.order.lending import lend_contacts
from ...models.order.reveal import get_shown
from ...tools.scrubbing import get_scrubber
from ..common import order_json
from .carrier_common import SEEN, CarrierCase


@tagged("post_install", "-at_install")
class TestLending(CarrierCase):
    def attachments(self):
        return self.env["ir.attachment"].search(
            [("res_model", "=", "stock.picking"), ("res_id", "=", self.picking.id)]
        )

    def test_the_carrier_gets_the_address_when_it_ships(self):
        """S112: and Odoo keeps the number, the cost and a row of the log."""
        self.validate()
        ((label,),) = self.sent
        for text in SEEN:
            self.assertIn(text, str(label))
        self.assertEqual(self.picking.carrier_tracking_ref, "TRK1")
        self.assertEqual(self.picking.carrier_price, 7.5)
        row = self.logged()
        self.assertEqual((row.kind, row.document), ("carrier", "Blabbing Express"))
        self.assertEqual(row.amazon_order_ref, self.order.order_number)
        self.assertIn("street", row.shown)
        self.assertFalse(get_shown(self.env))
        self.assertIsNone(get_scrubber())
        self.assert_nothing_leaked()

    def test_a_rate_is_that_of_the_address(self):
        """S112: also asked for by a form that is not saved, which keeps its values."""
        seen = []

        def rate(carrier, order):
            seen.append(order.partner_shipping_id.zip)
            return {
                "success": True,
                "price": 3.0,
                "error_message": False,
                "warning_message": f"far: {order.partner_shipping_id.city}",
            }

        self.patch(self.carriers, "fixed_rate_shipment", rate)
        answer = self.carrier.rate_shipment(self.sale)
        self.assertEqual(seen, ["987654"])
        self.assertEqual(answer["price"], 3.0)
        self.assertEqual(answer["warning_message"], "far: ***")
        wizard = self.env["choose.delivery.carrier"].new(
            {"order_id": self.sale.id, "carrier_id": self.carrier.id}
        )
        wizard.total_weight = 4
        wizard._onchange_carrier_id()
        self.assertEqual(seen, ["987654"] * 2)
        self.assertEqual((wizard.total_weight, wizard.delivery_price), (4, 3.0))
        self.assertEqual(len(self.logged()), 2)
        self.assert_nothing_leaked()

    def test_return_labels_have_it(self):
        """S112."""
        seen = []
        self.patch(self.carriers, "can_generate_return", True)
        self.startPatcher(
            patch.object(
                self.carriers,
                "fixed_get_return_label",
                lambda carrier, picking, *rest: seen.append(picking.partner_id.street),
                create=True,
            )
        )
        self.picking.print_return_label()
        self.carrier.get_return_label(self.picking)
        self.assertEqual(seen, ["Umbrellastrasse 5"] * 2)
        self.assertEqual(len(self.logged()), 2)

    def test_what_a_carrier_notes_and_commits_is_scrubbed(self):
        """S112: chatter, activities, any record's fields, around a commit."""
        self.naughty += [self.note, self.commit, self.note]
        self.validate()
        self.assertIn("Umbrellastrasse", str(self.sent))
        bodies = " ".join(self.picking.message_ids.mapped("body"))
        self.assertIn("Label for ***", bodies)
        self.assertIn("TRK1", bodies)
        self.assertIn("Ask ***", self.picking.activity_ids.mapped("summary"))
        self.assertIn("To ***", self.picking.note)
        self.assertEqual(self.sale.client_order_ref, "***")
        self.assert_nothing_leaked()

    def test_after_a_commit_the_carrier_still_has_it(self):
        """S112: caches emptied by a commit bring no mask back."""
        seen = []
        self.naughty += [
            self.commit,
            lambda picking: seen.append(picking.partner_id.street),
        ]
        self.validate()
        self.assertEqual(seen, ["Umbrellastrasse 5"])

    def test_what_a_carrier_logs_is_scrubbed(self):
        """S112: `log_xml` and Python's loggers, at debug."""
        self.carrier.debug_logging = True
        self.naughty.append(self.tell_logs)
        with self.assertLogs(level="DEBUG") as logs:
            self.validate()
        told = "\n".join(logs.output)
        self.assertIn("Sent to", told)
        for secret in self.SECRETS:
            self.assertNotIn(secret, told)
        rows = self.env["ir.logging"].search([("func", "=", "request")])
        self.assertIn("Left out", rows[-1:].message)
        self.assert_nothing_leaked()

    def test_labels_are_sealed(self):
        """S112: no clear copy, no index, no name that tells."""
        self.naughty.append(self.attach)
        self.validate()
        found = self.attachments()
        self.assertEqual(len(found), 2)
        for attachment in found:
            self.assertEqual(attachment.type, "url")
            self.assertFalse(attachment.raw)
            self.assertFalse(attachment.index_content)
            self.assertNotIn("Zephyrine", attachment.name)
        files = self.env["amazon.sealed.file"].sudo().search([])
        self.assertEqual(files.order_ids, self.order)
        self.assert_nothing_leaked()

    def test_what_left_without_odoo_buys_no_label(self):
        """Amazon knows the parcel already; Odoo only closes the delivery."""
        self.picking._close_as_amazon_says({self.picking.move_ids.sale_line_id: 1.0})
        self.assertEqual(self.picking.state, "done")
        self.assertFalse(self.sent)
        self.assertFalse(self.logged())

    def test_labels_that_are_fetched_again_are_sealed_too(self):
        """S112: outside of the calls that Odoo knows; after the deletion: not kept."""
        self.picking.message_post(attachments=[("again.pdf", b"%PDF Zephyrine")])
        label = self.attachments()
        self.assertEqual((label.type, label.name), ("url", "again.pdf"))
        self.assert_nothing_leaked()
        self.order._redact_now()
        message = self.picking.message_post(attachments=[("late.pdf", b"%PDF Zeph")])
        self.assertFalse(message.attachment_ids)

    def test_mails_and_others_deliveries_keep_their_files(self):
        message = self.picking.message_post(
            attachments=[("a.txt", b"mail")], message_type="email"
        )
        self.assertEqual(message.attachment_ids.raw, b"mail")
        plain = self.picking.copy({"sale_id": False, "partner_id": False})
        plain.carrier_id = self.carrier
        message = plain.message_post(attachments=[("b.txt", b"plain")])
        self.assertEqual(message.attachment_ids.raw, b"plain")

    def test_an_error_does_not_tell_the_address(self):
        """S112: what the carrier says stays, without it."""
        self.naughty.append(self.refuse)
        with self.assertRaises(UserError) as refused:
            self.validate()
        message = str(refused.exception)
        self.assertTrue(message.startswith("No depot in ***"), message)
        for secret in self.SECRETS:
            self.assertNotIn(secret, message)
        self.assertIsNone(refused.exception.__context__)

    def test_a_breakdown_does_not_either(self):
        """S112: not even by what caused it; others come through as they are."""
        self.naughty.append(self.break_down)
        with self.assertRaises(UserError) as refused:
            self.carrier.send_shipping(self.picking)
        self.assertIn("ValueError", str(refused.exception))
        self.assertIsNone(refused.exception.__context__)
        self.naughty[:] = [lambda picking: 1 // 0]
        with self.assertRaises(ZeroDivisionError):
            self.carrier.send_shipping(self.picking)
        self.assertFalse(get_shown(self.env))
        self.assert_nothing_leaked()

    @mute_logger("odoo.sql_db")
    def test_a_transaction_that_failed_in_the_database_stays_failed(self):
        def fail(picking):
            picking.note = picking.partner_id.street
            picking.env.cr.execute("SELECT no_such_column")

        self.naughty.append(fail)
        with (
            self.assertRaisesRegex(Exception, "no_such_column"),
            self.env.cr.savepoint(),
        ):
            self.carrier.send_shipping(self.picking)
        self.assertFalse(get_shown(self.env))
        self.assert_nothing_leaked()

    def test_the_second_of_many_fails_without_telling(self):
        """S112: Odoo notes it on the delivery, and the first one is shipped."""
        other = self.receive(order_json(2, buyer="somebody"))
        second = other.sale_order_id.picking_ids
        second.carrier_id = self.carrier
        self.naughty.append(lambda picking: picking == second and self.refuse(picking))
        both = self.picking | second
        both.move_ids.quantity = 1
        both.move_ids.picked = True
        both.with_context(skip_sms=True).button_validate()
        self.assertEqual(set(both.mapped("state")), {"done"})
        self.assertEqual(self.picking.carrier_tracking_ref, "TRK1")
        bodies = " ".join(second.message_ids.mapped("body"))
        self.assertIn("No depot in ***", bodies)
        self.assertFalse(self.search_database(["Hidden Street", "Secretname"]))
        self.assert_nothing_leaked()

    def test_the_contact_keeps_its_mask(self):
        """S112: whatever a carrier writes onto it; the label is not lost for that."""
        self.naughty += [self.correct, self.commit]
        self.validate()
        partner = self.sale.partner_shipping_id
        self.assertFalse(partner.street)
        self.assertFalse(partner.partner_latitude)
        self.assertIn("Depot of ***", partner.comment)
        self.assert_nothing_leaked()

    def test_stored_computed_fields_are_those_of_the_mask(self):
        """S112: also those that were computed, and stored, while it was off."""
        partner = self.sale.partner_shipping_id
        masked = partner.complete_name

        def compute(picking):
            field = picking.partner_id._fields["complete_name"]
            self.env.add_to_compute(field, picking.partner_id)
            self.commit(picking)
            self.env.add_to_compute(field, picking.partner_id)

        self.naughty.append(compute)
        self.validate()
        self.assertEqual(partner.complete_name, masked)
        self.assertNotIn("***", partner.complete_name)
        self.assert_nothing_leaked()

    def test_the_answer_tells_nothing_to_who_calls(self):
        """S112: server actions call carriers, too."""

        def send(carrier, pickings):
            label = {
                "to": pickings.partner_id.street,
                "lines": [pickings.partner_id.zip],
            }
            return [{"exact_price": 1, "tracking_number": "T", "pdf": b"x", **label}]

        self.patch(self.carriers, "fixed_send_shipping", send)
        (answer,) = self.carrier.send_shipping(self.picking)
        self.assertEqual((answer["exact_price"], answer["tracking_number"]), (1, "T"))
        self.assertEqual((answer["to"], answer["lines"]), ("***", ["***"]))
        self.assertNotIn("pdf", answer)

    def test_others_parcels_go_as_ever(self):
        """No block, no log, for a contact that is nobody's on Amazon."""
        eve = self.env["res.partner"].create({"name": "Eve", "street": "1 Road"})
        plain = self.picking.copy({"sale_id": False, "partner_id": eve.id})
        self.carrier.send_shipping(plain)
        self.assertEqual(self.sent[0][0]["name"], "Eve")
        self.assertFalse(self.logged())

    def test_odoos_own_providers_need_no_address(self):
        """They send nothing, so nothing is opened or logged."""
        self.patch(
            self.registry["delivery.carrier"], "fixed_send_shipping", lambda c, p: []
        )
        with patch(
            "odoo.addons.amazon_connector.models.carrier.lend_to_carrier.INTERNAL",
            ("fixed",),
        ):
            self.carrier.send_shipping(self.picking)
        self.assertFalse(self.logged())

    def test_another_contact_that_a_user_chose_is_left_alone(self):
        eve = self.env["res.partner"].create({"name": "Eve", "street": "1 Road"})
        self.picking.partner_id = eve
        self.carrier.send_shipping(self.picking)
        self.assertEqual(self.sent[0][0]["street"], "1 Road")

    def test_without_an_address_no_label_is_bought(self):
        """S112, S106: the message says what to do."""
        self.env["amazon.order.pii"].sudo().search([]).unlink()
        with self.assertRaisesRegex(UserError, "Direct-to-Consumer"):
            self.carrier.send_shipping(self.picking)
        self.order._redact_now()
        with self.assertRaisesRegex(UserError, "was deleted on .*Buy Shipping"):
            self.carrier.send_shipping(self.picking)
        self.patch(self.carriers, "can_generate_return", True)
        with self.assertRaisesRegex(UserError, "was deleted on"):
            self.carrier.get_return_label(self.picking)
        rate = self.carrier.rate_shipment(self.sale)
        self.assertFalse(rate["success"])
        self.assertIn("was deleted on", rate["error_message"])
        self.assertFalse(self.sent)

    def test_an_address_that_a_user_typed_counts(self):
        self.env["amazon.order.pii"].sudo().search([]).unlink()
        self.sale.partner_shipping_id.street = "2 Typed Road"
        self.carrier.send_shipping(self.picking)
        self.assertEqual(self.sent[0][0]["street"], "2 Typed Road")

    def test_forms_keep_what_was_typed(self):
        """Only records are read anew."""
        values = {self.sale.partner_id.id: {"street": "1 Real Road"}}
        form = self.env["res.partner"].new({"name": "typed"})
        lend_contacts(self.env, values, self.order, lambda: form.name, str)
        self.assertEqual(form.name, "typed")
