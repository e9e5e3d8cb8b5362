# SPDX-License-Identifier: LGPL-3.0-or-later
"""Who works beside the connector: another company, people of the Sales app."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..common import item_json, order_json
from .security_common import (
    CLOSED,
    INNER,
    MIXED,
    SHARED,
    TECHNICAL,
    SecurityCase,
)


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
                domain = [("company_id", "!=", False)] if name in MIXED else []
                self.assertFalse(mine.search(domain), name)
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

    def test_nothing_moves_to_another_company(self):
        """Rule 10: record rules are asked before a write only, so what a record stands
        for at Amazon cannot be changed."""
        records = self.everything()
        elsewhere = self._create_account(seller_id="AELSEWHERE")
        for model, vals in (
            ("amazon.channel", {"account_id": elsewhere.id}),
            ("amazon.channel", {"marketplace_id": 0}),
            ("amazon.sync.task", {"account_id": elsewhere.id}),
            ("amazon.sync.task", {"kind": "fba_stock"}),
            ("amazon.listing", {"seller_sku": "ANOTHER"}),
            ("amazon.listing", {"channel_id": 0}),
            ("amazon.service.level", {"level": "WARP"}),
        ):
            record = records[model].with_user(self.manager)[:1]
            with self.assertRaisesRegex(
                UserError, "links the record to Amazon", msg=str(vals)
            ):
                record.write(vals)
            name = next(iter(vals))
            record.write(
                {name: record._fields[name].convert_to_write(record[name], record)}
            )

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

    def test_account_with_a_companys_settings_stays_in_it(self):
        """Warehouses and products of the former company would fail each order."""
        account = self._create_account(seller_id="AMOVING")
        product = self.env["product.product"].create({"name": "Moving"})
        channel = self.env["amazon.channel"].create(
            {
                "name": "Moving",
                "account_id": account.id,
                "marketplace_id": self.channel.marketplace_id.id,
                "warehouse_id": self.env["stock.warehouse"]
                .search([("company_id", "=", self.company.id)], limit=1)
                .id,
            }
        )
        with self.assertRaises(UserError):
            account.company_id = self.other
        channel.write({"warehouse_id": False, "use_warehouses": False})
        listing = self.env["amazon.listing"].create(
            {
                "channel_id": channel.id,
                "seller_sku": "SKU-MOVING",
                "product_id": product.id,
            }
        )
        product.company_id = self.company
        with self.assertRaises(ValidationError):
            account.company_id = self.other
        with self.assertRaises(ValidationError):
            product.company_id = self.other
        listing.product_id = False
        product.company_id = False
        account.company_id = self.other


@tagged("post_install", "-at_install")
class TestSalesmen(SecurityCase):
    """People of the Sales app who know nothing of Amazon work as before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sales = cls.receive(
            order_json(1), order_json(2, items=[item_json("NEW", number="2")])
        ).sale_order_id
        cls.env.invalidate_all()
        cls.mine = cls.sales.with_user(cls.salesman)

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
        note = {"body": "Called the warehouse"}
        sale.message_post(**note)
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
