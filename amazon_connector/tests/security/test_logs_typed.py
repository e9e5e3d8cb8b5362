# SPDX-License-Identifier: LGPL-3.0-or-later
import json
import logging
from urllib.parse import quote
from xmlrpc.client import Fault

from odoo.tests import HttpCase, new_test_user, tagged

from ...tools.log_masks import CALLBACK_PATH
from ...tools.secret_fields import INPUT_NAMES, SecretInput
from .logs_common import everything_logged

TYPED = "typed-tamarin-"
CODE = "code-capybara"


@tagged("post_install", "-at_install")
class TestTypedSecrets(HttpCase):
    """S55: what is typed into a write-only field is in no log, however loud."""

    def setUp(self):
        super().setUp()
        groups = "amazon_connector.group_manager"
        new_test_user(self.env, "typist", groups, password="typist")
        self.account = self.env["amazon.account"].create({"name": "Typed"})
        self.env["amazon.onboarding"].search([]).unlink()

    def inputs(self, model):
        """``{field: secret}`` of all write-only fields of a model."""
        fields = self.env[model]._fields.values()
        found = [field.name for field in fields if isinstance(field, SecretInput)]
        self.assertEqual(len(found), 3, model)
        return {name: TYPED + name for name in found}

    def get_calls(self, model, record):
        """``(method, arguments)`` of every way to type."""
        typed = self.inputs(model)
        spec = {name: {} for name in typed}
        required = {"name": "Typed too"} if model == "amazon.account" else {}
        vals = {**required, **typed}
        names = list(typed)
        return [
            ("create", [[vals]]),
            ("write", [[record.id], typed]),
            ("web_save", [[record.id], typed, spec]),
            ("web_save", [[], vals, spec]),
            ("onchange", [[record.id], typed, names[:1], spec]),
            ("onchange", [[], vals, names, spec]),
            ("load", [names, [list(typed.values())]]),
            ("search", [[(names[0], "=", typed[names[0]])]]),
            ("no_method", [[record.id], typed]),
        ]

    def post(self, address, params):
        return self.url_open(
            address,
            data=json.dumps({"params": params}),
            headers={"Content-Type": "application/json"},
        )

    def speak(self, model, method, arguments):
        """The same call in each language that Odoo understands."""
        self.post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": arguments, "kwargs": {}},
        )
        login = [self.env.cr.dbname, self.typist, "typist", model, method, arguments]
        self.post(
            "/jsonrpc", {"service": "object", "method": "execute_kw", "args": login}
        )
        try:
            self.xmlrpc_object.execute_kw(*login)
        except Fault as fault:
            self.assertTrue(fault.faultString)

    def test_typed_secrets(self):
        self.authenticate("typist", "typist")
        self.typist = self.session.uid
        setup = self.env["amazon.onboarding"].create({"account_id": self.account.id})
        with everything_logged() as lines:
            for record in (self.account, setup):
                for method, arguments in self.get_calls(record._name, record):
                    self.speak(record._name, method, arguments)
        text = "\n".join(lines)
        self.assertNotIn(TYPED, text)
        # What it is worth: the calls were made, and were logged.
        self.assertTrue(self.account.has_credentials)
        for method in ("create", "write", "web_save", "onchange", "load"):
            self.assertRegex(text, rf"call amazon.account.*\.{method}\(\[left out")
            self.assertRegex(text, rf"call amazon.onboarding.*\.{method}\(\[left out")

    def test_other_calls_are_logged_as_ever(self):
        self.authenticate("typist", "typist")
        self.typist = self.session.uid
        with everything_logged() as lines:
            self.speak("amazon.account", "write", [[self.account.id], {"name": "Xyz"}])
        self.assertRegex("\n".join(lines), r"call amazon\.account.*'name': 'Xyz'")

    def test_any_shape_is_masked(self):
        """Whatever an addon or a later Odoo makes of the arguments."""
        name = min(INPUT_NAMES)
        with everything_logged() as lines:
            for logger in ("odoo.service.model", "odoo.http", "odoo.sql_db"):
                log = logging.getLogger(logger)
                log.debug("%s", {name: TYPED})
                log.debug("%(a)s", {"a": {name: TYPED}})
                log.debug(f"<name>{name}</name><value>{TYPED}</value>")
                log.debug("%s %s %d", [name], [TYPED, name], 3)
                try:
                    raise KeyError(f"{name} = {TYPED}")
                except KeyError:
                    log.exception("It failed")
        self.assertNotIn(TYPED, "\n".join(lines))
        self.assertEqual(len(lines), 15)
        self.assertEqual(sum("It failed KeyError" in line for line in lines), 3)

    def test_consent_code(self):
        """Amazon's code is in the address that the seller comes back to."""
        query = f"?spapi_oauth_code={CODE}&state=st-{CODE}&selling_partner_id=A1"
        with everything_logged() as lines:
            # Without a session Odoo sends to its login page, which leads back.
            self.url_open(CALLBACK_PATH + query)
            self.url_open(
                f"/web/login?redirect={quote(CALLBACK_PATH + query, safe='')}"
            )
            self.authenticate("typist", "typist")
            self.url_open(CALLBACK_PATH + query)
        text = "\n".join(lines)
        self.assertNotIn(CODE, text)
        self.assertIn(f"GET {CALLBACK_PATH}?[...] HTTP", text)
        self.assertIn("GET /web/login?[...] HTTP", text)
