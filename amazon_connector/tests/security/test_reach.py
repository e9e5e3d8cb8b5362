# SPDX-License-Identifier: LGPL-3.0-or-later
import functools
import inspect
import itertools
import types
import warnings
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.models import BaseModel
from odoo.tests import tagged
from odoo.tools import config, mute_logger
from odoo.tools.safe_eval import _UNSAFE_ATTRIBUTES

from ...models.account import amazon_account_consent, credentials
from ...models.account.amazon_access_token import PostgresTokenStore
from ...sp_api import Client, Credentials, Endpoint, Orders, split_order
from ...sp_api.tokens import AccessToken
from ...tools.vault import KEY_FILE, get_vault
from ..common import order_json
from .logs_common import leaves
from .security_common import SecurityCase

OURS = "odoo.addons.amazon_connector"
DEEP = 5
# Models that all others are made of.
EVERYWHERE = ("base", "mail.thread")
SECRETS = {
    "client_id": "amzn1.application-oa2-client.quokka",
    "client_secret": "amzn1.oa2-cs.v1.wombat-numbat",
    "refresh_token": "Atzr|bandicoot-bilby",
}
TOKEN = "Atza|potoroo-pademelon"
GUESS = "guessed@marketplace.example"
ATTACKS = (
    "object.env['amazon.account'].sudo().search([])[:1]._read_credentials()",
    "object.env['amazon.account'].sudo().search([])[:1]._get_client()"
    "._credentials.secrets",
    "object.env['amazon.account'].sudo().search([])[:1]._get_client()"
    "._access_token(None)",
    "object.env['amazon.order.pii'].sudo()._read_personal("
    "object.env['amazon.order'].sudo().search([]))",
    "object.env['amazon.sync.orders'].sudo()._read_order("
    "object.env['amazon.account'].sudo().search([])[:1], '403-0000000-0000077')",
    "object.env['amazon.account'].sudo().search([])[:1].credentials_ciphertext",
    "object.env['amazon.account'].sudo().search([])[:1].read()",
    "object.env['amazon.order.pii'].sudo().search([]).read()",
    "object.env['amazon.customer'].sudo().search([]).read()",
    "object.env['amazon.access.token'].sudo().search([]).read()",
    # Text formatting follows attributes that expressions may not name.
    *(
        f"'{{0.__func__.__globals__{path}}}'"
        ".format(object.env['amazon.account']._find_locked)"
        for path in (
            "",
            "[get_vault].__globals__",
            "[get_vault].__globals__[_vault].__dict__",
            "[explain_unreadable].__globals__",
        )
    ),
)


# What works: the attacks fail for want of an answer, not because nothing is called.
CONTROL = "object.env['amazon.account'].sudo().search([]).mapped('name')"


def reachable(value):
    """The attributes that safe_eval lets an expression name."""
    return [
        name
        for name in dir(value)
        if "__" not in name and name not in _UNSAFE_ATTRIBUTES
    ]


class TalkingClient(Client):
    """A client that nobody may get hold of; it answers all with an order's data."""

    def __init__(self, order):
        secrets = Credentials(**SECRETS)
        super().__init__(secrets, Endpoint.production("eu"), seller_id="s")
        self._answer = {"order": order, "orders": [order]}

    def call(self, operation, **request):
        return self._answer


@tagged("post_install", "-at_install")
class TestReach(SecurityCase):
    """S55: no expression of a template or a server action leads to a secret.

    What users write there reaches every attribute and every method of every record,
    private ones too, as superuser; it cannot import, and names nothing with two
    underscores.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = order = order_json(77, buyer="zephyrine")
        cls.account.write({f"{name}_input": v for name, v in SECRETS.items()})
        _public, personal = split_order(order)
        cls.records = cls.everything()
        cls.records["amazon.order"] = binding = cls.receive(order)
        vault = get_vault(cls.env)
        cls.env["amazon.access.token"].create(
            {
                "key": "quoll",
                "ciphertext": vault.encrypt(TOKEN, "access token quoll"),
                "expires_at": 9e9,
            }
        )
        cls.hidden = {*SECRETS.values(), TOKEN, *leaves(personal)} - {"KARNATAKA"}
        cls.hidden.update(vault.digests("email", GUESS))
        path = Path(config["data_dir"]) / KEY_FILE
        cls.hidden.update(path.read_text().split() if path.exists() else ())
        pii = cls.env["amazon.order.pii"].sudo()
        pii = pii.search([("order_id", "=", binding.id)])
        customer = binding.sale_order_id.partner_id.amazon_customer_ids
        cls.ciphertexts = {
            "ciphertext": pii.ciphertext,
            "credentials_ciphertext": cls.account.sudo().credentials_ciphertext,
            "customer": customer.sudo().ciphertext,
        }
        cls.known = {
            "account": cls.account,
            "task": cls.account._get_task("orders"),
            "channel": cls.channel,
            "channels": cls.channels,
            "company": cls.company,
            "binding": binding,
            "order": binding,
            "sale": binding.sale_order_id,
            "partner": binding.sale_order_id.partner_id,
            "run": cls.env["amazon.sync.run"].search([], limit=1),
            "listing": cls.env["amazon.listing"].search([], limit=1),
            "country": cls.env.ref("base.in"),
            "state": cls.env["res.country.state"],
            "code": "quoll",
            "number": "403-0000000-0000077",
            "kind": "orders",
            "name": "client_secret",
            "deadline": 9e9,
            "text": "text",
            "size": 10,
            "limit": 10,
        }

    def setUp(self):
        super().setUp()
        order = self.order
        self.patch(credentials, "Client", lambda *args, **kwargs: TalkingClient(order))
        token = (SECRETS["refresh_token"], AccessToken(TOKEN, 1.0))
        self.patch(amazon_account_consent, "exchange_code", lambda *a, **kw: token)
        self.found, self.called, self.returned = set(), set(), 0

    # ------------------------------------------------------------------
    # Looking
    # ------------------------------------------------------------------

    def look(self, value, path, depth=0, seen=None):
        """Note every secret in what an expression can make of this value."""
        seen = set() if seen is None else seen
        if id(value) in seen or depth > DEEP:
            return
        seen.add(id(value))
        go = functools.partial(self.look, depth=depth + 1, seen=seen)
        if isinstance(value, (str, bytes)):
            text = value if isinstance(value, str) else value.decode(errors="replace")
            self.found.update(
                (path, hidden[:6]) for hidden in self.hidden if hidden in text
            )
        elif isinstance(value, dict):
            for key, part in list(value.items())[:200]:
                go(key, f"{path} key")
                go(part, f"{path}[{str(key)[:20]!r}]")
        elif isinstance(value, (list, tuple, set, frozenset)):
            for part in list(value)[:200]:
                go(part, f"{path}[]")
        elif isinstance(value, functools.partial):
            go([value.func, value.args, value.keywords], f"{path}.partial")
        elif isinstance(value, types.ModuleType):
            self.found.add((path, "a module"))
        elif isinstance(value, types.GeneratorType):
            go(list(itertools.islice(value, 200)), f"{path}()")
        elif self.is_ours(type(value)) and not isinstance(value, (BaseModel, type)):
            self.look_inside(value, path, go)

    def look_inside(self, value, path, go):
        """An object of ours that is no record: its attributes, and what they do."""
        for name in reachable(value):
            with mute_logger("odoo"):
                try:
                    part = getattr(value, name)
                    if callable(part):
                        part = part()
                except Exception as error:
                    part = str(error)
            go(part, f"{path}.{name}")

    def is_ours(self, kind):
        return getattr(kind, "__module__", "").startswith(OURS)

    # ------------------------------------------------------------------
    # Calling
    # ------------------------------------------------------------------

    def candidates(self, parameter):
        """What a caller might hand in: records, ciphertexts, pages, guesses."""
        name = parameter.name.rstrip("s")
        # What a method may change is new each time.
        known = {
            **self.known,
            "raw_order": [order_json(78, buyer=None)],
            "personal": {"buyer": {"email": GUESS}},
        }
        for key in (parameter.name, name):
            if key in known:
                return [known[key]]
        if parameter.default is not parameter.empty:
            return [parameter.default]
        if parameter.name in ("new", "work", "incoming"):
            return list(self.read_incoming().values())
        if parameter.name in ("works", "entries"):
            return [[]]
        return [self.poison, self.records["amazon.order"]]

    def prepare(self):
        """What is not a record and may be handed to a method."""
        self.poison = {
            **self.ciphertexts,
            "id": self.records["amazon.order"].id,
            "fingerprint": "",
            "payload": {},
            "last_updated_time": fields.Datetime.now() - timedelta(days=9),
            "channel_id": None,
        }

    def read_incoming(self):
        """A page's order as methods get it from one another, by its number."""
        reader = getattr(self.env["amazon.order"], "_read_page", None)
        if not reader:
            return {}
        result = types.SimpleNamespace(unreadable=[])
        raw = order_json(
            77, buyer=None, recipient={"deliveryAddress": {"city": "Hampi"}}
        )
        return reader([raw], result)

    def call(self, record, name, path):
        method = getattr(record, name)
        try:
            parameters = list(inspect.signature(method).parameters.values())
        except ValueError:
            return
        wanted = [
            parameter
            for parameter in parameters
            if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        ]
        self.prepare()
        offers = [self.candidates(parameter) for parameter in wanted]
        for values in itertools.islice(itertools.product(*offers), 2):
            keywords = {p.name: v for p, v in zip(wanted, values, strict=True)}
            keywords = {
                key: value
                for key, value in keywords.items()
                if value is not inspect.Parameter.empty
            }
            self.attempt(method, keywords, path)

    def attempt(self, method, keywords, path):
        """Call it in a savepoint, and look at what it returns, says and changes."""
        kinds = {p.name: p.kind for p in inspect.signature(method).parameters.values()}
        first = inspect.Parameter.POSITIONAL_ONLY
        args = [value for key, value in keywords.items() if kinds[key] == first]
        rest = {key: v for key, v in keywords.items() if kinds[key] != first}
        self.called.add(path)
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            with mute_logger("odoo"), warnings.catch_warnings():
                # What is handed in compares badly with what is expected.
                warnings.simplefilter("ignore")
                result = method(*args, **rest)
            self.returned += 1
        except Exception as error:
            result = [str(error), *map(str, error.args)]
        self.look(result, f"{path}()")
        self.look(list(keywords.values()), f"{path} argument")
        self.env.cr.clear()
        savepoint.close(rollback=True)
        self.env.invalidate_all(flush=False)

    def walk(self, record):
        """Every attribute and method of ours that this record leads to."""
        kind = type(record)
        for name in reachable(kind):
            owners = [
                one for one in kind.__mro__ if name in vars(one) and one is not kind
            ]
            path = f"{kind._name}.{name}"
            if name in record._fields:
                field = record._fields[name]
                if field._module == "amazon_connector":
                    self.look_at_field(record, field, path)
            elif any(self.is_ours(one) for one in owners):
                value = getattr(record, name)
                if callable(value):
                    self.call(record, name, path)
                else:
                    self.look(value, path)

    def look_at_field(self, record, field, path):
        with mute_logger("odoo"):
            try:
                self.look(record[field.name], path)
            except Exception as error:
                self.look(str(error), path)
        for name in reachable(field):
            try:
                value = getattr(field, name)
            except Exception as error:
                value = str(error)
            if not callable(value):
                self.look(value, f"{path}.{name}")
            elif self.is_ours(value) and inspect.isfunction(value):
                self.attempt(value.__get__(record), {}, f"{path}.{name}")

    def get_roots(self):
        """A record of each of our models, and of each model that we extend."""
        for name, kind in self.env.registry.items():
            ours = any(
                self.is_ours(one) and getattr(one, "_name", None) not in EVERYWHERE
                for one in kind.__mro__
            )
            if not ours:
                continue
            records = self.records.get(name)
            if records is None:
                records = self.env[name]
                if not kind._abstract and not kind._transient:
                    records = records.search([], limit=1, order="id desc")
            yield records.sudo()[:1] or self.env[name].sudo()

    def test_nothing_secret_can_be_reached(self):
        """Every attribute and method, with whatever a caller may hand in."""
        roots = list(self.get_roots())
        self.env.flush_all()
        for record in roots:
            self.walk(record)
        self.assertFalse(sorted(self.found))
        # What it is worth.
        self.assertGreater(len(roots), 60)
        self.assertGreater(len(self.called), 800)
        self.assertGreater(self.returned, len(self.called) / 3)

    def test_the_walk_finds_what_is_there(self):
        """A method that gives a secret is found, whatever it wraps it in."""
        kind = type(self.env["amazon.account"])
        store = PostgresTokenStore(self.env.registry, get_vault(self.env))
        secret = SECRETS["client_secret"]
        leaks = {
            "plain": lambda account: secret,
            "nested": lambda account: {"a": [("b", secret)]},
            "object": lambda account: AccessToken(secret, 1.0),
            "partial": lambda account: functools.partial(print, secret),
            "argument": lambda account, old: old.update(a=secret),
            "error": self._leak_by_error,
            "client": credentials.open_client,
            "answer": lambda account, number: Orders(
                credentials.open_client(account)
            ).get(number),
            "hash": lambda account, personal: get_vault(account.env).digests(
                "email", personal["buyer"]["email"]
            ),
            "store": lambda account: store._vault.decrypt(
                account.env["amazon.access.token"]
                .sudo()
                .search([("key", "=", "quoll")])
                .ciphertext,
                "access token quoll",
            ),
        }
        self.prepare()
        for name, leak in leaks.items():
            self.found.clear()
            kind._leak = leak
            self.addCleanup(lambda: vars(kind).get("_leak") and delattr(kind, "_leak"))
            self.call(self.account.sudo(), "_leak", name)
            self.assertTrue(self.found, name)

    @staticmethod
    def _leak_by_error(account):
        raise ValueError(SECRETS["client_secret"])

    # ------------------------------------------------------------------
    # Attacks
    # ------------------------------------------------------------------

    def test_mail_templates(self):
        """What a salesman who may also edit mail templates can write."""
        groups = "sales_team.group_sale_salesman_all_leads"
        editor = self._user("editor", f"{groups},mail.group_mail_template_editor")
        sale = self.records["amazon.order"].sale_order_id
        for attack in (CONTROL, *ATTACKS):
            for name, text in (
                ("subject", f"{{{{ {attack} }}}}"),
                ("body_html", f'<p t-out="{attack}"/>'),
            ):
                vals = {
                    "name": "x",
                    "model_id": self.env["ir.model"]._get_id("sale.order"),
                    name: text,
                }
                with mute_logger("odoo"):
                    try:
                        template = self.env["mail.template"].with_user(editor)
                        told = template.create(vals)._render_field(name, sale.ids)
                    except Exception as error:
                        told = [str(error), str(error.__cause__)]
                self.look(str(told), f"{name}: {attack}")
                if attack == CONTROL:
                    self.assertIn(self.account.name, str(told))
        self.assertFalse(self.found)

    def test_server_actions(self):
        for attack in (CONTROL, *ATTACKS):
            action = self.env["ir.actions.server"].create(
                {
                    "name": "x",
                    "model_id": self.env["ir.model"]._get_id("sale.order"),
                    "state": "code",
                    "code": "object = record\n"
                    f"action = {{'type': 'x', 'name': str({attack})}}",
                }
            )
            sale = self.records["amazon.order"].sale_order_id
            with mute_logger("odoo"):
                try:
                    told = action.with_context(
                        active_model="sale.order", active_id=sale.id
                    ).run()
                except Exception as error:
                    told = [str(error), str(error.__cause__)]
            self.look(str(told), attack)
            if attack == CONTROL:
                self.assertIn(self.account.name, str(told))
        self.assertFalse(self.found)
