# SPDX-License-Identifier: LGPL-3.0-or-later
"""Deliveries, packages and invoices with the real buyer, printed on a screen.

The route and not the rendering method: mail templates, scripts and other addons render
the same documents, and those stay masked.
"""

import json

from odoo.http import request, route

from odoo.addons.account.controllers.download_docs import (
    AccountDocumentDownloadController,
)
from odoo.addons.web.controllers.report import ReportController

from ..models.order.reveal import log_rows, show_contacts
from ..models.privacy.sealed import is_link
from .printing import VALUES, find_documents, find_invoices, find_subject


def _is_readonly(_controller, _rule, arguments):
    """Prints that are logged need a cursor that writes."""
    return not find_subject(arguments.get("reportname"))


class AmazonReportController(ReportController):
    @route(readonly=_is_readonly)
    def report_routes(self, reportname, docids=None, converter=None, **data):
        """Override: render documents of Amazon orders with what the buyer told."""
        for name in VALUES:
            data.pop(name, None)
        print_out = super().report_routes
        found = None
        if converter in ("pdf", "html", "text") and docids:
            found = find_documents(reportname, docids)
        if not found:
            return print_out(reportname, docids=docids, converter=converter, **data)
        log(reportname, found)
        with show_contacts(request.env, found.contacts, found.orders, found.texts):
            answer = print_out(
                reportname,
                docids=docids,
                converter=converter,
                **_without_attachment(data),
                **found.values,
            )
        answer.headers["Cache-Control"] = "no-store"
        return answer


class AmazonInvoiceController(AccountDocumentDownloadController):
    """Invoices and their electronic documents, downloaded by who may print them."""

    @route()
    def download_invoice_documents_filetype(self, invoices, filetype, **options):
        """Override."""
        download = super().download_invoice_documents_filetype
        return _show(invoices, lambda: download(invoices, filetype, **options))

    @route()
    def download_move_attachments(self, moves):
        """Override."""
        download = super().download_move_attachments
        return _show(moves, lambda: download(moves))

    @route()
    def download_invoice_attachments(self, attachments):
        """Override: what is sealed opens by its own route alone, if it is one file."""
        attachments.check_access("read")
        if len(attachments) == 1 and is_link(attachments):
            return request.redirect(attachments.sudo().url)
        moves = request.env["account.move"].browse(attachments.mapped("res_id"))
        download = super().download_invoice_attachments
        return _show(moves, lambda: download(attachments))


def _show(moves, download):
    """What a download answers, with the real buyer for who may see him."""
    moves.check_access("read")
    found = find_invoices(moves)
    if not found:
        return download()
    log("account.move", found)
    with show_contacts(request.env, found.contacts, found.orders):
        answer = download()
    if answer is not None:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def log(document, found):
    """Write what is shown, before it is."""
    address = request.httprequest.remote_addr
    log_rows(request.env, "print", document, found.rows, address)


def _without_attachment(data):
    """The caller's values, by which Odoo keeps no copy of the document."""
    data.update(json.loads(data.pop("options", None) or "{}"))
    for name in VALUES:
        data.pop(name, None)
    context = json.loads(data.get("context") or "{}")
    data["context"] = json.dumps({**context, "report_pdf_no_attachment": True})
    return data
