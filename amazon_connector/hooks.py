# SPDX-License-Identifier: LGPL-3.0-or-later
"""What happens around the installation of the addon."""

from odoo.tools import SQL

from .models.order.res_company import CUSTOMER_SEQUENCE

ORDER_NUMBER = r"^\d{3}-\d{7}-\d{7}$"


def post_init_hook(env):
    """Take up again what `uninstall_hook` left of a former installation.

    Sales orders whose source document is an Amazon order number get it back as such,
    so that none of them comes in a second time.
    """
    products = env["product.product"].with_context(active_test=False)
    products.search([("amazon_charge", "!=", False)]).action_unarchive()
    env.cr.execute(
        SQL(
            """
            UPDATE sale_order
               SET amazon_order_ref = origin
             WHERE amazon_order_id IS NULL
               AND amazon_order_ref IS NULL
               AND origin ~ %s
            """,
            ORDER_NUMBER,
        )
    )


def uninstall_hook(env):
    """Take the connector's traces out of the records that stay.

    Service products and taxes that orders and invoices use cannot be deleted; they are
    archived, so that nobody picks them by mistake once the connector is gone.
    """
    env["product.product"].search([("amazon_charge", "!=", False)]).action_archive()
    env["account.tax"].search([("amazon_role", "!=", False)]).action_archive()
    env["ir.config_parameter"].set_param("amazon_connector.metrics_token", False)
    sequences = env["ir.sequence"].with_context(active_test=False)
    sequences.search([("code", "=", CUSTOMER_SEQUENCE)]).unlink()
    # Nothing deletes what buyers typed once the connector is gone.
    for account in env["amazon.account"].with_context(active_test=False).search([]):
        env["amazon.order.redactor"]._forget_references(account)
    # What leads to sealed files leads nowhere without the route that opens them.
    env["amazon.sealed.file"].search([]).unlink()
    # Its triggers go with the table, the function would stay.
    env.cr.execute("DROP FUNCTION IF EXISTS amazon_access_log_keep() CASCADE")
