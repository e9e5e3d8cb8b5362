# SPDX-License-Identifier: LGPL-3.0-or-later
from . import amazon_carrier_purchase, delivery_carrier, stock_picking
