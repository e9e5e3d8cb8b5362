# SPDX-License-Identifier: LGPL-3.0-or-later
"""The ways of importing that are compared; all run as the crons' user.

Orders and lines get the same values in each of them: those that the connector gives,
less its own fields. `ROWS` and `ODOO` live in a database without the addon.
"""

import time
from datetime import datetime, timedelta

from bench_worker.meter import measured

from odoo import Command, fields
from odoo.tools import split_every

from .names import CONNECTOR, ODOO, ROWS
from .shop import BATCH, SOFT


class Connector:
    """(a) This connector: its crons' methods, as its crons call them."""

    def __init__(self, env, shop, credentials):
        self._env = env
        self._account = env["amazon.account"].create(
            {
                "name": "Bench",
                "company_id": shop.company_id,
                "region": credentials["region"],
                "environment": "custom",
                "custom_api_url": credentials["api_url"],
                "custom_lwa_url": credentials["lwa_url"],
                "seller_id": credentials["merchant_token"],
                "client_id_input": credentials["client_id"],
                "client_secret_input": credentials["client_secret"],
                "refresh_token_input": credentials["refresh_token"],
            }
        )
        self._account.action_connect()
        # so that what was shipped comes in, too
        self._account.channel_ids.write(
            {
                "order_preference": "fulfilled",
                "go_live_date": fields.Datetime.now() - timedelta(days=60),
            }
        )
        env.cr.commit()

    def run(self, block, watch):
        """Fetch and apply what the simulator has had since the block's start."""
        self._rewind(block["start"])
        sync = self._env["amazon.sync.orders"]
        fetch, apply = {}, {}
        with measured(self._env.cr, fetch):
            while self._is_due():
                sync._cron_fetch()
        with measured(self._env.cr, apply), watch():
            while sync._count_waiting():
                sync._cron_apply()
        return {"fetch": fetch, "apply": apply}

    def _rewind(self, start):
        """Have orders fetched again that are older than the last fetch."""
        task = self._account.task_ids.filtered(lambda task: task.kind == "orders")
        watermark = datetime.utcfromtimestamp(start) - timedelta(minutes=1)
        task.cursor_ids.write({"watermark": watermark})
        # a window counts as done when it ended within the second it was due
        time.sleep(1)
        task.next_run = fields.Datetime.now()
        self._env.cr.commit()

    def _is_due(self):
        task = self._account.task_ids.filtered(lambda task: task.kind == "orders")
        if task.failure_count:
            raise RuntimeError(f"The fetch failed: {task.run_ids[:1].message}")
        return task.next_run <= fields.Datetime.now()


class Rows:
    """(b) As most connectors do it: row by row, one commit per order, no flags."""

    def __init__(self, env, shop, _credentials):
        self._env = env
        self._shop = shop

    def run(self, block, watch):
        apply = {}
        with measured(self._env.cr, apply), watch():
            for order in block["values"]:
                self._import(order)
                self._env.cr.commit()
        return {"apply": apply}

    def _import(self, order):
        partner = self._partner(order["buyer"])
        sale = self._env["sale.order"].create(
            _order_values(self._env, self._shop, order, partner)
        )
        for line in order["lines"]:
            self._env["sale.order.line"].create(
                {**_line_values(self._shop, line), "order_id": sale.id}
            )
        if order["shipped_from"]:
            _ship(self._shop, sale, order)
            sale = sale.with_context(skip_procurement=True)
        sale.action_confirm()

    def _partner(self, buyer):
        Partner = self._env["res.partner"]
        names = ("email",) if buyer["email"] else ("name", "street")
        domain = [(name, "=", buyer[name]) for name in names]
        return Partner.search(domain, limit=1) or (
            Partner.create(
                {
                    **_partner_values(self._shop, buyer),
                    **{
                        name: buyer[name]
                        for name in ("name", "email", "phone", "street", "city", "zip")
                    },
                }
            )
        )


class Odoo:
    """(c) The floor: Odoo's own `create` and `action_confirm`, in batches."""

    def __init__(self, env, shop, _credentials):
        self._env = env(context={**env.context, **SOFT})
        self._shop = shop

    def run(self, block, watch):
        apply = {}
        with measured(self._env.cr, apply), watch():
            for orders in split_every(BATCH, block["values"]):
                self._import(orders)
                self._env.cr.commit()
        return {"apply": apply}

    def _import(self, orders):
        partners = self._partners([order["buyer"] for order in orders])
        sales = self._env["sale.order"].create(
            [
                {
                    **_order_values(
                        self._env,
                        self._shop,
                        order,
                        partners[_key(order["buyer"])],
                    ),
                    "order_line": [
                        Command.create(_line_values(self._shop, line))
                        for line in order["lines"]
                    ],
                }
                for order in orders
            ]
        )
        shipped = [
            (sale, order)
            for sale, order in zip(sales, orders, strict=True)
            if order["shipped_from"]
        ]
        elsewhere = sales.browse([sale.id for sale, _order in shipped])
        (sales - elsewhere).action_confirm()
        moves = self._env["stock.move"].create(
            [
                vals
                for sale, order in shipped
                for vals in _move_values(self._shop, sale, order)
            ]
        )
        moves._action_done()
        elsewhere.with_context(skip_procurement=True).action_confirm()

    def _partners(self, buyers):
        """{key: contact}, masked as the connector's contacts are."""
        Partner = self._env["res.partner"]
        wanted = {_key(buyer): buyer for buyer in buyers}
        found = Partner.search([("ref", "in", list(wanted))])
        partners = {partner.ref: partner for partner in found}
        missing = [key for key in wanted if key not in partners]
        created = Partner.create(
            [
                {
                    **_partner_values(self._shop, wanted[key]),
                    "name": "Amazon IN - Customer",
                    "ref": key,
                }
                for key in missing
            ]
        )
        return {**partners, **dict(zip(missing, created, strict=True))}


WAYS = {CONNECTOR: Connector, ROWS: Rows, ODOO: Odoo}


def _key(buyer):
    """Tells one buyer from another, with or without an e-mail."""
    return f"{buyer['name']}, {buyer['street']}"


def _ship(shop, sale, order):
    """What was shipped elsewhere is a done move without a picking."""
    moves = sale.env["stock.move"].create(_move_values(shop, sale, order))
    moves._action_done()


def _move_values(shop, sale, order):
    return [
        {
            "product_id": line.product_id.id,
            "product_uom": line.product_uom_id.id,
            "product_uom_qty": line.product_uom_qty,
            "quantity": line.product_uom_qty,
            "picked": True,
            "location_id": shop.locations[order["shipped_from"]],
            "location_dest_id": shop.customers_id,
            "partner_id": sale.partner_id.id,
            "sale_line_id": line.id,
            "company_id": sale.company_id.id,
            "origin": sale.name,
        }
        for line in sale.order_line
        if line.product_id.type == "consu"
    ]


def _partner_values(shop, buyer):
    return {
        "company_id": shop.company_id,
        "country_id": shop.country_id,
        "state_id": shop.states[buyer["state"]],
        "is_company": False,
        "lang": "en_US",
    }


def _order_values(env, shop, order, partner):
    values = {
        "partner_id": partner.id,
        "partner_invoice_id": partner.id,
        "partner_shipping_id": partner.id,
        "company_id": shop.company_id,
        "pricelist_id": shop.pricelist_id,
        "warehouse_id": shop.warehouse_id,
        "team_id": False,
        "user_id": False,
        "date_order": order["placed"],
        "commitment_date": order["ship_by"],
        "origin": order["number"],
        "client_order_ref": order["number"],
        "fiscal_position_id": False,
        "payment_term_id": False,
        "require_signature": False,
        "require_payment": False,
        "validity_date": False,
        "note": False,
    }
    if "quotation_document_ids" in env["sale.order"]._fields:
        values["quotation_document_ids"] = []
    return values


def _line_values(shop, line):
    price = line["net"] / line["quantity"]
    is_item = line["charge"] == "item"
    return {
        "product_id": shop.products[line["sku"]]
        if is_item
        else shop.charges[line["charge"]],
        "name": line["title"] if is_item else line["charge"],
        "product_uom_qty": line["quantity"],
        "price_unit": price,
        "technical_price_unit": 0.0,
        "discount": 0.0,
        "tax_ids": [Command.set([shop.tax_id])],
        "analytic_distribution": False,
        "extra_tax_data": {
            "currency_id": shop.currency_id,
            "price_unit": price,
            "discount": 0.0,
            "quantity": line["quantity"],
            "manual_total_excluded_currency": line["net"],
            "manual_tax_amounts": {
                str(shop.tax_id): {
                    "tax_amount_currency": line["tax"],
                    "base_amount_currency": line["net"],
                }
            },
        },
    }
