# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon must hear of an order: that it is cancelled, in part, or completed."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.cron import wake
from ...tools.notifications import notify

# Reasons of Amazon's order feeds that concern orders before they are shipped.
REASONS = [
    ("NoInventory", "Out of stock"),
    ("BuyerCanceled", "The buyer asked to cancel"),
    ("ShippingAddressUndeliverable", "The address is undeliverable"),
    ("PricingError", "The price was wrong"),
    ("CustomerExchange", "Exchanged for another item"),
    ("GeneralAdjustment", "Another reason"),
]
OPEN_CANCELLATION_STATES = ("waiting", "sent")


class AmazonCancellation(models.Model):
    """Outbox record: what Odoo decided about an order and Amazon must hear of.

    Written in the transaction of the user's decision; sent, and read back from Amazon,
    by the module Cancellations (:mod:`..sync.cancellations`).
    """

    _name = "amazon.cancellation"
    _description = "Amazon Cancellation"
    _inherit = "amazon.binding"
    _closed = True
    _order = "id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one(
        "amazon.order", required=True, readonly=True, ondelete="cascade", index=True
    )
    sale_order_id = fields.Many2one(related="order_id.sale_order_id")
    channel_id = fields.Many2one(related="order_id.channel_id", store=True)
    account_id = fields.Many2one(
        "amazon.account", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    kind = fields.Selection(
        [
            ("cancel", "Cancel the order"),
            ("adjust", "Cancel some units"),
            ("acknowledge", "Report completion"),
        ],
        "Action",
        required=True,
        readonly=True,
        default="cancel",
    )
    reason_code = fields.Selection(REASONS, "Amazon's Reason", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sent", "Sent"),
            ("confirmed", "Confirmed"),
            ("refused", "Refused by Amazon"),
            ("failed", "Failed"),
            ("withdrawn", "Withdrawn"),
        ],
        "Status",
        required=True,
        default="waiting",
        readonly=True,
        index=True,
    )
    reason = fields.Text(
        "Explanation", readonly=True, help="What it is waiting for, or why it failed."
    )
    line_ids = fields.One2many("amazon.cancellation.line", "cancellation_id", "Items")
    feed_id = fields.Many2one(
        "amazon.feed", readonly=True, ondelete="set null", index="btree_not_null"
    )
    message_number = fields.Integer(
        readonly=True, help="Position in the feed, which Amazon's result refers to."
    )
    user_id = fields.Many2one(
        "res.users",
        "Decided By",
        readonly=True,
        ondelete="set null",
        default=lambda self: self.env.user,
    )
    sent_at = fields.Datetime("Sent On", readonly=True)
    accepted_at = fields.Datetime(
        "Accepted On", readonly=True, help="When Amazon reported that it was accepted."
    )
    confirmed_at = fields.Datetime(
        "Confirmed On",
        readonly=True,
        help="When the order on Amazon showed the cancellation.",
    )
    retry_at = fields.Datetime("Next Check", readonly=True)
    attempts = fields.Integer(readonly=True)
    uncertain = fields.Boolean(
        readonly=True,
        help="Sent, but no answer came: the order is read before it is sent again.",
    )

    _one_open_cancel = models.UniqueIndex(
        "(order_id, kind) WHERE state IN ('waiting', 'sent')",
        "This is already on its way to Amazon.",
    )
    _one_acknowledgement = models.UniqueIndex(
        "(order_id) WHERE kind = 'acknowledge'",
        "The completion of an order is reported to Amazon only once.",
    )
    _open_idx = models.Index(
        "(account_id, retry_at) WHERE state IN ('waiting', 'sent')"
    )

    # ------------------------------------------------------------------
    # Writing to the outbox
    # ------------------------------------------------------------------

    @api.model
    def _request_cancel(self, orders, reason_code):
        """Have Amazon cancel these orders; once for each, however often asked.

        One that Amazon cancelled and took up again is cancelled anew.

        :param orders: ``amazon.order``, open on Amazon and checked with
            ``_explain_uncancellable``
        :param reason_code: one of ``REASONS``
        :return: the new rows
        """
        known = self._find(orders, "cancel", OPEN_CANCELLATION_STATES)
        return self._put(
            orders - known.order_id, "cancel", {"reason_code": reason_code}
        )

    @api.model
    def _request_adjustment(self, order, quantities, reason_code):
        """Have Amazon cancel some units of an order.

        :param quantities: ``{amazon.order.line: units to cancel}``
        :raises UserError: an earlier adjustment of the order is on its way
        """
        if self._find(order, "adjust", OPEN_CANCELLATION_STATES):
            raise UserError(
                self.env._(
                    "An earlier cancellation of units of %s is still on its way. Wait "
                    "for Amazon's answer.",
                    order.order_number,
                )
            )
        lines = [
            (
                0,
                0,
                {
                    "order_line_id": line.id,
                    "quantity": units,
                    "quantity_before": line.quantity_to_deliver,
                },
            )
            for line, units in quantities.items()
        ]
        return self._put(
            order, "adjust", {"reason_code": reason_code, "line_ids": lines}
        )

    @api.model
    def _find(self, orders, kind, states):
        return self.search(
            [
                ("order_id", "in", orders.ids),
                ("kind", "=", kind),
                ("state", "in", states),
            ]
        )

    @api.model
    def _put(self, orders, kind, values):
        rows = self.create(
            [
                {
                    "order_id": order.id,
                    "account_id": order.account_id.id,
                    "company_id": order.company_id.id,
                    "kind": kind,
                    "user_id": self.env.uid,
                    "reason": order._explain_waiting_cancellation(),
                    **values,
                }
                for order in orders
            ]
        )
        if rows:
            self._wake()
        return rows

    @api.model
    def _wake(self):
        """Have waiting cancellations sent after the commit."""
        wake(self.env, "ir_cron_cancellations_fetch")

    def _withdraw(self, reason):
        """Take back what Amazon has not heard of yet."""
        self.write({"state": "withdrawn", "reason": reason, "retry_at": False})

    # ------------------------------------------------------------------
    # Outcomes
    # ------------------------------------------------------------------

    def _confirm(self, reason=False):
        """Amazon shows that it is done."""
        self.write(
            {
                "state": "confirmed",
                "reason": reason,
                "confirmed_at": fields.Datetime.now(),
                "retry_at": False,
            }
        )
        self._clear_notices()

    def _refuse(self, state, reason):
        """Close with what went wrong, and tell the responsible user what to do.

        :param state: ``refused`` by Amazon, or ``failed``
        """
        for row in self:
            row.write({"state": state, "reason": reason, "retry_at": False})
            if row.order_id.sale_order_id and not row._get_notices():
                row.order_id._raise_notice(
                    row._get_notice_key(), row._get_notice_summary(), reason
                )

    def _get_notice_key(self):
        return f"cancellation {self.kind}"

    def _get_notice_summary(self):
        if self.kind == "acknowledge":
            return self.env._("Order completion not reported to Amazon")
        return self.env._("Not cancelled on Amazon")

    def _get_notices(self):
        return self.order_id._get_notices(self._get_notice_key())

    def _clear_notices(self):
        for row in self:
            row._get_notices().action_feedback()

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def action_retry(self):
        """Send again what failed or was refused.

        :return: a client action that tells the user so
        :raises UserError: when it cannot be sent any more, with the reason
        """
        self.check_access("read")
        for row in self.sudo():
            row._check_retry()
            row.write(
                {
                    "state": "waiting",
                    "reason": row.order_id._explain_waiting_cancellation(),
                    "retry_at": False,
                    "attempts": 0,
                    "feed_id": False,
                    "accepted_at": False,
                }
            )
            row._clear_notices()
        self._wake()
        return notify(self.env._("It is sent to Amazon within a minute."))

    def _check_retry(self):
        if self.state not in ("refused", "failed"):
            raise UserError(
                self.env._(
                    "Only cancellations that were refused or failed can be sent again."
                )
            )
        sale = self.order_id.sale_order_id
        if self.kind == "cancel" and sale.state != "cancel":
            raise UserError(
                self.env._(
                    "%s is no longer cancelled. Cancel the sales order again.",
                    sale.display_name,
                )
            )
        problem = self.order_id._explain_uncancellable(self.kind)
        if self.kind != "acknowledge" and problem:
            raise UserError(problem)

    def action_open_sale_order(self):
        """Open the sales order that it is about."""
        return self.order_id.action_open_sale_order()


class AmazonCancellationLine(models.Model):
    """Units of one item that Amazon is to cancel."""

    _name = "amazon.cancellation.line"
    _description = "Amazon Cancellation Item"
    _inherit = "amazon.binding"
    _closed = True
    _rec_name = "order_line_id"

    cancellation_id = fields.Many2one(
        "amazon.cancellation", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="cancellation_id.company_id", store=True)
    order_line_id = fields.Many2one(
        "amazon.order.line", "Item", required=True, ondelete="cascade"
    )
    quantity = fields.Integer("Units to Cancel", readonly=True)
    quantity_before = fields.Integer(
        "Units Before",
        readonly=True,
        help="Units to deliver on Amazon when this was decided.",
    )

    _positive = models.Constraint("CHECK(quantity > 0)", "Cancel at least one unit.")

    def _are_still_off(self):
        """Whether the sales order still goes without these units."""
        kept = self.cancellation_id.order_id.sale_order_id._get_amazon_kept_units()
        return all(
            kept.get(line.order_line_id, 0) <= line.quantity_before - line.quantity
            for line in self
        )

    def _is_done(self):
        """Whether Amazon's order shows these units as cancelled."""
        return all(
            line.order_line_id.quantity_to_deliver
            <= line.quantity_before - line.quantity
            for line in self
        )
