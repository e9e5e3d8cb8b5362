# SPDX-License-Identifier: LGPL-3.0-or-later
"""Lending buyers' data to addons that report invoices and transports to authorities.

None of them has to be installed: what is there is wrapped when the registry is ready.
"""

import functools

from .invoice_data import lend_to_authority

LENT = {
    "account.move": (
        "_l10n_in_check_einvoice_validation",
        "_l10n_in_edi_send_invoice",
    ),
    "l10n.in.ewaybill": ("action_generate_ewaybill", "_generate_and_attach_pdf"),
}
"""``{model: methods}`` that make a document of a record and send or store it."""


def lend_methods(registry):
    """Have these methods run while the invoices of their records name their buyers."""
    for model, names in LENT.items():
        cls = registry.models.get(model)
        for name in names if cls else ():
            method = getattr(cls, name, None)
            if method and not hasattr(method, "amazon_lent"):
                setattr(cls, name, _lend(method))


def _lend(method):
    @functools.wraps(method)
    def lent(records, *args, **options):
        moves, sales = _find_sources(records)
        work = functools.partial(method, records, *args, **options)
        return lend_to_authority(records, moves, sales, work)

    lent.amazon_lent = True
    return lent


def _find_sources(records):
    """``(invoices, sales orders)`` that documents for authorities are about."""
    if records._name == "account.move":
        return records, records.env["sale.order"]
    sales = records.env["sale.order"].sudo()
    if "picking_id" in records._fields:
        sales = records.sudo().picking_id.sale_id
    return records.sudo().account_move_id, sales
