# SPDX-License-Identifier: LGPL-3.0-or-later
"""Putting what is encrypted and hashed under the newest key, batch by batch.

Functions, not methods: templates and server actions call every method of a record, but
import nothing (see ``tools/vault.py``). Each takes rows with an id above the last one
and skips those that somebody has in work; whatever is under the newest key stays as it
is, so that all of it may be done again.
"""

import json

from odoo.tools import SQL

from ...tools.secret_fields import Ciphertext
from ...tools.vault import VaultError, get_vault
from ..account.credentials import read_credentials
from ..order.amazon_customer import prepare_buyer
from ..order.amazon_place import hash_state
from ..order.personal import open_customer, read_orders, seal_order

_DIGESTS = ("email", "identity", "address")


def find_ciphertexts(env):
    """``[(model, field), ...]`` of all that is encrypted in this database."""
    return [
        (env[name], field)
        for name, model in sorted(env.registry.items())
        if not model._abstract
        for field in model._fields.values()
        if isinstance(field, Ciphertext) and field.store
    ]


def renew_ciphertexts(model, field, last_id, limit):
    """Encrypt a batch of a field with the newest key.

    :return: ``(ids of the batch, how many changed)``
    """
    rows, vault = _claim(model, field.name, last_id, limit), get_vault(model.env)
    changed = {}
    for row_id, ciphertext in rows:
        renewed = _renew(vault, ciphertext)
        if renewed:
            changed[row_id] = renewed
    _store(model, field.name, changed)
    return [row[0] for row in rows], len(changed)


def _renew(vault, ciphertext):
    """A ciphertext under the newest key; None if it is, or if no key is its own."""
    try:
        return vault.renew(ciphertext)
    except VaultError:
        return None


def count_former(model, field):
    """How many ciphertexts of a field a former key made; those that no key opens."""
    vault = get_vault(model.env)
    former = lost = 0
    for (ciphertext,) in model.env.execute_query(
        SQL(
            "SELECT %(column)s FROM %(table)s WHERE %(column)s IS NOT NULL",
            column=SQL.identifier(field.name),
            table=SQL.identifier(model._table),
        )
    ):
        try:
            former += bool(vault.renew(ciphertext))
        except VaultError:
            lost += 1
    return former, lost


def renew_orders(env, last_id, limit):
    """Renew a batch of orders' fingerprints and hashes of what their buyers typed.

    :return: ``(ids of the batch, how many changed)``
    """
    pii = env["amazon.order.pii"]
    rows = _claim(pii, "fingerprint", last_id, limit)
    orders = pii.browse([row[0] for row in rows]).order_id
    personal = read_orders(orders)
    fingerprints, changed = dict(rows), {}
    for row in pii.browse(fingerprints):
        told = personal[row.order_id]
        name = row.order_id.order_number
        sealed = told and seal_order(env, name, told)["fingerprint"]
        if sealed and sealed != fingerprints[row.id]:
            changed[row.id] = sealed
    _store(pii, "fingerprint", changed)
    for order in orders:
        _renew_typed(order, personal[order])
    return list(fingerprints), len(changed)


def _renew_typed(order, personal):
    """Hash anew what the buyer typed as state, on the order and on decisions on it.

    What an order report told is hashed only, and keeps the former key's hash.
    """
    former = set((order.ship_state_digests or "").split())
    address = personal.get("recipient") or {}
    code, text = address.get("countryCode"), address.get("stateOrRegion")
    if not former or not code or not text:
        return
    newest, *others = hash_state(get_vault(order.env), code, text)
    if former == {newest} or former.isdisjoint([newest, *others]):
        return
    _store(order, "ship_state_digests", {order.id: newest})
    order.env.cr.execute(
        SQL(
            """
            UPDATE amazon_place place
               SET digest = %(newest)s
             WHERE company_id = %(company)s AND country_code = %(code)s
               AND digest = ANY(%(others)s)
               AND NOT EXISTS (
                   SELECT FROM amazon_place
                    WHERE company_id = %(company)s AND country_code = %(code)s
                      AND digest = %(newest)s)
            """,
            newest=newest,
            others=others,
            company=order.company_id.id,
            code=code,
        )
    )


def renew_customers(env, last_id, limit):
    """Renew the hashes of a batch of buyers and of their delivery addresses.

    :return: ``(ids of the batch, how many changed)``
    """
    customers = env["amazon.customer"]
    rows = _claim(customers, "ciphertext", last_id, limit)
    batch = customers.browse([row[0] for row in rows])
    changed = {}
    for customer in batch.filtered("channel_id"):
        digests = _hash_again(customer)
        if digests and not _is_taken(customer, digests):
            changed[customer.id] = digests
    for name in _DIGESTS:
        column = f"{name}_digest"
        _store(
            customers,
            column,
            {key: one[column] for key, one in changed.items() if column in one},
        )
    return batch.ids, len(changed)


def _hash_again(customer):
    """``{column: hash}`` of those that a former key made."""
    known = open_customer(customer)
    told = {
        "buyer": known.get("buyer") or {},
        "recipient": known.get("address") or {},
        "tax": known.get("tax") or (),
    }
    partner = customer.partner_id
    buyer = prepare_buyer(
        customer.channel_id, told, partner.country_id, partner.state_id
    )
    found = {}
    for name in _DIGESTS:
        _newest, *former = getattr(buyer, f"{name}_digests") or (None,)
        if customer[f"{name}_digest"] in former:
            found[f"{name}_digest"] = _newest
    return found


def _is_taken(customer, digests):
    """Whether a buyer who came in meanwhile has one of these hashes already."""
    return bool(
        customer.search_count(
            [
                ("company_id", "=", customer.company_id.id),
                ("marketplace_id", "=", customer.marketplace_id.id),
                ("parent_id", "=", customer.parent_id.id),
                ("id", "!=", customer.id),
                *["|"] * (len(digests) - 1),
                *((column, "=", digest) for column, digest in digests.items()),
            ],
            limit=1,
        )
    )


def renew_authorisations(accounts):
    """Hash anew by what an authorisation is told from others.

    :return: how many changed
    """
    vault, changed = get_vault(accounts.env), {}
    for account in accounts.filtered("authorisation_digest"):
        try:
            token = read_credentials(account).get("refresh_token")
        except VaultError:
            continue
        newest, *former = vault.digests("refresh token", token) or (None,)
        if account.authorisation_digest in former:
            changed[account.id] = newest
    _store(accounts, "authorisation_digest", changed)
    return len(changed)


def _claim(model, column, last_id, limit):
    """Lock a batch of rows that have a value in a column: ``[(id, value), ...]``."""
    model.env.flush_all()
    return model.env.execute_query(
        SQL(
            """
            SELECT id, %(column)s
              FROM %(table)s
             WHERE id > %(last)s AND %(column)s IS NOT NULL
          ORDER BY id
             LIMIT %(limit)s
               FOR NO KEY UPDATE SKIP LOCKED
            """,
            column=SQL.identifier(column),
            table=SQL.identifier(model._table),
            last=last_id,
            limit=limit,
        )
    )


def _store(model, column, values):
    """Write ``{id: text}`` into a column."""
    if not values:
        return
    # What an unreadable row made somebody be told is kept.
    model.env.flush_all()
    model.env.cr.execute(
        SQL(
            """
            UPDATE %(table)s AS stored
               SET %(column)s = told.value
              FROM jsonb_each_text(%(values)s::jsonb) AS told
             WHERE stored.id = told.key::integer
            """,
            column=SQL.identifier(column),
            table=SQL.identifier(model._table),
            values=json.dumps(values),
        )
    )
    model.env.invalidate_all(flush=False)
