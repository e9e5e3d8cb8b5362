# SPDX-License-Identifier: LGPL-3.0-or-later
# A model comes before what extends it.
# isort: off
from . import engine
from . import orders
from . import order_reports
from . import items
from . import stock
from . import fba_stock
from . import shipments
from . import cancellations
from . import settlements
