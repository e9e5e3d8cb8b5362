# SPDX-License-Identifier: LGPL-3.0-or-later
"""The database of the bench: an account with channels, and products to match."""

from . import report

_REPORT = "GET_MERCHANT_LISTINGS_ALL_DATA"


def build(env, products):
    """Make a connected account and `products` products with the SKUs of even rows.

    :return: the account
    """
    account = env["amazon.account"].create(
        {
            "name": "Bench",
            "region": "eu",
            "environment": "custom",
            "custom_api_url": "http://127.0.0.1:9/eu",
            "custom_lwa_url": "http://127.0.0.1:9/auth/o2/token",
            "seller_id": "ABENCH",
            "client_id_input": "client",
            "client_secret_input": "secret",
            "refresh_token_input": "refresh",
            "state": "connected",
        }
    )
    first = env["product.product"].create(
        {"name": "Bench", "default_code": report.sku(0), "is_storable": True}
    )
    env.flush_all()
    _multiply(env, first, products)
    env.cr.commit()
    return account


def _multiply(env, product, count):
    """Copy a product in the database: 100,000 would take the ORM many minutes."""
    template = product.product_tmpl_id
    env.cr.execute("SELECT max(id) FROM product_template")
    offset = env.cr.fetchone()[0]
    names = _columns(env, "product_template", "id", "name")
    env.cr.execute(
        f"""INSERT INTO product_template (id, name, {names})
            SELECT %s + n, jsonb_build_object('en_US', 'Bench ' || n), {names}
              FROM product_template, generate_series(1, %s) AS n WHERE id = %s""",
        [offset, count - 1, template.id],
    )
    names = _columns(env, "product_product", "id", "product_tmpl_id", "default_code")
    env.cr.execute(
        f"""INSERT INTO product_product (product_tmpl_id, default_code, {names})
            SELECT %s + n, 'BENCH-' || lpad((2 * n)::text, 7, '0'), {names}
              FROM product_product, generate_series(1, %s) AS n WHERE id = %s""",
        [offset, count - 1, product.id],
    )
    env.cr.execute(
        """SELECT setval('product_template_id_seq', max(id)) FROM product_template"""
    )
    env.invalidate_all()


def _columns(env, table, *without):
    env.cr.execute(
        """SELECT string_agg(quote_ident(column_name), ', ')
             FROM information_schema.columns
            WHERE table_name = %s AND column_name != ALL(%s)""",
        [table, list(without)],
    )
    return env.cr.fetchone()[0]


def add_channel(env, account):
    """A channel without listings, in a marketplace that the account has none of."""
    marketplace = env["amazon.marketplace"].search(
        [
            ("region", "=", account.region),
            ("id", "not in", account.channel_ids.marketplace_id.ids),
        ],
        limit=1,
    )
    marketplace.currency_id.active = True
    return env["amazon.channel"].create(
        {
            "name": f"Bench {marketplace.code}",
            "account_id": account.id,
            "marketplace_id": marketplace.id,
        }
    )


def open_report(env, account, channel):
    """A report of the channel that Amazon has made, held by this worker."""
    task = account._get_task("items")
    task.write({"worker": task._worker_name()})
    sync = env["amazon.sync.items"]
    sync._get_cursors(task)
    made = sync._open_report(task, _REPORT, channel)
    made.write({"state": "requested", "requested_at": made.create_date})
    env.cr.commit()
    return task, made
