# SPDX-License-Identifier: LGPL-3.0-or-later
"""Showing the real data of buyers where a parcel needs them.

Functions, not methods: templates and server actions call every method of a record, but
import nothing. What is shown is known to one thread and one transaction.
"""

import threading
from contextlib import closing, contextmanager

from odoo import fields
from odoo.exceptions import UserError

from .personal import open_customer, read_orders

ADDRESS_FIELDS = (
    "name",
    "complete_name",
    "street",
    "street2",
    "city",
    "zip",
    "phone",
    "email",
)
# Shorter texts stand in every message by chance.
_TELLING = 4
_open = threading.local()


def get_shown(env):
    """``{partner id: {field: value}}`` of what this transaction shows now, or None."""
    return getattr(_open, "shown", {}).get(env.transaction)


def get_shown_orders(env):
    """The Amazon orders whose buyers this transaction shows now."""
    orders = getattr(_open, "orders", {}).get(env.transaction, ())
    return env["amazon.order"].sudo().browse(orders)


def is_showing(env):
    """Whether this transaction shows buyers now, be it without any contact."""
    return get_shown(env) is not None


@contextmanager
def show_contacts(env, values, orders=(), texts=()):
    """Give contacts their real values for as long as the block lasts.

    All that is written meanwhile is undone: a template or another addon may have
    stored what it saw. So nothing may be committed. A failure that tells a value is
    replaced by one that does not.

    :param values: ``{partner id: {field: value}}``, of :func:`read_contacts`
    :param orders: the Amazon orders of these contacts: files that are made meanwhile
        belong to them; by default all orders that went to the contacts
    :param texts: what else buyers told and is shown meanwhile, a gift message
    """
    if not values and not texts:
        yield
        return
    try:
        with closing(env.cr.savepoint()):
            with register_shown(env, values, orders), _refuse_commits(env):
                _take_off_masks(env, values)
                yield
    except Exception as error:
        if _tells(error, values, texts):
            message = env._(
                "This cannot be shown: an error occurred while the buyer's data was "
                "in use. The message is not shown, because it contains that data."
            )
            raise UserError(message) from None
        raise
    finally:
        env.invalidate_all(flush=False)


def _take_off_masks(env, values):
    """Give the cache what contacts are called, and drop from it whatever was computed
    without being stored: it may be made of their masks.

    All else is as true while buyers are shown, and what a print has read already need
    not be read again.

    :param values: ``{partner id: {field: value}}``, which are shown from now on
    """
    contacts = env["res.partner"].browse(values)
    for contact in contacts:
        for name, value in values[contact.id].items():
            contacts._fields[name]._update_cache(contact, value)
    for field in list(env.transaction.field_data):
        if field.compute and not field.store:
            field._invalidate_cache(env)


@contextmanager
def _refuse_commits(env):
    """What is committed could not be undone any more."""

    def refuse():
        raise UserError(env._("Nothing can be saved while a buyer's data is shown."))

    cursor = vars(env.cr)
    before = cursor.get("commit")
    cursor["commit"] = refuse
    try:
        yield
    finally:
        del cursor["commit"]
        if before:
            cursor["commit"] = before


@contextmanager
def register_shown(env, values, orders=()):
    """Have :func:`get_shown` give these values for as long as the block lasts."""
    orders = orders or _find_orders_to(env, values)
    places = [_open.__dict__.setdefault(name, {}) for name in ("shown", "orders")]
    before = [place.get(env.transaction) for place in places]
    _register(env, places, [values, orders.ids])
    try:
        yield
    finally:
        _register(env, places, before)


def _register(env, places, values):
    for place, value in zip(places, values, strict=True):
        place[env.transaction] = value
        if value is None:
            del place[env.transaction]


def _find_orders_to(env, values):
    contacts = list(values)
    return (
        env["amazon.order"]
        .sudo()
        .search(
            [
                ("redacted_on", "=", False),
                "|",
                ("sale_order_id.partner_id", "in", contacts),
                ("sale_order_id.partner_shipping_id", "in", contacts),
            ]
        )
    )


def _tells(error, values, texts):
    """Whether the message of an error, or of one behind it, has one of these values, or
    a line of these texts."""
    lines = {line.strip() for text in texts for line in text.splitlines()}
    lines = {line for line in lines if len(line) >= _TELLING}
    messages = set()
    while error and len(messages) < 20:
        messages.add(f"{error} {error!r}")
        error = error.__cause__ or error.__context__
    return any(
        tells(message, values) or any(line in message for line in lines)
        for message in messages
    )


def tells(text, values):
    """Whether a text has one of the values that are shown, or a part of one."""
    return any(
        part in text
        for contact in values.values()
        for value in contact.values()
        if value
        for part in {value, *value.split(", ")}
        if len(part) >= _TELLING
    )


def read_current(orders):
    """``{order: personal}`` of these Amazon orders as far as it may be used.

    What is due to be deleted is gone for everybody, be the deletion late or not: the
    server stood still, or its database is an old backup.
    """
    current = orders.sudo().filtered(lambda order: not order._is_data_due())
    return {**dict.fromkeys(orders, {}), **read_orders(current)}


def read_contacts(orders, read=read_current):
    """The real values of the contacts of Amazon orders, and what else buyers said.

    A contact that several of these orders share under different addresses stays masked;
    so does one that is no customer of the connector, or no contact of the buyer's.

    :param read: gives the personal data of orders
    :return: ``({partner id: {field: value}}, {order: personal})``
    """
    orders = orders.sudo()
    personal = read(orders)
    found = {}
    for order in orders:
        buyer = order.sale_order_id.partner_id
        delivery = order.sale_order_id.partner_shipping_id
        if personal[order] and (delivery == buyer or delivery.parent_id == buyer):
            values = _read_delivery(delivery, personal[order])
            _add(found, delivery, values)
            if delivery != buyer:
                _add(found, buyer, _read_buyer(buyer))
    return {key: values for key, values in found.items() if values}, personal


def _add(found, partner, values):
    """Keep what all orders of a contact agree on: nothing if it is not the address."""
    # Only customers of the connector have a number, or are merged with one.
    is_customer = partner.amazon_number or partner.amazon_customer_ids
    if not is_customer or not values:
        return
    known = found.setdefault(partner.id, values)
    differing = {
        name for name in values if known.get(name, values[name]) != values[name]
    }
    if differing <= {"phone", "email"}:
        found[partner.id] = {**known, **dict.fromkeys(differing, False)}
    else:
        found[partner.id] = {}


def _read_delivery(partner, personal):
    return _to_fields(
        partner, personal.get("recipient") or {}, personal.get("buyer") or {}
    )


def _read_buyer(partner):
    known = open_customer(partner.amazon_customer_ids[:1])
    return _to_fields(partner, known.get("address") or {}, known.get("buyer") or {})


def read_address(partner):
    """The real values of one masked contact; {} for all others.

    Of the contact, and not of an order: it is asked for where no order is known.
    """
    customer = partner._origin.sudo().amazon_customer_ids[:1]
    shown = get_shown(partner.env) or {}
    if not customer or not partner.id or partner.id in shown:
        return {}
    return _read_buyer(partner.sudo())


def _to_fields(partner, address, buyer):
    """Amazon's address as fields of a contact; {} when it names nobody and no place."""
    name = address.get("name") or buyer.get("name")
    if not name and not address.get("addressLine1"):
        return {}
    company = address.get("companyName") or buyer.get("company")
    more = [address.get(f"addressLine{number}") for number in (2, 3)]
    more.append(address.get("districtOrCounty"))
    if not partner.state_id:
        more.append(address.get("stateOrRegion"))
    # Odoo's addresses have no line for the company of a person.
    names = dict.fromkeys((name, company))
    addressee = _join(names) or partner.name
    return {
        "name": addressee,
        "complete_name": addressee,
        "street": address.get("addressLine1") or False,
        "street2": _join(more) or False,
        "city": address.get("city") or address.get("municipality") or False,
        "zip": address.get("postalCode") or False,
        "phone": address.get("phone") or False,
        "email": buyer.get("email") or False,
    }


def _join(parts):
    return ", ".join(part for part in parts if part)


def read_notes(env, personal):
    """What a buyer wants on, in or with the parcel: ``[(title, text), ...]``."""
    preference = (personal.get("recipient") or {}).get("deliveryPreference") or {}
    notes = []
    for item in (personal.get("items") or {}).values():
        notes.append((env._("Gift message"), item.get("giftMessage")))
        notes.append((env._("Customization"), item.get("customizedUrl")))
    notes.append((env._("Where to leave it"), preference.get("dropOffLocation")))
    notes.append((env._("Instructions"), preference.get("addressInstruction")))
    return [(title, text) for title, text in notes if text]


def read_buyer(order):
    """All that the buyer of an Amazon order told, for a screen.

    :return: ``[(name, label, value), ...]``; the name goes into the access log
    """
    env, personal = order.env, read_current(order)[order]
    address, buyer = personal.get("recipient") or {}, personal.get("buyer") or {}
    lines = [address.get(f"addressLine{number}") for number in (1, 2, 3)]
    taxes = [one.get("taxRegistrationNumber") for one in personal.get("tax") or ()]
    rows = [
        ("name", env._("Name"), address.get("name") or buyer.get("name")),
        (
            "company",
            env._("Company"),
            address.get("companyName") or buyer.get("company"),
        ),
        ("street", env._("Street"), _join(lines)),
        ("district", env._("District"), address.get("districtOrCounty")),
        ("city", env._("City"), address.get("city") or address.get("municipality")),
        ("state", env._("State or Region"), address.get("stateOrRegion")),
        ("zip", env._("Postal code"), address.get("postalCode")),
        ("country", env._("Country"), address.get("countryCode")),
        ("phone", env._("Phone"), address.get("phone")),
        ("email", env._("Email"), buyer.get("email")),
        ("tax", env._("Tax registrations"), _join(taxes)),
    ]
    rows += [("notes", title, text) for title, text in read_notes(env, personal)]
    return [row for row in rows if row[2]]


def log_access(env, kind, document, shown, ip_address):
    """Write who sees what, before it is seen.

    :param shown: ``{amazon.order: [name of a field, ...]}``
    """
    rows = [
        (order.company_id, order.order_number, names) for order, names in shown.items()
    ]
    log_rows(env, kind, document, rows, ip_address)


def log_rows(env, kind, document, rows, ip_address):
    """:func:`log_access` by number, for what outlives its Amazon order.

    :param rows: ``[(company, Amazon's number, [name of a field, ...]), ...]``
    """
    env["amazon.access.log"].sudo().create(
        [
            {
                "date": fields.Datetime.now(),
                "user_id": env.uid,
                "company_id": company.id,
                "kind": kind,
                "document": document,
                "amazon_order_ref": number,
                "shown": ", ".join(names),
                "ip_address": ip_address,
            }
            for company, number, names in rows
        ]
    )
