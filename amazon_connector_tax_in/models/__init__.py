# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    account_move,
    account_tax,
    amazon_channel,
    amazon_customer,
    amazon_place,
    mtr,
    res_company,
    sale_order,
)
