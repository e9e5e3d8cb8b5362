# SPDX-License-Identifier: LGPL-3.0-or-later
"""How long Amazon accepts an account's authorisation and client secret."""

from datetime import timedelta

from odoo import api, fields, models

# Amazon's terms: consent is renewed yearly, client secrets twice a year. What sellers
# authorise themselves, for an application of their own, does not expire.
CONSENT_LIFE = timedelta(days=365)
SECRET_LIFE = timedelta(days=180)
WARN_DAYS = (7, 30)


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    authorised_by = fields.Selection(
        [("self", "Self-authorization"), ("consent", "Consent page")],
        "Authorized By",
        readonly=True,
        copy=False,
    )
    authorised_at = fields.Datetime("Authorized On", readonly=True, copy=False)
    authorised_user_id = fields.Many2one(
        "res.users",
        "Authorized Through",
        readonly=True,
        copy=False,
        help="The Odoo user who authorized on Amazon's consent page or entered the "
        "token.",
    )
    authorisation_expires_on = fields.Date(
        "Authorization Expires On",
        compute="_compute_authorisation_expires_on",
        store=True,
        help="Amazon asks for consent once a year. An application that you authorized "
        "yourself needs no renewal.",
    )
    secret_expires_on = fields.Date(
        "Client Secret Expires On",
        copy=False,
        help="180 days after the secret was created at Amazon. Set when a client "
        "secret is entered; correct it if you created the secret earlier.",
    )
    # How many days ahead the responsible user was warned the last time; 0: not yet.
    authorisation_warned = fields.Integer(copy=False, readonly=True)
    secret_warned = fields.Integer(copy=False, readonly=True)

    @api.depends("authorised_by", "authorised_at")
    def _compute_authorisation_expires_on(self):
        for account in self:
            by_consent = account.authorised_by == "consent" and account.authorised_at
            account.authorisation_expires_on = by_consent and (
                account.authorised_at + CONSENT_LIFE
            )

    def _follow_entered_expiry(self, vals):
        """Forget the warning of a date that changes; keep a date entered by hand."""
        if "secret_expires_on" in vals and "secret_warned" not in vals:
            self.sudo().secret_warned = 0
            self._clear_alert("secret expiry")
        self._keep_entered_expiry(vals)

    def _keep_entered_expiry(self, vals):
        # The inverse of the typed secret comes last and computes a date.
        if vals.get("secret_expires_on") and vals.get("client_secret_input"):
            self.write({"secret_expires_on": vals["secret_expires_on"]})

    def _note_validity(self, former, values, authorised_by):
        """Note since when new credentials are valid.

        :param former: what was stored, ``values``: what replaces it
        :param authorised_by: ``self`` or ``consent``: how a refresh token was got
        """
        account, dates = self.sudo(), {}
        if values.get("refresh_token", former.get("refresh_token")) != former.get(
            "refresh_token"
        ):
            dates.update(
                authorised_by=authorised_by,
                authorised_at=fields.Datetime.now(),
                authorised_user_id=self.env.uid,
                authorisation_warned=0,
            )
            account._clear_alert("authorisation expiry")
        if values.get("client_secret", former.get("client_secret")) != former.get(
            "client_secret"
        ):
            dates["secret_expires_on"] = fields.Date.today() + SECRET_LIFE
        if dates:
            account.write(dates)

    # ------------------------------------------------------------------
    # Warnings
    # ------------------------------------------------------------------

    @api.model
    def _cron_warn_of_expiry(self):
        """Warn 30 and 7 days before Amazon stops accepting something.

        And of buyers' data that are late, which their own action cannot tell when it
        stands still.
        """
        self._check_all_deletions()
        latest = fields.Date.today() + timedelta(days=max(WARN_DAYS))
        accounts = self.search(
            [
                ("state", "!=", "draft"),
                "|",
                ("authorisation_expires_on", "<=", latest),
                ("secret_expires_on", "<=", latest),
            ]
        )
        for account in accounts:
            account._warn_of_expiry(
                "authorisation",
                account.authorisation_expires_on,
                self.env._("Amazon's authorization expires"),
                self.env._(
                    "On %(date)s Amazon stops accepting the authorization of account "
                    "%(account)s, and nothing is synced from then on. Press Authorize "
                    "on Amazon on the account to renew it for a year."
                ),
            )
            account._warn_of_expiry(
                "secret",
                account.secret_expires_on,
                self.env._("Amazon's client secret expires"),
                self.env._(
                    "On %(date)s Amazon stops accepting the client secret of account "
                    "%(account)s, and nothing is synced from then on. Create a new "
                    "one in the Solution Provider Portal and enter it on the account; "
                    "the old one works for another week."
                ),
            )

    def _warn_of_expiry(self, subject, date, summary, text):
        """Raise the activity of ``subject`` once per step of ``WARN_DAYS``.

        :param text: with places for ``date`` and ``account``
        """
        self.ensure_one()
        if not date:
            return
        left = (date - fields.Date.today()).days
        step = next((days for days in WARN_DAYS if left <= days), 0)
        warned = self[f"{subject}_warned"]
        if not step or (warned and warned <= step):
            return
        self._raise_alert(
            summary,
            text % {"date": fields.Date.to_string(date), "account": self.name},
            key=f"{subject} expiry",
            deadline=date,
        )
        self[f"{subject}_warned"] = step
