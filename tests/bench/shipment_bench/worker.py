# SPDX-License-Identifier: LGPL-3.0-or-later
"""The process that validates deliveries and sends shipments, see
`bench_worker.serving`."""

import contextlib
import time
from datetime import timedelta
from unittest.mock import patch

from bench_worker import hooks
from bench_worker.meter import measured
from bench_worker.serving import analyze, serve
from order_bench import shop, ways
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from odoo import fields
from odoo.tools import split_every

_GROUP = 20
_HOOKS = {
    "stock.picking": ("_action_done", "write"),
    "stock.move": ("_action_done",),
    "stock.move.line": ("create", "write"),
}
_MEASURES = ("seconds", "cpu", "queries")


class Bench:
    """What can be asked for."""

    def __init__(self, env):
        self._env = env
        self._importer = None

    def prepare(self, products, credentials):
        made = shop.build(self._env, products)
        self._env.cr.commit()
        self._importer = ways.Connector(self._env, made, credentials)
        self._env["amazon.carrier"].create(
            {"code_id": self._env.ref("amazon_connector.carrier_code_dtdc").id}
        )
        self._env.cr.commit()
        return {}

    def load(self, start):
        """Have the simulator's orders in Odoo; tells how many wait for delivery."""
        self._importer.run({"start": start}, contextlib.nullcontext)
        self._env.cr.commit()
        return {"deliveries": len(self._find_deliveries())}

    def _find_deliveries(self):
        return self._env["stock.picking"].search(
            [
                ("sale_id.amazon_shipping", "=", "odoo"),
                ("state", "=", "assigned"),
                ("picking_type_id.code", "=", "outgoing"),
            ],
            order="id",
        )

    def validate(self, count, batch):
        """Validate deliveries, half of them without the outbox, in turns.

        :param batch: deliveries validated in one call
        :return: ``{way: figures}``, and how many shipments were written
        """
        pickings = self._find_deliveries()[:count]
        for picking in pickings:
            picking.write({"carrier_tracking_ref": f"T{picking.id}", "priority": "0"})
            picking.move_ids.picked = True
        self._env.cr.commit()
        analyze(self._env)
        before = self._env["amazon.shipment"].search_count([])
        totals = {way: dict.fromkeys((*_MEASURES, "count"), 0) for way in _WAYS}
        order = (*_WAYS, *reversed(_WAYS))
        for position, ids in enumerate(split_every(max(_GROUP, batch), pickings.ids)):
            way = order[position % len(order)]
            figures = self._validate_group(ids, batch, _WAYS[way])
            for name in _MEASURES:
                totals[way][name] += figures[name]
            totals[way]["count"] += len(ids)
        written = self._env["amazon.shipment"].search_count([]) - before
        return {"ways": totals, "written": written}

    def _validate_group(self, ids, batch, has_outbox):
        figures = {}
        Picking = self._env["stock.picking"]
        quiet = contextlib.nullcontext()
        if not has_outbox:
            quiet = hooks.without(self._env, "shipment.stock_picking_shipment", _HOOKS)
        self._env.invalidate_all()
        with quiet, measured(self._env.cr, figures):
            for some in split_every(batch, ids):
                Picking.browse(some).button_validate()
                self._env.cr.commit()
                # The next one is another request of another user.
                self._env.invalidate_all()
        return figures

    def send(self, count):
        """Send so many shipments with Amazon's rate limits; tells how long it took."""
        env = self._env
        Shipment = env["amazon.shipment"]
        missing = env["stock.picking"].search(
            [
                ("sale_id.amazon_shipping", "=", "odoo"),
                ("state", "=", "done"),
                ("amazon_shipment_ids", "=", False),
            ]
        )
        missing._write_amazon_outbox()
        waiting = Shipment.search([("state", "=", "waiting")], order="id")
        later = fields.Datetime.now() + timedelta(days=1)
        waiting[count:]._set({"retry_at": later})
        env.cr.commit()
        # Addons are found once the configuration is read.
        from odoo.addons.amazon_connector.sp_api import Client

        shipments = waiting[:count]
        open_calls, call = [], Client.call

        def watch(client, *args, **kwargs):
            status = env.cr._cnx.info.transaction_status
            open_calls.append(status != TRANSACTION_STATUS_IDLE)
            return call(client, *args, **kwargs)

        start = time.monotonic()
        with patch.object(Client, "call", watch):
            while shipments.filtered(lambda s: s.state == "waiting"):
                self._send_round()
        seconds = time.monotonic() - start
        states = shipments.mapped("state")
        others = shipments.filtered(lambda s: s.state not in ("sent", "confirmed"))
        return {
            "others": [f"{s.state}: {s.reason or s.note}" for s in others],
            "seconds": seconds,
            "sent": sum(state in ("sent", "confirmed") for state in states),
            "count": len(states),
            "calls": len(open_calls),
            "in_transaction": sum(open_calls),
        }

    def _send_round(self):
        """As the cron does; wait for the time that it asks to be woken at."""
        env = self._env
        task = env["amazon.sync.task"].search([("kind", "=", "shipments")])
        pause = task.next_run and (task.next_run - fields.Datetime.now())
        if pause and pause.total_seconds() > 0 and not self._has_outbox(task):
            time.sleep(min(pause.total_seconds(), 5))
        env.cr.commit()
        env["amazon.sync.shipments"]._cron_fetch()
        env.cr.commit()
        env.invalidate_all()

    def _has_outbox(self, task):
        return self._env["amazon.sync.shipments"]._has_outbox(task)


_WAYS = {"with": True, "without": False}


if __name__ == "__main__":
    serve(Bench)
