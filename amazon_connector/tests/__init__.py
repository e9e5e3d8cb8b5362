# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    test_account,
    test_connect,
    test_credentials,
    test_customer,
    test_neutralize,
    test_order_apply,
    test_order_fetch,
    test_order_inbox,
    test_order_money,
    test_order_shipping,
    test_personal_data,
    test_proceeds,
    test_security,
    test_sync_history,
    test_uninstall,
    test_vault,
)
