# SPDX-License-Identifier: LGPL-3.0-or-later
"""What happens around the installation of the addon."""

from .models.account_tax import GST_ROLES


def uninstall_hook(env):
    """Archive the taxes that carry Amazon's GST: orders and invoices use them."""
    roles = [role for role, _label in GST_ROLES]
    env["account.tax"].search([("amazon_role", "in", roles)]).action_archive()
