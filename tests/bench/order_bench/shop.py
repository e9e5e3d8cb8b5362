# SPDX-License-Identifier: LGPL-3.0-or-later
"""The company that every database of the bench has: products, stock, tax, prices."""

from dataclasses import dataclass

UNITS_ON_HAND = 10_000_000
CHARGES = ("shipping", "gift_wrap", "cod", "discount")
BATCH = 50
SOFT = {
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
}


@dataclass
class Shop:
    """What the values of orders refer to; ids, so that a commit does not matter."""

    company_id: int
    warehouse_id: int
    pricelist_id: int
    currency_id: int
    tax_id: int
    country_id: int
    states: dict
    products: dict
    charges: dict
    locations: dict
    customers_id: int


def build(env, products):
    """Make the company a shop in India.

    :param products: as `Simulator.products` gives them
    :rtype: Shop
    """
    company = env.company
    india, rupee = env.ref("base.in"), env.ref("base.INR")
    rupee.active = True
    states = {state.name.upper(): state.id for state in india.state_ids}
    company.write(
        {
            "country_id": india.id,
            "state_id": states["KARNATAKA"],
            "currency_id": rupee.id,
        }
    )
    warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)])
    made = env["product.product"].create(
        [
            {
                "name": product["title"],
                "default_code": product["seller_sku"],
                "is_storable": True,
                "list_price": float(next(iter(product["prices"].values()))["amount"]),
            }
            for product in products
        ]
    )
    fill(env, warehouse, made)
    pricelist = env["product.pricelist"].create(
        {"name": "Marketplace", "currency_id": rupee.id, "company_id": company.id}
    )
    return Shop(
        company_id=company.id,
        warehouse_id=warehouse.id,
        pricelist_id=pricelist.id,
        currency_id=rupee.id,
        tax_id=_tax(env, company).id,
        country_id=india.id,
        states=states,
        products={product.default_code: product.id for product in made},
        charges={kind: _charge(env, kind).id for kind in CHARGES},
        locations={
            "amazon": _location(env, "internal").id,
            "outside": _location(env, "inventory").id,
        },
        customers_id=env.ref("stock.stock_location_customers").id,
    )


def _charge(env, kind):
    return env["product.product"].create(
        {"name": kind, "type": "service", "taxes_id": False}
    )


def _location(env, usage):
    """Where goods leave that the warehouse does not ship."""
    return env["stock.location"].create(
        {"name": f"Elsewhere ({usage})", "usage": usage}
    )


def fill(env, warehouse, products):
    """More units of the products in the warehouse than are ever sold."""
    quants = (
        env["stock.quant"]
        .with_context(inventory_mode=True)
        .create(
            [
                {
                    "product_id": product.id,
                    "location_id": warehouse.lot_stock_id.id,
                    "inventory_quantity": UNITS_ON_HAND,
                }
                for product in products
            ]
        )
    )
    quants.action_apply_inventory()


def _tax(env, company):
    """A tax that carries the amount that the marketplace states."""
    country = company.account_fiscal_country_id or company.country_id
    group = env["account.tax.group"].create(
        {"name": "Marketplace", "company_id": company.id, "country_id": country.id}
    )
    return env["account.tax"].create(
        {
            "name": "As stated by the marketplace",
            "amount_type": "percent",
            "amount": 0.0,
            "type_tax_use": "sale",
            "price_include_override": "tax_excluded",
            "company_id": company.id,
            "country_id": country.id,
            "tax_group_id": group.id,
        }
    )
