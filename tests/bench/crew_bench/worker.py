# SPDX-License-Identifier: LGPL-3.0-or-later
"""One of several processes on one database, see `bench_worker.serving`.

Each question makes it do its share of what waits; they are asked at once.
"""

import time
from datetime import timedelta
from functools import partial

import psycopg2.errors
from bench_worker.meter import measured
from bench_worker.serving import analyze, serve
from order_bench import shop, ways

from odoo import fields
from odoo.tools import split_every

from .names import STOCKED

_PATIENCE = 300
_PAUSE = 0.05
_WAITING = "amazon.order", [("to_apply", "=", True)]
_OUTBOXES = {
    "shipments": ("amazon.shipment", [("state", "=", "waiting")]),
    "stock": (
        "amazon.stock.level",
        ["|", ("to_compute", "=", True), ("state", "=", "to_send")],
    ),
}


class Bench:
    """What can be asked for."""

    def __init__(self, env):
        self._env = env
        self._importer = None
        self._conflicts = 0
        self._count_conflicts()

    def _count_conflicts(self):
        """Count batches that met another transaction, and are done again."""
        from odoo.addons.amazon_connector.tools.database import CONFLICTS

        cls = self._env.registry["amazon.sync.orders"]
        apply_batch = cls._apply_batch

        def counting(sync, *arguments, **options):
            try:
                return apply_batch(sync, *arguments, **options)
            except (*CONFLICTS, psycopg2.errors.UniqueViolation):
                self._conflicts += 1
                raise

        cls._apply_batch = counting

    # --- asked of the first one -----------------------------------------------

    def prepare(self, products, skus, credentials):
        """Make shop, account, and products whose quantities are sent."""
        env = self._env
        made = shop.build(env, products)
        env["product.product"].create(
            [{"name": sku, "default_code": sku, "is_storable": True} for sku in skus]
        )
        env.cr.commit()
        self._importer = ways.Connector(env, made, credentials)
        env["amazon.carrier"].create(
            {"code_id": env.ref("amazon_connector.carrier_code_dtdc").id}
        )
        env.cr.commit()
        self._read_listings()
        return {}

    def _read_listings(self):
        env = self._env
        account = env["amazon.account"].search([])
        account.task_ids.active = True
        for kind in ("items", "orders", "items"):
            self._make_due()
            env[f"amazon.sync.{kind}"]._cron_fetch()
        account.channel_ids._go_live()
        env.cr.commit()
        analyze(env)

    def _make_due(self):
        env = self._env
        env["amazon.sync.task"].search([]).write(
            {"next_run": fields.Datetime.now() - timedelta(seconds=1)}
        )
        env["amazon.report"].search([]).next_poll = False
        env.cr.commit()

    def fetch(self, start):
        """Have the simulator's new orders in the inbox; tells how many wait."""
        self._importer._rewind(start)
        while self._importer._is_due():
            self._env["amazon.sync.orders"]._cron_fetch()
        self._env.cr.commit()
        analyze(self._env)
        return {"waiting": self._count("amazon.order", [("to_apply", "=", True)])}

    def describe(self):
        """What is there by now."""
        self._env.cr.execute(
            "SELECT count(*) AS sales, count(DISTINCT amazon_order_ref) AS different,"
            "       sum(amount_total)::text AS total FROM sale_order"
            " WHERE state = 'sale'"
        )
        return {
            **self._env.cr.dictfetchone(),
            "parcels": self._count("amazon.shipment", [("state", "!=", "waiting")]),
            "quantities": self._count(
                "amazon.stock.level", [("state", "in", ("sent", "confirmed"))]
            ),
        }

    def _count(self, model, domain):
        self._env.cr.rollback()
        return self._env[model].search_count(domain)

    def find_deliveries(self, count):
        """The ids of transfers that can leave."""
        return (
            self._env["stock.picking"]
            .search(
                [("amazon_to_ship", "=", True), ("state", "=", "assigned")],
                order="id",
                limit=count,
            )
            .ids
        )

    def count_left(self, pickings):
        """How many of these transfers left; what Amazon does not want any more asks."""
        return self._count(
            "stock.picking", [("id", "in", pickings), ("state", "=", "done")]
        )

    # --- asked of all at once -------------------------------------------------

    def apply(self, queue):
        """Apply until nothing waits, as the scheduled action of a process does.

        :param bool queue: have the addon of the queue ask for help
        """
        sync = self._env["amazon.sync.orders"]
        turn = sync._cron_apply if queue else sync._apply_waiting
        return self._work(turn, *_WAITING)

    def help(self):
        """Do the jobs of the queue while orders wait, as its runner has it done."""
        return self._work(self._take_job, *_WAITING)

    def _take_job(self):
        from odoo.addons.queue_job.controllers.main import RunJobController

        env = self._env
        env.cr.execute(
            "UPDATE queue_job SET state = 'enqueued' WHERE id = ("
            "  SELECT id FROM queue_job WHERE state = 'pending' ORDER BY id LIMIT 1"
            "     FOR UPDATE SKIP LOCKED) RETURNING uuid"
        )
        rows = env.cr.dictfetchall()
        env.cr.commit()
        if not rows:
            time.sleep(_PAUSE)
        elif job := RunJobController._acquire_job(env, rows[0]["uuid"]):
            RunJobController._runjob(env, job)

    def validate(self, pickings):
        """Validate deliveries one by one, as packers do."""
        figures = {}
        with measured(self._env.cr, figures):
            for picking in self._env["stock.picking"].browse(pickings):
                picking.carrier_tracking_ref = f"T{picking.id}"
                picking.move_ids.picked = True
                self._patiently(picking.button_validate)
        return figures

    def receive(self, share, shares, units):
        """Have so many units of a share of the products; noted, not yet sent."""
        products = self._env["product.product"].search(
            [("default_code", "=like", f"{STOCKED}%")], order="id"
        )
        figures = {}
        with measured(self._env.cr, figures):
            for some in split_every(10, products.ids[share::shares]):
                self._patiently(partial(self._count_goods, some, units))
        return figures

    def _count_goods(self, products, units):
        """A user counts these products; Odoo takes the values of its quants apart."""
        house = self._env["stock.warehouse"].search([], limit=1)
        quants = self._env["stock.quant"].with_context(inventory_mode=True)
        quants.create(
            [
                {
                    "product_id": product,
                    "location_id": house.lot_stock_id.id,
                    "inventory_quantity": units,
                }
                for product in products
            ]
        ).action_apply_inventory()

    def _patiently(self, action):
        """An action of a user, repeated as Odoo repeats requests that collide."""
        from odoo.service.model import retrying

        retrying(action, self._env)
        self._env.cr.commit()
        self._env.invalidate_all()

    def send(self, kind):
        """Send until nothing waits to be sent; an account has one worker at a time."""
        model, domain = _OUTBOXES[kind]
        if kind == "stock":
            self._take_up_changes()
        return self._work(lambda: self._take_turn(kind), model, domain)

    def _take_up_changes(self):
        """What changed is to be computed, by whoever comes first."""
        from odoo.addons.amazon_connector.tools.database import CONFLICTS

        try:
            self._env["amazon.sync.stock"]._take_changes()
            self._env.cr.commit()
        except CONFLICTS:
            self._env.cr.rollback()

    def _take_turn(self, kind):
        self._env.cr.execute(
            "UPDATE amazon_sync_task SET next_run = %s"
            " WHERE kind = %s AND leased_until IS NULL",
            [fields.Datetime.now() - timedelta(seconds=1), kind],
        )
        self._env.cr.commit()
        self._env[f"amazon.sync.{kind}"]._cron_fetch()

    def _work(self, turn, model, domain):
        from odoo.addons.amazon_connector.tools.database import CONFLICTS

        figures, self._conflicts = {}, 0
        deadline = time.monotonic() + _PATIENCE
        with measured(self._env.cr, figures):
            while self._count(model, domain):
                try:
                    turn()
                    self._env.cr.commit()
                except CONFLICTS:
                    self._env.cr.rollback()
                self._env.invalidate_all()
                # What is left is in others' hands: looking again costs CPU.
                time.sleep(_PAUSE)
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{model} still waits")
        return {**figures, "conflicts": self._conflicts}


if __name__ == "__main__":
    serve(Bench)
