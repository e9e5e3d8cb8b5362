# SPDX-License-Identifier: LGPL-3.0-or-later
"""Delivery slips and picking operations with the real address, printed on a screen.

The route and not the rendering method: mail templates, scripts and other addons render
the same documents, and those stay masked.
"""

import json

from odoo.http import request, route

from odoo.addons.web.controllers.report import ReportController

from ..models.order.reveal import (
    log_access,
    read_contacts,
    read_notes,
    show_contacts,
)

REPORTS = {"stock.report_deliveryslip", "stock.report_picking"}
NOTES = "amazon_buyer_notes"
"""``{delivery id: [(title, text), ...]}`` among the values of the template."""


def _is_readonly(_controller, _rule, arguments):
    """Prints that are logged need a cursor that writes."""
    return arguments.get("reportname") not in REPORTS


class AmazonReportController(ReportController):
    @route(readonly=_is_readonly)
    def report_routes(self, reportname, docids=None, converter=None, **data):
        """Override: render deliveries of Amazon orders with what the buyer told."""
        data.pop(NOTES, None)
        orders = {}
        if reportname in REPORTS and converter in ("pdf", "html") and docids:
            orders = _find_orders(docids)
        if not orders:
            return super().report_routes(
                reportname, docids=docids, converter=converter, **data
            )
        env = request.env
        bindings = env["amazon.order"].concat(*orders.values())
        contacts, personal = read_contacts(bindings)
        notes = {
            picking.id: read_notes(env, personal[order])
            for picking, order in orders.items()
        }
        _log(reportname, orders, contacts, notes)
        with show_contacts(env, contacts, bindings):
            answer = super().report_routes(
                reportname,
                docids=docids,
                converter=converter,
                **_without_attachment(data),
                **{NOTES: notes},
            )
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _find_orders(docids):
    """``{delivery: Amazon order}`` of which the user may print the buyer's data."""
    user = request.env.user
    entitled = user.has_group("amazon_connector.group_buyer_data")
    if not entitled and not user.has_group("stock.group_stock_user"):
        return {}
    ids = [int(part) for part in docids.split(",") if part.isdigit()]
    pickings = (
        request.env["stock.picking"].browse(ids).exists()._filtered_access("read")
    )
    found = {}
    for picking in pickings.sudo().filtered(_is_delivery):
        order = picking.sale_id._get_amazon_bindings()
        anybody = order.account_id.buyer_data_printing == "stock"
        if order.company_id == picking.company_id and (entitled or anybody):
            found[picking] = order
    return found


def _is_delivery(picking):
    return (
        picking.picking_type_id.code != "incoming"
        and picking.sale_id.partner_shipping_id
        and picking.company_id in request.env.user.company_ids
    )


def _log(reportname, orders, contacts, notes):
    shown = {}
    for picking, order in orders.items():
        sale = order.sudo().sale_order_id
        names = {
            name
            for partner in sale.partner_id | sale.partner_shipping_id
            for name, value in contacts.get(partner.id, {}).items()
            if value and name != "complete_name"
        }
        names |= {"notes"} if notes[picking.id] else set()
        if names:
            shown[order] = sorted(names | set(shown.get(order, ())))
    if shown:
        address = request.httprequest.remote_addr
        log_access(request.env, "print", reportname, shown, address)


def _without_attachment(data):
    """The caller's values, by which Odoo keeps no copy of the document."""
    data.update(json.loads(data.pop("options", None) or "{}"))
    data.pop(NOTES, None)
    context = json.loads(data.get("context") or "{}")
    data["context"] = json.dumps({**context, "report_pdf_no_attachment": True})
    return data
