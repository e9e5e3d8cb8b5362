# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import AmazonCase, item_json, order_json

SHARED = {"amazon.carrier.code", "amazon.marketplace", "amazon.place"}
"""Reference data, the same for every company."""
EDITED = {"amazon.shipment", "amazon.shipment.line"}
"""Users complete what Amazon is told: tracking numbers, Transparency codes."""
CLOSED = {"amazon.access.token", "amazon.order.pii"}
"""Read and written by the connector alone."""
TECHNICAL = {"amazon.stock.change", "amazon.token.bucket"}
"""For system administrators, who see every company."""
# How the sync gets on: for managers.
INNER = {"amazon.sync.cursor", "amazon.sync.request"}
NO_SECRETS = {"applied_digest", "has_credentials", "report_digest"}
"""Named like secrets, but of what everybody may see."""
SECRETS = {
    "amazon.account": ["authorisation_digest", "credentials_ciphertext"],
    "amazon.access.token": ["key", "ciphertext"],
    "amazon.order.pii": ["ciphertext", "fingerprint"],
    "amazon.customer": [
        "ciphertext",
        "email_digest",
        "identity_digest",
        "address_digest",
    ],
}


class SecurityCase(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._user("user", "amazon_connector.group_user")
        cls.manager = cls._user("manager", "amazon_connector.group_manager")
        cls.buyer_data = cls._user("buyers", "amazon_connector.group_buyer_data")
        cls.salesman = cls._user("salesman", "sales_team.group_sale_salesman")
        cls.admin = cls.env.ref("base.user_admin")
        cls.models = {
            model.model: cls.env[model.model]
            for model in cls.env["ir.model"].search([("model", "=like", "amazon.%")])
            if not model.abstract and not model.transient
        }

    @classmethod
    def _user(cls, login, groups, **vals):
        return new_test_user(cls.env, f"amazon_{login}", groups, **vals)

    def everything(self):
        """At least one record of each model."""
        self.receive(order_json(1), order_json(2, items=[item_json("NEW", number="2")]))
        self.env["amazon.token.bucket"].create(
            {"application": "a", "seller_id": "s", "operation": "o"}
        )
        self.env["amazon.access.token"].create({"key": "k"})
        task = self.account._get_task("orders")
        self.sync._create_missing_cursors(task)
        self.env["amazon.feed"]._want(self.account, "f", self.channels, 1)
        listings = self.env["amazon.listing"].search([("product_id", "!=", False)])
        listings.fulfilled_by = "merchant"
        self.env["amazon.stock.level"]._ensure(listings)
        self.env.cr.flush()
        self.env["amazon.report"].create({"task_id": task.id, "report_type": "r"})
        self.env["amazon.sync.request"].create(
            {"task_id": task.id, "trigger": "period", "way": "search"}
        )
        order = self.find("403-0000000-0000001")
        self.env["amazon.cancellation"]._request_adjustment(
            order, {order.line_ids: 1}, "NoInventory"
        )
        method = self.env["delivery.carrier"].search([], limit=1) or self.env[
            "delivery.carrier"
        ].create({"name": "Courier", "product_id": self.product.id})
        self.env["amazon.carrier"].create(
            {
                "delivery_carrier_id": method.id,
                "company_id": self.company.id,
                "code_id": self.env["amazon.carrier.code"].search([], limit=1).id,
            }
        )
        if not self.env["amazon.shipment"].search([]):
            self.env["amazon.shipment"].create(
                {
                    "order_id": order.id,
                    "account_id": order.account_id.id,
                    "channel_id": order.channel_id.id,
                    "company_id": order.company_id.id,
                    "package_ref": 1,
                    "source": "odoo",
                    "state": "held",
                    "line_ids": [
                        Command.create(
                            {
                                "order_line_id": order.line_ids[:1].id,
                                "company_id": order.company_id.id,
                                "quantity": 1,
                            }
                        )
                    ],
                }
            )
        self.env["amazon.fba.stock"].create(
            {"account_id": self.account.id, "product_id": self.product.id}
        )
        records = {name: model.search([]) for name, model in self.models.items()}
        for name, found in records.items():
            self.assertTrue(found, f"no {name} to test with")
        return records


@tagged("post_install", "-at_install")
class TestAccessRules(SecurityCase):
    """What holds for every model of the addon, also for one added tomorrow."""

    def test_every_model_has_access_rights(self):
        self.assertGreaterEqual(len(self.models), 14)
        rights = self.env["ir.model.access"].search(
            [("model_id.model", "in", list(self.models))]
        )
        self.assertEqual(set(rights.model_id.mapped("model")), set(self.models))

    def test_no_right_is_for_everyone(self):
        """A right without a group holds for portal users and the public too."""
        rights = self.env["ir.model.access"].search(
            [("model_id.model", "in", list(self.models)), ("group_id", "=", False)]
        )
        for right in rights:
            allowed = [right[f"perm_{mode}"] for mode in ("read", "write", "create")]
            self.assertFalse(any(allowed) or right.perm_unlink, right.name)

    def test_every_model_has_a_company_rule(self):
        """Rule 10: companies are isolated by record rules."""
        rules = self.env["ir.rule"].search(
            [("model_id.model", "in", list(self.models)), ("groups", "=", False)]
        )
        ruled = {
            rule.model_id.model
            for rule in rules
            if "'company_id', 'in', company_ids" in rule.domain_force
            and rule.perm_read
            and rule.perm_write
            and rule.perm_create
            and rule.perm_unlink
        }
        free = SHARED | TECHNICAL | {"amazon.access.token"}
        self.assertEqual(set(self.models) - ruled, free)

    def test_every_record_has_its_company(self):
        """A rule on an empty company hides nothing from nobody."""
        for name, records in self.everything().items():
            if "company_id" in records._fields:
                for record in records:
                    self.assertTrue(record.company_id, name)

    def test_ordinary_people_have_no_access(self):
        people = [self.salesman, self.env.ref("base.public_user")]
        people.append(self._user("portal", "base.group_portal"))
        for name, records in self.everything().items():
            for user in people:
                with self.assertRaises(AccessError, msg=name):
                    records.with_user(user).read(["id"])
                with self.assertRaises(AccessError, msg=name):
                    records.with_user(user).search([])


@tagged("post_install", "-at_install")
class TestGroups(SecurityCase):
    def test_users_read_and_do_not_write(self):
        hidden = CLOSED | TECHNICAL | INNER
        for name, records in self.everything().items():
            for user in (self.user, self.buyer_data):
                mine = records.with_user(user)
                self.assertEqual(mine.has_access("read"), name not in hidden, name)
                if name not in hidden:
                    self.assertTrue(mine.read())
                for mode in ("write", "create", "unlink"):
                    allowed = mode == "write" and name in EDITED
                    self.assertEqual(mine.has_access(mode), allowed, f"{name}: {mode}")

    def test_managers_change_settings_and_no_facts(self):
        settings = {
            "amazon.account",
            "amazon.channel",
            "amazon.service.level",
            "amazon.sync.task",
        }
        facts = {
            "amazon.order",
            "amazon.order.line",
            "amazon.customer",
            "amazon.sync.run",
            "amazon.sync.record",
            *INNER,
        }
        records = self.everything()
        for name in settings:
            self.assertTrue(records[name].with_user(self.manager).has_access("write"))
        for name in facts | CLOSED | TECHNICAL:
            for mode in ("write", "create", "unlink"):
                mine = records[name].with_user(self.manager)
                self.assertFalse(mine.has_access(mode), f"{name}: {mode}")

    def test_quotas_are_for_administrators(self):
        """They know no company, but whose seller they belong to."""
        buckets = self.everything()["amazon.token.bucket"]
        self.assertTrue(buckets.with_user(self.admin).read())
        self.assertFalse(buckets.with_user(self.manager).has_access("read"))

    def test_each_group_holds_the_lower_ones(self):
        user = "amazon_connector.group_user"
        self.assertTrue(self.manager.has_group(user))
        self.assertTrue(self.buyer_data.has_group(user))
        self.assertFalse(self.manager.has_group("amazon_connector.group_buyer_data"))
        self.assertFalse(self.user.has_group("amazon_connector.group_manager"))

    def test_nobody_reads_what_is_encrypted(self):
        """Rule 3, S55: no user, no administrator, no group."""
        records = self.everything()
        people = (self.user, self.manager, self.buyer_data, self.admin)
        for model, names in SECRETS.items():
            for user in people:
                mine = records[model].with_user(user)
                shown = mine.fields_get() if model not in CLOSED else {}
                for name in names:
                    self.assertNotIn(name, shown)
                    with self.assertRaises(AccessError, msg=f"{model}.{name}"):
                        mine.read([name])
                    with self.assertRaises(AccessError, msg=f"{model}.{name}"):
                        mine.search([(name, "!=", False)])

    def test_every_secret_field_is_known_here(self):
        for name, model in self.models.items():
            for field in model._fields.values():
                if any(part in field.name for part in ("cipher", "digest", "credenti")):
                    if field.name in NO_SECRETS:
                        continue
                    self.assertIn(field.name, SECRETS[name])

    def test_payload_is_for_managers(self):
        order = self.receive(order_json())
        self.assertTrue(order.with_user(self.manager).payload)
        with self.assertRaises(AccessError):
            order.with_user(self.user).read(["payload"])

    def test_users_try_again_what_failed(self):
        order = self.receive(order_json(status="TELEPORTED"))
        order.with_user(self.user).action_retry()
        self.assertTrue(order.to_apply)
        with self.assertRaises(AccessError):
            order.with_user(self.salesman).action_retry()

    def test_views_open_for_users_and_managers(self):
        """Each list and form loads and reads all its fields."""
        records = self.everything()
        for name in set(records) - CLOSED - TECHNICAL - INNER:
            self._open(records[name].with_user(self.user))
        for name in ("amazon.account", "amazon.order"):
            self._open(records[name].with_user(self.manager))

    def _open(self, records):
        views = records.get_views([(False, "list"), (False, "form")])
        for model, described in views["models"].items():
            if model == records._name:
                self.assertTrue(records.read(list(described["fields"])))


@tagged("post_install", "-at_install")
class TestCompanies(SecurityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Second company"})
        cls.foreign = {
            name: cls._user(
                f"foreign_{name}",
                f"amazon_connector.group_{name}",
                company_id=cls.other.id,
                company_ids=[(6, 0, cls.other.ids)],
            )
            for name in ("user", "manager")
        }

    def test_another_company_sees_nothing(self):
        """Rule 10."""
        records = self.everything()
        for user in self.foreign.values():
            for name in set(records) - SHARED - CLOSED - TECHNICAL:
                mine = records[name].with_user(user)
                if not mine.has_access("read") and name in INNER:
                    continue
                self.assertFalse(mine.search([]), name)
                with self.assertRaises(AccessError, msg=name):
                    mine.read(["display_name"])

    def test_another_company_changes_nothing(self):
        manager = self.foreign["manager"]
        for record in (self.account, self.channel, self.account.task_ids):
            with self.assertRaises(AccessError):
                record.with_user(manager).write({"active": False})
        for action in ("action_connect", "action_test_connection"):
            with self.assertRaises(AccessError):
                getattr(self.account.with_user(manager), action)()
        order = self.receive(order_json(status="TELEPORTED"))
        for record, action in (
            (self.account.task_ids, "action_sync_now"),
            (order, "action_retry"),
        ):
            with self.assertRaises(AccessError):
                getattr(record.with_user(manager), action)()

    def test_account_sync_now_is_closed_to_another_company(self):
        with self.assertRaises(AccessError):
            self.account.with_user(self.foreign["user"]).action_sync_now()

    def test_contacts_and_orders_are_the_companys(self):
        sale = self.receive(order_json()).sale_order_id
        user = self.foreign["user"]
        for record in (sale, sale.partner_id):
            self.assertFalse(record.with_user(user).search([("id", "=", record.id)]))

    def test_account_with_orders_stays_in_its_company(self):
        account = self._create_account(seller_id="AMOVING")
        account.company_id = self.other
        self.receive(order_json())
        with self.assertRaisesRegex(ValidationError, "belong to"):
            self.account.company_id = self.other


@tagged("post_install", "-at_install")
class TestSalesmen(SecurityCase):
    """People of the Sales app who know nothing of Amazon work as before."""

    def setUp(self):
        super().setUp()
        self.sales = self.receive(
            order_json(1), order_json(2, items=[item_json("NEW", number="2")])
        ).sale_order_id
        self.env.invalidate_all()
        self.mine = self.sales.with_user(self.salesman)

    def test_amazon_orders_open(self):
        """S3: Amazon data lands in standard records."""
        kinds = [(False, "list"), (False, "form"), (False, "search")]
        views = self.mine.get_views(kinds)
        described = views["models"]["sale.order"]["fields"]
        for sale in self.mine:
            self.assertTrue(sale.read(list(described)))
        self.assertIn("amazon_order_ref", described)

    def test_added_fields_are_readable_or_not_offered(self):
        """Scripts and exports read every field that Odoo offers them."""
        nobody = self._user("nobody", "base.group_user")
        partners = self.sales.partner_id
        products = self.sales.order_line.product_id
        for records in (
            self.mine,
            self.mine.order_line,
            products.with_user(self.salesman),
            products.with_user(nobody),
            products.taxes_id.with_user(self.salesman),
            self.sales.pricelist_id.with_user(self.salesman),
            partners.with_user(self.salesman),
            partners.with_user(nobody),
        ):
            added = [
                name
                for name in records.fields_get()
                if "amazon_connector" in records._fields[name]._modules
            ]
            # Odoo takes an empty list for "all", and not all of its own can be read.
            self.assertEqual(len(records.read(["id", *added])), len(records))

    def test_orders_are_found_by_amazons_number(self):
        number = self.sales[0].amazon_order_ref
        found = self.env["sale.order"].with_user(self.salesman).name_search(number)
        self.assertEqual([row[0] for row in found], self.sales[0].ids)

    def test_frozen_order_says_why(self):
        with self.assertRaisesRegex(UserError, "NEW"):
            self.mine[1].action_confirm()

    def test_ordinary_work_goes_on(self):
        sale = self.mine[0]
        sale.order_line[0].name = "Noted by a salesman"
        sale.message_post(body="Called the warehouse")
        copy = sale.copy()
        copy.action_confirm()
        self.assertEqual(copy.state, "sale")
        sale._action_cancel()
        self.assertEqual(sale.state, "cancel")

    def test_lists_group_by_channel(self):
        """S149: sales orders can be filtered by marketplace."""
        Sale = self.env["sale.order"].with_user(self.user)
        groups = Sale.formatted_read_group(
            [("amazon_channel_id", "=", self.channel.id)],
            ["amazon_channel_id"],
            ["__count"],
        )
        self.assertEqual(groups[0]["__count"], 2)
