# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_order_batch,
    stock_move,
    stock_move_reservation,
    stock_picking,
    stock_rule,
)
