# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reading an account's credentials, and the client that speaks with them.

Functions, not methods: templates and server actions call every method of a record, but
import nothing (see ``tools/vault.py``). For the same reason no method returns a client
or keeps one on a record.
"""

from ...sp_api import Client, Credentials
from ...tools.vault import ContextError, VaultError, get_vault
from .amazon_access_token import PostgresTokenStore
from .amazon_token_bucket import PostgresBucketStore

CREDENTIALS = ("client_id", "client_secret", "refresh_token")


class AddressError(ContextError):
    """The credentials were entered for another address than the account has now."""


def seal_credentials(account, values):
    """Ciphertext of credentials, bound to the addresses that the account has now."""
    return get_vault(account.env).encrypt(values, _get_context(account))


def read_credentials(account):
    """``{"client_id": ...}`` as entered for this account's addresses, {} when none are.

    Callers keep them in local variables and return none of them from a method.

    :raises AddressError: when they were entered for other addresses
    :raises VaultError: when the key does not fit
    """
    account.ensure_one()
    ciphertext = account.sudo().credentials_ciphertext
    if not ciphertext:
        return {}
    try:
        return get_vault(account.env).decrypt(ciphertext, _get_context(account))
    except ContextError:
        raise AddressError(
            account.env._(
                "The credentials of account %(account)s were entered for another "
                "region, environment or address and are not sent to this one. Enter "
                "client ID, client secret and refresh token again.",
                account=account.name,
            )
        ) from None


def read_replaced(account, typed):
    """The stored credentials that stay when ``typed`` ones are entered.

    None stay that were entered for other addresses, or when all are replaced and the
    key of the stored ones is lost.

    :raises VaultError: when the key does not fit and something would have to stay
    """
    try:
        return read_credentials(account)
    except AddressError:
        return {}
    except VaultError:
        if set(CREDENTIALS) <= set(typed):
            return {}
        raise


def explain_unreadable(account):
    """Why this server cannot read what the account's data are encrypted with.

    :return: a text for its manager; None when the key fits, or when the account has no
        credentials by which to tell
    """
    ciphertext = account.sudo().credentials_ciphertext
    try:
        vault = get_vault(account.env)
        if ciphertext:
            vault.check(ciphertext)
    except VaultError as error:
        return str(error)
    return None


def open_client(account, purpose="live"):
    """A client that speaks for this account.

    :param purpose: ``live``, ``user``, ``backfill`` or ``cancel``: which reserve of
        Amazon's quotas the calls may use
    :raises UserError: when credentials are missing or cannot be used
    """
    credentials = read_credentials(account)
    account._refuse_missing([name for name in CREDENTIALS if not credentials.get(name)])
    registry = account.env.registry
    return Client(
        Credentials(**credentials),
        account._get_endpoint(),
        seller_id=account.seller_id,
        tokens=PostgresTokenStore(registry, get_vault(account.env)),
        buckets=PostgresBucketStore(registry),
        purpose=purpose,
    )


def _get_context(account):
    endpoint = account._get_endpoint()
    return f"credentials for {endpoint.api_url} by {endpoint.lwa_url}"
