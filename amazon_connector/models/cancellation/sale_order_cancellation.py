# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cancelling the sales order of an Amazon order: Amazon hears of it, with a reason."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round

from ...tools.context import BATCH_CANCEL, ODOO_ONLY
from .amazon_cancellation import OPEN_CANCELLATION_STATES, REASONS


class SaleOrder(models.Model):
    _inherit = "sale.order"

    amazon_cancellation_state = fields.Char(
        compute="_compute_amazon_cancellation", compute_sudo=True
    )
    amazon_cancellation_text = fields.Text(
        compute="_compute_amazon_cancellation",
        compute_sudo=True,
        help="Progress of the cancellation on Amazon.",
    )
    amazon_cancellation_count = fields.Integer(
        compute="_compute_amazon_cancellation", compute_sudo=True
    )
    amazon_asks_to_cancel = fields.Boolean(
        related="amazon_order_id.asks_to_cancel", string="Buyer Asks to Cancel"
    )
    amazon_fewer_units = fields.Integer(
        compute="_compute_amazon_fewer_units",
        compute_sudo=True,
        help="Units that Amazon still expects to be shipped but that are no longer on "
        "this order.",
    )

    @api.depends("state", "amazon_order_id.cancellation_ids.state")
    def _compute_amazon_cancellation(self):
        for order in self:
            rows = order.amazon_order_id.cancellation_ids
            order.amazon_cancellation_count = len(rows)
            told = rows.filtered(lambda row: row.kind != "acknowledge").sorted("id")
            state, text = order._describe_amazon_cancellation(told[-1:])
            order.amazon_cancellation_state = state
            order.amazon_cancellation_text = text

    def _describe_amazon_cancellation(self, row):
        """``(state, text)`` for the banner; the state may be ``missing``."""
        binding = self.amazon_order_id
        if row.state in ("refused", "failed"):
            return row.state, row.reason
        if row.state == "sent":
            return "sent", self.env._(
                "The cancellation was sent to Amazon. It takes effect once the order "
                "shows it on Amazon, usually within a few minutes."
            )
        if row.state == "waiting":
            return "waiting", row.reason or self.env._(
                "The cancellation is sent to Amazon within a minute. To withdraw it, "
                "press Set to Quotation."
            )
        cancelled_here = binding and self.state == "cancel"
        if cancelled_here and not binding._explain_uncancellable():
            return "missing", self.env._(
                "This order is cancelled in Odoo only: Amazon still expects it to be "
                "shipped."
            )
        return False, False

    @api.depends(
        "state",
        "order_line.product_uom_qty",
        "order_line.qty_delivered",
        "order_line.amazon_order_line_id.quantity_to_deliver",
        "amazon_order_id.cancellation_ids.state",
    )
    def _compute_amazon_fewer_units(self):
        for order in self:
            order.amazon_fewer_units = sum(order._get_amazon_fewer_units().values())

    def _get_amazon_fewer_units(self):
        """``{amazon.order.line: units}`` that a user took off below Amazon's.

        Of a cancelled order, part of which had left: the rest.
        """
        self.ensure_one()
        binding = self.amazon_order_id
        open_rows = binding.cancellation_ids.filtered(
            lambda row: row.kind == "adjust" and row.state in OPEN_CANCELLATION_STATES
        )
        problem = binding and binding._explain_uncancellable("adjust")
        if not binding or open_rows or problem:
            return {}
        kept = self._get_amazon_kept_units()
        if self.state != "sale" and not (self.state == "cancel" and any(kept.values())):
            return {}
        # Whole ones: a unit of which a part is kept is none to cancel.
        fewer = {
            item: float_round(
                item.quantity_to_deliver - units,
                precision_digits=0,
                rounding_method="DOWN",
            )
            for item, units in kept.items()
            if item
        }
        return {item: int(units) for item, units in fewer.items() if units > 0}

    def _get_amazon_kept_units(self):
        """``{amazon.order.line: units}`` that this order ships, or has shipped."""
        self.ensure_one()
        counted = "qty_delivered" if self.state == "cancel" else "product_uom_qty"
        kept = {}
        for line in self.order_line.filtered(lambda li: li.amazon_charge == "item"):
            item = line.amazon_order_line_id
            kept[item] = kept.get(item, 0) + line[counted]
        return kept

    # ------------------------------------------------------------------
    # Cancelling
    # ------------------------------------------------------------------

    def action_cancel(self):
        """Override of `sale`: ask for the reason that Amazon wants to know.

        Scripts give it in the context, ``amazon_cancel_reason``, or call
        :meth:`action_cancel_on_amazon`; where Amazon is not to be told,
        :meth:`action_cancel_in_odoo_only`.

        :return: True, or the dialog's action where the reason is missing: nothing is
            cancelled then
        """
        given = self.env.context.get("amazon_cancel_reason")
        decided = given or ODOO_ONLY.get(self.env)
        if not decided and not any(self.mapped("locked")):
            if asking := self.filtered(lambda order: order._asks_amazon_reason()):
                return asking._open_amazon_cancel_dialog(self)
        result = super().action_cancel()
        # A frozen order that a user gives up is held until Amazon has cancelled it.
        self.filtered(lambda order: order.state == "cancel")._follow_frozen()
        return result

    def _asks_amazon_reason(self):
        self.ensure_one()
        binding = self._get_amazon_bindings()
        return (
            bool(binding)
            and self.state in ("draft", "sent", "sale")
            and binding._is_open_on_amazon()
        )

    def _open_amazon_cancel_dialog(self, orders):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel on Amazon"),
            "res_model": "amazon.order.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_sale_order_ids": [(6, 0, orders.ids)]},
        }

    def action_cancel_on_amazon(self, reason_code):
        """Cancel these sales orders, in Odoo and on Amazon.

        For scripts, too. Amazon's own reading back tells when it is done: see
        ``amazon.cancellation``.

        :param reason_code: one of ``NoInventory``, ``BuyerCanceled``,
            ``ShippingAddressUndeliverable``, ``PricingError``, ``CustomerExchange``,
            ``GeneralAdjustment``
        :return: True
        :raises UserError: an order cannot be cancelled on Amazon, with the reason; then
            none is
        """
        self.check_access("write")
        self._check_amazon_reason(reason_code)
        told = self.filtered(lambda order: order.state == "cancel")
        told._request_amazon_cancellation(reason_code)
        context = {"amazon_cancel_reason": reason_code, "disable_cancel_warning": True}
        others = self - told
        if others:
            others.with_context(**context).action_cancel()
        return True

    def action_cancel_in_odoo_only(self):
        """Cancel these sales orders in Odoo; Amazon is told nothing, and still expects
        them to be shipped.

        :return: True
        """
        self.check_access("write")
        context = {**ODOO_ONLY(), "amazon_cancel_reason": False}
        self.with_context(**context).action_cancel()
        return True

    def _action_cancel(self):
        """Override of `sale`: write what Amazon must hear of with it."""
        reason = self.env.context.get("amazon_cancel_reason")
        amazon = self.filtered(lambda o: o.amazon_order_id and o.state != "cancel")
        if reason:
            self._check_amazon_reason(reason)
            amazon._check_amazon_cancellable()
        result = super()._action_cancel()
        if reason:
            amazon._request_amazon_cancellation(reason)
        # Held because of what is settled now, e.g. packed goods of a cancelled order.
        held = amazon._get_amazon_bindings().filtered(lambda b: b.state == "held")
        if held and not BATCH_CANCEL.get(self.env):
            held._apply_again()
        return result

    def _check_amazon_reason(self, reason_code):
        # A list: scripts may give what cannot be looked up in a dictionary.
        if reason_code not in [code for code, _name in REASONS]:
            raise UserError(
                self.env._(
                    "%(given)s is not one of Amazon's reasons. Use one of: %(known)s.",
                    given=reason_code,
                    known=", ".join(dict(REASONS)),
                )
            )

    def _check_amazon_cancellable(self):
        """
        :raises UserError: Amazon cannot be asked to cancel one of these orders
        """
        problems = self._explain_amazon_uncancellable()
        if problems:
            raise UserError("\n\n".join(problems.values()))

    def _explain_amazon_uncancellable(self):
        """``{sales order: why Amazon cannot be asked to cancel it}``."""
        problems = {}
        for order in self:
            binding = order._get_amazon_bindings()
            if binding and binding._is_open_on_amazon():
                if reason := binding._explain_uncancellable():
                    problems[order] = reason
        return problems

    def _request_amazon_cancellation(self, reason_code):
        self._check_amazon_cancellable()
        bindings = self._get_amazon_bindings()
        open_ones = bindings.filtered(lambda binding: binding._is_open_on_amazon())
        self.env["amazon.cancellation"].sudo()._request_cancel(open_ones, reason_code)

    def action_draft(self):
        """Override of `sale`: take back a cancellation that Amazon has not heard of.

        :raises UserError: it has been sent; only Amazon's answer counts now
        """
        self.check_access("write")
        rows = self._get_amazon_bindings().cancellation_ids.filtered(
            lambda row: row.kind == "cancel" and row.state in OPEN_CANCELLATION_STATES
        )
        for row in rows:
            if row.state == "sent":
                raise UserError(
                    self.env._(
                        "The cancellation of %(order)s was sent to Amazon at %(time)s "
                        "UTC and cannot be taken back. Wait for Amazon's answer: if it "
                        "is refused, you can go on with the order.",
                        order=row.sale_order_id.display_name,
                        time=fields.Datetime.to_string(row.sent_at),
                    )
                )
        rows._withdraw(self.env._("%s reopened the sales order.", self.env.user.name))
        result = super().action_draft()
        self._follow_frozen()
        return result

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_tell_amazon_cancelled(self):
        """Ask for the reason of orders that were cancelled in Odoo only."""
        return self._open_amazon_cancel_dialog(self)

    def action_retry_amazon_cancellation(self):
        """Send the cancellation again that failed or was refused."""
        self.check_access("write")
        rows = self._get_amazon_bindings().cancellation_ids
        return rows.filtered(lambda row: row.state in ("refused", "failed"))[
            :1
        ].action_retry()

    def action_cancel_as_requested(self):
        """Cancel, here and on Amazon, as the buyer asked.

        :return: True
        :raises UserError: nobody asked, or it cannot be cancelled any more
        """
        self._check_amazon_request()
        self.action_cancel_on_amazon("BuyerCanceled")
        self._get_amazon_bindings()._close_request()
        return True

    def action_ship_anyway(self):
        """Keep these orders though their buyers asked to cancel them.

        :return: True
        :raises UserError: nobody asked
        """
        self._check_amazon_request()
        self._ship_amazon_anyway()
        return True

    def _ship_amazon_anyway(self):
        """A user decided it; the question is answered."""
        self._get_amazon_bindings().ship_anyway = True
        for order in self:
            order._message_log(
                body=self.env._(
                    "The buyer asked to cancel this order. %s decided to ship it "
                    "anyway.",
                    self.env.user.name,
                )
            )
        self._get_amazon_bindings()._close_request()

    def _check_amazon_request(self):
        self.check_access("write")
        for order in self:
            if not order._get_amazon_bindings().cancellation_requested:
                raise UserError(
                    self.env._(
                        "The buyer of %s did not ask to cancel it.", order.display_name
                    )
                )

    def action_open_amazon_cancellations(self):
        """Open what Amazon was told of these orders."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_cancellation_action"
        )
        domain = [("order_id", "in", self.amazon_order_id.ids)]
        return {**action, "domain": domain, "context": {}}

    def action_adjust_on_amazon(self):
        """Ask whether Amazon is to cancel the units that were taken off here."""
        self.ensure_one()
        # Made now, so that what is sent is what was shown.
        dialog = self.env["amazon.order.adjust"].create({"sale_order_id": self.id})
        self.env.flush_all()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel Units on Amazon"),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }
