# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of shipments share: a delivery method, deliveries, their shipments."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from .. import common
from ..common import (
    CLIENT_LOGGERS,
    SYNC_LOGGER,
    SimulatorCase,
    item_json,
    of_class_too,
    order_json,
)

LOGGERS = (SYNC_LOGGER, *CLIENT_LOGGERS)
# Told of what is shipped, Amazon creates nothing that is sold.
TELLING = {"confirmShipment", "createFeed", "createFeedDocument", "uploadDocument"}


class ShipmentMixin:
    """For a case of the connector: orders that Odoo delivers."""

    @of_class_too
    def set_up_carrier(self):
        self.method = self.env["delivery.carrier"].create(
            {
                "name": "Our courier",
                "product_id": self.env["product.product"]
                .create({"name": "Courier", "type": "service"})
                .id,
            }
        )
        self.carrier = self.env["amazon.carrier"].create(
            {
                "delivery_carrier_id": self.method.id,
                "code_id": self.env.ref("amazon_connector.carrier_code_dtdc").id,
                "shipping_method": "Express",
            }
        )

    @of_class_too
    def order_of(self, *quantities, number=1, **options):
        """An order with so many units of SKU-A, SKU-B."""
        items = [
            item_json(sku, quantity, number=str(position))
            for position, (sku, quantity) in enumerate(
                zip(("SKU-A", "SKU-B"), quantities, strict=False), 1
            )
        ]
        return order_json(number, items, **options)

    @of_class_too
    def picking_of(self, binding):
        return binding.sale_order_id.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )

    @of_class_too
    def deliver(self, binding, tracking="TRK1", quantities=None):
        """Validate an order's delivery, in part if quantities per SKU are given.

        :return: the delivery
        """
        picking = self.picking_of(binding)
        picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": tracking})
        self.set_quantities(picking, quantities)
        self.validate(picking)
        return picking

    @of_class_too
    def set_quantities(self, picking, quantities):
        for move in picking.move_ids:
            if quantities is not None:
                move.quantity = quantities.get(move.product_id.default_code, 0)
            move.picked = bool(move.quantity)

    @of_class_too
    def validate(self, picking):
        """As a script does: answer the question for a back order with yes."""
        picking.with_context(skip_backorder=True).button_validate()
        if set(picking.mapped("state")) != {"done"}:
            raise AssertionError(f"not delivered: {picking.mapped('name')}")

    def pack(self, picking, contents):
        """Put units per SKU into one package per entry, as the user's scanner does.

        :param contents: ``[{sku: units}]``
        :return: the packages
        """
        packages = self.env["stock.package"]
        for move in picking.move_ids:
            move.move_line_ids.unlink()
        for number, content in enumerate(contents, 1):
            package = packages.create({"name": f"{picking.name} box {number}"})
            packages |= package
            for move in picking.move_ids:
                if units := content.get(move.product_id.default_code):
                    self.env["stock.move.line"].create(
                        {
                            "move_id": move.id,
                            "picking_id": picking.id,
                            "product_id": move.product_id.id,
                            "product_uom_id": move.product_uom.id,
                            "quantity": units,
                            "picked": True,
                            "location_id": move.location_id.id,
                            "location_dest_id": move.location_dest_id.id,
                            "result_package_id": package.id,
                        }
                    )
        return packages

    def shipments_of(self, binding):
        return self.env["amazon.shipment"].search(
            [("order_id", "=", binding.id)], order="id"
        )

    def units_of(self, shipment):
        """``{SKU: units}`` of a shipment."""
        return {
            line.order_line_id.seller_sku: line.quantity for line in shipment.line_ids
        }


class ShipmentSyncCase(ShipmentMixin, SimulatorCase):
    """Orders of the simulator, delivered in Odoo and told back to it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()

    def setUp(self):
        super().setUp()
        harmless = common.HARMLESS_OPERATIONS | TELLING
        patcher = patch.object(common, "HARMLESS_OPERATIONS", harmless)
        patcher.start()
        self.addCleanup(patcher.stop)
        self.shipments_task = self.account._get_task("shipments")
        self.shipments_task.write({"next_run": fields.Datetime.now()})

    def place(self, *quantities, number=1, **options):
        """An order at Amazon that is applied in Odoo; returns its binding."""
        order = self.order_of(*quantities, number=number, **options)
        self.simulator.put_orders("IN", [order])
        return self.receive(order)

    def send(self):
        with mute_logger(*LOGGERS):
            self.run_cron("shipments_fetch")

    def poll(self):
        """As the poll of orders does, when Amazon's index has followed."""
        self.simulator.clock.advance(300)
        self.task.cursor_ids.watermark = fields.Datetime.now() - timedelta(days=2)
        self.make_due()
        self.fetch_and_apply()

    def at_amazon(self, binding):
        return self.simulator.find_order(binding.order_number)[1].data

    def packages_at_amazon(self, binding):
        return [
            (package["trackingNumber"], package["packageReferenceId"])
            for package in self.at_amazon(binding).get("packages", [])
        ]

    def confirmations(self):
        return self.calls("confirmShipment")

    def wait_over(self, shipments, **span):
        """As if the time to the next try were over."""
        for shipment in shipments:
            shipment._set({"retry_at": fields.Datetime.now() - timedelta(seconds=1)})
