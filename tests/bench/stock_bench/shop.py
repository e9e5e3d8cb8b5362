# SPDX-License-Identifier: LGPL-3.0-or-later
"""The database of the bench: products in three warehouses, two listings of each."""

from listing_bench import shop

from odoo import Command

WAREHOUSES = 3
ON_HAND = 7


def build(env, listings):
    """Make a live channel with `listings` linked listings of half as many products.

    Rows are made in the database: the ORM would take an hour.

    :return: the channel
    """
    account = shop.build(env, listings // 2)
    channel = shop.add_channel(env, account)
    channel.stock_live = True
    warehouses = _add_warehouses(env, account.company_id)
    env.flush_all()
    _fill(env, warehouses)
    _list(env, channel)
    env.cr.commit()
    env.invalidate_all()
    env.cr.execute("ANALYZE amazon_listing, stock_quant, product_product")
    env["amazon.stock.level"]._ensure(
        env["amazon.listing"].search([("channel_id", "=", channel.id)])
    )._compute_quantities()
    env.cr.commit()
    return channel


def _add_warehouses(env, company):
    warehouses = env["stock.warehouse"].search([("company_id", "=", company.id)])
    for number in range(len(warehouses), WAREHOUSES):
        warehouses |= warehouses.create(
            {
                "name": f"Bench {number}",
                "code": f"B{number}",
                "company_id": company.id,
            }
        )
    return warehouses


def _fill(env, warehouses):
    """Put the same number of each product into each warehouse."""
    env.cr.execute(
        """
        INSERT INTO stock_quant (product_id, location_id, company_id, quantity,
                                 reserved_quantity, in_date)
        SELECT product.id, location.id, %s, %s, 0, now()
          FROM product_product product, unnest(%s) AS location (id)
         WHERE product.default_code LIKE 'BENCH-%%'
        """,
        [warehouses.company_id.id, ON_HAND, warehouses.lot_stock_id.ids],
    )


def _list(env, channel):
    """Two linked listings of each product, both with what Odoo has."""
    env.cr.execute(
        """
        INSERT INTO amazon_listing (
               channel_id, account_id, company_id, seller_sku, title, state, active,
               product_id, fulfilled_by, fulfillment_channel, quantity_known,
               amazon_quantity, read_at, stock_policy, stock_pack_size, product_type)
        SELECT %s, %s, %s, product.default_code || suffix.text, 'Bench', 'linked', TRUE,
               product.id, 'merchant', 'DEFAULT', TRUE,
               %s, now() AT TIME ZONE 'UTC', 'computed', 1, 'PRODUCT'
          FROM product_product product, (VALUES (''), ('-B')) AS suffix (text)
         WHERE product.default_code LIKE 'BENCH-%%'
        """,
        [
            channel.id,
            channel.account_id.id,
            channel.company_id.id,
            ON_HAND * WAREHOUSES,
        ],
    )


def confirm(env):
    """Have Amazon show what Odoo wants, as after a night without orders."""
    env.flush_all()
    env.cr.execute(
        """
        UPDATE amazon_stock_level
           SET state = 'confirmed', confirmed = TRUE, confirmed_quantity = quantity,
               confirmed_at = now() AT TIME ZONE 'UTC', sent_quantity = quantity,
               sent_at = now() AT TIME ZONE 'UTC' - interval '1 day', reason = NULL,
               sent_handling_days = handling_days, to_compute = FALSE
        """
    )
    env.cr.execute("DELETE FROM amazon_stock_change")
    env.invalidate_all()


def change(env, products):
    """One unit more of this many products, behind Odoo's back."""
    env.cr.execute(
        """
        UPDATE stock_quant
           SET quantity = quantity + 1
         WHERE id IN (SELECT min(quant.id)
                        FROM stock_quant quant
                        JOIN product_product product ON product.id = quant.product_id
                       WHERE product.default_code LIKE 'BENCH-%%'
                    GROUP BY quant.product_id
                    ORDER BY quant.product_id
                       LIMIT %s)
        """,
        [products],
    )
    env.invalidate_all()


def stock_up(env, units):
    """So many units more of every product in every warehouse."""
    env.cr.execute(
        """
        UPDATE stock_quant SET quantity = quantity + %s
         WHERE product_id IN (SELECT id FROM product_product
                               WHERE default_code LIKE 'BENCH-%%')
        """,
        [units],
    )
    env.invalidate_all()


def deliver(env, products):
    """A confirmed delivery of one unit of each of this many products, reserved.

    :return: the picking
    """
    warehouse = env["stock.warehouse"].search(
        [("company_id", "=", env.company.id)], limit=1
    )
    kind = warehouse.out_type_id
    places = {
        "location_id": warehouse.lot_stock_id.id,
        "location_dest_id": env.ref("stock.stock_location_customers").id,
    }
    picking = env["stock.picking"].create(
        {
            "picking_type_id": kind.id,
            **places,
            "move_ids": [
                Command.create(
                    {"product_id": product.id, "product_uom_qty": 1, **places}
                )
                for product in products
            ],
        }
    )
    picking.action_confirm()
    picking.action_assign()
    picking.move_ids.picked = True
    env.flush_all()
    return picking
