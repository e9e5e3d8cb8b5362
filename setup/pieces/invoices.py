# SPDX-License-Identifier: LGPL-3.0-or-later
"""The demo's invoices: what the staff of a shop would have made of its orders."""

COUNT = 20


def post_some(odoo, company, count=COUNT):
    """Invoice and post the first confirmed orders of a company.

    :param pieces.rpc.OdooRpc odoo: an administrator's session
    :return: the invoices' ids
    """
    context = {"allowed_company_ids": [company]}
    confirmed = [
        ("company_id", "=", company),
        ("amazon_order_id", "!=", False),
        ("state", "=", "sale"),
        ("invoice_status", "=", "to invoice"),
    ]
    sales = odoo.call(
        "sale.order", "search", confirmed, limit=count, order="id", context=context
    )
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
