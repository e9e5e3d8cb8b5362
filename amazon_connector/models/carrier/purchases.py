# SPDX-License-Identifier: LGPL-3.0-or-later
"""Remembering what carriers sold, so that a delivery that is tried again reuses it.

Functions, not methods, as in ``order/lending.py``.
"""

import base64
import json
import logging
import uuid
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.tools import SQL

from ...tools.database import short_transaction
from ...tools.scrubbing import get_scrubber
from ...tools.vault import VaultError, get_vault
from ..order.reveal import get_shown
from ..privacy.sealed import ROUTE, open_file
from .amazon_carrier_purchase import KEPT_DAYS

_logger = logging.getLogger(__name__)
# What carriers write onto the delivery, and what can be written anew.
_SIMPLE = ("boolean", "char", "float", "integer", "selection", "text")
# Odoo's own, not the carrier's.
_NOT_BOUGHT = {"amazon_purchase_key", "state", "weight", "write_date", "write_uid"}
_MOST_BYTES = 8 * 1024**2


def send_once(carrier, pickings, orders, send):
    """What ``send(pickings)`` returns; what was bought earlier is not bought again.

    :param orders: ``{delivery: Amazon order}``
    :return: as of ``send_shipping``
    """
    prints = {picking: _identify(carrier, picking) for picking in pickings}
    results = {}
    for picking in orders:
        if not (known := _find(picking)):
            continue
        if known["fingerprint"] == prints[picking]:
            results[picking] = _reuse(picking, known)
        else:
            _note_unused(picking, known)
    rest = pickings.filtered(lambda picking: picking not in results)
    if not rest:
        return [results[picking] for picking in pickings]
    before = {picking: _look_at(picking) for picking in rest if picking in orders}
    answers = send(rest)
    if not answers or len(answers) != len(rest):
        return answers
    results.update(zip(rest, answers, strict=True))
    for picking, state in before.items():
        row = _prepare(carrier, picking, orders[picking], prints[picking])
        _remember(picking, row, results[picking], state)
    return [results[picking] for picking in pickings]


def _identify(carrier, picking):
    """A keyed hash of what is bought: carrier, address and parcel."""
    lines = [
        [line.product_id.id, line.quantity, bool(line.result_package_id)]
        for line in picking.move_line_ids
    ]
    packages = picking.move_line_ids.result_package_id
    facts = [
        carrier.id,
        (get_shown(picking.env) or {}).get(picking.partner_id.id),
        round(picking.shipping_weight, 3),
        sorted(round(package.shipping_weight, 3) for package in packages),
        sorted(lines),
    ]
    return get_vault(picking.env).fingerprint(facts, _context(picking.id))


def _find(picking):
    """What was bought for a delivery and is on no delivery that was kept."""
    since = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
    statement = SQL(
        "SELECT key, fingerprint, tracking_number, ciphertext"
        " FROM amazon_carrier_purchase WHERE picking_ref = %s AND date > %s"
        " ORDER BY id DESC LIMIT 1",
        picking.id,
        since,
    )

    def read(cr):
        cr.execute(statement)
        return cr.dictfetchall()

    # The transaction at hand may be older than what was bought.
    rows = short_transaction(picking.pool, read)
    used = picking.sudo().amazon_purchase_key
    return rows[0] if rows and rows[0]["key"] != used else None


def _reuse(picking, known):
    """Put onto the delivery what was bought for it; the carrier's answer."""
    bought = get_vault(picking.env).decrypt(known["ciphertext"], _context(picking.id))
    picking = picking.sudo()
    picking.write({**bought["fields"], "amazon_purchase_key": known["key"]})
    picking.message_post(
        body=picking.env._(
            "Label %(number)s was bought earlier, when this delivery was not "
            "completed. It is used now, and no other label is bought.",
            number=known["tracking_number"] or "",
        ),
        attachments=[
            (name, base64.b64decode(content)) for name, content in bought["files"]
        ],
    )
    return bought["result"]


def _note_unused(picking, known):
    picking.sudo().message_post(
        body=picking.env._(
            "Label %(number)s was bought earlier, when this delivery was not "
            "completed. Carrier, address or parcel have changed since, so another "
            "label is bought: cancel the earlier one with the carrier.",
            number=known["tracking_number"] or "",
        )
    )


def _look_at(picking):
    """What a delivery has before a carrier is asked."""
    return _read_columns(picking), _get_last_file(picking)


def _prepare(carrier, picking, order, fingerprint):
    return {
        "date": fields.Datetime.now(),
        "picking_ref": picking.id,
        "company_id": order.company_id.id,
        "amazon_order_ref": order.order_number,
        "carrier_name": carrier.sudo().name,
        "key": uuid.uuid4().hex,
        "fingerprint": fingerprint,
    }


def _remember(picking, row, result, before):
    """Keep what was bought, in a transaction of its own."""
    columns, last_file = before
    picking.sudo().amazon_purchase_key = row["key"]
    changed = {
        name: value
        for name, value in _read_columns(picking).items()
        if value != columns[name]
    }
    bought = {
        "result": _clean_answer(result),
        "fields": changed,
        "files": _read_files(picking, last_file),
    }
    try:
        _insert(picking, row, bought)
    except (VaultError, psycopg2.Error):
        # It is paid for: better without a memory than without a delivery.
        _logger.exception("What was bought for %s is not remembered", picking)


def _insert(picking, row, bought):
    vault = get_vault(picking.env)
    row = {
        **row,
        "tracking_number": bought["result"].get("tracking_number") or None,
        "ciphertext": vault.encrypt(bought, _context(picking.id)),
    }
    statement = SQL(
        "INSERT INTO amazon_carrier_purchase (%s) VALUES %s",
        SQL(", ").join(map(SQL.identifier, row)),
        tuple(row.values()),
    )
    short_transaction(picking.pool, lambda cr: cr.execute(statement))


def _clean_answer(result):
    """What a carrier answered, as JSON, without the address."""
    scrubber = get_scrubber()
    plain = json.loads(json.dumps(result, default=lambda value: None))
    return scrubber.hide_all(plain, scrubber.hide_column) if scrubber else plain


def _read_columns(picking):
    """The simple fields of a delivery, as they are stored."""
    picking.env.flush_all()
    picking = picking.sudo()
    names = [
        name
        for name, field in picking._fields.items()
        if field.store and field.type in _SIMPLE and name not in _NOT_BOUGHT
    ]
    columns = SQL(", ").join(map(SQL.identifier, names))
    rows = picking.env.execute_query(
        SQL("SELECT %s FROM stock_picking WHERE id = %s", columns, picking.id)
    )
    return dict(zip(names, rows[0], strict=True)) if rows else dict.fromkeys(names)


def _get_files(picking):
    return (
        picking.env["ir.attachment"]
        .sudo()
        .search(
            [
                ("res_model", "=", "stock.picking"),
                ("res_id", "=", picking.id),
                ("url", "=like", f"{ROUTE}%"),
            ],
            order="id",
        )
    )


def _get_last_file(picking):
    return max(_get_files(picking).ids, default=0)


def _read_files(picking, last_file):
    """``[(name, content in base64)]`` of what was attached after a file."""
    found, size = [], 0
    for attachment in _get_files(picking).filtered(lambda one: one.id > last_file):
        file = picking.env["amazon.sealed.file"].sudo()
        file = file.search([("token", "=", attachment.url[len(ROUTE) :])])
        content = open_file(file) if file else None
        size += len(content or b"")
        if content and size <= _MOST_BYTES:
            found.append((file.name, base64.b64encode(content).decode()))
    return found


def _context(picking_id):
    return f"purchase {picking_id}"
