# SPDX-License-Identifier: LGPL-3.0-or-later
"""Encryption and keyed hashing of what must not stand in the database in clear.

The master keys live outside the database: in the server's configuration
(``amazon_connector_key`` in the ``[options]`` section, or the environment variable
``AMAZON_CONNECTOR_KEY``; several keys separated by commas, newest first), else in a
key file in the data directory, made on first use and readable by its owner only.
Encryption keys and hash keys are derived separately from each master key.

Nothing here is a method of a recordset, and no recordset may lead to a vault or to what
it opened: what users write into templates and server actions calls every method of
every record, private ones too, but imports nothing. So whoever opens ciphertext does
it in a function of a module, and returns it to functions of modules only, or to local
variables of methods that return something else.
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
from odoo.tools import SQL, config
from odoo.tools.translate import LazyTranslate

from .secret_fields import Ciphertext

_lt = LazyTranslate(__name__, default_lang="en_US")
KEY_FILE = "amazon_connector.key"
_MIN_KEY_LENGTH = 32
# Of keys with 32 random hexadecimal digits, one in twenty million has fewer.
_MIN_DIFFERENT = 8
_MAKE_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'


class VaultError(UserError):
    """The master key is missing, unusable, or not the one the data was made with.

    Whoever meets it is told so, in the language of his request: an administrator can
    help.
    """

    def __init__(self, message):
        super().__init__(str(message))


class ContextError(VaultError):
    """The ciphertext was made for something else than it is read for."""


class Vault:
    """Encrypts JSON values and makes keyed hashes.

    :param master_keys: secrets of at least 32 bytes, newest first. The first one
        encrypts and hashes; all of them decrypt and find.
    """

    def __init__(self, master_keys):
        _check_keys(master_keys)
        boxes = [Fernet(_derive(key, b"encryption")) for key in master_keys]
        self._current, self._box = boxes[0], MultiFernet(boxes)
        self._hash_keys = [_derive(key, b"hash") for key in master_keys]

    @property
    def key_id(self) -> str:
        """Name of the current key; tells nothing about it."""
        return hmac.new(self._hash_keys[0], b"key id", hashlib.sha256).hexdigest()[:16]

    def encrypt(self, value, context) -> str:
        """Ciphertext of a JSON value.

        :param str context: what it belongs to, e.g. ``order 403-...``: it can be read
            for that only, wherever the ciphertext is copied to
        """
        text = json.dumps(
            {"for": context, "value": value}, ensure_ascii=False, separators=(",", ":")
        )
        return self._box.encrypt(text.encode()).decode()

    def decrypt(self, ciphertext, context):
        """The JSON value behind a ciphertext.

        :raises VaultError: when none of the keys fits
        :raises ContextError: when it was made for another context
        """
        sealed = json.loads(self._open(ciphertext))
        if not isinstance(sealed, dict) or sealed.get("for") != context:
            raise ContextError(
                _lt("Encrypted Amazon data belongs to something else and is not read.")
            )
        return sealed["value"]

    def renew(self, ciphertext):
        """The same under the current key; None if that made it.

        :raises VaultError: when none of the keys made it
        """
        try:
            self._current.decrypt(ciphertext.encode())
        except InvalidToken:
            self.check(ciphertext)
            return self._box.rotate(ciphertext.encode()).decode()
        return None

    def check(self, ciphertext):
        """
        :raises VaultError: when none of the keys made the ciphertext
        """
        self._open(ciphertext)

    def _open(self, ciphertext):
        try:
            return self._box.decrypt(ciphertext.encode())
        except InvalidToken:
            message = _lt(
                "Encrypted Amazon data cannot be read: the key in the server's "
                "configuration or key file is not the one it was written with. Put the "
                "former key back behind the new one. If it is lost, enter all "
                "credentials anew."
            )
            raise VaultError(message) from None

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

    def fingerprint(self, value, context) -> str:
        """Keyed hash of a JSON value, to see a change without decrypting.

        :param str context: as of :meth:`encrypt`; equal values of two look different
        """
        text = json.dumps([context, value], sort_keys=True, ensure_ascii=False)
        key = self._hash_keys[0]
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def normalise(text) -> str:
    """Text without accents, case and extra blanks: `` José  DIAZ`` is ``jose diaz``."""
    decomposed = unicodedata.normalize("NFKD", str(text or ""))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())


def get_vault(env) -> Vault:
    """The vault of this server.

    :raises VaultError: when the configured key cannot be used, or the key file is
        missing although something in the database was encrypted
    """
    if configured := _read_configured_key():
        keys = tuple(key.strip().encode() for key in configured.split(","))
        return _vault(tuple(filter(None, keys)))
    path = Path(config["data_dir"]) / KEY_FILE
    if not path.exists():
        if _holds_ciphertext(env):
            message = _lt(
                "The Amazon connector's key file %(path)s is missing, but the database "
                "holds encrypted data. Put the file back: from the former server, from "
                "the other server of this database, or by mounting the data directory. "
                "A new key is not made by itself, because it could not read them. If "
                "the key is lost, put a new one there (%(command)s, readable by Odoo's "
                "user only) and enter all credentials anew.",
                path=path,
                command=_MAKE_KEY,
            )
            raise VaultError(message)
        _create_key_file(path)
    return _vault(_read_key_file(path))


def _read_configured_key():
    return config.get("amazon_connector_key") or os.environ.get("AMAZON_CONNECTOR_KEY")


def has_configured_key() -> bool:
    """Whether the key comes from the configuration, not from a file that Odoo made."""
    return bool(_read_configured_key())


@functools.lru_cache(maxsize=4)
def _vault(master_keys):
    return Vault(master_keys)


def _holds_ciphertext(env):
    """Whether a row of any table was encrypted."""
    return any(
        env.execute_query(
            SQL(
                "SELECT 1 FROM %s WHERE %s IS NOT NULL LIMIT 1",
                SQL.identifier(model._table),
                SQL.identifier(field.name),
            )
        )
        for model in env.registry.values()
        if not model._abstract
        for field in model._fields.values()
        if isinstance(field, Ciphertext) and field.store
    )


def _check_keys(master_keys):
    if not master_keys or any(len(key) < _MIN_KEY_LENGTH for key in master_keys):
        message = _lt(
            "The Amazon connector's key needs %(count)s bytes or more. Make one: "
            "%(command)s",
            count=_MIN_KEY_LENGTH,
            command=_MAKE_KEY,
        )
        raise VaultError(message)
    if any(len(set(key)) < _MIN_DIFFERENT for key in master_keys):
        message = _lt(
            "The Amazon connector's key repeats a few characters and can be guessed. "
            "Make a random one: %s",
            _MAKE_KEY,
        )
        raise VaultError(message)


def _read_key_file(path):
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            message = _lt(
                "The Amazon connector's key file %(path)s can be read by other users "
                "of this machine. Let only Odoo's user read it (chmod 600 %(path)s); "
                "if others may have read it, put a new key in front of it, on a line "
                "of its own.",
                path=path,
            )
            raise VaultError(message)
        return tuple(path.read_bytes().split())
    except OSError as error:
        message = _lt(
            "The Amazon connector's key file %(path)s cannot be read (%(reason)s). "
            "Give it to the user that runs Odoo.",
            path=path,
            reason=error.strerror,
        )
        raise VaultError(message) from None


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
