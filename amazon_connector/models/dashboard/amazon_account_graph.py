# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders and revenue of each account, as the dashboard draws them."""

import json
from collections import defaultdict
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.tools import SQL

GRAPH_DAYS = 30
# The last days whose revenue stands beside that of as many days before.
PERIODS = (1, 7, 30)
# Orders without a channel are in no marketplace of Odoo's.
NO_ZONE = "UTC"


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    order_graph = fields.Text(
        "Orders and Revenue",
        compute="_compute_order_graph",
        help="Orders and revenue of the last 30 days by the day they were placed on, "
        "in the time zone of their marketplace; JSON for the widget "
        "amazon_order_graph.",
        exportable=False,
    )

    def _compute_order_graph(self):
        sums = self._sum_orders_per_day()
        for account in self:
            currency = account._get_shown_currency()
            own = account._convert_sums(sums.get(account.id, ()), currency)
            today = account._get_latest_today()
            days = [today - timedelta(days=n) for n in reversed(range(GRAPH_DAYS))]
            by_day = _add_up(own, "day")
            series = {
                "currency": currency.id,
                **account._describe_orders([by_day[day]["count"] for day in days]),
                "values": [{"day": day.isoformat(), **by_day[day]} for day in days],
                "figures": [_compare(own, today, period) for period in PERIODS],
                "shares": account._share_channels(own, days[0]),
            }
            account.order_graph = json.dumps([series])

    # ------------------------------------------------------------------
    # What was sold
    # ------------------------------------------------------------------

    def _sum_orders_per_day(self):
        """What was ordered on each of the last days.

        One query for all accounts, under the user's record rules. All orders are
        counted, whatever came of them; the value is of those that are not cancelled.
        ``so_far`` is the value up to this time of the day: with it a period that is
        not over yet is compared.

        :return: ``{account id: [{"day", "channel", "currency", "count", "amount",
            "so_far"}]}``, days in the marketplace's time zone
        """
        orders = self.env["amazon.order"]
        now = fields.Datetime.now()
        # A day more, since a zone's day may begin before that of UTC.
        since = now - timedelta(days=2 * GRAPH_DAYS + 1)
        query = orders._search(
            [("account_id", "in", self.ids), ("purchase_time", ">=", since)]
        )
        order = query.table
        channels, channel = orders._fields["channel_id"].join(orders, order, query)
        marketplaces, marketplace = channels._fields["marketplace_id"].join(
            channels, channel, query
        )
        zone = SQL(
            "COALESCE(%s, %s)",
            marketplaces._field_to_sql(marketplace, "time_zone", query),
            NO_ZONE,
        )

        def column(name):
            return orders._field_to_sql(order, name, query)

        local = SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)", column("purchase_time"), zone
        )
        clock = SQL("(%s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE %s)", now, zone)
        is_value = SQL(
            "%s != 'cancelled' AND %s IS DISTINCT FROM 'CANCELLED'",
            column("state"),
            column("fulfillment_status"),
        )
        amount = column("amount_total")
        query.groupby = SQL("1, 2, 3, 4")
        rows = self.env.execute_query(
            query.select(
                column("account_id"),
                SQL("%s::date", local),
                column("channel_id"),
                column("currency_id"),
                SQL("count(*)"),
                SQL("COALESCE(sum(%s) FILTER (WHERE %s), 0)", amount, is_value),
                SQL(
                    "COALESCE(sum(%s) FILTER (WHERE %s AND %s::time <= %s::time), 0)",
                    amount,
                    is_value,
                    local,
                    clock,
                ),
            )
        )
        names = ("day", "channel", "currency", "count", "amount", "so_far")
        sums = defaultdict(list)
        for account_id, *values in rows:
            sums[account_id].append(dict(zip(names, values, strict=True)))
        return sums

    def _get_shown_currency(self):
        """The currency of the account's marketplaces; of several, the company's."""
        self.ensure_one()
        currencies = self.channel_ids.marketplace_id.currency_id
        return currencies if len(currencies) == 1 else self.company_id.currency_id

    def _convert_sums(self, sums, currency):
        """The same sums, their values in one currency at today's rate."""
        today = fields.Date.today()
        # Together: their rates are read in one query.
        known = {one["currency"] for one in sums if one["currency"]}
        currencies = {own.id: own for own in self.env["res.currency"].browse(known)}
        converted = []
        for one in sums:
            own = currencies.get(one["currency"], currency)
            rate = own._get_conversion_rate(own, currency, self.company_id, today)
            amounts = {key: float(one[key]) * rate for key in ("amount", "so_far")}
            converted.append({**one, **amounts})
        return converted

    def _get_latest_today(self):
        """Today where it is latest among the account's marketplaces."""
        channels = self.with_context(active_test=False).channel_ids
        zones = set(channels.marketplace_id.mapped("time_zone")) or {NO_ZONE}
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        return max(now.astimezone(ZoneInfo(zone)).date() for zone in zones)

    # ------------------------------------------------------------------
    # What the card says of it
    # ------------------------------------------------------------------

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

    def _share_channels(self, sums, since):
        """How much of the revenue each channel had; of the orders, if there is none.

        :return: ``[{"name", "percent"}]``, the largest first; empty for one channel
        """
        by_channel = _add_up(
            [one for one in sums if one["day"] >= since and one["channel"]], "channel"
        )
        if len(by_channel) < 2:
            return []
        has_value = any(share["amount"] > 0 for share in by_channel.values())
        key = "amount" if has_value else "count"
        total = sum(share[key] for share in by_channel.values())
        channels = self.env["amazon.channel"].browse(by_channel)
        shares = [
            {
                "name": channel.name,
                "percent": round(by_channel[channel.id][key] / total * 100),
            }
            for channel in channels
        ]
        return sorted(shares, key=lambda share: -share["percent"])


def _add_up(sums, key):
    """``{value of the key: {"count", "amount"}}``, 0 for what is not there."""
    totals = defaultdict(lambda: {"count": 0, "amount": 0.0})
    for one in sums:
        for name in ("count", "amount"):
            totals[one[key]][name] += one[name]
    return totals


def _compare(sums, today, days):
    """The revenue of the last days, and of as many days before.

    :return: ``{"days", "amount", "before"}``
    """
    end = today - timedelta(days=days)
    return {
        "days": days,
        "amount": sum(one["amount"] for one in sums if end < one["day"] <= today),
        "before": sum(
            # The day that stands for today counts up to this time of the day.
            one["so_far" if one["day"] == end else "amount"]
            for one in sums
            if end - timedelta(days=days) < one["day"] <= end
        ),
    }
