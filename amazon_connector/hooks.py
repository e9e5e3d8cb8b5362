# SPDX-License-Identifier: LGPL-3.0-or-later
"""What happens around the installation of the addon."""


def uninstall_hook(env):
    """Take the connector's traces out of the records that stay.

    Service products and taxes that orders and invoices use cannot be deleted; they are
    archived, so that nobody picks them by mistake once the connector is gone.
    """
    products = env["product.product"].search([("default_code", "=like", "AMAZON-%")])
    products.filtered("amazon_charge").action_archive()
    env["account.tax"].search([("amazon_role", "!=", False)]).action_archive()
