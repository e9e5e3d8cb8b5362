# SPDX-License-Identifier: LGPL-3.0-or-later
"""The page that monitoring reads: guarded, and numbers alone."""

import re

from odoo.tests import HttpCase, tagged

from ...controllers.metrics import PARAMETER
from ...tools.prometheus import write_metrics
from ..common import AmazonCase, item_json, order_json

TOKEN = "a-token-long-enough-to-be-one"
SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?\d+')


@tagged("post_install", "-at_install")
class TestMetrics(AmazonCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"].sudo()
        self.parameters.set_param(PARAMETER, TOKEN)

    def scrape(self, authorisation=f"Bearer {TOKEN}"):
        headers = {"Authorization": authorisation} if authorisation else {}
        return self.url_open("/amazon_connector/metrics", headers=headers)

    def test_the_page(self):
        self.receive(order_json(1), order_json(2, items=[item_json("NEW")]))
        self.env.flush_all()
        answer = self.scrape()
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        lines = answer.text.splitlines()
        for line in lines:
            self.assertTrue(line.startswith("# ") or SAMPLE.fullmatch(line), line)
        own = f'account="{self.account.id}"'
        self.assertIn(f'amazon_orders{{{own},state="frozen"}} 1', lines)
        self.assertIn(f"amazon_account_connected{{{own}}} 1", lines)
        self.assertIn(f'amazon_module_failures{{{own},module="orders"}} 0', lines)

    def test_nothing_of_orders_buyers_or_shops(self):
        self.receive(order_json(1))
        text = self.scrape().text
        for told in ("Secretname", "403-", "SKU", self.account.name, "ATESTSELLER"):
            self.assertNotIn(told, text)

    def test_who_has_no_token_reads_nothing(self):
        wrong = ("", "Bearer", f"Bearer {TOKEN}x", TOKEN, f"Basic {TOKEN}", "Bearer ü")
        for authorisation in wrong:
            answer = self.scrape(authorisation.encode().decode("latin-1"))
            self.assertEqual((answer.status_code, answer.text), (401, ""))
        query = self.url_open(f"/amazon_connector/metrics?token={TOKEN}")
        self.assertEqual(query.status_code, 401)

    def test_without_a_token_there_is_no_page(self):
        for token in (False, "short"):
            self.parameters.set_param(PARAMETER, token)
            self.assertEqual(self.scrape("Bearer short").status_code, 404)
            self.assertEqual(self.scrape("Bearer ").status_code, 404)

    def test_labels_are_escaped(self):
        sample = {"labels": {"a": 'x"\\\n'}, "value": 1}
        text = write_metrics([{"name": "n", "help": "h\n", "samples": [sample]}])
        self.assertEqual(text, '# HELP n h\\n\n# TYPE n gauge\nn{a="x\\"\\\\\\n"} 1\n')
