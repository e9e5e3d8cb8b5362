# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which carrier Amazon is told for one delivery, and what Amazon knows of it."""

from base64 import b64encode

from reportlab.graphics.barcode import createBarcodeDrawing

from odoo import api, fields, models
from odoo.tools import format_datetime

from .amazon_carrier import OTHER

# Fields that say by whom a parcel goes.
PASSED_ON = ("amazon_carrier_code_id", "carrier_tracking_ref")


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "amazon.guard"]

    amazon_carrier_code_id = fields.Many2one(
        "amazon.carrier.code",
        "Carrier on Amazon",
        copy=False,
        ondelete="set null",
        help="The carrier that is reported to Amazon. Empty: the carrier of the "
        "delivery method.",
    )
    amazon_carrier_name = fields.Char(
        "Carrier Name", copy=False, help="Name of a carrier that Amazon does not list."
    )
    amazon_carrier_is_other = fields.Boolean(compute="_compute_amazon_carrier_is_other")
    amazon_carrier_usual = fields.Char(
        "Usual Carrier",
        compute="_compute_amazon_carrier_usual",
        compute_sudo=True,
        help="The carrier that is reported to Amazon unless another one is chosen.",
    )
    amazon_carrier_title = fields.Char(
        "Carrier on Slips",
        compute="_compute_amazon_carrier_title",
        compute_sudo=True,
        help="Name of the carrier that is reported to Amazon.",
    )
    amazon_told = fields.Text(
        "What Amazon Knows", compute="_compute_amazon_told", compute_sudo=True
    )
    amazon_told_kind = fields.Selection(
        [("good", "Reported"), ("open", "Being Reported"), ("bad", "Not Reported")],
        compute="_compute_amazon_told",
        compute_sudo=True,
    )

    @api.depends("amazon_carrier_code_id")
    def _compute_amazon_carrier_is_other(self):
        for picking in self:
            picking.amazon_carrier_is_other = (
                picking.amazon_carrier_code_id.code == OTHER
            )

    @api.depends("carrier_id", "sale_id")
    def _compute_amazon_carrier_usual(self):
        for picking in self:
            values = picking._get_amazon_usual_carrier(
                picking.company_id, picking.sale_id.amazon_channel_id
            )
            name = values.get("carrier_name") or values.get("carrier_code")
            picking.amazon_carrier_usual = name or False

    @api.depends("amazon_carrier_code_id", "amazon_carrier_name", "carrier_id")
    def _compute_amazon_carrier_title(self):
        for picking in self:
            code = picking.amazon_carrier_code_id
            chosen = picking.amazon_carrier_name if code.code == OTHER else code.name
            picking.amazon_carrier_title = chosen or picking.amazon_carrier_usual

    @api.private
    def _draw_amazon_barcode(self):
        """Amazon's number as the source of a picture; False where no bars stand for it.

        Made of lines: Odoo's own pictures of barcodes need a program that many machines
        lack, and are blurred in print.
        """
        self.ensure_one()
        number = self.amazon_order_number
        try:
            drawing = createBarcodeDrawing(
                "Code128", value=number, width=600, height=90, quiet=False
            )
        except ValueError:
            # Letters that Code 128 lacks: the slip is printed all the same.
            return False
        picture = b64encode(drawing.asString("svg").encode()).decode()
        return f"data:image/svg+xml;base64,{picture}"

    @api.onchange("carrier_tracking_ref")
    def _onchange_amazon_tracking(self):
        """Whoever enters numbers one after the other uses the same carrier."""
        is_needed = (
            self.carrier_tracking_ref
            and not self.amazon_carrier_code_id
            and self.state not in ("done", "cancel")
            and self.sudo().amazon_channel_id
        )
        if is_needed and not self.amazon_carrier_usual:
            Code = self.env["amazon.carrier.code"]
            self.amazon_carrier_code_id = Code._find_last(self.sudo().amazon_channel_id)

    def _get_amazon_usual_carrier(self, company, channel):
        if not channel:
            return {}
        values_of = self.env["amazon.carrier"]._get_shipment_values
        return values_of(company.id, channel.id, self.carrier_id.id)

    def _get_amazon_carrier(self, company, channel):
        """What Amazon is told of the carrier: the user's choice, else what the delivery
        method stands for; empty where nothing is known.

        :return: values of the shipment, which must not be changed
        """
        usual = self._get_amazon_usual_carrier(company, channel)
        chosen = self.amazon_carrier_code_id
        if not chosen:
            return usual
        name = (self.amazon_carrier_name or "").strip()
        if chosen.code == usual.get("carrier_code"):
            return {**usual, "carrier_name": name or usual.get("carrier_name")}
        return {
            "carrier_code": chosen.code,
            "carrier_name": name if chosen.code == OTHER else False,
            "shipping_method": False,
            "untracked": False,
        }

    def _pass_on_amazon_carrier(self):
        """Carrier and tracking number that were chosen while goods are picked or packed
        hold for the delivery, as Odoo has it for its delivery methods."""
        for picking in self.filtered(lambda p: p._is_amazon_step_chosen()):
            after = picking._get_next_transfers().filtered(
                lambda p, own=picking: (
                    p.state not in ("done", "cancel")
                    and p.company_id == own.company_id
                    and p.amazon_channel_id
                    and not any(p[name] for name in PASSED_ON)
                )
            )
            after.write(
                {
                    "amazon_carrier_code_id": picking.amazon_carrier_code_id.id,
                    "amazon_carrier_name": picking.amazon_carrier_name,
                    "carrier_tracking_ref": picking.carrier_tracking_ref,
                }
            )

    def _is_amazon_step_chosen(self):
        """Whether a step before the delivery is done and says how the parcel goes."""
        self.ensure_one()
        return (
            self.state == "done"
            and self.picking_type_code != "outgoing"
            and any(self[name] for name in PASSED_ON)
        )

    # ------------------------------------------------------------------
    # What Amazon knows
    # ------------------------------------------------------------------

    @api.depends("state", "amazon_shipment_ids.state", "amazon_shipment_ids.reason")
    @api.depends_context("lang", "tz")
    def _compute_amazon_told(self):
        for picking in self:
            parcels = picking.state == "done" and picking.amazon_shipment_ids
            told = [(p._get_told_kind(), p._explain_told()) for p in parcels or ()]
            kinds = {kind for kind, _text in told}
            picking.amazon_told = "\n".join(text for _kind, text in told)
            picking.amazon_told_kind = next(
                (kind for kind in ("bad", "open", "good") if kind in kinds), False
            )


class AmazonShipment(models.Model):
    _inherit = "amazon.shipment"

    def _get_told_kind(self):
        self.ensure_one()
        if self.state in ("held", "failed"):
            return "bad"
        return "open" if self.state == "waiting" else "good"

    def _explain_told(self):
        """One sentence: what Amazon knows of this parcel, and since when."""
        self.ensure_one()
        parcel = " ".join(
            filter(None, (self.carrier_name or self.carrier_code, self.tracking_number))
        )
        if self.state in ("held", "failed"):
            reason = self.reason or self.env._("see Amazon > Shipments")
            return self.env._("Not reported to Amazon: %s", reason)
        if self.state == "waiting":
            return self.env._("Will be reported to Amazon within a minute: %s", parcel)
        if self.state == "skipped":
            reason = self.reason or self.env._("there was nothing to report.")
            return self.env._("Not reported to Amazon: %s", reason)
        if self.state == "amazon":
            return self.reason or self.env._("Amazon confirms it itself.")
        return self._explain_times(parcel)

    def _explain_times(self, parcel):
        sent, confirmed = (
            moment and format_datetime(self.env, moment, dt_format="short")
            for moment in (self.sent_at, self.confirmed_at)
        )
        if not sent:
            return self.env._(
                "Known to Amazon since %(confirmed)s: %(parcel)s",
                confirmed=confirmed,
                parcel=parcel,
            )
        if self.state == "sent" or not confirmed:
            return self.env._(
                "Reported to Amazon on %(sent)s: %(parcel)s", sent=sent, parcel=parcel
            )
        return self.env._(
            "Reported to Amazon on %(sent)s, confirmed on %(confirmed)s: %(parcel)s",
            sent=sent,
            confirmed=confirmed,
            parcel=parcel,
        )
