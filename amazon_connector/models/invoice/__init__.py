# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    account_move,
    account_move_send,
    amazon_account_invoices,
    amazon_channel_invoices,
    amazon_order_invoices,
)
