# SPDX-License-Identifier: LGPL-3.0-or-later
import json
import re
from pathlib import Path

from ...tools.external_api import VERSION
from ..security.security_common import SecurityCase
from ..shipment.shipment_common import ShipmentMixin

NUMBER = "403-0000000-0000001"
PAGE = Path(__file__).resolve().parents[3] / "docs" / "external-api.md"
# Their keys are data: states, numbers, codes.
MAPS = {"items", "errors", "labels", "orders"}


class ApiCase(ShipmentMixin, SecurityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = (
            "amazon_connector.group_manager,sales_team.group_sale_manager,"
            "stock.group_stock_manager"
        )
        cls.script = cls._user("script", groups)
        cls.set_up_carrier()

    def api(self, model, ids=None):
        """The model, or its records, as the script's user."""
        records = self.env[model].with_user(self.script)
        return records.browse(ids) if ids else records

    def check_plain(self, answer):
        """It can travel as JSON and over XML-RPC, and tells nothing of a buyer."""
        text = json.dumps(answer)
        self.assertNotIn("null", text)
        self.assertNotIn("Secretname", text)
        self.assertNotIn("Hidden", text)
        self.assertNotIn("marketplace.example", text)
        self.assertEqual(answer["version"], VERSION)
        if PAGE.is_file():
            told = re.findall(r"`(\w+)`", PAGE.read_text(encoding="utf-8"))
            self.assertEqual(self._find_keys(answer) - set(told), set())
        return answer

    def _find_keys(self, answer):
        """The keys of an answer and of all that it holds."""
        if isinstance(answer, list):
            return set().union(*map(self._find_keys, answer))
        if not isinstance(answer, dict):
            return set()
        parts = [
            part
            for key, part in answer.items()
            if not (key in MAPS and isinstance(part, dict))
        ]
        return set(answer).union(*map(self._find_keys, parts))
