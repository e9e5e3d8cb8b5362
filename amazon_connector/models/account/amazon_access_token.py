# SPDX-License-Identifier: LGPL-3.0-or-later
import time

from odoo import api, fields, models

from ...sp_api.tokens import AccessToken
from ...tools.database import short_transaction
from ...tools.secret_fields import Ciphertext
from ...tools.vault import VaultError

KEEP_SECONDS = 24 * 3600


class AmazonAccessToken(models.Model):
    """Access tokens of Login with Amazon, encrypted and shared by all workers.

    Rows are read and written by :class:`PostgresTokenStore` only, in transactions of
    its own: a token must survive a rollback of the work it was fetched for.
    """

    _name = "amazon.access.token"
    _description = "Amazon Access Token"
    _inherit = "amazon.binding"
    _closed = True
    _log_access = False

    key = fields.Char(required=True, groups=fields.NO_ACCESS)
    ciphertext = Ciphertext()
    expires_at = fields.Float(digits=(16, 3), groups=fields.NO_ACCESS)
    leased_until = fields.Float(digits=(16, 3), groups=fields.NO_ACCESS)

    _key_unique = models.Constraint("unique(key)", "One token per key.")

    @api.autovacuum
    def _gc_tokens(self):
        """Drop the tokens of former authorisations: none lives longer than an hour."""
        self.env.cr.execute(
            "DELETE FROM amazon_access_token"
            " WHERE GREATEST(expires_at, leased_until, 0) < %s",
            [time.time() - KEEP_SECONDS],
        )


class PostgresTokenStore:
    """The :class:`~..sp_api.tokens.TokenStore` behind all workers of a database."""

    def __init__(self, registry, vault, clock=time.time):
        self._registry = registry
        self._vault = vault
        self._clock = clock

    def load(self, key):
        rows = self._execute(
            "SELECT ciphertext, expires_at FROM amazon_access_token WHERE key = %s",
            [key],
        )
        if not rows or not rows[0][0]:
            return None
        try:
            value = self._vault.decrypt(rows[0][0], _get_context(key))
            return AccessToken(value, float(rows[0][1]))
        except VaultError:
            # A token is cheap: after a lost key the next one is simply fetched.
            return None

    def save(self, key, token):
        self._execute(
            """
            INSERT INTO amazon_access_token (key, ciphertext, expires_at)
                 VALUES (%s, %s, %s)
            ON CONFLICT (key) DO UPDATE
                    SET ciphertext = EXCLUDED.ciphertext,
                        expires_at = EXCLUDED.expires_at
              RETURNING id
            """,
            [
                key,
                self._vault.encrypt(token.value, _get_context(key)),
                token.expires_at,
            ],
        )

    def discard(self, key):
        self._execute(
            "UPDATE amazon_access_token SET ciphertext = NULL WHERE key = %s"
            " RETURNING id",
            [key],
        )

    def claim_refresh(self, key, seconds):
        now = self._clock()
        return bool(
            self._execute(
                """
                INSERT INTO amazon_access_token AS token (key, leased_until)
                     VALUES (%s, %s)
                ON CONFLICT (key) DO UPDATE
                        SET leased_until = EXCLUDED.leased_until
                      WHERE COALESCE(token.leased_until, 0) <= %s
                         OR token.leased_until > %s
                  RETURNING id
                """,
                # One that lasts ten times as long was taken while a clock was wrong.
                [key, now + seconds, now, now + 10 * seconds],
            )
        )

    def release_refresh(self, key):
        self._execute(
            "UPDATE amazon_access_token SET leased_until = NULL WHERE key = %s"
            " RETURNING id",
            [key],
        )

    def _execute(self, query, parameters):
        def run(cr):
            cr.execute(query, parameters)
            return cr.fetchall()

        return short_transaction(self._registry, run)


def _get_context(key):
    return f"access token {key}"
