# SPDX-License-Identifier: LGPL-3.0-or-later
"""The brake: a mistake in Odoo must not take a whole shop off Amazon."""

from odoo import api, models
from odoo.tools import SQL

# More than this share of what buyers can buy, and more than so many listings.
SHARE, COUNT = 0.2, 10


class AmazonStockBrake(models.AbstractModel):
    """Hold back quantities of zero that look like a mistake, and ask.

    Held are only the zeroes; all else goes on, as fewer units than Amazon shows would
    otherwise be oversold. What is fixed by hand at zero is no mistake.
    """

    _name = "amazon.stock.brake"
    _description = "Amazon Stock: Brake"

    @api.model
    def _hold_back(self, account):
        """Hold zeroes back and ask about them.

        :return: how many are newly held
        """
        zeroes = self._find_zeroes(account)
        if not zeroes:
            return 0
        never = self._find_never_stocked(zeroes)
        too_many = self._find_too_many(zeroes - never)
        for levels, brake, reason in (
            (
                never,
                "never",
                self.env._(
                    "Its product never had stock in Odoo, but has stock on Amazon. "
                    "Decide whether Amazon should show 0."
                ),
            ),
            (
                too_many,
                "share",
                self.env._(
                    "Too many listings would become 0 at once. Decide whether Amazon "
                    "should show 0."
                ),
            ),
        ):
            levels.write({"state": "held", "brake": brake, "reason": reason})
        for channel in (never | too_many).channel_id:
            channel._ask_about_held()
        return len(never | too_many)

    @api.model
    def _find_zeroes(self, account):
        """Levels that would take the last units off Amazon, undecided yet."""
        return self.env["amazon.stock.level"]._find_ruled(
            account,
            SQL(
                """
                level.state = 'to_send' AND level.quantity = 0
                AND level.to_compute IS NOT TRUE AND level.brake_decision IS NULL
                AND listing.amazon_quantity > 0 AND listing.stock_policy = 'computed'
                """
            ),
        )

    @api.model
    def _find_never_stocked(self, zeroes):
        """Those of which the account's company never had any; see the product."""
        never = self.env["product.product"]._find_never_stocked(
            zeroes.company_id, zeroes.product_id.ids
        )
        return zeroes.filtered(lambda level: level.product_id in never)

    @api.model
    def _find_too_many(self, zeroes):
        """All zeroes of the channels where they are too many."""
        held = zeroes.browse()
        for channel, levels in zeroes.grouped("channel_id").items():
            if len(levels) <= COUNT:
                continue
            if len(levels) > SHARE * channel._count_buyable():
                held |= levels
        return held
