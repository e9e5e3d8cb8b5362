# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders of which Amazon does not state the amounts: a human says what they are."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...sp_api import Order
from ...sp_api.proceeds import (
    AT_UNIT_PRICE,
    AT_ZERO,
    UnreadableProceeds,
    UnstatedProceeds,
    read_order,
)


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    lacks_amounts = fields.Boolean(
        readonly=True, help="Amazon does not state what the order costs."
    )
    assumed_amounts = fields.Selection(
        [(AT_UNIT_PRICE, "At Amazon's unit price"), (AT_ZERO, "At 0")],
        "Accepted Amounts",
        readonly=True,
        copy=False,
        help="The amounts that a user chose, because Amazon states none.",
    )
    assumed_by = fields.Many2one(
        "res.users", "Accepted By", readonly=True, copy=False, ondelete="set null"
    )

    def action_take_unit_price(self):
        """Take held orders without amounts at Amazon's unit price.

        :raises AccessError: for those who may not decide on amounts
        :raises UserError: for orders of which Amazon states the amounts, or no price
        """
        self._check_assumable()
        unpriced = self.filtered(lambda order: order._has_unpriced_units())
        if unpriced:
            raise UserError(
                self.env._(
                    "Amazon states no unit price for an item of %s. Accept the order "
                    "at 0, or wait until Amazon states its amounts.",
                    ", ".join(unpriced.mapped("order_number")),
                )
            )
        return self._assume_amounts(AT_UNIT_PRICE)

    def action_take_for_nothing(self):
        """Take held orders without amounts at 0.

        :raises AccessError: for those who may not decide on amounts
        :raises UserError: for orders of which Amazon states the amounts
        """
        self._check_assumable()
        return self._assume_amounts(AT_ZERO)

    @api.private
    def _check_assumable(self):
        if not self.env.user.has_group("amazon_connector.group_manager"):
            raise AccessError(
                self.env._(
                    "Only an Amazon manager can decide on the amounts of an order if "
                    "Amazon states none."
                )
            )
        self.check_access("read")
        others = self.filtered(
            lambda order: not order.lacks_amounts or order.state != "held"
        )
        if others:
            raise UserError(
                self.env._(
                    "%s is not waiting for amounts. You can only decide on the "
                    "amounts of held orders for which Amazon states none.",
                    ", ".join(others.mapped("order_number")),
                )
            )

    @api.private
    def _has_unpriced_units(self):
        """Whether Amazon states neither an amount nor a unit price for some units."""
        self.ensure_one()
        try:
            read_order(
                Order.from_json(self.sudo().payload),
                prices_include_tax=True,
                assume=AT_UNIT_PRICE,
                currency=self.channel_id.currency_id.name,
            )
        except UnreadableProceeds as error:
            return isinstance(error, UnstatedProceeds)
        return False

    @api.private
    def _assume_amounts(self, what):
        self.sudo().write({"assumed_amounts": what, "assumed_by": self.env.uid})
        return self.action_retry()
