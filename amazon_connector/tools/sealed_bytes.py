# SPDX-License-Identifier: LGPL-3.0-or-later
"""Encryption of whole files, each under a key of its own.

The key is small: it is what the vault encrypts, what a change of keys encrypts anew,
and what is deleted to make a file unreadable in every backup of the file store.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_KEY_BITS = 256


def seal_bytes(content, context):
    """Encrypt a file (AES-256-GCM).

    :param bytes content: the file
    :param str context: what it belongs to; it opens for that only
    :return: ``(key, box)``: the key as text, the ciphertext as bytes
    """
    key, nonce = AESGCM.generate_key(_KEY_BITS), os.urandom(_NONCE_BYTES)
    box = nonce + AESGCM(key).encrypt(nonce, content, context.encode())
    return base64.b64encode(key).decode(), box


def open_bytes(key, box, context):
    """The file in a box of :func:`seal_bytes`.

    :raises ValueError: when it was changed, cut, or sealed for something else
    """
    nonce, rest = box[:_NONCE_BYTES], box[_NONCE_BYTES:]
    try:
        return AESGCM(base64.b64decode(key)).decrypt(nonce, rest, context.encode())
    except InvalidTag:
        raise ValueError("The sealed file was changed or belongs elsewhere.") from None
