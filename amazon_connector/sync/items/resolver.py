# SPDX-License-Identifier: LGPL-3.0-or-later
"""What rows of a complete report may mean whose SKU a charset may have damaged.

Such a SKU names nothing and removes nothing. What it may have been is told by the
listing's number, the ASIN and the characters that are left.
"""

from odoo import api, models
from odoo.tools import SQL

from ...tools.lossy import can_hold, fold, is_damaged, may_be


class AmazonItemsResolver(models.AbstractModel):
    _name = "amazon.items.resolver"
    _description = "Amazon Items: Resolver of Damaged SKUs"

    @api.model
    def _resolve_damaged(self, channel, rows):
        """Find the listings that damaged rows mean.

        :param rows: ListingRows with a SKU that :func:`is_damaged`
        :return: ``(rows with their true SKU, rows that stay in doubt)``
        """
        if not rows:
            return [], []
        exact, alike = self._load_known(channel, {row.seller_sku for row in rows})
        found, doubtful, taken = [], [], {}
        for row in rows:
            known = exact.get(row.seller_sku)
            # An ASIN may change, the number of a SKU's listing does not.
            if known and row.listing_id in (None, known[1] or row.listing_id):
                found.append(row)
                continue
            fitting = [
                known
                for known in alike.get(fold(row.seller_sku), ())
                if _is_same(row, *known)
            ]
            sure = [
                one for one in fitting if row.listing_id and one[1] == row.listing_id
            ]
            fitting = sure or fitting
            if len(fitting) == 1:
                taken.setdefault(fitting[0][0], []).append(row)
            else:
                doubtful.append(row)
        for sku, same in taken.items():
            if len(same) == 1:
                title = same[0].title
                lossy = title and is_damaged(title)
                found.append(
                    same[0]._replace(seller_sku=sku, title=None if lossy else title)
                )
            else:
                doubtful.extend(same)
        return found, doubtful

    @api.model
    def _load_known(self, channel, skus):
        """Listings that are known for sure, apart from what a report said.

        :return: ``{SKU: (SKU, listing number, ASIN)}`` of those among ``skus``;
            ``{folded SKU: [the same]}`` of all that have characters which may get lost
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT seller_sku, listing_number, asin
                  FROM amazon_listing listing
                 WHERE channel_id = %s
                   AND (seller_sku = ANY(%s)
                        OR octet_length(seller_sku) <> char_length(seller_sku)
                        OR position('?' IN seller_sku) > 0)
                   AND (translate(seller_sku, '?\ufffd', '') = seller_sku
                        OR changed_at IS NOT NULL
                        OR product_id IS NOT NULL
                        OR EXISTS (SELECT FROM amazon_order_line item
                                    WHERE item.listing_id = listing.id))
                """,
                channel.id,
                list(skus),
            )
        )
        alike = {}
        for row in rows:
            alike.setdefault(fold(row[0]), []).append(row)
        return {row[0]: row for row in rows if row[0] in skus}, alike

    @api.model
    def _find_doubtful(self, missing, rows, charset):
        """The missing listings that the report could not have named.

        :param rows: ListingRows that are in doubt
        :param charset: what the report is written in
        """
        patterns = {}
        for row in rows:
            patterns.setdefault(fold(row.seller_sku), []).append(row.seller_sku)
        return missing.filtered(
            lambda one: (
                not can_hold(charset, one.seller_sku)
                or any(
                    may_be(sku, one.seller_sku)
                    for sku in patterns.get(fold(one.seller_sku), ())
                )
            )
        )


def _is_same(row, sku, number, asin):
    """Whether a known listing may be what a damaged row means."""
    if row.listing_id and number and row.listing_id != number:
        return False
    if row.asin and asin and row.asin != asin:
        return False
    return may_be(row.seller_sku, sku)
