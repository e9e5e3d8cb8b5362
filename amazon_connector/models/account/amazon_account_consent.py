# SPDX-License-Identifier: LGPL-3.0-or-later
"""Authorising through Amazon's consent page (the "website workflow")."""

import logging
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, hash_sign, verify_hash_signed

from ...sp_api import AmazonError, AuthorizationError
from ...sp_api.auth import consent_url, exchange_code
from ...tools.log_masks import CALLBACK_PATH
from .credentials import read_credentials

_logger = logging.getLogger(__name__)

STATE_LIFE = timedelta(minutes=10)
STATE_SCOPE = "amazon_connector.consent"


class AmazonAccount(models.Model):
    """A seller agrees on Amazon's page; Amazon sends him back with a code."""

    _inherit = "amazon.account"

    application_id = fields.Char(
        "Application ID",
        help="Needed only to authorize through Amazon's consent page: "
        "amzn1.sp.solution... You find it in Seller Central under Apps and "
        "Services > Develop Apps, beside your application.",
    )
    application_is_draft = fields.Boolean(
        "Draft Application",
        default=True,
        help="The application is not published in Amazon's app store.",
    )
    consent_marketplace_id = fields.Many2one(
        "amazon.marketplace",
        "Sign In At",
        domain="[('region', '=', region)]",
        compute="_compute_consent_marketplace_id",
        store=True,
        readonly=False,
        help="The Seller Central where the seller agrees.",
    )
    consent_redirect_uri = fields.Char(
        "Redirect Address",
        compute="_compute_consent_redirect_uri",
        help="Register exactly this address with the application at Amazon.",
    )
    consent_nonce = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)

    @api.depends("region", "company_id")
    def _compute_consent_marketplace_id(self):
        marketplaces = self.env["amazon.marketplace"].search(
            [("region", "in", self.mapped("region"))]
        )
        for account in self:
            near = marketplaces.filtered(lambda m, a=account: m.region == a.region)
            country = account.company_id.country_id
            home = near.filtered(lambda m, c=country: m.country_id == c)
            if account.consent_marketplace_id not in near:
                account.consent_marketplace_id = (home or near)[:1]

    def _compute_consent_redirect_uri(self):
        for account in self:
            account.consent_redirect_uri = account.get_base_url() + CALLBACK_PATH

    def action_authorise(self):
        """Send the user to the page where the seller agrees.

        :return: an action that leaves Odoo for Amazon
        :raises UserError: when something for it is missing
        """
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_url",
            "target": "self",
            "url": self.env["amazon.account.consent"]._begin(self),
        }


class AmazonAccountConsent(models.AbstractModel):
    """The way to Amazon's consent page, and back.

    What ties both ends together is the *state*: signed, bound to user and account,
    valid for ten minutes, and used up by the first callback.
    """

    _name = "amazon.account.consent"
    _description = "Amazon Account: Consent"

    # ------------------------------------------------------------------
    # The way there
    # ------------------------------------------------------------------

    @api.model
    def _begin(self, account):
        """The address of Amazon's page where the seller agrees.

        :raises UserError: when something for it is missing
        """
        self._check_possible(account)
        known = account.sudo()
        known.consent_nonce = secrets.token_urlsafe(32)
        state = hash_sign(
            known.env,
            STATE_SCOPE,
            [account.id, self.env.uid, known.consent_nonce],
            expiration=STATE_LIFE,
        )
        return consent_url(
            self._get_seller_central(known),
            known.application_id,
            state,
            draft=known.application_is_draft,
        )

    @api.model
    def _check_possible(self, account):
        credentials = read_credentials(account)
        if not (
            account.application_id
            and credentials.get("client_id")
            and credentials.get("client_secret")
        ):
            raise UserError(
                self.env._(
                    "Enter the application's ID, client ID and client secret, and "
                    "save. Amazon's consent page gives the refresh token."
                )
            )
        has_https = account.consent_redirect_uri.startswith("https://")
        if account.environment != "custom" and not has_https:
            raise UserError(
                self.env._(
                    "Amazon sends sellers back over https only, but the address of "
                    "this Odoo is %(address)s. Set web.base.url to its https address, "
                    "or authorize the application yourself and enter the refresh "
                    "token.",
                    address=account.get_base_url(),
                )
            )

    @api.model
    def _get_seller_central(self, account):
        if account.environment == "custom":
            parts = urlsplit(account._get_endpoint().lwa_url)
            return f"{parts.scheme}://{parts.netloc}"
        return account.consent_marketplace_id.seller_central_url

    # ------------------------------------------------------------------
    # The way back
    # ------------------------------------------------------------------

    @api.model
    def _accept(self, state, code, selling_partner_id):
        """Exchange what Amazon sent the seller back with for a refresh token.

        Commits: a state is used up whatever happens next, and a refresh token that
        Amazon gave out must not be lost to a later error.

        :param state: what :meth:`_begin` sent along
        :param code: Amazon's ``spapi_oauth_code``, valid for five minutes
        :param selling_partner_id: the seller's merchant token
        :return: the account, with its new authorisation
        :raises UserError: when the callback is refused, with the reason
        """
        account = self._use_state(state)
        self._commit()
        self._check_seller(account, selling_partner_id)
        refresh_token = _exchange_code(account, code)
        sudo = account.sudo()
        sudo.seller_id = selling_partner_id
        sudo._store_credentials(
            {"refresh_token": refresh_token}, authorised_by="consent"
        )
        self._commit()
        return account

    @api.model
    def _commit(self):
        """Keep what was reached, and leave no transaction open for the network."""
        self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _use_state(self, state):
        """The account that a state was made for; nobody can use it again."""
        try:
            values = verify_hash_signed(self.env(su=True), STATE_SCOPE, state or "")
        except (ValueError, IndexError):
            values = None
        if not values:
            raise self._refuse(
                self.env["amazon.account"],
                self.env._(
                    "This link from Amazon is not valid or is older than ten minutes."
                ),
            )
        account_id, user_id, nonce = values
        if user_id != self.env.uid:
            raise self._refuse(
                self.env["amazon.account"],
                self.env._("Another Odoo user started this authorization."),
            )
        account = self.env["amazon.account"].browse(account_id).exists()
        try:
            account.check_access("write")
        except AccessError:
            account = account.browse()
        if not account:
            raise self._refuse(
                account,
                self.env._("You may not change the account of this authorization."),
            )
        account.flush_recordset()
        used = self.env.execute_query(
            SQL(
                "UPDATE amazon_account SET consent_nonce = NULL"
                " WHERE id = %s AND consent_nonce = %s RETURNING id",
                account.id,
                nonce,
            )
        )
        account.invalidate_recordset(["consent_nonce"])
        if not used:
            raise self._refuse(
                account,
                self.env._(
                    "This link from Amazon was already used, or a later authorization "
                    "of the same account replaced it."
                ),
            )
        return account

    @api.model
    def _check_seller(self, account, selling_partner_id):
        """Refuse the consent of another seller than the account's.

        :raises UserError: also when another account has this seller
        """
        if not selling_partner_id:
            raise self._refuse(
                account, self.env._("Amazon did not say which seller agreed.")
            )
        if account.seller_id and account.seller_id != selling_partner_id:
            raise self._refuse(
                account,
                self.env._(
                    "Seller %(given)s agreed, but account %(account)s belongs to "
                    "seller %(known)s. Sign in to Seller Central as that seller.",
                    given=selling_partner_id,
                    account=account.name,
                    known=account.seller_id,
                ),
            )
        accounts = account.sudo().with_context(active_test=False)
        twin = accounts.search(
            [
                ("id", "!=", account.id),
                ("region", "=", account.region),
                ("seller_id", "=", selling_partner_id),
            ],
            limit=1,
        )
        if twin:
            raise self._refuse(
                account,
                self.env._(
                    "Seller %(given)s already has an account in Odoo. Authorize from "
                    "that account.",
                    given=selling_partner_id,
                ),
            )

    @api.model
    def _refuse(self, account, reason):
        """The error to raise; who looks for attacks finds it in the log."""
        _logger.warning(
            "Amazon consent refused: user %s, account %s", self.env.uid, account.ids
        )
        return UserError(reason)


def _exchange_code(account, code):
    """The refresh token that Amazon gives for a code; a function: see ``credentials``.

    :raises UserError: when Amazon refuses
    """
    consent = account.env["amazon.account.consent"]
    if not code:
        raise consent._refuse(
            account, account.env._("Amazon gave no code: the seller did not agree.")
        )
    credentials = read_credentials(account)
    endpoint, redirect_uri = account._get_endpoint(), account.consent_redirect_uri
    consent._commit()
    try:
        refresh_token, _access_token = exchange_code(
            endpoint,
            client_id=credentials.get("client_id", ""),
            client_secret=credentials.get("client_secret", ""),
            code=code,
            redirect_uri=redirect_uri,
        )
    except AuthorizationError as error:
        if error.cause_code != "invalid_grant":
            raise consent._refuse(account, account._explain_error(error)) from None
        raise consent._refuse(
            account,
            account.env._(
                "Amazon no longer accepts the code: it is valid for five minutes and "
                "can be used once. Authorize again."
            ),
        ) from None
    except AmazonError as error:
        raise consent._refuse(account, account._explain_error(error)) from None
    return refresh_token
