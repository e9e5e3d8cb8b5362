# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_order_adjust,
    amazon_order_recover,
    sale_advance_payment_inv,
)
