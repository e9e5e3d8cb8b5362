# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from ...models.stock import amazon_stock_level_quantity
from ...sp_api.quantities import MAX_QUANTITY
from .stock_common import StockCase


@tagged("post_install", "-at_install")
class TestStockQuantity(StockCase):
    """What Amazon is to offer of a listing; Odoo has 100 of each product."""

    # ------------------------------------------------------------------
    # Odoo's stock
    # ------------------------------------------------------------------

    def test_all_warehouses(self):
        """S12, S93, S115: without mapping the quantity is that of all warehouses."""
        self.put_stock(self.product, 7, self.other_warehouse)
        self.assertEqual(self.quantity(), 107)

    def test_what_is_reserved_or_promised_is_left_out(self):
        """S160: committed units are not sold twice, reserved or not."""
        self.sell(self.product, 30)
        self.assertEqual(self.product.free_qty, 70)
        self.assertEqual(self.quantity(), 70)
        # Promised, but nothing of it can be reserved: it is free all the same.
        self.env["stock.move"].search([("product_id", "=", self.product.id)]).filtered(
            lambda move: move.state == "assigned"
        )._do_unreserve()
        self.assertEqual(self.product.free_qty, 100)
        self.assertEqual(self.quantity(), 70)

    def test_forecast_counts_what_comes_in(self):
        self.channel.stock_basis = "forecast"
        self.receive_goods(self.product, 25)
        self.sell(self.product, 30)
        self.assertEqual(self.quantity(), 95)
        self.channel.stock_basis = "free"
        self.assertEqual(self.quantity(), 70)

    def test_negative_stock_is_zero(self):
        self.put_stock(self.product, -130)
        self.assertEqual(self.quantity(), 0)

    def test_fractions_are_not_sold(self):
        self.product.uom_id = self.env.ref("uom.product_uom_kgm")
        self.put_stock(self.product, 0.75)
        self.assertEqual(self.quantity(), 100)

    def test_packs(self):
        """100 units are 16 packs of 6; what waits in the inbox is counted in units."""
        self.listing.stock_pack_size = 6
        self.assertEqual(self.quantity(), 16)
        self.store(self.order(quantity=2))
        self.assertEqual(self.quantity(), 14)
        self.assertEqual(self.other_listing.stock_pack_size, 1)

    def test_more_than_amazon_accepts(self):
        self.put_stock(self.product, 200_000_000)
        level = self.compute(self.listing)
        self.assertEqual(level.quantity, MAX_QUANTITY)
        self.assertIn("200000100", level.quantity_note)
        self.channel.stock_maximum = 50
        self.assertEqual(self.compute(self.listing).quantity_note, False)

    def test_same_stock_for_all_listings_of_a_product(self):
        """S137: Odoo's stock is the master of every listing of the product."""
        twin = self._create_listing(self.product, seller_sku="SKU-A-TWIN")
        self.assertEqual(self.compute(self.listing, twin).mapped("quantity"), [100] * 2)
        self.assertNotEqual(self.listing.stock_level_id, twin.stock_level_id)

    # ------------------------------------------------------------------
    # Settings
    # ------------------------------------------------------------------

    def test_buffer_and_maximum(self):
        self.channel.write({"stock_buffer": 3, "stock_maximum": 90})
        self.assertEqual(self.quantity(), 90)
        self.channel.stock_maximum = 0
        self.assertEqual(self.quantity(), 97)
        self.channel.stock_buffer = 200
        self.assertEqual(self.quantity(), 0)

    def test_own_buffer_of_a_listing(self):
        """Also one of nothing, where the channel keeps something back."""
        self.channel.stock_buffer = 10
        self.listing.write({"stock_own_buffer": True, "stock_buffer_own": 0})
        self.assertEqual(self.quantity(), 100)
        self.assertEqual(self.quantity(self.other_listing), 90)

    def test_fixed_quantity(self):
        """Whatever Odoo has, orders wait or is kept back; for services, too."""
        self.channel.write({"stock_buffer": 10, "stock_maximum": 20})
        self.listing.write({"stock_policy": "fixed", "stock_fixed_quantity": 45})
        self.store(self.order(quantity=2))
        self.assertEqual(self.quantity(), 45)
        self.product.is_storable = False
        self.assertEqual(self.quantity(), 45)

    def test_handling_time(self):
        """S175: the channel's default goes along, unless the listing has its own."""
        self.assertEqual(self.compute(self.listing).handling_days, 0)
        self.channel.handling_days = 4
        self.assertEqual(self.compute(self.listing).handling_days, 4)
        self.listing.handling_days = 2
        self.assertEqual(self.compute(self.listing).handling_days, 2)
        self.listing.stock_handling_days = 7
        self.assertEqual(self.compute(self.listing).handling_days, 7)

    def test_handling_time_that_was_sent_is_not_the_listings_own(self):
        """S175: what Amazon repeats of ours does not stop the default from changing."""
        self.channel.handling_days = 4
        level = self.compute(self.listing)
        now = fields.Datetime.now()
        level.write({"sent_handling_days": 4, "sent_at": now - timedelta(days=1)})
        self.listing.write({"handling_days": 4, "read_at": now})
        self.channel.handling_days = 5
        self.assertEqual(self.compute(self.listing).handling_days, 5)
        # Somebody sets it in Seller Central.
        self.listing.handling_days = 1
        self.assertEqual(self.compute(self.listing).handling_days, 1)

    def test_handling_time_of_nothing_and_of_0(self):
        """0 is the same day; nothing leaves it to others. One table for all three."""
        cases = [
            # the listing's own choice, what it has on Amazon, the default -> sent
            (False, False, False, False),
            (False, False, 0, 0),
            (False, False, 2, 2),
            (False, 0, False, 0),
            (False, 0, 2, 0),
            (False, 3, 0, 3),
            (False, 3, 2, 3),
            (0, False, 2, 0),
            (0, 3, 2, 0),
            (7, 0, 2, 7),
            # More than Amazon takes of every product: left as it is.
            (False, 45, 2, False),
            (0, 45, 2, 0),
        ]
        for chosen, told, default, sent in cases:
            with self.subTest(chosen=chosen, told=told, default=default):
                self.listing.write(
                    {"stock_handling_days": chosen, "handling_days": told}
                )
                self.channel.handling_days = default
                days = self.compute(self.listing).handling_days
                self.assertEqual((days, days is False), (sent, sent is False))

    def test_quantity_that_amazon_did_not_tell(self):
        """0 on Amazon is a number; nothing told is none, and no difference either."""
        level = self.compute(self.listing)
        for known, told, difference in ((False, False, False), (True, 0, 100)):
            self.listing.write({"quantity_known": known, "amazon_quantity": 0})
            self.env.invalidate_all()
            for value, expected in (
                (level.amazon_quantity, told),
                (self.listing.stock_on_amazon, told),
                (level.difference, difference),
                (self.listing.stock_difference, difference),
            ):
                self.assertEqual((value, value is False), (expected, not known))
            differing = self.Level.search([("difference", "!=", 0)])
            self.assertEqual(level in differing, known)

    def test_handling_time_that_is_typed(self):
        """What a form shows and takes: empty, 0 and days."""
        for text, days in (("0", 0), (" 3 ", 3), ("", False), (False, False)):
            self.channel.handling_time = text
            self.listing.stock_handling_time = text
            self.env.invalidate_all()
            for value in (self.channel.handling_days, self.listing.stock_handling_days):
                self.assertEqual((value, value is False), (days, days is False))
            shown = str(days) if days is not False else False
            self.assertEqual(self.channel.handling_time, shown)
            self.assertEqual(
                self.channel.read(["handling_days"])[0]["handling_days"], days
            )
        for wrong in ("soon", "-1", "31", "1.5"):
            with self.assertRaisesRegex(ValidationError, "not a valid handling time"):
                self.channel.handling_time = wrong
        Channel = self.env["amazon.channel"]
        self.channel.handling_days = 0
        self.assertIn(self.channel, Channel.search([("handling_days", "=", 0)]))
        self.assertNotIn(self.channel, Channel.search([("handling_days", "=", False)]))

    # ------------------------------------------------------------------
    # What is not sent
    # ------------------------------------------------------------------

    def assert_excluded(self, listing, text):
        level = self.compute(listing)
        self.assertEqual((level.state, level.quantity), ("excluded", 0))
        self.assertIn(text, level.reason)

    def test_what_amazon_ships_never_gets_a_quantity(self):
        self.compute(self.listing)
        self.listing.fulfilled_by = "amazon"
        self.assert_excluded(self.listing, "Amazon ships it")
        self.listing.fulfilled_by = False
        self.assert_excluded(self.listing, "has not stated yet who ships it")

    def test_only_what_the_merchant_ships_gets_a_level(self):
        fba = self._create_listing(
            self.product, seller_sku="SKU-FBA", fulfilled_by="amazon"
        )
        unknown = self._create_listing(
            self.product, seller_sku="SKU-NEW", fulfilled_by=False
        )
        unlinked = self.env["amazon.listing"].create(
            {
                "channel_id": self.channel.id,
                "seller_sku": "SKU-OPEN",
                "fulfilled_by": "merchant",
            }
        )
        self.assertFalse(self.Level._ensure(fba | unknown | unlinked))

    def test_product_without_stock(self):
        """Services, and consumables that Odoo does not count."""
        self.product.is_storable = False
        self.assert_excluded(self.listing, "track it by quantity")
        self.product.is_storable = True
        self.assertEqual(self.compute(self.listing).state, "rehearsal")

    def test_set_to_send_nothing(self):
        self.listing.stock_policy = "none"
        self.assert_excluded(self.listing, "set to send nothing")

    def test_gone_or_unlinked(self):
        """S154: an unlinked listing gets no quantity any more."""
        self.compute(self.listing)
        self.listing.active = False
        self.assert_excluded(self.listing, "no longer on Amazon")
        self.listing.active = True
        self.listing.product_id = False
        self.assert_excluded(self.listing, "not linked")

    def test_archived_product_is_sold_out(self):
        self.product.action_archive()
        level = self.compute(self.listing)
        self.assertEqual((level.quantity, level.state), (0, "rehearsal"))
        self.assertIn("archived", level.quantity_note)

    # ------------------------------------------------------------------
    # States
    # ------------------------------------------------------------------

    def go_live(self):
        self.channel.stock_live = True

    def test_rehearsal_until_the_channel_is_live(self):
        self.assertEqual(self.compute(self.listing).state, "rehearsal")
        self.go_live()
        self.assertEqual(self.compute(self.listing).state, "to_send")

    def test_known_on_amazon_is_not_sent(self):
        self.go_live()
        level = self.compute(self.listing)
        level.write({"confirmed": True, "confirmed_quantity": 100})
        self.assertEqual(self.compute(self.listing).state, "confirmed")
        level._forget_confirmed()
        self.assertEqual(
            (level.state, level.confirmed, level.to_compute), ("to_send", False, True)
        )
        self.assertEqual(self.compute(self.listing).state, "to_send")

    def test_what_was_left_alone_is_not_known(self):
        """Nobody told Odoo what became of it on Amazon meanwhile: it is sent again."""
        self.go_live()
        level = self.compute(self.listing)
        for leave, come_back in (
            ({"fulfilled_by": "amazon"}, {"fulfilled_by": "merchant"}),
            ({"stock_policy": "none"}, {"stock_policy": "computed"}),
        ):
            level.write({"confirmed": True, "confirmed_quantity": 100})
            self.assertEqual(self.compute(self.listing).state, "confirmed")
            self.listing.write(leave)
            self.assertEqual(self.compute(self.listing).state, "excluded")
            self.listing.write(come_back)
            self.assertEqual(self.compute(self.listing).state, "to_send")

    def test_what_was_sent_is_not_sent_again(self):
        """Until it is confirmed, or another quantity is wanted."""
        self.go_live()
        level = self.compute(self.listing)
        level.write({"state": "sent", "sent_quantity": 100})
        self.assertEqual(self.compute(self.listing).state, "sent")
        self.put_stock(self.product, 1)
        self.assertEqual(self.compute(self.listing).state, "to_send")

    def test_rejection_stays_until_the_quantity_changes(self):
        self.go_live()
        level = self.compute(self.listing)
        level.write({"state": "rejected", "sent_quantity": 100, "reason": "No brand."})
        self.assertEqual(self.compute(self.listing).reason, "No brand.")
        self.put_stock(self.product, 1)
        level = self.compute(self.listing)
        self.assertEqual((level.state, level.reason), ("to_send", False))

    def test_unchanged_levels_are_not_written(self):
        level = self.compute(self.listing)
        level.computed_at = "2020-01-01 00:00:00"
        self.env.flush_all()
        self.env.cr.execute("SELECT xmin FROM amazon_stock_level")
        before = self.env.cr.fetchall()
        self.compute(self.listing)
        self.env.cr.execute("SELECT xmin FROM amazon_stock_level")
        self.assertEqual(self.env.cr.fetchall(), before)
        self.assertEqual(str(level.computed_at), "2020-01-01 00:00:00")

    # ------------------------------------------------------------------
    # Many
    # ------------------------------------------------------------------

    def test_queries_do_not_grow_with_the_levels(self):
        def count(number, start):
            products = self.env["product.product"].create(
                [
                    {
                        "name": f"Many {start + index}",
                        "default_code": f"MANY-{start + index}",
                        "is_storable": True,
                    }
                    for index in range(number)
                ]
            )
            listings = self.env["amazon.listing"].union(
                *(self._create_listing(product) for product in products)
            )
            levels = self.Level._ensure(listings)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            levels._compute_quantities()
            return self.cr.sql_log_count - before

        few, many = count(3, 0), count(60, 10)
        self.assertEqual(few, many)
        self.assertLess(many, 20)

    def test_chunks(self):
        """What does not fit into memory at once comes to the same."""
        self.patch(amazon_stock_level_quantity, "CHUNK", 1)
        levels = self.compute(self.listing, self.other_listing)
        self.assertEqual(levels.mapped("quantity"), [100, 100])

    def test_screen_of_a_level(self):
        level = self.compute(self.listing)
        self.assertEqual(level.display_name, "SKU-A")
        with Form(self.channel) as form:
            form.stock_buffer = 2
        self.assertEqual(self.quantity(), 98)

    def found(self, filter_name, domain=()):
        """The levels that a filter of their list shows."""
        arch = self.Level.get_view(view_type="search")["arch"]
        (node,) = etree.fromstring(arch).xpath(f"//filter[@name='{filter_name}']")
        return self.Level.search([*domain, *safe_eval(node.get("domain"))])

    def test_quantities_to_send(self):
        """The number on the channel opens as many rows."""
        to_send, confirmed = self.compute(self.listing, self.other_listing)
        to_send.state, confirmed.state = "to_send", "confirmed"
        # What is to be sent need not differ, and what differs may be sent already.
        self.listing.write({"amazon_quantity": 100, "quantity_known": True})
        self.other_listing.write({"amazon_quantity": 1, "quantity_known": True})
        (button,) = etree.fromstring(self.channel.get_view()["arch"]).xpath(
            "//button[field[@name='stock_to_send_count']]"
        )
        context = safe_eval(button.get("context"))
        action = self.channel.with_context(**context).action_open_stock()
        (name,) = action["context"]
        shown = self.found(name.removeprefix("search_default_"), action["domain"])
        self.assertEqual(shown, to_send)
        self.assertEqual(self.channel.stock_to_send_count, 1)

    def test_filter_of_what_was_not_read_for_a_day(self):
        """By the time that the list shows, whoever read it; never read is not read."""
        levels = self.compute(self.listing, self.other_listing)
        level = levels[0]
        now, before = fields.Datetime.now(), timedelta(days=2)
        other = levels - level
        other.confirmed_at = now
        for confirmed_at, read_at, is_found in (
            (False, False, True),
            (now - before, False, True),
            (False, now - before, True),
            (now - before, now, False),
            (now, now - before, False),
            (now - before, now - before, True),
        ):
            level.confirmed_at = confirmed_at
            self.listing.read_at = read_at
            with self.subTest(confirmed_at=confirmed_at, read_at=read_at):
                shown = level.amazon_seen_at
                self.assertEqual(not shown or shown < now - timedelta(days=1), is_found)
                self.assertEqual(
                    self.found("unseen", [("id", "in", levels.ids)]),
                    level if is_found else self.Level,
                )
