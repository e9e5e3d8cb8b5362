# SPDX-License-Identifier: LGPL-3.0-or-later
"""The demo's warehouse: a second one, a carrier, and what had to leave has left."""

LEFT_LATE = 3
CARRIERS = {"IN": "BlueDart", "US": "UPS"}


def furnish(odoo, company, country):
    """Give a company a second warehouse, and tell Amazon which carrier it uses.

    :param pieces.rpc.OdooRpc odoo: an administrator's session
    """
    context = {"allowed_company_ids": [company]}
    odoo.call(
        "stock.warehouse",
        "create",
        [{"name": "Outlet", "code": "OUT", "company_id": company}],
        context=context,
    )
    code = odoo.find("amazon.carrier.code", ("code", "=", CARRIERS[country]))
    odoo.call(
        "amazon.carrier",
        "create",
        [{"company_id": company, "code_id": code}],
        context=context,
    )


def ship_late(odoo, company):
    """Ship what Amazon waits for too long, but for a few: a shop has some trouble.

    :return: how many deliveries left
    """
    context = {"allowed_company_ids": [company]}
    late = odoo.call(
        "stock.picking",
        "search",
        [
            ("company_id", "=", company),
            ("amazon_to_ship", "=", True),
            ("amazon_due", "=", "late"),
            ("state", "=", "assigned"),
        ],
        order="id",
        context=context,
    )[LEFT_LATE:]
    for picking in late:
        tracking = {"carrier_tracking_ref": f"TRK{picking:09d}"}
        odoo.call("stock.picking", "write", [picking], tracking, context=context)
    rows = odoo.call("stock.picking", "read", late, ["amazon_parcel"], context=context)
    ready = [row["id"] for row in rows if row["amazon_parcel"] == "ready"]
    if ready:
        odoo.call("stock.picking", "action_amazon_validate", ready, context=context)
    return len(ready)
