# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
import os
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models import ir_cron

from ...sp_api import GET_ORDER, SEARCH_ORDERS, Client, Orders
from ...sync.engine import base, requests
from ...sync.orders import fetch
from ...sync.orders import requests as orders_requests
from ...sync.orders.fetch import OVERLAP
from ..common import CLIENT_LOGGERS, SYNC_LOGGER
from .request_common import RequestCase

_logger = logging.getLogger(__name__)

# The long form: AMAZON_CONNECTOR_BACKLOG=50000.
BACKLOG = int(os.environ.get("AMAZON_CONNECTOR_BACKLOG", "1500"))
PAGE = 100
MINUTE = 60
POLL_MINUTES = 15
REPORT_SECONDS = 180
TOLERANCE = 1.05
# What no plan saves: the page that is waited for when both ends meet, and its orders.
GRACE_SECONDS = 180
GRACE_CALLS = 25


class SimulatedClock:
    """Nobody waits: sleeping moves the clock, and Amazon's with it; nothing else
    does, so a busy machine changes no figure."""

    def __init__(self, simulator):
        self._simulator = simulator
        simulator.clock.set_factor(0)

    def time(self):
        return self._simulator.clock.now()

    def sleep(self, seconds):
        self._simulator.clock.advance(seconds)

    def now(self, *_args):
        moment = datetime.fromtimestamp(self.time(), timezone.utc)
        return moment.replace(tzinfo=None, microsecond=0)


def find_optimum(count, polls):
    """``(seconds, searches, single orders)`` of the quickest way to `count` orders.

    Both operations' buckets are full and used as soon as they refill; the report that
    names orders takes its time; polls come before, and some calls are kept for them.

    :param polls: searches a second that the schedule takes
    """
    free = SEARCH_ORDERS.burst - SEARCH_ORDERS.floor("backfill")
    seconds = 0
    while True:
        searches = int(free + (SEARCH_ORDERS.rate - polls) * seconds)
        reading = max(0, seconds - REPORT_SECONDS)
        singles = int(GET_ORDER.burst + GET_ORDER.rate * reading) if reading else 0
        if searches * PAGE + singles >= count:
            return seconds, searches, singles
        seconds += 1


@tagged("post_install", "-at_install")
class TestQuotaOptimum(RequestCase):
    """Amazon's quota is the only limit of a long period.

    The simulator enforces Amazon's default quotas; all but the waiting is real.
    """

    simulator_options = {"lag": (0, 0), "quotas": True, "header_absent": 0.0}

    def setUp(self):
        super().setUp()
        self.simulator.set_reports(delay_seconds=REPORT_SECONDS)
        self.clock = clock = SimulatedClock(self.simulator)
        watch = SimpleNamespace(monotonic=clock.time, time=clock.time)
        for target in (ir_cron, base, requests, fetch, orders_requests):
            self._patch(target, "time", watch)
        self._patch(fields.Datetime, "now", staticmethod(clock.now))
        client = {"clock": clock.time, "sleep": clock.sleep}
        patcher = patch.dict(Client.__init__.__kwdefaults__, client)
        patcher.start()
        self.addCleanup(patcher.stop)
        self.came = {}

    def _patch(self, target, name, value):
        patcher = patch.object(target, name, value)
        patcher.start()
        self.addCleanup(patcher.stop)

    # --- a shop with a past ---------------------------------------------------

    def open_shop(self):
        """Live, with the first sync done and Amazon's buckets full; then the past."""
        self.task.next_run = self.clock.now()
        self.take_turns()
        self.clock.sleep(SEARCH_ORDERS.burst / SEARCH_ORDERS.rate)
        self.take_turns()
        self.clock.sleep(2 / SEARCH_ORDERS.rate)
        ids = self.simulator.seed_orders(self.seller, BACKLOG, buyers=50, days=28)
        self.simulator.counters.clear()
        return ids

    def take_turns(self):
        """Each module has its turn, in one worker."""
        with mute_logger(SYNC_LOGGER, *CLIENT_LOGGERS):
            self.run_cron("orders_fetch")
            self.run_cron("order_reports_fetch")
        self.env.invalidate_all()

    def work(self, runs):
        """Until the runs are over: turns, and nothing between them but time."""
        self.take_turns()
        while "running" in runs.mapped("state"):
            self.note_live_orders()
            self.wait()
            self.take_turns()
        self.note_live_orders()

    def wait(self):
        """Until somebody has something to do."""
        now = self.clock.now()
        requests = self.env["amazon.sync.request"].search([("state", "=", "open")])
        kinds = ("orders", "order_reports")
        tasks = self.env["amazon.sync.task"].search([("kind", "in", kinds)])
        moments = [*requests.mapped("next_try"), *tasks.mapped("next_run")]
        pause = (min(filter(None, moments)) - now).total_seconds()
        self.clock.sleep(max(pause, 1))

    def note_live_orders(self):
        """Buyers order now; note when Odoo knows of it."""
        known = {number for number, (_placed, came) in self.came.items() if not came}
        found = self.env["amazon.order"].search([("order_number", "in", list(known))])
        for number in found.mapped("order_number"):
            self.came[number] = (self.came[number][0], self.clock.time())
        newest = max((placed for placed, _came in self.came.values()), default=0)
        if self.clock.time() > newest + 10 * MINUTE:
            [number] = self.simulator.seed_orders(
                self.seller, 1, seed=1000 + len(self.came), days=1 / 24
            )
            self.simulator.update_order(number, {})
            self.came[number] = (self.clock.time(), None)

    # --- what must hold -------------------------------------------------------

    def test_a_long_period_is_limited_by_amazon_alone(self):
        """Search from one end, single orders from the other, live orders first."""
        ids = self.open_shop()
        begun = self.clock.time()
        run = self.ask_period(self.clock.now() - timedelta(days=29), self.clock.now())
        self.work(run)
        seconds = self.clock.time() - begun
        self.assertEqual(run.state, "done", run.message)
        found = self.env["amazon.order"].search_count([("order_number", "in", ids)])
        self.assertEqual(found, BACKLOG)
        self.check_live_orders()
        polls = sum(
            (self.task.run_ids.filtered(lambda one: one.id > run.id)).mapped(
                "page_count"
            )
        )
        best, searches, singles = find_optimum(BACKLOG, 1 / (POLL_MINUTES * MINUTE))
        calls = self.count_calls("searchOrders", "getOrder") - polls
        figures = (
            f"{BACKLOG} orders: {seconds:.0f} s and {calls} calls; at best "
            f"{best} s, {searches} searches and {singles} single orders"
        )
        _logger.info(figures)
        self.assertLessEqual(seconds, best * TOLERANCE + GRACE_SECONDS, figures)
        limit = (searches + singles) * TOLERANCE + GRACE_CALLS
        self.assertLessEqual(calls, limit, figures)
        refused = [call for call in self.simulator.calls if call["status"] == 429]
        self.assertFalse(refused)

    def test_new_orders_do_not_wait_behind_a_long_window(self):
        """The first sync of a shop, or one after days on hold."""
        self.shrink_pages()
        ids = self.simulator.seed_orders(self.seller, 500, buyers=50, days=28)
        begun = self.clock.time()
        self.task.next_run = self.clock.now()
        self.take_turns()
        run = self.task.run_ids
        self.work(run)
        self.assertEqual(run.state, "done", run.message)
        self.check_live_orders(grace=2 / SEARCH_ORDERS.rate)
        # The window's own pages take turns with those of new orders, if there are any.
        seconds = self.clock.time() - begun
        best = (500 / 10 - SEARCH_ORDERS.burst) / SEARCH_ORDERS.rate
        self.assertLess(best, seconds)
        self.assertLess(seconds, best * 1.3)
        # What was fetched ahead is no reason to leave out what the window has.
        self.assertEqual(self.task.cursor_ids[0].watermark, run.window_end - OVERLAP)
        # An order that changed meanwhile is in the next window.
        self.clock.sleep(POLL_MINUTES * MINUTE)
        self.take_turns()
        found = self.env["amazon.order"].search_count([("order_number", "in", ids)])
        self.assertEqual(found, 500)

    def test_a_second_account_does_not_slow_the_first(self):
        """Each seller has quotas of its own."""
        self.shrink_pages()
        with patch.multiple(type(self), seller="US", region="na"):
            other = self._create_account(name="Other shop")
        self.env["amazon.channel"].create(
            {
                "name": "Amazon US",
                "account_id": other.id,
                "marketplace_id": self.env.ref("amazon_connector.marketplace_us").id,
            }
        )
        for seller in (self.seller, "US"):
            self.simulator.seed_orders(seller, 300, buyers=50, days=28)
        begun = self.clock.time()
        tasks = self.task | other._get_task("orders")
        tasks.next_run = self.clock.now()
        self.take_turns()
        runs = tasks.run_ids
        self.assertEqual(runs.account_id, self.account | other)
        self.work(runs)
        self.assertEqual(set(runs.mapped("state")), {"done"})
        self.assertGreaterEqual(min(runs.mapped("seen_count")), 290)
        # Three pages of the newest changes are among those of the history.
        pages = 300 / 10 - SEARCH_ORDERS.burst + 3
        self.assertLess(self.clock.time() - begun, (pages + 1) / SEARCH_ORDERS.rate)

    def shrink_pages(self):
        """Ten orders on a page of a search."""
        patcher = patch.dict(Orders.search.__kwdefaults__, {"page_size": 10})
        patcher.start()
        self.addCleanup(patcher.stop)

    def count_calls(self, *operations):
        return sum(
            count
            for (operation, _seller, _status), count in self.simulator.counters.items()
            if operation in operations
        )

    def check_live_orders(self, grace=0):
        """None waited for longer than until the next poll.

        :param grace: seconds for which a poll itself may have waited
        """
        late = [
            came - placed
            for placed, came in self.came.values()
            if came and came - placed > (POLL_MINUTES + 2) * MINUTE + grace
        ]
        self.assertFalse(late)
        self.assertTrue([came for _placed, came in self.came.values() if came])
