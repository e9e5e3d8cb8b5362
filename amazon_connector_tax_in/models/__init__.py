# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    account_move,
    account_move_line,
    account_move_send,
    account_tax,
    amazon_account,
    amazon_channel,
    amazon_customer,
    amazon_gst_registration,
    amazon_place,
    mtr,
    res_company,
    sale_order,
    sale_order_invoice,
    sale_order_line,
)
