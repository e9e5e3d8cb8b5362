# SPDX-License-Identifier: LGPL-3.0-or-later
"""The demo's invoices: what the staff of a shop would have made of its orders."""

COUNT = 20


def find_some(odoo, company, count=COUNT):
    """The first confirmed orders of a company that wait for their invoice.

    :param pieces.rpc.OdooRpc odoo: an administrator's session
    :return: the sales orders' ids
    """
    confirmed = [
        ("company_id", "=", company),
        ("amazon_order_id", "!=", False),
        ("state", "=", "sale"),
        ("invoice_status", "=", "to invoice"),
    ]
    context = {"allowed_company_ids": [company]}
    return odoo.call(
        "sale.order", "search", confirmed, limit=count, order="id", context=context
    )


def post_some(odoo, company, sales=None):
    """Invoice orders of a company and post the invoices.

    :param sales: the sales orders' ids; None: the first ones
    :return: the invoices' ids
    """
    context = {"allowed_company_ids": [company]}
    if sales is None:
        sales = find_some(odoo, company)
    wizard = odoo.call(
        "sale.advance.payment.inv",
        "create",
        [
            {
                "advance_payment_method": "delivered",
                "consolidated_billing": False,
                "sale_order_ids": [(6, 0, sales)],
            }
        ],
        context=context,
    )
    odoo.call("sale.advance.payment.inv", "create_invoices", wizard, context=context)
    drafts = [
        ("company_id", "=", company),
        ("move_type", "=", "out_invoice"),
        ("state", "=", "draft"),
    ]
    invoices = odoo.call("account.move", "search", drafts, context=context)
    odoo.call("account.move", "action_post", invoices, context=context)
    return invoices
