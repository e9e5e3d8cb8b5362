# SPDX-License-Identifier: LGPL-3.0-or-later
from . import account, cancellation, listing, order, settlement, shipment, stock, sync
