# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import code_translations

from ...sp_api import answers, auth, shipment_errors
from ...sp_api.errors import BadRequestError
from ...tools.error_words import SENTENCES, explain


@tagged("post_install", "-at_install")
class TestErrorWords(TransactionCase):
    def test_translators_see_what_the_client_advises(self):
        known = {sentence._source for sentence in SENTENCES}
        advised = {
            answers.ADVICE_DENIED,
            *auth._ADVICE.values(),
            *shipment_errors._ADVICE.values(),
        }
        self.assertFalse(advised - known)

    def test_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        env = self.env(context={"lang": "fr_FR"})
        words = {
            "Enter the tracking number.": "Saisissez le suivi.",
            "Amazon's answer:": "Amazon :",
        }
        error = shipment_errors.ShipmentRefusedError.of(
            BadRequestError("the tracking number is missing")
        )
        with patch.object(
            code_translations, "get_python_translations", return_value=words
        ):
            text = explain(env, error)
        self.assertEqual(
            text, "Saisissez le suivi. Amazon : the tracking number is missing"
        )
        self.assertEqual(explain(self.env, error), error.explanation)
