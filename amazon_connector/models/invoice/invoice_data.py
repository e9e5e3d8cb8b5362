# SPDX-License-Identifier: LGPL-3.0-or-later
"""The real name, address and tax number of a buyer, as far as invoices need them.

From the order's encrypted data as long as there are any; afterwards from what the law
has the seller keep of business buyers (:func:`keep_buyers`).

Functions, not methods: templates and server actions call every method of a record, but
import nothing.
"""

import json

from odoo.http import request

from ..order.lending import lend_contacts
from ..order.personal import find_registrations, read_orders
from ..order.reveal import (
    get_shown,
    log_rows,
    read_address,
    read_contacts,
    read_current,
)
from ..privacy.sealed import open_file, prepare_owner, seal_file

FIELDS = ("name", "complete_name", "street", "street2", "city", "zip")
CONTACTS = ("partner_id", "commercial_partner_id", "partner_shipping_id")
"""The fields of an invoice that name a contact."""
KEPT = "amazon_buyer"
"""What ``res_field`` of a sealed file says that holds the data of one invoice."""


def is_business(personal):
    """Whether an order's personal data are those of a company."""
    company = (personal.get("buyer") or {}).get("company")
    return bool(company or find_registrations(personal))


def read_invoices(moves, everybody=False):
    """Who these invoices name, of those that name somebody.

    :param everybody: also consumers whose channel leaves them masked: for authorities
    :return: ``({partner id: {field: value}}, amazon.order records,
        [(company, Amazon's number, [field, ...]), ...])``, the last for the access log
    """
    contacts, rows = {}, []
    orders = moves.env["amazon.order"].sudo()
    kept = _find_kept(moves)
    for move in moves.sudo():
        if values := _read_invoice(move, kept.get(move.id), everybody):
            contacts.update(values)
            own = move._get_amazon_bindings()
            orders |= own
            numbers = own.mapped("order_number") or kept[move.id].amazon_order_refs
            names = sorted({name for one in values.values() for name in one})
            rows += [(move.company_id, number, names) for number in _split(numbers)]
    return contacts, orders, rows


def find_named(moves):
    """Those of these invoices that name a buyer of Amazon's."""
    kept = _find_kept(moves)
    return moves.filtered(lambda move: _read_invoice(move.sudo(), kept.get(move.id)))


def _split(numbers):
    return numbers.split(", ") if isinstance(numbers, str) else numbers


def _read_invoice(move, kept, everybody=False, read=read_current):
    """``{partner id: {field: value}}`` of one invoice; {} when it stays masked."""
    orders = move._get_amazon_bindings()
    personal = [one for one in read(orders).values() if one]
    if not personal:
        return _open_kept(move, kept) if kept else {}
    if not (everybody or _names_buyers(orders, personal)):
        return {}
    found = read_contacts(orders, read)[0]
    number = _find_tax_number(personal)
    values = {}
    for partner in _get_contacts(move).values():
        if real := found.get(partner.id) or read_address(partner):
            values[partner.id] = {name: real[name] for name in FIELDS}
            if number and not partner.vat:
                values[partner.id]["vat"] = number
    return values


def _names_buyers(orders, personal):
    return any(map(is_business, personal)) or all(
        orders.mapped("channel_id.consumer_invoices")
    )


def _get_contacts(move):
    """``{field: contact}`` of those contacts of an invoice that are masked buyers."""
    return {name: move[name] for name in CONTACTS if move[name].amazon_customer_ids}


def _find_tax_number(personal):
    numbers = {
        registration["taxRegistrationNumber"]
        for one in personal
        for registration in find_registrations(one)
    }
    return numbers.pop() if len(numbers) == 1 else None


# ----------------------------------------------------------------------
# What the law has kept
# ----------------------------------------------------------------------


def _find_kept(moves):
    """``{invoice id: sealed file}`` of the data that are kept of these invoices."""
    files = (
        moves.env["amazon.sealed.file"]
        .sudo()
        .search(
            [
                ("res_model", "=", "account.move"),
                ("res_id", "in", moves.ids),
                ("res_field", "=", KEPT),
            ]
        )
    )
    return {file.res_id: file for file in files if not file._is_over()}


def _open_kept(move, file):
    roles = json.loads(open_file(file) or b"{}")
    return {move[role].id: values for role, values in roles.items() if move[role]}


def keep_buyers(orders):
    """Seal what the law has the seller keep of the invoices of these Amazon orders,
    before the rest is deleted.

    :return: how many invoices
    """
    moves = orders.sale_order_id.invoice_ids.filtered(
        lambda move: move.state == "posted" and move.is_sale_document()
    )
    known = _find_kept(moves)
    new = moves.filtered(lambda move: move.id not in known)
    personal = read_orders(new._get_amazon_bindings() & orders)
    business = {order for order in personal if is_business(personal[order])}
    return sum(
        _keep_buyer(move)
        for move in new
        if not business.isdisjoint(move._get_amazon_bindings())
    )


def _keep_buyer(move):
    """Whether there was something to keep of an invoice."""
    values = _read_invoice(move, None, read=read_orders)
    roles = {
        role: values[partner.id]
        for role, partner in _get_contacts(move).items()
        if partner.id in values
    }
    until = move._get_amazon_keeping_end()
    if not roles or not until:
        return False
    seal_file(
        move.env,
        json.dumps(roles).encode(),
        name=f"{(move.name or '').replace('/', '_')}.json",
        mimetype="application/json",
        res_model="account.move",
        res_id=move.id,
        res_field=KEPT,
        kept_until=until,
        **prepare_owner(move._get_amazon_bindings(), "account.move"),
    )
    return True


# ----------------------------------------------------------------------
# Lending
# ----------------------------------------------------------------------


def lend_invoices(moves, work):
    """What ``work()`` returns, done while these invoices name their buyers.

    What it stores is sealed or scrubbed, see ``order/lending.py``.
    """
    contacts, orders, rows = read_invoices(moves)
    return _lend(moves, contacts, orders, rows, work)


def lend_to_authority(document, moves, sales, work):
    """The same for what goes to an authority: consumers are named, too.

    :param document: the record that is sent
    :param moves: the invoices that it is about
    :param sales: or the sales orders, when nothing is invoiced yet
    """
    contacts, orders, rows = read_invoices(moves, everybody=True)
    others = sales._get_amazon_bindings() - orders
    for partner, real in read_contacts(others)[0].items():
        contacts[partner] = {name: real[name] for name in FIELDS}
    rows += [(order.company_id, order.order_number, FIELDS) for order in others]
    return _lend(document, contacts, orders | others, rows, work)


def _lend(document, contacts, orders, rows, work):
    env = document.env
    if not contacts:
        return work()
    if contacts.keys() - (get_shown(env) or {}).keys():
        # Not what they display: that has the number which the buyer gave the order.
        names = ", ".join(record.name or record._name for record in document)
        address = request.httprequest.remote_addr if request else False
        log_rows(env, "document", names, rows, address)
    return lend_contacts(env, contacts, orders, work, _explain_failure)


def _explain_failure(env, kind):
    return env._(
        "The part of Odoo that creates or sends invoices and e-way bills failed "
        "(%(kind)s) while it was using the buyer's data. The message is not shown, "
        "because it contains that data.",
        kind=kind,
    )
