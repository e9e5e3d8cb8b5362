# SPDX-License-Identifier: LGPL-3.0-or-later
import ast
from pathlib import Path
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import code_translations

from ... import sp_api
from ...sp_api import SettlementError, answers, auth, errors, shipment_errors
from ...sp_api.errors import BadRequestError
from ...tools.error_words import SENTENCES, TOLD, explain, tell


def read_literals(kinds):
    """The sentences that the client's source gives to errors, and all its advice.

    What it puts together counts up to the first value that it puts in.

    :param set kinds: names of the errors
    """
    folder = Path(sp_api.__file__).parent
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            if getattr(node.func, "id", "") in kinds and node.args:
                yield from read_start(node.args[0])
            for word in node.keywords:
                if word.arg == "advice":
                    yield from read_start(word.value)


def read_start(node):
    if isinstance(node, ast.JoinedStr):
        node = node.values[0]
    if isinstance(node, ast.Constant) and node.value:
        yield node.value.rstrip(" (")


def name_kinds(kind):
    """The names of an error and of all that are made of it."""
    return {kind.__name__}.union(*map(name_kinds, kind.__subclasses__()))


@tagged("post_install", "-at_install")
class TestErrorWords(TransactionCase):
    def test_translators_see_what_the_client_says(self):
        known = {sentence._source for sentence in (*SENTENCES, *TOLD)}
        said = {
            answers.ADVICE_DENIED,
            *auth._ADVICE.values(),
            *shipment_errors._ADVICE.values(),
            *read_literals(name_kinds(errors.AmazonError)),
            *read_literals(name_kinds(errors.ToldError)),
        }
        # Behind a colon stand Amazon's own words.
        heads = {text: f"{text.partition(':')[0]}:" for text in said - known}
        self.assertFalse([text for text, head in heads.items() if head not in known])

    def test_a_sentence_with_values(self):
        """S2: the file's own words stand in the sentence of the reader's language."""
        error = SettlementError("This is no currency: %(text)s", text="50 % off")
        self.env["res.lang"]._activate_lang("fr_FR")
        env = self.env(context={"lang": "fr_FR"})
        words = {"This is no currency: %(text)s": "Devise inconnue : %(text)s"}
        with patch.object(
            code_translations, "get_python_translations", return_value=words
        ):
            self.assertEqual(tell(env, error), "Devise inconnue : 50 % off")
        self.assertEqual(tell(self.env, error), str(error))
        self.assertEqual(tell(env, ValueError("100 %")), "100 %")

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
