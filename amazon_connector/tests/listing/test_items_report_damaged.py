# SPDX-License-Identifier: LGPL-3.0-or-later
import random

from odoo.tests import BaseCase, tagged

from ...sp_api import BadRequestError, Listings
from ...tools.lossy import can_hold, is_damaged, may_be, repair
from ..common import item_json, order_json
from .items_common import ItemsCase, report_row, report_text

YELLOW, LACONIC = "KUBEK-ŻÓŁTY", "KUBEK-ŁÓŃTY"
LOSSY = "KUBEK-?Ó?TY"


@tagged("post_install", "-at_install")
class TestLossy(BaseCase):
    def test_what_a_damaged_sku_may_be(self):
        for damaged, real in (
            (LOSSY, YELLOW),
            (LOSSY, LACONIC),
            ("??-1", "茶壺-1"),
            ("KUBEK-\ufffd\ufffdTY", "KUBEK-ŻTY"),
            (YELLOW.encode().decode("cp1252", "replace"), YELLOW),
            ("BÃ¼gel", "Bügel"),
            ("WHY?", "WHY?"),
        ):
            self.assertTrue(is_damaged(damaged), damaged)
            self.assertTrue(may_be(damaged, real), (damaged, real))

    def test_what_it_may_not_be(self):
        for damaged, real in (
            (LOSSY, "KUBEK-ZOLTY"),
            (LOSSY, "KUBEK-ŻÓŁT"),
            (LOSSY, "KUBEK-ŻŻŁTY"),
            ("WHY?", "WHYA"),
            ("?-1", "茶壺-1"),
        ):
            self.assertFalse(may_be(damaged, real), (damaged, real))
        for sku in ("SKU-A", "SÃO-1", YELLOW, "茶壺-1", "Bügel", "£-5"):
            self.assertFalse(is_damaged(sku), sku)
            self.assertIsNone(repair(sku))

    def test_whatever_a_charset_does(self):
        """What was lost shows, and still fits what it was."""
        choice = random.Random(12)
        for _example in range(500):
            length = choice.randint(1, 12)
            sku = "".join(choice.choices("AZ-09 ?ŻÓŁüß茶壺€😀", k=length))
            lossy = sku.encode("cp1252", "replace").decode("cp1252")
            twice = sku.encode().decode("latin-1")
            for damaged in (lossy, twice, sku.encode("ascii", "replace").decode()):
                if damaged != sku:
                    self.assertTrue(is_damaged(damaged), damaged)
                    self.assertTrue(may_be(damaged, sku), (damaged, sku))

    def test_what_a_charset_cannot_name(self):
        self.assertFalse(can_hold("cp1252", YELLOW))
        self.assertTrue(can_hold("cp1252", "Bügel"))
        self.assertTrue(can_hold("utf-8", YELLOW))


@tagged("post_install", "-at_install")
class TestDamagedRows(ItemsCase):
    """A report in a charset that lacks characters of SKUs names none of them."""

    def cp1252(self, *rows):
        """The next complete report, in Windows-1252 with question marks."""
        if self.last_report():
            self.next_night()
        self.content = report_text(*rows).encode("cp1252", "replace")
        self.run_items()
        return self.last_report()

    def row(self, sku, asin="B000000001", listing_id="L1", **cells):
        return report_row(
            sku, asin1=asin, product_id=asin, listing_id=listing_id, **cells
        )

    def skus(self):
        return self.listings().mapped("seller_sku")

    def settle(self):
        """Everything is a day old, and read."""
        self.run_items()
        self.next_night()

    def test_first_report_makes_no_phantoms(self):
        """S33: both cups come in by their ASIN, under their own SKUs."""
        self.put(YELLOW, title="Cup", asin="B00000000A")
        self.put(LACONIC, title="Bowl", asin="B00000000B")
        self.put("PLAIN", title="Plate", asin="B00000000C")
        self.cp1252(
            self.row(YELLOW, "B00000000A"),
            self.row(LACONIC, "B00000000B", "L2"),
            self.row("PLAIN", "B00000000C", "L3"),
        )
        self.assertCountEqual(self.skus(), [YELLOW, LACONIC, "PLAIN"])
        self.assertFalse(self.account.activity_ids.filtered("amazon_alert"))
        self.assertFalse(self.items.cursor_ids.query)

    def test_linked_listing_is_neither_gone_nor_stale(self):
        self.put(YELLOW, title="Cup", asin="B00000000A")
        self.put(LACONIC, title="Bowl", asin="B00000000B")
        self.load(self.row(YELLOW, "B00000000A"), self.row(LACONIC, "B00000000B", "L2"))
        self.settle()
        listing = self.listing(YELLOW)
        listing.product_id = self.product
        self.no_details()
        self.cp1252(
            self.row(YELLOW, "B00000000A", price="7.00", item_name="Ż cup"),
            self.row(LACONIC, "B00000000B", "L2", price="8.00"),
        )
        self.assertCountEqual(self.skus(), [YELLOW, LACONIC])
        self.assertEqual((listing.state, listing.price), ("linked", 7.0))
        self.assertEqual(listing.title, "Cup")
        self.assertEqual(self.listing(LACONIC).price, 8.0)

    def test_listing_number_tells_same_asins_apart(self):
        self.put(YELLOW, LACONIC, asin="B00000000A")
        self.load(self.row(YELLOW, "B00000000A"), self.row(LACONIC, "B00000000A", "L2"))
        self.settle()
        self.no_details()
        self.cp1252(
            self.row(LACONIC, "B00000000A", "L2", price="8.00"),
            self.row(YELLOW, "B00000000A", price="7.00"),
        )
        self.assertEqual(self.listing(YELLOW).price, 7.0)
        self.assertEqual(self.listing(LACONIC).price, 8.0)
        self.assertCountEqual(self.skus(), [YELLOW, LACONIC])

    def test_what_a_charset_drops_is_asked_for(self):
        """The report lacks both; Amazon still has one of them."""
        self.put(YELLOW, LACONIC, "PLAIN")
        self.load(*(self.row(sku) for sku in (YELLOW, LACONIC, "PLAIN")))
        self.settle()
        self.simulator.delete_listing("IN", LACONIC)
        self.listing(YELLOW).product_id = self.product
        self.cp1252(self.row("PLAIN"))
        self.assertCountEqual(self.skus(), [YELLOW, "PLAIN"])
        self.assertEqual(self.listing(YELLOW).state, "linked")
        self.assertFalse(self.listing(LACONIC).active)
        self.assertFalse(self.account.activity_ids.filtered("amazon_alert"))

    def test_ambiguous_row_removes_nothing(self):
        """One row of two twins is left: Amazon says which."""
        self.put(YELLOW, LACONIC)
        self.load(self.row(YELLOW, listing_id=""), self.row(LACONIC, listing_id=""))
        self.settle()
        self.simulator.delete_listing("IN", LACONIC)
        self.content = report_text(self.row(LOSSY, listing_id="")).encode()
        self.run_items()
        self.assertEqual(self.skus(), [YELLOW])

    def test_real_question_marks(self):
        """The SKU is what it looks like: Amazon knows it by getListingsItem."""
        self.put("WHY?", title="Book")
        self.load(self.row("WHY?"))
        self.assertEqual(self.skus(), ["WHY?"])
        self.settle()
        self.no_details()
        self.load(self.row("WHY?", price="3.00"))
        self.assertEqual(self.listing("WHY?").price, 3.0)
        self.load(self.row("OTHER"))
        self.assertFalse(self.listing("WHY?").active)

    def test_question_mark_of_another_listing(self):
        """Its number tells that the row is not the listing of that very SKU."""
        self.put("WHY?", "WHYŻ", asin="B000000001")
        self.load(self.row("WHY?"), self.row("WHYŻ", listing_id="L2"))
        self.load(self.row("WHY?"), self.row("WHYŻ", listing_id="L2"))
        self.settle()
        self.no_details()
        self.cp1252(self.row("WHYŻ", listing_id="L2", price="3.00"))
        self.assertEqual(self.listing("WHYŻ").price, 3.0)
        self.assertNotEqual(self.listing("WHY?").price, 3.0)

    def test_nobody_knows_it(self):
        """A phantom of an earlier report goes; nothing is made of the row."""
        self.env["amazon.listing"].create(
            {"channel_id": self.channel.id, "seller_sku": LOSSY}
        )
        self.put("PLAIN")
        self.pass_time(days=1)
        self.load(self.row("PLAIN"), self.row(LOSSY))
        self.assertEqual(self.skus(), ["PLAIN"])
        record = self.records("skipped").filtered(lambda one: one.name == LOSSY)
        self.assertIn("B000000001", record.reason)

    def test_amazon_refuses_the_question(self):
        """The channel goes on, and the history tells."""
        self.put("PLAIN")

        def refuse(_listings, asins, _marketplace):
            raise BadRequestError("No such ASIN", operation="searchListingsItems")

        self.patch(Listings, "find_by_asin", refuse)
        self.load(self.row("PLAIN"), self.row(LOSSY, "not an ASIN"), self.row("?-2"))
        self.assertEqual(self.skus(), ["PLAIN"])
        self.assertFalse((self.items.cursor_ids.query or {}).get("damaged"))
        self.assertIn("No such ASIN", self.records("failed").reason)

    def test_unreadable_bytes_and_mojibake(self):
        self.put(YELLOW, title="Cup", asin="B00000000A")
        self.load(self.row(YELLOW, "B00000000A"))
        self.settle()
        self.no_details()
        for number, damaged in enumerate(
            (
                "KUBEK-\ufffdÓ\ufffdTY",
                YELLOW.encode().decode("cp1252", "replace"),
                LOSSY.encode().decode("cp1252"),
            )
        ):
            self.load(self.row(damaged, "B00000000A", price=f"{number + 1}.00"))
            self.assertEqual(self.skus(), [YELLOW])
            self.assertEqual(self.listing(YELLOW).price, number + 1)

    def test_orders_keep_their_listing(self):
        """What an order named is known for sure, whatever it looks like."""
        binding = self.receive(order_json(items=[item_json("ODD?")]))
        self.no_details()
        self.pass_time(days=1)
        self.load(self.row("ODD?", price="2.00"))
        self.assertEqual(binding.line_ids.listing_id.price, 2.0)
