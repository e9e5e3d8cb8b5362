# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    base,
    base_reports,
    order_reports,
    orders,
    orders_actions,
    orders_apply,
    orders_changes,
    orders_fetch,
    orders_follow,
    orders_invoice,
    orders_mapping,
    orders_places,
    orders_reread,
    orders_shipping,
    orders_tips,
    orders_workflow,
)
