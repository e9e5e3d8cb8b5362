# SPDX-License-Identifier: LGPL-3.0-or-later
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...sp_api import Endpoint
from ...tools.error_words import tell
from ...tools.secret_fields import Ciphertext, SecretInput
from ...tools.vault import get_vault
from .amazon_marketplace import REGIONS
from .credentials import CREDENTIALS, read_replaced, seal_credentials

ADDRESS = {"region", "environment", "custom_api_url", "custom_lwa_url"}
"""What says which servers the credentials are sent to."""


class AmazonAccount(models.Model):
    """One authorisation of one seller in one Amazon region."""

    _name = "amazon.account"
    _description = "Amazon Account"
    _inherit = ["amazon.binding", "mail.thread", "mail.activity.mixin"]
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    responsible_user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        help="Gets an activity when something needs attention. Without one, or once he "
        "or she has left, an Amazon manager of the company gets it.",
    )
    region = fields.Selection(REGIONS, required=True, default="eu", tracking=True)
    environment = fields.Selection(
        [("production", "Production"), ("sandbox", "Sandbox"), ("custom", "Custom")],
        required=True,
        default="production",
        tracking=True,
    )
    custom_api_url = fields.Char("API URL", groups="base.group_system", tracking=True)
    custom_lwa_url = fields.Char("Login URL", groups="base.group_system", tracking=True)
    seller_id = fields.Char(
        "Merchant Token",
        copy=False,
        tracking=True,
        help="Seller Central: Settings > Account Info > Your Merchant Token.",
    )
    state = fields.Selection(
        [
            ("draft", "Not Connected"),
            ("connected", "Connected"),
            ("error", "Authorization Lost"),
        ],
        "Connection",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    on_hold = fields.Boolean(
        copy=False,
        tracking=True,
        help="While an account is on hold, Odoo makes no calls to Amazon. Nothing is "
        "lost: what happens in the meantime comes in afterwards.",
    )
    status = fields.Selection(
        [
            ("draft", "Not Connected"),
            ("active", "Active"),
            ("inactive", "Inactive"),
            ("error", "Authorization Lost"),
        ],
        compute="_compute_status",
    )
    error_message = fields.Text(readonly=True, copy=False)
    connection_report = fields.Html(
        readonly=True, copy=False, help="Result of the last connection test."
    )
    connection_tested_at = fields.Datetime("Tested", readonly=True, copy=False)
    refused_data = fields.Json(
        copy=False,
        readonly=True,
        help="includedData values that Amazon refuses, until when.",
    )

    credentials_ciphertext = Ciphertext(
        help="Valid only for the addresses that the account had when they were entered."
    )
    authorisation_digest = fields.Char(
        copy=False,
        readonly=True,
        groups=fields.NO_ACCESS,
        help="Keyed hash of the refresh token: one authorization, one account.",
    )
    has_credentials = fields.Boolean(
        compute="_compute_has_credentials", compute_sudo=True
    )
    client_id_input = SecretInput(
        "Client ID",
        help="Seller Central: Apps and Services > Develop Apps > LWA credentials.",
        compute="_compute_credential_inputs",
        inverse="_inverse_credential_inputs",
        groups="amazon_connector.group_manager",
    )
    client_secret_input = SecretInput(
        "Client Secret",
        help="Shown next to the client ID. It expires after 180 days.",
        compute="_compute_credential_inputs",
        inverse="_inverse_credential_inputs",
        groups="amazon_connector.group_manager",
    )
    refresh_token_input = SecretInput(
        "Refresh Token",
        help="Seller Central: Apps and Services > Develop Apps > Authorize app.",
        compute="_compute_credential_inputs",
        inverse="_inverse_credential_inputs",
        groups="amazon_connector.group_manager",
    )

    buyer_data_printing = fields.Selection(
        [
            ("stock", "Users of Inventory and Invoicing"),
            ("group", "Only the group Buyer data"),
        ],
        "Addresses Printed By",
        required=True,
        default="stock",
        tracking=True,
        help="Who gets the buyer's real address on what is printed from the screen: "
        "slips and packages by users of Inventory, invoices by those of Invoicing. "
        "Each print is logged.",
    )
    fba_location_id = fields.Many2one(
        "stock.location",
        "FBA Location",
        check_company=True,
        copy=False,
        help="Stock at Amazon, outside every warehouse. Created with the first order "
        "that Amazon ships.",
    )
    buyer_data_days = fields.Integer(
        "Keep Buyers' Data",
        default=28,
        required=True,
        tracking=True,
        help="Days after an order was shipped or cancelled. Amazon allows 30; the "
        "default leaves two days to repair a server that is down.",
    )
    channel_ids = fields.One2many("amazon.channel", "account_id", "Channels")
    task_ids = fields.One2many("amazon.sync.task", "account_id", "Modules in Sync")
    run_ids = fields.One2many("amazon.sync.run", "account_id", "Sync History")
    unknown_word_ids = fields.One2many(
        "amazon.unknown.word", "account_id", "Unknown Words"
    )

    _buyer_data_days_allowed = models.Constraint(
        "CHECK (buyer_data_days BETWEEN 1 AND 30)",
        "Buyers' data is kept for 1 to 30 days: Amazon allows no more.",
    )
    _seller_unique = models.Constraint(
        "unique(region, seller_id)",
        "This seller is already connected in this region. Open that account and "
        "connect it again.",
    )

    @api.depends("state", "on_hold", "active")
    def _compute_status(self):
        for account in self:
            if account.state == "connected":
                syncs = account.active and not account.on_hold
                account.status = "active" if syncs else "inactive"
            else:
                account.status = account.state

    @api.depends("credentials_ciphertext")
    def _compute_has_credentials(self):
        for account in self:
            account.has_credentials = bool(account.credentials_ciphertext)

    def _compute_credential_inputs(self):
        for name in CREDENTIALS:
            self[f"{name}_input"] = False

    def _inverse_credential_inputs(self):
        """Keep what was typed, encrypted; what was left empty stays as it is."""
        for account in self:
            typed = {
                name: account[f"{name}_input"].strip()
                for name in CREDENTIALS
                if account[f"{name}_input"]
            }
            if typed:
                account._store_credentials(typed)
        # A request that saves and reads must not be given back what was typed.
        self.invalidate_recordset(
            [f"{name}_input" for name in CREDENTIALS], flush=False
        )

    @api.constrains("environment", "custom_api_url", "custom_lwa_url")
    def _check_endpoint(self):
        for account in self:
            account._get_endpoint()

    @api.constrains("company_id")
    def _check_company_of_settings(self):
        """What channels have of the former company would make each order fail."""
        accounts = self.sudo().with_context(active_test=False)
        accounts.channel_ids._check_company()
        Listing = accounts.env["amazon.listing"]
        Listing.search(
            [("account_id", "in", self.ids), ("product_id", "!=", False)]
        )._check_product()

    @api.constrains("company_id")
    def _check_company_of_orders(self):
        for account in self:
            orders = (
                self.env["amazon.order"]
                .sudo()
                .search(
                    [
                        ("account_id", "=", account.id),
                        ("company_id", "!=", account.company_id.id),
                    ],
                    limit=1,
                )
            )
            if orders:
                raise ValidationError(
                    self.env._(
                        "The orders of account %(account)s belong to %(company)s, so "
                        "the company of the account can no longer be changed.",
                        account=account.name,
                        company=orders.company_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        # Defaults may come from the caller too.
        defaults = self.default_get(["environment"])
        self._check_custom_endpoint_rights([{**defaults, **vals} for vals in vals_list])
        self._check_state_rights(vals_list)
        accounts = super().create(vals_list)
        accounts._create_missing_tasks()
        for account, vals in zip(accounts, vals_list, strict=True):
            account._keep_entered_expiry(vals)
        return accounts

    def _check_custom_endpoint_rights(self, vals_list):
        # Not a constraint: those are checked as superuser.
        custom = any(vals.get("environment") == "custom" for vals in vals_list)
        if custom and not (self.env.su or self.env.user._is_system()):
            raise UserError(
                self.env._(
                    "Only system administrators may let an Amazon account talk to "
                    "another server than Amazon's."
                )
            )

    def _check_state_rights(self, vals_list):
        # Guarded anyway; this says what to do instead.
        if any("state" in vals for vals in vals_list) and not self.env.su:
            raise UserError(
                self.env._(
                    "An account can only be connected by Amazon's answer: press "
                    "Connect."
                )
            )

    def write(self, vals):
        """Let accounts that come off hold, or out of the archive, catch up at once."""
        self._check_custom_endpoint_rights([vals])
        self._check_state_rights([vals])
        if ADDRESS.intersection(vals):
            # Where credentials go is always told, whatever the caller's context says.
            self = self.with_context(mail_notrack=False, tracking_disable=False)
        resumed = self.browse()
        if vals.get("on_hold") is False:
            resumed |= self.filtered("on_hold")
        if vals.get("active"):
            resumed |= self.filtered(lambda account: not account.active)
        result = super().write(vals)
        if resumed:
            resumed.sudo().active_since = fields.Datetime.now()
            resumed.task_ids.filtered("active")._request_run("resume")
        if vals.get("seller_id"):
            self._rename_seller()
        self._follow_entered_expiry(vals)
        return result

    def _rename_seller(self):
        """Have the orders of these accounts bear the merchant token of now.

        By it they are found again: one that was mistyped, and corrected when orders had
        come in, would have Amazon's later changes make orders of their own.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_order o
                   SET seller_id = account.seller_id
                  FROM amazon_account account
                 WHERE account.id = o.account_id AND account.id = ANY(%s)
                   AND o.seller_id != account.seller_id
                   AND NOT EXISTS (
                       SELECT FROM amazon_order twin
                        WHERE twin.seller_id = account.seller_id
                          AND twin.order_number = o.order_number)
                """,
                self.ids,
            )
        )
        self.env["amazon.order"].invalidate_model(["seller_id"], flush=False)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        """Orders lead to sales orders and buyers: *Remove Everything* sees to these."""
        self.with_context(active_test=False).channel_ids._unlink_except_used()
        orders = self.env["amazon.order"].sudo()
        for account in self:
            if orders.search_count([("account_id", "=", account.id)], limit=1):
                account._refuse_deletion(account.display_name)

    def _refuse_deletion(self, name):
        raise UserError(
            self.env._(
                "%(name)s has Amazon orders, so it cannot simply be deleted. Archive "
                "it instead, or press Remove Everything on account %(account)s, which "
                "deletes the orders' data and keeps the sales orders.",
                name=name,
                account=self.display_name,
            )
        )

    def _create_missing_tasks(self):
        """Give each account one sync task of every kind."""
        Task = self.env["amazon.sync.task"].sudo()
        kinds = Task._fields["kind"].get_values(self.env)
        Task.create(
            [
                {"account_id": account.id, "kind": kind}
                for account in self.with_context(active_test=False)
                for kind in kinds
                if kind not in account.task_ids.mapped("kind")
            ]
        )

    # ------------------------------------------------------------------
    # Talking to Amazon
    # ------------------------------------------------------------------

    def _store_credentials(self, values, authorised_by="self"):
        """Merge ``{"client_id": ..., ...}`` into the stored credentials.

        A replaced client secret is kept as the previous one: Amazon accepts both for a
        week after a rotation. What was entered for other addresses is left out.

        :param authorised_by: ``self`` or ``consent``: how a refresh token was got
        """
        self.ensure_one()
        account = self.sudo()
        replaced = read_replaced(account, values)
        stored = dict(replaced)
        former = stored.get("client_secret")
        if former and values.get("client_secret") not in (None, former):
            stored["previous_client_secret"] = former
        credentials = {**stored, **values}
        account.credentials_ciphertext = seal_credentials(account, credentials)
        digests = get_vault(self.env).digests(
            "refresh token", credentials.get("refresh_token")
        )
        account.authorisation_digest = next(iter(digests), False)
        self._note_validity(replaced, values, authorised_by)

    def _prepare_disconnected(self):
        """Hook: values of an account without authorisation."""
        return {
            "state": "draft",
            "on_hold": False,
            "error_message": False,
            "connection_report": False,
            "connection_tested_at": False,
            "credentials_ciphertext": False,
            "authorisation_digest": False,
            "authorised_by": False,
            "authorised_at": False,
            "authorised_user_id": False,
            "authorisation_warned": 0,
            "secret_expires_on": False,
            "consent_nonce": False,
            "setup_pending": False,
        }

    def _get_endpoint(self):
        self.ensure_one()
        account = self.sudo()
        if account.environment == "production":
            return Endpoint.production(account.region)
        if account.environment == "sandbox":
            return Endpoint.sandbox(account.region)
        try:
            return Endpoint.custom(account.custom_api_url, account.custom_lwa_url)
        except (ValueError, AttributeError) as error:
            raise UserError(
                self.env._(
                    "The custom addresses of account %(account)s cannot be used "
                    "(%(reason)s). Enter both with https, or with http for this "
                    "machine only.",
                    account=account.name,
                    reason=tell(self.env, error),
                )
            ) from None

    def _get_issue_locale(self):
        """The language in which Amazon shall say what is wrong with a listing.

        That of whoever looks after the account; None for that of the marketplace.
        """
        language = self.responsible_user_id.lang or ""
        return language if re.fullmatch("[a-z]{2}_[A-Z]{2}", language) else None

    def _refuse_missing(self, names):
        """Tell what the account needs before it can talk to Amazon.

        :param names: which of CREDENTIALS are missing
        :raises UserError: when anything is
        """
        missing = [
            self._fields[f"{name}_input"].get_description(self.env, ["string"])[
                "string"
            ]
            for name in names
        ]
        if not self.seller_id:
            missing.append(self.env._("Merchant Token"))
        if missing:
            raise UserError(
                self.env._(
                    "Account %(account)s cannot talk to Amazon yet. "
                    "Enter: %(missing)s.",
                    account=self.name,
                    missing=", ".join(missing),
                )
            )

    def _get_fba_location(self):
        """The location that goods shipped by Amazon leave, made when first needed.

        Outside every warehouse: a second warehouse would switch multi-warehouse on
        for everybody.
        """
        self.ensure_one()
        account = self.sudo()
        if not account.fba_location_id:
            account.fba_location_id = (
                self.env["stock.location"]
                .sudo()
                .create(
                    {
                        "name": self.env._("FBA %(account)s", account=self.name),
                        "usage": "internal",
                        "company_id": self.company_id.id,
                    }
                )
            )
        return account.fba_location_id
