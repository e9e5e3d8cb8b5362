# SPDX-License-Identifier: LGPL-3.0-or-later
"""What serves all companies: changed by system administrators alone; rule 10."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...models.order.amazon_place import tell_apart
from ..common import AmazonCase, address_json, order_json
from .security_common import MIXED, SHARED

FACTS = {
    "amazon.marketplace": {"prices_include_tax": False, "quantity_pool": "MINE"},
    "amazon.carrier.code": {"name": "Mine", "sequence": 99},
}
NEW = {
    "amazon.place": lambda case: {"name": "Utopia", "country_code": "IN"},
    "amazon.carrier": lambda case: {
        "code_id": case.env.ref("amazon_connector.carrier_code_dtdc").id,
        "marketplace_id": case.channel.marketplace_id.id,
    },
}


def to(number, state):
    address = address_json(stateOrRegion=state)
    return order_json(number, recipient={"deliveryAddress": address})


@tagged("post_install", "-at_install")
class TestSharedTables(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Second company"})
        cls.karnataka = cls.env.ref("base.state_in_ka")
        cls.kerala = cls.env.ref("base.state_in_kl")
        cls.own_boss = cls._manager("own", cls.company)
        cls.other_boss = cls._manager("other", cls.other)
        cls.system = new_test_user(
            cls.env,
            "amazon_system",
            "base.group_system",
            company_id=cls.company.id,
            company_ids=[(6, 0, (cls.company + cls.other).ids)],
        )

    @classmethod
    def _manager(cls, name, company):
        return new_test_user(
            cls.env,
            f"amazon_boss_{name}",
            "amazon_connector.group_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )

    def assert_closed(self, records):
        """Whoever may not write may not delete, take over or copy either."""
        for mode in ("write", "unlink"):
            self.assertFalse(records.has_access(mode), f"{records}: {mode}")
        with self.assertRaises(AccessError):
            records.unlink()

    def test_facts_of_amazon_are_not_a_managers(self):
        for name, values in FACTS.items():
            record = self.env[name].search([], limit=1)
            for field, value in values.items():
                with self.assertRaises(AccessError, msg=f"{name}.{field}"):
                    record.with_user(self.own_boss).write({field: value})
            self.assert_closed(record.with_user(self.own_boss))
            self.assertFalse(record.with_user(self.own_boss).has_access("create"))
            record.with_user(self.system).write(values)

    def test_every_model_without_company_is_closed(self):
        """Also one that is added tomorrow: managers write what has a company."""
        models = self.env["ir.model"].search(
            [("model", "=like", "amazon.%"), ("transient", "=", False)]
        )
        for name in models.mapped("model"):
            model = self.env[name]
            if model._abstract or "company_id" in model._fields:
                continue
            for mode in ("write", "create", "unlink"):
                allowed = model.with_user(self.own_boss).has_access(mode)
                self.assertFalse(allowed, f"{name}: {mode}")

    def test_rows_of_all_companies_are_not_a_managers(self):
        rows = {
            "amazon.place": self.env.ref("amazon_connector.place_in_orissa"),
            "amazon.carrier": self.env["amazon.carrier"].create(
                {"code_id": self.env.ref("amazon_connector.carrier_code_dhl").id}
            ),
        }
        self.assertEqual(set(rows), MIXED)
        for name, row in rows.items():
            self.assertFalse(row.company_id)
            mine = row.with_user(self.own_boss)
            self.assertTrue(mine.has_access("read"), name)
            with self.assertRaises(AccessError, msg=name):
                mine.write({"company_id": self.company.id})
            self.assert_closed(mine)
            vals = NEW[name](self)
            for context in ({}, {"default_company_id": False}):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    mine.with_context(**context).create(
                        vals if context else {**vals, "company_id": False}
                    )
            row.with_user(self.system).write({"company_id": False})

    def test_own_rows_stay_within_ones_companies(self):
        for model, prepare in NEW.items():
            row = self.env[model].with_user(self.own_boss).create(prepare(self))
            self.assertEqual(row.company_id, self.company)
            for company in (self.env["res.company"], self.other):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    row.write({"company_id": company.id})
            self.assertFalse(row.with_user(self.other_boss).has_access("read"))
            row.unlink()

    def test_shipped_rows_are_not_deleted(self):
        """Not even by administrators: updates and orders count on them."""
        for name in SHARED | {"amazon.place"}:
            shipped = self.env["ir.model.data"].search(
                [("module", "=", "amazon_connector"), ("model", "=", name)], limit=1
            )
            record = self.env[name].browse(shipped.res_id)
            with self.assertRaisesRegex(UserError, "comes with"):
                record.with_user(self.system).unlink()

    def test_products_for_charges_serve_all_companies(self):
        """One that belonged to a company, or was gone, would stop all other orders."""
        products = self.env["product.product"].search([("amazon_charge", "!=", False)])
        self.assertGreaterEqual(len(products), 7)
        group = self.env.ref("product.group_product_manager", False)
        for boss in (self.own_boss, self.other_boss):
            boss.group_ids += group or self.env.ref("sales_team.group_sale_manager")
            for product in products.with_user(boss):
                for record in (product, product.product_tmpl_id):
                    with self.assertRaisesRegex(AccessError, "all companies"):
                        record.write({"company_id": boss.company_id.id})
                with self.assertRaisesRegex(UserError, "cannot be deleted"):
                    product.unlink()
                product.write({"list_price": 1.0})

    def decide(self, boss, name, state):
        return (
            self.env["amazon.place"]
            .with_user(boss)
            .create(
                {
                    "name": name,
                    "country_code": "IN",
                    "country_id": state.country_id.id,
                    "state_id": state.id,
                }
            )
        )

    def test_a_decision_counts_in_its_company_only(self):
        """A row "Karnataka is Kerala" of another company changes no order of ours."""
        self.decide(self.other_boss, "Karnataka", self.kerala)
        order = self.receive(to(1, "Karnataka"))
        self.assertEqual(order.sale_order_id.partner_id.state_id, self.karnataka)

    def test_own_decision_beats_the_shipped_one(self):
        self.decide(self.own_boss, "Orissa", self.kerala)
        order = self.receive(to(1, "Orissa"))
        self.assertEqual(order.sale_order_id.partner_id.state_id, self.kerala)

    def test_texts_of_one_companys_buyers_are_not_shown_to_another(self):
        order = self.receive(to(1, "State of Atlantis"))
        place = order.place_id
        self.assertEqual(place.company_id, self.company)
        self.assertIn(
            place, self.env["amazon.place"].with_user(self.own_boss).search([])
        )
        self.decide(self.own_boss, "Utopia", self.kerala)
        theirs = self.env["amazon.place"].with_user(self.other_boss)
        self.assertFalse(theirs.search([("name", "ilike", "Atlantis")]))
        with self.assertRaises(AccessError):
            place.with_user(self.other_boss).read(["name"])
        # Nor is it known as a state there.
        for company, shown in ((self.company, "Utopia"), (self.other, None)):
            told = tell_apart(company, {("IN", "Utopia")})
            self.assertEqual(told["IN", "Utopia"][1], shown)

    def test_prices_with_or_without_tax_are_a_channels_setting(self):
        self.assertTrue(self.channel._prices_include_tax())
        self.channel.with_user(self.own_boss).prices_on_amazon = "without_tax"
        self.assertFalse(self.channel._prices_include_tax())
        self.assertEqual(self.channel._get_tax_source(False), "amazon")
