# SPDX-License-Identifier: LGPL-3.0-or-later
"""The demo's month in India: Amazon's tax reports read, its orders invoiced, and both
compared, as the seller's accountant would do it in the first days of a month."""

import base64

from . import invoices

REPORTS = ("GST_MTR_B2B", "GST_MTR_B2C", "GST_MTR_STOCK_TRANSFER_REPORT")
COUNT = 60


def close_month(odoo, amazon, seller, company):
    """Have Amazon invoice orders that Odoo has confirmed, read its reports, invoice the
    same orders and compare.

    :param pieces.rpc.OdooRpc odoo: an administrator's session
    :param pieces.simulator.SimulatorProcess amazon: the simulated Amazon
    :param str seller: its key there
    :return: what :func:`compare` returns
    """
    context = {"allowed_company_ids": [company]}
    found = invoices.find_some(odoo, company, COUNT)
    told = {one["orderId"] for one in amazon.orders()[seller] if _bears_tax(one)}
    sales = {
        sale["id"]: sale["amazon_order_ref"]
        for sale in odoo.search_read(
            "sale.order", [("id", "in", found)], ["amazon_order_ref"], context=context
        )
        if sale["amazon_order_ref"] in told
    }
    amazon.control("tax/invoices", {"seller": seller, "orders": list(sales.values())})
    _move_stock(amazon, seller)
    for report in REPORTS:
        _upload(odoo, amazon, seller, report, context)
    invoices.post_some(odoo, company, list(sales))
    return compare(odoo, company)


def compare(odoo, company):
    """Compare the months of a company.

    :return: [(month's name, its rows, its open differences)]
    """
    context = {"allowed_company_ids": [company]}
    domain = [("company_id", "=", company)]
    months = odoo.call("amazon.mtr.month", "search", domain, context=context)
    odoo.call("amazon.mtr.month", "action_compare", months, context=context)
    rows = odoo.call(
        "amazon.mtr.month",
        "read",
        months,
        ["display_name", "row_count", "open_count"],
        context=context,
    )
    return [(row["display_name"], row["row_count"], row["open_count"]) for row in rows]


def _bears_tax(order):
    """Whether Amazon states tax of every item, so that its report tells the same."""
    return all(
        any(
            entry["type"] == "TAX" and float(entry["subtotal"]["amount"])
            for entry in item.get("proceeds", {}).get("breakdowns", ())
        )
        for item in order["orderItems"]
    )


def _move_stock(amazon, seller):
    """Some goods moved between two of Amazon's warehouses of one state: a challan."""
    product = next(
        (
            one
            for one in amazon.products()
            if one["seller"] == seller and one["fulfilled_by"] == "AMAZON"
        ),
        None,
    )
    # With few orders a seller may have nothing at Amazon.
    if not product:
        return
    amazon.control(
        "tax/movements",
        {
            "seller": seller,
            "sku": product["seller_sku"],
            "units": 12,
            "origin": "MH",
            "target": "MH",
        },
    )


def _upload(odoo, amazon, seller, report, context):
    content = amazon.control("tax/report", seller=seller, type=report)["csv"]
    if content.count("\n") < 2:
        return
    odoo.call(
        "amazon.mtr.upload",
        "create",
        [
            {
                "name": f"{report.replace('GST_', '')}.csv",
                "content": base64.b64encode(content.encode()).decode(),
                "company_id": context["allowed_company_ids"][0],
            }
        ],
        context=context,
    )
