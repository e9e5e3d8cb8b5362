# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import order_json
from .security_common import (
    CLOSED,
    EDITED,
    INNER,
    NO_SECRETS,
    SECRETS,
    SHARED,
    TECHNICAL,
    SecurityCase,
)


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

    def test_dialogs_are_their_users_own(self):
        """What one types in or is shown may concern another company."""
        dialogs = self.env["ir.model"].search(
            [("model", "=like", "amazon.%"), ("transient", "=", True)]
        )
        rules = self.env["ir.rule"].search(
            [("model_id", "in", dialogs.ids), ("groups", "=", False)]
        )
        ruled = rules.filtered(
            lambda rule: "('create_uid', '=', user.id)" in rule.domain_force
        )
        self.assertEqual(ruled.model_id, dialogs)

    def test_every_record_has_its_company(self):
        """A rule on an empty company hides nothing from nobody."""
        for name, records in self.everything().items():
            if "company_id" in records._fields:
                for record in records:
                    self.assertTrue(record.company_id, name)

    def test_ordinary_people_have_no_access(self):
        """S132: least access, for every model."""
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
        """Rule 3, S55, S132: no user, no administrator, no group."""
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
