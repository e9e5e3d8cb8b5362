# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...sp_api.shipments import split_tracking
from ...tools.context import SETTLED
from ...tools.notifications import notify
from ..sync.amazon_feed import OPEN_FEED_STATES

# Until Amazon has worked off a feed, mostly.
FEED_TIME = timedelta(minutes=15)
# What users correct; Amazon is told again.
# The carrier's code is set by choosing it from the list.
CHOSEN = {"code_id"}
EDITABLE = {
    "carrier_code",
    "carrier_name",
    "shipping_method",
    "tracking_number",
    "ship_date",
    "line_ids",
}


class AmazonShipment(models.Model):
    """Outbox: one parcel that Amazon must hear of, or that Amazon told of itself.

    Written in the transaction that validates the delivery
    (:mod:`.amazon_shipment_outbox`), sent by :mod:`..sync.shipments`.
    """

    _name = "amazon.shipment"
    _description = "Amazon Shipment"
    _inherit = "amazon.binding"
    _order = "id desc"

    order_id = fields.Many2one(
        "amazon.order", required=True, ondelete="cascade", readonly=True, index=True
    )
    sale_order_id = fields.Many2one(related="order_id.sale_order_id")
    account_id = fields.Many2one(
        "amazon.account", required=True, ondelete="cascade", readonly=True
    )
    channel_id = fields.Many2one("amazon.channel", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    picking_id = fields.Many2one(
        "stock.picking",
        "Delivery",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    package_id = fields.Many2one(
        "stock.package", readonly=True, ondelete="set null", index="btree_not_null"
    )
    package_ref = fields.Integer(
        "Package Reference",
        compute="_compute_package_ref",
        help="Identifies the parcel at Amazon. Sending the same reference again "
        "corrects the parcel.",
    )
    amazon_reference = fields.Char(
        "Amazon's Reference",
        readonly=True,
        help="Set for parcels that Amazon reported.",
    )
    source = fields.Selection(
        [("odoo", "Odoo"), ("amazon", "Amazon")],
        required=True,
        default="odoo",
        readonly=True,
        help="Who knew about the parcel first.",
    )
    carrier_code = fields.Char(help="Amazon's code of the carrier.")
    code_id = fields.Many2one(
        "amazon.carrier.code",
        "Carrier",
        compute="_compute_code_id",
        inverse="_inverse_code_id",
        help="The carrier on Amazon. Other: enter its name below.",
    )
    carrier_name = fields.Char(help="Needed if the carrier is Other.")
    shipping_method = fields.Char()
    tracking_number = fields.Char()
    untracked = fields.Boolean(
        readonly=True, help="Reported by feed, without tracking."
    )
    ship_date = fields.Datetime("Shipped")
    ship_by = fields.Datetime(related="order_id.ship_by")
    line_ids = fields.One2many("amazon.shipment.line", "shipment_id", "Items")
    needs_codes = fields.Boolean(compute="_compute_needs_codes")

    state = fields.Selection(
        [
            ("held", "Held"),
            ("waiting", "Waiting"),
            ("sent", "Sent"),
            ("confirmed", "Confirmed"),
            ("failed", "Failed"),
            ("amazon", "Amazon Confirms"),
            ("skipped", "Not Sent"),
        ],
        "Status",
        required=True,
        default="waiting",
        readonly=True,
        index=True,
    )
    reason = fields.Text(readonly=True)
    note = fields.Text(
        readonly=True, help="Where the report to Amazon differs from the delivery."
    )
    released = fields.Boolean(
        readonly=True,
        help="A user wants it sent although the connector would not send it.",
    )
    returned = fields.Boolean(readonly=True, help="Its goods came back.")
    edited = fields.Boolean(
        readonly=True, help="Amazon has different data, and the correction is sent."
    )
    sending_at = fields.Datetime(
        readonly=True, help="Set before Amazon is called: the result is unknown."
    )
    sent_at = fields.Datetime("Sent On", readonly=True)
    confirmed_at = fields.Datetime("Confirmed On", readonly=True)
    # What is corrected later was reported in time all the same.
    told_at = fields.Datetime("Reported to Amazon On", readonly=True, copy=False)
    checked_at = fields.Datetime("Last Checked", readonly=True)
    retry_at = fields.Datetime("Next Try", readonly=True)
    attempts = fields.Integer(readonly=True)
    feed_id = fields.Many2one(
        "amazon.feed", readonly=True, ondelete="set null", index="btree_not_null"
    )

    # One per parcel, whatever is validated twice.
    _parcel_unique = models.UniqueIndex(
        "(picking_id, order_id, COALESCE(package_id, 0)) WHERE source = 'odoo'",
        "This parcel is already being reported to Amazon.",
    )
    _amazon_reference_unique = models.UniqueIndex(
        "(order_id, amazon_reference) WHERE amazon_reference IS NOT NULL",
        "This parcel already exists.",
    )
    _waiting_idx = models.Index("(account_id, id) WHERE state = 'waiting'")
    _sent_idx = models.Index("(account_id, sent_at) WHERE state = 'sent'")

    def _compute_package_ref(self):
        for shipment in self:
            shipment.package_ref = shipment._origin.id

    @api.depends("line_ids.needs_codes")
    def _compute_needs_codes(self):
        for shipment in self:
            shipment.needs_codes = any(shipment.line_ids.mapped("needs_codes"))

    @api.depends("carrier_code")
    def _compute_code_id(self):
        codes = self.env["amazon.carrier.code"].search(
            [("code", "in", self.mapped("carrier_code"))]
        )
        by_code = {row.code: row for row in codes}
        for shipment in self:
            shipment.code_id = by_code.get(shipment.carrier_code)

    def _inverse_code_id(self):
        for shipment in self:
            shipment.carrier_code = shipment.code_id.code

    @api.depends("order_id", "tracking_number")
    def _compute_display_name(self):
        for shipment in self:
            parts = (shipment.order_id.order_number, shipment.tracking_number)
            shipment.display_name = " · ".join(filter(None, parts))

    # ------------------------------------------------------------------
    # Corrections by users
    # ------------------------------------------------------------------

    def _check_editable(self, vals, allowed):
        """
        :raises AccessError: for a field that only the connector writes
        """
        if refused := set(vals) - allowed:
            raise AccessError(
                self.env._(
                    "These fields of a shipment cannot be written: %s.",
                    ", ".join(sorted(refused)),
                )
            )
        if any(shipment.source == "amazon" for shipment in self.sudo()):
            raise UserError(
                self.env._(
                    "This parcel was reported by Amazon. Correct it in Seller Central."
                )
            )

    def write(self, vals):
        """Override: Amazon is told what users correct."""
        if not self.env.su:
            self._check_editable(vals, EDITABLE | CHOSEN)
        if SETTLED.get(self.env) or not EDITABLE & set(vals):
            return super().write(vals)
        vals = self._tidy(vals)
        before = {s.id: s._get_content() for s in self.sudo()}
        result = super().write(vals)
        changed = self.sudo().filtered(lambda s: s._get_content() != before[s.id])
        changed._tell_again()
        return result

    def _set(self, vals):
        """Write what the connector decides, without telling Amazon again."""
        settled = self.with_context(**SETTLED())
        settled.write(vals)
        if vals.get("state") == "confirmed":
            settled._note_told()

    def _note_told(self):
        """Remember when Amazon first heard of these, however often they are sent."""
        for shipment in self.filtered(lambda s: not s.told_at):
            moment = shipment.sent_at or shipment.confirmed_at
            shipment.with_context(**SETTLED()).told_at = moment

    @api.model
    def _tidy(self, vals):
        """Tracking numbers are typed and scanned with blanks; Amazon wants none.

        Several are kept as such: a parcel is held until there is one.
        """
        if vals.get("tracking_number"):
            tidy = ", ".join(split_tracking(vals["tracking_number"]))
            return {**vals, "tracking_number": tidy or False}
        return vals

    def _get_content(self):
        self.ensure_one()
        details = [self[name] for name in sorted(EDITABLE - {"line_ids"})]
        return [*details, self._get_units()]

    def _tell_again(self):
        """Have Amazon hear what changed, under the same reference."""
        told = self.filtered(
            lambda s: (
                s.source == "odoo"
                and (
                    s.state in ("sent", "confirmed", "failed")
                    or (s.state == "waiting" and s.feed_id)
                )
            )
        )
        # Amazon works on a feed some minutes later, and would undo the correction.
        in_feeds = told.filtered(lambda s: s.feed_id.state in OPEN_FEED_STATES)
        # Accepted, and not looked for in vain.
        told.filtered(lambda s: s.state == "sent")._note_told()
        told.filtered(lambda s: s.sent_at or s.confirmed_at)._set({"edited": True})
        told._wait()
        in_feeds._set({"retry_at": fields.Datetime.now() + FEED_TIME})
        self._reconsider()

    def _wait(self):
        """Put these shipments among what is to be sent."""
        self._set(
            {
                "state": "waiting",
                "reason": False,
                "retry_at": False,
                "attempts": 0,
                "checked_at": False,
                "feed_id": False,
            }
        )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_send(self):
        """Send these shipments on the user's word; what is missing still holds them."""
        self.check_access("write")
        shipments = self.sudo().filtered(
            lambda s: (
                s.source == "odoo" and s.state in ("held", "waiting", "failed", "sent")
            )
        )
        if not shipments:
            raise UserError(
                self.env._(
                    "Odoo does not have to report any of these parcels to Amazon."
                )
            )
        shipments.released = True
        shipments._wait()
        shipments._reconsider()
        held = shipments.filtered(lambda s: s.state == "held")
        if held:
            return self._tell_user("warning", "\n".join(set(held.mapped("reason"))))
        return self._tell_user(
            "success", self.env._("It is reported to Amazon within a minute.")
        )

    def action_skip(self):
        """Never tell Amazon of these parcels, or of what was corrected on those that
        it knows, because that was done by hand.

        :return: True
        :raises UserError: when none of them is held or failed
        """
        self.check_access("write")
        shipments = self.sudo().filtered(lambda s: s.state in ("held", "failed"))
        if not shipments:
            raise UserError(
                self.env._("Only parcels that are held or failed can be left out.")
            )
        reason = self.env._("%s took care of it outside Odoo.", self.env.user.name)
        settled = {"reason": reason, "edited": False, "retry_at": False}
        known = shipments.filtered("edited")
        confirmed = known.filtered("confirmed_at")
        (shipments - known)._set({**settled, "state": "skipped"})
        confirmed._set({**settled, "state": "confirmed"})
        (known - confirmed)._set({**settled, "state": "sent"})
        return True

    def _tell_user(self, kind, message):
        return notify(message, kind)

    def action_open_order(self):
        """Open the Amazon order of this shipment."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "amazon.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }

    @api.model
    def _open_list(self, domain):
        """The window action of the shipments of ``domain``."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_shipment_action"
        )
        return {**action, "domain": domain, "context": {}}
