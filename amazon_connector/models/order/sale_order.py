# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "amazon.guard"]
    _rec_names_search = ["name", "partner_id.name", "amazon_order_ref"]

    amazon_order_id = fields.Many2one(
        "amazon.order",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    amazon_order_ref = fields.Char(
        "Amazon Order ID", copy=False, readonly=True, index="trigram"
    )
    amazon_channel_id = fields.Many2one(
        "amazon.channel", copy=False, readonly=True, index="btree_not_null"
    )
    amazon_channel_name = fields.Char(
        "Amazon Channel Name", related="amazon_channel_id.name"
    )
    amazon_marketplace_name = fields.Char(
        "Marketplace Name", related="amazon_channel_id.marketplace_id.name"
    )
    amazon_marketplace_id = fields.Many2one(related="amazon_channel_id.marketplace_id")
    amazon_state = fields.Selection(
        related="amazon_order_id.state", string="Amazon Sync State"
    )
    amazon_reason = fields.Text(related="amazon_order_id.reason")
    amazon_frozen = fields.Boolean(
        copy=False,
        readonly=True,
        help="An item is not linked to a product: the order is waiting for a user.",
    )
    amazon_difference = fields.Monetary(
        "Difference from Amazon",
        compute="_compute_amazon_difference",
        compute_sudo=True,
        help="Amazon's total minus this order's.",
    )

    _amazon_order_unique = models.UniqueIndex(
        "(amazon_order_id) WHERE amazon_order_id IS NOT NULL",
        "An Amazon order can have only one sales order.",
    )
    # What a former installation left; nothing in daily work.
    _amazon_left_behind_idx = models.Index(
        "(amazon_order_ref)"
        " WHERE amazon_order_id IS NULL AND amazon_order_ref IS NOT NULL"
    )

    @api.depends(
        "amount_total",
        "state",
        "amazon_order_id.amount_total",
        "amazon_order_id.currency_id",
        "order_line.extra_tax_data",
    )
    def _compute_amazon_difference(self):
        for order in self:
            order.amazon_difference = 0.0
            if order.amazon_order_id and order.state != "cancel":
                difference = order._get_amazon_total() - order.amount_total
                order.amazon_difference = order.currency_id.round(difference)

    def _get_amazon_total(self):
        """Amazon's total; that of the lines as they came where it states none."""
        self.ensure_one()
        if self.amazon_order_id.currency_id:
            return self.amazon_order_id.amount_total
        return sum(
            pin["manual_total_excluded_currency"]
            + sum(
                amounts["tax_amount_currency"]
                for amounts in pin["manual_tax_amounts"].values()
            )
            for pin in self.order_line.filtered("amazon_charge").mapped(
                "extra_tax_data"
            )
            if pin
        )

    def _get_amazon_bindings(self):
        """The Amazon orders that these sales orders repeat, as superuser.

        What is done as superuser is done to these: theirs, and of the same company, as
        it is stored, whatever a form that is not saved says.
        """
        own = self._origin.sudo().filtered(
            lambda order: (
                order.amazon_order_id.sale_order_id == order
                and order.amazon_order_id.company_id == order.company_id
            )
        )
        return own.amazon_order_id

    def _check_amazon_write(self, vals):
        """Override: the company is that of the Amazon account."""
        company = self.company_id.browse(vals.get("company_id", ()))
        for order in self.filtered("amazon_order_id"):
            if "company_id" in vals and order.company_id != company:
                raise UserError(
                    self.env._(
                        "%(order)s comes from an Amazon order, which belongs to "
                        "%(company)s: its company cannot be changed.",
                        order=order.display_name,
                        company=order.company_id.name,
                    )
                )
        return super()._check_amazon_write(vals)

    def _prepare_confirmation_values(self):
        """Override of `sale`: an Amazon order keeps the date it was placed on."""
        values = super()._prepare_confirmation_values()
        if self and all(order.amazon_order_id for order in self):
            values.pop("date_order", None)
        return values

    def action_confirm(self):
        """Override of `sale`: confirm Amazon orders apart, they keep their dates."""
        amazon = self.filtered("amazon_order_id")
        if amazon and amazon != self:
            # One write cannot both keep and set the date.
            return (
                super(SaleOrder, amazon).action_confirm()
                and super(SaleOrder, self - amazon).action_confirm()
            )
        return super().action_confirm()

    def _confirmation_error_message(self):
        """Override of `sale`: refuse what Amazon's data does not allow yet."""
        if self.amazon_frozen:
            return self._get_frozen_error()
        if self.amazon_order_id.sudo().state == "held":
            return self.env._(
                "%(order)s is held: %(reason)s",
                order=self.display_name,
                reason=self.amazon_order_id.sudo().reason,
            )
        return super()._confirmation_error_message()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_amazon(self):
        for order in self:
            if order.amazon_order_id:
                text = self.env._(
                    "%(order)s belongs to Amazon order %(number)s and cannot be "
                    "deleted. Cancel it instead.",
                    order=order.display_name,
                    number=order.amazon_order_ref,
                )
                if order.amazon_frozen:
                    text += f"\n\n{order._get_frozen_error()}"
                raise UserError(text)

    def action_open_amazon_order(self):
        """Open what Amazon says about this order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "amazon.order",
            "res_id": self.amazon_order_id.id,
            "views": [(False, "form")],
        }
