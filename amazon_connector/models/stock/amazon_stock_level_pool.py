# SPDX-License-Identifier: LGPL-3.0-or-later
"""Channels that share the quantity of a SKU, but would have it another one each."""

from odoo import api, fields, models
from odoo.tools import SQL


class AmazonStockLevel(models.Model):
    _inherit = "amazon.stock.level"

    disagreement = fields.Text(
        compute="_compute_disagreement",
        search="_search_disagreement",
        help="Listings that share this quantity but are linked to another product, or "
        "to another quantity of it.",
    )

    @api.depends("product_id", "channel_id", "listing_ids.product_id")
    def _compute_disagreement(self):
        here = SQL("level.id = ANY(%s)", self.ids)
        found = self._find_disagreeing(self.company_id, here)
        Channel = self.env["amazon.channel"].sudo()
        for level in self:
            others = Channel.browse(found.get(level.id, ()))
            level.disagreement = bool(others) and self.env._(
                "%(sku)s has one quantity on all these channels. %(channel)s decides: "
                "%(product)s. %(others)s: another product or quantity is set up.",
                sku=level.seller_sku,
                channel=level.channel_id.name,
                product=level.product_id.display_name,
                others=", ".join(others.mapped("name")),
            )

    def _search_disagreement(self, operator, value):
        """Only whether there is one."""
        if operator not in ("in", "not in") or set(value) != {False}:
            return NotImplemented
        found = self._find_disagreeing(self.env.companies, SQL("TRUE"))
        return [("id", "in" if operator == "not in" else "not in", list(found))]

    @api.model
    def _find_disagreeing(self, companies, condition):
        """Channels that would send another quantity than the ruling one; one query.

        :param condition: SQL about ``level``
        :return: ``{level id: [channel id]}``
        """
        self.flush_model()
        for name in ("amazon.listing", "amazon.channel"):
            self.env[name].flush_model()
        channels = (
            self.env["amazon.channel"]
            .sudo()
            .with_context(active_test=False)
            .search([("company_id", "in", companies.ids)])
        )
        numbers, sources = {}, {}
        for channel, source in channels._get_stock_sources().items():
            sources[channel] = numbers.setdefault(source, len(numbers))
        rows = self.env.execute_query(
            SQL(
                """
                WITH source AS (
                    SELECT * FROM unnest(%(channels)s::integer[],
                                         %(sources)s::integer[])
                           AS source (channel_id, number)
                )
                SELECT level.id, array_agg(other.channel_id ORDER BY other.channel_id)
                  FROM amazon_stock_level level
                  JOIN amazon_listing ruling
                    ON ruling.stock_level_id = level.id
                   AND ruling.channel_id = level.channel_id
                  JOIN amazon_channel here ON here.id = ruling.channel_id
                  JOIN source from_here ON from_here.channel_id = here.id
                  JOIN amazon_listing other
                    ON other.stock_level_id = level.id
                   AND other.channel_id != level.channel_id
                  JOIN amazon_channel there ON there.id = other.channel_id
                  JOIN source from_there ON from_there.channel_id = there.id
                 WHERE other.state = 'linked' AND other.fulfilled_by = 'merchant'
                   AND other.active AND %(condition)s
                   AND %(ruling)s IS DISTINCT FROM %(others)s
              GROUP BY level.id
                """,
                channels=list(sources),
                sources=list(sources.values()),
                condition=condition,
                ruling=_get_rules("ruling", "here", "from_here"),
                others=_get_rules("other", "there", "from_there"),
            )
        )
        return dict(rows)


def _get_rules(listing, channel, source):
    """SQL of all that makes the quantity of one channel another than that of the next.

    The parameters are names of tables.
    """
    names = {
        "listing": SQL.identifier(listing),
        "channel": SQL.identifier(channel),
        "source": SQL.identifier(source),
    }
    return SQL(
        """
        (%(listing)s.product_id, %(listing)s.stock_policy, %(listing)s.stock_pack_size,
         CASE WHEN %(listing)s.stock_policy = 'fixed'
             THEN %(listing)s.stock_fixed_quantity END,
         COALESCE(%(listing)s.stock_handling_days, %(channel)s.handling_days),
         COALESCE(CASE WHEN %(listing)s.stock_own_buffer
             THEN %(listing)s.stock_buffer_own ELSE %(channel)s.stock_buffer END, 0),
         COALESCE(%(channel)s.stock_maximum, 0), %(source)s.number)
        """,
        **names,
    )
