# SPDX-License-Identifier: LGPL-3.0-or-later
"""A carrier that does everything wrong with the address that it gets."""

import base64
import json
import logging

from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tools import SQL

from ...models.carrier import lend_to_carrier, purchases
from ..common import AmazonCase, of_class_too
from ..security.reveal_common import RevealMixin

_logger = logging.getLogger("odoo.addons.delivery_blabbing")
SEEN = (
    "Zephyrine Quixotley",
    "Quixotley & Daughters",
    "Umbrellastrasse 5",
    "Xanadupur",
    "987654",
    "+91 98450 55555",
    "zephyrine@marketplace.example",
)


def read_label(picking):
    """The address as a carrier reads it."""
    partner = picking.partner_id
    names = ("name", "street", "city", "zip", "phone", "email")
    return {name: partner[name] for name in names}


class CarrierCase(RevealMixin, AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_deliveries()
        cls.carrier = cls.make_carrier()
        cls.picking.carrier_id = cls.carrier

    def setUp(self):
        super().setUp()
        # What is written apart from the transaction at hand.
        self.registry_enter_test_mode()
        self.carriers = self.registry["delivery.carrier"]
        self.patch(lend_to_carrier, "INTERNAL", ("base_on_rule",))
        self.sent = []
        self.naughty = []
        case = self

        def send(self, pickings):
            case.sent.append([read_label(picking) for picking in pickings])
            for picking in pickings:
                for act in case.naughty:
                    act(picking)
            return [
                {"exact_price": 7.5, "tracking_number": f"TRK{len(case.sent)}"}
                for _picking in pickings
            ]

        self.patch(self.carriers, "fixed_send_shipping", send)

    def keep_purchases_apart(self):
        """Write them by a connection of its own, as in life: the test's transaction
        goes back to a savepoint, and they stay."""
        self.patch(purchases, "short_transaction", self.run_apart)
        self.addCleanup(self.run_apart, None, self.forget)

    def run_apart(self, _registry, work):
        with db_connect(self.env.cr.dbname).cursor() as cr:
            return work(cr)

    def forget(self, cr):
        cr.execute(SQL("DELETE FROM amazon_carrier_purchase"))

    def fail(self):
        """Validate the delivery; something goes wrong after the label was bought."""
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.validate()
            1 // 0  # noqa: B018
        self.assertNotEqual(self.picking.state, "done")
        self.assertFalse(self.picking.carrier_tracking_ref)

    @of_class_too
    def make_carrier(self, **vals):
        product = self.env["product.product"].create(
            {"name": "Delivery", "type": "service"}
        )
        return self.env["delivery.carrier"].create(
            {
                "name": "Blabbing Express",
                "product_id": product.id,
                "integration_level": "rate_and_ship",
                **vals,
            }
        )

    def validate(self):
        """Validate the delivery as a user does."""
        picking = self.picking
        picking.move_ids.quantity = 1
        picking.move_ids.picked = True
        result = picking.with_context(skip_sms=True).button_validate()
        self.assertIs(result, True)
        self.assertEqual(picking.state, "done")

    def assert_nothing_leaked(self):
        self.env.flush_all()
        self.assertFalse(self.search_database(self.SECRETS))
        self.assert_masked()

    # What carriers do.

    def commit(self, picking):
        """All that a commit does to what Odoo has in memory."""
        picking.env.cr.flush()
        picking.env.cr.clear()

    def tell_logs(self, picking):
        picking.carrier_id.log_xml(json.dumps(read_label(picking)), "request")
        _logger.warning("Sent to %s", read_label(picking))
        _logger.debug("<street>%s</street>", picking.partner_id.street)

    def note(self, picking):
        label = read_label(picking)
        text = f"Label for {label['name']}, {label['street']}"
        picking.message_post(body=text)
        picking.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=f"Ask {label['phone']}",
            note=f"{label['zip']} {label['city']} is far",
            user_id=self.env.uid,
        )
        picking.note = f"To {label['city'].upper()}"
        picking.sale_id.client_order_ref = label["email"]

    def attach(self, picking):
        label = json.dumps(read_label(picking)).encode()
        picking.message_post(attachments=[("label.pdf", b"%PDF" + label)])
        self.env["ir.attachment"].create(
            {
                "name": f"{picking.partner_id.name}.txt",
                "datas": base64.b64encode(label),
                "mimetype": "text/plain",
                "res_model": "stock.picking",
                "res_id": picking.id,
            }
        )

    def correct(self, picking):
        """Write the address onto the contact, as its service spells it."""
        picking.partner_id.write(
            {
                "street": picking.partner_id.street.upper(),
                "partner_latitude": 12.5,
                "comment": f"Depot of {picking.partner_id.city}",
            }
        )

    def refuse(self, picking):
        label = read_label(picking)
        text = f"No depot in {label['zip']} {label['city']} for {label}"
        raise UserError(text)

    def break_down(self, picking):
        try:
            raise KeyError(picking.partner_id.street)
        except KeyError as error:
            raise ValueError("no answer") from error
