# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_order_destination,
    amazon_order_mapper,
    amazon_order_updater,
    amazon_sync_mtr,
)
