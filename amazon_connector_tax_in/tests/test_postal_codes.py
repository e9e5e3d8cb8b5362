# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import BaseCase, tagged

from ..gst.postal_codes import find_state_code


@tagged("post_install", "-at_install")
class TestPostalCodes(BaseCase):
    def test_cities_of_every_state(self):
        """S80: the capital's postal code tells the state."""
        capitals = {
            "744101": "AN", "522020": "AP", "791111": "AR", "781006": "AS",
            "800001": "BR", "492001": "CG", "110001": "DL", "403001": "GA",
            "382010": "GJ", "171001": "HP", "122001": "HR", "834001": "JH",
            "190001": "JK", "560001": "KA", "695001": "KL", "194101": "LA",
            "682555": "LD", "400001": "MH", "793001": "ML", "795001": "MN",
            "462001": "MP", "796001": "MZ", "797001": "NL", "751001": "OD",
            "141001": "PB", "302001": "RJ", "737101": "SK", "600001": "TN",
            "799001": "TR", "500001": "TS", "248001": "UK", "226001": "UP",
            "700001": "WB",
        }  # fmt: skip
        self.assertEqual({pin: find_state_code(pin) for pin in capitals}, capitals)

    def test_exceptions_within_a_prefix(self):
        expected = {"533464": "PY", "533101": "AP", "518001": "AP", "673310": "PY"}
        self.assertEqual({pin: find_state_code(pin) for pin in expected}, expected)

    def test_what_two_states_share_is_not_guessed(self):
        for pin in ("160017", "362520", "396210", "605001", "607001", "609602"):
            self.assertIsNone(find_state_code(pin), pin)

    def test_what_is_no_postal_code(self):
        for pin in (
            None,
            "",
            " ",
            "0",
            "012345",
            "9000",
            "1100011",
            "APO",
            0,
            "56 APO",
        ):
            self.assertIsNone(find_state_code(pin), pin)

    def test_spellings(self):
        for pin in ("110 001", "110-001", " 110001 ", "１１０００１", 110001):
            self.assertEqual(find_state_code(pin), "DL", pin)
