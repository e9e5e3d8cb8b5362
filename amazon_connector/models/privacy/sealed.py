# SPDX-License-Identifier: LGPL-3.0-or-later
"""The one way in which files with a buyer's data are stored, and read again.

Functions, not methods: templates and server actions call every method of a record, but
import nothing. What a file says leaves by the route of ``controllers/sealed_file.py``.
"""

import base64
import json
import re
import secrets
from pathlib import PurePath

from odoo.tools.mimetypes import guess_mimetype

from ...tools.sealed_bytes import open_bytes, seal_bytes
from ..order.personal import open_file_key, seal_file_key
from ..order.reveal import get_shown, get_shown_orders, is_showing, tells

ROUTE = "/amazon_connector/file/"
INVOICE_MODELS = ("account.move", "l10n.in.ewaybill")
# What the portal for India's e-invoices answers, beside the signed invoice itself.
PUBLIC = ("AckNo", "AckDt", "Irn", "Status", "EwbNo", "EwbDt", "EwbValidTill")
# Shorter words stand in every name by chance.
_WORD = re.compile(r"[^\W_]{4,}")


def seal_file(env, content, **facts):
    """Store a file encrypted.

    :param bytes content: the file
    :param facts: values of ``amazon.sealed.file``; ``order_ids`` as a list of ids
    :return: the record, as superuser
    """
    token = secrets.token_urlsafe(24)
    key, box = seal_bytes(content, token)
    return (
        env["amazon.sealed.file"]
        .sudo()
        .create(
            {
                **facts,
                "token": token,
                "key_ciphertext": seal_file_key(env, token, key),
                "content": base64.b64encode(box),
                "size": len(content),
            }
        )
    )


def open_file(file):
    """What a sealed file says, as bytes; None when it is gone or its key lost."""
    file = file.sudo()
    key = open_file_key(file.account_id, file.token, file.key_ciphertext)
    box = base64.b64decode(file.with_context(bin_size=False).content or b"")
    return open_bytes(key, box, file.token) if key and box else None


def seal_shown(env, vals, record=None):
    """Values of an attachment that is made while buyers are shown: a link to its
    sealed content.

    :param vals: values of ``ir.attachment``
    :param record: the attachment, when it is there already
    """
    content = _read_content(vals)
    if not content:
        return vals
    model = vals.get("res_model") or (record and record.res_model)
    res_id = vals.get("res_id") or (record and record.res_id)
    name = _clean_name(vals.get("name") or (record and record.name), get_shown(env))
    file = seal_file(
        env,
        content,
        name=name,
        mimetype=vals.get("mimetype") or guess_mimetype(content),
        res_model=model,
        res_id=res_id,
        res_field=vals.get("res_field"),
        masked=_find_public(content, get_shown(env)),
        **_prepare_owner_of(env, model, res_id),
    )
    others = {
        key: value
        for key, value in vals.items()
        if key not in ("datas", "raw", "index_content", "thumbnail", "description")
    }
    return {**others, **prepare_link(file)}


def prepare_link(file):
    """Values of an attachment that leads to a sealed file: all of Odoo's ways to open
    it go to our route, and all of its ways to read it find nothing."""
    return {
        "name": file.name,
        "type": "url",
        "url": f"{ROUTE}{file.token}",
        # Browsers make thumbnails of what says that it is a PDF.
        "mimetype": "application/octet-stream",
        "access_token": False,
        "public": False,
    }


def _prepare_owner_of(env, model, res_id):
    """Whose a file on this record is: the orders that it is about, of those that are
    shown."""
    shown = get_shown_orders(env)
    if model not in env or not res_id:
        return prepare_owner(shown, model)
    record = env[model].sudo().browse(res_id)
    source = record.sale_id if "sale_id" in record._fields else record
    own = getattr(source, "_get_amazon_bindings", lambda: shown)() & shown
    owner = prepare_owner(own or shown, model)
    if model == "account.move":
        owner["kept_until"] = record._get_amazon_keeping_end()
    return owner


def prepare_owner(orders, model):
    """Whose a file about these Amazon orders is: values of ``amazon.sealed.file``."""
    return {
        "kind": "invoice" if model in INVOICE_MODELS else "delivery",
        "company_id": orders[:1].company_id.id or orders.env.company.id,
        "account_id": orders[:1].account_id.id,
        "order_ids": orders.ids,
        "amazon_order_refs": ", ".join(orders.mapped("order_number")),
    }


def is_link(attachment):
    """Whether an attachment leads to a sealed file."""
    return (attachment.sudo().url or "").startswith(ROUTE)


def read_attachment(attachment):
    """What Odoo may read of a sealed attachment: all while its buyers are shown, else
    what names nobody."""
    env, token = attachment.env, attachment.sudo().url.removeprefix(ROUTE)
    file = env["amazon.sealed.file"].sudo().search([("token", "=", token)], limit=1)
    shown = is_showing(env) and file.order_ids & get_shown_orders(env)
    return (shown and open_file(file)) or (file.masked or "").encode()


def _find_public(content, shown):
    """What a file says that names nobody: numbers that other addons read; or False."""
    if not content.startswith(b"{"):
        return False
    try:
        told = json.loads(content)
    except ValueError:
        return False
    if "Irn" not in told:
        return False
    public = {name: told[name] for name in PUBLIC if name in told}
    # Each printed invoice needs it; the buyer's tax number is in it.
    code = str(told.get("SignedQRCode") or "")
    return json.dumps({**public, "SignedQRCode": "" if _tells(code, shown) else code})


def _tells(code, shown):
    """Whether a signed text (JSON Web Token) has a value that is shown."""
    parts = code.split(".")
    try:
        text = "".join(
            base64.urlsafe_b64decode(f"{part}===").decode() for part in parts[:2]
        )
    except ValueError:
        return True
    return tells(code, shown) or tells(text, shown)


def _read_content(vals):
    if raw := vals.get("raw"):
        return raw.encode() if isinstance(raw, str) else bytes(raw)
    return base64.b64decode(vals.get("datas") or b"")


def _clean_name(name, shown):
    """The name of a file, unless it has a word of a buyer's data."""
    name = name or "file"
    words = {word.casefold() for word in _WORD.findall(name)}
    telling = {
        word.casefold()
        for contact in shown.values()
        for value in contact.values()
        for word in _WORD.findall(value or "")
    }
    return name if words.isdisjoint(telling) else f"file{PurePath(name).suffix}"
