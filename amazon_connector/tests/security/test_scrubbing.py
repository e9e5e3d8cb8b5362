# SPDX-License-Identifier: LGPL-3.0-or-later
"""Buyers' data in texts that others write while they may see them."""

import base64
import json
import logging
from html import escape
from urllib.parse import quote

from odoo.tests import BaseCase, tagged

from ...tools.scrubbing import Scrubber, get_scrubber, scrubbing
from ..common import AmazonCase

VALUES = (
    "Zephyrine Quixotley",
    "Quixotley & Daughters",
    "Umbrellastrasse 5",
    "Xanadupur",
    "987654",
    "+91 98450 55555",
    "zephyrine@marketplace.example",
)


@tagged("post_install", "-at_install")
class TestScrubber(BaseCase):
    def hide(self, text, *values):
        return Scrubber(values or VALUES).hide(text)

    def test_values_are_hidden_however_they_are_written(self):
        """S112: in other letters, in parts, without blanks."""
        for text in (
            "ZEPHYRINE QUIXOTLEY",
            "Zephyrine\u00a0Quixotley",
            "Zephyrine",
            "ms.quixotley",
            "Quixotley &amp; Daughters",
            "Umbrellastrasse+5",
            "Umbrellastrasse%205",
            "UMBRELLASTRASSE, 5",
            "Xanadupur",
            "987654",
            "+919845055555",
            "9845055555",
            "(98450) 55-555",
            "zephyrine@marketplace.example",
        ):
            hidden = self.hide(f"Refused: {text}!").casefold()
            for word in ("zephyr", "quixot", "umbrella", "xanadu", "9876", "98450"):
                self.assertNotIn(word, hidden, text)
            self.assertTrue(hidden.startswith("refused: "), text)

    def test_other_texts_stay(self):
        for text in (
            "Shipment 1Z987654321 leaves on 2026-11-29",
            "Customer of marketplace.example",
            "Tracking 19876540001",
            "5 parcels, 12.50 kg",
        ):
            self.assertEqual(self.hide(text), text)

    def test_letters_of_all_scripts_and_their_escapes(self):
        """S112: a name in Devanagari, Japanese, Arabic, with accents."""
        for value in ("ज़ेफ़िरीन शर्मा", "山田 花子", "زفيرين القحطاني", "José Muñoz"):
            for text in (
                value,
                json.dumps(value),
                quote(value),
                value.encode("ascii", "xmlcharrefreplace").decode(),
                f"<b>{escape(value)}</b>様",
            ):
                hidden = self.hide(f"address {text} refused", value)
                for word in value.split():
                    for form in (word, json.dumps(word)[1:-1], quote(word)):
                        self.assertNotIn(form, hidden)
        self.assertNotIn("Munoz", self.hide("JOSE MUNOZ", "José Muñoz").title())

    def test_files_in_base64_are_hidden_and_other_codes_stay(self):
        """S112: a label in the answer of a carrier, as a loud logger writes it."""
        token = base64.b64encode(b"an access token of the carrier").decode()
        for content in (
            b"%PDF-1.7 compressed",
            b"^XA^FDZephyrine Quixotley^FS^XZ",
            "Straße, Xanadupur, 日本".encode(),
        ):
            label = base64.b64encode(content).decode()
            text = f"{{'Label': '{label}', 'token': '{token}'}}"
            self.assertEqual(self.hide(text), f"{{'Label': '***', 'token': '{token}'}}")
            self.assertEqual(Scrubber(VALUES).hide_column(label), "***")
        content = json.dumps("ज़ेफ़िरीन", ensure_ascii=False).encode()
        self.assertIn("***", self.hide(f"got {content}", "ज़ेफ़िरीन"))

    def test_tags_and_names_of_files_keep_their_words(self):
        scrubber = Scrubber(["Table Bay Road 7", "Span"])
        html = '<table class="table"><span>Table</span><a href="/{}">a</a></table>'
        self.assertEqual(
            scrubber.hide_column(html.format("Table Bay Road 7")),
            html.replace("Table", "***").format("***"),
        )
        self.assertEqual(scrubber.hide_column("table.pdf"), "table.pdf")
        self.assertEqual(
            scrubber.hide_column("label_Table_Bay_Road_7.pdf"), "label_***.pdf"
        )
        self.assertEqual(
            scrubber.hide_column({"Table Bay Road 7": ["a span", 5, None]}),
            {"***": ["a ***", 5, None]},
        )

    def test_short_words_are_hidden_with_their_value_only(self):
        scrubber = Scrubber(["Li Wu", "12"])
        self.assertEqual(scrubber.hide("Li Wu lives at 12 Rd"), "*** lives at 12 Rd")
        self.assertEqual(scrubber.hide_column("12"), "***")

    def test_errors_tell_by_what_caused_them(self):
        scrubber = Scrubber(VALUES)
        self.assertTrue(scrubber.tells(ValueError("no Xanadupur")))
        outer = ValueError("refused")
        outer.__context__ = KeyError("UMBRELLASTRASSE 5")
        self.assertTrue(scrubber.tells(outer))
        self.assertFalse(scrubber.tells(ValueError("refused")))

    def test_logs_are_scrubbed_while_the_block_lasts(self):
        """S112: also at debug, with arguments, and in a traceback."""
        logger = logging.getLogger("odoo.addons.some_carrier")
        with self.assertLogs(logger, "DEBUG") as logs:
            with scrubbing(VALUES):
                logger.debug("sent %s", {"Name": "Zephyrine Quixotley"})
                logger.info("GET /rates?zip=987654&city=Xanadupur HTTP/1.1")
                try:
                    raise ValueError("Umbrellastrasse 5 is unknown")
                except ValueError:
                    logger.exception("failed")
            logger.info("after: 987654")
        told = "\n".join(logs.output[:3])
        self.assertIn("sent", told)
        self.assertIn("Traceback", told)
        for word in ("Zephyrine", "987654", "Xanadupur", "Umbrella"):
            self.assertNotIn(word, told)
        self.assertIn("987654", logs.output[3])
        self.assertIsNone(get_scrubber())

    def test_blocks_within_blocks_hide_the_values_of_all(self):
        with scrubbing(["Xanadupur"]):
            with scrubbing(["Atlantis"]) as inner:
                self.assertEqual(inner.hide("Xanadupur, Atlantis"), "***, ***")
            self.assertEqual(get_scrubber().hide("Atlantis"), "Atlantis")


@tagged("post_install", "-at_install")
class TestScrubbedRecords(AmazonCase):
    """Whatever Odoo's models store while the block lasts."""

    def test_nothing_is_stored_in_clear(self):
        """S112: new records, changes, translated texts, and what is computed."""
        partner = self.env["res.partner"].create({"name": "Agent"})
        with scrubbing(VALUES):
            text = "Zephyrine Quixotley, Umbrellastrasse"
            message = partner.message_post(body=text)
            partner.comment = "lives in Xanadupur"
            partner.function = "Zephyrine"
            template = self.env["product.template"].create({"name": "To 987654 now"})
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertIn("***", message.body)
        self.assertEqual(message.model, "res.partner")
        self.assertIn("lives in ***", partner.comment)
        self.assertEqual(partner.function, "***")
        self.assertEqual(template.name, "To *** now")

    def test_a_street_called_like_a_model_breaks_nothing(self):
        partner = self.env["res.partner"].create({"name": "Agent"})
        with scrubbing(["res.partner", "Partner"]):
            text = "a partner"
            message = partner.message_post(body=text)
        self.env.invalidate_all()
        self.assertEqual(message.model, "res.partner")

    def test_computed_fields_are_noted(self):
        """They are computed anew when the contact is masked again."""
        partner = self.env["res.partner"].create({"name": "of Xanadupur"})
        self.env.flush_all()
        with scrubbing(["Xanadupur"]) as scrubber:
            field = partner._fields["complete_name"]
            self.env.add_to_compute(field, partner)
            partner.invalidate_recordset(["complete_name"], flush=False)
            self.env.flush_all()
            noted = scrubber.take_computed()
        self.assertIn(partner.id, noted["res.partner", "complete_name"])
        self.assertFalse(scrubber.take_computed())
