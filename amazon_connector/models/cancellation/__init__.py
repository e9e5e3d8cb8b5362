# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_cancellation,
    amazon_channel_acknowledge,
    amazon_order_cancellation,
    sale_order_cancellation,
)
