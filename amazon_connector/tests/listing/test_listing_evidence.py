# SPDX-License-Identifier: LGPL-3.0-or-later
"""A name or a barcode is weak evidence: what speaks against it keeps the link off."""

from odoo.tests import BaseCase, tagged

from ...tools.evidence import (
    find_condition_word,
    find_pack,
    is_amazons_own,
    is_new,
    join_condition,
)
from ..common import item_json, order_json
from .listing_common import ListingCase

PACKS = """Mug 2-pack|Mug, Pack of 3|Set of 4 mugs|Tasse 3er Pack|Tasse x 2|Tasse x2
Mug (x 6)|2 x Mug|2x Mug|Mug (2x)|Mug × 2|Lot de 2 tasses|Pack de 3 tazas
Confezione da 2 tazze|Set di 4 bicchieri|Juego de 4 vasos|Zestaw 2 kubków|Kubek 2-pak
Kubek 2 szt.|Tasse 2 Stück|Tasse, 2er-Set|Doppelpack Tasse|Twin Pack Mug
Pack of two mugs|Pack Of Twelve|マグカップ 2個セット|マグカップ 3本入り|マグ ２個セット
杯子 2件装|杯子两件套|Fincan 2'li Set|Fincan 2’li paket|Set van 2 mokken|Mok 2 stuks
Kit com 3 canecas|Caneca 2 unidades|عبوة من 3 أكواب|مجموعة من ٢ كوب|कप 2 का पैक
पैक ऑफ 2 कप|Mug 6 Pcs|Box of 12 pencils|MUG 2-PACK|Mug [3 Pack]|Multipack mugs
Mug, 12-Count|Mug (12 Count)|Mug 4 ct|Mug, quantity: 3|Qty 2 Mug|Combo of 2|Mug 1+1
Mug 2 per pack|Bag of 5|Taza 4 uds|Tasse 2-teilig|マグ×2|マグ 10個入|マグ(10個)"""
SINGLES = """Mug|Pack of 1 mug|1er Pack Tasse|1 x Mug|Set of 1|iPhone 12|Mat 10 x 20
Mat 10 x 20 cm|Mat 5 cm x 10|Lumber 2x4|2 x 4 Timber|4x4 Jeep|10x zoom lens
Puzzle 1000 pieces|Backpack 30 L|Packing Cubes|Starter Kit 2|Cream 50 ml|Six Sigma
18ct Gold Ring|9 ct white gold|HDMI 2入力|5+ years|C++ 11
Vitamin B12 100 pcs|XBox 360|Onset|Handy 5.5 pack|Cable 1.5 x 2 m|3D printer"""
USED_TITLES = """Kindle (Renewed)|Mug - Used|Mug, gebraucht|Livre d'occasion
iPhone reconditionné|Telefono ricondizionato|Móvil reacondicionado|カメラ 中古|二手 相机
Telefon używany|Telefon ikinci el|هاتف مستعمل|Mug Like New|Open Box Mug
Generalüberholtes Handy|Tweedehands boek|Begagnad bok|Celular seminovo|(Collectible)
Mug — Used|Mug *USED*|Mug/Used|USED Mug|Mug Used|Mug (Very Good)|Mug - Acceptable
Tasse, Vorführgerät|Tasse 2. Wahl|Kundenretoure: Tasse
Mug (Warehouse Deal)|Bögre használt"""
USED_SKUS = """used_very_good|ABC-USED|ABC_UsedLikeNew|REFURB-1|X-open-box|MUG-B-Ware
MUG.like.new|MUG RENEWED|graded-7|MUG-2nd-hand"""
NEW_TEXTS = """SKU-A|FUSED-1|UNUSED|Fused glass|The Good, the Bad|Good: a book
Tool used for cutting|Goodnight
Ocasión especial: Vestido|Collectible cards game|Vermont|Mousepad|Refuge"""


def table(text):
    return [cell for line in text.splitlines() for cell in line.split("|")]


@tagged("post_install", "-at_install")
class TestEvidence(BaseCase):
    def test_packs_in_many_languages(self):
        for title in table(PACKS):
            self.assertTrue(find_pack(title), title)

    def test_sizes_and_models_are_no_packs(self):
        for title in table(SINGLES):
            self.assertFalse(find_pack(title), title)

    def test_words_of_a_condition(self):
        for title in table(USED_TITLES):
            self.assertTrue(find_condition_word("A", title), title)
        for sku in table(USED_SKUS):
            self.assertTrue(find_condition_word(sku, "Mug"), sku)
        for text in table(NEW_TEXTS):
            self.assertFalse(find_condition_word("A", text), text)
            self.assertFalse(find_condition_word(text.replace(" ", ""), "Mug"), text)
        self.assertFalse(find_condition_word("A", "Used by professionals"))
        self.assertFalse(find_condition_word(None, None))

    def test_codes_of_a_condition(self):
        for told in ("new_new", "New", "11", "new_oem", "NEW, NEW"):
            self.assertIs(is_new(told), True, told)
        # Nothing is known of the last one: it is not taken for new.
        for told in ("used_good", "UsedLikeNew", "new_open_box", "club_club", "9"):
            self.assertIs(is_new(told), False, told)
        for told in (None, "", " "):
            self.assertIsNone(is_new(told))

    def test_conditions_of_orders(self):
        for told, word in (
            (("NEW", "NEW"), "new_new"),
            (("NEW", None), "new_new"),
            (("USED", "VERY_GOOD"), "used_very_good"),
            (("Used", "Mint"), "used_like_new"),
            (("REFURBISHED", "REFURBISHED"), "refurbished_refurbished"),
            (("COLLECTIBLE", "GOOD"), "collectible_good"),
            ((None, None), None),
        ):
            self.assertEqual(join_condition(*told), word)

    def test_skus_that_amazon_makes(self):
        for sku in ("amzn.gr.X-LN", "AMZN.GR.x", " amzn.gr.y", "Amazon.Found.B0X"):
            self.assertTrue(is_amazons_own(sku), sku)
        for sku in ("AMZN-1", "amazon-mug", "amazonite", "my.amzn.gr", "", None):
            self.assertFalse(is_amazons_own(sku), sku)


@tagged("post_install", "-at_install")
class TestListingObjections(ListingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.match_by_barcode = True
        cls.name = cls.product.name

    def assert_waits(self, reason, sku="NEW", **facts):
        listing = self.match(sku, **facts)
        self.assertEqual((listing.state, listing.product_id.id), ("unconfirmed", False))
        self.assertRegex(listing.reason, reason)
        self.assertIn("by hand", listing.reason)
        return listing

    def test_used_is_not_linked_by_name_or_barcode(self):
        self.product.barcode = "4006381333931"
        for number, condition in enumerate(
            ("used_very_good", "collectible_good", "refurbished_refurbished", "9")
        ):
            self.assert_waits(
                condition.replace("_", " "),
                f"N{number}",
                title=self.name,
                condition=condition,
            )
            self.assert_waits(
                "this barcode",
                f"B{number}",
                barcode="4006381333931",
                condition=condition,
            )
        new = self.match("NEW", title=self.name, condition="new_new")
        self.assertEqual(new.product_id, self.product)

    def test_words_speak_as_codes_do(self):
        self.assert_waits("used_very_good", "used_very_good", title=self.name)
        self.product.name = "Kindle (Renewed)"
        self.assert_waits("renewed", title="Kindle (Renewed)", condition="new_new")
        self.product.name = "Mug, Pack of 3"
        self.assert_waits("pack of 3", "NEW-3", title="Mug, Pack of 3")
        self.assert_waits(
            "2er-set",
            "NEW-4",
            title=self.other_product.name,
            variation_values=[["Farbe", "Rot"], ["Größe", "2er-Set"]],
        )

    def test_equal_sku_is_the_sellers_own_word(self):
        self.product.default_code = "MUG-USED"
        listing = self.match("MUG-USED", title="Mug 2-pack", condition="used_good")
        self.assertEqual(listing.product_id, self.product)

    def test_amazons_own_skus_are_never_linked(self):
        """Grade and Resell would consume the new article."""
        self.assert_waits("created this SKU itself", "amzn.gr.SKU-A-1", title=self.name)
        self.product.default_code = "amzn.gr.SKU-A-2"
        graded = self.assert_waits("created this SKU itself", "amzn.gr.SKU-A-2")
        # Once somebody said what it is, that goes for the other marketplaces.
        graded.product_id = self.product
        abroad = self.list_on_amazon("amzn.gr.SKU-A-2", self.create_channel())
        self.matcher._match_new(abroad)
        self.assertEqual(abroad.product_id, self.product)

    def test_another_parent_or_item(self):
        self.match("SKU-A", asin="B01", parent_sku="P1")
        self.assert_waits("another parent", title=self.name, parent_sku="P2")
        same = self.match("N3", title=self.name, asin="B01", parent_sku="P1")
        self.assertEqual(same.product_id, self.product)
        self.assert_waits("another item", "N2", title=self.name, asin="B02")

    def test_name_that_amazon_has_for_several_items(self):
        """Variations may all carry their parent's title."""
        red = self.list_on_amazon("RED", title=self.name, asin="B01")
        blue = self.list_on_amazon("BLUE", title=self.name, asin="B02")
        self.assertFalse(self.matcher._match_new(red | blue))
        self.assertIn("Several items", red.reason)
        self.product.barcode = "4006381333931"
        for listing in (red, blue):
            listing.write({"title": "Mug", "barcode": "04006381333931"})
        self.assertFalse(self.matcher._match_new(red | blue))
        blue.asin = "B01"
        self.assertEqual(self.matcher._match_new(red | blue), red | blue)

    def test_products_that_are_no_goods_or_ambiguous(self):
        self.product.type = "service"
        self.assert_waits("not a product that can be sold", title=self.name)
        self.assertEqual(self.match("SKU-A").product_id, self.product)
        self.other_product.sale_ok = False
        self.assert_waits("not a product", "N2", title=self.other_product.name)
        old = self._create_product("SKU-C", name="Mug")
        self._create_product("SKU-D", name="Mug")
        old.active = False
        self.assert_waits("archived product also has it", "N3", title="Mug")

    def test_objection_comes_before_new_products(self):
        self.channel.new_product_policy = "create"
        self.assert_waits("used good", title=self.name, condition="used_good")

    def test_mended_cause_lets_it_link(self):
        listing = self.assert_waits("used", title=self.name, condition="used_good")
        listing.condition = "new_new"
        self.matcher._match_new(listing)
        self.assertEqual((listing.state, listing.reason), ("linked", False))

    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------

    def order(self, number, sku, condition=None):
        item = item_json(sku)
        item["product"]["title"] = self.name
        if condition:
            kind, subtype = condition
            item["product"]["condition"] = {
                "conditionType": kind,
                "conditionSubtype": subtype,
            }
        return self.receive(order_json(number, items=[item]))

    def test_orders_bring_the_condition(self):
        used = self.order(1, "B-1", ("USED", "VERY_GOOD"))
        self.assertEqual(used.state, "frozen")
        self.assertEqual(used.line_ids.listing_id.condition, "used_very_good")
        self.assertIn("used very good", used.line_ids.listing_id.reason)
        new = self.order(2, "B-2", ("NEW", "NEW"))
        self.assertEqual(
            (new.state, new.line_ids.product_id.id), ("applied", self.product.id)
        )
        self.assertEqual(self.order(3, "B-3").state, "applied")
        self.assertEqual(self.order(4, "amzn.gr.B-4").state, "frozen")

    def test_order_completes_what_a_listing_does_not_say(self):
        self.channel.match_by_name = False
        first = self.order(1, "B-1")
        listing = first.line_ids.listing_id
        self.assertFalse(listing.condition)
        self.channel.match_by_name = True
        self.order(2, "B-1", ("REFURBISHED", "REFURBISHED"))
        self.assertEqual(listing.state, "unconfirmed")
        self.assertEqual(listing.condition, "refurbished_refurbished")
        # A report may have said otherwise: the worse word counts.
        listing.condition = "new_new"
        self.order(3, "B-1", ("USED", "GOOD"))
        self.assertIn("used good", listing.reason)
