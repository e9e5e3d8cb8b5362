# SPDX-License-Identifier: LGPL-3.0-or-later
# A model comes before what extends it.
# isort: off
from . import account
from . import sync
from . import listing
from . import order
from . import cancellation
from . import shipment
from . import stock
from . import settlement
from . import batch
from . import privacy
from . import carrier
from . import invoice
from . import dashboard
from . import reporting
from . import external
