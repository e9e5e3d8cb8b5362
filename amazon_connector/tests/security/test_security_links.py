# SPDX-License-Identifier: LGPL-3.0-or-later
"""What belongs to Amazon is written by the connector alone, whoever else tries."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import tagged

from .security_common import SecurityCase

OURS = {"amazon_connector"}
SETTINGS = {
    "amazon.account": "active application_id application_is_draft buyer_data_days "
    "buyer_data_printing company_id "
    "consent_marketplace_id custom_api_url custom_lwa_url environment "
    "fba_correction fba_location_id invoice_years name on_hold region "
    "responsible_user_id secret_expires_on seller_id settlement_auto_post "
    "settlement_keep_months",
    "amazon.carrier": "carrier_name code_id company_id delivery_carrier_id "
    "marketplace_id shipping_method untracked",
    "amazon.carrier.code": "code countries name sequence",
    "amazon.channel": "acknowledge_orders active analytic_distribution auto_confirm "
    "auto_invoice carrier_id close_shipped_outside consumer_invoices family_policy "
    "fba_orders "
    "fiscal_position_id go_live_date handling_days journal_id match_by_barcode "
    "match_by_name match_by_sku name new_product_policy order_name_policy "
    "order_name_prefix order_preference order_start_date payment_term_id "
    "pricelist_id prices_on_amazon resale_partner_id route_id "
    "stock_basis stock_buffer stock_maximum stock_warehouse_ids take_pictures "
    "tax_source team_id "
    "use_warehouses user_id warehouse_id",
    "amazon.listing": "product_id state stock_buffer_own stock_fixed_quantity "
    "stock_handling_days stock_own_buffer stock_pack_size stock_policy",
    "amazon.marketplace": "code domain name prices_include_tax quantity_pool",
    "amazon.place": "company_id country_code country_id ignored kind name state_id",
    "amazon.service.level": "carrier_id",
    "amazon.settlement.account": "account_id",
    "amazon.settlement.rule": "account_id active amount_type bucket company_id "
    "description fee_type tax_ids transaction_type",
    "amazon.shipment": "carrier_code carrier_name ship_date shipping_method "
    "tracking_number",
    "amazon.shipment.line": "transparency_codes",
    "amazon.sync.task": "active interval_minutes stock_cadence",
    "res.company": "amazon_settlement_journal_id",
    "stock.picking": "amazon_carrier_code_id amazon_carrier_name",
}
"""What users may write where they have rights on the model; all else is guarded. A new
field that is neither guarded nor entered here fails."""


@tagged("post_install", "-at_install")
class TestGuardedFields(SecurityCase):
    """S132: each field, each kind of user, each way that a value can come."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stock = "stock.group_stock_manager,sales_team.group_sale_manager"
        other = cls.env["res.company"].create({"name": "Second company"})
        cls.other = other
        foreign = {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        everything = f"amazon_connector.group_manager,{stock}"
        cls.people = [
            cls._user("portal", "base.group_portal"),
            cls._user("employee", "base.group_user"),
            cls.salesman,
            cls._user("storeman", "stock.group_stock_user"),
            cls.user,
            cls._user("boss", f"{everything},account.group_account_manager"),
            cls._user("stranger", everything, **foreign),
            cls.admin,
        ]
        cls.boss = cls.people[5]
        records = cls.everything()
        sale = cls.find("403-0000000-0000001").sale_order_id
        sale.activity_schedule("mail.mail_activity_data_todo", user_id=cls.boss.id)
        cls.records = {
            **{model: found[:1] for model, found in records.items()},
            "account.tax": cls.env["account.tax"].search([], limit=1),
            "mail.activity": sale.activity_ids[:1],
            "product.pricelist": cls.channel._get_pricelists()[cls.channel],
            "product.product": cls.product,
            "res.company": cls.company,
            "res.partner": sale.partner_id,
            "sale.order": sale,
            "sale.order.line": sale.order_line[:1],
            "stock.picking": sale.picking_ids[:1],
        }
        cls.records["amazon.account"] = cls.account
        cls.records["amazon.channel"] = cls.channel
        cls.new = {
            "account.tax": {"name": "A new tax"},
            "amazon.account": {"name": "New", "seller_id": "ANEW"},
            "amazon.carrier": {"code_id": records["amazon.carrier.code"][:1].id},
            "amazon.carrier.code": {"name": "New", "code": "New"},
            "amazon.place": {"kind": "country", "name": "New", "country_code": "IN"},
            "amazon.settlement.rule": {"description": "New"},
            "mail.activity": {
                "res_model_id": cls.env["ir.model"]._get_id("sale.order"),
                "res_id": sale.id,
            },
            "product.pricelist": {"name": "New"},
            "product.product": {"name": "New"},
            "res.company": {"name": "New"},
            "res.partner": {"name": "New"},
            "sale.order": {"partner_id": sale.partner_id.id},
            "sale.order.line": {"order_id": sale.id, "name": "New"},
            "stock.picking": {
                "picking_type_id": sale.picking_ids[:1].picking_type_id.id,
                "location_id": sale.picking_ids[:1].location_id.id,
                "location_dest_id": sale.picking_ids[:1].location_dest_id.id,
            },
        }

    def fields_of_ours(self):
        """``{model: names}`` of all that the addon stores."""
        found = {}
        for name, model in self.env.registry.items():
            # Odoo's analyses are views of the database: nothing is written there.
            is_view = not model._auto and not name.startswith("amazon.")
            if model._abstract or model._transient or is_view:
                continue
            ours = [
                field.name
                for field in model._fields.values()
                if field.store
                and field.type != "one2many"
                and field.name not in MAGIC_COLUMNS
                and set(field._modules) == OURS
            ]
            if ours:
                found[name] = sorted(ours)
        return found

    def guarded(self):
        """``[(model, name)]`` of all that users must not write."""
        return [
            (model, name)
            for model, names in self.fields_of_ours().items()
            for name in names
            if name not in SETTINGS.get(model, "").split()
        ]

    def value_for(self, model, name):
        """A value that the field could have, and that it does not have now."""
        field, record = self.env[model]._fields[name], self.records[model]
        now = record[name]
        if field.type == "many2one":
            comodel = self.env[field.comodel_name].with_context(active_test=False)
            return (comodel.search([], limit=2) - now)[:1].id or 1
        if field.type == "many2many":
            comodel = self.env[field.comodel_name]
            return [Command.set(comodel.search([], limit=1).ids)]
        if field.type == "selection":
            return next(one for one in field.get_values(self.env) if one != now)
        if field.type == "boolean":
            return not now
        if field.type in ("integer", "float", "monetary"):
            return now + 7
        if field.type in ("datetime", "date"):
            return fields.Datetime.to_string(fields.Datetime.now())[:10]
        if field.type == "json":
            return {"forged": 1}
        return "forged"

    def try_all(self, attempts):
        """Have all that is tried refused, with nothing changed.

        :param attempts: ``(text, function)``
        """
        before = self.read_all()
        with self.env.cr.savepoint() as savepoint:
            for text, attempt in attempts:
                self.assertTrue(self.is_refused(attempt), text)
            self.env.flush_all()
            self.env.invalidate_all()
            after = self.read_all()
            savepoint.rollback()
        self.env.invalidate_all(flush=False)
        self.assertEqual(after, before)

    def is_refused(self, attempt):
        try:
            attempt()
        except (UserError, ValueError):
            # Odoo copies a product with its template, which lacks the field.
            return True
        return False

    def read_all(self):
        """``{model: guarded values}`` of the records that are tried on."""
        names = {}
        for model, name in self.guarded():
            names.setdefault(model, []).append(name)
        return {
            model: self.records[model].sudo().read(some, load="")
            for model, some in names.items()
            if not self.env[model]._closed
        }

    def test_every_field_is_guarded_or_a_setting(self):
        """What is not refused to the manager of the very company stands above."""
        self.env.flush_all()
        for model, names in self.fields_of_ours().items():
            record = self.records[model].with_user(self.boss)
            if not record.has_access("write"):
                continue
            for name in names:
                field = record._fields[name]
                is_open = record._has_field_access(field, "write")
                is_open = is_open and not record._is_amazon_guarded(field)
                if is_open and name not in record._binding:
                    known = SETTINGS.get(model, "").split()
                    self.assertIn(name, known, f"{model}: guard it, or enter it above")

    def test_all_models_are_guarded(self):
        """Also those on which nobody has rights: what the connector makes there takes
        no value from the context of whoever asked."""
        guard = self.env.registry["amazon.guard"]
        for model in self.fields_of_ours():
            self.assertIsInstance(self.env[model], guard, model)
        rights = self.env["ir.model.access"].search(
            [("perm_write", "=", True), ("group_id", "!=", False)]
        )
        written = set(rights.model_id.mapped("model"))
        for model in self.models:
            self.assertEqual(self.env[model]._closed, model not in written, model)

    def test_nobody_writes(self):
        for user in self.people:
            self.try_all(
                (
                    f"{user.login} writes {model}.{name}",
                    lambda m=model, n=name, u=user: (
                        self.records[m].with_user(u).write({n: self.value_for(m, n)})
                    ),
                )
                for model, name in self.guarded()
            )

    def test_nobody_creates(self):
        for user in self.people:
            attempts = []
            for model, name in self.guarded():
                if name in self.env[model]._binding:
                    # Whoever may create the record says what it stands for.
                    continue
                if model not in self.new:
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).check_access("create")
                    continue
                value = self.value_for(model, name) or True
                Model = self.env[model].with_user(user)
                new = self.new[model]
                text = f"{user.login} creates {model}.{name}"
                attempts += [
                    (text, lambda M=Model, v={**new, name: value}: M.create(v)),
                    (
                        f"{text} by default",
                        lambda M=Model, n=name, x=value, v=new: self.create_by_default(
                            M, n, x, v
                        ),
                    ),
                    (
                        f"{text} by copy",
                        lambda m=model, u=user, n=name, x=value: (
                            self.records[m].with_user(u).copy({n: x})
                        ),
                    ),
                ]
            self.try_all(attempts)

    def create_by_default(self, model, name, value, vals):
        """
        :raises UserError: it was refused, or Odoo had dropped the default before, and
            nothing came of it
        """
        record = model.with_context(**{f"default_{name}": value}).create(vals).sudo()
        plain = record.default_get([name]).get(name, False)
        self.assertEqual(record[name] or False, plain, f"{record}.{name}")
        record.unlink()
        raise UserError(model.env._("It was left out."))

    def test_nobody_imports(self):
        self.env.flush_all()
        for user in (self.boss, self.admin, self.salesman):
            for model, name in self.guarded():
                if self.env[model]._fields[name].type in ("json", "many2many"):
                    continue
                column = name
                value = str(self.value_for(model, name))
                if self.env[model]._fields[name].type == "many2one":
                    column = f"{name}/.id"
                record = self.records[model]
                before = record[name]
                with self.env.cr.savepoint() as savepoint:
                    Model = self.env[model].with_user(user)
                    try:
                        Model.load([".id", column], [[str(record.id), value]])
                    except UserError:
                        # Said at once, instead of in a message.
                        self.env.invalidate_all(flush=False)
                    self.env.invalidate_all(flush=False)
                    now = record[name]
                    savepoint.rollback()
                self.env.invalidate_all(flush=False)
                self.assertEqual(now, before, f"{user.login} imports {model}.{name}")

    def test_the_connector_takes_no_defaults_of_the_caller(self):
        """A call as superuser still has the context of whoever asked, and his own
        defaults ("Set as default")."""
        for model, name in self.guarded():
            value = self.value_for(model, name)
            plain = self.env[model].sudo().default_get([name])
            Model = self.env[model].sudo().with_context(**{f"default_{name}": value})
            given = Model.default_get([name])
            if self.env[model]._fields[name].type not in ("datetime", "date"):
                self.assertEqual(given, plain, f"{model}.{name}")
        user = self.env["res.users"].browse(self.salesman.id)
        order = self.find("403-0000000-0000002")
        self.env["ir.default"].set(
            "sale.order", "amazon_order_id", order.id, user_id=user.id
        )
        sale = self.env["sale.order"].with_user(user).create(self.new["sale.order"])
        self.assertFalse(sale.sudo().amazon_order_id)

    def test_no_form_shows_what_it_does_not_own(self):
        """Odoo computes what a form shows as superuser, from what the form says."""
        binding = self.find("403-0000000-0000002")
        binding.reason = "Told to its company alone"
        spec = {name: {} for name in ("amazon_reason", "amazon_state")}
        for user in (self.salesman, self.people[6]):
            Sale = self.env["sale.order"].with_user(user)
            values = {"amazon_order_id": binding.id}
            shown = Sale.onchange(values, ["amazon_order_id"], spec)["value"]
            self.assertFalse(any(shown.values()), shown)
            default = Sale.with_context(default_amazon_order_id=binding.id)
            self.assertFalse(any(default.onchange({}, [], spec)["value"].values()))
        user = self.people[6]
        order = [Command.create({**values, "partner_id": user.partner_id.id})]
        shown = user.partner_id.with_user(user).onchange(
            {"sale_order_ids": order},
            ["sale_order_ids"],
            {"sale_order_ids": {"fields": spec}},
        )
        self.assertNotIn("alone", str(shown))

    def test_nothing_leaves_its_company(self):
        """Rule 10: not even by those who may write the company."""
        for model in ("amazon.account", "amazon.carrier"):
            Model, vals = self.env[model].with_user(self.boss), self.new[model]
            with self.assertRaises(AccessError, msg=model):
                Model.create({**vals, "company_id": self.other.id})
            mine = Model.create({**vals, "company_id": self.company.id})
            with self.assertRaises(AccessError, msg=model):
                mine.write({"company_id": self.other.id})

    def test_empty_values_are_no_values(self):
        """Scripts name all fields of a sales order, most of them empty."""
        empty = dict.fromkeys(self.fields_of_ours()["sale.order"], False)
        sale = (
            self.env["sale.order"]
            .with_user(self.salesman)
            .create({**self.new["sale.order"], **empty})
        )
        sale.write(empty)
        self.assertFalse(sale.sudo().amazon_order_id)

    def test_the_same_once_more_is_no_change(self):
        sale = self.records["sale.order"].with_user(self.boss)
        sale.write({"amazon_order_ref": sale.amazon_order_ref, "note": "Hello"})
        self.assertIn("Hello", sale.note)
