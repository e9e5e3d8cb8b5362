# SPDX-License-Identifier: LGPL-3.0-or-later
"""Setting an account up, step by step, and help on it."""

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models

# The first sync comes at most 15 minutes after the authorisation.
SETUP_PATIENCE = timedelta(minutes=10)
HELP_PATH = "/amazon_connector/help"
SETUP_ACTION = "amazon_connector.amazon_onboarding_action"


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    setup_pending = fields.Boolean(
        readonly=True,
        copy=False,
        help="The step-by-step setup was started and is not finished.",
    )

    @api.model
    def get_empty_list_help(self, help_message):
        """Override of `web`: whoever has no account yet is led to the set-up."""
        text = self.env._("Connect your first Amazon account")
        if self.has_access("create"):
            lead = Markup(
                '<p>%s</p><a type="action" name="%s" class="btn btn-primary">%s</a>'
            ) % (
                self.env._(
                    "Five steps: what you need, your credentials, your channels, "
                    "their preferences, and the first sync."
                ),
                SETUP_ACTION,
                self.env._("Set Up Now"),
            )
        else:
            lead = Markup("<p>%s</p>") % self.env._(
                'Ask someone with the access right "Manager" for Amazon to connect it.'
            )
        title = Markup('<p class="o_view_nocontent_smiling_face">%s</p>') % text
        return super().get_empty_list_help(title + lead)

    def action_continue_setup(self):
        """Open the set-up of this account at the step where it was left."""
        self.ensure_one()
        self.check_access("write")
        return self.env["amazon.onboarding"]._resume(self)._get_action()

    def action_open_help(self):
        """Open the illustrated guide in a window of its own."""
        return {"type": "ir.actions.act_url", "url": HELP_PATH, "target": "new"}

    def _get_address(self):
        """Where the user goes on with this account: its set-up, or its page."""
        self.ensure_one()
        if self.setup_pending:
            setup = self.env["amazon.onboarding"]._resume(self)
            return f"/odoo/amazon-setup/{setup.id}"
        return f"/odoo/amazon-accounts/{self.id}"

    def _delay_first_sync(self):
        """The first sync waits for the user's choices, but not for long."""
        if self.setup_pending:
            tasks = self.sudo().task_ids.filtered(lambda task: not task.last_success)
            tasks.next_run = fields.Datetime.now() + SETUP_PATIENCE
            for task in tasks:
                self.env[f"amazon.sync.{task.kind}"]._wake_fetch(task.next_run)

    def _finish_setup(self):
        """The choices are made: what has not been synced yet is synced at once."""
        self.ensure_one()
        self.check_access("write")
        self.sudo().setup_pending = False
        now = fields.Datetime.now()
        # In the user's name, who is told how far the runs are.
        self.task_ids.filtered(
            lambda task: (
                not task.last_success and (not task.next_run or task.next_run > now)
            )
        )._request_run("initial")
