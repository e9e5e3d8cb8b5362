# SPDX-License-Identifier: LGPL-3.0-or-later
"""The step that tells Odoo how to speak for the seller, and connects."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.account.credentials import CREDENTIALS, read_credentials
from ...tools.secret_fields import SecretInput
from ...tools.vault import VaultError

INPUTS = [f"{name}_input" for name in CREDENTIALS]
MANAGER = "amazon_connector.group_manager"


class AmazonOnboarding(models.TransientModel):
    """Secrets that are typed here go to the account at once, encrypted; this model
    has no column for them."""

    _inherit = "amazon.onboarding"

    name = fields.Char(
        "Account Name",
        compute="_compute_name",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="The name of this shop in Odoo.",
    )
    method = fields.Selection(
        [
            ("self", "I authorize my application in Seller Central"),
            ("consent", "By Amazon's consent page"),
        ],
        "Authorization",
        required=True,
        default="self",
    )
    environment = fields.Selection(
        selection=lambda self: (
            self.env["amazon.account"]._fields["environment"].selection
        ),
        required=True,
        default="production",
    )
    custom_api_url = fields.Char("API URL", groups="base.group_system")
    custom_lwa_url = fields.Char("Login URL", groups="base.group_system")
    seller_id = fields.Char("Merchant Token")
    application_id = fields.Char("Application ID")
    application_is_draft = fields.Boolean("Draft Application", default=True)
    consent_marketplace_id = fields.Many2one(
        "amazon.marketplace",
        "Sign In At",
        domain="[('region', '=', region)]",
        compute="_compute_consent_marketplace_id",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    consent_redirect_uri = fields.Char(
        "Redirect Address", compute="_compute_consent_redirect_uri"
    )
    client_id_input = SecretInput(
        "Client ID",
        compute="_compute_credential_inputs",
        inverse="_inverse_credential_inputs",
        groups=MANAGER,
    )
    client_secret_input = SecretInput(
        "Client Secret",
        compute="_compute_credential_inputs",
        inverse="_inverse_credential_inputs",
        groups=MANAGER,
    )
    refresh_token_input = SecretInput(
        "Refresh Token",
        compute="_compute_credential_inputs",
        inverse="_inverse_credential_inputs",
        groups=MANAGER,
    )
    stored_credentials = fields.Char(
        "Stored",
        compute="_compute_stored_credentials",
        help="Which credentials are stored; their values are never shown.",
    )
    error_message = fields.Html(readonly=True)
    guide = fields.Html(compute="_compute_guide", sanitize=False)
    first_sync_at = fields.Datetime(compute="_compute_first_sync_at")

    @api.depends("company_id", "region")
    def _compute_name(self):
        regions = dict(self._fields["region"]._description_selection(self.env))
        for setup in self:
            account = setup.account_id._origin._filtered_access("read")
            setup.name = account.name or self.env._(
                "%(company)s on Amazon %(region)s",
                company=setup.company_id.name,
                region=regions.get(setup.region, ""),
            )

    @api.depends("region", "marketplace_ids")
    def _compute_consent_marketplace_id(self):
        for setup in self:
            if setup.consent_marketplace_id not in setup.marketplace_ids:
                setup.consent_marketplace_id = setup.marketplace_ids[:1]

    def _compute_consent_redirect_uri(self):
        for setup in self:
            setup.consent_redirect_uri = (
                setup.account_id or self.env["amazon.account"].new({})
            ).consent_redirect_uri

    def _compute_credential_inputs(self):
        for name in INPUTS:
            self[name] = False

    @api.depends("account_id")
    def _compute_stored_credentials(self):
        for setup in self:
            account = setup.account_id._filtered_access("read")
            try:
                stored = read_credentials(account) if account else {}
            except VaultError:
                # Nothing that could be used; Connect says why.
                stored = {}
            setup.stored_credentials = ", ".join(
                self._fields[f"{name}_input"]._description_string(self.env)
                for name in CREDENTIALS
                if stored.get(name)
            )

    @api.depends("method", "marketplace_ids")
    def _compute_guide(self):
        for setup in self:
            setup.guide = self.env["ir.qweb"]._render(
                "amazon_connector.setup_guide",
                {
                    "method": setup.method,
                    "seller_central": setup.marketplace_ids[:1].seller_central_url,
                },
            )

    @api.depends("account_id", "step")
    def _compute_first_sync_at(self):
        for setup in self:
            setup.first_sync_at = min(
                filter(None, setup.account_id.task_ids.mapped("next_run")),
                default=False,
            )

    def _inverse_credential_inputs(self):
        """Give what was typed to the account, which encrypts it."""
        for setup in self:
            typed = {name: setup[name] for name in INPUTS if setup[name]}
            if typed:
                setup._get_account().write(typed)
        # A request that saves and reads must not be given back what was typed.
        self.invalidate_recordset([*INPUTS, "stored_credentials"], flush=False)

    # ------------------------------------------------------------------
    # The account
    # ------------------------------------------------------------------

    def _get_account(self):
        """The account of this set-up, with what was entered; made when first needed.

        A set-up of the same seller that was left half-way is taken up, not doubled.
        """
        self.ensure_one()
        self.account_id = self.account_id or self._find_draft()
        account = self.account_id
        if not account:
            account = self.account_id = self.env["amazon.account"].create(
                self._prepare_account()
            )
        elif account.state != "connected":
            account.write(self._prepare_account())
        if account.state == "draft" and not account.setup_pending:
            account.sudo().setup_pending = True
        return account

    def _prepare_account(self):
        vals = {
            "name": self.name or self.env._("Amazon"),
            "application_id": self.application_id,
            "application_is_draft": self.application_is_draft,
            "consent_marketplace_id": self.consent_marketplace_id.id,
        }
        if not self.account_id.with_context(active_test=False).channel_ids:
            vals.update(company_id=self.company_id.id, region=self.region)
        if not self._find_twin():
            vals["seller_id"] = (self.seller_id or "").strip() or False
        if self.environment != self.account_id.environment:
            vals["environment"] = self.environment
        if self.environment == "custom" and self.env.user._is_system():
            vals.update(
                custom_api_url=self.custom_api_url, custom_lwa_url=self.custom_lwa_url
            )
        return vals

    def _find_twin(self):
        """Another account of the seller whose merchant token was entered."""
        seller_id = (self.seller_id or "").strip()
        accounts = self.env["amazon.account"].sudo().with_context(active_test=False)
        return seller_id and accounts.search(
            [
                ("id", "!=", self.account_id.id),
                ("region", "=", self.region),
                ("seller_id", "=", seller_id),
            ],
            limit=1,
        )

    def _find_draft(self):
        """The account that another set-up of this seller has left unconnected."""
        twin = self._find_twin()
        drafts = self.env["amazon.account"].browse(twin and twin.id)
        return drafts._filtered_access("write").filtered(
            lambda account: (
                account.state == "draft"
                and account.setup_pending
                and account.company_id == self.company_id
            )
        )

    def _check_seller(self):
        """
        :raises UserError: when the seller is missing or has an account already
        """
        if twin := self._find_twin():
            if not twin.sudo(False).has_access("read"):
                raise UserError(
                    self.env._(
                        "Seller %(seller)s is connected to another company in this "
                        "Odoo. Ask the Amazon manager of that company.",
                        seller=twin.seller_id,
                    )
                )
            raise UserError(
                self.env._(
                    "Seller %(seller)s already has the account %(account)s in Odoo. "
                    "Open it under Amazon > Dashboard and connect it there, or enter "
                    "the merchant token of the other seller.",
                    seller=twin.seller_id,
                    account=twin.name,
                )
            )
        if self.method == "self" and not (self.seller_id or "").strip():
            raise UserError(
                self.env._(
                    "Enter the merchant token: Seller Central > Settings > Account "
                    "Info > Your Merchant Token."
                )
            )

    # ------------------------------------------------------------------
    # Connecting
    # ------------------------------------------------------------------

    def action_connect(self):
        """Try what was entered, and connect.

        What goes wrong is shown in the step, and nothing that was typed is lost.

        :return: True
        """
        self.ensure_one()
        account = self._get_account()
        try:
            self._check_seller()
            with self.env.cr.savepoint():
                lines, works = self.env["amazon.account.connector"]._connect(account)
        except UserError as error:
            lines = [(False, line) for line in str(error).splitlines()]
            works = False
        if not works:
            self.error_message = account._format_report(lines)
            return True
        self.error_message = False
        self._enter_channels()
        return True

    def action_authorise(self):
        """Leave for Amazon's consent page; its callback leads back to this set-up.

        :return: an action that leaves Odoo, or True when the step says why not
        """
        self.ensure_one()
        account = self._get_account()
        try:
            self._check_seller()
            action = account.action_authorise()
        except UserError as error:
            self.error_message = Markup("<p>%s</p>") % str(error)
            return True
        self.error_message = False
        return action

    def action_to_channels(self):
        """Go on with an account that is connected already.

        :return: True
        """
        self.ensure_one()
        if self.account_id.state == "connected":
            self._enter_channels()
        return True
