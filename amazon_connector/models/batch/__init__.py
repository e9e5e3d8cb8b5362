# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    stock_move,
    stock_picking,
    stock_reservation,
    stock_rule,
)
