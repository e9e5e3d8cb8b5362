# SPDX-License-Identifier: LGPL-3.0-or-later
"""The only way to open a file that holds a buyer's data."""

import logging

from odoo.exceptions import AccessError
from odoo.http import Controller, content_disposition, request, route

from ..models.order.reveal import log_rows
from ..models.privacy.sealed import ROUTE, open_file

_logger = logging.getLogger(__name__)
# What browsers show without running anything of it.
_SHOWN = ("application/pdf", "image/png", "image/jpeg", "image/gif", "text/plain")
PRINTERS = {
    "delivery": "stock.group_stock_user",
    "invoice": "account.group_account_invoice",
}
"""Who may open a file of each kind, unless the account leaves it to *Buyer data*."""


class SealedFile(Controller):
    @route(f"{ROUTE}<string:token>", type="http", auth="user", methods=["GET"])
    def open_sealed_file(self, token, **_options):
        """The file, decrypted on its way to the browser and logged.

        :raises AccessError: for users without the right, and of other companies
        """
        file = request.env["amazon.sealed.file"].sudo()
        file = file.search([("token", "=", token)], limit=1)
        if not file or file._is_over():
            raise request.not_found()
        _check_access(file)
        content = open_file(file)
        if content is None:
            raise request.not_found()
        _log(file)
        return request.make_response(content, _get_headers(file))


def _check_access(file):
    user = request.env.user
    if file.company_id not in user.company_ids or not _is_entitled(user, file):
        _logger.warning("User %s asked for sealed file %s", user.id, file.id)
        raise AccessError(
            request.env._("Only those who may print buyers' data can open this file.")
        )
    if file.res_model in request.env and file.res_id:
        record = request.env[file.res_model].browse(file.res_id).exists()
        record.check_access("read")


def _is_entitled(user, file):
    if user.has_group("amazon_connector.group_buyer_data"):
        return True
    anybody = file.account_id.buyer_data_printing == "stock"
    return anybody and user.has_group(PRINTERS[file.kind])


def _log(file):
    numbers = (file.amazon_order_refs or "").split(", ")
    rows = [(file.company_id, number, ["file"]) for number in numbers]
    document = f"{file.res_model or ''} {file.name}".strip()
    log_rows(request.env, "file", document, rows, request.httprequest.remote_addr)


def _get_headers(file):
    known = file.mimetype in _SHOWN
    disposition = content_disposition(file.name, "inline" if known else "attachment")
    return [
        ("Content-Type", file.mimetype if known else "application/octet-stream"),
        ("Content-Disposition", disposition),
        ("Content-Security-Policy", "default-src 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
