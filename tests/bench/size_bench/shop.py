# SPDX-License-Identifier: LGPL-3.0-or-later
"""The small shop that is copied: companies, accounts, products, listings, orders."""

import random
from datetime import timedelta

from order_bench import shop as prices

from odoo import fields
from odoo.tools import split_every

OWN = 10
"""Listings of an account."""
BATCH = 50
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}
# Names of articles: each of the first with each of the second.
_KINDS = ("copper", "bamboo", "cotton", "ceramic", "walnut")
_THINGS = (
    *("bottle", "brush", "towel", "bowl", "lamp"),
    *("tray", "basket", "jar", "stool", "frame"),
)
# Of ten listings, by their place: the rest is linked.
_UNCONFIRMED, _UNLINKED = 8, 9


def build(env, companies, accounts):
    """Companies with charts of accounts, and connected accounts with a channel each.

    :return: the accounts
    """
    rupee = env.ref("base.INR")
    rupee.active = True
    owners = env.company
    for number in range(2, companies + 1):
        owners |= owners.create({"name": f"Company {number}"})
    for owner in owners - env.company:
        env["stock.warehouse"].create(
            {"name": owner.name, "code": f"C{owner.id}", "company_id": owner.id}
        )
    owners.write({"country_id": env.ref("base.in").id, "currency_id": rupee.id})
    env.user.company_ids |= owners
    for owner in owners - env.company:
        chart = env["account.chart.template"]
        chart.try_loading("generic_coa", company=owner, install_demo=False)
    made = env["amazon.account"]
    for number in range(accounts):
        made |= _connect(env, owners[number % companies], number)
    env.cr.commit()
    return made


def _connect(env, company, number):
    account = env["amazon.account"].create(
        {
            "name": f"Shop {number}",
            "company_id": company.id,
            "region": "eu",
            "environment": "custom",
            "custom_api_url": "http://127.0.0.1:9/eu",
            "custom_lwa_url": "http://127.0.0.1:9/auth/o2/token",
            "seller_id": f"ASIZE{number}",
            "client_id_input": "client",
            "client_secret_input": "secret",
            "refresh_token_input": "refresh",
            "state": "connected",
        }
    )
    india = env.ref("amazon_connector.marketplace_in")
    env["amazon.channel"].create(
        {
            "name": f"Amazon IN {number}",
            "account_id": account.id,
            "marketplace_id": india.id,
            "order_preference": "fulfilled",
            "go_live_date": fields.Datetime.now() - timedelta(days=60),
            "stock_live": True,
        }
    )
    return account


def fill(env, accounts):
    """Products with stock in every company's warehouse, and the accounts' listings."""
    products = env["product.product"].create(
        [
            {
                "name": f"{kind.title()} {thing} of {kind} with {thing} lid, {size} cm",
                "default_code": f"{kind[:3]}-{thing}".upper(),
                "is_storable": True,
                "list_price": 100,
                "taxes_id": False,
            }
            for size, kind in enumerate(_KINDS, 10)
            for thing in _THINGS
        ]
    )
    for company in accounts.company_id:
        own = [("company_id", "=", company.id)]
        prices.fill(env, env["stock.warehouse"].search(own, limit=1), products)
    listings = env["amazon.listing"]
    for number, account in enumerate(accounts):
        start = number * len(_THINGS) // 2
        own = (products + products)[start : start + OWN]
        listings |= _list(env, account, own)
    env["amazon.stock.level"]._ensure(listings)._compute_quantities()
    env.flush_all()
    env.cr.execute(_CONFIRM)
    env["amazon.stock.change"].sudo().search([]).unlink()
    env.cr.commit()
    env.invalidate_all()


_CONFIRM = """
    UPDATE amazon_stock_level
       SET state = 'confirmed', confirmed = TRUE, confirmed_quantity = quantity,
           confirmed_at = now() AT TIME ZONE 'UTC', sent_quantity = quantity,
           sent_at = now() AT TIME ZONE 'UTC' - interval '1 day', reason = NULL,
           sent_handling_days = handling_days, to_compute = FALSE
"""


def _list(env, account, products):
    now = fields.Datetime.now()
    return env["amazon.listing"].create(
        [
            {
                "channel_id": account.channel_ids.id,
                "seller_sku": f"{product.default_code}-{place}",
                "title": f"{product.name}, set of {place + 1}",
                "product_id": place < _UNCONFIRMED and product.id,
                "state": {_UNCONFIRMED: "unconfirmed", _UNLINKED: "unlinked"}.get(
                    place, "linked"
                ),
                "asin": f"B0{account.id:04d}{place:04d}",
                "fulfilled_by": "merchant",
                "fulfillment_channel": "DEFAULT",
                "quantity_known": True,
                "amazon_quantity": 10,
                "read_at": now,
                "status": "BUYABLE",
                "product_type": "HOME",
                "image_url": "https://m.media-amazon.com/images/I/none.jpg",
            }
            for place, product in enumerate(products)
        ]
    )


def sell(env, account, orders):
    """Take orders of Amazon's JSON in as the syncs do: of what the account lists."""
    env = env(context={**env.context, **QUIET})
    linked = [("account_id", "=", account.id), ("state", "=", "linked")]
    skus = env["amazon.listing"].search(linked, limit=OWN).mapped("seller_sku")
    for order in orders:
        _rename(order, skus)
    sync = env["amazon.sync.orders"]
    run = sync._start_run(account._get_task("orders"), account.channel_ids)
    for some in split_every(100, orders, list):
        env["amazon.order.inbox"]._store_page(account, some, run)
        env.cr.commit()
    while sync._count_waiting():
        sync._cron_apply()
    run.write({"state": "done", "ended_at": fields.Datetime.now()})
    env.cr.commit()


def _rename(order, skus):
    rng = random.Random(order["orderId"])
    for item in order["orderItems"]:
        sku = rng.choice(skus)
        item["product"] = {**item["product"], "sellerSku": sku, "title": sku.title()}


def ship(env):
    """Validate all deliveries that are ready, and have Amazon know them all."""
    env = env(context={**env.context, **QUIET})
    pickings = env["stock.picking"].search(
        [("state", "=", "assigned"), ("picking_type_id.code", "=", "outgoing")]
    )
    for number, picking in enumerate(pickings):
        picking.carrier_tracking_ref = f"T{number}"
        picking.move_ids.picked = True
    for some in split_every(BATCH, pickings.ids, pickings.browse):
        some._action_done()
        env.cr.commit()
    env["amazon.shipment"].search([])._set(
        {
            "state": "confirmed",
            "sent_at": fields.Datetime.now(),
            "confirmed_at": fields.Datetime.now(),
        }
    )
    env.flush_all()
    env.cr.execute(
        "UPDATE amazon_order SET fulfillment_status = 'SHIPPED' WHERE state = 'applied'"
    )
    env.cr.commit()
    env.invalidate_all()


def invoice(env, share):
    """Invoice this share of what was shipped, company by company."""
    env = env(context={**env.context, **QUIET})
    sales = env["sale.order"].search([("invoice_status", "=", "to invoice")])
    for company, own in sales.grouped("company_id").items():
        some = own[: round(share * len(own))].with_company(company)
        some._create_invoices(grouped=True)._post(soft=False)
    env.cr.commit()


def forget(env):
    """What a shop of this age has deleted long ago: buyers' data past their date."""
    for statement in (
        """DELETE FROM amazon_order_pii pii USING amazon_order o
            WHERE o.id = pii.order_id
              AND o.create_date < now() - interval '60 days'""",
        """UPDATE amazon_order
              SET closed_on = create_date,
                  redacted_on = create_date + interval '30 days'
            WHERE create_date < now() - interval '60 days'""",
        """UPDATE amazon_customer SET ciphertext = NULL
            WHERE create_date < now() - interval '60 days'""",
    ):
        env.cr.execute(statement)
    env.cr.commit()
