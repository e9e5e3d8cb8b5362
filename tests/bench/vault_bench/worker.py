# SPDX-License-Identifier: LGPL-3.0-or-later
"""The process that applies, prints, reads and deletes, see `bench_worker.serving`."""

import contextlib
import functools
import json
import time
from types import SimpleNamespace
from unittest.mock import patch

from bench_worker import hooks, meter
from bench_worker.meter import measured
from bench_worker.serving import analyze, serve
from order_bench import shop, ways

from odoo.tools import SQL, split_every

SLIP = "stock.report_deliveryslip"
_MEASURES = ("seconds", "cpu", "queries")
_READ = ("name", "street", "city", "zip", "phone", "email", "country_id")
_BATCH = 1000
_ROUNDS = 6


class Bench:
    """What can be asked for."""

    def __init__(self, env):
        self._env = env
        self._importer = None

    def prepare(self, products, credentials):
        made = shop.build(self._env, products)
        self._env.cr.commit()
        self._importer = ways.Connector(self._env, made, credentials)
        self._env.cr.commit()
        return {}

    # --- applying -------------------------------------------------------------

    def apply(self, start):
        """Fetch and apply; `vault` is the CPU time of what buyers' data cost of it."""
        spent = _Spent(self._env)
        with spent.watch():
            figures = self._importer.run({"start": start}, contextlib.nullcontext)
        self._env.cr.commit()
        return {
            "vault": spent.cpu,
            "cpu": figures["apply"]["cpu"],
            "orders": self._env["sale.order"].search_count([]),
        }

    # --- slips ----------------------------------------------------------------

    def print_slips(self, count):
        """Render slips of orders as a mail would, and as the warehouse's print does:
        one by one, and all in one document."""
        pickings = self._env["stock.picking"].search(
            [("sale_id.amazon_order_id", "!=", False)], limit=count
        )
        self._env["ir.actions.report"]._render_qweb_html(SLIP, pickings[:1].ids)
        analyze(self._env)
        return {
            "one": self._compare_slips(list(pickings)),
            "many": self._compare_slips([pickings] * _ROUNDS),
        }

    def _compare_slips(self, documents):
        """Print each of these documents in both ways, in turns."""
        totals = {
            way: dict.fromkeys((*_MEASURES, "count"), 0) for way in ("plain", "shown")
        }
        for position, pickings in enumerate(documents):
            for way in ("plain", "shown") if position % 2 else ("shown", "plain"):
                self._env.invalidate_all()
                figures = {}
                with measured(self._env.cr, figures):
                    getattr(self, f"_print_{way}")(pickings)
                    self._env.cr.commit()
                for name in _MEASURES:
                    totals[way][name] += figures[name]
                totals[way]["count"] += len(pickings)
        return totals

    def _print_plain(self, pickings):
        self._env["ir.actions.report"]._render_qweb_html(SLIP, pickings.ids)

    def _print_shown(self, pickings):
        """What the route does; see `controllers/report.py`."""
        from odoo.addons.amazon_connector.controllers import printing
        from odoo.addons.amazon_connector.models.order import reveal

        env, docids = self._env, ",".join(map(str, pickings.ids))
        with patch.object(printing, "request", SimpleNamespace(env=env)):
            found = printing.find_documents(SLIP, docids)
        reveal.log_rows(env, "print", SLIP, found.rows, "127.0.0.1")
        with reveal.show_contacts(env, found.contacts, found.orders, found.texts):
            env["ir.actions.report"]._render_qweb_html(
                SLIP, pickings.ids, data=found.values
            )

    # --- contacts -------------------------------------------------------------

    def read_contacts(self, count):
        """Read contacts outside of a print, with the override and without, in turns."""
        env = self._env
        partner = env["res.partner"].search([], limit=1, order="id desc")
        _repeat(env, "res_partner", partner.id, count, {})
        env.cr.commit()
        analyze(env)
        ids = env["res.partner"].search([]).ids
        self._read_all(ids)
        totals = {"with": 0, "without": 0}
        for way in ("with", "without", "without", "with") * 2:
            off = contextlib.nullcontext()
            if way == "without":
                methods = {"res.partner": ("_fetch_query",)}
                off = hooks.without(env, "order.res_partner", methods)
            figures = {}
            with off, measured(env.cr, figures):
                self._read_all(ids)
            totals[way] += figures["cpu"]
        return {"contacts": len(ids), **{way: {"cpu": totals[way]} for way in totals}}

    def _read_all(self, ids):
        for some in split_every(_BATCH, ids):
            self._env.invalidate_all()
            self._env["res.partner"].browse(some).fetch(_READ)

    # --- deleting -------------------------------------------------------------

    def redact(self, count):
        """Have buyers with an order each deleted, all of them due."""
        env = self._env
        self._make_buyers(count)
        env.cr.commit()
        analyze(env)
        figures = {}
        with measured(env.cr, figures):
            env["amazon.redaction"]._cron_redact()
        left = env["amazon.customer"].search_count(
            [("redacted_on", "=", False), ("ciphertext", "!=", False)]
        )
        if left:
            raise AssertionError(f"{left} buyers are left")
        return {"customers": count, **figures}

    def _make_buyers(self, count):
        env = self._env
        sale = env["sale.order"].search(
            [("partner_id.amazon_customer_ids.ciphertext", "!=", False)], limit=1
        )
        order, partner = sale.amazon_order_id, sale.partner_id
        customer = partner.amazon_customer_ids[:1]
        pii = env["amazon.order.pii"].search([("order_id", "=", order.id)])
        env.flush_all()
        env.cr.execute("UPDATE amazon_order SET closed_on = now() - interval '60 days'")
        # Each is a company of its own: else all would follow the first one.
        [(last,)] = env.execute_query(SQL("SELECT max(id) FROM res_partner"))
        own = {"commercial_partner_id": last + 1}
        partners = _repeat(env, "res_partner", partner.id, count, own)
        unique = ("email_digest", "identity_digest", "address_digest", "number")
        _repeat(
            env,
            "amazon_customer",
            customer.id,
            count,
            {"partner_id": partners, **dict.fromkeys(unique, "text")},
        )
        orders = _repeat(
            env,
            "amazon_order",
            order.id,
            count,
            {"order_number": "text", "sale_order_id": None},
        )
        contacts = ("partner_id", "partner_invoice_id", "partner_shipping_id")
        links = {"amazon_order_id": orders, **dict.fromkeys(contacts, partners)}
        _repeat(env, "sale_order", sale.id, count, {"name": "text", **links})
        _repeat(env, "amazon_order_pii", pii.id, count, {"order_id": orders})
        env.cr.execute(
            "UPDATE amazon_order o SET sale_order_id = s.id FROM sale_order s"
            " WHERE s.amazon_order_id = o.id AND o.sale_order_id IS NULL"
        )
        env.invalidate_all()


class _Spent:
    """The CPU time of encrypting, decrypting, hashing, and finding buyers again."""

    def __init__(self, env):
        self._env = env
        self._depth = 0
        self.cpu = 0.0

    @contextlib.contextmanager
    def watch(self):
        from odoo.addons.amazon_connector.tools.vault import Vault

        customers = self._env.registry["amazon.customer"]
        own = ("encrypt", "decrypt", "digests", "fingerprint")
        watched = [(Vault, name, time.process_time) for name in own]
        # PostgreSQL's part, too.
        now = functools.partial(meter.read_cpu, self._env.cr)
        watched.append((customers, "_find_known", now))
        with contextlib.ExitStack() as stack:
            for owner, name, clock in watched:
                timed = self._time(getattr(owner, name), clock)
                stack.enter_context(patch.object(owner, name, timed))
            yield

    def _time(self, method, clock):
        @functools.wraps(method)
        def timed(*arguments, **options):
            if self._depth:
                return method(*arguments, **options)
            self._depth, start = 1, clock()
            try:
                return method(*arguments, **options)
            finally:
                self._depth, self.cpu = 0, self.cpu + clock() - start

        return timed


def _repeat(env, table, row_id, count, changes):
    """Copy a row so many times.

    :param changes: `{column: first id}` for links that count up with the copies,
        `"text"` for values that must differ, None for empty ones
    :return: the first copy's id
    """
    [(last,)] = env.execute_query(SQL("SELECT max(id) FROM %s", SQL.identifier(table)))
    parts = [SQL("'id', %s + n", last)]
    for column, change in changes.items():
        value = SQL("%s + n", change - 1) if isinstance(change, int) else SQL("NULL")
        if change == "text":
            value = SQL("one.%s || ' ' || n", SQL.identifier(column))
        parts.append(SQL("%s, %s", SQL(json.dumps(column).replace('"', "'")), value))
    env.cr.execute(
        SQL(
            "INSERT INTO %(table)s SELECT (jsonb_populate_record("
            "  one, jsonb_build_object(%(parts)s))).*"
            "  FROM %(table)s one, generate_series(1, %(count)s) AS n"
            " WHERE one.id = %(row)s",
            table=SQL.identifier(table),
            parts=SQL(", ").join(parts),
            count=count,
            row=row_id,
        )
    )
    env.cr.execute(SQL("SELECT setval(%s, %s)", f"{table}_id_seq", last + count))
    return last + 1


if __name__ == "__main__":
    serve(Bench)
