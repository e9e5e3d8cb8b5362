# SPDX-License-Identifier: LGPL-3.0-or-later
"""Push stock: send what Odoo has of listings now (S158), and why some are not sent."""

from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.notifications import notify
from ...tools.optional_integer import OptionalInteger


class AmazonListing(models.Model):
    _inherit = "amazon.listing"

    stock_quantity = fields.Integer(
        related="stock_level_id.quantity", string="Odoo's Quantity"
    )
    stock_sent_quantity = fields.Integer(related="stock_level_id.sent_quantity")
    stock_sent_at = fields.Datetime(related="stock_level_id.sent_at")
    stock_state = fields.Selection(
        related="stock_level_id.state", string="Quantity State"
    )
    stock_on_amazon = OptionalInteger(
        "On Amazon",
        compute="_compute_stock_on_amazon",
        help="The last quantity read; buyers may have ordered since.",
    )
    stock_on_amazon_at = fields.Datetime(
        "Quantity Read On", compute="_compute_stock_on_amazon", help="When it was read."
    )
    stock_difference = OptionalInteger(
        "Difference",
        compute="_compute_stock_on_amazon",
        help="Odoo's quantity minus the quantity on Amazon.",
    )
    stock_reason = fields.Text(
        "Quantity Note",
        compute="_compute_stock_reason",
        help="Why nothing is sent, or why the quantity differs from what one would "
        "expect.",
    )

    @api.depends(
        "amazon_quantity",
        "quantity_known",
        "read_at",
        "stock_level_id.quantity",
        "stock_level_id.confirmed_quantity",
        "stock_level_id.confirmed_at",
    )
    def _compute_stock_on_amazon(self):
        for listing in self:
            level = listing.stock_level_id
            read_at = listing.read_at
            listing.stock_on_amazon = listing._get_told_quantity()
            if level.confirmed_at and (not read_at or level.confirmed_at >= read_at):
                read_at = level.confirmed_at
                listing.stock_on_amazon = level.confirmed_quantity
            listing.stock_on_amazon_at = read_at
            told = listing.stock_on_amazon
            listing.stock_difference = False if told is False else level.quantity - told

    def _get_told_quantity(self):
        """What Amazon told of the quantity: 0 or more, or False for nothing."""
        known = self.quantity_known or self.amazon_quantity
        return self.amazon_quantity if known else False

    @api.depends(
        "state",
        "fulfilled_by",
        "active",
        "channel_id.active",
        "stock_policy",
        "stock_level_id.reason",
        "stock_level_id.quantity_note",
        "stock_level_id.disagreement",
    )
    def _compute_stock_reason(self):
        for listing in self:
            level = listing.stock_level_id
            reason = listing._explain_excluded() or level.reason
            told = [reason, level.quantity_note, level.disagreement]
            listing.stock_reason = "\n".join(filter(None, told))

    def _explain_excluded(self):
        """Why no quantity of this listing is sent, or None."""
        self.ensure_one()
        return self.env["amazon.stock.level"]._explain_exclusion(
            {
                "listing_state": self.state,
                "fulfilled_by": self.fulfilled_by,
                "listed": self.active,
                "channel_active": self.channel_id.active,
                "policy": self.stock_policy,
            }
        )

    def _explain_waiting(self):
        """Why a quantity that is wanted does not leave yet, or None."""
        self.ensure_one()
        account = self.account_id
        if account.state != "connected":
            return self.env._("The account is not connected.")
        if not account.active:
            return self.env._("The account is archived; unarchive it to send.")
        if account.on_hold:
            return self.env._("The account is on hold; press Enable to send.")
        if "stock" not in account.task_ids.mapped("kind"):
            return self.env._("The sync task Stock is switched off on the account.")
        if not self.channel_id.stock_live:
            return self.env._(
                "%s is in rehearsal: it is not live with stock yet.",
                self.channel_id.name,
            )
        if self.stock_level_id.state == "held":
            return self.env._(
                "Held back, because it would become 0 on Amazon. Decide under Amazon "
                "> Stock > Quantities."
            )
        return None

    def action_push_stock(self):
        """Send the quantities of these listings now, though Amazon may know them.

        :return: a client action that says what is sent, and what not and why
        :raises UserError: if nothing can be sent, with the reasons
        """
        self.check_access("read")
        reasons = Counter()
        pushed = self.browse()
        for listing in self.sudo():
            reason = listing._explain_excluded() or listing._explain_waiting()
            reasons[reason] += 1
            if not listing._explain_excluded():
                pushed |= listing
        self.env["amazon.stock.change"]._record_listings(pushed, "push")
        sent = reasons.pop(None, 0)
        told = [f"{reason} ({count})" for reason, count in reasons.most_common()]
        if not sent:
            raise UserError(
                "\n".join([self.env._("No quantity can be sent now."), *told])
            )
        message = self.env._("Quantities on their way to Amazon: %s.", sent)
        if told:
            message += " " + self.env._("Not sent: %s", " ".join(told))
        return notify(message, "warning" if told else "success")


class ProductProduct(models.Model):
    _inherit = "product.product"

    def action_push_amazon_stock(self):
        """Send the stock of these products to all their channels now (S158).

        :raises UserError: if they are sold on no channel
        """
        listings = self.amazon_listing_ids
        if not listings:
            raise UserError(self.env._("These products are not sold on Amazon."))
        return listings.action_push_stock()


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def action_push_amazon_stock(self):
        """Send the stock of all variants to all their channels now (S158)."""
        return self.product_variant_ids.action_push_amazon_stock()
