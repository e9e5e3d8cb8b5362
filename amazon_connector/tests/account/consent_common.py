# SPDX-License-Identifier: LGPL-3.0-or-later
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from odoo.tests import HttpCase
from odoo.tools import mute_logger

from ..common import CLIENT_LOGGERS
from .connection_common import ConnectionCase

CONSENT_LOGGER = "odoo.addons.amazon_connector.models.account.amazon_account_consent"
PATH = "/amazon_connector/oauth/callback"


class ConsentCase(ConnectionCase, HttpCase):
    """A draft account for Amazon's consent page, and the way there and back."""

    def setUp(self):
        super().setUp()
        self.draft = self.new_account()
        application = self.simulator.lwa.applications[self.known["client_id"]]
        self.env["ir.config_parameter"].set_param("web.base.url", self.base_url())
        application.redirect_uris.append(self.base_url() + PATH)
        self.draft.write(
            {
                "seller_id": False,
                "application_id": self.known["application_id"],
                "credentials_ciphertext": False,
            }
        )
        self.draft.write(
            {
                "client_id_input": self.known["client_id"],
                "client_secret_input": self.known["client_secret"],
            }
        )
        self.account_now = self.draft.with_user(self.manager)
        self.authenticate("amazon_manager", "amazon_manager")

    def leave(self, account=None):
        """Press the button; returns the address of Amazon's page."""
        action = (account or self.account_now).action_authorise()
        self.env.flush_all()
        return action["url"]

    def agree(self, url, seller=None):
        """The seller agrees; returns the address that Amazon sends him to."""
        answer = requests.get(
            f"{url}&{urlencode({'seller': seller or self.seller_now.key})}",
            allow_redirects=False,
            timeout=10,
        )
        self.assertEqual(answer.status_code, 302, answer.text)
        return answer.headers["Location"]

    def come_back(self, address, **changes):
        parts = urlsplit(address)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        query.update(changes)
        with mute_logger(CONSENT_LOGGER, *CLIENT_LOGGERS):
            answer = self.url_open(
                f"{parts.path}?{urlencode(query)}", allow_redirects=False
            )
        self.env.invalidate_all()
        return answer
