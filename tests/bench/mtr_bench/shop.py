# SPDX-License-Identifier: LGPL-3.0-or-later
"""The database of the bench: an Indian seller with many invoiced orders of a month."""

from datetime import date

from listing_bench import shop

from odoo import Command
from odoo.tools import SQL

SELLER = "27AAPFU0939F1ZV"
DAY = date(2026, 6, 15)
ORDER = "408-{:07d}-0000000"
# What differs in the copies; `n` counts them.
_CHANGES = {
    "binding": {
        "order_number": "'408-' || lpad(n::text, 7, '0') || '-0000000'",
        "sale_order_id": "{sale} + n",
    },
    "item": {"order_id": "{binding} + n"},
    "sale": {"name": "'B' || n"},
    "sold": {"order_id": "{sale} + n", "amazon_order_line_id": "{item} + n"},
    "invoice": {"name": "'BENCH/' || n", "access_token": "NULL"},
    "line": {"move_id": "{invoice} + n"},
}


def build(env, orders):
    """Make this many orders of one item, each invoiced; rows are copied in the
    database, because the ORM would take hours."""
    account = shop.build(env, 1)
    company = account.company_id
    _make_indian(env, company)
    channel = shop.add_channel(env, account)
    seed = _seed(env, channel)
    env.flush_all()
    _multiply_all(env, seed, orders)
    # The worker analyses the tables in a transaction of its own.
    env.cr.commit()
    env.invalidate_all()
    return company


def _make_indian(env, company):
    india = env.ref("base.in")
    state = env.ref("base.state_in_mh")
    company.write(
        {
            "country_id": india.id,
            "state_id": state.id,
            "account_fiscal_country_id": india.id,
            "vat": SELLER,
        }
    )
    if company.chart_template != "in":
        chart = env["account.chart.template"]
        chart.try_loading("in", company=company, install_demo=False)


def _seed(env, channel):
    """One order with its invoice: ``{table: id}``."""
    product = env["product.product"].search([("default_code", "=like", "BENCH-%")])[:1]
    product.l10n_in_hsn_code = "6204"
    partner = env["res.partner"].create(
        {
            "name": "Bench buyer",
            "country_id": env.ref("base.in").id,
            "state_id": env.ref("base.state_in_ka").id,
            "l10n_in_gst_treatment": "consumer",
        }
    )
    company = channel.company_id
    binding = env["amazon.order"].create(
        {
            "order_number": ORDER.format(0),
            "seller_id": channel.account_id.seller_id,
            "account_id": channel.account_id.id,
            "channel_id": channel.id,
            "company_id": company.id,
            "state": "applied",
        }
    )
    item = env["amazon.order.line"].create(
        {
            "order_id": binding.id,
            "company_id": company.id,
            "order_item_id": "1",
            "seller_sku": "BENCH",
            "quantity": 1,
        }
    )
    tax = company._get_real_gst(18, within_state=False)
    sale = env["sale.order"].create(
        {
            "partner_id": partner.id,
            "company_id": company.id,
            "order_line": [
                Command.create(
                    {
                        "product_id": product.id,
                        "product_uom_qty": 1,
                        "price_unit": 100,
                        "technical_price_unit": 0,
                        "tax_ids": [Command.set(tax.ids)],
                        "amazon_order_line_id": item.id,
                        "amazon_charge": "item",
                    }
                )
            ],
        }
    )
    sale.action_confirm()
    binding.sale_order_id = sale
    sale.order_line.qty_delivered = 1
    invoice = sale._create_invoices()
    invoice.invoice_date = DAY
    invoice.action_post()
    return {"binding": binding, "item": item, "sale": sale, "invoice": invoice}


def _multiply_all(env, seed, count):
    # An order points to its sales order.
    seed = {
        "sale": seed["sale"],
        **seed,
        "sold": seed["sale"].order_line,
        "line": seed["invoice"].invoice_line_ids,
    }
    starts = {name: _start(env, record) for name, record in seed.items()}
    for name, record in seed.items():
        changes = _CHANGES[name]
        filled = {key: text.format(**starts) for key, text in changes.items()}
        _multiply(env, record, starts[name], count, filled)
    env.cr.execute(
        "INSERT INTO sale_order_line_invoice_rel (invoice_line_id, order_line_id) "
        "SELECT %s + n, %s + n FROM generate_series(1, %s) n",
        [starts["line"], starts["sold"], count],
    )
    env.cr.execute(
        "INSERT INTO account_move_line_account_tax_rel (account_move_line_id, "
        "account_tax_id) SELECT %s + n, %s FROM generate_series(1, %s) n",
        [starts["line"], seed["line"].tax_ids.id, count],
    )


def _start(env, record):
    env.cr.execute(SQL("SELECT max(id) FROM %s", SQL.identifier(record._table)))
    return env.cr.fetchone()[0]


def _multiply(env, record, start, count, changes):
    """Copies of a row with ids from ``start + 1``; columns are SQL over ``n``."""
    table = record._table
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
        "AND table_schema = current_schema AND column_name <> 'id'",
        [table],
    )
    columns = [row[0] for row in env.cr.fetchall()]
    values = [changes.get(one) or f'seed."{one}"' for one in columns]
    names = ", ".join(f'"{one}"' for one in columns)
    env.cr.execute(
        f'INSERT INTO "{table}" (id, {names}) SELECT {start} + n, {", ".join(values)} '
        f'FROM "{table}" seed, generate_series(1, {count}) n WHERE seed.id = %s',
        [record.id],
    )
    env.cr.execute(SQL("SELECT setval(%s, %s)", f"{table}_id_seq", start + count + 1))
