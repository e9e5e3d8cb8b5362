# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ...models.order.personal import open_customer
from ..common import AmazonCase, address_json, item_json, order_json


class CustomerCase(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Orders without deliveries come in faster.
        cls.product.default_code = "SKU-GOODS"
        cls.env["product.product"].create(
            {"name": "Service", "default_code": "SKU-A", "type": "service"}
        )

    def bought(
        self,
        number=1,
        email="asha@marketplace.example",
        name="Asha Secretname",
        address=None,
        **blocks,
    ):
        """An order by this buyer; ``address`` None leaves the address out.

        An e-mail or name of None is left out too.
        """
        buyer = {"buyerEmail": email, "buyerName": name}
        order = order_json(number, buyer=None, **blocks)
        order["buyer"] = {key: value for key, value in buyer.items() if value}
        if address is not None:
            order["recipient"] = {"deliveryAddress": address}
        return order

    def partners(self, *orders):
        """The contacts of orders that come in one after the other."""
        return [self.receive(order).sale_order_id.partner_id for order in orders]


@tagged("post_install", "-at_install")
class TestContact(CustomerCase):
    """What a contact of an Amazon buyer shows."""

    def test_contact_is_masked(self):
        """S5, S38, S104: buyers arrive as contacts, under a default name."""
        sale = self.receive(order_json()).sale_order_id
        partner = sale.partner_id
        customer = partner.amazon_customer_ids
        self.assertEqual(partner.name, "Amazon IN - Customer")
        self.assertEqual(partner.ref, customer.number)
        self.assertRegex(partner.ref, r"^AMZ\d{6,}$")
        self.assertEqual(partner.company_id, self.company)
        self.assertEqual(partner.country_id, self.env.ref("base.in"))
        self.assertEqual(partner.state_id.code, "KA")
        for name in ("street", "street2", "city", "zip", "phone", "email", "vat"):
            self.assertFalse(partner[name], name)
        self.assertFalse(partner.is_company)
        self.assertEqual(sale.partner_invoice_id, partner)
        self.assertEqual(sale.partner_shipping_id, partner)

    def test_guests_and_registered_buyers_alike(self):
        """S79: with or without an e-mail, a buyer becomes a customer."""
        for order in (
            order_json(1, buyer="asha"),
            self.bought(2, email=None, address=address_json("bela")),
            order_json(3, buyer=None),
        ):
            partner = self.receive(order).sale_order_id.partner_id
            self.assertEqual(partner.name, "Amazon IN - Customer")
            self.assertEqual(len(partner.amazon_customer_ids), 1)

    def test_each_company_numbers_its_customers(self):
        """By a sequence of its own, after the numbers that are there."""
        other = self.env["res.company"].create({"name": "Other"})
        sequence = other._get_amazon_sequence()
        self.assertEqual(sequence.implementation, "standard")
        self.assertEqual(sequence.next_by_id(), "AMZ000001")
        self.assertEqual(other._get_amazon_sequence(), sequence)
        own = self.company._get_amazon_sequence()
        self.assertNotEqual(own, sequence)
        own.number_next = 4711
        (partner,) = self.partners(order_json(1))
        self.assertEqual(partner.ref, "AMZ004711")
        # A company that had customers before it had a sequence.
        sequence.unlink()
        self.env["res.partner"].create(
            [
                {"name": "Customer", "ref": ref, "company_id": other.id}
                for ref in ("AMZ000123", "AMZ1000122", "AMZ-7", "AMZ99999999999")
            ]
        )
        self.env["res.company"]._create_missing_amazon_sequences()
        self.assertEqual(other._get_amazon_sequence().next_by_id(), "AMZ1000123")
        self.assertEqual(self.company._get_amazon_sequence(), own)

    def test_numbers_differ(self):
        first, second = self.partners(
            order_json(1, buyer="asha"), order_json(2, buyer="bela")
        )
        self.assertNotEqual(first.ref, second.ref)

    def test_state_by_code_or_name(self):
        names = {
            "karnataka": "KA",
            "KA": "KA",
            " Tamil  Nadu": "TN",
            "TAMIL NADU": "TN",
        }
        for number, (text, code) in enumerate(names.items(), start=1):
            address = address_json(f"b{number}", stateOrRegion=text)
            order = self.bought(number, email=f"b{number}@x.example", address=address)
            partner = self.receive(order).sale_order_id.partner_id
            self.assertEqual(partner.state_id.code, code, text)

    def test_unknown_state_stays_empty(self):
        for number, text in enumerate(("Atlantis", "", None), start=1):
            address = address_json(f"b{number}", stateOrRegion=text)
            order = self.bought(number, email=f"b{number}@x.example", address=address)
            partner = self.receive(order).sale_order_id.partner_id
            self.assertFalse(partner.state_id)
            self.assertEqual(partner.country_id.code, "IN")

    def test_state_of_the_right_country(self):
        """CA is a code of several countries."""
        address = address_json(stateOrRegion="CA", countryCode="US")
        partner = self.receive(self.bought(address=address)).sale_order_id.partner_id
        self.assertEqual(partner.state_id, self.env.ref("base.state_us_5"))

    def test_unknown_country_stays_empty(self):
        """Another country's contact would be taxed wrongly."""
        self.channel.tax_source = "none"
        address = address_json(countryCode="XX", stateOrRegion="KA")
        partner = self.receive(self.bought(address=address)).sale_order_id.partner_id
        self.assertFalse(partner.country_id or partner.state_id)

    def test_what_is_known_is_encrypted(self):
        partner = self.receive(order_json()).sale_order_id.partner_id
        customer = partner.amazon_customer_ids.sudo()
        known = open_customer(customer)
        self.assertEqual(known["buyer"]["email"], "asha@marketplace.example")
        self.assertEqual(known["address"]["addressLine1"], "12 Asha Hidden Street")


@tagged("post_install", "-at_install")
class TestMatching(CustomerCase):
    """S39: the same buyer is found again, another one is not taken for him."""

    def assertSame(self, *orders):
        self.assertEqual(len(set(self.partners(*orders))), 1)

    def assertDifferent(self, *orders):
        self.assertEqual(len(set(self.partners(*orders))), len(orders))

    def test_same_email(self):
        self.assertSame(
            order_json(1),
            order_json(2),
            self.bought(3, email=" ASHA@Marketplace.example"),
        )

    def test_same_email_in_one_batch(self):
        bindings = self.receive(*(order_json(number) for number in range(1, 6)))
        self.assertEqual(len(bindings.sale_order_id.partner_id), 1)

    def test_without_email_name_and_address(self):
        """S39: accents, case and blanks do not matter."""
        self.assertSame(
            self.bought(1, None, "José Díaz", address_json(city="São Paulo")),
            self.bought(2, None, "JOSE DIAZ", address_json(city="sao  paulo ")),
            self.bought(3, None, " josé díaz", address_json(city="Sao Paulo")),
        )

    def test_order_of_words_matters(self):
        self.assertDifferent(
            self.bought(1, None, "Jose Diaz", address_json()),
            self.bought(2, None, "Diaz Jose", address_json()),
        )

    def test_same_name_elsewhere_is_someone_else(self):
        self.assertDifferent(
            self.bought(1, None, address=address_json()),
            self.bought(2, None, address=address_json(addressLine1="13 Other Street")),
            self.bought(3, None, address=address_json(postalCode="110001")),
        )

    def test_same_house_is_not_the_same_person(self):
        self.assertDifferent(
            self.bought(1, None, "Asha", address_json()),
            self.bought(2, None, "Bela", address_json()),
        )

    def test_name_and_address_with_different_emails(self):
        """A father and a son of one name are two customers."""
        self.assertDifferent(
            self.bought(1, "father@x.example", address=address_json()),
            self.bought(2, "son@x.example", address=address_json()),
        )

    def test_email_that_was_withheld_once(self):
        """Amazon may give the e-mail on some orders only."""
        address = address_json()
        self.assertSame(
            self.bought(1, None, address=address),
            self.bought(2, "asha@x.example", address=address),
            self.bought(3, "asha@x.example", address=address_json("elsewhere")),
            self.bought(4, None, address=address),
        )

    def test_email_learned_and_used_in_one_batch(self):
        address = address_json()
        self.receive(self.bought(1, None, address=address))
        with self.assertNoLogs("odoo.sql_db", "ERROR"):
            bindings = self.receive(
                self.bought(2, "asha@x.example", address=address),
                self.bought(3, "asha@x.example", address=address_json("elsewhere")),
            )
        self.assertEqual(len(bindings.sale_order_id.partner_id), 1)

    def test_email_on_some_orders_of_a_batch(self):
        address = address_json()
        bindings = self.receive(
            self.bought(1, None, address=address),
            self.bought(2, "asha@x.example", address=address),
            self.bought(3, None, address=address),
        )
        partner = bindings.sale_order_id.partner_id
        self.assertEqual(len(partner), 1)
        self.assertTrue(partner.amazon_customer_ids.sudo().email_digest)

    def test_other_delivery_address_is_a_child(self):
        """Another delivery address of a buyer is a child contact."""
        gift = address_json(name="Bela Secretname", addressLine1="7 Gift Road")
        home, sent, again = self.receive(
            self.bought(1, address=address_json()),
            self.bought(2, address=gift),
            self.bought(3, address=gift),
        ).sale_order_id
        self.assertEqual(sent.partner_id, home.partner_id)
        child = sent.partner_shipping_id
        self.assertEqual(child.parent_id, home.partner_id)
        self.assertEqual((child.type, child.name), ("delivery", "Amazon IN - Customer"))
        self.assertEqual(again.partner_shipping_id, child)
        self.assertNotEqual(child.ref, home.partner_id.ref)
        later = self.receive(self.bought(4, address=gift)).sale_order_id
        self.assertEqual(later.partner_shipping_id, child)
        customer = child.amazon_customer_ids.sudo()
        known = open_customer(customer)
        self.assertEqual(known["address"]["addressLine1"], "7 Gift Road")

    def test_delivery_address_in_another_state(self):
        """Taxes follow the place of delivery."""
        gift = address_json(stateOrRegion="Delhi", addressLine1="7 Gift Road")
        self.receive(self.bought(1, address=address_json()))
        sale = self.receive(self.bought(2, address=gift)).sale_order_id
        self.assertEqual(sale.partner_shipping_id.state_id.code, "DL")
        self.assertEqual(sale.partner_id.state_id.code, "KA")

    def test_anonymous_orders_share_a_contact(self):
        """One contact per channel, country and state; no hash of blanks."""
        nowhere = {"countryCode": "IN", "stateOrRegion": "KA"}
        blank = {**address_json(name=" ", addressLine1=" ", postalCode=""), "city": ""}
        first, second, third, other = self.partners(
            self.bought(1, None, None, nowhere),
            self.bought(2, None, None, {**nowhere, "stateOrRegion": "karnataka"}),
            self.bought(3, " ", " ", blank),
            self.bought(4, None, None, {**nowhere, "stateOrRegion": "DL"}),
        )
        self.assertEqual(first, second)
        self.assertEqual(first, third)
        self.assertNotEqual(first, other)
        customer = first.amazon_customer_ids.sudo()
        self.assertFalse(
            customer.email_digest
            or customer.identity_digest
            or customer.address_digest
            or customer.ciphertext
        )

    def test_name_without_an_address_is_anonymous(self):
        """Two people of one name in one state must not become one customer."""
        nowhere = {"countryCode": "IN", "stateOrRegion": "KA", "city": "Mysuru"}
        (partner,) = self.partners(self.bought(1, None, "Asha", nowhere))
        self.assertTrue(partner.amazon_customer_ids.anonymous_key)

    def test_each_channel_has_its_anonymous_contact(self):
        germany = self.env["amazon.channel"].create(
            {
                "name": "Amazon DE",
                "account_id": self.account.id,
                "marketplace_id": self.env.ref("amazon_connector.marketplace_de").id,
            }
        )
        self.env.ref("base.EUR").active = True
        nowhere = {"countryCode": "IN"}
        item = item_json(currency="EUR")
        first, second = self.partners(
            self.bought(1, None, None, nowhere),
            self.bought(
                2,
                None,
                None,
                nowhere,
                items=[item],
                currency="EUR",
                marketplace=germany.marketplace_id.amazon_code,
            ),
        )
        self.assertNotEqual(first, second)
        self.assertEqual(second.name, "Amazon DE - Customer")

    def test_a_buyer_known_from_another_marketplace(self):
        """Customer and invoice address of a German order are German, whoever bought
        in India before."""
        self.env["amazon.channel"].create(
            {
                "name": "Amazon DE",
                "account_id": self.account.id,
                "marketplace_id": self.env.ref("amazon_connector.marketplace_de").id,
            }
        )
        self.env.ref("base.EUR").active = True
        german = self.bought(
            2,
            "asha@marketplace.example",
            "Asha Secretname",
            address_json(countryCode="DE", stateOrRegion="Berlin", postalCode="10115"),
            items=[item_json(currency="EUR")],
            currency="EUR",
            marketplace="A1PA6795UKMFR9",
        )
        first, second = self.receive(order_json(1), german).sale_order_id
        for name in ("partner_id", "partner_invoice_id", "partner_shipping_id"):
            self.assertEqual(second[name].name, "Amazon DE - Customer", name)
            self.assertEqual(second[name].country_id.code, "DE", name)
            self.assertEqual(first[name].country_id.code, "IN", name)
        again = self.receive({**german, "orderId": "403-0000000-0000003"})
        self.assertEqual(again.sale_order_id.partner_id, second.partner_id)

    def test_the_invoice_goes_to_a_country_of_the_order(self):
        """The first order went to another country: nothing says it is the buyer's."""
        abroad = address_json(countryCode="NP", stateOrRegion="Bagmati")
        self.receive(order_json(1))
        sale = self.receive(
            order_json(2, recipient={"deliveryAddress": abroad})
        ).sale_order_id
        self.assertEqual(sale.partner_id.country_id.code, "IN")
        self.assertEqual(sale.partner_invoice_id, sale.partner_shipping_id)
        self.assertEqual(sale.partner_invoice_id.country_id.code, "NP")

    def test_companies_do_not_share_customers(self):
        """Rule 10: hashes are scoped to the company."""
        company = self.env["res.company"].create({"name": "Second company"})
        account = self._create_account(company_id=company.id, seller_id="ASECOND")
        channel = self.env["amazon.channel"].create(
            {
                "name": "Amazon IN",
                "account_id": account.id,
                "marketplace_id": self.channel.marketplace_id.id,
            }
        )
        (first,) = self.partners(order_json(1))
        run = self.sync._start_run(account._get_task("orders"), channel)
        self.env["amazon.order.inbox"]._store_page(account, [order_json(2)], run)
        self.apply()
        second = self.find("403-0000000-0000002").sale_order_id.partner_id
        self.assertNotEqual(first, second)
        self.assertEqual(second.company_id, company)
        digests = (first | second).amazon_customer_ids.sudo().mapped("email_digest")
        self.assertEqual(len(digests), 2)


@tagged("post_install", "-at_install")
class TestCustomerNames(AmazonCase):
    def test_contacts_are_told_apart_by_their_number(self):
        """S8: in lists, reports and exports, and found by it; the name stays."""
        sales = self.receive(
            order_json(1, buyer="asha"), order_json(2, buyer="somebody")
        ).sale_order_id
        first, second = sales.partner_id
        self.assertEqual(first.name, second.name)
        for partner in (first, second):
            name = f"Amazon IN - Customer {partner.ref}"
            self.assertEqual((partner.display_name, partner.complete_name), (name,) * 2)
            found = self.env["res.partner"].name_search(partner.ref)
            self.assertIn((partner.id, name), found)
        groups = self.env["sale.report"].formatted_read_group(
            [("partner_id", "in", (first | second).ids)], ["partner_id"]
        )
        names = {group["partner_id"][1] for group in groups}
        self.assertEqual(names, {first.display_name, second.display_name})

    def test_other_contacts_have_no_number(self):
        """S109: and a copy is the company's own contact."""
        plain = self.env["res.partner"].create({"name": "Eve", "ref": "E1"})
        self.assertEqual(plain.display_name, "Eve")
        buyer = self.receive(order_json(1)).sale_order_id.partner_id
        self.assertNotIn(buyer.ref, buyer.copy().display_name)

    def test_the_order_opens_in_seller_central(self):
        """S8: on its marketplace, from the sales order and from its delivery."""
        order = self.receive(order_json(1))
        url = f"https://sellercentral.amazon.in/orders-v3/order/{order.order_number}"
        sale = order.sale_order_id
        for record in (order, sale, sale.picking_ids):
            self.assertEqual(record.action_open_seller_central()["url"], url)
        plain = sale.copy()
        self.assertFalse(plain.action_open_seller_central())
