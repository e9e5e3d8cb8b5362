# SPDX-License-Identifier: LGPL-3.0-or-later
import json
from datetime import date, datetime

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..common import order_json
from ..security.security_common import SecurityCase

# Half past one of 11 November in India, the evening before in London.
NOW = "2026-11-10 20:00:00"


def label(day):
    return f"{date.fromisoformat(day):%-d %b}"


@tagged("post_install", "-at_install")
class TestDashboardGraph(SecurityCase):
    """Orders of the last 30 days, per day and account, as the dashboard draws them."""

    marketplaces = ("in", "uk")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.lang = "en_US"

    def setUp(self):
        super().setUp()
        clock = freeze_time(NOW)
        clock.start()
        self.addCleanup(clock.stop)

    def place(self, *moments, channel=None, account=None):
        """Have orders, placed at these moments of UTC."""
        account = account or self.account
        count = self.env["amazon.order"].search_count([])
        return self.env["amazon.order"].create(
            [
                {
                    "order_number": f"403-0000000-{count + number:07d}",
                    "seller_id": account.seller_id,
                    "account_id": account.id,
                    "channel_id": (channel or account.channel_ids[:1]).id,
                    "company_id": account.company_id.id,
                    "purchase_time": datetime.fromisoformat(moment),
                    "state": "applied",
                }
                for number, moment in enumerate(moments)
            ]
        )

    def bars(self, account=None, user=None):
        """The days that have orders, of ``{label: number}``."""
        return {
            label(p["day"]): p["count"]
            for p in self.points(account, user)
            if p["count"]
        }

    def points(self, account=None, user=None):
        return self.series(account, user)["values"]

    def series(self, account=None, user=None):
        account = (account or self.account).with_user(user or self.env.user)
        account.invalidate_recordset(["order_graph"])
        [series] = json.loads(account.order_graph)
        return series

    def test_thirty_days(self):
        """The first and the last day count, the day before the first does not."""
        self.place(
            "2026-10-12 18:29:59",  # 12 October to its last second in India
            "2026-10-12 18:30:00",  # 13 October
            "2026-11-09 12:00:00",
            "2026-11-09 13:00:00",
            "2026-11-10 19:00:00",  # 11 November
        )
        self.assertEqual(self.bars(), {"13 Oct": 1, "9 Nov": 2, "11 Nov": 1})
        points = self.points()
        self.assertEqual(len(points), 30)
        self.assertEqual(
            [label(points[at]["day"]) for at in (0, -1)], ["13 Oct", "11 Nov"]
        )
        series = self.series()
        self.assertEqual(series["text"], "Orders in 30 days: 4, today: 1")
        self.assertEqual(series["range"], "Orders per day: at least 0, at most 2")

    def test_each_marketplace_has_its_day(self):
        """The same moment is another day in London than in India."""
        india, britain = self.channels
        self.place("2026-11-09 19:00:00", channel=india)
        self.place("2026-11-09 19:00:00", "2026-11-09 23:30:00", channel=britain)
        self.assertEqual(self.bars(), {"9 Nov": 2, "10 Nov": 1})

    def test_a_zone_behind_utc(self):
        """The last hours of a day in California belong to it."""
        for channel, code in zip(self.channels, ("us", "ca"), strict=True):
            xml_id = f"amazon_connector.marketplace_{code}"
            channel.marketplace_id = self.env.ref(xml_id)
        self.place("2026-11-10 07:59:00", "2026-11-10 08:00:00")
        self.assertEqual(self.bars(), {"9 Nov": 1, "10 Nov": 1})
        self.assertEqual(label(self.points()[-1]["day"]), "10 Nov")

    def test_orders_without_a_channel_and_archived_channels_count(self):
        self.place("2026-11-10 12:00:00").channel_id = False
        self.place("2026-11-10 12:00:00")
        self.channels.active = False
        self.assertEqual(self.bars(), {"10 Nov": 2})
        self.assertEqual(label(self.points()[-1]["day"]), "11 Nov")

    def test_what_comes_in_counts(self):
        """Amazon's purchase date decides, not when Odoo heard of the order."""
        self.receive(order_json(1, created="2026-11-05T12:00:00.000Z"))
        self.assertEqual(self.bars(), {"5 Nov": 1})

    def test_no_orders(self):
        self.assertEqual(self.bars(), {})
        self.assertEqual(self.series()["text"], "No orders in the last 30 days")

    def test_plain_user(self):
        """A user of the Amazon group sees the numbers."""
        self.place("2026-11-10 12:00:00")
        self.assertEqual(self.bars(user=self.user), {"10 Nov": 1})

    def test_other_company(self):
        """Orders of a company that is not the user's do not count."""
        self.place("2026-11-10 12:00:00", "2026-11-10 13:00:00")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "stranger",
            "amazon_connector.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        account = self.account
        self.assertFalse(account.with_user(stranger)._sum_orders_per_day())
        sums = account._sum_orders_per_day()[account.id]
        self.assertEqual(sum(one["count"] for one in sums), 2)

    def sell(self, moment, amount, channel=None, currency="INR", **vals):
        """Have an order of this value, placed at a moment of UTC."""
        order = self.place(moment, channel=channel)
        order.write(
            {
                "amount_total": amount,
                "currency_id": self.env.ref(f"base.{currency}").id,
                **vals,
            }
        )
        return order

    def figures(self):
        """``{days: (amount, that of the period before)}``"""
        return {
            figure["days"]: (round(figure["amount"], 2), round(figure["before"], 2))
            for figure in self.series()["figures"]
        }

    def test_revenue_against_the_period_before(self):
        """Today, 7 and 30 days, each beside as long a time before; it is half past one
        in India, so the day before counts until half past one."""
        self.channels[1].sudo().active = False
        self.account.invalidate_recordset()
        self.sell("2026-11-10 19:00:00", 150)  # today
        self.sell("2026-11-09 19:30:00", 100)  # yesterday, 1:00
        self.sell("2026-11-09 21:30:00", 50)  # yesterday, 3:00
        self.sell("2026-11-03 19:30:00", 400)  # 4 November, 1:00: before the 7 days
        self.sell("2026-10-10 12:00:00", 1000)  # before the 30 days
        self.sell("2026-11-10 19:10:00", 999, state="cancelled")
        self.sell("2026-11-10 19:10:00", 999, fulfillment_status="CANCELLED")
        self.assertEqual(
            self.figures(),
            {
                1: (150, 100),
                7: (300, 400),
                30: (700, 1000),
            },
        )

    def test_the_currency_of_the_account(self):
        """That of its marketplaces; with several, the company's at today's rate."""
        india, britain = self.channels
        self.company.currency_id = self.env.ref("base.USD")
        pounds = self.env.ref("base.GBP")
        pounds.active = True
        for currency, rate in ((pounds, 0.5), (self.env.ref("base.INR"), 80)):
            currency.rate_ids = [
                Command.clear(),
                Command.create({"name": "2026-01-01", "rate": rate}),
            ]
        self.sell("2026-11-10 19:00:00", 160, channel=india)
        self.sell("2026-11-10 19:00:00", 4, channel=britain, currency="GBP")
        # In London it is still the day before.
        self.assertEqual((self.figures()[1][0], self.figures()[7][0]), (2, 10))
        self.assertEqual(self.series()["currency"], self.company.currency_id.id)
        self.assertEqual(
            self.series()["shares"],
            [
                {"name": britain.name, "percent": 80},
                {"name": india.name, "percent": 20},
            ],
        )

    def test_one_query_for_all_accounts(self):
        """Ten more accounts cost no query more, and each has its own orders."""
        accounts = self.account.union(
            *(self._create_account(seller_id=f"ASELLER{n}") for n in range(10))
        )
        for account in accounts[1:]:
            self.place("2026-11-10 12:00:00", account=account)
        self.env.flush_all()

        def read(records):
            self.env.invalidate_all()
            records.mapped("channel_ids.marketplace_id.time_zone")
            before = self.env.cr.sql_log_count
            records.mapped("order_graph")
            return self.env.cr.sql_log_count - before

        read(accounts)
        self.assertEqual(read(accounts), read(self.account))
        self.assertFalse(self.bars())
        for account in accounts[1:]:
            self.assertEqual(self.bars(account), {"10 Nov": 1})

    def test_days_begin_with_the_clock(self):
        """At midnight in India the days move on by one."""
        self.place("2026-11-10 12:00:00")
        with freeze_time("2026-11-10 18:29:00"):
            self.assertEqual(label(self.points()[-1]["day"]), "10 Nov")
        with freeze_time("2026-12-09 18:31:00"):
            self.assertEqual(label(self.points()[0]["day"]), "11 Nov")
            self.assertFalse(self.bars())
