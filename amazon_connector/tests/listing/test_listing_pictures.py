# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...const import RECORD_RETRY_MINUTES
from ...sp_api.pictures import PictureError
from ...sync.items.pictures import LOCK_PATIENCE
from ..common import SimulatorCase

FETCH = "odoo.addons.amazon_connector.sync.items.pictures.fetch_picture"


@tagged("post_install", "-at_install")
class TestListingPictures(SimulatorCase):
    """A product that is made from a listing gets the listing's main picture."""

    def setUp(self):
        super().setUp()
        self.manager = new_test_user(
            self.env, "amazon_boss", "amazon_connector.group_manager"
        )
        self.address = f"{self.simulator.url}/_pictures/NEW.png"

    def wait(self, sku="NEW", **facts):
        vals = {"channel_id": self.channel.id, "seller_sku": sku, "title": sku}
        facts = {"image_url": self.address, **facts}
        return self.env["amazon.listing"].create({**vals, **facts})

    def confirm(self, **facts):
        listing = self.wait(**facts)
        listing.with_user(self.manager).action_confirm()
        return listing

    def fetch(self):
        self.env["amazon.listing"].search([]).picture_next_try = False
        self.run_cron("pictures_fetch")
        self.env.invalidate_all()

    def test_confirmed_products_get_it(self):
        listing = self.confirm()
        self.assertTrue(listing.picture_wanted)
        self.assertFalse(listing.product_id.image_1920, "confirming waits for nobody")
        self.fetch()
        self.assertTrue(listing.product_id.image_1920)
        self.assertFalse(listing.picture_wanted)
        self.assertFalse(listing.picture_problem)
        with patch(FETCH) as fetch:
            self.fetch()
        fetch.assert_not_called()

    def test_what_others_have_locked_is_fetched_soon(self):
        """Whoever confirms wakes the stock sync, too, which may hold the listing."""
        listing = self.confirm()
        cron = self.env.ref("amazon_connector.ir_cron_pictures_fetch")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        triggers.unlink()
        pictures = self.registry["amazon.items.pictures"]
        with patch.object(pictures, "_claim", lambda self: None):
            self.run_cron("pictures_fetch")
        self.assertTrue(listing.picture_wanted)
        again = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        wait = again.call_at - fields.Datetime.now()
        self.assertLessEqual(wait, LOCK_PATIENCE)
        again.unlink()
        self.run_cron("pictures_fetch")
        self.env.invalidate_all()
        self.assertFalse(listing.picture_wanted)
        self.assertFalse(
            self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]),
            "what is done wakes nobody",
        )

    def test_another_channel_has_one(self):
        """One product of several channels' listings; not each has a picture."""
        there = self.env["amazon.channel"].create(
            {
                "name": "Elsewhere",
                "account_id": self.account.id,
                "marketplace_id": self.env.ref("amazon_connector.marketplace_us").id,
            }
        )
        listing = self.wait(image_url=False) | self.wait(channel_id=there.id)
        listing.with_user(self.manager).action_confirm()
        self.fetch()
        self.assertTrue(listing.product_id.ensure_one().image_1920)
        self.assertFalse(listing[1].picture_wanted)

    def test_the_channels_choice(self):
        self.channel.take_pictures = False
        self.assertFalse(self.confirm().picture_wanted)

    def test_a_picture_that_is_there_stays(self):
        listing = self.confirm()
        own = b"R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs="
        listing.product_id.image_1920 = own
        before = listing.product_id.image_1920
        with patch(FETCH) as fetch:
            self.fetch()
        fetch.assert_not_called()
        self.assertEqual(listing.product_id.image_1920, before)
        self.assertFalse(listing.picture_wanted)
        with self.assertRaisesRegex(UserError, "picture already"):
            listing.with_user(self.manager).action_fetch_picture()

    def test_what_fails_for_now_is_tried_again(self):
        """Until the last try; then the item's history says why there is none."""
        listing = self.confirm()
        busy = PictureError("busy", again=True)
        with patch(FETCH, side_effect=busy) as fetch:
            for _try in RECORD_RETRY_MINUTES:
                self.fetch()
                self.assertTrue(listing.picture_wanted)
                self.assertGreater(listing.picture_next_try, fields.Datetime.now())
                self.assertFalse(listing.record_ids)
            self.run_cron("pictures_fetch")
            self.assertEqual(fetch.call_count, len(RECORD_RETRY_MINUTES), "it waits")
            self.fetch()
        self.assertFalse(listing.picture_wanted)
        self.assertIn("could not answer", listing.picture_problem)
        self.assertEqual(listing.record_ids.mapped("outcome"), ["failed"])
        self.assertEqual(listing.record_ids.reason, listing.picture_problem)

    def test_a_picture_that_kills_its_worker_is_given_up(self):
        """Nobody is left to settle the try; others have their turn before that."""
        listing = self.confirm()
        pictures = self.env["amazon.items.pictures"]
        for tries in range(1, len(RECORD_RETRY_MINUTES) + 2):
            listing.picture_next_try = False
            self.assertEqual(pictures._claim()[0], listing)
            self.assertEqual(listing.picture_attempts, tries)
        with patch(FETCH) as fetch:
            self.run_cron("pictures_fetch")
            self.assertTrue(listing.picture_wanted, "the last try may still be on")
            listing.picture_next_try = fields.Datetime.now()
            self.run_cron("pictures_fetch")
        fetch.assert_not_called()
        self.env.invalidate_all()
        self.assertFalse(listing.picture_wanted)
        self.assertIn("no picture", listing.picture_problem)
        self.assertEqual(listing.record_ids.mapped("outcome"), ["failed"])

    def test_one_failure_stops_no_other(self):
        """A private address, a page in place of a picture; the next one comes."""
        listings = [
            self.confirm(sku="A", image_url="http://192.168.1.1/a.png"),
            self.confirm(sku="B", image_url=f"{self.simulator.url}/_pictures/none"),
            self.confirm(sku="C"),
        ]
        self.fetch()
        problems = [listing.picture_problem for listing in listings]
        self.assertIn("private network", problems[0])
        self.assertIn("no picture at the address", problems[1])
        self.assertFalse(problems[2])
        self.assertTrue(listings[2].product_id.image_1920)
        runs = listings[0].record_ids.run_id | listings[1].record_ids.run_id
        self.assertEqual(len(runs), 1)

    def test_odoo_refuses_what_is_broken(self):
        listing = self.confirm()
        with patch(FETCH, return_value=b"\x89PNG\r\n\x1a\nbroken"):
            self.fetch()
        self.assertFalse(listing.product_id.image_1920)
        self.assertIn("no picture that Odoo can read", listing.picture_problem)

    def test_this_machine_is_private_too(self):
        """Only an address of one's own opens its host, and no other port of it."""
        self.account.sudo().write({"custom_api_url": "http://127.0.0.1:9/eu"})
        listing = self.confirm()
        self.fetch()
        self.assertTrue(listing.picture_problem)
        self.assertFalse(listing.product_id.image_1920)

    def test_on_hold_means_silent(self):
        listing = self.confirm()
        self.account.on_hold = True
        with patch(FETCH) as fetch:
            self.fetch()
        fetch.assert_not_called()
        self.assertTrue(listing.picture_wanted)

    def test_asked_for_by_hand(self):
        listing = self.wait()
        listing.product_id = self.product
        listing.with_user(self.manager).action_fetch_picture()
        self.fetch()
        self.assertTrue(self.product.image_1920)
        reader = new_test_user(self.env, "reader", "amazon_connector.group_user")
        with self.assertRaises(AccessError):
            listing.with_user(reader).action_fetch_picture()

    def test_thumbnails(self):
        """The product's, else Amazon's, else a placeholder."""
        listing = self.wait()
        self.assertEqual(listing.thumbnail_url, self.address)
        listing.image_url = False
        self.assertIn("placeholder", listing.thumbnail_url)
        listing.product_id = self.product
        self.assertIn(f"product.product/{self.product.id}/", listing.thumbnail_url)

    def test_each_variant_has_its_own(self):
        size = self.env["product.attribute"].create({"name": "Size"})
        values = self.env["product.attribute.value"].create(
            [{"name": name, "attribute_id": size.id} for name in ("S", "M", "L")]
        )
        line = {"attribute_id": size.id, "value_ids": [(6, 0, values.ids)]}
        shirt = self.env["product.template"].create(
            {"name": "Shirt", "attribute_line_ids": [(0, 0, line)]}
        )
        listings = self.env["amazon.listing"]
        for variant in shirt.product_variant_ids:
            address = f"{self.simulator.url}/_pictures/{variant.id}.png"
            listings |= self.wait(sku=f"V{variant.id}", image_url=address)
            listings[-1].product_id = variant
        listings.with_user(self.manager).action_fetch_picture()
        self.fetch()
        pictures = shirt.product_variant_ids.mapped("image_1920")
        self.assertEqual(len(set(pictures) - {False}), 3)
        self.assertFalse(any(listings.mapped("picture_wanted")))
