# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    test_account,
    test_order_apply,
    test_order_fetch,
    test_order_money,
    test_proceeds,
)
