# SPDX-License-Identifier: LGPL-3.0-or-later
"""A seller on the simulated Amazon, connected to Odoo, and what is counted of it."""

import contextlib
import itertools
from decimal import Decimal

from psycopg2 import sql
from psycopg2.extras import RealDictCursor
from sp_api_simulator.money import ADDED, DETAILS, TaxStyle

OPEN = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")
# No two tests may draw the same numbers for their orders and sellers.
seeds = itertools.count(1)

# Columns with times, and how to set them back by %(seconds)s.
_TIMES = {
    "amazon_sync_task": (
        "next_run",
        "leased_until",
        "last_success",
        "orders_asked_at",
    ),
    "amazon_stock_level": ("retry_at", "sent_at", "confirmed_at"),
    "amazon_feed": (
        "create_date",
        "next_poll",
        "submitted_at",
        "checked_at",
        "done_at",
    ),
    "amazon_listing": ("read_at",),
    "amazon_sync_cursor": ("page_time", "completed_at"),
    "amazon_order": ("retry_at",),
    "amazon_report": ("next_poll", "requested_at"),
    "amazon_shipment": ("retry_at", "sent_at"),
    "amazon_cancellation": ("retry_at", "sent_at", "accepted_at"),
    "amazon_sync_request": ("next_try",),
    "ir_cron": ("nextcall", "lastcall"),
    "ir_cron_trigger": ("call_at",),
}
_EPOCHS = {
    "amazon_token_bucket": ("stamp", "until"),
    "amazon_access_token": ("expires_at", "leased_until"),
}


class Shop:
    """One simulated seller and its account in Odoo.

    :param Workers workers: Odoo's workers on the database
    :param pg: the PostgreSQL
    :param sim: the running simulator, with the sellers of the scenario "plain"
    :param str key: the seller
    """

    def __init__(self, workers, pg, sim, key="US"):
        self.workers = workers
        self.sim = sim
        self.key = key
        self._connection = pg.connect(workers.database)
        self.account_id = None

    @property
    def seller(self):
        return self.sim.sellers[self.key]

    def close(self):
        """Leave nothing to do for the workers of the next test."""
        self.query("UPDATE amazon_account SET on_hold = TRUE")
        self.query("UPDATE amazon_order SET to_apply = FALSE")
        self.query(
            "UPDATE amazon_shipment SET state = 'skipped' WHERE state = 'waiting'"
        )
        self.query(
            "UPDATE amazon_cancellation SET state = 'failed' WHERE state != 'failed'"
        )
        self.query("DELETE FROM ir_cron_trigger")
        self._connection.close()

    # --- Amazon's side ---

    def order(self, count, **options):
        """Buyers place plain orders; returns their numbers.

        The tax is added and stated: the sales order repeats the grand total.
        """
        options.setdefault("tax", TaxStyle(ADDED, DETAILS))
        options.setdefault("days", 10)
        return self.sim.seed_orders(self.key, count, seed=next(seeds), **options)

    def order_now(self, count, **options):
        """As `order`, but Amazon has seen these just now."""
        numbers = self.order(count, **options)
        for number in numbers:
            self.sim.update_order(number, {})
        return numbers

    def calls(self, operation="searchOrders"):
        return [
            call
            for call in self.sim.calls
            if call["operation"] == operation and call["seller"] in (self.key, None)
        ]

    def pass_time(self, minutes):
        """Let time pass on both sides: Odoo's notes of times are set back."""
        self.sim.clock.advance(minutes * 60)
        values = {"seconds": minutes * 60}
        for table, columns in _TIMES.items():
            self._set_back(table, columns, "%(seconds)s * interval '1 second'", values)
        for table, columns in _EPOCHS.items():
            self._set_back(table, columns, "%(seconds)s", values)
        self.query(
            "UPDATE amazon_account SET refused_data = ("
            "   SELECT jsonb_object_agg(key, value::numeric - %(seconds)s)"
            "     FROM jsonb_each_text(refused_data)"
            " ) WHERE refused_data::text NOT IN ('{}', 'null', 'false')",
            values,
        )

    def _set_back(self, table, columns, step, values):
        """Shift what is set of these columns, in one go over the table."""
        names = [sql.Identifier(column) for column in columns]
        one = sql.SQL("{0} = {0} - " + step)
        statement = sql.SQL("UPDATE {} SET {} WHERE coalesce({}) IS NOT NULL").format(
            sql.Identifier(table),
            sql.SQL(", ").join(one.format(name) for name in names),
            sql.SQL("::text, ").join(names) + sql.SQL("::text"),
        )
        self.query(statement, values)

    # --- Odoo's side ---

    def credentials(self):
        """What a user types to connect."""
        told = self.sim.credentials(self.key)
        return {
            "client_id_input": told["client_id"],
            "client_secret_input": told["client_secret"],
            "refresh_token_input": told["refresh_token"],
        }

    def account_values(self):
        told = self.sim.credentials(self.key)
        return {
            "name": f"Shop {told['merchant_token']}",
            "region": told["region"],
            "environment": "custom",
            "custom_api_url": told["api_url"],
            "custom_lwa_url": told["lwa_url"],
            "seller_id": told["merchant_token"],
            **self.credentials(),
        }

    def connect(self):
        """Create the account with the products it sells, and forget the calls."""
        skus = [
            product["seller_sku"]
            for product in self.sim.products()
            if product["seller"] == self.key and product["in_odoo"]
        ]
        self.workers.run("create_products", skus=skus)
        self.account_id = self.workers.run("open_account", values=self.account_values())
        self.sim.calls.clear()
        return self

    def switch_on(self, kind):
        """Switch a module on beside Orders; it is due at once."""
        task = self.value(
            "SELECT id FROM amazon_sync_task WHERE account_id = %s AND kind = %s",
            [self.account_id, kind],
        )
        values = {"active": True}
        self.workers.run("write", model="amazon.sync.task", ids=[task], values=values)

    def set_hold(self, on_hold):
        self.workers.run(
            "write",
            model="amazon.account",
            ids=[self.account_id],
            values={"on_hold": on_hold},
        )

    def fetch(self, **patches):
        self.workers.run("fetch", patches)

    def apply(self, **patches):
        self.workers.run("apply", patches)

    def sync(self, **patches):
        self.fetch(**patches)
        self.apply(**patches)

    # --- what the database says ---

    def query(self, statement, values=None):
        """Rows as dictionaries, in a transaction of its own."""
        with self._connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def value(self, statement, values=None):
        """The only value of the only row."""
        (row,) = self.query(statement, values)
        (found,) = row.values()
        return found

    def _mine(self, statement):
        return self.query(statement, {"account": self.account_id})

    def account(self):
        (row,) = self._mine("SELECT * FROM amazon_account WHERE id = %(account)s")
        return row

    def task(self):
        (row,) = self._mine(
            "SELECT *, next_run > now() AT TIME ZONE 'UTC' AS later,"
            "       next_run - now() AT TIME ZONE 'UTC' AS pause"
            "  FROM amazon_sync_task"
            " WHERE account_id = %(account)s AND kind = 'orders'"
        )
        return row

    def cursors(self):
        return self._mine(
            "SELECT cursor.*, channel.name AS channel FROM amazon_sync_cursor cursor"
            "  JOIN amazon_channel channel ON channel.id = cursor.channel_id"
            " WHERE channel.account_id = %(account)s ORDER BY channel.name"
        )

    def runs(self):
        """The history, oldest first."""
        return self._mine(
            "SELECT * FROM amazon_sync_run WHERE account_id = %(account)s ORDER BY id"
        )

    def orders(self):
        """The inbox with the sales orders: ``{Amazon's number: row}``."""
        rows = self._mine(
            "SELECT o.*, sale.state AS sale_state, sale.amount_total AS sale_total,"
            "       sale.name AS sale_name"
            "  FROM amazon_order o LEFT JOIN sale_order sale"
            "    ON sale.id = o.sale_order_id"
            " WHERE o.account_id = %(account)s ORDER BY o.id"
        )
        found = {row["order_number"]: row for row in rows}
        assert len(found) == len(rows), "an Amazon order is in the inbox twice"
        return found

    def records(self, order_id):
        """What the history tells of one order, oldest first."""
        return self.query(
            "SELECT * FROM amazon_sync_record WHERE name = %s ORDER BY id", [order_id]
        )

    def alerts(self):
        """The activities on the account, with the user's id."""
        return self._mine(
            "SELECT summary, note, user_id FROM mail_activity WHERE active"
            "   AND res_model = 'amazon.account' AND res_id = %(account)s"
        )

    def sale_count(self):
        """Sales orders of this account, by the number they carry."""
        return self._mine(
            "SELECT count(*), count(DISTINCT amazon_order_ref) AS different"
            "  FROM sale_order WHERE amazon_channel_id IN ("
            "       SELECT id FROM amazon_channel WHERE account_id = %(account)s)"
        )[0]

    def check_all_arrived(self, besides=()):
        """Every order of Amazon's is here once, confirmed, with Amazon's total.

        :param besides: numbers of orders that are looked at elsewhere
        """
        orders, truth = self.orders(), self.sim.truth(self.key)
        assert sorted(orders) == sorted(order["orderId"] for order in truth)
        wrong = {
            order["orderId"]: problem
            for order in truth
            if order["orderId"] not in besides
            and (problem := _problem(order, orders[order["orderId"]]))
        }
        assert not wrong
        self.check_nothing_twice()

    def check_nothing_twice(self):
        """One sales order per Amazon order, one delivery per sales order."""
        bound = [row for row in self.orders().values() if row["sale_order_id"]]
        sales = self.sale_count()
        assert sales["count"] == sales["different"] == len(bound)
        confirmed = [
            row["sale_order_id"] for row in bound if row["sale_state"] == "sale"
        ]
        pickings = self.query(
            "SELECT sale_id, count(*) FROM stock_picking"
            " WHERE sale_id = ANY(%s) AND state != 'cancel' GROUP BY sale_id",
            [confirmed],
        )
        assert {row["sale_id"]: row["count"] for row in pickings} == dict.fromkeys(
            confirmed, 1
        )


def _problem(order, row):
    """How an order in Odoo departs from Amazon's, or None."""
    if order["fulfillment"]["fulfillmentStatus"] not in OPEN:
        return None
    if row["state"] != "applied" or row["to_apply"]:
        return f"{row['state']}: {row['reason']}"
    if row["sale_state"] != "sale":
        return f"the sales order is {row['sale_state']}"
    total = Decimal(order["proceeds"]["grandTotal"]["amount"])
    if row["sale_total"] != total:
        return f"{row['sale_total']} instead of {total}"
    return None


@contextlib.contextmanager
def opened(workers, pg, sim, key="US", connected=True):
    """A connected Shop for as long as the block lasts."""
    shop = Shop(workers, pg, sim, key)
    try:
        yield shop.connect() if connected else shop
    finally:
        shop.close()
