# SPDX-License-Identifier: LGPL-3.0-or-later
"""Encryption and keyed hashing of what must not stand in the database in clear.

The master keys live outside the database: in the server's configuration
(``amazon_connector_key`` in the ``[options]`` section, or the environment variable
``AMAZON_CONNECTOR_KEY``; several keys separated by commas, newest first), else in a
key file in the data directory, made on first use and readable by its owner only.
Encryption keys and hash keys are derived separately from each master key.
"""

import base64
import functools
import hashlib
import hmac
import json
import os
import secrets
import tempfile
import unicodedata
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from odoo.exceptions import UserError
from odoo.tools import config

KEY_FILE = "amazon_connector.key"
_MIN_KEY_LENGTH = 32


class VaultError(UserError):
    """The master key is missing, unusable, or not the one the data was made with.

    Whoever meets it is told so: an administrator can help.
    """


class Vault:
    """Encrypts JSON values and makes keyed hashes.

    :param master_keys: secrets of at least 32 bytes, newest first. The first one
        encrypts and hashes; all of them decrypt and find.
    """

    def __init__(self, master_keys):
        if not master_keys or any(len(key) < _MIN_KEY_LENGTH for key in master_keys):
            raise VaultError(
                f"The Amazon connector's key needs {_MIN_KEY_LENGTH} bytes or more."
            )
        self._box = MultiFernet(
            [Fernet(_derive(key, b"encryption")) for key in master_keys]
        )
        self._hash_keys = [_derive(key, b"hash") for key in master_keys]

    def encrypt(self, value) -> str:
        """Ciphertext of a JSON value."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return self._box.encrypt(text.encode()).decode()

    def decrypt(self, ciphertext):
        """The JSON value behind a ciphertext.

        :raises VaultError: when none of the keys fits.
        """
        try:
            return json.loads(self._box.decrypt(ciphertext.encode()))
        except InvalidToken:
            raise VaultError(
                "Encrypted Amazon data cannot be read: the key in the server's "
                "configuration or key file is not the one it was written with. Put the "
                "former key back behind the new one. If it is lost, enter all "
                "credentials anew."
            ) from None

    def digests(self, purpose, *parts) -> list[str]:
        """Keyed hashes of the normalised parts, one per key, the current one first.

        Empty when every part is blank, so that two unknown buyers are never taken for
        one.
        """
        normalised = [normalise(part) for part in parts]
        if not any(normalised):
            return []
        message = "\x1f".join([purpose, *normalised]).encode()
        return [
            hmac.new(key, message, hashlib.sha256).hexdigest()
            for key in self._hash_keys
        ]

    def fingerprint(self, value) -> str:
        """Keyed hash of a JSON value, to see a change without decrypting."""
        text = json.dumps(value, sort_keys=True, ensure_ascii=False)
        key = self._hash_keys[0]
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def normalise(text) -> str:
    """Text without accents, case and extra blanks: `` José  DIAZ`` is ``jose diaz``."""
    decomposed = unicodedata.normalize("NFKD", str(text or ""))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())


def get_vault() -> Vault:
    """The vault of this server.

    :raises VaultError: when the configured key cannot be used.
    """
    configured = config.get("amazon_connector_key") or os.environ.get(
        "AMAZON_CONNECTOR_KEY"
    )
    if configured:
        keys = tuple(key.strip().encode() for key in configured.split(","))
        return _vault(tuple(filter(None, keys)))
    return _vault(_keys_from_file(Path(config["data_dir"]) / KEY_FILE))


@functools.lru_cache(maxsize=4)
def _vault(master_keys):
    return Vault(master_keys)


def _keys_from_file(path):
    if not path.exists():
        _create_key_file(path)
    return tuple(path.read_bytes().split())


def _create_key_file(path):
    """Create the key file at once and whole, whoever else tries at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp opens with O_EXCL and mode 0600; link() then fails if another was faster.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{KEY_FILE}.")
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(48) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        os.unlink(temporary)


def _derive(master_key, purpose):
    kdf = HKDF(
        algorithm=hashes.SHA256(),
        length=32,
        salt=None,
        info=b"amazon_connector " + purpose,
    )
    return base64.urlsafe_b64encode(kdf.derive(master_key))
