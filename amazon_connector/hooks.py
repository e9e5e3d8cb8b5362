# SPDX-License-Identifier: LGPL-3.0-or-later
"""What happens around the installation of the addon."""


def uninstall_hook(env):
    """Take the connector's traces out of the records that stay.

    Service products and taxes that orders and invoices use cannot be deleted; they are
    archived, so that nobody picks them by mistake once the connector is gone.
    """
    env["product.product"].search([("amazon_charge", "!=", False)]).action_archive()
    env["account.tax"].search([("amazon_role", "!=", False)]).action_archive()
