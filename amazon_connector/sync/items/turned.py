# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the items sync learns that quantities depend on: who ships, handling time."""

import json

from odoo import api, models
from odoo.tools import SQL


class AmazonSyncItems(models.AbstractModel):
    _inherit = "amazon.sync.items"

    @api.model
    def _record_turned_facts(self, channel, rows):
        """Note linked listings that are shipped or handled otherwise now."""
        self._record_turned(
            channel,
            SQL(
                """
                jsonb_to_recordset(%s)
                AS told (seller_sku varchar, fulfilled_by varchar,
                         handling_days integer)
                """,
                json.dumps(
                    [
                        {
                            name: row.get(name)
                            for name in ("seller_sku", "fulfilled_by", "handling_days")
                        }
                        for row in rows
                    ]
                ),
            ),
            SQL(
                "(told.fulfilled_by, told.handling_days) IS DISTINCT FROM"
                " (listing.fulfilled_by, listing.handling_days)"
            ),
        )

    @api.model
    def _record_turned_rows(self, channel):
        """Note linked listings that a report calls shipped otherwise, or back."""
        self._record_turned(
            channel,
            SQL("amazon_items_row told"),
            SQL(
                "told.fulfillment_channel IS NOT NULL AND told.fulfillment_channel"
                " IS DISTINCT FROM listing.fulfillment_channel"
            ),
        )

    @api.model
    def _record_turned(self, channel, told, differs):
        """Note linked listings of which ``told`` says something that ``differs``."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT listing.id
                  FROM %(told)s
                  JOIN amazon_listing listing
                    ON listing.channel_id = %(channel)s
                   AND listing.seller_sku = told.seller_sku
                 WHERE listing.state = 'linked'
                   AND (listing.active IS NOT TRUE OR (%(differs)s))
                """,
                told=told,
                channel=channel.id,
                differs=differs,
            )
        )
        if rows:
            listings = self.env["amazon.listing"].browse([row[0] for row in rows])
            self.env["amazon.stock.change"]._record_listings(listings, "setting")
