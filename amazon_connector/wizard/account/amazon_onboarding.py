# SPDX-License-Identifier: LGPL-3.0-or-later
"""Connecting Amazon, step by step."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.account.amazon_account_setup import SETUP_ACTION
from ...models.account.amazon_marketplace import REGIONS

STEPS = [
    ("check", "Prerequisites"),
    ("connect", "Connect"),
    ("channels", "Channels"),
    ("preferences", "Preferences"),
    ("done", "Done"),
]


class AmazonOnboarding(models.TransientModel):
    """One set-up of one account, from what is needed to the first sync.

    What must last is kept by the account: from the first credential on there is a
    draft account, which leads back here.
    """

    _name = "amazon.onboarding"
    _description = "Amazon Account Setup"
    # Registering an application at Amazon may take days.
    _transient_max_hours = 14 * 24.0

    step = fields.Selection(STEPS, required=True, default="check", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    region = fields.Selection(
        REGIONS,
        required=True,
        compute="_compute_region",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="The region of your seller account. One account serves all marketplaces "
        "of its region.",
    )
    marketplace_ids = fields.Many2many(
        "amazon.marketplace",
        string="Marketplaces",
        domain="[('region', '=', region)]",
        compute="_compute_marketplace_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="Where you want to sell with Odoo.",
    )
    account_id = fields.Many2one("amazon.account", readonly=True, ondelete="cascade")
    # With the user's own rights: whoever writes another account's id reads nothing.
    account_state = fields.Selection(related="account_id.state", related_sudo=False)
    connection_report = fields.Html(
        related="account_id.connection_report", related_sudo=False
    )
    setup_pending = fields.Boolean(
        related="account_id.setup_pending", related_sudo=False
    )
    channel_ids = fields.Many2many(
        "amazon.channel",
        "amazon_onboarding_channel_rel",
        string="Channels",
        context={"active_test": False},
    )
    used_channel_ids = fields.Many2many(
        "amazon.channel", "amazon_onboarding_used_channel_rel", string="Channels in Use"
    )
    has_several_channels = fields.Boolean(compute="_compute_has_several_channels")
    task_ids = fields.One2many(related="account_id.task_ids", related_sudo=False)
    order_count = fields.Integer(related="account_id.order_count", related_sudo=False)
    listing_count = fields.Integer(
        related="account_id.listing_count", related_sudo=False
    )
    unconfirmed_count = fields.Integer(
        related="account_id.unconfirmed_count", related_sudo=False
    )

    @api.depends("company_id")
    def _compute_region(self):
        for setup in self:
            home = self.env["amazon.marketplace"].search(
                [("country_id", "=", setup.company_id.country_id.id)], limit=1
            )
            setup.region = home.region or setup.region or "eu"

    @api.depends("region", "company_id")
    def _compute_marketplace_ids(self):
        for setup in self:
            near = setup.marketplace_ids.filtered(
                lambda marketplace, region=setup.region: marketplace.region == region
            )
            setup.marketplace_ids = near or self.env["amazon.marketplace"].search(
                [
                    ("region", "=", setup.region),
                    ("country_id", "=", setup.company_id.country_id.id),
                ]
            )

    @api.depends("used_channel_ids")
    def _compute_has_several_channels(self):
        for setup in self:
            setup.has_several_channels = len(setup.used_channel_ids) > 1

    @api.depends("account_id")
    def _compute_display_name(self):
        for setup in self:
            setup.display_name = setup.account_id.name or self.env._("Connect Amazon")

    # ------------------------------------------------------------------
    # Coming and going
    # ------------------------------------------------------------------

    @api.model
    def _resume(self, account):
        """The user's set-up of this account, at the step that the account has reached.

        :return: a set-up, made anew if the former one was cleaned up
        """
        setup = self.search(
            [("account_id", "=", account.id), ("create_uid", "=", self.env.uid)],
            order="id desc",
            limit=1,
        ) or self.create(self._prepare_resumed(account))
        if account.state == "connected":
            if setup.step in ("check", "connect", "done"):
                setup._enter_channels()
        elif setup.step != "check":
            setup.step = "connect"
        return setup

    @api.model
    def _prepare_resumed(self, account):
        channels = account.with_context(active_test=False).channel_ids
        marketplaces = channels.filtered("active").marketplace_id
        marketplaces = marketplaces or account.consent_marketplace_id
        vals = {
            "step": "connect",
            "account_id": account.id,
            "company_id": account.company_id.id,
            "region": account.region,
            "marketplace_ids": [(6, 0, marketplaces.ids)],
            "name": account.name,
            "method": "consent" if account.application_id else "self",
            "seller_id": account.seller_id,
            "application_id": account.application_id,
            "application_is_draft": account.application_is_draft,
            "consent_marketplace_id": account.consent_marketplace_id.id,
            "environment": account.environment,
        }
        if self.env.user._is_system():
            vals.update(
                custom_api_url=account.custom_api_url,
                custom_lwa_url=account.custom_lwa_url,
            )
        return vals

    def _get_action(self):
        """The window of this set-up."""
        action = self.env["ir.actions.act_window"]._for_xml_id(SETUP_ACTION)
        return {**action, "res_id": self.id}

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def action_back(self):
        """Go one step back; what is connected stays connected.

        :return: True
        """
        self.ensure_one()
        back = {"connect": "check", "preferences": "channels"}
        self.step = back.get(self.step, self.step)
        return True

    def action_refresh(self):
        """Look again: the window reads this set-up anew.

        :return: True
        """
        return True

    def action_to_connect(self):
        """Go on when nothing is missing that stops a connection.

        :return: True
        :raises UserError: when something is, with what to do
        """
        self.ensure_one()
        missing = [check for check in self._get_checks() if check.level == "block"]
        if missing:
            raise UserError(
                self.env._("Resolve this first:")
                + "".join(f"\n\n{check.title}: {check.text}" for check in missing)
            )
        self.step = "connect"
        return True

    def _enter_channels(self):
        """Show where the seller may sell; what was not wanted is switched off.

        Channels that were synced before stay as they are.
        """
        self.ensure_one()
        channels = self.account_id.with_context(active_test=False).channel_ids
        synced = any(self.account_id.task_ids.mapped("last_success"))
        wanted = channels.filtered(
            lambda channel: channel.marketplace_id in self.marketplace_ids
        )
        if self.setup_pending and wanted and not synced:
            (channels - wanted).filtered("active").active = False
        self.write({"channel_ids": [(6, 0, channels.ids)], "step": "channels"})

    def action_to_preferences(self):
        """Go on with the channels that are switched on.

        :return: True
        :raises UserError: when there is none
        """
        self.ensure_one()
        used = self.channel_ids.filtered("active")
        if not used:
            raise UserError(
                self.env._(
                    "Switch on at least one channel. The others can be switched on at "
                    "any time under Amazon > Configuration > Channels."
                )
            )
        self.write({"used_channel_ids": [(6, 0, used.ids)], "step": "preferences"})
        return True

    def action_finish(self):
        """End the set-up; the first sync starts.

        An account that was disconnected meanwhile has to be connected again first.

        :return: True
        """
        self.ensure_one()
        if self.account_id.state != "connected":
            message = self.env._(
                "The account is no longer connected. Connect it again."
            )
            self.write(
                {"step": "connect", "error_message": Markup("<p>%s</p>") % message}
            )
            return True
        self.account_id._finish_setup()
        self.step = "done"
        return True

    # ------------------------------------------------------------------
    # Where to go from here
    # ------------------------------------------------------------------

    def action_open_account(self):
        """Open the account's page."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "amazon.account",
            "res_id": self.account_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "main",
        }

    def action_open_listings(self):
        """Open the account's listings."""
        return self.account_id.action_open_listings()

    def action_open_orders(self):
        """Open the account's orders."""
        return self.account_id.action_open_orders()

    def action_open_help(self):
        """Open the illustrated guide."""
        return self.env["amazon.account"].action_open_help()
