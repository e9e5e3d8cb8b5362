# SPDX-License-Identifier: LGPL-3.0-or-later
"""Quantities that leave one by one."""

import time
from functools import partial

from odoo import api, models
from odoo.tools import SQL

from ...models.stock.handling_time import choose_sent
from ...sp_api import AmazonError, BadRequestError, NotFoundError
from ..engine.base import SyncStopped

# So many are lost from memory at most when a worker is killed.
CHUNK = 25


class AmazonSyncStock(models.AbstractModel):
    """Source: ``patchListingsItem`` (Listings Items API 2021-08-01)."""

    _inherit = "amazon.sync.stock"

    @api.model
    def _find_to_send(self, account, limit, channel=None):
        """Levels whose quantity is to leave; what could be oversold goes first.

        None whose listing turned since it was computed: a quantity would make an offer
        of Amazon's stock one of the merchant's.
        """
        return self.env["amazon.stock.level"]._find_ruled(
            account,
            SQL(
                """
                level.state = 'to_send' AND level.to_compute IS NOT TRUE
                AND listing.fulfilled_by = 'merchant' AND listing.state = 'linked'
                AND listing.active AND listing.product_id = level.product_id
                AND channel.active AND channel.stock_live AND %s
                """,
                SQL("channel.id = %s", channel.id) if channel else SQL("TRUE"),
            ),
            order=SQL(
                "level.quantity = 0 DESC,"
                " level.quantity < COALESCE(level.sent_quantity, 0) DESC, level.id"
            ),
            limit=limit,
        )

    @api.model
    def _send_patches(self, task, listings, deadline):
        """Send what waits, at the pace that Amazon grants.

        :return: whether nothing waits any more
        """
        while values := self._transact_leased(task, partial(self._take_some, task)):
            self._patch_some(task, listings, values, deadline)
            if time.monotonic() > deadline:
                return False
        return True

    @api.model
    def _take_some(self, task):
        """:return: ``[(level id, quantity, days, SKU, marketplace, product type)]``"""
        levels = self._find_to_send(task.account_id, CHUNK)
        levels._announce()
        return [
            (
                level.id,
                level.quantity,
                choose_sent(
                    level.handling_days,
                    level.own_handling_days,
                    level.sent_handling_days,
                ),
                level.seller_sku,
                level.channel_id.marketplace_id.amazon_code,
                level._get_listing().product_type or None,
            )
            for level in levels
        ]

    @api.model
    def _patch_some(self, task, listings, values, deadline):
        """Send values until the time is up; what Amazon said is kept whatever comes."""
        answers = []
        try:
            for value in values:
                call = partial(_patch, listings, value)
                answers.append((value, self._call(task, call)))
                if time.monotonic() > deadline:
                    break
        except (AmazonError, SyncStopped):
            self.env.cr.rollback()
            self._store_answers(task, answers)
            raise
        self._store_answers(task, answers)

    @api.model
    def _store_answers(self, task, answers):
        if answers:
            self._transact_leased(task, partial(self._note_answers, task, answers))

    @api.model
    def _note_answers(self, task, answers):
        Level = self.env["amazon.stock.level"]
        run = self._get_run(task)
        run.page_count += len(answers)
        taken, records = [], []
        levels = Level.browse([value[0] for value, _refusal in answers])
        for level, (value, refusal) in zip(levels, answers, strict=True):
            if refusal:
                level._reject(refusal)
                records.append((level, "failed", refusal))
            else:
                taken.append(value[:3])
                records.append((level, "updated", self._describe_sent(level, value)))
        self._record(run, records)
        Level._note_sent(taken, "patch")

    @api.model
    def _describe_sent(self, level, value):
        if not level.confirmed_at:
            return self.env._("%s sent.", value[1])
        return self.env._(
            "%(seen)s on Amazon, %(sent)s sent.",
            seen=level.confirmed_quantity,
            sent=value[1],
        )


def _patch(listings, value):
    """Send one quantity.

    :return: why Amazon refuses it, None when it is accepted
    """
    _id, quantity, days, sku, marketplace, product_type = value
    try:
        result = listings.patch_quantity(
            sku, [marketplace], product_type, quantity, days
        )
    except (BadRequestError, NotFoundError, ValueError) as error:
        return str(error)
    if result.is_accepted:
        return None
    return describe_issues(result.errors) or result.status


def describe_issues(issues):
    """Amazon's issues, a line each with its code."""
    return "\n".join(
        " ".join(filter(None, [issue.code and f"{issue.code}:", issue.message]))
        for issue in issues
    )
