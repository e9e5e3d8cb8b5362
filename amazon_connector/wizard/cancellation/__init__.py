# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_order_cancel,
    sale_mass_cancel_orders,
)
