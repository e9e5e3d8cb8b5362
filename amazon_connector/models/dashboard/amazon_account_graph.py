# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders per day of each account, as the dashboard draws them."""

import json
from datetime import timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.tools import SQL, format_date

GRAPH_DAYS = 30
# Orders without a channel are in no marketplace of Odoo's.
NO_ZONE = "UTC"


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    order_graph = fields.Text(
        "Orders per Day",
        compute="_compute_order_graph",
        help="Orders of the last 30 days by the day they were placed on, in the time "
        "zone of their marketplace; JSON as Odoo's widget dashboard_graph reads it.",
        exportable=False,
    )

    def _compute_order_graph(self):
        counts = self._count_orders_per_day()
        label = lru_cache(lambda day: format_date(self.env, day, date_format="d MMM"))
        orders = self.env._("Orders")
        for account in self:
            today = account._get_latest_today()
            days = [today - timedelta(days=n) for n in reversed(range(GRAPH_DAYS))]
            values = [counts.get((account.id, day), 0) for day in days]
            points = [
                {"label": label(day), "value": value, "type": "past"}
                for day, value in zip(days, values, strict=True)
            ]
            series = {
                "key": orders,
                **account._describe_orders(values),
                "values": points,
            }
            account.order_graph = json.dumps([series])

    def _count_orders_per_day(self):
        """How many orders were placed on each of the last days, whatever came of them.

        One query for all accounts, under the user's record rules.

        :return: ``{(account id, date in the marketplace's time zone): count}``
        """
        orders = self.env["amazon.order"]
        # A day more, since a zone's day may begin before that of UTC.
        since = fields.Datetime.now() - timedelta(days=GRAPH_DAYS + 1)
        query = orders._search(
            [("account_id", "in", self.ids), ("purchase_time", ">=", since)]
        )
        order = query.table
        channels, channel = orders._fields["channel_id"].join(orders, order, query)
        marketplaces, marketplace = channels._fields["marketplace_id"].join(
            channels, channel, query
        )
        account_id = orders._field_to_sql(order, "account_id", query)
        day = SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(%s, %s))::date",
            orders._field_to_sql(order, "purchase_time", query),
            marketplaces._field_to_sql(marketplace, "time_zone", query),
            NO_ZONE,
        )
        query.groupby = SQL("1, 2")
        rows = self.env.execute_query(query.select(account_id, day, SQL("count(*)")))
        return {(account, date): count for account, date, count in rows}

    def _get_latest_today(self):
        """Today where it is latest among the account's marketplaces."""
        channels = self.with_context(active_test=False).channel_ids
        zones = set(channels.marketplace_id.mapped("time_zone")) or {NO_ZONE}
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        return max(now.astimezone(ZoneInfo(zone)).date() for zone in zones)

    def _describe_orders(self, values):
        """Say in words what the bars show: below them, and in place of them."""
        if not any(values):
            text = self.env._("No orders in the last %(days)s days", days=GRAPH_DAYS)
            return {"text": text, "range": ""}
        return {
            "text": self.env._(
                "Orders in %(days)s days: %(total)s, today: %(today)s",
                days=GRAPH_DAYS,
                total=sum(values),
                today=values[-1],
            ),
            "range": self.env._(
                "Orders per day: at least %(least)s, at most %(most)s",
                least=min(values),
                most=max(values),
            ),
        }
