# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a worker can be told to do, and how its process is prepared for a fault."""

import errno
import functools
import itertools
import random
import socket
import time
from datetime import datetime, timedelta, timezone

from .day_jobs import DAY_JOBS
from .hard_day_jobs import HARD_DAY_JOBS

ADDON = "odoo.addons.amazon_connector"


def fetch(env, kind="orders"):
    """One round of the cron that fetches, of a module."""
    env[f"amazon.sync.{kind}"]._cron_fetch()


def apply(env):
    """One round of the cron that applies."""
    env["amazon.sync.orders"]._cron_apply()


def crons(env):
    """Run the crons that are ready, as one of Odoo's cron workers does."""
    from odoo.addons.base.models.ir_cron import IrCron

    env.cr.commit()
    IrCron._process_jobs(env.cr.dbname)


def only_our_crons(env):
    """Switch the other crons off, and wait for no interval."""
    ours = _our_crons(env)
    env["ir.cron"].search([("id", "not in", ours.ids)]).active = False


def _our_crons(env):
    names = ("ir_cron_orders_fetch", "ir_cron_orders_apply")
    return env["ir.cron"].union(*(env.ref(f"amazon_connector.{n}") for n in names))


def create_products(env, skus):
    """A storable product for each seller SKU that has none yet."""
    known = env["product.product"].search([("default_code", "in", skus)])
    env["product.product"].create(
        [
            {"name": sku, "default_code": sku, "is_storable": True, "taxes_id": False}
            for sku in sorted(set(skus) - set(known.mapped("default_code")))
        ]
    )


def open_account(env, values):
    """Create an account and connect it; returns its id.

    Orders only: each other module has crons and runs of its own.
    """
    responsible = env.ref("base.user_admin").id
    account = env["amazon.account"].create(
        {"responsible_user_id": responsible, **values}
    )
    account.task_ids.filtered(lambda task: task.kind != "orders").active = False
    account.action_connect()
    return account.id


def put_stock(env, account_id, quantities):
    """Have so much of each SKU's product in the account's first warehouse."""
    company = env["amazon.account"].browse(account_id).company_id
    warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)])[0]
    products = env["product.product"].search([("default_code", "in", list(quantities))])
    quants = env["stock.quant"].with_context(inventory_mode=True)
    quants.create(
        [
            {
                "product_id": product.id,
                "location_id": warehouse.lot_stock_id.id,
                "inventory_quantity": quantities[product.default_code],
            }
            for product in products
        ]
    ).action_apply_inventory()


def go_live(env, account_id):
    """End the rehearsal of all channels."""
    env["amazon.account"].browse(account_id).channel_ids._go_live()


def call(env, model, ids, method, args=()):
    """Call a method on records; returns its result where that is JSON."""
    result = getattr(env[model].browse(ids), method)(*args)
    return result if isinstance(result, (bool, int, str)) else None


def deliver(env, account_id):
    """Deliver all orders of an account, each as one parcel with a number of its own."""
    product = env["product.product"].create({"name": "Courier", "type": "service"})
    method = env["delivery.carrier"].create(
        {"name": "Our courier", "product_id": product.id}
    )
    code = env.ref("amazon_connector.carrier_code_dtdc")
    env["amazon.carrier"].create({"delivery_carrier_id": method.id, "code_id": code.id})
    orders = env["amazon.order"].search([("account_id", "=", account_id)])
    for picking in orders.sale_order_id.picking_ids:
        picking.write(
            {"carrier_id": method.id, "carrier_tracking_ref": f"TRK{picking.id}"}
        )
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
    orders.sale_order_id.picking_ids.with_context(skip_backorder=True).button_validate()


def cancel(env, account_id, reason):
    """Cancel all orders of an account, in Odoo and on Amazon."""
    orders = env["amazon.order"].search([("account_id", "=", account_id)])
    orders.sale_order_id.action_cancel_on_amazon(reason)


def write(env, model, ids, values):
    env[model].browse(ids).write(values)


JOBS = {
    job.__name__: job
    for job in (
        fetch,
        apply,
        crons,
        only_our_crons,
        create_products,
        open_account,
        put_stock,
        go_live,
        call,
        deliver,
        cancel,
        write,
        *HARD_DAY_JOBS,
        *DAY_JOBS,
    )
}


# What goes wrong inside the process, or goes on in smaller steps


def patch(
    env,
    channel,
    page_size=None,
    patience=None,
    unreachable=None,
    batch_size=None,
    feed_from=None,
    stops=(),
    poison=None,
    ahead=None,
):
    """Prepare this process.

    :param page_size: orders that a page of Amazon's holds
    :param patience: real seconds that it waits for an answer of Amazon's
    :param unreachable: share of the connections to Amazon that cannot be made
    :param batch_size: orders that are applied in one transaction
    :param feed_from: quantities of a channel that leave as a feed
    :param stops: ``(model, method, number of the call, "before" or "after")``: places
        where the process tells the test and waits
    :param poison: internal reference of a product that cannot be sold
    :param ahead: seconds by which this process's clock is ahead of the real one
    """
    if page_size:
        _shrink_pages(page_size)
    if patience:
        _give_up_early(patience)
    if unreachable:
        _cut_network(unreachable)
    if batch_size:
        _shrink_batches(env, batch_size)
    if feed_from:
        _feed_small_numbers(env, feed_from)
    for stop in stops:
        _stop_at(env, channel, *stop)
    if poison:
        _poison(env, poison)
    if ahead is not None:
        _move_clock(ahead)


def _move_clock(seconds):
    """Let Odoo and the client live so much later; waiting moves both, see the worker.

    What the database itself calls now stays behind: the addon does not ask it.
    """
    from odoo.fields import Datetime
    from odoo.sql_db import Cursor

    time.sleep(seconds)
    database_now = Cursor.now

    def now(*_args):
        moment = datetime.fromtimestamp(time.time(), timezone.utc)
        return moment.replace(tzinfo=None, microsecond=0)

    Datetime.now = staticmethod(now)
    Cursor.now = lambda cursor: database_now(cursor) + timedelta(seconds=seconds)


def _give_up_early(seconds):
    transport = _addon_module("sp_api.transport").Transport
    original = transport.send

    @functools.wraps(original)
    def send(self, *args, **kwargs):
        self._timeout = (seconds, seconds)
        return original(self, *args, **kwargs)

    transport.send = send


def _cut_network(share):
    """No way to Amazon; PostgreSQL's client and the test are not asked about."""
    connect = socket.socket.connect

    def refuse(self, address):
        if self.family == socket.AF_INET and random.random() < share:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return connect(self, address)

    socket.socket.connect = refuse


def _addon_module(name):
    import importlib

    return importlib.import_module(f"{ADDON}.{name}")


def _shrink_batches(env, size):
    constants = env.registry["amazon.sync.orders"]._cron_apply.__globals__
    assert "BATCH_SIZE" in constants
    constants["BATCH_SIZE"] = size


def _feed_small_numbers(env, number):
    constants = env.registry["amazon.sync.stock"]._find_bulky.__globals__
    assert "FEED_FROM" in constants
    constants["FEED_FROM"] = number


def _shrink_pages(size):
    orders = _addon_module("sp_api.orders").Orders
    whole = orders.search

    @functools.wraps(whole)
    def search(self, **query):
        query["page_size"] = min(query.get("page_size", size), size)
        return whole(self, **query)

    orders.search = search


def _stop_at(env, channel, model, method, number, moment):
    cls = env.registry[model]
    original = getattr(cls, method)
    calls = itertools.count(1)

    @functools.wraps(original)
    def wrapper(self, *args, **kwargs):
        here = next(calls) == number
        if here and moment == "before":
            channel.stop(method)
        result = original(self, *args, **kwargs)
        if here and moment == "after":
            channel.stop(method)
        return result

    setattr(cls, method, wrapper)


def _poison(env, sku):
    """Another module's bug: confirming an order with this product raises."""
    cls = env.registry["sale.order"]
    original = cls.action_confirm

    @functools.wraps(original)
    def action_confirm(self):
        if sku in self.order_line.product_id.mapped("default_code"):
            raise ZeroDivisionError("a module divides by zero")
        return original(self)

    cls.action_confirm = action_confirm
