# SPDX-License-Identifier: LGPL-3.0-or-later
"""Encrypting and reading buyers' data.

Functions, not methods: templates and server actions call every method of a record, but
import nothing (see ``tools/vault.py``). Callers keep what they read in local variables
and hand it to nothing that logs, stores or returns it.
"""

from odoo.tools import SQL

from ...tools.vault import VaultError, get_vault
from ..account.credentials import explain_unreadable


def seal_order(env, order_id, personal):
    """Values of ``amazon.order.pii`` that hold the personal data of an order.

    :param order_id: Amazon's number
    :param personal: as of :func:`~..sp_api.privacy.split_order`
    """
    vault, context = get_vault(env), _of_order(order_id)
    return {
        "ciphertext": vault.encrypt(personal, context),
        "fingerprint": vault.fingerprint(personal, context),
    }


def is_sealed(env, order_id, personal, fingerprint):
    """Whether the fingerprint is that of these data."""
    return get_vault(env).fingerprint(personal, _of_order(order_id)) == fingerprint


def open_order(account, order_id, ciphertext):
    """The personal data of an order, {} when there are none or they are lost.

    :param account: the order's account, which is told of a lost key
    """
    return _open(account, ciphertext, _of_order(order_id))


def read_orders(orders):
    """``{order: personal}`` of these Amazon orders, {} where nothing can be read."""
    env = orders.env
    env["amazon.order.pii"].sudo().flush_model()
    # Without records: what is shown or printed is not to wait for them.
    found = dict(
        env.execute_query(
            SQL(
                "SELECT order_id, ciphertext FROM amazon_order_pii"
                " WHERE order_id = ANY(%s)",
                orders.ids,
            )
        )
    )
    return {
        order: open_order(order.account_id, order.order_number, found.get(order.id))
        for order in orders
    }


def seal_customer(company, number, personal):
    """Ciphertext of what is known of a customer.

    :param number: the customer's own in this company, e.g. ``AMZ000034``
    """
    return get_vault(company.env).encrypt(personal, _of_customer(company, number))


def open_customer(customer):
    """What is known of a customer, {} when that is nothing or lost."""
    customer = customer.sudo()
    return _open(
        customer.channel_id.account_id,
        customer.ciphertext,
        _of_customer(customer.company_id, customer.number),
    )


def find_registrations(personal):
    """The buyer's own tax registrations among what Amazon told of an order."""
    return [
        registration
        for registration in personal.get("tax") or ()
        if registration.get("entityType") == "BUYER"
        and registration.get("taxRegistrationNumber")
    ]


def seal_file_key(env, token, key):
    """Ciphertext of the key of one sealed file.

    :param token: the file's own, by which it is asked for
    """
    return get_vault(env).encrypt(key, _of_file(token))


def open_file_key(account, token, ciphertext):
    """The key of a sealed file; None when it is lost."""
    return _open(account, ciphertext, _of_file(token)) or None


def _of_order(order_id):
    return f"order {order_id}"


def _of_customer(company, number):
    return f"customer {number} of company {company.id}"


def _of_file(token):
    return f"file {token}"


def _open(account, ciphertext, context):
    """What can be read of a ciphertext; {} when its key is lost, which is told once.

    :raises VaultError: when the account's credentials cannot be read either: then this
        server may lack a key that others have, and nothing counts as lost
    """
    if not ciphertext:
        return {}
    vault = get_vault(account.env)
    try:
        return vault.decrypt(ciphertext, context)
    except VaultError:
        if account and explain_unreadable(account):
            raise
    account._tell_lost_data()
    return {}
