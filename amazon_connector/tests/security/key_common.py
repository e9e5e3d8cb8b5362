# SPDX-License-Identifier: LGPL-3.0-or-later
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from ...tools import vault as vault_module
from ..common import SimulatorCase

FORMER = "the-former-master-key-that-is-long-enough"
NEW = "the-new-master-key-that-is-long-enough-too"


class KeyCase(SimulatorCase):
    """A server whose key a test chooses."""

    simulator_options = {"lag": (0, 0), "quotas": False}

    @classmethod
    def _create_account(cls, **vals):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.data_dir = Path(folder.name)
        cls.settings = {"data_dir": folder.name, "amazon_connector_key": FORMER}
        cls.classPatch(vault_module, "config", cls.settings)
        cls.startClassPatcher(patch.dict(os.environ))
        os.environ.pop("AMAZON_CONNECTOR_KEY", None)
        return super()._create_account(**vals)

    def setUp(self):
        super().setUp()
        self.use_key(FORMER)

    def use_key(self, key):
        """Restart with another key in the configuration; None: with the key file."""
        self.settings["amazon_connector_key"] = key
        self.env.invalidate_all()

    def type_credentials(self, account=None):
        known = self.simulator.credentials(self.seller)
        names = ("client_id", "client_secret", "refresh_token")
        (account or self.account).write({f"{n}_input": known[n] for n in names})
        self.env.flush_all()

    def connect(self):
        with self.enter_registry_test_mode():
            self.account.action_connect()
        self.make_due()

    def alerts(self, account=None):
        alerts = (account or self.account).activity_ids.filtered("amazon_alert")
        return alerts.mapped("amazon_alert")
