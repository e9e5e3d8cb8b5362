# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, float_is_zero

from ...tools.context import DELIVERIES_DONE


class AmazonDeliveryDivide(models.TransientModel):
    """Asks which parcel holds what, where a delivery has several tracking numbers.

    Each number gets a package of Odoo's; Amazon is told of a parcel per package.
    """

    _name = "amazon.delivery.divide"
    _description = "Divide a delivery over its tracking numbers"

    picking_id = fields.Many2one("stock.picking", "Delivery", required=True)
    picking_ids = fields.Many2many(
        "stock.picking", string="Transfers", help="What is validated afterwards."
    )
    line_ids = fields.One2many(
        "amazon.delivery.divide.line", "wizard_id", "Contents of the Parcels"
    )

    @api.model
    def _open_for(self, picking, to_validate=None):
        """The dialog's action; what is packed already is proposed.

        :param to_validate: the transfers whose validation asked for it
        """
        picking.check_access("write")
        wizard = self.create(
            {
                "picking_id": picking.id,
                "picking_ids": [Command.set(to_validate.ids if to_validate else [])],
                "line_ids": [
                    Command.create(vals) for vals in self._propose_lines(picking)
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which parcel holds what?"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
            "context": dict(self.env.context),
        }

    @api.model
    def _propose_lines(self, picking):
        """Values of the dialog's lines, all numbers of a product one below the other:
        what is packed already stays where it is, the rest is in the first parcel."""
        vals_list = []
        numbers = picking._get_tracking_numbers()
        lines = picking._get_amazon_lines_to_divide()
        packages = lines.result_package_id.sorted("id")
        places = {
            package: min(i, len(numbers) - 1) for i, package in enumerate(packages)
        }
        for move, own in lines.grouped("move_id").items():
            for position, number in enumerate(numbers):
                here = own.filtered(
                    lambda line, p=position: places.get(line.result_package_id, 0) == p
                )
                vals_list.append(
                    {
                        "tracking_number": number,
                        "move_id": move.id,
                        "quantity": sum(here.mapped("quantity_product_uom")),
                    }
                )
        return vals_list

    def _get_units(self):
        """``{move: how much the delivery holds of it}``, in the product's own unit."""
        lines = self.picking_id._get_amazon_lines_to_divide()
        return {
            move: sum(own.mapped("quantity_product_uom"))
            for move, own in lines.grouped("move_id").items()
        }

    def action_divide(self):
        """Pack the delivery by these quantities, then go on with its validation.

        :raises UserError: when the quantities are not those of the delivery, or a
            number holds nothing
        """
        self.ensure_one()
        picking = self.picking_id
        picking.check_access("write")
        numbers = picking._get_tracking_numbers()
        shown = list(dict.fromkeys(self.line_ids.mapped("tracking_number")))
        if not shown or numbers != shown:
            raise UserError(
                self.env._(
                    "The tracking numbers were changed meanwhile. Close this window "
                    "and open it again."
                )
            )
        self.line_ids._check_quantities()
        self._pack(picking, numbers)
        return self.picking_ids._validate_for_dialog()

    def action_go_on(self):
        """Validate without dividing; the delivery says of which numbers Amazon does
        not hear."""
        self.ensure_one()
        pickings = self.picking_ids.with_context(amazon_untold_anyway=True)
        return pickings._validate_for_dialog()

    def _pack(self, picking, numbers):
        """Give each number its package, and each package its units.

        Of a delivery that is done Amazon hears once, when all is packed.
        """
        quiet = picking.with_context(**DELIVERIES_DONE(frozenset(picking.ids)))
        lines = quiet._get_amazon_lines_to_divide()
        packages = list(lines.result_package_id.sorted("id"))[: len(numbers)]
        for number in numbers[len(packages) :]:
            packages.append(self.env["stock.package"].create({"name": number}))
        for move, own in lines.grouped("move_id").items():
            wanted = self.line_ids.filtered(lambda w, m=move: w.move_id == m)
            shares = [
                (packages[numbers.index(line.tracking_number)], line.quantity)
                for line in wanted
                if not line._is_empty()
            ]
            own._divide_over_packages(shares)
        if picking.state == "done":
            Shipment = self.env["amazon.shipment"].sudo()
            Shipment._follow_quantities(picking.sudo())
            Shipment._follow_deliveries(picking.sudo())


class AmazonDeliveryDivideLine(models.TransientModel):
    _name = "amazon.delivery.divide.line"
    _description = "Units of a product in one parcel"
    _order = "id"

    wizard_id = fields.Many2one(
        "amazon.delivery.divide", required=True, ondelete="cascade"
    )
    tracking_number = fields.Char(readonly=True)
    move_id = fields.Many2one("stock.move", required=True, readonly=True)
    product_name = fields.Char(compute="_compute_product")
    uom_name = fields.Char("Unit", compute="_compute_product")
    quantity = fields.Float(digits="Product Unit")
    left = fields.Float(
        "Not Divided",
        compute="_compute_left",
        digits="Product Unit",
        help="What is in no parcel yet; below zero: more than the delivery holds.",
    )

    @api.depends("wizard_id.line_ids.quantity")
    def _compute_left(self):
        for wizard, lines in self.grouped("wizard_id").items():
            held = wizard._get_units()
            for move, own in lines.grouped("move_id").items():
                siblings = wizard.line_ids.filtered(lambda w, m=move: w.move_id == m)
                divided = sum((siblings or own).mapped("quantity"))
                own.left = held.get(move, 0.0) - divided

    @api.depends("move_id")
    def _compute_product(self):
        for line in self:
            # Scripts may name any move.
            product = line.move_id._filtered_access("read").product_id
            line.product_name = product.display_name
            line.uom_name = product.uom_id.name

    def _is_empty(self):
        rounding = self.move_id.product_id.uom_id.rounding
        return float_is_zero(self.quantity, precision_rounding=rounding)

    def _check_quantities(self):
        """
        :raises UserError: saying what is not divided, or which number is empty
        """
        held = self.wizard_id._get_units()
        if set(self.move_id) != set(held):
            raise UserError(
                self.env._(
                    "The delivery was changed meanwhile. Close this window and open "
                    "it again."
                )
            )
        for move, own in self.grouped("move_id").items():
            units = held[move]
            divided = sum(own.mapped("quantity"))
            rounding = move.product_id.uom_id.rounding
            if any(line.quantity < 0 for line in own) or float_compare(
                units, divided, precision_rounding=rounding
            ):
                raise UserError(
                    self.env._(
                        "%(product)s: the delivery holds %(units)g, and %(divided)g "
                        "are divided. Change the quantities until both are equal.",
                        product=move.product_id.display_name,
                        units=units,
                        divided=divided,
                    )
                )
        for number, own in self.grouped("tracking_number").items():
            if all(line._is_empty() for line in own):
                raise UserError(
                    self.env._(
                        "Parcel %s holds nothing: give it something, or take its "
                        "number off the delivery.",
                        number,
                    )
                )
