# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command
from odoo.tests import tagged

from ..common import AmazonCase, address_json, ago, item_json, order_json

SPAIN = "A1RKKUPIHCS9HS"


@tagged("post_install", "-at_install")
class TestFiscalPositions(AmazonCase):
    """Fiscal positions by postal code or tax number, with masked contacts."""

    marketplaces = ("es",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.EUR").active = True
        cls.spain = cls.env.ref("base.es")
        cls.vat, cls.igic = cls.env["account.tax"].create(
            [
                {
                    "name": name,
                    "amount": amount,
                    "type_tax_use": "sale",
                    "price_include_override": "tax_included",
                    "company_id": cls.company.id,
                    "country_id": cls.company.account_fiscal_country_id.id,
                }
                for name, amount in (("IVA 21", 21), ("IGIC 7", 7))
            ]
        )
        cls.igic.original_tax_ids = cls.vat
        cls.product.taxes_id = cls.vat
        cls.channel.tax_source = "odoo"
        cls.canaries, cls.mainland = cls.env["account.fiscal.position"].create(
            [
                {
                    "name": "Canary Islands",
                    "company_id": cls.company.id,
                    "sequence": 1,
                    "auto_apply": True,
                    "country_id": cls.spain.id,
                    "zip_from": "35000",
                    "zip_to": "38999",
                    "tax_ids": [Command.set(cls.igic.ids)],
                },
                {
                    "name": "Spain",
                    "company_id": cls.company.id,
                    "sequence": 2,
                    "auto_apply": True,
                    "country_id": cls.spain.id,
                    "tax_ids": [Command.set(cls.vat.ids)],
                },
            ]
        )

    def bought(self, code="35001", number=1, buyer="asha", sku="SKU-A", **values):
        parts = {"postalCode": code, "countryCode": "ES", "stateOrRegion": "Palmas"}
        recipient = {"deliveryAddress": address_json(buyer or "asha", **parts)}
        return order_json(
            number,
            buyer=buyer,
            items=[item_json(sku, price="121.00", currency="EUR")],
            currency="EUR",
            marketplace=SPAIN,
            **{"recipient": recipient, **values},
        )

    def without_code(self, number=1):
        address = {"countryCode": "ES", "stateOrRegion": "Palmas"}
        return self.bought(
            number=number, buyer=None, recipient={"deliveryAddress": address}
        )

    def taxes(self, order):
        return order.sale_order_id.order_line.filtered(
            lambda line: line.amazon_charge == "item"
        ).tax_ids

    def test_the_postal_code_decides(self):
        for number, (code, position) in enumerate(
            {
                "35001": self.canaries,
                " 38999 ": self.canaries,
                "28001": self.mainland,
                "３５００１": self.canaries,
            }.items(),
            start=1,
        ):
            with self.subTest(code):
                order = self.receive(self.bought(code, number, buyer=f"b{number}"))
                self.assertEqual(order.state, "applied")
                self.assertEqual(order.sale_order_id.fiscal_position_id, position)
        self.assertEqual(self.taxes(self.find("403-0000000-0000001")), self.igic)
        self.assertEqual(self.taxes(self.find("403-0000000-0000003")), self.vat)

    def test_orders_of_one_batch_keep_their_own(self):
        """The position is no matter of country and state, which these share."""
        orders = self.receive(
            self.bought("35001", 1), self.bought("28001", 2), self.bought("35002", 3)
        )
        self.assertEqual(
            [order.sale_order_id.fiscal_position_id for order in orders],
            [self.canaries, self.mainland, self.canaries],
        )

    def test_the_code_stays_out_of_the_clear(self):
        """Rule 3: no contact, no order, no cache holds it."""
        order = self.receive(self.bought("35717"))
        sale = order.sale_order_id
        self.assertEqual(sale.fiscal_position_id, self.canaries)
        self.env.flush_all()
        for table in ("res_partner", "sale_order", "amazon_order", "mail_message"):
            # Not as a part of another number, of a moment or of a message's id.
            self.env.cr.execute(
                f"SELECT count(*) FROM {table} t"
                " WHERE t::text ~ '(^|[^0-9.])35717([^0-9]|$)'"
            )
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)
        for name in ("zip", "vat"):
            cached = self.env["res.partner"]._fields[name]._get_cache(self.env)
            self.assertNotIn("35717", [str(value) for value in cached.values()])
        self.assertFalse(sale.partner_id.zip)

    def test_an_excluded_position_by_choice_of_the_channel(self):
        self.channel.fiscal_position_id = self.mainland
        order = self.receive(self.bought("35001"))
        self.assertEqual(order.sale_order_id.fiscal_position_id, self.mainland)

    def test_a_frozen_order_thaws_with_its_taxes(self):
        order = self.receive(self.bought("35001", sku="NEW"))
        sale = order.sale_order_id
        self.assertEqual((order.state, sale.state), ("frozen", "draft"))
        self.assertEqual(sale.fiscal_position_id, self.canaries)
        order.line_ids.listing_id.product_id = self.product
        order._apply_again()
        self.apply()
        self.assertEqual((order.state, sale.state), ("applied", "sale"))
        self.assertEqual(sale.fiscal_position_id, self.canaries)
        self.assertEqual(self.taxes(order), self.igic)

    def change(self, order, **values):
        """Amazon changes the order's amount; other blocks may come with it."""
        raw = self.bought("35001", updated=ago(hours=1))
        raw["orderItems"] = [item_json(price="60.50", currency="EUR")]
        raw["proceeds"] = {"grandTotal": {"amount": "60.50", "currencyCode": "EUR"}}
        return self.receive({**raw, **values})

    def test_a_changed_order_keeps_its_taxes(self):
        order = self.receive(self.bought("35001"))
        self.change(order)
        self.assertEqual(order.sale_order_id.amount_total, 60.5)
        self.assertEqual(self.taxes(order), self.igic)

    def test_a_changed_order_whose_buyer_is_deleted(self):
        """What was decided with his address stays."""
        order = self.receive(self.bought("35001"))
        self.env["amazon.order.pii"].search([("order_id", "=", order.id)]).unlink()
        self.change(order, buyer=None, recipient=None)
        self.assertEqual(order.sale_order_id.amount_total, 60.5)
        self.assertEqual(self.taxes(order), self.igic)
        self.assertEqual(order.sale_order_id.fiscal_position_id, self.canaries)

    def test_another_address_means_other_taxes(self):
        order = self.receive(self.bought("28001"))
        self.assertEqual(self.taxes(order), self.vat)
        self.receive(self.bought("35001", updated=ago(hours=1)))
        self.assertEqual(order.sale_order_id.fiscal_position_id, self.canaries)
        self.assertEqual(self.taxes(order), self.igic)
        self.assertEqual(order.sale_order_id.amount_total, 121.0)

    def test_a_code_that_is_not_told_holds(self):
        order = self.receive(self.without_code())
        self.assertEqual(order.state, "held")
        self.assertIn("postal code", order.reason)
        order.ignore_place = True
        order._apply_again()
        self.apply()
        self.assertEqual(order.state, "applied")
        self.assertEqual(order.sale_order_id.fiscal_position_id, self.mainland)
        notes = order.sale_order_id.message_ids.mapped("body")
        self.assertTrue(any("postal code" in (note or "") for note in notes))

    def test_a_code_that_is_not_told_is_noted_where_amazon_taxes(self):
        self.channel.tax_source = "amazon"
        order = self.receive(self.without_code())
        self.assertEqual(order.state, "applied")
        notes = order.sale_order_id.message_ids.mapped("body")
        self.assertTrue(any("postal code" in (note or "") for note in notes))

    def test_a_code_is_not_missed_elsewhere(self):
        """Nor where it would change no tax."""
        self.canaries.country_id = self.env.ref("base.pt")
        self.assertEqual(self.receive(self.without_code()).state, "applied")
        self.canaries.write(
            {"country_id": self.spain.id, "tax_ids": [Command.set(self.vat.ids)]}
        )
        order = self.receive(self.without_code(2))
        self.assertEqual(order.state, "applied")

    def test_a_business_with_a_tax_number(self):
        """Reverse charge asks for a number; one of a wrong form is none."""
        reverse = self.env["account.fiscal.position"].create(
            {
                "name": "Reverse charge",
                "company_id": self.company.id,
                "sequence": 0,
                "auto_apply": True,
                "vat_required": True,
                "country_id": self.spain.id,
            }
        )
        for number, (tax_number, position) in enumerate(
            {
                "54362315K": reverse,
                "ES54362315K": reverse,
                "ES1": self.mainland,
            }.items(),
            start=1,
        ):
            registration = {
                "entityType": "BUYER",
                "taxRegistrationType": "VAT",
                "taxRegistrationNumber": tax_number,
            }
            order = self.receive(
                self.bought(
                    "28001",
                    number,
                    buyer=f"b{number}",
                    tax={"taxRegistrations": [registration]},
                )
            )
            self.assertEqual(
                order.sale_order_id.fiscal_position_id, position, tax_number
            )
            self.assertFalse(order.sale_order_id.partner_id.vat)
