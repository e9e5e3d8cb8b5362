# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's number, channel and marketplace on what salesmen and accountants use."""

from lxml import etree

from odoo.tests import new_test_user, tagged
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from ..shipment.desk_common import CompleteCase


@tagged("post_install", "-at_install")
class TestOrderSearch(CompleteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()
        cls.binding = cls.receive(cls.order_of(2, number=7))
        cls.sale = cls.binding.sale_order_id
        cls.picking = cls.deliver(cls.binding, "TRK777")
        cls.invoice = cls.sale._create_invoices()
        cls.plain = cls.env["sale.order"].create(
            {
                "partner_id": cls.env["res.partner"].create({"name": "Walk-in"}).id,
                "order_line": [(0, 0, {"product_id": cls.product.id})],
            }
        )
        cls.plain.action_confirm()
        cls.plain.order_line.qty_delivered = 1
        cls.plain_invoice = cls.plain._create_invoices()
        cls.env.flush_all()

    def user(self, *groups):
        login = f"user {self.env['res.users'].search_count([])}"
        return new_test_user(
            self.env, login, groups=",".join(("base.group_user", *groups))
        )

    def search_box(self, view, model, user, text):
        """What typing into the search box and Enter finds, as this user."""
        Model = self.env[model].with_user(user)
        arch = etree.fromstring(Model.get_view(self.env.ref(view).id, "search")["arch"])
        field = arch.xpath("//field")[0]
        domain = safe_eval(field.get("filter_domain"), {"self": text})
        return Model.search(domain)

    def test_search_boxes_know_amazons_number(self):
        """Sales orders, deliveries and invoices, each for who works with them."""
        number = self.binding.order_number
        for view, model, group, expected in (
            (
                "sale.view_sales_order_filter",
                "sale.order",
                "sales_team.group_sale_salesman_all_leads",
                self.sale,
            ),
            (
                "stock.view_picking_internal_search",
                "stock.picking",
                "stock.group_stock_user",
                self.picking,
            ),
            (
                "account.view_account_invoice_filter",
                "account.move",
                "account.group_account_invoice",
                self.invoice,
            ),
        ):
            with self.subTest(model=model):
                user = self.user(group)
                for text in (number, number[-7:]):
                    found = self.search_box(view, model, user, text)
                    self.assertEqual(found.ids, expected.ids)

    def test_one_field_on_amazon_orders(self):
        """Number, sales order, SKU, title, tracking, customer number."""
        self.receive(self.order_of(0, 1, number=8, buyer="ravi"))
        user = self.user("amazon_connector.group_user")
        view = "amazon_connector.amazon_order_view_search"
        for text in (
            "403-0000000-0000007",
            self.sale.name,
            "SKU-A",
            "Title of SKU-A",
            "TRK777",
            self.sale.partner_id.ref,
        ):
            found = self.search_box(view, "amazon.order", user, text)
            self.assertIn(self.binding.id, found.ids, text)
        self.assertFalse(self.search_box(view, "amazon.order", user, "no such thing"))

    def test_grouped_by_channel_for_everybody(self):
        """S149: by channel and marketplace, without a right on Amazon's side."""
        self.invoice.action_post()
        self.plain_invoice.action_post()
        self.env.flush_all()
        sales = "sales_team.group_sale_salesman_all_leads"
        place = self.channel.marketplace_id
        for model, group, ours, theirs in (
            ("sale.order", sales, self.sale, self.plain),
            ("sale.report", sales, None, None),
            ("account.invoice.report", "account.group_account_invoice", None, None),
            (
                "account.move",
                "account.group_account_invoice",
                self.invoice,
                self.plain_invoice,
            ),
            (
                "stock.picking",
                "stock.group_stock_user",
                self.picking,
                self.plain.picking_ids,
            ),
        ):
            user = self.user(group)
            Model = self.env[model].with_user(user)
            with self.subTest(model=model):
                domain = [("id", "in", (ours | theirs).ids)] if ours else []
                for field, value in (
                    ("amazon_channel_id", self.channel),
                    ("amazon_marketplace_id", place),
                ):
                    groups = Model.formatted_read_group(domain, [field], ["__count"])
                    keys = [g[field] and g[field][0] for g in groups]
                    self.assertEqual(set(keys), {value.id, False}, field)
                if ours:
                    for field in ("amazon_channel_name", "amazon_marketplace_name"):
                        found = Model.search([(field, "ilike", "amazon")])
                        self.assertIn(ours.id, found.ids)
                        self.assertNotIn(theirs.id, found.ids)
                    for value in (self.channel.id, False):
                        rows = Model.search(
                            [*domain, ("amazon_channel_id", "=", value)]
                        )
                        self.assertEqual(rows.ids, (ours if value else theirs).ids)

    def test_reports_count_what_the_channel_sold(self):
        """S8, S149: Odoo's own analyses by channel."""
        self.invoice.action_post()
        self.env.flush_all()
        for model, quantity in (
            ("sale.report", "product_uom_qty"),
            ("account.invoice.report", "quantity"),
        ):
            [(channel, units)] = self.env[model]._read_group(
                [("amazon_channel_id", "=", self.channel.id)],
                ["amazon_channel_id"],
                [f"{quantity}:sum"],
            )
            self.assertEqual((channel, units), (self.channel, 2), model)

    def test_credit_notes_belong_to_the_channel(self):
        self.invoice.action_post()
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id})
        )
        wizard.reverse_moves()
        credit = self.invoice.reversal_move_ids
        self.assertEqual(credit.amazon_order_ref, self.binding.order_number)
        self.assertEqual(credit.amazon_channel_id, self.channel)

    def test_shown_by_default(self):
        """Amazon's number is a column that nobody has to switch on."""
        for view, model, field in (
            ("sale.sale_order_tree", "sale.order", "amazon_order_ref"),
            ("stock.vpicktree", "stock.picking", "amazon_order_number"),
            ("account.view_out_invoice_tree", "account.move", "amazon_order_ref"),
        ):
            arch = etree.fromstring(
                self.env[model].get_view(self.env.ref(view).id, "list")["arch"]
            )
            [node] = arch.xpath(f"//field[@name='{field}']")
            self.assertEqual(node.get("optional"), "show", model)
            self.assertFalse(node.get("column_invisible"), model)

    def test_channels_of_two_accounts_are_told_apart(self):
        """S1: the second account's channel is never called like the first one's."""
        account = self._create_account(name="Ganga", seller_id="AOTHERSELLER")
        place = self.channel.marketplace_id
        self.channel.name = f"Amazon {place.code}"
        name = self.env["amazon.account.connector"]._name_channel
        self.assertEqual(name(account, place), f"Amazon {place.code} (Ganga)")
        other = self.env.ref("amazon_connector.marketplace_us")
        self.assertEqual(name(account, other), "Amazon US")

    def test_pages_of_a_listing(self):
        """The right marketplace's product page and Seller Central."""
        listing = self.env["amazon.listing"].create(
            {
                "channel_id": self.channel.id,
                "seller_sku": "A/B C",
                "asin": "B000000001",
                "title": "x",
            }
        )
        self.assertEqual(
            listing.action_open_product_page()["url"],
            "https://www.amazon.in/dp/B000000001",
        )
        url = listing.action_open_seller_central()["url"]
        self.assertTrue(url.startswith(self.channel.marketplace_id.seller_central_url))
        self.assertTrue(url.endswith("=A%2FB%20C"))
        listing.asin = False
        self.assertFalse(listing.action_open_product_page())

    def test_long_lists_open_by_an_index(self):
        """The first page costs the same, however many there are."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("SET LOCAL enable_sort = off")
        for model in ("amazon.order", "amazon.listing"):
            Model = self.env[model]
            query = Model._search([], order=Model._order, limit=80)
            plan = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
            lines = "\n".join(line for (line,) in plan)
            self.assertIn("list_idx", lines)
            self.assertNotIn("Sort", lines)
