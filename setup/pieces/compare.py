# SPDX-License-Identifier: LGPL-3.0-or-later
"""Hold every simulated order against Odoo.

What must be there is worked out here from Amazon's JSON alone, not with the
connector's code, so that one mistake cannot hide in both.
"""

import collections
import dataclasses
from decimal import Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
# Where prices are shown without tax, a tax that is not in the total was withheld.
PRICES_WITHOUT_TAX = {"ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"}
_LEFT_OUT = {"skipped", "cancelled"}


@dataclasses.dataclass(frozen=True)
class Expected:
    """What Odoo should hold of one order.

    `states` are the possible states of the Amazon order, None among them if it need not
    be there; `sale_state` is the sales order's, None for no sales order. `tax` is None
    where Amazon states none.
    """

    states: frozenset
    sale_state: str | None = None
    total: Decimal | None = None
    tax: Decimal | None = None


def expected(order, known_skus):
    """What should have become of an order.

    :param dict order: Amazon's JSON
    :param known_skus: the seller SKUs that Odoo has products for
    :rtype: Expected
    """
    status = order["fulfillment"]["fulfillmentStatus"]
    if order["salesChannel"]["channelName"] != "AMAZON":
        return Expected(frozenset({None, *_LEFT_OUT}))
    if status == "CANCELLED":
        return Expected(frozenset(_LEFT_OUT))
    if status in ("PENDING", "PENDING_AVAILABILITY"):
        return Expected(frozenset({"pending"}))
    if status in ("SHIPPED", "UNFULFILLABLE"):
        # shipped before the channel went live, or never to be shipped
        return Expected(frozenset({"skipped"}))
    if status not in ("UNSHIPPED", "PARTIALLY_SHIPPED"):
        return Expected(frozenset({"held"}))
    total = Decimal(order["proceeds"]["grandTotal"]["amount"])
    skus = {item["product"]["sellerSku"] for item in order["orderItems"]}
    known = skus <= known_skus
    return Expected(
        frozenset({"applied" if known else "frozen"}),
        "sale" if known else "draft",
        total,
        _stated_tax(order),
    )


def _stated_tax(order):
    taxes = [_item_tax(order, item) for item in order["orderItems"]]
    if not any(stated for stated, _included in taxes):
        return None
    return sum((included for _stated, included in taxes), ZERO)


def _item_tax(order, item):
    """An item's tax as stated, and the part of it that is in the item's total."""
    tax, charges = ZERO, ZERO
    for part in item["proceeds"]["breakdowns"]:
        amount = Decimal(part["subtotal"]["amount"])
        if part["type"] == "TAX":
            tax += amount
        else:
            charges += -abs(amount) if part["type"] == "DISCOUNT" else amount
    total = Decimal(item["proceeds"]["proceedsTotal"]["amount"])
    marketplace = order["salesChannel"]["marketplaceId"]
    withheld = charges == total and marketplace in PRICES_WITHOUT_TAX
    return tax, ZERO if withheld else tax


def compare(odoo, orders, known_skus, companies):
    """Compare all orders of all sellers.

    :param pieces.rpc.OdooRpc odoo: an administrator's session
    :param orders: {seller's key: [Amazon's JSON, ...]}
    :param known_skus: {seller's key: {seller SKU, ...}}
    :param companies: {seller's key: company's id}
    :return: the differences as lines of text, and counts by what was found
    """
    context = {"allowed_company_ids": list(companies.values()), "active_test": False}
    found, sales = _read(odoo, context)
    differences, counts = [], collections.Counter()
    seen = set()
    for seller, every in orders.items():
        for order in every:
            number = order["orderId"]
            seen.add(number)
            here = found.get(number, [])
            wanted = expected(order, known_skus[seller])
            problems = _differences(
                wanted, here, sales.get(number, []), companies[seller]
            )
            differences += [f"{number}: {problem}" for problem in problems]
            counts[here[0]["state"] if here else "left out"] += 1
    for number in sorted({*found, *sales} - seen):
        differences.append(f"{number}: Amazon has no such order")
    return differences, counts


def _read(odoo, context):
    """Amazon orders and sales orders of Odoo by Amazon's number."""
    found, sales = collections.defaultdict(list), collections.defaultdict(list)
    fields = ["order_number", "state", "reason", "amount_total", "sale_order_id"]
    for row in odoo.search_read("amazon.order", [], fields, context=context):
        found[row["order_number"]].append(row)
    fields = ["amazon_order_ref", "name", "state", "company_id"]
    fields += ["amount_total", "amount_tax", "amount_untaxed"]
    domain = [("amazon_order_ref", "!=", False)]
    for row in odoo.search_read("sale.order", domain, fields, context=context):
        sales[row["amazon_order_ref"]].append(row)
    return found, sales


def _differences(wanted, here, sales, company):
    if len(here) > 1:
        yield f"is there {len(here)} times"
        return
    state = here[0]["state"] if here else None
    if state not in wanted.states:
        reason = here[0]["reason"] or "no reason" if here else "it is not there"
        allowed = " or ".join(sorted(filter(None, wanted.states)))
        yield f"is {state}, not {allowed} ({reason})"
    alive = [sale for sale in sales if sale["state"] != "cancel"]
    if len(alive) != (1 if wanted.sale_state else 0):
        yield f"has {len(alive)} sales orders"
        return
    for sale in alive:
        yield from _sale_differences(wanted, sale, company)


def _sale_differences(wanted, sale, company):
    name = sale["name"]
    if sale["state"] != wanted.sale_state:
        yield f"{name} is {sale['state']}, not {wanted.sale_state}"
    if sale["company_id"][0] != company:
        yield f"{name} belongs to {sale['company_id'][1]}"
    if _money(sale["amount_total"]) != wanted.total:
        yield f"{name} is over {_money(sale['amount_total'])}, not {wanted.total}"
    if wanted.tax is not None and _money(sale["amount_tax"]) != wanted.tax:
        yield f"{name} has {_money(sale['amount_tax'])} tax, not {wanted.tax}"
    if _money(sale["amount_untaxed"] + sale["amount_tax"]) != wanted.total:
        yield f"{name}: untaxed amount and tax do not make {wanted.total}"


def _money(value):
    return Decimal(str(value)).quantize(CENT)
