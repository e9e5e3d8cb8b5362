# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which documents name which buyers, for the user who prints them."""

from dataclasses import dataclass, field

from odoo.http import request

from ..models.invoice.invoice_data import read_invoices
from ..models.order.reveal import read_contacts, read_notes

NOTES = "amazon_buyer_notes"
"""``{delivery id: [(title, text), ...]}`` among the values of the template."""
RECIPIENTS = "amazon_recipients"
"""``{package id: contact}``, likewise."""
VALUES = (NOTES, RECIPIENTS)
REPORTS = {
    "stock.report_deliveryslip": "deliveries",
    "stock.report_picking": "deliveries",
    "stock.report_picking_packages": "packed",
    "stock.report_package_barcode": "packages",
    "stock.report_package_barcode_small": "packages",
    "stock.report_package_history_barcode": "history",
    "stock.report_package_history_barcode_small": "history",
    "stock_picking_batch.report_picking_batch": "batches",
}
"""What the reports are about that name a recipient."""


@dataclass
class Found:
    """What documents show to a user.

    :param contacts: ``{partner id: {field: value}}``
    :param orders: the Amazon orders that it is of
    :param rows: ``[(company, Amazon's number, [field, ...]), ...]`` for the access log
    :param values: what the template gets on top
    """

    contacts: dict
    orders: object
    rows: list
    values: dict = field(default_factory=dict)

    @property
    def texts(self):
        """What buyers told that stands on no contact."""
        notes = self.values.get(NOTES, {}).values()
        return [text for every in notes for _title, text in every]


def find_subject(reportname):
    """What a report is about that may name buyers; None of all others."""
    if subject := REPORTS.get(reportname):
        return subject
    reports = request.env["ir.actions.report"].sudo()
    report = reports._get_report_from_name(reportname or "")
    names_buyer = report and reports._is_invoice_report(reportname)
    return "invoices" if names_buyer else None


def find_documents(reportname, docids):
    """:class:`Found` of what a report names; None when it stays as it is."""
    subject = find_subject(reportname)
    if not subject or (model := FINDERS[subject][0]) not in request.env:
        return None
    ids = [int(part) for part in docids.split(",") if part.isdigit()]
    return FINDERS[subject][1](_read(request.env[model], ids))


def _read(model, ids):
    """Those of these records that the user may read, in one statement."""
    if not model.has_access("read"):
        return model
    model = model.with_context(active_test=False)
    return model.search_fetch([("id", "in", ids)]).with_env(request.env)


def find_invoices(moves):
    """:class:`Found` of invoices that the user may print with the real buyer."""
    moves = moves.filtered(_may_print_invoice)
    contacts, orders, rows = read_invoices(moves)
    return Found(contacts, orders, rows) if contacts else None


def _may_print_invoice(move):
    user = request.env.user
    if move.company_id not in user.company_ids:
        return False
    if user.has_group("amazon_connector.group_buyer_data"):
        return True
    groups = ("account.group_account_invoice", "account.group_account_readonly")
    accounts = move._get_amazon_bindings().account_id
    anybody = accounts and set(accounts.mapped("buyer_data_printing")) == {"stock"}
    return anybody and any(map(user.has_group, groups))


def find_deliveries(pickings):
    """:class:`Found` of deliveries that the user may print with the real recipient."""
    orders = _find_orders(pickings)
    if not orders:
        return None
    bindings = request.env["amazon.order"].concat(*orders.values())
    contacts, personal = read_contacts(bindings)
    notes = {
        picking.id: read_notes(request.env, personal[order])
        for picking, order in orders.items()
    }
    rows = _list_rows(orders, contacts, notes)
    return Found(contacts, bindings, rows, {NOTES: notes})


def find_batches(batches):
    """The same for the deliveries of batch transfers."""
    return find_deliveries(batches.picking_ids._filtered_access("read"))


def find_packed(pickings):
    """The same for the packages of deliveries."""
    return _find_packed(pickings.move_line_ids.sudo())


def find_packages(packages):
    """The same for packages: their labels say whom they go to."""
    lines = request.env["stock.move.line"].sudo()
    return _find_packed(
        lines.search([("result_package_id", "in", packages.ids)], order="id")
    )


def _find_packed(lines):
    readable = lines.picking_id.sudo(False)._filtered_access("read")
    deliveries = {
        line.result_package_id.id: line.picking_id
        for line in lines
        if line.picking_id.id in readable.ids
    }
    return _add_recipients(find_deliveries(readable), deliveries)


def find_history(history):
    """The same for packages as they were in a delivery that is done."""
    readable = history.sudo().picking_ids.sudo(False)._filtered_access("read")
    deliveries = {
        one.package_id.id: picking
        for one in history.sudo()
        for picking in one.picking_ids
        if picking.id in readable.ids
    }
    return _add_recipients(find_deliveries(readable), deliveries)


def _add_recipients(found, deliveries):
    """:class:`Found` with the contacts that packages go to.

    :param deliveries: ``{package id: delivery}``
    """
    if found:
        found.values[RECIPIENTS] = {
            package: picking.sale_id.partner_shipping_id
            for package, picking in deliveries.items()
            if picking.sale_id.partner_shipping_id.id in found.contacts
        }
    return found


FINDERS = {
    "batches": ("stock.picking.batch", find_batches),
    "deliveries": ("stock.picking", find_deliveries),
    "history": ("stock.package.history", find_history),
    "invoices": ("account.move", find_invoices),
    "packages": ("stock.package", find_packages),
    "packed": ("stock.picking", find_packed),
}


def _find_orders(pickings):
    """``{delivery: Amazon order}`` of which the user may print the buyer's data."""
    user = request.env.user
    entitled = user.has_group("amazon_connector.group_buyer_data")
    if not entitled and not user.has_group("stock.group_stock_user"):
        return {}
    companies = set(user._get_company_ids())
    found = {
        picking: picking.sale_id._get_amazon_bindings()
        for picking in pickings.sudo()
        if picking.company_id.id in companies and _is_delivery(picking)
    }
    orders = request.env["amazon.order"].sudo().concat(*found.values())
    orders.account_id.fetch(("buyer_data_printing", "buyer_data_days"))
    return {
        picking: order
        for picking, order in found.items()
        if order.company_id == picking.company_id
        and (entitled or order.account_id.buyer_data_printing == "stock")
    }


def _is_delivery(picking):
    return (
        picking.picking_type_id.code != "incoming"
        and picking.sale_id.partner_shipping_id
    )


def _list_rows(orders, contacts, notes):
    """What each order shows: ``[(company, Amazon's number, [field, ...]), ...]``."""
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
    return [
        (order.company_id, order.order_number, names) for order, names in shown.items()
    ]
