# SPDX-License-Identifier: LGPL-3.0-or-later
"""What goes when an account is disconnected, and what is kept."""

from odoo import api, models
from odoo.tools import SQL

from ...sp_api import Credentials
from ...tools.vault import VaultError
from .credentials import read_credentials


class AmazonAccountDisconnector(models.AbstractModel):
    """To be called as superuser, for an account that the caller may change."""

    _name = "amazon.account.disconnector"
    _description = "Amazon Account: Disconnector"

    @api.model
    def _disconnect(self, account):
        """Delete the account's credentials and its buyers' data.

        Cursors stay: who connects again goes on where the account stopped. What Amazon
        shows by then is not known: quantities are compared and sent anew.
        """
        self._delete_access_tokens(account)
        self._close_runs(account, self.env._("The account was disconnected."))
        # A worker that holds a page of Amazon's answer finds its lease gone.
        account.with_context(active_test=False).task_ids.write(
            {
                "leased_until": False,
                "worker": False,
                "next_run": False,
                "trigger": False,
                "failure_count": 0,
            }
        )
        self.env["amazon.stock.level"].search(
            [("account_id", "=", account.id)]
        )._forget_confirmed()
        orders, buyers = self._delete_buyer_data(account)
        account.write(account._prepare_disconnected())
        account.activity_ids.filtered("amazon_alert").unlink()
        account.message_post(
            body=self.env._(
                "Disconnected by %(user)s. Deleted: the credentials and the buyers' "
                "data (orders: %(orders)s, contacts: %(buyers)s).",
                user=self.env.user.name,
                orders=orders,
                buyers=buyers,
            ),
            subtype_xmlid="mail.mt_note",
        )

    @api.model
    def _delete_access_tokens(self, account):
        try:
            credentials = read_credentials(account)
        except VaultError:
            # Who cannot read them cannot find the tokens; those expire within an hour.
            return
        credentials.setdefault("refresh_token", "")
        if {"client_id", "client_secret"} <= credentials.keys():
            key = Credentials(**credentials).token_key(account._get_endpoint())
            tokens = self.env["amazon.access.token"]
            tokens.search([("key", "=", key)]).unlink()

    @api.model
    def _close_runs(self, account, message):
        """What was asked for by hand is closed, too: its run tells of no more."""
        self.env["amazon.sync.request"].search(
            [("account_id", "=", account.id), ("state", "=", "open")]
        )._close("failed")
        self.env["amazon.sync.run"].search(
            [("account_id", "=", account.id), ("state", "=", "running")]
        )._finish("failed", message)

    # ------------------------------------------------------------------
    # Buyers' data
    # ------------------------------------------------------------------

    @api.model
    def _delete_buyer_data(self, account):
        """Delete ciphertexts and hashes of all buyers of an account.

        A buyer who also ordered through another account stays known there.

        :return: ``(orders, contacts)``: how many had such data
        """
        channels = account.with_context(active_test=False).channel_ids
        account._keep_invoices()
        self._hand_over_buyers(channels)
        orders = self.env.execute_query(
            SQL(
                """
                DELETE FROM amazon_order_pii pii
                      USING amazon_order o
                      WHERE o.id = pii.order_id AND o.account_id = %s
                  RETURNING pii.id
                """,
                account.id,
            )
        )
        contacts = self.env.execute_query(
            SQL(
                """
                UPDATE amazon_customer
                   SET ciphertext = NULL, email_digest = NULL, identity_digest = NULL,
                       address_digest = NULL
                 WHERE channel_id = ANY(%s)
                   AND (ciphertext IS NOT NULL OR email_digest IS NOT NULL
                        OR identity_digest IS NOT NULL OR address_digest IS NOT NULL)
             RETURNING id
                """,
                channels.ids,
            )
        )
        self.env["amazon.sealed.file"]._delete_of_account(account)
        self.env["amazon.carrier.purchase"]._delete_of_account(account)
        self.env["amazon.place"]._forget_typed(account)
        self.env["amazon.order.pii"].invalidate_model()
        self.env["amazon.customer"].invalidate_model()
        return len(orders), len(contacts)

    @api.model
    def _hand_over_buyers(self, channels):
        """Leave buyers who also ordered elsewhere to a channel of that account.

        :param channels: all channels of the account
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH ordered AS (
                    SELECT partner_id, amazon_order_id FROM sale_order
                     WHERE amazon_order_id IS NOT NULL
                     UNION
                    SELECT partner_shipping_id, amazon_order_id FROM sale_order
                     WHERE amazon_order_id IS NOT NULL
                ), elsewhere AS (
                    SELECT c.id, max(o.channel_id) AS channel_id
                      FROM amazon_customer c
                      JOIN ordered ON ordered.partner_id = c.partner_id
                      JOIN amazon_order o ON o.id = ordered.amazon_order_id
                      JOIN amazon_account account ON account.id = o.account_id
                     WHERE c.channel_id = ANY(%(own)s)
                       AND o.channel_id != ALL(%(own)s)
                       AND account.credentials_ciphertext IS NOT NULL
                  GROUP BY c.id
                )
                UPDATE amazon_customer c
                   SET channel_id = elsewhere.channel_id
                  FROM elsewhere
                 WHERE elsewhere.id = c.id
                """,
                own=channels.ids,
            )
        )
