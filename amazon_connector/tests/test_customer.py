# SPDX-License-Identifier: LGPL-3.0-or-later
from psycopg2 import sql

from odoo.tests import tagged

from ..tools.vault import get_vault
from .common import AmazonCase, address_json, ago, item_json, order_json


class CustomerCase(AmazonCase):
    def bought(self, number=1, email="asha@marketplace.example", name="Asha Secretname",
               address=None, **blocks):
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

    def personal(self, binding):
        return self.env["amazon.order.pii"]._read_personal(binding)[binding]

    def pii(self, binding):
        rows = self.env["amazon.order.pii"].sudo()
        return rows.search([("order_id", "=", binding.id)])


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

    def test_numbers_differ(self):
        first, second = self.partners(
            order_json(1, buyer="asha"), order_json(2, buyer="bela")
        )
        self.assertNotEqual(first.ref, second.ref)

    def test_state_by_code_or_name(self):
        names = {"KA": "KA", "karnataka": "KA", " Tamil  Nadu ": "TN", "TAMIL NADU": "TN"}
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

    def test_unknown_country_is_the_marketplaces(self):
        address = address_json(countryCode="XX", stateOrRegion="KA")
        partner = self.receive(self.bought(address=address)).sale_order_id.partner_id
        self.assertEqual(partner.country_id.code, "IN")

    def test_what_is_known_is_encrypted(self):
        partner = self.receive(order_json()).sale_order_id.partner_id
        customer = partner.amazon_customer_ids.sudo()
        known = get_vault().decrypt(customer.ciphertext)
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
            order_json(1), order_json(2), self.bought(3, email=" ASHA@Marketplace.example")
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
        known = get_vault().decrypt(customer.ciphertext)
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
            self.bought(2, None, None, nowhere, items=[item], currency="EUR",
                        marketplace=germany.marketplace_id.marketplace_id),
        )
        self.assertNotEqual(first, second)
        self.assertEqual(second.name, "Amazon DE - Customer")

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
        run = self.sync._start_run(account.task_ids, channel)
        self.env["amazon.order"]._store_page(account, [order_json(2)], run)
        self.apply()
        second = self.find("403-0000000-0000002").sale_order_id.partner_id
        self.assertNotEqual(first, second)
        self.assertEqual(second.company_id, company)
        digests = (first | second).amazon_customer_ids.sudo().mapped("email_digest")
        self.assertEqual(len(digests), 2)


@tagged("post_install", "-at_install")
class TestPersonalData(CustomerCase):
    """Rule 3: personal data rests encrypted, and in two tables only."""

    SECRETS = (
        "Zephyrine", "Quixotley", "Umbrellastrasse", "Xanadupur", "987654",
        "98450 55555", "zephyrine@", "Happy birthday dear", "behind the blue gate",
        "customizer.example/secret", "29ABCDE1234F1Z5",
    )

    def everything_personal(self, **blocks):
        item = item_json()
        item["product"]["customization"] = {
            "customizedUrl": "https://customizer.example/secret.zip"
        }
        item["fulfillment"]["packing"] = {
            "giftOption": {
                "giftMessage": "Happy birthday dear friend", "giftWrapLevel": "Classic",
            }
        }
        order = order_json(items=[item], **blocks)
        order["buyer"] = {
            "buyerName": "Zephyrine Quixotley",
            "buyerEmail": "zephyrine@marketplace.example",
            "buyerCompanyName": "Quixotley & Daughters",
        }
        order["recipient"] = {
            "deliveryAddress": {
                "name": "Zephyrine Quixotley",
                "companyName": "Quixotley & Daughters",
                "addressLine1": "Umbrellastrasse 5",
                "city": "Xanadupur",
                "stateOrRegion": "Karnataka",
                "postalCode": "987654",
                "countryCode": "IN",
                "phone": "+91 98450 55555",
            },
            "deliveryPreference": {"addressInstruction": "behind the blue gate"},
        }
        order["tax"] = {
            "taxRegistrations": [{"taxRegistrationNumber": "29ABCDE1234F1Z5"}]
        }
        return order

    def search_database(self, texts):
        """``{(table, text)}``: which tables hold one of these texts in any column."""
        self.env.flush_all()
        cr = self.env.cr
        cr.execute(
            """
            SELECT cls.relname, array_agg(att.attname), array_agg(typ.typname)
              FROM pg_class cls
              JOIN pg_attribute att ON att.attrelid = cls.oid AND att.attnum > 0
              JOIN pg_type typ ON typ.oid = att.atttypid
             WHERE cls.relkind IN ('r', 'p', 'm') AND NOT att.attisdropped
               AND cls.relnamespace = 'public'::regnamespace
               AND typ.typname IN
                   ('text', 'varchar', 'bpchar', 'name', 'json', 'jsonb', 'bytea')
          GROUP BY cls.relname
            """
        )
        found = set()
        for table, columns, types in cr.fetchall():
            line = sql.SQL(", ").join(
                sql.SQL(
                    "encode({}, 'escape')" if kind == "bytea" else "{}::text"
                ).format(sql.Identifier(table, column))
                for column, kind in zip(columns, types, strict=True)
            )
            cr.execute(
                sql.SQL(
                    "SELECT DISTINCT wanted.told FROM {}, unnest(%s) AS wanted(told)"
                    " WHERE concat_ws(' ', {}) ILIKE '%%' || wanted.told || '%%'"
                ).format(sql.Identifier(table), line),
                [list(texts)],
            )
            found.update((table, text) for (text,) in cr.fetchall())
        return found

    def test_the_search_finds_what_is_there(self):
        self.env["res.partner"].create({"name": "Zephyrine"})
        self.assertIn(("res_partner", "Zephyrine"), self.search_database(["Zephyrine"]))

    def test_nothing_personal_is_in_the_database(self):
        """S104, S110: after fetch, apply, delivery and a failure."""
        before = self.search_database(self.SECRETS)
        self.assertFalse(before)
        binding = self.receive(self.everything_personal())
        self.assertEqual(binding.state, "applied")
        personal = self.personal(binding)
        self.assertIn("Happy birthday dear friend", repr(personal))
        self.assertIn("29ABCDE1234F1Z5", repr(personal))
        picking = binding.sale_order_id.picking_ids
        picking.with_context(skip_sms=True).button_validate()
        held = order_json(2, buyer="zephyrine", items=[item_json(total="1.00")])
        self.assertEqual(self.receive(held).state, "held")
        self.assertFalse(self.search_database(self.SECRETS))

    def test_frozen_and_held_orders_tell_nothing_either(self):
        """The reason of an order that waits is read by many."""
        frozen = self.everything_personal()
        frozen["orderItems"][0]["product"]["sellerSku"] = "UNKNOWN"
        self.assertEqual(self.receive(frozen).state, "frozen")
        unknown = self.everything_personal(number=2, status="TELEPORTED")
        self.assertEqual(self.receive(unknown).state, "held")
        self.assertFalse(self.search_database(self.SECRETS))

    def test_pii_is_readable_with_the_key(self):
        personal = self.personal(self.store(self.everything_personal()))
        self.assertEqual(personal["buyer"]["name"], "Zephyrine Quixotley")
        self.assertEqual(personal["recipient"]["addressLine1"], "Umbrellastrasse 5")

    def test_expired_data_is_not_stored(self):
        """S106, S107: nothing is written past its deletion date."""
        for number, status in enumerate(("SHIPPED", "CANCELLED"), start=1):
            order = self.everything_personal(
                number=number, status=status,
                created=ago(days=40), updated=ago(days=31),
            )
            self.assertFalse(self.pii(self.store(order)), status)

    def test_data_of_open_or_recent_orders_is_stored(self):
        old = self.everything_personal(created=ago(days=40), updated=ago(days=31))
        recent = self.everything_personal(
            number=2, status="SHIPPED", created=ago(days=40), updated=ago(days=29)
        )
        for binding in self.store(old, recent):
            self.assertTrue(self.pii(binding))

    def test_expired_update_does_not_bring_it_back(self):
        binding = self.store(
            self.everything_personal(created=ago(days=50), updated=ago(days=45))
        )
        self.pii(binding).unlink()
        self.store(
            self.everything_personal(
                status="SHIPPED", created=ago(days=50), updated=ago(days=31)
            )
        )
        self.assertFalse(self.pii(binding))

    def test_missing_block_erases_nothing(self):
        """A role that was lost, or a block not asked for, is no news of the buyer."""
        binding = self.store(self.everything_personal())
        known = self.personal(binding)
        bare = order_json(buyer=None, updated=ago(hours=2))
        self.store(bare)
        self.assertEqual(self.personal(binding), known)
        half = order_json(buyer=None, updated=ago(hours=1))
        half["buyer"] = {"buyerName": "Zephyrine Married"}
        self.store(half)
        self.assertEqual(self.personal(binding)["recipient"], known["recipient"])
        self.assertEqual(self.personal(binding)["buyer"]["name"], "Zephyrine Married")

    def test_part_of_a_block_erases_nothing(self):
        """Amazon withholds the e-mail once an order is closed."""
        binding = self.store(self.everything_personal())
        part = self.everything_personal(updated=ago(hours=1))
        del part["buyer"]["buyerEmail"], part["recipient"]["deliveryPreference"]
        del part["orderItems"][0]["product"]["customization"]
        self.store(part)
        personal = self.personal(binding)
        self.assertEqual(personal["buyer"]["email"], "zephyrine@marketplace.example")
        self.assertIn("deliveryPreference", personal["recipient"])
        self.assertIn("customizedUrl", repr(personal["items"]))

    def test_coarse_address_erases_no_street(self):
        """Without the role Amazon may give city, state and country only."""
        binding = self.store(self.everything_personal())
        coarse = self.everything_personal(updated=ago(hours=1))
        coarse["recipient"] = {
            "deliveryAddress": {"city": "Xanadupur", "countryCode": "IN"}
        }
        self.store(coarse)
        recipient = self.personal(binding)["recipient"]
        self.assertEqual(recipient["addressLine1"], "Umbrellastrasse 5")

    def test_addresses_are_never_mixed(self):
        order = self.everything_personal()
        order["recipient"]["deliveryAddress"]["addressLine2"] = "Backyard"
        binding = self.store(order)
        self.store(self.everything_personal(updated=ago(hours=1)))
        self.assertNotIn("addressLine2", self.personal(binding)["recipient"])

    def test_equal_data_is_not_written_again(self):
        binding = self.store(self.everything_personal())
        before = self.pii(binding).ciphertext
        self.store(self.everything_personal(updated=ago(hours=1)))
        self.assertEqual(self.pii(binding).ciphertext, before)

    def test_moved_buyer_is_written(self):
        binding = self.store(self.everything_personal())
        moved = self.everything_personal(updated=ago(hours=1))
        moved["recipient"]["deliveryAddress"]["addressLine1"] = "New Road 1"
        self.store(moved)
        personal = self.personal(binding)
        self.assertEqual(personal["recipient"]["addressLine1"], "New Road 1")

    def test_order_without_personal_data_has_no_record(self):
        self.assertFalse(self.pii(self.store(order_json(buyer=None))))
