# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools.notifications import notify
from ...tools.tracking_rows import UnreadableFileError, read_tracking


class AmazonTrackingImport(models.TransientModel):
    """Reads carriers and tracking numbers of many deliveries from a file."""

    _name = "amazon.tracking.import"
    _description = "Amazon: Import Tracking"

    file = fields.Binary(attachment=False)
    filename = fields.Char("File Name")
    line_ids = fields.One2many("amazon.tracking.import.line", "wizard_id", "Rows")
    found_count = fields.Integer("Rows Found", compute="_compute_counts")
    problem_count = fields.Integer("Rows Left Out", compute="_compute_counts")

    @api.depends("line_ids.picking_id", "line_ids.problem")
    def _compute_counts(self):
        for wizard in self:
            good = wizard.line_ids.filtered(lambda line: not line.problem)
            wizard.found_count = len(good)
            wizard.problem_count = len(wizard.line_ids - good)

    @api.onchange("file")
    def _onchange_file(self):
        """Show at once what the file holds."""
        self.line_ids = [Command.clear()]
        if self.file:
            rows = self._read_rows()
            self.line_ids = [Command.create(vals) for vals in self._match(rows)]

    def _read_rows(self):
        try:
            rows = read_tracking(base64.b64decode(self.file))
        except UnreadableFileError as error:
            raise UserError(
                self.env._("This file is neither CSV nor XLSX, or it is too large.")
            ) from error
        if not rows:
            raise UserError(
                self.env._(
                    "No row has an order and a tracking number. Name the columns "
                    "Order, Carrier and Tracking."
                )
            )
        return rows

    @api.model
    def _match(self, rows):
        """Values of the lines: each row with its delivery and carrier."""
        pickings = self._find_deliveries({row.reference for row in rows})
        codes = self.env["amazon.carrier.code"].search([("code", "!=", False)])
        by_word = {
            word.casefold(): code for code in codes for word in (code.name, code.code)
        }
        return [
            self._prepare_line(
                row,
                pickings.get(row.reference.casefold(), self.env["stock.picking"]),
                by_word.get(row.carrier.casefold(), codes.browse()),
            )
            for row in rows
        ]

    @api.model
    def _prepare_line(self, row, found, code):
        return {
            "row": row.number,
            "reference": row.reference,
            "carrier": row.carrier,
            "tracking": row.tracking,
            "is_shortened": row.is_shortened,
            "candidates": len(found),
            "picking_id": found.id if len(found) == 1 else False,
            "carrier_code_id": code.id,
        }

    @api.model
    def _find_deliveries(self, references):
        """``{reference in small letters: deliveries}`` of orders, deliveries and sales
        orders: those that are open, else those of which Amazon was not told; the step
        at hand where goods are picked or packed first."""
        # Odoo's own names are in capitals; whoever types one may not care.
        wanted = list(references | {name.upper() for name in references})
        named = Domain.OR(
            Domain(name, "in", wanted)
            for name in ("name", "amazon_order_number", "sale_id.name")
        )
        is_open = Domain("state", "not in", ("done", "cancel"))
        untold = Domain("amazon_untold", "=", True)
        Picking = self.env["stock.picking"]
        found = defaultdict(Picking.browse)
        for picking in Picking.search(
            Picking._get_amazon_step_domain() & named & (is_open | untold)
        ):
            sale = picking.sudo().sale_id
            for word in {picking.name, picking.amazon_order_number, sale.name}:
                found[(word or "").casefold()] |= picking
        return {word: self._prefer_open(group) for word, group in found.items()}

    @api.model
    def _prefer_open(self, pickings):
        leaving = pickings.filtered(lambda p: p.picking_type_code == "outgoing")
        pickings = leaving or pickings
        is_open = pickings.filtered(lambda picking: picking.state != "done")
        ready = is_open.filtered(lambda picking: picking.state == "assigned")
        return ready or is_open or pickings

    def action_apply(self):
        """Write carriers and numbers to the deliveries.

        :raises UserError: when no row can be used
        """
        self.ensure_one()
        return self._tell_applied(self.line_ids._write_deliveries())

    def action_apply_and_validate(self):
        """Write them, then validate those deliveries whose goods are there.

        :raises UserError: when no row can be used
        """
        self.ensure_one()
        pickings = self.line_ids._write_deliveries()
        to_validate = pickings.filtered(
            # That a parcel has a number does not tell that its goods were picked.
            lambda p: (
                p.state not in ("done", "cancel") and p.picking_type_code == "outgoing"
            )
        )
        if any(picking._is_amazon_complete() for picking in to_validate):
            return to_validate.action_amazon_validate()
        # Refused, the numbers would be lost.
        return self._tell_applied(pickings, to_validate)

    @api.model
    def _tell_applied(self, pickings, lacking=()):
        """What a user is told whose numbers were entered.

        :param lacking: those of these deliveries that were to be validated
        """
        text = self.env._("Deliveries with new tracking: %s.", len(pickings))
        if not lacking:
            return notify(text)
        return notify(f"{text}\n{lacking._explain_amazon_goods_missing()}", "warning")


class AmazonTrackingImportLine(models.TransientModel):
    _name = "amazon.tracking.import.line"
    _description = "Amazon: Tracking Import Row"
    _order = "row, id"

    wizard_id = fields.Many2one(
        "amazon.tracking.import", required=True, ondelete="cascade"
    )
    row = fields.Integer()
    reference = fields.Char("Order or Delivery")
    carrier = fields.Char("Carrier in the File")
    tracking = fields.Char()
    is_shortened = fields.Boolean()
    candidates = fields.Integer()
    picking_id = fields.Many2one("stock.picking", "Delivery")
    carrier_code_id = fields.Many2one("amazon.carrier.code", "Carrier")
    problem = fields.Char(compute="_compute_problem")

    @api.depends(
        "picking_id",
        "carrier_code_id",
        "tracking",
        "wizard_id.line_ids.picking_id",
        "wizard_id.line_ids.carrier_code_id",
    )
    def _compute_problem(self):
        for wizard, lines in self.grouped("wizard_id").items():
            usable = (wizard.line_ids or lines).filtered(
                lambda line: not line._find_problem()
            )
            torn = {
                picking
                for picking, own in usable.grouped("picking_id").items()
                if len(own._get_carriers()) > 1
            }
            for line in lines:
                line.problem = line._find_problem() or False
                if not line.problem and line.picking_id in torn:
                    line.problem = self.env._(
                        "The rows of this delivery name different carriers: choose one "
                        "for all of them."
                    )

    def _get_carriers(self):
        """``{what tells a carrier from others: (its code, name if it has no code)}``"""
        named = {
            line: line.carrier or "" if line.carrier_code_id.code == "Other" else False
            for line in self
            if line.carrier_code_id
        }
        return {
            (line.carrier_code_id, name and name.casefold()): (
                line.carrier_code_id,
                name,
            )
            for line, name in named.items()
        }

    def _find_problem(self):
        """What is wrong with this row by itself, or None."""
        if not self.picking_id and self.candidates > 1:
            return self.env._("Several deliveries: choose one.")
        # Scripts may name any delivery.
        if not self.picking_id._filtered_access("read"):
            return self.env._("No delivery to ship has this number.")
        if self.is_shortened:
            return self.env._(
                "The spreadsheet program cut off this number. Format the column as "
                "text."
            )
        if self.carrier and not self.carrier_code_id:
            return self.env._("Amazon does not list this carrier: choose one.")
        return None

    def _write_deliveries(self):
        """Write what these rows say; several rows of one delivery are its parcels.

        :return: the deliveries
        :raises UserError: when no row can be used
        """
        usable = self.filtered(lambda line: not line.problem)
        if not usable:
            raise UserError(self.env._("None of these rows can be used."))
        for picking, lines in usable.grouped("picking_id").items():
            numbers = list(dict.fromkeys(lines.mapped("tracking")))
            vals = {"carrier_tracking_ref": ", ".join(numbers)}
            for code, name in lines._get_carriers().values():
                vals["amazon_carrier_code_id"] = code.id
                if name is not False:
                    vals["amazon_carrier_name"] = name
            picking.write(vals)
        return usable.picking_id
