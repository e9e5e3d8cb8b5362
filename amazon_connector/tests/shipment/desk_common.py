# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of the shipping desk share: users who ship, and their screens."""

from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import new_test_user

from ...models.shipment import stock_picking_stop
from ..common import AmazonCase, ago, of_class_too
from .shipment_common import ShipmentMixin

PATH = "/web/dataset/call_button/stock.picking/button_validate"
SCREEN = SimpleNamespace(httprequest=SimpleNamespace(path=PATH))


class CompleteCase(ShipmentMixin, AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = new_test_user(
            cls.env,
            "warehouse worker",
            groups="base.group_user,amazon_connector.group_warehouse",
        )
        cls.bluedart = cls.env.ref("amazon_connector.carrier_code_bluedart")

    @of_class_too
    def order_to_pick(self, number=1, quantity=2):
        binding = self.receive(self.order_of(quantity, number=number))
        return binding, self.picking_of(binding).with_user(self.worker)

    def press_validate(self, pickings):
        """As in the web client; ``action`` of the dialog, or what Odoo returns."""
        with patch.object(stock_picking_stop, "request", SCREEN):
            return pickings.with_context(skip_sms=True).button_validate()

    def ask(self, pickings):
        action = self.press_validate(pickings)
        self.assertEqual(action["res_model"], "amazon.delivery.complete")
        Wizard = self.env["amazon.delivery.complete"].with_user(self.worker)
        return Wizard.with_context(**action["context"]).browse(action["res_id"])

    def press(self, wizard, button):
        with patch.object(stock_picking_stop, "request", SCREEN):
            return getattr(wizard, button)()


class DeskCase(ShipmentMixin, AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()
        cls.worker = new_test_user(
            cls.env, "desk worker", groups="base.group_user,stock.group_stock_user"
        )

    def order_due(self, hours, number, *quantities, **fulfillment):
        """An order that is to be shipped in so many hours."""
        order = self.order_of(*quantities or (2,), number=number)
        order["fulfillment"].update(
            shipByWindow={
                "earliestDateTime": ago(days=1),
                "latestDateTime": ago(hours=-hours),
            },
            **fulfillment,
        )
        return order

    def desk(self, *domain, user=None):
        Picking = self.env["stock.picking"].with_user(user or self.env.user)
        return Picking.search(
            [("amazon_to_ship", "=", True), *domain], order="amazon_ship_by, id"
        )

    def refresh(self):
        self.env.flush_all()
        self.env.invalidate_all()
