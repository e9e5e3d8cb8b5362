# SPDX-License-Identifier: LGPL-3.0-or-later
from base64 import b64encode
from datetime import timedelta
from functools import partial

from PIL.Image import DecompressionBombError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...const import RECORD_RETRY_MINUTES
from ...sp_api.pictures import PictureError, fetch_picture

# After so long a listing that others had locked is looked at again.
LOCK_PATIENCE = timedelta(seconds=10)


class AmazonItemsPictures(models.AbstractModel):
    """Listings' pictures, for the products that were made from them.

    One by one: a listing is stamped and committed, its picture fetched with no
    transaction open, and stored in another one. Whoever is killed in between leaves a
    listing that is tried again later.
    """

    _name = "amazon.items.pictures"
    _description = "Amazon Items: Pictures"

    @api.model
    def _cron_fetch(self):
        """Fetch one picture after the other, until none waits or time is up."""
        base = self.env["amazon.sync.base"]
        if base._leave_to_next_round():
            return
        runs = {}
        base._transact(partial(self._give_up, runs))
        while found := base._transact(self._claim):
            listing, url, own_url = found
            content = reason = None
            try:
                content = url and fetch_picture(url, own_url)
            except PictureError as error:
                reason = error
            settle = partial(self._settle, listing, content, reason, runs)
            base._transact(settle)
            if not self.env["ir.cron"]._commit_progress(1, remaining=1):
                break
        else:
            if moment := self._get_next_try():
                self.env["amazon.listing"]._wake_pictures(moment)
            self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _get_condition(self):
        """SQL that is true of a ``listing`` whose picture may be fetched."""
        return SQL(
            """
                listing.picture_wanted IS TRUE
            AND listing.image_url IS NOT NULL AND listing.product_id IS NOT NULL
            AND account.active
            AND account.state = 'connected' AND account.on_hold IS NOT TRUE
            """
        )

    @api.model
    def _give_up(self, runs):
        """Ask no more for pictures that ended the worker each time.

        A try that ends otherwise is settled, the last one for good: who has had more
        took its workers along.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT listing.id
                  FROM amazon_listing listing
                 WHERE listing.picture_wanted IS TRUE
                   AND listing.picture_attempts > %s
                   AND listing.picture_next_try <= %s
                   FOR NO KEY UPDATE OF listing SKIP LOCKED
                """,
                len(RECORD_RETRY_MINUTES),
                fields.Datetime.now(),
            )
        )
        for listing in self.env["amazon.listing"].browse(id_ for (id_,) in rows):
            self._settle(listing, None, PictureError("kind"), runs)

    @api.model
    def _claim(self):
        """Take the next listing, and have it tried again should this worker end.

        :return: ``(listing, address, private address that is allowed)``, without an
            address when its product has a picture by now; None when none waits
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT listing.id
                  FROM amazon_listing listing
                  JOIN amazon_account account ON account.id = listing.account_id
                 WHERE %s AND COALESCE(listing.picture_next_try, %s) <= %s
              ORDER BY listing.picture_next_try NULLS FIRST, listing.id
                 LIMIT 1
                   FOR NO KEY UPDATE OF listing SKIP LOCKED
                """,
                self._get_condition(),
                *[fields.Datetime.now()] * 2,
            )
        )
        if not rows:
            return None
        listing = self.env["amazon.listing"].browse(rows[0][0])
        step = min(listing.picture_attempts, len(RECORD_RETRY_MINUTES) - 1)
        pause = timedelta(minutes=RECORD_RETRY_MINUTES[step])
        listing.write(
            {
                "picture_attempts": listing.picture_attempts + 1,
                "picture_next_try": fields.Datetime.now() + pause,
            }
        )
        account = listing.account_id
        own_url = account.environment == "custom" and account._get_endpoint().api_url
        url = not listing._has_picture() and listing.image_url
        return listing, url, own_url

    @api.model
    def _settle(self, listing, content, error, runs):
        """Store the picture, or why there is none.

        :param runs: ``{account: run}`` of the history that this round has made
        """
        if not listing.exists() or not listing.picture_wanted:
            return
        if content and listing.product_id and not listing._has_picture():
            error = self._store(listing, content)
        if (
            error
            and error.again
            and listing.picture_attempts <= len(RECORD_RETRY_MINUTES)
        ):
            return
        problem = error and self._explain(error)
        listing.write(
            {
                "picture_wanted": False,
                "picture_next_try": False,
                "picture_attempts": 0,
                "picture_problem": problem,
            }
        )
        if problem:
            self._record(listing, problem, runs)

    @api.model
    def _store(self, listing, content):
        """Give the picture to the product; returns what is wrong with it, else None."""
        try:
            with self.env.cr.savepoint():
                listing.product_id.image_1920 = b64encode(content)
        except (UserError, OSError, ValueError, DecompressionBombError):
            # Odoo takes no picture that is broken or of too many pixels.
            return PictureError("kind")
        return None

    @api.model
    def _record(self, listing, problem, runs):
        """Tell it in the history, in one run of an account and round."""
        account = listing.account_id
        run = runs.get(account.id)
        if not run:
            now = fields.Datetime.now()
            run = runs[account.id] = self.env["amazon.sync.run"].create(
                {
                    "account_id": account.id,
                    "channel_ids": [(6, 0, listing.channel_id.ids)],
                    "kind": "items",
                    "state": "done",
                    "started_at": now,
                    "ended_at": now,
                    "message": self.env._("Pictures of new products."),
                }
            )
        matcher = self.env["amazon.items.matcher"]
        matcher._record_listings(run, listing.ids, "failed", problem)

    @api.model
    def _get_next_try(self):
        """When a picture is to be fetched next; None for never.

        What is due by now is locked by somebody, and was passed over.
        """
        soon = fields.Datetime.now() + LOCK_PATIENCE
        rows = self.env.execute_query(
            SQL(
                """
                SELECT min(GREATEST(listing.picture_next_try, %s))
                  FROM amazon_listing listing
                  JOIN amazon_account account ON account.id = listing.account_id
                 WHERE %s
                """,
                soon,
                self._get_condition(),
            )
        )
        return rows[0][0]

    @api.model
    def _explain(self, error):
        texts = {
            "address": self.env._("The picture's address on Amazon cannot be used."),
            "private": self.env._(
                "The picture's address on Amazon leads into a private network: nothing "
                "was fetched."
            ),
            "missing": self.env._("Amazon has no picture at the address it gives."),
            "refused": self.env._("Amazon did not hand out the picture."),
            "kind": self.env._("What Amazon sent is no picture that Odoo can read."),
            "large": self.env._("The picture is too large."),
            "slow": self.env._("The picture came too slowly."),
            "unreachable": self.env._("The picture's server could not be reached."),
            "busy": self.env._("The picture's server could not answer."),
        }
        return texts[error.reason]
