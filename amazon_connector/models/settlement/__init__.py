# SPDX-License-Identifier: LGPL-3.0-or-later
# A model comes before what extends it.
# isort: off
from . import amazon_settlement_rule
from . import amazon_settlement
from . import amazon_settlement_file
from . import amazon_settlement_file_reading
from . import amazon_settlement_row
from . import amazon_settlement_sum
from . import amazon_settlement_margin
from . import amazon_settlement_account
from . import amazon_settlement_entry
from . import amazon_settlement_order
from . import amazon_settlement_booker
from . import amazon_settlement_booking
from . import res_company_settlements
from . import amazon_order_settlement
from . import sale_order_settlement
from . import account_move
from . import account_partial_reconcile
from . import amazon_account_settlements
