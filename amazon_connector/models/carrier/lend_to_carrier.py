# SPDX-License-Identifier: LGPL-3.0-or-later
"""When a carrier gets the real address, and what is asked and noted before.

Functions, not methods, as in ``order/lending.py``.
"""

from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import format_date

from ...tools.database import short_transaction
from ..order.lending import lend_contacts
from ..order.reveal import get_shown, log_access, read_contacts

INTERNAL = ("fixed", "base_on_rule")
"""Providers of Odoo's own that send nothing to anybody."""
REDACTED = "REDACTED"


def lend_to_carrier(carrier, orders, work):
    """What ``work()`` returns, done while the carrier gets the buyers' addresses.

    The access is logged and committed before: the carrier knows the address, whatever
    becomes of this transaction.

    :param orders: ``{sales order or delivery: Amazon order}``, of :func:`find_orders`
    """
    env = carrier.env
    bindings = env["amazon.order"].sudo().concat(*orders.values())
    values = read_contacts(bindings)[0] if bindings else {}
    if not values or values.keys() <= (get_shown(env) or {}).keys():
        return work()
    _log(carrier, bindings, values)
    return lend_contacts(env, values, bindings, work, _explain_failure)


def keep_sealed(env, orders, work):
    """What ``work()`` returns; files that it makes are sealed, texts are scrubbed.

    Nothing leaves Odoo, so nothing is logged.

    :param orders: ``{delivery: Amazon order}``
    """
    bindings = env["amazon.order"].sudo().concat(*orders.values())
    values = read_contacts(bindings)[0] if bindings else {}
    if not values:
        return work()
    return lend_contacts(env, values, bindings, work, _explain_failure)


def _explain_failure(env, kind):
    return env._(
        "Odoo's carrier integration failed (%(kind)s) while it was using the buyer's "
        "address. The message is not shown, because it contains the address.",
        kind=kind,
    )


def find_orders(carrier, records):
    """``{sales order or delivery: Amazon order}`` of what a carrier shall handle.

    Only where the parcel goes to the contact of Amazon's buyer.

    :param records: sales orders, or deliveries
    """
    if carrier.delivery_type in INTERNAL:
        return {}
    found = {}
    for record in records.sudo():
        sale = record if record._name == "sale.order" else record.sale_id
        order = sale._get_amazon_bindings()
        if order and order.company_id == record.company_id:
            found[record] = order
    return found


def check_addresses(env, orders):
    """Refuse what would be a parcel without an address.

    :param orders: ``{delivery: Amazon order}``
    :raises UserError: with what to do instead
    """
    if not orders:
        return
    bindings = env["amazon.order"].sudo().concat(*orders.values())
    values = read_contacts(bindings)[0]
    for picking, order in orders.items():
        partner = picking.partner_id
        is_masked = partner.amazon_customer_ids and not values.get(partner.id)
        # What a user typed into the contact is an address too.
        if is_masked and partner.street in (False, REDACTED):
            raise UserError(explain_missing(env, order))


def explain_missing(env, order):
    """Why there is no address, and what to do."""
    number = order.order_number
    if order.redacted_on:
        reason = env._(
            "The buyer's address of Amazon order %(order)s was deleted on %(date)s, "
            "as Amazon requires.",
            order=number,
            date=format_date(env, order.redacted_on),
        )
    elif order._is_data_due():
        reason = env._(
            "The buyer's address of Amazon order %(order)s is due for deletion, as "
            "Amazon requires, and is no longer used.",
            order=number,
        )
    else:
        reason = env._(
            "Odoo does not have the buyer's address of Amazon order %(order)s: Amazon "
            "provides it only to applications with the role Direct-to-Consumer "
            "Shipping, and only for orders that the seller ships.",
            order=number,
        )
    advice = env._(
        "Buy the label in Seller Central (Manage Orders > Buy Shipping), where Amazon "
        "shows the address, or choose a delivery method without a provider and enter "
        "the tracking reference."
    )
    return f"{reason} {advice}"


def _log(carrier, bindings, values):
    names = {
        name
        for contact in values.values()
        for name, value in contact.items()
        if value and name != "complete_name"
    }
    shown = dict.fromkeys(bindings, sorted(names))
    address = request.httprequest.remote_addr if request else False
    # Read before: the other transaction has a cursor of its own.
    document = carrier.sudo().name
    bindings.mapped("order_number")

    def write(cr):
        log_access(carrier.env(cr=cr), "carrier", document, shown, address)

    short_transaction(carrier.pool, write)
