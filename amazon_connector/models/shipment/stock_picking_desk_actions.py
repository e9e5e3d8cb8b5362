# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is done with many deliveries of the shipping desk at once."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import escape_psql

from ...tools.notifications import notify
from .stock_picking_desk import OPEN_STATES

BATCH_ACTION = "stock_picking_batch.stock_picking_to_batch_action_stock_picking"


class StockPicking(models.Model):
    _inherit = "stock.picking"

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Override: batches are offered where Odoo's module of them is installed."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if "stock.picking.batch" not in self.env:
            for button in arch.xpath("//button[@name='action_amazon_batch']"):
                button.getparent().remove(button)
        return arch, view

    def action_amazon_print_slips(self):
        """One document with the slips of these deliveries, in their order."""
        return self._print_amazon("stock.action_report_delivery")

    def action_amazon_print_picklist(self):
        """Units per location and product of all these deliveries."""
        return self._print_amazon("amazon_connector.action_report_picklist")

    def _print_amazon(self, report):
        self.check_access("read")
        return self.env.ref(report).report_action(self, config=False)

    def action_amazon_set_carrier(self):
        """The dialog that sets the carrier of all these deliveries."""
        self.check_access("write")
        return self.env["amazon.desk.carrier"]._open_for(self)

    @api.model
    def amazon_find_scanned(self, code):
        """What a scanner's first code names: an order, or a delivery, to be shipped;
        the step at hand where goods are picked or packed first.

        :return: None, or its name, order, state, whether it leaves the house, and
            items: units, name and the codes (barcode, reference, seller SKU, ASIN) by
            which a product is scanned
        """
        if not (wanted := code.strip()):
            return None
        named = Domain.OR(
            Domain(name, "=ilike", escape_psql(wanted))
            for name in ("name", "amazon_order_number", "origin")
        )
        is_open = Domain("state", "in", OPEN_STATES)
        steps = self._get_amazon_step_domain()
        found = self.search(named & is_open & steps, order="state, id")
        leaving = found.filtered(lambda p: p.picking_type_code == "outgoing")
        picking = (leaving or found)[:1]
        return picking._describe_scanned() if picking else None

    def _describe_scanned(self):
        self.ensure_one()
        moves = self.move_ids.filtered(lambda move: move.state != "cancel")
        return {
            "id": self.id,
            "name": self.name,
            "order": self.amazon_order_number or self.origin,
            "state": self.amazon_parcel,
            "leaves": self.picking_type_code == "outgoing",
            "items": [
                {
                    "name": product.display_name,
                    "units": sum(own.mapped("product_qty")),
                    "codes": own.sudo()._get_amazon_scan_codes(),
                }
                for product, own in moves.grouped("product_id").items()
            ],
        }

    def action_amazon_batch(self):
        """Odoo's dialog that puts these deliveries into a batch."""
        self.check_access("write")
        if "stock.picking.batch" not in self.env:
            raise UserError(
                self.env._(
                    'Batch transfers are not installed. Install the app "Warehouse '
                    'Management: Batch Transfer".'
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(BATCH_ACTION)
        return {**action, "context": {"active_ids": self.ids}}

    def action_amazon_validate(self):
        """Validate those of these deliveries whose goods are there.

        :return: what Odoo or the connector asks first, else what was done, in words
        :raises UserError: when none of them is ready
        """
        ready = self.filtered(lambda picking: picking._is_amazon_complete())
        if not ready:
            raise UserError(
                self.env._(
                    "None of these deliveries is ready: their goods are missing."
                )
            )
        result = ready.button_validate()
        if isinstance(result, dict):
            return result
        return ready._tell_amazon_validated(self - ready)

    def _tell_amazon_validated(self, others):
        """What a user is told after many deliveries were validated at once.

        :param others: those that were not ready
        """
        done = self.filtered(lambda picking: picking.state == "done")
        text = self.env._("Deliveries validated: %s.", len(done))
        if others:
            text += "\n" + others._explain_amazon_goods_missing()
        return notify(text, "warning" if others else "success")

    def _explain_amazon_goods_missing(self):
        names = ", ".join(self.mapped("name"))
        return self.env._("Goods are missing for: %s.", names)


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_amazon_scan_codes(self):
        """All by which a scanner may name the product of these moves, small letters."""
        items = self.sale_line_id.amazon_order_line_id
        codes = {
            *self.product_id.mapped("barcode"),
            *self.product_id.mapped("default_code"),
        }
        # A pack's SKU names more than one unit, a kit's more than one product.
        whole = self.filtered(lambda m: m.product_id == m.sale_line_id.product_id)
        if whole == self and self.product_uom == self.sale_line_id.product_uom_id:
            codes |= {*items.mapped("seller_sku"), *items.mapped("asin")}
        return sorted(code.casefold() for code in codes if code)
